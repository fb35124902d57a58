//! Whose ops outlast their author: what users without standing wrote is shown where somebody in good standing cites it.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::UserId;

use super::{Guild, INDEXED};
use crate::{
    authority::Membership,
    op::{Audience, Header, Line, Ref},
    table::{Damaged, Read},
};

/// Up to where each log of a user without standing is cited by shown ops.
#[derive(Debug, Default)]
pub(super) struct Witness {
    pub(super) upto: BTreeMap<Line, u64>,
    /// What the ops of such users cite themselves: followed once they are cited.
    cites: BTreeMap<Line, BTreeMap<u64, Vec<Ref>>>,
    pub(super) without: BTreeSet<UserId>,
    /// By what membership each author's ops were judged: where it changed, all are judged again.
    judged: BTreeMap<UserId, Membership>,
    /// Something is shown by a citation that was not.
    pub(super) raised: bool,
    /// Content was judged by a law that was not settled yet, or of which a store that was damaged lacked what it cites.
    pub(super) hasty: bool,
    /// Content came of a user without standing of whom there was none.
    pub(super) unheard: bool,
}

impl Guild {
    /// Notes what a content op cites of logs whose author has no standing.
    pub(super) fn note_citations(&mut self, user: UserId, stands: bool, h: &Header) {
        self.witness.judged.entry(user).or_insert_with(|| self.settled.membership(&user));
        if self.witness.without.is_empty() {
            return;
        }
        // Nobody is a witness for themselves.
        let counts =
            |r: &&Ref| self.dag.user_of(&r.log.device).is_some_and(|u| u != user && self.witness.without.contains(&u));
        let cites: Vec<Ref> = h.deps.iter().filter(counts).copied().collect();
        if cites.is_empty() {
            return;
        }
        let shown = stands || self.witness.upto.get(&h.line()).is_some_and(|upto| h.seq <= *upto);
        if shown {
            self.witness.follow(h.audience, cites);
        } else {
            self.witness.cites.entry(h.line()).or_default().insert(h.seq, cites);
        }
    }

    /// Reads all citations again if the standing of an author changed. Rare: on a removal or a return, or when acts come
    /// after the content that followed them.
    pub(super) fn recount_witness(&mut self, db: &dyn Read) -> Result<(), Damaged> {
        let authors: BTreeSet<UserId> =
            self.content.keys().filter_map(|(_, log)| self.dag.user_of(&log.device)).collect();
        let without: BTreeSet<UserId> = authors.into_iter().filter(|user| self.settled.was_removed(user)).collect();
        let same = |(user, was): (&UserId, &Membership)| self.settled.membership(user) == *was;
        let unchanged = without.is_empty() || self.witness.judged.iter().all(same);
        let hasty = std::mem::take(&mut self.witness.hasty) && !without.is_empty();
        if without == self.witness.without && unchanged && !hasty {
            return Ok(());
        }
        self.witness = Witness { without, raised: true, ..Witness::default() };
        let logs: Vec<Line> = self.content.keys().copied().collect();
        for id in logs {
            let Some(log) = self.content.get(&id) else { continue };
            let Some(user) = self.dag.user_of(&id.1.device) else { continue };
            let runs = log.have.runs().to_vec();
            for (first, last) in runs {
                let mut from = first;
                while from <= last {
                    let to = last.min(from + INDEXED as u64 - 1);
                    let entries =
                        self.content.get(&id).map(|log| log.range(db, from, to)).transpose()?.unwrap_or_default();
                    for entry in entries {
                        self.witness.hasty |= self.dag.clock_of(&entry.header.auth).is_err();
                        let stands = self.content_stands(&user, &entry.header);
                        self.note_citations(user, stands, &entry.header);
                    }
                    from = to + 1;
                }
            }
        }
        Ok(())
    }
}

impl Witness {
    /// Raises what a shown op cites, and follows what thereby becomes shown.
    fn follow(&mut self, of: Audience, mut work: Vec<Ref>) {
        while let Some(cited) = work.pop() {
            let line = (of, cited.log);
            if self.upto.get(&line).is_some_and(|upto| *upto >= cited.seq) {
                continue;
            }
            self.upto.insert(line, cited.seq);
            self.raised = true;
            if let Some(waiting) = self.cites.get_mut(&line) {
                let rest = waiting.split_off(&(cited.seq + 1));
                let shown = std::mem::replace(waiting, rest);
                work.extend(shown.into_values().flatten());
            }
        }
    }
}
