//! The methods: parameters to a command or query of the node, and its answer to a result.

use bivouac_core::{
    io::{Answer, Command, Query, Reply},
    model::{ChannelKind, GuildId, RoleId},
};
use serde_json::{Value, json};

use super::{error::RpcError, params::Params, shapes};
use crate::{CallError, Handle, Pending};

/// Messages of a page where no limit is given, and at most.
const PAGE: usize = 50;
const PAGE_MAX: usize = 200;
/// How long joining may take where nothing is said, and at most, in seconds.
const JOIN_S: u64 = 60;
const JOIN_S_MAX: u64 = 3_600;
/// Longest time an invite can be given, in seconds: a hundred years.
const EXPIRES_S_MAX: u64 = 100 * 365 * 24 * 3_600;

/// A call the node has taken in.
pub(super) enum Begun {
    /// Its result is known.
    Known(Value),
    /// It does something.
    Doing(Pending<Reply>),
    /// It asks something.
    Asking(Pending<Answer>),
    /// It asks for a guild's invites.
    Invites(Pending<Answer>),
    /// It asks for the network.
    Net(Handle),
    /// It asks for the end.
    Shutdown,
}

/// Takes a call in. What is taken in later happens later.
pub(super) async fn begin(handle: &Handle, method: &str, mut params: Params) -> Result<Begun, RpcError> {
    let found = METHODS.iter().find(|(name, _)| *name == method);
    let (_, read) = found.ok_or_else(|| RpcError::method(method))?;
    if !WITHOUT_IDENTITY.contains(&method) {
        handle.profile().await?;
    }
    let wanted = read(&mut params)?;
    params.finish()?;
    Ok(match wanted {
        Wanted::Do(command) => Begun::Doing(handle.begin_command(command).await?),
        Wanted::Ask(query) => Begun::Asking(handle.begin_query(query).await?),
        Wanted::Invites(guild) => Begun::Invites(handle.begin_query(Query::Guild(guild)).await?),
        Wanted::Identity(name) => Begun::Known(shapes::created(&handle.create_identity(&name).await?)),
        Wanted::Profile => Begun::Known(shapes::profile(&handle.profile().await?)),
        Wanted::Net => Begun::Net(handle.clone()),
        Wanted::Shutdown => Begun::Shutdown,
    })
}

impl Begun {
    /// Waits for the result.
    pub(super) async fn result(self) -> Result<Value, RpcError> {
        match self {
            Self::Known(value) => Ok(value),
            Self::Doing(reply) => Ok(shapes::reply(&reply.answer().await?)),
            Self::Asking(answer) => Ok(shapes::answer(&answer.answer().await?)),
            Self::Invites(answer) => match answer.answer().await? {
                Answer::Guild(view) => Ok(shapes::invites(&view)),
                _ => Err(RpcError::internal("the core answered something else")),
            },
            Self::Net(handle) => net_status(&handle).await,
            Self::Shutdown => Ok(json!({})),
        }
    }
}

/// What a method comes down to.
enum Wanted {
    Do(Command),
    Ask(Query),
    Invites(GuildId),
    Identity(String),
    Profile,
    Net,
    Shutdown,
}

/// What reads a method's parameters.
type Read = fn(&mut Params) -> Result<Wanted, RpcError>;

/// What needs no identity.
const WITHOUT_IDENTITY: [&str; 2] = ["identity.create", "node.shutdown"];

/// Every method, in the order of docs/rpc.md.
const METHODS: &[(&str, Read)] = &[
    ("identity.create", |p| Ok(Wanted::Identity(p.required("name")?))),
    ("identity.show", |_| Ok(Wanted::Profile)),
    ("guild.create", |p| Ok(Wanted::Do(Command::CreateGuild { name: p.required("name")? }))),
    ("guild.list", |_| Ok(Wanted::Ask(Query::Guilds))),
    ("guild.show", |p| Ok(Wanted::Ask(Query::Guild(p.id("guild")?)))),
    ("guild.update", |p| Ok(Wanted::Do(Command::UpdateGuild { guild: p.id("guild")?, name: p.optional("name")? }))),
    ("guild.leave", |p| Ok(Wanted::Do(Command::LeaveGuild { guild: p.id("guild")? }))),
    ("invite.create", invite_create),
    ("invite.join", invite_join),
    ("invite.list", |p| Ok(Wanted::Invites(p.id("guild")?))),
    ("invite.revoke", |p| Ok(Wanted::Do(Command::RevokeInvite { guild: p.id("guild")?, invite: p.id("invite")? }))),
    ("channel.create", channel_create),
    ("channel.update", channel_update),
    ("channel.delete", |p| Ok(Wanted::Do(Command::DeleteChannel { channel: p.id("channel")? }))),
    ("role.assign", |p| assign(p, true)),
    ("role.unassign", |p| assign(p, false)),
    ("member.kick", |p| {
        let (guild, user) = (p.id("guild")?, p.user("user")?);
        Ok(Wanted::Do(Command::Kick { guild, user, reason: p.optional("reason")? }))
    }),
    ("member.ban", |p| {
        let (guild, user) = (p.id("guild")?, p.user("user")?);
        Ok(Wanted::Do(Command::Ban { guild, user, reason: p.optional("reason")? }))
    }),
    ("member.unban", |p| Ok(Wanted::Do(Command::Unban { guild: p.id("guild")?, user: p.user("user")? }))),
    ("message.send", message_send),
    ("message.list", message_list),
    ("net.status", |_| Ok(Wanted::Net)),
    ("log.status", |p| Ok(Wanted::Ask(Query::LogStatus(p.id("guild")?)))),
    ("node.shutdown", |_| Ok(Wanted::Shutdown)),
];

/// The names of all methods.
pub fn methods() -> impl Iterator<Item = &'static str> {
    METHODS.iter().map(|(name, _)| *name)
}

fn invite_create(p: &mut Params) -> Result<Wanted, RpcError> {
    let guild = p.id("guild")?;
    let max_uses: Option<u32> = p.optional("max_uses")?;
    if max_uses == Some(0) {
        return Err(RpcError::param("max_uses", "max_uses is at least 1; leave it out for any number"));
    }
    let expires_s: Option<u64> = p.optional("expires_s")?;
    if expires_s.is_some_and(|s| s == 0 || s > EXPIRES_S_MAX) {
        return Err(RpcError::param(
            "expires_s",
            format!("expires_s is from 1 to {EXPIRES_S_MAX}; leave it out for an invite without end"),
        ));
    }
    let roles: Vec<String> = p.optional("roles")?.unwrap_or_default();
    let roles = roles.iter().map(|role| role.parse::<RoleId>());
    let roles = roles.collect::<Result<_, _>>().map_err(|e| RpcError::param("roles", format!("roles has {e}")))?;
    Ok(Wanted::Do(Command::CreateInvite { guild, max_uses, expires_in_ms: expires_s.map(|s| s * 1_000), roles }))
}

fn invite_join(p: &mut Params) -> Result<Wanted, RpcError> {
    let link = p.required("link")?;
    let timeout_s = p.optional("timeout_s")?.unwrap_or(JOIN_S);
    if !(1..=JOIN_S_MAX).contains(&timeout_s) {
        return Err(RpcError::param("timeout_s", format!("timeout_s is from 1 to {JOIN_S_MAX}")));
    }
    Ok(Wanted::Do(Command::Join { link, timeout_ms: timeout_s * 1_000 }))
}

fn channel_create(p: &mut Params) -> Result<Wanted, RpcError> {
    let (guild, name) = (p.id("guild")?, p.required("name")?);
    let kind = match p.required::<String>("kind")?.as_str() {
        "text" => ChannelKind::Text,
        "voice" => ChannelKind::Voice,
        _ => return Err(RpcError::param("kind", "kind is \"text\" or \"voice\"")),
    };
    let topic = p.optional("topic")?.unwrap_or_default();
    channel_later(p)?;
    Ok(Wanted::Do(Command::CreateChannel { guild, name, kind, topic }))
}

fn channel_update(p: &mut Params) -> Result<Wanted, RpcError> {
    let channel = p.id("channel")?;
    let (name, topic) = (p.optional("name")?, p.optional("topic")?);
    channel_later(p)?;
    Ok(Wanted::Do(Command::UpdateChannel { channel, name, topic }))
}

/// What channels will have once they are built.
fn channel_later(p: &mut Params) -> Result<(), RpcError> {
    p.not_yet("private", &json!(false))?;
    p.not_yet("history", &json!("history"))?;
    ["password", "expires_s", "user_limit", "slow_mode_s"]
        .into_iter()
        .try_for_each(|name| p.not_yet(name, &Value::Null))
}

fn assign(p: &mut Params, held: bool) -> Result<Wanted, RpcError> {
    let (guild, role, user) = (p.id("guild")?, p.id("role")?, p.user("user")?);
    Ok(Wanted::Do(Command::AssignRole { guild, role, user, held }))
}

fn message_send(p: &mut Params) -> Result<Wanted, RpcError> {
    let (channel, text, reply_to) = (p.id("channel")?, p.required("text")?, p.optional_id("reply_to")?);
    p.not_yet("thread", &Value::Null)?;
    p.not_yet("files", &json!([]))?;
    Ok(Wanted::Do(Command::Post { channel, text, reply_to }))
}

fn message_list(p: &mut Params) -> Result<Wanted, RpcError> {
    let channel = p.id("channel")?;
    let (before, after) = (p.optional_id("before")?, p.optional_id("after")?);
    if before.is_some() && after.is_some() {
        return Err(RpcError::param("after", "give before or after, not both"));
    }
    let limit = p.optional("limit")?.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(RpcError::param("limit", format!("limit is from 1 to {PAGE_MAX}")));
    }
    Ok(Wanted::Ask(Query::Messages { channel, before, after, limit }))
}

async fn net_status(handle: &Handle) -> Result<Value, RpcError> {
    let status = handle.net().borrow().clone();
    let mut peers = Vec::with_capacity(status.peers.len());
    for peer in &status.peers {
        let user = match handle.query(Query::User(peer.device)).await {
            Ok(Answer::User(user)) => user,
            Err(CallError::Closed) => return Err(CallError::Closed.into()),
            _ => None,
        };
        peers.push(shapes::peer(peer, user));
    }
    Ok(shapes::net(&status, peers))
}
