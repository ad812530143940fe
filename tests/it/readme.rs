//! The command lines of README.md, run as they stand there: what it says the program prints is what it prints.
//!
//! `UPDATE_EXPECT=1` writes the present output into the README.
#![cfg(unix)]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use expect_test::expect_file;
use trunkline::collection::{Collection, CollectionFile, load_request, save_environment, save_request};

use super::cli::demo_address;

/// Where the README says that the demo server listens.
const ADDRESS: &str = "localhost:50051";

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// The files that the README shows, by the name in the line above them.
fn files(readme: &str) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut name = "";
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        if line == "```json" {
            let text: String =
                lines.by_ref().take_while(|line| *line != "```").fold(String::new(), |text, line| text + line + "\n");
            files.push((PathBuf::from(name), text));
        } else if let Some(rest) = line.strip_prefix('`').filter(|_| !line.starts_with("```")) {
            name = rest.split('`').next().unwrap();
        }
    }
    files
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// A folder with all that the README's command lines name.
fn folder(address: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("proto-samples"), &folder.path().join("proto-samples"));
    for (name, text) in files(&readme()) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.replace(ADDRESS, address)).unwrap();
    }
    folder
}

/// What a shell shows for a command line: both streams as they come.
fn run(line: &str, folder: &Path) -> (String, i32) {
    let program = Path::new(env!("CARGO_BIN_EXE_trunkline")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let shown = folder.join("shown");
    let out = File::create(&shown).unwrap();
    let err = out.try_clone().unwrap();
    let status = Command::new("sh")
        .args(["-c", line])
        .current_dir(folder)
        .env("PATH", path)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .status()
        .unwrap();
    (fs::read_to_string(shown).unwrap(), status.code().unwrap())
}

/// Output without what changes from run to run.
fn steady(output: &str, folder: &Path, address: &str) -> String {
    let port = address.rsplit(':').next().unwrap();
    let output = output.replace(&format!("{}/", folder.canonicalize().unwrap().display()), "");
    let output = output.replace(&format!("localhost:{port}"), ADDRESS).replace(address, "127.0.0.1:50051");
    let mut steady = String::new();
    for line in output.lines() {
        let verdict = line.starts_with("ok ") || line.starts_with("FAIL ");
        match line.rsplit_once("  ").filter(|(_, time)| verdict && time.ends_with(" ms")) {
            Some((before, _)) => writeln!(steady, "{before}  1 ms").unwrap(),
            None => writeln!(steady, "{line}").unwrap(),
        }
    }
    steady
}

#[test]
fn the_command_lines_do_what_they_say() {
    let address = demo_address();
    let folder = folder(&address);
    let port = address.rsplit(':').next().unwrap();
    let readme = readme();
    let mut run_again = String::new();
    let mut lines = readme.lines();
    let mut commands = 0;
    while let Some(line) = lines.next() {
        writeln!(run_again, "{line}").unwrap();
        if line != "```console" {
            continue;
        }
        let mut code = 0;
        for command in lines.by_ref().take_while(|line| *line != "```").filter_map(|line| line.strip_prefix("$ ")) {
            let meant = command.replace(ADDRESS, &format!("localhost:{port}")).replace("$?", &code.to_string());
            let (output, ended) = run(&meant, folder.path());
            code = ended;
            commands += 1;
            write!(run_again, "$ {command}\n{}", steady(&output, folder.path(), &address)).unwrap();
        }
        writeln!(run_again, "```").unwrap();
    }
    assert!(commands > 10, "the examples were not found");
    expect_file!["../../README.md"].assert_eq(&run_again);
}

#[test]
fn the_files_shown_are_as_the_program_writes_them() {
    let folder = folder(ADDRESS);
    let root = folder.path().join("greetings");
    for environment in Collection::load(&root).unwrap().environments {
        save_environment(&root, &environment.name, &environment.file, &environment.secret).unwrap();
    }
    let files = files(&readme());
    assert!(files.len() > 3, "the files were not found");
    for (name, text) in files {
        let path = folder.path().join(&name);
        if name.ends_with("trunkline.json") {
            let file: CollectionFile = serde_json::from_str(&text).unwrap();
            let shown: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&file).unwrap(), shown.to_string());
        } else if name.to_str().unwrap().ends_with(".request.json") {
            let (_, draft) = load_request(&path).unwrap();
            save_request(&path, &draft).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "{}", name.display());
    }
}
