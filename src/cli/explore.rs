//! `trunkline list` and `trunkline describe`: what a schema has, in grpcurl's shapes.
//!
//! Must not know: calls.

use super::flags::{DescribeFlags, ListFlags};
use super::source::{Schemas, target_and_name};
use super::suggest::did_you_mean;
use super::terminal::{Stop, print};
use crate::engine::Engine;
use crate::schema::Types;

/// Lists services, or the methods of one, sorted, one full name per line.
pub(super) fn list(engine: &Engine, flags: &ListFlags) -> Result<(), Stop> {
    let (target, service) = target_and_name(&flags.positional, &flags.schema);
    let schemas = Schemas::load(engine, &flags.schema, &flags.connection, target)?;
    let names = match service {
        None => schemas.services().iter().map(|service| service.full_name.clone()).collect(),
        Some(name) => methods(&schemas, name)?,
    };
    print_sorted(names)?;
    finish(&schemas)
}

fn methods(schemas: &Schemas, service: &str) -> Result<Vec<String>, Stop> {
    let named = schemas.named(service);
    if named.is_empty() {
        return Err(schemas.unknown_service(service));
    }
    let methods = named.iter().flat_map(|service| &service.methods);
    Ok(methods.map(|method| format!("{service}.{}", method.name)).collect())
}

fn print_sorted(mut names: Vec<String>) -> Result<(), Stop> {
    names.sort();
    // Two files may define the same name; the list is of names.
    names.dedup();
    names.iter().try_for_each(|name| print(name))
}

/// What could not be read is told; it decides the exit code only when there was nothing else to tell.
fn finish(schemas: &Schemas) -> Result<(), Stop> {
    schemas.tell_problems();
    if schemas.services().is_empty() && schemas.has_problems() { Err(Stop::Told(1)) } else { Ok(()) }
}

/// Prints a symbol, or every service, as proto source.
pub(super) fn describe(engine: &Engine, flags: &DescribeFlags) -> Result<(), Stop> {
    let (target, symbol) = target_and_name(&flags.positional, &flags.schema);
    let schemas = Schemas::load(engine, &flags.schema, &flags.connection, target)?;
    match symbol {
        None => {
            for (service, types) in schemas.compiled() {
                print_described(&types, &service.full_name)?;
            }
            finish(&schemas)
        }
        Some(symbol) => describe_one(&schemas, &symbol.trim_start_matches('.').replace('/', ".")),
    }
}

fn describe_one(schemas: &Schemas, symbol: &str) -> Result<(), Stop> {
    // The files of services named like the symbol first: mostly no other needs to be compiled.
    let near = schemas
        .compiled_where(|service| symbol.starts_with(&service.full_name))
        .find(|(_, types)| kind_of(types, symbol).is_some());
    if let Some((_, types)) = near.or_else(|| schemas.compiled().find(|(_, types)| kind_of(types, symbol).is_some())) {
        return print_described(&types, symbol);
    }
    schemas.tell_problems();
    let known: Vec<String> = schemas.compiled().flat_map(|(_, types)| names(&types)).collect();
    let suggestion = did_you_mean(symbol, known.iter().map(String::as_str));
    Err(Stop::Usage(format!("there is no symbol {symbol}{suggestion}")))
}

fn print_described(types: &Types, name: &str) -> Result<(), Stop> {
    let (Some(kind), Some(source)) = (kind_of(types, name), types.describe(name)) else { return Ok(()) };
    print(&format!("{name} is {kind}:\n{}", source.trim_end()))
}

/// What a name stands for, with its article.
fn kind_of(types: &Types, name: &str) -> Option<&'static str> {
    let pool = types.pool();
    if pool.get_service_by_name(name).is_some() {
        Some("a service")
    } else if pool.get_message_by_name(name).is_some() {
        Some("a message")
    } else if pool.get_enum_by_name(name).is_some() {
        Some("an enum")
    } else {
        let (service, method) = name.rsplit_once('.')?;
        let service = pool.get_service_by_name(service)?;
        service.methods().any(|known| known.name() == method).then_some("a method")
    }
}

/// Every name that can be described.
fn names(types: &Types) -> Vec<String> {
    let pool = types.pool();
    let services = pool.services().flat_map(|service| {
        let methods: Vec<String> = service.methods().map(|method| method.full_name().to_owned()).collect();
        std::iter::once(service.full_name().to_owned()).chain(methods)
    });
    let messages = pool.all_messages().filter(|message| !message.is_map_entry());
    services
        .chain(messages.map(|message| message.full_name().to_owned()))
        .chain(pool.all_enums().map(|one| one.full_name().to_owned()))
        .collect()
}
