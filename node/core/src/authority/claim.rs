//! What acts say for and against a thing, and whether it holds as somebody saw it.
//!
//! Supports must be seen; objections need not be. An objection of a higher rank than that looked from counts even unseen,
//! unless it had seen the act in question; one of the same rank, where equals cannot undo each other's acts, only where it
//! was seen; one of a lower rank never.
//!
//! Acts lie in runs, by the rank they were done under and the branch of a log they are on. Along a run each act knew all
//! that the earlier ones did, so of each run one act decides, found by bisection.

use std::collections::BTreeMap;

use bivouac_crypto::Identity;

use crate::{
    clock::Clock,
    dag::{Dag, Node},
    model::OpId,
};

/// Acts of one meaning, in runs.
#[derive(Debug, Default)]
pub(super) struct Marks(BTreeMap<(u32, u32), Vec<u32>>);

impl Marks {
    /// Adds an act.
    pub(super) fn add(&mut self, dag: &Dag, rank: u32, n: u32) {
        let run = self.0.entry((rank, dag.node(n).branch)).or_default();
        let at = run.partition_point(|m| dag.node(*m).seq < dag.node(n).seq);
        run.insert(at, n);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        self.0.values().flatten().copied()
    }

    /// Runs of at least a rank, with their rank.
    fn runs(&self, least: u32) -> impl Iterator<Item = (u32, &[u32])> {
        self.0.range((least, 0)..).map(|((rank, _), run)| (*rank, run.as_slice()))
    }

    /// Of each run the newest act that a view has seen: no other knew more.
    fn newest(&self, view: View<'_>) -> impl Iterator<Item = u32> {
        self.runs(view.rank).filter_map(move |(_, run)| run[..view.seen(run)].last().copied())
    }

    /// Of each run the oldest act that `ground` had not seen, with its rank: no other of them knew less.
    fn beyond(&self, dag: &Dag, ground: u32, least: u32) -> impl Iterator<Item = (u32, u32)> {
        let clock = &dag.node(ground).clock;
        self.runs(least).filter_map(move |(rank, run)| {
            let first = run.partition_point(|n| dag.includes(clock, *n));
            run.get(first).map(|n| (rank, *n))
        })
    }

    /// Those that an act had not seen.
    pub(super) fn unseen_by(&self, dag: &Dag, n: u32) -> impl Iterator<Item = u32> {
        let clock = &dag.node(n).clock;
        self.0.values().flat_map(move |run| &run[run.partition_point(|m| dag.includes(clock, *m))..]).copied()
    }
}

/// From where one looks.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    dag: &'a Dag,
    /// What is seen; `None` for everything here.
    clock: Option<&'a Clock>,
    /// The act that is judged.
    act: Option<u32>,
    /// The rank looked from.
    rank: u32,
    /// Whether what could not be seen counts too.
    unseen: bool,
}

impl<'a> View<'a> {
    /// Of an act, under a rank.
    pub(super) fn of(dag: &'a Dag, n: u32, rank: u32) -> Self {
        Self { dag, clock: Some(&dag.node(n).clock), act: Some(n), rank, unseen: true }
    }

    /// Of everything here, as an act of this rank would see it that came next.
    pub(super) fn now(dag: &'a Dag, rank: u32) -> Self {
        Self { dag, clock: None, act: None, rank, unseen: true }
    }

    /// Of content whose author had seen this much: what its author did not know counts against it.
    pub(super) fn content(dag: &'a Dag, clock: &'a Clock) -> Self {
        Self { dag, clock: Some(clock), act: None, rank: 0, unseen: true }
    }

    /// The same, by what its author knew.
    pub(super) fn known(self) -> Self {
        Self { unseen: false, ..self }
    }

    /// Whether an act was seen. Nothing sees itself.
    pub(super) fn saw(&self, n: u32) -> bool {
        self.act != Some(n) && self.clock.is_none_or(|clock| self.dag.includes(clock, n))
    }

    /// The rank looked from.
    pub(super) fn rank(&self) -> u32 {
        self.rank
    }

    pub(super) fn dag(&self) -> &'a Dag {
        self.dag
    }

    /// The act that is judged; `None` for one that is to be written.
    pub(super) fn act(&self) -> Option<u32> {
        self.act
    }

    /// The identity that the act carries.
    pub(super) fn carried(&self) -> Option<&'a Identity> {
        self.dag.carried(self.act?)
    }

    /// An op, if it was seen.
    pub(super) fn find(&self, id: &OpId) -> Option<&'a Node> {
        let n = self.dag.find(id).filter(|n| self.saw(*n))?;
        Some(self.dag.node(n))
    }

    /// Whether the act was seen by another, or is it.
    pub(super) fn is_seen_by(&self, other: u32) -> bool {
        self.act.is_some_and(|n| self.dag.saw(other, n))
    }

    /// How many of a run were seen.
    fn seen(&self, run: &[u32]) -> usize {
        run.partition_point(|n| self.saw(*n))
    }

    /// Whether an objection of a rank is one to what is looked at.
    fn heeds(&self, rank: u32, objection: u32) -> bool {
        if rank > self.rank && self.unseen {
            !self.is_seen_by(objection)
        } else {
            rank >= self.rank && self.saw(objection)
        }
    }

    /// Whether something was given that stands: by an act that was seen, to which no act objects that it had not seen.
    /// `waivers` are the holder's own: they count where they are seen.
    pub(super) fn holds(&self, grounds: &Marks, objections: &[&Marks], waivers: &[&Marks]) -> bool {
        grounds.newest(*self).any(|ground| {
            let objected =
                |marks: &&Marks| marks.beyond(self.dag, ground, self.rank).any(|(rank, o)| self.heeds(rank, o));
            let waived = |marks: &&Marks| marks.beyond(self.dag, ground, 0).any(|(_, w)| self.saw(w));
            !objections.iter().any(objected) && !waivers.iter().any(waived)
        })
    }

    /// Whether any of these acts is an objection to what is looked at.
    pub(super) fn objected(&self, objections: &Marks) -> bool {
        objections.runs(self.rank).any(|(rank, run)| run.first().is_some_and(|o| self.heeds(rank, *o)))
    }

    /// Whether something may be held that was given, as little as the act that is judged can rule out: it counts what it did
    /// not see given, but not what had seen the act itself, and what it saw taken.
    pub(super) fn may_hold(&self, grounds: &Marks, objections: &[&Marks]) -> bool {
        grounds.runs(0).any(|(_, run)| {
            let last = run[..run.partition_point(|ground| !self.is_seen_by(*ground))].last();
            last.is_some_and(|ground| {
                let taken = |marks: &&Marks| marks.beyond(self.dag, *ground, self.rank).any(|(_, o)| self.saw(o));
                !objections.iter().any(taken)
            })
        })
    }

    /// Whether something stands in the way that nobody lifted: a lift must be seen, and have seen what it lifts.
    pub(super) fn barred(&self, bars: &Marks, lifts: &[&Marks]) -> bool {
        let lifted = |bar: u32| lifts.iter().any(|marks| marks.newest(*self).any(|lift| self.dag.saw(lift, bar)));
        bars.runs(self.rank).any(|(rank, run)| {
            // The newest that counts: were it lifted, so would be all before it.
            let counting = run.partition_point(|bar| self.heeds(rank, *bar));
            run[..counting].last().is_some_and(|bar| !lifted(*bar))
        })
    }
}
