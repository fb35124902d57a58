//! What is asked of a guild.

use std::collections::BTreeMap;

use bivouac_crypto::{Context, DeviceId, EpochId, UserId, canonical, hash};

use super::{Guild, GuildRow};
use crate::{
    authority::{self, Void},
    clock::Clock,
    dag::{Branch, Dag},
    log::Log,
    me::Cx,
    model::{ChannelId, InviteId, LogId, OpId, Permissions, RoleId},
    op::{Act, Audience, Entry, Header, Op},
    table::{Damaged, Read},
    wire::Head,
};

impl Guild {
    /// Whether what is said in a channel is for this audience.
    pub(super) fn belongs(&self, audience: Audience, channel: &ChannelId) -> bool {
        self.audience_of(channel) == audience
    }

    /// Who reads what is said in a channel.
    pub(crate) fn audience_of(&self, channel: &ChannelId) -> Audience {
        match self.dag.nature(channel) {
            Some(nature) if nature.is_keyed() => Audience::Channel(*channel),
            _ => Audience::Guild,
        }
    }

    /// Whether a user reads an audience, by the law as it is folded.
    pub(crate) fn reads(&self, user: &UserId, audience: Audience) -> bool {
        match audience {
            Audience::Control | Audience::Guild => self.is_member(user),
            Audience::Channel(id) => self.law.channels.get(&id).is_some_and(|channel| {
                let may = self.law.permissions_in(user, channel, authority::everyone(self.id));
                channel.nature.is_keyed() && may.allows(Permissions::VIEW)
            }),
        }
    }

    /// Whether I may take content of an audience: by the law as it is here, folded or not. What is said to all comes in before
    /// the law says who that is.
    pub(super) fn reads_now(&mut self, me: &UserId, audience: Audience) -> bool {
        if let Audience::Channel(_) = audience {
            self.refresh();
            return self.reads(me, audience);
        }
        true
    }

    /// The audiences of content that a user reads.
    pub(crate) fn audiences(&self, user: &UserId) -> impl Iterator<Item = Audience> {
        let channels = self.law.channels.keys().map(|channel| Audience::Channel(*channel));
        [Audience::Guild].into_iter().chain(channels).filter(|of| self.reads(user, *of))
    }

    /// Whether a user sees a channel that is not over. Who is out of the guild still sees what they had.
    pub(crate) fn sees(&self, user: &UserId, channel: &ChannelId) -> bool {
        !self.is_member(user) || self.permissions_in(user, channel).allows(Permissions::VIEW)
    }

    pub(super) fn content_stands(&self, user: &UserId, h: &Header) -> bool {
        self.dag.clock_of(&h.auth).is_ok_and(|auth| self.settled.stands(&self.dag, user, &auth, h.hlc))
    }

    /// Whether this device wrote so far ahead of the clock that others would not show what it writes next.
    pub(crate) fn is_ahead(&self, wall_ms: u64) -> bool {
        self.latest.is_future(wall_ms)
    }

    /// Roles that an invite of this user's promised to guests who never were given them, or anything else.
    pub(crate) fn owed_roles(&self, me: &UserId) -> Vec<(UserId, RoleId)> {
        self.settled.owed_roles(&self.dag, me)
    }

    /// Whether there was traffic in the last half minute.
    pub(crate) fn busy(&self, wall_ms: u64) -> bool {
        self.latest.ms() + 30_000 > wall_ms
    }

    /// Control ops whose key is missing.
    pub(crate) fn sealed_ops(&self) -> u64 {
        self.sealed.values().map(|ops| ops.len() as u64).sum()
    }

    /// Control ops whose key is missing, by epoch.
    #[cfg(any(test, feature = "sim"))]
    pub(crate) fn sealed_by(&self) -> impl Iterator<Item = (&bivouac_crypto::EpochId, u64)> {
        self.sealed.iter().map(|(epoch, ops)| (epoch, ops.len() as u64))
    }

    /// Ops known to exist and not here.
    pub(crate) fn holes(&self) -> u64 {
        self.gaps.iter().filter_map(|id| self.content.get(id)).map(Log::missing).sum()
    }

    /// Whether anything of an op's log is here.
    pub(crate) fn has_log(&self, h: &Header) -> bool {
        match h.audience {
            Audience::Control => self.dag.branches_of(&h.log).next().is_some(),
            _ => self.content.contains_key(&h.line()),
        }
    }

    /// Ops here.
    pub(crate) fn ops(&self) -> u64 {
        self.dag.len() as u64 + self.content.values().map(|log| log.have.count()).sum::<u64>()
    }

    /// The heads of the law's logs, sorted, as far as `reach` goes.
    pub(crate) fn law_heads(&self, reach: &Reach) -> Vec<Head> {
        let last = |branch: &Branch, clock: &Clock| {
            let seen = branch.nodes.partition_point(|n| self.dag.includes(clock, *n));
            let node = self.dag.node(*branch.nodes.get(seen.checked_sub(1)?)?);
            Some(Head { audience: Audience::Control, log: branch.log, seq: node.seq, id: node.id })
        };
        let mut heads: Vec<Head> = match reach {
            Reach::Until(clock) => self.dag.branches().iter().filter_map(|branch| last(branch, clock)).collect(),
            Reach::All => self.control.iter().filter_map(head).collect(),
        };
        heads.sort();
        heads
    }

    /// The heads of the content logs that all of these users read, sorted.
    pub(crate) fn content_heads(&self, users: &[UserId]) -> Vec<Head> {
        let mut read: BTreeMap<Audience, bool> = BTreeMap::new();
        let mut all_read = |of| *read.entry(of).or_insert_with(|| users.iter().all(|user| self.reads(user, of)));
        // The map is in the order of audience and log, and so are the heads.
        self.content.iter().filter(|((of, _), _)| all_read(*of)).filter_map(|(_, log)| head(log)).collect()
    }

    /// What somebody who was removed may still read: the law up to their removal, so that they learn of it. `None` for who
    /// was not removed, or is in again.
    pub(crate) fn farewell(&self, device: &DeviceId) -> Option<Clock> {
        let user = self.dag.user_of(device).filter(|user| !self.is_member(user))?;
        self.settled.removals(&self.dag, &user).fold(None, |until, removal| {
            let mut clock: Clock = until.unwrap_or_default();
            clock.join(&self.dag.node(removal).clock);
            Some(clock)
        })
    }

    /// Whether an act that removed the user is sealed under this epoch: they are given its secret, should they have been
    /// away when they were to have it.
    pub(crate) fn seals_removal(&self, user: &UserId, epoch: &EpochId) -> bool {
        self.settled.removals(&self.dag, user).any(|removal| self.dag.node(removal).epoch == Some(*epoch))
    }

    /// Digest over every log of the audiences that all of these users read. Of a forked control log only what counts is in it, and where
    /// it forked: which of its other branches are here may differ from node to node.
    pub(crate) fn digest(&self, readers: &[UserId]) -> ([u8; 32], u64) {
        let at = |log, seq, id| Head { audience: Audience::Control, log, seq, id };
        let mut control = Vec::new();
        for (branch, log) in self.dag.branches().iter().zip(&self.control) {
            if self.dag.forks().contains_key(&branch.log) {
                let counts = |n: &&u32| self.settled.of(**n) != Err(Void::Forked);
                let last = branch.nodes.iter().take_while(counts).last().map(|n| self.dag.node(*n));
                control.extend(last.map(|node| at(branch.log, node.seq, node.id)));
            } else {
                control.extend(head(log));
            }
        }
        control.extend(self.dag.forks().iter().map(|(log, at_seq)| at(*log, *at_seq, OpId([0; 32]))));
        control.sort();
        let all: Vec<Head> = control.into_iter().chain(self.content_heads(readers)).collect();
        (hash(Context::Digest, &canonical::encode(&all)), all.len() as u64)
    }

    /// The ops `from..=to` of a control log, along the branches that lead to `head`.
    pub(crate) fn control_range(
        &self,
        db: &dyn Read,
        log: LogId,
        head: &OpId,
        from: u64,
        to: u64,
    ) -> Result<Vec<Entry>, Damaged> {
        let Some(node) = self.dag.find(head).map(|n| self.dag.node(n)) else { return Ok(Vec::new()) };
        let (mut found, mut last, mut on) = (Vec::new(), to.min(node.seq), Some(node.branch));
        while let Some(b) = on {
            let branch = &self.dag.branches()[b as usize];
            if branch.log != log {
                return Ok(Vec::new());
            }
            if last >= branch.first && last >= from {
                let run = self.control[b as usize].range(db, from.max(branch.first), last)?;
                found.splice(0..0, run);
            }
            if branch.first <= from {
                break;
            }
            (on, last) = (branch.parent, last.min(branch.first - 1));
        }
        Ok(found)
    }

    /// The last place of a control log that is here, on any branch.
    pub(crate) fn control_last(&self, log: &LogId) -> Option<u64> {
        self.dag.branches_of(log).map(|b| b.first + b.nodes.len() as u64 - 1).max()
    }

    /// A channel that is not over.
    pub(crate) fn channel(&self, id: &ChannelId) -> Option<&crate::model::Channel> {
        self.law.channels.get(id).filter(|_| !self.over.contains(id))
    }

    /// Notes which channels are over by the clock. Gives when the next one ends.
    pub(crate) fn end_channels(&mut self, wall_ms: u64) -> Option<u64> {
        let channels = &self.law.channels;
        self.over = channels.iter().filter(|(_, channel)| channel.is_over(wall_ms)).map(|(id, _)| *id).collect();
        channels.values().filter_map(|channel| channel.expires_ms).filter(|end| *end > wall_ms).min()
    }

    /// Keys of the invites that have effect.
    pub(crate) fn invite_keys(&self) -> impl Iterator<Item = (InviteId, &bivouac_crypto::PublicKey)> {
        self.settled.invites.iter().filter_map(|(id, record)| match &self.dag.node(record.node).op {
            Some(Op::Act(_, Act::Invite { key, .. })) => Some((*id, key)),
            _ => None,
        })
    }

    /// Notes that this node joins, or joins again, or is given back what it lost: what came before is not told.
    pub(crate) fn joined(&mut self, cx: &mut Cx<'_>) {
        self.row = GuildRow { joined_ms: cx.now.wall_ms, run_ms: cx.now.wall_ms };
        self.live_from_ms = cx.now.wall_ms;
        self.save_row(&mut cx.tx);
    }

    /// Notes that a guest is in: what is newer than the law that says so is told, by the clocks of those who write. Our own
    /// may be ahead.
    pub(crate) fn welcomed(&mut self, cx: &mut Cx<'_>) {
        self.live_from_ms = self.live_from_ms.min(self.latest.ms());
        self.row.run_ms = self.live_from_ms;
        self.save_row(&mut cx.tx);
    }

    /// Notes what is known as this node begins: what is newer is told this time or the next.
    pub(crate) fn opened(&mut self, cx: &mut Cx<'_>) {
        self.row.run_ms = self.latest.ms().min(cx.now.wall_ms).max(self.row.run_ms);
        self.save_row(&mut cx.tx);
    }

    pub(crate) fn is_member(&self, user: &UserId) -> bool {
        self.law.members.contains_key(user)
    }

    /// Whether the law as far as it is here does not speak of a user's membership: neither that they are in, nor that
    /// they were and were removed or left.
    pub(crate) fn knows_not(&self, user: &UserId) -> bool {
        !self.is_member(user) && !self.settled.was_admitted(user)
    }

    /// The member a device belongs to.
    pub(crate) fn member_of(&self, device: &DeviceId) -> Option<UserId> {
        self.dag.user_of(device).filter(|user| self.law.members.get(user).is_some_and(|m| m.devices.contains(device)))
    }

    /// All devices of members.
    pub(crate) fn devices(&self) -> impl Iterator<Item = DeviceId> + '_ {
        self.law.members.values().flat_map(|member| member.devices.iter().copied())
    }

    /// Whether a member is silenced, by this clock.
    pub(crate) fn is_silenced(&self, user: &UserId, wall_ms: u64) -> bool {
        let until = self.law.members.get(user).and_then(|member| member.timeout_ms);
        until.is_some_and(|until| until > wall_ms)
    }

    /// What a user may do in the guild as a whole.
    pub(crate) fn permissions(&self, user: &UserId) -> Permissions {
        self.law.permissions(user, authority::everyone(self.id))
    }

    /// What a user may do in a channel.
    pub(crate) fn permissions_in(&self, user: &UserId, channel: &ChannelId) -> Permissions {
        let channel = self.channel(channel);
        channel.map(|c| self.law.permissions_in(user, c, authority::everyone(self.id))).unwrap_or_default()
    }
}

/// How much of an audience somebody may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    All,
    /// Of the law, what is in here.
    Until(Clock),
}

impl Reach {
    /// Whether a control op is within reach.
    pub(crate) fn holds(&self, dag: &Dag, id: &OpId) -> bool {
        match self {
            Self::All => true,
            Self::Until(clock) => dag.find(id).is_some_and(|n| dag.includes(clock, n)),
        }
    }
}

fn head(log: &Log) -> Option<Head> {
    log.head.map(|(seq, id)| Head { audience: log.audience, log: log.id, seq, id })
}
