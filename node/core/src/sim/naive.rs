//! The law again, slowly: the rules of docs/protocol.md, "Authority", written out over explicit sets of ancestors, with
//! nothing of [`crate::authority`], [`crate::fold`], [`crate::dag`] or [`crate::clock`]. Quadratic and worse.
//!
//! Where the page leaves a choice, the one taken here says so with the word *Choice*.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::{Context, DeviceId, Domain, EpochId, EpochSecret, Identity, UserId, hash};

use crate::{
    model::{
        Channel, ChannelId, GuildId, Hlc, Invite, InviteId, LogId, Nature, OpId, Overwrite, Permissions, RoleId, Target,
    },
    op::{self, Act, Acting, Audience, Entry, Op, invite_proof},
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
    /// Members.
    pub members: BTreeMap<UserId, Standing>,
    /// Banned users.
    pub bans: BTreeSet<UserId>,
    /// Roles: name, rank, permissions.
    pub roles: BTreeMap<RoleId, (String, u32, Permissions)>,
    /// Channels that exist.
    pub channels: BTreeMap<ChannelId, Channel>,
    /// Invites that stand.
    pub invites: BTreeMap<InviteId, Invite>,
}

/// A member: the roles held beside `@everyone`, what they are called, until when they are silenced.
pub type Standing = (BTreeSet<RoleId>, Option<String>, Option<u64>);

/// All control ops of a guild, causes before effects.
#[derive(Debug)]
pub struct History {
    guild: GuildId,
    /// The ops, by (hlc, id).
    pub facts: Vec<Fact>,
    known: BTreeSet<UserId>,
    forks: BTreeMap<LogId, u64>,
    /// Effective ops, with the rank they were done under.
    effective: BTreeMap<usize, u32>,
    /// The owners, each with the op that began their term.
    terms: Vec<(UserId, usize)>,
}

/// From where one looks at what was given and taken.
#[derive(Clone, Copy)]
enum Eye<'a> {
    /// An act, under this rank.
    Act(usize, u32),
    /// An act under this rank that had seen everything.
    Next(u32),
    /// Content that cites these: what its author did not know counts too.
    Content(&'a [usize]),
    /// Content that cites these, by what its author knew.
    Known(&'a [usize]),
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
            effective: BTreeMap::new(),
            terms: Vec::new(),
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
            effective: BTreeMap::new(),
            terms: Vec::new(),
        };
        history.find_forks();
        history.settle();
        history
    }

    /// Whether a user is a member.
    #[must_use]
    pub fn has_member(&self, user: UserId) -> bool {
        self.owner() == Some(user) || !self.banned(user) && self.holds(Eye::Next(0), user, self.everyone())
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

    // ── ranks ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// The rank a role was made with, by whatever op.
    fn declared(&self, role: RoleId) -> Option<(Option<usize>, u32)> {
        if role == self.everyone() {
            return Some((None, 0));
        }
        if role == self.admin() {
            return Some((None, ADMIN));
        }
        let made = self.facts.iter().position(|f| f.id.0 == role.0)?;
        match &self.facts[made].says {
            Some(Op::Act(_, Act::RoleCreate { rank, .. })) => Some((Some(made), *rank)),
            _ => None,
        }
    }

    /// To what effective acts lowered a role, of those that count.
    fn lowered(&self, role: RoleId, counts: impl Fn(usize) -> bool) -> u32 {
        let ranks = self.acts().filter_map(|(n, act)| match act {
            Act::RoleUpdate { role: of, rank: Some(rank), .. } if *of == role && counts(n) => Some(*rank),
            _ => None,
        });
        ranks.min().unwrap_or(OWNER)
    }

    /// The rank an op is done under: *Choice*: a lowering binds what it had not seen.
    fn rank(&self, n: usize) -> Option<u32> {
        match self.facts[n].says.as_ref()? {
            Op::Genesis(_) | Op::Act(Acting::Owner(_), _) => Some(OWNER),
            Op::Epoch(_) => Some(0),
            Op::Act(Acting::Role(role), _) => {
                let (made, declared) = self.declared(*role)?;
                let there = made.is_none_or(|made| self.effective.contains_key(&made));
                there.then(|| declared.min(self.lowered(*role, |v| !self.saw(v, n))))
            }
            _ => None,
        }
    }

    /// Rule 2: by rank, highest first; what is settled stays settled.
    fn settle(&mut self) {
        self.find_terms();
        let mut open: BTreeSet<usize> = (0..self.facts.len()).collect();
        loop {
            // The next is of the highest rank that any has now; of these the first.
            let next = open.iter().filter_map(|n| Some((self.rank(*n)?, std::cmp::Reverse(*n)))).max();
            let Some((rank, std::cmp::Reverse(n))) = next else { return };
            open.remove(&n);
            if self.stands(n, rank) {
                self.effective.insert(n, rank);
            }
        }
    }

    /// Rule 4a.
    fn find_terms(&mut self) {
        let owns = |f: &Fact| match &f.says {
            Some(Op::Genesis(genesis)) => f.author == Some(genesis.owner.user()),
            _ => false,
        };
        let Some(first) = self.facts.iter().position(owns) else { return };
        self.terms.extend(self.facts[first].author.map(|owner| (owner, first)));
        while let Some((owner, began)) = self.terms.last().copied() {
            let nth = self.terms.len() - 1;
            let mut found: Vec<(usize, UserId)> = Vec::new();
            for (n, fact) in self.facts.iter().enumerate() {
                let Some(Op::Act(Acting::Owner(term), Act::HandOver { user })) = &fact.says else { continue };
                let named = self.facts.iter().enumerate().any(|(m, f)| {
                    self.saw(n, m)
                        && match &f.says {
                            Some(Op::Genesis(g)) => g.owner.verify().is_ok_and(|i| i.user() == *user),
                            Some(Op::Act(_, Act::Admit { guest, .. })) => {
                                guest.verify().is_ok_and(|i| i.user() == *user)
                            }
                            _ => false,
                        }
                });
                let may = *term as usize == nth
                    && fact.author == Some(owner)
                    && *user != owner
                    && named
                    && self.saw(n, began)
                    && !self.forked_away(n)
                    && !found.iter().any(|(earlier, _)| self.saw(n, *earlier));
                if may {
                    found.push((n, *user));
                }
            }
            let seen = |n: usize| {
                (0..self.facts.len()).filter(|m| self.facts[*m].author == Some(owner) && self.saw(n, *m)).count()
            };
            let best = found.iter().max_by_key(|(n, _)| (seen(*n), std::cmp::Reverse(self.facts[*n].id)));
            match best.copied() {
                Some((n, user)) => self.terms.push((user, n)),
                None => return,
            }
        }
    }

    /// Whether an op has effect.
    #[must_use]
    pub fn is_effective(&self, n: usize) -> bool {
        self.effective.contains_key(&n)
    }

    fn owner(&self) -> Option<UserId> {
        self.terms.last().map(|(owner, _)| *owner)
    }

    /// Whether a user owned the guild when an act was done, as far as its author knew.
    fn owned(&self, user: UserId, eye: Eye<'_>) -> bool {
        self.terms.iter().enumerate().any(|(nth, (owner, began))| {
            let over = self.terms.get(nth + 1).is_some_and(|(_, ended)| self.sees(eye, *ended));
            let later = matches!(eye, Eye::Act(n, _) if self.saw(*began, n));
            *owner == user && !over && !later
        })
    }

    fn acts(&self) -> impl Iterator<Item = (usize, &Act)> {
        self.effective.keys().filter_map(|n| match &self.facts[*n].says {
            Some(Op::Act(_, act)) => Some((*n, act)),
            _ => None,
        })
    }

    // ── for and against ───────────────────────────────────────────────────────────────────────────────────────────────────

    /// Whether an op is seen. None sees itself.
    fn sees(&self, eye: Eye<'_>, n: usize) -> bool {
        match eye {
            Eye::Act(me, _) => me != n && self.saw(me, n),
            Eye::Next(_) => true,
            Eye::Content(cited) | Eye::Known(cited) => cited.iter().any(|later| self.saw(*later, n)),
        }
    }

    /// Whether an objection touches what is looked at: a higher one unseen, but not if it had seen the act; an equal one seen;
    /// a lower one never.
    fn heeds(&self, eye: Eye<'_>, objection: usize) -> bool {
        let rank = self.effective.get(&objection).copied().unwrap_or(0);
        match eye {
            Eye::Act(n, mine) if rank > mine => !self.saw(objection, n),
            Eye::Act(_, mine) => rank == mine && self.sees(eye, objection),
            Eye::Next(mine) => rank >= mine,
            Eye::Content(_) => rank > 0 || self.sees(eye, objection),
            Eye::Known(_) => self.sees(eye, objection),
        }
    }

    fn counts(&self, eye: Eye<'_>, n: usize) -> bool {
        let rank = self.effective.get(&n).copied().unwrap_or(0);
        let least = match eye {
            Eye::Act(_, rank) | Eye::Next(rank) => rank,
            Eye::Content(_) | Eye::Known(_) => 0,
        };
        rank >= least && self.sees(eye, n)
    }

    /// Supports must be seen; objections need not be, unless they had seen the act.
    fn held(&self, eye: Eye<'_>, grounds: &[usize], objections: &[usize], own: &[usize]) -> bool {
        grounds.iter().any(|g| {
            self.counts(eye, *g)
                && !objections.iter().any(|o| !self.saw(*g, *o) && self.heeds(eye, *o))
                && !own.iter().any(|l| !self.saw(*g, *l) && self.sees(eye, *l))
        })
    }

    /// A bar stands that nobody lifted who had seen it.
    fn stopped(&self, eye: Eye<'_>, bars: &[usize], lifts: &[usize]) -> bool {
        bars.iter().any(|b| self.heeds(eye, *b) && !lifts.iter().any(|l| self.counts(eye, *l) && self.saw(*l, *b)))
    }

    fn find(&self, wanted: impl Fn(&Act) -> bool) -> Vec<usize> {
        self.acts().filter(|(_, act)| wanted(act)).map(|(n, _)| n).collect()
    }

    /// Effective ops that give a role to a user.
    fn grants(&self, user: UserId, role: RoleId) -> Vec<usize> {
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
    fn takes(&self, user: UserId, role: RoleId) -> Vec<usize> {
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
    fn leaves(&self, user: UserId, role: RoleId) -> Vec<usize> {
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

    fn holds(&self, eye: Eye<'_>, user: UserId, role: RoleId) -> bool {
        self.held(eye, &self.grants(user, role), &self.takes(user, role), &self.leaves(user, role))
    }

    fn known_roles(&self) -> Vec<RoleId> {
        let made = self.facts.iter().filter(|f| matches!(f.says, Some(Op::Act(_, Act::RoleCreate { .. }))));
        [self.everyone(), self.admin()].into_iter().chain(made.map(|f| RoleId(f.id.0))).collect()
    }

    fn exists(&self, role: RoleId) -> bool {
        let made = self.declared(role).is_some_and(|(made, _)| made.is_none_or(|made| self.is_effective(made)));
        made && self.find(|act| matches!(act, Act::RoleDelete { role: gone } if *gone == role)).is_empty()
    }

    /// The author outranks the target, counting promotions it has not seen.
    ///
    /// *Choice*: a promotion that had seen the act does not count against it; a demotion counts only where seen.
    fn outranks(&self, eye: Eye<'_>, rank: u32, target: UserId) -> bool {
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

    // ── permissions ───────────────────────────────────────────────────────────────────────────────────────────────────────

    /// What these roles allow together.
    fn allowed(&self, eye: Eye<'_>, roles: &[RoleId]) -> Permissions {
        let mut all = Permissions::default();
        for (bit, role) in (0..25).flat_map(|b| roles.iter().map(move |role| (Permissions(1 << b), *role))) {
            let mut set = self.find(|act| match act {
                Act::RoleUpdate { role: of, set, clear, .. } => *of == role && set.any(bit) && !clear.any(bit),
                _ => false,
            });
            let cleared = self
                .find(|act| matches!(act, Act::RoleUpdate { role: of, clear, .. } if *of == role && clear.any(bit)));
            let at_first = if role == self.everyone() {
                Permissions::EVERYONE
            } else if role == self.admin() {
                Permissions::ADMINISTRATOR
            } else {
                let made = self.facts.iter().position(|f| f.id.0 == role.0).filter(|n| self.is_effective(*n));
                if let Some((n, Some(Op::Act(_, Act::RoleCreate { permissions, .. })))) =
                    made.map(|n| (n, &self.facts[n].says))
                {
                    set.extend(permissions.any(bit).then_some(n));
                }
                Permissions::default()
            };
            set.extend(self.terms.first().filter(|_| at_first.any(bit)).map(|(_, n)| *n));
            if self.held(eye, &set, &cleared, &[]) {
                all = all | bit;
            }
        }
        all
    }

    fn made(&self, eye: Eye<'_>, channel: ChannelId) -> Option<(Nature, Option<UserId>)> {
        let made = self.facts.iter().position(|f| f.id.0 == channel.0).filter(|n| self.sees(eye, *n))?;
        match &self.facts[made].says {
            Some(Op::Act(_, Act::Channel { nature, .. })) => Some((*nature, self.facts[made].author)),
            _ => None,
        }
    }

    fn overwrite(&self, eye: Eye<'_>, channel: ChannelId, target: Target) -> Overwrite {
        let mut over = Overwrite::default();
        let private = self.made(eye, channel).filter(|(nature, _)| nature.private);
        for bit in (0..25).map(|b| Permissions(1 << b)) {
            // Which of the three an act says of a bit: deny before neutral before allow.
            let says = |wanted: u8| {
                self.find(|act| match act {
                    Act::Overwrite { channel: at, target: of, allow, deny, neutral }
                        if (*at, *of) == (channel, target) =>
                    {
                        let said = if deny.any(bit) {
                            1
                        } else if neutral.any(bit) {
                            2
                        } else if allow.any(bit) {
                            3
                        } else {
                            0
                        };
                        said == wanted
                    }
                    _ => false,
                })
            };
            let (denied, neutral, allowed) = (says(1), says(2), says(3));
            let (lifts, objections) = ([neutral.clone(), allowed.clone()].concat(), [denied.clone(), neutral].concat());
            if self.stopped(eye, &denied, &lifts) {
                over.deny = over.deny | bit;
                continue;
            }
            let mut held = self.held(eye, &allowed, &objections, &[]);
            if bit == Permissions::VIEW {
                match (target, private) {
                    (Target::Role(role), Some(_)) if role == self.everyone() && !held => over.deny = over.deny | bit,
                    (Target::User(user), private) => {
                        let entered = self.find(|act| matches!(act, Act::Enter { channel: at, user: whom } if (*at, *whom) == (channel, user)));
                        held |= self.held(eye, &entered, &objections, &[]);
                        let creator = private.is_some_and(|(_, creator)| creator == Some(user));
                        held |= creator && !objections.iter().any(|o| self.heeds(eye, *o));
                    }
                    _ => {}
                }
            }
            if held && !over.deny.any(bit) {
                over.allow = over.allow | bit;
            }
        }
        over
    }

    /// What somebody may do with these roles, in the guild or in a channel.
    fn may(&self, eye: Eye<'_>, roles: &[RoleId], user: UserId, channel: Option<ChannelId>) -> Permissions {
        let everyone = self.everyone();
        let all: Vec<RoleId> = roles.iter().copied().chain([everyone]).collect();
        let allowed = self.allowed(eye, &all);
        match channel {
            _ if allowed.any(Permissions::ADMINISTRATOR) => Permissions::ALL,
            None => allowed,
            Some(channel) => {
                let of = |target| self.overwrite(eye, channel, target);
                let others = roles.iter().filter(|role| **role != everyone).map(|role| of(Target::Role(*role)));
                allowed.in_channel(of(Target::Role(everyone)), others, of(Target::User(user)))
            }
        }
    }

    /// What a user may do in a channel, by all the roles that they hold.
    fn in_channel(&self, eye: Eye<'_>, user: UserId, channel: ChannelId) -> Permissions {
        let owns = self.terms.iter().enumerate().any(|(nth, (owner, began))| {
            let over = self.terms.get(nth + 1).is_some_and(|(_, ended)| self.sees(eye, *ended));
            *owner == user && self.sees(eye, *began) && !over
        });
        if owns {
            return Permissions::ALL;
        }
        let roles: Vec<RoleId> = self.known_roles().into_iter().filter(|role| self.holds(eye, user, *role)).collect();
        self.may(eye, &roles, user, Some(channel))
    }

    /// What the author of content that cites these might do in a channel, by what they knew.
    #[must_use]
    pub fn knew(&self, user: UserId, channel: ChannelId, cited: &[usize]) -> Permissions {
        self.in_channel(Eye::Known(cited), user, channel)
    }

    // ── people ────────────────────────────────────────────────────────────────────────────────────────────────────────────

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

    /// The effective op that made an invite.
    fn invite(&self, id: &InviteId) -> Option<(usize, &Act)> {
        self.acts().find(|(n, act)| matches!(act, Act::Invite { .. }) && self.facts[*n].id.0 == id.0)
    }

    /// *Choice*: a grant that saw a ban does not lift it; such a user may act under the role, and is no member.
    fn barred(&self, eye: Eye<'_>, user: UserId) -> bool {
        let bans = self.find(|act| matches!(act, Act::Ban { user: whom, .. } if *whom == user));
        // To be handed the guild is to be let in again.
        let lifts =
            self.find(|act| matches!(act, Act::Unban { user: whom } | Act::HandOver { user: whom } if *whom == user));
        self.stopped(eye, &bans, &lifts)
    }

    fn banned(&self, user: UserId) -> bool {
        self.barred(Eye::Next(0), user)
    }

    fn forked_away(&self, n: usize) -> bool {
        let fact = &self.facts[n];
        self.forks.get(&fact.place.0).is_some_and(|at| fact.place.1 >= *at)
            && !(0..self.facts.len()).any(|w| self.facts[w].author != fact.author && self.saw(w, n))
    }

    fn stands(&self, n: usize, rank: u32) -> bool {
        let fact = &self.facts[n];
        let (Some(author), Some(says)) = (fact.author, &fact.says) else { return false };
        let eye = Eye::Act(n, rank);
        if self.forked_away(n) {
            return false;
        }
        match says {
            Op::Genesis(_) => self.terms.first().is_some_and(|(_, first)| *first == n),
            Op::Epoch(epoch) => {
                let reads = match epoch.audience {
                    Audience::Channel(channel) => self.in_channel(eye, author, channel).any(Permissions::VIEW),
                    _ => true,
                };
                reads && self.holds(eye, author, self.everyone())
            }
            Op::Act(acting, act) => self.may_do(eye, rank, author, *acting, act),
            _ => false,
        }
    }

    /// The role under which a user who has seen everything may do something: the highest.
    #[must_use]
    pub fn acting_for(&self, user: UserId, act: &Act) -> Option<Acting> {
        if self.owner() == Some(user) {
            let acting = Acting::Owner(u32::try_from(self.terms.len() - 1).unwrap_or(0));
            return self.may_do(Eye::Next(OWNER), OWNER, user, acting, act).then_some(acting);
        }
        let mut roles: Vec<_> = self.roles_of(user)?.into_iter().filter_map(|r| Some((self.rank_of(r)?, r))).collect();
        roles.sort_unstable();
        let may = |(rank, role): &(u32, RoleId)| self.may_do(Eye::Next(*rank), *rank, user, Acting::Role(*role), act);
        roles.into_iter().rev().find(may).map(|(_, role)| Acting::Role(role))
    }

    fn may_do(&self, eye: Eye<'_>, rank: u32, author: UserId, acting: Acting, act: &Act) -> bool {
        let may_act = match acting {
            Acting::Owner(term) => {
                let term = term as usize;
                let own = self.terms.get(term).is_some_and(|(owner, began)| *owner == author && self.sees(eye, *began));
                let over = self.terms.get(term + 1).is_some_and(|(_, ended)| match eye {
                    Eye::Act(n, _) => !self.saw(*ended, n),
                    _ => true,
                });
                own && !over
            }
            Acting::Role(role) => self.holds(eye, author, role),
        };
        let roles: Vec<RoleId> = match acting {
            Acting::Owner(_) => Vec::new(),
            Acting::Role(role) => vec![role],
        };
        let allows = |channel: Option<ChannelId>, wanted: Permissions| {
            matches!(acting, Acting::Owner(_)) || self.may(eye, &roles, author, channel).allows(wanted)
        };
        let rank_of = |role: RoleId| {
            let (made, declared) = self.declared(role)?;
            let known = made.is_none_or(|made| self.sees(eye, made));
            known.then(|| declared.min(self.lowered(role, |v| self.sees(eye, v))))
        };
        let below = |role: &RoleId| rank_of(*role).is_some_and(|r| r < rank);
        let above = |user: &UserId| *user != author && self.outranks(eye, rank, *user);
        let manages = || allows(None, Permissions::MANAGE_ROLES);
        let there = |channel: &ChannelId| self.made(eye, *channel).is_some();
        may_act
            && match act {
                Act::Guild { .. } => allows(None, Permissions::MANAGE_GUILD),
                Act::Channel { nature, .. } => nature.is_sound() && allows(None, Permissions::MANAGE_CHANNELS),
                Act::ChannelUpdate { channel, .. } | Act::ChannelDelete { channel } => {
                    there(channel) && allows(Some(*channel), Permissions::MANAGE_CHANNELS)
                }
                Act::Overwrite { channel, target, allow, deny, neutral } => {
                    let changed = *allow | *deny | *neutral;
                    let lacks = |bit: &Permissions| !allows(None, *bit) && !allows(Some(*channel), *bit);
                    let gives_back = allow.any(self.overwrite(eye, *channel, *target).deny);
                    there(channel)
                        && allows(Some(*channel), Permissions::MANAGE_ROLES)
                        && !changed.bits().any(|bit| lacks(&bit))
                        && ((*deny | *neutral).is_empty() && !gives_back
                            || match target {
                                Target::Role(role) => *role == self.everyone() || below(role),
                                Target::User(user) => above(user),
                            })
                }
                Act::Enter { channel, .. } => {
                    rank == 0
                        && self.made(eye, *channel).is_some_and(|(nature, _)| nature.password)
                        && self.in_channel(eye, author, *channel).any(Permissions::VIEW)
                }
                Act::Invite { roles, .. } => {
                    allows(None, Permissions::CREATE_INVITE)
                        && (roles.is_empty() || manages() && roles.iter().all(below))
                }
                Act::InviteRevoke { invite } => {
                    let made = (0..self.facts.len()).find(|m| self.facts[*m].id.0 == invite.0 && self.sees(eye, *m));
                    made.is_some_and(|made| {
                        self.facts[made].author == Some(author) || allows(None, Permissions::MANAGE_GUILD)
                    })
                }
                Act::Admit { invite, guest, proof } => match eye {
                    Eye::Act(n, 0) => self.admits(n, invite, guest, proof),
                    _ => false,
                },
                Act::RoleCreate { rank: new, permissions, .. } => {
                    manages() && allows(None, *permissions) && *new > 0 && *new < rank
                }
                Act::RoleUpdate { role, rank: new, set, change, .. } => {
                    let plain = new.is_none() && *change == crate::act::RoleChange::default();
                    manages()
                        && below(role)
                        && allows(None, *set)
                        && new.is_none_or(|new| new > 0 && rank_of(*role).is_some_and(|r| new < r))
                        && (plain || *role != self.everyone())
                }
                Act::RoleDelete { role } => manages() && below(role) && ![self.everyone(), self.admin()].contains(role),
                Act::Grant { role, .. } => manages() && below(role),
                Act::Revoke { user, .. } | Act::Nick { user, .. } if *user == author => true,
                // Membership is taken by a kick.
                Act::Revoke { role, .. } if *role == self.everyone() => false,
                Act::Revoke { role, user } => manages() && below(role) && above(user),
                Act::Nick { user, .. } => manages() && above(user),
                Act::Kick { user, .. } => allows(None, Permissions::KICK) && above(user),
                Act::Ban { user, .. } => allows(None, Permissions::BAN) && above(user),
                Act::Timeout { user, .. } => allows(None, Permissions::TIMEOUT) && above(user),
                Act::Unban { .. } => allows(None, Permissions::BAN),
                Act::HandOver { user } => match (acting, eye) {
                    (Acting::Owner(_), Eye::Act(n, _)) => self.terms.iter().any(|(_, began)| *began == n),
                    (Acting::Owner(_), _) => *user != author && self.known.contains(user),
                    _ => false,
                },
                Act::Leave => !self.owned(author, eye),
                Act::Identity { op } => op.value.user == author,
            }
    }

    /// Rule 5. *Choice*: a revocation by a plain member binds only what saw it, one by a manager also what is
    /// concurrent; a user whose removal the admission knew of needs an invite that knew of it too.
    fn admits(
        &self,
        n: usize,
        invite: &InviteId,
        guest: &bivouac_crypto::IdentityChain,
        proof: &bivouac_crypto::Signature,
    ) -> bool {
        let eye = Eye::Act(n, 0);
        let Ok(identity) = guest.verify() else { return false };
        let user = identity.user();
        let Some((made, Act::Invite { key, max_uses, .. })) = self.invite(invite) else { return false };
        if !self.sees(eye, made) {
            return false;
        }
        let revocations = self.find(|act| matches!(act, Act::InviteRevoke { invite: id } if id == invite));
        let revoked = revocations.into_iter().any(|v| self.heeds(eye, v));
        let guests: BTreeSet<UserId> = self
            .acts()
            .filter_map(|(a, act)| match act {
                Act::Admit { invite: id, guest, .. } if id == invite && self.sees(eye, a) => Some(guest.user()),
                _ => None,
            })
            .filter(|other| *other != user)
            .collect();
        let full = max_uses.is_some_and(|max| guests.len() >= max as usize);
        let removed = self.removals(user).into_iter().any(|v| self.sees(eye, v) && !self.saw(made, v));
        let proved = key.verify(Domain::Invite, &invite_proof(self.guild, user), proof).is_ok();
        !revoked && !full && !removed && !self.barred(eye, user) && proved
    }

    /// What the law comes to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let mut verdict = Verdict { owner: self.owner(), ..Verdict::default() };
        for user in &self.known {
            let Some(mut roles) = self.roles_of(*user) else { continue };
            roles.remove(&self.everyone());
            let nick = self.acts().filter_map(|(_, act)| match act {
                Act::Nick { user: whom, nick } if whom == user => Some(nick.as_deref().map(str::to_owned)),
                _ => None,
            });
            let timeouts = self.find(|act| matches!(act, Act::Timeout { user: whom, .. } if whom == user));
            let last = timeouts.iter().filter(|n| !timeouts.iter().any(|m| m != *n && self.saw(*m, **n)));
            let until = last.filter_map(|n| match &self.facts[*n].says {
                Some(Op::Act(_, Act::Timeout { until_ms, .. })) => Some(*until_ms),
                _ => None,
            });
            let until = until.max().filter(|until| *until > 0);
            verdict.members.insert(*user, (roles, nick.last().flatten(), until));
        }
        for (_, act) in self.acts() {
            if let Act::Ban { user, .. } = act
                && self.banned(*user)
            {
                verdict.bans.insert(*user);
            }
        }
        for role in self.known_roles() {
            let Some(rank) = self.rank_of(role) else { continue };
            let mut name = if role == self.everyone() { "@everyone" } else { "admin" }.to_owned();
            for (n, act) in self.acts() {
                let change = match act {
                    Act::RoleCreate { change, .. } if self.facts[n].id.0 == role.0 => change,
                    Act::RoleUpdate { role: of, change, .. } if *of == role => change,
                    _ => continue,
                };
                if let Some(new) = &change.name {
                    name = new.to_string();
                }
            }
            verdict.roles.insert(role, (name, rank, self.allowed(Eye::Next(0), &[role])));
        }
        // Properties: the later by (hlc, id) stands, and a deletion stands for good.
        let mut deleted = BTreeSet::new();
        for (n, act) in self.acts() {
            match act {
                Act::Guild { name: Some(name), .. } => verdict.name = name.to_string(),
                Act::Channel { nature, change } => {
                    let Some(author) = self.facts[n].author else { continue };
                    let mut channel = Channel::new(*nature, author, self.facts[n].hlc);
                    channel.change(change);
                    verdict.channels.insert(ChannelId(self.facts[n].id.0), channel);
                }
                Act::ChannelUpdate { channel, change } => {
                    if let Some(known) = verdict.channels.get_mut(channel) {
                        known.change(change);
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
        for (id, channel) in &mut verdict.channels {
            let targets = self.known.iter().map(|user| Target::User(*user));
            let targets = targets.chain(self.known_roles().into_iter().map(Target::Role));
            let told = targets.map(|target| (target, self.overwrite(Eye::Next(0), *id, target)));
            channel.overwrites = told.filter(|(_, over)| *over != Overwrite::default()).collect();
        }
        verdict
    }
}
