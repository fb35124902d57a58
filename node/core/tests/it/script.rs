//! The law written by hand, op by op, and taken as a guild takes it.

use std::collections::BTreeSet;

use bivouac_core::{
    authority::{Settled, settle},
    dag::{Dag, Offer},
    fold,
    model::{GuildId, Hlc, Law, LogId, OpId},
    op::{Audience, Header, Op, Proved, Ref},
    sim::Dice,
};
use bivouac_crypto::{Bounded, DeviceId};

/// The header of a device's next op of the law, after this one of its own.
pub(crate) fn header(guild: GuildId, device: DeviceId, after: Option<&Proved>, hlc: u64, cites: Vec<Ref>) -> Header {
    Header {
        version: 1,
        guild,
        audience: Audience::Control,
        log: LogId { device, incarnation: 1 },
        seq: after.map_or(0, |op| op.entry.header.seq + 1),
        prev: after.map_or(OpId([0; 32]), |op| op.id),
        hlc: Hlc(hlc),
        auth: Bounded::try_from(cites).unwrap(),
        deps: Bounded::default(),
        kind: 0,
        epoch: None,
        payload_len: 0,
        payload_hash: [0; 32],
    }
}

/// The newest op of a device.
pub(crate) fn last<'a>(ops: impl DoubleEndedIterator<Item = &'a Proved>, device: DeviceId) -> Option<&'a Proved> {
    ops.rev().find(|op| op.entry.header.log.device == device)
}

/// Some order in which ops could come, causes first: the first so many before any other.
pub(crate) fn arrival(dice: &mut Dice, ops: &[&Proved], first: usize) -> Vec<usize> {
    let mut waiting: Vec<usize> = (1..ops.len()).collect();
    let (mut order, mut here) = (vec![0], BTreeSet::from([ops[0].id]));
    while !waiting.is_empty() {
        let ready = |n: &usize| {
            let h = &ops[*n].entry.header;
            let named = *n < first || here.len() >= first;
            named && (h.seq == 0 || here.contains(&h.prev)) && h.auth.iter().all(|cited| here.contains(&cited.id))
        };
        let ready: Vec<usize> = waiting.iter().copied().filter(ready).collect();
        let next = dice.pick(&ready).unwrap();
        waiting.retain(|n| *n != next);
        here.insert(ops[next].id);
        order.push(next);
    }
    order
}

/// As a guild takes ops: alone where one has seen all others, whole otherwise, at the end of each batch.
pub(crate) struct Replica {
    guild: GuildId,
    pub(crate) dag: Dag,
    pub(crate) settled: Settled,
    pub(crate) law: Law,
    stale: bool,
    /// How often an act was judged alone.
    pub(crate) alone: u64,
}

impl Replica {
    pub(crate) fn new(guild: GuildId) -> Self {
        let dag = Dag::new(guild);
        let settled = settle(&dag, guild);
        Self { guild, dag, settled, law: Law::default(), stale: false, alone: 0 }
    }

    /// Takes an op, which may be the last of its batch.
    pub(crate) fn take(&mut self, op: &Proved, says: Op, store: u32, ends: bool) {
        let Offer::Ready(place) = self.dag.offer(op) else { panic!("{:?}", self.dag.offer(op)) };
        let n = self.dag.insert(op, Some(says), place, store);
        let alone = !self.stale && !self.dag.clashed() && self.dag.saw_all(n) && self.dag.len() > 1;
        if alone && !self.settled.needs_whole(&self.dag, n) {
            self.settled.judge_next(&self.dag, n);
            fold::advance(&mut self.law, &self.dag, &self.settled, self.guild, n);
            self.alone += 1;
        } else {
            self.stale = true;
        }
        if ends && self.stale {
            self.dag.resolve();
            self.settled = settle(&self.dag, self.guild);
            self.law = fold::fold(&self.dag, &self.settled, self.guild);
            self.stale = false;
        }
    }
}
