//! The two views of a message: nothing is lost between them, and everything can be undone.

use super::*;
use crate::message::form::{FieldForm, Item, ValueForm};
use crate::schema;

fn draft(messages: &[&str]) -> Draft {
    Draft { messages: messages.iter().map(|&text| text.to_owned()).collect(), ..Draft::default() }
}

fn message(name: &str) -> MessageDescriptor {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"
        syntax = "proto3";
        import "google/protobuf/timestamp.proto";
        import "google/protobuf/duration.proto";
        import "google/protobuf/struct.proto";
        message Hello { string name = 1; int32 age = 2; }
        enum Color { RED = 0; BLUE = 1; }
        message All {
            bool flag = 1; int32 number = 2; int64 big = 3; double real = 4; bytes raw = 5; Color color = 6;
            string text = 7; optional string maybe = 8; optional int32 count = 9; Hello one = 10;
            repeated int32 numbers = 11; repeated Hello many = 12; map<string, int64> stock = 13;
            map<int32, All> deep = 14; google.protobuf.Timestamp at = 15; google.protobuf.Duration span = 16;
            google.protobuf.Value any = 17; repeated All all = 22;
            oneof pick { string word = 18; int32 digit = 19; Hello friend = 20; All nested = 21; }
        }
        service S { rpc Say(Hello) returns (All); }
    "#;
    std::fs::write(folder.path().join("hello.proto"), text).unwrap();
    let source = schema::Source::Protos { paths: vec![folder.path().to_owned()], import_paths: Vec::new() };
    let schema = schema::Schema::load(&source).unwrap();
    let types = schema.types("S", &schema.services[0].file).unwrap();
    types.pool().get_message_by_name(name).unwrap()
}

fn hello() -> MessageDescriptor {
    message("Hello")
}

fn field<'f>(form: &'f mut MessageForm, name: &str) -> &'f mut FieldForm {
    let fields = form.items.iter_mut().flat_map(|item| match item {
        Item::Field(field) => std::slice::from_mut(field),
        Item::Oneof(oneof) => oneof.arms.as_mut_slice(),
    });
    fields.into_iter().find(|field| field.descriptor.name() == name).unwrap()
}

fn set(value: &mut ValueForm, text: &str) {
    let ValueForm::Scalar(scalar) = value else { panic!("{value:?}") };
    text.clone_into(&mut scalar.text);
    scalar.check();
}

fn text_of(value: &ValueForm) -> &str {
    let ValueForm::Scalar(scalar) = value else { panic!("{value:?}") };
    &scalar.text
}

fn choose(form: &mut MessageForm, arm: Option<usize>) {
    let oneofs = form.items.iter_mut().filter_map(|item| match item {
        Item::Oneof(oneof) => Some(oneof),
        Item::Field(_) => None,
    });
    oneofs.for_each(|oneof| oneof.choose(arm));
}

/// A message with its draft, as a tab has them.
struct Bench {
    composer: Composer,
    draft: Draft,
    descriptor: MessageDescriptor,
    engine: Engine,
}

impl Bench {
    fn new(name: &str, text: &str) -> Self {
        let (composer, draft) = (Composer::default(), draft(&[text]));
        let mut bench = Self { composer, draft, descriptor: message(name), engine: Engine::new(|| {}).unwrap() };
        bench.wait();
        bench
    }

    /// Until all that goes on in the background is done.
    #[track_caller]
    fn wait(&mut self) {
        let begun = Instant::now();
        loop {
            self.composer.refresh(&mut self.draft, Some(&self.descriptor));
            self.composer.poll(&self.engine, &mut self.draft);
            if !self.composer.is_reading() && !self.composer.is_ahead() {
                break;
            }
            assert!(begun.elapsed().as_secs() < 30, "the background is at work for ever");
            std::thread::yield_now();
        }
    }

    fn edit(&mut self, edit: impl FnOnce(&mut MessageForm)) {
        edit(self.composer.form.as_mut().unwrap());
        self.composer.write_back(&mut self.draft);
    }

    #[track_caller]
    fn write(&mut self, text: &str) {
        text.clone_into(&mut self.draft.messages[0]);
        self.wait();
    }

    fn text(&self) -> &str {
        &self.draft.messages[0]
    }

    fn form(&self) -> &MessageForm {
        self.composer.form.as_ref().unwrap()
    }

    #[track_caller]
    fn undo(&mut self) {
        assert!(self.composer.undo(&mut self.draft), "there is nothing to undo");
        self.wait();
    }

    #[track_caller]
    fn redo(&mut self) {
        assert!(self.composer.redo(&mut self.draft), "there is nothing to redo");
        self.wait();
    }
}

/// Every text, in every kind of field, and whether a field is there at all, comes back from the JSON.
#[test]
fn switching_views_loses_nothing() {
    for text in ["", "x", "1", "-1", "1.5", "1e400", "true", "\"", "{{v}}", "世界\n", "null", "[", "é\u{7f}", " 7 "]
    {
        let mut bench = Bench::new("All", "{}");
        bench.edit(|form| {
            for name in ["flag", "number", "big", "real", "raw", "color", "text", "maybe", "count", "at", "span"] {
                let field = field(form, name);
                field.set_present(true);
                set(&mut field.value, text);
            }
            let Item::Oneof(oneof) = form.items.iter_mut().find(|item| matches!(item, Item::Oneof(_))).unwrap() else {
                panic!()
            };
            oneof.choose(Some(1));
            set(&mut oneof.arms[1].value, text);
        });
        let (before, written) = (bench.form().clone(), bench.text().to_owned());
        // Another composer, which knows nothing but the text.
        let other = Bench::new("All", &written);
        assert_eq!(other.form().to_json(), before.to_json(), "{text:?}");
        let mut fresh = other.form().clone();
        for name in ["number", "big", "raw", "color", "text", "maybe", "count", "at", "span", "digit"] {
            let mut old = before.clone();
            let (old, new) = (field(&mut old, name), field(&mut fresh, name));
            // An empty text of a field without presence is the same as none.
            if old.is_set() {
                assert_eq!(text_of(&new.value), text_of(&old.value), "{name} {text:?}");
            }
            assert_eq!(new.present, old.present, "{name}");
        }
        assert_eq!(other.form().to_pretty(0), written);
    }
}

#[test]
fn absent_is_not_empty_and_order_and_doubles_stay() {
    let text = r#"{"maybe": "", "one": {}, "numbers": [3, "many", 1], "stock": {"z": "1", "a": "2", "z": "x"}}"#;
    let mut bench = Bench::new("All", text);
    assert_eq!(bench.form().to_json().to_line(), text);
    let mut form = bench.form().clone();
    assert!(field(&mut form, "maybe").present && !field(&mut form, "count").present);
    bench.edit(|form| set(&mut field(form, "text").value, "new"));
    let written = json::parse(bench.text()).unwrap().to_line();
    assert_eq!(written, text.replace(r#""maybe""#, r#""text": "new", "maybe""#));
}

#[test]
fn what_the_json_cannot_say_survives_it() {
    let mut bench = Bench::new("All", r#"{"maybe": "typed", "word": "hello", "many": [{"name": "a"}, {"name": "b"}]}"#);
    bench.edit(|form| field(form, "maybe").set_present(false));
    bench.edit(|form| choose(form, Some(1)));
    bench.edit(|form| set(&mut field(form, "digit").value, "seven"));
    // Nothing was edited there: the form is the very same.
    let before = bench.form().clone();
    bench.wait();
    assert_eq!(bench.form(), &before);
    // Edited, and no JSON for a while.
    bench.write("{\"digit\": 5, \"text\": \"ha");
    assert!(bench.composer.form.is_none() && bench.composer.syntax.is_some());
    bench.write("{\"digit\": 5, \"text\": \"half\"}");
    let mut form = bench.form().clone();
    assert_eq!(text_of(&field(&mut form, "word").value), "hello");
    assert_eq!(text_of(&field(&mut form, "maybe").value), "typed");
    assert!(!field(&mut form, "maybe").present);
    assert_eq!(form.to_json().to_line(), r#"{"text": "half", "digit": 5}"#, "and no text comes back by itself");
    bench.edit(|form| choose(form, Some(0)));
    assert_eq!(json::parse(bench.text()).unwrap().to_line(), r#"{"text": "half", "word": "hello"}"#);
    // Within elements too, wherever they stand now.
    bench.write(r#"{"all": [{"word": "x"}, {"word": "y"}]}"#);
    bench.edit(|form| {
        let ValueForm::Repeated(all) = &mut field(form, "all").value else { panic!() };
        choose(all.get_mut(1).unwrap().open().unwrap(), Some(1));
    });
    bench.write(r#"{"all": [{}, {"word": "x"}, {"digit": 0}]}"#);
    let mut form = bench.form().clone();
    let ValueForm::Repeated(all) = &mut field(&mut form, "all").value else { panic!() };
    assert_eq!(text_of(&field(all.get_mut(2).unwrap().open().unwrap(), "word").value), "y");
}

#[test]
fn what_the_json_cannot_say_survives_a_schema_that_is_read_again() {
    let mut bench = Bench::new("All", r#"{"maybe": "typed", "word": "hello", "one": {}}"#);
    bench.edit(|form| field(form, "maybe").set_present(false));
    bench.edit(|form| choose(form, Some(1)));
    let json = bench.text().to_owned();
    bench.descriptor = message("All");
    bench.wait();
    let mut form = bench.form().clone();
    assert_eq!(form.descriptor, bench.descriptor);
    assert_eq!(text_of(&field(&mut form, "word").value), "hello");
    assert_eq!(text_of(&field(&mut form, "maybe").value), "typed");
    assert_eq!(form.to_pretty(0), json);
}

#[test]
fn one_undo_serves_both_views() {
    let mut bench = Bench::new("All", "{\"text\":   \"a\"}");
    bench.edit(|form| set(&mut field(form, "text").value, "ab"));
    bench.composer.json = true;
    bench.write("{\"text\": \"abc\",\n \"number\": 1}");
    bench.composer.json = false;
    bench.edit(|form| choose(form, Some(0)));
    bench.edit(|form| set(&mut field(form, "word").value, "hello"));
    bench.edit(|form| choose(form, Some(1)));
    let last = bench.text().to_owned();
    bench.undo();
    let mut form = bench.form().clone();
    assert_eq!(text_of(&field(&mut form, "word").value), "hello");
    assert_eq!(text_of(&field(&mut form, "digit").value), "0", "what stands in the other arm is kept");
    bench.undo();
    bench.undo();
    assert_eq!(bench.text(), "{\"text\": \"abc\",\n \"number\": 1}");
    bench.undo();
    assert_eq!(bench.form().to_json().to_line(), r#"{"text": "ab"}"#);
    bench.undo();
    assert_eq!(bench.text(), "{\"text\":   \"a\"}");
    assert!(!bench.composer.can_undo() && !bench.composer.undo(&mut bench.draft));
    while bench.composer.can_redo() {
        bench.redo();
    }
    assert_eq!(bench.text(), last);
    assert_eq!(bench.form().to_json().to_line(), json::parse(&last).unwrap().to_line());
}

fn large(count: usize) -> String {
    let many: Vec<String> = (0..count).map(|number| format!("{{\"name\": \"name {number}\"}}")).collect();
    format!("{{\"many\": [{}], \"word\": \"w\"}}", many.join(", "))
}

#[test]
fn a_large_message_is_read_and_written_in_the_background() {
    let mut bench = Bench { composer: Composer::default(), draft: draft(&[&large(5_000)]), ..Bench::new("All", "{}") };
    bench.composer.refresh(&mut bench.draft, Some(&bench.descriptor));
    assert!(bench.composer.is_reading() && bench.composer.form.is_none());
    bench.wait();
    let read = bench.text().to_owned();
    let name = |form: &mut MessageForm, text: &str| {
        let ValueForm::Repeated(many) = &mut field(form, "many").value else { panic!() };
        set(&mut field(many.get_mut(4_321).unwrap().open().unwrap(), "name").value, text);
    };
    bench.edit(|form| name(form, "first"));
    assert!(bench.composer.is_ahead() && bench.text() == read);
    // Whoever needs the text has it at once.
    bench.composer.settle(&mut bench.draft);
    assert!(!bench.composer.is_ahead() && bench.text().contains("\"first\""));
    bench.edit(|form| name(form, "second"));
    bench.composer.poll(&bench.engine, &mut bench.draft);
    bench.edit(|form| choose(form, Some(1)));
    bench.wait();
    assert!(bench.text().contains("\"second\"") && bench.text().contains("\"digit\": 0"));
    bench.edit(|form| set(&mut field(form, "digit").value, "no number"));
    bench.wait();
    assert_eq!(bench.composer.problem_count(), 1);
    while bench.composer.can_undo() {
        bench.undo();
        assert_eq!(bench.form().to_json(), json::parse(bench.text()).unwrap());
    }
    assert!(bench.text() == read && bench.composer.problem_count() == 0);
    while bench.composer.can_redo() {
        bench.redo();
    }
    assert!(bench.text().contains("\"second\"") && bench.text().contains("\"no number\""));
    assert_eq!(bench.composer.problem_count(), 1);
}

#[test]
fn a_text_edited_while_the_form_is_ahead_takes_nothing_away() {
    let mut bench = Bench::new("All", &large(5_000));
    bench.edit(|form| set(&mut field(form, "text").value, "from the form"));
    bench.write("{\"number\": 1}");
    assert_eq!(bench.text(), "{\"number\": 1}");
    bench.undo();
    assert!(bench.text().contains("from the form"));
}

#[test]
fn each_message_has_a_history_of_its_own() {
    let mut bench = Bench::new("Hello", "{\"name\": \"one\"}");
    bench.edit(|form| set(&mut field(form, "name").value, "1"));
    bench.draft.messages.insert(0, "{\"name\": \"zero\"}".to_owned());
    bench.composer.message_added(0);
    bench.wait();
    assert!(!bench.composer.can_undo());
    bench.composer.current = 1;
    bench.wait();
    bench.undo();
    assert_eq!(bench.draft.messages, ["{\"name\": \"zero\"}", "{\"name\": \"one\"}"]);
    bench.draft.messages.remove(0);
    bench.composer.message_removed(0);
    bench.composer.current = 0;
    bench.wait();
    bench.redo();
    assert_eq!(json::parse(bench.text()).unwrap().to_line(), r#"{"name": "1"}"#);
}

#[test]
fn the_form_follows_the_text_and_the_text_the_form() {
    let hello = hello();
    let mut draft = draft(&["{\"name\": \"Ada\"}", "{\"name\": \"half"]);
    let mut composer = Composer::default();
    composer.refresh(&mut draft, Some(&hello));
    assert_eq!(composer.form.as_ref().unwrap().to_json().to_line(), "{\"name\": \"Ada\"}");

    // What was typed stands as it was typed until the form is edited.
    assert_eq!(draft.messages[0], "{\"name\": \"Ada\"}");
    composer.write_back(&mut draft);
    assert_eq!(draft.messages[0], "{\n  \"name\": \"Ada\"\n}");

    composer.current = 1;
    composer.refresh(&mut draft, Some(&hello));
    assert!(composer.form.is_none());
    assert_eq!(composer.syntax.as_ref().unwrap().position.line, 1);
    composer.write_back(&mut draft);
    assert_eq!(draft.messages[1], "{\"name\": \"half", "a text without a form is left alone");

    draft.messages[1].push_str("\"}");
    composer.refresh(&mut draft, Some(&hello));
    assert!(composer.syntax.is_none());
    assert_eq!(composer.form.as_ref().unwrap().to_json().to_line(), "{\"name\": \"half\"}");
}

#[test]
fn there_is_always_a_message_to_show() {
    let mut draft = draft(&[]);
    let mut composer = Composer { current: 7, ..Composer::default() };
    composer.refresh(&mut draft, None);
    assert_eq!((composer.current, draft.messages.as_slice()), (0, ["{}".to_owned()].as_slice()));
    assert!(composer.form.is_none(), "without a type there is no form");
    composer.refresh(&mut draft, Some(&hello()));
    assert!(composer.form.is_some());
    draft.messages[0].clear();
    composer.refresh(&mut draft, Some(&hello()));
    assert!(composer.form.is_some() && composer.syntax.is_none(), "nothing typed is an empty message");
}
