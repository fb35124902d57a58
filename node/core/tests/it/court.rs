//! Who prevails: acts that collide, each case by name. Every case is settled in the order given and in others, whole and act by
//! act, and must come out the same.

use bivouac_core::{
    act::RoleChange,
    authority::{self, Settled, Void, settle},
    dag::{Dag, Offer},
    fold,
    model::{
        ChannelChange, ChannelId, ChannelKind, GuildId, InviteId, Law, Nature, Overwrite, Permissions, RoleId, Target,
    },
    op::{self, Act, Acting, Audience, Epoch, Genesis, Op, Proved, invite_proof},
    sim::{Dice, ManyActs, PEOPLE, Person, person},
};
use bivouac_crypto::{Bounded, DeviceId, Domain, EpochId, SigningKey, Text, UserId};

use crate::script::{Replica, arrival, header, last};

/// The owner's second device.
const SPARE: usize = 100;

/// A guild and what was done in it, op by op. Node 0 is the owner, with two devices; others are let in at the start.
struct Court {
    dice: Dice,
    guild: GuildId,
    /// By device.
    owner: Vec<Person>,
    ops: Vec<(Proved, Op)>,
    /// Everybody has seen what was done until here.
    start: usize,
}

impl Court {
    fn new(people: usize) -> Self {
        let owner = Person::household(PEOPLE as u64, "Ada", 2);
        let mut court = Self { dice: Dice::new(1), guild: GuildId([0; 32]), owner, ops: Vec::new(), start: 0 };
        let genesis = Op::Genesis(Genesis { owner: court.owner[0].chain.clone(), nonce: [3; 32] });
        court.write(0, genesis, &[]);
        court.guild = GuildId(court.ops[0].0.id.0);
        let door = SigningKey::from_seed(&[4; 32]);
        let open = Act::Invite { key: door.public(), max_uses: None, expires_ms: None, roles: Bounded::default() };
        court.owner(open, &[]);
        let invite = InviteId(court.ops[1].0.id.0);
        for who in 1..people {
            let proof = door.sign(Domain::Invite, &invite_proof(court.guild, person(who).user));
            let admit = Act::Admit { invite, guest: person(who).chain.clone(), proof };
            court.by(0, court.everyone(), admit, &[]);
        }
        court.start = court.ops.len() - 1;
        court
    }

    fn everyone(&self) -> RoleId {
        authority::everyone(self.guild)
    }

    fn admin(&self) -> RoleId {
        authority::admin(self.guild)
    }

    fn user(&self, who: usize) -> UserId {
        if who == 0 { self.owner[0].user } else { person(who).user }
    }

    /// The next op of somebody's device that has seen their own, the start, and these.
    fn write(&mut self, who: usize, says: Op, cites: &[usize]) -> usize {
        let key = match who {
            0 => self.owner[0].key(),
            SPARE => self.owner[1].key(),
            _ => person(who).key(),
        };
        let device = DeviceId(key.public());
        let first = [self.start].into_iter().filter(|_| !self.ops.is_empty());
        let seen = first.chain(cites.iter().copied()).map(|n| &self.ops[n].0);
        let cites = seen.map(|op| op.entry.header.reference(op.id)).collect();
        let after = last(self.ops.iter().map(|(op, _)| op), device);
        let header = header(self.guild, device, after, 1_000 + self.ops.len() as u64, cites);
        let written = op::author(self.dice.rng(), &key, header, &says, None);
        self.ops.push((written, says));
        self.ops.len() - 1
    }

    fn owner(&mut self, act: Act, cites: &[usize]) -> usize {
        self.write(0, Op::Act(Acting::Owner(0), act), cites)
    }

    fn by(&mut self, who: usize, role: RoleId, act: Act, cites: &[usize]) -> usize {
        self.write(who, Op::Act(Acting::Role(role), act), cites)
    }

    /// What everybody knows from here on.
    fn known(&mut self) {
        self.start = self.ops.len() - 1;
    }

    /// A role that the owner makes and gives to these, known to all.
    fn role(&mut self, rank: u32, permissions: Permissions, holders: &[usize]) -> RoleId {
        let change = RoleChange { name: Text::try_from("role").ok(), ..RoleChange::default() };
        let made = self.owner(Act::RoleCreate { rank, permissions, change }, &[]);
        let role = RoleId(self.ops[made].0.id.0);
        for who in holders {
            self.owner(Act::Grant { role, user: self.user(*who) }, &[]);
        }
        self.known();
        role
    }

    fn channel(&mut self, nature: Nature) -> ChannelId {
        let made = self.owner(Act::Channel { nature, change: ChannelChange::default() }, &[]);
        self.known();
        ChannelId(self.ops[made].0.id.0)
    }

    fn kick(&self, who: usize) -> Act {
        Act::Kick { user: self.user(who), reason: None }
    }

    fn settled_in(&self, order: &[usize]) -> Replica {
        let mut replica = Replica::new(self.guild);
        for (nth, n) in order.iter().enumerate() {
            let (op, says) = &self.ops[*n];
            replica.take(op, says.clone(), nth as u32, true);
        }
        replica
    }

    /// Settles it, in several orders of arrival.
    fn rule(&self) -> Ruling {
        let given: Vec<usize> = (0..self.ops.len()).collect();
        let verdicts = |replica: &Replica| -> Vec<Result<(), Void>> {
            self.ops.iter().map(|(op, _)| replica.settled.of(replica.dag.find(&op.id).unwrap())).collect()
        };
        let ruled = self.settled_in(&given);
        let whole = fold::fold(&ruled.dag, &settle(&ruled.dag, self.guild), self.guild);
        assert_eq!(ruled.law, whole, "act by act and as a whole");
        let ops: Vec<&Proved> = self.ops.iter().map(|(op, _)| op).collect();
        for seed in 0..8 {
            let other = self.settled_in(&arrival(&mut Dice::new(seed), &ops, 0));
            assert_eq!((verdicts(&other), &other.law), (verdicts(&ruled), &ruled.law), "by another order of arrival");
        }
        let verdicts = verdicts(&ruled);
        let Replica { dag, settled, law, .. } = ruled;
        Ruling { verdicts, law, dag, settled }
    }
}

/// What it comes to.
struct Ruling {
    verdicts: Vec<Result<(), Void>>,
    law: Law,
    dag: Dag,
    settled: Settled,
}

const MOD: Permissions = Permissions(
    Permissions::KICK.0 | Permissions::BAN.0 | Permissions::MANAGE_ROLES.0 | Permissions::MANAGE_CHANNELS.0,
);

#[test]
fn a_ban_across_an_unseen_promotion_is_void() {
    let mut court = Court::new(3);
    let (low, high) = (court.role(300, MOD, &[1]), court.role(600, MOD, &[]));
    let user = court.user(2);
    let promoted = court.owner(Act::Grant { role: high, user }, &[]);
    let ban = court.by(1, low, Act::Ban { user, reason: None }, &[]);
    let ruling = court.rule();
    assert_eq!((ruling.verdicts[promoted], ruling.verdicts[ban]), (Ok(()), Err(Void::Outranked)));
    assert!(ruling.law.members.contains_key(&user));
    // A grant that had seen the ban comes too late to protect.
    let mut court = Court::new(3);
    let (low, high) = (court.role(300, MOD, &[1]), court.role(600, MOD, &[]));
    let ban = court.by(1, low, Act::Ban { user, reason: None }, &[]);
    court.owner(Act::Grant { role: high, user }, &[ban]);
    assert_eq!(court.rule().verdicts[ban], Ok(()));
}

#[test]
fn equals_do_not_remove_each_other_two_or_three() {
    for ring in [vec![1, 2], vec![1, 2, 3]] {
        let mut court = Court::new(4);
        let role = court.role(300, MOD, &ring);
        let kicks: Vec<usize> = (0..ring.len())
            .map(|nth| court.by(ring[nth], role, court.kick(ring[(nth + 1) % ring.len()]), &[]))
            .collect();
        let ruling = court.rule();
        assert!(kicks.iter().all(|kick| ruling.verdicts[*kick] == Err(Void::Outranked)));
        assert_eq!(ruling.law.members.len(), 4);
    }
}

#[test]
fn a_removal_from_above_voids_what_it_had_not_seen_and_nothing_else() {
    for seen in [false, true] {
        let mut court = Court::new(3);
        let role = court.role(300, MOD, &[1]);
        let kick = court.by(1, role, court.kick(2), &[]);
        let cites = [kick];
        court.owner(court.kick(1), if seen { &cites } else { &[] });
        let back_dated = court.by(1, role, Act::Unban { user: court.user(1) }, &[]);
        let ruling = court.rule();
        assert_eq!(ruling.verdicts[kick], if seen { Ok(()) } else { Err(Void::NotHeld) });
        assert_eq!(ruling.verdicts[back_dated], Err(Void::NotHeld));
        let members = [1, 2].map(|who| ruling.law.members.contains_key(&court.user(who)));
        assert_eq!(members, [false, !seen]);
    }
}

#[test]
fn a_demotion_voids_the_act_it_had_not_seen() {
    for seen in [false, true] {
        let mut court = Court::new(3);
        let role = court.role(300, MOD, &[1]);
        let kick = court.by(1, role, court.kick(2), &[]);
        let cites = [kick];
        let demotion = Act::Revoke { role, user: court.user(1) };
        court.owner(demotion, if seen { &cites } else { &[] });
        let ruling = court.rule();
        assert_eq!(ruling.verdicts[kick], if seen { Ok(()) } else { Err(Void::NotHeld) });
        assert_eq!(ruling.law.members.contains_key(&court.user(2)), !seen);
    }
}

#[test]
fn the_successor_is_in_whatever_was_done_to_them_unseen() {
    let mut court = Court::new(3);
    let admin = court.admin();
    let (successor, bo) = (court.user(2), court.user(1));
    court.owner(Act::Grant { role: admin, user: bo }, &[]);
    court.known();
    let kick = court.by(1, admin, court.kick(2), &[]);
    let ban = court.by(1, admin, Act::Ban { user: successor, reason: None }, &[]);
    let leave = court.by(2, court.everyone(), Act::Leave, &[]);
    let handed = court.owner(Act::HandOver { user: successor }, &[]);
    let ruling = court.rule();
    assert_eq!([kick, ban, leave].map(|n| ruling.verdicts[n]), [Err(Void::Outranked); 3]);
    assert_eq!((ruling.verdicts[handed], ruling.law.owner), (Ok(()), Some(successor)));
    assert!(ruling.law.members.contains_key(&successor) && ruling.law.bans.is_empty());
}

#[test]
fn a_hand_over_that_knew_of_a_ban_lifts_it_for_good() {
    let mut court = Court::new(3);
    let (bo, cy) = (court.user(1), court.user(2));
    let ban = court.owner(Act::Ban { user: bo, reason: None }, &[]);
    let handed = court.owner(Act::HandOver { user: bo }, &[ban]);
    let back = court.write(1, Op::Act(Acting::Owner(1), Act::HandOver { user: cy }), &[handed]);
    let ruling = court.rule();
    assert_eq!([ban, handed, back].map(|n| ruling.verdicts[n]), [Ok(()); 3]);
    assert_eq!((ruling.law.owner, ruling.law.members.len(), ruling.law.bans.len()), (Some(cy), 3, 0));
}

#[test]
fn of_two_hand_overs_by_two_devices_the_one_that_had_seen_more_stands() {
    let mut court = Court::new(3);
    let (bo, cy) = (court.user(1), court.user(2));
    let renamed = court.owner(Act::Guild { name: Text::try_from("late").ok(), description: None, icon: None }, &[]);
    let more = court.owner(Act::HandOver { user: bo }, &[]);
    let less = court.write(SPARE, Op::Act(Acting::Owner(0), Act::HandOver { user: cy }), &[]);
    let mine = court.write(2, Op::Act(Acting::Owner(1), court.kick(1)), &[less]);
    let ruling = court.rule();
    assert_eq!([renamed, more, less].map(|n| ruling.verdicts[n]), [Ok(()), Ok(()), Err(Void::HandedOver)]);
    assert_eq!((ruling.verdicts[mine], ruling.law.owner), (Err(Void::NotHeld), Some(bo)));
    // After one, no other.
    let mut court = Court::new(3);
    let first = court.owner(Act::HandOver { user: bo }, &[]);
    let second = court.owner(Act::HandOver { user: cy }, &[]);
    let ruling = court.rule();
    assert_eq!([first, second].map(|n| ruling.verdicts[n]), [Ok(()), Err(Void::HandedOver)]);
}

#[test]
fn who_gave_the_guild_away_does_nothing_more_as_its_owner() {
    let mut court = Court::new(3);
    let (ada, bo) = (court.user(0), court.user(1));
    let before = court.owner(Act::Guild { name: Text::try_from("old").ok(), description: None, icon: None }, &[]);
    let handed = court.owner(Act::HandOver { user: bo }, &[]);
    // By the other device, as if it had not known.
    let unseen = court.write(SPARE, Op::Act(Acting::Owner(0), court.kick(2)), &[]);
    let after = court.owner(court.kick(2), &[]);
    let usurped = court.write(0, Op::Act(Acting::Owner(1), court.kick(2)), &[]);
    let out = court.write(1, Op::Act(Acting::Owner(1), Act::Ban { user: ada, reason: None }), &[handed, after]);
    let ruling = court.rule();
    assert_eq!([before, handed, out].map(|n| ruling.verdicts[n]), [Ok(()); 3]);
    assert_eq!([unseen, after].map(|n| ruling.verdicts[n]), [Err(Void::HandedOver); 2]);
    assert_eq!(ruling.verdicts[usurped], Err(Void::NotHeld));
    assert!(!ruling.law.members.contains_key(&ada) && ruling.law.members.contains_key(&court.user(2)));
}

#[test]
fn a_lowered_role_keeps_what_its_lowering_had_seen_done() {
    let mut court = Court::new(4);
    let (role, other) = (court.role(600, MOD, &[1]), court.role(300, MOD, &[2, 3]));
    let seen = court.by(1, role, court.kick(2), &[]);
    let lower = Act::RoleUpdate {
        role,
        rank: Some(200),
        set: Permissions::default(),
        clear: Permissions::default(),
        change: RoleChange::default(),
    };
    let lowered = court.owner(lower.clone(), &[seen]);
    let unseen = court.by(1, role, court.kick(3), &[]);
    let ruling = court.rule();
    assert_eq!([seen, lowered, unseen].map(|n| ruling.verdicts[n]), [Ok(()), Ok(()), Err(Void::Outranked)]);
    assert_eq!((ruling.law.roles[&role].rank, ruling.law.roles[&other].rank), (200, 300));
    // Never raised.
    let raise = Act::RoleUpdate {
        role,
        rank: Some(400),
        set: Permissions::default(),
        clear: Permissions::default(),
        change: RoleChange::default(),
    };
    let raised = court.owner(raise, &[]);
    assert_eq!(court.rule().verdicts[raised], Err(Void::NotAllowed));
}

#[test]
fn a_deleted_role_is_held_by_nobody_and_what_was_done_under_it_unseen_is_void() {
    let mut court = Court::new(4);
    let role = court.role(600, MOD, &[1]);
    let seen = court.by(1, role, court.kick(2), &[]);
    court.owner(Act::RoleDelete { role }, &[seen]);
    let unseen = court.by(1, role, court.kick(3), &[]);
    let ruling = court.rule();
    assert_eq!([seen, unseen].map(|n| ruling.verdicts[n]), [Ok(()), Err(Void::NotHeld)]);
    assert!(!ruling.law.roles.contains_key(&role) && ruling.law.members[&court.user(1)].roles.is_empty());
}

#[test]
fn nobody_gives_what_they_lack_or_stands_beside_themselves() {
    let mut court = Court::new(3);
    let role = court.role(300, Permissions::MANAGE_ROLES, &[1]);
    let change = RoleChange::default;
    let create = |rank, permissions| Act::RoleCreate { rank, permissions, change: change() };
    let update = |role, set| Act::RoleUpdate { role, rank: None, set, clear: Permissions::default(), change: change() };
    let (everyone, admin, me) = (court.everyone(), court.admin(), court.user(1));
    let cases = [
        (create(299, Permissions::SEND), Ok(())),
        (create(300, Permissions::SEND), Err(Void::Outranked)),
        (create(0, Permissions::SEND), Err(Void::Outranked)),
        (create(1, Permissions::KICK), Err(Void::NotAllowed)),
        (update(everyone, Permissions::ADMINISTRATOR), Err(Void::NotAllowed)),
        (update(everyone, Permissions::MANAGE_ROLES), Ok(())),
        (update(role, Permissions::SEND), Err(Void::Outranked)),
        (Act::Grant { role: admin, user: me }, Err(Void::Outranked)),
        (Act::Grant { role, user: court.user(2) }, Err(Void::Outranked)),
        (Act::RoleDelete { role: everyone }, Err(Void::NotAllowed)),
        (Act::Grant { role: RoleId([9; 32]), user: me }, Err(Void::Unknown)),
        (Act::HandOver { user: me }, Err(Void::HandedOver)),
    ];
    for (act, expected) in cases {
        let mut court = Court::new(3);
        let same = court.role(300, Permissions::MANAGE_ROLES, &[1]);
        assert_eq!(same, role);
        let n = court.by(1, role, act.clone(), &[]);
        assert_eq!(court.rule().verdicts[n], expected, "{act:?}");
    }
}

#[test]
fn a_permission_taken_concurrently_is_taken_and_one_given_back_counts() {
    let change = |set, clear, role| Act::RoleUpdate { role, rank: None, set, clear, change: RoleChange::default() };
    let (kick, none) = (Permissions::KICK, Permissions::default());
    let mut court = Court::new(3);
    let role = court.role(300, none, &[1]);
    let given = court.owner(change(kick, none, role), &[]);
    let taken = court.write(SPARE, Op::Act(Acting::Owner(0), change(none, kick, role)), &[]);
    assert!(court.rule().law.roles[&role].permissions.is_empty());
    let used = court.by(1, role, court.kick(2), &[given]);
    assert_eq!(court.rule().verdicts[used], Err(Void::NotAllowed));
    let again = court.owner(change(kick, none, role), &[taken]);
    let ruling = court.rule();
    assert_eq!(ruling.law.roles[&role].permissions, kick);
    // What was done before it was given back stays undone: it had not seen that.
    assert_eq!(ruling.verdicts[used], Err(Void::NotAllowed));
    let used = court.by(1, role, court.kick(2), &[again]);
    assert_eq!(court.rule().verdicts[used], Ok(()));
}

#[test]
fn a_private_channel_is_its_creators_until_somebody_is_let_in() {
    let mut court = Court::new(4);
    let manager = court.role(300, MOD, &[1]);
    let private = Nature { private: true, password: true, ..Nature::public(ChannelKind::Text) };
    let made = court.by(1, manager, Act::Channel { nature: private, change: ChannelChange::default() }, &[]);
    court.known();
    let channel = ChannelId(court.ops[made].0.id.0);
    let epoch = |court: &mut Court, who: usize, cites: &[usize]| {
        let id = EpochId(court.dice.bytes());
        let parents = Bounded::default();
        court.write(who, Op::Epoch(Epoch { audience: Audience::Channel(channel), id, parents, link: None }), cites)
    };
    let (own, foreign) = (epoch(&mut court, 1, &[]), epoch(&mut court, 2, &[]));
    let over = |user, allow, deny| Act::Overwrite {
        channel,
        target: Target::User(user),
        allow,
        deny,
        neutral: Permissions::default(),
    };
    let (view, none) = (Permissions::VIEW, Permissions::default());
    let (cy, dee) = (court.user(2), court.user(3));
    let stolen = court.by(2, court.everyone(), over(cy, view, none), &[]);
    let entered = court.by(2, court.everyone(), Act::Enter { channel, user: cy }, &[]);
    let let_in = court.by(1, manager, Act::Enter { channel, user: dee }, &[]);
    let ruling = court.rule();
    assert_eq!([own, foreign].map(|n| ruling.verdicts[n]), [Ok(()), Err(Void::NotAllowed)]);
    assert_eq!([stolen, entered, let_in].map(|n| ruling.verdicts[n]), [Err(Void::NotAllowed); 3]);
    // A reader lets in who knows the password, under `@everyone`; who is denied stays out.
    let entered = court.by(1, court.everyone(), Act::Enter { channel, user: dee }, &[]);
    let denied = court.by(1, manager, over(cy, none, view), &[]);
    let again = court.by(3, court.everyone(), Act::Enter { channel, user: cy }, &[entered, denied]);
    let read = epoch(&mut court, 3, &[entered]);
    let ruling = court.rule();
    assert_eq!([entered, denied, again, read].map(|n| ruling.verdicts[n]), [Ok(()); 4]);
    let reads = |who: usize| {
        let everyone = court.everyone();
        ruling.law.permissions_in(&court.user(who), &ruling.law.channels[&channel], everyone).any(view)
    };
    assert_eq!([0, 1, 2, 3].map(reads), [true, true, false, true]);
    let denial = Overwrite { allow: none, deny: view };
    assert_eq!(ruling.law.overwrite(&channel, Target::User(cy)), denial);
    // An epoch that had not seen somebody shut out is not to be sent on.
    let n = |op: usize| ruling.dag.find(&court.ops[op].0.id).unwrap();
    assert!(ruling.settled.unheeded(&ruling.dag, Some(channel), false, n(own)).any(|act| act == n(denied)));
    assert!(ruling.settled.unheeded(&ruling.dag, Some(channel), true, n(own)).any(|act| act == n(entered)));
}

#[test]
fn what_one_channel_denies_wins_over_what_is_allowed_unseen() {
    let mut court = Court::new(3);
    let channel = court.channel(Nature::public(ChannelKind::Text));
    let (user, none) = (court.user(1), Permissions::default());
    let over = |allow, deny, neutral| Act::Overwrite { channel, target: Target::User(user), allow, deny, neutral };
    let send = Permissions::SEND;
    let denied = court.owner(over(none, send, none), &[]);
    let allowed = court.write(SPARE, Op::Act(Acting::Owner(0), over(send, none, none)), &[]);
    let now = |court: &Court| court.rule().law.overwrite(&channel, Target::User(user));
    assert_eq!(now(&court), Overwrite { allow: none, deny: send });
    let lifted = court.owner(over(none, none, send), &[denied, allowed]);
    assert_eq!(now(&court), Overwrite::default());
    court.owner(over(send, none, none), &[lifted]);
    assert_eq!(now(&court), Overwrite { allow: send, deny: none });
}

/// Nothing recurses: a stack that would hold a few hundred frames is enough for a hundred thousand acts.
#[test]
fn a_hundred_thousand_acts_apart_are_settled_on_a_small_stack() {
    let acts = ManyActs::new(100_000, true);
    let judge = move || {
        let mut dag = Dag::new(acts.guild);
        for (store, (op, says)) in (0..).zip(acts.ops) {
            let Offer::Ready(place) = dag.offer(&op) else { panic!("op {store}") };
            dag.insert(&op, Some(says), place, store);
        }
        dag.resolve();
        let settled = settle(&dag, acts.guild);
        let law = fold::fold(&dag, &settled, acts.guild);
        (dag.ordered().filter(|n| settled.of(*n).is_ok()).count(), law.members.len())
    };
    let judging = std::thread::Builder::new().stack_size(256 << 10).spawn(judge).unwrap();
    let (effective, members) = judging.join().unwrap();
    assert!(effective > 5_000 && members > 1, "{effective} acts with effect, {members} members");
}

#[test]
fn a_manager_of_a_rank_changes_what_is_below_and_for_everyone() {
    let mut court = Court::new(4);
    let channel = court.channel(Nature::public(ChannelKind::Text));
    let manager = court.role(300, MOD | Permissions::SEND, &[1]);
    let (above, below) = (court.role(400, MOD, &[2]), court.role(200, MOD, &[3]));
    let (send, none) = (Permissions::SEND, Permissions::default());
    let deny = |role| Act::Overwrite { channel, target: Target::Role(role), allow: none, deny: send, neutral: none };
    let everyone = court.everyone();
    let cases = [(everyone, Ok(())), (below, Ok(())), (manager, Err(Void::Outranked)), (above, Err(Void::Outranked))];
    let denials = cases.map(|(role, _)| court.by(1, manager, deny(role), &[]));
    // Also by whoever manages roles only because all do.
    let set = Permissions::MANAGE_ROLES | Permissions::MANAGE_CHANNELS;
    let change = RoleChange::default();
    let update = |role, rank, set| Act::RoleUpdate { role, rank, set, clear: none, change: change.clone() };
    court.owner(update(everyone, None, set), &[]);
    court.known();
    let by_all = court.by(3, everyone, deny(everyone), &[]);
    let of_below = court.by(3, everyone, deny(below), &[]);
    // A rank is lowered, and not to nothing.
    let ranks = [(199, Ok(())), (199, Err(Void::NotAllowed)), (0, Err(Void::NotAllowed))];
    let lowered = ranks.map(|(rank, _)| court.by(1, manager, update(below, Some(rank), none), &[]));
    let ruling = court.rule();
    assert_eq!(denials.map(|n| ruling.verdicts[n]), cases.map(|(_, verdict)| verdict));
    assert_eq!([by_all, of_below].map(|n| ruling.verdicts[n]), [Ok(()), Err(Void::Outranked)]);
    // Those after the first compare with what it left.
    assert_eq!(ruling.verdicts[lowered[0]], ranks[0].1);
    assert_eq!(lowered[1..].iter().map(|n| ruling.verdicts[*n]).collect::<Vec<_>>(), [Err(Void::NotAllowed); 2]);
}

#[test]
fn what_a_role_loses_is_heeded_by_epochs_and_what_it_gains_is_not() {
    let mut court = Court::new(3);
    let role = court.role(300, MOD, &[1]);
    let (none, change) = (Permissions::default(), RoleChange::default());
    let update = |rank, set, clear| Act::RoleUpdate { role, rank, set, clear, change: change.clone() };
    let gained = court.owner(update(None, Permissions::SEND, none), &[]);
    let lost = court.owner(update(None, none, Permissions::KICK), &[]);
    let lowered = court.owner(update(Some(200), none, none), &[]);
    let named = court.owner(update(None, none, none), &[]);
    let deleted = court.owner(Act::RoleDelete { role }, &[]);
    let ruling = court.rule();
    assert!([gained, lost, lowered, named, deleted].iter().all(|n| ruling.verdicts[*n] == Ok(())));
    let heeded: Vec<u32> = ruling.settled.to_heed(None, false).collect();
    let is_heeded = |n: usize| heeded.contains(&ruling.dag.find(&court.ops[n].0.id).unwrap());
    assert_eq!([gained, lost, lowered, named, deleted].map(is_heeded), [false, true, true, false, true]);
    assert!(!ruling.settled.exists(&role) && ruling.settled.exists(&court.admin()));
    let nowhere = RoleId([7; 32]);
    let mut court = Court::new(2);
    court.owner(Act::RoleUpdate { role: nowhere, rank: None, set: none, clear: none, change }, &[]);
    assert!(!court.rule().settled.exists(&nowhere));
}

#[test]
fn an_invite_admits_so_many_along_one_chain_and_nobody_counts_twice() {
    let mut court = Court::new(3);
    let door = SigningKey::from_seed(&[8; 32]);
    let open = Act::Invite { key: door.public(), max_uses: Some(1), expires_ms: None, roles: Bounded::default() };
    let made = court.owner(open, &[]);
    court.known();
    let invite = InviteId(court.ops[made].0.id.0);
    let admit = |court: &Court, guest: usize| {
        let proof = door.sign(Domain::Invite, &invite_proof(court.guild, person(guest).user));
        Act::Admit { invite, guest: person(guest).chain.clone(), proof }
    };
    let everyone = court.everyone();
    let first = court.by(1, everyone, admit(&court, 7), &[]);
    let apart = court.by(2, everyone, admit(&court, 8), &[]);
    let again = court.by(1, everyone, admit(&court, 7), &[]);
    let third = court.by(1, everyone, admit(&court, 9), &[]);
    let ruling = court.rule();
    let verdicts = [first, apart, again, third].map(|n| ruling.verdicts[n]);
    assert_eq!(verdicts, [Ok(()), Ok(()), Ok(()), Err(Void::Invite)]);
}

#[test]
fn of_two_hand_overs_the_acts_of_others_that_they_had_seen_do_not_count() {
    let mut court = Court::new(3);
    let (bo, cy) = (court.user(1), court.user(2));
    court.owner(Act::Guild { name: Text::try_from("late").ok(), description: None, icon: None }, &[]);
    let nick = |court: &Court| Act::Nick { user: court.user(1), nick: Text::try_from("Bobo").ok() };
    let others = [(); 4].map(|()| court.by(1, court.everyone(), nick(&court), &[]));
    let more = court.owner(Act::HandOver { user: bo }, &[]);
    let less = court.write(SPARE, Op::Act(Acting::Owner(0), Act::HandOver { user: cy }), &[others[3]]);
    let ruling = court.rule();
    assert_eq!([more, less].map(|n| ruling.verdicts[n]), [Ok(()), Err(Void::HandedOver)]);
}

#[test]
fn a_grant_does_not_lift_a_ban() {
    let mut court = Court::new(3);
    let (bo, everyone) = (court.user(1), court.everyone());
    court.owner(Act::Ban { user: bo, reason: None }, &[]);
    let granted = court.owner(Act::Grant { role: everyone, user: bo }, &[]);
    let ruling = court.rule();
    assert_eq!((ruling.verdicts[granted], ruling.law.members.contains_key(&bo)), (Ok(()), false));
    court.owner(Act::Unban { user: bo }, &[]);
    let back = court.owner(Act::Grant { role: everyone, user: bo }, &[]);
    let ruling = court.rule();
    assert_eq!((ruling.verdicts[back], ruling.law.members.contains_key(&bo)), (Ok(()), true));
}
