//! What the fuzz targets have in common: the schema layer, and when an input is a finding.

use std::collections::HashSet;
use std::panic::{Location, PanicHookInfo};
use std::sync::Mutex;
use std::time::Duration;

use cpu_time::ThreadTime;

#[path = "../../../src/schema/mod.rs"]
pub mod schema;
#[path = "../../../src/text.rs"]
pub mod text;

/// Of the processor, for one input of at most 64 kB. What takes longer grows faster than its input.
const LONGEST: Duration = Duration::from_secs(4);

/// Makes panics in our own code findings, even those that are caught. Panics that the libraries raise are none while
/// they are caught: the guards of `unit.rs` and `compile.rs` are there for them. Each place is told once.
pub fn start() {
    static TOLD: Mutex<Option<HashSet<String>>> = Mutex::new(None);
    let is_ours = |place: &Location| place.file().starts_with("src/");
    std::panic::set_hook(Box::new(move |panic: &PanicHookInfo| {
        let place = panic.location();
        if place.is_none_or(is_ours) {
            eprintln!("{panic}");
            std::process::abort();
        }
        let place = place.map(ToString::to_string).unwrap_or_default();
        let mut told = TOLD.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if told.get_or_insert_default().insert(place) {
            eprintln!("in a library, {panic}");
        }
    }));
}

/// Runs a check and panics when it takes too long.
pub fn timed(check: impl Fn(&[u8]), data: &[u8]) {
    let begun = ThreadTime::now();
    check(data);
    let taken = begun.elapsed();
    assert!(taken < LONGEST, "{taken:?} for {} bytes", data.len());
}
