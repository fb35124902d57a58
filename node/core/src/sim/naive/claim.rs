//! What is given and taken, and who holds what: for and against, over explicit sets.

use bivouac_crypto::UserId;

use super::{Eye, History};
use crate::{
    model::RoleId,
    op::{Act, Op},
};

impl History {
    /// Whether an op is seen. None sees itself.
    pub(super) fn sees(&self, eye: Eye<'_>, n: usize) -> bool {
        match eye {
            Eye::Act(me, _) => me != n && self.saw(me, n),
            Eye::Next(_) => true,
            Eye::Content(cited) | Eye::Known(cited) => cited.iter().any(|later| self.saw(*later, n)),
        }
    }

    /// Whether an objection touches what is looked at: a higher one unseen, but not if it had seen the act; an equal one seen;
    /// a lower one never.
    pub(super) fn heeds(&self, eye: Eye<'_>, objection: usize) -> bool {
        let rank = self.effective.get(&objection).copied().unwrap_or(0);
        match eye {
            Eye::Act(n, mine) if rank > mine => !self.saw(objection, n),
            Eye::Act(_, mine) => rank == mine && self.sees(eye, objection),
            Eye::Next(mine) => rank >= mine,
            Eye::Content(_) => rank > 0 || self.sees(eye, objection),
            Eye::Known(_) => self.sees(eye, objection),
        }
    }

    pub(super) fn counts(&self, eye: Eye<'_>, n: usize) -> bool {
        let rank = self.effective.get(&n).copied().unwrap_or(0);
        let least = match eye {
            Eye::Act(_, rank) | Eye::Next(rank) => rank,
            Eye::Content(_) | Eye::Known(_) => 0,
        };
        rank >= least && self.sees(eye, n)
    }

    /// Supports must be seen; objections need not be, unless they had seen the act.
    pub(super) fn held(&self, eye: Eye<'_>, grounds: &[usize], objections: &[usize], own: &[usize]) -> bool {
        grounds.iter().any(|g| {
            self.counts(eye, *g)
                && !objections.iter().any(|o| !self.saw(*g, *o) && self.heeds(eye, *o))
                && !own.iter().any(|l| !self.saw(*g, *l) && self.sees(eye, *l))
        })
    }

    /// A bar stands that nobody lifted who had seen it.
    pub(super) fn stopped(&self, eye: Eye<'_>, bars: &[usize], lifts: &[usize]) -> bool {
        bars.iter().any(|b| self.heeds(eye, *b) && !lifts.iter().any(|l| self.counts(eye, *l) && self.saw(*l, *b)))
    }

    pub(super) fn find(&self, wanted: impl Fn(&Act) -> bool) -> Vec<usize> {
        self.acts().filter(|(_, act)| wanted(act)).map(|(n, _)| n).collect()
    }

    /// Effective ops that give a role to a user.
    pub(super) fn grants(&self, user: UserId, role: RoleId) -> Vec<usize> {
        let member = role == self.everyone();
        let mut found = self.find(|act| match act {
            Act::Grant { role: given, user: whom } => *whom == user && (*given == role || member),
            // The roles an invite promises come by a grant of their own.
            Act::Admit { guest, .. } => guest.user() == user && member,
            Act::HandOver { user: whom } => *whom == user && member,
            _ => false,
        });
        let founded = self.terms.first().filter(|(owner, n)| *owner == user && member && self.is_effective(*n));
        found.extend(founded.map(|(_, n)| *n));
        found
    }

    /// Effective ops by others that take a role from a user: revocations of it, kicks, bans, its deletion.
    pub(super) fn takes(&self, user: UserId, role: RoleId) -> Vec<usize> {
        let other = |n: &usize| match &self.facts[*n].says {
            Some(Op::Act(_, Act::Revoke { .. })) => self.facts[*n].author != Some(user),
            _ => true,
        };
        let found = self.find(|act| match act {
            Act::Revoke { role: taken, user: whom } => *whom == user && *taken == role,
            Act::Kick { user: whom, .. } | Act::Ban { user: whom, .. } => *whom == user,
            Act::RoleDelete { role: gone } => *gone == role,
            _ => false,
        });
        found.into_iter().filter(other).collect()
    }

    /// Effective kicks and bans of a user.
    #[must_use]
    pub fn removals(&self, user: UserId) -> Vec<usize> {
        self.find(|act| match act {
            Act::Kick { user: whom, .. } | Act::Ban { user: whom, .. } => *whom == user,
            _ => false,
        })
    }

    /// Leaves of a user that count.
    #[must_use]
    pub fn departures(&self, user: UserId) -> Vec<usize> {
        self.leaves(user, self.everyone())
    }

    /// Effective ops that made a user a member.
    #[must_use]
    pub fn admissions(&self, user: UserId) -> Vec<usize> {
        self.grants(user, self.everyone())
    }

    /// Leaves and self-demotions of a user that concern a role. *Choice*: they need nobody's leave, so even one that is
    /// itself void counts, unless it is lost in a fork, or the owner's.
    pub(super) fn leaves(&self, user: UserId, role: RoleId) -> Vec<usize> {
        let leaves = |n: &usize| {
            let fact = &self.facts[*n];
            let bound = || self.owned(user, Eye::Act(*n, 0));
            fact.author == Some(user)
                && match &fact.says {
                    Some(Op::Act(_, Act::Leave)) => !bound(),
                    Some(Op::Act(_, Act::Revoke { role: left, user: whom })) => {
                        *whom == user && *left == role && !(role == self.everyone() && bound())
                    }
                    _ => false,
                }
        };
        (0..self.facts.len()).filter(leaves).filter(|n| !self.forked_away(*n)).collect()
    }

    pub(super) fn holds(&self, eye: Eye<'_>, user: UserId, role: RoleId) -> bool {
        self.held(eye, &self.grants(user, role), &self.takes(user, role), &self.leaves(user, role))
    }

    pub(super) fn known_roles(&self) -> Vec<RoleId> {
        let made = self.facts.iter().filter(|f| matches!(f.says, Some(Op::Act(_, Act::RoleCreate { .. }))));
        [self.everyone(), self.admin()].into_iter().chain(made.map(|f| RoleId(f.id.0))).collect()
    }

    pub(super) fn exists(&self, role: RoleId) -> bool {
        let made = self.declared(role).is_some_and(|(made, _)| made.is_none_or(|made| self.is_effective(made)));
        made && self.find(|act| matches!(act, Act::RoleDelete { role: gone } if *gone == role)).is_empty()
    }

    /// The author outranks the target, counting promotions it has not seen.
    ///
    /// *Choice*: a promotion that had seen the act does not count against it; a demotion counts only where seen.
    pub(super) fn outranks(&self, eye: Eye<'_>, rank: u32, target: UserId) -> bool {
        if self.owned(target, eye) {
            return false;
        }
        let later = |grant: usize| matches!(eye, Eye::Act(n, _) if self.saw(grant, n));
        let high = |role: &RoleId| {
            self.declared(*role).is_some_and(|(_, d)| d.min(self.lowered(*role, |v| self.sees(eye, v))) >= rank)
        };
        !self.known_roles().into_iter().filter(high).any(|role| {
            let takes = self.takes(target, role);
            self.grants(target, role)
                .into_iter()
                .any(|grant| !later(grant) && !takes.iter().any(|v| self.counts(eye, *v) && !self.saw(grant, *v)))
        })
    }
}
