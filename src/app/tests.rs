//! The state of the program without a window: what actions do to tabs, palette and session.

use std::time::{Duration, Instant};

use super::palette::What;
use super::*;

const LIMIT: Duration = Duration::from_secs(20);

/// A program at its first start, with the demo collection open and the first request ready.
fn first_start() -> (tempfile::TempDir, App) {
    let folder = tempfile::tempdir().unwrap();
    let app = start(&folder);
    (folder, app)
}

fn start(folder: &tempfile::TempDir) -> App {
    let dirs = Dirs { config: folder.path().join("config"), data: folder.path().join("data") };
    let mut app = App::new(Engine::new(|| {}).unwrap(), dirs, Vec::new());
    wait(&mut app, |app| app.demo_address().is_some() && app.tab().is_some_and(|tab| tab.ready().is_some()));
    app
}

#[track_caller]
fn wait(app: &mut App, reached: impl Fn(&App) -> bool) {
    let begun = Instant::now();
    loop {
        app.poll();
        if reached(app) {
            return;
        }
        assert!(begun.elapsed() < LIMIT, "waited in vain");
        #[expect(clippy::disallowed_methods, reason = "between two looks at a condition, which has a limit")]
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn titles(app: &App) -> Vec<String> {
    app.tabs.iter().map(Tab::title).collect()
}

fn open(app: &mut App, method: &str) {
    let hit = app.find(method, true).into_iter().next().unwrap();
    app.apply(hit.what.action());
    wait(app, |app| app.tab().is_some_and(|tab| tab.ready().is_some()));
}

#[test]
fn closed_tabs_come_back_in_turn_with_what_was_typed() {
    let (_folder, mut app) = first_start();
    open(&mut app, "KitchenSink/Ticker");
    open(&mut app, "KitchenSink/Chat");
    assert_eq!(titles(&app), ["Say hello", "Ticker", "Chat"]);
    app.tab_mut().unwrap().draft.messages[0] = "{ half".to_owned();
    app.apply(Command::CloseTab.into());
    assert_eq!(app.tab().map(Tab::title).as_deref(), Some("Ticker"), "the one at the left where there is none right");
    app.apply(Command::CloseTab.into());
    app.apply(Command::ReopenTab.into());
    assert_eq!(titles(&app), ["Say hello", "Ticker"]);
    app.apply(Command::ReopenTab.into());
    assert_eq!(app.tab().unwrap().draft.messages, ["{ half"]);
    app.apply(Command::ReopenTab.into());
    assert_eq!(titles(&app), ["Say hello", "Ticker", "Chat"], "there is nothing more to reopen");
}

#[test]
fn a_closed_tab_cancels_its_call() {
    let (_folder, mut app) = first_start();
    open(&mut app, "KitchenSink/Ticker");
    app.tab_mut().unwrap().draft.messages = vec!["{ \"interval\": \"0.01s\" }".to_owned()];
    app.apply(Command::Send.into());
    wait(&mut app, |app| app.tab().unwrap().run.as_ref().is_some_and(|run| run.log.received > 0));
    assert!(app.is_waiting());
    app.apply(Command::CloseTab.into());
    assert!(!app.is_waiting());
    app.apply(Command::ReopenTab.into());
    assert!(app.tab().unwrap().run.is_none());
}

#[test]
fn commands_without_a_tab_do_nothing() {
    let (_folder, mut app) = first_start();
    app.apply(Command::CloseTab.into());
    assert!(app.tab().is_none());
    for command in Command::ALL {
        if !matches!(command, Command::NewTab | Command::ReopenTab) {
            app.apply(command.into());
            app.poll();
        }
        assert!(app.tabs.is_empty(), "{command:?}");
    }
}

#[test]
fn an_empty_tab_gives_its_place_away() {
    let (_folder, mut app) = first_start();
    app.apply(Command::NewTab.into());
    app.poll();
    open(&mut app, "KitchenSink/Ticker");
    assert_eq!(titles(&app), ["Say hello", "Ticker"]);
    open(&mut app, "KitchenSink/Ticker");
    assert_eq!(titles(&app), ["Say hello", "Ticker"], "a method that is open already is shown");
}

#[test]
fn the_palette_finds_methods_requests_and_commands() {
    let (_folder, app) = first_start();
    let best = |query: &str, symbols_only| app.find(query, symbols_only).into_iter().next();
    let hit = best("hello.Hello/SayHello", false).unwrap();
    assert_eq!((hit.label.as_str(), hit.marked.len()), ("Hello/SayHello", 14));
    assert!(matches!(hit.what, What::Method { kind: crate::schema::Kind::Unary, .. }));
    let hit = best("sink ticker", false).unwrap();
    assert!(matches!(hit.what, What::Request(_) | What::Method { .. }), "{hit:?}");
    let hit = best(app.text.get("command-new-tab"), false).unwrap();
    assert!(matches!(hit.what, What::Command(Command::NewTab)), "{hit:?}");
    assert!(app.find("", true).iter().all(|hit| matches!(hit.what, What::Method { .. })));
    assert!(best("qqqqqq", false).is_none());
}

#[test]
fn a_session_brings_back_tabs_and_drafts() {
    let (folder, mut app) = first_start();
    open(&mut app, "KitchenSink/Ticker");
    app.tab_mut().unwrap().draft.messages = vec!["{ half".to_owned()];
    app.apply(Action::UseEnvironment(Some("local".to_owned())));
    app.store_session(true);
    drop(app);
    let app = start(&folder);
    assert_eq!(titles(&app), ["Say hello", "Ticker"]);
    assert_eq!(app.tab().unwrap().draft.messages, ["{ half"]);
    assert_eq!(app.environment, "local");
    assert!(!app.tabs[0].is_dirty());
}
