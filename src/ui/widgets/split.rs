//! Two panes with a border between them that can be dragged.

use egui::{CursorIcon, EventFilter, Id, Key, Rect, Role, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2};

use crate::ui::theme;

/// How two panes stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitDirection {
    /// Side by side.
    Right,
    /// One above the other.
    Below,
}

/// Shows two panes that fill the room there is; `fraction` is the part of the first and follows the border.
///
/// `name` is the border's, for screen readers. Neither gets smaller than `least` where there is room for both. The border is dragged, moved with the arrow keys,
/// and set to the middle by a double click.
pub fn split(
    ui: &mut Ui,
    id: Id,
    name: &str,
    direction: SplitDirection,
    fraction: &mut f32,
    least: f32,
    add: impl FnOnce(&mut Ui, &mut Ui),
) {
    const GRAB: f32 = 4.0;
    let tokens = theme::tokens(ui);
    let area = ui.available_rect_before_wrap();
    let right = direction == SplitDirection::Right;
    let length = if right { area.width() } else { area.height() }.max(1.0);
    let least = least.min(length / 2.0);
    let clamp = |size: f32| size.clamp(least, (length - least).max(least));
    let mut size = clamp(length * if fraction.is_finite() { *fraction } else { 0.5 });

    let border = |size: f32| {
        if right {
            Rect::from_min_max(pos2(area.left() + size, area.top()), pos2(area.left() + size, area.bottom()))
        } else {
            Rect::from_min_max(pos2(area.left(), area.top() + size), pos2(area.right(), area.top() + size))
        }
    };
    // Asked for before the panes are drawn, so that they follow without a frame's delay; registered after them.
    if let Some(handle) = ui.ctx().read_response(id) {
        if let Some(pointer) = handle.interact_pointer_pos().filter(|_| handle.dragged()) {
            size = clamp(if right { pointer.x - area.left() } else { pointer.y - area.top() });
            *fraction = size / length;
        }
        if handle.double_clicked() {
            size = clamp(length / 2.0);
            *fraction = 0.5;
        }
        if handle.has_focus() {
            let filter = EventFilter { horizontal_arrows: right, vertical_arrows: !right, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
            let (less, more) = if right { (Key::ArrowLeft, Key::ArrowRight) } else { (Key::ArrowUp, Key::ArrowDown) };
            let step = ui
                .input(|input| f32::from(i8::from(input.key_pressed(more)) - i8::from(input.key_pressed(less))) * 16.0);
            if step != 0.0 {
                size = clamp(size + step);
                *fraction = size / length;
            }
        }
    }
    let size = size.round();
    let line = border(size);
    let (first, second) = if right {
        (area.with_max_x(line.left()), area.with_min_x(line.left() + 1.0))
    } else {
        (area.with_max_y(line.top()), area.with_min_y(line.top() + 1.0))
    };
    let pane = |ui: &mut Ui, salt: &str, rect: Rect| {
        let mut pane = ui.new_child(UiBuilder::new().id_salt((id, salt)).max_rect(rect));
        pane.shrink_clip_rect(rect);
        pane
    };
    let mut one = pane(ui, "first", first);
    let mut two = pane(ui, "second", second);
    add(&mut one, &mut two);

    let handle = ui.interact(line.expand(GRAB), id, Sense::click_and_drag());
    let cursor = if right { CursorIcon::ResizeHorizontal } else { CursorIcon::ResizeVertical };
    let handle = handle.on_hover_and_drag_cursor(cursor);
    handle.widget_info(|| WidgetInfo {
        value: Some(f64::from((size / length * 100.0).round())),
        ..WidgetInfo::labeled(Role::Splitter, ui.is_enabled(), name)
    });
    let lit = handle.hovered() || handle.dragged() || handle.has_focus();
    let stroke = if lit { Stroke::new(1.0, tokens.accent) } else { tokens.separator() };
    let at = if right { line.left() } else { line.top() } + 0.5;
    if right {
        ui.painter().vline(at, area.y_range(), stroke);
    } else {
        ui.painter().hline(area.x_range(), at, stroke);
    }
    ui.advance_cursor_after_rect(area);
}
