//! More than anybody wants to hear: what goes beyond a device's share of gossip waits, and nothing is lost.

use bivouac_core::{
    io::Command,
    model::OpId,
    op::{Audience, Entry},
    sim::World,
};
use bivouac_crypto::Signature;

use crate::{camp::Camp, liars::shown};

/// The largest ops there are, of a kind that nobody knows, one after another in a log each or all in one.
fn largest(camp: &mut Camp, count: u64, apart: bool) -> Vec<Entry> {
    let mut last = OpId([0; 32]);
    let one = |nth: u64| {
        let mut header = camp.world.header(camp.liar, camp.guild, Audience::Guild);
        header.kind = 99;
        header.log.incarnation += 1 + if apart { nth } else { 0 };
        (header.seq, header.prev) = if apart { (0, OpId([0; 32])) } else { (nth, last) };
        let entry = camp.world.sign(camp.liar, header, &vec![nth as u8; 44_000]);
        last = entry.header.id();
        entry
    };
    (0..count).map(one).collect()
}

fn ops(camp: &Camp) -> Vec<u64> {
    camp.honest().iter().map(|i| camp.world.status(*i, camp.guild).unwrap().ops).collect()
}

#[test]
fn of_a_flood_a_share_is_taken_and_no_honest_line_waits_for_it() {
    for apart in [false, true] {
        let mut camp = Camp::new(4);
        let before = ops(&camp);
        for entry in largest(&mut camp, 400, apart) {
            camp.world.tell(camp.liar, &camp.honest(), &entry);
        }
        camp.say(1, "amid the flood");
        camp.world.run(300);
        for (i, before) in camp.honest().into_iter().zip(before) {
            let taken = camp.world.status(i, camp.guild).unwrap().ops - before;
            // What each took of its own share, they give one another.
            assert!((10..=150).contains(&taken), "node {i} took {taken}");
            assert!(shown(&camp.world, i, camp.channel).contains(&"amid the flood".to_owned()));
        }
        camp.peace_after_restart();
    }
}

#[test]
fn nobody_is_charged_for_what_others_say_in_their_name() {
    let mut camp = Camp::new(4);
    for mut entry in largest(&mut camp, 400, false) {
        entry.header.log = camp.world.header(1, camp.guild, Audience::Guild).log;
        entry.signature = Some(Signature::from_bytes([7; 64]));
        camp.world.tell(camp.liar, &camp.honest(), &entry);
    }
    camp.world.run(200);
    camp.say(1, "in my own name");
    camp.world.run(200);
    for i in camp.honest() {
        assert!(shown(&camp.world, i, camp.channel).contains(&"in my own name".to_owned()));
    }
    camp.peace();
}

#[test]
fn ops_at_places_beyond_all_bounds_begin_no_log() {
    let mut camp = Camp::new(4);
    let logs =
        |camp: &Camp| camp.honest().iter().map(|i| camp.world.status(*i, camp.guild).unwrap().logs).collect::<Vec<_>>();
    let before = logs(&camp);
    for nth in 0..100 {
        let mut header = camp.world.header(camp.liar, camp.guild, Audience::Guild);
        (header.kind, header.seq, header.prev) = (99, 5_000_000, OpId([nth; 32]));
        header.log.incarnation += 1 + u64::from(nth);
        let entry = camp.world.sign(camp.liar, header, &[nth]);
        camp.world.tell(camp.liar, &camp.honest(), &entry);
    }
    camp.world.run(500);
    for i in camp.honest() {
        camp.world.crash(i);
        camp.world.start(i);
    }
    assert_eq!(logs(&camp), before);
    assert_eq!(camp.world.ops_on_disk(0, camp.guild).iter().filter(|entry| entry.header.kind == 99).count(), 0);
    camp.peace();
}

#[test]
fn somebody_who_says_very_much_at_once_is_heard_in_full_and_soon() {
    let mut camp = Camp::new(4);
    // Twice what gossip takes of one device at once.
    let text = "漢".repeat(3_900);
    for nth in 0..400 {
        let says = Command::Post {
            channel: camp.channel,
            text: format!("{nth} {text}"),
            reply_to: None,
            thread: None,
            files: Vec::new(),
        };
        camp.world.ask(1, says);
    }
    let (channel, honest) = (camp.channel, camp.honest());
    let heard = |world: &World, i: usize| shown(world, i, channel).iter().filter(|said| said.ends_with(&text)).count();
    let within = (0..30).any(|_| {
        camp.world.run(100);
        honest.iter().all(|i| heard(&camp.world, *i) == 400)
    });
    assert!(within, "{:?}", honest.iter().map(|i| heard(&camp.world, *i)).collect::<Vec<_>>());
    camp.peace();
}
