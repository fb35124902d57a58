//! May this author do this? Settles every control op by the rank it acts under, highest first.
//!
//! Supports must be seen, objections need not be: an act stands on a grant in its causal past, and falls by a removal
//! that the grant did not know, unless the removal had seen the act. What a rank has settled no lower rank reopens,
//! and among equals neither can act on the other, so one descending pass suffices:
//!
//! ```text
//!  owner, term by term ▸ admin ▸ … ▸ @everyone        within a rank: in (hlc, id) order, causes before effects
//! ```
//!
//! No clock, no arrival order and no recursion take part. The rules are those of docs/protocol.md, "Authority".

use std::collections::{BTreeMap, BTreeSet};

mod channel;
mod claim;
mod role;
mod standing;
mod term;

use bivouac_crypto::{Context, DeviceId, Identity, IdentityAct, UserId, hash};

use self::{
    channel::Place,
    claim::{Marks, View},
    role::Rank,
    standing::Standing,
    term::Term,
};
use crate::{
    act::{RoleChange, is_picture},
    clock::Clock,
    dag::{Dag, Node},
    mark::is_emoji_name,
    model::{ChannelId, GuildId, InviteId, OpId, RoleId, Target},
    op::{Act, Acting, Op},
};

pub use self::standing::Membership;

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

fn is_built_in(guild: GuildId, role: &RoleId) -> bool {
    [everyone(guild), admin(guild)].contains(role)
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
    /// Done by an owner who had given the guild away, or unseen by that.
    HandedOver,
    /// What it is about is not a thing that the author had seen made.
    Unknown,
}

impl Void {
    /// The reason, for people.
    #[must_use]
    pub fn why(self) -> &'static str {
        match self {
            Self::Sealed => "its key is missing here",
            Self::Unreadable => "it cannot be read, or is no act of this guild",
            Self::NotHeld => "its author did not hold the role it was done under, or had lost it",
            Self::NotAllowed => "the role it was done under does not allow it",
            Self::Outranked => "whom or what it concerns stands as high as its author, or higher",
            Self::Invite => "the invite was unknown, revoked, used up, or older than the guest's removal",
            Self::Banned => "the guest is banned",
            Self::Forked => "its device signed two acts at one place, and nobody had built upon this one",
            Self::Revoked => "its device was revoked",
            Self::HandedOver => "its author had given the guild to another",
            Self::Unknown => "what it is about was not known to its author",
        }
    }
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
    terms: Vec<Term>,
    roles: BTreeMap<RoleId, Rank>,
    users: BTreeMap<UserId, Standing>,
    places: BTreeMap<ChannelId, Place>,
    /// Invites that have effect.
    pub invites: BTreeMap<InviteId, InviteRecord>,
    /// Revocations of invites; settled before the invite itself where they rank higher.
    revocations: BTreeMap<InviteId, Marks>,
    /// Ops that took the guild from a reader, or may have, by taking effect from an admission, or that raised a reader's key
    /// generation: an epoch that has not seen them all is not to be used for sending.
    taken: Marks,
    /// Ops that may have let somebody read who did not before.
    given: Marks,
    devices_revoked: BTreeMap<DeviceId, Vec<u32>>,
    witness: Clock,
    guild: GuildId,
    /// Roles made since the queue of acts was looked at last.
    made: Vec<RoleId>,
}

/// Settles a whole DAG.
#[must_use]
pub fn settle(dag: &Dag, guild: GuildId) -> Settled {
    let mut settled = Settled::new(dag, guild);
    let mut ranked: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    // Acts under roles of which nothing is settled yet.
    let mut waiting: BTreeMap<RoleId, Vec<u32>> = BTreeMap::new();
    for n in dag.ordered() {
        match settled.acting(dag.node(n)) {
            Some(Acting::Owner(_)) => ranked.entry(OWNER_RANK).or_default().push(n),
            Some(Acting::Role(role)) => waiting.entry(role).or_default().push(n),
            None => settled.void(n, dag.node(n)),
        }
    }
    loop {
        let known: Vec<RoleId> =
            std::mem::take(&mut settled.made).into_iter().filter(|role| waiting.contains_key(role)).collect();
        for n in known.iter().flat_map(|role| waiting.remove(role).unwrap_or_default()) {
            ranked.entry(settled.rank_of(dag, n).unwrap_or(0)).or_default().push(n);
        }
        let Some((rank, ops)) = ranked.pop_last() else { break };
        // A role may have been lowered since.
        let (mut ops, lowered): (Vec<u32>, Vec<u32>) =
            ops.into_iter().partition(|n| settled.rank_of(dag, *n) == Some(rank));
        for n in lowered {
            ranked.entry(settled.rank_of(dag, n).unwrap_or(0)).or_default().push(n);
        }
        ops.sort_by_key(|n| (dag.node(*n).hlc, dag.node(*n).id));
        for n in ops {
            settled.judge(dag, n);
        }
    }
    for n in waiting.into_values().flatten() {
        settled.verdicts.insert(n, Err(Void::NotHeld));
    }
    settled
}

impl Settled {
    fn new(dag: &Dag, guild: GuildId) -> Self {
        let mut settled = Self { guild, ..Self::default() };
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
        settled.find_terms(dag);
        for n in dag.ordered() {
            settled.note(dag, n);
        }
        settled
    }

    /// Judges one op that has seen every other: nothing settled before can change.
    pub fn judge_next(&mut self, dag: &Dag, n: u32) {
        self.note(dag, n);
        self.judge(dag, n);
        self.made.clear();
    }

    /// Leaving and demoting oneself need nobody's leave, so they are known before anything is judged. Whoever leaves
    /// under whatever role has lost the guild's keys.
    fn note(&mut self, dag: &Dag, n: u32) {
        let author = dag.node(n).author;
        let role = match &dag.node(n).op {
            Some(Op::Act(_, Act::Leave)) => None,
            Some(Op::Act(_, Act::Revoke { role, user })) if *user == author => Some(*role),
            _ => return,
        };
        let leaves = role.is_none_or(|role| role == everyone(self.guild));
        // The owner may give up any role but being here.
        if leaves && self.owned(View::of(dag, n, 0), &author) || self.trusted(dag, n).is_err() {
            return;
        }
        let standing = self.users.entry(author).or_default();
        match role {
            None => standing.left.add(dag, 0, n),
            Some(role) => standing.roles.entry(role).or_default().given_up.add(dag, 0, n),
        }
        // They may have read a channel by it.
        self.taken.add(dag, 0, n);
    }

    /// Judges one op against everything settled so far and records its effect: for the ops of a rank in order, once
    /// all higher ranks are settled. No verdict may depend on what a lower rank does.
    fn judge(&mut self, dag: &Dag, n: u32) {
        let rank = self.rank_of(dag, n);
        let verdict = self.verdict(dag, n);
        if let (Ok(()), Some(rank)) = (verdict, rank) {
            self.record(dag, n, rank);
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

    /// Whether the set of ops can only be judged whole: who is who, who owns the guild, or whose device is to be trusted may
    /// turn out different.
    #[must_use]
    pub fn needs_whole(&self, dag: &Dag, n: u32) -> bool {
        let unsettles = matches!(&dag.node(n).op, Some(Op::Act(_, Act::Identity { .. } | Act::HandOver { .. })));
        unsettles || !dag.forks().is_empty()
    }

    /// Ops that an epoch of an audience has to have seen to be sent on: what took the audience from a reader, or may have, and,
    /// where newcomers are to read nothing from before, what let somebody in.
    fn heeded(&self, of: Option<ChannelId>, newcomers: bool) -> impl Iterator<Item = &Marks> {
        let place = of.and_then(|channel| self.places.get(&channel));
        let taken = [&self.taken].into_iter().chain(place.map(|place| &place.taken));
        let given = [&self.given].into_iter().chain(place.map(|place| &place.given));
        taken.chain(given.filter(move |_| newcomers))
    }

    /// All of them.
    pub fn to_heed(&self, of: Option<ChannelId>, newcomers: bool) -> impl Iterator<Item = u32> {
        self.heeded(of, newcomers).flat_map(Marks::iter)
    }

    /// Those of them that an epoch had not seen.
    pub fn unheeded(&self, dag: &Dag, of: Option<ChannelId>, newcomers: bool, epoch: u32) -> impl Iterator<Item = u32> {
        self.heeded(of, newcomers).flat_map(move |marks| marks.unseen_by(dag, epoch))
    }

    /// Whether a user was a reader of a channel as an epoch's author saw it.
    #[must_use]
    pub fn read_at(&self, dag: &Dag, user: &UserId, channel: &ChannelId, epoch: u32) -> bool {
        let view = View::of(dag, epoch, 0);
        self.holds(view, user, everyone(self.guild)) && self.reads(view, user, channel)
    }

    /// How many users an invite has let in.
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
                let new = |role: &&RoleId| standing.roles.get(*role).is_none_or(standing::Held::is_empty);
                let stands = |role: &&RoleId| self.exists(role);
                owed.extend(
                    roles
                        .iter()
                        .filter(new)
                        .filter(stands)
                        .filter(|_| standing.left.is_empty())
                        .map(|role| (*user, *role)),
                );
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
        standing.removed.unseen_by(dag, record.node).next().is_some()
    }

    /// The role under which a user who has seen everything here can do something: the highest that allows it.
    ///
    /// # Errors
    /// Why not even the highest role they hold allows it.
    pub fn acting_for(&self, dag: &Dag, user: &UserId, act: &Act) -> Result<Acting, Void> {
        let mut under: Vec<(u32, Acting)> = match self.held(dag, user) {
            _ if self.owner() == Some(*user) => vec![(OWNER_RANK, Acting::Owner(self.term()))],
            None => return Err(Void::NotHeld),
            Some(held) => held.into_iter().filter_map(|r| Some((self.rank_now(&r)?, Acting::Role(r)))).collect(),
        };
        under.sort_unstable();
        let tried = under
            .into_iter()
            .rev()
            .map(|(rank, acting)| self.allows(View::now(dag, rank), user, acting, act).map(|()| acting));
        let mut why = Err(Void::NotHeld);
        for verdict in tried {
            match (verdict, why) {
                (Ok(_), _) => return verdict,
                // What stops a role that is allowed more says more.
                (_, Err(Void::NotHeld | Void::NotAllowed)) => why = verdict,
                _ => {}
            }
        }
        why
    }

    fn acting(&self, node: &Node) -> Option<Acting> {
        match node.op.as_ref()? {
            Op::Genesis(_) => Some(Acting::Owner(0)),
            Op::Act(acting, _) => Some(*acting),
            Op::Epoch(_) => Some(Acting::Role(everyone(self.guild))),
            _ => None,
        }
    }

    /// The rank an op is done under: that of its role, as low as acts made it that had not seen the op.
    fn rank_of(&self, dag: &Dag, n: u32) -> Option<u32> {
        match self.acting(dag.node(n))? {
            Acting::Owner(_) => Some(OWNER_RANK),
            Acting::Role(role) => self.roles.get(&role)?.rank(|lowering| !dag.saw(lowering, n)),
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
            Op::Genesis(_) if self.terms.first().is_some_and(|term| term.began == n) => Ok(()),
            Op::Epoch(epoch) => {
                let view = View::of(dag, n, 0);
                match epoch.audience.channel() {
                    _ if !self.holds(view, &node.author, everyone(self.guild)) => Err(Void::NotHeld),
                    Some(channel) if !self.reads(view, &node.author, &channel) => Err(Void::NotAllowed),
                    _ => Ok(()),
                }
            }
            Op::Act(acting, act) => {
                let rank = self.rank_of(dag, n).ok_or(Void::NotHeld)?;
                self.allows(View::of(dag, n, rank), &node.author, *acting, act)
            }
            Op::Genesis(_) | Op::Post(_) | Op::Notice(_) | Op::Password(_) | Op::Mark(_) | Op::Unknown => {
                Err(Void::Unreadable)
            }
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

    /// Whether the author may act under this role or as this owner.
    fn may_act(&self, view: View<'_>, author: &UserId, acting: Acting) -> Result<(), Void> {
        match acting {
            Acting::Owner(term) => {
                let term = self.terms.get(term as usize).filter(|term| term.owner == *author);
                let term = term.filter(|term| view.saw(term.began)).ok_or(Void::NotHeld)?;
                // What a hand-over had not seen is void, but for itself.
                let over = term.ended.is_some_and(|ended| !view.is_seen_by(ended));
                if over { Err(Void::HandedOver) } else { Ok(()) }
            }
            Acting::Role(role) if self.holds(view, author, role) => Ok(()),
            Acting::Role(_) => Err(Void::NotHeld),
        }
    }

    /// Whether an act looked at from its place, or one that came next, is within the author's rights.
    fn allows(&self, view: View<'_>, author: &UserId, acting: Acting, act: &Act) -> Result<(), Void> {
        let rank = view.rank();
        self.may_act(view, author, acting)?;
        let permitted = |channel: Option<&ChannelId>| self.permits(view, acting, author, channel);
        let needs = |permission| if permitted(None).allows(permission) { Ok(()) } else { Err(Void::NotAllowed) };
        let needs_in = |channel: &ChannelId, permission| match self.nature(view, channel) {
            None => Err(Void::Unknown),
            Some(_) if permitted(Some(channel)).allows(permission) => Ok(()),
            Some(_) => Err(Void::NotAllowed),
        };
        let below = |role: &RoleId| match self.rank_seen(view, role) {
            None => Err(Void::Unknown),
            Some(of) if of < rank => Ok(()),
            Some(_) => Err(Void::Outranked),
        };
        let above = |user: &UserId| if user == author { Err(Void::Outranked) } else { self.outranks(view, user) };
        match act {
            // About oneself, or one's own.
            Act::Guild { icon: Some(picture), .. } | Act::Emoji { picture, .. } | Act::Avatar { picture }
                if !picture.iter().all(is_picture) =>
            {
                return Err(Void::Unreadable);
            }
            Act::Emoji { name, .. } if !is_emoji_name(name) => return Err(Void::Unreadable),
            Act::Avatar { .. } => return Ok(()),
            Act::Revoke { user, .. } | Act::Nick { user, .. } if user == author => return Ok(()),
            Act::InviteRevoke { invite } => {
                let made = view.find(&OpId(invite.0)).ok_or(Void::Invite)?;
                return if made.author == *author { Ok(()) } else { needs(act.needs()) };
            }
            Act::ChannelUpdate { channel, .. } | Act::ChannelDelete { channel } | Act::Overwrite { channel, .. } => {
                needs_in(channel, act.needs())?;
            }
            _ => needs(act.needs())?,
        }
        match act {
            Act::Channel { nature, .. } if !nature.is_sound() => Err(Void::Unreadable),
            Act::Guild { .. }
            | Act::Emoji { .. }
            | Act::Avatar { .. }
            | Act::Channel { .. }
            | Act::ChannelUpdate { .. }
            | Act::ChannelDelete { .. }
            | Act::InviteRevoke { .. }
            | Act::Unban { .. } => Ok(()),
            Act::Overwrite { channel, target, allow, deny, neutral } => {
                // Nobody gives, or takes, what they lack both here and in the guild.
                let held = permitted(None) | permitted(Some(channel));
                if !held.allows(*allow | *deny | *neutral) {
                    return Err(Void::NotAllowed);
                }
                // To allow needs nobody's rank, to take away does, and to give back what was taken.
                let lifts = allow.any(self.overwrite(view, channel, *target).deny);
                match target {
                    _ if (*deny | *neutral).is_empty() && !lifts => Ok(()),
                    Target::Role(role) if *role == everyone(self.guild) => Ok(()),
                    Target::Role(role) => below(role),
                    Target::User(user) => above(user),
                }
            }
            Act::Enter { channel, .. } => {
                let nature = self.nature(view, channel).ok_or(Void::Unknown)?;
                let may = rank == 0 && nature.password && self.reads(view, author, channel);
                if may { Ok(()) } else { Err(Void::NotAllowed) }
            }
            Act::Invite { roles, .. } => roles.iter().try_for_each(below),
            Act::Admit { .. } if rank != 0 => Err(Void::Unreadable),
            Act::Admit { invite, .. } => {
                let guest = view.carried().ok_or(Void::Unreadable)?;
                self.admits(view, invite, &guest.user())
            }
            Act::RoleCreate { rank: new, permissions, .. } => {
                needs(*permissions)?;
                if (1..rank).contains(new) { Ok(()) } else { Err(Void::Outranked) }
            }
            Act::RoleUpdate { role, rank: new, set, change, .. } => {
                below(role)?;
                needs(*set)?;
                let fixed = *role == everyone(self.guild) && (new.is_some() || *change != RoleChange::default());
                let lower = new.is_none_or(|new| new > 0 && Some(new) < self.rank_seen(view, role));
                if lower && !fixed { Ok(()) } else { Err(Void::NotAllowed) }
            }
            Act::RoleDelete { role } if is_built_in(self.guild, role) => Err(Void::NotAllowed),
            Act::RoleDelete { role } | Act::Grant { role, .. } => below(role),
            Act::Revoke { role, .. } if everyone(self.guild) == *role => Err(Void::NotAllowed),
            Act::Revoke { role, user } => {
                below(role)?;
                above(user)
            }
            Act::Kick { user, .. } | Act::Ban { user, .. } | Act::Timeout { user, .. } | Act::Nick { user, .. } => {
                above(user)
            }
            Act::HandOver { user } => match (acting, view.act()) {
                (Acting::Owner(_), Some(n)) if self.terms.iter().any(|term| term.began == n) => Ok(()),
                (Acting::Owner(_), None) if user != author && view.dag().identity(user).is_some() => Ok(()),
                _ => Err(Void::HandedOver),
            },
            Act::Leave if self.owned(view, author) => Err(Void::Outranked),
            Act::Leave => Ok(()),
            Act::Identity { op } if op.value.user == *author => Ok(()),
            Act::Identity { .. } => Err(Void::Unreadable),
        }
    }

    fn admits(&self, view: View<'_>, invite: &InviteId, user: &UserId) -> Result<(), Void> {
        let record = self.invites.get(invite).filter(|i| view.saw(i.node)).ok_or(Void::Invite)?;
        let Some(Op::Act(_, Act::Invite { max_uses, .. })) = &view.dag().node(record.node).op else {
            return Err(Void::Invite);
        };
        if self.revocations.get(invite).is_some_and(|marks| view.objected(marks)) {
            return Err(Void::Invite);
        }
        let full = max_uses.is_some_and(|max| {
            let mut others = BTreeSet::new();
            let mut known = record.admitted.iter().filter(|(a, other)| other != user && view.saw(*a));
            max == 0 || known.any(|(_, other)| others.insert(*other) && others.len() >= max as usize)
        });
        if full {
            return Err(Void::Invite);
        }
        if let Some(standing) = self.users.get(user) {
            // Of a removal that the admission knew of the invite has to know too.
            if standing.removed.unseen_by(view.dag(), record.node).any(|removal| view.saw(removal)) {
                return Err(Void::Invite);
            }
            if view.barred(&standing.bans, &[&standing.unbans]) {
                return Err(Void::Banned);
            }
        }
        if view.act().is_some_and(|n| view.dag().is_proved(n)) { Ok(()) } else { Err(Void::Invite) }
    }

    fn record(&mut self, dag: &Dag, n: u32, rank: u32) {
        let base = everyone(self.guild);
        match &dag.node(n).op {
            Some(Op::Genesis(_)) => {
                self.make_built_in(dag, n);
                self.grant(dag, rank, dag.node(n).author, base, n);
            }
            Some(Op::Act(_, act)) => self.record_act(dag, n, rank, act),
            _ => {}
        }
    }

    fn record_act(&mut self, dag: &Dag, n: u32, rank: u32, act: &Act) {
        let (author, base) = (dag.node(n).author, everyone(self.guild));
        match act {
            Act::Invite { .. } => {
                let id = InviteId(dag.node(n).id.0);
                self.invites.insert(id, InviteRecord { node: n, admitted: Vec::new() });
            }
            Act::InviteRevoke { invite } => {
                self.revocations.entry(*invite).or_default().add(dag, rank, n);
                // Somebody may have been let in by it meanwhile, and given keys.
                self.taken.add(dag, 0, n);
            }
            Act::Admit { invite, .. } => {
                let Some(user) = dag.carried(n).map(Identity::user) else { return };
                let Some(record) = self.invites.get_mut(invite) else { return };
                record.admitted.push((n, user));
                self.grant(dag, rank, user, base, n);
            }
            Act::Grant { role, user } => {
                self.grant(dag, rank, *user, *role, n);
                self.grant(dag, rank, *user, base, n);
            }
            Act::Revoke { user, .. } if *user == author => {}
            Act::Revoke { role, user } => {
                self.users.entry(*user).or_default().roles.entry(*role).or_default().taken.add(dag, rank, n);
                // Whoever they let in meanwhile by virtue of the role may have been given keys.
                self.taken.add(dag, 0, n);
            }
            Act::Kick { user, .. } | Act::Ban { user, .. } => {
                let standing = self.users.entry(*user).or_default();
                standing.removed.add(dag, rank, n);
                if matches!(act, Act::Ban { .. }) {
                    standing.bans.add(dag, rank, n);
                }
                self.taken.add(dag, 0, n);
            }
            Act::Unban { user } => self.users.entry(*user).or_default().unbans.add(dag, rank, n),
            Act::Timeout { user, until_ms, .. } => {
                self.users.entry(*user).or_default().silence(dag, n, *until_ms);
            }
            Act::Nick { user, nick } => self.users.entry(*user).or_default().call(dag, n, nick.clone()),
            Act::Avatar { picture } => self.users.entry(author).or_default().picture(dag, n, picture.clone()),
            Act::HandOver { user } => {
                self.grant(dag, rank, *user, base, n);
                // Whatever removed the successor before has to yield.
                self.users.entry(*user).or_default().unbans.add(dag, rank, n);
                self.taken.add(dag, 0, n);
            }
            Act::Identity { op } => {
                if matches!(op.value.act, IdentityAct::UserKem { .. } | IdentityAct::RevokeDevice { .. }) {
                    self.taken.add(dag, 0, n);
                }
            }
            Act::RoleCreate { .. } | Act::RoleUpdate { .. } | Act::RoleDelete { .. } => {
                self.record_role(dag, n, rank, act);
            }
            Act::Overwrite { .. } | Act::Enter { .. } => self.record_place(dag, n, rank, act),
            Act::Guild { .. }
            | Act::Emoji { .. }
            | Act::Channel { .. }
            | Act::ChannelUpdate { .. }
            | Act::ChannelDelete { .. }
            | Act::Leave => {}
        }
    }

    fn grant(&mut self, dag: &Dag, rank: u32, user: UserId, role: RoleId, n: u32) {
        self.users.entry(user).or_default().roles.entry(role).or_default().granted.add(dag, rank, n);
        self.given.add(dag, 0, n);
    }
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
