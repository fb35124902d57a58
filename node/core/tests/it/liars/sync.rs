//! Requests and answers of a liar.

use bivouac_core::{
    model::OpId,
    op::Audience,
    sim::person,
    wire::{Admission, Head, Part, Request, Response},
};
use bivouac_crypto::{Bounded, DeviceId, EpochId};

use crate::camp::Camp;

fn lies(camp: &mut Camp, mut answer: impl FnMut(&Request) -> Option<Response> + Send + 'static) {
    let tamper = move |_: DeviceId, bytes: &[u8]| {
        let request = Request::from_bytes(bytes)?;
        answer(&request).map(|response| Some(response.to_bytes()))
    };
    camp.world.nodes[camp.liar].tamper = Some(Box::new(tamper));
    for i in camp.honest() {
        camp.world.flap(i, camp.liar);
    }
}

#[test]
fn heads_that_are_never_served_stall_nobody() {
    let mut camp = Camp::new(4);
    let known: Vec<Head> = (0..4)
        .map(|i| camp.world.header(i, camp.guild, Audience::Guild))
        .flat_map(|h| {
            [0, 1, 1 << 31, u64::MAX - 1, u64::MAX].map(|seq| Head {
                audience: h.audience,
                log: h.log,
                seq,
                id: OpId([seq as u8; 32]),
            })
        })
        .collect();
    let mut made_up = Vec::new();
    for n in 0..4_000u32 {
        let mut head = known[0];
        head.log.incarnation = u64::from(n);
        head.seq = u64::from(n) << 20;
        made_up.push(head);
    }
    let mut heads: Vec<Head> = known.into_iter().chain(made_up).collect();
    heads.sort();
    lies(&mut camp, move |request| match request {
        Request::Frontier { .. } => Some(Response::Frontier(Bounded::try_from(heads.clone()).ok()?)),
        Request::Range { .. } => Some(Response::Range(Bounded::default())),
        _ => None,
    });
    let before = camp.world.handled;
    camp.world.run(60_000);
    let handled = camp.world.handled - before;
    assert!(handled < 6_000, "{handled} inputs in a minute");
    camp.peace_after_restart();
}

#[test]
fn heads_that_are_answered_by_silence_stall_nobody() {
    let mut camp = Camp::new(4);
    let header = camp.world.header(0, camp.guild, Audience::Guild);
    let heads: Vec<Head> = (0..2_000u64)
        .map(|n| Head { audience: header.audience, log: header.log, seq: n + 5, id: OpId([n as u8; 32]) })
        .collect();
    let tamper = move |_: DeviceId, bytes: &[u8]| match Request::from_bytes(bytes)? {
        Request::Frontier { .. } => Some(Some(Response::Frontier(Bounded::try_from(heads.clone()).ok()?).to_bytes())),
        Request::Hello(_) => None,
        _ => Some(None),
    };
    camp.world.nodes[camp.liar].tamper = Some(Box::new(tamper));
    for i in camp.honest() {
        camp.world.flap(i, camp.liar);
    }
    camp.world.run(60_000);
    camp.peace();
}

#[test]
fn ranges_of_anything_but_what_was_asked_are_dropped() {
    let mut camp = Camp::new(4);
    let all = camp.world.ops_on_disk(0, camp.guild);
    let mut turn = 0usize;
    let head = Head {
        audience: Audience::Guild,
        seq: 40,
        id: OpId([1; 32]),
        log: camp.world.header(1, camp.guild, Audience::Guild).log,
    };
    lies(&mut camp, move |request| {
        turn += 1;
        match request {
            Request::Frontier { .. } => Some(Response::Frontier(Bounded::try_from(vec![head]).ok()?)),
            Request::Range { .. } => {
                let mut entries = all.clone();
                match turn % 4 {
                    0 => entries.reverse(),
                    1 => entries = entries.iter().cycle().take(256).cloned().collect(),
                    2 => entries.iter_mut().for_each(|entry| entry.signature = None),
                    _ => entries.iter_mut().for_each(|entry| entry.header.seq = head.seq),
                }
                Some(Response::Range(Bounded::try_from(entries).ok()?))
            }
            _ => None,
        }
    });
    camp.world.run(60_000);
    camp.peace_after_restart();
}

#[test]
fn answers_of_the_wrong_sort_are_dropped() {
    let mut camp = Camp::new(4);
    let mut turn = 0usize;
    lies(&mut camp, move |_| {
        turn += 1;
        Some(match turn % 9 {
            0 => Response::Refused,
            1 => Response::Split,
            2 => Response::Knock(Some([1; 16].into())),
            3 => Response::Frontier(Bounded::default()),
            4 => Response::Range(Bounded::default()),
            5 => Response::Keys(Bounded::default()),
            6 => Response::Evidence(None),
            7 => Response::Join(Admission::Admitted { keys: Bounded::default() }),
            _ => Response::Hello(Bounded::default()),
        })
    });
    camp.world.run(60_000);
    camp.peace_after_restart();
    // Bytes that are no answer at all.
    let mut turn = 0u8;
    camp.world.nodes[camp.liar].tamper = Some(Box::new(move |_, _| {
        turn = turn.wrapping_add(1);
        Some(Some(vec![turn; usize::from(turn) * 40]))
    }));
    camp.world.run(60_000);
    camp.peace();
}

#[test]
fn splits_without_end_stall_nobody() {
    let mut camp = Camp::new(4);
    lies(&mut camp, |request| matches!(request, Request::Frontier { .. }).then_some(Response::Split));
    let before = camp.world.handled;
    camp.world.run(10_000);
    assert!(camp.world.handled - before < 20_000, "{} inputs in ten seconds", camp.world.handled - before);
    camp.peace();
}

#[test]
fn odd_requests_are_answered_or_refused() {
    let mut camp = Camp::new(3);
    let from = camp.world.device(camp.liar);
    let header = camp.world.header(1, camp.guild, Audience::Guild);
    let places = [0, 1, 63, 64, 1 << 31, u64::MAX - 256, u64::MAX - 1, u64::MAX];
    for audience in [Audience::Control, Audience::Guild, Audience::Channel(camp.channel)] {
        for first in places {
            for to in places {
                let head = camp.world.header(1, camp.guild, audience).prev;
                let request = Request::Range { guild: camp.guild, audience, log: header.log, head, from: first, to };
                assert!(camp.world.probe(0, from, &request).is_some());
                camp.world.run(20);
            }
        }
    }
    for part in [Part::Law, Part::Content] {
        for prints in [0, 1, 2, 255, 256] {
            let prints = Bounded::try_from(vec![7; prints]).unwrap();
            assert!(camp.world.probe(0, from, &Request::Frontier { guild: camp.guild, part, prints }).is_some());
        }
    }
    let epochs = Bounded::try_from(vec![EpochId([4; 32]); 16]).unwrap();
    assert!(camp.world.probe(0, from, &Request::Keys { guild: camp.guild, epochs }).is_some());
    // A stranger gets nothing.
    let stranger = person(9).device;
    camp.world.input(0, bivouac_core::io::Input::Connected(stranger));
    let prints = Bounded::try_from(vec![7]).unwrap();
    for part in [Part::Law, Part::Content] {
        let ask = Request::Frontier { guild: camp.guild, part, prints: prints.clone() };
        assert_eq!(camp.world.probe(0, stranger, &ask), Some(Response::Refused));
    }
    camp.peace();
}

#[test]
fn a_flood_of_requests_is_refused_in_time() {
    let mut camp = Camp::new(3);
    let from = camp.world.device(camp.liar);
    let ask = Request::Knock([0; 16]);
    let answered = (0..5_000).filter(|_| camp.world.probe(0, from, &ask) == Some(Response::Knock(None))).count();
    assert!(answered < 1_000, "{answered}");
    camp.peace();
}
