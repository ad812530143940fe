//! The widgets as a screen reader and a keyboard meet them.

use egui::{Id, Key, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::*;
use crate::ui::icons::Icon;
use crate::ui::theme;

fn harness<'a, S: 'a>(state: S, draw: impl FnMut(&mut egui::Ui, &mut S) + 'a) -> Harness<'a, S> {
    let mut harness = Harness::builder()
        .with_size(egui::vec2(500.0, 400.0))
        .with_max_steps(20)
        .allow_missing_glyphs()
        .build_ui_state(draw, state);
    theme::install(&harness.ctx);
    harness.run();
    harness
}

#[test]
fn an_icon_button_is_known_by_its_name() {
    let mut h = harness(0, |ui, clicks| {
        if icon_button(ui, Icon::Gear, "Settings", Some("Ctrl+,")).clicked() {
            *clicks += 1;
        }
    });
    h.get_by_role_and_label(Role::Button, "Settings").click();
    h.run();
    assert_eq!(*h.state(), 1);
}

#[test]
fn a_disabled_button_does_nothing() {
    let mut h = harness(false, |ui, clicked| {
        *clicked |= ui.add_enabled(false, Push::new("Send").icon(Icon::PaperPlaneRight).primary()).clicked();
    });
    h.get_by_role_and_label(Role::Button, "Send").click();
    h.run();
    assert!(!*h.state());
}

#[test]
fn segments_tabs_and_switches_choose() {
    let mut h = harness((0, 0, false), |ui, (segment, tab, on)| {
        segmented(ui, "segments", "Body", &["Form", "JSON"], segment);
        ui.horizontal(|ui| tab_bar(ui, "tabs", &[TabLabel::new("Message"), TabLabel::counted("Metadata", 2)], tab));
        switch(ui, "note present", on);
    });
    h.get_by_role_and_label(Role::RadioButton, "JSON").click();
    h.get_by_role_and_label(Role::Tab, "Metadata").click();
    h.get_by_role_and_label(Role::Switch, "note present").click();
    h.run();
    assert_eq!(*h.state(), (1, 1, true));
}

#[test]
fn a_field_is_typed_into_and_its_button_clicked() {
    let mut h = harness((String::from("{{host}}"), false), |ui, (text, clicked)| {
        let variable = 0..8;
        let field_ = Field {
            mono: true,
            error: Some("no such host"),
            ghost: Some("localhost"),
            trailing: Some((Icon::X, "Clear")),
            variables: std::slice::from_ref(&variable),
            ..Field::new(Id::unique("target"), "Target", text)
        };
        *clicked |= field(ui, field_).trailing_clicked;
    });
    let node = h.get_by_role_and_label(Role::TextInput, "Target");
    assert!((node.rect().height() - theme::INPUT_HEIGHT).abs() < 0.01, "{}", node.rect().height());
    node.focus();
    h.run();
    h.key_press(Key::End);
    h.get_by_role_and_label(Role::TextInput, "Target").type_text(":50051");
    h.get_by_role_and_label(Role::Button, "Clear").click();
    h.run();
    assert_eq!(*h.state(), (String::from("{{host}}:50051"), true));
}

/// Ranges may be of the text before it was changed.
#[test]
fn ranges_that_do_not_fit_are_passed_over() {
    let mut h = harness(String::from("您好"), |ui, text| {
        let variables = [1..4, 0..100, 3..6, 0..3];
        field(ui, Field { variables: &variables, ..Field::new(Id::unique("f"), "f", text) });
    });
    h.get_by_role_and_label(Role::TextInput, "f").focus();
    h.run();
}

#[test]
fn a_tree_row_opens_by_keyboard() {
    let mut h = harness((false, 0), |ui, (open, clicks)| {
        let row = TreeRow {
            id: Id::unique("orders"),
            depth: 1,
            open: Some(*open),
            icon: Icon::Cube,
            icon_color: theme::tokens(ui).text,
            label: "Orders",
            marked: &[],
            detail: Some("5"),
            selected: false,
            warning: None,
        };
        let response = tree_row(ui, row);
        *open ^= response.toggled;
        *clicks += usize::from(response.clicked);
    });
    h.get_by_role_and_label(Role::TreeItem, "Orders").focus();
    h.run();
    h.key_press(Key::ArrowRight);
    h.run();
    assert_eq!(*h.state(), (true, 0));
    h.key_press(Key::ArrowLeft);
    h.key_press(Key::Enter);
    h.run();
    assert_eq!(*h.state(), (false, 1));
}

#[test]
fn document_tabs_ask() {
    let mut h = harness(Vec::new(), |ui, asked| {
        let color = theme::tokens(ui).sent;
        let tab = |id, title| DocumentTab { id, icon: Icon::ArrowRight, color, title, dirty: id == 1 };
        let names = DocumentTabsNames { close: "Close", new: "New", close_keys: None, new_keys: None };
        asked.extend(document_tabs(ui, "tabs", &[tab(1, "Place"), tab(2, "Chat")], 0, names));
    });
    h.get_by_role_and_label(Role::Tab, "Chat").click();
    h.run();
    h.get_by_label("Close Place").click();
    h.run();
    h.get_by_label("New").click();
    h.run();
    assert_eq!(*h.state(), [TabRequest::Select(1), TabRequest::Close(0), TabRequest::New]);
}

#[test]
fn a_long_choice_is_filtered_and_chosen_by_keyboard() {
    let mut h = harness(0, |ui, chosen: &mut usize| {
        let options: Vec<String> = (0..40).map(|number| format!("option {number}")).collect();
        let choice = Choice { filter_hint: "Filter", ..Choice::new(Id::unique("c"), "priority", &options[*chosen]) };
        let draw = |ui: &mut egui::Ui, at: usize| drop(ui.label(&options[at]));
        let (_, now) = combo(ui, &choice, options.len(), |at| options[at].clone(), draw);
        *chosen = now.unwrap_or(*chosen);
    });
    h.get_by_role_and_label(Role::ComboBox, "priority").click();
    h.run();
    h.get_by_role_and_label(Role::ListBoxOption, "option 3");
    h.get_by_role_and_label(Role::TextInput, "priority").type_text("on 3");
    h.run();
    assert!(h.query_by_role_and_label(Role::ListBoxOption, "option 4").is_none());
    h.key_press(Key::ArrowDown);
    h.run();
    h.key_press(Key::Enter);
    h.run();
    assert_eq!(*h.state(), 13);
    assert!(h.query_by_role(Role::ListBoxOption).is_none(), "the list is closed");
}

#[test]
fn a_list_of_millions_shows_only_what_is_seen() {
    let mut h = harness(ListState::following(), |ui, state| {
        let list = VirtualList { sticky: true, ..VirtualList::new(Id::unique("log"), "Messages", 5_000_000) };
        list.show(ui, state, |_, _, index, _| format!("row {index}"));
    });
    h.get_by_role_and_label(Role::ListBoxOption, "row 4999999");
    assert!(h.query_all_by_role(Role::ListBoxOption).count() < 30);
    h.get_by_role_and_label(Role::ListBox, "Messages").focus();
    h.run();
    h.key_press(Key::Home);
    h.run();
    assert_eq!((h.state().top, h.state().selected, h.state().follow), (0, Some(0), false));
    h.key_press(Key::ArrowDown);
    h.run();
    h.key_press_modifiers(egui::Modifiers::SHIFT, Key::ArrowDown);
    h.run();
    assert_eq!(h.state().range(), Some((1, 2)));
    h.key_press(Key::End);
    h.run();
    assert!(h.state().follow, "at the end it follows again");
    h.get_by_role_and_label(Role::ListBoxOption, "row 4999999");
}

#[test]
fn editor_and_viewer_have_names_and_lines() {
    let text = "{\n  \"a\": 1\n}\n".to_owned();
    let state = (text.clone(), EditorState::default(), Lines::new(&text));
    let mut h = harness(state, |ui, (text, editor, lines)| {
        let marks = [(4..7, "no such field")];
        let shown = JsonEditor { marks: &marks, ..JsonEditor::new(Id::unique("e"), "Message", 150.0) };
        json_editor(ui, &shown, text, editor);
        json_viewer(ui, Id::unique("v"), "Answer", "{\n  \"a\": 1\n}\n", lines);
    });
    h.get_by_role_and_label(Role::ListBoxOption, "  \"a\": 1");
    h.get_by_role_and_label(Role::MultilineTextInput, "Message").focus();
    h.run();
    h.get_by_role_and_label(Role::MultilineTextInput, "Message").type_text("x");
    h.run();
    assert!(h.state().0.contains('x'));
}

#[test]
fn a_form_row_opens_and_an_empty_pane_says_what_to_do() {
    let mut h = harness((false, false), |ui, (open, pressed)| {
        let label = FormLabel { name: "items", kind: "repeated Item", help: None, open: Some(*open) };
        let row = FormRow { id: Id::unique("items"), depth: 1, label };
        *open ^= form_row(ui, &row, |ui| ui.label("2")).inner.0.toggled;
        inline_problem(ui, "not a number");
        notice(ui, NoticeKind::Warning, "The schema has changed.", &["Reload"]);
        *pressed |= empty_state(ui, Icon::Folder, "Open a proto file.", Some("Open"));
    });
    h.get_by_role_and_label(Role::DisclosureTriangle, "items").click();
    h.get_by_label("not a number");
    h.get_by_role_and_label(Role::Button, "Reload");
    h.get_by_role_and_label(Role::Button, "Open").click();
    h.run();
    assert_eq!(*h.state(), (true, true));
}

#[test]
fn a_split_keeps_to_its_least() {
    let mut h = harness(0.01, |ui, fraction| {
        let right = SplitDirection::Right;
        split(ui, Id::unique("s"), "Panes", right, fraction, 100.0, |left, right| {
            assert!(left.max_rect().width() >= 100.0 && right.max_rect().width() >= 100.0);
            left.label("left");
            right.label("right");
            focus_ring(right.ctx());
        });
    });
    h.get_by_label("left");
    h.get_by_label("right");
    h.key_press(Key::Tab);
    h.run();
    h.key_press(Key::ArrowRight);
    h.run();
    assert!(*h.state() > 0.2, "the border moves by keyboard: {}", h.state());
}

#[test]
fn tabs_that_do_not_fit_scroll_to_the_chosen_one() {
    let mut h = harness(0, |ui, selected| {
        let color = theme::tokens(ui).sent;
        let titles: Vec<String> = (0..30).map(|number| format!("Request {number}")).collect();
        let tab = |(id, title)| DocumentTab { id, icon: Icon::ArrowRight, color, title, dirty: false };
        let tabs: Vec<_> = (0..).zip(titles.iter().map(String::as_str)).map(tab).collect();
        let names = DocumentTabsNames { close: "Close", new: "New", close_keys: None, new_keys: None };
        document_tabs(ui, "tabs", &tabs, *selected, names);
    });
    let window = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(500.0, 400.0));
    assert!(window.contains_rect(h.get_by_label("New").rect()));
    assert!(!window.contains_rect(h.get_by_role_and_label(Role::Tab, "Request 29").rect()));
    *h.state_mut() = 29;
    h.run();
    h.run();
    let tab = h.get_by_role_and_label(Role::Tab, "Request 29").rect();
    assert!(window.contains_rect(tab), "{tab:?}");
    assert!(tab.right() <= h.get_by_label("New").rect().left(), "{tab:?}");
}
