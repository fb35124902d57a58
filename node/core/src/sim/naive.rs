//! The law again, slowly: the rules of docs/protocol.md, "Authority", written out over explicit sets of ancestors, with
//! nothing of [`crate::authority`], [`crate::fold`], [`crate::dag`] or [`crate::clock`]. Quadratic and worse.
//!
//! Where the page leaves a choice, the one taken here says so with the word *Choice*.

use std::collections::{BTreeMap, BTreeSet};

mod channel;
mod claim;
mod may;
mod people;
mod verdict;

use bivouac_crypto::{Context, DeviceId, EpochId, EpochSecret, Identity, UserId, hash};

use crate::{
    model::{Channel, ChannelId, FileId, GuildId, Hlc, Invite, InviteId, LogId, OpId, Permissions, RoleId},
    op::{self, Act, Acting, Entry, Op},
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
    /// Its picture.
    pub icon: Option<FileId>,
    /// Pictures that stand for words.
    pub emoji: BTreeMap<String, FileId>,
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

/// A member: the roles held beside `@everyone`, what they are called, until when they are silenced, what
/// they look like.
pub type Standing = (BTreeSet<RoleId>, Option<String>, Option<u64>, Option<FileId>);

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
}
