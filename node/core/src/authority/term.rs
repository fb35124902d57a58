//! Who owns the guild, term after term.
//!
//! ```text
//!  genesis ── owner's acts ── hand-over ── successor's acts ── …        what the old owner did unseen by it is void
//!                         ╲── another hand-over: void
//! ```

use std::collections::BTreeMap;

use bivouac_crypto::{Identity, UserId};

use super::{Settled, View};
use crate::{
    dag::Dag,
    op::{Act, Acting, Op},
};

/// One owner's time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    pub(super) owner: UserId,
    /// The genesis op, or the hand-over to this owner.
    pub(super) began: u32,
    /// The hand-over to the next one.
    pub(super) ended: Option<u32>,
}

impl Settled {
    /// Finds the terms. A hand-over is done by the owner of its term, who had seen it begin, to somebody whom an op in its
    /// past tells of, and not after another. Of several that do not know of each other that one stands which had seen the
    /// most of the owner's acts; of equals the lowest id.
    pub(super) fn find_terms(&mut self, dag: &Dag) {
        let mut said: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for n in dag.ordered() {
            match &dag.node(n).op {
                Some(Op::Genesis(_)) if dag.carried(n).map(Identity::user) == Some(dag.node(n).author) => {
                    self.terms.push(Term { owner: dag.node(n).author, began: n, ended: None });
                }
                Some(Op::Act(Acting::Owner(term), Act::HandOver { .. })) => said.entry(*term).or_default().push(n),
                _ => {}
            }
        }
        self.terms.truncate(1);
        while let Some(term) = self.terms.last().copied() {
            let nth = u32::try_from(self.terms.len() - 1).unwrap_or(u32::MAX);
            let mut standing: Vec<(u32, UserId)> = Vec::new();
            for n in said.remove(&nth).unwrap_or_default() {
                let Some(Op::Act(_, Act::HandOver { user })) = &dag.node(n).op else { continue };
                let may = dag.node(n).author == term.owner
                    && *user != term.owner
                    && dag.saw(n, term.began)
                    && dag.tells_of(n, user)
                    && self.trusted(dag, n).is_ok()
                    && !standing.iter().any(|(earlier, _)| dag.saw(n, *earlier));
                if may {
                    standing.push((n, *user));
                }
            }
            let seen = |n: u32| dag.ordered().filter(|m| dag.node(*m).author == term.owner && dag.saw(n, *m)).count();
            let first = |n: u32| std::cmp::Reverse(dag.node(n).id);
            let chosen = standing.into_iter().max_by_key(|(n, _)| (seen(*n), first(*n)));
            let (Some((began, owner)), Some(last)) = (chosen, self.terms.last_mut()) else { return };
            last.ended = Some(began);
            self.terms.push(Term { owner, began, ended: None });
        }
    }

    /// The owner.
    #[must_use]
    pub fn owner(&self) -> Option<UserId> {
        self.terms.last().map(|term| term.owner)
    }

    /// The number of the owner's term, from 0.
    #[must_use]
    pub fn term(&self) -> u32 {
        u32::try_from(self.terms.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// Whether a user owned the guild when an act was done, as far as its author knew: then nobody stands above them, and they
    /// cannot leave.
    pub(super) fn owned(&self, view: View<'_>, user: &UserId) -> bool {
        self.terms.iter().any(|term| {
            let over = term.ended.is_some_and(|ended| view.saw(ended));
            term.owner == *user && !over && !view.is_seen_by(term.began)
        })
    }
}
