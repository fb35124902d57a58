//! What answers and events look like: the tables of docs/rpc.md, in one place.

use bivouac_core::{
    io::{
        Answer, Deed, Event, GuildView, Happened, Kept, LogStatus, MemberChange, Neighbour, Notice, Page, Phase, Reply,
    },
    model::{
        Channel, ChannelId, ChannelKind, File, History, Invite, InviteId, Message, MessageState, Permissions, Target,
        Thread, Unread,
    },
};
use bivouac_crypto::UserId;
use data_encoding::HEXLOWER;
use serde_json::{Map, Value, json};

use crate::files::safe_name;
use crate::{Created, Handle, NetStatus, NodeEvent, Path, PeerStatus, Profile, Transport, Trying};

/// The first line: who and where this node is.
pub(super) async fn ready(handle: &Handle) -> Value {
    let mut shape = json!({
        "type": "ready",
        "version": env!("CARGO_PKG_VERSION"),
        "addresses": handle.net().borrow().addresses,
    });
    if let Ok(profile) = handle.profile().await {
        shape["device"] = id(&profile.device);
    }
    notification(shape)
}

/// A warning of our own.
pub(super) fn warning(kind: &str, message: &str) -> Value {
    notification(json!({ "type": "warning", "kind": kind, "message": message }))
}

/// A fresh identity.
pub(super) fn created(created: &Created) -> Value {
    json!({
        "user": id(&created.profile.user),
        "device": id(&created.profile.device),
        "recovery": created.recovery,
    })
}

/// Who we are.
pub(super) fn profile(profile: &Profile) -> Value {
    let devices = profile.devices.iter();
    let devices =
        devices.map(|(device, name)| json!({ "device": id(device), "name": name, "this": *device == profile.device }));
    json!({
        "user": id(&profile.user),
        "device": id(&profile.device),
        "name": profile.name,
        "devices": devices.collect::<Vec<_>>(),
    })
}

/// What a command gave.
pub(super) fn reply(reply: &Reply) -> Value {
    match reply {
        Reply::Unit => json!({}),
        Reply::Guild { guild, channel } => json!({ "guild": id(guild), "channel": id(channel) }),
        Reply::Invite { invite, link } => json!({ "invite": id(invite), "link": link }),
        Reply::Invited { name, link } => json!({ "name": name, "link": link }),
        Reply::Joined(guild) => json!({ "guild": id(guild) }),
        Reply::Channel(channel) => json!({ "channel": id(channel) }),
        Reply::Role(role) => json!({ "role": id(role) }),
        Reply::Posted(message) => json!({ "message": id(message), "at": message.hlc.ms() }),
        Reply::Thread(thread) => json!({ "thread": id(thread) }),
    }
}

/// What a query gave.
pub(super) fn answer(answer: &Answer) -> Value {
    match answer {
        Answer::Guilds(guilds) => {
            let guilds = guilds.iter().map(|(guild, name)| json!({ "guild": id(guild), "name": name }));
            json!({ "guilds": guilds.collect::<Vec<_>>() })
        }
        Answer::Guild(view) => guild(view),
        Answer::Messages(page) => messages(page),
        Answer::Notices(notices) => json!({ "notices": notices.iter().map(notice).collect::<Vec<_>>() }),
        Answer::Found(found) => {
            let mut shape = json!({ "messages": found.messages.iter().map(message).collect::<Vec<_>>() });
            if let Some(before) = &found.before {
                shape["before"] = id(before);
            }
            shape
        }
        Answer::Threads(threads) => json!({ "threads": threads.iter().map(thread).collect::<Vec<_>>() }),
        Answer::File(held) => file(&held.file.file()),
        Answer::May(may) => json!({ "may": may }),
        Answer::Files(files) => json!({ "files": files.iter().map(id).collect::<Vec<_>>() }),
        Answer::Kept(kept) => {
            let kept = kept.iter().map(|(message, Kept { on, of })| {
                json!({ "message": id(message), "on": on.iter().map(id).collect::<Vec<_>>(), "of": of })
            });
            json!({ "kept": kept.collect::<Vec<_>>() })
        }
        Answer::Audit(deeds) => json!({ "entries": deeds.iter().map(deed).collect::<Vec<_>>() }),
        Answer::LogStatus(status) => log_status(status),
        Answer::User(user) => json!({ "user": user.as_ref().map(id) }),
        Answer::Nearby(people) => {
            let people = people.iter().map(|Neighbour { device, user, name, knockable }| {
                json!({ "device": id(device), "user": id(user), "name": name, "knockable": knockable })
            });
            json!({ "people": people.collect::<Vec<_>>() })
        }
        Answer::Stats(stats) => json!({
            "parked": stats.parked,
            "parked_bytes": stats.parked_bytes,
            "requests": stats.requests,
            "peers": stats.peers,
            "read_only": stats.read_only,
        }),
    }
}

/// A guild's invites.
pub(super) fn invites(view: &GuildView) -> Value {
    let invites = view.law.invites.iter().map(|(name, state)| Value::Object(invite(name, state)));
    json!({ "invites": invites.collect::<Vec<_>>() })
}

/// The network, with its peers already in shape.
pub(super) fn net(status: &NetStatus, peers: Vec<Value>, trying: Vec<Value>) -> Value {
    json!({
        "peer_id": status.peer_id,
        "addresses": status.addresses,
        "nat": "unknown",
        "rendezvous": [],
        "peers": peers,
        "trying": trying,
        "dials": status.dials,
    })
}

/// A connected device.
pub(super) fn peer(peer: &PeerStatus, user: Option<UserId>) -> Value {
    let mut shape = json!({
        "device": id(&peer.device),
        "path": path(peer.path),
        "transport": match peer.transport {
            Transport::Quic => "quic",
            Transport::Tcp => "tcp",
        },
        "since": peer.since,
    });
    put(&mut shape, "user", user.as_ref().map(id));
    put(&mut shape, "rtt_ms", peer.rtt_ms.map(Value::from));
    shape
}

/// A device that is not connected.
pub(super) fn trying(trying: &Trying, user: Option<UserId>) -> Value {
    let mut shape = json!({
        "device": id(&trying.device),
        "addresses": trying.addresses,
        "dialling": trying.dialling,
        "failures": trying.failures,
    });
    put(&mut shape, "user", user.as_ref().map(id));
    put(&mut shape, "last", trying.last.map(|last| json!({ "why": last.why.to_string(), "at": last.at })));
    put(&mut shape, "next_at", trying.next_at.map(Value::from));
    shape
}

/// An event; `user` is whose the device of a peer event is.
pub(super) fn event(event: &NodeEvent, user: Option<UserId>) -> Value {
    notification(match event {
        NodeEvent::Core(event) => core_event(event),
        NodeEvent::Transfer { file, have, size } => {
            json!({ "type": "transfer.progress", "file": id(file), "have": have, "size": size })
        }
        NodeEvent::TransferOver { file, have, size } => {
            json!({ "type": "transfer.over", "file": id(file), "have": have, "size": size })
        }
        NodeEvent::PeerConnected { device, path } => peer_event("peer.connected", id(device), *path, user),
        NodeEvent::PeerDisconnected { device, path } => peer_event("peer.disconnected", id(device), *path, user),
    })
}

fn notification(params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": "event", "params": params })
}

fn peer_event(kind: &str, device: Value, way: Path, user: Option<UserId>) -> Value {
    let mut shape = json!({ "type": kind, "device": device, "path": path(way) });
    put(&mut shape, "user", user.as_ref().map(id));
    shape
}

fn core_event(event: &Event) -> Value {
    match event {
        Event::Message { own, message: text } => {
            let mut shape = message(text);
            shape["type"] = "message".into();
            shape["own"] = (*own).into();
            shape
        }
        Event::Edited(text) => {
            let mut shape = message(text);
            shape["type"] = "message.edited".into();
            shape
        }
        Event::Reaction { guild, channel, message, user, emoji, on } => json!({
            "type": "reaction",
            "guild": id(guild),
            "channel": id(channel),
            "message": id(message),
            "user": id(user),
            "emoji": emoji,
            "change": if *on { "added" } else { "removed" },
        }),
        Event::Pinned { guild, channel, message, user, on } => json!({
            "type": "message.pinned",
            "guild": id(guild),
            "channel": id(channel),
            "message": id(message),
            "user": id(user),
            "pinned": on,
        }),
        Event::Thread { guild, thread: of } => {
            let mut shape = thread(of);
            shape["type"] = "thread".into();
            shape["guild"] = id(guild);
            shape
        }
        Event::Read { guild, channel, message } => json!({
            "type": "channel.read",
            "guild": id(guild),
            "channel": id(channel),
            "message": id(message),
        }),
        Event::Typing { guild, channel, thread, user } => {
            let mut shape = json!({ "type": "typing", "guild": id(guild), "channel": id(channel), "user": id(user) });
            put(&mut shape, "thread", thread.as_ref().map(id));
            shape
        }
        Event::Kept { guild } => json!({ "type": "kept", "guild": id(guild) }),
        Event::Erased { guild, channel, message } => json!({
            "type": "message.deleted",
            "guild": id(guild),
            "channel": id(channel),
            "message": id(message),
        }),
        Event::Member { guild, user, change } => json!({
            "type": "member",
            "guild": id(guild),
            "user": id(user),
            "change": match change {
                MemberChange::Joined => "joined",
                MemberChange::Left => "left",
                MemberChange::Banned => "banned",
                MemberChange::Unbanned => "unbanned",
                MemberChange::Updated => "updated",
            },
        }),
        Event::Guild { guild, name, member } => {
            json!({ "type": "guild", "guild": id(guild), "name": name, "member": member })
        }
        Event::Channel { guild, channel, name } => {
            let change = if name.is_some() { "updated" } else { "deleted" };
            json!({ "type": "channel", "guild": id(guild), "channel": id(channel), "name": name, "change": change })
        }
        Event::Role { guild, role, name } => {
            let change = if name.is_some() { "updated" } else { "deleted" };
            json!({ "type": "role", "guild": id(guild), "role": id(role), "name": name, "change": change })
        }
        Event::Roles { guild, user } => {
            json!({ "type": "role", "guild": id(guild), "user": id(user), "change": "assigned" })
        }
        Event::Invite { guild, invite: name, state } => {
            let mut shape = state.as_ref().map(|state| invite(name, state)).unwrap_or_default();
            shape.insert("type".to_owned(), "invite".into());
            shape.insert("guild".to_owned(), id(guild));
            shape.insert("invite".to_owned(), id(name));
            shape.insert("change".to_owned(), if state.is_some() { "updated" } else { "revoked" }.into());
            Value::Object(shape)
        }
        Event::SyncProgress { guild, phase, have, want } => json!({
            "type": "sync.progress",
            "guild": id(guild),
            "phase": match phase {
                Phase::Law => "law",
                Phase::Recent => "recent",
                Phase::History => "history",
            },
            "have": have,
            "want": want,
        }),
        Event::Presence { user, device, online } => {
            json!({ "type": "presence", "user": id(user), "device": id(device), "online": online })
        }
        Event::Nearby => json!({ "type": "nearby" }),
        Event::Knock { device, user, name, text } => {
            let mut shape = json!({ "type": "knock", "device": id(device), "user": id(user), "name": name });
            put(&mut shape, "text", text.clone().map(Value::from));
            shape
        }
        Event::KnockOver { device } => json!({ "type": "knock.over", "device": id(device) }),
        Event::Warning { kind, message } => json!({ "type": "warning", "kind": kind, "message": message }),
    }
}

fn guild(view: &GuildView) -> Value {
    let law = &view.law;
    let mut roles: Vec<_> = law.roles.iter().collect();
    roles.sort_by(|(a_id, a), (b_id, b)| b.rank.cmp(&a.rank).then(a_id.cmp(b_id)));
    let roles = roles.into_iter().map(|(role, of)| {
        json!({
            "role": id(role),
            "name": of.name,
            "rank": of.rank,
            "permissions": permissions(of.permissions),
            "color": of.color,
            "hoist": of.hoist,
        })
    });
    let mut channels: Vec<_> = law.channels.iter().filter(|(id, _)| !view.over.contains(id)).collect();
    channels.sort_by_key(|(channel, of)| (of.position, of.created, **channel));
    let channels = channels.into_iter().map(|(id, of)| channel(id, of, view.unread.get(id)));
    let members = law.members.iter().map(|(user, of)| {
        let mut shape = json!({
            "user": id(user),
            "name": of.name,
            "roles": of.roles.iter().map(id).collect::<Vec<_>>(),
            "devices": of.devices.iter().map(id).collect::<Vec<_>>(),
        });
        put(&mut shape, "nick", of.nick.as_deref().map(Value::from));
        put(&mut shape, "timeout_until", of.timeout_ms.map(Value::from));
        put(&mut shape, "avatar", of.avatar.as_ref().map(|picture| file(&picture.file())));
        shape
    });
    let emoji = law.emoji.iter().map(|(name, picture)| {
        let mut shape = file(&picture.file());
        shape["name"] = name.as_str().into();
        shape
    });
    let mut shape = json!({
        "guild": id(&view.guild),
        "name": law.name,
        "description": law.description,
        "emoji": emoji.collect::<Vec<_>>(),
        "owner": law.owner.as_ref().map(id),
        "roles": roles.collect::<Vec<_>>(),
        "channels": channels.collect::<Vec<_>>(),
        "members": members.collect::<Vec<_>>(),
        "me": { "user": id(&view.me), "permissions": permissions(view.permissions) },
    });
    put(&mut shape, "icon", law.icon.as_ref().map(|picture| file(&picture.file())));
    shape
}

fn channel(channel: &ChannelId, of: &Channel, unread: Option<&Unread>) -> Value {
    let overwrites = of.overwrites.iter().map(|(target, over)| {
        let mut shape = json!({ "allow": permissions(over.allow), "deny": permissions(over.deny) });
        match target {
            Target::Role(role) => shape["role"] = id(role),
            Target::User(user) => shape["user"] = id(user),
        }
        shape
    });
    let mut shape = json!({
        "channel": id(channel),
        "name": of.name,
        "kind": match of.nature.kind {
            ChannelKind::Text => "text",
            ChannelKind::Voice => "voice",
            ChannelKind::Category => "category",
        },
        "topic": of.topic,
        "private": of.nature.private,
        "position": of.position,
        "slow_mode_s": of.slow_mode_s,
        "overwrites": overwrites.collect::<Vec<_>>(),
    });
    if of.nature.kind == ChannelKind::Voice {
        shape["user_limit"] = of.user_limit.into();
        shape["bitrate"] = of.bitrate.into();
    }
    let history = match of.nature.history {
        History::Whole => None,
        History::SinceJoin => Some("since_join"),
        History::Ephemeral => Some("ephemeral"),
    };
    put(&mut shape, "history", history.map(Value::from));
    put(&mut shape, "password", of.nature.password.then_some(Value::Bool(true)));
    put(&mut shape, "retention_s", Some(of.retention_s).filter(|s| *s > 0).map(Value::from));
    put(&mut shape, "category", of.parent.as_ref().map(id));
    put(&mut shape, "expires_at", of.expires_ms.map(Value::from));
    if let Some(unread) = unread {
        shape["unread"] = unread.messages.into();
        shape["mentions"] = unread.mentions.into();
        put(&mut shape, "read", unread.read.as_ref().map(id));
    }
    shape
}

fn deed(deed: &Deed) -> Value {
    let mut shape = json!({
        "at": deed.at,
        "author": id(&deed.author),
        "action": deed.action,
        "target": deed.target,
        "state": if deed.void.is_some() { "void" } else { "valid" },
    });
    put(&mut shape, "reason", deed.reason.as_deref().map(Value::from));
    put(&mut shape, "why", deed.void.map(|void| void.why().into()));
    shape
}

fn messages(page: &Page) -> Value {
    json!({
        "messages": page.messages.iter().map(message).collect::<Vec<_>>(),
        "more": page.more,
        "holes": page.holes,
    })
}

/// A message.
pub(super) fn message(message: &Message) -> Value {
    let reactions = message
        .reactions
        .iter()
        .map(|reaction| json!({ "emoji": reaction.emoji, "users": reaction.users.iter().map(id).collect::<Vec<_>>() }));
    let mut shape = json!({
        "message": id(&message.id),
        "guild": id(&message.guild),
        "channel": id(&message.channel),
        "author": id(&message.author),
        "device": id(&message.device),
        "at": message.id.hlc.ms(),
        "text": message.text,
        "state": match message.state {
            MessageState::Open => "open",
            MessageState::NoKey => "no_key",
            MessageState::Erased => "erased",
            MessageState::Hidden => "hidden",
        },
        "reactions": reactions.collect::<Vec<_>>(),
        "files": message.files.iter().map(file).collect::<Vec<_>>(),
        "pinned": message.pinned,
    });
    put(&mut shape, "edited", message.edited.map(Value::from));
    put(&mut shape, "reply_to", message.reply_to.as_ref().map(id));
    put(&mut shape, "thread", message.thread.as_ref().map(id));
    put(&mut shape, "mention", message.mention.then_some(Value::Bool(true)));
    shape
}

/// A kind as its sender says, if it is written like one.
fn mime(said: &str) -> &str {
    let part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-+._".contains(&b));
    let is_kind = said.split_once('/').is_some_and(|(kind, of)| part(kind) && part(of));
    if is_kind { said } else { "application/octet-stream" }
}

fn file(of: &File) -> Value {
    let mut shape = json!({
        "file": id(&of.id),
        "name": safe_name(&of.name),
        "size": of.size,
        "mime": mime(&of.mime),
    });
    if let Some((width, height)) = of.image {
        shape["width"] = width.into();
        shape["height"] = height.into();
    }
    if let Some(small) = &of.preview {
        shape["preview"] = file(small);
        shape["preview"].as_object_mut().map(|shape| shape.remove("name"));
    }
    shape
}

fn notice(notice: &Notice) -> Value {
    let mut shape = json!({ "at": notice.at, "author": id(&notice.author) });
    let (kind, message, name) = match &notice.what {
        Happened::Joined => ("joined", None, None),
        Happened::GuildRenamed(name) => ("guild_renamed", None, Some(name)),
        Happened::Renamed(name) => ("renamed", None, Some(name)),
        Happened::Topic(topic) => ("topic", None, Some(topic)),
        Happened::Pinned(message) => ("pinned", Some(message), None),
        Happened::Thread(message, name) => ("thread", Some(message), Some(name)),
    };
    shape["kind"] = kind.into();
    put(&mut shape, "message", message.map(id));
    put(&mut shape, "name", name.map(|name| name.as_str().into()));
    shape
}

fn thread(thread: &Thread) -> Value {
    let mut shape = json!({
        "thread": id(&thread.id),
        "channel": id(&thread.channel),
        "name": thread.name,
        "creator": id(&thread.creator),
        "created_at": thread.created_ms,
        "archived": thread.archived,
    });
    put(&mut shape, "last", thread.last.as_ref().map(id));
    shape
}

fn invite(invite: &InviteId, state: &Invite) -> Map<String, Value> {
    let shape = json!({
        "invite": id(invite),
        "author": id(&state.author),
        "uses": state.uses,
        "max_uses": state.max_uses,
        "expires_at": state.expires_ms,
        "roles": state.roles.iter().map(id).collect::<Vec<_>>(),
    });
    match shape {
        Value::Object(shape) => shape,
        _ => Map::new(),
    }
}

fn log_status(status: &LogStatus) -> Value {
    json!({
        "ops": status.ops,
        "logs": status.logs,
        "heads": status.heads.iter().map(id).collect::<Vec<_>>(),
        "digest": HEXLOWER.encode(&status.digest),
        "state_hash": HEXLOWER.encode(&status.state_hash),
        "parked": status.parked,
        "holes": status.holes,
    })
}

fn permissions(permissions: Permissions) -> Vec<&'static str> {
    permissions.names().collect()
}

fn path(path: Path) -> &'static str {
    match path {
        Path::Lan => "lan",
        Path::Direct => "direct",
        Path::Relay => "relay",
    }
}

fn id(id: &impl ToString) -> Value {
    Value::String(id.to_string())
}

fn put(shape: &mut Value, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        shape[name] = value;
    }
}
