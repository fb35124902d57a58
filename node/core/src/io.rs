//! The whole vocabulary of the core: what goes in, what comes out. Plain values, no channels, no handles.
//!
//! ```text
//!  user ──Command──▶ ┌──────┐ ──Write──▶ store ──(fdatasync)──┐
//!  peers ──bytes───▶ │ Core │                                 ▼
//!  clock ──Tick────▶ └──────┘ ──Publish, Request, Respond, Event, Done──▶ network, user
//! ```
//!
//! The order of effects is a contract: `Write` is applied at once, everything after it waits until it is durable.

mod error;

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::{DeviceId, UserId};

pub use self::error::{CommandError, ErrorKind, Reason};
use crate::{
    authority::Void,
    model::{
        Attachment, ChannelId, FileId, GuildId, Hlc, Invite, InviteId, Law, Message, MessageId, Nature, OpId,
        Overwrite, Permissions, RoleId, Target, Thread, Unread,
    },
    table::Batch,
};

/// The two clocks a call of the core is made at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Wall clock, milliseconds since the epoch: for hybrid timestamps and invite expiry.
    pub wall_ms: u64,
    /// Monotonic clock, milliseconds from any origin: for timers.
    pub mono_ms: u64,
}

/// Something that happened outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The user wants something. Answered by exactly one [`Effect::Done`] with the same number, at once or later.
    Command(u64, Command),
    /// An authenticated connection to a device now exists (the first one).
    Connected(DeviceId),
    /// A connected device is on the local network. Said after [`Input::Connected`].
    Nearby(DeviceId),
    /// The last connection to a device is gone; requests outstanding to it have been answered with an error before.
    Disconnected(DeviceId),
    /// A gossip message arrived on a subscribed topic. `token` names it in [`Effect::Judge`].
    Gossip {
        /// The neighbour that handed it over, not necessarily its author.
        from: DeviceId,
        /// Where it was published.
        topic: Topic,
        /// The envelope, at most [`crate::wire::MAX_ENVELOPE`] bytes.
        bytes: Vec<u8>,
        /// To answer with.
        token: u64,
    },
    /// A peer asks. Answered by exactly one [`Effect::Respond`] with the same token, at once or later.
    Request {
        /// Who asks.
        from: DeviceId,
        /// At most [`crate::wire::MAX_REQUEST`] bytes.
        bytes: Vec<u8>,
        /// To answer with.
        token: u64,
    },
    /// The answer to an [`Effect::Request`]; `None` when it failed, timed out or the connection went away.
    Response {
        /// The number of the request.
        id: u64,
        /// Who answers.
        from: DeviceId,
        /// At most [`crate::wire::MAX_RESPONSE`] bytes.
        bytes: Option<Vec<u8>>,
    },
    /// The time asked for by [`crate::Core::next_wake`] has come.
    Tick,
    /// The addresses this node can be reached at now, as multiaddresses; they go into invite links.
    Addresses(Vec<String>),
    /// A write failed: nothing after it was published. Until [`Input::StoreWritable`] every command that writes is
    /// refused, reading goes on.
    WriteFailed,
    /// The store takes writes again.
    StoreWritable,
}

impl Input {
    /// The peer it came from: a sign that it is there.
    pub(crate) fn from(&self) -> Option<DeviceId> {
        match self {
            Self::Connected(from)
            | Self::Nearby(from)
            | Self::Gossip { from, .. }
            | Self::Request { from, .. }
            | Self::Response { from, bytes: Some(_), .. } => Some(*from),
            _ => None,
        }
    }
}

/// Something the core wants done. The shell carries effects out in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Apply atomically, visible to the next call; make durable before anything that follows leaves the process.
    Write(Batch),
    /// Publish on a gossip topic.
    Publish(Topic, Vec<u8>),
    /// Ask a device. Answered by one [`Input::Response`].
    Request {
        /// Whom.
        to: DeviceId,
        /// Number unique in this process.
        id: u64,
        /// The encoded request.
        bytes: Vec<u8>,
    },
    /// Answer an [`Input::Request`].
    Respond(u64, Vec<u8>),
    /// Answer an [`Input::Gossip`]: forward it to others, drop it, or drop it and hold it against the neighbour.
    /// Needs no durability: carry it out at once.
    Judge(u64, Verdict),
    /// Listen to a topic.
    Subscribe(Topic),
    /// Stop listening to a topic.
    Unsubscribe(Topic),
    /// The devices whose connections are to be kept: all devices of fellow members, and members asked to admit us.
    Keep(BTreeSet<DeviceId>),
    /// Devices that lost every guild in common: their connections need not be kept.
    Drop(BTreeSet<DeviceId>),
    /// Try these addresses once; a joiner has them from an invite link. The last part may name the peer (`/p2p/…`).
    Dial(Vec<String>),
    /// The guilds this user is in. To be kept apart from the store and handed to [`crate::Core::open`], so that they are
    /// asked for again should the store be lost.
    Guilds(BTreeSet<GuildId>),
    /// A record cannot be read. Nothing of this call was written, and this core does nothing more: bring what can be read
    /// into a new store, [`crate::rebuild()`] its indexes, and open that.
    Rebuild,
    /// Nothing here refers to these files any more: their bytes are to be deleted.
    Discard(BTreeSet<FileId>),
    /// Tell the user.
    Event(Event),
    /// Answer a command.
    Done(u64, Result<Reply, CommandError>),
}

/// What to do with a gossip message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Valid and new: forward.
    Accept,
    /// Not useful, nobody's fault: do not forward.
    Ignore,
    /// Invalid: do not forward, lower the neighbour's score.
    Reject,
}

/// A gossip topic: opaque, tells nothing about its guild.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Topic(pub [u8; 32]);

/// What a user can ask for. Names and texts are validated by the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Make a guild with a text channel `general`. → [`Reply::Guild`]
    CreateGuild {
        /// 1–100 characters.
        name: String,
    },
    /// Change what a guild is called and how it is shown. → [`Reply::Unit`]
    UpdateGuild {
        /// Which.
        guild: GuildId,
        /// 1–100 characters.
        name: Option<String>,
        /// At most 1,024 characters.
        description: Option<String>,
        /// A picture, or none: see [`Command::Emoji`].
        icon: Option<Option<Attachment>>,
    },
    /// Have `:name:` stand for a picture in a guild, or no more. → [`Reply::Unit`]
    Emoji {
        /// Where.
        guild: GuildId,
        /// 2–32 of A–Z, a–z, 0–9 and _.
        name: String,
        /// A PNG, JPEG, GIF or WebP of at most 512 KiB and 4,096 pixels a side; its bytes are held here already.
        picture: Option<Attachment>,
    },
    /// Change what one looks like in a guild. → [`Reply::Unit`]
    Avatar {
        /// Where.
        guild: GuildId,
        /// As for [`Command::Emoji`].
        picture: Option<Attachment>,
    },
    /// Give a guild to another member. → [`Reply::Unit`]
    HandOver {
        /// Which.
        guild: GuildId,
        /// To whom.
        user: UserId,
    },
    /// Leave a guild. What was read stays readable here. → [`Reply::Unit`]
    LeaveGuild {
        /// Which.
        guild: GuildId,
    },
    /// Make an invite. → [`Reply::Invite`]
    CreateInvite {
        /// To what.
        guild: GuildId,
        /// At least 1.
        max_uses: Option<u32>,
        /// Milliseconds from now.
        expires_in_ms: Option<u64>,
        /// Roles its guests get; each below the author's rank.
        roles: Vec<RoleId>,
    },
    /// Make an invite useless. → [`Reply::Unit`]
    RevokeInvite {
        /// Of what.
        guild: GuildId,
        /// Which.
        invite: InviteId,
    },
    /// Join by link. Answered when own admission, the law and the current keys are durable. → [`Reply::Joined`]
    Join {
        /// As made by [`Command::CreateInvite`].
        link: String,
        /// After which it fails with [`ErrorKind::Unreachable`].
        timeout_ms: u64,
    },
    /// Make a channel. → [`Reply::Channel`]
    CreateChannel {
        /// Where.
        guild: GuildId,
        /// What it is for good.
        nature: Nature,
        /// What may change of it; it has a name.
        edit: ChannelEdit,
        /// By which members may come in, 1–128 characters: the channel is private.
        password: Option<String>,
    },
    /// Change a channel. → [`Reply::Unit`]
    UpdateChannel {
        /// Which.
        channel: ChannelId,
        /// What of it.
        edit: ChannelEdit,
        /// A new one, of a channel that has one.
        password: Option<String>,
    },
    /// Come into a channel by its password. Answered when the channel can be read; after half a minute it fails with
    /// [`ErrorKind::Unreachable`]. → [`Reply::Unit`]
    Enter {
        /// Which.
        channel: ChannelId,
        /// 1–128 characters.
        password: String,
    },
    /// Set what a channel changes for a role or a member, in place of what it changed before. → [`Reply::Unit`]
    Overwrite {
        /// Where.
        channel: ChannelId,
        /// For whom.
        target: Target,
        /// Nothing that the author lacks; a bit in both is denied.
        over: Overwrite,
    },
    /// Delete a channel. → [`Reply::Unit`]
    DeleteChannel {
        /// Which.
        channel: ChannelId,
    },
    /// Make a role. → [`Reply::Role`]
    CreateRole {
        /// Where.
        guild: GuildId,
        /// Below the author's; 1 where nothing is said of it.
        rank: Option<u32>,
        /// Nothing that the author lacks.
        permissions: Permissions,
        /// What else of it; it has a name.
        edit: RoleEdit,
    },
    /// Change a role. → [`Reply::Unit`]
    UpdateRole {
        /// Where.
        guild: GuildId,
        /// Below the author's rank.
        role: RoleId,
        /// Lower than it is.
        rank: Option<u32>,
        /// In place of what it allowed; nothing more that the author lacks.
        permissions: Option<Permissions>,
        /// What else of it.
        edit: RoleEdit,
    },
    /// Delete a role, which takes it from all who hold it. → [`Reply::Unit`]
    DeleteRole {
        /// Where.
        guild: GuildId,
        /// Below the author's rank.
        role: RoleId,
    },
    /// Grant or revoke a role. → [`Reply::Unit`]
    AssignRole {
        /// Where.
        guild: GuildId,
        /// Below the author's rank.
        role: RoleId,
        /// A member.
        user: UserId,
        /// `true` grants, `false` revokes.
        held: bool,
    },
    /// Remove a member; a new invite can bring them back. → [`Reply::Unit`]
    Kick {
        /// From where.
        guild: GuildId,
        /// Whom.
        user: UserId,
        /// At most 512 characters.
        reason: Option<String>,
    },
    /// Remove a user for good; need not be a member. → [`Reply::Unit`]
    Ban {
        /// From where.
        guild: GuildId,
        /// Whom.
        user: UserId,
        /// At most 512 characters.
        reason: Option<String>,
    },
    /// Lift a ban. → [`Reply::Unit`]
    Unban {
        /// Where.
        guild: GuildId,
        /// Whom.
        user: UserId,
    },
    /// Silence a member for a while, or let them speak again. → [`Reply::Unit`]
    Timeout {
        /// Where.
        guild: GuildId,
        /// Whom.
        user: UserId,
        /// For how long, in milliseconds; 0 to end it.
        for_ms: u64,
        /// At most 512 characters.
        reason: Option<String>,
    },
    /// Set what a member is called in a guild. → [`Reply::Unit`]
    Nick {
        /// Where.
        guild: GuildId,
        /// Who.
        user: UserId,
        /// 1–64 characters; `None` for their own name.
        nick: Option<String>,
    },
    /// Post a message. Answered when durable. → [`Reply::Posted`]
    Post {
        /// A text channel.
        channel: ChannelId,
        /// 1–4,000 characters.
        text: String,
        /// A message of the same channel.
        reply_to: Option<MessageId>,
        /// The message whose thread it goes to.
        thread: Option<MessageId>,
        /// What hangs on it, at most ten; their bytes are held here already.
        files: Vec<Attachment>,
    },
    /// Have an own message read differently. → [`Reply::Unit`]
    Edit {
        /// Which.
        message: MessageId,
        /// 1–4,000 characters.
        text: String,
    },
    /// Delete a message for good, one's own or as a moderator. → [`Reply::Unit`]
    Delete {
        /// Which.
        message: MessageId,
    },
    /// Put an emoji on a message, or take it back. → [`Reply::Unit`]
    React {
        /// Which message.
        message: MessageId,
        /// One emoji of Unicode, or `:name:` of one of the guild.
        emoji: String,
        /// Put it on.
        on: bool,
    },
    /// Pin a message to its channel, or no more. → [`Reply::Unit`]
    Pin {
        /// Which.
        message: MessageId,
        /// Pin it.
        on: bool,
    },
    /// Begin a thread. → [`Reply::Thread`]
    CreateThread {
        /// Below which message.
        message: MessageId,
        /// 1–100 characters.
        name: String,
    },
    /// Change a thread. → [`Reply::Unit`]
    UpdateThread {
        /// Which: the message it hangs on.
        thread: MessageId,
        /// 1–100 characters.
        name: Option<String>,
        /// Put it away until somebody posts in it, or bring it back.
        archived: Option<bool>,
    },
    /// Note up to where a channel is read. → [`Reply::Unit`]
    Read {
        /// Which channel.
        channel: ChannelId,
        /// The last message that was read; `None` for the newest.
        message: Option<MessageId>,
    },
    /// Tell others that I am writing. To be said every few seconds while that is so. → [`Reply::Unit`]
    Typing {
        /// Where.
        channel: ChannelId,
        /// In which thread of it.
        thread: Option<MessageId>,
    },
    /// Show me to strangers on the local network, as is so at first, or hide me: then I see none either. To be said at each
    /// start where it is not to be so. → [`Reply::Unit`]
    Nearby {
        /// Strangers learn user and name, and [`Query::Nearby`] lists them.
        visible: bool,
        /// They may knock.
        knocks: bool,
    },
    /// Ask a stranger on the local network to be let into a guild of theirs. Answered once they have decided: with
    /// [`Reply::Invited`], or [`ErrorKind::Forbidden`]; after two minutes, and where they go away, with
    /// [`ErrorKind::Unreachable`].
    Knock {
        /// One of [`Query::Nearby`].
        device: DeviceId,
        /// What to say at the door, at most 200 characters of one line.
        text: Option<String>,
    },
    /// Let in who knocked, or turn them away. Letting in takes what it takes to make an invite; theirs is good once and for ten
    /// minutes. Where it fails they go on waiting. → [`Reply::Unit`]
    Answer {
        /// The device of [`Event::Knock`].
        device: DeviceId,
        /// Into which guild; `None` turns them away.
        guild: Option<GuildId>,
    },
}

/// What of a channel is listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// What is said in it and in its threads.
    #[default]
    All,
    /// What is said in it.
    Main,
    /// What is said in one thread.
    Thread(MessageId),
}

/// What is to change of a channel; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelEdit {
    /// 1–100 characters.
    pub name: Option<String>,
    /// At most 1,024 characters.
    pub topic: Option<String>,
    /// The category it is listed under; all zero for none.
    pub parent: Option<ChannelId>,
    /// Where it is listed, smaller ones first.
    pub position: Option<u32>,
    /// Least time between two messages of one member, in seconds, at most six hours; 0 for none.
    pub slow_mode_s: Option<u32>,
    /// Most members in a call, at most 99; 0 for any number.
    pub user_limit: Option<u32>,
    /// Of voice, 8,000 to 510,000 bits a second.
    pub bitrate: Option<u32>,
    /// How long messages are kept, in seconds, at least one; 0 for good.
    pub retention_s: Option<u32>,
    /// How long the channel lasts from now, in milliseconds; 0 for good.
    pub expires_in_ms: Option<u64>,
}

/// What is to change of a role beside its rank and permissions; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleEdit {
    /// 1–100 characters.
    pub name: Option<String>,
    /// 0xRRGGBB; 0 for none.
    pub color: Option<u32>,
    /// Whether its holders are listed apart.
    pub hoist: Option<bool>,
}

/// What a command gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Done.
    Unit,
    /// A guild was made.
    Guild {
        /// Its id.
        guild: GuildId,
        /// Its first channel.
        channel: ChannelId,
    },
    /// An invite was made.
    Invite {
        /// Its id.
        invite: InviteId,
        /// To hand to the guest: `bivouac://join/…`.
        link: String,
    },
    /// We were let in: an invite for [`Command::Join`].
    Invited {
        /// What the guild is said to be called.
        name: String,
        /// The invite.
        link: String,
    },
    /// A guild was joined, or we were in it already.
    Joined(GuildId),
    /// A channel was made.
    Channel(ChannelId),
    /// A role was made.
    Role(RoleId),
    /// A message was posted.
    Posted(MessageId),
    /// A thread was begun.
    Thread(MessageId),
}

/// What a user can ask without changing anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// → [`Answer::Guilds`]
    Guilds,
    /// → [`Answer::Guild`]
    Guild(GuildId),
    /// A page of a channel, oldest first. Without bounds the newest page. → [`Answer::Messages`]
    Messages {
        /// A text channel.
        channel: ChannelId,
        /// What of it.
        scope: Scope,
        /// Only messages before this one.
        before: Option<MessageId>,
        /// Only messages after this one.
        after: Option<MessageId>,
        /// 1–200.
        limit: usize,
    },
    /// One message. → [`Answer::Messages`]
    Message(MessageId),
    /// Messages by what they say. → [`Answer::Found`]
    Search(Wanted),
    /// What happened around a channel, between its messages. → [`Answer::Notices`]
    Notices {
        /// A text channel.
        channel: ChannelId,
        /// From then on, milliseconds since the epoch.
        since_ms: u64,
        /// Before then, likewise.
        until_ms: u64,
        /// At most so many, the newest.
        limit: usize,
    },
    /// The threads of a channel, the newest first. → [`Answer::Threads`]
    Threads(ChannelId),
    /// A file that hangs on a message, and who may hold it. → [`Answer::File`]
    File(FileId),
    /// Whether a device may be given a file. → [`Answer::May`]
    Serves(DeviceId, FileId),
    /// Where these messages, at most 200, are known to be; those that are not here are left out. → [`Answer::Kept`]
    Kept(BTreeSet<MessageId>),
    /// Which of these files hang on a message that is here. → [`Answer::Files`]
    Files(BTreeSet<FileId>),
    /// The pinned messages of a channel, the newest first. → [`Answer::Messages`]
    Pins(ChannelId),
    /// What was done in a guild, the newest first. → [`Answer::Audit`]
    Audit {
        /// Where.
        guild: GuildId,
        /// At most so many acts.
        limit: usize,
    },
    /// → [`Answer::LogStatus`]
    LogStatus(GuildId),
    /// Whose device this is, where known. → [`Answer::User`]
    User(DeviceId),
    /// Strangers on the local network, who say who they are. → [`Answer::Nearby`]
    Nearby,
    /// Counters for the doctor and for tests. → [`Answer::Stats`]
    Stats,
}

/// What messages are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Words and parts of words, up to 4,000 characters: all of them stand in the text, or in the names of its files.
    /// Neither case nor accents count.
    pub text: String,
    /// Said in this guild.
    pub guild: Option<GuildId>,
    /// Said in this channel.
    pub channel: Option<ChannelId>,
    /// By this user.
    pub author: Option<UserId>,
    /// From then on, milliseconds since the epoch.
    pub since_ms: Option<u64>,
    /// Before then, likewise.
    pub until_ms: Option<u64>,
    /// With files.
    pub files: bool,
    /// Only messages before this one, whatever channel it is of.
    pub before: Option<MessageId>,
    /// 1–200.
    pub limit: usize,
}

/// Something that happened, to be shown between messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// When, milliseconds since the epoch.
    pub at: u64,
    /// Who did it.
    pub author: UserId,
    /// What.
    pub what: Happened,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// They joined the guild. Told in its first channel.
    Joined,
    /// The guild is called so. Told in its first channel.
    GuildRenamed(String),
    /// The channel is called so.
    Renamed(String),
    /// The channel is about this.
    Topic(String),
    /// A message was pinned, and still is.
    Pinned(MessageId),
    /// A thread was begun on a message; it is called so now.
    Thread(MessageId, String),
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The newest first.
    pub messages: Vec<Message>,
    /// There may be more before this one: it need not be a message. Fewer than were asked for may be found where much was gone
    /// through in vain.
    pub before: Option<MessageId>,
}

/// The answer to a [`Query`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Guilds I am or was in, with their names, in order of joining.
    Guilds(Vec<(GuildId, String)>),
    /// A guild's law and my place in it.
    Guild(Box<GuildView>),
    /// A page of messages.
    Messages(Page),
    /// What happened, oldest first.
    Notices(Vec<Notice>),
    /// Messages that were looked for.
    Found(Found),
    /// Threads.
    Threads(Vec<Thread>),
    /// A file.
    File(Box<Held>),
    /// Whether it is so.
    May(bool),
    /// Files.
    Files(BTreeSet<FileId>),
    /// Where messages are known to be.
    Kept(BTreeMap<MessageId, Kept>),
    /// What was done.
    Audit(Vec<Deed>),
    /// How much of a guild is here.
    LogStatus(LogStatus),
    /// The user a device belongs to.
    User(Option<UserId>),
    /// Strangers.
    Nearby(Vec<Neighbour>),
    /// What the core holds.
    Stats(Stats),
}

/// A stranger on the local network, as they say themselves: nothing to rely on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Their device; this is proved.
    pub device: DeviceId,
    /// Who they say they are.
    pub user: UserId,
    /// What they say they are called: 1–64 characters that can be shown.
    pub name: String,
    /// Whether one may knock.
    pub knockable: bool,
}

/// A guild as its member sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuildView {
    /// Its id.
    pub guild: GuildId,
    /// Its folded law.
    pub law: Law,
    /// Channels in it whose time is over.
    pub over: BTreeSet<ChannelId>,
    /// My user id.
    pub me: UserId,
    /// What I may do, in the guild as a whole. Empty once removed.
    pub permissions: Permissions,
    /// Members with a device reachable now.
    pub online: BTreeSet<UserId>,
    /// What I have not read, of the text channels that I see.
    pub unread: BTreeMap<ChannelId, Unread>,
}

/// A file, and who may hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its key, and what its author says of it.
    pub file: Attachment,
    /// Devices connected now whose user reads the message, its author's first.
    pub holders: Vec<DeviceId>,
}

/// Where a message is known to be: on this device, on its author's, and, of what my user wrote, on those that said so. More
/// may have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Devices of who reads the channel, my own and this one included.
    pub on: BTreeSet<DeviceId>,
    /// Of how many: all certified devices, not revoked, of those who read the channel now.
    pub of: usize,
}

/// An act of law, and whether it has effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// When its author says it was done, milliseconds since the epoch.
    pub at: u64,
    /// Who did it.
    pub author: UserId,
    /// What: named like the method that does it.
    pub action: &'static str,
    /// To whom or what: an id as elsewhere.
    pub target: Option<String>,
    /// Why, as its author says.
    pub reason: Option<String>,
    /// Why it has no effect, where it has none.
    pub void: Option<Void>,
}

/// A page of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Oldest first.
    pub messages: Vec<Message>,
    /// Whether there are more in the direction asked.
    pub more: bool,
    /// How many ops of this audience are known to exist and not yet here.
    pub holes: u64,
}

/// How much of a guild is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogStatus {
    /// Ops stored in the audiences I may read.
    pub ops: u64,
    /// Logs with at least one op.
    pub logs: u64,
    /// Heads of the control DAG.
    pub heads: Vec<OpId>,
    /// BLAKE3 of the sorted (log, seq, head) of the audiences I may read.
    pub digest: [u8; 32],
    /// BLAKE3 of the canonical encoding of the folded law.
    pub state_hash: [u8; 32],
    /// Ops that wait for another op or for a key.
    pub parked: u64,
    /// Ops known to exist and not yet here.
    pub holes: u64,
}

/// What the core holds in memory, for the doctor and for tests of bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Ops parked, all guilds.
    pub parked: u64,
    /// Bytes parked, all guilds.
    pub parked_bytes: u64,
    /// Requests outstanding.
    pub requests: u64,
    /// Peers connected.
    pub peers: u64,
    /// The store takes no writes.
    pub read_only: bool,
}

/// What a user is told without asking: lossless and in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message, my own included, once each, after it is durable.
    Message {
        /// Whether I wrote it.
        own: bool,
        /// The message.
        message: Message,
    },
    /// A message was edited.
    Edited(Message),
    /// What is put on a message changed.
    Reaction {
        /// Where.
        guild: GuildId,
        /// In which channel.
        channel: ChannelId,
        /// On which message.
        message: MessageId,
        /// By whom.
        user: UserId,
        /// Which emoji.
        emoji: String,
        /// Whether it is on now.
        on: bool,
    },
    /// A message was pinned, or is no more.
    Pinned {
        /// Where.
        guild: GuildId,
        /// In which channel.
        channel: ChannelId,
        /// Which.
        message: MessageId,
        /// By whom.
        user: UserId,
        /// Whether it is pinned now.
        on: bool,
    },
    /// A thread began or changed.
    Thread {
        /// Where.
        guild: GuildId,
        /// How it is now.
        thread: Thread,
    },
    /// I have read a channel, here or on another device of mine.
    Read {
        /// Where.
        guild: GuildId,
        /// Which channel.
        channel: ChannelId,
        /// Up to this message.
        message: MessageId,
    },
    /// Somebody is writing: good for ten seconds.
    Typing {
        /// Where.
        guild: GuildId,
        /// In which channel.
        channel: ChannelId,
        /// In which thread of it.
        thread: Option<MessageId>,
        /// Who.
        user: UserId,
    },
    /// On which devices messages of my user are known to be has changed: at most once a second a guild.
    Kept {
        /// Where.
        guild: GuildId,
    },
    /// A message is gone: it was deleted, or its channel keeps none for longer.
    Erased {
        /// Where.
        guild: GuildId,
        /// In which channel.
        channel: ChannelId,
        /// Which.
        message: MessageId,
    },
    /// A member came or went.
    Member {
        /// Where.
        guild: GuildId,
        /// Who.
        user: UserId,
        /// What happened.
        change: MemberChange,
    },
    /// The guild's name, looks or owner changed, or I joined or was removed.
    Guild {
        /// Which.
        guild: GuildId,
        /// Its name now.
        name: String,
        /// Whether I am a member now.
        member: bool,
    },
    /// A channel was made, changed or deleted.
    Channel {
        /// Where.
        guild: GuildId,
        /// Which.
        channel: ChannelId,
        /// Its name; `None` once deleted.
        name: Option<String>,
    },
    /// A role was made, changed or deleted.
    Role {
        /// Where.
        guild: GuildId,
        /// Which.
        role: RoleId,
        /// Its name; `None` once deleted.
        name: Option<String>,
    },
    /// Someone's roles changed.
    Roles {
        /// Where.
        guild: GuildId,
        /// Whose.
        user: UserId,
    },
    /// An invite was made, used or revoked.
    Invite {
        /// Where.
        guild: GuildId,
        /// Which.
        invite: InviteId,
        /// Its state now; `None` once revoked.
        state: Option<Invite>,
    },
    /// Catching up, at most four a second, the last with `have == want`.
    SyncProgress {
        /// Where.
        guild: GuildId,
        /// What is being fetched.
        phase: Phase,
        /// Ops here.
        have: u64,
        /// Ops known to exist.
        want: u64,
    },
    /// A member's device became reachable or ceased to be.
    Presence {
        /// Who.
        user: UserId,
        /// Which device.
        device: DeviceId,
        /// Reachable.
        online: bool,
    },
    /// Who of strangers is on the local network, or what they say of themselves, has changed: at most once a second.
    Nearby,
    /// A stranger on the local network asks to be let into a guild. To be answered with [`Command::Answer`] within two minutes.
    Knock {
        /// Their device.
        device: DeviceId,
        /// Who they are; that the device is theirs is proved.
        user: UserId,
        /// What they call themselves: 1–64 characters that can be shown.
        name: String,
        /// What they say, at most 200 characters of one line.
        text: Option<String>,
    },
    /// Who knocked does not wait any more.
    KnockOver {
        /// Their device.
        device: DeviceId,
    },
    /// Something a user should know.
    Warning {
        /// A short word for programs: `clock`, `fork`, `store_damaged`.
        kind: &'static str,
        /// A sentence for people.
        message: String,
    },
}

/// What happened to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberChange {
    /// Admitted.
    Joined,
    /// Left or was removed.
    Left,
    /// Banned, a member or not.
    Banned,
    /// Unbanned.
    Unbanned,
    /// Name, devices or keys changed.
    Updated,
}

/// The phases of catching up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The control DAG: first and whole.
    Law,
    /// The newest ops of every log.
    Recent,
    /// Everything older.
    History,
}

/// A timestamp for tests and the simulator.
impl From<Hlc> for u64 {
    fn from(hlc: Hlc) -> Self {
        hlc.0
    }
}
