//! Ops that are forged, taken over, malformed, from the future or of kinds unknown.

use bivouac_core::{
    io::{Command, Reply},
    model::{History, Hlc, OpId},
    op::{Act, Audience, Entry, Op, kind},
    sim::person,
    wire::{Admission, Envelope, Request, Response},
};
use bivouac_crypto::{Bounded, DeviceId, Domain, PublicKey, Signature};

use crate::{
    camp::Camp,
    liars::{act, post, refused, shown},
    private,
};

#[test]
fn forged_signatures_are_refused() {
    let mut camp = Camp::new(4);
    for (who, audience) in [(0, Audience::Guild), (1, Audience::Guild), (0, Audience::Control)] {
        let says = if audience == Audience::Guild { post(&camp, "not me") } else { Op::Merge };
        let mut entry = camp.world.forge(who, camp.guild, audience, &says, |_| {}).entry;
        entry.signature = Some(Signature::from_bytes([7; 64]));
        refused(&mut camp, &entry);
        entry.signature = None;
        refused(&mut camp, &entry);
        // By a key that is not the log's.
        let id = entry.header.id();
        entry.signature = Some(camp.world.nodes[camp.liar].person.key().sign(Domain::Op, &id.0));
        refused(&mut camp, &entry);
    }
    camp.peace();
}

#[test]
fn an_op_told_again_is_told_to_the_user_once() {
    let mut camp = Camp::new(4);
    let ops = camp.world.ops_on_disk(0, camp.guild);
    for entry in &ops {
        camp.world.tell(camp.liar, &camp.honest(), entry);
    }
    camp.peace_after_restart();
}

#[test]
fn a_payload_cannot_be_taken_over_or_moved() {
    let mut camp = Camp::new(4);
    let den = private::channel(&mut camp, 0, true, History::Whole);
    let liar = camp.liar;
    private::admit(&mut camp, 0, den, 1, true);
    private::admit(&mut camp, 0, den, liar, true);
    private::say(&mut camp, 0, den, "here");
    let theirs = camp.world.forge(1, camp.guild, Audience::Guild, &post(&camp, "mine"), |_| {}).entry;
    let payload = theirs.payload.clone().unwrap();
    // Under the liar's own name, among others, in the law.
    let mut moved = Vec::new();
    for (audience, kind) in
        [(Audience::Guild, kind::POST), (Audience::Channel(den), kind::POST), (Audience::Control, kind::ACT)]
    {
        let mut header = camp.world.header(liar, camp.guild, audience);
        (header.kind, header.epoch) = (kind, theirs.header.epoch);
        moved.push(camp.world.sign(liar, header, &payload));
    }
    // Under another epoch.
    let mut header = camp.world.header(liar, camp.guild, Audience::Channel(den));
    (header.kind, header.epoch) = (kind::POST, camp.world.epoch_of(0, camp.guild, Audience::Channel(den)).map(|e| e.0));
    header.log.incarnation += 1;
    (header.seq, header.prev) = (0, OpId([0; 32]));
    moved.push(camp.world.sign(liar, header, &payload));
    // In another guild, which an honest member is in too.
    let (other, general) = match camp.world.want(liar, Command::CreateGuild { name: "other".to_owned() }) {
        Some(Ok(Reply::Guild { guild, channel })) => (guild, channel),
        other => panic!("{other:?}"),
    };
    let invite = Command::CreateInvite { guild: other, max_uses: None, expires_in_ms: None, roles: Vec::new() };
    let Some(Ok(Reply::Invite { link, .. })) = camp.world.want(liar, invite) else { panic!() };
    let came = camp.world.want(1, Command::Join { link, timeout_ms: 20_000 });
    assert!(matches!(came, Some(Ok(_))), "{came:?}");
    let mut header = camp.world.header(liar, other, Audience::Guild);
    (header.kind, header.epoch) = (kind::POST, theirs.header.epoch);
    let elsewhere = camp.world.sign(liar, header, &payload);
    for entry in moved.iter().chain([&elsewhere]) {
        camp.world.tell(liar, &camp.honest(), entry);
    }
    // An op of the law that cites another guild's.
    let foreign = camp.world.header(liar, other, Audience::Control).auth;
    let citing = camp.world.forge(liar, camp.guild, Audience::Control, &Op::Merge, |h| h.auth = foreign).entry;
    camp.world.tell(liar, &camp.honest(), &citing);
    camp.world.run(3_000);
    let has =
        |guild, entry: &Entry| camp.world.ops_on_disk(1, guild).iter().any(|op| op.header.id() == entry.header.id());
    assert!(moved.iter().all(|entry| has(camp.guild, entry)) && has(other, &elsewhere), "all came");
    assert!(!has(camp.guild, &citing), "but for what cites nothing of this guild");
    for i in camp.honest() {
        for channel in [camp.channel, den, general] {
            assert!(!shown(&camp.world, i, channel).iter().any(|text| text == "mine"), "node {i}");
        }
    }
    camp.peace_after_restart();
}

#[test]
fn oversized_noncanonical_and_nested_bytes_are_refused() {
    let mut camp = Camp::new(4);
    let honest = camp.honest();
    let good = camp.world.forge(camp.liar, camp.guild, Audience::Guild, &post(&camp, "x"), |_| {}).entry;
    let bytes = Envelope::Op(good).to_bytes();
    let mut odd: Vec<Vec<u8>> = vec![
        Vec::new(),
        vec![1],
        vec![2; 100],
        [&bytes[..], &[0]].concat(),
        bytes[..bytes.len() - 1].to_vec(),
        vec![0; 49 * 1024],
        [&[1][..], &vec![0x81; 40_000]].concat(),
        [&[1][..], &vec![0x9f; 40_000]].concat(),
        [&[1][..], &vec![0xc1; 40_000]].concat(),
        vec![1, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        vec![1, 0x82, 0, 0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ];
    // Every byte once changed in a way that may still decode.
    for i in 0..bytes.len().min(400) {
        let mut changed = bytes.clone();
        changed[i] ^= 1 << (i % 8);
        odd.push(changed);
    }
    let from = camp.world.device(camp.liar);
    for bytes in &odd {
        camp.world.tell_bytes(camp.liar, &honest, bytes);
        for i in &honest {
            let answer = camp.world.probe_bytes(*i, from, bytes.clone());
            assert!(matches!(answer, Some(Response::Refused | Response::Knock(_) | Response::Hello(_))), "{answer:?}");
        }
        camp.world.run(20);
    }
    // Signed and canonical outside, nested or too long inside.
    for payload in [vec![0x81; 40_000], vec![0xff; 44 * 1024], [&[0x83][..], &vec![0x41; 30_000]].concat()] {
        for (audience, kind) in [
            (Audience::Control, kind::EPOCH),
            (Audience::Control, kind::GENESIS),
            (Audience::Control, kind::MERGE),
            (Audience::Control, kind::ACT),
            (Audience::Guild, kind::POST),
        ] {
            let mut header = camp.world.header(camp.liar, camp.guild, audience);
            header.kind = kind;
            let entry = camp.world.sign(camp.liar, header, &payload);
            camp.world.tell(camp.liar, &honest, &entry);
        }
        camp.world.run(500);
    }
    camp.peace_after_restart();
}

#[test]
fn unknown_kinds_and_acts_have_no_effect_and_stall_nothing() {
    let mut camp = Camp::new(4);
    let (mut control, mut content) = (None::<(u64, OpId)>, None::<(u64, OpId)>);
    let epoch = camp.world.epoch(camp.liar, camp.guild).map(|(id, _)| id);
    for (n, kind) in [99, 0, u16::MAX, kind::ACT, kind::POST, kind::EPOCH].into_iter().enumerate() {
        for (audience, last) in [(Audience::Control, &mut control), (Audience::Guild, &mut content)] {
            let mut header = camp.world.header(camp.liar, camp.guild, audience);
            header.hlc = Hlc(header.hlc.0 + 10 + n as u64);
            if let Some((seq, id)) = *last {
                (header.seq, header.prev) = (seq + 1, id);
            }
            header.kind = kind;
            header.epoch = if n % 2 == 0 { epoch } else { None };
            let entry = camp.world.sign(camp.liar, header, b"what is this?");
            *last = Some((entry.header.seq, entry.header.id()));
            camp.world.tell(camp.liar, &[0], &entry);
            camp.world.run(100);
        }
    }
    let kept = |i: usize| camp.world.ops_on_disk(i, camp.guild).iter().filter(|e| e.header.kind == 99).count();
    assert_eq!(kept(0), 2);
    camp.peace_after_restart();
    for i in camp.honest() {
        assert_eq!(camp.world.ops_on_disk(i, camp.guild).iter().filter(|e| e.header.kind == 99).count(), 2);
    }
}

#[test]
fn a_later_version_stalls_nobody() {
    let mut camp = Camp::new(4);
    for audience in [Audience::Control, Audience::Guild] {
        let says = if audience == Audience::Guild { post(&camp, "from the future") } else { Op::Merge };
        let entry = camp.world.forge(camp.liar, camp.guild, audience, &says, |h| h.version = 2).entry;
        camp.world.tell(camp.liar, &camp.honest(), &entry);
        let (seq, prev) = (entry.header.seq, entry.header.id());
        let next = camp.world.forge(camp.liar, camp.guild, audience, &says, |h| {
            (h.seq, h.prev) = (seq + 1, prev);
            h.hlc = Hlc(h.hlc.0 + 9);
        });
        camp.world.tell(camp.liar, &camp.honest(), &next.entry);
    }
    camp.peace_after_restart();
}

#[test]
fn what_is_dated_hours_ahead_waits_for_its_time() {
    let mut camp = Camp::new(4);
    let hour = 3_600_000;
    let ahead = Hlc::at(camp.world.nodes[0].wall(camp.world.now) + hour);
    let late = camp.world.forge(camp.liar, camp.guild, Audience::Guild, &post(&camp, "tomorrow"), |h| h.hlc = ahead);
    let law = act(&camp, 0, Act::Leave);
    let leave = camp.world.forge(camp.liar, camp.guild, Audience::Control, &law, |h| h.hlc = ahead);
    camp.world.tell(camp.liar, &camp.honest(), &late.entry);
    camp.world.tell(camp.liar, &camp.honest(), &leave.entry);
    let silent = |_: DeviceId, _: &[u8]| Some(None);
    camp.world.nodes[camp.liar].tamper = Some(Box::new(silent));
    camp.world.run(5_000);
    for i in camp.honest() {
        assert!(!shown(&camp.world, i, camp.channel).contains(&"tomorrow".to_owned()));
        assert!(camp.world.nodes[i].warnings.iter().any(|(kind, _)| *kind == "clock"));
    }
    camp.say(0, "what honest people say is dated today");
    camp.world.run(2_000);
    let dated = camp.world.timeline(1, camp.channel).last().unwrap().id.hlc;
    assert!(dated < ahead);
    camp.world.run(hour);
    assert!(!camp.has(camp.liar));
    for i in camp.honest() {
        assert!(shown(&camp.world, i, camp.channel).contains(&"tomorrow".to_owned()));
    }
    camp.peace_after_restart();
}

#[test]
fn a_timestamp_not_above_what_it_cites_is_refused() {
    let mut camp = Camp::new(4);
    for back in [0, 1, 1_000_000] {
        let newest = camp.world.header(camp.liar, camp.guild, Audience::Control).hlc;
        let op = camp.world.forge(camp.liar, camp.guild, Audience::Control, &Op::Merge, |h| {
            h.hlc = Hlc(newest.0.saturating_sub((10 << 32) + back));
        });
        refused(&mut camp, &op.entry);
    }
    // Of content the law asks nothing of the kind: it is shown where it says that it belongs.
    let says = post(&camp, "long ago");
    let op = camp.world.forge(camp.liar, camp.guild, Audience::Guild, &says, |h| h.hlc = Hlc(1));
    camp.world.tell(camp.liar, &camp.honest(), &op.entry);
    camp.peace_after_restart();
}

/// `R` of small order and `s` zero: holds for such a key wherever order is not looked at.
fn small_signature(r: [u8; 32]) -> Signature {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&r);
    Signature::from_bytes(bytes)
}

#[test]
fn keys_of_small_order_prove_nothing() {
    let mut camp = Camp::new(4);
    let small: [[u8; 32]; 3] = [
        [0; 32],
        std::array::from_fn(|i| u8::from(i == 0)),
        std::array::from_fn(|i| {
            if i == 0 {
                0xec
            } else if i == 31 {
                0x7f
            } else {
                0xff
            }
        }),
    ];
    for bytes in small {
        let key = PublicKey::from_bytes(bytes);
        let mut header = camp.world.header(camp.liar, camp.guild, Audience::Guild);
        header.log.device = DeviceId(key);
        (header.seq, header.prev) = (0, OpId([0; 32]));
        let mut entry = camp.world.sign(camp.liar, header, b"");
        entry.signature = Some(small_signature(bytes));
        refused(&mut camp, &entry);
        // An invite of such a key admits nobody.
        let invite = Act::Invite { key, max_uses: None, expires_ms: None, roles: Bounded::default() };
        let made = camp.world.forge(camp.liar, camp.guild, Audience::Control, &act(&camp, 0, invite), |h| {
            h.hlc = Hlc(h.hlc.0 + 1);
        });
        camp.world.tell(camp.liar, &camp.honest(), &made.entry);
        camp.world.run(500);
        let guest = person(9).chain.clone();
        let proof = small_signature(bytes);
        let from = person(9).device;
        camp.world.input(0, bivouac_core::io::Input::Connected(from));
        let answer = camp.world.probe(0, from, &Request::Join { key, guest, proof });
        assert!(matches!(answer, Some(Response::Join(Admission::Invalid))), "{answer:?}");
        camp.world.input(0, bivouac_core::io::Input::Disconnected(from));
    }
    // Its control log forked by the repeated place: that is its own affair.
    camp.peace_after_restart();
}
