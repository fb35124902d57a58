//! Invites and admissions that are stolen, spent or dated back.

use bivouac_core::{
    io::{Command, ErrorKind},
    op::{Act, Audience},
    sim::{Person, person},
    wire::{Admission, Request, Response},
};
use bivouac_crypto::{DeviceId, Domain, SigningKey};

use crate::{camp::Camp, liars::act};

pub(super) fn seed_of(link: &str) -> SigningKey {
    let bytes =
        data_encoding::BASE64URL_NOPAD.decode(link.strip_prefix("bivouac://join/").unwrap().as_bytes()).unwrap();
    let mut decoder = minicbor::Decoder::new(&bytes);
    decoder.array().unwrap();
    decoder.u8().unwrap();
    decoder.bytes().unwrap();
    SigningKey::from_seed(decoder.bytes().unwrap().try_into().unwrap())
}

fn join_request(camp: &Camp, link: &str, guest: &Person) -> Request {
    let key = seed_of(link);
    let bytes = bivouac_core::op::invite_proof(camp.guild, guest.user);
    Request::Join { key: key.public(), guest: guest.chain.clone(), proof: key.sign(Domain::Invite, &bytes) }
}

fn ask_to_join(camp: &mut Camp, from: DeviceId, request: &Request) -> Admission {
    camp.world.input(0, bivouac_core::io::Input::Connected(from));
    let answer = camp.world.probe(0, from, request);
    camp.world.input(0, bivouac_core::io::Input::Disconnected(from));
    match answer {
        Some(Response::Join(admission)) => admission,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stolen_proof_admits_nobody() {
    let mut camp = Camp::new(3);
    let (victim, thief) = (person(8), person(9));
    let link = camp.link.clone();
    let stolen = join_request(&camp, &link, victim);
    assert_eq!(ask_to_join(&mut camp, thief.device, &stolen), Admission::Invalid);
    let Request::Join { key, proof, .. } = stolen else { panic!() };
    let mine = Request::Join { key, guest: thief.chain.clone(), proof };
    assert_eq!(ask_to_join(&mut camp, thief.device, &mine), Admission::Invalid);
    camp.peace();
    assert!(!camp.world.law(0, camp.guild).unwrap().members.contains_key(&thief.user));
}

#[test]
fn spent_expired_and_revoked_invites_admit_nobody() {
    let mut camp = Camp::new(3);
    let spent = camp.invite(0, Some(1), None);
    let short = camp.invite(0, None, Some(1_000));
    let first = join_request(&camp, &spent, person(8));
    assert!(matches!(ask_to_join(&mut camp, person(8).device, &first), Admission::Admitted { .. }));
    assert!(matches!(ask_to_join(&mut camp, person(8).device, &first), Admission::Admitted { .. }), "asked again");
    let second = join_request(&camp, &spent, person(9));
    assert_eq!(ask_to_join(&mut camp, person(9).device, &second), Admission::Used);
    camp.world.run(2_000);
    let late = join_request(&camp, &short, person(9));
    assert_eq!(ask_to_join(&mut camp, person(9).device, &late), Admission::Expired);
    // A member who ignores all that cannot admit by the spent one either.
    let law = camp.world.law(0, camp.guild).unwrap();
    let (invite, _) = law.invites.iter().find(|(_, i)| i.max_uses == Some(1)).unwrap();
    let Request::Join { guest, proof, .. } = second else { panic!() };
    let says = act(&camp, 0, Act::Admit { invite: *invite, guest, proof });
    camp.world.run(3_000);
    let op = camp.world.forge(camp.liar, camp.guild, Audience::Control, &says, |_| {});
    camp.world.tell(camp.liar, &camp.honest(), &op.entry);
    camp.world.run(2_000);
    assert!(!camp.world.law(0, camp.guild).unwrap().members.contains_key(&person(9).user));
    camp.peace_after_restart();
}

#[test]
fn the_banned_do_not_come_back_by_an_old_invite() {
    let mut camp = Camp::new(4);
    let (user, guild, link) = (camp.user(2), camp.guild, camp.link.clone());
    camp.order(0, Command::Ban { guild, user, reason: None });
    camp.world.run(3_000);
    for who in [1, 0] {
        if who == 1 {
            camp.world.cut(0, 2, true);
        } else {
            camp.world.cut(0, 2, false);
            camp.world.cut(1, 2, true);
        }
        camp.world.run(3_000);
        let answer = camp.world.want(2, Command::Join { link: link.clone(), timeout_ms: 5_000 });
        let refused = answer.map(|answer| answer.map_err(|error| error.kind));
        assert_eq!(refused, Some(Err(ErrorKind::Forbidden)));
    }
    camp.peace();
    assert!(!camp.has(2));
}

#[test]
fn a_sock_puppet_cannot_readmit_the_removed() {
    for saw in [false, true] {
        let mut camp = Camp::new(5);
        let stale = camp.world.header(camp.liar, camp.guild, Audience::Control);
        let removed = 2;
        camp.kick(0, removed);
        camp.world.run(3_000);
        let link = camp.link.clone();
        let Request::Join { guest, proof, .. } = join_request(&camp, &link, person(removed)) else { panic!() };
        let invite = *camp.world.law(0, camp.guild).unwrap().invites.keys().next().unwrap();
        let says = act(&camp, 0, Act::Admit { invite, guest, proof });
        let op = camp.world.forge(camp.liar, camp.guild, Audience::Control, &says, |h| {
            if !saw {
                *h = stale;
            }
        });
        camp.world.tell(camp.liar, &camp.honest(), &op.entry);
        camp.world.run(3_000);
        assert!(!camp.has(removed), "saw the removal: {saw}");
        camp.peace_after_restart();
    }
}

#[test]
fn who_came_in_by_an_invite_that_was_revoked_meanwhile_reads_nothing_that_comes_after() {
    let mut camp = Camp::new(3);
    let late = camp.world.add(person(3), 0);
    camp.world.run(1_000);
    let invites: Vec<_> = camp.world.law(0, camp.guild).unwrap().invites.keys().copied().collect();
    camp.world.isolate(0, true);
    camp.world.run(1_000);
    camp.order(0, Command::RevokeInvite { guild: camp.guild, invite: invites[0] });
    camp.join(late);
    camp.world.run(5_000);
    assert!(camp.world.is_member(late, camp.guild));
    camp.world.isolate(0, false);
    camp.world.run(60_000);
    let members = camp.world.members(0, camp.guild);
    assert!(!members.contains(&late), "{members:?}");
    for who in [0, 1] {
        camp.say(who, "among ourselves");
        camp.world.run(5_000);
        let (epoch, _) = camp.world.epoch(who, camp.guild).unwrap();
        let holders: Vec<usize> =
            (0..4).filter(|i| camp.world.secrets_on_disk(*i, camp.guild).contains_key(&epoch)).collect();
        assert_eq!(holders, [0, 1, 2], "of the key that {who} sends on");
    }
}
