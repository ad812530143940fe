//! The names of all symbols of a schema, fields and enum values included, in little room: what is found by typing.
//!
//! A symbol is sixteen bytes and its own name; its full name is read up along its parents. Must not know: how names are
//! matched, pools.

use super::SymbolKind;

/// Bytes of a name; longer ones are not listed.
const LONGEST_NAME: usize = 255;
/// Bytes of a field's type as written; longer ones are not kept.
const LONGEST_TYPE: usize = 4_096;

/// Of one file as long as it is read, or of all files of a schema.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// For each symbol its name and behind it, of a field, its type as written.
    text: String,
    symbols: Vec<Packed>,
}

#[derive(Clone, Copy, Debug)]
struct Packed {
    /// Place of what it stands in; of a file's own entry the file's place in the schema.
    parent: u32,
    start: u32,
    letters: u32,
    type_length: u16,
    name_length: u8,
    /// `None` for the entry of a file, which has the name of its package and stands before all that the file defines.
    kind: Option<SymbolKind>,
}

/// A symbol as it stands in an [`Index`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Indexed<'a> {
    /// `None` for a file, whose name is that of its package.
    pub kind: Option<SymbolKind>,
    /// Its own name, without what it stands in.
    pub name: &'a str,
    /// What it stands in; `None` for a file.
    pub parent: Option<usize>,
    /// Which letters its name has, see [`letter`].
    pub letters: u32,
    /// Of a field or extension: its message or enum type as the file writes it; empty for scalar types.
    pub type_name: &'a str,
}

/// The bit of a letter, whichever its case: one each for `a` to `z`, one for digits, `_`, `.` and all others.
#[must_use]
pub const fn letter(byte: u8) -> u32 {
    match byte {
        b'a'..=b'z' => 1 << (byte - b'a'),
        b'A'..=b'Z' => 1 << (byte - b'A'),
        b'0'..=b'9' => 1 << 26,
        b'_' => 1 << 27,
        b'.' => 1 << 28,
        _ => 1 << 29,
    }
}

fn is_scalar(name: &str) -> bool {
    matches!(
        name,
        "double"
            | "float"
            | "int32"
            | "int64"
            | "uint32"
            | "uint64"
            | "sint32"
            | "sint64"
            | "fixed32"
            | "fixed64"
            | "sfixed32"
            | "sfixed64"
            | "bool"
            | "string"
            | "bytes"
    )
}

impl Index {
    /// How many entries there are, those of files included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.symbols.len()
    }

    /// Bytes of memory that it takes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.text.capacity() + self.symbols.capacity() * size_of::<Packed>()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }

    /// The entry at a place below [`Index::len`]. Whatever stands in another comes after it and before the next beside.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<Indexed<'_>> {
        let packed = self.symbols.get(at)?;
        let start = packed.start as usize;
        let end = start + usize::from(packed.name_length);
        Some(Indexed {
            kind: packed.kind,
            name: self.text.get(start..end).unwrap_or_default(),
            parent: packed.kind.map(|_| packed.parent as usize),
            letters: packed.letters,
            type_name: self.text.get(end..end + usize::from(packed.type_length)).unwrap_or_default(),
        })
    }

    /// Its full name. Enum values have that of their enum before their own.
    #[must_use]
    pub fn full_name(&self, at: usize) -> String {
        let chain = std::iter::successors(self.get(at), |symbol| self.get(symbol.parent?));
        let mut parts: Vec<&str> = chain.map(|symbol| symbol.name).filter(|name| !name.is_empty()).collect();
        parts.reverse();
        parts.join(".")
    }

    /// The place in the schema of the file that defines it.
    pub(super) fn file(&self, at: usize) -> Option<usize> {
        let mut packed = self.symbols.get(at)?;
        while packed.kind.is_some() {
            packed = self.symbols.get(packed.parent as usize)?;
        }
        Some(packed.parent as usize)
    }

    /// The index of one file, empty; what it defines is put in with the place that [`Index::define`] gives, 0 for what
    /// stands in no other.
    pub(super) fn of_file() -> Self {
        let mut index = Self::default();
        index.push(0, None, "", "");
        index
    }

    /// Says which package the file is of.
    pub(super) fn set_package(&mut self, package: &str) {
        let name = if package.len() > LONGEST_NAME { "" } else { package };
        if let Some(file) = self.symbols.first_mut() {
            file.start = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
            file.name_length = name.len() as u8;
            file.letters = letters(name);
            self.text.push_str(name);
        }
    }

    /// Adds what stands in `parent`, and tells its place.
    pub(super) fn define(&mut self, parent: u32, kind: SymbolKind, name: &str) -> u32 {
        self.define_typed(parent, kind, name, "")
    }

    /// Adds a field or an extension of a type as written.
    pub(super) fn define_typed(&mut self, parent: u32, kind: SymbolKind, name: &str, type_name: &str) -> u32 {
        if name.is_empty() || name.len() > LONGEST_NAME {
            return parent;
        }
        let type_name = if is_scalar(type_name) || type_name.len() > LONGEST_TYPE { "" } else { type_name };
        self.push(parent, Some(kind), name, type_name)
    }

    fn push(&mut self, parent: u32, kind: Option<SymbolKind>, name: &str, type_name: &str) -> u32 {
        let (Ok(at), Ok(start)) = (u32::try_from(self.symbols.len()), u32::try_from(self.text.len())) else {
            return parent;
        };
        self.symbols.push(Packed {
            parent,
            start,
            letters: letters(name),
            type_length: type_name.len() as u16,
            name_length: name.len() as u8,
            kind,
        });
        self.text.push_str(name);
        self.text.push_str(type_name);
        at
    }

    /// Takes in the index of a file, which stands at that place in the schema.
    pub(super) fn add(&mut self, file: usize, other: &Self) {
        let (Ok(base), Ok(start)) = (u32::try_from(self.symbols.len()), u32::try_from(self.text.len())) else { return };
        // Texts of four gigabytes are not opened; places beyond would be wrong.
        if u32::try_from(self.text.len() + other.text.len()).is_err() {
            return;
        }
        self.text.push_str(&other.text);
        self.symbols.extend(other.symbols.iter().map(|symbol| Packed {
            parent: if symbol.kind.is_some() { symbol.parent + base } else { file as u32 },
            start: symbol.start + start,
            ..*symbol
        }));
    }

    /// Gives back the room that was reserved for more.
    pub(super) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.symbols.shrink_to_fit();
    }
}

fn letters(name: &str) -> u32 {
    name.bytes().fold(0, |all, byte| all | letter(byte))
}
