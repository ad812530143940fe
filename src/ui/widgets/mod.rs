//! The parts that every screen is made of: they draw what they are given and answer what was asked of them.
//!
//! Each has a role and a name for screen readers and works from the keyboard. Must not know: the program's state,
//! or any word of the interface: texts come as parameters.

mod button;
mod chip;
mod code;
mod combo;
mod document_tabs;
mod editor;
mod field;
mod focus;
mod form;
mod hex;
mod indicators;
mod list;
mod messages;
mod paint;
mod proto;
mod segmented;
mod split;
mod switch;
mod tabs;
#[cfg(test)]
mod tests;
mod tree;
mod viewer;

pub use button::{
    Push, boxed_icon, boxed_icon_button, button, danger_button, icon, icon_button, link, primary_button, text_button,
};
pub use chip::{Chip, ChipResponse, chip};
pub use code::{Highlighted, json_job};
pub use combo::{Choice, Picked, combo, combo_filter, combo_free, combo_of_words};
pub use document_tabs::{DocumentTab, DocumentTabsNames, TabRequest, document_tabs};
pub use editor::{EditorState, JsonEditor, json_editor, rests};
pub use field::{Field, FieldResponse, field};
pub use focus::{focus_ring, widget_of};
pub use form::{FormLabel, FormLabelResponse, FormRow, form_row, guides, help_mark, strike};
pub use hex::hex_viewer;
pub use indicators::{badge, sparkline, spinner, status_dot};
pub use list::{ListResponse, ListState, RowState, VirtualList};
pub use messages::{NoticeKind, empty_state, inline_problem, inline_warning, notice};
pub use paint::{elided, paint_icon, paint_text};
pub use proto::{ProtoLayout, ProtoResponse, ProtoSource, proto_source};
pub use segmented::{SegmentStyle, segmented, segmented_named, segmented_styled};
pub use split::{SplitDirection, split};
pub use switch::switch;
pub use tabs::{TabLabel, tab_bar};
pub use tree::{TreeResponse, TreeRow, tree_row};
pub use viewer::{Lines, json_viewer};
