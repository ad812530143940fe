//! Tokens in the terminal: commands run only when somebody has agreed.

use std::fs;
use std::path::Path;

use super::{Ran, demo_address, program, samples};

/// A collection of one request, with credentials that its folder says.
fn collection(folder: &Path, auth: &str) {
    let samples = samples();
    let root = serde_json::json!({
        "trunkline": 1,
        "schemas": [{ "protos": [samples.join("hello.proto")], "importPaths": [samples] }],
        "defaults": { "target": demo_address(), "auth": serde_json::from_str::<serde_json::Value>(auth).unwrap() },
    });
    fs::write(folder.join("trunkline.json"), root.to_string()).unwrap();
    let request = r#"{"trunkline": 1, "method": "hello.Hello/SayHello", "messages": [{"name": "Ada"}]}"#;
    fs::write(folder.join("hello.request.json"), request).unwrap();
}

fn run(folder: &Path, line: &str) -> Ran {
    let output = program(folder, line).env("TRUNKLINE_DATA_DIR", folder.join("data")).output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[cfg(unix)]
#[test]
fn a_command_of_a_collection_runs_only_when_it_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ran");
    let line = format!("echo x >> '{}'; echo token", file.display());
    let auth = serde_json::json!({ "type": "command", "command": line });
    collection(folder.path(), &auth.to_string());
    let refused = run(folder.path(), "run .").ends_with(1);
    assert!(refused.out.contains("UNAUTHENTICATED") && refused.out.contains("--allow-command"), "{}", refused.out);
    assert!(!file.exists());
    let allowed = run(folder.path(), "run --allow-command .").ends_with(0);
    assert!(allowed.out.contains("1 passed"), "{}", allowed.out);
    assert_eq!(fs::read_to_string(&file).unwrap(), "x\n");
}

#[test]
fn a_key_that_does_not_sign_is_told() {
    let folder = tempfile::tempdir().unwrap();
    collection(folder.path(), r#"{"type": "jwt", "algorithm": "RS256", "keyFile": "nowhere.pem"}"#);
    let ran = run(folder.path(), "run .").ends_with(1);
    assert!(ran.out.contains("The token cannot be signed") && ran.out.contains("nowhere.pem"), "{}", ran.out);
}
