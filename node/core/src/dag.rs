//! The control DAG of a guild: every act of law with its causal past, in memory, whole.
//!
//! ```text
//!  log a:  0 ── 1 ── 2 ────── 3        a branch is one unforked run of a log; a device that contradicts itself
//!               ╲    ╲auth   ╱auth     starts a second branch, so both of its stories stay citable
//!  log b:        0 ── 1 ──── 2
//! ```
//!
//! Only ops whose `prev` and `auth` are all here are in it: the set is causally closed. Sorting by (hlc, id) is a
//! linear extension of causality, because an op's timestamp is above that of everything it cites.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::{DeviceId, Domain, EpochId, Identity, IdentityAct, IdentityOp, Signed, UserId};

use crate::{
    clock::Clock,
    model::{ChannelId, FileId, GuildId, Hlc, LogId, Nature, OpId},
    op::{Act, Op, Proved, Ref, invite_proof, kind},
    park::Need,
};

/// Most branches of one log that are followed of themselves; beyond that only those that another's op stands on.
pub const MAX_BRANCHES: usize = 8;

/// A control op in the DAG.
#[derive(Debug)]
pub struct Node {
    /// Its id.
    pub id: OpId,
    /// The branch it is on.
    pub branch: u32,
    /// Its place in the log.
    pub seq: u64,
    /// Its timestamp.
    pub hlc: Hlc,
    /// The user whose device signed it.
    pub author: UserId,
    /// Itself and everything before it.
    pub clock: Clock,
    /// The epoch that seals it.
    pub epoch: Option<EpochId>,
    /// What it says; `None` while its key is missing.
    pub op: Option<Op>,
}

/// One unforked run of a log.
#[derive(Debug)]
pub struct Branch {
    /// The log.
    pub log: LogId,
    /// The store's number for this branch.
    pub store: u32,
    /// Place of its first op.
    pub first: u64,
    /// The branch it leaves, if it does not begin the log.
    pub parent: Option<u32>,
    /// Its ops, by place.
    pub nodes: Vec<u32>,
}

/// What became of an op offered to the DAG.
#[derive(Debug, PartialEq, Eq)]
pub enum Offer {
    /// It can be inserted: on this branch, or on a new one.
    Ready(Place),
    /// Here already.
    Known,
    /// It must wait.
    Wait(Need),
    /// It breaks a rule that no later op can mend.
    Malformed,
    /// Valid, but past a bound that only a cheating device meets.
    Beyond,
}

/// Where an op goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At the end of a branch.
    Extend(u32),
    /// On a new branch: the first of its log.
    First,
    /// On a new branch of a log that exists: the log is forked.
    Fork,
}

/// The control DAG.
#[derive(Debug)]
pub struct Dag {
    guild: GuildId,
    branches: Vec<Branch>,
    nodes: Vec<Node>,
    by_id: BTreeMap<OpId, u32>,
    by_log: BTreeMap<LogId, Vec<u32>>,
    order: BTreeMap<(Hlc, OpId), u32>,
    heads: BTreeSet<u32>,
    identities: BTreeMap<UserId, Identity>,
    devices: BTreeMap<DeviceId, UserId>,
    /// The identities that ops carry, verified once.
    carried: BTreeMap<u32, Identity>,
    /// Admissions whose proof fits the key of the invite they name, looked at once: a law is folded many times.
    proved: BTreeSet<u32>,
    /// Devices that any op certifies, whoever they turn out to belong to.
    certified: BTreeSet<DeviceId>,
    /// Two ops say different things of one user or device: who is who must be resolved over all ops in order.
    clashed: bool,
    forks: BTreeMap<LogId, u64>,
}

impl Dag {
    /// An empty DAG of a guild.
    #[must_use]
    pub fn new(guild: GuildId) -> Self {
        Self {
            guild,
            branches: Vec::new(),
            nodes: Vec::new(),
            by_id: BTreeMap::new(),
            by_log: BTreeMap::new(),
            order: BTreeMap::new(),
            heads: BTreeSet::new(),
            identities: BTreeMap::new(),
            devices: BTreeMap::new(),
            carried: BTreeMap::new(),
            proved: BTreeSet::new(),
            certified: BTreeSet::new(),
            clashed: false,
            forks: BTreeMap::new(),
        }
    }

    /// Says what would become of an op.
    #[must_use]
    pub fn offer(&self, op: &Proved) -> Offer {
        let h = &op.entry.header;
        if self.by_id.contains_key(&op.id) {
            return Offer::Known;
        }
        if h.kind == kind::GENESIS {
            return if op.id.0 == self.guild.0 { Offer::Ready(Place::First) } else { Offer::Malformed };
        }
        if !self.certified.contains(&h.log.device) {
            return Offer::Wait(Need::Device(h.log.device));
        }
        for cited in &*h.auth {
            match self.by_id.get(&cited.id) {
                None => return Offer::Wait(Need::Op(cited.id)),
                Some(&n) if !self.is_at(n, cited) || self.nodes[n as usize].hlc >= h.hlc => return Offer::Malformed,
                Some(_) => {}
            }
        }
        if h.seq > 0 {
            match self.by_id.get(&h.prev) {
                None => return Offer::Wait(Need::Op(h.prev)),
                Some(&n) => {
                    let prev = &self.nodes[n as usize];
                    let same = self.branches[prev.branch as usize].log == h.log;
                    if !same || prev.seq + 1 != h.seq || prev.hlc >= h.hlc {
                        return Offer::Malformed;
                    }
                }
            }
        }
        let branches = self.by_log.get(&h.log).map_or(&[][..], Vec::as_slice);
        if h.seq > 0 {
            let last = self.by_id.get(&h.prev).map(|n| &self.nodes[*n as usize]);
            if let Some(prev) = last {
                let branch = &self.branches[prev.branch as usize];
                if branch.first + branch.nodes.len() as u64 == h.seq {
                    return Offer::Ready(Place::Extend(prev.branch));
                }
            }
        }
        match branches.len() {
            0 => Offer::Ready(Place::First),
            n if n < MAX_BRANCHES => Offer::Ready(Place::Fork),
            _ => Offer::Beyond,
        }
    }

    /// Inserts an op at the place that [`Self::offer`] gave. `store` is the store's number of a new branch. Returns
    /// its number.
    pub fn insert(&mut self, op: &Proved, says: Option<Op>, place: Place, store: u32) -> u32 {
        let h = &op.entry.header;
        let n = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let prev = self.by_id.get(&h.prev).copied().filter(|_| h.seq > 0);
        let mut clock = prev.map_or_else(Clock::default, |p| self.nodes[p as usize].clock.clone());
        for cited in &*h.auth {
            if let Some(c) = self.by_id.get(&cited.id) {
                clock.join(&self.nodes[*c as usize].clock);
                self.heads.remove(c);
            }
        }
        if let Some(p) = prev {
            self.heads.remove(&p);
        }
        let branch = match place {
            Place::Extend(branch) => branch,
            Place::First | Place::Fork => {
                let branch = u32::try_from(self.branches.len()).unwrap_or(u32::MAX);
                let parent = prev.map(|p| self.nodes[p as usize].branch);
                self.branches.push(Branch { log: h.log, store, first: h.seq, parent, nodes: Vec::new() });
                self.by_log.entry(h.log).or_default().push(branch);
                if place == Place::Fork {
                    let at = self.forks.entry(h.log).or_insert(h.seq);
                    *at = h.seq.min(*at);
                }
                branch
            }
        };
        self.branches[branch as usize].nodes.push(n);
        clock.raise(branch, u32::try_from(h.seq + 1).unwrap_or(u32::MAX));
        self.learn(n, says.as_ref());
        let author = self.devices.get(&h.log.device).copied().unwrap_or(UserId([0; 32]));
        self.nodes.push(Node { id: op.id, branch, seq: h.seq, hlc: h.hlc, author, clock, epoch: h.epoch, op: says });
        self.by_id.insert(op.id, n);
        self.order.insert((h.hlc, op.id), n);
        self.heads.insert(n);
        n
    }

    /// Fills in what a sealed op says, its key having arrived.
    pub fn unseal(&mut self, n: u32, says: Op) {
        self.learn(n, Some(&says));
        let invites = matches!(says, Op::Act(_, Act::Invite { .. }));
        self.nodes[n as usize].op = Some(says);
        if invites {
            // Admissions by it may have been read before it.
            let id = self.node(n).id.0;
            let names =
                |m: &u32| matches!(&self.node(*m).op, Some(Op::Act(_, Act::Admit { invite, .. })) if invite.0 == id);
            let waiting: Vec<u32> = self.carried.keys().copied().filter(names).collect();
            for m in waiting {
                let says = self.node(m).op.clone();
                self.prove(m, says.as_ref());
            }
        }
    }

    /// Whether an admission's proof fits the key of the invite it names.
    #[must_use]
    pub fn is_proved(&self, n: u32) -> bool {
        self.proved.contains(&n)
    }

    fn prove(&mut self, n: u32, says: Option<&Op>) {
        let (Some(Op::Act(_, Act::Admit { invite, proof, .. })), Some(guest)) = (says, self.carried.get(&n)) else {
            return;
        };
        let invite = self.by_id.get(&OpId(invite.0)).and_then(|n| self.node(*n).op.as_ref());
        let Some(Op::Act(_, Act::Invite { key, .. })) = invite else { return };
        if key.verify(Domain::Invite, &invite_proof(self.guild, guest.user()), proof).is_ok() {
            self.proved.insert(n);
        }
    }

    /// The devices that an op certifies: what waited for them can be tried again.
    #[must_use]
    pub fn devices_of(&self, n: u32) -> Vec<DeviceId> {
        match (self.carried.get(&n), &self.node(n).op) {
            (Some(identity), _) => identity.devices().keys().copied().collect(),
            (None, Some(Op::Act(_, Act::Identity { op }))) => match &op.value.act {
                IdentityAct::AddDevice { device, .. } => vec![*device],
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// The identity that an op carries, if its chain verifies: the owner's in a genesis, the guest's in an admission.
    #[must_use]
    pub fn carried(&self, n: u32) -> Option<&Identity> {
        self.carried.get(&n)
    }

    /// Whether an op in the past of `n` tells who a user is.
    #[must_use]
    pub fn tells_of(&self, n: u32, user: &UserId) -> bool {
        self.carried.iter().any(|(m, identity)| identity.user() == *user && self.saw(n, *m))
    }

    /// Whether it must be resolved anew who is who.
    #[must_use]
    pub fn clashed(&self) -> bool {
        self.clashed
    }

    /// Resolves who is who over all ops in (hlc, id) order, so that it does not depend on their arrival: of two chains
    /// that contradict each other the earlier stands, and a device belongs to who named it first.
    pub fn resolve(&mut self) {
        if !std::mem::take(&mut self.clashed) {
            return;
        }
        self.identities.clear();
        self.devices.clear();
        let mut loose: BTreeMap<UserId, Vec<Signed<IdentityOp>>> = BTreeMap::new();
        for n in self.order.values() {
            let (user, ops) = match (self.carried.get(n), &self.nodes[*n as usize].op) {
                (Some(carried), Some(op)) => {
                    let known = self.identities.entry(carried.user()).or_insert_with(|| carried.clone());
                    let chain = match op {
                        Op::Genesis(genesis) => &genesis.owner,
                        Op::Act(_, Act::Admit { guest, .. }) => guest,
                        _ => continue,
                    };
                    (known.user(), chain.ops.to_vec())
                }
                (None, Some(Op::Act(_, Act::Identity { op }))) => (op.value.user, vec![op.clone()]),
                _ => continue,
            };
            let waiting = loose.entry(user).or_default();
            waiting.extend(ops);
            let Some(identity) = self.identities.get_mut(&user) else { continue };
            while let Some(next) = waiting.iter().position(|op| identity.apply(op).is_ok()) {
                waiting.swap_remove(next);
            }
            waiting.retain(|op| op.value.seq > identity.seq());
            for device in identity.devices().keys() {
                self.devices.entry(*device).or_insert(user);
            }
        }
        for node in &mut self.nodes {
            let device = self.branches[node.branch as usize].log.device;
            node.author = self.devices.get(&device).copied().unwrap_or(UserId([0; 32]));
        }
    }

    /// Whether `later` has `earlier` in its causal past (or is it).
    #[must_use]
    pub fn saw(&self, later: u32, earlier: u32) -> bool {
        self.includes(&self.nodes[later as usize].clock, earlier)
    }

    /// Whether a clock includes an op.
    #[must_use]
    pub fn includes(&self, clock: &Clock, n: u32) -> bool {
        let node = &self.nodes[n as usize];
        u64::from(clock.count(node.branch)) > node.seq
    }

    /// The clock of ops cited by a content op; `None` while one of them is missing.
    ///
    /// # Errors
    /// The first op that is missing.
    pub fn clock_of(&self, refs: &[Ref]) -> Result<Clock, OpId> {
        let mut clock = Clock::default();
        for cited in refs {
            let n = self.by_id.get(&cited.id).ok_or(cited.id)?;
            clock.join(&self.nodes[*n as usize].clock);
        }
        Ok(clock)
    }

    /// An op by its number.
    #[must_use]
    pub fn node(&self, n: u32) -> &Node {
        &self.nodes[n as usize]
    }

    /// An op's number by its id.
    #[must_use]
    pub fn find(&self, id: &OpId) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// What a channel was made as, once and for all; by an act here, with effect or not.
    #[must_use]
    pub fn nature(&self, channel: &ChannelId) -> Option<Nature> {
        match &self.node(self.find(&OpId(channel.0))?).op {
            Some(Op::Act(_, Act::Channel { nature, .. })) => Some(*nature),
            _ => None,
        }
    }

    /// Whether any act names this picture, with effect or not.
    pub(crate) fn names_picture(&self, id: FileId) -> bool {
        let of = |n| match &self.node(n).op {
            Some(Op::Act(_, Act::Guild { icon: Some(picture), .. })) => Some(picture),
            Some(Op::Act(_, Act::Emoji { picture, .. } | Act::Avatar { picture })) => Some(picture),
            _ => None,
        };
        self.ordered().filter_map(of).any(|picture| picture.iter().any(|picture| picture.ids().any(|of| of == id)))
    }

    /// All ops, in (hlc, id) order: every op after everything it cites.
    pub fn ordered(&self) -> impl DoubleEndedIterator<Item = u32> {
        self.order.values().copied()
    }

    /// The number of ops.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no op.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Ops that no other cites, in (hlc, id) order.
    #[must_use]
    pub fn heads(&self) -> Vec<u32> {
        let mut heads: Vec<u32> = self.heads.iter().copied().collect();
        heads.sort_by_key(|n| (self.node(*n).hlc, self.node(*n).id));
        heads
    }

    /// The newest ops that none of `unread` is in the past of, in (hlc, id) order.
    #[must_use]
    pub fn heads_without(&self, unread: &[u32]) -> Vec<u32> {
        let clean = |n: &u32| !unread.iter().any(|u| self.saw(*n, *u));
        // Along a branch the clean ops come first.
        let last = |branch: &Branch| {
            let count = branch.nodes.partition_point(clean);
            count.checked_sub(1).map(|last| branch.nodes[last])
        };
        let newest: Vec<u32> = self.branches.iter().filter_map(last).collect();
        let is_head = |n: &u32| !newest.iter().any(|other| other != n && self.saw(*other, *n));
        let mut heads: Vec<u32> = newest.iter().copied().filter(is_head).collect();
        heads.sort_by_key(|n| (self.node(*n).hlc, self.node(*n).id));
        heads
    }

    /// Whether an op has seen every other op here.
    #[must_use]
    pub fn saw_all(&self, n: u32) -> bool {
        self.heads.len() == 1 && self.heads.contains(&n)
    }

    /// An op as others cite it.
    #[must_use]
    pub fn reference(&self, n: u32) -> Ref {
        let node = self.node(n);
        Ref { log: self.branches[node.branch as usize].log, seq: node.seq, id: node.id }
    }

    /// The branches, by number.
    #[must_use]
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// The branches of one log.
    pub fn branches_of(&self, log: &LogId) -> impl Iterator<Item = &Branch> {
        self.by_log.get(log).into_iter().flatten().map(|b| &self.branches[*b as usize])
    }

    /// Logs that contradict themselves, and from which place.
    #[must_use]
    pub fn forks(&self) -> &BTreeMap<LogId, u64> {
        &self.forks
    }

    /// The user who certified a device.
    #[must_use]
    pub fn user_of(&self, device: &DeviceId) -> Option<UserId> {
        self.devices.get(device).copied()
    }

    /// A user's identity as published here.
    #[must_use]
    pub fn identity(&self, user: &UserId) -> Option<&Identity> {
        self.identities.get(user)
    }

    fn is_at(&self, n: u32, cited: &Ref) -> bool {
        let node = self.node(n);
        node.seq == cited.seq && self.branches[node.branch as usize].log == cited.log
    }

    /// Learns identities. Chains prove themselves, so what is learnt does not depend on whether the op has effect.
    fn learn(&mut self, n: u32, says: Option<&Op>) {
        let chain = match says {
            Some(Op::Genesis(genesis)) => &genesis.owner,
            Some(Op::Act(_, Act::Admit { guest, .. })) => guest,
            Some(Op::Act(_, Act::Identity { op })) => {
                if let IdentityAct::AddDevice { device, .. } = &op.value.act {
                    self.certified.insert(*device);
                }
                self.clashed = true;
                return;
            }
            _ => return,
        };
        let Ok(identity) = chain.verify() else { return };
        let user = identity.user();
        match self.identities.get(&user) {
            Some(known) => self.clashed |= (known.seq(), known.head()) != (identity.seq(), identity.head()),
            None => {
                self.identities.insert(user, identity.clone());
            }
        }
        for device in identity.devices().keys() {
            self.certified.insert(*device);
            self.clashed |= *self.devices.entry(*device).or_insert(user) != user;
        }
        self.carried.insert(n, identity);
        self.prove(n, says);
    }
}
