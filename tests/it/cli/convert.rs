//! Messages in other forms than JSON: `trunkline convert`, and the formats of `trunkline call`.

use std::process::Output;

use super::*;

/// Runs the program with these bytes on standard input; standard output as bytes.
fn feed(line: &str, input: &[u8]) -> Output {
    feed_in(tempfile::tempdir().unwrap().path(), line, input)
}

fn feed_in(folder: &Path, line: &str, input: &[u8]) -> Output {
    let mut command = program(folder, line);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A program that refuses its flags does not read.
    child.stdin.take().unwrap().write_all(input).unwrap_or_default();
    child.wait_with_output().unwrap()
}

/// What a text on standard input comes to; the record separator in it as `<RS>`.
fn ran(line: &str, input: &str) -> Ran {
    let output = feed(line, input.as_bytes());
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap().replace('\x1e', "<RS>"),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

const EVERYTHING: &str = "convert --proto SAMPLES/kitchen_sink.proto --type trunkline.demo.v1.Everything";

const TEXT: &str = "# two messages\nscalars { double_value: 0.1 string_value: '你' bytes_value: '\\xff' } mood: MOOD_SAD\x1e\
                    maps { labels { key: 'b' value: 'x' } labels { key: 'a' } }";

#[test]
fn between_all_forms() {
    ran(&format!("{EVERYTHING} --from text"), TEXT).ends_with(0).out(&expect![[r#"
        {
          "scalars": {
            "doubleValue": 0.1,
            "stringValue": "你",
            "bytesValue": "/w=="
          },
          "mood": "MOOD_SAD"
        }
        {
          "maps": {
            "labels": {
              "a": "",
              "b": "x"
            }
          }
        }
    "#]]);
    ran(&format!("{EVERYTHING} --from text --to text"), TEXT).ends_with(0).out(&expect![[r#"
        scalars {
          double_value: 0.1
          string_value: "\344\275\240"
          bytes_value: "\377"
        }
        mood: MOOD_SAD
        <RS>maps {
          labels {
            key: "a"
            value: ""
          }
          labels {
            key: "b"
            value: "x"
          }
        }
    "#]]);
    ran(&format!("{EVERYTHING} --from text --to text --utf8"), "scalars { string_value: '你' }").ends_with(0).out(
        &expect![[r#"
            scalars {
              string_value: "你"
            }
        "#]],
    );
    ran(&format!("{EVERYTHING} -from json -to hex"), "{\"mood\": \"MOOD_SAD\"} {\"mood\": 1}").ends_with(0).out(
        &expect![[r"
            10 02
            10 01
        "]],
    );
    ran(&format!("{EVERYTHING} -from hex -to base64"), "0x10, 0x02").ends_with(0).out(&expect![[r"
        EAI=
    "]]);
    ran(&format!("{EVERYTHING} -from base64 --enum-numbers --emit-defaults --use-proto-names"), "EAI\n")
        .ends_with(0)
        .out(&expect![[r#"
            {
              "mood": 2,
              "renamed_in_json": "",
              "old_name": "",
              "highNumbered": ""
            }
        "#]]);
    let binary = feed(&format!("{EVERYTHING} --from text --to binary"), b"mood: MOOD_SAD");
    assert_eq!((binary.status.code(), binary.stdout.as_slice()), (Some(0), &b"\x10\x02"[..]));
    ran(&format!("{EVERYTHING} --from text --to json"), "").ends_with(0).out(&expect![[r"
        {}
    "]]);
}

#[test]
fn files_tell_their_form() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txtpb"), "mood: MOOD_SAD").unwrap();
    let line = format!("{EVERYTHING} -o b.binpb a.txtpb");
    assert_eq!(feed_in(folder.path(), &line, b"").status.code(), Some(0));
    assert_eq!(fs::read(folder.path().join("b.binpb")).unwrap(), b"\x10\x02");
    let line = format!("{EVERYTHING} b.binpb");
    run_in(folder.path(), &line).ends_with(0).out(&expect![[r#"
        {
          "mood": "MOOD_SAD"
        }
    "#]]);
    run_in(folder.path(), "convert b.binpb").ends_with(0).out(&expect![[r"
        2: 2  # varint, sint 1
    "]]);
}

#[test]
fn the_type_by_reflection() {
    ran("convert --plaintext --reflect DEMO --type hello.HelloRequest --from text", "name: 'Ada'").ends_with(0).out(
        &expect![[r#"
            {
              "name": "Ada"
            }
        "#]],
    );
}

#[test]
fn bytes_without_a_type() {
    let hex = "1a 07 74657374696e67 08 9601 25 0000803f 2a 04 0a 02 08 01 32 02 ff 00";
    ran("convert --from hex", hex).ends_with(0).out(&expect![[r#"
        3: "testing"  # string
        1: 150  # varint, sint 75
        4: 0x3f800000  # fixed32 1065353216, int 1065353216, float 1
        5 {
          1 {
            1: 1  # varint, sint -1, true
          }
        }
        6: "\377\000"  # 2 bytes
    "#]]);
    ran("convert --from hex", "00 00000003 08 9601")
        .ends_with(0)
        .out(&expect![[r"
        1: 150  # varint, sint 75
    "]])
        .err(&expect![[r"
        left out the 5 bytes of a gRPC frame's header
    "]]);
    ran("convert --from hex", "0801 1205 6162")
        .ends_with(1)
        .out(&expect![[r#"
        1: 1  # varint, sint -1, true
        2: "ab"  # string
        # byte 3: field 2 wants 5 bytes, and only 2 are left
    "#]])
        .err(&expect![[r"
        error: no whole message: byte 3: field 2 wants 5 bytes, and only 2 are left
    "]]);
    ran("convert --from hex --to base64", "fbff").ends_with(0).out(&expect![[r"
        +/8=
    "]]);
}

#[test]
fn what_cannot_be_converted() {
    ran(&format!("{EVERYTHING} --from text"), "mod: 1\nmaps { labels: 'x' }").ends_with(2).err(&expect![[r"
        error: message 1: line 1, column 1: no field `mod` in trunkline.demo.v1.Everything; did you mean `mood`?
        error: message 1: line 2, column 16: maps.labels: a string where `{ key: value: }` is expected for a map
    "]]);
    ran(&format!("{EVERYTHING} --from json"), "{}\n{\"mod\": 1}").ends_with(2).err(&expect![[r"
        error: message 2: line 2, column 2: no field `mod` in trunkline.demo.v1.Everything; did you mean `mood`?
    "]]);
    ran(&format!("{EVERYTHING} --from hex"), "0a 03 41").ends_with(2).err(&expect![[r"
        error: the bytes are no trunkline.demo.v1.Everything: byte 3, in scalars: a number of 8 bytes, and only 0 are left
    "]]);
    ran(&format!("{EVERYTHING} --from hex"), "00 00000002 1002").ends_with(0).err(&expect![[r"
        left out the 5 bytes of a gRPC frame's header
    "]]);
    ran(&format!("{EVERYTHING} --from base64"), "a*b").ends_with(2).err(&expect![[r"
        error: not base64: `*` at character 2 is not part of it
    "]]);
    ran(&format!("{EVERYTHING} --from text --to binary"), "\x1e mood: 1").ends_with(2).err(&expect![[r"
        error: the input holds 2 messages, and binary holds one
    "]]);
    ran(&format!("{EVERYTHING} --from json"), " ").ends_with(2).err(&expect![[r"
        error: the input holds no message
    "]]);
    ran("convert --from json", "{}").ends_with(2).err(&expect![[r"
        error: name the message with --type; only bytes can be shown without it
    "]]);
    ran("convert --type a.B", "").ends_with(2).err(&expect![[r"
        error: name the schema with --proto or --protoset, or a server to ask with --reflect
    "]]);
    ran("convert --proto SAMPLES/hello.proto --type hello.HelloRequst", "").ends_with(2).err(&expect![[r"
        error: there is no message hello.HelloRequst; did you mean hello.HelloRequest?
    "]]);
    ran("convert --proto SAMPLES/hello.proto --type hello.Hello", "").ends_with(2).err(&expect![[r"
        error: --type wants a message, which this is not: hello.Hello
    "]]);
}

#[test]
fn a_call_in_the_text_format() {
    let call = "call -plaintext -format text";
    run(&format!("{call} -d 'name: \"Ada\" age: 36' DEMO hello.Hello/SayHello")).ends_with(0).out(&expect![[r#"
        message: "hello Ada 36"
    "#]]);
    run(&format!("{call} DEMO hello.Hello/SayHello")).ends_with(0);
    ran(&format!("{call} -d @ DEMO helloworld.Greeter/SayHelloBiDiStreaming"), "name: 'a'\x1ename: '你'\x1e\n")
        .ends_with(0)
        .out(&expect![[r#"
            message: "Hello, a!"
            <RS>message: "Hello, \344\275\240!"
        "#]]);
    ran(&format!("{call} -d @ DEMO helloworld.Greeter/SayHelloClientStreaming"), "name: 'a'\x1enme: 'b'")
        .ends_with(2)
        .err(&expect![[r"
            error: message 2: line 1, column 1: no field `nme` in helloworld.HelloRequest; did you mean `name`?
        "]]);
    run(&format!("{call} -d 'name: 1' DEMO hello.Hello/SayHello")).ends_with(2).err(&expect![[r"
        error: message 1: line 1, column 7: name: a number where a string in quotes is expected
    "]]);
    ran(&format!("{call} -d @ DEMO hello.Hello/SayHello"), "\x1e").ends_with(0);
    ran(&format!("{call} -d @ DEMO hello.Hello/SayHello"), "\x1ename: 'a'").ends_with(2).err(&expect![[r"
        error: the method takes one message, the data holds 2
    "]]);
}

#[test]
fn a_stream_in_the_text_format_is_answered_while_it_is_written() {
    let mut call = Running::start("call -plaintext -format text -d @ DEMO helloworld.Greeter/SayHelloBiDiStreaming");
    call.write("name: 'first'\x1e name:");
    call.wait_for("Hello, first!");
    call.write(" 'second'\x1e");
    call.wait_for("Hello, second!");
    assert_eq!(call.end(), (Some(0), String::new()));
}

#[test]
fn a_call_in_binary() {
    let one = feed("call -plaintext -format binary -d @ DEMO helloworld.Greeter/SayHello", b"\x0a\x03Ada");
    assert_eq!((one.status.code(), one.stdout.as_slice()), (Some(0), &b"\x0a\x0bHello, Ada!"[..]));
    let line = "call -plaintext -format binary -d @ DEMO helloworld.Greeter/SayHelloBiDiStreaming";
    let two = feed(line, b"\x05\x0a\x03Ada\x03\x0a\x01A");
    assert_eq!(
        (two.status.code(), two.stdout.as_slice()),
        (Some(0), &b"\x0d\x0a\x0bHello, Ada!\x0b\x0a\x09Hello, A!"[..])
    );
    let cut = feed(line, b"\x05\x0a\x03Ad");
    assert_eq!(cut.status.code(), Some(2));
    assert_eq!(String::from_utf8(cut.stderr).unwrap(), "error: message 1: the input ends within a message\n");
    run("call -plaintext -format binary -d x DEMO helloworld.Greeter/SayHello").ends_with(2).err(&expect![[r"
        error: binary messages are read from standard input: -d @
    "]]);
}

#[test]
fn names_and_numbers_of_responses() {
    let line = "call --plaintext --original-names --enum-numbers -d '{\"mood\": \"MOOD_SAD\", \"choiceText\": \"a\"}' DEMO \
                trunkline.demo.v1.KitchenSink/Echo";
    run(line).ends_with(0).out(&expect![[r#"
        {
          "mood": 2,
          "choice_text": "a"
        }
    "#]]);
}

#[test]
fn an_any_of_a_type_that_the_file_does_not_import() {
    let foreign = r#"{"wellKnown": {"any": {"@type": "x/signup.SignUpReply", "message": "hi"}}}"#;
    let both = "--proto SAMPLES/kitchen_sink.proto --proto SAMPLES/sign_up.proto";
    let to = |to: &str| format!("convert {both} --type trunkline.demo.v1.Everything --from json --to {to}");
    let hex = ran(&to("hex"), foreign).ends_with(0).out;
    let ran_json = ran(&format!("convert {both} --type trunkline.demo.v1.Everything --from hex"), &hex).ends_with(0);
    assert!(ran_json.out.contains("\"message\": \"hi\""), "{}", ran_json.out);
    assert!(ran(&to("text"), foreign).ends_with(0).out.contains("[x/signup.SignUpReply] {"));
    let alone = ran(&format!("{EVERYTHING} --from hex"), &hex).ends_with(0).out;
    assert!(alone.contains("\"value\": \"CgJoaQ==\""), "{alone}");
    let refused = ran(&format!("{EVERYTHING} --from json"), foreign);
    assert!(refused.err.contains("the schema has no message `signup.SignUpReply`"), "{}", refused.err);
    let answer = ran(&format!("call --plaintext {both} -d @ DEMO trunkline.demo.v1.KitchenSink/Echo"), foreign);
    assert!(answer.ends_with(0).out.contains("\"message\": \"hi\""));
}
