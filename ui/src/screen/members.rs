//! Who is in the guild: by their highest role that is listed apart, then who is there, then who is not.

use std::collections::BTreeMap;

use bivouac_node::{UserId, core::io::GuildView};
use iced::{
    Center, Fill,
    widget::{Column, container, row, scrollable, stack, text},
};

use super::{Ctx, face_of, message::shorten};
use crate::{
    text::isolated,
    theme::{self, Element, MEDIUM, size, space},
    widget::{self, Icon, button, icon},
    world::Shown as _,
};

/// Its width, in logical pixels.
pub const WIDTH: f32 = 232.0;
/// Members that are listed at most, of each group.
const LISTED: usize = 200;

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Who is that?
    User(UserId),
}

/// A group of members under one head.
pub struct Group {
    /// What they are.
    pub head: String,
    /// Who.
    pub users: Vec<UserId>,
    /// Whether they are there.
    pub online: bool,
}

/// Members as they are listed.
#[must_use]
pub fn groups(view: &GuildView, ctx: &Ctx<'_>) -> Vec<Group> {
    let ranked = view.ranked();
    let mut by_role: BTreeMap<usize, Vec<UserId>> = BTreeMap::new();
    let (mut online, mut offline) = (Vec::new(), Vec::new());
    for (user, member) in &view.law.members {
        if !view.online.contains(user) && *user != view.me {
            offline.push(*user);
            continue;
        }
        match ranked.iter().position(|(id, role)| role.hoist && member.roles.contains(id)) {
            Some(at) => by_role.entry(at).or_default().push(*user),
            None => online.push(*user),
        }
    }
    let apart = by_role.into_iter().map(|(at, users)| (ranked[at].1.name.clone(), users, true));
    let rest = [(ctx.w.get("members-online"), online, true), (ctx.w.get("members-offline"), offline, false)];
    let groups = apart.chain(rest).filter(|(_, users, _)| !users.is_empty());
    groups
        .map(|(head, mut users, online)| {
            users.sort_by_cached_key(|user| (view.name(user).to_lowercase(), *user));
            Group { head, users, online }
        })
        .collect()
}

/// Draws it.
pub fn view<'a>(view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
    let mut list = Column::new().spacing(2).padding(space::S).width(Fill);
    for group in groups(view, &ctx) {
        let head = format!("{} — {}", isolated(&shorten(&group.head, 30)), group.users.len());
        list = list.push(container(widget::label(head)).padding(iced::Padding {
            top: space::L,
            bottom: space::XS,
            left: space::S,
            right: 0.0,
        }));
        for user in group.users.iter().take(LISTED) {
            list = list.push(line(*user, group.online, view, ctx));
        }
        let more = group.users.len().saturating_sub(LISTED);
        if more > 0 {
            list = list.push(widget::hint(ctx.w.with("members-more", &[("count", more.into())])));
        }
    }
    container(scrollable(list).height(Fill)).width(WIDTH).height(Fill).style(theme::container::side).into()
}

fn line<'a>(user: UserId, online: bool, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
    let name = view.name(&user);
    let color = if online { ctx.theme.color.role(view.tint(&user)) } else { ctx.theme.color.faint };
    let words = widget::single(text(shorten(&name, 40)).font(MEDIUM).size(size::SMALL + 1.0).color(color));
    let mut inside = row![presence(user, online, 32.0, view, ctx), words.width(Fill)];
    if view.law.owner == Some(user) {
        inside = inside.push(widget::tip(icon(Icon::Crown, 14.0).style(theme::text::warning), ctx.w.get("owner")));
    }
    let inside = inside.spacing(space::S).align_y(Center);
    let press = button(inside).padding([space::XS, space::S]).width(Fill).style(theme::button::row(false, online));
    press.on_press(Message::User(user)).into()
}

/// A face, with whether they are there.
pub fn presence<'a, M: 'a>(user: UserId, online: bool, side: f32, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, M> {
    let (avatar, seed) = face_of(view, &user);
    let face = widget::face(ctx.pictures, avatar, &view.name(&user), seed, side);
    let (ground, color) = (ctx.theme.color.side, ctx.theme.color);
    let dot = move |fill| {
        move |_: &theme::Theme| container::Style {
            background: Some(iced::Background::Color(fill)),
            border: iced::Border { color: ground, width: 2.0, radius: theme::radius::FULL.into() },
            ..container::Style::default()
        }
    };
    let fill = if online { color.good } else { color.faint };
    let dot = container(widget::push().width(12)).width(12).height(12).style(dot(fill));
    stack![face, container(dot).align_right(Fill).align_bottom(Fill)].width(side).height(side).into()
}
