//! Who may not come back by any invite, and, as far as the log tells, since when, by whom and why.

use std::collections::BTreeMap;

use bivouac_node::{
    CallError, UserId,
    core::{
        io::{Answer, Command, Deed, GuildView, Query},
        model::{GuildId, Permissions},
    },
};
use iced::{
    Fill,
    widget::{Column, column, row, text},
};

use super::{Ask, audit::user_of, person};
use crate::{
    intent::Wants,
    screen::{Ctx, message::shorten, pages},
    theme::{Element, size, space},
    widget::{self, Icon},
    world::Shown as _,
};

/// Acts of the log that are gone through for reasons.
const SEARCHED: usize = 5_000;

/// The page.
#[derive(Debug, Default)]
pub struct Bans {
    /// The newest ban of each that has effect.
    told: BTreeMap<UserId, Deed>,
}

/// What happens on it.
#[derive(Clone, Debug)]
pub enum Message {
    /// The log came.
    Came(Result<Answer, CallError>),
    /// Lift it.
    Unban(UserId),
}

impl Bans {
    /// Asks what the log tells of them.
    pub fn load(&self, guild: GuildId) -> Wants<Message> {
        Wants::ask(Query::Audit { guild, limit: SEARCHED }, Message::Came)
    }

    /// What happens.
    pub fn update(&mut self, message: Message, view: &GuildView) -> Option<Ask> {
        match message {
            Message::Came(Ok(Answer::Audit(deeds))) => {
                let bans = deeds.into_iter().rev().filter(|deed| deed.action == "member.ban" && deed.void.is_none());
                self.told = bans.filter_map(|deed| Some((user_of(deed.target.as_deref()?)?, deed))).collect();
                None
            }
            Message::Came(_) => None,
            Message::Unban(user) => Some(Ask::Do(Command::Unban { guild: view.guild, user })),
        }
    }

    /// Draws it.
    pub fn view<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let page = column![pages::head(ctx.w.get("guild-bans"), ctx.w.get("guild-bans-hint"))].spacing(space::L);
        if view.law.bans.is_empty() {
            let none = widget::empty(Icon::ShieldCheck, ctx.w.get("bans-none"), ctx.w.get("bans-none-hint"));
            return page.push(none.height(280)).into();
        }
        let lines = view.law.bans.iter().map(|user| self.line(*user, view, ctx));
        page.push(Column::from_iter(lines).spacing(space::S)).into()
    }

    fn line<'a>(&'a self, user: UserId, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let mut words = column![person(user, 28.0, view, ctx)].spacing(space::XS).width(Fill);
        if let Some(deed) = self.told.get(&user) {
            let by = shorten(&view.name(&deed.author), 40);
            let by = ctx.w.with("banned-by", &[("who", by.into()), ("when", ctx.clock.stamp(deed.at).into())]);
            words = words.push(widget::hint(by));
            if let Some(why) = deed.reason.as_deref().filter(|why| !why.trim().is_empty()) {
                words = words
                    .push(text(shorten(&ctx.veil(why), 512)).size(size::SMALL).wrapping(text::Wrapping::WordOrGlyph));
            }
        }
        let lift = view
            .may_anywhere(Permissions::BAN)
            .then(|| widget::secondary(ctx.w.get("unban"), Some(Message::Unban(user))));
        pages::line(row![words].push(lift))
    }
}
