//! Every state of the window: names, and that nothing leaves the window or lies on something else.
//!
//! The driver looks over the names whenever the window comes to rest; here it is only led everywhere.

use egui::{Key, Rect, Role, pos2};
use trunkline::collection::Language;

use super::driver::{Home, Screen};

/// From the least size that the window takes to a big one.
const SIZES: [[f32; 2]; 4] = [[720.0, 480.0], [960.0, 600.0], [1260.0, 740.0], [2560.0, 1440.0]];

#[track_caller]
fn check(screen: &mut Screen, state: &str) {
    for size in SIZES {
        screen.resize(size);
        let window = Rect::from_min_max(pos2(0.0, 0.0), size.into());
        let controls = screen.controls();
        for (index, (role, name, place)) in controls.iter().enumerate() {
            let what = format!("{state}, {size:?}: {role:?} {name:?} at {place:?}");
            assert!(window.expand(1.0).contains_rect(*place), "{what} leaves the window");
            for (other_role, other_name, other) in &controls[index + 1..] {
                // A cross in its tab, a button in its field.
                if place.contains_rect(*other) || other.contains_rect(*place) {
                    continue;
                }
                let both = place.intersect(*other);
                let overlap = both.width() > 1.5 && both.height() > 1.5;
                assert!(!overlap, "{what} lies on {other_role:?} {other_name:?} at {other:?}");
            }
        }
    }
    screen.resize(SIZES[2]);
}

/// What the parts of the window are called.
struct Names {
    request_panes: [&'static str; 5],
    response_panes: [&'static str; 3],
    auth_kind: &'static str,
    auth: [&'static str; 8],
    send: &'static str,
    collection: &'static str,
    add_metadata: &'static str,
}

const ENGLISH: Names = Names {
    request_panes: ["Message", "Metadata", "Auth", "Settings", "Docs"],
    response_panes: ["Headers", "Trailers", "Timeline"],
    auth_kind: "Kind",
    auth: ["Inherit", "None", "Bearer", "Basic", "API key", "JWT (signed here)", "OAuth 2", "Token from a command"],
    send: "Send",
    collection: "Collection",
    add_metadata: "Add metadata",
};

const CHINESE: Names = Names {
    request_panes: ["消息", "元数据", "认证", "设置", "文档"],
    response_panes: ["响应头", "尾部", "时间线"],
    auth_kind: "类型",
    auth: ["继承", "无", "Bearer", "Basic", "API 密钥", "JWT（本地签名）", "OAuth 2", "由命令给出令牌"],
    send: "发送",
    collection: "集合",
    add_metadata: "添加元数据",
};

fn walk(language: Language, names: &Names) {
    let home = Home::speaking(language);
    let mut screen = home.start_with(&[]);
    screen.wait_for("the first request", |screen| screen.enabled(Role::Button, names.send));
    check(&mut screen, "the first start");
    screen.press_nth(Role::Button, names.send, 0);
    screen.wait_for_text("0 OK");
    check(&mut screen, "an answer");
    for pane in names.response_panes {
        screen.press(Role::Tab, pane);
        check(&mut screen, pane);
    }
    for pane in names.request_panes {
        screen.press_nth(Role::Tab, pane, 0);
        check(&mut screen, pane);
    }
    screen.press(Role::Tab, names.request_panes[1]);
    screen.press(Role::Button, names.add_metadata);
    screen.press(Role::Button, names.add_metadata);
    check(&mut screen, "rows of metadata");
    screen.press(Role::Tab, names.request_panes[2]);
    for kind in names.auth {
        screen.choose(names.auth_kind, kind);
        check(&mut screen, kind);
    }
    for (key, dialog) in [(Key::K, "the palette"), (Key::O, "open"), (Key::Comma, "the settings")] {
        screen.command(key);
        check(&mut screen, dialog);
        screen.key(Key::Escape);
    }
    screen.command_shift(Key::R);
    check(&mut screen, "reflect");
    screen.key(Key::Escape);
    screen.key(Key::F2);
    check(&mut screen, "rename");
    screen.key(Key::Escape);

    screen.press(Role::RadioButton, names.collection);
    screen.press(Role::TreeItem, "Echo");
    screen.wait_for("Echo", |screen| screen.enabled(Role::Button, names.send));
    check(&mut screen, "every kind of field");
    screen.press(Role::TreeItem, "Chat");
    screen.wait_for("Chat", |screen| screen.enabled(Role::Button, names.send));
    check(&mut screen, "messages of a stream");
    screen.press_nth(Role::Button, names.send, 0);
    screen.wait_for_text("Ada, you said: Good morning!");
    check(&mut screen, "a running stream");
    screen.key(Key::Escape);
    screen.wait_for_text("1 CANCELLED");
    check(&mut screen, "a cancelled stream");
    screen.command(Key::N);
    check(&mut screen, "a new request");
    screen.command(Key::S);
    check(&mut screen, "save");
    screen.key(Key::Escape);
    for _ in 0..4 {
        screen.command(Key::W);
    }
    check(&mut screen, "no request at all");
}

#[test]
fn every_state_has_its_place_and_its_names() {
    walk(Language::English, &ENGLISH);
}

#[test]
fn every_state_has_its_place_and_its_names_in_chinese() {
    walk(Language::Chinese, &CHINESE);
}
