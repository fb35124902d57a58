//! The law again, slowly: the rules of docs/protocol.md, "Authority", written out over explicit sets of ancestors, with
//! nothing of [`crate::authority`], [`crate::fold`], [`crate::dag`] or [`crate::clock`]. Quadratic and worse.
//!
//! Where the page leaves a choice, the one taken here says so with the word *Choice*.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::{Context, DeviceId, Domain, EpochId, EpochSecret, Identity, UserId, hash};

use crate::{
    model::{ChannelId, GuildId, Hlc, Invite, InviteId, LogId, OpId, RoleId},
    op::{self, Act, Acting, Entry, Op, invite_proof},
};

const OWNER: u32 = u32::MAX;
const ADMIN: u32 = 1_000;

/// One control op with its whole past.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Its id.
    pub id: OpId,
    /// Its log and place.
    pub place: (LogId, u64),
    /// Its timestamp.
    pub hlc: Hlc,
    /// Who signed it.
    pub author: Option<UserId>,
    /// What it says; `None` where no key opens it.
    pub says: Option<Op>,
    /// Every op before it, itself not included.
    pub past: BTreeSet<usize>,
}

/// What the law comes to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The guild's name.
    pub name: String,
    /// The owner.
    pub owner: Option<UserId>,
    /// Members and the roles they hold beside `@everyone`.
    pub members: BTreeMap<UserId, BTreeSet<RoleId>>,
    /// Banned users.
    pub bans: BTreeSet<UserId>,
    /// Channels: name and topic.
    pub channels: BTreeMap<ChannelId, (String, String)>,
    /// Invites that stand.
    pub invites: BTreeMap<InviteId, Invite>,
}

/// All control ops of a guild, causes before effects.
#[derive(Debug)]
pub struct History {
    guild: GuildId,
    /// The ops, by (hlc, id).
    pub facts: Vec<Fact>,
    known: BTreeSet<UserId>,
    forks: BTreeMap<LogId, u64>,
    effective: BTreeSet<usize>,
    /// Effective ops in the order in which they were settled.
    settled: Vec<usize>,
}

impl History {
    /// Settles these ops, of which `secrets` open the sealed ones. Ops whose past is not whole are left out.
    #[must_use]
    pub fn new(guild: GuildId, entries: &[Entry], secrets: &BTreeMap<EpochId, EpochSecret>) -> Self {
        let mut history = Self {
            guild,
            facts: Vec::new(),
            known: BTreeSet::new(),
            forks: BTreeMap::new(),
            effective: BTreeSet::new(),
            settled: Vec::new(),
        };
        history.place(entries, secrets);
        history.find_forks();
        history.settle();
        history
    }

    /// The law as an op's author knew it: settled over its past alone.
    #[must_use]
    pub fn as_seen_by(&self, n: usize) -> Self {
        let past: Vec<usize> = self.facts[n].past.iter().copied().collect();
        let at = |earlier: &usize| past.binary_search(earlier).unwrap_or(0);
        let facts = past.iter().map(|e| {
            let fact = &self.facts[*e];
            Fact { past: fact.past.iter().map(at).collect(), ..fact.clone() }
        });
        let mut history = Self {
            guild: self.guild,
            facts: facts.collect(),
            known: self.known.clone(),
            forks: BTreeMap::new(),
            effective: BTreeSet::new(),
            settled: Vec::new(),
        };
        history.find_forks();
        history.settle();
        history
    }

    /// Whether a user is a member.
    #[must_use]
    pub fn has_member(&self, user: UserId) -> bool {
        !self.banned(user) && (self.holds_now(user, self.everyone()) || self.owner() == Some(user))
    }

    fn place(&mut self, entries: &[Entry], secrets: &BTreeMap<EpochId, EpochSecret>) {
        let mut sorted: Vec<&Entry> = entries.iter().collect();
        sorted.sort_by_key(|e| (e.header.hlc, e.header.id()));
        sorted.dedup_by_key(|e| e.header.id());
        let mut at: BTreeMap<OpId, usize> = BTreeMap::new();
        let mut identities: BTreeMap<DeviceId, UserId> = BTreeMap::new();
        for entry in sorted {
            let h = &entry.header;
            let prev = (h.seq > 0).then_some(h.prev);
            let cited: Option<Vec<usize>> =
                h.auth.iter().map(|r| r.id).chain(prev).map(|id| at.get(&id).copied()).collect();
            let Some(cited) = cited else { continue };
            let mut past: BTreeSet<usize> = cited.iter().copied().collect();
            for earlier in cited {
                past.extend(self.facts[earlier].past.iter().copied());
            }
            let secret = h.epoch.and_then(|epoch| secrets.get(&epoch));
            let says = match (&entry.payload, h.epoch, secret) {
                (Some(payload), None, _) => Some(op::open(h, payload, None)),
                (Some(payload), Some(_), Some(secret)) => Some(op::open(h, payload, Some(secret))),
                _ => None,
            };
            let chain = match &says {
                Some(Op::Genesis(genesis)) => Some(&genesis.owner),
                Some(Op::Act(_, Act::Admit { guest, .. })) => Some(guest),
                _ => None,
            };
            if let Some(identity) = chain.and_then(|chain| chain.verify().ok()) {
                self.learn(&identity, &mut identities);
            }
            at.insert(h.id(), self.facts.len());
            self.facts.push(Fact {
                id: h.id(),
                place: (h.log, h.seq),
                hlc: h.hlc,
                author: identities.get(&h.log.device).copied(),
                says,
                past,
            });
        }
    }

    fn learn(&mut self, identity: &Identity, devices: &mut BTreeMap<DeviceId, UserId>) {
        self.known.insert(identity.user());
        for device in identity.devices().keys() {
            devices.entry(*device).or_insert(identity.user());
        }
    }

    /// Where a log first holds two ops at one place.
    fn find_forks(&mut self) {
        let mut first: BTreeMap<(LogId, u64), OpId> = BTreeMap::new();
        for fact in &self.facts {
            let other = *first.entry(fact.place).or_insert(fact.id);
            if other != fact.id {
                let at = self.forks.entry(fact.place.0).or_insert(fact.place.1);
                *at = (*at).min(fact.place.1);
            }
        }
    }

    fn saw(&self, later: usize, earlier: usize) -> bool {
        later == earlier || self.facts[later].past.contains(&earlier)
    }

    fn everyone(&self) -> RoleId {
        RoleId(hash(Context::Role, &[&self.guild.0[..], b"everyone"].concat()))
    }

    fn admin(&self) -> RoleId {
        RoleId(hash(Context::Role, &[&self.guild.0[..], b"admin"].concat()))
    }

    fn rank_of(&self, role: RoleId) -> Option<u32> {
        if role == self.everyone() {
            Some(0)
        } else if role == self.admin() {
            Some(ADMIN)
        } else {
            None
        }
    }

    fn rank(&self, n: usize) -> Option<u32> {
        match self.facts[n].says.as_ref()? {
            Op::Genesis(_) => Some(OWNER),
            Op::Epoch(_) => Some(0),
            Op::Act(Acting::Owner(0), _) => Some(OWNER),
            Op::Act(Acting::Role(role), _) => self.rank_of(*role),
            _ => None,
        }
    }

    /// Rule 2: by rank, highest first; what is settled stays settled.
    fn settle(&mut self) {
        let ranked: Vec<(u32, usize)> = (0..self.facts.len()).filter_map(|n| Some((self.rank(n)?, n))).collect();
        for rank in [OWNER, ADMIN, 0] {
            for (_, n) in ranked.iter().filter(|(r, _)| *r == rank) {
                if self.stands(*n, rank) {
                    self.effective.insert(*n);
                    self.settled.push(*n);
                }
            }
        }
    }

    /// Whether an op has effect.
    #[must_use]
    pub fn is_effective(&self, n: usize) -> bool {
        self.effective.contains(&n)
    }

    fn owner(&self) -> Option<UserId> {
        self.facts.iter().find(|f| matches!(f.says, Some(Op::Genesis(_)))).and_then(|f| f.author)
    }

    fn acts(&self) -> impl Iterator<Item = (usize, &Act)> {
        self.settled.iter().filter_map(|n| match &self.facts[*n].says {
            Some(Op::Act(_, act)) => Some((*n, act)),
            _ => None,
        })
    }

    /// Effective ops that give a role to a user.
    fn grants(&self, user: UserId, role: RoleId) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        if role == self.everyone() && self.owner() == Some(user) {
            found.extend(self.settled.iter().filter(|n| matches!(self.facts[**n].says, Some(Op::Genesis(_)))));
        }
        for (n, act) in self.acts() {
            let gives = match act {
                Act::Grant { role: given, user: whom } => *whom == user && (*given == role || role == self.everyone()),
                // The roles an invite promises come by a grant of their own.
                Act::Admit { guest, .. } => guest.user() == user && role == self.everyone(),
                _ => false,
            };
            if gives {
                found.push(n);
            }
        }
        found
    }

    /// Effective ops by others that take a role from a user: revocations of it, kicks, bans.
    fn takes(&self, user: UserId, role: RoleId) -> Vec<usize> {
        self.acts()
            .filter(|(n, act)| match act {
                Act::Revoke { role: taken, user: whom } => {
                    *whom == user && *taken == role && self.facts[*n].author != Some(user)
                }
                Act::Kick { user: whom, .. } | Act::Ban { user: whom, .. } => *whom == user,
                _ => false,
            })
            .map(|(n, _)| n)
            .collect()
    }

    /// Effective kicks and bans of a user.
    #[must_use]
    pub fn removals(&self, user: UserId) -> Vec<usize> {
        self.acts()
            .filter(|(_, act)| match act {
                Act::Kick { user: whom, .. } | Act::Ban { user: whom, .. } => *whom == user,
                _ => false,
            })
            .map(|(n, _)| n)
            .collect()
    }

    /// Effective leaves of a user.
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
    /// itself void counts, unless it is lost in a fork.
    fn leaves(&self, user: UserId, role: RoleId) -> Vec<usize> {
        if self.owner() == Some(user) && role == self.everyone() {
            return Vec::new();
        }
        let leaves = |fact: &Fact| {
            fact.author == Some(user)
                && match &fact.says {
                    Some(Op::Act(_, Act::Leave)) => self.owner() != Some(user),
                    Some(Op::Act(_, Act::Revoke { role: left, user: whom })) => *whom == user && *left == role,
                    _ => false,
                }
        };
        (0..self.facts.len()).filter(|n| leaves(&self.facts[*n]) && !self.forked_away(*n)).collect()
    }

    /// Supports must be seen; objections need not be, unless they had seen the act.
    fn holds(&self, user: UserId, role: RoleId, n: usize) -> bool {
        self.grants(user, role).into_iter().any(|grant| {
            grant != n
                && self.saw(n, grant)
                && !self.takes(user, role).into_iter().any(|v| !self.saw(grant, v) && !self.saw(v, n))
                && !self.leaves(user, role).into_iter().any(|l| l != n && self.saw(n, l) && !self.saw(grant, l))
        })
    }

    /// Whether a user holds a role when all is known.
    fn holds_now(&self, user: UserId, role: RoleId) -> bool {
        self.grants(user, role).into_iter().any(|grant| {
            !self.takes(user, role).into_iter().any(|v| !self.saw(grant, v))
                && !self.leaves(user, role).into_iter().any(|l| !self.saw(grant, l))
        })
    }

    /// The author outranks the target, counting promotions it has not seen.
    ///
    /// *Choice*: a promotion that had seen the act does not count against it; a demotion counts only where seen.
    fn outranks(&self, n: usize, rank: u32, target: UserId) -> bool {
        if self.owner() == Some(target) || self.facts[n].author == Some(target) {
            return false;
        }
        let mut high = [self.everyone(), self.admin()].into_iter().filter(|r| self.rank_of(*r) >= Some(rank));
        !high.any(|role| {
            self.grants(target, role).into_iter().any(|grant| {
                let later = grant != n && self.saw(grant, n);
                let taken = self.takes(target, role).into_iter().any(|v| self.saw(n, v) && !self.saw(grant, v));
                !later && !taken
            })
        })
    }

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
                    self.grants(user, *role).is_empty()
                        && self.takes(user, *role).is_empty()
                        && self.leaves(user, *role).is_empty()
                };
                owed.extend(roles.iter().copied().filter(fresh).map(|role| (user, role)));
            }
        }
        owed
    }

    /// Whether what a user wrote who had seen these acts, and what they had seen, stands by the user's membership alone.
    #[must_use]
    pub fn stands_by(&self, user: UserId, cited: &[usize]) -> bool {
        let seen = |n: usize| cited.iter().any(|later| self.saw(*later, n));
        let everyone = self.everyone();
        self.grants(user, everyone).into_iter().any(|grant| {
            seen(grant)
                && !self.takes(user, everyone).into_iter().any(|v| !self.saw(grant, v))
                && !self.leaves(user, everyone).into_iter().any(|l| seen(l) && !self.saw(grant, l))
        })
    }

    /// Whether anything was ever taken from a user or given up by them.
    #[must_use]
    pub fn ever_lost(&self, user: UserId) -> bool {
        [self.everyone(), self.admin()]
            .into_iter()
            .any(|role| !self.takes(user, role).is_empty() || !self.leaves(user, role).is_empty())
    }

    /// Whether an invite was made in ignorance of a removal of a user.
    #[must_use]
    pub fn removed_since(&self, invite: &InviteId, user: UserId) -> bool {
        let ignorant = |made: usize| self.removals(user).into_iter().any(|v| !self.saw(made, v));
        self.invite(invite).is_some_and(|(made, _)| ignorant(made))
    }

    /// A user's highest rank now.
    #[must_use]
    pub fn rank_now(&self, user: UserId) -> Option<u32> {
        if self.owner() == Some(user) {
            Some(OWNER)
        } else if !self.has_member(user) {
            None
        } else if self.holds_now(user, self.admin()) {
            Some(ADMIN)
        } else {
            Some(0)
        }
    }

    /// The effective op that made an invite.
    fn invite(&self, id: &InviteId) -> Option<(usize, &Act)> {
        self.acts().find(|(n, act)| matches!(act, Act::Invite { .. }) && self.facts[*n].id.0 == id.0)
    }

    /// A ban stands in the way of whatever it had not seen and that had not seen it lifted.
    fn barred(&self, n: usize, user: UserId) -> bool {
        let lifted = |ban: usize| {
            self.acts().any(|(u, act)| {
                matches!(act, Act::Unban { user: whom } if *whom == user) && self.saw(u, ban) && self.saw(n, u)
            })
        };
        self.acts().any(|(ban, act)| {
            matches!(act, Act::Ban { user: whom, .. } if *whom == user) && !self.saw(ban, n) && !lifted(ban)
        })
    }

    /// Whether a ban stands that no unban saw. *Choice*: a grant that saw the ban does not lift it; such a user may act
    /// under the role, and is no member.
    fn banned(&self, user: UserId) -> bool {
        self.acts().any(|(ban, act)| {
            matches!(act, Act::Ban { user: whom, .. } if *whom == user)
                && !self
                    .acts()
                    .any(|(u, act)| matches!(act, Act::Unban { user: whom } if *whom == user) && self.saw(u, ban))
        })
    }

    fn forked_away(&self, n: usize) -> bool {
        let fact = &self.facts[n];
        self.forks.get(&fact.place.0).is_some_and(|at| fact.place.1 >= *at)
            && !(0..self.facts.len()).any(|w| self.facts[w].author != fact.author && self.saw(w, n))
    }

    fn stands(&self, n: usize, rank: u32) -> bool {
        let fact = &self.facts[n];
        let (Some(author), Some(says)) = (fact.author, &fact.says) else { return false };
        if self.forked_away(n) {
            return false;
        }
        let act = match says {
            Op::Genesis(genesis) => return genesis.owner.user() == author,
            Op::Epoch(_) => return self.holds(author, self.everyone(), n),
            Op::Act(acting, act) => {
                let may_act = match acting {
                    Acting::Owner(_) => self.owner() == Some(author),
                    Acting::Role(role) => self.holds(author, *role, n),
                };
                if !may_act {
                    return false;
                }
                act
            }
            _ => return false,
        };
        let manages = rank >= ADMIN;
        let below = |role: &RoleId| self.rank_of(*role).is_some_and(|r| r < rank);
        match act {
            Act::Guild { .. } | Act::Channel { .. } | Act::ChannelUpdate { .. } | Act::ChannelDelete { .. } => manages,
            Act::Invite { roles, .. } => roles.is_empty() || (manages && roles.iter().all(below)),
            Act::InviteRevoke { invite } => {
                let made = (0..self.facts.len()).find(|m| self.facts[*m].id.0 == invite.0 && self.saw(n, *m));
                made.is_some_and(|made| manages || self.facts[made].author == Some(author))
            }
            Act::Admit { invite, guest, proof } => rank == 0 && self.admits(n, invite, guest, proof),
            Act::Grant { role, .. } => manages && below(role),
            Act::Revoke { user, .. } if *user == author => true,
            // Membership is taken by a kick.
            Act::Revoke { role, .. } if *role == self.everyone() => false,
            Act::Revoke { role, user } => manages && below(role) && self.outranks(n, rank, *user),
            Act::Kick { user, .. } | Act::Ban { user, .. } => manages && self.outranks(n, rank, *user),
            Act::Unban { .. } => manages,
            Act::Leave => self.owner() != Some(author),
            Act::Identity { op } => op.value.user == author,
        }
    }

    /// Rule 9. *Choice*: a revocation by a plain member binds only what saw it, one by a manager also what is
    /// concurrent; a user whose removal the admission knew of needs an invite that knew of it too.
    fn admits(
        &self,
        n: usize,
        invite: &InviteId,
        guest: &bivouac_crypto::IdentityChain,
        proof: &bivouac_crypto::Signature,
    ) -> bool {
        let Ok(identity) = guest.verify() else { return false };
        let user = identity.user();
        let Some((made, Act::Invite { key, max_uses, .. })) = self.invite(invite) else { return false };
        if !self.saw(n, made) {
            return false;
        }
        let revoked = self.acts().any(|(v, act)| {
            matches!(act, Act::InviteRevoke { invite: id } if id == invite)
                && if self.rank(v) > Some(0) { !self.saw(v, n) } else { self.saw(n, v) }
        });
        let guests: BTreeSet<UserId> = self
            .acts()
            .filter_map(|(a, act)| match act {
                Act::Admit { invite: id, guest, .. } if id == invite && self.saw(n, a) => Some(guest.user()),
                _ => None,
            })
            .filter(|other| *other != user)
            .collect();
        let full = max_uses.is_some_and(|max| guests.len() >= max as usize);
        let removed = self.removals(user).into_iter().any(|v| self.saw(n, v) && !self.saw(made, v));
        let proved = key.verify(Domain::Invite, &invite_proof(self.guild, user), proof).is_ok();
        !revoked && !full && !removed && !self.barred(n, user) && proved
    }

    /// What the law comes to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let mut verdict = Verdict { owner: self.owner(), ..Verdict::default() };
        for user in &self.known {
            if self.has_member(*user) {
                let roles = [self.admin()].into_iter().filter(|role| self.holds_now(*user, *role)).collect();
                verdict.members.insert(*user, roles);
            }
        }
        for (_, act) in self.acts() {
            if let Act::Ban { user, .. } = act
                && self.banned(*user)
            {
                verdict.bans.insert(*user);
            }
        }
        // Properties: the later by (hlc, id) stands, and a deletion stands for good.
        let mut in_order: Vec<(usize, &Act)> = self.acts().collect();
        in_order.sort_by_key(|(n, _)| *n);
        let mut deleted = BTreeSet::new();
        for (n, act) in in_order {
            match act {
                Act::Guild { name } => verdict.name = name.to_string(),
                Act::Channel { name, topic, .. } => {
                    let id = ChannelId(self.facts[n].id.0);
                    verdict.channels.insert(id, (name.to_string(), topic.to_string()));
                }
                Act::ChannelUpdate { channel, name, topic } => {
                    if let Some(known) = verdict.channels.get_mut(channel) {
                        if let Some(name) = name {
                            known.0 = name.to_string();
                        }
                        if let Some(topic) = topic {
                            known.1 = topic.to_string();
                        }
                    }
                }
                Act::ChannelDelete { channel } => {
                    deleted.insert(*channel);
                }
                Act::Invite { max_uses, expires_ms, roles, .. } => {
                    let id = InviteId(self.facts[n].id.0);
                    let revoked = self.acts().any(|(_, a)| matches!(a, Act::InviteRevoke { invite } if *invite == id));
                    let guests: BTreeSet<UserId> = self
                        .acts()
                        .filter_map(|(_, a)| match a {
                            Act::Admit { invite, guest, .. } if *invite == id => Some(guest.user()),
                            _ => None,
                        })
                        .collect();
                    if let (false, Some(author)) = (revoked, self.facts[n].author) {
                        let invite = Invite {
                            author,
                            max_uses: *max_uses,
                            expires_ms: *expires_ms,
                            roles: roles.iter().copied().collect(),
                            uses: u32::try_from(guests.len()).unwrap_or(u32::MAX),
                        };
                        verdict.invites.insert(id, invite);
                    }
                }
                _ => {}
            }
        }
        verdict.channels.retain(|id, _| !deleted.contains(id));
        verdict
    }
}
