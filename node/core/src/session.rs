//! What is under way with each connected peer.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::{DeviceId, EpochId};

use crate::{
    budget::{Bucket, REQUESTS},
    enter::Exchanges,
    model::{GuildId, LogId, OpId},
    op::{Audience, Line},
    wire::Part,
};

/// Heads a peer may name in one comparison and not have, before the rest is not asked for: what it serves can change
/// under way, but four thousand made-up heads are not to be asked for one by one.
const MAX_EMPTY: u32 = 16;

/// A connected peer.
#[derive(Debug)]
pub(crate) struct Session {
    /// Guilds in common, as far as both have shown.
    pub(crate) shared: BTreeMap<GuildId, Share>,
    /// Requests outstanding to it.
    pub(crate) inflight: usize,
    /// When anything last came from it.
    pub(crate) heard_ms: u64,
    /// Password exchanges that it began.
    pub(crate) exchanges: Exchanges,
    /// What it may still ask.
    pub(crate) requests: Bucket,
}

/// A guild in common with a peer.
#[derive(Debug, Default)]
pub(crate) struct Share {
    /// An epoch whose secret the peer has proved to hold.
    pub(crate) proof: Option<EpochId>,
    pub(crate) stage: Stage,
    /// Ask with fine fingerprints: the coarse one differed and there are many logs.
    pub(crate) fine: bool,
    /// Heads the peer has and we have not.
    pub(crate) wants: BTreeMap<(Audience, LogId, OpId), Want>,
    /// Heads it named in this comparison and did not have.
    pub(crate) empty: u32,
    /// What it turned out not to have: gaps of content logs by their upper end, and secrets.
    pub(crate) lacks: BTreeSet<(Line, u64)>,
    pub(crate) keyless: BTreeMap<EpochId, Lack>,
    /// It was told what of its user's logs is here.
    pub(crate) told: bool,
    /// How often it gave no answer to that.
    pub(crate) untold: u32,
    /// The user was told that it gave garbage for a key.
    pub(crate) complained: bool,
}

impl Share {
    /// A head it named was not there.
    pub(crate) fn disappoint(&mut self) {
        self.empty += 1;
        if self.empty >= MAX_EMPTY {
            self.wants.clear();
        }
    }
}

/// A secret that a peer was asked for and did not give.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lack {
    /// How often.
    pub(crate) tries: u32,
    /// When it is asked again.
    pub(crate) until_ms: u64,
}

/// How far the comparison with a peer has come. The law comes first, and whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Ask for the control frontier.
    #[default]
    Law,
    /// The control ops it named are being fetched.
    Fetch,
    /// Ask for the content frontier.
    Content,
    /// Nothing to ask.
    Idle,
}

/// A head to fetch up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Want {
    pub(crate) seq: u64,
    /// The next place to ask for (control logs: oldest first).
    pub(crate) cursor: u64,
    /// The op to ask for next on the way down to where a content log parted from ours.
    pub(crate) below: Option<(u64, OpId)>,
    /// From the start of the log, because the branch turned out to leave ours further down.
    pub(crate) restarted: bool,
}

/// A request outstanding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    Hello(Vec<(GuildId, EpochId)>),
    Frontier(GuildId, Part),
    Range(RangeJob),
    Keys(GuildId, Vec<EpochId>),
    Evidence(GuildId, Line),
    Knock(u64),
    Join(u64),
    Recall(Vec<GuildId>),
    Enter(u64),
    Prove(u64),
    Read,
    Holds(GuildId),
    Neighbour,
    Ring,
    LetIn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RangeJob {
    pub(crate) guild: GuildId,
    pub(crate) audience: Audience,
    pub(crate) log: LogId,
    /// The op at `to`, or of a control log one above it.
    pub(crate) head: OpId,
    /// The head this is fetched for; `None` for a gap.
    pub(crate) want: Option<OpId>,
    pub(crate) from: u64,
    pub(crate) to: u64,
    /// `head` is named by an op that is proved: no signature is needed.
    pub(crate) chained: bool,
}

impl Session {
    pub(crate) fn new(mono_ms: u64) -> Self {
        Self {
            shared: BTreeMap::new(),
            inflight: 0,
            heard_ms: mono_ms,
            exchanges: Exchanges::new(),
            requests: Bucket::new(mono_ms, REQUESTS),
        }
    }
}

/// Recognises a peer's tags: what it sends is bound to both devices and the direction.
pub(crate) fn tag_place(from: DeviceId, to: DeviceId) -> Vec<u8> {
    [&b"hello"[..], from.as_bytes(), to.as_bytes()].concat()
}
