//! Epochs of a guild: which are known, which secrets are held, which one to send on.
//!
//! ```text
//!  E0 ──▶ E1 ──▶ E3        an epoch's link seals its parents' secrets, so who holds E3 reads back to E0
//!    ╲──▶ E2 ──╱           two sides of a partition rotate apart; the next epoch follows both
//! ```
//!
//! An epoch is used for sending only while its op is effective and has seen every act that took the guild from a
//! reader. Reading never asks that.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::{Context, DeviceId, EpochId, EpochSecret, hash};

use crate::{
    authority::Settled,
    dag::Dag,
    io::Topic,
    model::{GuildId, LogId},
    op::{Audience, Epoch, MAX_REFS, epoch_place},
};

#[derive(Clone, Debug)]
struct Known {
    node: u32,
    log: LogId,
    epoch: Epoch,
    depth: u32,
}

/// The epochs of one audience.
#[derive(Debug, Default)]
pub struct Keys {
    /// Ops by the epoch they name.
    named: BTreeMap<EpochId, Vec<Known>>,
    /// Of held epochs, the op that commits to them.
    known: BTreeMap<EpochId, Known>,
    held: BTreeMap<EpochId, EpochSecret>,
    /// Secrets of epochs whose op has not arrived: checked when it does. By the peer whose word they are, so that nobody
    /// takes the room of another; `None` for those of the store, and of links of our own. At most [`MAX_CLAIMED`] of each.
    claimed: BTreeMap<Giver, BTreeMap<EpochId, EpochSecret>>,
    /// Epoch ops that are parked: their payload is plain, and a newcomer may need the link of one to learn who its
    /// author is. At most [`MAX_CLAIMED`].
    foreseen: BTreeMap<EpochId, (LogId, Epoch)>,
    followed: BTreeSet<EpochId>,
    /// The epoch last minted here in this run, and the take-aways that had taken effect by then: its secret goes to
    /// nobody they removed, though its op may be unable to cite them.
    minted: Option<(EpochId, BTreeSet<u32>)>,
}

/// The peer by whose word alone a secret is one; `None` where it is not by anybody's.
pub type Giver = Option<DeviceId>;

/// Most unverified secrets of one giver, and most parked epochs, kept.
pub const MAX_CLAIMED: usize = 1_024;

impl Keys {
    /// Notes an epoch op. Several may name one id; which of them committed to it only its secret tells.
    pub fn learn(&mut self, dag: &Dag, node: u32, log: LogId, epoch: &Epoch) {
        self.foreseen.remove(&epoch.id);
        let named = self.named.entry(epoch.id).or_default();
        named.push(Known { node, log, epoch: epoch.clone(), depth: 0 });
        named.sort_by_key(|known| (dag.node(known.node).hlc, dag.node(known.node).id));
    }

    /// Whether an op names this epoch.
    #[must_use]
    pub fn is_named(&self, id: &EpochId) -> bool {
        self.named.contains_key(id)
    }

    /// Whether the secret is one that an op which names the epoch commits to; `None` while there is no such op.
    #[must_use]
    pub fn check(&self, guild: GuildId, id: &EpochId, secret: &EpochSecret) -> Option<bool> {
        let named = self.named.get(id)?;
        Some(named.iter().any(|known| commits(guild, known.log, &known.epoch, secret)))
    }

    /// Keeps a secret that [`Self::check`]ed, and gives those that its link opens.
    pub fn hold(&mut self, dag: &Dag, guild: GuildId, id: EpochId, secret: EpochSecret) -> Vec<(EpochId, EpochSecret)> {
        let named = self.named.get(&id).and_then(|n| n.iter().find(|k| commits(guild, k.log, &k.epoch, &secret)));
        let Some(known) = named.cloned() else { return Vec::new() };
        let link = known.epoch.link.as_ref();
        let opened = link.and_then(|link| secret.open_link(&id, link).ok()).unwrap_or_default();
        self.claimed.values_mut().for_each(|claimed| drop(claimed.remove(&id)));
        self.held.insert(id, secret);
        self.followed.extend(known.epoch.parents.iter().filter(|parent| **parent != id));
        self.known.insert(id, known);
        self.measure(dag);
        opened
    }

    /// Depths, parents before children.
    fn measure(&mut self, dag: &Dag) {
        let mut order: Vec<EpochId> = self.known.keys().copied().collect();
        order.sort_by_key(|id| self.known.get(id).map(|k| (dag.node(k.node).hlc, dag.node(k.node).id)));
        for id in order {
            let Some(known) = self.known.get(&id) else { continue };
            let seen =
                known.epoch.parents.iter().filter_map(|p| self.known.get(p)).filter(|p| dag.saw(known.node, p.node));
            let depth = seen.map(|p| p.depth + 1).max().unwrap_or(0);
            if let Some(known) = self.known.get_mut(&id) {
                known.depth = depth;
            }
        }
    }

    /// Keeps a secret whose epoch is not known yet, and gives what it opens if the epoch's op is parked.
    pub fn claim(
        &mut self,
        guild: GuildId,
        giver: Giver,
        id: EpochId,
        secret: EpochSecret,
    ) -> Vec<(EpochId, EpochSecret)> {
        let claimed = self.claimed.entry(giver).or_default();
        if claimed.len() >= MAX_CLAIMED || self.held.contains_key(&id) || claimed.contains_key(&id) {
            return Vec::new();
        }
        let opened =
            self.foreseen.get(&id).map(|(log, epoch)| open_early(guild, *log, epoch, &secret)).unwrap_or_default();
        claimed.insert(id, secret);
        opened
    }

    /// Forgets what rests on a peer's word alone.
    pub fn forget(&mut self, peer: &DeviceId) {
        self.claimed.remove(&Some(*peer));
    }

    /// Notes an epoch op that is parked, and gives what claimed secrets open of it.
    pub fn foresee(&mut self, guild: GuildId, log: LogId, epoch: Epoch) -> Vec<(Giver, EpochId, EpochSecret)> {
        let mut opened = Vec::new();
        for (giver, claimed) in &self.claimed {
            let early = claimed.get(&epoch.id).map(|secret| open_early(guild, log, &epoch, secret));
            opened.extend(early.unwrap_or_default().into_iter().map(|(id, secret)| (*giver, id, secret)));
        }
        if self.foreseen.len() < MAX_CLAIMED {
            self.foreseen.insert(epoch.id, (log, epoch));
        }
        opened
    }

    /// Keeps a secret read from the store: it was checked before it was written.
    pub fn claim_stored(&mut self, id: EpochId, secret: EpochSecret) {
        self.claimed.entry(None).or_default().insert(id, secret);
    }

    /// Takes out the claimed secrets that now check.
    pub fn ready(&mut self, guild: GuildId) -> Vec<(EpochId, EpochSecret)> {
        let claimed = self.claimed.iter().flat_map(|(giver, of)| of.iter().map(|(id, secret)| (*giver, *id, secret)));
        let ready: Vec<(Giver, EpochId)> = claimed
            .filter(|(_, id, secret)| self.check(guild, id, secret) == Some(true))
            .map(|(giver, id, _)| (giver, id))
            .collect();
        ready.into_iter().filter_map(|(giver, id)| Some((id, self.claimed.get_mut(&giver)?.remove(&id)?))).collect()
    }

    /// The secret of an epoch.
    #[must_use]
    pub fn secret(&self, id: &EpochId) -> Option<&EpochSecret> {
        self.held.get(id)
    }

    /// Held secrets, newest first, to recognise fellow holders by.
    #[must_use]
    pub fn newest(&self, max: usize) -> Vec<(EpochId, &EpochSecret)> {
        let mut held: Vec<_> = self.held.iter().map(|(id, secret)| (*id, secret)).collect();
        held.sort_by_key(|(id, _)| (std::cmp::Reverse(self.known.get(id).map(|k| k.depth)), *id));
        held.truncate(max);
        held
    }

    /// Secrets by which to make ourselves known to a peer: those it gave us, which say nothing to anybody else, and the
    /// newest.
    #[must_use]
    pub fn shown_to(&self, peer: &DeviceId, max: usize) -> Vec<(EpochId, &EpochSecret)> {
        let given = self.claimed.get(&Some(*peer)).into_iter().flatten().map(|(id, secret)| (*id, secret));
        given.chain(self.newest(max)).take(max).collect()
    }

    /// Epochs that an op names and whose secret is not held.
    #[must_use]
    pub fn missing(&self) -> Vec<EpochId> {
        self.named.keys().filter(|id| !self.held.contains_key(id)).copied().collect()
    }

    /// Held epochs that no effective epoch follows: what a new one links to, and what a newcomer is given.
    #[must_use]
    pub fn heads(&self) -> Vec<EpochId> {
        let mut heads: Vec<EpochId> = self.held.keys().filter(|id| !self.superseded(id)).copied().collect();
        heads.sort_by_key(|id| (std::cmp::Reverse(self.known.get(id).map(|k| k.depth)), *id));
        heads.truncate(MAX_REFS);
        heads
    }

    /// Whether an epoch may be sent on: it has effect and has seen every take-away. The one last minted here has seen what
    /// had effect here then: it cites no take-away that follows an op whose key is lost.
    #[must_use]
    pub fn usable(&self, dag: &Dag, settled: &Settled, id: &EpochId) -> bool {
        let heeded =
            |taken: &u32| matches!(&self.minted, Some((minted, heeded)) if minted == id && heeded.contains(taken));
        self.known.get(id).is_some_and(|known| {
            known.epoch.audience == Audience::Guild
                && settled.of(known.node).is_ok()
                && settled.unheeded(dag, None, false, known.node).iter().all(heeded)
        })
    }

    /// Notes that this device mints an epoch, by the law as it stands settled.
    pub fn minted(&mut self, id: EpochId, settled: &Settled) {
        self.minted = Some((id, settled.takeaways().collect()));
    }

    /// The epoch to send on: the deepest usable one that is held, ties to the lowest id.
    #[must_use]
    pub fn sending(&self, dag: &Dag, settled: &Settled) -> Option<(EpochId, &EpochSecret)> {
        self.held
            .iter()
            .filter(|(id, _)| self.usable(dag, settled, id))
            .max_by_key(|(id, _)| (self.known.get(id).map(|k| k.depth), std::cmp::Reverse(**id)))
            .map(|(id, secret)| (*id, secret))
    }

    /// The gossip topic of an epoch's holders: who lacks the key cannot derive it.
    #[must_use]
    pub fn topic(&self, id: &EpochId) -> Option<Topic> {
        let tag = self.held.get(id)?.tag(b"topic");
        Some(Topic(hash(Context::Topic, &tag)))
    }

    /// The topics of the epochs that one follows: where it is announced.
    #[must_use]
    pub fn topics_before(&self, id: &EpochId) -> Vec<Topic> {
        self.known.get(id).into_iter().flat_map(|k| k.epoch.parents.iter()).filter_map(|p| self.topic(p)).collect()
    }

    /// The topics of the newest epochs and of those they follow.
    #[must_use]
    pub fn topics(&self) -> BTreeSet<Topic> {
        let heads = self.heads();
        heads.iter().flat_map(|id| self.topics_before(id).into_iter().chain(self.topic(id))).collect()
    }

    /// Superseded: some epoch whose secret is held follows it and opens back to it.
    fn superseded(&self, id: &EpochId) -> bool {
        self.followed.contains(id)
            && self.known.iter().any(|(child, known)| self.held.contains_key(child) && known.epoch.parents.contains(id))
    }
}

/// The parents' secrets, from the link of an epoch that is not placed yet.
fn open_early(guild: GuildId, log: LogId, epoch: &Epoch, secret: &EpochSecret) -> Vec<(EpochId, EpochSecret)> {
    match &epoch.link {
        Some(link) if commits(guild, log, epoch, secret) => secret.open_link(&epoch.id, link).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Whether an epoch op in this log commits to the secret.
fn commits(guild: GuildId, log: LogId, epoch: &Epoch, secret: &EpochSecret) -> bool {
    secret.id(&guild.0, &epoch_place(epoch.audience, log), &epoch.parents) == epoch.id
}
