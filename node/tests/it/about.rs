//! What people say about messages, between real nodes: told at once, the same for all, and there after a restart.

use serde_json::{Value, json};

use crate::cast::{Node, PATIENCE, agree, folder, loopback, until};

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
