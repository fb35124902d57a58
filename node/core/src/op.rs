//! The one operation: what is on the wire is what is in the log and what is in the history.
//!
//! ```text
//!  Header ── canonical CBOR ──▶ OpId = BLAKE3(header) ──▶ signature by the device's key
//!    └─ payload_hash = BLAKE3(payload) ──▶ payload (plain for Genesis, Epoch, Merge; sealed for the rest)
//! ```
//!
//! The payload is detachable: it can be erased while header and chain stay. Payloads are opaque under an integer
//! kind, so kinds of a later version are stored and relayed by an older one.

use bivouac_crypto::{
    Blob, Bounded, Context, Domain, EpochId, EpochSecret, IdentityChain, PasswordKey, SealKey, Signature, SigningKey,
    Text, UserId, canonical, hash,
};
use minicbor::{Decode, Encode};

pub use crate::model::Attachment;
use crate::model::{ChannelId, GuildId, Hlc, LogId, MessageId, OpId};
pub use crate::{
    act::{Act, Acting},
    mark::{Mark, Says},
};

/// The version of every byte layout in this file.
pub const VERSION: u8 = 1;
/// Most references of one sort in a header.
pub const MAX_REFS: usize = 8;
/// Largest canonical header, in bytes.
pub const MAX_HEADER: usize = 2048;
/// Largest payload, in bytes: fits a gossip envelope together with its header.
pub const MAX_PAYLOAD: usize = 44 * 1024;
/// Most files on a message.
pub const MAX_FILES: usize = 10;
/// Longest message, in characters.
pub const MAX_TEXT: usize = 4000;

/// Who may read an op, and so which log and which keys it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Audience {
    /// The guild's law: control ops, sealed with the guild's epochs.
    #[n(0)]
    Control,
    /// What all members read: messages of public channels.
    #[n(1)]
    Guild,
    /// The readers of one channel with keys of its own.
    #[n(2)]
    Channel(#[n(0)] ChannelId),
}

impl Audience {
    /// Which channel's.
    #[must_use]
    pub fn channel(self) -> Option<ChannelId> {
        match self {
            Self::Channel(channel) => Some(channel),
            Self::Control | Self::Guild => None,
        }
    }
}

/// A log by whose it is and who may read it.
pub type Line = (Audience, LogId);

/// A reference to an op by its place; the id is checked, never looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct Ref {
    /// Whose log.
    #[n(0)]
    pub log: LogId,
    /// Where in it, from 0.
    #[n(1)]
    pub seq: u64,
    /// Which op.
    #[n(2)]
    pub id: OpId,
}

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Header {
    /// [`VERSION`].
    #[n(0)]
    pub version: u8,
    /// The guild; all zero in its genesis op, whose id it is.
    #[n(1)]
    pub guild: GuildId,
    /// Who may read it.
    #[n(2)]
    pub audience: Audience,
    /// The author's log in that audience.
    #[n(3)]
    pub log: LogId,
    /// Place in the log, from 0.
    #[n(4)]
    pub seq: u64,
    /// The op before it in the log; all zero at 0.
    #[n(5)]
    pub prev: OpId,
    /// When its author says it was made; above that of every op it cites in `auth`.
    #[n(6)]
    pub hlc: Hlc,
    /// Heads of the control DAG as the author knew it.
    #[n(7)]
    pub auth: Bounded<Ref, MAX_REFS>,
    /// Newest content ops of others, of the same audience, that the author had seen. Empty in control ops.
    #[n(8)]
    pub deps: Bounded<Ref, MAX_REFS>,
    /// What the payload is: see [`Op`].
    #[n(9)]
    pub kind: u16,
    /// The epoch that seals the payload; `None`: it is plain.
    #[n(10)]
    pub epoch: Option<EpochId>,
    /// Length of the payload in bytes.
    #[n(11)]
    pub payload_len: u32,
    /// BLAKE3 of the payload as it travels.
    #[cbor(n(12), with = "minicbor::bytes")]
    pub payload_hash: [u8; 32],
}

impl Header {
    /// The log it is in.
    #[must_use]
    pub fn line(&self) -> Line {
        (self.audience, self.log)
    }

    /// The op's id.
    #[must_use]
    pub fn id(&self) -> OpId {
        OpId(hash(Context::Op, &canonical::encode(self)))
    }

    /// What binds a sealed payload to its place: the header without the fields that depend on the payload.
    fn seal_place(&self) -> Vec<u8> {
        canonical::encode(&Self { payload_len: 0, payload_hash: [0; 32], ..self.clone() })
    }

    /// This op as others cite it.
    #[must_use]
    pub fn reference(&self, id: OpId) -> Ref {
        Ref { log: self.log, seq: self.seq, id }
    }

    /// The guild this op belongs to.
    #[must_use]
    pub fn guild_of(&self, id: OpId) -> GuildId {
        if self.kind == kind::GENESIS { GuildId(id.0) } else { self.guild }
    }
}

/// The key that seals the payloads of one log under one epoch.
#[must_use]
pub fn seal_key(secret: &EpochSecret, audience: Audience, log: LogId) -> SealKey {
    secret.message_key(&canonical::encode(&(audience, log)))
}

/// An op as it travels and rests. Its signature may be absent where it is proved by the chain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Entry {
    /// What was signed.
    #[n(0)]
    pub header: Header,
    /// By the key of `header.log.device`, over the id.
    #[n(1)]
    pub signature: Option<Signature>,
    /// `None` once erased.
    #[n(2)]
    pub payload: Option<Blob<MAX_PAYLOAD>>,
}

/// Why an entry is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEntry {
    /// The header breaks a rule that every version keeps.
    #[error("malformed header")]
    Malformed,
    /// The payload is not the one the header names.
    #[error("payload does not match its header")]
    Payload,
    /// The signature is missing or wrong.
    #[error("bad signature")]
    Signature,
    /// Not the op that the chain names.
    #[error("not the op that was cited")]
    Chain,
}

/// An entry whose author is proved, by its signature or by the hash chain to a signed op.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// The entry.
    pub entry: Entry,
    /// Its id.
    pub id: OpId,
    /// Whether the entry's own signature was checked.
    pub signed: bool,
}

impl Entry {
    /// Checks the shape, the payload and the signature.
    ///
    /// # Errors
    /// The first of [`BadEntry`] that applies.
    pub fn prove(self) -> Result<Proved, BadEntry> {
        self.check()?;
        let id = self.header.id();
        let signature = self.signature.ok_or(BadEntry::Signature)?;
        self.header.log.device.0.verify(Domain::Op, &id.0, &signature).map_err(|_| BadEntry::Signature)?;
        Ok(Proved { entry: self, id, signed: true })
    }

    /// Checks the shape, the payload and that this is the op a proved successor names.
    ///
    /// # Errors
    /// The first of [`BadEntry`] that applies.
    pub fn prove_by_chain(self, expected: OpId) -> Result<Proved, BadEntry> {
        self.check()?;
        let id = self.header.id();
        if id == expected { Ok(Proved { entry: self, id, signed: false }) } else { Err(BadEntry::Chain) }
    }

    /// Whether the entry's own signature is there and right.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        let id = self.header.id();
        self.signature.is_some_and(|s| self.header.log.device.0.verify(Domain::Op, &id.0, &s).is_ok())
    }

    fn check(&self) -> Result<(), BadEntry> {
        let h = &self.header;
        let control = h.audience == Audience::Control;
        let genesis = h.kind == kind::GENESIS;
        let shape = h.version == VERSION
            && (h.seq == 0) == (h.prev == OpId([0; 32]))
            && genesis == (h.guild == GuildId([0; 32]))
            && (!genesis || (control && h.seq == 0 && h.epoch.is_none()))
            && (genesis == h.auth.is_empty())
            && (!control || h.deps.is_empty())
            && h.payload_len as usize <= MAX_PAYLOAD
            && h.seq < u64::from(u32::MAX)
            && h.hlc.0 < u64::MAX;
        if !shape {
            return Err(BadEntry::Malformed);
        }
        match &self.payload {
            Some(p) if p.len() != h.payload_len as usize || hash(Context::Payload, p) != h.payload_hash => {
                Err(BadEntry::Payload)
            }
            _ => Ok(()),
        }
    }
}

/// The integer kinds of [`Op`].
pub mod kind {
    /// [`super::Op::Genesis`], plain.
    pub const GENESIS: u16 = 1;
    /// [`super::Op::Epoch`], plain.
    pub const EPOCH: u16 = 2;
    /// [`super::Op::Merge`], plain.
    pub const MERGE: u16 = 3;
    /// [`super::Op::Act`], sealed.
    pub const ACT: u16 = 4;
    /// [`super::Op::Post`], sealed.
    pub const POST: u16 = 32;
    /// [`super::Op::Notice`], sealed.
    pub const NOTICE: u16 = 33;
    /// [`super::Op::Password`], sealed.
    pub const PASSWORD: u16 = 34;
    /// [`super::Op::Mark`], sealed.
    pub const MARK: u16 = 35;
}

/// Everything an op can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// The first op of a guild. Its author is the owner.
    Genesis(Genesis),
    /// A commitment to a new generation of an audience's keys.
    Epoch(Epoch),
    /// No effect: brings more control heads together than one header can cite.
    Merge,
    /// An act of law, under the one role named.
    Act(Acting, Act),
    /// A message.
    Post(Post),
    /// Cites the heads of a removed member's logs (in `deps`), so that what was said before the removal stays shown.
    Notice(UserId),
    /// The key by which whoever knows a channel's password is let in, for its readers.
    Password(PasswordKey),
    /// Something about a message.
    Mark(Mark),
    /// Of a kind this version does not know, or with a payload it cannot read: relayed, without effect.
    Unknown,
}

/// Payload of the genesis op.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Genesis {
    /// The owner's identity; certifies the authoring device.
    #[n(0)]
    pub owner: IdentityChain,
    /// Makes two guilds of one owner differ.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub nonce: [u8; 32],
}

/// Payload of an epoch op.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Epoch {
    /// Whose keys: the guild's or one channel's.
    #[n(0)]
    pub audience: Audience,
    /// Commitment to the secrets: see `EpochSecret::id`.
    #[n(1)]
    pub id: EpochId,
    /// The epochs it follows.
    #[n(2)]
    pub parents: Bounded<EpochId, MAX_REFS>,
    /// The parents' secrets under this epoch's history secret; `None` in the first.
    #[n(3)]
    pub link: Option<Blob<2048>>,
}

/// Payload of a message.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Post {
    /// Where.
    #[n(0)]
    pub channel: ChannelId,
    /// What.
    #[n(1)]
    pub text: Text<MAX_TEXT>,
    /// The message it answers.
    #[n(2)]
    pub reply_to: Option<MessageId>,
    /// The message whose thread it is in.
    #[n(3)]
    pub thread: Option<MessageId>,
    /// What hangs on it.
    #[n(4)]
    pub files: Bounded<Attachment, MAX_FILES>,
}

impl Op {
    /// The integer kind.
    #[must_use]
    pub fn kind(&self) -> u16 {
        match self {
            Self::Genesis(_) => kind::GENESIS,
            Self::Epoch(_) => kind::EPOCH,
            Self::Merge => kind::MERGE,
            Self::Act(..) => kind::ACT,
            Self::Post(_) => kind::POST,
            Self::Notice(_) => kind::NOTICE,
            Self::Password(_) => kind::PASSWORD,
            Self::Mark(_) => kind::MARK,
            Self::Unknown => 0,
        }
    }

    /// Whether ops of this kind travel unsealed.
    #[must_use]
    pub fn is_plain(kind: u16) -> bool {
        matches!(kind, kind::GENESIS | kind::EPOCH | kind::MERGE)
    }

    /// The payload before sealing.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Genesis(genesis) => canonical::encode(genesis),
            Self::Epoch(epoch) => canonical::encode(epoch),
            Self::Merge | Self::Unknown => Vec::new(),
            Self::Act(acting, act) => canonical::encode(&(*acting, act.clone())),
            Self::Post(post) => canonical::encode(post),
            Self::Notice(user) => canonical::encode(user),
            Self::Password(key) => canonical::encode(key),
            Self::Mark(mark) => canonical::encode(mark),
        }
    }

    /// Reads an unsealed payload. Whatever cannot be read is [`Op::Unknown`]: one odd op stalls nothing.
    #[must_use]
    pub fn decode(kind: u16, bytes: &[u8]) -> Self {
        let read = match kind {
            kind::GENESIS => canonical::decode(bytes, MAX_PAYLOAD).map(Self::Genesis),
            kind::EPOCH => canonical::decode(bytes, MAX_PAYLOAD).map(Self::Epoch),
            kind::MERGE if bytes.is_empty() => Ok(Self::Merge),
            kind::ACT => canonical::decode(bytes, MAX_PAYLOAD).map(|(acting, act)| Self::Act(acting, act)),
            kind::POST => canonical::decode(bytes, MAX_PAYLOAD).map(Self::Post),
            kind::NOTICE => canonical::decode(bytes, MAX_PAYLOAD).map(Self::Notice),
            kind::PASSWORD => canonical::decode(bytes, MAX_PAYLOAD).map(Self::Password),
            kind::MARK => canonical::decode(bytes, MAX_PAYLOAD).map(Self::Mark),
            _ => Ok(Self::Unknown),
        };
        read.unwrap_or(Self::Unknown)
    }
}

/// Seals (where `secret` is given), completes the header and signs.
pub fn author(
    rng: &mut dyn bivouac_crypto::CryptoRng,
    device: &SigningKey,
    mut header: Header,
    op: &Op,
    secret: Option<(EpochId, &EpochSecret)>,
) -> Proved {
    header.kind = op.kind();
    header.epoch = secret.map(|(id, _)| id);
    let plain = op.encode();
    let payload = match secret {
        None => plain,
        Some((_, secret)) => seal_key(secret, header.audience, header.log).seal(rng, &header.seal_place(), &plain),
    };
    header.payload_len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    header.payload_hash = hash(Context::Payload, &payload);
    let id = header.id();
    let signature = Some(device.sign(Domain::Op, &id.0));
    Proved { entry: Entry { header, signature, payload: Blob::try_from(payload).ok() }, id, signed: true }
}

/// What a payload says, given the secret of its epoch. [`Op::Unknown`] where it is sealed but does not open.
#[must_use]
pub fn open(header: &Header, payload: &[u8], secret: Option<&EpochSecret>) -> Op {
    match (Op::is_plain(header.kind), header.epoch.is_some(), secret) {
        (true, false, _) => Op::decode(header.kind, payload),
        (false, true, Some(secret)) => seal_key(secret, header.audience, header.log)
            .open(&header.seal_place(), payload)
            .map_or(Op::Unknown, |plain| Op::decode(header.kind, &plain)),
        _ => Op::Unknown,
    }
}

/// What an epoch's id commits to beside its secrets and parents: whose keys, and in which log it was minted, so that
/// nobody can pass another's epoch off as their own.
#[must_use]
pub fn epoch_place(audience: Audience, log: LogId) -> Vec<u8> {
    canonical::encode(&(audience, log))
}

/// Bytes an invite key signs to admit a user to a guild.
#[must_use]
pub fn invite_proof(guild: GuildId, user: UserId) -> Vec<u8> {
    canonical::encode(&(guild, user))
}
