//! Hides from the parser what it does not know, in place and byte for byte, and remembers what stood there.
//!
//! What is hidden becomes spaces, so that every line and column stays what it was. Must not know: descriptors.

use std::borrow::Cow;
use std::ops::Range;

use super::token::{Kind, Token, tokens};
use super::{Edition, Fault, Visibility};

/// Stands before a file of an edition: the parser reads it by the rules of proto3.
const PREFIX: &str = "syntax=\"proto3\";";

/// What the option `default` is called while it is hidden, of the same length.
pub(super) const DEFAULT: &str = "_efault";

const KNOWN: &str = "Known editions: `edition = \"2023\";` and `edition = \"2024\";`.";

/// A source as the parser may see it, and what was hidden from it.
#[derive(Debug, Default)]
pub(in crate::schema) struct Masked<'a> {
    pub(in crate::schema) text: Cow<'a, str>,
    /// Bytes that `text` has before the source.
    pub(in crate::schema) shift: usize,
    pub(super) edition: Option<Edition>,
    /// Offsets of `import option`.
    pub(super) option_imports: Vec<usize>,
    /// `export` and `local`, with the offset of the word `message` or `enum` that follows.
    pub(super) visibility: Vec<(usize, Visibility)>,
    /// `reserved a, b;`: the offset of the word that begins what it stands in, and the names.
    pub(super) reserved: Vec<(usize, Vec<String>)>,
    /// Offsets of options whose value lost its minus.
    pub(super) negative: Vec<usize>,
    pub(super) range_options: Vec<RangeOptions>,
    /// What the edition forbids though the parser would pass it.
    pub(in crate::schema) faults: Vec<Fault>,
}

/// The options of `extensions N [...]`.
#[derive(Debug)]
pub(super) struct RangeOptions {
    /// Offset of the word that begins the message.
    pub(super) owner: usize,
    /// Which of the message's ranges they belong to.
    pub(super) ranges: Range<usize>,
    /// Bytes of the source, brackets included.
    pub(super) place: Range<usize>,
}

/// Hides what the parser does not know.
pub(in crate::schema) fn mask(source: &str) -> Masked<'_> {
    if is_known(source) {
        return Masked { text: source.into(), ..Masked::default() };
    }
    let tokens: Vec<Token<'_>> = tokens(source).collect();
    let mut masker = Masker { tokens, bytes: source.as_bytes().to_vec(), changed: false, masked: Masked::default() };
    let first = masker.edition();
    masker.body(first);
    let Masker { bytes, changed, mut masked, .. } = masker;
    // Whole tokens were made spaces, so it is text still.
    let hidden = if changed { String::from_utf8(bytes).ok() } else { None };
    masked.text = match hidden {
        Some(hidden) if masked.edition.is_some() => {
            masked.shift = PREFIX.len();
            format!("{PREFIX}{hidden}").into()
        }
        Some(hidden) => hidden.into(),
        None => source.into(),
    };
    masked
}

/// Whether nothing is to be hidden, as is so of most files: seen at a tenth of the cost of their tokens.
fn is_known(source: &str) -> bool {
    let is_edition = tokens(source).next().is_some_and(|first| first.is("edition"));
    let negates_word = || {
        source.match_indices('-').any(|(at, _)| {
            let after = source[at + 1..].trim_start();
            ["inf", "nan", "/", "#"].iter().any(|word| after.starts_with(word))
        })
    };
    !is_edition && !source.contains("extensions") && !negates_word()
}

/// What a brace opened.
#[derive(Default)]
struct Block {
    /// Offset of the word that begins the message or enum.
    owner: Option<usize>,
    /// Extension ranges so far.
    ranges: usize,
}

struct Masker<'a> {
    tokens: Vec<Token<'a>>,
    bytes: Vec<u8>,
    changed: bool,
    masked: Masked<'a>,
}

impl<'a> Masker<'a> {
    fn is(&self, index: usize, text: &str) -> bool {
        self.tokens.get(index).is_some_and(|token| token.is(text))
    }

    fn name(&self, index: usize) -> Option<Token<'a>> {
        self.tokens.get(index).copied().filter(Token::is_name)
    }

    fn blank(&mut self, range: Range<usize>) {
        for byte in self.bytes.get_mut(range).into_iter().flatten().filter(|byte| !matches!(byte, b'\n' | b'\r')) {
            *byte = b' ';
        }
        self.changed = true;
    }

    fn blank_token(&mut self, index: usize) {
        if let Some(token) = self.tokens.get(index) {
            let place = token.start..token.end();
            self.blank(place);
        }
    }

    fn fault(&mut self, offset: usize, message: impl Into<String>, hint: &'static str) {
        self.masked.faults.push(Fault { offset, message: message.into(), hint: Some(hint) });
    }

    /// Hides `edition = "...";` at the beginning; gives the index of the first token after it.
    fn edition(&mut self) -> usize {
        let Some(first) = self.tokens.first().copied().filter(|token| token.is("edition")) else { return 0 };
        let value = self.tokens.get(2).copied().filter(|token| token.kind == Kind::Text && self.is(1, "="));
        let Some(value) = value else {
            self.fault(first.start, "expected the edition in quotes", KNOWN);
            return 0;
        };
        let inside = |quote| value.text.strip_prefix(quote)?.strip_suffix(quote);
        let name = inside('"').or_else(|| inside('\'')).unwrap_or(value.text);
        let Some(edition) = Edition::named(name) else {
            self.fault(value.start, format!("unknown edition '{}'", name.escape_debug()), KNOWN);
            return 0;
        };
        if !self.is(3, ";") {
            let end = value.end();
            self.fault(end, "expected ';'", "The edition ends with a semicolon.");
            return 0;
        }
        self.blank(first.start..self.tokens[3].start);
        self.masked.edition = Some(edition);
        4
    }

    fn body(&mut self, first: usize) {
        let mut blocks: Vec<Block> = Vec::new();
        let mut index = first;
        let mut at_start = true;
        // The block that the next brace opens.
        let mut opening = Block::default();
        // The `option` that the statement began with, and how many ranges an `extensions` has.
        let mut option = None;
        let mut ranges: Option<Range<usize>> = None;
        while let Some(token) = self.tokens.get(index).copied() {
            if at_start {
                at_start = false;
                option = None;
                ranges = None;
                opening = Block::default();
                if token.is("message") || token.is("enum") {
                    opening.owner = Some(token.start);
                } else if token.is("option") {
                    option = Some(token.start);
                } else if token.is("extensions") && self.tokens.get(index + 1).is_some_and(|t| t.kind == Kind::Word) {
                    ranges = blocks.last_mut().map(|block| count_ranges(&self.tokens[index..], block));
                } else if self.masked.edition.is_some() {
                    at_start = self.statement(index, blocks.last());
                    if at_start {
                        index += 1;
                        continue;
                    }
                }
            }
            match token.text {
                "{" if token.kind == Kind::Sign => {
                    blocks.push(std::mem::take(&mut opening));
                    at_start = true;
                }
                "}" if token.kind == Kind::Sign => {
                    blocks.pop();
                    at_start = true;
                }
                ";" => at_start = true,
                "=" if self.is(index + 1, "{") => index = self.after_braces(index + 1) - 1,
                "=" => {
                    if let Some(option) = option {
                        self.negative(index + 1, option);
                    }
                }
                "[" => {
                    let end = self.list(index, ranges.is_none());
                    if let (Some(ranges), Some(owner)) = (ranges.take(), blocks.last().and_then(|block| block.owner))
                        // A range of two ends may have options by the parser too.
                        && !self.is(index.saturating_sub(2), "to")
                        && let Some(last) = self.tokens.get(end).copied().filter(|last| last.is("]"))
                    {
                        let place = token.start..last.end();
                        self.blank(place.clone());
                        self.masked.range_options.push(RangeOptions { owner, ranges, place });
                    }
                    index = end;
                }
                _ => {}
            }
            index += 1;
        }
    }

    /// What begins a statement in a file of an edition. Whether the token was a mere modifier.
    fn statement(&mut self, index: usize, block: Option<&Block>) -> bool {
        let token = self.tokens[index];
        let is_type = |index| self.is(index, "message") || self.is(index, "enum");
        match token.text {
            "export" | "local" if is_type(index + 1) && self.name(index + 2).is_some() && self.is(index + 3, "{") => {
                if self.masked.edition < Some(Edition::E2024) {
                    self.fault(
                        token.start,
                        format!("'{}' is not part of edition 2023", token.text),
                        "Use edition 2024.",
                    );
                }
                let visibility = if token.is("export") { Visibility::Export } else { Visibility::Local };
                self.masked.visibility.push((self.tokens[index + 1].start, visibility));
                self.blank_token(index);
                true
            }
            "import" if self.is(index + 1, "option") => {
                self.masked.option_imports.push(token.start);
                self.blank_token(index + 1);
                false
            }
            "reserved" if self.name(index + 1).is_some() => {
                self.reserved(index, block);
                false
            }
            "optional" if self.begins_type(index + 1) => {
                let hint = "Singular fields have presence anyway, unless `features.field_presence` says otherwise.";
                self.fault(token.start, "label 'optional' is not supported in editions", hint);
                false
            }
            "required" if self.begins_type(index + 1) => {
                let hint = "Say `[features.field_presence = LEGACY_REQUIRED]`.";
                self.fault(token.start, "label 'required' is not supported in editions", hint);
                self.blank_token(index);
                false
            }
            _ => false,
        }
    }

    fn begins_type(&self, index: usize) -> bool {
        self.name(index).is_some() || self.is(index, ".")
    }

    /// Hides `reserved a, b;` but for its semicolon.
    fn reserved(&mut self, index: usize, block: Option<&Block>) {
        let mut names = Vec::new();
        let mut at = index + 1;
        while let Some(name) = self.name(at) {
            names.push(name.text.to_owned());
            at += 1;
            if !self.is(at, ",") {
                break;
            }
            at += 1;
        }
        if let Some(owner) = block.and_then(|block| block.owner)
            && self.is(at, ";")
            && !self.is(at - 1, ",")
        {
            for hidden in index..at {
                self.blank_token(hidden);
            }
            self.masked.reserved.push((owner, names));
        }
    }

    /// Goes through options in brackets; gives the index of the closing one.
    fn list(&mut self, open: usize, is_field: bool) -> usize {
        let mut index = open + 1;
        let mut option = index;
        while let Some(token) = self.tokens.get(index).copied() {
            match token.text {
                "]" => return index,
                // Brackets that never close.
                ";" | "}" => return index - 1,
                "," => option = index + 1,
                "=" if self.is(index + 1, "{") => index = self.after_braces(index + 1) - 1,
                "=" => {
                    let is_default = index == option + 1 && self.is(option, "default");
                    if self.masked.edition.is_some() && is_default && is_field {
                        let place = self.tokens[option].start..self.tokens[option].end();
                        if let Some(hidden) = self.bytes.get_mut(place) {
                            hidden.copy_from_slice(DEFAULT.as_bytes());
                        }
                    }
                    if !is_default || self.masked.edition.is_some() {
                        let start = self.tokens[option.min(index)].start;
                        self.negative(index + 1, start);
                    }
                    if self.masked.edition.is_some() && index == option + 1 && self.is(option, "packed") && is_field {
                        let hint = "Say `features.repeated_field_encoding`.";
                        self.fault(self.tokens[option].start, "option 'packed' is not allowed in editions", hint);
                    }
                }
                _ => {}
            }
            index += 1;
        }
        index
    }

    /// Hides the minus of `-inf` and `-nan`.
    fn negative(&mut self, index: usize, option: usize) {
        if self.is(index, "-") && self.name(index + 1).is_some_and(|name| matches!(name.text, "inf" | "nan")) {
            self.blank_token(index);
            self.masked.negative.push(option);
        }
    }

    /// The index after the brace that closes the one at `open`.
    fn after_braces(&self, open: usize) -> usize {
        let mut depth = 0_usize;
        for (index, token) in self.tokens.iter().enumerate().skip(open) {
            if token.is("{") {
                depth += 1;
            } else if token.is("}") {
                depth -= 1;
                if depth == 0 {
                    return index + 1;
                }
            }
        }
        self.tokens.len()
    }
}

/// The ranges of one `extensions`, counted among those of its message.
fn count_ranges(tokens: &[Token<'_>], block: &mut Block) -> Range<usize> {
    let ranges = tokens.iter().take_while(|token| !token.is(";") && !token.is("["));
    let first = block.ranges;
    block.ranges += 1 + ranges.filter(|token| token.is(",")).count();
    first..block.ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let masked = mask(source);
        assert_eq!(&masked.text[masked.shift..], expected);
        assert_eq!(masked.text.len(), source.len() + masked.shift);
    }

    #[test]
    fn what_the_parser_knows_stays() {
        for source in [
            "",
            "syntax = \"proto3\";\nmessage M { optional local reserved = 1; }",
            "message M { extensions 1 to 2 [(a) = 1]; option (b) = { edition: -inf; export message x {} }; }",
            "message M { optional float f = 1 [default = -inf]; }",
        ] {
            check(source, source);
        }
    }

    #[test]
    fn what_it_does_not_know_becomes_spaces_in_place() {
        check("edition = \"2023\";\nimport option 'a';", "                ;\nimport        'a';");
        check("// x\nedition='2024' ; export message A{}", "// x\n               ;        message A{}");
        check("edition='2024';message A{reserved a,\nb;}", "              ;message A{           \n ;}");
        check("message M { extensions 4, 5 [a = 1]; }", "message M { extensions 4, 5        ; }");
        check("option (a) = -inf;", "option (a) =  inf;");
        check(
            "message M { optional M m = 1 [b = {c: 1}, a = -nan]; }",
            "message M { optional M m = 1 [b = {c: 1}, a =  nan]; }",
        );
        check("edition='2024';message A{int32 a=1[default=-1];}", "              ;message A{int32 a=1[_efault=-1];}");
    }
}
