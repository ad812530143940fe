//! What a large tree of protos costs inside of the program, for `benches/schema.sh`: reading it, the types of each
//! method's file, the rows of the sidebar, the palette.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use trunkline::app::palette::Search;
use trunkline::app::tab::MethodState;
use trunkline::app::{Action, App};
use trunkline::collection::Dirs;
use trunkline::engine::Engine;
use trunkline::schema::{Schema, Source};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(std::env::args_os().nth(1).ok_or("name the folder of the tree")?);
    // What an app takes is told by a process that did nothing else before.
    if std::env::args_os().nth(2).is_some() {
        return in_an_app(root);
    }
    let source = Source::Protos { paths: vec![root.clone()], import_paths: vec![root.clone()] };

    let loads = time(9, || Schema::load(&source).map(|schema| schema.services.len()));
    let schema = Schema::load(&source)?;
    say(&format!("service list ({} services of {} files)", schema.services.len(), schema.file_count), loads);

    // The file of each service for the first time, as when its first method is opened.
    let mut opened = Vec::new();
    let mut slowest = (Duration::ZERO, "");
    let mut files = HashSet::new();
    for service in schema.services.iter().filter(|service| files.insert(service.file.as_str())) {
        let (file, name) = (&service.file, &service.full_name);
        let fresh = Instant::now();
        // A file that does not compile costs as much, and is the tree's own affair.
        let compiled = schema.types(name, file).is_ok();
        let took = fresh.elapsed();
        if compiled {
            opened.push(took);
            slowest = slowest.max((took, file.as_str()));
        }
    }
    say("types of a method's file", opened);
    say(&format!("the slowest of them: {}", slowest.1), vec![slowest.0]);
    let mut giants: Vec<_> = schema.services.iter().filter(|service| service.file.contains("compute/v1/")).collect();
    giants.dedup_by(|a, b| a.file == b.file);
    if let Some(giant) = giants.first() {
        let again = Schema::load(&source)?;
        say(&giant.file, time(1, || again.types(&giant.full_name, &giant.file).map(Arc::into_raw)));
    }
    Ok(())
}

fn in_an_app(root: PathBuf) -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let dirs = Dirs { config: folder.path().join("config"), data: folder.path().join("data") };
    let mut app = App::new(Engine::new(|| {})?, dirs, vec![root]);
    let until = Instant::now() + Duration::from_mins(1);
    while app.schemas.iter().all(|open| open.schema.is_none()) {
        app.poll();
        std::thread::yield_now();
        if Instant::now() > until {
            return Err("the tree was not read within a minute".into());
        }
    }
    say_memory("the app with the tree open");
    browse(&mut app)?;
    say_memory("the same after 200 services");
    for filter in ["", "get", "list_nothing", "v1"] {
        filter.clone_into(&mut app.sidebar.services.filter);
        let rows = app.sidebar.services.rows(&app.schemas).len();
        say(
            &format!("rows of the sidebar, filter '{filter}' ({rows})"),
            time(50, || app.sidebar.services.rows(&app.schemas)),
        );
    }
    if let Some(schema) = app.schemas.iter().find_map(|open| open.schema.clone()) {
        say(&format!("(the index takes {} kB)", schema.index().size() / 1000), Vec::new());
    }
    let symbols: usize = app.schemas.iter().filter_map(|open| open.schema.as_ref()).map(|one| one.index().len()).sum();
    for query in ["", "g", "na", "name", "listinst", "pubsub topic name", "xyzxyz"] {
        say(&format!("palette, '{query}' in {symbols} symbols, as a whole"), time(50, || app.find(query, false)));
    }
    // Typed letter by letter: what one frame takes, and how many it takes until the hits are those of the text.
    let (mut frames, mut letters) = (Vec::new(), Vec::new());
    for typed in ["listinstances", "topic.name", "google.cloud", "instance machine type", "status"] {
        let mut search = Search::default();
        for end in 1..=typed.len() {
            let first = Instant::now();
            loop {
                let frame = Instant::now();
                let done = app.search(&mut search, &typed[..end], true, Duration::from_millis(4));
                frames.push(frame.elapsed());
                if done {
                    break;
                }
                std::thread::yield_now();
            }
            letters.push(first.elapsed());
        }
    }
    say("palette, a frame while typing", frames);
    say("palette, a letter until its hits", letters);
    for name in ["google.protobuf.Timestamp", "google.pubsub.v1.Topic"] {
        let schema = app.schemas.iter().find_map(|open| open.schema.clone()).ok_or("no schema")?;
        say(&format!("uses of {name}: {}", schema.used_by(name).len()), time(20, || schema.used_by(name)));
    }
    Ok(())
}

/// Opens a method of each of 200 services, one after the other, as clicks in the tree do.
fn browse(app: &mut App) -> Result<(), Box<dyn std::error::Error>> {
    let Some((id, schema)) = app.schemas.iter().find_map(|open| Some((open.id, Arc::clone(open.schema.as_ref()?))))
    else {
        return Err("the tree is not open".into());
    };
    let mut opened = Vec::new();
    let step = (schema.services.len() / 200).max(1);
    for (service, listed) in schema.services.iter().enumerate().step_by(step).take(200) {
        if listed.methods.is_empty() {
            continue;
        }
        let start = Instant::now();
        app.apply(Action::OpenMethod { schema: id, service, method: 0 });
        loop {
            app.poll();
            match app.tab().map(|tab| &tab.method) {
                Some(MethodState::Ready(_) | MethodState::Failed(_)) => break,
                _ if start.elapsed() > Duration::from_mins(1) => {
                    return Err("a method was not ready in a minute".into());
                }
                _ => std::thread::yield_now(),
            }
        }
        opened.push(start.elapsed());
    }
    say("a method opened in the app", opened);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the report")]
fn say_memory(what: &str) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or("unknown");
    println!("{:>35}  anonymous memory, {what}", line.trim());
}

fn time<T>(runs: usize, work: impl Fn() -> T) -> Vec<Duration> {
    let one = |_| {
        let start = Instant::now();
        let made = work();
        let took = start.elapsed();
        drop(made);
        took
    };
    (0..runs).map(one).collect()
}

fn say(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: usize| {
        let index = (times.len() * share / 100).min(times.len().saturating_sub(1));
        times.get(index).copied().unwrap_or_default().as_secs_f64() * 1_000.0
    };
    #[expect(clippy::print_stdout, reason = "the report")]
    {
        println!("{:8.2} {:8.2} {:8.2} {:8.2}  {what}", at(0), at(50), at(99), at(100));
    }
}
