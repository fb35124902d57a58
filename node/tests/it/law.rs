//! The law of a guild as its members live it: roles, channels closed to some, silences, hand-overs, and the record of it all.

use std::fs;

use serde_json::{Value, json};

use crate::cast::{Node, PATIENCE, WATCH, agree, folder, hosted, lab, same_law, until};

/// Three members on hosts of their own. The second moderates.
fn camp(test: &str, scene: impl FnOnce(&mut [Node; 3], &str, &str, &str)) {
    let Some(mut lab) = lab(test) else { return };
    let stores = folder();
    let hosts: Vec<_> = (0..3).map(|_| lab.host().unwrap()).collect();
    let start = |nth: usize, name: &'static str| Node::start(name, hosted(&stores.path().join(name), &lab, hosts[nth]));
    let mut nodes = [start(0, "Ada"), start(1, "Bo"), start(2, "Cy")];
    let (guild, channel) = nodes[0].guild("Camp");
    let link = nodes[0].invite(&guild);
    nodes[1].join(&link);
    nodes[2].join(&link);
    let role = nodes[0].call(
        "role.create",
        json!({"guild": guild, "name": "mod", "rank": 300, "color": 0x00ff_8800, "hoist": true,
            "permissions": ["kick", "timeout", "manage_roles", "manage_channels", "manage_messages"]}),
    );
    let role = role["role"].as_str().unwrap().to_owned();
    let bo = nodes[1].user.clone();
    nodes[0].call("role.assign", json!({"guild": guild, "role": role, "user": bo}));
    same_law(&mut nodes, &guild);
    scene(&mut nodes, &guild, &channel, &role);
    same_law(&mut nodes, &guild);
}

fn forbidden(node: &mut Node, method: &str, params: Value) {
    let refusal = node.refused(method, params);
    assert_eq!((refusal.code, refusal.kind.as_str()), (-32005, "forbidden"), "{method}: {refusal}");
}

fn shown(node: &mut Node, guild: &str) -> Value {
    node.call("guild.show", json!({"guild": guild}))
}

fn of<'a>(shown: &'a Value, list: &str, key: &str, id: &str) -> &'a Value {
    shown[list].as_array().unwrap().iter().find(|row| row[key] == *id).unwrap()
}

#[test]
fn a_moderator_does_what_the_role_allows_and_no_more() {
    camp("moderator", |nodes, guild, _, role| {
        let users: Vec<String> = nodes.iter().map(|node| node.user.clone()).collect();
        let seen = shown(&mut nodes[2], guild);
        let seen = of(&seen, "roles", "role", role);
        assert_eq!((&seen["name"], &seen["rank"], &seen["color"]), (&json!("mod"), &json!(300), &json!(0x00ff_8800)));
        let bo = &mut nodes[1];
        // Nothing against the owner, nothing at or above the own rank, nothing that is lacked.
        forbidden(bo, "member.kick", json!({"guild": guild, "user": users[0]}));
        forbidden(bo, "member.ban", json!({"guild": guild, "user": users[2]}));
        forbidden(bo, "role.create", json!({"guild": guild, "name": "boss", "rank": 300}));
        forbidden(bo, "role.create", json!({"guild": guild, "name": "exec", "permissions": ["ban"]}));
        forbidden(bo, "role.update", json!({"guild": guild, "role": role, "permissions": []}));
        forbidden(bo, "guild.update", json!({"guild": guild, "name": "Mine"}));
        forbidden(bo, "guild.hand_over", json!({"guild": guild, "user": users[2]}));
        forbidden(&mut nodes[2], "role.create", json!({"guild": guild, "name": "boss"}));
        let fan = nodes[1].call("role.create", json!({"guild": guild, "name": "fan", "permissions": ["send"]}));
        let fan = fan["role"].as_str().unwrap();
        nodes[1].call("role.assign", json!({"guild": guild, "role": fan, "user": users[2]}));
        until("Cy is a fan", || {
            let seen = shown(&mut nodes[2], guild);
            of(&seen, "members", "user", &users[2])["roles"] == json!([fan])
        });
        // A raise is refused with a word of what to do; lowering takes.
        let refusal = nodes[0].refused("role.update", json!({"guild": guild, "role": role, "rank": 400}));
        assert_eq!((refusal.code, refusal.param.as_deref()), (-32602, Some("rank")));
        nodes[0].call("role.update", json!({"guild": guild, "role": role, "rank": 1, "permissions": ["kick"]}));
        until("Bo is lowered", || of(&shown(&mut nodes[1], guild), "roles", "role", role)["rank"] == 1);
        forbidden(&mut nodes[1], "role.delete", json!({"guild": guild, "role": fan}));
        nodes[0].call("role.delete", json!({"guild": guild, "role": fan}));
        until("Cy is no fan", || {
            let seen = shown(&mut nodes[2], guild);
            of(&seen, "members", "user", &users[2])["roles"] == json!([])
        });
        nodes[1].call("member.kick", json!({"guild": guild, "user": users[2], "reason": "enough"}));
        until("Cy is out", || !nodes[0].members(guild).contains(&users[2]));
    });
}

#[test]
fn who_is_silenced_is_not_heard_until_it_is_over() {
    camp("silence", |nodes, guild, channel, _| {
        let cy = nodes[2].user.clone();
        nodes[2].say(channel, "before");
        let [ada, bo, mute] = nodes;
        agree(&mut [ada, bo, mute], guild, channel);
        bo.call("member.timeout", json!({"guild": guild, "user": cy, "seconds": 3_600, "reason": "caps"}));
        until("Cy is told", || {
            mute.rpc.call("message.send", json!({"channel": channel, "text": "?"}), PATIENCE).is_err()
        });
        forbidden(mute, "message.send", json!({"channel": channel, "text": "HEY"}));
        let until_ms = of(&shown(mute, guild), "members", "user", &cy)["timeout_until"].as_u64().unwrap();
        assert!(until_ms > 1_700_000_000_000);
        // What was said before stays, and reading goes on.
        bo.say(channel, "quiet at last");
        let rows = agree(&mut [ada, bo, mute], guild, channel);
        assert!(rows.iter().any(|row| row.text.as_deref() == Some("before")));
        bo.call("member.timeout", json!({"guild": guild, "user": cy, "seconds": 0}));
        until("Cy speaks", || {
            mute.rpc.call("message.send", json!({"channel": channel, "text": "sorry"}), PATIENCE).is_ok()
        });
        agree(&mut [ada, bo, mute], guild, channel);
    });
}

#[test]
fn a_channel_differs_for_whom_it_says() {
    camp("overwrites", |nodes, guild, _, role| {
        let everyone = shown(&mut nodes[0], guild)["roles"].as_array().unwrap().last().unwrap()["role"].clone();
        let desk = nodes[1].call("channel.create", json!({"guild": guild, "name": "Desk", "kind": "category"}));
        let news = nodes[1].call(
            "channel.create",
            json!({"guild": guild, "name": "news", "kind": "text", "category": desk["channel"], "position": 7}),
        );
        let news = news["channel"].as_str().unwrap().to_owned();
        nodes[1].call("channel.overwrite", json!({"channel": news, "role": everyone, "deny": ["send"]}));
        nodes[1].call("channel.overwrite", json!({"channel": news, "role": role, "allow": ["send"]}));
        let refusal = nodes[1].refused("channel.overwrite", json!({"channel": news, "role": role, "allow": ["ban"]}));
        assert_eq!(refusal.code, -32005);
        same_law(&mut *nodes, guild);
        let seen = shown(&mut nodes[2], guild);
        let seen = of(&seen, "channels", "channel", &news);
        assert_eq!((&seen["category"], &seen["position"]), (&desk["channel"], &json!(7)));
        let said = nodes[1].say(&news, "read all about it");
        nodes[2].told(&[said].into());
        forbidden(&mut nodes[2], "message.send", json!({"channel": news, "text": "first!"}));
        let cy = nodes[2].user.clone();
        nodes[1].call("channel.overwrite", json!({"channel": news, "user": cy, "allow": ["send"]}));
        until("Cy may write", || {
            nodes[2].rpc.call("message.send", json!({"channel": news, "text": "hm"}), PATIENCE).is_ok()
        });
        nodes[1].call("channel.overwrite", json!({"channel": news, "user": cy, "deny": ["view"]}));
        same_law(&mut *nodes, guild);
        forbidden(&mut nodes[2], "message.list", json!({"channel": news}));
        let behind = nodes[1].say(&news, "behind Cy's back");
        std::thread::sleep(WATCH);
        assert!(!nodes[2].has_told(0, &behind));

        // Slow: for those who do not manage it.
        let slow = nodes[1]
            .call("channel.create", json!({"guild": guild, "name": "slow", "kind": "text", "slow_mode_s": 600}));
        let slow = slow["channel"].as_str().unwrap().to_owned();
        same_law(&mut *nodes, guild);
        nodes[2].say(&slow, "once");
        let refusal = nodes[2].refused("message.send", json!({"channel": slow, "text": "twice"}));
        assert_eq!((refusal.code, refusal.kind.as_str()), (-32010, "rate_limited"));
        nodes[1].say(&slow, "once");
        nodes[1].say(&slow, "twice");

        // For a while only.
        let short =
            nodes[1].call("channel.create", json!({"guild": guild, "name": "short", "kind": "text", "expires_s": 10}));
        // Who hears of it when it is over already is not told of its end.
        same_law(&mut *nodes, guild);
        let ends = |event: &Value| {
            event["type"] == "channel" && event["change"] == "deleted" && event["channel"] == short["channel"]
        };
        for node in nodes.iter_mut() {
            node.rpc.wait("the end of the channel", PATIENCE, ends).unwrap();
            let refusal = node.refused("message.send", json!({"channel": short["channel"], "text": "late"}));
            assert_eq!(refusal.code, -32004, "{refusal}");
        }
    });
}

#[test]
fn a_guild_changes_hands_and_everything_is_on_record() {
    camp("hands", |nodes, guild, _, _| {
        let users: Vec<String> = nodes.iter().map(|node| node.user.clone()).collect();
        nodes[1].call("member.nick", json!({"guild": guild, "user": users[2], "nick": "Cyrus"}));
        forbidden(&mut nodes[2], "member.nick", json!({"guild": guild, "user": users[1], "nick": "Boris"}));
        let pictures = folder();
        let png = pictures.path().join("lake.png");
        let bytes = b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
        fs::write(&png, data_encoding::BASE64.decode(bytes).unwrap()).unwrap();
        nodes[0].call("guild.update", json!({"guild": guild, "description": "by the lake", "icon": png}));
        let vector = pictures.path().join("lake.svg");
        fs::write(&vector, "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>").unwrap();
        for bad in [&vector, pictures.path(), &pictures.path().join("none")] {
            let refusal = nodes[0].refused("guild.update", json!({"guild": guild, "icon": bad}));
            assert_eq!((refusal.code, refusal.param.as_deref()), (-32602, Some("icon")));
        }
        nodes[0].call("emoji.create", json!({"guild": guild, "name": "lake", "picture": png}));
        nodes[2].call("member.avatar", json!({"guild": guild, "picture": png}));
        forbidden(&mut nodes[0], "guild.leave", json!({"guild": guild}));
        nodes[0].call("guild.hand_over", json!({"guild": guild, "user": users[1]}));
        until("Bo owns it", || shown(&mut nodes[1], guild)["owner"] == *users[1]);
        same_law(&mut *nodes, guild);
        let seen = shown(&mut nodes[2], guild);
        assert_eq!(seen["description"], "by the lake");
        // Pictures are had like any file, by everybody.
        let (icon, emoji) = (&seen["icon"], &seen["emoji"][0]);
        let face = &of(&seen, "members", "user", &users[2])["avatar"];
        assert_eq!((&emoji["name"], &icon["mime"], &face["width"]), (&json!("lake"), &json!("image/png"), &json!(1)));
        for (nth, picture) in [(1, icon), (2, emoji), (0, face)] {
            let to = pictures.path().join(format!("got {nth}.png"));
            nodes[nth].call("file.get", json!({"file": picture["file"], "path": to}));
            assert_eq!(fs::read(&to).unwrap(), fs::read(&png).unwrap());
        }
        nodes[1].call("emoji.delete", json!({"guild": guild, "name": "lake"}));
        assert_eq!(of(&seen, "members", "user", &users[2])["nick"], "Cyrus");
        forbidden(&mut nodes[0], "guild.update", json!({"guild": guild, "name": "Still mine"}));
        nodes[1].call("guild.update", json!({"guild": guild, "name": "Bo's"}));
        nodes[1].call("member.timeout", json!({"guild": guild, "user": users[0], "seconds": 60, "reason": "my turn"}));
        same_law(&mut *nodes, guild);
        let records: Vec<Value> =
            nodes.iter_mut().map(|node| node.call("audit.list", json!({"guild": guild}))).collect();
        assert!(records.iter().all(|record| *record == records[0]));
        let entries = records[0]["entries"].as_array().unwrap();
        let told = |action: &str| entries.iter().find(|entry| entry["action"] == action).unwrap();
        assert_eq!(told("member.timeout")["reason"], "my turn");
        assert_eq!(
            (&told("member.timeout")["author"], &told("member.timeout")["target"]),
            (&json!(users[1]), &json!(users[0]))
        );
        assert_eq!(
            (&told("guild.hand_over")["author"], &told("guild.hand_over")["state"]),
            (&json!(users[0]), &json!("valid"))
        );
        assert_eq!(entries.last().unwrap()["action"], "guild.create");
        assert!(entries.iter().all(|entry| entry["state"] == "valid"), "{entries:?}");
    });
}
