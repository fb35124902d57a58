//! The surface as a script sees it, over pipes, with a real node in a temporary folder.

use std::{
    io::{BufRead, BufReader, PipeReader, PipeWriter, Write},
    path::Path,
    thread,
};

use serde_json::{Value, json};

use super::ServeError;
use crate::{Config, Passphrase, StartError};

struct Client {
    input: Option<PipeWriter>,
    output: BufReader<PipeReader>,
    node: Option<thread::JoinHandle<Result<(), ServeError>>>,
    next: u64,
}

fn config(dir: &Path) -> Config {
    Config { listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()], mdns: false, ..Config::new(dir.to_owned()) }
}

impl Client {
    fn start(config: Config) -> Self {
        let (their_input, input) = std::io::pipe().unwrap();
        let (output, their_output) = std::io::pipe().unwrap();
        let node = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            let input = BufReader::new(their_input);
            let never = std::future::pending;
            runtime.block_on(super::serve(config, input, their_output, never(), never()))
        });
        Self { input: Some(input), output: BufReader::new(output), node: Some(node), next: 0 }
    }

    fn write(&mut self, line: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(line).unwrap();
        input.write_all(b"\n").unwrap();
    }

    fn line(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        (!line.is_empty()).then(|| serde_json::from_str(&line).unwrap())
    }

    /// The next line that is no event.
    fn answer(&mut self) -> Value {
        loop {
            let line = self.line().expect("an answer");
            if line["method"] != "event" {
                return line;
            }
        }
    }

    fn event(&mut self, kind: &str) -> Value {
        loop {
            let line = self.line().expect("an event");
            if line["params"]["type"] == kind {
                return line["params"].clone();
            }
        }
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.next += 1;
        let request = json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params });
        self.write(request.to_string().as_bytes());
        let answer = self.answer();
        assert_eq!(answer["id"], self.next, "{answer}");
        answer
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        let answer = self.ask(method, &params);
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["result"].clone()
    }

    fn refused(&mut self, method: &str, params: Value) -> (i64, String, Option<String>) {
        let error = self.ask(method, &params)["error"].clone();
        assert!(error["message"].as_str().is_some_and(|m| m.len() > 8), "{method}: {error}");
        let param = error["data"]["param"].as_str().map(str::to_owned);
        (error["code"].as_i64().unwrap(), error["data"]["kind"].as_str().unwrap().to_owned(), param)
    }

    fn ended(&mut self) -> Result<(), ServeError> {
        self.input = None;
        while self.line().is_some() {}
        self.node.take().unwrap().join().unwrap()
    }
}

fn bad(param: &str) -> (i64, String, Option<String>) {
    (-32602, "invalid_params".to_owned(), Some(param.to_owned()))
}

fn kind(code: i64, kind: &str) -> (i64, String, Option<String>) {
    (code, kind.to_owned(), None)
}

#[test]
fn before_an_identity_there_is_little_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let mut client = Client::start(config(dir.path()));
    let ready = client.event("ready");
    assert_eq!((ready["version"].as_str(), &ready["device"]), (Some(env!("CARGO_PKG_VERSION")), &Value::Null));
    assert_eq!(client.refused("guild.list", json!({})), kind(-32001, "no_identity"));
    assert_eq!(client.refused("net.status", json!({})), kind(-32001, "no_identity"));
    assert_eq!(client.refused("guild.frobnicate", json!({})), kind(-32601, "method_not_found"));
    assert_eq!(client.refused("identity.create", json!({})), bad("name"));
    assert_eq!(client.refused("identity.create", json!({ "name": "" })), bad("name"));
    assert_eq!(client.refused("identity.create", json!({ "name": "a\u{7}" })), bad("name"));
    assert_eq!(client.refused("identity.create", json!({ "name": "x".repeat(65) })), bad("name"));
    assert_eq!(client.refused("identity.create", json!({ "name": "a", "colour": 1 })), bad("colour"));
    let created = client.call("identity.create", json!({ "name": "Ada" }));
    assert_eq!(created["recovery"].as_array().unwrap().len(), 24);
    assert_eq!(client.refused("identity.create", json!({ "name": "Ada" })), kind(-32002, "exists"));
    let shown = client.call("identity.show", json!({}));
    assert_eq!((&shown["user"], &shown["name"]), (&created["user"], &json!("Ada")));
    assert_eq!(shown["devices"][0]["this"], json!(true));
    client.ended().unwrap();
}

#[test]
fn what_is_no_request_is_answered_and_the_next_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let mut client = Client::start(config(dir.path()));
    client.event("ready");
    let mut code = |line: &[u8]| {
        client.write(line);
        let answer = client.answer();
        (answer["error"]["code"].as_i64().unwrap(), answer["id"].clone())
    };
    assert_eq!(code(b"{"), (-32700, Value::Null));
    assert_eq!(code(b"\xc3\x28"), (-32700, Value::Null));
    assert_eq!(code("[".repeat(40).as_bytes()), (-32700, Value::Null));
    assert_eq!(code(&vec![b' '; 1024 * 1024 + 1]), (-32700, Value::Null));
    assert_eq!(code(b"[]"), (-32600, Value::Null));
    assert_eq!(code(br#"{"jsonrpc":"2.0","id":"x"}"#), (-32600, json!("x")));
    assert_eq!(code(br#"{"jsonrpc":"2.0","id":3,"method":"guild.list","params":[]}"#), (-32602, json!(3)));
    client.write(br#"[{"jsonrpc":"2.0","method":"guild.list"},{"jsonrpc":"2.0","id":1,"method":"guild.list"},7]"#);
    let batch = client.answer();
    assert_eq!((batch[0]["id"].clone(), batch[1]["error"]["code"].clone()), (json!(1), json!(-32600)));
    assert_eq!(batch.as_array().unwrap().len(), 2);
    client.ended().unwrap();
}

#[test]
fn an_id_comes_back_to_the_letter() {
    let dir = tempfile::tempdir().unwrap();
    let mut client = Client::start(config(dir.path()));
    client.event("ready");
    let mut said = |line: String| {
        client.write(line.as_bytes());
        let mut answer = String::new();
        client.output.read_line(&mut answer).unwrap();
        answer
    };
    for id in ["1.0", "1e3", "-0", "0.1e-7", "18446744073709551616", "null", r#""\u0061""#, r#""\ud800 half""#, r#""""#]
    {
        let begin = format!(r#"{{"jsonrpc":"2.0","id":{id},"#);
        let answer = said(format!(r#"{{"id": {id} ,"jsonrpc":"2.0","method":"guild.list"}}"#));
        assert!(answer.starts_with(&format!(r#"{begin}"error":{{"code":-32001"#)), "{id}: {answer}");
        let answer = said(format!(r#"{{"jsonrpc":"2.0","id":{id},"method":5}}"#));
        assert!(answer.starts_with(&format!(r#"{begin}"error":{{"code":-32600"#)), "{id}: {answer}");
        let answer = said(format!(r#"[{{"jsonrpc":"2.0","id":{id},"method":"none"}}]"#));
        assert!(answer.starts_with(&format!(r#"[{begin}"error":{{"code":-32601"#)), "{id}: {answer}");
    }
    client.ended().unwrap();
}

#[test]
fn the_end_may_be_asked_for_in_a_batch() {
    let one = r#"{"jsonrpc":"2.0","id":1,"method":"identity.show"}"#;
    let end = r#"{"jsonrpc":"2.0","id":2,"method":"node.shutdown","params":{}}"#;
    let silent = r#"{"jsonrpc":"2.0","method":"node.shutdown"}"#;
    let not = r#"{"jsonrpc":"2.0","id":2,"method":"node.shutdown","params":{"now":true}}"#;
    let told = |answer: &Value| match answer["result"].is_null() {
        true => answer["error"]["code"].clone(),
        false => answer["result"].clone(),
    };
    for (batch, answers) in [
        (format!("[{one},{end}]"), vec![json!(-32001), json!({})]),
        (format!("[{end},{one}]"), vec![json!({}), json!(-32001)]),
        (format!("[{end}]"), vec![json!({})]),
        (format!("[{end},{end}]"), vec![json!({}), json!({})]),
        (format!("[{silent},{one}]"), vec![json!(-32001)]),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let mut client = Client::start(config(dir.path()));
        client.event("ready");
        client.write(format!("[{not}]").as_bytes());
        assert_eq!(client.answer()[0]["error"]["data"]["param"], "now", "and it goes on");
        client.write(batch.as_bytes());
        let last = client.answer();
        assert_eq!(last.as_array().unwrap().iter().map(told).collect::<Vec<_>>(), answers, "{batch}");
        assert_eq!(client.line(), None, "the last line");
        // The input is still open.
        client.node.take().unwrap().join().unwrap().unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let mut client = Client::start(config(dir.path()));
    client.event("ready");
    client.write(format!("[{silent}]").as_bytes());
    assert_eq!(client.line(), None, "nobody is answered");
    client.ended().unwrap();
}

#[test]
fn a_guild_of_one_is_made_used_and_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut client = Client::start(config(dir.path()));
    client.event("ready");
    client.call("identity.create", json!({ "name": "Ada" }));
    let made = client.call("guild.create", json!({ "name": "Lab" }));
    let (guild, channel) = (&made["guild"], &made["channel"]);
    assert_eq!(client.call("guild.list", json!({})), json!({ "guilds": [{ "guild": guild, "name": "Lab" }] }));
    let sent = client.call("message.send", json!({ "channel": channel, "text": "hello" }));
    let reply = client
        .call("message.send", json!({ "channel": channel, "text": "again", "reply_to": sent["message"], "files": [] }));
    let page = client.call("message.list", json!({ "channel": channel }));
    assert_eq!((&page["more"], &page["holes"]), (&json!(false), &json!(0)));
    assert_eq!(page["messages"][0]["message"], sent["message"]);
    assert_eq!(page["messages"][0]["at"], sent["at"]);
    assert_eq!(page["messages"][1]["reply_to"], sent["message"]);
    assert_eq!(page["messages"][1]["state"], "open");
    let before = client.call("message.list", json!({ "channel": channel, "before": reply["message"], "limit": 1 }));
    assert_eq!(before["messages"].as_array().unwrap().len(), 1);
    let shown = client.call("guild.show", json!({ "guild": guild }));
    assert!(shown["roles"].as_array().unwrap().iter().any(|role| role["name"] == "@everyone"));
    assert_eq!(shown["owner"], shown["me"]["user"]);
    let invite = client.call("invite.create", json!({ "guild": guild, "max_uses": 2, "expires_s": 60 }));
    assert!(invite["link"].as_str().unwrap().starts_with("bivouac://join/"));
    let invites = client.call("invite.list", json!({ "guild": guild }));
    assert_eq!((&invites["invites"][0]["invite"], &invites["invites"][0]["max_uses"]), (&invite["invite"], &json!(2)));
    client.call("invite.revoke", json!({ "guild": guild, "invite": invite["invite"] }));
    assert_eq!(client.call("invite.list", json!({ "guild": guild })), json!({ "invites": [] }));
    let voice = client.call("channel.create", json!({ "guild": guild, "name": "talk", "kind": "voice" }));
    client.call("channel.update", json!({ "channel": voice["channel"], "topic": "anything" }));
    client.call("channel.delete", json!({ "channel": voice["channel"] }));
    client.call("guild.update", json!({ "guild": guild, "name": "Laboratory" }));
    let status = client.call("log.status", json!({ "guild": guild }));
    assert_eq!(status["parked"], 0);
    assert_eq!(client.call("net.status", json!({}))["peers"], json!([]));
    assert_eq!(client.call("node.shutdown", json!({})), json!({}));
    client.ended().unwrap();

    let mut client = Client::start(config(dir.path()));
    assert!(client.event("ready")["device"].is_string());
    assert_eq!(client.call("log.status", json!({ "guild": guild })), status);
    assert_eq!(client.call("message.list", json!({ "channel": channel })), page);
    client.ended().unwrap();
}

#[test]
fn every_refusal_says_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let mut client = Client::start(config(dir.path()));
    client.event("ready");
    client.call("identity.create", json!({ "name": "Ada" }));
    let made = client.call("guild.create", json!({ "name": "Lab" }));
    let (guild, channel) = (&made["guild"], &made["channel"]);
    let nowhere = "00".repeat(32);

    assert_eq!(client.refused("guild.create", json!({ "name": "" })), bad("name"));
    assert_eq!(client.refused("guild.create", json!({ "name": "x".repeat(101) })), bad("name"));
    assert_eq!(client.refused("guild.create", json!({ "name": 5 })), bad("name"));
    assert_eq!(client.refused("guild.show", json!({ "guild": "zz" })), bad("guild"));
    assert_eq!(client.refused("guild.show", json!({ "guild": nowhere })).0, -32004);
    assert_eq!(client.refused("guild.show", json!({})), bad("guild"));
    assert_eq!(client.refused("message.send", json!({ "channel": channel, "text": "" })), bad("text"));
    assert_eq!(client.refused("message.send", json!({ "channel": channel, "text": "x".repeat(4001) })), bad("text"));
    assert_eq!(
        client.refused("message.send", json!({ "channel": channel, "text": "x", "thread": "t" })),
        bad("thread")
    );
    assert_eq!(
        client.refused("message.send", json!({ "channel": channel, "text": "x", "files": ["/no/such/file"] })),
        bad("files")
    );
    assert_eq!(client.refused("message.send", json!({ "channel": nowhere, "text": "x" })).0, -32004);
    assert_eq!(client.refused("message.list", json!({ "channel": channel, "limit": 201 })), bad("limit"));
    assert_eq!(client.refused("message.list", json!({ "channel": channel, "limit": "5" })), bad("limit"));
    let text = |kind: &str| json!({ "guild": guild, "name": "n", "kind": kind });
    assert_eq!(client.refused("channel.create", text("film")), bad("kind"));
    for (name, value) in [
        ("private", json!("yes")),
        ("password", json!("")),
        ("password", json!("p".repeat(129))),
        ("history", json!("none")),
        ("retention_s", json!(-1)),
    ] {
        let mut params = text("text");
        params[name] = value;
        assert_eq!(client.refused("channel.create", params), bad(name));
    }
    assert_eq!(client.refused("channel.enter", json!({ "channel": channel, "password": "p" })), bad("channel"));
    assert_eq!(client.refused("channel.update", json!({ "channel": channel, "password": "p" })), bad("password"));
    assert_eq!(client.refused("invite.create", json!({ "guild": guild, "max_uses": 0 })), bad("max_uses"));
    assert_eq!(client.refused("invite.create", json!({ "guild": guild, "roles": ["x"] })), bad("roles"));
    assert_eq!(client.refused("invite.join", json!({ "link": "https://example.org" })).0, -32602);
    assert_eq!(
        client.refused("invite.join", json!({ "link": "bivouac://join/AAAA", "timeout_s": 0 })),
        bad("timeout_s")
    );
    assert_eq!(client.refused("member.kick", json!({ "guild": guild, "user": "me" })), bad("user"));
    assert_eq!(client.refused("node.shutdown", json!({ "now": true })), bad("now"));
    client.ended().unwrap();
}

#[test]
fn calls_that_are_piped_in_are_done_in_order_and_answered_before_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let mut client = Client::start(config(dir.path()));
    client.event("ready");
    client.call("identity.create", json!({ "name": "Ada" }));
    let channel = client.call("guild.create", json!({ "name": "Lab" }))["channel"].clone();
    for n in 0..300 {
        let params = json!({ "channel": channel, "text": n.to_string() });
        client.write(
            json!({ "jsonrpc": "2.0", "id": n, "method": "message.send", "params": params }).to_string().as_bytes(),
        );
    }
    client.input = None;
    let mut said = Vec::new();
    let mut answers = 0;
    while let Some(line) = client.line() {
        match line["params"]["type"].as_str() {
            Some("message") => said.push(line["params"]["text"].as_str().unwrap().to_owned()),
            Some(_) => {}
            None => answers += usize::from(line["error"].is_null()),
        }
    }
    assert_eq!(answers, 300);
    assert_eq!(said, (0..300).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn a_folder_in_use_or_locked_is_a_sentence_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = Client::start(config(dir.path()));
    first.event("ready");
    let mut second = Client::start(config(dir.path()));
    assert_eq!(second.line(), None);
    assert!(second.ended().unwrap_err().to_string().contains("in use"));
    first.ended().unwrap();

    let sealed = tempfile::tempdir().unwrap();
    let with = |passphrase: &str| {
        let mut config = config(sealed.path());
        config.passphrase = Some(Passphrase(passphrase.as_bytes().to_vec().into()));
        config
    };
    let mut client = Client::start(with("right"));
    client.event("ready");
    client.ended().unwrap();
    for locked in [with("wrong"), config(sealed.path())] {
        let mut client = Client::start(locked);
        assert_eq!(client.line(), None);
        assert!(matches!(client.ended(), Err(ServeError::Start(StartError::Vault(_)))));
    }
}

#[test]
fn a_store_that_is_damaged_is_rebuilt_and_one_that_is_lost_begun_anew_with_the_same_identity() {
    let dir = tempfile::tempdir().unwrap();
    let mut client = Client::start(config(dir.path()));
    client.event("ready");
    let created = client.call("identity.create", json!({ "name": "Ada" }));
    client.call("guild.create", json!({ "name": "Lab" }));
    client.ended().unwrap();

    std::fs::write(dir.path().join("store/conf"), [0xff; 64]).unwrap();
    let mut client = Client::start(config(dir.path()));
    assert_eq!(client.event("ready")["device"], created["device"]);
    let warning = client.event("warning");
    assert_eq!(warning["kind"], "store_damaged");
    assert_eq!(client.call("guild.list", json!({}))["guilds"][0]["name"], "Lab");
    client.ended().unwrap();
    let aside = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    assert_eq!(aside.filter(|name| name.starts_with("store.damaged-")).count(), 1);

    std::fs::remove_dir_all(dir.path().join("store")).unwrap();
    let mut client = Client::start(config(dir.path()));
    assert_eq!(client.event("ready")["device"], created["device"]);
    client.call("guild.create", json!({ "name": "Lab" }));
    client.ended().unwrap();
}
