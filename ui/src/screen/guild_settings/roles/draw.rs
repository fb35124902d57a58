//! How the page of roles is drawn.

use bivouac_node::core::{
    io::GuildView,
    model::{Permissions, Role, RoleId},
};
use iced::{
    Center, Color, Fill,
    widget::{Column, column, container, row, rule, space as blank, text},
};

use super::{Message, Roles, Side, is_built_in, may, rank};
use crate::{
    screen::{
        Ctx,
        guild_settings::{matching, person},
        message::shorten,
        pages,
        permits::GROUPS,
    },
    theme::{self, Element, MEDIUM, radius, size, space},
    widget::{self, Icon, button},
    world::Shown as _,
};

/// Colours that are offered.
const COLORS: [u32; 13] = [
    0x1a_bc_9c, 0x2e_cc_71, 0x34_98_db, 0x9b_59_b6, 0xe9_1e_63, 0xf1_c4_0f, 0xe6_7e_22, 0xe7_4c_3c, 0x95_a5_a6,
    0x11_80_6a, 0x20_66_94, 0x71_36_8a, 0xad_14_57,
];
/// Holders that are listed at most, and members that are offered.
const LISTED: usize = 100;
const OFFERED: usize = 12;
/// Width of the list of roles, in logical pixels.
const LIST: f32 = 248.0;

impl Roles {
    /// Draws it.
    pub fn view<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let manage = view.may_anywhere(Permissions::MANAGE_ROLES);
        let head = pages::head(ctx.w.get("guild-roles"), ctx.w.get("guild-roles-hint"));
        let create = manage.then(|| widget::primary(ctx.w.get("role-create"), Some(Message::Create)));
        let head = row![head.width(Fill)].push(create).spacing(space::L).align_y(Center);
        let locked = (!manage).then(|| pages::locked(ctx.w.get("locked-roles")));
        let current = self.current(view);
        let list = self.list(current.map(|(id, _)| id), view, ctx);
        let page = current.map(|(id, role)| self.role(id, role, view, ctx));
        let both: Element<'a, Message> = if ctx.size.width < 760.0 {
            column![list].push(page).spacing(space::L).into()
        } else {
            row![container(list).width(LIST)].push(page).spacing(space::XL).into()
        };
        column![head].push(locked).push(both).spacing(space::L).into()
    }

    fn list<'a>(&'a self, chosen: Option<RoleId>, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let everyone = bivouac_node::core::authority::everyone(view.guild);
        let lines = view.ranked().into_iter().map(|(id, role)| {
            let held = if id == everyone {
                view.law.members.len()
            } else {
                view.law.members.values().filter(|member| member.roles.contains(&id)).count()
            };
            let name = widget::single(text(shorten(&role.name, 40)).font(MEDIUM).size(size::SMALL + 1.0));
            let lock = (!may(view, role)).then(|| widget::icon(Icon::Lock, 12.0).style(theme::text::faint));
            let count = text(held.to_string()).size(size::CAPTION).style(theme::text::faint);
            let inside = row![pages::dot(role.color, ctx), name.width(Fill)].push(lock).push(count);
            let press = button(inside.spacing(space::S).align_y(Center)).padding([space::S - 1.0, space::S + 2.0]);
            let press = press.width(Fill).style(theme::button::row(chosen == Some(id), true));
            press.on_press(Message::Choose(id)).into()
        });
        Column::from_iter(lines).spacing(2).width(Fill).into()
    }

    fn role<'a>(&'a self, id: RoleId, role: &'a Role, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let may = may(view, role);
        let everyone = bivouac_node::core::authority::everyone(view.guild) == id;
        // Of @everyone only the permissions are anybody's to change.
        let side = if everyone { Side::Permissions } else { self.side };
        let tabs =
            [(Side::Looks, "role-looks"), (Side::Permissions, "role-permissions"), (Side::Holders, "role-holders")];
        let tabs = tabs.into_iter().filter(|(it, _)| !everyone || *it == Side::Permissions).map(|(it, key)| {
            let words = text(ctx.w.get(key)).font(MEDIUM).size(size::SMALL + 1.0).wrapping(text::Wrapping::None);
            let press = button(words).padding([space::XS + 2.0, space::M]).style(theme::button::row(it == side, false));
            press.on_press(Message::Side(it)).into()
        });
        let tabs = column![pages::wrap(tabs), rule::horizontal(1)].spacing(space::S);
        let locked =
            (!may && view.may_anywhere(Permissions::MANAGE_ROLES)).then(|| pages::locked(ctx.w.get("role-higher")));
        let content = match side {
            Side::Looks => self.looks(id, role, may, view, ctx),
            Side::Permissions => self.permits(role, may, view, ctx),
            Side::Holders => self.holders(id, may, view, ctx),
        };
        column![tabs].push(locked).push(content).spacing(space::L).width(Fill).into()
    }

    fn looks<'a>(
        &'a self,
        id: RoleId,
        role: &'a Role,
        may: bool,
        view: &'a GuildView,
        ctx: Ctx<'a>,
    ) -> Element<'a, Message> {
        let color = self.color.unwrap_or(role.color);
        let mut page = column![].spacing(space::L);
        if may {
            let name = self.name.as_deref().unwrap_or(&role.name);
            let name = widget::line(&role.name, name, Message::Name).on_submit(Message::Save);
            page = page.push(widget::field(ctx.w.get("role-name"), name));
            page = page.push(widget::field(ctx.w.get("role-color"), self.colors(color, ctx)));
        } else {
            page = page.push(
                row![pages::dot(color, ctx), widget::title(shorten(&role.name, 100))].spacing(space::S).align_y(Center),
            );
        }
        let hoist = self.hoist.unwrap_or(role.hoist);
        let turn = may.then_some(Message::Hoist);
        page = page.push(pages::switch(ctx.w.get("role-hoist"), ctx.w.get("role-hoist-hint"), hoist, turn));
        page = page.push(self.rank(id, role, view, ctx));
        if may && !is_built_in(view, id) {
            let delete = widget::danger(ctx.w.get("role-delete"), Some(Message::Delete));
            page = page.push(row![delete]);
        }
        page.into()
    }

    fn colors<'a>(&'a self, color: u32, ctx: Ctx<'a>) -> Element<'a, Message> {
        let swatches = std::iter::once(0).chain(COLORS).map(|rgb| {
            let [_, red, green, blue] = rgb.to_be_bytes();
            let fill = if rgb == 0 { ctx.theme.color.faint } else { Color::from_rgb8(red, green, blue) };
            let edge = if rgb == color { ctx.theme.color.text } else { Color::TRANSPARENT };
            let mark = (rgb == color).then(|| widget::icon(Icon::Check, 16.0).color(Color::WHITE));
            let mark = mark.or_else(|| (rgb == 0).then(|| widget::icon(Icon::Close, 14.0).color(ctx.theme.color.page)));
            let disc = container(column![].push(mark)).center(32).style(move |_| container::Style {
                background: Some(fill.into()),
                border: iced::Border { color: edge, width: 2.0, radius: radius::M.into() },
                ..container::Style::default()
            });
            let press = button(disc).padding(0).style(theme::button::plain);
            let swatch = press.on_press(Message::Color(rgb));
            if rgb == 0 { widget::tip(swatch, ctx.w.get("role-colorless")) } else { swatch.into() }
        });
        let typed =
            self.hex.clone().unwrap_or_else(|| if color == 0 { String::new() } else { format!("#{color:06x}") });
        let wrong = self.hex.as_deref().is_some_and(|hex| super::of_hex(hex).is_none() && !hex.trim().is_empty());
        let hex = widget::line("#ff9a5c", &typed, Message::Hex).font(theme::MONO).width(132);
        let wrong = wrong.then(|| widget::hint(ctx.w.get("role-color-wrong")).style(theme::text::danger));
        let hex = row![hex].push(wrong).spacing(space::S).align_y(Center);
        column![pages::wrap(swatches), hex].spacing(space::S).into()
    }

    fn rank<'a>(&'a self, id: RoleId, role: &'a Role, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let lower = |fall: Option<rank::Fall>| fall.map(|(role, rank)| Message::Lower(role, rank));
        let manage = view.may_anywhere(Permissions::MANAGE_ROLES);
        let moves = (manage && id != bivouac_node::core::authority::everyone(view.guild)).then(|| {
            let up = pages::sign(Icon::ArrowUp, ctx.w.get("role-up"), lower(rank::up(view, id)));
            let down = pages::sign(Icon::ArrowDown, ctx.w.get("role-down"), lower(rank::down(view, id)));
            row![up, down].spacing(space::XS)
        });
        let words = ctx.w.with("role-rank", &[("rank", role.rank.into())]);
        let words = column![text(words).font(MEDIUM).size(size::BODY), widget::hint(ctx.w.get("role-rank-hint"))];
        row![words.spacing(2).width(Fill)].push(moves).spacing(space::L).align_y(Center).into()
    }

    fn permits<'a>(&'a self, role: &'a Role, may: bool, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let bits = self.permissions.unwrap_or(role.permissions);
        let groups = GROUPS.iter().map(|group| {
            let rows = group.permits.iter().map(|permit| {
                let on = bits.any(permit.bit);
                // What is held is anybody's above to take; what is not, only who has it gives.
                let mine = on || role.permissions.any(permit.bit) || view.permissions.allows(permit.bit);
                let turn = (may && mine).then_some(move |on| Message::Permit(permit.bit, on));
                let hint = ctx.w.get(permit.hint);
                let hint = if may && !mine { format!("{hint} {}", ctx.w.get("perm-lacking")) } else { hint };
                pages::switch(ctx.w.get(permit.name), hint, on, turn)
            });
            let rows = Column::from_iter(rows).spacing(space::XS);
            pages::part(ctx.w.get(group.name), pages::card(rows))
        });
        Column::from_iter(groups).spacing(space::XL).into()
    }

    fn holders<'a>(&'a self, id: RoleId, may: bool, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let found = matching(view, &self.filter);
        let holds =
            |user: &bivouac_node::UserId| view.law.members.get(user).is_some_and(|member| member.roles.contains(&id));
        let (held, others): (Vec<_>, Vec<_>) = found.into_iter().partition(holds);
        let shown = ctx.w.get("member-filter");
        let mut page = column![widget::line(&shown, &self.filter, Message::Filter)].spacing(space::S);
        if may && !self.filter.trim().is_empty() && !others.is_empty() {
            let chips = others.into_iter().take(OFFERED).map(|user| {
                let words = row![widget::icon(Icon::Plus, 12.0), pages::said(&view.name(&user))];
                let words = words.spacing(space::XS).align_y(Center);
                pages::chip(words, false, Some(Message::Hold(user, true)))
            });
            page = page.push(pages::part(ctx.w.get("role-give"), pages::wrap(chips)));
        } else if may && self.filter.trim().is_empty() {
            page = page.push(widget::hint(ctx.w.get("role-give-hint")));
        }
        let more = held.len().saturating_sub(LISTED);
        if held.is_empty() {
            let key = if self.filter.trim().is_empty() { "role-unheld" } else { "nobody-found" };
            page = page.push(widget::hint(ctx.w.get(key)));
        }
        for user in held.into_iter().take(LISTED) {
            let mut line = row![person(user, 28.0, view, ctx), blank::horizontal()];
            // A role is taken from those below oneself, and by oneself.
            if may && (user == view.me || view.rank(&user) < view.rank(&view.me)) {
                let take = Message::Hold(user, false);
                let sign = widget::bare_icon_button(Icon::Close, Some(take.clone()));
                line = line.push(widget::tip(sign, ctx.w.get("role-take")));
            }
            page = page.push(pages::line(line));
        }
        let more = (more > 0).then(|| widget::hint(ctx.w.with("members-more", &[("count", more.into())])));
        page.push(more).into()
    }
}
