//! What may stand on the command line: the subcommands, their flags and help texts, and grpcurl's spelling of them.
//!
//! Must not know: what the flags do.

mod call;
mod connection;
mod examples;
mod schema;
mod spelling;
mod values;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueHint};

pub(super) use self::call::CallFlags;
pub(super) use self::connection::ConnectionFlags;
pub(super) use self::schema::{SaveFlags, SchemaFlags};
pub(super) use self::spelling::{flag_of, normalise};
use self::values::variable;
use super::formats::{CONVERT_EXAMPLES, ConvertFlags};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "trunkline",
    version,
    about = "A native desktop explorer for gRPC",
    long_about = "A native desktop explorer for gRPC.\n\nWithout a subcommand the window opens, with the named proto \
                  files, folders or collections in it. The subcommands do the same work in a terminal.",
    max_term_width = 100,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_help = examples::EXAMPLES
)]
pub(super) struct CommandLine {
    /// Proto files, folders of them, or collections to open in the window
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// What to do in the terminal.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List services, or the methods of one
    #[command(after_help = examples::LIST_EXAMPLES)]
    List(ListFlags),
    /// Print services, methods, messages and enums as proto source, comments included
    #[command(after_help = examples::DESCRIBE_EXAMPLES)]
    Describe(DescribeFlags),
    /// Call a method; each response goes to standard output as soon as it arrives
    #[command(after_help = examples::CALL_EXAMPLES)]
    Call(CallFlags),
    /// Convert messages between JSON, the text format and bytes, or show what bytes of unknown type hold
    #[command(after_help = CONVERT_EXAMPLES)]
    Convert(ConvertFlags),
    /// Compile everything under the paths, tell every problem, write a descriptor set
    #[command(after_help = examples::CHECK_EXAMPLES)]
    Check(CheckFlags),
    /// Tell what differs between your protos and what a server has, and which calls that breaks
    #[command(after_help = examples::DRIFT_EXAMPLES)]
    Drift(DriftFlags),
    /// Run saved requests, or whole collections of them, and check what they assert
    #[command(after_help = examples::RUN_EXAMPLES)]
    Run(RunFlags),
    /// Serve the demo services on 127.0.0.1, with reflection and health, until Ctrl-C
    DemoServer(DemoServerFlags),
}

/// `trunkline list`.
#[derive(Debug, Args)]
pub(super) struct ListFlags {
    /// Target whose reflection is asked, then the service whose methods are listed
    #[arg(value_names = ["TARGET", "SERVICE"], num_args = 0..=2)]
    pub(super) positional: Vec<String>,

    #[command(flatten)]
    pub(super) schema: SchemaFlags,

    #[command(flatten)]
    pub(super) save: SaveFlags,

    #[command(flatten)]
    pub(super) connection: ConnectionFlags,
}

/// `trunkline describe`.
#[derive(Debug, Args)]
pub(super) struct DescribeFlags {
    /// Target whose reflection is asked, then the full name of what is described
    #[arg(value_names = ["TARGET", "SYMBOL"], num_args = 0..=2)]
    pub(super) positional: Vec<String>,

    /// Print JSON for machines: a symbol is an object, every service an array of them
    #[arg(long)]
    pub(super) json: bool,

    /// Print a request with every field of the message, and of the message's fields, as JSON
    #[arg(long, conflicts_with = "json")]
    pub(super) msg_template: bool,

    #[command(flatten)]
    pub(super) schema: SchemaFlags,

    #[command(flatten)]
    pub(super) save: SaveFlags,

    #[command(flatten)]
    pub(super) connection: ConnectionFlags,
}

/// `trunkline check`.
#[derive(Debug, Args)]
pub(super) struct CheckFlags {
    /// Proto files, or folders of them
    #[arg(value_name = "PATH", required = true, value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    /// Folder that imports are looked up in; may be repeated
    #[arg(short = 'I', long = "import-path", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) import_paths: Vec<PathBuf>,

    /// Write the descriptor set of the files, as `protoc -o` does
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) output: Option<PathBuf>,

    /// With -o, what the files import goes into the set too
    #[arg(long, requires = "output")]
    pub(super) include_imports: bool,

    /// With -o, comments and positions go into the set too
    #[arg(long, requires = "output")]
    pub(super) include_source_info: bool,
}

/// `trunkline drift`.
#[derive(Debug, Args)]
pub(super) struct DriftFlags {
    /// Target whose reflection is asked, unless --against is given; then services, all when none is named
    #[arg(value_names = ["TARGET", "SERVICE"], num_args = 0..)]
    pub(super) positional: Vec<String>,

    /// Compare with this proto file, folder or descriptor set in place of a server; may be repeated
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) against: Vec<PathBuf>,

    /// Print JSON for machines
    #[arg(long)]
    pub(super) json: bool,

    /// Fail also where only JSON breaks
    #[arg(long)]
    pub(super) strict: bool,

    /// Tell the services and methods too in which nothing differs
    #[arg(short, long, action = ArgAction::Count)]
    pub(super) verbose: u8,

    #[command(flatten)]
    pub(super) schema: SchemaFlags,

    #[command(flatten)]
    pub(super) connection: ConnectionFlags,
}

/// `trunkline run`.
#[derive(Debug, Args)]
pub(super) struct RunFlags {
    /// Request files, folders of them, or collections
    #[arg(value_name = "PATH", required = true, value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    /// Environment of the collection whose variables are used
    #[arg(long = "env", value_name = "NAME")]
    pub(super) environment: Option<String>,

    /// Variable, before those of the environment; may be repeated
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    pub(super) variables: Vec<(String, String)>,

    /// Run the commands that requests name for their tokens, without asking; read them first
    #[arg(long)]
    pub(super) allow_command: bool,

    /// Print the responses too
    #[arg(short, long, action = ArgAction::Count)]
    pub(super) verbose: u8,
}

/// `trunkline demo-server`.
#[derive(Debug, Args)]
pub(super) struct DemoServerFlags {
    /// Port on 127.0.0.1; 0 takes a free one [default: 50051, or a free one where that is taken]
    #[arg(long, value_name = "N")]
    pub(super) port: Option<u16>,
}
