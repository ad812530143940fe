//! Stand-ins for what nobody has: imported files that a server did not send, and the types that were to be in them.
//!
//! One missing file must not take a service away: its types become empty messages (enums where a field says so), and
//! the methods that do not need them work in full. Must not know: where files come from, pools.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use prost_types::descriptor_proto::ExtensionRange;
use prost_types::field_descriptor_proto::Type;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumOptions, EnumValueDescriptorProto, FieldDescriptorProto,
    FileDescriptorProto,
};

use super::docs::{Docs, join};
use super::unit::Unit;

/// The comment of a stand-in.
const DOC: &str = "Not known: no file that defines it was found. This is an empty stand-in.";

/// One more than the greatest number of a field.
const END_OF_NUMBERS: i32 = 536_870_912;

/// What stands in for what nobody has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stubs {
    /// Imports that lead nowhere, sorted.
    pub(super) imports: Vec<String>,
    /// Full names of messages and enums, sorted.
    pub(super) types: Vec<String>,
    /// Names of the files that were made up, some of them those of `imports`.
    pub(super) files: BTreeSet<String>,
}

impl Stubs {
    /// What is missing, for the user; `None` when nothing is, or nothing that is used.
    pub(super) fn message(&self) -> Option<String> {
        if self.types.is_empty() {
            return None;
        }
        if self.imports.is_empty() {
            return Some(format!("{} not defined anywhere: empty stand-ins are used", are(&self.types)));
        }
        let imports = self.imports.iter().map(|name| format!("'{}'", name.escape_debug())).collect::<Vec<_>>();
        Some(format!("without {}, {} not known: empty stand-ins are used", imports.join(", "), are(&self.types)))
    }
}

fn are(types: &[String]) -> String {
    const NAMED: usize = 5;
    let named = types.iter().take(NAMED).map(|name| name.escape_debug().to_string()).collect::<Vec<_>>().join(", ");
    match types.len() {
        1 => format!("{named} is"),
        count if count > NAMED => format!("{named} and {} more are", count - NAMED),
        _ => format!("{named} are"),
    }
}

/// What the uses of a type tell about it.
#[derive(Default)]
struct Wanted {
    is_enum: bool,
    is_extended: bool,
    /// Enum values that are named as defaults.
    values: BTreeSet<String>,
}

/// Makes stand-ins for every type that no unit defines and every import in `imports`, and puts them before the units.
pub(super) fn fill(units: &mut Vec<Unit>, imports: BTreeSet<String>) -> Stubs {
    let mut survey = Survey::default();
    for unit in units.iter() {
        survey.define(&unit.descriptor);
    }
    for (index, unit) in units.iter().enumerate() {
        survey.uses(index, &unit.descriptor);
    }
    let Survey { wanted, users, defined } = survey;
    let types = wanted.keys().cloned().collect();
    let mut packages: BTreeMap<String, Node> = BTreeMap::new();
    for (name, wanted) in wanted {
        // Beside it stand types of the same message that are known.
        if !graft(units, &defined, &name, &wanted) {
            let (package, path) = split(&name);
            packages.entry(package).or_default().put(&path, wanted);
        }
    }
    let taken: HashSet<String> = units.iter().map(|unit| unit.descriptor.name().to_owned()).collect();
    let names = assign(&packages, &imports, &taken);
    for (index, used) in users {
        let files: BTreeSet<&String> = used.iter().filter_map(|name| names.get(&split(name).0)).collect();
        for file in files {
            units[index].add_import(file);
        }
    }
    let mut made: BTreeMap<String, Unit> = imports.iter().map(|name| (name.clone(), empty(name))).collect();
    for (package, node) in packages {
        let Some(name) = names.get(&package) else { continue };
        made.insert(name.clone(), node.file(name, &package));
    }
    let files = made.keys().cloned().collect();
    units.splice(0..0, made.into_values());
    Stubs { imports: imports.into_iter().collect(), types, files }
}

#[derive(Default)]
struct Survey {
    defined: HashSet<String>,
    wanted: BTreeMap<String, Wanted>,
    /// What is wanted, by the place of the unit that wants it.
    users: BTreeMap<usize, BTreeSet<String>>,
}

impl Survey {
    fn define(&mut self, file: &FileDescriptorProto) {
        self.define_types(file.package(), &file.message_type, &file.enum_type);
    }

    fn define_types(&mut self, scope: &str, messages: &[DescriptorProto], enums: &[EnumDescriptorProto]) {
        self.defined.extend(enums.iter().map(|item| join(scope, item.name())));
        for message in messages {
            let full_name = join(scope, message.name());
            self.define_types(&full_name, &message.nested_type, &message.enum_type);
            self.defined.insert(full_name);
        }
    }

    fn uses(&mut self, unit: usize, file: &FileDescriptorProto) {
        let package = file.package();
        let place = Place { unit, package };
        self.fields(place, package, &file.extension);
        for message in &file.message_type {
            self.message(place, package, message);
        }
        for service in &file.service {
            let scope = join(package, service.name());
            for name in service.method.iter().flat_map(|method| [method.input_type(), method.output_type()]) {
                self.name(place, &scope, name);
            }
        }
    }

    fn message(&mut self, place: Place<'_>, scope: &str, message: &DescriptorProto) {
        let scope = join(scope, message.name());
        self.fields(place, &scope, &message.field);
        self.fields(place, &scope, &message.extension);
        message.nested_type.iter().for_each(|nested| self.message(place, &scope, nested));
    }

    fn fields(&mut self, place: Place<'_>, scope: &str, fields: &[FieldDescriptorProto]) {
        for field in fields {
            if let Some(name) = &field.extendee
                && let Some(wanted) = self.name(place, scope, name)
            {
                wanted.is_extended = true;
            }
            if let Some(name) = &field.type_name
                && let Some(wanted) = self.name(place, scope, name)
            {
                wanted.is_enum |= field.r#type.is_some() && field.r#type() == Type::Enum;
                wanted.values.extend(field.default_value.clone());
            }
        }
    }

    /// Notes a name that nothing has; what is known of it so far.
    fn name(&mut self, place: Place<'_>, scope: &str, name: &str) -> Option<&mut Wanted> {
        let full_name = match name.strip_prefix('.') {
            Some(full_name) if self.defined.contains(full_name) => return None,
            Some(full_name) => full_name.to_owned(),
            None => {
                let mut scopes = std::iter::successors(Some(scope), |scope| {
                    (!scope.is_empty()).then(|| scope.rsplit_once('.').map_or("", |(outer, _)| outer))
                });
                if scopes.any(|scope| self.defined.contains(&join(scope, name))) {
                    return None;
                }
                if name.contains('.') { name.to_owned() } else { join(place.package, name) }
            }
        };
        if full_name.split('.').any(str::is_empty) {
            return None;
        }
        self.users.entry(place.unit).or_default().insert(full_name.clone());
        Some(self.wanted.entry(full_name).or_default())
    }
}

#[derive(Clone, Copy)]
struct Place<'a> {
    unit: usize,
    package: &'a str,
}

/// The package and the names of messages from the outermost in. Packages are written small, messages with a capital;
/// without one the last name alone is a type's.
fn split(full_name: &str) -> (String, Vec<&str>) {
    let names: Vec<&str> = full_name.split('.').collect();
    let first = names.iter().position(|name| name.starts_with(char::is_uppercase));
    let (package, path) = names.split_at(first.unwrap_or(names.len() - 1));
    (package.join("."), path.to_vec())
}

/// A made-up type and those inside it.
#[derive(Default)]
struct Node {
    wanted: Wanted,
    inner: BTreeMap<String, Self>,
}

impl Node {
    fn put(&mut self, path: &[&str], wanted: Wanted) {
        match path {
            [] => self.wanted = wanted,
            [first, rest @ ..] => self.inner.entry((*first).to_owned()).or_default().put(rest, wanted),
        }
    }

    fn is_enum(&self) -> bool {
        self.wanted.is_enum && self.inner.is_empty()
    }

    fn is_extended(&self) -> bool {
        self.wanted.is_extended || self.inner.values().any(Self::is_extended)
    }

    fn types(&self, scope: &str, docs: &mut Docs) -> (Vec<DescriptorProto>, Vec<EnumDescriptorProto>) {
        let (mut messages, mut enums) = (Vec::new(), Vec::new());
        for (name, node) in &self.inner {
            let full_name = join(scope, name);
            docs.insert(full_name.clone(), DOC.to_owned());
            if node.is_enum() {
                enums.push(enumeration(name, &node.wanted));
            } else {
                let (nested_type, enum_type) = node.types(&full_name, docs);
                messages.push(DescriptorProto { nested_type, enum_type, ..message(name, &node.wanted) });
            }
        }
        (messages, enums)
    }

    fn file(&self, name: &str, package: &str) -> Unit {
        let mut docs = Docs::new();
        let (message_type, enum_type) = self.types(package, &mut docs);
        let descriptor = FileDescriptorProto {
            name: Some(name.to_owned()),
            package: (!package.is_empty()).then(|| package.to_owned()),
            message_type,
            enum_type,
            // Only proto2 has extensions of any message, and only enums of proto3 fit into both.
            syntax: (!self.is_extended()).then(|| "proto3".to_owned()),
            ..FileDescriptorProto::default()
        };
        Unit { descriptor, docs, shown: name.to_owned(), ..Unit::default() }
    }
}

fn message(name: &str, wanted: &Wanted) -> DescriptorProto {
    let all = ExtensionRange { start: Some(1), end: Some(END_OF_NUMBERS), options: None };
    let extension_range = if wanted.is_extended { vec![all] } else { Vec::new() };
    DescriptorProto { name: Some(name.to_owned()), extension_range, ..DescriptorProto::default() }
}

/// An enum of the values that are known to be there, all with the number 0: which they have nobody told.
fn enumeration(name: &str, wanted: &Wanted) -> EnumDescriptorProto {
    let mut names: Vec<String> = wanted.values.iter().cloned().collect();
    if names.is_empty() {
        names.push(format!("{}_UNKNOWN", name.to_uppercase()));
    }
    let options = (names.len() > 1).then(|| EnumOptions { allow_alias: Some(true), ..EnumOptions::default() });
    let value = |name| EnumValueDescriptorProto { name: Some(name), number: Some(0), options: None };
    let value = names.into_iter().map(value).collect();
    EnumDescriptorProto { name: Some(name.to_owned()), value, options, ..EnumDescriptorProto::default() }
}

fn empty(name: &str) -> Unit {
    Node::default().file(name, "")
}

/// Puts a type into the known message around it; whether there is one.
fn graft(units: &mut [Unit], defined: &HashSet<String>, full_name: &str, wanted: &Wanted) -> bool {
    let Some((outer, name)) = full_name.rsplit_once('.').filter(|(outer, _)| defined.contains(*outer)) else {
        return false;
    };
    for unit in units {
        let package = unit.descriptor.package().to_owned();
        let Some(around) = find(&mut unit.descriptor.message_type, &package, outer) else { continue };
        if wanted.is_enum {
            around.enum_type.push(enumeration(name, wanted));
        } else {
            around.nested_type.push(message(name, wanted));
        }
        unit.docs.insert(full_name.to_owned(), DOC.to_owned());
        // Only the decoded form was changed.
        unit.encoded = None;
        return true;
    }
    false
}

fn find<'a>(messages: &'a mut [DescriptorProto], scope: &str, wanted: &str) -> Option<&'a mut DescriptorProto> {
    for message in messages {
        let full_name = join(scope, message.name());
        if full_name == wanted {
            return Some(message);
        }
        if wanted.strip_prefix(&full_name).is_some_and(|rest| rest.starts_with('.')) {
            return find(&mut message.nested_type, &full_name, wanted);
        }
    }
    None
}

/// The file that holds the stand-ins of each package: a missing one where there is one, best of the same folder.
fn assign(
    packages: &BTreeMap<String, Node>,
    imports: &BTreeSet<String>,
    taken: &HashSet<String>,
) -> HashMap<String, String> {
    let mut free: Vec<&String> = imports.iter().collect();
    let mut names = HashMap::new();
    for package in packages.keys() {
        let score = |import: &str| {
            let folder = import.rsplit_once('/').map_or("", |(folder, _)| folder).replace('/', ".");
            (folder == *package, folder.ends_with(package.as_str()), package.ends_with(&folder))
        };
        let best = (0..free.len()).max_by_key(|index| (score(free[*index]), std::cmp::Reverse(*index)));
        let name = match best {
            Some(best) => free.remove(best).clone(),
            None => made_up(package, taken),
        };
        names.insert(package.clone(), name);
    }
    names
}

fn made_up(package: &str, taken: &HashSet<String>) -> String {
    let stem = if package.is_empty() { "types".to_owned() } else { package.replace('.', "/") };
    let mut name = format!("missing/{stem}.proto");
    while taken.contains(&name) {
        name.insert_str(0, "missing/");
    }
    name
}

/// Makes of a file that says the same as another, under another name, one that imports that other.
pub(super) fn join_twins(units: &mut [Unit]) {
    let mut first: HashMap<String, usize> = HashMap::new();
    for index in 0..units.len() {
        let file = &units[index].descriptor;
        let Some(symbol) = any_symbol(file) else { continue };
        let Some(twin) = first.get(&symbol).copied() else {
            first.insert(symbol, index);
            continue;
        };
        let other = &units[twin].descriptor;
        let is_same = file.message_type == other.message_type
            && file.enum_type == other.enum_type
            && file.service == other.service
            && file.extension == other.extension;
        if is_same {
            let descriptor = FileDescriptorProto {
                name: file.name.clone(),
                dependency: vec![other.name().to_owned()],
                public_dependency: vec![0],
                syntax: Some("proto3".to_owned()),
                ..FileDescriptorProto::default()
            };
            let unit = &mut units[index];
            unit.descriptor = descriptor;
            unit.encoded = None;
            unit.original = super::lower::Original::default();
        }
    }
}

/// The full name of something that the file defines.
fn any_symbol(file: &FileDescriptorProto) -> Option<String> {
    let name = file.message_type.first().map(DescriptorProto::name);
    let name = name.or_else(|| file.enum_type.first().map(EnumDescriptorProto::name));
    let name = name.or_else(|| file.service.first().map(prost_types::ServiceDescriptorProto::name));
    let name = name.or_else(|| file.extension.first().map(FieldDescriptorProto::name));
    name.map(|name| join(file.package(), name))
}
