//! Where a user stands: roles held, removals, bans, silences.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::{Text, UserId};

use super::{Marks, OWNER_RANK, Settled, View, Void, everyone};
use crate::{
    act::Picture,
    clock::Clock,
    dag::Dag,
    model::{Attachment, Hlc, OpId, RoleId},
};

/// All that effective acts say of a user.
#[derive(Debug, Default)]
pub(super) struct Standing {
    pub(super) roles: BTreeMap<RoleId, Held>,
    /// Kicks and bans: they take every role.
    pub(super) removed: Marks,
    /// Own leaves: they bind only what saw them.
    pub(super) left: Marks,
    pub(super) bans: Marks,
    pub(super) unbans: Marks,
    /// The newest silences, each with its op and its end; at most [`TIMEOUTS_MAX`].
    pub(super) timeouts: BTreeMap<(Hlc, OpId), (u32, u64)>,
    /// What others call them here, and since when.
    pub(super) nick: Option<((Hlc, OpId), Option<Text<64>>)>,
    /// What they look like, and since when.
    pub(super) avatar: Option<((Hlc, OpId), Picture)>,
}

/// Silences of one user that are remembered.
const TIMEOUTS_MAX: usize = 64;

impl Standing {
    pub(super) fn silence(&mut self, dag: &Dag, n: u32, until_ms: u64) {
        let node = dag.node(n);
        self.timeouts.insert((node.hlc, node.id), (n, until_ms));
        if self.timeouts.len() > TIMEOUTS_MAX {
            self.timeouts.pop_first();
        }
    }

    pub(super) fn call(&mut self, dag: &Dag, n: u32, nick: Option<Text<64>>) {
        let at = (dag.node(n).hlc, dag.node(n).id);
        if self.nick.as_ref().is_none_or(|(since, _)| *since < at) {
            self.nick = Some((at, nick));
        }
    }

    pub(super) fn picture(&mut self, dag: &Dag, n: u32, picture: Picture) {
        let at = (dag.node(n).hlc, dag.node(n).id);
        if self.avatar.as_ref().is_none_or(|(since, _)| *since < at) {
            self.avatar = Some((at, picture));
        }
    }
}

/// What acts say of one role of a user.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) granted: Marks,
    pub(super) taken: Marks,
    /// Own demotions: they bind only what saw them.
    pub(super) given_up: Marks,
}

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.granted.is_empty() && self.taken.is_empty() && self.given_up.is_empty()
    }
}

/// What makes and unmakes a member, and silences them: ops of the DAG, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    grants: BTreeSet<u32>,
    taken: BTreeSet<u32>,
    left: BTreeSet<u32>,
    timeouts: BTreeMap<(Hlc, OpId), (u32, u64)>,
}

impl Settled {
    /// Whether a user holds a role, as seen.
    pub(super) fn holds(&self, view: View<'_>, user: &UserId, role: RoleId) -> bool {
        let Some((standing, held)) = self.held_of(user, &role) else { return false };
        let deleted = self.roles.get(&role).map(|record| &record.deleted);
        let objections: Vec<&Marks> = [&held.taken, &standing.removed].into_iter().chain(deleted).collect();
        view.holds(&held.granted, &objections, &[&held.given_up, &standing.left])
    }

    fn held_of(&self, user: &UserId, role: &RoleId) -> Option<(&Standing, &Held)> {
        let standing = self.users.get(user)?;
        Some((standing, standing.roles.get(role)?))
    }

    /// Whether the target's rank is below the one looked from, counting promotions that the act has not seen, and demotions only
    /// where it has.
    pub(super) fn outranks(&self, view: View<'_>, target: &UserId) -> Result<(), Void> {
        if self.owned(view, target) {
            return Err(Void::Outranked);
        }
        let Some(standing) = self.users.get(target) else { return Ok(()) };
        for (role, held) in &standing.roles {
            let equal = self.rank_at_most(view, role) >= Some(view.rank());
            let deleted = self.roles.get(role).map(|record| &record.deleted);
            let objections: Vec<&Marks> = [&held.taken, &standing.removed].into_iter().chain(deleted).collect();
            if equal && view.may_hold(&held.granted, &objections) {
                return Err(Void::Outranked);
            }
        }
        Ok(())
    }

    /// Users whom any effective op names, members or not.
    pub fn users(&self) -> impl Iterator<Item = &UserId> {
        self.users.keys()
    }

    /// The roles a user holds now, `@everyone` among them for a member; `None` for who is not a member.
    #[must_use]
    pub fn held(&self, dag: &Dag, user: &UserId) -> Option<BTreeSet<RoleId>> {
        let standing = self.users.get(user)?;
        let owner = self.owner() == Some(*user);
        if self.banned(dag, user) && !owner {
            return None;
        }
        let view = View::now(dag, 0);
        let held = standing.roles.keys().copied().filter(|role| self.exists(role) && self.holds(view, user, *role));
        let held: BTreeSet<RoleId> = held.collect();
        (held.contains(&everyone(self.guild)) || owner).then_some(held)
    }

    /// Whether a user is banned now.
    #[must_use]
    pub fn banned(&self, dag: &Dag, user: &UserId) -> bool {
        self.users.get(user).is_some_and(|s| View::now(dag, 0).barred(&s.bans, &[&s.unbans]))
    }

    /// A user's highest rank now; `None` for who is not a member.
    #[must_use]
    pub fn highest(&self, dag: &Dag, user: &UserId) -> Option<u32> {
        if self.owner() == Some(*user) {
            return Some(OWNER_RANK);
        }
        self.held(dag, user)?.iter().filter_map(|role| self.rank_now(role)).max()
    }

    /// Until when a user is silenced, milliseconds since the epoch: by the latest act that no other had seen.
    #[must_use]
    pub fn timeout(&self, dag: &Dag, user: &UserId) -> Option<u64> {
        let timeouts = &self.users.get(user)?.timeouts;
        let newer = |n: u32| timeouts.values().any(|(m, _)| *m != n && dag.saw(*m, n));
        timeouts.values().filter(|(n, _)| !newer(*n)).map(|(_, until)| *until).max().filter(|until| *until > 0)
    }

    /// What a user is called here, if not by their own name.
    #[must_use]
    pub fn nick(&self, user: &UserId) -> Option<&str> {
        self.users.get(user)?.nick.as_ref()?.1.as_deref()
    }

    /// What a user looks like in the guild.
    #[must_use]
    pub fn avatar(&self, user: &UserId) -> Option<&Attachment> {
        self.users.get(user)?.avatar.as_ref()?.1.first()
    }

    /// Whether content of this time whose author had seen `auth` stands by the author's membership alone. If not, it is shown
    /// only where another user's shown op has it in its past.
    #[must_use]
    pub fn stands(&self, dag: &Dag, user: &UserId, auth: &Clock, at: Hlc) -> bool {
        let view = View::content(dag, auth);
        self.holds(view, user, everyone(self.guild))
            && !self.device_gone_for_content(dag, user, auth)
            && !self.silenced(view, dag, user, at)
    }

    /// Whether a silence covers what a user said at a time: one that goes on then, unless it had been replaced as they knew.
    fn silenced(&self, view: View<'_>, dag: &Dag, user: &UserId, at: Hlc) -> bool {
        let Some(standing) = self.users.get(user) else { return false };
        let replaced = |n: u32| standing.timeouts.values().any(|(m, _)| *m != n && dag.saw(*m, n) && view.saw(*m));
        standing.timeouts.values().any(|(n, until)| at.ms() < *until && !replaced(*n))
    }

    /// All that [`Self::stands`] depends on for a user, beside the op.
    #[must_use]
    pub fn membership(&self, user: &UserId) -> Membership {
        let Some(standing) = self.users.get(user) else { return Membership::default() };
        let everyone = standing.roles.get(&everyone(self.guild));
        let of = |marks: fn(&Held) -> &Marks| everyone.into_iter().flat_map(move |held| marks(held).iter());
        Membership {
            grants: of(|held| &held.granted).collect(),
            taken: standing.removed.iter().chain(of(|held| &held.taken)).collect(),
            left: standing.left.iter().chain(of(|held| &held.given_up)).collect(),
            timeouts: standing.timeouts.clone(),
        }
    }

    /// Whether a user ever became a member, whatever became of it.
    #[must_use]
    pub fn was_admitted(&self, user: &UserId) -> bool {
        !self.membership(user).grants.is_empty()
    }

    /// The acts that removed a user who was a member as far as their authors knew.
    pub fn removals<'a>(&'a self, dag: &'a Dag, user: &'a UserId) -> impl Iterator<Item = u32> {
        let removed = self.users.get(user).into_iter().flat_map(|standing| standing.removed.iter());
        removed.filter(|removal| self.holds(View::of(dag, *removal, 0).known(), user, everyone(self.guild)))
    }

    /// Whether a user was ever removed or silenced by others, or left: only then need [`Self::stands`] be asked for each op.
    #[must_use]
    pub fn was_removed(&self, user: &UserId) -> bool {
        self.users.get(user).is_none_or(|s| {
            let taken = |held: &Held| !held.taken.is_empty() || !held.given_up.is_empty();
            !s.removed.is_empty() || !s.left.is_empty() || !s.timeouts.is_empty() || s.roles.values().any(taken)
        })
    }

    fn device_gone_for_content(&self, dag: &Dag, user: &UserId, auth: &Clock) -> bool {
        // Content never stands in a control op's past, so a revoked device's ops need a witness like a removed user's.
        dag.identity(user).is_some_and(|identity| {
            let live = identity.devices().values().any(|device| !device.revoked);
            !live
                && identity
                    .devices()
                    .keys()
                    .any(|d| self.devices_revoked.get(d).is_some_and(|vs| vs.iter().any(|v| dag.includes(auth, *v))))
        })
    }
}
