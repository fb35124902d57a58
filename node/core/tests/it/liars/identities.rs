//! Devices and identities told in two ways.

use bivouac_core::{
    model::OpId,
    op::{Act, Audience},
    sim::{Dice, person},
};
use bivouac_crypto::{Bounded, DeviceId, Domain, SigningKey, Text};

use crate::{
    camp::Camp,
    liars::{act, joining::seed_of, post},
};

/// Admits these identities, each told to another half first.
fn admit_to_halves(camp: &mut Camp, chains: [bivouac_crypto::IdentityChain; 2]) {
    let key = seed_of(&camp.link);
    let invite = *camp.world.law(0, camp.guild).unwrap().invites.keys().next().unwrap();
    let mut last: Option<(u64, OpId)> = None;
    let ops = chains.map(|chain| {
        let proof = key.sign(Domain::Invite, &bivouac_core::op::invite_proof(camp.guild, chain.user()));
        let says = act(camp, 0, Act::Admit { invite, guest: chain, proof });
        let op = camp.world.forge(camp.liar, camp.guild, Audience::Control, &says, |h| {
            if let Some((seq, id)) = last {
                // A log of its own, so that the two are concurrent.
                (h.seq, h.prev, h.log.incarnation) = (seq, id, h.log.incarnation + 1);
                (h.seq, h.prev) = (0, OpId([0; 32]));
            }
        });
        last = Some((op.entry.header.seq, op.id));
        op.entry
    });
    for (entry, half) in ops.iter().zip([[0, 1], [2, 3]]) {
        camp.world.tell(camp.liar, &half, entry);
    }
    camp.world.run(30_000);
}

#[test]
fn a_device_that_two_identities_claim_is_judged_alike() {
    let mut camp = Camp::new(5);
    // Two users who share one device key: both chains carry its countersignature.
    let key = person(9).key();
    let twins = [41, 42].map(|seed| identity(seed, &key));
    assert_ne!(twins[0].user(), twins[1].user());
    admit_to_halves(&mut camp, twins);
    // What the shared device says has one author everywhere.
    let header = camp.world.header(0, camp.guild, Audience::Guild);
    let epoch = camp.world.epoch(0, camp.guild).unwrap();
    let mut rng = camp.world.lies();
    let mut mine = header.clone();
    mine.log.device = DeviceId(key.public());
    (mine.seq, mine.prev) = (0, OpId([0; 32]));
    let said = bivouac_core::op::author(&mut rng, &key, mine, &post(&camp, "who am I?"), Some((epoch.0, &epoch.1)));
    camp.world.tell(camp.liar, &camp.honest(), &said.entry);
    let mut law = header;
    law.audience = Audience::Control;
    law.log.device = DeviceId(key.public());
    (law.seq, law.prev) = (0, OpId([0; 32]));
    let says = act(&camp, 0, Act::Leave);
    let left = bivouac_core::op::author(&mut rng, &key, law, &says, Some((epoch.0, &epoch.1)));
    camp.world.tell(camp.liar, &camp.honest(), &left.entry);
    camp.world.run(3_000);
    camp.peace_after_restart();
}

#[test]
fn an_identity_told_in_two_ways_is_judged_alike() {
    let mut camp = Camp::new(5);
    let chain = person(9).chain.clone();
    // The root key of somebody who made two chains of one length: here, one with a name and one with another.
    let chains = ["Alice", "Mallory"].map(|name| renamed(&chain, name));
    assert_eq!(chains[0].user(), chains[1].user());
    admit_to_halves(&mut camp, chains);
    camp.peace_after_restart();
}

fn identity(seed: u64, device: &SigningKey) -> bivouac_crypto::IdentityChain {
    let mut rng = Dice::new(seed);
    bivouac_crypto::NewIdentity::create(&mut rng, Text::default(), Text::default(), device).chain
}

/// The chain with one more op by its device: another name.
fn renamed(chain: &bivouac_crypto::IdentityChain, name: &str) -> bivouac_crypto::IdentityChain {
    let last = &chain.ops.last().unwrap().value;
    let op = bivouac_crypto::IdentityOp {
        user: chain.user(),
        seq: last.seq + 1,
        prev: last.hash(),
        act: bivouac_crypto::IdentityAct::Profile { name: Text::try_from(name).unwrap() },
    };
    let mut ops = chain.ops.to_vec();
    ops.push(bivouac_crypto::Signed::sign(Domain::Identity, &person(9).key(), op));
    bivouac_crypto::IdentityChain { genesis: chain.genesis.clone(), ops: Bounded::try_from(ops).unwrap() }
}

#[test]
fn a_staircase_of_places_told_to_one_is_held_by_all() {
    let mut camp = Camp::new(4);
    for seq in [4_000_000, 7_999_990, 11_999_000] {
        let says = post(&camp, "far away");
        let op = camp.world.forge(camp.liar, camp.guild, Audience::Guild, &says, |h| {
            (h.seq, h.prev) = (seq, OpId([3; 32]));
        });
        camp.world.tell(camp.liar, &[0], &op.entry);
        camp.world.run(5);
    }
    camp.world.isolate(camp.liar, true);
    camp.world.run(5_000);
    camp.peace_after_restart();
}
