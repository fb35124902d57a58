//! A node killed at random points of a burst: whatever it acknowledged is there when it comes back, and what it
//! publishes never contradicts what it published before.

use std::{
    env, thread,
    time::{Duration, Instant},
};

use crate::cast::{Dice, Node, PATIENCE, agree, folder, loopback, settled, until};

/// A round's longest burst.
const BURST: u64 = 60;
/// How often both nodes are compared as a whole.
const COMPARE: usize = 10;

#[test]
fn what_was_acknowledged_survives_every_kill() {
    let rounds: usize = env::var("BIVOUAC_SOAK").map_or(50, |rounds| rounds.parse().expect("a number of rounds"));
    let mut dice = Dice::thrown();
    let stores = folder();
    let mut ada = Node::start("Ada", settled(&stores.path().join("Ada")));
    let mut bo = Node::start("Bo", settled(&stores.path().join("Bo")));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    let mut checked = ada.say(&channel, "the first");
    let (mut acknowledged, mut stored) = (1, 1);
    let mut slowest = Duration::ZERO;

    for round in 1..=rounds {
        let burst = 1 + dice.below(BURST);
        let tickets: Vec<_> = (0..burst)
            .map_while(|nth| Some((nth, ada.send(&channel, &format!("round {round}, line {nth}")).ok()?)))
            .collect();
        // Struck before, amid or just after the answers, and sometimes between two of them.
        let answers = dice.below(burst + 1) as usize;
        if let Some((_, ticket)) = answers.checked_sub(1).and_then(|nth| tickets.get(nth)) {
            until("an answer", || ada.rpc.answered(ticket));
        }
        thread::sleep(Duration::from_micros(dice.below(3000)));
        ada.rpc.kill();
        let said: Vec<String> = tickets
            .iter()
            .filter(|(_, ticket)| ada.rpc.answered(ticket))
            .map(|(nth, _)| format!("round {round}, line {nth}"))
            .collect();
        if dice.below(8) == 0 {
            // Once more, while it gets up.
            ada.rpc = bivouac_node::lab::Rpc::start(ada.rpc.launch().clone()).unwrap();
            thread::sleep(Duration::from_millis(dice.below(200)));
            ada.rpc.kill();
        }
        let began = Instant::now();
        ada.rpc.restart(PATIENCE).unwrap_or_else(|e| panic!("round {round}: the store does not open: {e}"));
        slowest = slowest.max(began.elapsed());
        let rows = ada.list_after(&channel, Some(&checked));
        for text in &said {
            assert!(
                rows.iter().any(|row| row.text.as_ref() == Some(text)),
                "round {round}: “{text}” was acknowledged and is lost"
            );
        }
        acknowledged += said.len();
        stored += rows.len();
        if let Some(last) = rows.last() {
            checked.clone_from(&last.message);
        }
        if round % COMPARE == 0 {
            agree(&mut [&mut ada, &mut bo], &guild, &channel);
            println!("round {round}: {acknowledged} acknowledged, {stored} stored, slowest start {slowest:?}");
        }
        assert!(bo.warnings("fork").is_empty(), "round {round}: Ada's log contradicts itself");
        assert!(ada.warnings("fork").is_empty(), "round {round}");
    }
    let rows = agree(&mut [&mut ada, &mut bo], &guild, &channel);
    assert_eq!(rows.len(), stored);
    println!(
        "{rounds} kills: {acknowledged} acknowledged, none lost; {stored} stored, equal on both; slowest start {slowest:?}"
    );
}

#[test]
fn killed_right_after_joining_it_finds_its_guild_again_without_multicast() {
    let stores = folder();
    let mut ada = Node::start("Ada", settled(&stores.path().join("Ada")));
    let mut bo = Node::start("Bo", loopback(&stores.path().join("Bo")));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    bo.rpc.kill();
    let missed = ada.say(&channel, "are you there?");
    bo.rpc.restart(PATIENCE).unwrap();
    bo.told(&[missed].into());
    agree(&mut [&mut ada, &mut bo], &guild, &channel);
}
