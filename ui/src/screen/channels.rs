//! The list of channels, by category; above it the guild, below it oneself.

use bivouac_node::core::{
    io::GuildView,
    model::{Channel, ChannelId, ChannelKind, Permissions},
};
use iced::{
    Center, Fill, Length,
    widget::{Column, column, container, row, rule, scrollable, text},
};

use super::{Ctx, face_of, message::shorten};
use crate::{
    prefs::Rule,
    theme::{self, Element, MEDIUM, STRONG, size, space},
    widget::{self, Icon, button, icon},
    world::Shown as _,
};

/// Its width, in logical pixels.
pub const WIDTH: f32 = 244.0;
/// Height of the strip above it, and of those beside it.
pub const HEAD: f32 = 50.0;

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// To a channel.
    Go(ChannelId),
    /// What can be done with a channel.
    Menu(ChannelId),
    /// Show or fold a category.
    Fold(ChannelId),
    /// Make a channel, in a category or in none.
    Create(Option<ChannelId>),
    /// What can be done with the guild.
    Guild,
    /// Invite people.
    Invite,
    /// Settings of the app.
    Settings,
    /// Do not disturb, or do.
    Quiet,
    /// Who can be reached, and how.
    Network,
}

/// Draws it.
pub fn view<'a>(view: &'a GuildView, here: Option<ChannelId>, ctx: Ctx<'a>) -> Element<'a, Message> {
    let name = widget::single(text(shorten(&view.law.name, 60)).font(STRONG).size(size::BODY + 1.0));
    let head = row![name.width(Fill), icon(Icon::ChevronDown, 16.0)].align_y(Center).spacing(space::S);
    let head = button(head).width(Fill).height(HEAD).padding([space::M + 2.0, space::L]).style(theme::button::ghost);
    let head = head.on_press(Message::Guild);

    let mut list = Column::new().spacing(2).padding([space::S, space::S]).width(Fill);
    let manage = view.may_anywhere(Permissions::MANAGE_CHANNELS);
    for section in view.sections() {
        let folded = section.category.is_some_and(|(id, _)| ctx.prefs.folded.contains(&id.to_string()));
        if let Some((id, category)) = section.category {
            list = list.push(category_line(id, category, folded, manage, ctx));
        }
        for (id, channel) in section.channels {
            let waiting = view.unread.get(&id).copied().unwrap_or_default();
            if !folded || here == Some(id) || waiting.messages > 0 {
                list = list.push(line(id, channel, here == Some(id), waiting.messages, waiting.mentions, view, ctx));
            }
        }
    }
    if manage {
        let words = row![icon(Icon::Plus, 16.0), text(ctx.w.get("channel-create")).size(size::SMALL)];
        let press = button(words.spacing(space::S).align_y(Center)).padding([6.0, space::S]).width(Fill);
        list = list.push(press.style(theme::button::ghost).on_press(Message::Create(None)));
    }
    if view.may_anywhere(Permissions::CREATE_INVITE) {
        let words = row![icon(Icon::UserPlus, 16.0), text(ctx.w.get("invite-people")).size(size::SMALL)];
        let press = button(words.spacing(space::S).align_y(Center)).padding([6.0, space::S]).width(Fill);
        list = list.push(press.style(theme::button::ghost).on_press(Message::Invite));
    }
    let whole = column![head, rule::horizontal(1), scrollable(list).height(Fill), me(view, ctx)];
    let width = if ctx.narrow() { Fill } else { Length::Fixed(WIDTH) };
    container(whole).width(width).height(Fill).style(theme::container::side).into()
}

fn category_line<'a>(
    id: ChannelId,
    category: &'a Channel,
    folded: bool,
    manage: bool,
    ctx: Ctx<'a>,
) -> Element<'a, Message> {
    let sign = icon(if folded { Icon::ChevronRight } else { Icon::ChevronDown }, 12.0).style(theme::text::faint);
    let name =
        widget::single(text(shorten(&category.name, 40)).font(STRONG).size(size::CAPTION).style(theme::text::faint));
    let press = button(row![sign, name.width(Fill)].spacing(space::XS).align_y(Center))
        .padding(iced::Padding { top: space::M, bottom: space::XS, left: 0.0, right: 0.0 })
        .width(Fill)
        .style(theme::button::plain)
        .on_press(Message::Fold(id))
        .on_menu(Message::Menu(id));
    let add = manage.then(|| widget::icon_button(Icon::Plus, ctx.w.get("channel-create"), Message::Create(Some(id))));
    row![press].push(add).align_y(Center).into()
}

/// What stands for a channel.
#[must_use]
pub fn sign(channel: &Channel) -> Icon {
    match channel.nature.kind {
        ChannelKind::Voice => Icon::Volume,
        _ if channel.nature.private => Icon::Lock,
        _ => Icon::Hash,
    }
}

fn line<'a>(
    id: ChannelId,
    channel: &'a Channel,
    chosen: bool,
    messages: usize,
    mentions: usize,
    view: &'a GuildView,
    ctx: Ctx<'a>,
) -> Element<'a, Message> {
    let silent = ctx.prefs.notify.rule(view.guild, id) == Rule::Nothing;
    let bright = messages > 0 && !silent;
    let name = text(shorten(&channel.name, 60)).size(size::BODY).font(if bright { STRONG } else { MEDIUM });
    let name = widget::single(name);
    let mut inside = row![icon(sign(channel), 18.0), name.width(Fill)].spacing(space::S).align_y(Center);
    if channel.nature.kind == ChannelKind::Text && channel.retention_s > 0 {
        inside = inside.push(widget::tip(icon(Icon::Timer, 14.0), ctx.w.get("channel-forgets")));
    }
    if silent {
        inside = inside.push(icon(Icon::BellOff, 14.0));
    }
    inside = inside.push(widget::badge(mentions));
    let press = button(inside).padding([6.0, space::S]).width(Fill).style(theme::button::row(chosen, bright));
    press.on_press(Message::Go(id)).on_menu(Message::Menu(id)).into()
}

/// Oneself, and what concerns the whole app.
fn me<'a>(view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
    let name = if view.am_in() {
        view.name(&view.me)
    } else {
        ctx.world.me.as_ref().map(|me| me.name.clone()).unwrap_or_default()
    };
    let (avatar, seed) = face_of(view, &view.me);
    let peers = ctx.world.net.peers.len();
    let state = if peers == 0 { ctx.w.get("alone") } else { ctx.w.with("peers", &[("count", peers.into())]) };
    let dot = if peers == 0 { theme::text::warning } else { theme::text::good };
    let state = row![
        icon(Icon::Radio, 12.0).style(dot),
        widget::single(text(state).size(size::CAPTION).style(theme::text::muted))
    ];
    let state = button(state.spacing(space::XS).align_y(Center)).padding(0).style(theme::button::plain);
    let words = column![
        widget::single(text(shorten(&name, 24)).font(MEDIUM).size(size::SMALL + 1.0)),
        widget::tip(state.on_press(Message::Network), ctx.w.get("network")),
    ]
    .spacing(2);
    let quiet = ctx.prefs.notify.quiet;
    let bell = if quiet { Icon::BellOff } else { Icon::Bell };
    let bell_words = if quiet { ctx.w.get("quiet-end") } else { ctx.w.get("quiet-begin") };
    let line = row![
        widget::face(ctx.pictures, avatar, &name, seed, 34.0),
        container(words).width(Fill).clip(true),
        widget::icon_button(bell, bell_words, Message::Quiet),
        widget::icon_button(Icon::Settings, ctx.w.get("settings"), Message::Settings),
    ]
    .spacing(space::S)
    .align_y(Center);
    container(line).padding(space::S).width(Length::Fill).style(theme::container::rail).into()
}
