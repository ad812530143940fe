//! One file on its way into a pool: its descriptor without positions, and beside it what positions were good for.
//!
//! Must not know: where imports are looked up, pools.

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use bytes::{Buf as _, Bytes};
use prost::Message as _;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use prost_types::{FileDescriptorProto, FileDescriptorSet, SourceCodeInfo};

use super::docs::{self, Docs};
use super::guard;
use super::lower::{self, Lowered, Original};
use super::problem::{MOST_PROBLEMS, Problem};

/// Bytes. The largest proto files known have 4 MB; what is far larger was opened by mistake.
const LARGEST_SOURCE: u64 = 64 << 20;

/// One file, parsed or decoded.
#[derive(Debug, Default)]
pub(super) struct Unit {
    /// Without `source_code_info`.
    pub(super) descriptor: FileDescriptorProto,
    /// The descriptor as it came, without `source_code_info`: custom options survive only here.
    pub(super) encoded: Option<Bytes>,
    pub(super) docs: Docs,
    /// The file as the user would name it.
    pub(super) shown: String,
    /// Where it was read, when it is a file.
    pub(super) path: Option<PathBuf>,
    pub(super) source: Option<String>,
    /// What was taken out of the descriptor, when it was asked to be kept.
    pub(super) positions: Option<SourceCodeInfo>,
    /// What the file was before it was put into a form that the pool knows.
    pub(super) original: Original,
    /// What that form cannot say.
    pub(super) lost: Vec<String>,
}

impl Unit {
    /// Reads and parses a file. `name` is what others import it by.
    pub(super) fn open(name: &str, path: &Path, shown: &str) -> Result<Self, Vec<Problem>> {
        let source = read(path, shown).map_err(|problem| vec![problem])?;
        let mut unit = Self::parse(name, shown, source)?;
        unit.path = Some(path.to_owned());
        Ok(unit)
    }

    /// Parses a source text.
    pub(super) fn parse(name: &str, shown: &str, source: String) -> Result<Self, Vec<Problem>> {
        let masked = lower::mask(&source);
        let fault = |fault: &lower::Fault| {
            let problem = Problem::new(shown, fault.message.clone()).at(&source, fault.offset);
            Problem { hint: fault.hint.map(str::to_owned), ..problem }
        };
        if !masked.faults.is_empty() {
            return Err(masked.faults.iter().take(MOST_PROBLEMS).map(fault).collect());
        }
        // A parser of foreign make: a fault in it is told of the file, and the other files go on.
        let Ok(parsed) = catch_unwind(|| protox::file::File::from_source(name, &masked.text)) else {
            return Err(vec![Problem::new(shown, "the parser failed on this file")]);
        };
        let parsed = parsed.map_err(|error| Problem::from_shifted(shown, &source, masked.shift, &error))?;
        let mut descriptor = FileDescriptorProto::from(parsed);
        let mut positions = descriptor.source_code_info.take().unwrap_or_default();
        let (original, lost, faults) = lower::restore(&mut descriptor, &mut positions, &masked, &source);
        if !faults.is_empty() {
            return Err(faults.iter().take(MOST_PROBLEMS).map(fault).collect());
        }
        drop(masked);
        let mut docs = Docs::new();
        docs::read(&descriptor, &positions, &mut docs);
        let shown = shown.to_owned();
        let lost = lost.into_iter().collect();
        let (source, positions) = (Some(source), Some(positions));
        Ok(Self { descriptor, docs, shown, source, positions, original, lost, ..Self::default() })
    }

    /// Decodes a serialised `FileDescriptorProto`.
    pub(super) fn decode(encoded: &Bytes) -> Result<Self, Problem> {
        let Lowered { encoded: lowered, original, lost } = lower::lower_encoded(encoded);
        let encoded = lowered.as_ref().unwrap_or(encoded);
        let mut descriptor = FileDescriptorProto::decode(encoded.as_ref())
            .map_err(|error| Problem::new("", format!("file descriptor cannot be decoded: {error}")))?;
        let mut docs = Docs::new();
        docs::take(&mut descriptor, &mut docs);
        let shown = descriptor.name().to_owned();
        let encoded = without_field(encoded, SOURCE_CODE_INFO).map(Bytes::from);
        Ok(Self { descriptor, encoded, docs, shown, original, lost, ..Self::default() })
    }

    /// A problem in this file at the deepest known place on a descriptor path, such as that of an import.
    pub(super) fn problem(&self, message: impl Into<String>, path: &[i32]) -> Problem {
        let problem = Problem::new(&self.shown, message);
        let (Some(source), Some(positions)) = (&self.source, &self.positions) else { return problem };
        let place = (1..=path.len())
            .rev()
            .find_map(|length| positions.location.iter().find(|location| location.path == path[..length]));
        match place.map(|location| location.span.as_slice()) {
            Some([line, column, ..]) => problem.at_line(source, *line, *column),
            _ => problem,
        }
    }

    /// What the pool's form of the file cannot say, for the user.
    pub(super) fn notes(&self) -> impl Iterator<Item = Problem> {
        self.lost.iter().map(|lost| Problem::note(&self.shown, lost.clone()))
    }

    /// Refuses what would make the pool panic.
    pub(super) fn guard(&self) -> Result<(), Problem> {
        guard::fault(&self.descriptor).map_or(Ok(()), |fault| Err(Problem::new(&self.shown, fault)))
    }
}

/// Reads a source file as text.
pub(super) fn read(path: &Path, shown: &str) -> Result<String, Problem> {
    let unreadable = |error: std::io::Error| Problem::new(shown, format!("cannot be read: {error}"));
    let kind = std::fs::metadata(path).map_err(unreadable)?;
    if !kind.is_file() {
        return Err(Problem::new(shown, "is not a file"));
    }
    if kind.len() > LARGEST_SOURCE {
        return Err(Problem::new(shown, format!("is too large for a .proto file: {} bytes", kind.len())));
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    match String::from_utf8(bytes) {
        // A byte order mark is allowed, though not by the parser.
        Ok(source) => Ok(source.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(source)),
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            let source = String::from_utf8_lossy(error.as_bytes());
            Err(Problem::new(shown, "is not UTF-8 text").at(&source, offset).with_hint("Save the file as UTF-8."))
        }
    }
}

/// The serialised files of a serialised `FileDescriptorSet`, one by one, so that nothing unknown in them is lost.
pub(super) fn split_set(set: &Bytes) -> Result<Vec<Bytes>, String> {
    FileDescriptorSet::decode(set.as_ref()).map_err(|error| error.to_string())?;
    let mut files = Vec::new();
    each_field(set, |number, field| {
        if number == 1
            && let Some(file) = field.payload
        {
            files.push(file);
        }
    })
    .ok_or_else(|| "unexpected end".to_owned())?;
    Ok(files)
}

const DEPENDENCY: u32 = 3;
const SOURCE_CODE_INFO: u32 = 9;

/// A serialised message without one of its fields.
pub(super) fn without_field(message: &Bytes, dropped: u32) -> Option<Vec<u8>> {
    let mut kept = Vec::with_capacity(message.len());
    each_field(message, |number, field| {
        if number != dropped {
            kept.extend_from_slice(&field.whole);
        }
    })?;
    Some(kept)
}

/// One field of a serialised message.
struct RawField {
    whole: Bytes,
    /// What is in it, when it is length-delimited.
    payload: Option<Bytes>,
}

fn each_field(message: &Bytes, mut take: impl FnMut(u32, RawField)) -> Option<()> {
    let mut rest = message.clone();
    while rest.has_remaining() {
        let start = message.len() - rest.remaining();
        let (number, wire_type) = decode_key(&mut rest).ok()?;
        let payload = if wire_type == WireType::LengthDelimited {
            let length = usize::try_from(decode_varint(&mut rest).ok()?).ok()?;
            if rest.remaining() < length {
                return None;
            }
            Some(rest.split_to(length))
        } else {
            skip_field(wire_type, number, &mut rest, DecodeContext::default()).ok()?;
            None
        };
        take(number, RawField { whole: message.slice(start..message.len() - rest.remaining()), payload });
    }
    Some(())
}

impl Unit {
    /// Imports the same file by another name.
    pub(super) fn rename_import(&mut self, index: usize, name: String) {
        if let Some(import) = self.descriptor.dependency.get_mut(index) {
            *import = name;
        }
    }

    /// Sees a file that it does not import itself, which is not written out.
    pub(super) fn see(&mut self, name: &str) {
        if self.add_import(name) {
            self.original.added_imports += 1;
        }
    }

    /// Imports one more file; whether it did not before.
    pub(super) fn add_import(&mut self, name: &str) -> bool {
        if self.descriptor.dependency.iter().any(|import| import == name) {
            return false;
        }
        self.descriptor.dependency.push(name.to_owned());
        if let Some(encoded) = self.encoded.take() {
            // The fields of a serialised message may come in any order.
            let mut encoded = encoded.to_vec();
            prost::encoding::string::encode(DEPENDENCY, &name.to_owned(), &mut encoded);
            self.encoded = Some(encoded.into());
        }
        true
    }

    /// Does without an import.
    pub(super) fn drop_import(&mut self, index: usize) {
        if index >= self.descriptor.dependency.len() {
            return;
        }
        self.descriptor.dependency.remove(index);
        let gone = index as i32;
        for list in [&mut self.descriptor.public_dependency, &mut self.descriptor.weak_dependency] {
            list.retain(|kept| *kept != gone);
            for kept in list.iter_mut().filter(|kept| **kept > gone) {
                *kept -= 1;
            }
        }
        // Only the decoded form was changed; the serialised one still names the import.
        self.encoded = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn parse(source: String) -> Result<Unit, Vec<Problem>> {
        Unit::parse("a.proto", "a.proto", source)
    }

    #[test]
    fn long_texts_and_comments_do_not_fill_the_stack() {
        for letter in ["a", "ö", "中", "\\n", "*", " ", "/", "\t"] {
            let long = letter.repeat(100_000);
            let comments = format!("// {long}\n/* {long} */\n").replace("//\n", "").replace("*/ */", "*/");
            assert!(
                parse(format!("{comments}syntax = \"proto3\";")).is_ok_and(|unit| unit.lost.is_empty()),
                "{letter}"
            );
            assert!(
                parse(format!("syntax = \"proto3\"; option (a) = \"{long}\";")).is_ok() || letter == "\t",
                "{letter}"
            );
            assert!(parse(format!("import \"{long}")).is_err());
        }
        assert!(parse(format!("message {} {{}}", "a".repeat(100_000))).is_ok());
    }

    #[test]
    fn a_deep_package_is_refused_and_costs_little() {
        let methods = "rpc M(Q) returns (R);".repeat(2_000);
        let source = format!("package {}; service S {{ {methods} }}", vec!["a"; 20_000].join("."));
        let unit = parse(source).unwrap();
        assert!(unit.guard().is_err_and(|problem| problem.message == "the package is nested too deep"));
        let listing = crate::schema::listing::list(&unit.descriptor, &unit.docs);
        assert_eq!(listing.services[0].methods[1].input, "Q");
    }

    #[test]
    fn of_thousands_of_problems_a_hundred_are_told() {
        for wrong in ["\\", "import option \"a\";", "message A {}\n", "#\n", "edition = \"2024\"; optional A a = 1;"] {
            let source = wrong.repeat(2_000);
            let problems = match parse(source) {
                Ok(unit) => crate::schema::compile::probe(unit, true).err().unwrap_or_default(),
                Err(problems) => problems,
            };
            assert!(!problems.is_empty() && problems.len() <= 102, "{wrong}: {}", problems.len());
            assert!(problems.iter().all(|problem| problem.source_line.as_ref().is_none_or(|line| line.len() < 3_000)));
        }
    }
}
