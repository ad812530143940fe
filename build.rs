//! Has the linker put the functions that a call in the terminal runs next to each other.
//!
//! The system maps 64 kB of a program around each place that is run. A call runs a twentieth of the program, scattered
//! over all of it, and took twice the memory and a fifth more time for that (benches/README.md). `.ci/order` writes
//! the list; names in it that are gone or new do no harm. A linker that does not know how to do it is not asked to.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

const TARGET: &str = "x86_64-unknown-linux-gnu";
const ORDER: &str = "assets/link-order.txt";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={ORDER}");
    let variable = |name: &str| env::var(name).unwrap_or_default();
    if variable("PROFILE") != "release" || variable("TARGET") != TARGET || variable("HOST") != TARGET {
        return;
    }
    let order = Path::new(&variable("CARGO_MANIFEST_DIR")).join(ORDER);
    let order = format!("-Wl,--symbol-ordering-file={},--no-warn-symbol-ordering", order.display());
    // The table of relocations then has a tenth of its size; it needs glibc 2.36.
    let packed = "-Wl,-z,pack-relative-relocs".to_owned();
    for option in [order, packed] {
        if links_and_runs(&option) {
            println!("cargo:rustc-link-arg-bins={option}");
        }
    }
}

/// Whether a program that is linked with the option runs on this machine.
fn links_and_runs(option: &str) -> bool {
    let folder = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let (source, program) = (folder.join("empty.rs"), folder.join("empty"));
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.arg(&source).arg("-o").arg(&program).arg(format!("-Clink-arg={option}"));
    if let Some(linker) = env::var_os("RUSTC_LINKER") {
        rustc.arg("-C").arg(format!("linker={}", linker.display()));
    }
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    rustc.args(flags.split('\x1f').filter(|flag| !flag.is_empty()));
    let succeeds = |command: &mut Command| {
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    fs::write(&source, "fn main() {}").is_ok() && succeeds(&mut rustc) && succeeds(&mut Command::new(&program))
}
