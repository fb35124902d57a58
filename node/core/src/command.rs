//! What users ask for: checked, turned into ops, answered.

use bivouac_crypto::{Bounded, SigningKey, Text, UserId};

use crate::{
    guild::Guild,
    io::{Command, CommandError, Effect, ErrorKind, Reply},
    join,
    me::Cx,
    model::{self, ChannelId, ChannelKind, GuildId, InviteId, Permissions},
    op::{Act, Acting, MAX_TEXT, Op, Post},
    state::{MAX_PENDING, Pending, State, Timer},
    table::Damaged,
    timeline,
};

/// Guilds a node holds, at most.
const MAX_GUILDS: usize = 200;

type Answered<T> = Result<T, CommandError>;

fn fail<T>(kind: ErrorKind, param: Option<&'static str>, message: impl Into<String>) -> Answered<T> {
    Err(CommandError { kind, message: message.into(), param })
}

/// The user is not in the guild.
pub(crate) fn not_member() -> CommandError {
    CommandError {
        kind: ErrorKind::Forbidden,
        message: "You are not a member of this guild any more; what you read stays readable.".to_owned(),
        param: None,
    }
}

/// A record in the way cannot be read.
pub(crate) fn damaged(_: Damaged) -> CommandError {
    CommandError {
        kind: ErrorKind::StoreDamaged,
        message: "A record of the store is damaged; the store is being rebuilt. Try again in a moment.".to_owned(),
        param: None,
    }
}

fn name<const N: usize>(param: &'static str, text: &str) -> Answered<Text<N>> {
    model::name::name(text).or_else(|error| fail(ErrorKind::Invalid, Some(param), format!("{param}: {error}.")))
}

fn text<const N: usize>(param: &'static str, text: &str) -> Answered<Text<N>> {
    Text::try_from(text.to_owned()).or_else(|_| {
        fail(ErrorKind::Invalid, Some(param), format!("{param} is longer than {N} characters; shorten it."))
    })
}

impl State {
    pub(crate) fn command(&mut self, cx: &mut Cx<'_>, id: u64, command: Command) -> Result<(), Damaged> {
        if self.read_only {
            Self::refuse(
                cx,
                id,
                ErrorKind::DiskFull,
                None,
                "The disk does not take writes. Free some space; reading goes on, and writing resumes by itself.",
            );
            return Ok(());
        }
        let answer = match command {
            Command::Join { link, timeout_ms } => {
                self.join(cx, id, &link, timeout_ms);
                return Ok(());
            }
            Command::Post { channel, text, reply_to } => match self.post(cx, id, channel, &text, reply_to) {
                Ok(()) => return Ok(()),
                Err(error) => Err(error),
            },
            other => self.answer(cx, other),
        };
        if answer.as_ref().is_err_and(|error| error.kind == ErrorKind::StoreDamaged) {
            return Err(Damaged);
        }
        cx.out.push(Effect::Done(id, answer));
        Ok(())
    }

    fn answer(&mut self, cx: &mut Cx<'_>, command: Command) -> Answered<Reply> {
        match command {
            Command::CreateGuild { name } => self.create_guild(cx, &name),
            Command::UpdateGuild { guild, name: new } => {
                let guild = self.mine(cx, guild)?;
                let Some(new) = new else { return Ok(Reply::Unit) };
                let new = name::<100>("name", &new)?;
                guild.enact(cx, Permissions::MANAGE_GUILD, None, Act::Guild { name: new })
            }
            Command::LeaveGuild { guild } => {
                let guild = self.mine(cx, guild)?;
                if guild.law.owner == Some(cx.me.user) {
                    return fail(ErrorKind::Forbidden, None, "The owner cannot leave the guild.");
                }
                guild.enact(cx, Permissions::VIEW, None, Act::Leave)
            }
            Command::CreateInvite { guild, max_uses, expires_in_ms, roles } => {
                self.create_invite(cx, guild, max_uses, expires_in_ms, roles)
            }
            Command::RevokeInvite { guild, invite } => {
                let me = cx.me.user;
                let guild = self.mine(cx, guild)?;
                let Some(known) = guild.law.invites.get(&invite) else {
                    return fail(ErrorKind::NotFound, Some("invite"), "There is no such invite in this guild.");
                };
                let needs = if known.author == me { Permissions::VIEW } else { Permissions::MANAGE_GUILD };
                guild.enact(cx, needs, None, Act::InviteRevoke { invite })?;
                guild.rekey(cx)
            }
            Command::CreateChannel { guild, name: new, kind, topic } => {
                let guild = self.mine(cx, guild)?;
                let act = Act::Channel { name: name("name", &new)?, kind, topic: text("topic", &topic)? };
                let id = guild.enact_id(cx, Permissions::MANAGE_CHANNELS, None, act)?;
                Ok(Reply::Channel(ChannelId(id.0)))
            }
            Command::UpdateChannel { channel, name: new, topic } => {
                let guild = self.of_channel(cx, channel)?;
                let new = new.as_deref().map(|new| name("name", new)).transpose()?;
                let topic = topic.as_deref().map(|topic| text("topic", topic)).transpose()?;
                guild.enact(cx, Permissions::MANAGE_CHANNELS, None, Act::ChannelUpdate { channel, name: new, topic })
            }
            Command::DeleteChannel { channel } => {
                let guild = self.of_channel(cx, channel)?;
                guild.enact(cx, Permissions::MANAGE_CHANNELS, None, Act::ChannelDelete { channel })
            }
            Command::AssignRole { guild, role, user, held } => {
                let guild = self.mine(cx, guild)?;
                if !guild.is_member(&user) {
                    return fail(ErrorKind::NotFound, Some("user"), "This user is not a member of the guild.");
                }
                if role == crate::authority::everyone(guild.id) {
                    return fail(ErrorKind::Invalid, Some("role"), "Every member has this role, always.");
                }
                if !guild.law.roles.contains_key(&role) {
                    return fail(ErrorKind::NotFound, Some("role"), "There is no such role in this guild.");
                }
                let has = guild.law.members.get(&user).is_some_and(|member| member.roles.contains(&role));
                if !held && !has {
                    return fail(ErrorKind::NotFound, Some("role"), "This member does not have the role.");
                }
                let act = if held { Act::Grant { role, user } } else { Act::Revoke { role, user } };
                // Nobody needs leave to give up a role of their own.
                let own = !held && user == cx.me.user;
                let permission = if own { Permissions::VIEW } else { Permissions::MANAGE_ROLES };
                let target = (!held && !own).then_some(user);
                guild.enact(cx, permission, target, act)?;
                guild.rekey(cx)
            }
            Command::Kick { guild, user, reason } => {
                let reason = reason.as_deref().map(|r| text("reason", r)).transpose()?;
                let guild = self.mine(cx, guild)?;
                if !guild.is_member(&user) {
                    return fail(ErrorKind::NotFound, Some("user"), "This user is not a member of the guild.");
                }
                guild.remove(cx, user, Permissions::KICK, Act::Kick { user, reason })
            }
            Command::Ban { guild, user, reason } => {
                let reason = reason.as_deref().map(|r| text("reason", r)).transpose()?;
                self.mine(cx, guild)?.remove(cx, user, Permissions::BAN, Act::Ban { user, reason })
            }
            Command::Unban { guild, user } => {
                let guild = self.mine(cx, guild)?;
                if !guild.law.bans.contains(&user) {
                    return fail(ErrorKind::NotFound, Some("user"), "This user is not banned.");
                }
                guild.enact(cx, Permissions::BAN, None, Act::Unban { user })
            }
            Command::Join { .. } | Command::Post { .. } => Ok(Reply::Unit),
        }
    }

    fn create_guild(&mut self, cx: &mut Cx<'_>, new: &str) -> Answered<Reply> {
        let new = name("name", new)?;
        if self.guilds.len() >= MAX_GUILDS {
            return fail(
                ErrorKind::Busy,
                None,
                format!("This node holds {MAX_GUILDS} guilds already; leave one first."),
            );
        }
        let mut guild = Guild::found(cx).map_err(damaged)?;
        guild.mint(cx).map_err(damaged)?;
        guild.act(cx, Acting::Owner(0), Act::Guild { name: new }).map_err(damaged)?;
        let general = Act::Channel {
            name: Text::try_from("general".to_owned()).unwrap_or_default(),
            kind: ChannelKind::Text,
            topic: Text::default(),
        };
        let channel = guild.act(cx, Acting::Owner(0), general).map_err(damaged)?;
        let id = guild.id;
        self.guilds.insert(id, guild);
        self.set(cx.now.mono_ms + 1_000, Timer::Compare(id));
        Ok(Reply::Guild { guild: id, channel: ChannelId(channel.0) })
    }

    fn create_invite(
        &mut self,
        cx: &mut Cx<'_>,
        guild: GuildId,
        max_uses: Option<u32>,
        expires_in_ms: Option<u64>,
        roles: Vec<crate::model::RoleId>,
    ) -> Answered<Reply> {
        if max_uses == Some(0) {
            return fail(
                ErrorKind::Invalid,
                Some("max_uses"),
                "max_uses must be at least 1; leave it out for no limit.",
            );
        }
        let mut hosts = vec![cx.me.device];
        hosts.extend(self.online.iter().take(7));
        let addresses = self.addresses.clone();
        let guild = self.mine(cx, guild)?;
        hosts.retain(|device| guild.member_of(device).is_some());
        if roles.iter().any(|role| *role == crate::authority::everyone(guild.id) || !guild.law.roles.contains_key(role))
        {
            return fail(ErrorKind::NotFound, Some("roles"), "There is no such role in this guild.");
        }
        let Ok(roles) = Bounded::try_from(roles) else {
            return fail(ErrorKind::Invalid, Some("roles"), "An invite can give at most 16 roles.");
        };
        let mut needs = Permissions::CREATE_INVITE;
        if !roles.is_empty() {
            needs = needs | Permissions::MANAGE_ROLES;
        }
        let mut seed = bivouac_crypto::Zeroizing::new([0; 32]);
        cx.rng.fill_bytes(&mut seed[..]);
        let key = SigningKey::from_seed(&seed);
        let expires_ms = expires_in_ms.map(|ms| cx.now.wall_ms.saturating_add(ms));
        let act = Act::Invite { key: key.public(), max_uses, expires_ms, roles };
        let invite = InviteId(guild.enact_id(cx, needs, None, act)?.0);
        Ok(Reply::Invite { invite, link: join::link(guild.id, &key, hosts, &addresses) })
    }

    fn post(
        &mut self,
        cx: &mut Cx<'_>,
        id: u64,
        channel: ChannelId,
        body: &str,
        reply_to: Option<crate::model::MessageId>,
    ) -> Answered<()> {
        if body.is_empty() {
            return fail(ErrorKind::Invalid, Some("text"), "A message holds at least one character.");
        }
        let body = text::<MAX_TEXT>("text", body)?;
        if self.pending.len() >= MAX_PENDING {
            return fail(ErrorKind::Busy, None, "Too many messages wait for a key; try again in a moment.");
        }
        let guild = self.of_channel(cx, channel)?;
        if guild.channel(&channel).is_some_and(|c| c.kind != ChannelKind::Text) {
            return fail(
                ErrorKind::Invalid,
                Some("channel"),
                "This is a voice channel; messages go to a text channel.",
            );
        }
        if !guild.permissions(&cx.me.user).allows(Permissions::SEND) {
            return fail(ErrorKind::Forbidden, None, "You may not post in this channel.");
        }
        if let Some(reply) = reply_to
            && timeline::find(&cx.tx, (guild.id, channel), reply).map_err(damaged)?.is_none()
        {
            return fail(ErrorKind::Invalid, Some("reply_to"), "The message to answer is not in this channel.");
        }
        let says = Op::Post(Post { channel, text: body, reply_to });
        let guild_id = guild.id;
        match guild.post(cx, &says).map_err(damaged)? {
            Some(message) => cx.out.push(Effect::Done(id, Ok(Reply::Posted(message)))),
            None => self.pending.push(Pending { command: id, guild: guild_id, says }),
        }
        Ok(())
    }

    /// A guild we are a member of.
    fn mine(&mut self, cx: &Cx<'_>, id: GuildId) -> Answered<&mut Guild> {
        match self.guilds.get_mut(&id) {
            None => fail(
                ErrorKind::NotFound,
                Some("guild"),
                "This node knows no such guild. guild.list names those it knows.",
            ),
            Some(guild) if !guild.is_member(&cx.me.user) => Err(not_member()),
            Some(guild) if guild.is_ahead(cx.now.wall_ms) => fail(
                ErrorKind::Busy,
                None,
                "This device's clock was once far ahead and has been set back; others would not see what is written now. Wait until the clock has caught up, or set it right.",
            ),
            Some(guild) => Ok(guild),
        }
    }

    /// The guild of a channel, which we are a member of.
    fn of_channel(&mut self, cx: &Cx<'_>, channel: ChannelId) -> Answered<&mut Guild> {
        let id = self.guilds.values().find(|guild| guild.channel(&channel).is_some()).map(|guild| guild.id);
        match id {
            Some(id) => self.mine(cx, id),
            None => fail(ErrorKind::NotFound, Some("channel"), "There is no such channel; it may have been deleted."),
        }
    }
}

impl Guild {
    /// Does an act under the highest role that allows it.
    fn enact(&mut self, cx: &mut Cx<'_>, needs: Permissions, target: Option<UserId>, act: Act) -> Answered<Reply> {
        self.enact_id(cx, needs, target, act).map(|_| Reply::Unit)
    }

    fn enact_id(
        &mut self,
        cx: &mut Cx<'_>,
        needs: Permissions,
        target: Option<UserId>,
        act: Act,
    ) -> Answered<crate::model::OpId> {
        self.refresh();
        let me = cx.me.user;
        let acting = self.settled.role_for(&self.dag, &me, needs, target.as_ref());
        let below = |role: &crate::model::RoleId| {
            let rank = acting.and_then(|acting| self.settled.rank(acting));
            self.settled.roles().get(role).map(|role| role.rank) < rank
        };
        let roles_below = match &act {
            Act::Invite { roles, .. } => roles.iter().all(below),
            Act::Revoke { user, .. } if *user == me => true,
            Act::Grant { role, .. } | Act::Revoke { role, .. } => below(role),
            _ => true,
        };
        match acting {
            Some(acting) if roles_below => self.act(cx, acting, act).map_err(damaged),
            _ => {
                let names: Vec<&str> = needs.names().collect();
                let why = match target {
                    Some(_) => {
                        format!("You need the permission {} and a higher rank than the other.", names.join(", "))
                    }
                    None => format!(
                        "You need the permission {} and a high enough rank. Ask the owner or an admin.",
                        names.join(", ")
                    ),
                };
                fail(ErrorKind::Forbidden, None, why)
            }
        }
    }

    /// Mints an epoch at once where there is none to send on any more.
    fn rekey(&mut self, cx: &mut Cx<'_>) -> Answered<Reply> {
        self.refresh();
        if self.keys.sending(&self.dag, &self.settled).is_none() {
            self.mint(cx).map_err(damaged)?;
        }
        Ok(Reply::Unit)
    }

    /// Removes a user: the act, new keys at once, and a notice that keeps what they said until now.
    fn remove(&mut self, cx: &mut Cx<'_>, user: UserId, needs: Permissions, act: Act) -> Answered<Reply> {
        if user == cx.me.user {
            return fail(ErrorKind::Invalid, Some("user"), "You cannot remove yourself; leave the guild instead.");
        }
        let was_member = self.is_member(&user);
        self.enact(cx, needs, Some(user), act)?;
        if was_member {
            self.mint(cx).map_err(damaged)?;
            self.post(cx, &Op::Notice(user)).map_err(damaged)?;
        }
        Ok(Reply::Unit)
    }
}
