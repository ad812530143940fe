//! What each file of a closure sees of the others, where the pool sees too little or too much.
//!
//! A file sees what it imports, what that imports publicly, and so on; a relative name is looked for in the scopes
//! around it, innermost first, and only among what is seen (protobuf language specification, "Packages and name
//! resolution"; `DescriptorBuilder::LookupSymbol` of protoc). The pool follows public imports one step only, and lets
//! packages of files that are not seen take a name's first part. A closure that it refuses is mended here and offered
//! again: all that can be resolved is written out in full. Must not know: pools.

use std::collections::{HashMap, HashSet};

use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, UninterpretedOption};

use super::docs::join;
use super::unit::Unit;

/// Makes what each file sees plain to the pool; whether anything changed. The units come imports first.
pub(super) fn mend(units: &mut [Unit]) -> bool {
    let seen = Seen::new(units);
    let mut changed = false;
    for (index, unit) in units.iter_mut().enumerate() {
        for name in seen.unnoticed(index, unit) {
            unit.see(&name);
            changed = true;
        }
        let scope = Scope { seen: &seen, of: &seen.files[index] };
        // What was serialised has its names in full already, or it would not be valid.
        if unit.encoded.is_none() {
            changed |= scope.file(unit);
        }
    }
    changed
}

/// What a full name stands for, as far as that matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// A package or a service: others have names within it, but it is no type.
    Scope,
    /// A message or an enum.
    Type,
    /// Neither has names within it nor is a type.
    Extension,
}

/// What is defined where, and who sees whom.
struct Seen {
    names: HashMap<String, Vec<(usize, Meaning)>>,
    /// For each file those that it sees, itself included.
    files: Vec<HashSet<usize>>,
    file_names: Vec<String>,
}

impl Seen {
    fn new(units: &[Unit]) -> Self {
        let by_name: HashMap<&str, usize> =
            units.iter().enumerate().map(|(index, unit)| (unit.descriptor.name(), index)).collect();
        let mut passed_on: Vec<HashSet<usize>> = Vec::new();
        let mut files = Vec::new();
        let mut names = HashMap::new();
        for (index, unit) in units.iter().enumerate() {
            let mut public = HashSet::new();
            let mut seen = HashSet::from([index]);
            for (at, name) in unit.descriptor.dependency.iter().enumerate() {
                let Some(import) = by_name.get(name.as_str()).copied().filter(|import| *import < index) else {
                    continue;
                };
                let with = |set: &mut HashSet<usize>| {
                    set.insert(import);
                    set.extend(&passed_on[import]);
                };
                with(&mut seen);
                if unit.descriptor.public_dependency.contains(&(at as i32)) {
                    with(&mut public);
                }
            }
            passed_on.push(public);
            files.push(seen);
            collect(index, unit, &mut names);
        }
        let file_names = units.iter().map(|unit| unit.descriptor.name().to_owned()).collect();
        Self { names, files, file_names }
    }

    /// The files that this one sees by more than one public import in a row.
    fn unnoticed(&self, index: usize, unit: &Unit) -> Vec<String> {
        let imports = &unit.descriptor.dependency;
        let seen = self.files[index].iter().filter(|seen| **seen != index).map(|seen| &self.file_names[*seen]);
        let mut unnoticed: Vec<String> = seen.filter(|name| !imports.contains(name)).cloned().collect();
        unnoticed.sort();
        unnoticed
    }

    fn meaning(&self, name: &str, seen: &HashSet<usize>) -> Option<Meaning> {
        self.names.get(name)?.iter().find(|(file, _)| seen.contains(file)).map(|(_, meaning)| *meaning)
    }
}

fn collect(index: usize, unit: &Unit, names: &mut HashMap<String, Vec<(usize, Meaning)>>) {
    let mut put = |name: String, meaning| {
        let meanings = names.entry(name).or_default();
        if meanings.last() != Some(&(index, meaning)) {
            meanings.push((index, meaning));
        }
    };
    let file = &unit.descriptor;
    let package = file.package();
    for (at, _) in package.match_indices('.') {
        put(package[..at].to_owned(), Meaning::Scope);
    }
    if !package.is_empty() {
        put(package.to_owned(), Meaning::Scope);
    }
    for service in &file.service {
        put(join(package, service.name()), Meaning::Scope);
    }
    for item in &file.enum_type {
        put(join(package, item.name()), Meaning::Type);
    }
    for extension in &file.extension {
        put(join(package, extension.name()), Meaning::Extension);
    }
    for message in &file.message_type {
        collect_message(package, message, &mut put);
    }
}

fn collect_message(scope: &str, message: &DescriptorProto, put: &mut impl FnMut(String, Meaning)) {
    let name = join(scope, message.name());
    for item in &message.enum_type {
        put(join(&name, item.name()), Meaning::Type);
    }
    for extension in &message.extension {
        put(join(&name, extension.name()), Meaning::Extension);
    }
    for nested in &message.nested_type {
        collect_message(&name, nested, put);
    }
    put(name, Meaning::Type);
}

/// Names as one file sees them.
struct Scope<'a> {
    seen: &'a Seen,
    of: &'a HashSet<usize>,
}

impl Scope<'_> {
    fn file(&self, unit: &mut Unit) -> bool {
        let file = &mut unit.descriptor;
        let package = file.package.clone().unwrap_or_default();
        let mut changed = self.options(&package, file.options.as_mut().map(|it| &mut it.uninterpreted_option));
        for extension in &mut file.extension {
            changed |= self.field(&package, extension);
        }
        for message in &mut file.message_type {
            changed |= self.message(&package, message);
        }
        for item in &mut file.enum_type {
            changed |= self.enumeration(&package, item);
        }
        for service in &mut file.service {
            let scope = join(&package, service.name());
            changed |= self.options(&scope, service.options.as_mut().map(|it| &mut it.uninterpreted_option));
            for method in &mut service.method {
                changed |= self.write_out(&scope, &mut method.input_type);
                changed |= self.write_out(&scope, &mut method.output_type);
                changed |= self.options(&scope, method.options.as_mut().map(|it| &mut it.uninterpreted_option));
            }
        }
        changed
    }

    fn message(&self, scope: &str, message: &mut DescriptorProto) -> bool {
        let scope = join(scope, message.name());
        let mut changed = self.options(&scope, message.options.as_mut().map(|it| &mut it.uninterpreted_option));
        for field in message.field.iter_mut().chain(&mut message.extension) {
            changed |= self.field(&scope, field);
        }
        for oneof in &mut message.oneof_decl {
            changed |= self.options(&scope, oneof.options.as_mut().map(|it| &mut it.uninterpreted_option));
        }
        for range in &mut message.extension_range {
            changed |= self.options(&scope, range.options.as_mut().map(|it| &mut it.uninterpreted_option));
        }
        for item in &mut message.enum_type {
            changed |= self.enumeration(&scope, item);
        }
        for nested in &mut message.nested_type {
            changed |= self.message(&scope, nested);
        }
        changed
    }

    fn enumeration(&self, scope: &str, item: &mut EnumDescriptorProto) -> bool {
        let scope = join(scope, item.name());
        let mut changed = self.options(&scope, item.options.as_mut().map(|it| &mut it.uninterpreted_option));
        for value in &mut item.value {
            changed |= self.options(&scope, value.options.as_mut().map(|it| &mut it.uninterpreted_option));
        }
        changed
    }

    fn field(&self, scope: &str, field: &mut FieldDescriptorProto) -> bool {
        let is_type = self.write_out(scope, &mut field.type_name);
        let is_extendee = self.write_out(scope, &mut field.extendee);
        let is_option = self.options(scope, field.options.as_mut().map(|it| &mut it.uninterpreted_option));
        is_type || is_extendee || is_option
    }

    fn options(&self, scope: &str, options: Option<&mut Vec<UninterpretedOption>>) -> bool {
        let parts = options.into_iter().flatten().flat_map(|option| &mut option.name);
        let mut changed = false;
        for part in parts.filter(|part| part.is_extension && !part.name_part.starts_with('.')) {
            if let Some(full_name) = self.resolve(scope, &part.name_part, Meaning::Extension) {
                part.name_part = format!(".{full_name}");
                changed = true;
            }
        }
        changed
    }

    /// Writes the relative name of a type out in full, where it means something.
    fn write_out(&self, scope: &str, name: &mut Option<String>) -> bool {
        let Some(relative) = name.as_deref().filter(|name| !name.starts_with('.')) else { return false };
        match self.resolve(scope, relative, Meaning::Type) {
            Some(full_name) => {
                *name = Some(format!(".{full_name}"));
                true
            }
            None => false,
        }
    }

    fn resolve(&self, scope: &str, name: &str, wanted: Meaning) -> Option<String> {
        let (first, is_compound) = name.split_once('.').map_or((name, false), |(first, _)| (first, true));
        let outer = std::iter::successors(Some(scope), |scope| {
            (!scope.is_empty()).then(|| scope.rsplit_once('.').map_or("", |(outer, _)| outer))
        });
        for scope in outer {
            match self.seen.meaning(&join(scope, first), self.of) {
                Some(Meaning::Type | Meaning::Scope) if is_compound => {
                    // The first part decides, whether the rest is there or not.
                    let full_name = join(scope, name);
                    let found = self.seen.meaning(&full_name, self.of);
                    return found.filter(|meaning| *meaning == wanted).map(|_| full_name);
                }
                Some(meaning) if meaning == wanted && !is_compound => return Some(join(scope, name)),
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Schema, Source};

    /// Compiles `a.proto` of these files, each with its body after a syntax line.
    #[track_caller]
    fn check(files: &[(&str, &str)], expected: Result<&[&str], &str>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, body) in files {
            std::fs::write(folder.path().join(name), format!("syntax = \"proto3\"; {body}")).unwrap();
        }
        let source = Source::Protos { paths: vec![folder.path().to_owned()], import_paths: Vec::new() };
        let schema = Schema::load(&source).unwrap();
        match (schema.types_of_file("a.proto"), expected) {
            (Ok(types), Ok(expected)) => {
                let message = types.pool().get_file_by_name("a.proto").unwrap().messages().next().unwrap();
                let kinds = message.fields().map(|field| field.kind().as_message().unwrap().full_name().to_owned());
                assert_eq!(kinds.collect::<Vec<_>>(), expected);
                // What was added for the pool is not written out.
                let written =
                    prost_types::FileDescriptorProto::decode(&*types.encode_file("a.proto").unwrap()).unwrap();
                let imports: Vec<&str> = files[0].1.matches("import").collect();
                assert_eq!(written.dependency.len(), imports.len());
            }
            (Err(problems), Err(expected)) => assert_eq!(problems[0].message, expected),
            (found, _) => panic!("{:?}", found.map(|_| "compiled")),
        }
    }

    use prost::Message as _;

    #[test]
    fn public_imports_are_followed_all_the_way() {
        check(
            &[
                ("a.proto", "import \"b.proto\"; message A { d.N n = 1; e.O o = 2; }"),
                ("b.proto", "import public \"c.proto\";"),
                ("c.proto", "import public \"d.proto\";"),
                ("d.proto", "package d; import public \"e.proto\"; message N {}"),
                ("e.proto", "package e; message O {}"),
            ],
            Ok(&["d.N", "e.O"]),
        );
        check(
            &[
                ("a.proto", "import \"b.proto\"; message A { d.N n = 1; }"),
                ("b.proto", "import public \"c.proto\";"),
                ("c.proto", "import \"d.proto\"; message C { d.N n = 1; }"),
                ("d.proto", "package d; message N {}"),
            ],
            Err("name 'd.N' is not defined"),
        );
    }

    #[test]
    fn names_of_files_that_are_not_imported_hide_nothing() {
        check(
            &[
                ("a.proto", "package x.y; import \"b.proto\"; import \"t.proto\"; message A { t.M m = 1; }"),
                ("b.proto", "package b; import \"c.proto\"; message B { x.t.Z m = 1; }"),
                ("c.proto", "package x.t; message Z {}"),
                ("t.proto", "package t; message M {}"),
            ],
            Ok(&["t.M"]),
        );
        check(
            &[
                ("a.proto", "package p.q; import \"b.proto\"; import \"m.proto\"; message A { M.N n = 1; }"),
                ("b.proto", "package b; import \"c.proto\"; message B { p.q.M m = 1; }"),
                ("c.proto", "package p.q; message M {}"),
                ("m.proto", "package p; message M { message N {} }"),
            ],
            Ok(&["p.M.N"]),
        );
        check(
            &[
                ("a.proto", "package x.y; import \"b.proto\"; import \"o.proto\"; message A { option (o.m) = 1; }"),
                ("b.proto", "package b; import \"c.proto\"; message B { x.o.Z m = 1; }"),
                ("c.proto", "package x.o; message Z {}"),
                (
                    "o.proto",
                    "package o; import \"google/protobuf/descriptor.proto\";
                    extend google.protobuf.MessageOptions { optional int32 m = 50001; }",
                ),
            ],
            Ok(&[]),
        );
        // Of an imported file they do: the innermost scope that has the first part decides.
        check(
            &[
                ("a.proto", "package x.y; import \"c.proto\"; import \"t.proto\"; message A { t.M m = 1; }"),
                ("c.proto", "package x.t; message Z {}"),
                ("t.proto", "package t; message M {}"),
            ],
            Err("'t.M' resolves to 'x.t.M', which is not defined"),
        );
    }
}
