//! A LAN falls apart into two that both go on, and becomes one again.

use std::{collections::BTreeSet, net::Ipv4Addr, thread, time::Instant};

use bivouac_node::lab::{Host, Lab};
use tempfile::TempDir;

use crate::{
    cast::{Node, agree, folder, hosted, lab, texts},
    text,
};

const LINES: usize = 100;

struct Camp {
    lab: Lab,
    stores: TempDir,
}

impl Camp {
    fn host(&mut self, name: &'static str) -> (Host, Node) {
        let host = self.lab.host().unwrap();
        (host, Node::start(name, hosted(&self.stores.path().join(name), &self.lab, host)))
    }
}

#[test]
fn two_halves_talk_and_invite_and_become_one_again() {
    let Some(lab) = lab("partition") else { return };
    let mut camp = Camp { lab, stores: folder() };
    let ((a, mut ada), (b, mut bo)) = (camp.host("Ada"), camp.host("Bo"));
    let ((c, mut cy), (d, mut dee)) = (camp.host("Cy"), camp.host("Dee"));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    for node in [&mut bo, &mut cy, &mut dee] {
        node.join(&link);
    }
    ada.meets(&cy);
    ada.meets(&dee);
    bo.meets(&cy);
    bo.meets(&dee);
    let start = ada.say(&channel, "all of us");
    for node in [&ada, &bo, &cy, &dee] {
        node.told(&[start.clone()].into());
    }

    // A newcomer on each side, invited by someone of that side.
    let (e, f) = (camp.lab.host().unwrap(), camp.lab.host().unwrap());
    camp.lab.split(&[&[a, b, e], &[c, d, f]]).unwrap();
    let newcomer =
        |name: &'static str, host| Node::start(name, hosted(&camp.stores.path().join(name), &camp.lab, host));
    let (mut eve, mut fay) = (newcomer("Eve", e), newcomer("Fay", f));
    let (left, right) = (bo.invite(&guild), dee.invite(&guild));
    eve.join(&left);
    fay.join(&right);
    let parts: Vec<Vec<String>> = (0..6).map(|nth| text::lines(nth * LINES, LINES)).collect();
    let ids: Vec<Vec<String>> = thread::scope(|scope| {
        let speakers = [&mut ada, &mut bo, &mut eve, &mut cy, &mut dee, &mut fay].into_iter().zip(&parts);
        let talks: Vec<_> = speakers.map(|(node, lines)| scope.spawn(|| node.burst(&channel, lines))).collect();
        talks.into_iter().map(|talk| talk.join().unwrap()).collect()
    });
    let on_the_left = agree(&mut [&mut ada, &mut bo, &mut eve], &guild, &channel);
    let on_the_right = agree(&mut [&mut cy, &mut dee, &mut fay], &guild, &channel);
    assert_eq!((on_the_left.len(), on_the_right.len()), (3 * LINES + 1, 3 * LINES + 1));
    assert!(!ada.members(&guild).contains(&fay.user) && !cy.members(&guild).contains(&eve.user));

    camp.lab.heal().unwrap();
    let rows = agree(&mut [&mut ada, &mut bo, &mut cy, &mut dee, &mut eve, &mut fay], &guild, &channel);
    let mut spoken = parts.concat();
    spoken.push("all of us".to_owned());
    spoken.sort();
    assert_eq!(texts(&rows), spoken, "nothing lost, nothing doubled");
    // Whoever was there before is told of everything once; a newcomer of all that came after.
    let all: BTreeSet<String> = ids.concat().into_iter().chain([start]).collect();
    for node in [&ada, &bo, &cy, &dee] {
        node.told(&all);
    }
    for node in [&ada, &bo, &cy, &dee, &eve, &fay] {
        assert_eq!(node.doubles(), Vec::<String>::new(), "{}", node.name);
        assert!(node.warnings("fork").is_empty());
    }
    assert_eq!(ada.members(&guild).len(), 6);
}

#[test]
fn a_cable_pulled_and_put_back() {
    let Some(lab) = lab("cable") else { return };
    let mut camp = Camp { lab, stores: folder() };
    let ((_, mut ada), (b, mut bo)) = (camp.host("Ada"), camp.host("Bo"));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    let mut all = BTreeSet::from([ada.say(&channel, "before")]);
    bo.told(&all);
    camp.lab.cut(b).unwrap();
    all.insert(ada.say(&channel, "said by Ada alone"));
    all.insert(bo.say(&channel, "said by Bo alone"));
    camp.lab.restore(b).unwrap();
    for node in [&ada, &bo] {
        node.told(&all);
    }
    assert_eq!(agree(&mut [&mut ada, &mut bo], &guild, &channel).len(), 3);
}

#[test]
fn an_address_that_changes_in_mid_conversation() {
    let Some(lab) = lab("address") else { return };
    let mut camp = Camp { lab, stores: folder() };
    let ((_, mut ada), (b, mut bo)) = (camp.host("Ada"), camp.host("Bo"));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    let mut all = BTreeSet::from([ada.say(&channel, "before")]);
    bo.told(&all);
    for last in [201, 202] {
        camp.lab.readdress(b, Ipv4Addr::new(10, 77, 0, last)).unwrap();
        let began = Instant::now();
        all.extend([ada.say(&channel, "where are you?"), bo.say(&channel, "here")]);
        for node in [&ada, &bo] {
            node.told(&all);
        }
        println!("heard each other {:?} after the address changed", began.elapsed());
    }
    assert_eq!(agree(&mut [&mut ada, &mut bo], &guild, &channel).len(), 5);
}
