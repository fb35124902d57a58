//! The law against its page: random histories of acts, honest and not, settled by the real fold, act by act and whole, and
//! by the naive one.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_core::{
    authority::{self, Settled, settle},
    dag::{Dag, Offer},
    fold,
    model::{ChannelId, ChannelKind, GuildId, Hlc, InviteId, Law, LogId, OpId, Permissions, RoleId},
    op::{self, Act, Acting, Audience, Epoch, Genesis, Header, Op, Proved, Ref, invite_proof},
    sim::{Dice, naive::History, oracle::compare, person},
};
use bivouac_crypto::{Bounded, Domain, EpochId, EpochSecret, Signature, SigningKey, Text, UserId};

/// Who takes part. The last is let in by nobody who may.
const PEOPLE: usize = 6;

/// A history in the making.
struct Sketch {
    dice: Dice,
    guild: GuildId,
    epoch: EpochId,
    secret: EpochSecret,
    ops: Vec<Proved>,
    /// Each author's own ops.
    own: Vec<Vec<usize>>,
    /// Ops that make invites, and their keys.
    invites: Vec<(InviteId, SigningKey)>,
    channels: Vec<ChannelId>,
    /// How many act and are acted on: the fewer, the more their acts have to do with each other.
    active: u64,
}

impl Sketch {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let secret = EpochSecret::generate(dice.rng());
        let own = vec![Vec::new(); PEOPLE];
        let epoch = EpochId([7; 32]);
        let (ops, invites, channels) = (Vec::new(), Vec::new(), Vec::new());
        let active = if dice.chance(500) { PEOPLE as u64 } else { 3 };
        let mut sketch = Self { dice, guild: GuildId([0; 32]), epoch, secret, ops, own, invites, channels, active };
        let nonce = sketch.dice.bytes();
        let genesis = Op::Genesis(Genesis { owner: person(0).chain.clone(), nonce });
        sketch.write(0, &genesis, Vec::new(), None);
        sketch.guild = GuildId(sketch.ops[0].id.0);
        // Everybody is named once at the start, so that every act has an author.
        let invite = sketch.invite(Some(PEOPLE as u32), Vec::new());
        sketch.write(0, &Op::Act(Acting::Owner(0), invite), vec![0], Some(0));
        for guest in 1..PEOPLE {
            let admit = sketch.admit(0, guest, guest + 1 < PEOPLE);
            let under = Acting::Role(authority::everyone(sketch.guild));
            sketch.write(0, &Op::Act(under, admit), vec![guest], Some(guest));
        }
        if sketch.active == 3 {
            // Of one rank, so that nobody but the owner may do anything to them.
            for equal in 1..3 {
                let grant = Act::Grant { role: authority::admin(sketch.guild), user: person(equal).user };
                let last = sketch.own[0].last().copied();
                sketch.write(0, &Op::Act(Acting::Owner(0), grant), Vec::new(), last);
            }
        }
        for _ in 0..sketch.dice.between(4, 24) {
            sketch.step();
        }
        sketch
    }

    /// Writes an op that cites these, after this one of the author's own.
    fn write(&mut self, who: usize, says: &Op, cites: Vec<usize>, prev: Option<usize>) {
        let reference = |n: usize| {
            let h = &self.ops[n].entry.header;
            Ref { log: h.log, seq: h.seq, id: self.ops[n].id }
        };
        let before = cites.iter().copied().chain(prev).map(|n| self.ops[n].entry.header.hlc.0).max().unwrap_or(1_000);
        let header = Header {
            version: 1,
            guild: self.guild,
            audience: Audience::Control,
            log: LogId { device: person(who).device, incarnation: 1 },
            seq: prev.map_or(0, |n| self.ops[n].entry.header.seq + 1),
            prev: prev.map_or(OpId([0; 32]), |n| self.ops[n].id),
            hlc: Hlc(before + 1 + self.dice.below(6)),
            auth: Bounded::try_from(cites.into_iter().map(reference).collect::<Vec<_>>()).unwrap(),
            deps: Bounded::default(),
            kind: 0,
            epoch: None,
            payload_len: 0,
            payload_hash: [0; 32],
        };
        let sealed = (!Op::is_plain(says.kind())).then_some((self.epoch, &self.secret));
        let written = op::author(self.dice.rng(), &person(who).key(), header, says, sealed);
        let n = self.ops.len();
        match says {
            // The key was put last when the act was made.
            Op::Act(_, Act::Invite { .. }) => self.invites.last_mut().unwrap().0 = InviteId(written.id.0),
            Op::Act(_, Act::Channel { .. }) => self.channels.push(ChannelId(written.id.0)),
            _ => {}
        }
        self.ops.push(written);
        self.own[who].push(n);
    }

    /// One act of somebody who knows something.
    fn step(&mut self) {
        let who = self.dice.below(self.active) as usize;
        let prev = match self.own[who].len() {
            0 => None,
            // Another story, from an earlier place on.
            len if len > 1 && self.dice.chance(40) => Some(self.own[who][self.dice.below(len as u64 - 1) as usize]),
            len => Some(self.own[who][len - 1]),
        };
        let len = self.ops.len() as u64;
        let newest = if self.dice.chance(600) { len.min(4) } else { len };
        let mut cites: Vec<usize> =
            (0..self.dice.between(1, 3)).map(|_| (len - 1 - self.dice.below(newest)) as usize).collect();
        if self.dice.chance(300) {
            cites.extend(self.own.iter().filter_map(|own| own.last()));
        }
        if prev.is_none() {
            // Whoever acts knows how they were named.
            cites.push(who + 1);
            if self.active == 3 && who > 0 {
                cites.push(PEOPLE + who);
            }
        }
        cites.sort_unstable();
        cites.dedup();
        cites.truncate(8);
        let says = self.says(who);
        self.write(who, &says, cites, prev);
    }

    fn says(&mut self, who: usize) -> Op {
        let (everyone, admin) = (authority::everyone(self.guild), authority::admin(self.guild));
        let acting = match self.dice.below(10) {
            0..6 if who == 0 => Acting::Owner(0),
            0 => Acting::Owner(0),
            1 => Acting::Owner(1),
            2 => Acting::Role(RoleId([9; 32])),
            3..6 => Acting::Role(everyone),
            _ => Acting::Role(admin),
        };
        let user = person(self.dice.below(self.active) as usize).user;
        let role = if self.dice.chance(700) { admin } else { everyone };
        let act = match self.dice.below(100) {
            0..24 => Act::Grant { role, user },
            24..38 => Act::Revoke { role, user },
            // Of one's own.
            38..43 => Act::Revoke { role, user: person(who).user },
            43..54 => Act::Kick { user, reason: None },
            54..62 => Act::Ban { user, reason: None },
            62..69 => Act::Unban { user },
            69..74 => Act::Leave,
            74..79 => {
                let uses = self.dice.chance(700).then(|| self.dice.between(1, 2) as u32);
                let roles = if self.dice.chance(400) { vec![role] } else { Vec::new() };
                self.invite(uses, roles)
            }
            79..83 => Act::InviteRevoke { invite: self.some_invite() },
            83..91 => {
                let newest = if self.dice.chance(500) { self.invites.len().min(2) } else { self.invites.len() };
                let nth = self.invites.len() as u64 - 1 - self.dice.below(newest as u64);
                let guest = self.dice.below(self.active);
                let proved = self.dice.chance(900);
                let admit = self.admit(nth as usize, guest as usize, proved);
                let under = if self.dice.chance(900) { Acting::Role(everyone) } else { acting };
                return Op::Act(under, admit);
            }
            91 => Act::Guild { name: self.name() },
            92..94 => Act::Channel { name: self.name(), kind: ChannelKind::Text, topic: Text::default() },
            94..96 => Act::ChannelUpdate { channel: self.some_channel(), name: Some(self.name()), topic: None },
            96 => Act::ChannelDelete { channel: self.some_channel() },
            97..99 => {
                let parents = Bounded::default();
                let id = EpochId(self.dice.bytes());
                return Op::Epoch(Epoch { audience: Audience::Guild, id, parents, link: None });
            }
            _ => return Op::Merge,
        };
        Op::Act(acting, act)
    }

    fn name(&mut self) -> Text<100> {
        Text::try_from(format!("name {}", self.dice.below(1_000)).as_str()).unwrap()
    }

    fn some_invite(&mut self) -> InviteId {
        let newest = if self.dice.chance(500) { 2 } else { usize::MAX };
        let known = self.invites.iter().rev().take(newest).map(|(id, _)| *id).collect::<Vec<_>>();
        self.dice.pick(&known).filter(|_| self.dice.chance(950)).unwrap_or(InviteId([5; 32]))
    }

    fn some_channel(&mut self) -> ChannelId {
        self.dice.pick(&self.channels).unwrap_or(ChannelId([6; 32]))
    }

    fn invite(&mut self, max_uses: Option<u32>, roles: Vec<RoleId>) -> Act {
        let key = SigningKey::generate(self.dice.rng());
        let public = key.public();
        self.invites.push((InviteId([0; 32]), key));
        Act::Invite { key: public, max_uses, expires_ms: None, roles: Bounded::try_from(roles).unwrap() }
    }

    fn admit(&mut self, invite: usize, guest: usize, proved: bool) -> Act {
        let (id, key) = &self.invites[invite];
        let proof = if proved {
            key.sign(Domain::Invite, &invite_proof(self.guild, person(guest).user))
        } else {
            Signature::from_bytes([3; 64])
        };
        Act::Admit { invite: *id, guest: person(guest).chain.clone(), proof }
    }

    fn says_of(&self, n: usize) -> Op {
        let entry = &self.ops[n].entry;
        let secret = entry.header.epoch.map(|_| &self.secret);
        op::open(&entry.header, entry.payload.as_ref().unwrap(), secret)
    }

    /// The ops in some order in which they could come, causes first.
    fn arrival(&mut self) -> Vec<usize> {
        let mut waiting: Vec<usize> = (1..self.ops.len()).collect();
        let (mut order, mut here) = (vec![0], BTreeSet::from([self.ops[0].id]));
        while !waiting.is_empty() {
            let ready = |n: &usize| {
                let h = &self.ops[*n].entry.header;
                // Nobody's op comes before who they are.
                let named = *n <= PEOPLE || here.len() > PEOPLE;
                named && (h.seq == 0 || here.contains(&h.prev)) && h.auth.iter().all(|cited| here.contains(&cited.id))
            };
            let ready: Vec<usize> = waiting.iter().copied().filter(ready).collect();
            let next = self.dice.pick(&ready).unwrap();
            waiting.retain(|n| *n != next);
            here.insert(self.ops[next].id);
            order.push(next);
        }
        order
    }
}

/// As a guild takes ops: alone where one has seen all others, whole otherwise, at the end of each batch.
struct Replica {
    dag: Dag,
    settled: Settled,
    law: Law,
    stale: bool,
    /// How often an act was judged alone.
    alone: u64,
}

impl Replica {
    fn take(&mut self, guild: GuildId, op: &Proved, says: Op, store: u32, ends: bool) {
        // Of a device that tells too many stories not all are followed.
        let Offer::Ready(place) = self.dag.offer(op) else { panic!("{:?}", self.dag.offer(op)) };
        let n = self.dag.insert(op, Some(says), place, store);
        let alone = !self.stale && !self.dag.clashed() && self.dag.saw_all(n) && self.dag.len() > 1;
        if alone && !self.settled.needs_whole(&self.dag, n) {
            self.settled.judge_next(&self.dag, n);
            fold::advance(&mut self.law, &self.dag, &self.settled, guild, n);
            self.alone += 1;
        } else {
            self.stale = true;
        }
        if ends && self.stale {
            self.dag.resolve();
            self.settled = settle(&self.dag, guild);
            self.law = fold::fold(&self.dag, &self.settled, guild);
            self.stale = false;
        }
    }
}

/// Compares what is asked of the law about people.
fn agree_on_people(seed: u64, sketch: &mut Sketch, history: &History, dag: &Dag, settled: &Settled, users: &[UserId]) {
    let (everyone, admin) = (authority::everyone(sketch.guild), authority::admin(sketch.guild));
    for user in users {
        assert_eq!(settled.was_admitted(user), !history.admissions(*user).is_empty(), "seed {seed}");
        assert_eq!(settled.rank_now(dag, user), history.rank_now(*user), "seed {seed}");
        let known = settled.users().any(|other| other == user);
        assert_eq!(settled.was_removed(user), !known || history.ever_lost(*user), "seed {seed}");
        for (invite, _) in &sketch.invites {
            assert_eq!(settled.removed_since(dag, invite, user), history.removed_since(invite, *user), "seed {seed}");
        }
        // Content that cites any acts.
        for _ in 0..3 {
            let cited: Vec<usize> = (0..2).map(|_| sketch.dice.below(history.facts.len() as u64) as usize).collect();
            let refs: Vec<Ref> =
                cited.iter().map(|n| dag.reference(dag.find(&history.facts[*n].id).unwrap())).collect();
            let auth = dag.clock_of(&refs).unwrap();
            assert_eq!(settled.stands(dag, user, &auth), history.stands_by(*user, &cited), "seed {seed}: {cited:?}");
        }
        let rank = |user: &UserId| history.rank_now(*user);
        for target in users {
            let may = settled.role_for(dag, user, Permissions::KICK, Some(target));
            let expected = match rank(user) {
                Some(u32::MAX) => (target != user).then_some(Acting::Owner(0)),
                Some(1_000) => (rank(target) < Some(1_000)).then_some(Acting::Role(admin)),
                _ => None,
            };
            assert_eq!(may, expected, "seed {seed}");
        }
        let may = settled.role_for(dag, user, Permissions::CREATE_INVITE, None);
        let expected = rank(user).map(|rank| match rank {
            u32::MAX => Acting::Owner(0),
            0 => Acting::Role(everyone),
            _ => Acting::Role(admin),
        });
        assert_eq!(may, expected, "seed {seed}");
    }
}

/// Judges one history both ways. Gives how many acts had effect, how many had none, and how many were judged alone.
fn judge(seed: u64) -> (u64, u64, u64) {
    let mut sketch = Sketch::new(seed);
    let entries: Vec<_> = sketch.ops.iter().map(|op| op.entry.clone()).collect();
    let secrets = BTreeMap::from([(sketch.epoch, sketch.secret.duplicate())]);
    let history = History::new(sketch.guild, &entries, &secrets);
    if std::env::var_os("BIVOUAC_SEED").is_some() {
        for (n, fact) in history.facts.iter().enumerate() {
            let effect = if history.is_effective(n) { "" } else { "(void) " };
            println!("{n} {effect}{:?} saw {:?}: {:?}", fact.author, fact.past, fact.says);
        }
    }
    let (mut hashes, mut counts) = (BTreeSet::new(), (0, 0, 0));
    for _ in 0..2 {
        let order = sketch.arrival();
        let dag = Dag::new(sketch.guild);
        let settled = settle(&dag, sketch.guild);
        let mut replica = Replica { dag, settled, law: Law::default(), stale: false, alone: 0 };
        for (at, n) in order.iter().enumerate() {
            let ends = at + 1 == order.len() || sketch.dice.chance(600);
            replica.take(sketch.guild, &sketch.ops[*n], sketch.says_of(*n), at as u32, ends);
        }
        let Replica { dag, settled, law, alone, .. } = replica;
        counts = (0, 0, counts.2 + alone);
        for (at, fact) in history.facts.iter().enumerate() {
            let n = dag.find(&fact.id).unwrap();
            let real = settled.of(n);
            if matches!(fact.says, Some(Op::Act(..) | Op::Epoch(_) | Op::Genesis(_))) {
                assert_eq!(real.is_ok(), history.is_effective(at), "seed {seed}: {:?}: {real:?}", fact.says);
                if real.is_ok() { counts.0 += 1 } else { counts.1 += 1 }
            }
        }
        assert_eq!(compare(&law, &history.verdict()), Vec::<String>::new(), "seed {seed}");
        let users: Vec<UserId> = (0..PEOPLE).map(|i| person(i).user).collect();
        for user in &users {
            let owed: BTreeSet<_> = settled.owed_roles(&dag, user).into_iter().collect();
            assert_eq!(owed, history.owed(*user), "seed {seed}");
        }
        agree_on_people(seed, &mut sketch, &history, &dag, &settled, &users);
        let whole = settle(&dag, sketch.guild);
        let sorted = |settled: &Settled| {
            let mut all: Vec<OpId> = settled.takeaways.iter().map(|n| dag.node(*n).id).collect();
            all.sort();
            all.dedup();
            all
        };
        assert_eq!(sorted(&settled), sorted(&whole), "seed {seed}: what took the guild from a reader");
        hashes.insert(fold::state_hash(&law));
        hashes.insert(fold::state_hash(&fold::fold(&dag, &whole, sketch.guild)));
    }
    assert_eq!(hashes.len(), 1, "seed {seed}: the law depends on how it came");
    counts
}

#[test]
fn the_law_is_what_its_page_says() {
    let seeds = match std::env::var("BIVOUAC_SEED") {
        Ok(one) => one.parse().map(|seed: u64| seed..seed + 1).unwrap(),
        Err(_) => 0..std::env::var("BIVOUAC_HISTORIES").map_or(2_000, |n| n.parse().unwrap()),
    };
    let many = seeds.end - seeds.start > 50;
    let total = seeds.map(judge).fold((0, 0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1, sum.2 + one.2));
    // Histories in which nothing, or everything, has effect would show little.
    assert!(!many || total.0 > total.1 / 4 && total.1 > total.0 / 4 && total.2 > total.0 / 10, "{total:?}");
}
