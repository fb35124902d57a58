//! Joining: invites that are spent, over, revoked, stolen or made up, and guests who come by the hundred.

use bivouac_core::{
    op::invite_proof,
    wire::{Admission, Request, Response},
};
use bivouac_crypto::{Bounded, Domain, Signature, SigningKey};
use futures::future::join_all;
use libp2p::identity::Keypair;
use serde_json::json;

use crate::{
    member::{Member, Person, invite_of},
    siege::{Case, Field, besiege, case},
    wire::{Line, Manners, Target},
};

#[test]
fn nobody_comes_in_uninvited() {
    besiege("joins", CASES);
}

const CASES: &[Case] = &[
    case!("spent", "an invite that has admitted as many as it may", |f| {
        let link = invite(&f, json!({"max_uses": 1}));
        assert!(is_admitted(&asks(&f, 0, &Person::new("first"), &link).await));
        assert_eq!(asks(&f, 0, &Person::new("second"), &link).await, Admission::Used);
    }),
    case!("spent-elsewhere", "an invite spent at one node and shown to the others", |f| {
        let link = invite(&f, json!({"max_uses": 1}));
        Member::join(&f, &link).await.unwrap();
        for node in [1, 2] {
            assert_eq!(asks(&f, node, &Person::new("second"), &link).await, Admission::Used);
        }
    }),
    case!("raced", "one invite for one, shown by twenty guests at once: one comes in", |f| {
        let link = invite(&f, json!({"max_uses": 1}));
        let guests: Vec<Person> = (0..20).map(|_| Person::new("racer")).collect();
        let answers = join_all(guests.iter().map(|guest| asks(&f, 0, guest, &link))).await;
        assert_eq!(answers.iter().filter(|answer| is_admitted(answer)).count(), 1);
    }),
    case!("expired", "an invite whose time is over", |f| {
        let link = invite(&f, json!({"expires_s": 1}));
        tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
        assert_eq!(asks(&f, 0, &Person::new("late"), &link).await, Admission::Expired);
    }),
    case!("revoked", "an invite that was taken back", |f| {
        let (link, id) = invite_with_id(&f, json!({}));
        let guild = f.guild.to_string();
        f.camp().nodes[0].call("invite.revoke", json!({"guild": guild, "invite": id}));
        assert_eq!(asks(&f, 0, &Person::new("late"), &link).await, Admission::Expired);
        f.until("the others know", || {
            f.camp().nodes[1..].iter_mut().all(|node| {
                let known = node.call("invite.list", json!({"guild": guild}));
                !known["invites"].as_array().unwrap().iter().any(|invite| invite["invite"] == id.as_str())
            })
        })
        .await;
        assert_eq!(asks(&f, 1, &Person::new("late"), &link).await, Admission::Expired);
    }),
    case!("stolen-bits", "links whose secret has a bit changed, each bit of it", |f| {
        let link = f.camp().link.clone();
        let (guild, key) = invite_of(&link);
        let line = Line::plain(f.targets[0]).await.unwrap();
        let guest = Person::new("thief");
        for bit in 0..256 {
            let mut seed = *key.seed();
            seed[bit / 8] ^= 1 << (bit % 8);
            let answer = line.ask(&guest.join_request(guild, &SigningKey::from_seed(&seed))).await.unwrap();
            assert_eq!(answer, Response::Join(Admission::Invalid), "bit {bit}");
        }
    }),
    case!("stolen-proof", "another guest's proof, with the invite's public key", |f| {
        let link = f.camp().link.clone();
        let (guild, key) = invite_of(&link);
        let (rightful, thief) = (Person::new("rightful"), Person::new("thief"));
        let Request::Join { key, proof, .. } = rightful.join_request(guild, &key) else { unreachable!() };
        let stolen = Request::Join { key, proof, guest: thief.chain.clone() };
        assert_eq!(puts(&f, 0, &thief, &stolen).await, Admission::Invalid);
    }),
    case!("stolen-identity", "a whole request of a rightful guest, sent by somebody else", |f| {
        let (guild, key) = invite_of(&f.camp().link.clone());
        let (rightful, thief) = (Person::new("rightful"), Person::new("thief"));
        assert_eq!(puts(&f, 0, &thief, &rightful.join_request(guild, &key)).await, Admission::Invalid);
    }),
    case!("replayed", "the same admission asked for forty times: one op", |f| {
        let (guild, key) = invite_of(&f.camp().link.clone());
        let guest = Person::new("again");
        let line = Line::tcp(f.targets[0], &guest.keypair(), 1, Manners::default()).await.unwrap();
        let request = guest.join_request(guild, &key);
        assert!(matches!(line.ask(&request).await.unwrap(), Response::Join(Admission::Admitted { .. })));
        let logs = f.figures("logs")[0];
        for _ in 0..40 {
            let answer = line.ask(&request).await.unwrap();
            assert!(matches!(answer, Response::Join(Admission::Admitted { .. })), "{answer:?}");
        }
        assert_eq!(f.figures("logs")[0], logs);
        let (id, mut camp) = (f.guild.to_string(), f.camp());
        assert!(camp.nodes[0].members(&id).contains(&guest.user.to_string()));
    }),
    case!("other-guild", "a proof made for another guild", |f| {
        let (_, key) = invite_of(&f.camp().link.clone());
        let guest = Person::new("lost");
        let other = bivouac_core::model::GuildId([9; 32]);
        assert_eq!(puts(&f, 0, &guest, &guest.join_request(other, &key)).await, Admission::Invalid);
    }),
    case!("made-up", "invites nobody made", |f| {
        let guest = Person::new("hopeful");
        let line = Line::tcp(f.targets[0], &guest.keypair(), 1, Manners::default()).await.unwrap();
        for nth in 0..100u8 {
            let key = SigningKey::from_seed(&[nth; 32]);
            let answer = line.ask(&guest.join_request(f.guild, &key)).await.unwrap();
            assert_eq!(answer, Response::Join(Admission::Invalid));
        }
    }),
    case!("junk-proof", "the invite's public key and noise for a proof", |f| {
        let (_, key) = invite_of(&f.camp().link.clone());
        let guest = Person::new("hopeful");
        for proof in [[0; 64], [7; 64], [255; 64]] {
            let proof = Signature::from_bytes(proof);
            let request = Request::Join { key: key.public(), guest: guest.chain.clone(), proof };
            assert_eq!(puts(&f, 0, &guest, &request).await, Admission::Invalid);
        }
        let proof = key.sign(Domain::Op, &invite_proof(f.guild, guest.user));
        let request = Request::Join { key: key.public(), guest: guest.chain.clone(), proof };
        assert_eq!(puts(&f, 0, &guest, &request).await, Admission::Invalid);
    }),
    case!("banned", "a banned user with a fresh invite", |f| {
        let member = f.member().await;
        let (guild, user) = (f.guild.to_string(), member.person.user.to_string());
        f.camp().nodes[0].call("member.ban", json!({"guild": guild, "user": user}));
        let link = invite(&f, json!({}));
        assert_eq!(asks(&f, 0, &member.person, &link).await, Admission::Banned);
    }),
    case!("kicked", "a removed member with the invite it came by", |f| {
        let member = f.member().await;
        let (guild, user) = (f.guild.to_string(), member.person.user.to_string());
        f.camp().nodes[0].call("member.kick", json!({"guild": guild, "user": user}));
        let link = f.camp().link.clone();
        assert_eq!(asks(&f, 0, &member.person, &link).await, Admission::Banned);
    }),
    case!("knocks", "knocks of strangers who know no invite, without pause: noise to them", |f| {
        let line = Line::plain(f.targets[0]).await.unwrap();
        f.keep(1_000, async |nth| {
            let mut tag = [0; 16];
            tag[..8].copy_from_slice(&nth.to_be_bytes());
            let answer = line.ask(&Request::Knock(tag)).await;
            assert!(matches!(answer, Ok(Response::Knock(None) | Response::Refused)), "{answer:?}");
        })
        .await;
    }),
    case!("reflected-knock", "a knock overheard at one node, repeated at another and by another guest", |f| {
        let (_, key) = invite_of(&f.camp().link.clone());
        let line = Line::plain(f.targets[0]).await.unwrap();
        let tag = |guest: &[u8; 32], node: Target| {
            let place = [&b"knock"[..], guest, node.device.as_bytes()].concat();
            let mut tag = [0; 16];
            tag.copy_from_slice(&bivouac_crypto::keyed(key.public().as_bytes(), &place)[..16]);
            tag
        };
        let own = tag(line.me.as_bytes(), f.targets[0]);
        assert!(matches!(line.ask(&Request::Knock(own)).await.unwrap(), Response::Knock(Some(_))));
        for tag in [tag(line.me.as_bytes(), f.targets[1]), tag(&[5; 32], f.targets[0])] {
            assert_eq!(line.ask(&Request::Knock(tag)).await.unwrap(), Response::Knock(None));
        }
    }),
    case!("join-flood", "a new identity with a made-up invite, as often as there is time for", |f| {
        let (guild, guests) = (f.guild, (0..20).map(|_| Person::new("one of many")).collect::<Vec<_>>());
        let before = f.figures("logs");
        f.keep(300, async |nth| {
            let guest = &guests[nth as usize % guests.len()];
            let Ok(line) = Line::tcp(f.targets[0], &Keypair::generate_ed25519(), 1, Manners::default()).await else {
                return;
            };
            let answer = line.ask(&guest.join_request(guild, &SigningKey::from_seed(&[3; 32]))).await;
            assert!(!matches!(answer, Ok(Response::Join(Admission::Admitted { .. }))));
        })
        .await;
        assert_eq!(f.figures("logs"), before);
    }),
    case!("hello-flood", "hellos of a new device each time", |f| {
        f.keep(300, async |_| {
            let Ok(line) = Line::plain(f.targets[0]).await else { return };
            let answer = line.ask(&Request::Hello(tags(256))).await;
            assert!(matches!(&answer, Ok(Response::Hello(shared)) if shared.is_empty()), "{answer:?}");
        })
        .await;
    }),
    case!("stolen-hello", "a member's hello, repeated by a stranger: nothing is shared", |f| {
        let member = f.member().await;
        let line = Line::plain(f.targets[0]).await.unwrap();
        let stolen = Request::Hello(Bounded::try_from(vec![member.hello_tag(f.targets[0])]).unwrap());
        assert!(matches!(line.ask(&stolen).await.unwrap(), Response::Hello(shared) if shared.is_empty()));
        let prints = Bounded::try_from(vec![0]).unwrap();
        let ask = Request::Frontier { guild: f.guild, part: bivouac_core::wire::Part::Law, prints };
        assert_eq!(line.ask(&ask).await.unwrap(), Response::Refused);
    }),
    case!("recall-lies", "strangers who say they have lost the guild: nothing is given back", |f| {
        let person = Person::new("forgetful");
        let line = Line::tcp(f.targets[0], &person.keypair(), 1, Manners::default()).await.unwrap();
        let place = [&b"recall"[..], person.device().as_bytes(), f.targets[0].device.as_bytes()].concat();
        let mut tag = [0; 16];
        tag.copy_from_slice(&bivouac_crypto::keyed(&f.guild.0, &place)[..16]);
        let lost = Request::Recall(Bounded::try_from(vec![tag.into()]).unwrap());
        assert_eq!(line.ask(&lost).await.unwrap(), Response::Recall(Bounded::default()));
        assert_eq!(line.ask(&Request::Recall(tags(256))).await.unwrap(), Response::Recall(Bounded::default()));
    }),
    case!("stranger-reads", "a stranger who knows the guild's id asks for everything", |f| {
        let member = f.member().await;
        let line = Line::plain(f.targets[0]).await.unwrap();
        let (guild, log) = (f.guild, member.log());
        let channel = bivouac_core::op::Audience::Channel(bivouac_core::model::ChannelId([7; 32]));
        for (part, audience) in [
            (bivouac_core::wire::Part::Law, bivouac_core::op::Audience::Control),
            (bivouac_core::wire::Part::Content, bivouac_core::op::Audience::Guild),
            (bivouac_core::wire::Part::Content, channel),
        ] {
            let prints = Bounded::try_from(vec![0]).unwrap();
            let head = bivouac_core::model::OpId([1; 32]);
            for ask in [
                Request::Frontier { guild, part, prints },
                Request::Range { guild, audience, log, head, from: 0, to: 9 },
                Request::Evidence { guild, audience, log },
                Request::Keys { guild, epochs: Bounded::try_from(vec![member.epoch.0]).unwrap() },
            ] {
                assert_eq!(line.ask(&ask).await.unwrap(), Response::Refused);
            }
        }
    }),
    case!("real-flood", "an invite without bounds that admits guest after guest", |f| {
        let (guild, key) = invite_of(&f.camp().link.clone());
        let mut admitted = 0;
        f.keep(50, async |_| {
            let guest = Person::new("one of many");
            let Ok(line) = Line::tcp(f.targets[0], &guest.keypair(), 1, Manners::default()).await else { return };
            admitted += usize::from(line.ask(&guest.join_request(guild, &key)).await.is_ok());
        })
        .await;
        assert!(admitted > 0);
        crate::gossip::hears(&f).await;
    }),
];

fn tags(count: u16) -> Bounded<minicbor::bytes::ByteArray<16>, 256> {
    Bounded::try_from((0..count).map(|nth| [nth as u8; 16].into()).collect::<Vec<_>>()).unwrap()
}

fn invite(f: &Field, with: serde_json::Value) -> String {
    invite_with_id(f, with).0
}

fn invite_with_id(f: &Field, mut with: serde_json::Value) -> (String, String) {
    with["guild"] = json!(f.guild.to_string());
    let made = f.camp().nodes[0].call("invite.create", with);
    (made["link"].as_str().unwrap().to_owned(), made["invite"].as_str().unwrap().to_owned())
}

fn is_admitted(answer: &Admission) -> bool {
    matches!(answer, Admission::Admitted { .. })
}

/// What a node answers a guest with a link.
async fn asks(f: &Field, node: usize, guest: &Person, link: &str) -> Admission {
    let (guild, key) = invite_of(link);
    puts(f, node, guest, &guest.join_request(guild, &key)).await
}

async fn puts(f: &Field, node: usize, from: &Person, request: &Request) -> Admission {
    let line = Line::tcp(f.targets[node], &from.keypair(), 1, Manners::default()).await.unwrap();
    match line.ask(request).await.unwrap() {
        Response::Join(admission) => admission,
        other => panic!("{other:?}"),
    }
}
