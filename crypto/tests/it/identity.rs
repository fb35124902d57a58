//! Identities under attack: every rule of the chain, broken once.

use bivouac_crypto::{
    CHAIN_MAX, DeviceId, Domain, Identity, IdentityAct, IdentityChain, IdentityError, IdentityOp, KemPublic, KemSecret,
    LIVE_DEVICES_MAX, NewIdentity, RecoveryWords, Signed, SigningKey, Text, canonical, countersign, root_commitment,
};

use crate::text::rng;

/// A new identity with its first device's key.
struct World {
    new: NewIdentity,
    device: SigningKey,
    identity: Identity,
}

fn world() -> World {
    let device = key(1);
    let name = Text::try_from("Ada").expect("short");
    let new = NewIdentity::create(&mut rng(9), name, Text::try_from("desk").expect("short"), &device);
    let identity = new.chain.verify().expect("verifies");
    World { new, device, identity }
}

fn key(seed: u8) -> SigningKey {
    SigningKey::generate(&mut rng(seed))
}

fn id(key: &SigningKey) -> DeviceId {
    DeviceId(key.public())
}

fn kem(seed: u8) -> KemPublic {
    KemSecret::generate(&mut rng(seed)).public()
}

fn unusable_kem() -> KemPublic {
    KemPublic::try_from([0xff; 1216].as_slice()).expect("right length")
}

fn profile(name: &str) -> IdentityAct {
    IdentityAct::Profile { name: Text::try_from(name).expect("short") }
}

fn add(identity: &Identity, device: &SigningKey, manage: bool) -> IdentityAct {
    let kem = kem(100);
    let countersign = countersign(&identity.user(), device, &kem);
    IdentityAct::AddDevice { device: id(device), kem, manage, name: Text::default(), countersign }
}

impl World {
    /// Applies an act signed by a key; a refusal must leave the identity as it was.
    fn act(&mut self, signer: &SigningKey, act: IdentityAct) -> Result<(), IdentityError> {
        let op = self.identity.next(signer, act);
        self.apply(&op)
    }

    fn apply(&mut self, op: &Signed<IdentityOp>) -> Result<(), IdentityError> {
        let before = self.identity.clone();
        let result = self.identity.apply(op);
        assert_eq!(result.is_err(), self.identity == before);
        result
    }

    /// The same, by the first device.
    fn manage(&mut self, act: IdentityAct) -> Result<(), IdentityError> {
        let op = self.identity.next(&self.device, act);
        self.apply(&op)
    }

    fn root(&mut self, act: IdentityAct) -> Result<(), IdentityError> {
        let root = self.new.recovery.root();
        self.act(&root, act)
    }
}

#[test]
fn a_new_identity_has_a_name_and_a_managing_device() {
    let World { new, device, identity } = world();
    assert_eq!(identity.user(), new.chain.user());
    assert_eq!(identity.name().as_str(), "Ada");
    assert_eq!(identity.root(), new.recovery.root().public());
    assert_eq!((identity.kem_generation(), identity.kem()), (0, &new.user_kem.public()));
    let info = identity.live(&id(&device)).expect("live");
    assert!(info.manage && !info.revoked);
    assert_eq!((&info.kem, info.name.as_str()), (&new.device_kem.public(), "desk"));
    assert_eq!((identity.seq(), identity.devices().len()), (2, 1));
}

#[test]
fn the_head_tells_what_was_done_last() {
    let (mut one, mut other, mut silent) = (world(), world(), world());
    assert_eq!(one.identity.head(), silent.identity.head());
    one.manage(profile("Ada L.")).expect("managing");
    other.manage(profile("Ada B.")).expect("managing");
    let heads = [&one, &other, &silent].map(|world| world.identity.head());
    assert!(heads[0] != heads[1] && heads[1] != heads[2] && heads[0] != heads[2]);
    silent.manage(profile("Ada L.")).expect("managing");
    assert_eq!(silent.identity.head(), heads[0]);
}

#[test]
fn the_words_bring_back_the_keys() {
    let World { new, identity, .. } = world();
    let words = new.recovery.words();
    assert_eq!(words.len(), 24);
    let again = RecoveryWords::parse(&format!("  {}\n", words.join("\t").to_uppercase())).expect("parses");
    assert_eq!(again.root().public(), identity.root());
    assert_eq!(again.user_kem().public(), new.user_kem.public());
    assert_eq!(root_commitment(&again.next_root().public()), new.chain.genesis.next_root);
    assert_ne!(again.root().public(), again.next_root().public());
}

#[test]
fn chains_travel() {
    let chain = world().new.chain;
    let bytes = canonical::encode(&chain);
    let decoded: IdentityChain = canonical::decode(&bytes, 100_000).expect("decodes");
    assert_eq!(decoded, chain);
    assert_eq!(decoded.verify(), chain.verify());
}

#[test]
fn another_genesis_is_another_user() {
    let World { new, identity, .. } = world();
    let mut chain = new.chain.clone();
    chain.genesis.kem = kem(7);
    assert_ne!(chain.user(), identity.user());
    assert_eq!(chain.verify(), Err(IdentityError::OtherUser));
    let mut chain = new.chain.clone();
    chain.genesis.version = 2;
    assert_eq!(chain.verify(), Err(IdentityError::Version(2)));
    let mut chain = new.chain;
    chain.genesis.kem = unusable_kem();
    assert_eq!(chain.verify(), Err(IdentityError::BadKem));
}

#[test]
fn managing_devices_and_the_root_act_and_others_do_not() {
    let mut world = world();
    let (helper, stranger) = (key(2), key(3));
    world.manage(profile("Ada L.")).expect("manages");
    world.root(profile("Ada Lovelace")).expect("is root");
    assert_eq!(world.identity.name().as_str(), "Ada Lovelace");
    let act = add(&world.identity, &helper, false);
    world.manage(act).expect("manages");
    assert_eq!(world.act(&helper, profile("Eve")), Err(IdentityError::NotAllowed));
    assert_eq!(world.act(&stranger, profile("Eve")), Err(IdentityError::NotAllowed));
}

#[test]
fn order_and_history_are_fixed() {
    let mut world = world();
    let next = world.identity.next(&world.device, profile("A")).value;
    let resign = |world: &World, op: IdentityOp| Signed::sign(Domain::Identity, &world.device, op);
    let late = resign(&world, IdentityOp { seq: 4, ..next.clone() });
    assert_eq!(world.apply(&late), Err(IdentityError::Seq { expected: 3, found: 4 }));
    let fork = resign(&world, IdentityOp { prev: [7; 32], ..next.clone() });
    assert_eq!(world.apply(&fork), Err(IdentityError::Prev));
    let foreign = resign(&world, IdentityOp { user: bivouac_crypto::UserId([7; 32]), ..next.clone() });
    assert_eq!(world.apply(&foreign), Err(IdentityError::OtherUser));
    let good = resign(&world, next);
    world.apply(&good).expect("follows");
    assert_eq!(world.apply(&good), Err(IdentityError::Seq { expected: 4, found: 3 }), "a replay");
}

#[test]
fn a_chain_out_of_order_or_with_a_gap_is_refused() {
    let chain = world().new.chain;
    let [first, second] = &*chain.ops else { panic!("two operations") };
    let with = |ops: Vec<Signed<IdentityOp>>| {
        IdentityChain { genesis: chain.genesis.clone(), ops: ops.try_into().expect("fits") }.verify()
    };
    assert_eq!(with(vec![second.clone(), first.clone()]), Err(IdentityError::Seq { expected: 1, found: 2 }));
    assert_eq!(with(vec![second.clone()]), Err(IdentityError::Seq { expected: 1, found: 2 }));
    assert!(with(vec![first.clone()]).is_ok(), "a beginning stands by itself");
}

#[test]
fn forged_operations_are_refused() {
    let mut world = world();
    let good = world.identity.next(&world.device, profile("A"));
    let mut changed = good.clone();
    changed.value.act = profile("B");
    assert!(matches!(world.apply(&changed), Err(IdentityError::Signature(_))));
    // Signed by a stranger who names a managing device as signer.
    let forged = Signed { signer: world.device.public(), ..world.identity.next(&key(3), profile("B")) };
    assert!(matches!(world.apply(&forged), Err(IdentityError::Signature(_))));
    // Signed for another purpose.
    let swapped = Signed::sign(Domain::Op, &world.device, good.value);
    assert!(matches!(world.apply(&swapped), Err(IdentityError::Signature(_))));
}

#[test]
fn a_device_must_consent_to_this_user_and_this_kem_key() {
    let mut world = world();
    let (device, user) = (key(2), world.identity.user());
    let with = |device: DeviceId, kem: KemPublic, countersign| IdentityAct::AddDevice {
        device,
        kem,
        manage: false,
        name: Text::default(),
        countersign,
    };
    let other_user = bivouac_crypto::UserId([7; 32]);
    for (why, countersign) in [
        ("another device's", countersign(&user, &key(3), &kem(5))),
        ("for another user", countersign(&other_user, &device, &kem(5))),
        ("for another KEM key", countersign(&user, &device, &kem(6))),
        ("of another domain", device.sign(Domain::Identity, &canonical::encode(&(user, id(&device), kem(5))))),
    ] {
        let forged = with(id(&device), kem(5), countersign);
        assert_eq!(world.manage(forged), Err(IdentityError::Countersign), "{why}");
    }
    let bad = unusable_kem();
    let act = with(id(&device), bad.clone(), countersign(&user, &device, &bad));
    assert_eq!(world.manage(act), Err(IdentityError::BadKem));
    let act = with(id(&device), kem(5), countersign(&user, &device, &kem(5)));
    world.manage(act).expect("consents");
}

#[test]
fn a_device_key_is_used_once() {
    let mut world = world();
    let again = add(&world.identity, &key(1), true);
    assert_eq!(world.manage(again), Err(IdentityError::DuplicateDevice));
    let second = key(2);
    let act = add(&world.identity, &second, true);
    world.manage(act.clone()).expect("new");
    world.manage(IdentityAct::RevokeDevice { device: id(&second) }).expect("live");
    assert_eq!(world.manage(act), Err(IdentityError::DuplicateDevice), "a revoked device does not come back");
    for root in [world.new.recovery.root(), world.new.recovery.next_root()] {
        let act = add(&world.identity, &root, true);
        assert_eq!(world.manage(act), Err(IdentityError::DuplicateDevice), "the root is no device");
    }
}

#[test]
fn a_revoked_device_does_nothing_more() {
    let mut world = world();
    let thief = key(2);
    let act = add(&world.identity, &thief, true);
    world.manage(act).expect("new");
    world.act(&thief, profile("before")).expect("manages");
    world.manage(IdentityAct::RevokeDevice { device: id(&thief) }).expect("live");
    assert_eq!(world.act(&thief, profile("after")), Err(IdentityError::NotAllowed));
    let act = add(&world.identity, &key(3), true);
    assert_eq!(world.act(&thief, act), Err(IdentityError::NotAllowed));
    assert!(world.identity.devices()[&id(&thief)].revoked);
    assert!(world.identity.live(&id(&thief)).is_none());
    let again = world.manage(IdentityAct::RevokeDevice { device: id(&thief) });
    assert_eq!(again, Err(IdentityError::NoSuchDevice));
}

#[test]
fn a_device_cannot_revoke_or_rotate_the_root() {
    let mut world = world();
    let root = DeviceId(world.identity.root());
    assert_eq!(world.manage(IdentityAct::RevokeDevice { device: root }), Err(IdentityError::NoSuchDevice));
    let next = world.new.recovery.next_root().public();
    let rotate = IdentityAct::RotateRoot { root: next, next_root: [0; 32] };
    assert_eq!(world.manage(rotate), Err(IdentityError::NotAllowed));
    let stranger = world.manage(IdentityAct::RevokeDevice { device: id(&key(5)) });
    assert_eq!(stranger, Err(IdentityError::NoSuchDevice));
}

#[test]
fn the_root_rotates_only_to_the_committed_key() {
    let mut world = world();
    let (first, second, third) =
        (world.new.recovery.root(), world.new.recovery.root_at(1), world.new.recovery.root_at(2));
    let to =
        |key: &SigningKey| IdentityAct::RotateRoot { root: key.public(), next_root: root_commitment(&third.public()) };
    assert_eq!(world.act(&first, to(&key(7))), Err(IdentityError::Commitment));
    assert_eq!(world.act(&first, to(&first)), Err(IdentityError::Commitment));
    assert_eq!(world.act(&second, to(&second)), Err(IdentityError::NotAllowed), "not before it is root");
    world.act(&first, to(&second)).expect("committed");
    assert_eq!(world.identity.root(), second.public());
    assert_eq!(world.act(&first, profile("old")), Err(IdentityError::NotAllowed));
    world.act(&second, profile("new")).expect("is root");
    let act = IdentityAct::RotateRoot { root: third.public(), next_root: [0; 32] };
    world.act(&second, act).expect("committed");
}

#[test]
fn kem_generations_go_up_by_one() {
    let mut world = world();
    let to = |generation, kem| IdentityAct::UserKem { generation, kem };
    for found in [0, 2, u32::MAX] {
        let refused = world.manage(to(found, kem(5)));
        assert_eq!(refused, Err(IdentityError::Generation { expected: 1, found }));
    }
    assert_eq!(world.manage(to(1, unusable_kem())), Err(IdentityError::BadKem));
    world.manage(to(1, kem(5))).expect("next");
    assert_eq!((world.identity.kem_generation(), world.identity.kem()), (1, &kem(5)));
}

#[test]
fn prekeys_belong_to_who_publishes_them_and_go_with_the_device() {
    let mut world = world();
    let bytes = vec![1, 2, 3].try_into().expect("short");
    world.manage(IdentityAct::Prekeys { bytes }).expect("manages");
    let device = world.device.public();
    assert_eq!(world.identity.prekeys(&device), Some([1, 2, 3].as_slice()));
    assert_eq!(world.identity.prekeys(&world.identity.root()), None);
    world.root(IdentityAct::RevokeDevice { device: DeviceId(device) }).expect("live");
    assert_eq!(world.identity.prekeys(&device), None);
}

#[test]
fn sixteen_devices_and_no_more() {
    let mut world = world();
    for seed in 2..=u8::try_from(LIVE_DEVICES_MAX).expect("small") {
        let act = add(&world.identity, &key(seed), false);
        world.manage(act).expect("room");
    }
    let act = add(&world.identity, &key(200), false);
    assert_eq!(world.manage(act), Err(IdentityError::TooManyDevices));
    world.manage(IdentityAct::RevokeDevice { device: id(&key(2)) }).expect("live");
    let act = add(&world.identity, &key(200), false);
    world.manage(act).expect("room again");
}

#[test]
fn a_full_chain_is_full() {
    let mut world = world();
    while (world.identity.seq() as usize) < CHAIN_MAX {
        world.manage(profile("again")).expect("room");
    }
    assert_eq!(world.manage(profile("more")), Err(IdentityError::Full));
}

#[test]
fn longer_chains_do_not_decode() {
    let World { new, .. } = world();
    let op = &new.chain.ops[0];
    let ops: Vec<&Signed<IdentityOp>> = vec![op; CHAIN_MAX + 1];
    let bytes = canonical::encode(&(&new.chain.genesis, ops));
    assert!(canonical::decode::<IdentityChain>(&bytes, 1_000_000).is_err());
}

#[test]
fn words_that_are_wrong_say_how() {
    use bivouac_crypto::BadWords;
    let words = RecoveryWords::from_entropy(&[0; 32]).words();
    // BIP 39's own vector: 32 zero bytes.
    assert_eq!(words, [&["abandon"; 23][..], &["art"]].concat());
    let bad = |text: String| RecoveryWords::parse(&text).map(|_| ());
    assert_eq!(bad(words[1..].join(" ")), Err(BadWords::Count(23)));
    assert_eq!(bad(words.join(" ").replacen("abandon", "abandonn", 1)), Err(BadWords::Unknown(1)));
    assert_eq!(bad(words.join(" ").replace("art", "zoo")), Err(BadWords::Checksum));
    assert_eq!(bad("żółw ".repeat(24)), Err(BadWords::Unknown(1)));
    assert_eq!(bad(String::new()), Err(BadWords::Count(0)));
}
