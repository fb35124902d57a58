//! Forgetting: what was said longer ago than its channel keeps it, and the keys of channels that keep nothing.
//!
//! Only payloads go: headers stay, so that logs remain whole and comparable. Each node goes by its own clock, log by log and
//! whether or not it can read them. Only channels with logs of their own forget, so that nothing else can be passed on
//! without what it says. A channel that was deleted forgets in its time all the same: its deletion may come to nothing.

use std::collections::BTreeSet;

use bivouac_crypto::{EpochId, EpochSecret};

use super::{Guild, secret_key, unopened_key};
use crate::{
    io::{Effect, Event},
    keys,
    log::SEGMENT,
    me::Cx,
    model::{ChannelId, EPHEMERAL_S, History, Hlc, MessageId},
    op::{Act, Audience, Entry, Header, Line, Op},
    search,
    table::{Damaged, Table},
};

/// Ops looked at in one call, about.
const AT_ONCE: u64 = 256;
/// Least age at which an epoch is replaced, so that who forgets at once does not fill the law with epochs.
const WEAR_MS: u64 = 60_000;
/// Least age at which an op may come without its payload, so that nobody takes it out of what is new.
const BARE_MS: u64 = 60_000;
/// How long after a start nothing is forgotten: what the law says by now is to be heard first.
const MINDFUL_MS: u64 = 30_000;

impl Guild {
    /// Erases what is past its time, and notes when there will be more.
    pub(crate) fn forget(&mut self, cx: &mut Cx<'_>) -> Result<(), Damaged> {
        if self.forget_at.is_none_or(|at| at > cx.now.wall_ms) {
            return Ok(());
        }
        if self.mindful_until == 0 {
            self.mindful_until = cx.now.wall_ms + MINDFUL_MS;
        }
        if self.mindful_until > cx.now.wall_ms {
            self.forget_at = Some(self.mindful_until);
            return Ok(());
        }
        self.forget_at = None;
        let forgets = |of: &Audience| of.channel().is_some_and(|channel| self.forgetful.contains_key(&channel));
        let left = self.content.iter().filter(|((of, _), log)| forgets(of) && log.forgotten < log.end());
        let lines: Vec<Line> = left.map(|(line, _)| *line).collect();
        let mut room = AT_ONCE;
        for line in lines {
            self.forget_log(cx, line, &mut room)?;
        }
        // At first what is lacking was judged without a clock.
        let mut dropped = !std::mem::replace(&mut self.clocked, true);
        if room == 0 {
            self.forget_by(cx.now.wall_ms);
        } else {
            // Where something was found by what it says is told by what it says: its key goes after it.
            for channel in self.forgetful.keys().copied().collect::<Vec<_>>() {
                dropped |= self.forget_keys(cx, channel)?;
            }
        }
        if dropped {
            self.seek(&cx.me.user, cx.now.wall_ms);
        }
        Ok(())
    }

    /// Notes that something is to be forgotten then.
    pub(super) fn forget_by(&mut self, at_ms: u64) {
        self.forget_at = Some(self.forget_at.map_or(at_ms, |at| at.min(at_ms)));
    }

    /// Notes what an act of law says of forgetting, whether it has effect or not.
    pub(super) fn note_forgetful(&mut self, n: u32) {
        let node = self.dag.node(n);
        let (channel, kept) = match &node.op {
            Some(Op::Act(_, Act::Channel { nature, change })) => {
                let default = (nature.history == History::Ephemeral).then_some(EPHEMERAL_S);
                (ChannelId(node.id.0), change.retention_s.filter(|kept| *kept > 0).or(default))
            }
            Some(Op::Act(_, Act::ChannelUpdate { channel, change })) if self.dag.nature(channel).is_some() => {
                (*channel, change.retention_s)
            }
            _ => return,
        };
        if let Some(kept) = kept.filter(|kept| *kept > 0) {
            let least = self.forgetful.entry(channel).or_insert(kept);
            *least = kept.min(*least);
        }
    }

    // ── messages ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Has an op that came looked at in its time, be it late.
    pub(super) fn forget_in_time(&mut self, h: &Header) {
        let due = h.audience.channel().map_or(u64::MAX, |channel| self.due(&channel, h.hlc));
        if let Some(log) = self.content.get_mut(&h.line()).filter(|_| due < u64::MAX) {
            log.forgotten = log.forgotten.min(h.seq);
            self.forget_by(due);
        }
    }

    /// Erases what is past its time in a log, until there is no more room in this call.
    fn forget_log(&mut self, cx: &mut Cx<'_>, line: Line, room: &mut u64) -> Result<(), Damaged> {
        let (Some(channel), Some(log)) = (line.0.channel(), self.content.get(&line)) else { return Ok(()) };
        let (store, end, mut to) = (log.store, log.end(), log.forgotten);
        'log: while to < end && *room > 0 {
            // A segment at a time: most often its first op is not due yet.
            let next = end.min((to / SEGMENT + 1) * SEGMENT);
            let Some(log) = self.content.get(&line) else { break };
            let entries = log.present(&cx.tx, to, next - 1)?;
            *room = room.saturating_sub(1 + entries.len() as u64);
            for entry in entries {
                let due = self.due(&channel, entry.header.hlc);
                if due > cx.now.wall_ms {
                    if due < u64::MAX {
                        self.forget_by(due);
                    }
                    to = entry.header.seq;
                    break 'log;
                }
                self.erase(cx, channel, store, &entry)?;
            }
            to = next;
        }
        if let Some(log) = self.content.get_mut(&line).filter(|log| log.forgotten != to) {
            log.forgotten = to;
            log.save(&mut cx.tx, self.id);
        }
        Ok(())
    }

    /// Erases what an op says; the rest of its log tells no more than that it was there. A password stays, for those who come.
    pub(super) fn erase(&self, cx: &mut Cx<'_>, channel: ChannelId, store: u32, entry: &Entry) -> Result<(), Damaged> {
        let says = self.says(entry);
        let stays = match says {
            Some(Op::Password(_)) => true,
            Some(_) => false,
            None => self.dag.nature(&channel).is_some_and(|nature| nature.password),
        };
        let Some(log) = self.stores.get(&store).and_then(|line| self.content.get(line)).filter(|_| !stays) else {
            return Ok(());
        };
        let h = &entry.header;
        if let Some(epoch) = h.epoch {
            cx.tx.delete(Table::Checkpoint, unopened_key(self.id, epoch, store, h.seq));
        }
        let message = MessageId { hlc: h.hlc, op: h.id() };
        let erased = log.erase(&mut cx.tx, h.seq)?;
        if let Some(doc) = says.as_ref().and_then(|says| Self::doc(says, store, entry)) {
            let words = says.as_ref().and_then(|says| self.words_of_post(says, self.author(store)));
            search::take_out(&mut cx.tx, doc, words.as_ref());
        }
        let Some(Op::Post(post)) = says else { return Ok(()) };
        self.unhang(cx, &post, message)?;
        if erased && self.sees(&cx.me.user, &channel) {
            cx.out.push(Effect::Event(Event::Erased { guild: self.id, channel, message }));
        }
        Ok(())
    }

    /// For how long a channel keeps what is said in it, in seconds; `None` for ever. Of a deleted one, the least that was said.
    fn kept(&self, channel: &ChannelId) -> Option<u32> {
        match self.law.channels.get(channel) {
            Some(channel) => Some(channel.retention_s).filter(|kept| *kept > 0),
            None => self.forgetful.get(channel).copied(),
        }
    }

    /// When a channel is to have forgotten what was said at a time, milliseconds since the epoch.
    pub(super) fn due(&self, channel: &ChannelId, said: Hlc) -> u64 {
        self.kept(channel).map_or(u64::MAX, |kept| said.ms().saturating_add(u64::from(kept) * 1_000))
    }

    /// Whether an op of an audience may come without its payload: it is not new, and some act, with effect or not, was to have
    /// the channel keep messages for less long. Who erased by an act that came to nothing has only this left.
    pub(super) fn may_be_bare(&self, audience: Audience, said: Hlc, wall_ms: u64) -> bool {
        let least = audience.channel().and_then(|channel| self.forgetful.get(&channel));
        least.is_some_and(|kept| said.ms() + (u64::from(*kept) * 1_000).max(BARE_MS) <= wall_ms)
    }

    // ── keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// How old an epoch of an audience gets that forgets its keys, in milliseconds; `None` for any other.
    fn wear(&self, of: Audience) -> Option<u64> {
        let channel = of.channel().filter(|_| keys::history(&self.dag, of) == History::Ephemeral)?;
        Some((u64::from(self.kept(&channel)?) * 1_000).max(WEAR_MS))
    }

    /// Whether an epoch of an audience is so old that nothing sealed with it is to be kept: its secret is not to be had any more.
    pub(super) fn is_bygone(&self, (of, node): (Audience, u32), wall_ms: u64) -> bool {
        self.wear(of).is_some_and(|kept| self.dag.node(node).hlc.ms() + 2 * kept <= wall_ms)
    }

    /// The epoch of an audience to send on. One that forgets its keys needs a new one from time to time.
    pub(crate) fn sending(&self, of: Audience, wall_ms: u64) -> Option<(EpochId, &EpochSecret)> {
        let fresh = |epoch: &EpochId| {
            let (Some(kept), Some((_, node))) = (self.wear(of), self.keys.place(epoch)) else { return true };
            self.dag.node(node).hlc.ms() + kept > wall_ms
        };
        self.keys.sending(&self.dag, &self.settled, of).filter(|(epoch, _)| fresh(epoch))
    }

    /// Drops the keys that are past their time. Whether there were any.
    fn forget_keys(&mut self, cx: &mut Cx<'_>, channel: ChannelId) -> Result<bool, Damaged> {
        let of = Audience::Channel(channel);
        let Some(kept) = self.wear(of) else { return Ok(false) };
        let mut dropped = BTreeSet::new();
        for epoch in self.keys.held(of) {
            let Some((_, node)) = self.keys.place(&epoch) else { continue };
            let due = self.dag.node(node).hlc.ms() + 2 * kept;
            if due > cx.now.wall_ms {
                self.forget_by(due);
            } else {
                self.erase_sealed(cx, channel, epoch)?;
                self.keys.drop(&epoch);
                cx.tx.delete(Table::Secret, secret_key(self.id, epoch));
                dropped.insert(epoch);
            }
        }
        Ok(!dropped.is_empty())
    }

    /// Erases what is sealed under an epoch whose key goes, though by its author's clock it is not due: what hangs on it, and
    /// what it is found by, only it can tell.
    fn erase_sealed(&self, cx: &mut Cx<'_>, channel: ChannelId, epoch: EpochId) -> Result<(), Damaged> {
        let of = Audience::Channel(channel);
        for log in self.content.values().filter(|log| log.audience == of) {
            let left = log.present(&cx.tx, log.forgotten, log.end().saturating_sub(1))?;
            for entry in left.iter().filter(|entry| entry.header.epoch == Some(epoch) && entry.payload.is_some()) {
                self.erase(cx, channel, log.store, entry)?;
            }
        }
        Ok(())
    }
}
