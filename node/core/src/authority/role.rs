//! Roles as settled: their rank, which may fall, and what their holders may do.

use std::collections::BTreeMap;

use super::{ADMIN_RANK, Marks, Settled, View, admin, everyone, is_built_in};
use crate::{
    dag::Dag,
    model::{OpId, Permissions, RoleId},
    op::{Act, Op},
};

/// A role as settled. Acts may concern it before it is settled itself, where they rank higher.
#[derive(Debug, Default)]
pub(super) struct Rank {
    /// The rank it was made with.
    declared: Option<u32>,
    /// Acts that lowered it, and to what.
    lowered: Vec<(u32, u32)>,
    pub(super) deleted: Marks,
    bits: BTreeMap<Permissions, Bit>,
}

/// One permission of a role.
#[derive(Debug, Default)]
struct Bit {
    set: Marks,
    cleared: Marks,
}

impl Rank {
    /// Its rank, of what lowered it counting these.
    pub(super) fn rank(&self, counts: impl Fn(u32) -> bool) -> Option<u32> {
        self.declared.map(|declared| self.lowest(declared, counts))
    }

    fn lowest(&self, declared: u32, counts: impl Fn(u32) -> bool) -> u32 {
        self.lowered.iter().filter(|(n, _)| counts(*n)).fold(declared, |lowest, (_, rank)| lowest.min(*rank))
    }

    fn set(&mut self, dag: &Dag, rank: u32, bits: Permissions, n: u32) {
        for bit in bits.bits() {
            self.bits.entry(bit).or_default().set.add(dag, rank, n);
        }
    }
}

impl Settled {
    pub(super) fn make_built_in(&mut self, dag: &Dag, genesis: u32) {
        for (role, declared, permissions) in [
            (everyone(self.guild), 0, Permissions::EVERYONE),
            (admin(self.guild), ADMIN_RANK, Permissions::ADMINISTRATOR),
        ] {
            let record = self.roles.entry(role).or_default();
            record.declared = Some(declared);
            record.set(dag, super::OWNER_RANK, permissions, genesis);
            self.made.push(role);
        }
    }

    pub(super) fn record_role(&mut self, dag: &Dag, n: u32, rank: u32, act: &Act) {
        match act {
            Act::RoleCreate { rank: declared, permissions, .. } => {
                let role = RoleId(dag.node(n).id.0);
                let record = self.roles.entry(role).or_default();
                record.declared = Some(*declared);
                record.set(dag, rank, *permissions, n);
                self.made.push(role);
            }
            Act::RoleUpdate { role, rank: lower, set, clear, .. } => {
                let record = self.roles.entry(*role).or_default();
                record.lowered.extend(lower.map(|lower| (n, lower)));
                record.set(dag, rank, set.without(*clear), n);
                for bit in clear.bits() {
                    record.bits.entry(bit).or_default().cleared.add(dag, rank, n);
                }
                // What it allowed may have let somebody in.
                if !clear.is_empty() || lower.is_some() {
                    self.taken.add(dag, 0, n);
                }
                if set.any(Permissions::READING) {
                    self.given.add(dag, 0, n);
                }
            }
            Act::RoleDelete { role } => {
                self.roles.entry(*role).or_default().deleted.add(dag, rank, n);
                self.taken.add(dag, 0, n);
            }
            _ => {}
        }
    }

    /// The roles that exist.
    pub fn roles(&self) -> impl Iterator<Item = RoleId> {
        self.roles.keys().copied().filter(|role| self.exists(role))
    }

    /// Whether a role was made and not deleted.
    #[must_use]
    pub fn exists(&self, role: &RoleId) -> bool {
        self.roles.get(role).is_some_and(|record| record.declared.is_some() && record.deleted.is_empty())
    }

    /// A role's rank now.
    #[must_use]
    pub fn rank_now(&self, role: &RoleId) -> Option<u32> {
        self.roles.get(role).filter(|record| record.deleted.is_empty())?.rank(|_| true)
    }

    /// What the holders of a role may do now.
    #[must_use]
    pub fn permissions_now(&self, dag: &Dag, role: &RoleId) -> Permissions {
        self.allowed(View::now(dag, 0), &[*role])
    }

    /// Whether any of these was ever taken from a role.
    pub(super) fn ever_cleared(&self, role: &RoleId, any: Permissions) -> bool {
        let cleared = |(bit, of): (&Permissions, &Bit)| any.any(*bit) && !of.cleared.is_empty();
        self.roles.get(role).is_some_and(|record| record.bits.iter().any(cleared))
    }

    /// A role's rank as far as was seen, if it was seen made, whether or not the act that made it has effect: to act on a role
    /// one has to stand above it, and it may be settled later than what is done to it.
    pub(super) fn rank_seen(&self, view: View<'_>, role: &RoleId) -> Option<u32> {
        let known = is_built_in(self.guild, role) || view.find(&OpId(role.0)).is_some();
        if known { self.rank_at_most(view, role) } else { None }
    }

    /// A role's rank, as low as was seen, whether or not it was seen made.
    pub(super) fn rank_at_most(&self, view: View<'_>, role: &RoleId) -> Option<u32> {
        let declared = if *role == everyone(self.guild) {
            0
        } else if *role == admin(self.guild) {
            ADMIN_RANK
        } else {
            let made = view.dag().find(&OpId(role.0))?;
            match &view.dag().node(made).op {
                Some(Op::Act(_, Act::RoleCreate { rank, .. })) => *rank,
                _ => return None,
            }
        };
        Some(self.roles.get(role).map_or(declared, |record| record.lowest(declared, |n| view.saw(n))))
    }

    /// What these roles allow together, as seen.
    pub(super) fn allowed(&self, view: View<'_>, roles: &[RoleId]) -> Permissions {
        let records = roles.iter().filter_map(|role| self.roles.get(role));
        let bits = records.flat_map(|record| &record.bits);
        let held = bits.filter(|(_, bit)| view.holds(&bit.set, &[&bit.cleared], &[]));
        held.fold(Permissions::default(), |sum, (bit, _)| sum | *bit)
    }
}
