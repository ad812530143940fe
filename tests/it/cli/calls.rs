//! How calls run, as flags say it, and what `-v` and `-vv` tell of them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use expect_test::expect;

use super::{Running, program, run};

const ECHO: &str = "trunkline.demo.v1.KitchenSink/Echo";

/// Standard error with its numbers and addresses taken out.
fn shape(err: &str) -> String {
    let mut out = String::new();
    let mut last = ' ';
    for c in err.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }) {
        if c != '0' || last != '0' {
            out.push(c);
        }
        last = c;
    }
    out
}

#[test]
fn twice_verbose_tells_when_everything_happened() {
    for line in ["call -vv --plaintext", "call -vv -plaintext", "call -v -v -plaintext=true"] {
        let ran = run(&format!(
            "{line} -proto SAMPLES/helloworld.proto -d '{{\"name\": \"Ada\"}}' DEMO helloworld.Greeter/SayHello"
        ))
        .ends_with(0);
        assert_eq!(ran.out, "{\n  \"message\": \"Hello, Ada!\"\n}\n");
        let err = shape(&ran.err);
        let (before, timeline) = err.split_once("\nTimeline:\n").expect(&err);
        assert!(before.contains("\nSchema and request ready in 0.0 ms\n"), "{err}");
        assert!(before.ends_with("\nStatus: OK\n"), "{err}");
        // One line for each of them, in this order.
        let mut rest = timeline;
        for part in [
            "connecting\n",
            "connected to 0.0.0.0:0 from 0.0.0.0:0, plaintext",
            "request headers sent on stream 0",
            "message sent, 0 bytes",
            "end of stream sent\n",
            "response headers",
            "message received, 0 bytes",
            "sent 0 message, 0 bytes; received 0 message, 0 bytes",
        ] {
            let found = rest.split_once(part);
            rest = found.unwrap_or_else(|| panic!("{part} is missing, or not in its place, in\n{timeline}")).1;
        }
    }
}

#[test]
fn once_verbose_tells_no_times() {
    let ran = run("call -v -plaintext -proto SAMPLES/helloworld.proto DEMO helloworld.Greeter/SayHello").ends_with(0);
    assert!(!ran.err.contains("Timeline") && !ran.err.contains(" ms"), "{}", ran.err);
}

#[test]
fn headers_go_where_they_belong() {
    // The demo server echoes what begins with `x-`.
    let line = format!(
        "call -v -plaintext -H 'x-both: 1' -rpc-header 'x-call: ${{CARGO_PKG_NAME}}' -reflect-header 'x-ask: 3' \
         -expand-headers -user-agent probe/1 DEMO {ECHO}"
    );
    let ran = run(&line).ends_with(0);
    for part in ["x-echo-x-both: 1\n", "x-echo-x-call: trunkline\n"] {
        assert!(ran.err.contains(part), "{part} is missing in\n{}", ran.err);
    }
    assert!(!ran.err.contains("x-ask"), "{}", ran.err);
    run("call -plaintext -expand-headers -H 'a: ${TRUNKLINE_NOT_SET}' DEMO a.B/C")
        .ends_with(2)
        .err(&expect!["error: there is no environment variable TRUNKLINE_NOT_SET\n"]);
}

#[test]
fn settings_are_told_by_their_flags() {
    let wrong = |flags: &str| run(&format!("call -plaintext {flags} DEMO {ECHO}")).ends_with(2).err;
    assert!(wrong("-max-msg-sz lots").starts_with("error: --max-msg-sz: `lots` is no size"));
    assert!(wrong("-window 1").starts_with("error: --window: "));
    assert!(wrong("-retry 1 -retry-codes OK").starts_with("error: --retry-codes: "));
    assert!(wrong("-compress lz4").contains("possible values: identity, gzip, deflate, zstd"));
    assert!(wrong("-protocol http").contains("possible values: grpc, grpc-web, grpc-web-text, connect"));
    assert!(wrong("-keepalive-timeout 5").contains("--keepalive-time <TIME>"));
}

#[test]
fn flags_that_grpcurl_has_and_we_have_not_are_told() {
    for dashes in ["-", "--"] {
        run(&format!("call {dashes}alts h:1 a.B/C")).ends_with(2).err(&expect![[r"
            error: there is no --alts here: ALTS works between Google's own machines only; TLS is the default, --plaintext does without
        "]]);
    }
}

#[test]
fn the_largest_message_is_limited_as_the_flag_says() {
    let data = format!("{{\"scalars\": {{\"stringValue\": \"{}\"}}}}", "a".repeat(2000));
    let proto = "-proto SAMPLES/kitchen_sink.proto";
    let line = format!("call -plaintext {proto} -max-msg-sz 1000 -d '{data}' DEMO {ECHO}");
    // RESOURCE_EXHAUSTED.
    let ran = run(&line).ends_with(64 + 8);
    assert!(ran.err.contains("1000 bytes"), "{}", ran.err);
    run(&line.replace("1000", "1MB")).ends_with(0);
}

#[cfg(unix)]
#[test]
fn a_socket_file_is_a_target() {
    let folder = tempfile::tempdir().unwrap();
    for line in ["call -plaintext -unix nobody.sock", "call -plaintext unix:nobody.sock"] {
        let line = format!("{line} helloworld.Greeter/SayHello -proto SAMPLES/helloworld.proto");
        let ran = super::run_in(folder.path(), &line);
        assert_eq!(ran.code, Some(64 + 14), "{}", ran.err);
        assert!(ran.err.contains("nobody.sock"), "{}", ran.err);
    }
}

#[test]
fn lines_are_there_while_the_stream_still_runs() {
    // The stream ends when standard input does, which this test holds open.
    let mut running = Running::start("call -plaintext -d @ DEMO helloworld.Greeter/SayHelloBiDiStreaming");
    for name in ["Ada", "Zoë"] {
        running.write(&format!("{{\"name\": \"{name}\"}}\n"));
        running.wait_for(&format!("Hello, {name}!"));
    }
    assert_eq!(running.end(), (Some(0), String::new()));
}

#[test]
fn much_output_is_whole_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = program(folder.path(), "call -plaintext -d @ DEMO helloworld.Greeter/SayHelloBiDiStreaming")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let count = 5000;
    let writer = std::thread::spawn(move || {
        for number in 0..count {
            writeln!(stdin, "{{\"name\": \"{number}\"}}").unwrap();
        }
    });
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let messages: Vec<String> = lines.map(Result::unwrap).filter(|line| line.contains("message")).collect();
    writer.join().unwrap();
    assert!(child.wait().unwrap().success());
    let expected: Vec<String> = (0..count).map(|number| format!("  \"message\": \"Hello, {number}!\"")).collect();
    assert_eq!(messages, expected);
}
