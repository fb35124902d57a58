//! How the page of what differs for whom is drawn.

use bivouac_node::core::{
    authority,
    io::GuildView,
    model::{Channel, Overwrite, Permissions, Target},
};
use iced::{
    Center, Color, Fill,
    widget::{Column, column, container, row, text},
};

use super::{Message, Overwrites, Way, refusal};
use crate::{
    screen::{
        Ctx, face_of,
        guild_settings::matching,
        message::shorten,
        pages,
        permits::{self, Permit},
    },
    theme::{self, Colors, Element, MEDIUM, size, space},
    widget::{self, Icon, button, icon},
    world::Shown as _,
};

/// Width of the list of roles and members, in logical pixels.
const LIST: f32 = 248.0;
/// Roles and members that are offered, of each.
const OFFERED: usize = 8;

impl Overwrites {
    /// Draws it.
    pub fn view<'a>(&'a self, channel: &'a Channel, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let may = view.may(channel, Permissions::MANAGE_ROLES);
        let head = pages::head(ctx.w.get("channel-permissions"), ctx.w.get("channel-permissions-hint"));
        let locked = (!may).then(|| pages::locked(ctx.w.get("over-locked")));
        let private = channel.nature.private.then(|| pages::locked(ctx.w.get("over-private")));
        let (list, page) = (self.list(may, channel, view, ctx), self.permits(may, channel, view, ctx));
        let both: Element<'a, Message> = if ctx.size.width < 760.0 {
            column![list, page].spacing(space::L).into()
        } else {
            row![container(list).width(LIST), page].spacing(space::XL).into()
        };
        column![head].push(locked).push(private).push(both).spacing(space::L).into()
    }

    fn list<'a>(&'a self, may: bool, channel: &'a Channel, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let everyone = Target::Role(authority::everyone(view.guild));
        let chosen = self.target(view);
        let differ = |target: &Target| channel.overwrites.get(target).is_some_and(|it| *it != Overwrite::default());
        let roles = view.ranked().into_iter().map(|(id, _)| Target::Role(id));
        let roles = roles.filter(|it| *it == everyone || *it == chosen || differ(it));
        let users = channel.overwrites.keys().chain([&chosen]).copied().filter(|it| match it {
            Target::User(user) => view.law.members.contains_key(user) && (*it == chosen || differ(it)),
            Target::Role(_) => false,
        });
        let mut users: Vec<_> = users.collect();
        users.sort_unstable();
        users.dedup();
        let lines = roles.chain(users).map(|target| {
            let inside = named(target, size::SMALL + 1.0, view, ctx);
            let press = button(inside).padding([space::S - 1.0, space::S + 2.0]).width(Fill);
            let press = press.style(theme::button::row(target == chosen, true));
            press.on_press(Message::Choose(target)).into()
        });
        let mut list = column![Column::from_iter(lines).spacing(2)].spacing(space::M);
        if may {
            let shown = ctx.w.get("over-filter");
            let found = self
                .found(channel, view)
                .into_iter()
                .map(|target| pages::chip(named(target, size::SMALL, view, ctx), false, Some(Message::Choose(target))));
            let found: Vec<_> = found.collect();
            let none =
                (found.is_empty() && !self.filter.trim().is_empty()).then(|| widget::hint(ctx.w.get("nobody-found")));
            list = list.push(widget::line(&shown, &self.filter, Message::Filter).size(size::SMALL + 1.0));
            list = list.push(Column::from_iter(found).spacing(space::XS)).push(none);
        }
        list.into()
    }

    /// Whom one may look for: nobody until something is written.
    fn found(&self, channel: &Channel, view: &GuildView) -> Vec<Target> {
        let words = self.filter.trim().trim_start_matches('@').to_lowercase();
        if words.is_empty() {
            return Vec::new();
        }
        let differs = |target: &Target| channel.overwrites.contains_key(target);
        let roles = view.ranked().into_iter().filter(|(_, role)| role.name.to_lowercase().contains(&words));
        let roles = roles.map(|(id, _)| Target::Role(id)).filter(|it| !differs(it)).take(OFFERED);
        let users = matching(view, &words).into_iter().map(Target::User).filter(|it| !differs(it)).take(OFFERED);
        roles.chain(users).collect()
    }

    fn permits<'a>(
        &'a self,
        may: bool,
        channel: &'a Channel,
        view: &'a GuildView,
        ctx: Ctx<'a>,
    ) -> Element<'a, Message> {
        let (target, was, over) = self.now(channel, view);
        let clears = |bit: Permissions| refusal(view, channel, target, was, bit, Way::Neutral).is_none();
        let clear = (may && was != Overwrite::default() && (was.allow | was.deny).bits().all(clears))
            .then(|| widget::secondary(ctx.w.get("over-clear"), Some(Message::Clear)));
        let name = container(named(target, size::TITLE, view, ctx)).width(Fill).clip(true);
        let mut page = column![row![name].push(clear).spacing(space::M).align_y(Center)].spacing(space::XL);
        for (group, permits) in permits::of_channel(channel.nature.kind) {
            let rows = permits.into_iter().map(|permit| {
                let ways = [Way::Deny, Way::Neutral, Way::Allow];
                let why = ways.map(|way| refusal(view, channel, target, was, permit.bit, way));
                three(permit, Way::of(over, permit.bit), why, may, ctx)
            });
            let rows = Column::from_iter(rows).spacing(space::L);
            page = page.push(pages::part(ctx.w.get(group), pages::card(rows)));
        }
        page.width(Fill).into()
    }
}

/// A permission with the three ways it can stand.
fn three<'a>(
    permit: Permit,
    now: Way,
    why: [Option<&'static str>; 3],
    may: bool,
    ctx: Ctx<'a>,
) -> Element<'a, Message> {
    let refused = why.iter().flatten().next().filter(|_| may);
    let hint = ctx.w.get(permit.hint);
    let hint = refused.map_or(hint.clone(), |key| format!("{hint} {}", ctx.w.get(key)));
    let label = column![text(ctx.w.get(permit.name)).font(MEDIUM).size(size::BODY), widget::hint(hint)].spacing(2);
    type Tint = fn(&Colors) -> Color;
    let ways: [(Way, Icon, &str, Tint); 3] = [
        (Way::Deny, Icon::Close, "way-deny", |c| c.danger),
        (Way::Neutral, Icon::Minus, "way-neutral", |c| c.muted),
        (Way::Allow, Icon::Check, "way-allow", |c| c.good),
    ];
    let mut line = row![].spacing(space::XS);
    for ((way, sign, key, color), why) in ways.into_iter().zip(why) {
        let message = (may && why.is_none()).then_some(Message::Put(permit.bit, way));
        let press = button(icon(sign, 16.0)).padding(space::S - 2.0).style(theme::button::way(way == now, color));
        line = line.push(widget::tip(press.on_press_maybe(message), ctx.w.get(why.unwrap_or(key))));
    }
    row![label.width(Fill), line].spacing(space::L).align_y(Center).into()
}

/// A role with its colour, or a member with their face.
fn named<'a, M: 'a>(target: Target, letters: f32, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, M> {
    let (sign, name): (Element<'a, M>, _) = match target {
        Target::Role(role) => {
            let role = view.law.roles.get(&role);
            let name = role.map(|role| role.name.clone()).unwrap_or_default();
            (pages::dot(role.map_or(0, |role| role.color), ctx), name)
        }
        Target::User(user) => {
            let (avatar, seed) = face_of(view, &user);
            let name = view.name(&user);
            (widget::face(ctx.pictures, avatar, &name, seed, 20.0), name)
        }
    };
    let name = widget::single(text(shorten(&name, 32)).font(MEDIUM).size(letters));
    row![sign, name].spacing(space::S).align_y(Center).into()
}
