//! Proto source text of a symbol, written anew from descriptors and the comment table.
//!
//! Must not know: where descriptors came from.

use prost_reflect::DescriptorPool;

use super::Types;

/// What a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolKind {
    /// A service.
    Service,
    /// A method of a service.
    Method,
    /// A message, nested or not.
    Message,
    /// A field of a message.
    Field,
    /// A oneof of a message.
    Oneof,
    /// An enum, nested or not.
    Enum,
    /// A value of an enum.
    EnumValue,
    /// An extension, at the top of a file or in a message.
    Extension,
}

pub(super) fn kind(pool: &DescriptorPool, full_name: &str) -> Option<SymbolKind> {
    if pool.get_message_by_name(full_name).is_some() {
        return Some(SymbolKind::Message);
    }
    pool.get_service_by_name(full_name).map(|_| SymbolKind::Service)
}

pub(super) fn describe(_types: &Types, _full_name: &str) -> Option<String> {
    None
}
