//! May this author do this? Settles every control op by the rank it acts under, highest first.
//!
//! Supports must be seen, objections need not be: an act stands on a grant in its causal past, and falls by a removal
//! that the grant did not know, unless the removal had seen the act. What a rank has settled no lower rank reopens,
//! and among equals neither can act on the other, so one descending pass suffices:
//!
//! ```text
//!  owner term ▸ admin ▸ … ▸ @everyone        within a rank: in (hlc, id) order, causes before effects
//! ```
//!
//! No clock, no arrival order and no recursion take part. The rules are those of docs/protocol.md, "Authority".

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::{Context, DeviceId, Identity, IdentityAct, UserId, hash};

use crate::{
    clock::Clock,
    dag::{Dag, Node},
    model::{GuildId, InviteId, OpId, Permissions, Role, RoleId},
    op::{Act, Acting, Op},
};

/// The rank of the owner.
pub const OWNER_RANK: u32 = u32::MAX;
/// The rank of the built-in `admin` role.
pub const ADMIN_RANK: u32 = 1_000;

/// The id of `@everyone`: holding it is being a member.
#[must_use]
pub fn everyone(guild: GuildId) -> RoleId {
    built_in(guild, b"everyone")
}

/// The id of the built-in `admin` role.
#[must_use]
pub fn admin(guild: GuildId) -> RoleId {
    built_in(guild, b"admin")
}

fn built_in(guild: GuildId, name: &[u8]) -> RoleId {
    RoleId(hash(Context::Role, &[&guild.0[..], name].concat()))
}

/// Why an act has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Void {
    /// Its key is missing, so nobody here can tell what it says.
    Sealed,
    /// Of an unknown kind, malformed, or not an act of this guild.
    Unreadable,
    /// The author does not hold the role it acts under, by a grant that it had seen.
    NotHeld,
    /// The role does not allow it.
    NotAllowed,
    /// The target is of equal or higher rank.
    Outranked,
    /// The invite is unknown, void, revoked, used up, or older than the guest's removal.
    Invite,
    /// The guest is banned.
    Banned,
    /// On a fork, and cited by nobody else.
    Forked,
    /// The device was revoked.
    Revoked,
}

#[derive(Debug, Default)]
struct Standing {
    /// The ops that grant each role.
    grants: BTreeMap<RoleId, Vec<u32>>,
    /// Revocations of one role.
    revoked: BTreeMap<RoleId, Vec<u32>>,
    /// Kicks and bans: they take every role.
    removed: Vec<u32>,
    /// Own leaves (`None`) and self-demotions: they bind only what saw them.
    left: Vec<(Option<RoleId>, u32)>,
    bans: Vec<u32>,
    unbans: Vec<u32>,
}

/// What makes and unmakes a member: ops of the DAG, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    grants: BTreeSet<u32>,
    taken: BTreeSet<u32>,
    left: BTreeSet<u32>,
}

/// An invite as settled.
#[derive(Debug)]
pub struct InviteRecord {
    /// The op that made it.
    pub node: u32,
    /// Admissions by it that have effect.
    pub admitted: Vec<(u32, UserId)>,
}

/// The verdict on every control op, and what follows from it.
#[derive(Debug, Default)]
pub struct Settled {
    verdicts: BTreeMap<u32, Result<(), Void>>,
    owner: Option<UserId>,
    roles: BTreeMap<RoleId, Role>,
    users: BTreeMap<UserId, Standing>,
    /// Invites that have effect.
    pub invites: BTreeMap<InviteId, InviteRecord>,
    /// Revocations of invites, with the rank they act under; settled before the invite itself where they rank higher.
    revocations: BTreeMap<InviteId, Vec<(u32, u32)>>,
    /// Ops that took the guild from a reader, or may have, by taking effect from an admission, or that raised a reader's key
    /// generation: an epoch that has not seen them all is not to be used for sending.
    pub takeaways: Vec<u32>,
    devices_revoked: BTreeMap<DeviceId, Vec<u32>>,
    witness: Clock,
    founder: Option<UserId>,
    guild: Option<GuildId>,
}

/// Settles a whole DAG.
#[must_use]
pub fn settle(dag: &Dag, guild: GuildId) -> Settled {
    let mut settled = Settled::new(dag, guild);
    let mut queue: BTreeMap<Acting, Vec<u32>> = BTreeMap::new();
    for n in dag.ordered() {
        match settled.acting(dag.node(n)) {
            Some(acting) => queue.entry(acting).or_default().push(n),
            None => settled.void(n, dag.node(n)),
        }
    }
    while let Some(rank) = queue.keys().filter_map(|acting| settled.rank(*acting)).max() {
        let ready: Vec<Acting> = queue.keys().copied().filter(|acting| settled.rank(*acting) == Some(rank)).collect();
        let mut ops: Vec<u32> = ready.iter().flat_map(|acting| queue.remove(acting).unwrap_or_default()).collect();
        ops.sort_by_key(|n| (dag.node(*n).hlc, dag.node(*n).id));
        for n in ops {
            settled.judge(dag, n);
        }
    }
    for n in queue.into_values().flatten() {
        settled.verdicts.insert(n, Err(Void::NotHeld));
    }
    settled
}

impl Settled {
    fn new(dag: &Dag, guild: GuildId) -> Self {
        let role = |name: &str, rank, permissions| Role { name: name.to_owned(), rank, permissions };
        let mut settled = Self { guild: Some(guild), ..Self::default() };
        settled.roles.insert(everyone(guild), role("@everyone", 0, Permissions::EVERYONE));
        settled.roles.insert(admin(guild), role("admin", ADMIN_RANK, Permissions::ADMINISTRATOR));
        for n in dag.ordered() {
            let node = dag.node(n);
            if let Some(Op::Act(_, Act::Identity { op })) = &node.op
                && let IdentityAct::RevokeDevice { device } = &op.value.act
                && op.value.user == node.author
                && dag.identity(&op.value.user).is_some_and(|i| i.devices().get(device).is_some_and(|d| d.revoked))
            {
                settled.devices_revoked.entry(*device).or_default().push(n);
            }
        }
        if !dag.forks().is_empty() {
            settled.witness = witness(dag);
        }
        for n in dag.ordered() {
            settled.note(dag, n);
        }
        settled
    }

    /// Judges one op that has seen every other: nothing settled before can change.
    pub fn judge_next(&mut self, dag: &Dag, n: u32) {
        self.note(dag, n);
        self.judge(dag, n);
    }

    /// Leaving and demoting oneself need nobody's leave, so they are known before anything is judged. Whoever leaves
    /// under whatever role has lost the guild's keys.
    fn note(&mut self, dag: &Dag, n: u32) {
        let node = dag.node(n);
        if let Some(Op::Genesis(_)) = &node.op {
            self.founder = Some(node.author);
        }
        let what = match &node.op {
            Some(Op::Act(_, Act::Leave)) => None,
            Some(Op::Act(_, Act::Revoke { role, user })) if *user == node.author => Some(*role),
            _ => return,
        };
        let leaves = what.is_none_or(|role| self.guild.map(everyone) == Some(role));
        // The owner may give up any role but being here.
        if leaves && self.founder == Some(node.author) || self.trusted(dag, n).is_err() {
            return;
        }
        self.users.entry(node.author).or_default().left.push((what, n));
        if leaves {
            self.takeaways.push(n);
        }
    }

    /// Judges one op against everything settled so far and records its effect: for the ops of a rank in order, once
    /// all higher ranks are settled. No verdict may depend on what a lower rank does.
    fn judge(&mut self, dag: &Dag, n: u32) {
        let verdict = self.verdict(dag, n);
        if verdict.is_ok() {
            self.record(dag, n);
        }
        self.verdicts.insert(n, verdict);
    }

    /// The verdict on an op.
    ///
    /// # Errors
    /// Why it has no effect.
    pub fn of(&self, n: u32) -> Result<(), Void> {
        self.verdicts.get(&n).copied().unwrap_or(Err(Void::Sealed))
    }

    /// Whether the set of ops can only be judged whole: a device that forked or was revoked is among the authors.
    #[must_use]
    pub fn needs_whole(&self, dag: &Dag, n: u32) -> bool {
        let revokes = matches!(&dag.node(n).op, Some(Op::Act(_, Act::Identity { .. })));
        revokes || !dag.forks().is_empty()
    }

    /// The owner.
    #[must_use]
    pub fn owner(&self) -> Option<UserId> {
        self.owner
    }

    /// Roles.
    #[must_use]
    pub fn roles(&self) -> &BTreeMap<RoleId, Role> {
        &self.roles
    }

    /// Users whom any effective op names, members or not.
    pub fn users(&self) -> impl Iterator<Item = &UserId> {
        self.users.keys()
    }

    /// The roles a user holds now, `@everyone` among them for a member; `None` for who is not a member.
    #[must_use]
    pub fn held(&self, dag: &Dag, user: &UserId) -> Option<BTreeSet<RoleId>> {
        let standing = self.users.get(user)?;
        if self.banned(dag, user) {
            return None;
        }
        let held: BTreeSet<RoleId> =
            standing.grants.keys().copied().filter(|role| self.holds_now(dag, standing, *role)).collect();
        let everyone = everyone(self.guild?);
        (held.contains(&everyone) || self.owner == Some(*user)).then_some(held)
    }

    /// Whether a user is banned now.
    #[must_use]
    pub fn banned(&self, dag: &Dag, user: &UserId) -> bool {
        self.users
            .get(user)
            .is_some_and(|s| s.bans.iter().any(|ban| !s.unbans.iter().any(|unban| dag.saw(*unban, *ban))))
    }

    /// Whether content whose author had seen `auth` stands by the author's membership alone. If not, it is shown only
    /// where another user's shown op has it in its past.
    #[must_use]
    pub fn stands(&self, dag: &Dag, user: &UserId, auth: &Clock) -> bool {
        let (Some(standing), Some(guild)) = (self.users.get(user), self.guild) else { return false };
        let everyone = everyone(guild);
        standing.grants.get(&everyone).is_some_and(|grants| {
            grants.iter().any(|grant| {
                dag.includes(auth, *grant)
                    && !self.takes(standing, everyone).any(|taken| !dag.saw(*grant, taken))
                    && !leaves(standing, everyone).any(|l| dag.includes(auth, l) && !dag.saw(*grant, l))
            })
        }) && !self.device_gone_for_content(dag, user, auth)
    }

    /// All that [`Self::stands`] depends on for a user, beside the op.
    #[must_use]
    pub fn membership(&self, user: &UserId) -> Membership {
        let (Some(standing), Some(guild)) = (self.users.get(user), self.guild) else { return Membership::default() };
        let everyone = everyone(guild);
        Membership {
            grants: standing.grants.get(&everyone).into_iter().flatten().copied().collect(),
            taken: self.takes(standing, everyone).collect(),
            left: leaves(standing, everyone).collect(),
        }
    }

    /// Whether a user ever became a member, whatever became of it.
    #[must_use]
    pub fn was_admitted(&self, user: &UserId) -> bool {
        !self.membership(user).grants.is_empty()
    }

    /// The acts that removed a user who was a member as far as their authors knew.
    pub fn removals(&self, dag: &Dag, user: &UserId) -> impl Iterator<Item = u32> {
        let standing = self.users.get(user);
        let everyone = self.guild.map(everyone);
        let took = move |standing: &Standing, removal: u32| {
            let grants = everyone.and_then(|role| standing.grants.get(&role)).map(Vec::as_slice).unwrap_or_default();
            let left = everyone.into_iter().flat_map(|role| leaves(standing, role));
            let others: Vec<u32> = standing.removed.iter().copied().chain(left).filter(|v| *v != removal).collect();
            let gone = |grant: u32| others.iter().any(|v| dag.saw(removal, *v) && !dag.saw(grant, *v));
            grants.iter().any(|grant| dag.saw(removal, *grant) && !gone(*grant))
        };
        let removals = standing.into_iter().flat_map(|s| s.removed.iter().map(move |removal| (s, *removal)));
        removals.filter(move |(s, removal)| took(s, *removal)).map(|(_, removal)| removal)
    }

    /// Whether a user was ever removed by others: only then need [`Self::stands`] be asked for each op.
    #[must_use]
    pub fn was_removed(&self, user: &UserId) -> bool {
        self.users.get(user).is_none_or(|s| !s.removed.is_empty() || !s.revoked.is_empty() || !s.left.is_empty())
    }

    /// The invite's uses left along what is known here; `None` for any number.
    #[must_use]
    pub fn uses(&self, invite: &InviteId) -> u32 {
        let users: BTreeSet<UserId> =
            self.invites.get(invite).into_iter().flat_map(|i| i.admitted.iter().map(|(_, user)| *user)).collect();
        u32::try_from(users.len()).unwrap_or(u32::MAX)
    }

    /// Roles that an invite of `author` promised to members of whom no grant or revocation of that role is known. An
    /// admission is settled last, too late to give a role; so the inviter's own node grants it.
    #[must_use]
    pub fn owed_roles(&self, dag: &Dag, author: &UserId) -> Vec<(UserId, RoleId)> {
        let mut owed = Vec::new();
        for record in self.invites.values().filter(|record| dag.node(record.node).author == *author) {
            let Some(Op::Act(_, Act::Invite { roles, .. })) = &dag.node(record.node).op else { continue };
            for (_, user) in &record.admitted {
                let Some(standing) = self.users.get(user).filter(|s| s.removed.is_empty()) else { continue };
                let new = |role: &&RoleId| {
                    let left = standing.left.iter().any(|(what, _)| what.is_none_or(|r| r == **role));
                    !standing.grants.contains_key(*role) && !standing.revoked.contains_key(*role) && !left
                };
                owed.extend(roles.iter().filter(new).map(|role| (*user, *role)));
            }
        }
        owed
    }

    /// Whether an invite has effect and nobody revoked it.
    #[must_use]
    pub fn invite_open(&self, invite: &InviteId) -> bool {
        self.invites.contains_key(invite) && !self.revocations.contains_key(invite)
    }

    /// Whether the invite was made in ignorance of a removal of this user, and so does not bring them back.
    #[must_use]
    pub fn removed_since(&self, dag: &Dag, invite: &InviteId, user: &UserId) -> bool {
        let (Some(record), Some(standing)) = (self.invites.get(invite), self.users.get(user)) else { return false };
        standing.removed.iter().any(|removal| !dag.saw(record.node, *removal))
    }

    /// The role with which a user who has seen everything here can do what needs `permission`: the highest. `target`
    /// must be outranked.
    #[must_use]
    pub fn role_for(
        &self,
        dag: &Dag,
        user: &UserId,
        permission: Permissions,
        target: Option<&UserId>,
    ) -> Option<Acting> {
        let guild = self.guild?;
        if self.owner == Some(*user) {
            return (target != Some(user)).then_some(Acting::Owner(0));
        }
        let everyone_allows = self.roles.get(&everyone(guild)).is_some_and(|r| r.permissions.allows(permission));
        let held = self.held(dag, user)?;
        let (rank, role) = held
            .iter()
            .filter_map(|id| Some((self.roles.get(id)?, *id)))
            .filter(|(role, _)| everyone_allows || role.permissions.allows(permission))
            .map(|(role, id)| (role.rank, id))
            .max()?;
        let outranks = target.is_none_or(|target| self.rank_now(dag, target) < Some(rank));
        outranks.then_some(Acting::Role(role))
    }

    /// A user's highest rank now; `None` for who holds nothing.
    #[must_use]
    pub fn rank_now(&self, dag: &Dag, user: &UserId) -> Option<u32> {
        if self.owner == Some(*user) {
            return Some(OWNER_RANK);
        }
        self.held(dag, user)?.iter().filter_map(|id| self.roles.get(id)).map(|role| role.rank).max()
    }

    /// The rank of an acting role; `None` while no such role is known.
    #[must_use]
    pub fn rank(&self, acting: Acting) -> Option<u32> {
        match acting {
            Acting::Owner(_) => Some(OWNER_RANK),
            Acting::Role(role) => self.roles.get(&role).map(|role| role.rank),
        }
    }

    fn acting(&self, node: &Node) -> Option<Acting> {
        let everyone = Acting::Role(everyone(self.guild?));
        match node.op.as_ref()? {
            Op::Genesis(_) => Some(Acting::Owner(0)),
            Op::Act(acting, _) => Some(*acting),
            Op::Epoch(_) => Some(everyone),
            _ => None,
        }
    }

    fn void(&mut self, n: u32, node: &Node) {
        let verdict = match &node.op {
            None => Err(Void::Sealed),
            Some(Op::Merge) => Ok(()),
            Some(_) => Err(Void::Unreadable),
        };
        self.verdicts.insert(n, verdict);
    }

    fn verdict(&self, dag: &Dag, n: u32) -> Result<(), Void> {
        let node = dag.node(n);
        let op = node.op.as_ref().ok_or(Void::Sealed)?;
        self.trusted(dag, n)?;
        match op {
            Op::Merge => Ok(()),
            Op::Genesis(_) => {
                if dag.carried(n).map(Identity::user) == Some(node.author) {
                    Ok(())
                } else {
                    Err(Void::Unreadable)
                }
            }
            Op::Epoch(_) => self.holds(dag, &node.author, everyone(self.guild.ok_or(Void::Unreadable)?), n),
            Op::Act(acting, act) => self.allows(dag, n, *acting, act),
            Op::Post(_) | Op::Notice(_) | Op::Unknown => Err(Void::Unreadable),
        }
    }

    /// Objections to the device: on a fork, or revoked.
    fn trusted(&self, dag: &Dag, n: u32) -> Result<(), Void> {
        let node = dag.node(n);
        let log = dag.branches()[node.branch as usize].log;
        if dag.forks().get(&log).is_some_and(|at| node.seq >= *at) && !dag.includes(&self.witness, n) {
            return Err(Void::Forked);
        }
        match self.devices_revoked.get(&log.device) {
            Some(revocations) if revocations.iter().any(|v| !dag.saw(*v, n)) => Err(Void::Revoked),
            _ => Ok(()),
        }
    }

    fn allows(&self, dag: &Dag, n: u32, acting: Acting, act: &Act) -> Result<(), Void> {
        let author = &dag.node(n).author;
        let rank = self.rank(acting).ok_or(Void::NotHeld)?;
        match acting {
            Acting::Owner(term) => {
                if term != 0 || self.owner != Some(*author) {
                    return Err(Void::NotHeld);
                }
            }
            Acting::Role(role) => self.holds(dag, author, role, n)?,
        }
        let needs = |permission| if self.permits(acting, permission) { Ok(()) } else { Err(Void::NotAllowed) };
        let below = |role: &RoleId| match self.roles.get(role) {
            Some(role) if role.rank < rank => Ok(()),
            _ => Err(Void::Outranked),
        };
        match act {
            Act::Guild { .. } => needs(Permissions::MANAGE_GUILD),
            Act::Channel { .. } | Act::ChannelUpdate { .. } | Act::ChannelDelete { .. } => {
                needs(Permissions::MANAGE_CHANNELS)
            }
            Act::Invite { roles, .. } => {
                needs(Permissions::CREATE_INVITE)?;
                if !roles.is_empty() {
                    needs(Permissions::MANAGE_ROLES)?;
                }
                roles.iter().try_for_each(below)
            }
            Act::InviteRevoke { invite } => {
                let made = dag.find(&OpId(invite.0)).filter(|made| dag.saw(n, *made)).ok_or(Void::Invite)?;
                if dag.node(made).author == *author { Ok(()) } else { needs(Permissions::MANAGE_GUILD) }
            }
            Act::Admit { .. } if rank != 0 => Err(Void::Unreadable),
            Act::Admit { invite, .. } => {
                let user = dag.carried(n).map(Identity::user).ok_or(Void::Unreadable)?;
                self.admits(dag, n, invite, &user)
            }
            Act::Grant { role, .. } => {
                needs(Permissions::MANAGE_ROLES)?;
                below(role)
            }
            Act::Revoke { user, .. } if user == author => Ok(()),
            Act::Revoke { role, .. } if self.guild.map(everyone) == Some(*role) => Err(Void::NotAllowed),
            Act::Revoke { role, user } => {
                needs(Permissions::MANAGE_ROLES)?;
                below(role)?;
                self.outranks(dag, n, rank, user)
            }
            Act::Kick { user, .. } => {
                needs(Permissions::KICK)?;
                self.outranks(dag, n, rank, user)
            }
            Act::Ban { user, .. } => {
                needs(Permissions::BAN)?;
                self.outranks(dag, n, rank, user)
            }
            Act::Unban { .. } => needs(Permissions::BAN),
            Act::Leave if self.owner == Some(*author) => Err(Void::Outranked),
            Act::Leave => Ok(()),
            Act::Identity { op } if op.value.user == *author => Ok(()),
            Act::Identity { .. } => Err(Void::Unreadable),
        }
    }

    fn permits(&self, acting: Acting, permission: Permissions) -> bool {
        let of = |role: &RoleId| self.roles.get(role).map_or(Permissions::default(), |r| r.permissions);
        match acting {
            Acting::Owner(_) => true,
            Acting::Role(role) => {
                let base = self.guild.map_or(Permissions::default(), |guild| of(&everyone(guild)));
                (of(&role) | base).allows(permission)
            }
        }
    }

    fn admits(&self, dag: &Dag, n: u32, invite: &InviteId, user: &UserId) -> Result<(), Void> {
        let record = self.invites.get(invite).filter(|i| dag.saw(n, i.node)).ok_or(Void::Invite)?;
        let Some(Op::Act(_, Act::Invite { max_uses, .. })) = &dag.node(record.node).op else {
            return Err(Void::Invite);
        };
        // A plain member's revocation binds only admissions that saw it: equals cannot void each other's acts.
        let mut revocations = self.revocations.get(invite).into_iter().flatten();
        if revocations.any(|(v, rank)| if *rank > 0 { !dag.saw(*v, n) } else { dag.saw(n, *v) }) {
            return Err(Void::Invite);
        }
        let before: BTreeSet<&UserId> =
            record.admitted.iter().filter(|(a, u)| dag.saw(n, *a) && u != user).map(|(_, u)| u).collect();
        if max_uses.is_some_and(|max| before.len() >= max as usize) {
            return Err(Void::Invite);
        }
        if self.removed_before(dag, n, record.node, user) {
            return Err(Void::Invite);
        }
        self.not_banned(dag, n, user)?;
        if dag.is_proved(n) { Ok(()) } else { Err(Void::Invite) }
    }

    /// Whether the admission `n` knew of a removal that its invite did not know of.
    fn removed_before(&self, dag: &Dag, n: u32, invite: u32, user: &UserId) -> bool {
        self.users.get(user).is_some_and(|s| s.removed.iter().any(|v| dag.saw(n, *v) && !dag.saw(invite, *v)))
    }

    /// A ban objects to every admission that did not see it lifted, unless it had seen the admission.
    fn not_banned(&self, dag: &Dag, n: u32, user: &UserId) -> Result<(), Void> {
        let Some(standing) = self.users.get(user) else { return Ok(()) };
        let lifted = |ban: u32| standing.unbans.iter().any(|unban| dag.saw(*unban, ban) && dag.saw(n, *unban));
        let objects = standing.bans.iter().any(|ban| !dag.saw(*ban, n) && !lifted(*ban));
        if objects { Err(Void::Banned) } else { Ok(()) }
    }

    /// Whether the author of `n` holds a role by a grant that `n` had seen and that no unseen removal takes.
    fn holds(&self, dag: &Dag, user: &UserId, role: RoleId, n: u32) -> Result<(), Void> {
        let Some(standing) = self.users.get(user) else { return Err(Void::NotHeld) };
        let held = standing.grants.get(&role).is_some_and(|grants| {
            grants.iter().any(|grant| {
                dag.saw(n, *grant)
                    && *grant != n
                    && !self.takes(standing, role).any(|v| !dag.saw(*grant, v) && !dag.saw(v, n))
                    && !leaves(standing, role).any(|l| l != n && dag.saw(n, l) && !dag.saw(*grant, l))
            })
        });
        if held { Ok(()) } else { Err(Void::NotHeld) }
    }

    /// Whether the target's rank is below `rank`, counting promotions that `n` has not seen, and demotions only where
    /// it has.
    fn outranks(&self, dag: &Dag, n: u32, rank: u32, target: &UserId) -> Result<(), Void> {
        if self.owner == Some(*target) || dag.node(n).author == *target {
            return Err(Void::Outranked);
        }
        let Some(standing) = self.users.get(target) else { return Ok(()) };
        for (role, grants) in &standing.grants {
            let role_rank = self.roles.get(role).map_or(0, |role| role.rank);
            let counts = |grant: &u32| {
                let later = dag.saw(*grant, n);
                let taken = self.takes(standing, *role).any(|v| dag.saw(n, v) && !dag.saw(*grant, v));
                !later && !taken
            };
            if role_rank >= rank && grants.iter().any(counts) {
                return Err(Void::Outranked);
            }
        }
        Ok(())
    }

    fn holds_now(&self, dag: &Dag, standing: &Standing, role: RoleId) -> bool {
        standing.grants.get(&role).is_some_and(|grants| {
            grants.iter().any(|grant| {
                !self.takes(standing, role).any(|v| !dag.saw(*grant, v))
                    && !leaves(standing, role).any(|l| !dag.saw(*grant, l))
            })
        })
    }

    fn takes<'a>(&self, standing: &'a Standing, role: RoleId) -> impl Iterator<Item = u32> + use<'a> {
        standing.removed.iter().chain(standing.revoked.get(&role).into_iter().flatten()).copied()
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

    fn record(&mut self, dag: &Dag, n: u32) {
        let node = dag.node(n);
        let author = node.author;
        let Some(guild) = self.guild else { return };
        let base = everyone(guild);
        match &node.op {
            Some(Op::Genesis(_)) => {
                self.owner = Some(author);
                self.grant(author, base, n);
            }
            Some(Op::Act(acting, act)) => self.record_act(dag, n, *acting, act, base),
            _ => {}
        }
    }

    fn record_act(&mut self, dag: &Dag, n: u32, acting: Acting, act: &Act, base: RoleId) {
        let author = dag.node(n).author;
        match act {
            Act::Invite { .. } => {
                let id = InviteId(dag.node(n).id.0);
                self.invites.insert(id, InviteRecord { node: n, admitted: Vec::new() });
            }
            Act::InviteRevoke { invite } => {
                let rank = self.rank(acting).unwrap_or(0);
                self.revocations.entry(*invite).or_default().push((n, rank));
                // Somebody may have been let in by it meanwhile, and given keys.
                self.takeaways.push(n);
            }
            Act::Admit { invite, .. } => {
                let Some(user) = dag.carried(n).map(Identity::user) else { return };
                let Some(record) = self.invites.get_mut(invite) else { return };
                record.admitted.push((n, user));
                self.grant(user, base, n);
            }
            Act::Grant { role, user } => {
                self.grant(*user, *role, n);
                self.grant(*user, base, n);
            }
            Act::Revoke { user, .. } if *user == author => {}
            Act::Revoke { role, user } => {
                self.users.entry(*user).or_default().revoked.entry(*role).or_default().push(n);
                // Whoever they let in meanwhile by virtue of the role may have been given keys.
                self.takeaways.push(n);
            }
            Act::Kick { user, .. } | Act::Ban { user, .. } => {
                let standing = self.users.entry(*user).or_default();
                standing.removed.push(n);
                if matches!(act, Act::Ban { .. }) {
                    standing.bans.push(n);
                }
                self.takeaways.push(n);
            }
            Act::Unban { user } => self.users.entry(*user).or_default().unbans.push(n),
            Act::Leave => {}
            Act::Identity { op } => {
                if matches!(op.value.act, IdentityAct::UserKem { .. } | IdentityAct::RevokeDevice { .. }) {
                    self.takeaways.push(n);
                }
            }
            Act::Guild { .. } | Act::Channel { .. } | Act::ChannelUpdate { .. } | Act::ChannelDelete { .. } => {}
        }
    }

    fn grant(&mut self, user: UserId, role: RoleId, grant: u32) {
        self.users.entry(user).or_default().grants.entry(role).or_default().push(grant);
    }
}

fn leaves(standing: &Standing, role: RoleId) -> impl Iterator<Item = u32> + '_ {
    standing.left.iter().filter(move |(what, _)| what.is_none_or(|r| r == role)).map(|(_, n)| *n)
}

/// What users other than the author have cited of forked logs.
fn witness(dag: &Dag) -> Clock {
    let forked: Vec<(u32, Option<UserId>)> = (0u32..)
        .zip(dag.branches())
        .filter(|(_, branch)| dag.forks().contains_key(&branch.log))
        .map(|(b, branch)| (b, dag.user_of(&branch.log.device)))
        .collect();
    let mut witness = Clock::default();
    for n in dag.ordered() {
        let node = dag.node(n);
        for (branch, user) in &forked {
            if *user != Some(node.author) {
                witness.raise(*branch, node.clock.count(*branch));
            }
        }
    }
    witness
}
