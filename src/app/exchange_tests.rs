//! Messages out and in, without a window: to the clipboard, into files, from files.

use std::time::{Duration, Instant};

use super::exchange::ImportDialog;
use super::tests::{first_start, open, wait};
use super::*;
use crate::collection::Written;
use crate::message::AnyTypes;

const LIMIT: Duration = Duration::from_secs(20);

fn with_message(text: &str) -> (tempfile::TempDir, App) {
    let (folder, mut app) = first_start();
    open(&mut app, "KitchenSink/Echo");
    app.tab_mut().unwrap().draft.messages = vec![text.to_owned()];
    app.poll();
    (folder, app)
}

#[track_caller]
fn copied(app: &mut App, command: Command) -> String {
    app.apply(command.into());
    wait(app, |app| app.copied.is_some() || app.notice.is_some());
    app.take_copied().unwrap_or_else(|| format!("told: {}", app.notice.take().unwrap().message))
}

#[test]
fn a_message_is_copied_in_every_form() {
    let (_folder, mut app) = with_message("{\n  \"choiceNumber\": \"{{none}}\"\n}");
    assert_eq!(copied(&mut app, Command::CopyMessageJson), "{\"choiceNumber\": \"{{none}}\"}", "as it was typed");
    let told = copied(&mut app, Command::CopyMessageHex);
    assert!(told.starts_with("told: Not copied: ") && told.contains("none"), "{told}");

    app.tab_mut().unwrap().draft.messages = vec!["{\"choiceNumber\": 7}".to_owned()];
    assert_eq!(copied(&mut app, Command::CopyMessageText), "choice_number: 7\n");
    assert_eq!(copied(&mut app, Command::CopyMessageHex), "50 07");
    assert_eq!(copied(&mut app, Command::CopyMessageBase64), "UAc=");
}

#[test]
fn a_message_is_saved_as_a_whole_or_not_at_all() {
    let (folder, mut app) = with_message("{}");
    let descriptor = app.tab().unwrap().ready().unwrap().descriptor.input();
    let outgoing = |format| {
        let (bytes, descriptor) = (bytes::Bytes::from_static(b"\x50\x07"), descriptor.clone());
        Box::new(exchange::Outgoing { bytes, descriptor, format, written: Written::default(), types: AnyTypes::NONE })
    };
    let path = folder.path().join("a.txtpb");
    let (text, binary) = (outgoing(Format::Text), outgoing(Format::Binary));
    app.apply(Action::SaveOut(text, path.clone()));
    wait(&mut app, |app| app.notice.is_some());
    assert!(!app.notice.take().unwrap().is_error);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "choice_number: 7\n");

    // A folder stands where the file should.
    app.apply(Action::SaveOut(binary, folder.path().to_owned()));
    wait(&mut app, |app| app.notice.is_some());
    let notice = app.notice.take().unwrap();
    assert!(notice.is_error && notice.message.starts_with("Not saved: "), "{notice:?}");
}

/// What a file of that name and content comes to.
#[track_caller]
fn from_file(app: &App, dialog: &mut ImportDialog, name: &str, content: &[u8]) -> exchange::Answer {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    dialog.take_file(&app.engine, path);
    let begun = Instant::now();
    loop {
        if let Some(answer) = dialog.answer(&app.engine) {
            return answer.clone();
        }
        assert!(begun.elapsed() < LIMIT, "waited in vain");
        #[expect(clippy::disallowed_methods, reason = "between two looks at a condition, which has a limit")]
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_message_comes_from_a_file_by_its_name_or_content() {
    let (_folder, mut app) = with_message("{\"choiceText\": \"before\"}");
    app.apply(Command::ImportMessage.into());
    let Some(Overlay::ImportMessage(mut dialog)) = app.overlay.take() else { panic!("no dialog") };
    assert!(dialog.is_empty());
    for (name, content, format) in [
        ("a.json", &b"{\"choiceNumber\": \"7\"}"[..], Format::Json),
        ("a.txtpb", b"choice_number: 7", Format::Text),
        ("a.dat", b"choice_number: 7", Format::Text),
        ("a.binpb", b"\x50\x07", Format::Binary),
        ("a", b"\x50\x07", Format::Binary),
        ("a.hex", b"50 07", Format::Hex),
        ("a.txt", b"UAc=", Format::Base64),
    ] {
        let incoming = from_file(&app, &mut dialog, name, content).unwrap();
        assert_eq!((incoming.format, incoming.json.as_str()), (format, "{\n  \"choiceNumber\": \"7\"\n}"), "{name}");
    }
    let problems = from_file(&app, &mut dialog, "a.json", b"{\n  \"choiceNumber\": true }").unwrap_err();
    assert!(problems[0].starts_with("line 2, column 19: choiceNumber: "), "{problems:?}");
    assert!(dialog.take().is_none(), "what is wrong is not taken");

    from_file(&app, &mut dialog, "a.hex", b"50 07").unwrap();
    app.apply(Action::Import(dialog.take().unwrap()));
    assert_eq!(app.tab().unwrap().draft.messages[0], "{\n  \"choiceNumber\": \"7\"\n}");
    app.apply(Command::Undo.into());
    assert_eq!(app.tab().unwrap().draft.messages[0], "{\"choiceText\": \"before\"}", "it can be undone");
}
