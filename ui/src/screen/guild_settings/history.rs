//! What newcomers may read, what is forgotten and when, and what that means for who is removed: of each channel, in plain words.

use bivouac_node::core::{
    io::GuildView,
    model::{Channel, History},
};
use iced::{
    Center, Fill,
    widget::{column, row, text},
};

use crate::{
    format,
    screen::{Ctx, channels, message::shorten, pages},
    theme::{self, Element, MEDIUM, size, space},
    widget::{self, Icon, icon},
    words::Words,
    world::Shown as _,
};

/// Who reads a channel, what newcomers read of it, and what is forgotten.
#[must_use]
pub fn sentences(channel: &Channel, w: &Words) -> [(Icon, String); 3] {
    let nature = channel.nature;
    let who = match (nature.private, nature.password) {
        (_, true) => "policy-password",
        (true, false) => "policy-private",
        (false, false) => "policy-public",
    };
    let new = match nature.history {
        History::Whole => "policy-whole",
        History::SinceJoin => "policy-since-join",
        History::Ephemeral => "policy-ephemeral",
    };
    let kept = u64::from(channel.retention_s) * 1_000;
    let time = [("time", format::duration(w, kept).into())];
    let forgets = match nature.history {
        History::Ephemeral => {
            let twice = format::duration(w, kept.saturating_mul(2));
            w.with("policy-forgets-keys", &[time[0].clone(), ("twice", twice.into())])
        }
        _ if kept > 0 => w.with("policy-forgets", &time),
        _ => w.get("policy-keeps"),
    };
    let forgetting = if kept > 0 { Icon::Timer } else { Icon::HardDrive };
    [(Icon::Eye, w.get(who)), (Icon::UserPlus, w.get(new)), (forgetting, forgets)]
}

/// Draws it.
pub fn view<'a, M: 'a>(view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, M> {
    let mut page = column![pages::head(ctx.w.get("guild-history"), ctx.w.get("guild-history-hint"))].spacing(space::L);
    let rules = ["policy-removed", "policy-removed-later", "policy-unsaid"];
    let rules = rules.map(|key| {
        let sign = icon(Icon::Info, 14.0).style(theme::text::accent);
        row![sign, text(ctx.w.get(key)).size(size::SMALL + 1.0).width(Fill)].spacing(space::S).align_y(Center).into()
    });
    page = page.push(pages::card(iced::widget::Column::from_iter(rules).spacing(space::S)));
    let listed = view.text_channels().into_iter();
    let lines = listed.filter_map(|id| view.law.channels.get(&id)).map(|channel| {
        let name = widget::single(text(shorten(&channel.name, 60)).font(MEDIUM).size(size::BODY));
        let name = row![icon(channels::sign(channel), 16.0).style(theme::text::muted), name.width(Fill)];
        let told = sentences(channel, ctx.w).map(|(sign, words)| {
            row![icon(sign, 14.0).style(theme::text::faint), widget::hint(words).width(Fill)]
                .spacing(space::S)
                .align_y(Center)
                .into()
        });
        let told = iced::widget::Column::from_iter(told).spacing(space::XS);
        let name = name.spacing(space::S).align_y(Center);
        let inside: Element<'a, M> = if ctx.size.width < 760.0 {
            column![name, told].spacing(space::S).into()
        } else {
            row![iced::widget::container(name).width(200), told].spacing(space::L).into()
        };
        pages::line(row![inside])
    });
    page.push(pages::part(ctx.w.get("policy-channels"), iced::widget::Column::from_iter(lines).spacing(space::XS)))
        .into()
}
