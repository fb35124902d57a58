//! What was done in the guild, by whom, and what of it has no effect and why. It is no diary that somebody keeps: every member's
//! node works it out from the signed acts, so any of them can be asked and all say the same.

use bivouac_node::{
    CallError, UserId,
    core::{
        io::{Answer, Deed, GuildView, Query},
        model::{ChannelId, GuildId, RoleId},
    },
};
use iced::{
    Center, Fill,
    widget::{Column, column, container, rich_text, row, span, text},
};

use crate::{
    fault::{self, Fault},
    intent::Wants,
    screen::{Ctx, face_of, message::shorten, pages},
    theme::{self, Element, size, space},
    widget::{self, Icon, icon},
    world::Shown as _,
};

/// Acts that are listed at first, and how many more each time.
const LISTED: usize = 50;

/// The page.
#[derive(Debug, Default)]
pub struct Audit {
    deeds: Option<Vec<Deed>>,
    more: usize,
    fault: Option<Fault>,
}

/// What happens on it.
#[derive(Clone, Debug)]
pub enum Message {
    /// The log came.
    Came(Result<Answer, CallError>),
    /// List more.
    More,
}

impl Audit {
    /// Asks for the log: one more than is listed tells whether there are more.
    pub fn load(&self, guild: GuildId) -> Wants<Message> {
        Wants::ask(Query::Audit { guild, limit: self.listed() + 1 }, Message::Came)
    }

    fn listed(&self) -> usize {
        LISTED * (self.more + 1)
    }

    /// What happens.
    pub fn update(&mut self, message: Message, guild: GuildId) -> Wants<Message> {
        match message {
            Message::Came(Ok(Answer::Audit(deeds))) => (self.deeds, self.fault) = (Some(deeds), None),
            Message::Came(Ok(_)) => {}
            Message::Came(Err(error)) => self.fault = Some(error.into()),
            Message::More => {
                self.more += 1;
                return self.load(guild);
            }
        }
        Wants::none()
    }

    /// Draws it.
    pub fn view<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let hint = row![icon(Icon::RefreshCw, 14.0).style(theme::text::faint), widget::hint(ctx.w.get("audit-replay"))];
        let page = column![
            pages::head(ctx.w.get("guild-audit"), ctx.w.get("guild-audit-hint")),
            hint.spacing(space::S).align_y(Center)
        ]
        .push(pages::fault(self.fault.as_ref(), ctx))
        .spacing(space::L);
        let Some(deeds) = &self.deeds else { return page.push(widget::hint(ctx.w.get("audit-coming"))).into() };
        let lines = deeds.iter().take(self.listed()).map(|deed| line(deed, view, ctx));
        let more =
            (deeds.len() > self.listed()).then(|| widget::secondary(ctx.w.get("audit-more"), Some(Message::More)));
        page.push(Column::from_iter(lines).spacing(space::XS)).push(more).into()
    }
}

fn line<'a>(deed: &'a Deed, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
    let (avatar, seed) = face_of(view, &deed.author);
    let who = view.name(&deed.author);
    let said = said(deed, view, ctx);
    let said: Element<'a, Message> = if deed.void.is_some() {
        let said = span(said).strikethrough(true).color(ctx.theme.color.faint);
        rich_text![said].on_link_click(|never: std::convert::Infallible| match never {}).size(size::SMALL + 1.0).into()
    } else {
        text(said).size(size::SMALL + 1.0).wrapping(text::Wrapping::WordOrGlyph).into()
    };
    let mut words = column![said].spacing(2).width(Fill);
    if let Some(why) = deed.reason.as_deref().filter(|why| !why.trim().is_empty()) {
        let why = ctx.w.with("deed-reason", &[("reason", shorten(&ctx.veil(why), 512).into())]);
        words = words.push(widget::hint(why).wrapping(text::Wrapping::WordOrGlyph));
    }
    if let Some(void) = deed.void {
        let why = ctx.w.with("deed-void", &[("why", ctx.w.get(fault::why(void)).into())]);
        words = words.push(text(why).size(size::SMALL).style(theme::text::warning));
    }
    let when = text(ctx.clock.stamp(deed.at)).size(size::CAPTION).style(theme::text::faint);
    let face = widget::face(ctx.pictures, avatar, &who, seed, 28.0);
    let when = container(when.wrapping(text::Wrapping::None)).align_y(Center);
    pages::line(row![face, words, when])
}

/// The act, in plain words.
fn said(deed: &Deed, view: &GuildView, ctx: Ctx<'_>) -> String {
    let key = match deed.action {
        "guild.update" => "deed-guild-update",
        "guild.hand_over" => "deed-guild-hand-over",
        "guild.leave" => "deed-guild-leave",
        "channel.create" => "deed-channel-create",
        "channel.update" => "deed-channel-update",
        "channel.delete" => "deed-channel-delete",
        "channel.overwrite" => "deed-channel-overwrite",
        "channel.enter" => "deed-channel-enter",
        "invite.create" => "deed-invite-create",
        "invite.revoke" => "deed-invite-revoke",
        "invite.join" => "deed-invite-join",
        "role.create" => "deed-role-create",
        "role.update" => "deed-role-update",
        "role.delete" => "deed-role-delete",
        "role.assign" => "deed-role-assign",
        "role.unassign" => "deed-role-unassign",
        "member.kick" => "deed-member-kick",
        "member.ban" => "deed-member-ban",
        "member.unban" => "deed-member-unban",
        "member.timeout" => "deed-member-timeout",
        "member.nick" => "deed-member-nick",
        "member.avatar" => "deed-member-avatar",
        "emoji.create" => "deed-emoji-create",
        "emoji.delete" => "deed-emoji-delete",
        "identity.update" => "deed-identity-update",
        "guild.create" => "deed-guild-create",
        "sealed" => "deed-sealed",
        // One that is not known here yet is named like the method that does it.
        other => other,
    };
    let who = shorten(&view.name(&deed.author), 40);
    ctx.w.with(key, &[("who", who.into()), ("what", target(deed, view, ctx).into())])
}

/// What the act is about, by name where that is known.
fn target(deed: &Deed, view: &GuildView, ctx: Ctx<'_>) -> String {
    let Some(target) = deed.target.as_deref() else { return String::new() };
    let short = || if ctx.prefs.streamer { "…".to_owned() } else { target.chars().take(8).collect() };
    let kind = deed.action.split('.').next().unwrap_or_default();
    match (kind, deed.action) {
        ("channel", "channel.enter")
        | ("member", _)
        | (_, "invite.join" | "role.assign" | "role.unassign" | "guild.hand_over") => {
            user_of(target).map_or_else(short, |user| shorten(&view.name(&user), 40))
        }
        ("channel", _) => {
            let channel = target.parse::<ChannelId>().ok().and_then(|id| view.law.channels.get(&id));
            channel.map_or_else(|| ctx.w.get("deed-gone-channel"), |channel| format!("#{}", shorten(&channel.name, 40)))
        }
        ("role", _) => {
            let role = target.parse::<RoleId>().ok().and_then(|id| view.law.roles.get(&id));
            role.map_or_else(|| ctx.w.get("deed-gone-role"), |role| shorten(&role.name, 40))
        }
        _ => short(),
    }
}

/// A user, as the log writes them: like any other id.
pub(super) fn user_of(target: &str) -> Option<UserId> {
    target.parse::<RoleId>().ok().map(|id| UserId(id.0))
}
