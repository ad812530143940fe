//! `trunkline convert`: messages from one form to another, and bytes of unknown type as far as they tell of themselves.
//!
//! Must not know: calls.

use std::io::Read as _;

use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor};

use super::explore::names;
use super::flags::SchemaFlags;
use super::formats::{ConvertFlags, Cut, Format, RecordReader, read_json, read_text};
use super::source::Schemas;
use super::suggest::did_you_mean;
use super::terminal::{Stop, note, print_bytes};
use crate::engine::Engine;
use crate::message::text_format::{self, SEPARATOR};
use crate::message::wire::View;
use crate::message::{self, AnyTypes, raw};

/// Reads, converts and writes.
pub(super) fn convert(engine: &Engine, flags: &ConvertFlags) -> Result<(), Stop> {
    let from = flags.from.or_else(|| Format::of(flags.file.as_deref()?)).unwrap_or(Format::Binary);
    let named = flags.to.or_else(|| Format::of(flags.output.as_deref()?));
    let Some(name) = &flags.type_name else {
        return untyped(flags, from, named.unwrap_or(Format::Text));
    };
    let to = named.unwrap_or(Format::Json);
    if flags.reflect.is_none() && !flags.schema.is_local() {
        let wanted = "name the schema with --proto or --protoset, or a server to ask with --reflect";
        return Err(Stop::Usage(wanted.to_owned()));
    }
    let asked = flags.schema.use_reflection || flags.reflect.is_some();
    let schema = SchemaFlags { use_reflection: asked, ..flags.schema.clone() };
    let schemas = Schemas::load(engine, &schema, &flags.connection, flags.reflect.as_deref())?;
    let descriptor = find(&schemas, name.trim_start_matches('.'))?;
    let types = schemas.any_types();
    let messages = read(&input(flags)?, from, &descriptor, &types)?;
    output(flags, &write(&messages, to, flags, &types)?)
}

fn find(schemas: &Schemas, name: &str) -> Result<MessageDescriptor, Stop> {
    let types = schemas.find_symbol(name);
    if let Some(message) = types.as_ref().and_then(|types| types.pool().get_message_by_name(name)) {
        return Ok(message);
    }
    if types.is_some() {
        return Err(Stop::Usage(format!("--type wants a message, which this is not: {name}")));
    }
    let (compiled, _) = schemas.compiled();
    let known: Vec<String> = compiled.iter().flat_map(|(_, types)| names(types)).collect();
    let suggestion = did_you_mean(name, known.iter().map(String::as_str));
    Err(schemas.unknown(format!("there is no message {name}{suggestion}")))
}

fn input(flags: &ConvertFlags) -> Result<Vec<u8>, Stop> {
    if let Some(path) = flags.file.as_deref().filter(|path| path.as_os_str() != "-") {
        let read = std::fs::read(path);
        return read.map_err(|error| Stop::Failed(format!("cannot read: {error}: {}", path.display())));
    }
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|error| Stop::Failed(format!("cannot read standard input: {error}")))?;
    Ok(bytes)
}

fn output(flags: &ConvertFlags, bytes: &[u8]) -> Result<(), Stop> {
    match &flags.output {
        Some(path) => std::fs::write(path, bytes)
            .map_err(|error| Stop::Failed(format!("cannot write: {error}: {}", path.display()))),
        None => print_bytes(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Stop> {
    std::str::from_utf8(bytes)
        .map_err(|error| Stop::Usage(format!("the text is not UTF-8 from its byte {} on", error.valid_up_to() + 1)))
}

/// The bytes of one message.
fn bytes_of(input: &[u8], from: Format) -> Result<Vec<u8>, Stop> {
    match from {
        Format::Hex => raw::from_hex(utf8(input)?).map_err(Stop::Usage),
        Format::Base64 => raw::from_base64(utf8(input)?).map_err(Stop::Usage),
        Format::Json | Format::Text | Format::Binary => Ok(input.to_vec()),
    }
}

const LEFT_OUT: &str = "left out the 5 bytes of a gRPC frame's header";

fn read(
    input: &[u8],
    from: Format,
    descriptor: &MessageDescriptor,
    types: &AnyTypes,
) -> Result<Vec<DynamicMessage>, Stop> {
    match from {
        Format::Json => {
            let messages = read_json(utf8(input)?, descriptor, types).map_err(Stop::Usage)?;
            if messages.is_empty() { Err(Stop::Usage("the input holds no message".to_owned())) } else { Ok(messages) }
        }
        Format::Text => {
            let mut reader = RecordReader::new(Cut::Separator);
            reader.push(input);
            reader.end();
            let mut messages = Vec::new();
            while let Some(record) = reader.next().map_err(Stop::Usage)? {
                messages.push(read_text(&record, messages.len() + 1, descriptor, types).map_err(Stop::Usage)?);
            }
            // As with protoc an empty text is a message without fields.
            if messages.is_empty() {
                messages.push(DynamicMessage::new(descriptor.clone()));
            }
            Ok(messages)
        }
        Format::Binary | Format::Hex | Format::Base64 => {
            let bytes = bytes_of(input, from)?;
            let message = match raw::decode(&bytes, descriptor) {
                Err(error) if error.is_framed => {
                    note(LEFT_OUT);
                    raw::decode(raw::frame_payload(&bytes).unwrap_or_default(), descriptor)
                }
                decoded => decoded,
            };
            Ok(vec![message.map_err(|error| Stop::Usage(error.to_string()))?])
        }
    }
}

fn write(messages: &[DynamicMessage], to: Format, flags: &ConvertFlags, types: &AnyTypes) -> Result<Vec<u8>, Stop> {
    let mut out = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        match to {
            Format::Json => {
                out.extend(message::write(message, flags.write.json(types)).to_pretty().into_bytes());
                out.push(b'\n');
            }
            Format::Text => {
                if index > 0 {
                    out.extend(SEPARATOR.to_string().into_bytes());
                }
                out.extend(text_format::write(message, flags.write.text(types)).into_bytes());
            }
            Format::Binary if messages.len() > 1 => {
                let count = messages.len();
                return Err(Stop::Usage(format!("the input holds {count} messages, and binary holds one")));
            }
            Format::Binary | Format::Hex | Format::Base64 => out.extend(in_form(&message.encode_to_vec(), to)),
        }
    }
    Ok(out)
}

/// Bytes in a form of bytes: as they are, or on a line.
fn in_form(bytes: &[u8], to: Format) -> Vec<u8> {
    match to {
        Format::Hex => (raw::to_hex(bytes) + "\n").into_bytes(),
        Format::Base64 => (raw::to_base64(bytes) + "\n").into_bytes(),
        Format::Json | Format::Text | Format::Binary => bytes.to_vec(),
    }
}

/// Bytes whose type is not known.
fn untyped(flags: &ConvertFlags, from: Format, to: Format) -> Result<(), Stop> {
    if matches!(from, Format::Json | Format::Text) || to == Format::Json {
        return Err(Stop::Usage("name the message with --type; only bytes can be shown without it".to_owned()));
    }
    let bytes = bytes_of(&input(flags)?, from)?;
    if to != Format::Text {
        return output(flags, &in_form(&bytes, to));
    }
    let payload = raw::frame_payload(&bytes).filter(|_| bytes.first() == Some(&0));
    if payload.is_some() {
        note(LEFT_OUT);
    }
    let bytes = payload.unwrap_or(&bytes);
    let view = View::of(bytes);
    output(flags, text_format::raw(&view, bytes).as_bytes())?;
    view.broken.map_or(Ok(()), |broken| Err(Stop::Failed(format!("no whole message: {broken}"))))
}
