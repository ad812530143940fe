//! Texts that a regular expression may match, made from its source: the parts that patterns for names and numbers are
//! written with. Whether a text fits is for the pattern to say.
//!
//! Must not know: rules.

/// How often a part is repeated at most, however many times the pattern asks for.
const MOST: usize = 200;
/// Bytes of a sample at most.
const LONGEST: usize = 2_000;

/// Short and longer texts for a pattern.
pub(super) fn of(source: &str) -> Vec<String> {
    [3, 0, 1, 8].into_iter().filter_map(|more| Reader { rest: source, more, depth: 0 }.alternatives()).collect()
}

struct Reader<'a> {
    rest: &'a str,
    /// What an open number of times comes to, beyond the least.
    more: usize,
    depth: usize,
}

impl Reader<'_> {
    /// What the first alternative matches, up to the end of the group.
    fn alternatives(&mut self) -> Option<String> {
        self.depth += 1;
        let mut first = None;
        let mut current = String::new();
        while let Some(char) = self.rest.chars().next() {
            match char {
                ')' => break,
                '|' => {
                    self.next();
                    first.get_or_insert(std::mem::take(&mut current));
                }
                '^' | '$' => drop(self.next()),
                _ => {
                    let atom = self.atom()?;
                    let times = self.times()?;
                    if atom.len().saturating_mul(times) + current.len() > LONGEST {
                        return None;
                    }
                    current.extend(std::iter::repeat_n(atom.as_str(), times));
                }
            }
        }
        self.depth -= 1;
        Some(first.unwrap_or(current))
    }

    fn next(&mut self) -> Option<char> {
        let char = self.rest.chars().next()?;
        self.rest = &self.rest[char.len_utf8()..];
        Some(char)
    }

    fn atom(&mut self) -> Option<String> {
        Some(match self.next()? {
            '(' => {
                if self.depth > 30 {
                    return None;
                }
                if self.rest.starts_with("?:") {
                    self.rest = &self.rest[2..];
                } else if self.rest.starts_with('?') {
                    let (_, rest) = self.rest.split_once(['>', ':'])?;
                    self.rest = rest;
                }
                let inner = self.alternatives()?;
                (self.next()? == ')').then_some(inner)?
            }
            '[' => self.class()?.to_string(),
            '.' => "a".to_owned(),
            '\\' => match self.next()? {
                'd' => "1".to_owned(),
                'w' | 'S' | 'D' => "a".to_owned(),
                's' => " ".to_owned(),
                'b' | 'A' | 'z' | 'B' => String::new(),
                char if char.is_alphanumeric() => return None,
                char => char.to_string(),
            },
            char => char.to_string(),
        })
    }

    /// A character of a class: a letter or digit where it has one.
    fn class(&mut self) -> Option<char> {
        let negated = self.rest.starts_with('^');
        if negated {
            self.next();
        }
        let mut ranges: Vec<(char, char)> = Vec::new();
        loop {
            let mut from = match self.next()? {
                ']' if !ranges.is_empty() => break,
                '[' => return None,
                char => char,
            };
            if from == '\\' {
                match self.next()? {
                    'd' => {
                        ranges.push(('0', '9'));
                        continue;
                    }
                    'w' => {
                        ranges.extend([('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')]);
                        continue;
                    }
                    's' => from = ' ',
                    char if char.is_alphanumeric() => return None,
                    char => from = char,
                }
            }
            let mut to = from;
            let mut ahead = self.rest.chars();
            if ahead.next() == Some('-') && ahead.next().is_some_and(|char| char != ']') {
                self.next();
                to = match self.next()? {
                    '\\' => self.next()?,
                    char => char,
                };
            }
            ranges.push((from, to));
        }
        let has = |char: char| ranges.iter().any(|(from, to)| (*from..=*to).contains(&char)) != negated;
        let likely = ['a', 'A', '1', '0', '-', '_', ' '].into_iter().find(|char| has(*char));
        likely.or_else(|| ranges.first().filter(|_| !negated).map(|(from, _)| *from))
    }

    /// How often the atom before is repeated.
    fn times(&mut self) -> Option<usize> {
        let times = match self.rest.chars().next() {
            Some('*') => self.more,
            Some('+') => 1 + self.more,
            Some('?') => usize::from(self.more > 0),
            Some('{') => {
                let (inside, rest) = self.rest[1..].split_once('}')?;
                self.rest = rest;
                let (least, most) = match inside.split_once(',') {
                    Some((least, "")) => (least.parse().ok()?, usize::MAX),
                    Some((least, most)) => (least.parse().ok()?, most.parse().ok()?),
                    None => (inside.parse().ok()?, inside.parse().ok()?),
                };
                let times: usize = least;
                self.lazy();
                return Some(times.saturating_add(self.more).min(most).min(MOST));
            }
            _ => return Some(1),
        };
        self.next();
        self.lazy();
        Some(times)
    }

    fn lazy(&mut self) {
        if self.rest.starts_with('?') {
            self.next();
        }
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    #[test]
    fn a_pattern_matches_one_of_its_samples() {
        for source in [
            "^[a-z-]+$",
            r"^\+[0-9 ]{6,20}$",
            "^[A-Z]{3}$",
            "^projects/[^/]+/locations/[a-z0-9-]{1,63}$",
            r"^(?:red|green|blue)$",
            r"^v\d+\.\d+(\.\d+)?$",
            "^#?([a-f0-9]{6}|[a-f0-9]{3})$",
            r"^[\w.-]+@[\w.-]+\.\w{2,}$",
            r"^(?P<year>\d{4})-\d{2}$",
            "^[^a]$",
            "世界+",
        ] {
            let pattern = Regex::new(source).unwrap();
            let samples = super::of(source);
            assert!(samples.iter().any(|sample| pattern.is_match(sample)), "{source}: {samples:?}");
        }
    }

    #[test]
    fn what_is_not_understood_has_none_and_ends() {
        for source in ["(", "[", "a{", r"\p{Greek}", "[[:alpha:]]", "a{99999999999999999999}", "(?i", "\\"] {
            assert_eq!(super::of(source), [] as [&str; 0], "{source}");
        }
        assert!(super::of("a{100000000}").iter().all(|sample| sample.len() <= 200));
        assert_eq!(super::of(&"(".repeat(100_000)), [] as [&str; 0]);
        let nested = format!("{}a{}", "(".repeat(20), "{99})".repeat(20));
        assert_eq!(super::of(&nested), [] as [&str; 0]);
    }
}
