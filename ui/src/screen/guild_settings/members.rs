//! Members: found by name or role; of each what they are called here, which roles they hold, and what moderation can do.

mod draw;

use bivouac_node::{
    UserId,
    core::{
        io::{Command, GuildView},
        model::RoleId,
    },
};

use super::{Ask, matching};
use crate::{
    screen::{Ctx, dialog::confirm::Confirm, message::shorten},
    world::Shown as _,
};

/// Members that are listed at first, and how many more each time.
const LISTED: usize = 50;
/// For how long somebody may be silenced, in milliseconds.
const SILENCES: [u64; 6] = [60_000, 5 * 60_000, 10 * 60_000, 3_600_000, 86_400_000, 7 * 86_400_000];

/// The page.
#[derive(Debug)]
pub struct Members {
    filter: String,
    role: Option<RoleId>,
    all_roles: bool,
    open: Option<UserId>,
    nick: Option<String>,
    listed: usize,
}

impl Default for Members {
    fn default() -> Self {
        Self { filter: String::new(), role: None, all_roles: false, open: None, nick: None, listed: LISTED }
    }
}

/// What happens on it.
#[derive(Clone, Debug)]
pub enum Message {
    /// By which name.
    Filter(String),
    /// By which role.
    Role(Option<RoleId>),
    /// Offer all roles to look for.
    AllRoles,
    /// What can be done about somebody, or no more.
    Open(UserId),
    /// List more.
    More,
    /// What they are called here.
    Nick(String),
    /// Call them so.
    Call(UserId),
    /// Call them by their own name.
    Uncall(UserId),
    /// A role of theirs.
    Hold(UserId, RoleId, bool),
    /// Silence them, for milliseconds; 0 lets them speak.
    Silence(UserId, u64),
    /// Remove them.
    Kick(UserId),
    /// Remove them for good.
    Ban(UserId),
}

impl Members {
    /// Who is listed, in order.
    fn found(&self, view: &GuildView) -> Vec<UserId> {
        let mut found = matching(view, &self.filter);
        if let Some(role) = self.role {
            found.retain(|user| view.law.members.get(user).is_some_and(|member| member.roles.contains(&role)));
        }
        found
    }

    /// What happens.
    pub fn update(&mut self, message: Message, view: &GuildView, ctx: &Ctx<'_>) -> Option<Ask> {
        let guild = view.guild;
        let sure = |head: &str, words: &str, act: &str, user: UserId, command: Command| {
            let who = shorten(&view.name(&user), 64);
            let head = ctx.w.with(head, &[("who", who.into())]);
            Some(Ask::Sure(Box::new(Confirm::new(head, ctx.w.get(words), ctx.w.get(act), command)), false))
        };
        match message {
            Message::Filter(words) => (self.filter, self.listed) = (words, LISTED),
            Message::Role(role) => (self.role, self.listed) = (role, LISTED),
            Message::AllRoles => self.all_roles = true,
            Message::Open(user) => {
                self.open = if self.open == Some(user) { None } else { Some(user) };
                self.nick = None;
            }
            Message::More => self.listed += LISTED,
            Message::Nick(nick) => self.nick = Some(nick),
            Message::Call(user) => {
                let nick = self.nick.take().map(|nick| nick.trim().to_owned());
                let nick = nick.filter(|nick| !nick.is_empty());
                return Some(Ask::Do(Command::Nick { guild, user, nick }));
            }
            Message::Uncall(user) => {
                self.nick = None;
                return Some(Ask::Do(Command::Nick { guild, user, nick: None }));
            }
            Message::Hold(user, role, held) => return Some(Ask::Do(Command::AssignRole { guild, role, user, held })),
            Message::Silence(user, 0) => {
                return Some(Ask::Do(Command::Timeout { guild, user, for_ms: 0, reason: None }));
            }
            Message::Silence(user, for_ms) => {
                let who = shorten(&view.name(&user), 64);
                let time = crate::format::duration(ctx.w, for_ms);
                let head = ctx.w.with("silence-head", &[("who", who.into()), ("time", time.into())]);
                let command = Command::Timeout { guild, user, for_ms, reason: None };
                let sure = Confirm::new(head, ctx.w.get("silence-words"), ctx.w.get("silence"), command);
                return Some(Ask::Sure(Box::new(sure), false));
            }
            Message::Kick(user) => {
                let command = Command::Kick { guild, user, reason: None };
                return sure("kick-head", "kick-words", "kick", user, command);
            }
            Message::Ban(user) => {
                let command = Command::Ban { guild, user, reason: None };
                return sure("ban-head", "ban-words", "ban", user, command);
            }
        }
        None
    }
}
