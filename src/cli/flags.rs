//! What may stand on the command line: the subcommands, their flags and help texts, and grpcurl's spelling of them.
//!
//! Must not know: what the flags do.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueHint};

use super::formats::{CONVERT_EXAMPLES, CallFormat, ConvertFlags, WriteFlags};
use crate::request::{Draft, MetadataRow, TlsDraft, TlsMode};

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
    after_help = EXAMPLES
)]
pub(super) struct CommandLine {
    /// Proto files, folders of them, or collections to open in the window
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  The window with these protos:
    trunkline protos/
  What a file offers, and what a server offers by reflection:
    trunkline list --proto helloworld.proto
    trunkline list --plaintext localhost:50051
  A call:
    trunkline call --plaintext -d '{\"name\": \"Ada\"}' localhost:50051 helloworld.Greeter/SayHello
  Every request of a collection:
    trunkline run --env local orders/

Exit codes:
  0 success, 64 + N gRPC status N, 2 wrong command line or data that does not fit, 1 anything else

Flags may be spelt as grpcurl does, with one dash: -plaintext, -proto, -max-time.";

/// What to do in the terminal.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List services, or the methods of one
    #[command(after_help = LIST_EXAMPLES)]
    List(ListFlags),
    /// Print services, methods, messages and enums as proto source, comments included
    #[command(after_help = DESCRIBE_EXAMPLES)]
    Describe(DescribeFlags),
    /// Call a method; each response goes to standard output as soon as it arrives
    #[command(after_help = CALL_EXAMPLES)]
    Call(CallFlags),
    /// Convert messages between JSON, the text format and bytes, or show what bytes of unknown type hold
    #[command(after_help = CONVERT_EXAMPLES)]
    Convert(ConvertFlags),
    /// Compile everything under the paths, tell every problem, write a descriptor set
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckFlags),
    /// Tell what differs between your protos and what a server has, and which calls that breaks
    #[command(after_help = DRIFT_EXAMPLES)]
    Drift(DriftFlags),
    /// Run saved requests, or whole collections of them, and check what they assert
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunFlags),
    /// Serve the demo services on 127.0.0.1, with reflection and health, until Ctrl-C
    DemoServer(DemoServerFlags),
}

const LIST_EXAMPLES: &str = "\
Examples:
  trunkline list --proto protos/                            every service below a folder
  trunkline list --proto helloworld.proto helloworld.Greeter
  trunkline list --plaintext localhost:50051                by reflection
  trunkline list --plaintext --proto-out-dir protos localhost:50051

With --proto or --protoset no target is needed; a single argument is then the service, unless it
looks like a target (host:port, scheme://, unix:).

A file that cannot be compiled is told on standard error and does not hide the others; the exit
code is 1 when nothing could be listed at all.";

const DESCRIBE_EXAMPLES: &str = "\
Examples:
  trunkline describe --proto helloworld.proto               every service of the file
  trunkline describe --proto helloworld.proto helloworld.HelloRequest
  trunkline describe --plaintext localhost:50051 helloworld.Greeter.SayHello

  trunkline describe --proto protos/ --msg-template shop.v1.Order

SYMBOL is the full name of a service, method, message or enum, or of a part of one.";

const CHECK_EXAMPLES: &str = "\
Examples:
  trunkline check protos/
  trunkline check -I third_party -o all.pb --include-imports protos/

Problems go to standard error, each with its place and what would mend it; the counts of files,
services, methods and problems go to standard output. With problems the exit code is 1, and no
descriptor set is written.";

const DRIFT_EXAMPLES: &str = "\
Examples:
  trunkline drift --proto protos/ --plaintext localhost:50051
  trunkline drift --proto protos/ api.example.com:443 shop.v1.Orders
  trunkline drift --proto new/ --against old/               two folders, or a descriptor set
  trunkline drift --proto protos/ --json localhost:50051 | jq '.services[] | select(.verdict != \"same\")'

Per service what breaks comes first: each difference with both texts ('<' yours, '>' the server's),
what it does to requests and to responses, and the calls that it reaches. What breaks is judged as
protobuf's guide to updating message types and the categories WIRE and WIRE_JSON of buf do.

The exit code is 0 when no call breaks, 1 when one does or a service could not be compared; with
--strict what breaks only JSON counts too.";

const CALL_EXAMPLES: &str = "\
Examples:
  With a proto file:
    trunkline call --plaintext --proto helloworld.proto -d '{\"name\": \"Ada\"}' \\
        localhost:50051 helloworld.Greeter/SayHello
  With the server's reflection, over TLS:
    trunkline call -H 'authorization: Bearer TOKEN' -d '{}' api.example.com:443 shop.v1.Orders/List
  A stream of requests, one after another:
    trunkline call --plaintext -d '{\"name\": \"Ada\"} {\"name\": \"Grace\"}' \\
        localhost:50051 helloworld.Greeter/SayHelloClientStreaming
  A stream read from standard input, each message sent as soon as it is complete:
    tail -f events.json | trunkline call --plaintext -d @ localhost:50051 my.Log/Watch
  In the text format of protobuf:
    trunkline call --plaintext --format text -d 'name: \"Ada\"' localhost:50051 helloworld.Greeter/SayHello

Responses go to standard output, everything else to standard error.
Ctrl-C cancels the call (exit code 130).";

const RUN_EXAMPLES: &str = "\
Examples:
  trunkline run orders/                                     the whole collection, in its order
  trunkline run --env staging --var user=ada orders/checkout
  trunkline run -v orders/checkout/place-order.request.json

One line per request goes to standard output. What a request captures is known to the requests
after it. The exit code is 0 when all passed, 1 otherwise.";

/// Where the schema comes from.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Schema")]
pub(super) struct SchemaFlags {
    /// Folder that imports, and the files of --proto, are looked up in; may be repeated
    #[arg(short = 'I', long = "import-path", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) import_paths: Vec<PathBuf>,

    /// Proto file, or folder of them; may be repeated
    #[arg(long = "proto", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) protos: Vec<PathBuf>,

    /// File with a descriptor set, as `protoc -o` writes it; may be repeated
    #[arg(long = "protoset", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) protosets: Vec<PathBuf>,

    /// Ask the server as well when --proto or --protoset is given; without them it is always asked
    #[arg(long)]
    pub(super) use_reflection: bool,
}

impl SchemaFlags {
    /// Whether any file is named.
    pub(super) fn is_local(&self) -> bool {
        !self.protos.is_empty() || !self.protosets.is_empty()
    }
}

/// Where the schema is saved.
#[derive(Debug, Args)]
#[command(next_help_heading = "Saving")]
pub(super) struct SaveFlags {
    /// Write what is listed or described, and all it imports, as .proto files below this folder
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) proto_out_dir: Option<PathBuf>,

    /// Write the same as one descriptor set
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) protoset_out: Option<PathBuf>,

    /// Replace files that say something else; without it they stay, and the exit code is 1
    #[arg(long)]
    pub(super) overwrite: bool,
}

/// How the server is reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct ConnectionFlags {
    /// Metadata to send, `name: value`, with reflection too; the value of a `-bin` name is base64; may be repeated
    #[arg(short = 'H', long = "header", value_name = "HEADER", value_parser = header)]
    headers: Vec<(String, String)>,

    /// Speak plaintext; otherwise TLS, unless the target begins with grpc:// or http://
    #[arg(long)]
    plaintext: bool,

    /// Do not verify the server's certificate
    #[arg(long, conflicts_with = "plaintext")]
    insecure: bool,

    /// PEM file with the certificates to trust instead of the system's
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["plaintext", "insecure"])]
    cacert: Option<String>,

    /// PEM file with the client's certificate
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "key", conflicts_with = "plaintext")]
    cert: Option<String>,

    /// PEM file with the client's private key
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "cert", conflicts_with = "plaintext")]
    key: Option<String>,

    /// Name to send as :authority and to expect in the certificate, in place of the target's host
    #[arg(long, value_name = "NAME")]
    authority: Option<String>,

    /// Limit for the whole call, in seconds or as 1m30s, 250ms
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(super) max_time: Option<Duration>,

    /// Limit for connecting [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    connect_timeout: Option<Duration>,
}

impl ConnectionFlags {
    /// The draft that these flags type.
    pub(super) fn draft(&self, target: &str) -> Draft {
        let typed = |time: Option<Duration>| time.map_or_else(String::new, |time| format!("{}ms", time.as_millis()));
        let mode = if self.plaintext {
            TlsMode::Plaintext
        } else if target.contains("://") {
            TlsMode::Auto
        } else {
            // grpcurl's rule: no guessing by host, as the window does.
            TlsMode::Tls
        };
        Draft {
            target: target.to_owned(),
            tls: TlsDraft {
                server_name: String::new(),
                mode,
                ca: self.cacert.clone().unwrap_or_default(),
                cert: self.cert.clone().unwrap_or_default(),
                key: self.key.clone().unwrap_or_default(),
                authority: self.authority.clone().unwrap_or_default(),
                insecure: self.insecure,
            },
            metadata: self
                .headers
                .iter()
                .map(|(name, value)| MetadataRow { name: name.clone(), value: value.clone(), disabled: false })
                .collect(),
            timeout: typed(self.max_time),
            connect_timeout: typed(self.connect_timeout),
            ..Draft::default()
        }
    }
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

/// `trunkline call`.
#[derive(Debug, Args)]
pub(super) struct CallFlags {
    /// host:port, grpc://host:port, grpcs://host:port or unix:/path
    pub(super) target: String,

    /// pkg.Service/Method or pkg.Service.Method
    pub(super) method: String,

    /// Request messages, several one after another for a stream; @ reads standard input as it comes
    ///
    /// Without it a method that takes one request gets an empty message, one that takes a stream gets none.
    #[arg(short, long, value_name = "DATA", allow_hyphen_values = true)]
    pub(super) data: Option<String>,

    /// Form of request and response messages
    ///
    /// JSON values follow one another; messages in the text format are divided by the record separator (0x1E).
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub(super) format: CallFormat,

    /// Send nothing that breaks the rules of the schema (protovalidate, protoc-gen-validate)
    ///
    /// Without it messages are sent whatever the rules say, as with `trunkline run`: the server may have newer ones.
    #[arg(long)]
    pub(super) validate: bool,

    /// Tell method, metadata, headers, sizes and trailers on standard error
    #[arg(short, long, action = ArgAction::Count)]
    pub(super) verbose: u8,

    #[command(flatten)]
    pub(super) write: WriteFlags,

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

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write it as `name: value`")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

/// Seconds as a plain number, as grpcurl takes them, or numbers with units: `1m30s`, `250ms`.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write seconds, or a time as 1m30s or 250ms".to_owned();
    let mut seconds = 0.0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        let number: f64 = number.parse().map_err(|_not_a_number| wrong())?;
        let unit_end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        seconds += number
            * match unit {
                "" if rest == text.trim() && after.is_empty() => 1.0,
                "ms" => 0.001,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return Err(wrong()),
            };
        rest = after;
    }
    // A timeout of nothing would always have passed.
    let time = Duration::try_from_secs_f64(seconds).map_err(|_too_large| wrong())?;
    if time.as_millis() == 0 { Err("the shortest time is 1ms".to_owned()) } else { Ok(time) }
}

/// Long flags that grpcurl users write with one dash. Those we lack are here too: the complaint is then about the flag
/// and not about its first letter. The second field: whether a value follows.
const LONG_FLAGS: &[(&str, bool)] = &[
    ("against", true),
    ("allow-command", false),
    ("allow-unknown-fields", false),
    ("alts", false),
    ("authority", true),
    ("cacert", true),
    ("cert", true),
    ("connect-timeout", true),
    ("data", true),
    ("emit-defaults", false),
    ("enum-numbers", false),
    ("env", true),
    ("expand-headers", false),
    ("format", true),
    ("format-error", false),
    ("from", true),
    ("header", true),
    ("help", false),
    ("import-path", true),
    ("include-imports", false),
    ("include-source-info", false),
    ("insecure", false),
    ("json", false),
    ("keepalive-time", true),
    ("key", true),
    ("max-msg-sz", true),
    ("max-time", true),
    ("msg-template", false),
    ("original-names", false),
    ("output", true),
    ("overwrite", false),
    ("plaintext", false),
    ("port", true),
    ("proto", true),
    ("proto-names", false),
    ("proto-out-dir", true),
    ("protoset", true),
    ("protoset-out", true),
    ("reflect", true),
    ("reflect-header", true),
    ("rpc-header", true),
    ("servername", true),
    ("strict", false),
    ("to", true),
    ("type", true),
    ("unix", false),
    ("use-enum-numbers", false),
    ("use-proto-names", false),
    ("use-reflection", false),
    ("user-agent", true),
    ("utf8", false),
    ("validate", false),
    ("var", true),
    ("verbose", false),
    ("version", false),
];

/// Short flags that a value follows.
const SHORT_WITH_VALUE: &[&str] = &["-d", "-H", "-I", "-o"];

/// Gives grpcurl's single-dash long flags their second dash. Values are left alone, and so is all after `--`.
pub(super) fn normalise(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut out = Vec::new();
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        if arg == "--" {
            out.push(arg);
            out.extend(args);
            return out;
        }
        let (arg, takes_value) = with_second_dash(arg);
        out.push(arg);
        if takes_value {
            out.extend(args.next());
        }
    }
    out
}

/// The argument as clap wants it, and whether the next one is its value.
fn with_second_dash(arg: OsString) -> (OsString, bool) {
    let known = |name: &str| LONG_FLAGS.iter().find(|(flag, _)| *flag == name);
    let Some(text) = arg.to_str() else { return (arg, false) };
    if let Some(long) = text.strip_prefix("--") {
        let takes_value = known(long).is_some_and(|(_, takes_value)| *takes_value);
        return (arg, takes_value);
    }
    if SHORT_WITH_VALUE.contains(&text) {
        return (arg, true);
    }
    let Some(name) = text.strip_prefix('-') else { return (arg, false) };
    let (name, value) = name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
    match known(name) {
        Some((_, takes_value)) => {
            let takes_value = *takes_value && value.is_none();
            let mut dashed = OsString::from("-");
            dashed.push::<&OsStr>(arg.as_ref());
            (dashed, takes_value)
        }
        None => (arg, false),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn flags_are_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn every_long_flag_is_known_with_and_without_a_value() {
        for command in CommandLine::command().get_subcommands() {
            for arg in command.get_arguments() {
                let Some(long) = arg.get_long() else { continue };
                let takes_value = arg.get_action().takes_values();
                assert!(LONG_FLAGS.contains(&(long, takes_value)), "--{long} of {}", command.get_name());
                if let Some(short) = arg.get_short().filter(|_| takes_value) {
                    assert!(SHORT_WITH_VALUE.contains(&format!("-{short}").as_str()), "-{short}");
                }
            }
        }
    }

    #[test]
    fn one_dash_becomes_two_for_flags_only() {
        let check = |typed: &str, expected: &str| {
            let words = typed.split(' ').map(OsString::from);
            assert_eq!(normalise(words), expected.split(' ').map(OsString::from).collect::<Vec<_>>(), "{typed}");
        };
        check("call -plaintext h:1 a.B/C", "call --plaintext h:1 a.B/C");
        check("call -max-time=5 -d {} h:1", "call --max-time=5 -d {} h:1");
        check("call -d -plaintext h:1", "call -d -plaintext h:1");
        check("call -proto -insecure -insecure", "call --proto -insecure --insecure");
        check("call --data -v -v", "call --data -v -v");
        check("call -H -key:x -key k", "call -H -key:x --key k");
        check("call -- -plaintext", "call -- -plaintext");
        check("call -vv -dfoo -Ipath", "call -vv -dfoo -Ipath");
    }

    #[test]
    fn times_are_seconds_or_have_units() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(duration(text).ok(), expected.map(Duration::from_millis), "{text}");
        };
        check("5", Some(5000));
        check("0.25", Some(250));
        check("250ms", Some(250));
        check("1m30s", Some(90_000));
        check("1.5h", Some(5_400_000));
        check("1m30", None);
        check("0", None);
        check("-1", None);
        check("", None);
        check("s", None);
        check("1e400", None);
        check("999999999999999999999999999h", None);
    }
}
