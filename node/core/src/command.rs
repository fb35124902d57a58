//! What users ask for: checked, turned into ops, answered.

mod act;
mod message;

use bivouac_crypto::{Bounded, SigningKey, Text};

use self::act::{channel_change, picture_of};
pub(crate) use self::message::said;
use crate::{
    guild::Guild,
    io::{Command, CommandError, Effect, ErrorKind, Reason, Reply},
    join,
    me::Cx,
    model::{self, ChannelChange, ChannelId, ChannelKind, GuildId, InviteId, Nature},
    op::{Act, Acting, Audience},
    state::{State, Timer},
    table::Damaged,
};

/// Guilds a node holds, at most.
const MAX_GUILDS: usize = 200;

pub(crate) type Answered<T> = Result<T, CommandError>;

pub(crate) fn fail<T>(kind: ErrorKind, param: Option<&'static str>, message: impl Into<String>) -> Answered<T> {
    Err(CommandError::new(kind, param, message))
}

/// The user is not in the guild.
pub(crate) fn not_member() -> CommandError {
    Reason::NotMember.into()
}

pub(crate) fn no_channel<T>() -> Answered<T> {
    fail(ErrorKind::NotFound, Some("channel"), "There is no such channel; it may have been deleted.")
}

/// A record in the way cannot be read.
pub(crate) fn damaged(_: Damaged) -> CommandError {
    let message = "A record of the store is damaged; the store is being rebuilt. Try again in a moment.";
    CommandError::new(ErrorKind::StoreDamaged, None, message)
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
            Self::refuse(cx, id, Reason::ReadOnly);
            return Ok(());
        }
        let answer = match command {
            Command::Join { link, timeout_ms } => {
                self.join(cx, id, &link, timeout_ms);
                return Ok(());
            }
            Command::Enter { channel, password } => {
                self.enter(cx, id, channel, &password);
                return Ok(());
            }
            Command::Post { channel, text, reply_to, thread, files } => {
                match self.post(cx, id, channel, &text, (reply_to, thread), files) {
                    Ok(()) => return Ok(()),
                    Err(error) => Err(error),
                }
            }
            Command::Nearby { .. } | Command::Knock { .. } | Command::Answer { .. } => {
                match self.nearby_command(cx, id, command) {
                    Ok(None) => return Ok(()),
                    Ok(Some(reply)) => Ok(reply),
                    Err(error) => Err(error),
                }
            }
            Command::Edit { .. }
            | Command::Delete { .. }
            | Command::React { .. }
            | Command::Pin { .. }
            | Command::CreateThread { .. }
            | Command::UpdateThread { .. } => match self.mark(cx, id, command) {
                Ok(None) => return Ok(()),
                Ok(Some(reply)) => Ok(reply),
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
            Command::LeaveGuild { guild } => {
                let guild = self.mine(cx, guild)?;
                if guild.law.owner == Some(cx.me.user) {
                    return Err(Reason::OwnerStays.into());
                }
                guild.enact(cx, Act::Leave)
            }
            Command::CreateInvite { guild, max_uses, expires_in_ms, roles } => {
                self.create_invite(cx, guild, max_uses, expires_in_ms, roles)
            }
            Command::RevokeInvite { guild, invite } => {
                let guild = self.mine(cx, guild)?;
                if !guild.law.invites.contains_key(&invite) {
                    return fail(ErrorKind::NotFound, Some("invite"), "There is no such invite in this guild.");
                }
                guild.enact(cx, Act::InviteRevoke { invite })?;
                guild.rekey(cx)
            }
            Command::CreateChannel { guild, nature, edit, password } => {
                let now = cx.now.wall_ms;
                self.mine(cx, guild)?.create_channel(cx, nature, channel_change(edit, now)?, password.as_deref())
            }
            Command::UpdateChannel { channel, edit, password } => {
                let now = cx.now.wall_ms;
                let change = channel_change(edit, now)?;
                self.of_channel(cx, channel)?.update_channel(cx, channel, change, password.as_deref())
            }
            Command::DeleteChannel { channel } => {
                self.of_channel(cx, channel)?.enact(cx, Act::ChannelDelete { channel })
            }
            Command::Overwrite { channel, target, over } => {
                self.of_channel(cx, channel)?.overwrite(cx, channel, target, over)
            }
            Command::UpdateGuild { guild, name, description, icon } => {
                self.mine(cx, guild)?.update(cx, name, description, icon)
            }
            Command::Emoji { guild, name, picture } => self.mine(cx, guild)?.name_picture(cx, name, picture),
            Command::Avatar { guild, picture } => {
                let guild = self.mine(cx, guild)?;
                guild.enact(cx, Act::Avatar { picture: picture_of("picture", picture)? })
            }
            Command::HandOver { guild, user } => self.mine(cx, guild)?.hand_over(cx, user),
            Command::CreateRole { guild, rank, permissions, edit } => {
                self.mine(cx, guild)?.create_role(cx, rank, permissions, edit)
            }
            Command::UpdateRole { guild, role, rank, permissions, edit } => {
                self.mine(cx, guild)?.update_role(cx, role, rank, permissions, edit)
            }
            Command::DeleteRole { guild, role } => self.mine(cx, guild)?.delete_role(cx, role),
            Command::AssignRole { guild, role, user, held } => self.mine(cx, guild)?.assign(cx, role, user, held),
            Command::Kick { guild, user, reason } => self.mine(cx, guild)?.kick(cx, user, reason),
            Command::Ban { guild, user, reason } => self.mine(cx, guild)?.ban(cx, user, reason),
            Command::Unban { guild, user } => {
                let guild = self.mine(cx, guild)?;
                if !guild.law.bans.contains(&user) {
                    return fail(ErrorKind::NotFound, Some("user"), "This user is not banned.");
                }
                guild.enact(cx, Act::Unban { user })
            }
            Command::Timeout { guild, user, for_ms, reason } => {
                self.mine(cx, guild)?.time_out(cx, user, for_ms, reason)
            }
            Command::Nick { guild, user, nick } => self.mine(cx, guild)?.call(cx, user, nick),
            Command::Read { channel, message } => self.read(cx, channel, message),
            Command::Typing { channel, thread } => self.typing(cx, channel, thread),
            _ => Ok(Reply::Unit),
        }
    }

    fn create_guild(&mut self, cx: &mut Cx<'_>, new: &str) -> Answered<Reply> {
        let new = name("name", new)?;
        if self.guilds.len() >= MAX_GUILDS {
            return Err(Reason::GuildsMost(MAX_GUILDS).into());
        }
        let mut guild = Guild::found(cx).map_err(damaged)?;
        guild.mint(cx, Audience::Guild).map_err(damaged)?;
        let called = Act::Guild { name: Some(new), description: None, icon: None };
        guild.act(cx, Acting::Owner(0), called).map_err(damaged)?;
        let general = Act::Channel {
            nature: Nature::public(ChannelKind::Text),
            change: ChannelChange { name: Text::try_from("general").ok(), ..ChannelChange::default() },
        };
        let channel = guild.act(cx, Acting::Owner(0), general).map_err(damaged)?;
        let id = guild.id;
        self.guilds.insert(id, guild);
        self.set(cx.now.mono_ms + 1_000, Timer::Compare(id));
        Ok(Reply::Guild { guild: id, channel: ChannelId(channel.0) })
    }

    pub(crate) fn create_invite(
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
        let mut seed = bivouac_crypto::Zeroizing::new([0; 32]);
        cx.rng.fill_bytes(&mut seed[..]);
        let key = SigningKey::from_seed(&seed);
        let expires_ms = expires_in_ms.map(|ms| cx.now.wall_ms.saturating_add(ms));
        let act = Act::Invite { key: key.public(), max_uses, expires_ms, roles };
        let invite = InviteId(guild.enact_id(cx, act)?.0);
        Ok(Reply::Invite { invite, link: join::link(guild.id, &key, hosts, &addresses) })
    }

    /// A guild we are a member of.
    pub(crate) fn mine(&mut self, cx: &Cx<'_>, id: GuildId) -> Answered<&mut Guild> {
        match self.guilds.get_mut(&id) {
            None => fail(
                ErrorKind::NotFound,
                Some("guild"),
                "This node knows no such guild. guild.list names those it knows.",
            ),
            Some(guild) if !guild.is_member(&cx.me.user) => Err(not_member()),
            Some(guild) if guild.is_ahead(cx.now.wall_ms) => Err(Reason::ClockAhead.into()),
            Some(guild) => Ok(guild),
        }
    }

    /// The guild of a channel, be its time over or not, which we are a member of.
    pub(crate) fn of_channel(&mut self, cx: &Cx<'_>, channel: ChannelId) -> Answered<&mut Guild> {
        let id = self.guilds.values().find(|guild| guild.law.channels.contains_key(&channel)).map(|guild| guild.id);
        id.map_or_else(no_channel, |id| self.mine(cx, id))
    }
}
