//! `trunkline drift`: what differs between local files and a server's reflection, or two sets of files.
//!
//! Must not know: how schemas are compared.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::flags::DriftFlags;
use super::report;
use super::source::{self, Schemas};
use super::suggest::did_you_mean;
use super::terminal::{Stop, print};
use crate::engine::Engine;
use crate::schema::drift::{self, Drift, Group, Impact, Reached, ServiceDrift, SideName, Verdict};
use crate::schema::{Problem, Schema, Source};
use crate::text::{Language, Text};

/// Methods named in one line; of more only the number is told.
const MOST_CALLS: usize = 8;

/// Compares and tells; what breaks decides the exit code.
pub(super) fn drift(engine: &Engine, flags: &DriftFlags) -> Result<(), Stop> {
    let (target, services) = match flags.positional.split_first() {
        Some((target, services)) if flags.against.is_empty() => (Some(target.as_str()), services),
        None if flags.against.is_empty() => {
            return Err(Stop::Usage("name a target to compare with, or files with --against".to_owned()));
        }
        _ => (None, flags.positional.as_slice()),
    };
    let left = Schemas::one_local(&flags.schema)?;
    let right = match target {
        Some(target) => source::reflect(engine, &flags.connection, target)?,
        None => against(&flags.against, flags)?,
    };
    let known = |name: &str| left.service(name).is_some() || right.service(name).is_some();
    if let Some(unknown) = services.iter().find(|name| !known(name)) {
        let all = left.services.iter().chain(&right.services).map(|service| service.full_name.as_str());
        return Err(Stop::Usage(format!("neither side has a service {unknown}{}", did_you_mean(unknown, all))));
    }
    left.problems.iter().chain(&right.problems).for_each(report::schema_problem);
    let Some(drift) = drift::compare(&left, &right, services, || true) else { return Ok(()) };
    let told =
        Told { drift: &drift, text: Text::new(Language::En), verbose: flags.verbose > 0, is_server: target.is_some() };
    if flags.json {
        print(&format!("{:#}", told.json()))?;
    } else {
        told.print()?;
    }
    let worst = if flags.strict { Verdict::BreaksJson } else { Verdict::Unknown };
    if drift.verdict() >= worst { Err(Stop::Told(1)) } else { Ok(()) }
}

/// The files to compare with, in place of a server.
fn against(paths: &[PathBuf], flags: &DriftFlags) -> Result<Schema, Stop> {
    let is_proto = |path: &Path| path.is_dir() || path.extension().is_some_and(|extension| extension == "proto");
    let source = match paths {
        [path] if !is_proto(path) && path.exists() => Source::DescriptorSet { path: path.clone() },
        // The import paths belong to both sides; each finds its own files first.
        paths => Source::Protos { paths: paths.to_vec(), import_paths: flags.schema.import_paths.clone() },
    };
    Schema::load(&source).map_err(|problem| {
        report::schema_problem(&problem);
        Stop::Told(1)
    })
}

struct Told<'a> {
    drift: &'a Drift,
    text: Text,
    verbose: bool,
    /// The right side is a server.
    is_server: bool,
}

impl Told<'_> {
    fn print(&self) -> Result<(), Stop> {
        let mut first = true;
        for service in &self.drift.services {
            if service.verdict == Verdict::Same && !self.verbose {
                continue;
            }
            if !std::mem::take(&mut first) {
                print("")?;
            }
            self.print_service(service)?;
        }
        if !first {
            print("")?;
        }
        let counts = Verdict::ALL.into_iter().filter_map(|verdict| {
            let count = self.drift.count(verdict);
            (count > 0).then(|| format!("{count} {}", self.text.get(verdict.key())))
        });
        let counts: Vec<String> = counts.collect();
        let total = self.drift.services.len();
        let services = if total == 1 { "service" } else { "services" };
        let counts = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
        print(&format!("{total} {services}{counts}"))
    }

    fn print_service(&self, service: &ServiceDrift) -> Result<(), Stop> {
        let text = &self.text;
        let verdict = text.get(service.verdict.key());
        if service.only.is_some() {
            let why = match service.only {
                Some(SideName::Left) if self.is_server => "the server does not have it: calls end with UNIMPLEMENTED",
                Some(SideName::Left) => "the other side does not have it: calls would end with UNIMPLEMENTED",
                _ if self.is_server => "only the server has it",
                _ => "only the other side has it",
            };
            return print(&format!("{}: {verdict}, {why}", service.name));
        }
        print(&format!("{}: {verdict}", service.name))?;
        for (side, problem) in &service.problems {
            print(&format!("  {}: {}", side_words(*side), one_line(problem)))?;
        }
        if self.verbose {
            for method in &service.methods {
                print(&format!("  {}: {}", method.name, text.get(method.verdict.key())))?;
            }
        }
        for group in self.drift.groups(service) {
            self.print_group(service, &group)?;
        }
        Ok(())
    }

    fn print_group(&self, service: &ServiceDrift, group: &Group) -> Result<(), Stop> {
        let names: Vec<&str> = group.methods.iter().map(|at| service.methods[*at].name.as_str()).collect();
        let calls = if names.len() == service.methods.len() && names.len() > 1 {
            format!("all {} calls", names.len())
        } else if names.len() > MOST_CALLS {
            format!("{} and {} more calls", names[..MOST_CALLS].join(", "), names.len() - MOST_CALLS)
        } else {
            names.join(", ")
        };
        print(&format!("  {calls}: {}", self.text.get(group.verdict.key())))?;
        group.reached.iter().try_for_each(|reached| self.print_difference(*reached))
    }

    fn print_difference(&self, reached: Reached) -> Result<(), Stop> {
        let Some(one) = self.drift.differences.get(reached.difference) else { return Ok(()) };
        let text = &self.text;
        let changes: Vec<&str> = one.changes.iter().map(|change| text.get(change.key())).collect();
        print(&format!("    {} {}", changes.join(", "), one.name))?;
        for (mark, side) in [('<', &one.left), ('>', &one.right)] {
            print(&format!("      {mark} {}", side.as_deref().unwrap_or("-")))?;
        }
        for effect in &one.effects {
            // What cannot happen to these calls is left out.
            let Some(ways) = effect.ways.and(reached.ways) else { continue };
            let sentence = effect.sentence(&self.text, ways, self.is_server);
            let impact = text.get(effect.impact.key());
            // What only one side has concerns no message in particular.
            let ways = match effect.reason {
                drift::Reason::Unimplemented | drift::Reason::NotCalled => String::new(),
                _ => format!(" ({})", text.get(ways.key())),
            };
            print(&format!("      {impact}{ways}: {sentence}"))?;
        }
        Ok(())
    }

    fn json(&self) -> Value {
        let services: Vec<Value> = self.drift.services.iter().map(|service| self.service_json(service)).collect();
        json!({ "verdict": self.drift.verdict().id(), "services": services })
    }

    fn service_json(&self, service: &ServiceDrift) -> Value {
        let method = |index: &usize| service.methods[*index].name.clone();
        let mut differences = Vec::new();
        for group in self.drift.groups(service) {
            let methods: Vec<String> = group.methods.iter().map(method).collect();
            let all = group.reached.iter().filter_map(|reached| self.difference_json(*reached, &methods));
            differences.extend(all);
        }
        let methods: Vec<Value> = service
            .methods
            .iter()
            .map(|method| json!({ "name": method.name, "verdict": method.verdict.id() }))
            .collect();
        let problems: Vec<Value> = service
            .problems
            .iter()
            .map(|(side, problem)| json!({ "side": side_id(*side), "problem": one_line(problem) }))
            .collect();
        json!({
            "name": service.name,
            "verdict": service.verdict.id(),
            "only": service.only.map(side_id),
            "methods": methods,
            "differences": differences,
            "problems": problems,
        })
    }

    fn difference_json(&self, reached: Reached, methods: &[String]) -> Option<Value> {
        let one = self.drift.differences.get(reached.difference)?;
        let effects: Vec<Value> = one
            .effects
            .iter()
            .filter_map(|effect| {
                let ways = effect.ways.and(reached.ways)?;
                let why = effect.sentence(&self.text, ways, self.is_server);
                Some(json!({ "breaks": breaks(effect.impact), "messages": ways.id(), "why": why }))
            })
            .collect();
        let changes: Vec<&str> = one.changes.iter().map(|change| change.id()).collect();
        Some(json!({
            "name": one.name,
            "what": one.what.id(),
            "changes": changes,
            "left": one.left,
            "right": one.right,
            "breaks": breaks(self.drift.impact(reached)),
            "effects": effects,
            "methods": methods,
        }))
    }
}

/// What breaks; nothing where it is compatible.
fn breaks(impact: Impact) -> Option<&'static str> {
    (impact != Impact::Compatible).then(|| impact.id())
}

const fn side_id(side: SideName) -> &'static str {
    match side {
        SideName::Left => "left",
        SideName::Right => "right",
    }
}

const fn side_words(side: SideName) -> &'static str {
    match side {
        SideName::Left => "yours does not compile",
        SideName::Right => "the other side does not compile",
    }
}

fn one_line(problem: &Problem) -> String {
    let mut text = problem.to_string();
    if let Some(end) = text.find('\n') {
        text.truncate(end);
    }
    text
}
