//! How the page of members is drawn.

use bivouac_node::{
    UserId,
    core::{
        authority,
        io::GuildView,
        model::{Member, Permissions, RoleId},
    },
};
use iced::{
    Center, Fill, Padding,
    widget::{column, container, row, text},
};

use super::{Members, Message, SILENCES};
use crate::{
    format,
    screen::{Ctx, members::presence, message::shorten, pages},
    theme::{self, Element, MEDIUM, size, space},
    widget::{self, Icon, button, icon},
    world::Shown as _,
};

/// Roles that are offered to look for at first.
const OFFERED: usize = 6;
/// Roles that stand beside a name.
const BESIDE: usize = 2;

impl Members {
    /// Draws it.
    pub fn view<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let everyone = authority::everyone(view.guild);
        let count = view.law.members.len();
        let hint = ctx.w.with("guild-members-hint", &[("count", count.into())]);
        let mut page = column![pages::head(ctx.w.get("guild-members"), hint)].spacing(space::L);
        let shown = ctx.w.get("member-filter");
        let mut filter = column![widget::line(&shown, &self.filter, Message::Filter)].spacing(space::S);
        let roles: Vec<_> = view.ranked().into_iter().filter(|(id, _)| *id != everyone).collect();
        let offered = if self.all_roles { roles.len() } else { OFFERED };
        let mut chips: Vec<Element<'a, Message>> =
            vec![pages::chip(pages::said(&ctx.w.get("any-role")), self.role.is_none(), Some(Message::Role(None)))];
        let chosen = |id: RoleId| self.role == Some(id);
        for (at, (id, role)) in roles.iter().enumerate() {
            if at < offered || chosen(*id) {
                let words = row![pages::dot(role.color, ctx), pages::said(&role.name)].spacing(space::XS + 2.0);
                let next = if chosen(*id) { None } else { Some(*id) };
                chips.push(pages::chip(words.align_y(Center), chosen(*id), Some(Message::Role(next))));
            }
        }
        if roles.len() > offered {
            let words = ctx.w.with("roles-more", &[("count", (roles.len() - offered).into())]);
            chips.push(pages::chip(pages::said(&words), false, Some(Message::AllRoles)));
        }
        filter = filter.push(pages::wrap(chips));
        page = page.push(filter);
        let found = self.found(view);
        if found.is_empty() {
            let none = widget::empty(Icon::Users, ctx.w.get("nobody-found"), ctx.w.get("nobody-found-hint"));
            return page.push(none.height(240)).into();
        }
        let mut list = column![].spacing(space::XS);
        for user in found.iter().take(self.listed) {
            if let Some(member) = view.law.members.get(user) {
                list = list.push(self.member(*user, member, view, ctx));
            }
        }
        let more = found.len().saturating_sub(self.listed);
        let more = (more > 0).then(|| {
            let words = ctx.w.with("members-more", &[("count", more.into())]);
            widget::secondary(words, Some(Message::More))
        });
        page.push(list).push(more).into()
    }

    fn member<'a>(
        &'a self,
        user: UserId,
        member: &'a Member,
        view: &'a GuildView,
        ctx: Ctx<'a>,
    ) -> Element<'a, Message> {
        let open = self.open == Some(user);
        let online = view.online.contains(&user) || user == view.me;
        let name = view.name(&user);
        let color = ctx.theme.color.role(view.tint(&user));
        let shown = widget::single(text(shorten(&name, 40)).font(MEDIUM).size(size::BODY).color(color));
        let mut title = row![shown].spacing(space::S).align_y(Center);
        if view.law.owner == Some(user) {
            title = title.push(widget::tip(icon(Icon::Crown, 14.0).style(theme::text::warning), ctx.w.get("owner")));
        }
        if member.timeout_ms.is_some_and(|until| until > ctx.clock.now) {
            title = title.push(icon(Icon::Timer, 14.0).style(theme::text::warning));
        }
        let second = if member.name == name {
            ctx.w.get(if online { "member-online" } else { "member-offline" })
        } else {
            shorten(&member.name, 64)
        };
        let words = column![title, widget::single(text(second).size(size::SMALL).style(theme::text::muted))].spacing(2);
        let held: Vec<_> = view.ranked().into_iter().filter(|(id, _)| member.roles.contains(id)).collect();
        let mut roles = row![].spacing(space::XS).align_y(Center);
        for (_, role) in held.iter().take(BESIDE).filter(|_| ctx.size.width >= 900.0) {
            let inside = row![pages::dot(role.color, ctx), text(shorten(&role.name, 18)).size(size::CAPTION)];
            let inside = inside.spacing(space::XS + 2.0).align_y(Center);
            roles = roles.push(container(inside).padding([3.0, space::S]).style(theme::container::pill));
        }
        if held.len() > BESIDE && ctx.size.width >= 900.0 {
            roles = roles.push(widget::pill(format!("+{}", held.len() - BESIDE)));
        }
        let fold = icon(if open { Icon::ChevronUp } else { Icon::ChevronDown }, 16.0).style(theme::text::faint);
        let words = container(words).clip(true).width(Fill);
        let line = row![presence(user, online, 36.0, view, ctx), words, roles, fold];
        let line = button(line.spacing(space::M).align_y(Center)).padding([space::S, space::M]).width(Fill);
        let line = line.style(theme::button::row(open, true)).on_press(Message::Open(user));
        if open { column![line, self.open(user, member, view, ctx)].into() } else { line.into() }
    }

    /// What can be done about somebody.
    fn open<'a>(&'a self, user: UserId, member: &'a Member, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let me = user == view.me;
        let lower = !me && view.rank(&user) < view.rank(&view.me);
        let manage = view.may_anywhere(Permissions::MANAGE_ROLES);
        let mut page = column![widget::field(ctx.w.get("roles"), roles_of(user, member, view, ctx))].spacing(space::L);
        if me && view.am_in() || manage && lower {
            let nick = self.nick.as_deref().or(member.nick.as_deref()).unwrap_or_default();
            let line = widget::line(&member.name, nick, Message::Nick).on_submit(Message::Call(user));
            let changed = self.nick.is_some().then_some(Message::Call(user));
            let call = widget::secondary(ctx.w.get("nick-set"), changed);
            let uncall =
                member.nick.is_some().then(|| widget::secondary(ctx.w.get("nick-drop"), Some(Message::Uncall(user))));
            let line = row![line, call].push(uncall).spacing(space::S).align_y(Center);
            page = page.push(widget::field(ctx.w.get("nick"), line));
        }
        let until = member.timeout_ms.filter(|until| *until > ctx.clock.now);
        if let Some(until) = until {
            let words = ctx.w.with("timed-out", &[("until", ctx.clock.stamp(until).into())]);
            page = page.push(text(words).size(size::SMALL).style(theme::text::warning));
        }
        if lower && view.may_anywhere(Permissions::TIMEOUT) {
            let chips = SILENCES.map(|ms| {
                pages::chip(pages::said(&format::duration(ctx.w, ms)), false, Some(Message::Silence(user, ms)))
            });
            let end = until
                .map(|_| pages::chip(pages::said(&ctx.w.get("timeout-end")), true, Some(Message::Silence(user, 0))));
            page = page.push(widget::field(ctx.w.get("silence-for"), pages::wrap(chips.into_iter().chain(end))));
        }
        let mut acts = row![].spacing(space::S);
        for (bit, key, message) in
            [(Permissions::KICK, "kick", Message::Kick(user)), (Permissions::BAN, "ban", Message::Ban(user))]
        {
            if lower && view.may_anywhere(bit) {
                acts = acts.push(widget::danger(ctx.w.get(key), Some(message)));
            }
        }
        if !me && !lower {
            page = page.push(pages::locked(ctx.w.get("member-higher")));
        }
        let inside = Padding { top: space::S, right: space::M, bottom: space::L, left: 36.0 + space::XL };
        container(page.push(acts)).padding(inside).width(Fill).into()
    }
}

/// The roles of somebody: to take, and to give.
fn roles_of<'a>(user: UserId, member: &'a Member, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
    let everyone = authority::everyone(view.guild);
    let manage = view.may_anywhere(Permissions::MANAGE_ROLES);
    let mine = view.rank(&view.me);
    let above = user == view.me || view.rank(&user) < mine;
    let chips = view.ranked().into_iter().filter(|(id, _)| *id != everyone).filter_map(|(id, role)| {
        let held = member.roles.contains(&id);
        let may = manage && u64::from(role.rank) < mine;
        let message = (may && (!held || above)).then_some(Message::Hold(user, id, !held));
        if !held && message.is_none() {
            return None;
        }
        let sign = message.as_ref().map(|_| icon(if held { Icon::Close } else { Icon::Plus }, 12.0));
        let words = row![pages::dot(role.color, ctx), pages::said(&role.name)].push(sign).spacing(space::XS + 2.0);
        Some(pages::chip(words.align_y(Center), held, message))
    });
    let chips: Vec<_> = chips.collect();
    if chips.is_empty() { widget::hint(ctx.w.get("invite-no-role")).into() } else { pages::wrap(chips) }
}
