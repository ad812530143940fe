//! What a server tells of its own channels: its servers with their sockets, and the channels that it opened.

use egui::{Id, Ui, pos2};

use super::channels::{TALL_ROW, two_lines_ui};
use super::icons::Icon;
use super::theme;
use super::widgets::{self, ListState, NoticeKind, Push, VirtualList, paint_icon};
use crate::app::Action;
use crate::app::channels::ChannelAction;
use crate::app::channelz::{Channelz, Failure, RowKind, rows};
use crate::text::Text;

pub(super) fn ui(
    ui: &mut Ui,
    channelz: Option<&Channelz>,
    state: &mut ListState,
    actions: &mut Vec<Action>,
    text: &Text,
) {
    let Some(channelz) = channelz else { return };
    let refresh = text.get("channelz-refresh");
    if channelz.failure == Some(Failure::NotThere) {
        if widgets::empty_state(ui, Icon::Info, text.get("channelz-absent"), Some(refresh)) {
            actions.push(ChannelAction::AskChannelz.into());
        }
        return;
    }
    ui.horizontal_wrapped(|ui| {
        let again = Push::new(refresh).icon(Icon::ArrowClockwise);
        if ui.add_enabled(!channelz.is_asking(), again).clicked() {
            actions.push(ChannelAction::AskChannelz.into());
        }
        if channelz.is_asking() {
            widgets::spinner(ui);
        }
        if channelz.cut {
            super::hint(ui, text.get("channelz-cut"));
        }
    });
    ui.add_space(theme::GAP);
    if let Some(Failure::Call(status, cause)) = &channelz.failure {
        widgets::notice(ui, NoticeKind::Error, &super::status_words(text, status, cause.as_ref()), &[]);
        ui.add_space(theme::GAP);
    }
    let rows = rows(channelz, text);
    if rows.is_empty() && !channelz.is_asking() && channelz.failure.is_none() {
        widgets::empty_state(ui, Icon::Info, text.get("channelz-empty"), None);
        return;
    }
    let tokens = theme::tokens(ui);
    let mut list = VirtualList::new(Id::unique("channelz"), text.get("channelz-list"), rows.len() as u64);
    list.row_height = TALL_ROW;
    list.show(ui, state, |ui, rect, index, _| {
        let Some(row) = usize::try_from(index).ok().and_then(|index| rows.get(index)) else { return String::new() };
        let icon = match row.kind {
            RowKind::Server => Icon::HardDrives,
            RowKind::Socket => Icon::Plug,
            RowKind::Channel => Icon::ArrowsDownUp,
        };
        let left = rect.left() + 4.0 + row.depth as f32 * theme::TREE_INDENT;
        let center = pos2(left + theme::ICON_SIZE / 2.0, rect.center().y);
        paint_icon(ui.painter(), center, icon, theme::ICON_SIZE, tokens.text_secondary);
        two_lines_ui(ui, rect.with_min_x(left + theme::ICON_SIZE + theme::GAP), &row.name, &row.words);
        format!("{}: {}", row.name, row.words)
    });
}
