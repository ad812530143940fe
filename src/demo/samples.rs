//! The proto files of `proto-samples`, embedded and compiled at start.
//!
//! Must not know: gRPC.

use std::io;

use prost_reflect::DescriptorPool;
use prost_types::FileDescriptorSet;
use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

use crate::schema;

macro_rules! sources {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../proto-samples/", $name)))),*]
    };
}

/// Every sample file: its import name and its text.
pub const SAMPLES: &[(&str, &str)] = sources![
    "common/failure.proto",
    "common/legacy.proto",
    "common/money.proto",
    "greeter.proto",
    "hello.proto",
    "helloworld.proto",
    "kitchen_sink.proto",
    "seckey.proto",
    "sign_up.proto",
    "test.proto",
];

/// One service file with all that it imports.
pub(super) struct Sample {
    /// Its types. Each sample has a pool of its own: `greeter.proto` and `hello.proto` define the same names.
    pub(super) pool: DescriptorPool,
    /// Its files, imports first, with comments.
    pub(super) files: FileDescriptorSet,
}

struct Embedded;

impl FileResolver for Embedded {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        let own = SAMPLES.iter().find(|(sample, _)| *sample == name).map(|(_, source)| *source);
        match own.or_else(|| schema::source_of_rules(name)) {
            Some(source) => File::from_source(name, source),
            None => Err(protox::Error::file_not_found(name)),
        }
    }
}

/// Compiles every sample that defines a service.
///
/// # Errors
///
/// When a sample is wrong, which the tests rule out.
pub(super) fn compile() -> io::Result<Vec<Sample>> {
    let names = SAMPLES.iter().map(|(name, _)| *name).filter(|name| !name.contains('/'));
    names.map(|name| compile_one(name).map_err(io::Error::other)).collect()
}

fn compile_one(name: &str) -> Result<Sample, protox::Error> {
    let mut resolver = ChainFileResolver::new();
    resolver.add(GoogleFileResolver::new());
    resolver.add(Embedded);
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).include_source_info(true).open_file(name)?;
    Ok(Sample { pool: compiler.descriptor_pool(), files: compiler.file_descriptor_set() })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_sample_compiles_and_none_is_forgotten() {
        assert_eq!(compile().unwrap().len(), 7);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("proto-samples");
        for place in ["", "common"] {
            for entry in folder.join(place).read_dir().unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|extension| extension == "proto") {
                    let name = path.strip_prefix(&folder).unwrap().to_str().unwrap().replace('\\', "/");
                    assert!(SAMPLES.iter().any(|(sample, _)| *sample == name), "{name} is not embedded");
                }
            }
        }
    }

    #[test]
    fn everything_public_in_the_kitchen_sink_has_a_comment() {
        let samples = compile().unwrap();
        for sample in &samples {
            for message in sample.pool.all_messages().filter(|message| !message.is_map_entry()) {
                if ["google.", "buf."].iter().any(|foreign| message.package_name().starts_with(foreign)) {
                    continue;
                }
                assert!(comment(&message.parent_file(), message.path()), "{}", message.full_name());
                for field in message.fields() {
                    // What defines a group is its comment too.
                    let group = field.kind().as_message().filter(|_| field.is_group()).cloned();
                    let path = group.as_ref().map_or(field.path(), |group| group.path());
                    assert!(comment(&message.parent_file(), path), "{}", field.full_name());
                }
            }
        }
    }

    fn comment(file: &prost_reflect::FileDescriptor, path: &[i32]) -> bool {
        let proto = file.file_descriptor_proto();
        let locations = &proto.source_code_info.as_ref().unwrap().location;
        locations.iter().any(|location| location.path == path && location.leading_comments.is_some())
    }
}
