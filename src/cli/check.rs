//! `trunkline check`: compiles everything under some paths, for people and for build pipelines.
//!
//! Must not know: targets, calls.

use super::flags::CheckFlags;
use super::report;
use super::terminal::{Stop, note, print};
use crate::schema;

/// Tells every problem on standard error and the counts on standard output; writes the descriptor set where one is
/// wanted and nothing is wrong.
pub(super) fn check(flags: &CheckFlags) -> Result<(), Stop> {
    let task = schema::Check {
        paths: flags.paths.clone(),
        import_paths: flags.import_paths.clone(),
        descriptor_set: flags.output.is_some(),
        include_imports: flags.include_imports,
        include_source_info: flags.include_source_info,
    };
    let checked = schema::check(&task).map_err(|problem| {
        report::schema_problem(&problem);
        Stop::Told(1)
    })?;
    checked.problems.iter().for_each(report::schema_problem);
    let faults = checked.problems.iter().filter(|problem| !problem.is_note).count();
    if let Some(path) = flags.output.as_ref().filter(|_| faults == 0) {
        std::fs::write(path, &checked.descriptor_set)
            .map_err(|error| Stop::Failed(format!("cannot write the descriptor set: {error}: {}", path.display())))?;
    }
    let counts = [
        count(checked.files, "file"),
        count(checked.services, "service"),
        count(checked.methods, "method"),
        count(faults, "problem"),
    ];
    print(&counts.join(", "))?;
    if faults == 0 {
        return Ok(());
    }
    if let Some(path) = &flags.output {
        note(&format!("not written, as there are problems: {}", path.display()));
    }
    Err(Stop::Told(1))
}

fn count(number: usize, of: &str) -> String {
    format!("{number} {of}{}", if number == 1 { "" } else { "s" })
}
