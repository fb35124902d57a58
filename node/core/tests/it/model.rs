//! The law against its page: random histories of acts, honest and not, settled by the real fold, act by act and whole, and
//! by the naive one.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_core::{
    act::{Picture, RoleChange},
    authority::{self, Settled, settle},
    dag::Dag,
    fold,
    model::{
        Attachment, ChannelChange, ChannelId, ChannelKind, FileId, GuildId, Hlc, InviteId, Nature, OpId, Permissions,
        RoleId, Target,
    },
    op::{self, Act, Acting, Audience, Epoch, Genesis, Op, Proved, Ref, invite_proof},
    sim::{Dice, naive::History, oracle::compare, person},
};
use bivouac_crypto::{Bounded, Domain, EpochId, EpochSecret, FileKey, Signature, SigningKey, Text, UserId};

use crate::script::{Replica, arrival, header};

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
    roles: Vec<RoleId>,
    /// How many act and are acted on: the fewer, the more their acts have to do with each other.
    active: u64,
    /// The op that everybody who acts has seen.
    start: Option<usize>,
}

impl Sketch {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let secret = EpochSecret::generate(dice.rng());
        let own = vec![Vec::new(); PEOPLE];
        let epoch = EpochId([7; 32]);
        let (ops, invites, channels, roles) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let active = if dice.chance(500) { PEOPLE as u64 } else { 3 };
        let guild = GuildId([0; 32]);
        let mut sketch = Self { dice, guild, epoch, secret, ops, own, invites, channels, roles, active, start: None };
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
            let admin = authority::admin(sketch.guild);
            for equal in 1..3 {
                sketch.as_owner(Act::Grant { role: admin, user: person(equal).user });
            }
        }
        if sketch.dice.chance(600) {
            sketch.settle_in();
        }
        for _ in 0..sketch.dice.between(4, 24) {
            sketch.step();
        }
        sketch
    }

    /// Two roles, one above the other, somebody in each, and a place behind a password.
    fn settle_in(&mut self) {
        let manager = Permissions::MANAGE_ROLES
            | Permissions::MANAGE_CHANNELS
            | Permissions::KICK
            | Permissions::BAN
            | Permissions::TIMEOUT;
        for (user, rank) in [(1, 600), (2, 300)] {
            let change = RoleChange { name: Some(self.name()), ..RoleChange::default() };
            let permissions = if self.dice.chance(800) { manager } else { self.some_permissions() };
            self.as_owner(Act::RoleCreate { rank, permissions, change });
            let role = *self.roles.last().unwrap();
            self.as_owner(Act::Grant { role, user: person(user).user });
        }
        let nature = Nature { private: true, password: true, ..Nature::public(ChannelKind::Text) };
        self.as_owner(Act::Channel { nature, change: ChannelChange::default() });
    }

    fn as_owner(&mut self, act: Act) {
        let last = self.own[0].last().copied();
        self.write(0, &Op::Act(Acting::Owner(0), act), Vec::new(), last);
        self.start = self.own[0].last().copied();
    }

    /// Writes an op that cites these, after this one of the author's own.
    fn write(&mut self, who: usize, says: &Op, cites: Vec<usize>, prev: Option<usize>) {
        let before = cites.iter().copied().chain(prev).map(|n| self.ops[n].entry.header.hlc.0).max().unwrap_or(1_000);
        let hlc = before + 1 + self.dice.below(6);
        let cites = cites.into_iter().map(|n| self.ops[n].entry.header.reference(self.ops[n].id)).collect();
        let header = header(self.guild, person(who).device, prev.map(|n| &self.ops[n]), hlc, cites);
        let sealed = (!Op::is_plain(says.kind())).then_some((self.epoch, &self.secret));
        let written = op::author(self.dice.rng(), &person(who).key(), header, says, sealed);
        let n = self.ops.len();
        match says {
            // The key was put last when the act was made.
            Op::Act(_, Act::Invite { .. }) => self.invites.last_mut().unwrap().0 = InviteId(written.id.0),
            Op::Act(_, Act::Channel { .. }) => self.channels.push(ChannelId(written.id.0)),
            Op::Act(_, Act::RoleCreate { .. }) => self.roles.push(RoleId(written.id.0)),
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
            cites.extend(self.start);
        }
        cites.sort_unstable();
        cites.dedup();
        cites.truncate(8);
        let says = self.says(who);
        self.write(who, &says, cites, prev);
    }

    fn says(&mut self, who: usize) -> Op {
        let everyone = authority::everyone(self.guild);
        let acting = match self.dice.below(10) {
            0..6 if who == 0 => Acting::Owner(0),
            0 => Acting::Owner(0),
            1 => Acting::Owner(self.dice.between(1, 2) as u32),
            2 => Acting::Role(RoleId([9; 32])),
            3..5 => Acting::Role(everyone),
            _ => Acting::Role(self.some_role(600, 50)),
        };
        let user = person(self.dice.below(self.active) as usize).user;
        let role = self.some_role(500, 200);
        let act = match self.dice.below(140) {
            0..24 => Act::Grant { role, user },
            24..34 => Act::Revoke { role, user },
            // Of one's own.
            34..38 => Act::Revoke { role, user: person(who).user },
            38..46 => Act::Kick { user, reason: None },
            46..52 => Act::Ban { user, reason: None },
            52..57 => Act::Unban { user },
            57..61 => Act::Leave,
            61..65 => {
                let uses = self.dice.chance(700).then(|| self.dice.between(1, 2) as u32);
                let roles = if self.dice.chance(400) { vec![role] } else { Vec::new() };
                self.invite(uses, roles)
            }
            65..69 => Act::InviteRevoke { invite: self.some_invite() },
            69..76 => {
                let newest = if self.dice.chance(500) { self.invites.len().min(2) } else { self.invites.len() };
                let nth = self.invites.len() as u64 - 1 - self.dice.below(newest as u64);
                let guest = self.dice.below(self.active);
                let proved = self.dice.chance(900);
                let admit = self.admit(nth as usize, guest as usize, proved);
                let under = if self.dice.chance(900) { Acting::Role(everyone) } else { acting };
                return Op::Act(under, admit);
            }
            76 => match self.dice.below(5) {
                0 | 1 => Act::Guild { name: Some(self.name()), description: None, icon: None },
                2 => Act::Guild { name: None, description: None, icon: Some(self.some_picture()) },
                3 => Act::Emoji { name: Text::try_from("tent").unwrap(), picture: self.some_picture() },
                _ => Act::Avatar { picture: self.some_picture() },
            },
            77..81 => {
                let (private, password) = (self.dice.chance(700), self.dice.chance(400));
                let nature = Nature { private, password, ..Nature::public(ChannelKind::Text) };
                Act::Channel { nature, change: ChannelChange { name: Some(self.name()), ..ChannelChange::default() } }
            }
            81..83 => {
                let change =
                    ChannelChange { topic: Some(Text::default()), position: Some(3), ..ChannelChange::default() };
                Act::ChannelUpdate { channel: self.some_channel(), change }
            }
            83 => Act::ChannelDelete { channel: self.some_channel() },
            84..94 => {
                let permissions = self.some_permissions();
                let rank = self.dice.between(0, 4) as u32 * 300;
                Act::RoleCreate {
                    rank,
                    permissions,
                    change: RoleChange { name: Some(self.name()), ..RoleChange::default() },
                }
            }
            94..104 => {
                let rank = self.dice.chance(400).then(|| self.dice.between(0, 6) as u32 * 150);
                let (set, clear) = (self.some_permissions(), self.some_permissions());
                let change = RoleChange { name: self.dice.chance(200).then(|| self.name()), ..RoleChange::default() };
                Act::RoleUpdate { role, rank, set, clear, change }
            }
            104..106 => Act::RoleDelete { role },
            106..110 => {
                let term = if self.dice.chance(800) { 0 } else { 1 };
                return Op::Act(Acting::Owner(term), Act::HandOver { user });
            }
            110..114 => {
                let until_ms = if self.dice.chance(300) { 0 } else { self.dice.below(4) };
                Act::Timeout { user, until_ms, reason: None }
            }
            114..117 => Act::Nick { user, nick: self.dice.chance(700).then(|| Text::try_from("Nick").unwrap()) },
            117..129 => {
                let target = if self.dice.chance(500) { Target::Role(role) } else { Target::User(user) };
                let (allow, deny, neutral) =
                    (self.some_permissions(), self.some_permissions(), self.some_permissions());
                let deny = if self.dice.chance(500) { deny } else { Permissions::default() };
                let neutral = if self.dice.chance(300) { neutral } else { Permissions::default() };
                Act::Overwrite { channel: self.some_channel(), target, allow, deny, neutral }
            }
            129..134 => {
                let enter = Act::Enter { channel: self.some_channel(), user };
                return Op::Act(if self.dice.chance(900) { Acting::Role(everyone) } else { acting }, enter);
            }
            134..139 => {
                let parents = Bounded::default();
                let id = EpochId(self.dice.bytes());
                let private = self.dice.chance(500);
                let audience = if private { Audience::Channel(self.some_channel()) } else { Audience::Guild };
                return Op::Epoch(Epoch { audience, id, parents, link: None });
            }
            _ => return Op::Merge,
        };
        Op::Act(acting, act)
    }

    /// One of the roles: of a thousand so often one that was made, so often `@everyone`, else admin.
    fn some_role(&mut self, made: u64, plain: u64) -> RoleId {
        let throw = self.dice.below(1_000);
        match self.dice.pick(&self.roles) {
            Some(role) if throw < made => role,
            _ if throw < made + plain => authority::everyone(self.guild),
            _ => authority::admin(self.guild),
        }
    }

    fn some_permissions(&mut self) -> Permissions {
        let common = [
            Permissions::MANAGE_ROLES,
            Permissions::MANAGE_CHANNELS,
            Permissions::VIEW,
            Permissions::KICK,
            Permissions::BAN,
            Permissions::SEND,
            Permissions::CREATE_INVITE,
            Permissions::TIMEOUT,
        ];
        let mut some = Permissions::default();
        for bit in common {
            if self.dice.chance(350) {
                some = some | bit;
            }
        }
        if self.dice.chance(30) { some | Permissions::ADMINISTRATOR } else { some }
    }

    fn some_picture(&mut self) -> Picture {
        let picture = |n: u64| Attachment {
            id: FileId([n as u8; 32]),
            key: FileKey::generate(&mut Dice::new(n)),
            size: 9,
            name: Text::default(),
            mime: Text::try_from(if n == 0 { "image/svg+xml" } else { "image/png" }).unwrap(),
            image: Some((8, 8)),
            preview: None,
        };
        let some = self.dice.chance(700).then(|| picture(self.dice.below(9)));
        Picture::try_from(some.into_iter().collect::<Vec<_>>()).unwrap()
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
}

/// Compares what is asked of the law about people.
fn agree_on_people(seed: u64, sketch: &mut Sketch, history: &History, dag: &Dag, settled: &Settled, users: &[UserId]) {
    for user in users {
        assert_eq!(settled.was_admitted(user), !history.admissions(*user).is_empty(), "seed {seed}");
        assert_eq!(settled.highest(dag, user), history.rank_now(*user), "seed {seed}");
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
            let at = Hlc(sketch.dice.below(5) << 16);
            assert_eq!(
                settled.stands(dag, user, &auth, at),
                history.stands_by(*user, &cited, at),
                "seed {seed}: {cited:?}"
            );
            let channel = sketch.some_channel();
            let known = settled.knew(dag, user, &channel, &auth);
            assert_eq!(known, history.knew(*user, channel, &cited), "seed {seed}: {channel:?} by {cited:?}");
        }
        for target in users {
            let role = sketch.some_role(600, 100);
            let channel = sketch.some_channel();
            let permissions = sketch.some_permissions();
            let acts = [
                Act::Kick { user: *target, reason: None },
                Act::Grant { role, user: *target },
                Act::Revoke { role, user: *target },
                Act::HandOver { user: *target },
                Act::RoleUpdate {
                    role,
                    rank: None,
                    set: permissions,
                    clear: permissions,
                    change: RoleChange::default(),
                },
                Act::Overwrite {
                    channel,
                    target: Target::User(*target),
                    allow: permissions,
                    deny: Permissions::VIEW,
                    neutral: Permissions::default(),
                },
                Act::Enter { channel, user: *target },
                Act::Leave,
                Act::Nick { user: *target, nick: None },
            ];
            let nth = sketch.dice.below(acts.len() as u64) as usize;
            let may = settled.acting_for(dag, user, &acts[nth]).ok();
            assert_eq!(may, history.acting_for(*user, &acts[nth]), "seed {seed}: {:?}", acts[nth]);
        }
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
        // Nobody's op comes before who they are.
        let order = arrival(&mut sketch.dice, &sketch.ops.iter().collect::<Vec<_>>(), PEOPLE + 1);
        let mut replica = Replica::new(sketch.guild);
        for (at, n) in order.iter().enumerate() {
            let ends = at + 1 == order.len() || sketch.dice.chance(600);
            replica.take(&sketch.ops[*n], sketch.says_of(*n), at as u32, ends);
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
            let mut all: Vec<OpId> = settled.to_heed(None, false).map(|n| dag.node(n).id).collect();
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

/// How many tests share the histories, so that they run side by side.
const SHARES: u64 = 4;

fn share(nth: u64) {
    let seeds = match std::env::var("BIVOUAC_SEED") {
        Ok(one) => one.parse().map(|seed: u64| seed..seed + 1).unwrap(),
        Err(_) => 0..std::env::var("BIVOUAC_HISTORIES").map_or(2_000, |n| n.parse().unwrap()),
    };
    let many = seeds.end - seeds.start > 50 * SHARES;
    let judged = seeds.filter(|seed| seed % SHARES == nth).map(judge);
    let total = judged.fold((0, 0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1, sum.2 + one.2));
    // Histories in which nothing, or everything, has effect would show little.
    assert!(!many || total.0 > total.1 / 4 && total.1 > total.0 / 4 && total.2 > total.0 / 10, "{total:?}");
}

macro_rules! shares {
    ($($name:ident $nth:literal),*) => {
        $(#[test]
        fn $name() {
            share($nth);
        })*
    };
}

shares!(the_law_is_what_its_page_says_0 0, the_law_is_what_its_page_says_1 1, the_law_is_what_its_page_says_2 2, the_law_is_what_its_page_says_3 3);
