//! A weekend: five members, two of them on a LAN without the others. Both sides go on governing themselves, and on Monday
//! there is one law and one timeline.

use std::{collections::BTreeSet, thread};

use bivouac_node::lab::Host;
use serde_json::{Value, json};

use crate::{
    cast::{Node, PATIENCE, WATCH, agree, folder, hosted, lab, same_law, until},
    spy::{Wire, no_plaintext},
};

/// Stands in what was said once Eve was removed, and nowhere else.
const SECRET: &str = "marimba-after-eve";

fn role(node: &mut Node, guild: &str, name: &str, rank: u32, permissions: &[&str]) -> String {
    let params = json!({"guild": guild, "name": name, "rank": rank, "permissions": permissions});
    node.call("role.create", params)["role"].as_str().unwrap().to_owned()
}

fn shown(node: &mut Node, guild: &str) -> Value {
    node.call("guild.show", json!({"guild": guild}))
}

/// Wait until all list the same in a channel and miss nothing, though some read more than others; gives the texts.
fn listed(nodes: &mut [&mut Node], guild: &str, channel: &str) -> Vec<Option<String>> {
    let mut rows = Vec::new();
    until("all list the same", || {
        rows = nodes[0].list(channel);
        nodes.iter_mut().all(|node| node.status(guild)["holes"] == 0 && node.list(channel) == rows)
    });
    rows.into_iter().map(|row| row.text).collect()
}

/// The names of what is listed.
fn names(list: &Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn both_sides_govern_themselves_and_there_is_one_law_on_monday() {
    let Some(mut lab) = lab("weekend") else { return };
    let stores = folder();
    let hosts: Vec<Host> = (0..5).map(|_| lab.host().unwrap()).collect();
    let start = |nth: usize, name: &'static str| Node::start(name, hosted(&stores.path().join(name), &lab, hosts[nth]));
    let (mut ada, mut bo, mut cy) = (start(0, "Ada"), start(1, "Bo"), start(2, "Cy"));
    let (mut dee, mut eve) = (start(3, "Dee"), start(4, "Eve"));
    let (guild, general) = ada.guild("Camp");
    let link = ada.invite(&guild);
    for node in [&mut bo, &mut cy, &mut dee, &mut eve] {
        node.join(&link);
    }
    // Bo and Dee moderate, Eve does a little.
    let moderator = role(
        &mut ada,
        &guild,
        "mod",
        500,
        &["kick", "ban", "timeout", "manage_roles", "manage_channels", "manage_messages", "create_invite"],
    );
    let helper = role(&mut ada, &guild, "helper", 100, &["kick", "manage_channels", "manage_roles"]);
    for (role, user) in [(&moderator, bo.user.clone()), (&moderator, dee.user.clone()), (&helper, eve.user.clone())] {
        ada.call("role.assign", json!({"guild": guild, "role": role, "user": user}));
    }
    let den = ada.call("channel.create", json!({"guild": guild, "name": "den", "kind": "text", "private": true}));
    let den = den["channel"].as_str().unwrap().to_owned();
    for user in [bo.user.clone(), dee.user.clone()] {
        ada.call("channel.overwrite", json!({"channel": den, "user": user, "allow": ["view"]}));
    }
    for node in [&mut ada, &mut bo, &mut cy, &mut dee, &mut eve] {
        node.say(&general, "friday");
    }
    same_law([&mut ada, &mut bo, &mut cy, &mut dee, &mut eve], &guild);
    until("all have heard all", || {
        [&mut ada, &mut bo, &mut cy, &mut dee, &mut eve].iter_mut().all(|node| node.list(&general).len() == 5)
    });

    // The weekend: Dee and Eve on a LAN of their own.
    lab.split(&[&hosts[..3], &hosts[3..]]).unwrap();
    // Home: Bo removes Eve and makes a role; Cy is renamed; somebody new is let in by whoever; a channel.
    let wire = Wire::tap("weekend-wire", &lab.on(hosts[4]), "eth0", stores.path().join("eve.pcap"));
    bo.call("member.ban", json!({"guild": guild, "user": eve.user, "reason": "enough"}));
    let fan = role(&mut bo, &guild, "fan", 50, &["send"]);
    bo.call("role.assign", json!({"guild": guild, "role": fan, "user": cy.user}));
    ada.call("member.nick", json!({"guild": guild, "user": cy.user, "nick": "Cyclops"}));
    let kitchen = bo.call("channel.create", json!({"guild": guild, "name": "kitchen", "kind": "text"}));
    let kitchen = kitchen["channel"].as_str().unwrap().to_owned();
    same_law([&mut ada, &mut bo, &mut cy], &guild);
    for (nth, node) in [&mut ada, &mut bo, &mut cy].into_iter().enumerate() {
        node.say(&general, &format!("{SECRET} {nth}"));
        node.say(&kitchen, &format!("{SECRET} soup {nth}"));
    }
    bo.say(&den, &format!("{SECRET} in the den"));
    // Away: Eve, who does not know that she is banned, makes a channel and a role; Dee talks, invites, and silences nobody.
    let garage = eve.call("channel.create", json!({"guild": guild, "name": "garage", "kind": "text"}));
    let garage = garage["channel"].as_str().unwrap().to_owned();
    let crew = role(&mut eve, &guild, "crew", 20, &["send"]);
    let cy_user = cy.user.clone();
    eve.call("member.kick", json!({"guild": guild, "user": cy_user, "reason": "behind his back"}));
    let workshop = dee.call("channel.create", json!({"guild": guild, "name": "workshop", "kind": "text"}));
    let workshop = workshop["channel"].as_str().unwrap().to_owned();
    same_law([&mut dee, &mut eve], &guild);
    eve.say(&general, "eve to dee, in good faith");
    until("Dee hears Eve", || dee.list(&general).len() == 6);
    dee.say(&general, "dee to eve");
    dee.say(&workshop, "sawdust");
    dee.say(&den, "from the other side");
    until("Eve hears Dee", || eve.list(&general).len() == 7);
    eve.say(&general, "unheard");
    dee.call("invite.create", json!({"guild": guild, "max_uses": 1}));
    // And also the notice that came with the kick: what only Eve holds by Monday is lost.
    until("Dee hears the last of Eve", || dee.list(&general).len() == 8 && dee.status(&guild)["holes"] == 0);

    // Monday.
    lab.heal().unwrap();
    until("the workshop is known at home", || {
        ada.rpc
            .call("message.list", json!({"channel": workshop}), PATIENCE)
            .is_ok_and(|page| page["messages"].as_array().is_some_and(|rows| rows.len() == 1))
    });
    same_law([&mut ada, &mut bo, &mut cy, &mut dee], &guild);
    // The den is for three: they agree on more than Cy sees.
    assert_eq!(agree(&mut [&mut ada, &mut bo, &mut dee], &guild, &den).len(), 2);
    let seen = shown(&mut dee, &guild);
    // Bo ranks above Eve, and had not seen what she did: her acts are void, Dee's stand.
    let channels = names(&seen["channels"]);
    assert!(channels.is_superset(&["kitchen", "workshop", "general", "den"].map(str::to_owned).into()), "{channels:?}");
    assert!(!channels.contains("garage"), "{channels:?}");
    assert!(!names(&seen["roles"]).contains("crew") && names(&seen["roles"]).contains("fan"));
    let members: BTreeSet<String> = [&ada, &bo, &cy, &dee].map(|node| node.user.clone()).into();
    assert_eq!(ada.members(&guild), members, "Cy was kicked by nobody who might");
    let nick = seen["members"].as_array().unwrap().iter().find(|m| m["user"] == *cy_user).unwrap();
    assert_eq!((&nick["nick"], &nick["roles"]), (&json!("Cyclops"), &json!([fan])));
    // The record says so, to everybody alike.
    let audits: Vec<Value> = [&mut ada, &mut bo, &mut cy, &mut dee]
        .map(|node| node.call("audit.list", json!({"guild": guild, "limit": 1_000}))["entries"].clone())
        .into();
    assert!(audits.iter().all(|audit| *audit == audits[0]), "one record");
    let void: BTreeSet<&str> = audits[0]
        .as_array()
        .unwrap()
        .iter()
        .filter(|deed| deed["state"] == "void")
        .map(|deed| {
            assert_eq!((&deed["author"], deed["why"].is_string()), (&json!(eve.user), true), "{deed}");
            deed["action"].as_str().unwrap()
        })
        .collect();
    assert_eq!(void, ["channel.create", "member.kick", "role.create"].into(), "garage {garage}, crew {crew}");
    // Honest talk on the LAN is kept: Dee had built on it. What nobody cites is hidden, as if it were dated back.
    assert_eq!(listed(&mut [&mut ada, &mut bo, &mut cy, &mut dee], &guild, &kitchen).len(), 3);
    let texts = listed(&mut [&mut ada, &mut bo, &mut cy, &mut dee], &guild, &general);
    let has = |text: &str| texts.iter().any(|other| other.as_deref() == Some(text));
    assert_eq!(texts.len(), 11, "{texts:?}");
    assert!(has("eve to dee, in good faith") && has("dee to eve") && !has("unheard"), "{texts:?}");

    // Eve learns that she is out, reads nothing that was said without her, and dates nothing back.
    until("Eve is out", || !eve.members(&guild).contains(&eve.user.clone()));
    thread::sleep(WATCH);
    for channel in [&general, &kitchen, &den] {
        let page = eve.rpc.call("message.list", json!({"channel": channel, "limit": 200}), PATIENCE);
        assert!(!page.map(|page| page.to_string()).unwrap_or_default().contains(SECRET));
    }
    eve.rpc.stop(PATIENCE).unwrap();
    no_plaintext(&eve, wire, &[SECRET]);
    let last = dee.say(&general, "monday");
    for node in [&ada, &bo, &cy] {
        node.told(&[last.clone()].into());
    }
    for node in [&ada, &bo, &cy, &dee] {
        assert_eq!(node.doubles(), Vec::<String>::new(), "{}", node.name);
    }
}
