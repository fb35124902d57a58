//! People on one LAN, with no internet and no server: nobody is given an address.

use std::{collections::BTreeSet, thread, time::Instant};

use crate::{
    cast::{Node, agree, folder, hosted, lab, texts},
    text,
};

const LINES: usize = 1000;

#[test]
fn three_hosts_talk_and_a_fourth_reads_it_all_later() {
    let Some(mut lab) = lab("lan") else { return };
    let stores = folder();
    let mut host = |name: &'static str| {
        let host = lab.host().unwrap();
        Node::start(name, hosted(&stores.path().join(name), &lab, host))
    };
    let (mut ada, mut bo, mut cy) = (host("Ada"), host("Bo"), host("Cy"));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    cy.join(&link);
    bo.meets(&cy);

    let parts: Vec<Vec<String>> = (0..3).map(|nth| text::lines(nth * LINES, LINES)).collect();
    let began = Instant::now();
    let ids: Vec<Vec<String>> = thread::scope(|scope| {
        let speakers = [&mut ada, &mut bo, &mut cy].into_iter().zip(&parts);
        let talks: Vec<_> = speakers.map(|(node, lines)| scope.spawn(|| node.burst(&channel, lines))).collect();
        talks.into_iter().map(|talk| talk.join().unwrap()).collect()
    });
    println!("3 × {LINES} lines acknowledged after {:?}", began.elapsed());
    let all: BTreeSet<String> = ids.iter().flatten().cloned().collect();
    assert_eq!(all.len(), 3 * LINES);
    for node in [&ada, &bo, &cy] {
        node.told(&all);
    }
    println!("… and told to everyone after {:?}", began.elapsed());
    let rows = agree(&mut [&mut ada, &mut bo, &mut cy], &guild, &channel);
    assert_eq!(rows.len(), 3 * LINES);
    let mut spoken: Vec<String> = parts.concat();
    spoken.sort();
    assert_eq!(texts(&rows), spoken);
    // What one person says keeps the order it was said in.
    for (node, said) in [&ada, &bo, &cy].into_iter().zip(&ids) {
        let own: Vec<&String> = rows.iter().filter(|row| row.author == node.user).map(|row| &row.message).collect();
        let astray = own.iter().zip(said).filter(|(listed, said)| **listed != *said).count();
        assert_eq!(astray, 0, "of what {} said in a burst, so many lines are not where they were said", node.name);
    }

    let began = Instant::now();
    let mut dee = host("Dee");
    // By whom one was invited makes no difference.
    let link = cy.invite(&guild);
    dee.join(&link);
    println!("a fourth has joined after {:?}", began.elapsed());
    let read = agree(&mut [&mut dee, &mut ada, &mut bo, &mut cy], &guild, &channel);
    println!("… and has read it all after {:?}", began.elapsed());
    assert_eq!(read, rows);
    // History is read, not announced.
    assert!(dee.rpc.events(0).iter().all(|seen| seen.event["type"] != "message"), "old messages were announced as new");
    for node in [&ada, &bo, &cy, &dee] {
        assert_eq!(node.rpc.noise(), Vec::<String>::new());
        assert!(node.warnings("fork").is_empty());
    }
}
