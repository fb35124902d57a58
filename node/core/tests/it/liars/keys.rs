//! Keys that open nothing, are withheld or claimed.

use bivouac_core::{
    io::{Command, Event},
    model::{Hlc, LogId, OpId},
    op::{Act, Audience, Epoch, Op, epoch_place},
    sim::person,
    wire::{Envelope, Request, Response},
};
use bivouac_crypto::{Blob, Bounded, EpochId, EpochSecret, canonical};

use crate::{
    camp::Camp,
    liars::{act, post, shown},
};

/// Epochs of a chain that is handed out at its end.
const CHAIN: u64 = 600;

#[test]
fn an_epoch_that_nobody_can_open_is_used_by_nobody() {
    let mut camp = Camp::new(4);
    let (parent, _) = camp.world.epoch(camp.liar, camp.guild).unwrap();
    let parents = Bounded::try_from(vec![parent]).unwrap();
    let junk = Blob::try_from(vec![5; 300]).unwrap();
    let id = EpochId([0xab; 32]);
    let epoch = Op::Epoch(Epoch { audience: Audience::Guild, id, parents, link: Some(junk) });
    let op = camp.world.forge(camp.liar, camp.guild, Audience::Control, &epoch, |_| {});
    camp.world.tell(camp.liar, &camp.honest(), &op.entry);
    let wraps: Vec<_> =
        camp.honest().iter().map(|i| (camp.user(*i), Blob::try_from(vec![1; 1_200]).unwrap())).collect();
    let wraps = Envelope::Wraps { guild: camp.guild, epoch: id, wraps: Bounded::try_from(wraps).unwrap() };
    camp.world.tell_bytes(camp.liar, &camp.honest(), &wraps.to_bytes());
    camp.world.run(500);
    // Acts and messages sealed under it.
    let secret = EpochSecret::generate(&mut camp.world.lies());
    let mut unread = Vec::new();
    for (audience, says) in
        [(Audience::Guild, post(&camp, "sealed for ever")), (Audience::Control, act(&camp, 0, Act::Leave))]
    {
        let under = Some((id, secret.duplicate()));
        let (seq, prev) = (op.entry.header.seq + 1, op.id);
        let sealed = camp.world.forge_under(camp.liar, camp.guild, audience, &says, under, |h| {
            h.hlc = Hlc(h.hlc.0 + 5);
            if audience == Audience::Control {
                (h.seq, h.prev) = (seq, prev);
            }
        });
        camp.world.tell(camp.liar, &camp.honest(), &sealed.entry);
        unread.push(sealed.id);
    }
    camp.world.run(1_000);
    // To cite what could not be read would be to claim to have seen it.
    let name = Some("Sealed Sands".to_owned());
    camp.order(0, Command::UpdateGuild { guild: camp.guild, name, description: None, icon: None });
    camp.say(0, "citing what I could read");
    let held = camp.world.ops_on_disk(0, camp.guild);
    assert!(unread.iter().all(|id| held.iter().any(|entry| entry.header.id() == *id)), "the sealed ops are here");
    let citing = held.iter().filter(|entry| entry.header.log.device == camp.world.device(0));
    assert!(citing.flat_map(|entry| entry.header.auth.iter()).all(|cited| !unread.contains(&cited.id)));
    camp.peace_after_restart();
    let user = camp.user(camp.liar);
    assert!(camp.world.law(0, camp.guild).unwrap().members.contains_key(&user), "what nobody can read has no effect");
    // Newcomers read on, and a removal still rotates the keys.
    let late = camp.world.add(person(8), 0);
    camp.world.cut(late, camp.liar, true);
    camp.world.run(1_000);
    camp.join(late);
    camp.kick(0, camp.liar);
    camp.peace();
    let texts = shown(&camp.world, late, camp.channel);
    assert!(texts.contains(&"hello from 1".to_owned()), "{texts:?} {}", camp.world.explain(late, camp.guild));
}

#[test]
fn an_epoch_wrapped_to_some_reaches_all() {
    let mut camp = Camp::new(5);
    let (parent, held) = camp.world.epoch(camp.liar, camp.guild).unwrap();
    let mut rng = camp.world.lies();
    let secret = EpochSecret::generate(&mut rng);
    let log = camp.world.header(camp.liar, camp.guild, Audience::Control).log;
    let id = secret.id(&camp.guild.0, &epoch_place(Audience::Guild, log), &[parent]);
    let link = Blob::try_from(secret.link(&mut rng, &id, &[(parent, &held)]).unwrap()).unwrap();
    let parents = Bounded::try_from(vec![parent]).unwrap();
    let epoch = Op::Epoch(Epoch { audience: Audience::Guild, id, parents, link: Some(link) });
    let op = camp.world.forge(camp.liar, camp.guild, Audience::Control, &epoch, |_| {});
    camp.world.tell(camp.liar, &camp.honest(), &op.entry);
    // A wrap for node 1, garbage for node 2, nothing for the others.
    let (info, aad) = (canonical::encode(&(camp.guild, id)), canonical::encode(&camp.user(1)));
    let kem = camp.world.law(0, camp.guild).unwrap().members[&camp.user(1)].kem.clone();
    let wrap = bivouac_crypto::wrap(&mut rng, &kem, &info, &aad, &secret.to_bytes()[..]).unwrap();
    let wraps =
        vec![(camp.user(1), Blob::try_from(wrap).unwrap()), (camp.user(2), Blob::try_from(vec![3; 1_200]).unwrap())];
    let wraps = Envelope::Wraps { guild: camp.guild, epoch: id, wraps: Bounded::try_from(wraps).unwrap() };
    camp.world.tell_bytes(camp.liar, &[1, 2], &wraps.to_bytes());
    camp.world.nodes[camp.liar].tamper = Some(Box::new(|_, _| Some(None)));
    camp.world.run(2_000);
    camp.say(1, "on the new key");
    camp.peace_after_restart();
    for i in camp.honest() {
        assert!(shown(&camp.world, i, camp.channel).contains(&"on the new key".to_owned()));
    }
}

#[test]
fn claimed_secrets_of_unknown_epochs_are_bounded() {
    let mut camp = Camp::new(3);
    let mut rng = camp.world.lies();
    let before = camp.world.nodes[0].disk.size();
    let user = camp.user(0);
    let kem = camp.world.law(0, camp.guild).unwrap().members[&user].kem.clone();
    for n in 0..2_000u32 {
        let mut id = [1; 32];
        id[..4].copy_from_slice(&n.to_be_bytes());
        let id = EpochId(id);
        let secret = EpochSecret::generate(&mut rng);
        let (info, aad) = (canonical::encode(&(camp.guild, id)), canonical::encode(&user));
        let wrap = bivouac_crypto::wrap(&mut rng, &kem, &info, &aad, &secret.to_bytes()[..]).unwrap();
        let wraps = Bounded::try_from(vec![(user, Blob::try_from(wrap).unwrap())]).unwrap();
        camp.world.tell_bytes(camp.liar, &[0], &Envelope::Wraps { guild: camp.guild, epoch: id, wraps }.to_bytes());
        camp.world.run(5);
    }
    assert!(camp.world.nodes[0].disk.size() < before + 4_096);
    // Real keys still come through.
    camp.kick(0, camp.liar);
    camp.peace_after_restart();
}

#[test]
fn a_key_withheld_does_not_keep_the_removed_on_later_epochs() {
    let mut camp = Camp::new(4);
    camp.make_admin(1);
    // The owner is away when the key of the epoch after the first removal is told, and is not given it later.
    for who in [1, 2] {
        let owner = camp.world.device(0);
        let keys = |bytes: &[u8]| matches!(Request::from_bytes(bytes), Some(Request::Keys { .. }));
        camp.world.nodes[who].tamper = Some(Box::new(move |by, bytes| (by == owner && keys(bytes)).then_some(None)));
    }
    camp.world.isolate(0, true);
    camp.world.run(1_000);
    camp.kick(1, 3);
    camp.world.run(1_000);
    camp.world.isolate(0, false);
    camp.world.run(20_000);
    // The second removal is sealed under it, and no epoch follows. Nobody tells the second of it.
    camp.world.cut(1, 2, true);
    camp.world.run(1_000);
    let kick = act(&camp, 1, Act::Kick { user: camp.user(2), reason: None });
    let kick = camp.world.forge(1, camp.guild, Audience::Control, &kick, |_| {}).entry;
    camp.world.tell(1, &[0], &kick);
    camp.world.run(1_000);
    assert_eq!((camp.has(2), camp.has(3)), (true, false));
    let epoch = |camp: &Camp| {
        let (ops, device) = (camp.world.ops_on_disk(0, camp.guild), camp.world.device(0));
        let own = ops.iter().filter(|op| op.header.log.device == device && op.header.audience == Audience::Guild);
        own.max_by_key(|op| op.header.seq).unwrap().header.epoch.unwrap()
    };
    let holds = |camp: &Camp, who: usize, epoch| camp.world.secrets_on_disk(who, camp.guild).contains_key(&epoch);
    camp.say(0, "with the second still in");
    camp.world.run(60_000);
    let with = epoch(&camp);
    assert!(holds(&camp, 2, with));

    camp.world.nodes[2].tamper = None;
    camp.world.cut(1, 2, false);
    camp.world.flap(0, 2);
    camp.world.run(120_000);
    assert!(!camp.has(2));
    camp.say(0, "without");
    camp.world.run(20_000);
    let without = epoch(&camp);
    assert_ne!(with, without);
    assert_eq!([1, 2, 3].map(|who| holds(&camp, who, without)), [true, false, false]);
}

#[test]
fn who_hands_out_garbage_for_a_key_is_named_and_another_is_asked() {
    let mut camp = Camp::new(5);
    camp.world.crash(2);
    camp.kick(0, 3);
    camp.say(0, "on the new key");
    camp.world.run(2_000);
    let guild = camp.guild;
    camp.world.nodes[camp.liar].tamper = Some(Box::new(move |_, bytes| match Request::from_bytes(bytes) {
        Some(Request::Keys { guild: asked, epochs }) if asked == guild => {
            let garbage = epochs.iter().map(|epoch| (*epoch, Blob::try_from(vec![7; 1_200]).unwrap()));
            Some(Some(Response::Keys(Bounded::try_from(garbage.collect::<Vec<_>>()).unwrap()).to_bytes()))
        }
        _ => None,
    }));
    for other in [0, 1] {
        camp.world.cut(2, other, true);
    }
    camp.world.start(2);
    camp.world.run(10_000);
    let complaints = |camp: &Camp| {
        let named = |event: &&Event| matches!(event, Event::Warning { kind: "garbage_key", message } if message.contains("person 4"));
        camp.world.nodes[2].events.iter().filter(named).count()
    };
    assert_eq!(complaints(&camp), 1, "once is enough");
    assert!(!shown(&camp.world, 2, camp.channel).contains(&"on the new key".to_owned()));
    for other in [0, 1] {
        camp.world.cut(2, other, false);
    }
    camp.world.run(10_000);
    assert!(shown(&camp.world, 2, camp.channel).contains(&"on the new key".to_owned()));
    camp.peace();
}

/// Whoever mints can make a chain as long as their budget allows; its end opens all of it at once.
#[test]
fn a_long_chain_of_epochs_is_opened_from_its_end() {
    let mut camp = Camp::new(3);
    let mut rng = camp.world.lies();
    let (guild, liar) = (camp.guild, camp.liar);
    let (mut parent, mut held) = camp.world.epoch(liar, guild).unwrap();
    let (mut chain, mut before) = (Vec::new(), None);
    for n in 0..CHAIN {
        let secret = EpochSecret::generate(&mut rng);
        let log = LogId { device: camp.world.device(liar), incarnation: 100 };
        let id = secret.id(&guild.0, &epoch_place(Audience::Guild, log), &[parent]);
        let link = Blob::try_from(secret.link(&mut rng, &id, &[(parent, &held)]).unwrap()).unwrap();
        let parents = Bounded::try_from(vec![parent]).unwrap();
        let epoch = Op::Epoch(Epoch { audience: Audience::Guild, id, parents, link: Some(link) });
        let op = camp.world.forge(liar, guild, Audience::Control, &epoch, |h| {
            (h.log, h.seq, h.prev) = (log, n, before.unwrap_or(OpId([0; 32])));
            h.hlc = Hlc(h.hlc.0 + n);
        });
        before = Some(op.id);
        camp.world.tell(liar, &[0, 1], &op.entry);
        camp.world.run(20);
        chain.push(id);
        (parent, held) = (id, secret);
    }
    camp.hand(liar, &[0], parent, &held);
    camp.world.run(500);
    let has = camp.world.secrets_in_memory(0, guild);
    assert!(
        chain.iter().all(|id| has.contains(id)),
        "{} of {CHAIN}",
        chain.iter().filter(|id| has.contains(id)).count()
    );
    camp.say(0, "at its end");
    camp.peace_after_restart();
    assert!(shown(&camp.world, 1, camp.channel).contains(&"at its end".to_owned()));
}
