//! Where the keyboard is.

use egui::text_edit::TextEditState;
use egui::{Context, Event, Id, Key, LayerId, Order, Stroke, StrokeKind, WidgetRect};

use crate::ui::theme;

/// Paints a ring round what has the focus, once Tab or an arrow key has moved it; call once, after everything else.
///
/// A text field shows its own focus by its border, whoever gave it.
pub fn focus_ring(ctx: &Context) {
    let id = Id::unique("focus ring");
    let by_keyboard = ctx.input(|input| {
        input.events.iter().fold(None, |last, event| match event {
            Event::Key {
                key: Key::Tab | Key::ArrowUp | Key::ArrowDown | Key::ArrowLeft | Key::ArrowRight,
                pressed: true,
                ..
            } => Some(true),
            Event::PointerButton { pressed: true, .. } => Some(false),
            _ => last,
        })
    });
    let before = ctx.data(|data| data.get_temp(id)).unwrap_or(false);
    let shown = by_keyboard.unwrap_or(before);
    if shown != before {
        ctx.data_mut(|data| data.insert_temp(id, shown));
    }
    let Some(focused) = ctx.memory(egui::Memory::focused).filter(|_| shown) else { return };
    if TextEditState::load(ctx, focused).is_some() {
        return;
    }
    let Some(widget) = widget_of(ctx, focused) else { return };
    let rect = widget.interact_rect;
    if rect.is_positive() && rect.is_finite() {
        let painter = ctx.layer_painter(LayerId::new(Order::Tooltip, id));
        let stroke = Stroke::new(1.5, theme::tokens_of(ctx).accent);
        painter.rect_stroke(rect, theme::RADIUS, stroke, StrokeKind::Inside);
    }
}

/// Where a widget is. To read its response would interact with it once more: what has just been given the focus by a
/// click somewhere else would lose it.
#[must_use]
pub fn widget_of(ctx: &Context, id: Id) -> Option<WidgetRect> {
    ctx.viewport(|viewport| viewport.this_pass.widgets.get(id).or_else(|| viewport.prev_pass.widgets.get(id)).copied())
}
