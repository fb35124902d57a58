//! The methods: parameters to a command or query of the node, and its answer to a result.

use std::path::PathBuf;

use bivouac_core::{
    io::{self, Answer, ChannelEdit, Command, Query, Reply, RoleEdit, Scope},
    model::{
        ChannelId, ChannelKind, FileId, GuildId, History, MessageId, Nature, Overwrite, Permissions, RoleId, Target,
    },
    op::MAX_FILES,
};
use bivouac_crypto::{DeviceId, UserId};
use serde_json::{Value, json};

use super::{error::RpcError, params::Params, shapes};
use crate::{CallError, Handle, Pending, Source};

/// Messages of a page where no limit is given, and at most.
const PAGE: usize = 50;
const PAGE_MAX: usize = 200;
/// The end of the year 9999, in milliseconds since the epoch.
const TIME_MAX: u64 = 253_402_300_799_999;
/// Longest path, in bytes: what Linux takes.
const PATH_MAX: usize = 4_096;
/// Deeds told where no limit is given, and at most.
const DEEDS: usize = 100;
const DEEDS_MAX: usize = 1_000;
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
    /// It asks for one message.
    Message(Pending<Answer>),
    /// It says something with files.
    Sending(Handle, Box<Command>, &'static str, Vec<PathBuf>),
    /// It wants a file.
    Getting(Handle, FileId, PathBuf),
    /// It asks for the network.
    Net(Handle),
    /// It asks for what a doctor would say.
    Report(Handle),
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
        Wanted::Message(message) => Begun::Message(handle.begin_query(Query::Message(message)).await?),
        Wanted::Invites(guild) => Begun::Invites(handle.begin_query(Query::Guild(guild)).await?),
        Wanted::Send(post, param, paths) => Begun::Sending(handle.clone(), post, param, paths),
        Wanted::File(file, path) => Begun::Getting(handle.clone(), file, path),
        Wanted::Identity(name) => Begun::Known(shapes::created(&handle.create_identity(&name).await?)),
        Wanted::Profile => Begun::Known(shapes::profile(&handle.profile().await?)),
        Wanted::Net => Begun::Net(handle.clone()),
        Wanted::Report => Begun::Report(handle.clone()),
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
            Self::Message(answer) => match answer.answer().await? {
                Answer::Messages(page) if page.messages.len() == 1 => Ok(shapes::message(&page.messages[0])),
                _ => Err(RpcError::internal("the core answered something else")),
            },
            Self::Sending(handle, post, param, paths) => {
                let files = paths.into_iter().map(Source::Path).collect();
                let sent = handle.command_with(*post, files, |_| true).await;
                Ok(shapes::reply(&sent.map_err(|error| RpcError::from(error).of_files(param))?))
            }
            Self::Getting(handle, file, path) => {
                let (path, size) = handle.get_file(file, path).await?;
                Ok(json!({ "path": path.to_string_lossy(), "size": size }))
            }
            Self::Net(handle) => net_status(&handle).await,
            Self::Report(handle) => report(&handle).await,
            Self::Shutdown => Ok(json!({})),
        }
    }
}

/// What a method comes down to.
enum Wanted {
    Do(Command),
    Ask(Query),
    Invites(GuildId),
    Message(MessageId),
    Send(Box<Command>, &'static str, Vec<PathBuf>),
    File(FileId, PathBuf),
    Identity(String),
    Profile,
    Net,
    Report,
    Shutdown,
}

/// What reads a method's parameters.
type Read = fn(&mut Params) -> Result<Wanted, RpcError>;

/// What needs no identity.
const WITHOUT_IDENTITY: [&str; 3] = ["identity.create", "net.report", "node.shutdown"];

/// Every method, in the order of docs/rpc.md.
const METHODS: &[(&str, Read)] = &[
    ("identity.create", |p| Ok(Wanted::Identity(p.required("name")?))),
    ("identity.show", |_| Ok(Wanted::Profile)),
    ("guild.create", |p| Ok(Wanted::Do(Command::CreateGuild { name: p.required("name")? }))),
    ("guild.list", |_| Ok(Wanted::Ask(Query::Guilds))),
    ("guild.show", |p| Ok(Wanted::Ask(Query::Guild(p.id("guild")?)))),
    ("guild.update", guild_update),
    ("guild.hand_over", |p| Ok(Wanted::Do(Command::HandOver { guild: p.id("guild")?, user: p.user("user")? }))),
    ("guild.leave", |p| Ok(Wanted::Do(Command::LeaveGuild { guild: p.id("guild")? }))),
    ("emoji.create", emoji_create),
    ("emoji.delete", |p| {
        Ok(Wanted::Do(Command::Emoji { guild: p.id("guild")?, name: p.required("name")?, picture: None }))
    }),
    ("invite.create", invite_create),
    ("invite.join", invite_join),
    ("invite.list", |p| Ok(Wanted::Invites(p.id("guild")?))),
    ("invite.revoke", |p| Ok(Wanted::Do(Command::RevokeInvite { guild: p.id("guild")?, invite: p.id("invite")? }))),
    ("channel.create", channel_create),
    ("channel.update", channel_update),
    ("channel.delete", |p| Ok(Wanted::Do(Command::DeleteChannel { channel: p.id("channel")? }))),
    ("channel.overwrite", channel_overwrite),
    ("channel.enter", |p| {
        Ok(Wanted::Do(Command::Enter { channel: p.id("channel")?, password: p.required("password")? }))
    }),
    ("role.create", role_create),
    ("role.update", role_update),
    ("role.delete", |p| Ok(Wanted::Do(Command::DeleteRole { guild: p.id("guild")?, role: p.id("role")? }))),
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
    ("member.timeout", |p| {
        let (guild, user, seconds) = (p.id("guild")?, p.user("user")?, p.required::<u32>("seconds")?);
        let for_ms = u64::from(seconds) * 1_000;
        Ok(Wanted::Do(Command::Timeout { guild, user, for_ms, reason: p.optional("reason")? }))
    }),
    ("member.nick", |p| {
        let (guild, user) = (p.id("guild")?, p.user("user")?);
        Ok(Wanted::Do(Command::Nick { guild, user, nick: p.optional("nick")? }))
    }),
    ("member.avatar", member_avatar),
    ("channel.notices", channel_notices),
    ("channel.read", |p| {
        Ok(Wanted::Do(Command::Read { channel: p.id("channel")?, message: p.optional_id("message")? }))
    }),
    ("channel.typing", |p| {
        Ok(Wanted::Do(Command::Typing { channel: p.id("channel")?, thread: p.optional_id("thread")? }))
    }),
    ("message.send", message_send),
    ("message.edit", |p| Ok(Wanted::Do(Command::Edit { message: p.id("message")?, text: p.required("text")? }))),
    ("message.delete", |p| Ok(Wanted::Do(Command::Delete { message: p.id("message")? }))),
    ("message.react", |p| react(p, true)),
    ("message.unreact", |p| react(p, false)),
    ("message.pin", |p| Ok(Wanted::Do(Command::Pin { message: p.id("message")?, on: true }))),
    ("message.unpin", |p| Ok(Wanted::Do(Command::Pin { message: p.id("message")?, on: false }))),
    ("message.show", |p| Ok(Wanted::Message(p.id("message")?))),
    ("message.list", message_list),
    ("message.kept", message_kept),
    ("message.pins", |p| Ok(Wanted::Ask(Query::Pins(p.id("channel")?)))),
    ("message.search", message_search),
    ("thread.create", |p| {
        Ok(Wanted::Do(Command::CreateThread { message: p.id("message")?, name: p.required("name")? }))
    }),
    ("thread.update", |p| {
        let (name, archived) = (p.optional("name")?, p.optional("archived")?);
        Ok(Wanted::Do(Command::UpdateThread { thread: p.id("thread")?, name, archived }))
    }),
    ("thread.list", |p| Ok(Wanted::Ask(Query::Threads(p.id("channel")?)))),
    ("file.get", |p| {
        let path: String = p.required("path")?;
        Ok(Wanted::File(p.id("file")?, path_of("path", &path)?))
    }),
    ("audit.list", |p| {
        let (guild, limit) = (p.id("guild")?, p.optional("limit")?.unwrap_or(DEEDS));
        if !(1..=DEEDS_MAX).contains(&limit) {
            return Err(RpcError::param("limit", format!("limit is from 1 to {DEEDS_MAX}")));
        }
        Ok(Wanted::Ask(Query::Audit { guild, limit }))
    }),
    ("nearby.list", |_| Ok(Wanted::Ask(Query::Nearby))),
    ("nearby.visible", |p| {
        let (visible, knocks) = (p.required("visible")?, p.optional("knocks")?.unwrap_or(true));
        Ok(Wanted::Do(Command::Nearby { visible, knocks }))
    }),
    ("nearby.knock", |p| Ok(Wanted::Do(Command::Knock { device: p.device("device")?, text: p.optional("text")? }))),
    ("nearby.answer", |p| {
        Ok(Wanted::Do(Command::Answer { device: p.device("device")?, guild: p.optional_id("guild")? }))
    }),
    ("net.status", |_| Ok(Wanted::Net)),
    ("net.report", |_| Ok(Wanted::Report)),
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

fn guild_update(p: &mut Params) -> Result<Wanted, RpcError> {
    let guild = p.id("guild")?;
    let (name, description) = (p.optional("name")?, p.optional("description")?);
    let icon: Option<String> = p.optional("icon")?;
    let update = Command::UpdateGuild { guild, name, description, icon: icon.is_some().then_some(None) };
    with_picture("icon", icon.as_deref().unwrap_or_default(), update)
}

fn emoji_create(p: &mut Params) -> Result<Wanted, RpcError> {
    let (guild, name, path) = (p.id("guild")?, p.required("name")?, p.required::<String>("picture")?);
    if path.is_empty() {
        return Err(RpcError::param("picture", "picture names no path"));
    }
    with_picture("picture", &path, Command::Emoji { guild, name, picture: None })
}

fn member_avatar(p: &mut Params) -> Result<Wanted, RpcError> {
    let (guild, path) = (p.id("guild")?, p.required::<String>("picture")?);
    with_picture("picture", &path, Command::Avatar { guild, picture: None })
}

/// A command that takes one picture, or none where the path is empty.
fn with_picture(param: &'static str, path: &str, command: Command) -> Result<Wanted, RpcError> {
    if path.is_empty() {
        return Ok(Wanted::Do(command));
    }
    Ok(Wanted::Send(Box::new(command), param, vec![path_of(param, path)?]))
}

fn channel_create(p: &mut Params) -> Result<Wanted, RpcError> {
    let guild = p.id("guild")?;
    let name: String = p.required("name")?;
    let kind = match p.required::<String>("kind")?.as_str() {
        "text" => ChannelKind::Text,
        "voice" => ChannelKind::Voice,
        "category" => ChannelKind::Category,
        _ => return Err(RpcError::param("kind", "kind is \"text\", \"voice\" or \"category\"")),
    };
    let edit = ChannelEdit { name: Some(name), ..channel_edit(p)? };
    let history = match p.optional::<String>("history")?.as_deref() {
        None | Some("history") => History::Whole,
        Some("since_join") => History::SinceJoin,
        Some("ephemeral") => History::Ephemeral,
        Some(_) => {
            let message = "history is \"history\", \"since_join\" or \"ephemeral\"";
            return Err(RpcError::param("history", message));
        }
    };
    let nature = Nature { private: p.optional("private")?.unwrap_or(false), history, ..Nature::public(kind) };
    Ok(Wanted::Do(Command::CreateChannel { guild, nature, edit, password: p.optional("password")? }))
}

fn channel_update(p: &mut Params) -> Result<Wanted, RpcError> {
    let channel = p.id("channel")?;
    let edit = ChannelEdit { name: p.optional("name")?, ..channel_edit(p)? };
    Ok(Wanted::Do(Command::UpdateChannel { channel, edit, password: p.optional("password")? }))
}

/// What can be said of a channel beside its name.
fn channel_edit(p: &mut Params) -> Result<ChannelEdit, RpcError> {
    let parent = match p.optional::<String>("category")?.as_deref() {
        Some("none") => Some(ChannelId::default()),
        Some(id) => Some(id.parse().map_err(|e| RpcError::param("category", format!("category is {e}")))?),
        None => None,
    };
    let expires_s: Option<u64> = p.optional("expires_s")?;
    if expires_s.is_some_and(|s| s > EXPIRES_S_MAX) {
        return Err(RpcError::param("expires_s", format!("expires_s is from 1 to {EXPIRES_S_MAX}, or 0 for no end")));
    }
    Ok(ChannelEdit {
        name: None,
        topic: p.optional("topic")?,
        parent,
        position: p.optional("position")?,
        slow_mode_s: p.optional("slow_mode_s")?,
        user_limit: p.optional("user_limit")?,
        bitrate: p.optional("bitrate")?,
        retention_s: p.optional("retention_s")?,
        expires_in_ms: expires_s.map(|s| s * 1_000),
    })
}

fn channel_overwrite(p: &mut Params) -> Result<Wanted, RpcError> {
    let channel = p.id("channel")?;
    let allow = permissions(p, "allow")?.unwrap_or_default();
    let deny = permissions(p, "deny")?.unwrap_or_default();
    let target = match (p.optional_id("role")?, p.optional_user("user")?) {
        (Some(role), None) => Target::Role(role),
        (None, Some(user)) => Target::User(user),
        (Some(_), Some(_)) => return Err(RpcError::param("user", "give role or user, not both")),
        (None, None) => return Err(RpcError::param("role", "role or user is missing")),
    };
    if allow.any(deny) {
        return Err(RpcError::param("deny", "deny names a permission that allow names too"));
    }
    Ok(Wanted::Do(Command::Overwrite { channel, target, over: Overwrite { allow, deny } }))
}

fn role_create(p: &mut Params) -> Result<Wanted, RpcError> {
    let guild = p.id("guild")?;
    let name: String = p.required("name")?;
    let permissions = permissions(p, "permissions")?.unwrap_or_default();
    let rank = p.optional("rank")?;
    let edit = RoleEdit { name: Some(name), ..role_edit(p)? };
    Ok(Wanted::Do(Command::CreateRole { guild, rank, permissions, edit }))
}

fn role_update(p: &mut Params) -> Result<Wanted, RpcError> {
    let (guild, role) = (p.id("guild")?, p.id("role")?);
    let (rank, permissions) = (p.optional("rank")?, permissions(p, "permissions")?);
    let edit = RoleEdit { name: p.optional("name")?, ..role_edit(p)? };
    Ok(Wanted::Do(Command::UpdateRole { guild, role, rank, permissions, edit }))
}

fn role_edit(p: &mut Params) -> Result<RoleEdit, RpcError> {
    Ok(RoleEdit { name: None, color: p.optional("color")?, hoist: p.optional("hoist")? })
}

/// Permissions by name.
fn permissions(p: &mut Params, param: &'static str) -> Result<Option<Permissions>, RpcError> {
    let Some(names) = p.optional::<Vec<String>>(param)? else { return Ok(None) };
    let mut all = Permissions::default();
    for name in names {
        let Some((_, bit)) = Permissions::NAMES.iter().find(|(known, _)| *known == name) else {
            let shown: String = name.chars().take(40).collect();
            let known: Vec<&str> = Permissions::NAMES.iter().map(|(known, _)| *known).collect();
            let known = known.join(", ");
            return Err(RpcError::param(
                param,
                format!("{param} names {shown}, which is no permission; there are {known}"),
            ));
        };
        all = all | *bit;
    }
    Ok(Some(all))
}

fn assign(p: &mut Params, held: bool) -> Result<Wanted, RpcError> {
    let (guild, role, user) = (p.id("guild")?, p.id("role")?, p.user("user")?);
    Ok(Wanted::Do(Command::AssignRole { guild, role, user, held }))
}

fn message_send(p: &mut Params) -> Result<Wanted, RpcError> {
    let (channel, text, reply_to) = (p.id("channel")?, p.required("text")?, p.optional_id("reply_to")?);
    let thread = p.optional_id("thread")?;
    let files: Vec<String> = p.optional("files")?.unwrap_or_default();
    if files.len() > MAX_FILES {
        return Err(RpcError::param("files", format!("files has at most {MAX_FILES} paths; send another message")));
    }
    let paths = files.iter().map(|path| path_of("files", path)).collect::<Result<Vec<_>, _>>()?;
    let post = Command::Post { channel, text, reply_to, thread, files: Vec::new() };
    Ok(if paths.is_empty() { Wanted::Do(post) } else { Wanted::Send(Box::new(post), "files", paths) })
}

fn path_of(param: &'static str, path: &str) -> Result<PathBuf, RpcError> {
    if path.is_empty() || path.contains('\0') || path.len() > PATH_MAX {
        return Err(RpcError::param(param, format!("{param} names no path")));
    }
    Ok(PathBuf::from(path))
}

fn react(p: &mut Params, on: bool) -> Result<Wanted, RpcError> {
    Ok(Wanted::Do(Command::React { message: p.id("message")?, emoji: p.required("emoji")?, on }))
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
    let scope = match p.optional::<String>("thread")?.as_deref() {
        None => Scope::All,
        Some("none") => Scope::Main,
        Some(id) => Scope::Thread(id.parse().map_err(|e| RpcError::param("thread", format!("thread is {e}")))?),
    };
    Ok(Wanted::Ask(Query::Messages { channel, scope, before, after, limit }))
}

fn message_kept(p: &mut Params) -> Result<Wanted, RpcError> {
    let messages: Vec<String> = p.required("messages")?;
    let messages = messages.iter().map(|message| message.parse::<MessageId>());
    let messages = messages.collect::<Result<_, _>>();
    Ok(Wanted::Ask(Query::Kept(messages.map_err(|e| RpcError::param("messages", format!("messages has {e}")))?)))
}

fn channel_notices(p: &mut Params) -> Result<Wanted, RpcError> {
    let channel = p.id("channel")?;
    let limit = p.optional("limit")?.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(RpcError::param("limit", format!("limit is from 1 to {PAGE_MAX}")));
    }
    let (since_ms, until_ms) = (time(p, "since")?.unwrap_or(0), time(p, "until")?.unwrap_or(u64::MAX));
    Ok(Wanted::Ask(Query::Notices { channel, since_ms, until_ms, limit }))
}

fn message_search(p: &mut Params) -> Result<Wanted, RpcError> {
    let limit = p.optional("limit")?.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(RpcError::param("limit", format!("limit is from 1 to {PAGE_MAX}")));
    }
    Ok(Wanted::Ask(Query::Search(io::Wanted {
        text: p.required("query")?,
        guild: p.optional_id("guild")?,
        channel: p.optional_id("channel")?,
        author: p.optional_user("author")?,
        since_ms: time(p, "since")?,
        until_ms: time(p, "until")?,
        files: p.optional("files")?.unwrap_or(false),
        before: p.optional_id("before")?,
        limit,
    })))
}

fn time(p: &mut Params, name: &'static str) -> Result<Option<u64>, RpcError> {
    match p.optional::<u64>(name)? {
        Some(time) if time > TIME_MAX => {
            Err(RpcError::param(name, format!("{name} is in milliseconds since 1970, at most {TIME_MAX}")))
        }
        time => Ok(time),
    }
}

async fn net_status(handle: &Handle) -> Result<Value, RpcError> {
    let status = handle.net().borrow().clone();
    let mut peers = Vec::with_capacity(status.peers.len());
    for peer in &status.peers {
        peers.push(shapes::peer(peer, owner(handle, peer.device).await?));
    }
    let mut trying = Vec::with_capacity(status.trying.len());
    for other in &status.trying {
        trying.push(shapes::trying(other, owner(handle, other.device).await?));
    }
    Ok(shapes::net(&status, peers, trying))
}

/// Whose device it is, where that is known.
async fn owner(handle: &Handle, device: DeviceId) -> Result<Option<UserId>, RpcError> {
    match handle.query(Query::User(device)).await {
        Ok(Answer::User(user)) => Ok(user),
        Err(CallError::Closed) => Err(CallError::Closed.into()),
        _ => Ok(None),
    }
}

async fn report(handle: &Handle) -> Result<Value, RpcError> {
    serde_json::to_value(handle.report().await).map_err(|error| RpcError::internal(error.to_string()))
}
