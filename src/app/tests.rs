//! The state of the program without a window: what actions do to tabs, palette and session.

use std::time::{Duration, Instant};

use super::offered::Meant;
use super::palette::What;
use super::*;
use crate::schema;

const LIMIT: Duration = Duration::from_secs(20);

/// A program at its first start, with the demo collection open and the first request ready.
pub(super) fn first_start() -> (tempfile::TempDir, App) {
    let folder = tempfile::tempdir().unwrap();
    let app = start(&folder);
    (folder, app)
}

pub(super) fn start(folder: &tempfile::TempDir) -> App {
    let dirs = Dirs { config: folder.path().join("config"), data: folder.path().join("data") };
    let mut app = App::new(Engine::new(|| {}).unwrap(), dirs, Vec::new());
    wait(&mut app, |app| app.demo_address().is_some() && app.tab().is_some_and(|tab| tab.ready().is_some()));
    app
}

#[track_caller]
pub(super) fn wait(app: &mut App, reached: impl Fn(&App) -> bool) {
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

pub(super) fn open(app: &mut App, method: &str) {
    let hit = app.find(method, true).into_iter().next().unwrap();
    app.apply(hit.what.action());
    wait(app, |app| app.tab().is_some_and(|tab| tab.ready().is_some()));
}

#[test]
fn a_duplicate_of_a_saved_request_can_be_sent() {
    let (_folder, mut app) = first_start();
    assert_eq!(app.tab().unwrap().draft.target, "", "the collection says it");
    app.apply(Command::DuplicateTab.into());
    let demo = app.demo_address().unwrap().to_string();
    assert_eq!(app.tab().unwrap().draft.target, demo);
    assert!(app.tab().unwrap().saved.is_none());
}

#[test]
fn closed_tabs_come_back_in_turn_with_what_was_typed() {
    let (_folder, mut app) = first_start();
    open(&mut app, "KitchenSink/Chat");
    assert_eq!(titles(&app), ["Say hello", "Chat"]);
    open(&mut app, "KitchenSink/Ticker");
    assert_eq!(titles(&app), ["Say hello", "Ticker"], "what was only looked at makes room");
    app.tab_mut().unwrap().draft.messages[0] = "{ \"count\": 3 }".to_owned();
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

fn reflect(app: &mut App, target: &str) -> SchemaId {
    app.apply(Action::Reflect(Box::new(Draft { target: target.to_owned(), ..Draft::default() })));
    app.schemas.iter().find(|open| open.label() == target).unwrap().id
}

fn of(app: &App, id: SchemaId) -> &OpenSchema {
    app.schemas.iter().find(|open| open.id == id).unwrap()
}

#[test]
fn a_server_is_asked_again_only_when_that_is_wanted_and_what_it_said_stays() {
    let (_folder, mut app) = first_start();
    let other = Engine::new(|| {}).unwrap();
    let demo = other.block_on(demo::start(demo::Port::Exactly(0))).unwrap();
    let target = demo.address.to_string();
    let id = reflect(&mut app, &target);
    assert!(of(&app, id).is_loading());
    assert_eq!(reflect(&mut app, &target), id);
    wait(&mut app, |app| !of(app, id).is_loading());
    let services = of(&app, id).schema.as_ref().unwrap().services.len();
    assert!(services > 3 && of(&app, id).problems().count() == 0);
    // The same question: the answer is there.
    assert_eq!(reflect(&mut app, &target), id);
    assert!(!of(&app, id).is_loading());
    assert!(app.notice.as_ref().is_some_and(|notice| !notice.is_error && notice.message.contains(&target)));
    app.apply(Action::ReloadSchema(id));
    assert!(of(&app, id).is_loading());
    wait(&mut app, |app| !of(app, id).is_loading());
    // Other metadata may get another answer.
    let metadata = vec![crate::request::MetadataRow { name: "x".into(), value: "y".into(), ..Default::default() }];
    let draft = Draft { target: target.clone(), metadata, ..Draft::default() };
    app.apply(Action::Reflect(Box::new(draft)));
    assert!(of(&app, id).is_loading());
    wait(&mut app, |app| !of(app, id).is_loading());
    // The server is gone: the failure is told, and the old answer is still there.
    drop((demo, other));
    app.apply(Action::ReloadSchema(id));
    wait(&mut app, |app| !of(app, id).is_loading());
    assert!(matches!(of(&app, id).state, schemas::SchemaState::ReflectionFailed(_)), "{:?}", of(&app, id).state);
    assert_eq!(of(&app, id).schema.as_ref().map(|schema| schema.services.len()), Some(services));
    // Asked once more after a failure it is asked indeed.
    reflect(&mut app, &target);
    assert!(of(&app, id).is_loading());
}

#[test]
fn reading_a_schema_can_be_stopped() {
    let (_folder, mut app) = first_start();
    // Takes connections and says nothing.
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let id = reflect(&mut app, &mute.local_addr().unwrap().to_string());
    assert!(app.is_waiting() && of(&app, id).described().is_none());
    app.apply(Action::CancelReading(id));
    app.poll();
    assert!(!app.is_waiting() && app.schemas.iter().all(|open| open.id != id), "what never answered is not open");
}

#[test]
fn a_schema_is_saved_as_files() {
    let (folder, mut app) = first_start();
    let target = app.demo_address().unwrap().to_string();
    let id = reflect(&mut app, &target);
    wait(&mut app, |app| !of(app, id).is_loading());
    let out = folder.path().join("out");
    for (form, path, wanted) in [
        (SchemaForm::Protos, out.clone(), out.join("hello.proto")),
        (SchemaForm::DescriptorSet, folder.path().join("all.pb"), folder.path().join("all.pb")),
    ] {
        app.apply(Action::AskSaveSchema(id, form));
        let Some(Overlay::SaveSchema(mut dialog)) = app.overlay.take() else { panic!("{:?}", app.overlay) };
        assert_eq!(dialog.schema, id);
        dialog.path = path.display().to_string();
        app.apply(Action::SaveSchema(dialog.clone()));
        wait(&mut app, |app| app.notice.is_some());
        let notice = app.notice.take().unwrap();
        assert!(!notice.is_error && wanted.is_file(), "{notice:?}");
        // What differs stays, and is told.
        std::fs::write(&wanted, "mine").unwrap();
        app.apply(Action::SaveSchema(dialog));
        wait(&mut app, |app| app.notice.is_some());
        let notice = app.notice.take().unwrap();
        assert!(notice.is_error && notice.message.contains(&wanted.display().to_string()), "{notice:?}");
        assert_eq!(std::fs::read_to_string(&wanted).unwrap(), "mine");
    }
    app.apply(Command::SaveProtos.into());
    assert!(matches!(app.overlay, Some(Overlay::SaveSchema(_))));
}

/// A schema whose reading never ends by itself.
fn read_for_ever(app: &mut App, is_new: bool) -> (SchemaId, schema::Progress, std::sync::mpsc::Sender<()>) {
    let (alive, gone) = std::sync::mpsc::channel::<()>();
    let id = SchemaId(app.new_id());
    let progress = schema::Progress::default();
    let job = app.engine.blocking(move || {
        assert!(gone.recv().is_err(), "nothing is ever sent");
        Err(schema::Problem::from_message("ended"))
    });
    app.schemas.push(OpenSchema {
        id,
        source: schema::Source::DescriptorSet { path: PathBuf::from("x.binpb") },
        asked: None,
        schema: None,
        state: schemas::SchemaState::Reading(job),
        progress: progress.clone(),
        check: schemas::Checking::Not,
        is_new,
        watch: schemas::Watching::Off,
        of_collection: false,
    });
    (id, progress, alive)
}

#[test]
fn reading_that_is_cancelled_leaves_what_was_there_before() {
    let (_folder, mut app) = first_start();
    let before = app.schemas.len();
    let (id, progress, _alive) = read_for_ever(&mut app, true);
    assert!(app.is_waiting());
    app.apply(Action::CancelReading(id));
    assert!(progress.is_cancelled() && !app.is_waiting());
    assert_eq!(app.schemas.len(), before, "what was not open is not open");

    let (id, _, _alive) = read_for_ever(&mut app, false);
    app.apply(Action::CancelReading(id));
    let open = app.schemas.iter().find(|open| open.id == id).unwrap();
    assert!(matches!(open.state, schemas::SchemaState::Cancelled), "what was restored stays, unread");

    let index = app.schemas.iter().position(|open| open.schema.is_some()).unwrap();
    let (id, answer) = (app.schemas[index].id, app.schemas[index].schema.clone().unwrap());
    let (_, _, _alive) = read_for_ever(&mut app, false);
    app.schemas[index].state = app.schemas.pop().unwrap().state;
    app.apply(Action::CancelReading(id));
    let open = &app.schemas[index];
    assert!(Arc::ptr_eq(open.schema.as_ref().unwrap(), &answer) && matches!(open.state, schemas::SchemaState::Ready));
}

#[test]
fn of_two_services_of_the_same_name_the_one_that_was_chosen_is_taken() {
    let (folder, mut app) = first_start();
    let protos = folder.path().join("twins");
    std::fs::create_dir_all(&protos).unwrap();
    for (name, field) in [("a.proto", "one"), ("b.proto", "two")] {
        let text = format!(
            "syntax = \"proto3\"; package t; service S {{ rpc Do(M) returns (M); }} message M {{ int32 {field} = 1; }}"
        );
        std::fs::write(protos.join(name), text).unwrap();
    }
    app.apply(Action::OpenPaths(vec![protos]));
    wait(&mut app, |app| app.schemas.iter().any(|open| open.label() == "twins" && open.schema.is_some()));
    let schema = app.schemas.iter().find(|open| open.label() == "twins").unwrap().id;
    let field = |app: &App| {
        let ready = app.tab().unwrap().ready().unwrap();
        ready.descriptor.input().fields().next().unwrap().name().to_owned()
    };
    for (service, expected) in [(1, "two"), (0, "one"), (1, "two")] {
        app.apply(Action::OpenMethod { schema, service, method: 0 });
        wait(&mut app, |app| app.tab().is_some_and(|tab| tab.ready().is_some()));
        assert_eq!(field(&app), expected);
        app.tab_mut().unwrap().draft.timeout = "5s".to_owned();
    }
    assert_eq!(app.tabs.iter().filter(|tab| tab.draft.method == "t.S/Do").count(), 2);

    // Read again, and at the next start, it is still that one.
    app.apply(Action::ReloadSchema(schema));
    wait(&mut app, |app| !app.is_waiting() && matches!(app.tab().unwrap().method, tab::MethodState::Ready(_)));
    assert_eq!(field(&app), "two");
    app.store_session(true);
    drop(app);
    let app = start(&folder);
    assert_eq!(field(&app), "two");
}

/// A program whose first request is edited by another program, and the file that it is given.
fn edited_outside(text: &str) -> (tempfile::TempDir, App, outside::Which, PathBuf) {
    let (folder, mut app) = first_start();
    // A program that does nothing: what it would do is done here.
    app.opener = outside::Opener::Program("true".to_owned());
    text.clone_into(&mut app.tab_mut().unwrap().draft.messages[0]);
    app.apply(Command::EditOutside.into());
    let which = outside::Which { tab: app.active, message: 0 };
    wait(&mut app, |app| app.outside_of(which).is_some_and(outside::Outside::is_watched));
    let path = app.outside_of(which).unwrap().path.clone().unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    (folder, app, which, path)
}

fn message(app: &App) -> &str {
    &app.tab().unwrap().draft.messages[0]
}

#[test]
fn what_another_program_saves_becomes_the_message() {
    let (_folder, mut app, which, path) = edited_outside("{ \"name\": \"Ada\" }");
    std::fs::write(&path, "{ \"name\": \"Bob\" }").unwrap();
    wait(&mut app, |app| message(app) == "{ \"name\": \"Bob\" }");
    // What is saved just before the end counts too.
    std::fs::write(&path, "{ \"name\": \"Cleo\" }").unwrap();
    app.apply(Action::StopOutside(which));
    wait(&mut app, |app| app.outside_of(which).is_none());
    assert_eq!(message(&app), "{ \"name\": \"Cleo\" }");
    assert!(!path.exists(), "the file goes with it");
}

#[test]
fn what_was_typed_meanwhile_is_not_lost_to_the_file() {
    let (_folder, mut app, which, path) = edited_outside("{}");
    "{ \"age\": 7 }".clone_into(&mut app.tab_mut().unwrap().draft.messages[0]);
    std::fs::write(&path, "{ \"age\": 8 }").unwrap();
    wait(&mut app, |app| app.outside_of(which).is_some_and(|outside| outside.conflict.is_some()));
    assert_eq!(message(&app), "{ \"age\": 7 }");
    app.apply(Action::SettleOutside { which, take_file: false });
    assert_eq!(message(&app), "{ \"age\": 7 }");
    std::fs::write(&path, "{ \"age\": 9 }").unwrap();
    wait(&mut app, |app| app.outside_of(which).is_some_and(|outside| outside.conflict.is_some()));
    app.apply(Action::SettleOutside { which, take_file: true });
    assert_eq!(message(&app), "{ \"age\": 9 }");
}

#[test]
fn a_message_is_loaded_and_saved() {
    let (folder, mut app) = first_start();
    let which = outside::Which { tab: app.active, message: 0 };
    app.apply(Command::LoadMessage.into());
    assert_eq!(app.wish.take(), Some(outside::Wish::Load(which)));
    let path = folder.path().join("message.json");
    std::fs::write(&path, "{ \"age\": }").unwrap();
    let before = message(&app).to_owned();
    app.apply(Action::LoadMessage(which, path.clone()));
    wait(&mut app, |app| app.notice.is_some());
    assert!(app.notice.as_ref().unwrap().message.ends_with("line 1, column 10: expected a value, found `}`"));
    assert_eq!(message(&app), before);
    std::fs::write(&path, "{ \"age\": 5 }").unwrap();
    app.apply(Action::LoadMessage(which, path.clone()));
    wait(&mut app, |app| message(app) == "{ \"age\": 5 }");
    app.apply(Action::SaveMessage(which, folder.path().join("other.json")));
    wait(&mut app, |app| app.notice.as_ref().is_some_and(|notice| !notice.is_error));
    assert_eq!(std::fs::read_to_string(folder.path().join("other.json")).unwrap(), "{ \"age\": 5 }");
}

#[test]
fn a_method_that_the_server_does_not_have_leads_to_the_one_that_was_meant() {
    let (folder, mut app) = first_start();
    let old = folder.path().join("old.proto");
    let proto = "syntax = \"proto3\"; package helloworld; message M { string name = 1; } \
                 service Greeters { rpc SayHello(M) returns (M); }";
    std::fs::write(&old, proto).unwrap();
    app.open_paths(vec![old]);
    let find = |app: &App| {
        app.schemas.iter().find_map(|open| {
            let service = open.schema.as_ref()?.services.iter().find(|one| one.full_name == "helloworld.Greeters")?;
            Some((open.id, service.file.clone()))
        })
    };
    wait(&mut app, |app| find(app).is_some());
    let (schema, file) = find(&app).unwrap();
    app.apply(Action::ChooseMethod { schema, method: "helloworld.Greeters/SayHello".to_owned(), file });
    wait(&mut app, |app| app.tab().is_some_and(|tab| tab.ready().is_some()));
    let demo = app.demo_address().unwrap().to_string();
    app.tab_mut().unwrap().draft.target = format!("grpc://{demo}");
    app.apply(Command::Send.into());
    wait(&mut app, |app| app.meant().is_some());
    let run = app.tab().unwrap().run.as_ref().unwrap();
    assert_eq!(run.offered().unwrap().meant.as_deref(), Some("helloworld.Greeter"));
    let Meant { schema, method, file } = app.meant().unwrap();
    assert_eq!(method, "helloworld.Greeter/SayHello");
    app.apply(Action::ChooseMethod { schema, method, file });
    wait(&mut app, |app| app.tab().is_some_and(|tab| tab.ready().is_some()));
    app.apply(Command::Send.into());
    wait(&mut app, |app| {
        let outcome = app.tab().and_then(|tab| tab.run.as_ref()?.log.outcome.as_ref());
        outcome.is_some_and(|outcome| outcome.status.code == 0)
    });
}
