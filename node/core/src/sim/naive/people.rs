//! What others ask of users: who is in, who stands, whose roles are owed.

use std::collections::BTreeSet;

use bivouac_crypto::{EpochId, UserId};

use super::{Eye, Fact, History, OWNER};
use crate::{
    model::{Hlc, InviteId, RoleId},
    op::{Act, Op},
};

impl History {
    /// Roles that invites of a user promised to those let in by them, of whom nobody was ever given the role, or had it
    /// taken, or left it, and who were never removed.
    #[must_use]
    pub fn owed(&self, author: UserId) -> BTreeSet<(UserId, RoleId)> {
        let mut owed = BTreeSet::new();
        for (n, act) in self.acts() {
            let (Act::Invite { roles, .. }, true) = (act, self.facts[n].author == Some(author)) else { continue };
            for (_, other) in self.acts() {
                let Act::Admit { invite, guest, .. } = other else { continue };
                let user = guest.user();
                if invite.0 != self.facts[n].id.0 || !self.removals(user).is_empty() {
                    continue;
                }
                let fresh = |role: &RoleId| {
                    self.exists(*role)
                        && self.grants(user, *role).is_empty()
                        && self.takes(user, *role).is_empty()
                        && self.leaves(user, *role).is_empty()
                };
                owed.extend(roles.iter().copied().filter(fresh).map(|role| (user, role)));
            }
        }
        owed
    }

    /// Whether what a user wrote at a time who had seen these acts, and what they had seen, stands by the user's membership
    /// alone.
    #[must_use]
    pub fn stands_by(&self, user: UserId, cited: &[usize], at: Hlc) -> bool {
        let eye = Eye::Content(cited);
        let timeouts = self.find(|act| matches!(act, Act::Timeout { user: whom, .. } if *whom == user));
        let silenced = timeouts.iter().any(|n| {
            let Some(Op::Act(_, Act::Timeout { until_ms, .. })) = &self.facts[*n].says else { return false };
            let replaced = timeouts.iter().any(|m| m != n && self.saw(*m, *n) && self.sees(eye, *m));
            at.ms() < *until_ms && !replaced
        });
        self.holds(eye, user, self.everyone()) && !silenced
    }

    /// Whether anything was ever taken from a user or given up by them, or they were silenced.
    #[must_use]
    pub fn ever_lost(&self, user: UserId) -> bool {
        let deletes = |n: &usize| matches!(self.facts[*n].says, Some(Op::Act(_, Act::RoleDelete { .. })));
        let lost =
            |role: RoleId| self.takes(user, role).iter().any(|n| !deletes(n)) || !self.leaves(user, role).is_empty();
        let silenced = !self.find(|act| matches!(act, Act::Timeout { user: whom, .. } if *whom == user)).is_empty();
        let mut roles = self.known_roles();
        // Whatever they gave up that never was a role.
        roles.extend(self.facts.iter().filter_map(|f| match &f.says {
            Some(Op::Act(_, Act::Revoke { role, user: whom })) if *whom == user => Some(*role),
            _ => None,
        }));
        silenced || roles.into_iter().any(lost)
    }

    /// Whether an invite was made in ignorance of a removal of a user.
    #[must_use]
    pub fn removed_since(&self, invite: &InviteId, user: UserId) -> bool {
        let ignorant = |made: usize| self.removals(user).into_iter().any(|v| !self.saw(made, v));
        self.invite(invite).is_some_and(|(made, _)| ignorant(made))
    }

    /// A user's roles now, `@everyone` among them; `None` for who is not a member.
    #[must_use]
    pub fn roles_of(&self, user: UserId) -> Option<BTreeSet<RoleId>> {
        let held = |role: &RoleId| self.exists(*role) && self.holds(Eye::Next(0), user, *role);
        self.has_member(user).then(|| self.known_roles().into_iter().filter(held).collect())
    }

    /// A role's rank now.
    #[must_use]
    pub fn rank_of(&self, role: RoleId) -> Option<u32> {
        let (_, declared) = self.declared(role).filter(|_| self.exists(role))?;
        Some(declared.min(self.lowered(role, |_| true)))
    }

    /// A user's highest rank now.
    #[must_use]
    pub fn rank_now(&self, user: UserId) -> Option<u32> {
        if self.owner() == Some(user) {
            return Some(OWNER);
        }
        self.roles_of(user)?.into_iter().filter_map(|role| self.rank_of(role)).max()
    }

    /// Whether nobody ever removed this user, the user never left, and nobody without the right to it let the user in.
    #[must_use]
    pub fn never_gone(&self, user: UserId) -> bool {
        let void = |(n, fact): (usize, &Fact)| match &fact.says {
            Some(Op::Act(_, Act::Admit { guest, .. })) => guest.user() == user && !self.is_effective(n),
            _ => false,
        };
        self.removals(user).is_empty() && self.departures(user).is_empty() && !self.facts.iter().enumerate().any(void)
    }

    /// Epochs whose author knew that the user was gone, and not back, and that nobody gave the user afterwards, in
    /// ignorance or not.
    #[must_use]
    pub fn forbidden(&self, user: UserId) -> BTreeSet<EpochId> {
        let gone: Vec<usize> = self.removals(user).into_iter().chain(self.departures(user)).collect();
        let names = |fact: &Fact| match &fact.says {
            Some(Op::Act(_, Act::Admit { guest, .. })) => guest.user() == user,
            Some(Op::Act(_, Act::Grant { user: whom, .. })) => *whom == user,
            _ => false,
        };
        let back: Vec<usize> = (0..self.facts.len()).filter(|n| names(&self.facts[*n])).collect();
        let mut forbidden = BTreeSet::new();
        for (n, fact) in self.facts.iter().enumerate() {
            let Some(Op::Epoch(epoch)) = &fact.says else { continue };
            let knew = gone.iter().any(|g| fact.past.contains(g));
            let after = |b: &usize| !fact.past.contains(b) && gone.iter().any(|g| self.facts[*b].past.contains(g));
            if knew && self.is_effective(n) && !back.iter().any(after) && !self.as_seen_by(n).has_member(user) {
                forbidden.insert(epoch.id);
            }
        }
        forbidden
    }
}
