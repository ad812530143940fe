//! Flags about the schema: where it comes from, and where it is saved.
//!
//! Must not know: what the flags do.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// Where the schema comes from.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Schema")]
pub(in crate::cli) struct SchemaFlags {
    /// Folder that imports, and the files of --proto, are looked up in; may be repeated
    #[arg(short = 'I', long = "import-path", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) import_paths: Vec<PathBuf>,

    /// Proto file, or folder of them; may be repeated
    #[arg(long = "proto", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) protos: Vec<PathBuf>,

    /// File with a descriptor set, as `protoc -o` writes it; may be repeated
    #[arg(long = "protoset", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) protosets: Vec<PathBuf>,

    /// Ask the server as well when --proto or --protoset is given; without them it is always asked
    #[arg(long)]
    pub(in crate::cli) use_reflection: bool,
}

impl SchemaFlags {
    /// Whether any file is named.
    pub(in crate::cli) fn is_local(&self) -> bool {
        !self.protos.is_empty() || !self.protosets.is_empty()
    }
}

/// Where the schema is saved.
#[derive(Debug, Args)]
#[command(next_help_heading = "Saving")]
pub(in crate::cli) struct SaveFlags {
    /// Write what is listed or described, and all it imports, as .proto files below this folder
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) proto_out_dir: Option<PathBuf>,

    /// Write the same as one descriptor set
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) protoset_out: Option<PathBuf>,

    /// Replace files that say something else; without it they stay, and the exit code is 1
    #[arg(long)]
    pub(in crate::cli) overwrite: bool,
}
