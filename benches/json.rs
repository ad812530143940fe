//! What ProtoJSON costs on a message of 10 MB, beside the serde mapping of prost-reflect, for `benches/json.sh`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use trunkline::message::{WriteOptions, json, read_text, write_line};
use trunkline::schema::{Schema, Source};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error>;

const ROUNDS: usize = 9;
const SIZE: usize = 10_000_000;

fn main() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let proto = "syntax = \"proto3\"; import \"google/protobuf/timestamp.proto\";\n\
        enum Priority { PRIORITY_UNSPECIFIED = 0; PRIORITY_HIGH = 1; }\n\
        message Item { string sku = 1; uint32 count = 2; double price = 3; int64 id = 4; bool gift = 5;\n\
        Priority priority = 6; google.protobuf.Timestamp made_at = 7; repeated int32 sizes = 8;\n\
        map<string, string> labels = 9; bytes digest = 10; }\n\
        message Mixed { repeated Item items = 1; } message Texts { repeated string texts = 1; }\n\
        message Numbers { repeated double doubles = 1; repeated int64 whole = 2; }\n\
        service S { rpc A(Mixed) returns (Texts); rpc B(Numbers) returns (Texts); }";
    let file = folder.path().join("bench.proto");
    std::fs::write(&file, proto)?;
    let schema = Schema::load(&Source::Protos { paths: vec![file], import_paths: Vec::new() })
        .map_err(|problems| format!("{problems:?}"))?;
    let types = schema.types("S", &schema.services[0].file).map_err(|problems| format!("{problems:?}"))?;
    let descriptor = |name: &str| types.pool().get_message_by_name(name).ok_or("no such message");

    let item = |number: usize| {
        format!(
            "{{\"sku\": \"A-{number}\", \"count\": {number}, \"price\": {number}.25, \"id\": \"1{number}00000000\", \
             \"gift\": true, \"priority\": \"PRIORITY_HIGH\", \"madeAt\": \"2026-01-31T12:00:{:02}Z\", \
             \"sizes\": [1, 2, {number}], \"labels\": {{\"color\": \"red\", \"place\": \"row {number}\"}}, \
             \"digest\": \"3q2+78r+ur4=\"}}",
            number % 60
        )
    };
    line(&format!("milliseconds, median of {ROUNDS} (least to most): trunkline, serde mapping, ratio"));
    measure("mixed", &descriptor("Mixed")?, &filled("{\"items\": [", "]}", item))?;
    let text = |number| format!("\"The quick brown fox {number} jumps over the lazy dog, \\\"twice\\\".\"");
    measure("texts", &descriptor("Texts")?, &filled("{\"texts\": [", "]}", text))?;
    let numbers = filled("{\"doubles\": [", "]}", |number| format!("{number}.{}", number % 997));
    measure("numbers", &descriptor("Numbers")?, &numbers)
}

/// Elements until there are 10 MB.
fn filled(head: &str, foot: &str, element: impl Fn(usize) -> String) -> String {
    let mut text = head.to_owned();
    for number in 0.. {
        if text.len() >= SIZE {
            break;
        }
        if number > 0 {
            text.push_str(", ");
        }
        text.push_str(&element(number));
    }
    text.push_str(foot);
    text
}

fn measure(what: &str, descriptor: &MessageDescriptor, text: &str) -> Result<(), Failure> {
    let ours = |text: &str| -> Result<DynamicMessage, Failure> {
        read_text(text, descriptor).map_err(|problems| format!("{problems:?}").into())
    };
    let theirs = |text: &str| -> Result<DynamicMessage, Failure> {
        let mut reader = serde_json::Deserializer::from_str(text);
        Ok(DynamicMessage::deserialize(descriptor.clone(), &mut reader)?)
    };
    let message = ours(text)?;
    if message.encode_to_vec().len() != theirs(text)?.encode_to_vec().len() {
        return Err(format!("{what}: the two readers differ").into());
    }
    // In turn, so that what the machine does besides meets both.
    let mut times: [Vec<Duration>; 5] = Default::default();
    for _ in 0..ROUNDS {
        times[0].push(timed(|| ours(text))?);
        times[1].push(timed(|| theirs(text))?);
        times[2].push(timed(|| Ok(write_line(&message, WriteOptions::default())))?);
        times[3].push(timed(|| Ok(serde_json::to_string(&message)?))?);
        times[4].push(timed(|| Ok(json::parse(text)?))?);
    }
    for all in &mut times {
        all.sort_unstable();
    }
    let [read_ours, read_theirs, write_ours, write_theirs, parse] = &times;
    say(&format!("{what}, read"), read_ours, read_theirs);
    say(&format!("{what}, written"), write_ours, write_theirs);
    line(&format!("{:<28} {}", format!("{what}, the JSON tree alone"), figures(parse)));
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<Duration, Failure> {
    let begun = Instant::now();
    let made = black_box(work()?);
    let took = begun.elapsed();
    drop(made);
    Ok(took)
}

fn say(what: &str, ours: &[Duration], theirs: &[Duration]) {
    let ratio = ours[ROUNDS / 2].as_secs_f64() / theirs[ROUNDS / 2].as_secs_f64();
    line(&format!("{what:<28} {}   {}   {ratio:.2}", figures(ours), figures(theirs)));
}

#[expect(clippy::print_stdout, reason = "the report")]
fn line(line: &str) {
    println!("{line}");
}

fn figures(times: &[Duration]) -> String {
    let [least, median, most] =
        [times[0], times[times.len() / 2], times[times.len() - 1]].map(|time| time.as_secs_f64() * 1_000.0);
    format!("{median:7.1} ({least:.0} to {most:.0})")
}
