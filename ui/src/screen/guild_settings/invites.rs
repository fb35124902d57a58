//! Invites that stand: who made each, how often it was used, how long it holds, and what it gives.

use bivouac_node::core::{
    io::{Command, GuildView},
    model::{Invite, InviteId, Permissions},
};
use iced::{
    Center,
    widget::{Column, column, row, text},
};

use super::{Ask, person};
use crate::{
    screen::{Ctx, pages},
    theme::{Element, MONO, size, space},
    widget::{self, Icon},
    world::Shown as _,
};

/// What happens on it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Make one.
    Create,
    /// End one.
    Revoke(InviteId),
}

/// What happens.
pub fn update(message: Message, view: &GuildView) -> Option<Ask> {
    Some(match message {
        Message::Create => Ask::Invite,
        Message::Revoke(invite) => Ask::Do(Command::RevokeInvite { guild: view.guild, invite }),
    })
}

/// Draws it.
pub fn view<'a>(view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
    let create = view
        .may_anywhere(Permissions::CREATE_INVITE)
        .then(|| widget::primary(ctx.w.get("invite-people"), Some(Message::Create)));
    let head = pages::head(ctx.w.get("guild-invites"), ctx.w.get("guild-invites-hint")).width(iced::Fill);
    let page = column![row![head].push(create).spacing(space::L).align_y(Center)].spacing(space::L);
    if view.law.invites.is_empty() {
        let none = widget::empty(Icon::Link, ctx.w.get("invites-none"), ctx.w.get("invites-none-hint"));
        return page.push(none.height(280)).into();
    }
    let lines = view.law.invites.iter().map(|(id, invite)| line(*id, invite, view, ctx));
    page.push(Column::from_iter(lines).spacing(space::S)).into()
}

fn line<'a>(id: InviteId, invite: &'a Invite, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
    let uses = match invite.max_uses {
        Some(most) => ctx.w.with("invite-used-of", &[("uses", invite.uses.into()), ("most", most.into())]),
        None => ctx.w.with("invite-used", &[("count", invite.uses.into())]),
    };
    let over = invite.expires_ms.is_some_and(|end| end <= ctx.clock.now);
    let used_up = invite.max_uses.is_some_and(|most| invite.uses >= most);
    let ends = match invite.expires_ms {
        _ if used_up => ctx.w.get("invite-used-up"),
        Some(_) if over => ctx.w.get("invite-over"),
        Some(end) => ctx.w.with("invite-ends", &[("when", ctx.clock.ago(end).into())]),
        None => ctx.w.get("invite-forever"),
    };
    let name = (!ctx.prefs.streamer).then(|| {
        let name = text(id.to_string().chars().take(8).collect::<String>()).font(MONO).size(size::CAPTION);
        name.style(crate::theme::text::faint)
    });
    let words = row![].push(name).push(widget::hint(format!("{uses} · {ends}")));
    let by = row![person(invite.author, 24.0, view, ctx), words.spacing(space::S).align_y(Center)];
    let roles = view.ranked().into_iter().filter(|(role, _)| invite.roles.contains(role));
    let roles: Vec<_> = roles
        .map(|(_, role)| {
            let words = row![pages::dot(role.color, ctx), pages::said(&role.name)].spacing(space::XS + 2.0);
            pages::chip(words.align_y(Center), false, None)
        })
        .collect();
    let mut inside = column![by.spacing(space::M).align_y(Center).wrap()].spacing(space::XS + 2.0).width(iced::Fill);
    if !roles.is_empty() {
        inside = inside.push(pages::wrap(roles));
    }
    // An own one is one's own to end.
    let may = view.am_in() && invite.author == view.me || view.may_anywhere(Permissions::MANAGE_GUILD);
    let revoke = may.then(|| pages::sign(Icon::Trash, ctx.w.get("invite-revoke"), Some(Message::Revoke(id))));
    pages::line(row![inside].push(revoke))
}
