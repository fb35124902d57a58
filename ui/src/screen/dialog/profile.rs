//! Who somebody is in a guild, and what I may do about it.

use bivouac_node::{
    UserId,
    core::{
        io::{Command, GuildView},
        model::Permissions,
    },
};
use iced::{
    Center, Fill,
    widget::{Row, column, container, row, text},
};

use crate::{
    fault::Fault,
    intent::Wants,
    screen::{Ctx, members, message::shorten},
    theme::{self, Element, MONO, size, space},
    widget::{self, Icon, icon},
    world::Shown as _,
};

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Call on them in what I write.
    Mention(UserId),
    /// Something of moderation that is asked about first.
    Ask(Moderation, UserId),
    /// Copy their id.
    CopyId(UserId),
    /// Do something at once.
    Do(Command),
    /// It was done, or not.
    Done(Result<(), Fault>),
    /// Enough.
    Close,
}

/// What moderators do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moderation {
    /// Remove them; they can be invited again.
    Kick,
    /// Remove them for good.
    Ban,
    /// Silence them for an hour.
    Timeout,
}

/// What happens, where it needs no more of the screen around it.
pub fn update(message: &Message, ctx: &Ctx<'_>) -> Wants<Message> {
    match message {
        Message::CopyId(user) => Wants::task(iced::clipboard::write(user.to_string()))
            .and(Wants::say(crate::intent::Tone::Good, ctx.w.get("copied"))),
        Message::Do(command) => {
            Wants::run(command.clone(), |done| Message::Done(done.map(|_| ()).map_err(Fault::from)))
        }
        Message::Done(Err(why)) => Wants::fail(why.clone()),
        _ => Wants::none(),
    }
}

/// Draws it.
pub fn view<'a>(user: UserId, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
    let member = view.law.members.get(&user);
    let online = view.online.contains(&user) || user == view.me;
    let name = view.name(&user);
    let shown = widget::wrapped(shorten(&name, 64)).font(theme::STRONG).size(size::TITLE);
    let mut words = column![shown].spacing(2);
    if let Some(member) = member.filter(|member| member.name != name) {
        words = words.push(widget::hint(shorten(&member.name, 64)));
    }
    let state = match (member.is_some(), online) {
        (false, _) => ctx.w.get("member-gone"),
        (true, true) => ctx.w.get("member-online"),
        (true, false) => ctx.w.get("member-offline"),
    };
    words = words.push(widget::hint(state));
    let head =
        row![members::presence(user, online, 64.0, view, ctx), words.width(Fill)].spacing(space::L).align_y(Center);
    let mut parts = column![head].spacing(space::L);
    if let Some(member) = member {
        let held = view.ranked().into_iter().filter(|(id, _)| member.roles.contains(id));
        let pills: Vec<_> = held
            .map(|(_, role)| {
                let dot = icon(Icon::Circle, 10.0).color(ctx.theme.color.role(role.color));
                let inside = row![dot, widget::wrapped(shorten(&role.name, 32)).size(size::CAPTION)]
                    .spacing(space::XS)
                    .align_y(Center);
                container(inside).padding([3.0, space::S]).style(theme::container::pill).into()
            })
            .collect();
        if !pills.is_empty() {
            let pills = Row::from_vec(pills).spacing(space::XS).wrap().vertical_spacing(space::XS);
            parts = parts.push(widget::field(ctx.w.get("roles"), pills));
        }
        let devices = ctx.w.with("devices", &[("count", member.devices.len().into())]);
        parts = parts.push(widget::hint(devices));
        if let Some(until) = member.timeout_ms.filter(|until| *until > ctx.clock.now) {
            let words = ctx.w.with("timed-out", &[("until", ctx.clock.stamp(until).into())]);
            parts = parts.push(text(words).size(size::SMALL).style(theme::text::warning));
        }
    }
    let id = text(ctx.private(user))
        .font(MONO)
        .size(size::CAPTION)
        .wrapping(text::Wrapping::Glyph)
        .style(theme::text::faint);
    let copy = widget::icon_button(Icon::Copy, ctx.w.get("copy-id"), Message::CopyId(user));
    parts = parts.push(row![container(id).width(Fill), copy].align_y(Center));
    let mut acts: Vec<Element<'a, Message>> = Vec::new();
    let lower = view.rank(&user) < view.rank(&view.me) && user != view.me && member.is_some();
    let mut act = |may: Permissions, key: &str, danger: bool, message: Message| {
        if lower && view.may_anywhere(may) {
            let make = if danger { widget::danger } else { widget::secondary };
            acts.push(make(ctx.w.get(key), None).on_press(message).into());
        }
    };
    let silenced = member.and_then(|member| member.timeout_ms).is_some_and(|until| until > ctx.clock.now);
    if silenced {
        let end = Command::Timeout { guild: view.guild, user, for_ms: 0, reason: None };
        act(Permissions::TIMEOUT, "timeout-end", false, Message::Do(end));
    } else {
        act(Permissions::TIMEOUT, "timeout", false, Message::Ask(Moderation::Timeout, user));
    }
    act(Permissions::KICK, "kick", true, Message::Ask(Moderation::Kick, user));
    act(Permissions::BAN, "ban", true, Message::Ask(Moderation::Ban, user));
    if member.is_some() && user != view.me {
        let mention = widget::primary(ctx.w.get("mention"), None);
        acts.insert(0, mention.on_press(Message::Mention(user)).into());
    }
    if !acts.is_empty() {
        parts = parts.push(Row::from_vec(acts).spacing(space::S).wrap().vertical_spacing(space::S));
    }
    container(parts).padding(space::XL).width(Fill).max_width(420).style(theme::container::floating).into()
}
