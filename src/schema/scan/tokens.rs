//! The tokens of a proto source for the scan, with the comments that belong to them.
//!
//! Must not know: grammar.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word,
    Number,
    Text,
    Symbol(u8),
    End,
}

/// One comment, or several lines of `//` in a row: the bytes from the first mark to the end of the last line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comment {
    start: usize,
    end: usize,
    is_block: bool,
}

pub(super) struct Tokens<'a> {
    pub(super) source: &'a str,
    bytes: &'a [u8],
    pub(super) token: Token,
    pub(super) start: usize,
    pub(super) end: usize,
    /// The comment that belongs to this token.
    pub(super) leading: Option<Comment>,
    /// The comment that belongs to the token before.
    pub(super) trailing: Option<Comment>,
    pub(super) odd: Option<usize>,
}

/// Which comment belongs to which token, by the rules of the protobuf compiler.
struct Collector {
    pending: Option<Comment>,
    trailing: Option<Comment>,
    attaches_to_previous: bool,
}

impl Collector {
    fn flush(&mut self) {
        if let Some(comment) = self.pending.take()
            && self.attaches_to_previous
        {
            self.trailing = Some(comment);
            self.attaches_to_previous = false;
        }
    }
}

impl<'a> Tokens<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        let start = if source.starts_with('\u{feff}') { 3 } else { 0 };
        let mut tokens = Self {
            source,
            bytes: source.as_bytes(),
            token: Token::End,
            start,
            end: start,
            leading: None,
            trailing: None,
            odd: None,
        };
        tokens.next_after(true);
        tokens
    }

    pub(super) fn next(&mut self) {
        self.next_after(false);
    }

    fn next_after(&mut self, file_start: bool) {
        let mut comments = Collector { pending: None, trailing: None, attaches_to_previous: !file_start };
        // Whether only white space stands before this place in its line.
        let mut fresh = file_start;
        let mut at = self.end;
        loop {
            match self.bytes.get(at) {
                Some(b'\n') => {
                    if fresh {
                        comments.flush();
                        comments.attaches_to_previous = false;
                    }
                    fresh = true;
                    at += 1;
                }
                Some(b' ' | b'\t' | b'\r' | 0x0b | 0x0c) => at += 1,
                Some(b'/') if self.bytes.get(at + 1) == Some(&b'/') => {
                    let end = self.bytes[at..].iter().position(|byte| *byte == b'\n');
                    let end = end.map_or(self.bytes.len(), |length| at + length);
                    match &mut comments.pending {
                        Some(before) if fresh && !before.is_block => before.end = end,
                        _ => {
                            comments.flush();
                            comments.pending = Some(Comment { start: at, end, is_block: false });
                        }
                    }
                    if !fresh {
                        // What follows in the next lines does not belong to the comment at the end of this one.
                        comments.flush();
                        fresh = true;
                    }
                    at = (end + 1).min(self.bytes.len());
                }
                Some(b'/') if self.bytes.get(at + 1) == Some(&b'*') => {
                    let body = at + 2;
                    let Some(length) = self.bytes[body..].windows(2).position(|two| two == b"*/") else {
                        self.odd.get_or_insert(at);
                        at = self.bytes.len();
                        continue;
                    };
                    comments.flush();
                    let end = body + length + 2;
                    comments.pending = Some(Comment { start: at, end, is_block: true });
                    at = end;
                    while matches!(self.bytes.get(at), Some(b' ' | b'\t' | b'\r' | 0x0b | 0x0c)) {
                        at += 1;
                    }
                    if self.bytes.get(at) == Some(&b'\n') {
                        at += 1;
                        if !fresh {
                            comments.flush();
                            fresh = true;
                        }
                    } else if !fresh {
                        // Between two tokens of one line it may belong to either.
                        comments.pending = None;
                    }
                }
                _ => break,
            }
        }
        self.start = at;
        self.read(at);
        if matches!(self.token, Token::End | Token::Symbol(b'}' | b']' | b')')) {
            comments.flush();
        }
        self.leading = comments.pending;
        self.trailing = comments.trailing;
    }

    fn read(&mut self, at: usize) {
        let is_word = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
        (self.token, self.end) = match self.bytes.get(at) {
            None => (Token::End, at),
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => {
                (Token::Word, at + self.bytes[at..].iter().take_while(is_word).count())
            }
            Some(b'0'..=b'9') => {
                let length = self.bytes[at..].iter().take_while(|byte| is_word(byte) || **byte == b'.').count();
                (Token::Number, at + length)
            }
            Some(quote @ (b'"' | b'\'')) => (Token::Text, self.text_end(at, *quote)),
            Some(
                byte @ (b'{' | b'}' | b'(' | b')' | b'[' | b']' | b'<' | b'>' | b';' | b',' | b'.' | b':' | b'=' | b'+'
                | b'-' | b'/'),
            ) => (Token::Symbol(*byte), at + 1),
            Some(_) => {
                // Outside of comments and strings there is no such letter, but for the comments of text format.
                self.odd.get_or_insert(at);
                let length = self.source.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
                (Token::Symbol(b'?'), at + length)
            }
        };
    }

    fn text_end(&mut self, start: usize, quote: u8) -> usize {
        let mut at = start + 1;
        loop {
            match self.bytes.get(at) {
                Some(byte) if *byte == quote => return at + 1,
                Some(b'\\') => at += 2,
                None | Some(b'\n') => {
                    self.odd.get_or_insert(start);
                    return at.min(self.bytes.len());
                }
                Some(_) => at += 1,
            }
        }
    }

    pub(super) fn word(&self) -> &'a str {
        match self.token {
            Token::Word => self.source.get(self.start..self.end).unwrap_or_default(),
            _ => "",
        }
    }

    pub(super) fn is(&self, symbol: u8) -> bool {
        self.token == Token::Symbol(symbol)
    }
}

/// What a comment says, without its marks.
pub(super) fn text(source: &str, comment: Comment) -> String {
    let raw = source.get(comment.start..comment.end).unwrap_or_default();
    let mut text = String::with_capacity(raw.len());
    if comment.is_block {
        let body = raw.strip_prefix("/*").unwrap_or(raw);
        let body = body.strip_suffix("*/").unwrap_or(body);
        for (index, line) in body.split('\n').enumerate() {
            let line = if index == 0 { line } else { line.trim_start() };
            let line = if index == 0 { line } else { line.strip_prefix('*').unwrap_or(line) };
            text.push_str(line);
            text.push('\n');
        }
    } else {
        for line in raw.split('\n') {
            let line = line.trim_start();
            text.push_str(line.strip_prefix("//").unwrap_or(line));
            text.push('\n');
        }
    }
    text
}
