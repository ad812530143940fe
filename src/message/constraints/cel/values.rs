//! Values of protobuf as expressions see them. A message stays as it is: its fields become values when they are asked for.
//!
//! Must not know: expressions, where rules come from.

use std::collections::HashMap;

use cel::ExecutionError;
use cel::common::traits::Indexer;
use cel::common::types::{
    CelBool, CelBytes, CelDouble, CelDuration, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelTimestamp,
    CelUInt, Type,
};
use cel::common::value::{CowVal, StaticVal, Val};
use chrono::DateTime;
use prost_reflect::{DynamicMessage, Kind, MapKey, ReflectMessage as _, Value};

use crate::message::constraints::plain::{Plain, is_wrapper};

/// What stands before the name of a field that is asked for its presence.
pub(super) const PRESENCE: char = '?';

pub(super) fn now() -> Box<dyn Val> {
    let now = jiff::Timestamp::now();
    time(now.as_nanosecond()).unwrap_or_else(|| Box::new(CelNull))
}

fn time(nanos: i128) -> Option<Box<dyn Val>> {
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
    let rest = u32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?;
    let time = DateTime::from_timestamp(seconds, rest)?;
    Some(Box::new(CelTimestamp::from(time.fixed_offset())))
}

fn duration(nanos: i128) -> Option<Box<dyn Val>> {
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
    let rest = u32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?;
    Some(Box::new(CelDuration::from(chrono::Duration::new(seconds, rest)?)))
}

/// A value as expressions see it.
pub(super) fn val(value: &Value) -> Box<dyn Val> {
    match value {
        Value::Bool(value) => Box::new(CelBool::from(*value)),
        Value::I32(value) | Value::EnumNumber(value) => Box::new(CelInt::from(i64::from(*value))),
        Value::I64(value) => Box::new(CelInt::from(*value)),
        Value::U32(value) => Box::new(CelUInt::from(u64::from(*value))),
        Value::U64(value) => Box::new(CelUInt::from(*value)),
        Value::F32(value) => Box::new(CelDouble::from(f64::from(*value))),
        Value::F64(value) => Box::new(CelDouble::from(*value)),
        Value::String(value) => Box::new(CelString::from(value.clone())),
        Value::Bytes(value) => Box::new(CelBytes::from(value.to_vec())),
        Value::Message(message) => message_val(message),
        Value::List(values) => Box::new(CelList::from(values.iter().map(val).collect::<Vec<_>>())),
        Value::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| (key_val(key), val(value)));
            Box::new(CelMap::from(entries.collect::<HashMap<_, _>>()))
        }
    }
}

fn key_val(key: &MapKey) -> CelMapKey<'static> {
    match key {
        MapKey::Bool(key) => CelMapKey::from(*key),
        MapKey::I32(key) => CelMapKey::from(i64::from(*key)),
        MapKey::I64(key) => CelMapKey::from(*key),
        MapKey::U32(key) => CelMapKey::from(u64::from(*key)),
        MapKey::U64(key) => CelMapKey::from(*key),
        MapKey::String(key) => CelMapKey::from(key.clone()),
    }
}

fn message_val(message: &DynamicMessage) -> Box<dyn Val> {
    let descriptor = message.descriptor();
    if is_wrapper(descriptor.full_name())
        && let Some(field) = descriptor.get_field_by_name("value")
    {
        return val(&message.get_field(&field));
    }
    let known = match Plain::of(&Value::Message(message.clone()), &Kind::Message(descriptor)) {
        Some(Plain::Time(nanos)) => time(nanos),
        Some(Plain::Duration(nanos)) => duration(nanos),
        _ => None,
    };
    known.unwrap_or_else(|| Box::new(Message(message.clone())))
}

static MESSAGE: Type = Type::new_unspecified_type("message");

/// A message whose fields are read when they are asked for.
#[derive(Clone, Debug)]
pub(super) struct Message(pub(super) DynamicMessage);

impl Val for Message {
    fn get_type(&self) -> &Type {
        &MESSAGE
    }

    fn cel_type() -> &'static Type {
        &MESSAGE
    }

    fn equals(&self, other: &dyn Val) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| other.0 == self.0)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> Option<&dyn std::any::Any> {
        Some(self)
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn into_indexer<'v>(self: Box<Self>) -> Option<Box<dyn Indexer + 'v>>
    where
        Self: 'v,
    {
        Some(self)
    }
}

impl StaticVal for Message {}

impl Indexer for Message {
    fn get<'b, 'v>(&'b self, index: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let name = index.downcast_ref::<CelString>().map(|name| name.inner().to_owned()).unwrap_or_default();
        let descriptor = self.0.descriptor();
        let (asked, name) = match name.strip_prefix(PRESENCE) {
            Some(name) => (true, name),
            None => (false, name.as_str()),
        };
        let field = descriptor.get_field_by_name(name).filter(|field| !asked || self.0.has_field(field));
        let field = field.ok_or_else(|| ExecutionError::no_such_key(name))?;
        let kind = field.kind();
        let wraps = kind.as_message().is_some_and(|message| is_wrapper(message.full_name()));
        if wraps && field.supports_presence() && !self.0.has_field(&field) {
            return Ok(CowVal::owned(CelNull));
        }
        Ok(CowVal::Owned(val(&self.0.get_field(&field))))
    }

    fn steal<'v>(self: Box<Self>, index: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.get(index).map(CowVal::into_owned)
    }
}
