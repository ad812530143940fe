//! What a list shows of one file, from its descriptor alone: services, methods, the names it defines and imports.
//!
//! Must not know: other files, pools.

use std::collections::HashSet;

use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, MethodDescriptorProto,
    MethodOptions, ServiceDescriptorProto,
};

use super::docs::{Docs, join};
use super::guard::DEEPEST_PACKAGE;
use super::index::Index;
use super::outline::outline;
use super::scan::{LONGEST_SCOPE, Scan};
use super::{Kind, Method, Service};

/// What one file offers to a list.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) package: String,
    pub(super) services: Vec<Service>,
    /// Full names of messages (nested ones too), enums, services and extensions.
    pub(super) symbols: Vec<String>,
    /// All of these and methods, fields and enum values.
    pub(super) index: Index,
}

/// Lists a file. Types are resolved as far as the file itself tells; what it imports keeps the name as written.
pub(super) fn list(file: &FileDescriptorProto, docs: &Docs) -> Listing {
    let package = file.package().to_owned();
    let mut symbols = Vec::new();
    for message in &file.message_type {
        collect(message, &package, &mut symbols);
    }
    let names = file
        .enum_type
        .iter()
        .map(EnumDescriptorProto::name)
        .chain(file.service.iter().map(ServiceDescriptorProto::name));
    symbols.extend(names.chain(file.extension.iter().map(FieldDescriptorProto::name)).map(|name| join(&package, name)));

    let known: HashSet<&str> = symbols.iter().map(String::as_str).collect();
    let doc = |name: &str| docs.get(name).cloned().unwrap_or_default();
    let services = file
        .service
        .iter()
        .map(|service| {
            let full_name = join(&package, service.name());
            let methods = service.method.iter().map(|method| Method {
                name: method.name().to_owned(),
                kind: Kind::from_streaming(method.client_streaming(), method.server_streaming()),
                input: resolve(method.input_type(), &full_name, |name| known.contains(name)),
                output: resolve(method.output_type(), &full_name, |name| known.contains(name)),
                doc: doc(&join(&full_name, method.name())),
                deprecated: is_deprecated(method),
            });
            let methods = methods.collect();
            Service { doc: doc(&full_name), file: file.name().to_owned(), full_name, methods }
        })
        .collect();
    Listing { package, services, symbols, index: outline(file) }
}

/// Lists a scanned file, types resolved as by [`list`].
pub(super) fn list_scan(scan: Scan) -> Listing {
    let Scan { package, mut services, symbols, index, .. } = scan;
    let known: HashSet<&str> = symbols.iter().map(String::as_str).collect();
    for service in &mut services {
        for method in &mut service.methods {
            for name in [&mut method.input, &mut method.output] {
                *name = resolve(name, &service.full_name, |name| known.contains(name));
            }
        }
    }
    Listing { package, services, symbols, index }
}

fn collect(message: &DescriptorProto, scope: &str, symbols: &mut Vec<String>) {
    let full_name = join(scope, message.name());
    for nested in &message.nested_type {
        collect(nested, &full_name, symbols);
    }
    let inner = message
        .enum_type
        .iter()
        .map(EnumDescriptorProto::name)
        .chain(message.extension.iter().map(FieldDescriptorProto::name));
    symbols.extend(inner.map(|name| join(&full_name, name)));
    symbols.push(full_name);
}

/// The full name of a type written in `scope`: the innermost that is known, else as written.
pub(super) fn resolve(name: &str, scope: &str, is_known: impl Fn(&str) -> bool) -> String {
    if let Some(full_name) = name.strip_prefix('.') {
        return full_name.to_owned();
    }
    // A scope as no file in earnest has it is not gone through: it may have as many steps as letters.
    let is_deep = scope.len() > LONGEST_SCOPE || scope.matches('.').count() > DEEPEST_PACKAGE + 1;
    let mut scope = if is_deep { "" } else { scope };
    loop {
        let candidate = join(scope, name);
        if is_known(&candidate) {
            return candidate;
        }
        if scope.is_empty() {
            return name.to_owned();
        }
        scope = scope.rsplit_once('.').map_or("", |(outer, _)| outer);
    }
}

/// The parser leaves options uninterpreted, a compiler sets them.
fn is_deprecated(method: &MethodDescriptorProto) -> bool {
    let Some(options) = &method.options else { return false };
    options.deprecated() || says_deprecated(options)
}

fn says_deprecated(options: &MethodOptions) -> bool {
    options.uninterpreted_option.iter().any(|option| {
        matches!(option.name.as_slice(), [part] if part.name_part == "deprecated" && !part.is_extension)
            && option.identifier_value() == "true"
    })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::schema::unit::Unit;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let unit = Unit::parse("x.proto", "x.proto", source.to_owned()).unwrap();
        let listing = list(&unit.descriptor, &unit.docs);
        let mut text = String::new();
        for service in &listing.services {
            writeln!(text, "{} [{}]", service.full_name, service.doc).unwrap();
            for m in &service.methods {
                writeln!(text, "  {} {:?} {} -> {} [{}] {}", m.name, m.kind, m.input, m.output, m.doc, m.deprecated)
                    .unwrap();
            }
        }
        assert_eq!(text, expected);
    }

    #[test]
    fn methods_are_listed_with_kinds_types_comments_and_deprecation() {
        check(
            "syntax = \"proto3\"; package a.b;\n// The service.\n//   Indented.\nservice S {\n  // One.\n  rpc One(M) \
             returns (stream .c.D) { option deprecated = true; }\n  rpc Two(stream M.N) returns (Far); // After.\n\
             /* Block\n * of two. */ rpc Three(stream a.b.M) returns (stream b.M);\n}\nmessage M { message N {} }",
            "a.b.S [The service.\n  Indented.]\n  One ServerStreaming a.b.M -> c.D [One.] true\n  Two ClientStreaming \
             a.b.M.N -> Far [After.] false\n  Three Bidirectional a.b.M -> a.b.M [Block\nof two.] false\n",
        );
    }
}
