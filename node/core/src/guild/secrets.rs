//! The secrets of epochs: taken, given on, minted.

use bivouac_crypto::{Blob, Bounded, DeviceId, EpochId, EpochSecret, UserId};

use super::{Guild, secret_key, unopened_key, unopened_place};
use crate::{
    io::Effect,
    keys::{self, Giver},
    me::{Cx, wrap_place},
    op::{self, Audience, Epoch, MAX_REFS, Op},
    table::{Damaged, Read, Table},
    tx::Tx,
    wire::{Envelope, MAX_WRAP, MAX_WRAPS},
};

impl Guild {
    /// Takes a secret somebody offers for an epoch: kept if it is the one committed to, with all it opens. `false` if
    /// it is not.
    pub(crate) fn offer_secret(&mut self, cx: &mut Cx<'_>, id: EpochId, secret: EpochSecret) -> Result<bool, Damaged> {
        self.offer_given(cx, None, id, secret)
    }

    /// The same by the word of a peer, while the epoch is not known.
    pub(super) fn offer_given(
        &mut self,
        cx: &mut Cx<'_>,
        giver: Giver,
        id: EpochId,
        secret: EpochSecret,
    ) -> Result<bool, Damaged> {
        let mut offered = vec![(id, secret)];
        let (mut good, mut held) = (true, false);
        while let Some((id, secret)) = offered.pop() {
            let committed = self.keys.committed(self.id, &id, &secret);
            let bygone = committed.is_some_and(|place| self.is_bygone(place, cx.now.wall_ms));
            if self.keys.secret(&id).is_some() || bygone {
                continue;
            }
            match self.keys.check(self.id, &id, &secret) {
                None => offered.extend(self.keys.claim(self.id, giver, id, secret)),
                Some(false) => good = false,
                Some(true) => {
                    cx.tx.put(Table::Secret, secret_key(self.id, id), secret.to_bytes().to_vec());
                    offered.extend(self.keys.hold(self.id, id, secret));
                    held = true;
                    self.rekeyed.extend(self.keys.place(&id).map(|(_, node)| self.dag.reference(node).log.device));
                    self.unseal(&mut cx.tx, id)?;
                    self.open_waiting(cx, id)?;
                }
            }
        }
        if held {
            self.keys.measure(&self.dag);
        }
        Ok(good)
    }

    /// Opens control ops whose key has come; what waited for the devices they certify is tried again.
    pub(super) fn unseal(&mut self, tx: &mut Tx<'_>, epoch: EpochId) -> Result<(), Damaged> {
        for n in self.sealed.remove(&epoch).unwrap_or_default() {
            let node = self.dag.node(n);
            let (branch, seq) = (node.branch, node.seq);
            let Some(entry) = self.control[branch as usize].get(tx, seq)? else { continue };
            if let Some(says) = self.says(&entry) {
                self.dag.unseal(n, says);
                self.note_forgetful(n);
                self.wake_devices(self.dag.devices_of(n));
                self.stale = true;
                self.law_changed = true;
            }
        }
        Ok(())
    }

    /// Opens content that waited for a key.
    pub(super) fn open_waiting(&mut self, cx: &mut Cx<'_>, epoch: EpochId) -> Result<(), Damaged> {
        let (start, end) = (unopened_key(self.id, epoch, 0, 0), unopened_key(self.id, epoch, u32::MAX, u64::MAX));
        for (key, _) in cx.tx.scan(Table::Checkpoint, &start..&end, false, usize::MAX)? {
            let Some((store, seq)) = unopened_place(&key) else { continue };
            cx.tx.delete(Table::Checkpoint, key);
            let Some(log) = self.stores.get(&store).and_then(|id| self.content.get(id)) else { continue };
            if let Some(entry) = log.get(&cx.tx, seq)? {
                let id = entry.header.id();
                self.open_content(cx, store, &entry, id)?;
            }
        }
        Ok(())
    }

    /// After opening: a secret on disk is held as if it had just come, with those that it opens.
    pub(super) fn learn_stored(&mut self, tx: &mut Tx<'_>, epoch: EpochId) -> Result<(), Damaged> {
        let mut named = vec![epoch];
        while let Some(id) = named.pop() {
            let Some(secret) = self.keys.ready(self.id, &id) else { continue };
            for (earlier, secret) in self.keys.hold(self.id, id, secret) {
                if self.keys.secret(&earlier).is_none() {
                    self.keys.claim_stored(earlier, secret);
                    named.push(earlier);
                }
            }
            self.unseal(tx, id)?;
        }
        Ok(())
    }

    /// Takes the secrets of a peer that says we are a member, in place of those it gave before. Nothing of them is
    /// written until the law names their epochs.
    pub(crate) fn given(
        &mut self,
        cx: &mut Cx<'_>,
        from: DeviceId,
        keys: Bounded<(EpochId, Blob<MAX_WRAP>), MAX_REFS>,
    ) -> Result<(), Damaged> {
        self.keys.forget(&from);
        for (epoch, wrapped) in keys.into_vec() {
            if let Some(secret) = cx.me.unwrap(self.id, epoch, &wrapped) {
                self.offer_given(cx, Some(from), epoch, secret)?;
            }
        }
        Ok(())
    }

    /// The wrap of an epoch for a user who reads the guild now, or is told by it that they were removed, if the secret is
    /// held.
    pub(crate) fn wrap_for(&self, cx: &mut Cx<'_>, epoch: EpochId, user: &UserId) -> Option<Blob<MAX_WRAP>> {
        let kem = match self.law.members.get(user) {
            Some(member) if self.may_hold(user, &epoch, cx.now.wall_ms) => &member.kem,
            None if self.seals_removal(user, &epoch) => self.dag.identity(user)?.kem(),
            _ => return None,
        };
        let secret = self.keys.secret(&epoch)?;
        let (info, aad) = wrap_place(self.id, epoch, *user);
        let wrapped = bivouac_crypto::wrap(cx.rng, kem, &info, &aad, &secret.to_bytes()[..]).ok()?;
        Blob::try_from(wrapped).ok()
    }

    /// Whether a reader is to have the secret of an epoch by what any op says that names it, or of a held one the op that commits
    /// to it: where newcomers read nothing from before, only if it was made for them.
    fn may_hold(&self, user: &UserId, epoch: &EpochId, wall_ms: u64) -> bool {
        let may = |(of, node)| match of {
            Audience::Channel(channel) => {
                let since = !keys::starts_anew(&self.dag, of) || self.settled.read_at(&self.dag, user, &channel, node);
                since && self.reads(user, of) && !self.is_bygone((of, node), wall_ms)
            }
            _ => true,
        };
        match self.keys.place(epoch) {
            Some(place) => may(place),
            None => self.keys.named(epoch).any(may),
        }
    }

    /// Finds out which secrets I am to have, and of which logs what is missing can be had.
    pub(super) fn seek(&mut self, me: &UserId, wall_ms: u64) {
        self.lacking = self.keys.missing().filter(|epoch| self.may_hold(me, epoch, wall_ms)).collect();
        let gaps = self.content.iter().filter(|((of, _), log)| log.missing() > 0 && self.reads(me, *of));
        self.gaps = gaps.map(|(line, _)| *line).collect();
    }

    /// The newest secrets of the guild, wrapped to a user who reads it now.
    pub(crate) fn keys_for(&self, cx: &mut Cx<'_>, user: &UserId) -> Vec<(EpochId, Blob<MAX_WRAP>)> {
        let heads = self.keys.heads(&self.settled, Audience::Guild).into_iter();
        heads.filter_map(|epoch| Some((epoch, self.wrap_for(cx, epoch, user)?))).collect()
    }

    /// Mints an epoch of an audience: commits to it, and hands its secret to the readers.
    pub(crate) fn mint(&mut self, cx: &mut Cx<'_>, audience: Audience) -> Result<(), Damaged> {
        self.refresh();
        let secret = EpochSecret::generate(cx.rng);
        let parents = self.keys.heads(&self.settled, audience);
        let id = secret.id(&self.id.0, &op::epoch_place(audience, cx.me.log()), &parents);
        let earlier: Vec<(EpochId, &EpochSecret)> =
            parents.iter().filter_map(|p| Some((*p, self.keys.secret(p)?))).collect();
        let link = if earlier.is_empty() || keys::starts_anew(&self.dag, audience) {
            None
        } else {
            secret.link(cx.rng, &id, &earlier).ok().and_then(|link| Blob::try_from(link).ok())
        };
        let parents = Bounded::try_from(parents).unwrap_or_default();
        let epoch = Epoch { audience, id, parents, link };
        self.keys.minted(&self.dag, &self.settled, audience, id);
        self.author_control(cx, &Op::Epoch(epoch))?;
        self.offer_secret(cx, id, secret)?;
        self.publish_wraps(cx, audience, id);
        Ok(())
    }

    /// Hands out a new secret where all who are to have it listen: beside the epoch's predecessors or, of a channel, in the guild.
    fn publish_wraps(&self, cx: &mut Cx<'_>, of: Audience, epoch: EpochId) {
        let others = self.law.members.keys().filter(|user| **user != cx.me.user && self.reads(user, of));
        let readers: Vec<UserId> = others.copied().collect();
        if readers.is_empty() || readers.len() > MAX_WRAPS {
            return;
        }
        let wraps: Vec<_> =
            readers.into_iter().filter_map(|user| Some((user, self.wrap_for(cx, epoch, &user)?))).collect();
        if let Ok(wraps) = Bounded::try_from(wraps) {
            let bytes = Envelope::Wraps { guild: self.id, epoch, wraps }.to_bytes();
            let topics = match of {
                Audience::Guild => self.keys.topics_before(&epoch).into_iter().collect(),
                _ => self.keys.topics(&self.settled, Audience::Guild),
            };
            cx.out.extend(topics.into_iter().map(|topic| Effect::Publish(topic, bytes.clone())));
        }
    }
}
