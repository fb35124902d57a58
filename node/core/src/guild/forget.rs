//! Forgetting: what was said longer ago than its channel keeps it, the keys of channels that keep nothing, and all of a
//! channel that forgets once it is deleted.
//!
//! Only payloads go: headers stay, so that logs remain whole and comparable. Each node goes by its own clock. Only channels
//! with logs of their own forget, so that nothing else can be passed on without what it says.

use std::collections::BTreeSet;

use bivouac_crypto::{EpochId, EpochSecret, canonical};

use super::{Guild, secret_key};
use crate::{
    io::{Effect, Event},
    keys,
    log::read,
    me::Cx,
    model::{ChannelId, EPHEMERAL_S, GuildId, History, Hlc, MessageId, OpId},
    op::{Act, Audience, Line, Op},
    table::{Damaged, Read, Table},
    timeline,
    tx::Tx,
};

/// Messages erased in one call, at most.
const AT_ONCE: usize = 256;
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
        let kept: Vec<ChannelId> = self.forgetful.keys().copied().collect();
        // At first what is lacking was judged without a clock.
        let mut dropped = !std::mem::replace(&mut self.clocked, true);
        for channel in kept {
            match self.law.channels.contains_key(&channel) {
                true => self.forget_messages(cx, channel)?,
                false => self.forget_channel(cx, channel)?,
            }
            dropped |= self.forget_keys(cx, channel);
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
            Some(Op::Act(_, Act::ChannelUpdate { channel, change })) => (*channel, change.retention_s),
            _ => return,
        };
        if let Some(kept) = kept.filter(|kept| *kept > 0) {
            let least = self.forgetful.entry(channel).or_insert(kept);
            *least = kept.min(*least);
        }
    }

    // ── messages ──────────────────────────────────────────────────────────────────────────────────────────────────────

    fn forget_messages(&mut self, cx: &mut Cx<'_>, channel: ChannelId) -> Result<(), Damaged> {
        let from = self.cursor(&cx.tx, &channel)?.unwrap_or(MessageId { hlc: Hlc(0), op: OpId([0; 32]) });
        let (rows, more) = timeline::list(&cx.tx, (self.id, channel), None, Some(from), AT_ONCE)?;
        let mut last = None;
        for row in &rows {
            let due = self.due(&channel, row.id.hlc);
            if due > cx.now.wall_ms {
                if due < u64::MAX {
                    self.forget_by(due);
                }
                break;
            }
            self.erase(cx, channel, row.store, row.seq, row.id)?;
            last = Some(row.id);
        }
        if let Some(last) = last {
            cx.tx.put(Table::Checkpoint, cursor_row(self.id, &channel), canonical::encode(&last));
            if more && Some(last) == rows.last().map(|row| row.id) {
                self.forget_by(cx.now.wall_ms);
            }
        }
        Ok(())
    }

    /// Erases all that was said in a channel that is deleted, a part at a time.
    fn forget_channel(&mut self, cx: &mut Cx<'_>, channel: ChannelId) -> Result<(), Damaged> {
        let lines: Vec<Line> = self.content.keys().filter(|(of, _)| of.channel() == Some(channel)).copied().collect();
        for line in lines {
            let Some(log) = self.content.get(&line) else { continue };
            let from = self.emptied.get(&line).copied().unwrap_or(0);
            if from >= log.end() {
                continue;
            }
            let to = (from + AT_ONCE as u64).min(log.end());
            for entry in log.present(&cx.tx, from, to - 1)? {
                log.erase(&mut cx.tx, entry.header.seq)?;
            }
            self.emptied.insert(line, to);
            self.forget_at = Some(cx.now.wall_ms);
            return Ok(());
        }
        Ok(())
    }

    /// Erases one message, of which the rest of its log tells no more than that it was there.
    pub(super) fn erase(
        &mut self,
        cx: &mut Cx<'_>,
        channel: ChannelId,
        store: u32,
        seq: u64,
        message: MessageId,
    ) -> Result<(), Damaged> {
        let Some(log) = self.stores.get(&store).and_then(|line| self.content.get(line)) else { return Ok(()) };
        if log.erase(&mut cx.tx, seq)? && self.sees(&cx.me.user, &channel) {
            cx.out.push(Effect::Event(Event::Erased { guild: self.id, channel, message }));
        }
        Ok(())
    }

    /// When a channel is to have forgotten what was said at a time, milliseconds since the epoch.
    pub(super) fn due(&self, channel: &ChannelId, said: Hlc) -> u64 {
        match self.law.channels.get(channel).map_or(0, |channel| channel.retention_s) {
            0 => u64::MAX,
            kept => said.ms().saturating_add(u64::from(kept) * 1_000),
        }
    }

    /// Has a message that came late looked at again in its time.
    pub(super) fn rewind(&self, tx: &mut Tx<'_>, channel: &ChannelId, message: MessageId) -> Result<(), Damaged> {
        if self.cursor(tx, channel)?.is_some_and(|cursor| message <= cursor) {
            let before = MessageId { hlc: Hlc(message.hlc.0.saturating_sub(1)), op: OpId([255; 32]) };
            tx.put(Table::Checkpoint, cursor_row(self.id, channel), canonical::encode(&before));
        }
        Ok(())
    }

    fn cursor(&self, db: &dyn Read, channel: &ChannelId) -> Result<Option<MessageId>, Damaged> {
        db.get(Table::Checkpoint, &cursor_row(self.id, channel))?.map(|row| read::<MessageId>(&row)).transpose()
    }

    /// Whether an op of an audience may come without its payload: it is not new, and some act, with effect or not, was to have
    /// the channel keep messages for less long. Who erased by an act that came to nothing has only this left.
    pub(super) fn may_be_bare(&self, audience: Audience, said: Hlc, wall_ms: u64) -> bool {
        let least = audience.channel().and_then(|channel| self.forgetful.get(&channel));
        least.is_some_and(|kept| said.ms() + (u64::from(*kept) * 1_000).max(BARE_MS) <= wall_ms)
    }

    // ── keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// How old an epoch of an audience gets that forgets its keys, in milliseconds, none of a deleted one; `None` for any
    /// other.
    fn wear(&self, of: Audience) -> Option<u64> {
        let channel = of.channel().filter(|_| keys::history(&self.dag, of) == History::Ephemeral)?;
        let kept = |kept: u32| (u64::from(kept) * 1_000).max(WEAR_MS);
        Some(self.law.channels.get(&channel).map_or(0, |channel| kept(channel.retention_s)))
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
    fn forget_keys(&mut self, cx: &mut Cx<'_>, channel: ChannelId) -> bool {
        let of = Audience::Channel(channel);
        let Some(kept) = self.wear(of) else { return false };
        let mut dropped = BTreeSet::new();
        for epoch in self.keys.held(of) {
            let Some((_, node)) = self.keys.place(&epoch) else { continue };
            let due = self.dag.node(node).hlc.ms() + 2 * kept;
            if due > cx.now.wall_ms {
                self.forget_by(due);
            } else {
                self.keys.drop(&epoch);
                cx.tx.delete(Table::Secret, secret_key(self.id, epoch));
                dropped.insert(epoch);
            }
        }
        !dropped.is_empty()
    }
}

/// Up to where a channel's messages are erased.
fn cursor_row(guild: GuildId, channel: &ChannelId) -> Vec<u8> {
    [&b"x"[..], &guild.0, &channel.0].concat()
}
