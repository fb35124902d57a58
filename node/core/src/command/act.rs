//! Acts of law as users ask for them: checked, put under a role, done.

use bivouac_crypto::UserId;

use super::{Answered, damaged, fail, name, text};
use crate::{
    act::{MAX_EMOJI, MAX_PICTURE, MAX_SIDE, Picture, RoleChange, is_picture},
    authority::{self, Void},
    guild::{Guild, password::is_password},
    io::{ChannelEdit, ErrorKind, Reason, Reply, RoleEdit},
    mark::is_emoji_name,
    me::Cx,
    model::{
        Attachment, ChannelChange, ChannelId, ChannelKind, History, Nature, OpId, Overwrite, Permissions, RoleId,
        Target,
    },
    op::{Act, Audience},
};

/// Longest slow mode: six hours, in seconds.
const SLOW_MAX: u32 = 6 * 60 * 60;
/// Most members of a call that a channel can be held to.
const LIMIT_MAX: u32 = 99;
/// Least and most bits a second of voice: what Opus knows.
const BITRATES: std::ops::RangeInclusive<u32> = 8_000..=510_000;
/// Least time to keep messages for, in seconds.
const RETENTION_MIN: u32 = 1;
/// Longest silence: 28 days, in milliseconds.
const TIMEOUT_MAX: u64 = 28 * 24 * 60 * 60 * 1_000;
/// Highest rank that can be asked for; only the owner stands above.
const RANK_MAX: u32 = 1_000_000;
/// Channels and roles of a guild, at most.
const CHANNELS_MAX: usize = 500;
const ROLES_MAX: usize = 250;

/// The change that an edit asks for.
pub(super) fn channel_change(edit: ChannelEdit, wall_ms: u64) -> Answered<ChannelChange> {
    let within = |param, value: Option<u32>, range: std::ops::RangeInclusive<u32>, zero: bool| match value {
        Some(0) if zero => Ok(Some(0)),
        Some(value) if !range.contains(&value) => {
            let (least, most) = (range.start(), range.end());
            let or = if zero { ", or 0 for none" } else { "" };
            fail(ErrorKind::Invalid, Some(param), format!("{param} lies between {least} and {most}{or}."))
        }
        value => Ok(value),
    };
    Ok(ChannelChange {
        name: edit.name.as_deref().map(|new| name("name", new)).transpose()?,
        topic: edit.topic.as_deref().map(|topic| text("topic", topic)).transpose()?,
        parent: edit.parent,
        position: edit.position,
        slow_mode_s: within("slow_mode_s", edit.slow_mode_s, 1..=SLOW_MAX, true)?,
        user_limit: within("user_limit", edit.user_limit, 1..=LIMIT_MAX, true)?,
        bitrate: within("bitrate", edit.bitrate, BITRATES, false)?,
        retention_s: within("retention_s", edit.retention_s, RETENTION_MIN..=u32::MAX, true)?,
        expires_ms: edit.expires_in_ms.map(|ms| if ms == 0 { 0 } else { wall_ms.saturating_add(ms) }),
    })
}

fn role_change(edit: &RoleEdit) -> Answered<RoleChange> {
    if edit.color.is_some_and(|color| color > 0xff_ff_ff) {
        return fail(ErrorKind::Invalid, Some("color"), "color is a number up to 16777215: 0xRRGGBB, or 0 for none.");
    }
    let name = edit.name.as_deref().map(|new| name("name", new)).transpose()?;
    Ok(RoleChange { name, color: edit.color, hoist: edit.hoist })
}

/// A picture of the law, if it is one that all can show.
pub(super) fn picture_of(param: &'static str, picture: Option<Attachment>) -> Answered<Picture> {
    let Some(picture) = picture else { return Ok(Picture::default()) };
    let large = picture.image.is_some_and(|(width, height)| width.max(height) > MAX_SIDE);
    if large || picture.size > MAX_PICTURE {
        let rule = "The picture is larger than 512 KiB, or than 4,096 pixels a side; make it smaller.";
        return fail(ErrorKind::TooLarge, Some(param), rule);
    }
    if !is_picture(&picture) {
        let rule = "This is not a picture that all can show: take a PNG, JPEG, GIF or WebP.";
        return fail(ErrorKind::Invalid, Some(param), rule);
    }
    Picture::try_from(vec![picture]).or_else(|_| fail(ErrorKind::Invalid, Some(param), "One picture, no more."))
}

impl Guild {
    /// Does an act under the highest role that allows it.
    pub(super) fn enact(&mut self, cx: &mut Cx<'_>, act: Act) -> Answered<Reply> {
        self.enact_id(cx, act).map(|_| Reply::Unit)
    }

    pub(super) fn enact_id(&mut self, cx: &mut Cx<'_>, act: Act) -> Answered<OpId> {
        self.refresh();
        let why = match self.settled.acting_for(&self.dag, &cx.me.user, &act) {
            Ok(acting) => {
                let id = self.act(cx, acting, act).map_err(damaged)?;
                // It cites nothing that follows what cannot be read yet: that it rests on may be among it.
                return match self.dag.find(&id).map(|n| self.settled.of(n)) {
                    Some(Err(_)) => Err(Reason::KeyComing.into()),
                    _ => Ok(id),
                };
            }
            Err(why) => why,
        };
        Err(match why {
            Void::Outranked => Reason::Outranked,
            Void::NotAllowed if !act.needs().is_empty() => Reason::Lacks(act.needs()),
            why => Reason::Law(why),
        }
        .into())
    }

    /// Mints an epoch at once where there is none to send on any more.
    pub(super) fn rekey(&mut self, cx: &mut Cx<'_>) -> Answered<Reply> {
        self.refresh();
        self.ready_to_send(cx, Audience::Guild).map_err(damaged)?;
        Ok(Reply::Unit)
    }

    // ── the guild ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    pub(super) fn update(
        &mut self,
        cx: &mut Cx<'_>,
        new: Option<String>,
        description: Option<String>,
        icon: Option<Option<Attachment>>,
    ) -> Answered<Reply> {
        let new = new.as_deref().map(|new| name("name", new)).transpose()?;
        let description = description.as_deref().map(|d| text("description", d)).transpose()?;
        let icon = icon.map(|icon| picture_of("icon", icon)).transpose()?;
        if (&new, &description, &icon) == (&None, &None, &None) {
            return Ok(Reply::Unit);
        }
        self.enact(cx, Act::Guild { name: new, description, icon })
    }

    pub(super) fn name_picture(
        &mut self,
        cx: &mut Cx<'_>,
        name: String,
        picture: Option<Attachment>,
    ) -> Answered<Reply> {
        if !is_emoji_name(&name) {
            let rule = "The name of an emoji has 2 to 32 letters of A to Z, digits and _.";
            return fail(ErrorKind::Invalid, Some("name"), rule);
        }
        match (self.law.emoji.contains_key(&name), &picture) {
            (false, None) => return fail(ErrorKind::NotFound, Some("name"), "The guild has no such emoji."),
            (false, Some(_)) if self.law.emoji.len() >= MAX_EMOJI => {
                let full = "The guild has 500 emoji, as many as there may be; delete one first.";
                return fail(ErrorKind::TooLarge, Some("name"), full);
            }
            _ => {}
        }
        let picture = picture_of("picture", picture)?;
        let name = text("name", &name)?;
        self.enact(cx, Act::Emoji { name, picture })
    }

    pub(super) fn hand_over(&mut self, cx: &mut Cx<'_>, user: UserId) -> Answered<Reply> {
        self.member(&user)?;
        if self.law.owner != Some(cx.me.user) {
            return Err(Reason::OwnerOnly.into());
        }
        if user == cx.me.user {
            return fail(ErrorKind::Invalid, Some("user"), "You own this guild already.");
        }
        self.enact(cx, Act::HandOver { user })
    }

    // ── channels ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    pub(super) fn create_channel(
        &mut self,
        cx: &mut Cx<'_>,
        mut nature: Nature,
        change: ChannelChange,
        password: Option<&str>,
    ) -> Answered<Reply> {
        if change.name.is_none() {
            return fail(ErrorKind::Invalid, Some("name"), "A channel has a name.");
        }
        check_password(password)?;
        nature.password = password.is_some();
        nature.private |= nature.password;
        nature.forgets = change.retention_s.is_some_and(|kept| kept > 0);
        if nature.password && nature.history != History::Whole {
            // Who comes in would not read the password op, and could let in nobody.
            return fail(
                ErrorKind::Invalid,
                Some("history"),
                "A channel with a password shows its whole history; leave history out.",
            );
        }
        if nature.is_keyed() && nature.kind == ChannelKind::Category {
            return fail(ErrorKind::Invalid, Some("kind"), "A category holds no messages to be kept from anybody.");
        }
        check_retention(nature, &change)?;
        if self.law.channels.len() - self.over.len() >= CHANNELS_MAX {
            return Err(Reason::ChannelsMost(CHANNELS_MAX).into());
        }
        self.check_parent(nature.kind, &change)?;
        let id = ChannelId(self.enact_id(cx, Act::Channel { nature, change })?.0);
        if let Some(password) = password {
            self.set_password(cx, id, password)?;
        }
        Ok(Reply::Channel(id))
    }

    pub(super) fn update_channel(
        &mut self,
        cx: &mut Cx<'_>,
        channel: ChannelId,
        change: ChannelChange,
        password: Option<&str>,
    ) -> Answered<Reply> {
        let nature = self.dag.nature(&channel).unwrap_or(Nature::public(ChannelKind::Text));
        self.check_parent(nature.kind, &change)?;
        check_retention(nature, &change)?;
        check_password(password)?;
        if password.is_some() && !nature.password {
            return fail(
                ErrorKind::Invalid,
                Some("password"),
                "Only a channel that was made with a password has one; make a new channel.",
            );
        }
        let may = self.permissions_in(&cx.me.user, &channel).allows(Permissions::MANAGE_CHANNELS);
        if let Some(password) = password.filter(|_| may) {
            self.set_password(cx, channel, password)?;
        }
        if change == ChannelChange::default() && (may || password.is_none()) {
            return Ok(Reply::Unit);
        }
        self.enact(cx, Act::ChannelUpdate { channel, change })
    }

    fn check_parent(&self, kind: ChannelKind, change: &ChannelChange) -> Answered<()> {
        let Some(parent) = change.parent.filter(|parent| parent.0 != [0; 32]) else { return Ok(()) };
        if kind == ChannelKind::Category {
            return fail(ErrorKind::Invalid, Some("category"), "A category is in no other.");
        }
        match self.channel(&parent) {
            Some(channel) if channel.nature.kind == ChannelKind::Category => Ok(()),
            _ => fail(ErrorKind::NotFound, Some("category"), "There is no such category in this guild."),
        }
    }

    pub(super) fn overwrite(
        &mut self,
        cx: &mut Cx<'_>,
        channel: ChannelId,
        target: Target,
        over: Overwrite,
    ) -> Answered<Reply> {
        match target {
            Target::Role(role) if !self.law.roles.contains_key(&role) => return no_role(),
            Target::User(user) => self.member(&user)?,
            Target::Role(_) => {}
        }
        let was = self.law.overwrite(&channel, target);
        let wanted = over.allow.without(over.deny);
        let allow = wanted.without(was.allow);
        let deny = over.deny.without(was.deny);
        let neutral = (was.allow | was.deny).without(over.allow | over.deny);
        if (allow | deny | neutral).is_empty() {
            return Ok(Reply::Unit);
        }
        self.enact(cx, Act::Overwrite { channel, target, allow, deny, neutral })
    }

    /// Whether it is too soon to post again in a channel with slow mode. Whoever manages it need not wait.
    pub(super) fn is_slow(&self, cx: &Cx<'_>, id: &ChannelId) -> Answered<()> {
        let slow = self.channel(id).map_or(0, |channel| u64::from(channel.slow_mode_s)) * 1_000;
        let managing = Permissions::MANAGE_CHANNELS | Permissions::MANAGE_MESSAGES;
        if slow == 0 || self.permissions_in(&cx.me.user, id).any(managing) {
            return Ok(());
        }
        let since = cx.now.wall_ms.saturating_sub(slow);
        let last = self.last_post(&cx.tx, id, &cx.me.user, since).map_err(damaged)?;
        match last.map(|at| (at + slow).saturating_sub(cx.now.wall_ms)) {
            Some(wait) if wait > 0 => Err(Reason::Slow(wait.div_ceil(1_000)).into()),
            _ => Ok(()),
        }
    }

    // ── roles ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

    pub(super) fn create_role(
        &mut self,
        cx: &mut Cx<'_>,
        rank: Option<u32>,
        permissions: Permissions,
        edit: RoleEdit,
    ) -> Answered<Reply> {
        let change = role_change(&edit)?;
        if change.name.is_none() {
            return fail(ErrorKind::Invalid, Some("name"), "A role has a name.");
        }
        let rank = checked_rank(rank.unwrap_or(1))?;
        if self.law.roles.len() >= ROLES_MAX {
            return Err(Reason::RolesMost(ROLES_MAX).into());
        }
        let id = self.enact_id(cx, Act::RoleCreate { rank, permissions, change })?;
        Ok(Reply::Role(RoleId(id.0)))
    }

    pub(super) fn update_role(
        &mut self,
        cx: &mut Cx<'_>,
        role: RoleId,
        rank: Option<u32>,
        permissions: Option<Permissions>,
        edit: RoleEdit,
    ) -> Answered<Reply> {
        let change = role_change(&edit)?;
        let Some(now) = self.law.roles.get(&role) else { return no_role() };
        let rank = rank.filter(|rank| *rank != now.rank).map(checked_rank).transpose()?;
        if rank.is_some_and(|rank| rank > now.rank) {
            return fail(
                ErrorKind::Invalid,
                Some("rank"),
                format!("A role's rank can only be lowered; this one has {}. Make a new role to raise it.", now.rank),
            );
        }
        if role == authority::everyone(self.id) && (rank.is_some() || change != RoleChange::default()) {
            return fail(ErrorKind::Invalid, Some("role"), "Of @everyone only the permissions can be changed.");
        }
        let set = permissions.unwrap_or(now.permissions).without(now.permissions);
        let clear = now.permissions.without(permissions.unwrap_or(now.permissions));
        if rank.is_none() && (set | clear).is_empty() && change == RoleChange::default() {
            return Ok(Reply::Unit);
        }
        self.enact(cx, Act::RoleUpdate { role, rank, set, clear, change })?;
        if clear.is_empty() { Ok(Reply::Unit) } else { self.rekey(cx) }
    }

    pub(super) fn delete_role(&mut self, cx: &mut Cx<'_>, role: RoleId) -> Answered<Reply> {
        if !self.law.roles.contains_key(&role) {
            return no_role();
        }
        if [authority::everyone(self.id), authority::admin(self.id)].contains(&role) {
            return fail(ErrorKind::Invalid, Some("role"), "Every guild has this role; it cannot be deleted.");
        }
        self.enact(cx, Act::RoleDelete { role })?;
        self.rekey(cx)
    }

    pub(super) fn assign(&mut self, cx: &mut Cx<'_>, role: RoleId, user: UserId, held: bool) -> Answered<Reply> {
        self.member(&user)?;
        if role == authority::everyone(self.id) {
            return fail(ErrorKind::Invalid, Some("role"), "Every member has this role, always.");
        }
        if !self.law.roles.contains_key(&role) {
            return no_role();
        }
        let has = self.law.members.get(&user).is_some_and(|member| member.roles.contains(&role));
        if !held && !has {
            return fail(ErrorKind::NotFound, Some("role"), "This member does not have the role.");
        }
        if held && has {
            return Ok(Reply::Unit);
        }
        self.enact(cx, if held { Act::Grant { role, user } } else { Act::Revoke { role, user } })?;
        self.rekey(cx)
    }

    // ── members ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    pub(super) fn kick(&mut self, cx: &mut Cx<'_>, user: UserId, reason: Option<String>) -> Answered<Reply> {
        let reason = reason.as_deref().map(|r| text("reason", r)).transpose()?;
        self.member(&user)?;
        self.remove(cx, user, Act::Kick { user, reason })
    }

    pub(super) fn ban(&mut self, cx: &mut Cx<'_>, user: UserId, reason: Option<String>) -> Answered<Reply> {
        let reason = reason.as_deref().map(|r| text("reason", r)).transpose()?;
        self.remove(cx, user, Act::Ban { user, reason })
    }

    pub(super) fn time_out(
        &mut self,
        cx: &mut Cx<'_>,
        user: UserId,
        for_ms: u64,
        reason: Option<String>,
    ) -> Answered<Reply> {
        let reason = reason.as_deref().map(|r| text("reason", r)).transpose()?;
        self.member(&user)?;
        if for_ms > TIMEOUT_MAX {
            return fail(ErrorKind::Invalid, Some("seconds"), "A member can be silenced for at most 28 days.");
        }
        if user == cx.me.user {
            return fail(ErrorKind::Invalid, Some("user"), "You cannot silence yourself.");
        }
        let until_ms = if for_ms == 0 { 0 } else { cx.now.wall_ms.saturating_add(for_ms) };
        self.enact(cx, Act::Timeout { user, until_ms, reason })?;
        if until_ms > 0 {
            self.notice(cx, user).map_err(damaged)?;
        }
        Ok(Reply::Unit)
    }

    pub(super) fn call(&mut self, cx: &mut Cx<'_>, user: UserId, nick: Option<String>) -> Answered<Reply> {
        self.member(&user)?;
        let nick = nick.as_deref().map(|new| name("nick", new)).transpose()?;
        self.enact(cx, Act::Nick { user, nick })
    }

    fn member(&self, user: &UserId) -> Answered<()> {
        if self.is_member(user) {
            return Ok(());
        }
        fail(ErrorKind::NotFound, Some("user"), "This user is not a member of the guild.")
    }

    /// Removes a user: the act, new keys at once, and a notice that keeps what they said until now.
    fn remove(&mut self, cx: &mut Cx<'_>, user: UserId, act: Act) -> Answered<Reply> {
        if user == cx.me.user {
            return fail(ErrorKind::Invalid, Some("user"), "You cannot remove yourself; leave the guild instead.");
        }
        let was_member = self.is_member(&user);
        self.enact(cx, act)?;
        if was_member {
            self.mint(cx, Audience::Guild).map_err(damaged)?;
            self.notice(cx, user).map_err(damaged)?;
        }
        Ok(Reply::Unit)
    }
}

fn check_password(password: Option<&str>) -> Answered<()> {
    match password {
        Some(password) if !is_password(password) => {
            fail(ErrorKind::Invalid, Some("password"), "A password has 1 to 128 characters.")
        }
        _ => Ok(()),
    }
}

/// What forgets needs to know when.
fn check_retention(nature: Nature, change: &ChannelChange) -> Answered<()> {
    if nature.history == History::Ephemeral && change.retention_s == Some(0) {
        return fail(
            ErrorKind::Invalid,
            Some("retention_s"),
            "An ephemeral channel forgets; say after how many seconds.",
        );
    }
    if change.retention_s.is_some_and(|kept| kept > 0) && !nature.is_keyed() {
        let message =
            "Only a channel that was made private, or to forget, has logs of its own and can; make a new one.";
        return fail(ErrorKind::Invalid, Some("retention_s"), message);
    }
    Ok(())
}

fn checked_rank(rank: u32) -> Answered<u32> {
    if (1..=RANK_MAX).contains(&rank) {
        return Ok(rank);
    }
    fail(ErrorKind::Invalid, Some("rank"), format!("rank lies between 1 and {RANK_MAX}; admin has 1000."))
}

fn no_role<T>() -> Answered<T> {
    fail(ErrorKind::NotFound, Some("role"), "There is no such role in this guild.")
}
