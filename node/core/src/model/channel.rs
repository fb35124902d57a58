//! Channels: what they are for good, what of them may change, and for whom they differ.

use std::collections::BTreeMap;

use bivouac_crypto::{Text, UserId};
use minicbor::{Decode, Encode};

use super::{ChannelId, Hlc, Overwrite, RoleId};

/// What a channel carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum ChannelKind {
    /// Messages.
    #[n(0)]
    Text,
    /// Calls.
    #[n(1)]
    Voice,
    /// Other channels.
    #[n(2)]
    Category,
}

/// What who comes to read a channel may read of what was said before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum History {
    /// Everything.
    #[n(0)]
    #[default]
    Whole,
    /// Nothing.
    #[n(1)]
    SinceJoin,
    /// Nothing, and all forget it after the channel's retention, and its keys after twice that.
    #[n(2)]
    Ephemeral,
}

/// Whom an overwrite concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Target {
    /// Those who hold a role.
    #[n(0)]
    Role(#[n(0)] RoleId),
    /// One member.
    #[n(1)]
    User(#[n(0)] UserId),
}

/// What a channel is for good: who reads it, by which keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Nature {
    /// Text, voice or a category.
    #[n(0)]
    pub kind: ChannelKind,
    /// Read only by those whom overwrites let in, its creator first, and by administrators: it has keys and logs of its own.
    #[n(1)]
    pub private: bool,
    /// What newcomers may read.
    #[n(2)]
    pub history: History,
    /// Whoever knows its password may come in.
    #[n(3)]
    pub password: bool,
    /// Messages may be kept only for a while.
    #[n(4)]
    pub forgets: bool,
}

impl Nature {
    /// A channel that all members read, and newcomers from its beginning.
    #[must_use]
    pub fn public(kind: ChannelKind) -> Self {
        Self { kind, private: false, history: History::Whole, password: false, forgets: false }
    }

    /// Whether it goes together: who comes in by a password is to find it, and had been kept out without.
    #[must_use]
    pub fn is_sound(self) -> bool {
        !self.password || self.private && self.history == History::Whole
    }

    /// Whether it has keys and logs of its own.
    #[must_use]
    pub fn is_keyed(self) -> bool {
        self.private || self.forgets || self.history != History::Whole
    }
}

/// What changes of a channel; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ChannelChange {
    /// Its name.
    #[n(0)]
    pub name: Option<Text<100>>,
    /// What it is about.
    #[n(1)]
    pub topic: Option<Text<1024>>,
    /// The category it is listed under; all zero for none.
    #[n(2)]
    pub parent: Option<ChannelId>,
    /// Where it is listed, smaller ones first.
    #[n(3)]
    pub position: Option<u32>,
    /// Least time between two messages of one member, in seconds; 0 for none.
    #[n(4)]
    pub slow_mode_s: Option<u32>,
    /// Most members in a call; 0 for any number.
    #[n(5)]
    pub user_limit: Option<u32>,
    /// Of voice, bits a second.
    #[n(6)]
    pub bitrate: Option<u32>,
    /// How long messages are kept, in seconds; 0 for good. Of a channel with logs of its own; an ephemeral one takes no 0.
    #[n(7)]
    pub retention_s: Option<u32>,
    /// When the channel ends, milliseconds since the epoch, by the clock of whoever shows it; 0 for never.
    #[n(8)]
    pub expires_ms: Option<u64>,
}

/// A place to talk.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Channel {
    /// What it is for good.
    #[n(0)]
    pub nature: Nature,
    /// Who made it.
    #[n(1)]
    pub creator: UserId,
    /// When: the order of channels of one position.
    #[n(2)]
    pub created: Hlc,
    /// Shown name, 1–100 characters.
    #[n(3)]
    pub name: String,
    /// What it is about, at most 1,024 characters.
    #[n(4)]
    pub topic: String,
    /// The category it is listed under.
    #[n(5)]
    pub parent: Option<ChannelId>,
    /// See [`ChannelChange::position`].
    #[n(6)]
    pub position: u32,
    /// See [`ChannelChange::slow_mode_s`].
    #[n(7)]
    pub slow_mode_s: u32,
    /// See [`ChannelChange::user_limit`].
    #[n(8)]
    pub user_limit: u32,
    /// See [`ChannelChange::bitrate`].
    #[n(9)]
    pub bitrate: u32,
    /// See [`ChannelChange::retention_s`].
    #[n(10)]
    pub retention_s: u32,
    /// See [`ChannelChange::expires_ms`]; `None` for never.
    #[n(11)]
    pub expires_ms: Option<u64>,
    /// For whom it differs.
    #[n(12)]
    pub overwrites: BTreeMap<Target, Overwrite>,
}

/// How long an ephemeral channel keeps messages where nothing is said of it, in seconds.
pub const EPHEMERAL_S: u32 = 24 * 60 * 60;

/// Bits a second of voice where nothing is said of it.
pub const BITRATE: u32 = 64_000;

impl Channel {
    /// A channel of which nothing is said yet.
    #[must_use]
    pub fn new(nature: Nature, creator: UserId, created: Hlc) -> Self {
        Self {
            nature,
            creator,
            created,
            name: String::new(),
            topic: String::new(),
            parent: None,
            position: 0,
            slow_mode_s: 0,
            user_limit: 0,
            bitrate: BITRATE,
            retention_s: if nature.history == History::Ephemeral { EPHEMERAL_S } else { 0 },
            expires_ms: None,
            overwrites: BTreeMap::new(),
        }
    }

    /// Changes what the change names.
    pub fn change(&mut self, change: &ChannelChange) {
        let ChannelChange { name, topic, parent, position, slow_mode_s, user_limit, bitrate, retention_s, expires_ms } =
            change;
        if let Some(name) = name {
            self.name = name.to_string();
        }
        if let Some(topic) = topic {
            self.topic = topic.to_string();
        }
        if let Some(parent) = parent {
            self.parent = Some(*parent).filter(|parent| parent.0 != [0; 32]);
        }
        self.position = position.unwrap_or(self.position);
        self.slow_mode_s = slow_mode_s.unwrap_or(self.slow_mode_s);
        self.user_limit = user_limit.unwrap_or(self.user_limit);
        self.bitrate = bitrate.unwrap_or(self.bitrate);
        // What is said to all is kept by all: only a channel with logs of its own forgets, and an ephemeral one always does.
        let kept =
            retention_s.filter(|s| self.nature.is_keyed() && (*s > 0 || self.nature.history != History::Ephemeral));
        self.retention_s = kept.unwrap_or(self.retention_s);
        if let Some(expires_ms) = expires_ms {
            self.expires_ms = Some(*expires_ms).filter(|ms| *ms > 0);
        }
    }

    /// Whether it is over, by this clock.
    #[must_use]
    pub fn is_over(&self, wall_ms: u64) -> bool {
        self.expires_ms.is_some_and(|end| end <= wall_ms)
    }
}
