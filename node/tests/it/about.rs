//! What people say about messages, between real nodes: told at once, the same for all, and there after a restart.

use serde_json::{Value, json};

use crate::{
    cast::{Node, PATIENCE, agree, folder, loopback, until},
    spy::no_plaintext,
};

/// An event of a type, told since a mark.
fn event(node: &Node, kind: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let seen = node.rpc.wait(kind, PATIENCE, |event| event["type"] == kind && wanted(event));
    seen.unwrap_or_else(|error| panic!("{}: {error}", node.name)).event
}

fn show(node: &mut Node, message: &str) -> Value {
    node.call("message.show", json!({"message": message}))
}

fn of_channel(node: &mut Node, guild: &str) -> Value {
    node.call("guild.show", json!({"guild": guild}))["channels"][0].clone()
}

#[test]
fn what_is_said_about_messages_is_told_and_kept() {
    let stores = folder();
    let mut ada = Node::start("Ada", loopback(&stores.path().join("a")));
    let mut bo = Node::start("Bo", loopback(&stores.path().join("b")));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    let first = ada.say(&channel, "frist!");
    bo.told(&[first.clone()].into());

    // A link is as good as an id.
    let linked = show(&mut bo, &format!("bivouac://message/{first}"));
    assert_eq!(linked["message"], *first);
    ada.call("message.edit", json!({"message": first, "text": "first!"}));
    let edited = event(&bo, "message.edited", |event| event["message"] == *first);
    assert_eq!((edited["text"].as_str(), edited["edited"].is_u64()), (Some("first!"), true));
    assert_eq!(bo.refused("message.edit", json!({"message": first, "text": "mine"})).code, -32005);

    bo.call("message.react", json!({"message": first, "emoji": "❤"}));
    let reaction = event(&ada, "reaction", |event| event["message"] == *first);
    assert_eq!((reaction["emoji"].as_str(), reaction["change"].as_str()), (Some("❤️"), Some("added")));
    assert_eq!(show(&mut ada, &first)["reactions"], json!([{"emoji": "❤️", "users": [bo.user]}]));
    bo.call("message.unreact", json!({"message": first, "emoji": "❤️"}));
    event(&ada, "reaction", |event| event["change"] == "removed");
    bo.call("message.react", json!({"message": first, "emoji": "🎉"}));

    assert_eq!(bo.refused("message.pin", json!({"message": first})).code, -32005);
    ada.call("message.pin", json!({"message": first}));
    event(&bo, "message.pinned", |event| event["pinned"] == true);
    let pins = bo.call("message.pins", json!({"channel": channel}));
    assert_eq!(pins["messages"][0]["message"], *first);

    let thread = bo.call("thread.create", json!({"message": first, "name": "About that"}))["thread"].clone();
    event(&ada, "thread", |event| event["thread"] == thread && event["name"] == "About that");
    assert_eq!(ada.refused("thread.create", json!({"message": first, "name": "x"})).code, -32002);
    let said = json!({"channel": channel, "text": "in the thread", "thread": thread});
    let inside = ada.call("message.send", said)["message"].as_str().unwrap().to_owned();
    bo.told(&[inside.clone()].into());
    let of = |thread: &Value| json!({"channel": channel, "thread": thread});
    let listed = bo.call("message.list", of(&thread));
    assert_eq!((listed["messages"].as_array().unwrap().len(), &listed["messages"][0]["thread"]), (1, &thread));
    let main = bo.call("message.list", of(&json!("none")));
    assert!(main["messages"].as_array().unwrap().iter().all(|message| message["message"] != *inside));
    bo.call("thread.update", json!({"thread": thread, "archived": true}));
    event(&ada, "thread", |event| event["archived"] == true);

    // Who is called on, and how much there is to read.
    let calls = bo.say(&channel, &format!("<@{}> look", ada.user));
    let told = event(&ada, "message", |event| event["message"] == *calls);
    assert_eq!(told["mention"], true);
    let counted = of_channel(&mut ada, &guild);
    assert_eq!((counted["unread"].as_u64(), counted["mentions"].as_u64()), (Some(1), Some(1)));
    ada.call("channel.read", json!({"channel": channel}));
    event(&ada, "channel.read", |event| event["message"] == *calls);
    let read = of_channel(&mut ada, &guild);
    assert_eq!((read["unread"].as_u64(), read["mentions"].as_u64(), &read["read"]), (Some(0), Some(0), &json!(calls)));

    ada.call("channel.typing", json!({"channel": channel}));
    let typing = event(&bo, "typing", |event| event["channel"] == *channel);
    assert_eq!(typing["user"], *ada.user);

    // Deleted by its author while the other is away.
    let slip = ada.say(&channel, "a slip of the tongue");
    bo.told(&[slip.clone()].into());
    bo.rpc.stop(PATIENCE).unwrap();
    ada.call("message.delete", json!({"message": slip}));
    event(&ada, "message.deleted", |event| event["message"] == *slip);
    bo.rpc.restart(PATIENCE).unwrap();
    event(&bo, "message.deleted", |event| event["message"] == *slip);
    agree(&mut [&mut ada, &mut bo], &guild, &channel);

    ada.rpc.restart(PATIENCE).unwrap();
    for node in [&mut ada, &mut bo] {
        until("both know all", || show(node, &slip)["state"] == "erased");
        assert_eq!(show(node, &slip)["text"], Value::Null);
        let message = show(node, &first);
        assert_eq!((message["text"].as_str(), message["pinned"].as_bool()), (Some("first!"), Some(true)));
        assert_eq!(message["reactions"], json!([{"emoji": "🎉", "users": [bo_user(&message)]}]));
        let threads = node.call("thread.list", json!({"channel": channel}));
        assert_eq!((&threads["threads"][0]["thread"], &threads["threads"][0]["archived"]), (&thread, &json!(true)));
    }
}

fn bo_user(message: &Value) -> Value {
    message["reactions"][0]["users"][0].clone()
}

#[test]
fn what_was_said_is_found_and_stands_nowhere_in_the_clear() {
    let stores = folder();
    let mut ada = Node::start("Ada", loopback(&stores.path().join("a")));
    let mut bo = Node::start("Bo", loopback(&stores.path().join("b")));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    let said = bo.say(&channel, "Wir zelten am Brombeerhügel, 東京で会いましょう");
    // More than is indexed at once.
    for n in 0..1_100 {
        ada.say(&channel, &format!("filler {n}"));
    }
    let search = |node: &mut Node, params: Value| node.call("message.search", params);
    let ids = |found: &Value| {
        let messages = found["messages"].as_array().unwrap().iter();
        messages.map(|message| message["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    agree(&mut [&mut ada, &mut bo], &guild, &channel);
    for restarted in [false, true] {
        for node in [&mut ada, &mut bo] {
            for query in ["brombeer", "BEERHUGEL", "東京", "hügel zelt", "会い"] {
                assert_eq!(ids(&search(node, json!({"query": query}))), [said.as_str()], "{query}, {restarted}");
            }
            assert_eq!(ids(&search(node, json!({"query": "brombeeren"}))), Vec::<String>::new());
            let author = node.user.clone();
            let mine = search(node, json!({"query": "", "author": author, "guild": guild, "limit": 200}));
            assert_eq!(
                mine["messages"].as_array().unwrap().len(),
                if show(node, &said)["author"] == *author { 1 } else { 200 }
            );
            if restarted {
                node.rpc.stop(PATIENCE).unwrap();
                no_plaintext(node, None, &["rombeer", "東京", "filler 7"]);
            } else {
                node.rpc.restart(PATIENCE).unwrap();
            }
        }
    }
}

#[test]
fn a_search_is_gone_through_page_by_page() {
    let stores = folder();
    let mut ada = Node::start("Ada", loopback(&stores.path().join("a")));
    let (_, channel) = ada.guild("Camp");
    let said: Vec<String> = (0..25).map(|n| ada.say(&channel, &format!("tent peg {n}"))).collect();
    let (mut before, mut all) = (None::<String>, Vec::new());
    loop {
        let mut params = json!({"query": "peg", "channel": channel, "limit": 10});
        if let Some(before) = &before {
            params["before"] = json!(before);
        }
        let found = ada.call("message.search", params);
        let messages = found["messages"].as_array().unwrap();
        all.extend(messages.iter().map(|message| message["message"].as_str().unwrap().to_owned()));
        before = found["before"].as_str().map(str::to_owned);
        if before.is_none() {
            break;
        }
    }
    all.reverse();
    assert_eq!(all, said);
    let refusal = ada.refused("message.search", json!({"query": "  "}));
    assert_eq!((refusal.code, refusal.param.as_deref()), (-32602, Some("query")));
}
