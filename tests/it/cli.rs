//! The built program in a temporary folder: standard output, standard error, exit codes.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use expect_test::{Expect, expect, expect_file};
use trunkline::demo::{self, Demo, Port};

mod auth;
mod calls;
mod convert;

/// How long anything may take before a test says that it does not happen.
const LIMIT: Duration = Duration::from_secs(30);

/// What a finished program left.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    #[track_caller]
    fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "standard output:\n{}\nstandard error:\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    fn out(self, expected: &Expect) -> Self {
        expected.assert_eq(&self.out);
        self
    }

    /// Standard error, with what changes from run to run replaced.
    #[track_caller]
    fn err(self, expected: &Expect) -> Self {
        let samples = samples();
        let err = self.err.replace(samples.to_str().unwrap(), "SAMPLES").replace(&demo_address(), "DEMO");
        expected.assert_eq(&err);
        self
    }
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("proto-samples")
}

/// The program, to be run in an empty folder. Words are cut at spaces, those in quotes kept whole.
fn program(folder: &Path, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trunkline"));
    let samples = samples();
    let line = line.replace("SAMPLES", samples.to_str().unwrap()).replace("DEMO", &demo_address());
    let words = line.split('\'').enumerate().flat_map(|(index, part)| {
        let quoted = index % 2 == 1;
        if quoted { vec![part.to_owned()] } else { part.split_whitespace().map(str::to_owned).collect() }
    });
    command.args(words).current_dir(folder).env("LC_ALL", "C").stdin(Stdio::null());
    command
}

fn run_in(folder: &Path, line: &str) -> Ran {
    let output = program(folder, line).output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn run(line: &str) -> Ran {
    run_in(tempfile::tempdir().unwrap().path(), line)
}

/// The demo server within this process, shared by all tests.
pub(super) fn demo_address() -> String {
    static DEMO: OnceLock<(tokio::runtime::Runtime, Demo)> = OnceLock::new();
    let (_, demo) = DEMO.get_or_init(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let demo = runtime.block_on(demo::start(Port::Exactly(0))).unwrap();
        (runtime, demo)
    });
    demo.address.to_string()
}

/// A program that runs beside the test, ended with it.
struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    folder: tempfile::TempDir,
}

impl Running {
    fn start(line: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = program(folder.path(), line)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in stdout.lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let stdin = child.stdin.take();
        Self { child, stdin, lines, folder }
    }

    fn write(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(text.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    /// Waits for a line of standard output that holds the text.
    #[track_caller]
    fn wait_for(&self, text: &str) -> String {
        let deadline = Instant::now() + LIMIT;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("no line with {text}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    #[cfg(unix)]
    fn interrupt(&self) {
        let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end; gives the exit code and standard error.
    #[track_caller]
    fn end(mut self) -> (Option<i32>, String) {
        drop(self.stdin.take());
        let mut stderr = self.child.stderr.take().unwrap();
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let mut text = String::new();
            let read = stderr.read_to_string(&mut text);
            sender.send(read.map(|_| text)).unwrap_or_default();
        });
        let err = receiver.recv_timeout(LIMIT).expect("the program does not end").unwrap();
        let code = self.child.wait().unwrap().code();
        (code, err)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().unwrap_or_default();
        self.child.wait().ok();
        assert!(self.folder.path().exists());
    }
}

#[test]
fn help() {
    expect_file!["snapshots/help.txt"].assert_eq(&run("--help").ends_with(0).out);
    expect_file!["snapshots/help-list.txt"].assert_eq(&run("list --help").ends_with(0).out);
    expect_file!["snapshots/help-check.txt"].assert_eq(&run("check --help").ends_with(0).out);
    expect_file!["snapshots/help-describe.txt"].assert_eq(&run("describe --help").ends_with(0).out);
    expect_file!["snapshots/help-drift.txt"].assert_eq(&run("drift --help").ends_with(0).out);
    expect_file!["snapshots/help-call.txt"].assert_eq(&run("call --help").ends_with(0).out);
    expect_file!["snapshots/help-convert.txt"].assert_eq(&run("convert --help").ends_with(0).out);
    expect_file!["snapshots/help-run.txt"].assert_eq(&run("run --help").ends_with(0).out);
    expect_file!["snapshots/help-demo-server.txt"].assert_eq(&run("demo-server -help").ends_with(0).out);
}

#[test]
fn list_services_of_files() {
    run("list --proto SAMPLES/greeter.proto --proto SAMPLES/hello.proto --proto SAMPLES/test.proto")
        .ends_with(0)
        .out(&expect![[r"
            TestServer
            hello.Greeter
            hello.Hello
        "]])
        .err(&expect![""]);
    run("list -import-path SAMPLES -proto helloworld.proto helloworld.Greeter").ends_with(0).out(&expect![[r"
        helloworld.Greeter.SayHello
        helloworld.Greeter.SayHelloBiDiStreaming
        helloworld.Greeter.SayHelloClientStreaming
        helloworld.Greeter.SayHelloServerStreaming
    "]]);
}

#[test]
fn list_services_of_a_server() {
    run("list --plaintext DEMO").ends_with(0).out(&expect![[r"
        Crypt
        TestServer
        grpc.health.v1.Health
        grpc.reflection.v1.ServerReflection
        grpc.reflection.v1alpha.ServerReflection
        hello.Greeter
        hello.Hello
        helloworld.Greeter
        signup.Accounts
        trunkline.demo.v1.KitchenSink
    "]]);
    run("list -plaintext DEMO hello.Hello").ends_with(0).out(&expect![[r"
        hello.Hello.SayHello
    "]]);
}

#[test]
fn unknown_names_are_answered_with_near_ones() {
    run("list --proto SAMPLES/greeter.proto hello.Greter").ends_with(2).out(&expect![""]).err(&expect![[r"
        error: there is no service hello.Greter; did you mean hello.Greeter?
    "]]);
    run("call --plaintext --proto SAMPLES/greeter.proto DEMO Greeter/SayHello").ends_with(2).err(&expect![[r"
        error: there is no service Greeter; did you mean hello.Greeter/SayHello?
    "]]);
    run("call --plaintext DEMO hello.Greeter.LotsOfReplys").ends_with(2).err(&expect![[r"
        error: service hello.Greeter has no method LotsOfReplys; did you mean hello.Greeter/LotsOfReplies?
    "]]);
    run("describe --proto SAMPLES/greeter.proto hello.HeloRequest").ends_with(2).err(&expect![[r"
        error: there is no symbol hello.HeloRequest; did you mean hello.HelloRequest?
    "]]);
    run("call --plaintext --proto SAMPLES/greeter.proto DEMO SayHello").ends_with(2).err(&expect![[r"
        error: write the method as pkg.Service/Method: SayHello
    "]]);
}

#[test]
fn describe() {
    run("describe --proto SAMPLES/helloworld.proto helloworld.HelloRequest").ends_with(0).out(&expect![[r"
        helloworld.HelloRequest is a message:
        // Who is to be greeted.
        message HelloRequest {
          // The name to greet, in any script.
          string name = 1;
        }

        // helloworld.proto, proto3
        // used by:
        //   helloworld.Greeter.SayHello (request)
        //   helloworld.Greeter.SayHelloBiDiStreaming (request)
        //   helloworld.Greeter.SayHelloClientStreaming (request)
        //   helloworld.Greeter.SayHelloServerStreaming (request)
    "]]);
    run("describe --proto SAMPLES/helloworld.proto helloworld.Greeter/SayHello").ends_with(0).out(&expect![[r"
        helloworld.Greeter.SayHello is a method:
        // Greets one person.
        rpc SayHello(.helloworld.HelloRequest) returns (.helloworld.HelloReply);

        // helloworld.proto, proto3
    "]]);
    run("describe --plaintext DEMO hello.Hello").ends_with(0).out(&expect![[r"
        hello.Hello is a service:
        // Says hello to somebody of a certain age. `greeter.proto` defines messages of the same names in the same package.
        service Hello {
          // Answers `hello NAME AGE`.
          rpc SayHello(.hello.HelloRequest) returns (.hello.HelloReply);
        }

        // hello.proto, proto3
    "]]);
}

#[test]
fn describe_for_machines() {
    let ran = run("describe --json --proto SAMPLES/helloworld.proto helloworld.Greeter").ends_with(0);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&json["kind"], &json["file"]), (&"service".into(), &"helloworld.proto".into()));
    assert_eq!(json["methods"][0]["input"], "helloworld.HelloRequest");
    let ran = run("describe --json --proto SAMPLES/helloworld.proto helloworld.HelloReply").ends_with(0);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&json["syntax"], json["usedBy"].as_array().map(Vec::len)), (&"proto3".into(), Some(4)));
    assert_eq!(json["usedBy"][0]["kind"], "response");
    let ran = run("describe --json --proto SAMPLES/kitchen_sink.proto").ends_with(0);
    assert!(serde_json::from_str::<serde_json::Value>(&ran.out).unwrap().is_array());
    run("describe -msg-template --proto SAMPLES/hello.proto hello.HelloRequest").ends_with(0).out(&expect![[r#"
        hello.HelloRequest is a message:
        // Who is to be greeted.
        message HelloRequest {
          // The name to greet, in any script.
          string name = 1;

          // Their age in years.
          int32 age = 2;
        }

        // hello.proto, proto3
        // used by:
        //   hello.Hello.SayHello (request)

        Message template:
        {
          "name": "",
          "age": 0
        }
    "#]]);
    run("describe -msg-template --proto SAMPLES/hello.proto hello.Hello").ends_with(2);
}

#[test]
fn a_schema_is_saved_in_both_forms() {
    let folder = tempfile::tempdir().unwrap();
    let line = "list --plaintext -proto-out-dir protos -protoset-out set.pb DEMO hello.Hello";
    let ran = run_in(folder.path(), line).ends_with(0);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("hello.Hello.SayHello\n", ""));
    let source = folder.path().join("protos/hello.proto");
    assert!(fs::read_to_string(&source).unwrap().contains("service Hello {"));
    let by_server = run_in(folder.path(), "describe --plaintext DEMO hello.Hello").ends_with(0).out;
    for schema in ["--proto protos", "--protoset set.pb"] {
        assert_eq!(run_in(folder.path(), &format!("describe {schema} hello.Hello")).ends_with(0).out, by_server);
    }
    // What is there and says something else stays, unless it is to be replaced.
    fs::write(&source, "mine").unwrap();
    run_in(folder.path(), line)
        .ends_with(1)
        .err(&expect!["not replaced, as it says something else (--overwrite replaces it): protos/hello.proto\n"]);
    assert_eq!(fs::read_to_string(&source).unwrap(), "mine");
    run_in(folder.path(), &format!("{line} --overwrite")).ends_with(0);
    assert_ne!(fs::read_to_string(&source).unwrap(), "mine");
    run_in(folder.path(), "describe --proto SAMPLES/hello.proto --proto-out-dir one hello.HelloReply").ends_with(0);
    assert!(folder.path().join("one/hello.proto").is_file());
}

#[test]
fn check_a_tree() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("a.proto", "syntax = \"proto3\"; package p; message A {} service S { rpc M(A) returns (A); }");
    write("b.proto", "syntax = \"proto3\"; package p; import \"a.proto\"; message B { A a = 1; }");
    run_in(folder.path(), "check . -o set.pb").ends_with(0).out(&expect![[r"
        2 files, 1 service, 1 method, 0 problems
    "]]);
    run_in(folder.path(), "list --protoset set.pb").ends_with(0).out(&expect![[r"
        p.S
    "]]);
    write("bad.proto", "syntax = \"proto3\";\nmessage C { Gone g = 1; }");
    // What imports a file with faults is not told of them again.
    write("worse.proto", "syntax = \"proto3\"; import \"bad.proto\"; import \"none.proto\";");
    run_in(folder.path(), "check . -o other.pb")
        .ends_with(1)
        .out(&expect![[r"
        4 files, 1 service, 1 method, 2 problems
    "]])
        .err(&expect![[r#"
        bad.proto:2:13: name 'Gone' is not defined
          2 | message C { Gone g = 1; }
            |             ^
        worse.proto:1:40: import 'none.proto' not found
          1 | syntax = "proto3"; import "bad.proto"; import "none.proto";
            |                                        ^
          Looked in . and the folders above the file. Add the import path that holds it.
        not written, as there are problems: other.pb
    "#]]);
    assert!(!folder.path().join("other.pb").exists());
}

#[test]
fn check_editions() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "odd.proto",
        "edition = \"2023\"; option features.field_presence = IMPLICIT;
        message M { int32 a = 1; int32 A = 2; }",
    );
    // Nothing is wrong with the file.
    run_in(folder.path(), "check odd.proto -o set.pb")
        .ends_with(0)
        .out(&expect![[r"
            1 file, 0 services, 0 methods, 0 problems
        "]])
        .err(&expect![[r"
            odd.proto: note: fields of implicit presence are shown with presence: the file has field names that are alike
        "]]);
    assert!(std::fs::read(folder.path().join("set.pb")).is_ok_and(|set| !set.is_empty()));
}

#[test]
fn all_four_kinds_by_files_and_by_reflection() {
    for schema in ["-I SAMPLES --proto helloworld.proto", ""] {
        let call = |data: &str, method: &str| {
            run(&format!("call --plaintext {schema} {data} DEMO helloworld.Greeter/{method}")).ends_with(0)
        };
        call("-d '{\"name\": \"Ada\"}'", "SayHello").err(&expect![""]).out(&expect![[r#"
            {
              "message": "Hello, Ada!"
            }
        "#]]);
        let five = call("-d '{\"name\": \"你好\"}'", "SayHelloServerStreaming");
        assert_eq!(five.out.matches("Hello, 你好! Number ").count(), 5, "{}", five.out);
        call("-d '{\"name\": \"A\"}{\"name\": \"B\"} {\"name\": \"C\"}'", "SayHelloClientStreaming").out(&expect![[
            r#"
            {
              "message": "Hello, A, B, C!"
            }
        "#
        ]]);
        call("-d '{\"name\": \"A\"} {\"name\": \"B\"}'", "SayHelloBiDiStreaming").out(&expect![[r#"
            {
              "message": "Hello, A!"
            }
            {
              "message": "Hello, B!"
            }
        "#]]);
    }
}

#[test]
fn a_stream_from_standard_input_is_answered_while_it_is_written() {
    let mut call = Running::start("call -plaintext -d @ DEMO helloworld.Greeter/SayHelloBiDiStreaming");
    call.write("{\"name\":");
    call.write(" \"first\"}");
    call.wait_for("Hello, first!");
    call.write("\n{\"name\": \"second\"} ");
    call.wait_for("Hello, second!");
    assert_eq!(call.end(), (Some(0), String::new()));
}

#[test]
fn a_bad_message_within_a_stream_ends_it() {
    let mut call = Running::start("call -plaintext -d @ DEMO helloworld.Greeter/SayHelloBiDiStreaming");
    call.write("{\"name\": \"first\"}");
    call.wait_for("Hello, first!");
    call.write("{\"nme\": \"second\"}");
    let (code, err) = call.end();
    assert_eq!(code, Some(2), "{err}");
    assert!(err.starts_with("error: message 2: "), "{err}");
}

#[test]
fn one_message_from_standard_input() {
    let mut call = Running::start("call -plaintext -d @ DEMO hello.Hello/SayHello");
    call.write("{\"name\": \"Ada\", \"age\": 36}");
    drop(call.stdin.take());
    call.wait_for("hello Ada 36");
    assert_eq!(call.end(), (Some(0), String::new()));
}

#[test]
fn data_that_does_not_fit() {
    let call = |data: &str| {
        run(&format!("call --plaintext --proto SAMPLES/hello.proto -d '{data}' DEMO hello.Hello/SayHello"))
    };
    call("{\"name\": 1}").ends_with(2).out(&expect![""]).err(&expect![[r"
        error: message 1: line 1, column 10: name: a number where a string is expected
    "]]);
    call("{\"age\": 1} {\"age\": 2}").ends_with(2).err(&expect![[r"
        error: the method takes one message, the data holds 2
    "]]);
    call("{\"age\": ").ends_with(2).err(&expect![[r"
        error: message 1: line 1, column 9: the text ends where a value is expected
    "]]);
    call("nonsense").ends_with(2).err(&expect![[r"
        error: message 1: line 1, column 1: expected a value, found `n`
    "]]);
}

#[test]
fn a_status_decides_the_exit_code() {
    run("call --plaintext -d '{\"code\": \"NOT_FOUND\", \"message\": \"no such order\"}' DEMO \
         trunkline.demo.v1.KitchenSink/Fail")
    .ends_with(64 + 5)
    .out(&expect![""])
    .err(&expect![[r"
        ERROR:
          Code: NotFound
          Message: no such order
    "]]);
    run("call --plaintext --max-time 0.3 -d '{\"interval\": \"5s\"}' DEMO trunkline.demo.v1.KitchenSink/Ticker")
        .ends_with(64 + 4);
}

#[test]
fn nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let ran = run(&format!("call --plaintext --proto SAMPLES/hello.proto 127.0.0.1:{port} hello.Hello/SayHello"));
    let ran = ran.ends_with(78);
    assert!(ran.err.starts_with("ERROR:\n  Code: Unavailable\n"), "{}", ran.err);
    assert!(ran.err.contains("Cause: ") && ran.err.contains("Hint: "), "{}", ran.err);
    assert!(run(&format!("list --plaintext 127.0.0.1:{port}")).ends_with(78).out.is_empty());
}

#[test]
fn tls_is_the_default() {
    let ran = run("call --proto SAMPLES/hello.proto --max-time 10 DEMO hello.Hello/SayHello").ends_with(78);
    assert!(ran.err.contains("Hint: Add --plaintext"), "{}", ran.err);
    run("call --proto SAMPLES/hello.proto grpc://DEMO hello.Hello/SayHello").ends_with(0);
}

#[test]
fn a_wrong_command_line() {
    run("call").ends_with(2);
    run("call --plaintext h:1").ends_with(2);
    run("call --no-such-flag h:1 a.B/C").ends_with(2);
    run("list").ends_with(2).err(&expect![[r"
        error: name a target to ask, or the schema with --proto or --protoset
    "]]);
    run("call --plaintext --insecure h:1 a.B/C").ends_with(2);
    run("call -format yaml h:1 a.B/C").ends_with(2);
}

#[test]
fn a_broken_schema_says_where() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("bad.proto"),
        "syntax = \"proto3\";\n\nmessage A {\n  strin name = 1;\n}\nservice S {\n  rpc M(A) returns (A);\n}\n",
    )
    .unwrap();
    fs::write(
        folder.path().join("good.proto"),
        "syntax = \"proto3\";\nservice S { rpc M(R) returns (R); }\nmessage R {}\n",
    )
    .unwrap();
    run_in(folder.path(), "describe --proto bad.proto A").ends_with(1).out(&expect![""]);
    run_in(folder.path(), "call --plaintext --proto bad.proto h:1 S/M").ends_with(1).out(&expect![""]).err(&expect![[
        r"
            bad.proto:4:3: name 'strin' is not defined
              4 |   strin name = 1;
                |   ^
              Did you mean `string`?
        "
    ]]);
    fs::write(folder.path().join("worse.proto"), "syntax = \"proto3\";\n\nservice A {{\n").unwrap();
    let ran = run_in(folder.path(), "list --proto good.proto --proto worse.proto").ends_with(0);
    assert_eq!(ran.out, "S\n");
    assert!(ran.err.starts_with("worse.proto:3:"), "{}", ran.err);
    run_in(folder.path(), "list --proto worse.proto").ends_with(1).out(&expect![""]);
    run_in(folder.path(), "list --proto none.proto").ends_with(1).out(&expect![""]);
}

/// A collection of two requests, the second of which uses what the first captured.
fn collection(folder: &Path) {
    let write = |path: &str, text: &str| {
        let path = folder.join("orders").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let samples = samples();
    let schema = serde_json::json!({ "protos": [samples.join("hello.proto")], "importPaths": [samples] });
    let root = serde_json::json!({
        "trunkline": 1, "name": "Orders", "schemas": [schema], "defaults": { "target": "{{host}}" },
    });
    write("trunkline.json", &root.to_string());
    let host = serde_json::json!({ "variables": { "host": demo_address(), "user": "Ada" } });
    write("environments/local.json", &host.to_string());
    write(
        "a/first.request.json",
        r#"{"trunkline": 1, "method": "hello.Hello/SayHello", "messages": [{"name": "{{user}}", "age": 36}],
            "captures": {"greeting": "$.message"}, "asserts": [{"path": "$.message", "contains": "36"}]}"#,
    );
    write(
        "b/second.request.json",
        r#"{"trunkline": 1, "method": "hello.Hello/SayHello", "messages": [{"name": "{{greeting}}"}],
            "asserts": [{"status": "OK"}, {"path": "$.message", "equals": "hello hello Ada 36 0"}]}"#,
    );
}

/// Without the times, which differ from run to run.
fn without_times(text: &str) -> String {
    let lines = text.lines().map(|line| match line.rsplit_once("  ") {
        Some((start, time)) if time.ends_with(" ms") => format!("{start}\n"),
        _ => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn run_a_collection() {
    let folder = tempfile::tempdir().unwrap();
    collection(folder.path());
    let all = run_in(folder.path(), "run --env local orders").ends_with(0);
    expect![[r"
        ok    a/first
        ok    b/second
        2 passed, 0 failed
    "]]
    .assert_eq(&without_times(&all.out));
    let one = run_in(folder.path(), "run -v --env local --var user=Grace orders/a/first.request.json").ends_with(0);
    expect![[r#"
        {
          "message": "hello Grace 36"
        }
        ok    a/first
        1 passed, 0 failed
    "#]]
    .assert_eq(&without_times(&one.out));
}

#[test]
fn run_fails_with_reasons() {
    let folder = tempfile::tempdir().unwrap();
    collection(folder.path());
    let ran = run_in(folder.path(), "run --env local orders/b").ends_with(1);
    expect![[r"
        FAIL  b/second
              message 1: line 2, column 11: name: the variable `greeting` has no value here
        0 passed, 1 failed
    "]]
    .assert_eq(&without_times(&ran.out));
    let ran = run_in(folder.path(), "run --env local --var user=Ada --var greeting=x orders").ends_with(1);
    expect![[r#"
        ok    a/first
        FAIL  b/second
              $.message is "hello x 0", not "hello hello Ada 36 0"
        1 passed, 1 failed
    "#]]
    .assert_eq(&without_times(&ran.out));
    let ran = run_in(folder.path(), "run --env local --var host=127.0.0.1:1 orders/a").ends_with(1);
    expect![[r"
        FAIL  a/first
              status is UNAVAILABLE, not OK
              Nothing listens on 127.0.0.1:1.
              Check that the server runs and that host and port are right.
        0 passed, 1 failed
    "]]
    .assert_eq(&without_times(&ran.out));
}

#[test]
fn run_with_a_wrong_command_line() {
    let folder = tempfile::tempdir().unwrap();
    collection(folder.path());
    run_in(folder.path(), "run --env lokal orders").ends_with(2).out(&expect![""]).err(&expect![[r"
        error: Orders has no environment lokal; it has local
    "]]);
    run_in(folder.path(), "run nothing").ends_with(2);
    run_in(folder.path(), "run .").ends_with(2);
    run_in(folder.path(), "run").ends_with(2);
}

#[test]
fn run_the_demo_collection() {
    let folder = tempfile::tempdir().unwrap();
    let demo = demo::install(folder.path()).unwrap();
    let ran = run_in(
        &demo,
        "run hello-world greeter hello random encrypt kitchen-sink/echo.request.json kitchen-sink/chat.request.json \
         kitchen-sink/upload.request.json",
    )
    .ends_with(0);
    assert!(ran.out.starts_with("ok    hello-world/say-hello  "), "{}", ran.out);
    assert!(ran.out.ends_with("13 passed, 0 failed\n"), "{}", ran.out);
}

#[test]
fn no_display_is_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(folder.path(), "")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .output()
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.lines().count() == 1 && err.contains("trunkline call --help"), "{err}");
}

#[test]
fn verbose_tells_all_on_standard_error() {
    let ran = run("call -v --plaintext -H 'x-trace: 1' -d '{\"scalars\": {}}' DEMO trunkline.demo.v1.KitchenSink/Echo")
        .ends_with(0);
    assert!(ran.out.starts_with('{') && ran.out.ends_with("}\n"), "{}", ran.out);
    for part in [
        "Resolved method:",
        "Request metadata:\nx-trace: 1",
        "x-echo-x-trace: 1",
        "Response message: ",
        "Response trailers:",
    ] {
        assert!(ran.err.contains(part), "{part} is missing in\n{}", ran.err);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child =
        program(tempfile::tempdir().unwrap().path(), "call --plaintext DEMO trunkline.demo.v1.KitchenSink/Ticker")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
}

#[cfg(unix)]
#[test]
fn ctrl_c_cancels() {
    let call =
        Running::start("call --plaintext -d '{\"interval\": \"0.1s\"}' DEMO trunkline.demo.v1.KitchenSink/Ticker");
    call.wait_for("{");
    call.interrupt();
    assert_eq!(call.end(), (Some(130), String::new()));
}

#[cfg(unix)]
#[test]
fn demo_server_runs_until_ctrl_c() {
    let server = Running::start("demo-server --port 0");
    let address = server.wait_for("127.0.0.1:");
    run(&format!("call --plaintext {address} TestServer.GetRandom")).ends_with(0);
    server.interrupt();
    assert_eq!(server.end().0, Some(0));
}

/// A folder with copies of sample protos, some of them changed.
fn changed_samples(changes: &[(&str, &str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let protos = folder.path().join("protos");
    fs::create_dir(&protos).unwrap();
    for name in ["greeter.proto", "hello.proto", "helloworld.proto"] {
        let mut text = fs::read_to_string(samples().join(name)).unwrap();
        for (file, from, to) in changes {
            if *file == name {
                assert!(text.contains(from), "{file} has no {from}");
                text = text.replace(from, to);
            }
        }
        fs::write(protos.join(name), text).unwrap();
    }
    folder
}

#[test]
fn drift_of_what_the_server_has_is_none() {
    let folder = changed_samples(&[]);
    let line = "drift --proto protos/helloworld.proto --plaintext DEMO helloworld.Greeter";
    run_in(folder.path(), line).ends_with(0).out(&expect![[r"
        1 service: 1 same
    "]]);
}

#[test]
fn drift_tells_what_breaks_and_which_calls() {
    let folder = changed_samples(&[
        ("helloworld.proto", "string name = 1;", "string nick = 1; int32 age = 2;"),
        ("helloworld.proto", "string message = 1;", "int64 message = 1;"),
        ("helloworld.proto", "  // Greets one person.\n", "  rpc Wave(HelloRequest) returns (HelloReply);\n"),
        ("helloworld.proto", "SayHelloBiDiStreaming(stream ", "SayHelloBiDiStreaming("),
    ]);
    let ran = run_in(folder.path(), "drift --proto protos/helloworld.proto --plaintext DEMO helloworld.Greeter");
    ran.ends_with(1).out(&expect![[r"
        helloworld.Greeter: breaks
          Wave: breaks
            removed helloworld.Greeter.Wave
              < rpc Wave(.helloworld.HelloRequest) returns (.helloworld.HelloReply);
              > -
              breaks the wire: It is not there: every call ends with UNIMPLEMENTED.
          SayHello, SayHelloServerStreaming, SayHelloClientStreaming, SayHelloBiDiStreaming: breaks
            retyped helloworld.HelloReply.message
              < int64 message = 1;
              > string message = 1;
              breaks the wire (responses): The two types are encoded differently: the value cannot be read.
            removed helloworld.HelloRequest.age
              < int32 age = 2;
              > -
              breaks the wire (requests): The server does not know this number: what is sent in the field is lost.
            renamed helloworld.HelloRequest.nick
              < string nick = 1;
              > string name = 1;
              breaks JSON (requests): JSON has another name for it.
          SayHelloBiDiStreaming: breaks
            kind of call helloworld.Greeter.SayHelloBiDiStreaming
              < rpc SayHelloBiDiStreaming(.helloworld.HelloRequest) returns (stream .helloworld.HelloReply);
              > rpc SayHelloBiDiStreaming(stream .helloworld.HelloRequest) returns (stream .helloworld.HelloReply);
              breaks the wire (requests): One side sends a stream where the other sends one message.

        1 service: 1 breaks
    "]]);
}

#[test]
fn drift_compares_files_with_files_and_prints_json() {
    let folder = changed_samples(&[("helloworld.proto", "string name = 1;", "string nick = 1;")]);
    let line = "drift --proto protos/helloworld.proto --against SAMPLES/helloworld.proto";
    run_in(folder.path(), line).ends_with(0);
    run_in(folder.path(), &format!("{line} --strict")).ends_with(1);
    let json = run_in(folder.path(), &format!("{line} --json")).ends_with(0).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["verdict"], "breaks-json");
    let difference = &json["services"][0]["differences"][0];
    assert_eq!(difference["name"], "helloworld.HelloRequest.nick");
    assert_eq!(difference["changes"], serde_json::json!(["renamed"]));
    assert_eq!(difference["left"], "string nick = 1;");
    assert_eq!(difference["right"], "string name = 1;");
    assert_eq!(difference["breaks"], "json");
    assert_eq!(difference["methods"].as_array().unwrap().len(), 4);
}

#[test]
fn drift_wants_two_sides() {
    let err = run("drift --proto SAMPLES/helloworld.proto").ends_with(2).err;
    assert_eq!(err, "error: name a target to compare with, or files with --against\n");
    let err = run("drift --plaintext DEMO").ends_with(2).err;
    assert_eq!(err, "error: name what is compared with --proto or --protoset\n");
    let err = run("drift --proto SAMPLES/helloworld.proto --plaintext DEMO helloworld.Greter").ends_with(2).err;
    assert!(err.contains("neither side has a service helloworld.Greter"), "{err}");
    let err = run("drift --proto SAMPLES/helloworld.proto --plaintext 127.0.0.1:1").ends_with(78).err;
    assert!(err.contains("cannot ask 127.0.0.1:1 for its schema by reflection"), "{err}");
}

#[test]
fn drift_tells_of_files_that_do_not_compile_and_goes_on() {
    let folder = changed_samples(&[("hello.proto", "returns (", "returns (Missing")]);
    let line = "drift --proto protos --plaintext DEMO hello.Hello helloworld.Greeter";
    let ran = run_in(folder.path(), line).ends_with(1);
    assert!(ran.out.contains("hello.Hello: not compared\n  yours does not compile: "), "{}", ran.out);
    assert!(ran.out.ends_with("2 services: 1 not compared, 1 same\n"), "{}", ran.out);
}

#[test]
fn call_checks_the_rules_of_the_schema_when_it_is_told_to() {
    let line = "call -plaintext -import-path SAMPLES -proto sign_up.proto -d '{\"name\": \"Ada\"}'";
    let sent = run(&format!("{line} DEMO signup.Accounts/SignUp")).ends_with(0);
    assert!(sent.out.contains("Welcome, Ada!"), "{}", sent.out);
    run(&format!("{line} --validate DEMO signup.Accounts/SignUp")).ends_with(2).err(&expect![[r"
        error: message 1: contact: one of its fields must be chosen [required]
        error: message 1: email: an email address [string.email]
        error: message 1: age: 18 to 150 [int32.gte_lte]
        error: message 1: password: at least 8 characters [string.min_len]
    "]]);
}
