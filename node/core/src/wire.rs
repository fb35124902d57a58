//! Everything that crosses the network between peers, bounded and canonical.
//!
//! Each message is one version byte and one canonical CBOR value. A decoder of a later version is chosen by that
//! byte, so an old layout stays readable beside a new one.

use bivouac_crypto::{
    Blob, Bounded, DeviceId, EpochId, IdentityChain, MESSAGE_LEN, PublicKey, Signature, Text, UserId, canonical,
};
use minicbor::{Decode, Encode, bytes::ByteArray};

use crate::{
    join::MAX_LINK,
    model::{ChannelId, GuildId, LogId, MessageId, OpId},
    op::{Audience, Entry, MAX_HEADER, MAX_PAYLOAD, MAX_REFS},
};

/// Largest gossip envelope, in bytes.
pub const MAX_ENVELOPE: usize = 48 * 1024;
/// Largest request, in bytes: room for a guest's whole identity, which is the most that anybody has to say.
pub const MAX_REQUEST: usize = 48 * 1024;
/// Largest response, in bytes.
pub const MAX_RESPONSE: usize = 512 * 1024;
/// Most requests outstanding to one peer.
pub const WINDOW: usize = 4;
/// Most ops in one range.
pub const MAX_RANGE: usize = 256;
/// Most frontier entries in one response; more are asked for by finer fingerprints.
pub const MAX_FRONTIER: usize = 4096;
/// Wraps gossiped beside a new epoch; more readers fetch theirs.
pub const MAX_WRAPS: usize = 32;
/// Guilds asked for in one [`Request::Recall`].
pub const MAX_RECALLS: usize = 256;
/// Guilds given back in one response to [`Request::Recall`].
pub const MAX_RECALLED: usize = 16;
/// Largest encoded entry, in bytes.
pub const MAX_ENTRY: usize = MAX_HEADER + MAX_PAYLOAD + 256;
/// Largest sealed [`Passing`], in bytes.
pub const MAX_PASSING: usize = 512;
/// Markers of how far channels are read in one request.
pub const MAX_MARKERS: usize = 256;
/// Logs in one [`Request::Holds`], and runs of each.
pub const MAX_HOLDINGS: usize = 128;
/// See [`MAX_HOLDINGS`].
pub const MAX_HELD_RUNS: usize = 8;
/// What is said by whoever rings, in characters at most.
pub const MAX_RING: usize = 200;
/// Largest X-Wing wrap of an epoch's secrets, in bytes.
pub const MAX_WRAP: usize = 1400;

const VERSION: u8 = 1;

/// A recogniser of an epoch's holders: keyed by the epoch's secret, bound to both devices and the direction.
pub type Tag = [u8; 16];

/// Which half of what a guild holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Part {
    /// The law: one audience.
    #[n(0)]
    Law,
    /// All content that both sides may read.
    #[n(1)]
    Content,
}

/// What is gossiped.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Envelope {
    /// A new op.
    #[n(0)]
    Op(#[n(0)] Entry),
    /// A new epoch's secrets for its readers.
    #[n(1)]
    Wraps {
        /// Of which guild.
        #[n(0)]
        guild: GuildId,
        /// Which epoch.
        #[n(1)]
        epoch: EpochId,
        /// Reader and wrap.
        #[n(2)]
        wraps: Bounded<(UserId, Blob<MAX_WRAP>), MAX_WRAPS>,
    },
    /// What is said and not kept, sealed for the readers of an audience: a [`Passing`].
    #[n(2)]
    Passing {
        /// Of which guild.
        #[n(0)]
        guild: GuildId,
        /// Under which epoch.
        #[n(1)]
        epoch: EpochId,
        /// With a nonce in front.
        #[n(2)]
        sealed: Blob<MAX_PASSING>,
    },
}

/// What a peer can ask.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Request {
    /// Which guilds do we share? One tag for each of the newest epochs held. → [`Response::Hello`]
    #[n(0)]
    Hello(#[n(0)] Bounded<ByteArray<16>, 256>),
    /// Where does your set of log heads differ from mine? 1 or 256 fingerprints. → [`Response::Frontier`]
    #[n(1)]
    Frontier {
        /// Of which guild.
        #[n(0)]
        guild: GuildId,
        /// Of what.
        #[n(1)]
        part: Part,
        /// Fingerprints of the heads whose audience and log hash to the bucket.
        #[n(2)]
        prints: Bounded<u64, 256>,
    },
    /// The ops `from..=to` of the branch that holds `head`. → [`Response::Range`]
    #[n(2)]
    Range {
        /// Of which guild.
        #[n(0)]
        guild: GuildId,
        /// Of which audience.
        #[n(1)]
        audience: Audience,
        /// Which log.
        #[n(2)]
        log: LogId,
        /// An op at or after `to` in the branch meant.
        #[n(3)]
        head: OpId,
        /// First place.
        #[n(4)]
        from: u64,
        /// Last place.
        #[n(5)]
        to: u64,
    },
    /// The secrets of these epochs, wrapped to me. → [`Response::Keys`]
    #[n(3)]
    Keys {
        /// Of which guild.
        #[n(0)]
        guild: GuildId,
        /// Which.
        #[n(1)]
        epochs: Bounded<EpochId, 16>,
    },
    /// The proof that a log forked. → [`Response::Evidence`]
    #[n(4)]
    Evidence {
        /// Of which guild.
        #[n(0)]
        guild: GuildId,
        /// Of which audience.
        #[n(1)]
        audience: Audience,
        /// Which log.
        #[n(2)]
        log: LogId,
    },
    /// Can you admit the holder of the invite with this tag? → [`Response::Knock`]
    #[n(5)]
    Knock(#[cbor(n(0), with = "minicbor::bytes")] Tag),
    /// Admit me. → [`Response::Join`]
    #[n(6)]
    Join {
        /// The invite's public key.
        #[n(0)]
        key: PublicKey,
        /// Who I am; certifies the device that asks.
        #[n(1)]
        guest: IdentityChain,
        /// The invite key's signature over (guild, user).
        #[n(2)]
        proof: Signature,
    },
    /// I have lost these guilds: are you in one of them, and am I? One tag for each. → [`Response::Recall`]
    #[n(7)]
    Recall(#[n(0)] Bounded<ByteArray<16>, MAX_RECALLS>),
    /// I know this channel's password: my first message of an exchange. → [`Response::Enter`]
    #[n(8)]
    Enter {
        /// Of which guild.
        #[n(0)]
        guild: GuildId,
        /// Which channel.
        #[n(1)]
        channel: ChannelId,
        /// SPAKE2's, of the side that wants to be let in.
        #[n(2)]
        message: ByteArray<MESSAGE_LEN>,
    },
    /// My proof, for the exchange begun last. → [`Response::Entered`]
    #[n(9)]
    Prove {
        /// Of which guild.
        #[n(0)]
        guild: GuildId,
        /// Which channel.
        #[n(1)]
        channel: ChannelId,
        /// The guest's.
        #[n(2)]
        proof: ByteArray<32>,
    },
    /// How far our user has read channels, from one device of theirs to another. → [`Response::Read`]
    #[n(10)]
    Read(#[n(0)] Bounded<Marked, MAX_MARKERS>),
    /// So much of your user's logs is on my disk. → [`Response::Noted`]
    #[n(11)]
    Holds {
        /// Of which guild.
        #[n(0)]
        guild: GuildId,
        /// In place of what was said of these logs before.
        #[n(1)]
        logs: Bounded<Holding, MAX_HOLDINGS>,
    },
    /// We are on one local network: who I am, and who are you? Or: I would rather not say any more. → [`Response::Neighbour`]
    #[n(12)]
    Neighbour(#[n(0)] Option<Neighbour>),
    /// Will you let me into a guild? It is decided later, by [`Request::LetIn`]. → [`Response::Noted`]
    #[n(13)]
    Ring {
        /// Who I am; certifies the device that asks.
        #[n(0)]
        guest: IdentityChain,
        /// What I say at the door.
        #[n(1)]
        text: Option<Text<MAX_RING>>,
    },
    /// You rang: an invite, or none. → [`Response::Noted`]
    #[n(14)]
    LetIn(#[n(0)] Option<Invitation>),
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Response {
    /// The guilds shared.
    #[n(0)]
    Hello(#[n(0)] Bounded<Shared, 256>),
    /// Heads in the buckets that differ, or nothing if none does.
    #[n(1)]
    Frontier(#[n(0)] Bounded<Head, MAX_FRONTIER>),
    /// Too many heads differ: ask with 256 fingerprints.
    #[n(2)]
    Split,
    /// Consecutive ops, oldest first; may be fewer than asked: the oldest for control logs, else the newest.
    #[n(3)]
    Range(#[n(0)] Bounded<Entry, MAX_RANGE>),
    /// Wraps for the asking user.
    #[n(4)]
    Keys(#[n(0)] Bounded<(EpochId, Blob<MAX_WRAP>), 16>),
    /// Two signed headers at one place.
    #[n(5)]
    Evidence(#[n(0)] Option<Evidence>),
    /// The answering side's own tag, if it knows that invite.
    #[n(6)]
    Knock(#[n(0)] Option<ByteArray<16>>),
    /// Admitted or not.
    #[n(7)]
    Join(#[n(0)] Admission),
    /// Not to you.
    #[n(8)]
    Refused,
    /// The guilds whose member the asking device is.
    #[n(9)]
    Recall(#[n(0)] Bounded<Recalled, MAX_RECALLED>),
    /// The answering side's message of the exchange, if it can check the password now.
    #[n(10)]
    Enter(#[n(0)] Option<ByteArray<MESSAGE_LEN>>),
    /// What became of it.
    #[n(11)]
    Entered(#[n(0)] Entered),
    /// Of the same channels, where the answering side knows it newer.
    #[n(12)]
    Read(#[n(0)] Bounded<Marked, MAX_MARKERS>),
    /// It is noted.
    #[n(13)]
    Noted,
    /// Who the answering side is.
    #[n(14)]
    Neighbour(#[n(0)] Option<Neighbour>),
}

/// What a stranger on the local network says of themselves: nobody has proved it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Neighbour {
    /// Their user.
    #[n(0)]
    pub user: UserId,
    /// What they are called.
    #[n(1)]
    pub name: Text<64>,
    /// Whether one may ring at theirs.
    #[n(2)]
    pub knocks: bool,
}

/// What who rang is let in by.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Invitation {
    /// What the guild is called.
    #[n(0)]
    pub name: Text<100>,
    /// As of an invite.
    #[n(1)]
    pub link: Text<MAX_LINK>,
}

/// What a device holds of a log.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Holding {
    /// Whose log, by readers.
    #[n(0)]
    pub audience: Audience,
    /// Which log.
    #[n(1)]
    pub log: LogId,
    /// First and last place of each run, sorted and apart from each other: the newest.
    #[n(2)]
    pub runs: Bounded<(u64, u64), MAX_HELD_RUNS>,
}

/// How far a channel is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Marked {
    /// Of which guild.
    #[n(0)]
    pub guild: GuildId,
    /// Which channel.
    #[n(1)]
    pub channel: ChannelId,
    /// When that was said, milliseconds since the epoch: the newest word counts.
    #[n(2)]
    pub set_ms: u64,
    /// The last message that was read.
    #[n(3)]
    pub read: MessageId,
}

/// What is said and not kept.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Passing {
    /// By which device.
    #[n(0)]
    pub device: DeviceId,
    /// When, milliseconds since the epoch.
    #[n(1)]
    pub at_ms: u64,
    /// What.
    #[n(2)]
    pub says: Murmur,
    /// By the device, over guild, epoch, device, time and what is said.
    #[n(3)]
    pub signature: Signature,
}

/// What can be said and not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Murmur {
    /// I am writing.
    #[n(0)]
    Typing {
        /// Where.
        #[n(0)]
        channel: ChannelId,
        /// In which thread of it.
        #[n(1)]
        thread: Option<MessageId>,
    },
}

/// The answer to a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Entered {
    /// You are in; this proves that I know the password too.
    #[n(0)]
    In(#[n(0)] ByteArray<32>),
    /// Wrong password.
    #[n(1)]
    Wrong,
    /// Right, but you are denied the channel.
    #[n(2)]
    Denied,
    /// Not now: begin again, or ask another.
    #[n(3)]
    Busy,
}

/// A guild given back to a member who lost it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Recalled {
    /// The place of the recognised tag in the request.
    #[n(0)]
    pub index: u8,
    /// Epoch and wrap of the newest secrets.
    #[n(1)]
    pub keys: Bounded<(EpochId, Blob<MAX_WRAP>), MAX_REFS>,
}

/// A guild that both sides hold a key of.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Shared {
    /// The place of the recognised tag in the request.
    #[n(0)]
    pub index: u8,
    /// The answering side's tag for the same epoch.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub tag: Tag,
    /// Fingerprint of the control frontier.
    #[n(2)]
    pub control: u64,
    /// Fingerprint of the frontier of the content that both may read.
    #[n(3)]
    pub content: u64,
}

/// A log head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct Head {
    /// Whose log, by readers.
    #[n(0)]
    pub audience: Audience,
    /// Which log.
    #[n(1)]
    pub log: LogId,
    /// Place of the newest op, or of the fork.
    #[n(2)]
    pub seq: u64,
    /// The newest op; all zero where the log is cut at a fork.
    #[n(3)]
    pub id: OpId,
}

/// Two ops that one device signed for one place.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Evidence {
    /// One, without payload.
    #[n(0)]
    pub a: Entry,
    /// The other.
    #[n(1)]
    pub b: Entry,
}

/// The answer to a guest.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Admission {
    /// You are in: the guild and its newest secrets, wrapped to you.
    #[n(0)]
    Admitted {
        /// Epoch and wrap.
        #[n(0)]
        keys: Bounded<(EpochId, Blob<MAX_WRAP>), MAX_REFS>,
    },
    /// The invite's time is over or it was revoked.
    #[n(1)]
    Expired,
    /// The invite has admitted as many as it may.
    #[n(2)]
    Used,
    /// The user is banned, or was removed and needs a newer invite.
    #[n(3)]
    Banned,
    /// The proof does not hold.
    #[n(4)]
    Invalid,
    /// Ask again later.
    #[n(5)]
    Busy,
}

macro_rules! message {
    ($name:ident, $max:expr) => {
        impl $name {
            /// The bytes on the wire.
            #[must_use]
            pub fn to_bytes(&self) -> Vec<u8> {
                let mut bytes = vec![VERSION];
                bytes.extend(canonical::encode(self));
                bytes
            }

            /// Reads the bytes of a peer; `None` for anything that is not exactly one known, canonical message.
            #[must_use]
            pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
                match bytes.split_first() {
                    Some((&VERSION, rest)) => canonical::decode(rest, $max).ok(),
                    _ => None,
                }
            }
        }
    };
}

message!(Envelope, MAX_ENVELOPE);
message!(Request, MAX_REQUEST);
message!(Response, MAX_RESPONSE);
