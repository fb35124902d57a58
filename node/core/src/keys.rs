//! Epochs of a guild and of its channels that have keys of their own: which are known, which secrets are held, which one
//! to send on.
//!
//! ```text
//!  E0 ──▶ E1 ──▶ E3        an epoch's link seals its parents' secrets, so who holds E3 reads back to E0
//!    ╲──▶ E2 ──╱           two sides of a partition rotate apart; the next epoch follows both
//! ```
//!
//! An epoch is used for sending only while its op is effective and has seen every act that took its audience from a
//! reader; where newcomers are to read nothing from before, also every act that let one in. Reading never asks that.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::{Context, DeviceId, EpochId, EpochSecret, hash};

use crate::{
    authority::Settled,
    dag::Dag,
    io::Topic,
    model::{GuildId, History, LogId},
    op::{Audience, Epoch, MAX_REFS, epoch_place},
};

#[derive(Clone, Debug)]
struct Known {
    node: u32,
    log: LogId,
    epoch: Epoch,
    depth: u32,
}

/// The epochs of a guild.
#[derive(Debug, Default)]
pub struct Keys {
    /// Ops by the epoch they name.
    named: BTreeMap<EpochId, Vec<Known>>,
    /// Of held epochs, the op that commits to them.
    known: BTreeMap<EpochId, Known>,
    held: BTreeMap<EpochId, EpochSecret>,
    /// Held epochs by whose keys they are.
    of: BTreeMap<Audience, BTreeSet<EpochId>>,
    /// Secrets of epochs whose op has not arrived: checked when it does. By the peer whose word they are, so that nobody
    /// takes the room of another; `None` for those of the store, and of links of our own. At most [`MAX_CLAIMED`] of each.
    claimed: BTreeMap<Giver, BTreeMap<EpochId, EpochSecret>>,
    /// Epoch ops that are parked: their payload is plain, and a newcomer may need the link of one to learn who its
    /// author is. At most [`MAX_CLAIMED`].
    foreseen: BTreeMap<EpochId, (LogId, Epoch)>,
    /// Epochs that were held by each that they name as followed.
    followers: BTreeMap<EpochId, BTreeSet<EpochId>>,
    /// The epoch of an audience last minted here in this run, and the acts to be heeded that had taken effect by then: its
    /// secret goes to nobody they concern, though its op may be unable to cite them.
    minted: BTreeMap<Audience, (EpochId, BTreeSet<u32>)>,
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

    /// Keeps a secret that [`Self::check`]ed, and gives those that its link opens. How deep they are is to be
    /// [`Self::measure`]d then.
    pub fn hold(&mut self, guild: GuildId, id: EpochId, secret: EpochSecret) -> Vec<(EpochId, EpochSecret)> {
        let named = self.named.get(&id).and_then(|n| n.iter().find(|k| commits(guild, k.log, &k.epoch, &secret)));
        let Some(known) = named.cloned() else { return Vec::new() };
        let link = known.epoch.link.as_ref();
        let opened = link.and_then(|link| secret.open_link(&id, link).ok()).unwrap_or_default();
        self.claimed.values_mut().for_each(|claimed| drop(claimed.remove(&id)));
        self.held.insert(id, secret);
        self.of.entry(known.epoch.audience).or_default().insert(id);
        for parent in known.epoch.parents.iter().filter(|parent| **parent != id) {
            self.followers.entry(*parent).or_default().insert(id);
        }
        self.known.insert(id, known);
        opened
    }

    /// Tells how deep the known epochs are, parents before children.
    pub fn measure(&mut self, dag: &Dag) {
        let mut order: Vec<EpochId> = self.known.keys().copied().collect();
        order.sort_by_key(|id| self.known.get(id).map(|k| (dag.node(k.node).hlc, dag.node(k.node).id)));
        for id in order {
            let Some(known) = self.known.get(&id) else { continue };
            let seen = (known.epoch.parents.iter().filter_map(|p| self.known.get(p)))
                .filter(|p| p.epoch.audience == known.epoch.audience && dag.saw(known.node, p.node));
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

    /// Takes out a claimed secret of an epoch that checks.
    pub fn ready(&mut self, guild: GuildId, id: &EpochId) -> Option<EpochSecret> {
        let good = |of: &BTreeMap<EpochId, EpochSecret>| {
            of.get(id).is_some_and(|secret| self.check(guild, id, secret) == Some(true))
        };
        let giver = self.claimed.iter().find(|(_, of)| good(of)).map(|(giver, _)| *giver)?;
        self.claimed.get_mut(&giver)?.remove(id)
    }

    /// The secret of an epoch.
    #[must_use]
    pub fn secret(&self, id: &EpochId) -> Option<&EpochSecret> {
        self.held.get(id)
    }

    /// Whose keys a held epoch's are, and the op that commits to it.
    #[must_use]
    pub fn place(&self, id: &EpochId) -> Option<(Audience, u32)> {
        self.known.get(id).map(|known| (known.epoch.audience, known.node))
    }

    /// The ops that name an epoch, with whose keys they say it is: which of them commits to it only its secret tells.
    pub fn named(&self, id: &EpochId) -> impl Iterator<Item = (Audience, u32)> {
        self.named.get(id).into_iter().flatten().map(|known| (known.epoch.audience, known.node))
    }

    /// The op that commits to a secret, and whose keys it says it is.
    #[must_use]
    pub fn committed(&self, guild: GuildId, id: &EpochId, secret: &EpochSecret) -> Option<(Audience, u32)> {
        let known = self.named.get(id)?.iter().find(|known| commits(guild, known.log, &known.epoch, secret))?;
        Some((known.epoch.audience, known.node))
    }

    fn audience(&self, id: &EpochId) -> Option<Audience> {
        self.known.get(id).map(|known| known.epoch.audience)
    }

    /// Held secrets of the guild, newest first, to recognise fellow holders by.
    #[must_use]
    pub fn newest(&self, max: usize) -> Vec<(EpochId, &EpochSecret)> {
        let secret = |id: &EpochId| Some((*id, self.held.get(id)?));
        let mut held: Vec<_> = self.held_of(Audience::Guild).filter_map(secret).collect();
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

    /// Held epochs of an audience.
    #[must_use]
    pub fn held(&self, of: Audience) -> Vec<EpochId> {
        self.held_of(of).copied().collect()
    }

    fn held_of(&self, of: Audience) -> impl Iterator<Item = &EpochId> {
        self.of.get(&of).into_iter().flatten()
    }

    /// The epochs whose secret is in memory.
    #[cfg(any(test, feature = "sim"))]
    pub fn held_all(&self) -> impl Iterator<Item = EpochId> {
        self.held.keys().chain(self.claimed.values().flat_map(BTreeMap::keys)).copied()
    }

    /// Forgets a secret for good.
    pub fn drop(&mut self, id: &EpochId) {
        self.held.remove(id);
        for held in self.of.values_mut() {
            held.remove(id);
        }
        self.claimed.values_mut().for_each(|claimed| drop(claimed.remove(id)));
    }

    /// Epochs that an op names and whose secret is not held.
    pub fn missing(&self) -> impl Iterator<Item = EpochId> {
        self.named.keys().filter(|id| !self.held.contains_key(id)).copied()
    }

    /// Held epochs that none of the same audience follows: what a new one links to, and what a newcomer is given. Those that
    /// have effect come first, so that others take no place of theirs.
    #[must_use]
    pub fn heads(&self, settled: &Settled, of: Audience) -> Vec<EpochId> {
        let (counts, mut heads) = (|id: &EpochId| self.has_effect(settled, id), self.effective_heads(settled, of));
        let void = self.held_of(of).filter(|id| !counts(id));
        let mut void: Vec<EpochId> = void.filter(|id| self.following(id).next().is_none()).copied().collect();
        self.sort(&mut void);
        heads.extend(void);
        heads.truncate(MAX_REFS);
        heads
    }

    /// Of them those that have effect, whatever follows them that has none.
    fn effective_heads(&self, settled: &Settled, of: Audience) -> Vec<EpochId> {
        let counts = |id: &&EpochId| self.has_effect(settled, id);
        let followed = |id: &EpochId| self.following(id).any(|known| settled.of(known.node).is_ok());
        let mut heads: Vec<EpochId> = self.held_of(of).filter(counts).filter(|id| !followed(id)).copied().collect();
        self.sort(&mut heads);
        heads
    }

    fn has_effect(&self, settled: &Settled, id: &EpochId) -> bool {
        self.known.get(id).is_some_and(|known| settled.of(known.node).is_ok())
    }

    /// The deepest first.
    fn sort(&self, epochs: &mut [EpochId]) {
        epochs.sort_by_key(|id| (std::cmp::Reverse(self.known.get(id).map(|k| k.depth)), *id));
    }

    /// Whether an epoch may be sent on: it has effect and has heeded every act it has to. The one last minted here has heeded
    /// what had effect here then: it cites no act that follows an op whose key is lost.
    #[must_use]
    pub fn usable(&self, dag: &Dag, settled: &Settled, id: &EpochId) -> bool {
        let Some(known) = self.known.get(id) else { return false };
        let of = known.epoch.audience;
        let minted = self.minted.get(&of).filter(|(minted, _)| minted == id).map(|(_, heeded)| heeded);
        settled.of(known.node).is_ok()
            && settled
                .unheeded(dag, of.channel(), starts_anew(dag, of), known.node)
                .all(|act| minted.is_some_and(|heeded| heeded.contains(&act)))
    }

    /// Notes that this device mints an epoch, by the law as it stands settled.
    pub fn minted(&mut self, dag: &Dag, settled: &Settled, of: Audience, id: EpochId) {
        self.minted.insert(of, (id, settled.to_heed(of.channel(), starts_anew(dag, of)).collect()));
    }

    /// The epoch of an audience to send on: the deepest usable one that is held, ties to the lowest id.
    #[must_use]
    pub fn sending(&self, dag: &Dag, settled: &Settled, of: Audience) -> Option<(EpochId, &EpochSecret)> {
        self.held_of(of)
            .filter(|id| self.usable(dag, settled, id))
            .max_by_key(|id| (self.known.get(id).map(|k| k.depth), std::cmp::Reverse(**id)))
            .and_then(|id| Some((*id, self.held.get(id)?)))
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

    /// The topics of an audience's epochs that are sent on, and of those they follow. What has no effect has no part in it, or
    /// whoever mints in vain could have nobody listen.
    #[must_use]
    pub fn topics(&self, settled: &Settled, of: Audience) -> BTreeSet<Topic> {
        let heads = self.effective_heads(settled, of).into_iter().take(MAX_REFS);
        heads.flat_map(|id| self.topics_before(&id).into_iter().chain(self.topic(&id))).collect()
    }

    /// Held epochs of the same audience that follow one.
    fn following(&self, id: &EpochId) -> impl Iterator<Item = &Known> {
        let of = self.audience(id);
        let held = self.followers.get(id).into_iter().flatten().filter(|child| self.held.contains_key(child));
        held.filter_map(|child| self.known.get(child)).filter(move |child| Some(child.epoch.audience) == of)
    }
}

/// Whether who comes to an audience is to read nothing from before.
pub(crate) fn starts_anew(dag: &Dag, of: Audience) -> bool {
    history(dag, of) != History::Whole
}

/// What newcomers to an audience may read.
pub(crate) fn history(dag: &Dag, of: Audience) -> History {
    of.channel().and_then(|channel| dag.nature(&channel)).map_or(History::Whole, |nature| nature.history)
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
