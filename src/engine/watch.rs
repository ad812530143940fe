//! Telling when files change on the disk, by another program: editors write in several steps, so that what comes within
//! a moment counts as one change.
//!
//! Must not know: what the files hold.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::runtime::Handle;

use super::Wake;

/// Changes within this time are told as one.
const SETTLE: Duration = Duration::from_millis(300);

/// Tells when files below some paths change. Dropping it ends the watching.
#[derive(Debug)]
pub struct Watch {
    changed: Arc<AtomicBool>,
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// Begins to watch files, and folders with all that is in them. Blocking: a large tree takes a while. A path that
    /// cannot be watched is left out: what it holds can still be read again by hand.
    ///
    /// # Errors
    ///
    /// When the system watches nothing at all.
    pub(super) fn begin(runtime: Handle, wake: Wake, paths: &[PathBuf]) -> Result<Self, String> {
        let changed = Arc::new(AtomicBool::new(false));
        let pending = Arc::new(AtomicBool::new(false));
        let on_event = {
            let changed = Arc::clone(&changed);
            move |event: notify::Result<Event>| {
                if !event.is_ok_and(|event| counts(&event)) || pending.swap(true, Ordering::AcqRel) {
                    return;
                }
                let (changed, pending, wake) = (Arc::clone(&changed), Arc::clone(&pending), Arc::clone(&wake));
                runtime.spawn(async move {
                    tokio::time::sleep(SETTLE).await;
                    // In this order: an event from here on begins another wait.
                    pending.store(false, Ordering::Release);
                    changed.store(true, Ordering::Release);
                    wake();
                });
            }
        };
        let mut watcher = notify::recommended_watcher(on_event).map_err(|error| error.to_string())?;
        let mut failed = None;
        let mut any = false;
        for path in paths {
            match watcher.watch(path, RecursiveMode::Recursive) {
                Ok(()) => any = true,
                Err(error) => failed = Some(error.to_string()),
            }
        }
        match failed {
            Some(error) if !any => Err(error),
            _ => Ok(Self { changed, _watcher: watcher }),
        }
    }

    /// Whether something has changed since this was asked last.
    #[must_use]
    pub fn take_change(&self) -> bool {
        self.changed.swap(false, Ordering::AcqRel)
    }
}

/// Only what changes the content of a file that we read; to read one is itself an event on some systems.
fn counts(event: &Event) -> bool {
    let changes = matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_));
    changes && event.paths.iter().any(|path| is_ours(path))
}

fn is_ours(path: &Path) -> bool {
    // A folder that comes or goes brings its files along; temporary files of editors have odd endings.
    path.extension().is_none_or(|extension| {
        ["proto", "json", "binpb", "pb", "protoset", "desc", "yaml"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Instant;

    use crate::engine::Engine;

    #[test]
    fn a_change_is_told_once_and_wakes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.proto");
        fs::write(&file, "").unwrap();
        let (sender, woken) = std::sync::mpsc::channel();
        // When the test is over nobody listens any more.
        let engine = Engine::new(move || sender.send(()).unwrap_or_default()).unwrap();
        let watch = engine.block_on(engine.watch(vec![folder.path().to_owned()]).wait()).unwrap().unwrap();
        woken.recv_timeout(super::SETTLE * 20).unwrap();
        assert!(!watch.take_change());
        // Reading is no change; an odd file is none of ours.
        assert_eq!(fs::read_to_string(&file).unwrap(), "");
        fs::write(folder.path().join("a.proto~"), "x").unwrap();
        for text in ["syntax", "syntax = \"proto3\";"] {
            fs::write(&file, text).unwrap();
        }
        let begun = Instant::now();
        while !watch.take_change() {
            assert!(begun.elapsed() < super::SETTLE * 40, "no change was told");
            // The wake may be for this change or a late one for the job; the condition is what counts.
            woken.recv_timeout(super::SETTLE * 40).unwrap_or_default();
        }
        assert!(!watch.take_change());
    }

    #[test]
    fn what_is_not_there_cannot_be_watched() {
        let engine = Engine::new(|| {}).unwrap();
        let missing = tempfile::tempdir().unwrap().path().join("nowhere");
        assert!(engine.block_on(engine.watch(vec![missing]).wait()).unwrap().is_err());
    }
}
