//! Acts that random histories seldom bring together: what becomes of each.

use bivouac_core::{
    authority::{self, Settled, Void, settle},
    dag::{Dag, Offer},
    model::{GuildId, Hlc, InviteId},
    op::{self, Act, Acting, Genesis, Op, Proved, invite_proof},
    sim::{Dice, Person, person},
};
use bivouac_crypto::{
    Bounded, DeviceId, Domain, Identity, IdentityAct, IdentityChain, KemSecret, NewIdentity, SigningKey, Text, UserId,
    countersign,
};

use crate::script::{header, last};

/// Seed of the key of every invite made by [`Guild::door`].
const DOOR: [u8; 32] = [9; 32];

/// A guild of an owner and of a user with two devices, the first of which manages.
struct Guild {
    dice: Dice,
    id: GuildId,
    devices: [[u8; 32]; 2],
    user: UserId,
    identity: Identity,
    root: SigningKey,
    ops: Vec<(Proved, Op)>,
}

impl Guild {
    /// The owner let the user in by the op 2.
    fn new() -> Self {
        let mut dice = Dice::new(1);
        let devices = [[1; 32], [2; 32]];
        let [first, second] = devices.map(|seed| SigningKey::from_seed(&seed));
        let name = Text::try_from("Ada").unwrap();
        let NewIdentity { chain, recovery, .. } = NewIdentity::create(dice.rng(), name, Text::default(), &first);
        let IdentityChain { genesis, ops } = chain;
        let mut ops = ops.into_vec();
        let mut identity =
            IdentityChain { genesis: genesis.clone(), ops: ops.clone().try_into().unwrap() }.verify().unwrap();
        let kem = KemSecret::generate(dice.rng()).public();
        let add = IdentityAct::AddDevice {
            device: DeviceId(second.public()),
            countersign: countersign(&identity.user(), &second, &kem),
            kem,
            manage: false,
            name: Text::default(),
        };
        let added = identity.next(&first, add);
        identity.apply(&added).unwrap();
        ops.push(added);
        let chain = IdentityChain { genesis, ops: ops.try_into().unwrap() };
        let (owner, user, id) = (person(0).key(), identity.user(), GuildId([0; 32]));
        let mut guild = Self { dice, id, devices, user, identity, root: recovery.root(), ops: Vec::new() };
        let genesis = Op::Genesis(Genesis { owner: person(0).chain.clone(), nonce: [3; 32] });
        guild.write(&owner, genesis, &[]);
        guild.id = GuildId(guild.ops[0].0.id.0);
        let door = SigningKey::from_seed(&[4; 32]);
        guild.write(&owner, Op::Act(Acting::Owner(0), invite(&door)), &[0]);
        let proof = door.sign(Domain::Invite, &invite_proof(guild.id, user));
        let admit = Act::Admit { invite: InviteId(guild.ops[1].0.id.0), guest: chain, proof };
        guild.act(&owner, admit, &[1]);
        guild
    }

    /// The next op of a device, that cites these. Gives its number.
    fn write(&mut self, key: &SigningKey, says: Op, cites: &[usize]) -> usize {
        let device = DeviceId(key.public());
        let seen = cites.iter().map(|n| &self.ops[*n].0);
        let cites = seen.map(|op| op.entry.header.reference(op.id)).collect();
        let after = last(self.ops.iter().map(|(op, _)| op), device);
        let header = header(self.id, device, after, 1_000 + self.ops.len() as u64, cites);
        let written = op::author(self.dice.rng(), key, header, &says, None);
        self.ops.push((written, says));
        self.ops.len() - 1
    }

    fn act(&mut self, key: &SigningKey, act: Act, cites: &[usize]) -> usize {
        let under = Acting::Role(authority::everyone(self.id));
        self.write(key, Op::Act(under, act), cites)
    }

    fn key(&self, device: usize) -> SigningKey {
        SigningKey::from_seed(&self.devices[device])
    }

    /// An act that any member may do.
    fn door(&mut self, device: usize, cites: &[usize]) -> usize {
        self.act(&self.key(device), invite(&SigningKey::from_seed(&DOOR)), cites)
    }

    /// Lets somebody in by an invite that anybody may use.
    fn admit(&mut self, by: &SigningKey, invite: usize, guest: &Person, cites: &[usize]) -> usize {
        let proof = SigningKey::from_seed(&DOOR).sign(Domain::Invite, &invite_proof(self.id, guest.user));
        let invite = InviteId(self.ops[invite].0.id.0);
        self.act(by, Act::Admit { invite, guest: guest.chain.clone(), proof }, cites)
    }

    /// Publishes what is said about the user's identity with the root key.
    fn identity(&mut self, by: &SigningKey, act: IdentityAct, cites: &[usize]) -> usize {
        let op = self.identity.next(&self.root, act);
        self.identity.apply(&op).unwrap();
        self.act(by, Act::Identity { op }, cites)
    }

    fn settle(&self) -> (Dag, Settled) {
        let mut dag = Dag::new(self.id);
        for (n, (op, says)) in (0..).zip(&self.ops) {
            let Offer::Ready(place) = dag.offer(op) else { panic!("{n}") };
            assert_eq!(dag.insert(op, Some(says.clone()), place, n), n);
        }
        dag.resolve();
        let settled = settle(&dag, self.id);
        (dag, settled)
    }
}

fn invite(key: &SigningKey) -> Act {
    Act::Invite { key: key.public(), max_uses: None, expires_ms: None, roles: Bounded::default() }
}

#[test]
fn a_revoked_device_keeps_what_its_revocation_had_seen() {
    let mut guild = Guild::new();
    let first = guild.key(0);
    let seen = guild.door(1, &[2]);
    let unseen = guild.door(1, &[2]);
    let lost = IdentityAct::RevokeDevice { device: DeviceId(guild.key(1).public()) };
    let revocation = guild.identity(&first, lost, &[seen]);
    let after = guild.door(1, &[revocation]);
    let other = guild.door(0, &[revocation]);
    let (dag, settled) = guild.settle();
    let of = |n: usize| settled.of(n as u32);
    assert_eq!([seen, revocation, other].map(of), [Ok(()); 3]);
    assert_eq!([unseen, after].map(of), [Err(Void::Revoked); 2]);
    // Its keys are not to be used any more.
    assert_eq!(settled.to_heed(None, false).collect::<Vec<_>>(), [revocation as u32]);
    // One device is left to speak with.
    assert!(settled.stands(&dag, &guild.user, &dag.node(other as u32).clock, Hlc(0)));
}

#[test]
fn who_has_no_device_left_says_nothing_more() {
    let mut guild = Guild::new();
    let mut last = 2;
    for device in 0..2 {
        let lost = IdentityAct::RevokeDevice { device: DeviceId(guild.key(device).public()) };
        last = guild.identity(&guild.key(0), lost, &[last]);
    }
    let (dag, settled) = guild.settle();
    let stands = |n: usize| settled.stands(&dag, &guild.user, &dag.node(n as u32).clock, Hlc(0));
    assert_eq!([2, last].map(stands), [true, false]);
}

#[test]
fn an_identity_is_changed_by_its_user_alone_and_a_new_key_is_a_reason_for_a_new_epoch() {
    let mut guild = Guild::new();
    let (owner, first) = (person(0).key(), guild.key(0));
    let renamed = guild.identity(&first, IdentityAct::Profile { name: Text::try_from("Ada L.").unwrap() }, &[2]);
    let kem = KemSecret::generate(guild.dice.rng()).public();
    let rotated = guild.identity(&first, IdentityAct::UserKem { generation: 1, kem }, &[renamed]);
    let of_another = guild.identity(&owner, IdentityAct::Profile { name: Text::try_from("Eve").unwrap() }, &[rotated]);
    let (_, settled) = guild.settle();
    let of = |n: usize| settled.of(n as u32);
    assert_eq!([renamed, rotated].map(of), [Ok(()); 2]);
    assert_eq!(of(of_another), Err(Void::Unreadable));
    assert_eq!(settled.to_heed(None, false).collect::<Vec<_>>(), [rotated as u32]);
}

#[test]
fn a_plain_members_revocation_of_an_invite_binds_what_saw_it() {
    let mut guild = Guild::new();
    let door = guild.door(0, &[2]);
    let invite = InviteId(guild.ops[door].0.id.0);
    let revoked = guild.act(&guild.key(0), Act::InviteRevoke { invite }, &[door]);
    let owner = person(0).key();
    let unaware = guild.admit(&owner, door, person(1), &[door]);
    let aware = guild.admit(&owner, door, person(2), &[revoked]);
    let (_, settled) = guild.settle();
    assert_eq!(settled.of(unaware as u32), Ok(()));
    assert_eq!(settled.of(aware as u32), Err(Void::Invite));
}

#[test]
fn a_ban_is_lifted_for_what_saw_it_lifted() {
    let mut guild = Guild::new();
    let (member, user) = (guild.key(0), person(1).user);
    let ban = guild.write(&person(0).key(), Op::Act(Acting::Owner(0), Act::Ban { user, reason: None }), &[]);
    let unban = guild.write(&person(0).key(), Op::Act(Acting::Owner(0), Act::Unban { user }), &[ban]);
    let before = guild.door(0, &[2]);
    let unaware = guild.admit(&member, before, person(1), &[before]);
    let after = guild.door(0, &[unban]);
    let aware = guild.admit(&member, after, person(1), &[after]);
    let (_, settled) = guild.settle();
    assert_eq!(settled.of(unaware as u32), Err(Void::Banned));
    assert_eq!(settled.of(aware as u32), Ok(()));
}
