//! Every method against every wrong value of every parameter: refused by the parameter's name, and the node goes on.

use std::collections::BTreeSet;

use bivouac_node::{
    lab::{LabError, Refusal, Rpc},
    rpc,
};
use serde_json::{Map, Value, json};

use crate::cast::{Node, PATIENCE, folder, loopback};

/// What a parameter takes.
#[derive(Clone, Copy, PartialEq)]
enum Takes {
    /// A text without control characters, of 1 to so many characters.
    Name(usize),
    /// Any text, of so many characters.
    Text(usize, usize),
    /// An identifier of so many hexadecimal digits.
    Id(usize),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number from the first to the second.
    Whole(u64, u64),
    /// A list of identifiers.
    Ids,
    /// A list of permissions.
    Bits,
    /// True or false.
    Truth,
    /// The path of a picture.
    Path,
    /// An invite link.
    Link,
    /// One emoji.
    Emoji,
    /// Files that can be read.
    Paths,
}

use Takes::{Bits, Emoji, Id, Ids, Link, Name, Path, Paths, Text, Truth, Whole, Word};

/// Parameters of a method; `!` marks what must be there.
type Row = (&'static str, &'static [(&'static str, Takes)]);

const AN_AGE: u64 = 100 * 365 * 24 * 3_600;

const TABLE: &[Row] = &[
    ("identity.create", &[("name!", Name(64))]),
    ("identity.show", &[]),
    ("guild.create", &[("name!", Name(100))]),
    ("guild.list", &[]),
    ("guild.show", &[("guild!", Id(64))]),
    ("guild.update", &[("guild!", Id(64)), ("name", Name(100)), ("description", Text(0, 1_024)), ("icon", Path)]),
    ("guild.hand_over", &[("guild!", Id(64)), ("user!", Id(64))]),
    ("guild.leave", &[("guild!", Id(64))]),
    (
        "invite.create",
        &[
            ("guild!", Id(64)),
            ("max_uses", Whole(1, u32::MAX as u64)),
            ("expires_s", Whole(1, 100 * 365 * 24 * 3_600)),
            ("roles", Ids),
        ],
    ),
    ("invite.join", &[("link!", Link), ("timeout_s", Whole(1, 3_600))]),
    ("invite.list", &[("guild!", Id(64))]),
    ("invite.revoke", &[("guild!", Id(64)), ("invite!", Id(64))]),
    (
        "channel.create",
        &[
            ("guild!", Id(64)),
            ("name!", Name(100)),
            ("kind!", Word(&["text", "voice", "category"])),
            ("topic", Text(0, 1_024)),
            ("category", Id(64)),
            ("position", Whole(0, u32::MAX as u64)),
            ("slow_mode_s", Whole(0, 21_600)),
            ("user_limit", Whole(0, 99)),
            ("bitrate", Whole(8_000, 510_000)),
            ("expires_s", Whole(0, AN_AGE)),
            ("retention_s", Whole(0, u32::MAX as u64)),
            ("private", Truth),
            ("history", Word(&["history", "since_join", "ephemeral"])),
            ("password", Text(1, 128)),
        ],
    ),
    (
        "channel.update",
        &[
            ("channel!", Id(64)),
            ("name", Name(100)),
            ("topic", Text(0, 1_024)),
            ("category", Id(64)),
            ("position", Whole(0, u32::MAX as u64)),
            ("slow_mode_s", Whole(0, 21_600)),
            ("user_limit", Whole(0, 99)),
            ("bitrate", Whole(8_000, 510_000)),
            ("expires_s", Whole(0, AN_AGE)),
            ("retention_s", Whole(0, u32::MAX as u64)),
            ("password", Text(1, 128)),
        ],
    ),
    ("channel.enter", &[("channel!", Id(64)), ("password!", Text(1, 128))]),
    (
        "channel.overwrite",
        &[("channel!", Id(64)), ("role!", Id(64)), ("user", Id(64)), ("allow", Bits), ("deny", Bits)],
    ),
    ("channel.delete", &[("channel!", Id(64))]),
    (
        "role.create",
        &[
            ("guild!", Id(64)),
            ("name!", Name(100)),
            ("permissions", Bits),
            ("rank", Whole(1, 1_000_000)),
            ("color", Whole(0, 0xff_ff_ff)),
            ("hoist", Truth),
        ],
    ),
    (
        "role.update",
        &[
            ("guild!", Id(64)),
            ("role!", Id(64)),
            ("name", Name(100)),
            ("permissions", Bits),
            ("rank", Whole(1, 1_000)),
            ("color", Whole(0, 0xff_ff_ff)),
            ("hoist", Truth),
        ],
    ),
    ("role.delete", &[("guild!", Id(64)), ("role!", Id(64))]),
    ("role.assign", &[("guild!", Id(64)), ("role!", Id(64)), ("user!", Id(64))]),
    ("role.unassign", &[("guild!", Id(64)), ("role!", Id(64)), ("user!", Id(64))]),
    ("member.kick", &[("guild!", Id(64)), ("user!", Id(64)), ("reason", Text(0, 512))]),
    ("member.ban", &[("guild!", Id(64)), ("user!", Id(64)), ("reason", Text(0, 512))]),
    ("member.unban", &[("guild!", Id(64)), ("user!", Id(64))]),
    (
        "member.timeout",
        &[("guild!", Id(64)), ("user!", Id(64)), ("seconds!", Whole(0, 2_419_200)), ("reason", Text(0, 512))],
    ),
    ("member.avatar", &[("guild!", Id(64)), ("picture!", Path)]),
    ("emoji.create", &[("guild!", Id(64)), ("name!", Name(32)), ("picture!", Path)]),
    ("emoji.delete", &[("guild!", Id(64)), ("name!", Name(32))]),
    ("member.nick", &[("guild!", Id(64)), ("user!", Id(64)), ("nick", Name(64))]),
    (
        "message.send",
        &[("channel!", Id(64)), ("text!", Text(1, 4_000)), ("reply_to", Id(80)), ("thread", Id(80)), ("files", Paths)],
    ),
    ("file.get", &[("file!", Id(64)), ("path!", Text(1, 4_096))]),
    ("message.edit", &[("message!", Id(80)), ("text!", Text(1, 4_000))]),
    ("message.delete", &[("message!", Id(80))]),
    ("message.react", &[("message!", Id(80)), ("emoji!", Emoji)]),
    ("message.unreact", &[("message!", Id(80)), ("emoji!", Emoji)]),
    ("message.pin", &[("message!", Id(80))]),
    ("message.unpin", &[("message!", Id(80))]),
    ("message.show", &[("message!", Id(80))]),
    (
        "message.list",
        &[("channel!", Id(64)), ("thread", Id(80)), ("before", Id(80)), ("after", Id(80)), ("limit", Whole(1, 200))],
    ),
    ("message.kept", &[("messages!", Ids)]),
    ("message.pins", &[("channel!", Id(64))]),
    (
        "message.search",
        &[
            ("query!", Text(1, 4_000)),
            ("guild", Id(64)),
            ("channel", Id(64)),
            ("author", Id(64)),
            ("since", Whole(0, 253_402_300_799_999)),
            ("until", Whole(0, 253_402_300_799_999)),
            ("files", Truth),
            ("before", Id(80)),
            ("limit", Whole(1, 200)),
        ],
    ),
    ("thread.create", &[("message!", Id(80)), ("name!", Name(100))]),
    ("thread.update", &[("thread!", Id(80)), ("name", Name(100)), ("archived", Truth)]),
    ("thread.list", &[("channel!", Id(64))]),
    (
        "channel.notices",
        &[
            ("channel!", Id(64)),
            ("since", Whole(0, 253_402_300_799_999)),
            ("until", Whole(0, 253_402_300_799_999)),
            ("limit", Whole(1, 200)),
        ],
    ),
    ("channel.read", &[("channel!", Id(64)), ("message", Id(80))]),
    ("channel.typing", &[("channel!", Id(64)), ("thread", Id(80))]),
    ("audit.list", &[("guild!", Id(64)), ("limit", Whole(1, 1_000))]),
    ("net.status", &[]),
    ("log.status", &[("guild!", Id(64))]),
    ("net.report", &[]),
    ("nearby.list", &[]),
    ("nearby.visible", &[("visible!", Truth), ("knocks", Truth)]),
    ("nearby.knock", &[("device!", Id(64)), ("text", Text(0, 200))]),
    ("nearby.answer", &[("device!", Id(64)), ("guild", Id(64))]),
    ("node.shutdown", &[]),
];

/// What stands in a guild, to be named by parameters.
struct Things(Map<String, Value>);

impl Things {
    fn made(ada: &mut Node) -> Self {
        let (guild, channel) = ada.guild("Camp");
        let message = ada.say(&channel, "a message");
        let invite = ada.call("invite.create", json!({"guild": guild}));
        let role = ada.call("guild.show", json!({"guild": guild}))["roles"][0]["role"].clone();
        let things = json!({
            "guild": guild, "channel": channel, "reply_to": message, "before": message, "after": message,
            "invite": invite["invite"], "link": invite["link"], "role": role, "user": ada.user,
            "name": "nn", "kind": "text", "text": "t", "topic": "t", "reason": "r",
            "max_uses": 1, "expires_s": 1, "timeout_s": 1, "limit": 1, "roles": [], "seconds": 1, "password": "p",
            "picture": "/etc/hostname", "file": "a".repeat(64), "device": ada.device, "messages": [message], "visible": true, "path": "/tmp/none", "emoji": "👍", "query": "q", "author": ada.user, "since": 1, "until": 1, "message": message, "thread": message,
        });
        Self(things.as_object().unwrap().clone())
    }

    /// Parameters without a fault: those that must be there.
    fn sound(&self, params: &[(&str, Takes)]) -> Map<String, Value> {
        let needed = params.iter().filter_map(|(name, _)| name.strip_suffix('!'));
        needed.map(|name| (name.to_owned(), self.0[name].clone())).collect()
    }
}

/// Values a parameter must refuse, as they are written.
fn wrong(takes: Takes) -> Vec<String> {
    let huge = json!("x".repeat(900_000)).to_string();
    let hex = |digits: usize| json!("a".repeat(digits)).to_string();
    // Neither is any text: half of a surrogate pair.
    let mut wrong = vec!["{}", "true", "1.5", "-1", "1e400", r#""\ud800""#, r#""a\udfffb""#]
        .into_iter()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    match takes {
        Name(most) => {
            wrong.extend(
                [
                    "[]",
                    "[\"x\"]",
                    "5",
                    r#""""#,
                    r#""  ""#,
                    r#""a\u0000b""#,
                    r#""a\nb""#,
                    r#""\u001b[31m""#,
                    r#""\u0085""#,
                ]
                .map(str::to_owned),
            );
            wrong.extend([huge, json!("é".repeat(most + 1)).to_string()]);
        }
        Text(least, most) => {
            wrong.extend(["[]", "[\"x\"]", "5"].map(str::to_owned));
            wrong.extend((least > 0).then(|| r#""""#.to_owned()));
            wrong.extend([huge, json!("é".repeat(most + 1)).to_string()]);
        }
        Id(digits) => {
            wrong.extend(["[]", "5", r#""""#, r#""\u0000""#, r#""\u202e""#, r#""x""#].map(str::to_owned));
            wrong.extend([huge, hex(digits - 1), hex(digits + 1), hex(digits - 2), hex(digits + 2), hex(digits * 2)]);
            wrong.extend(["A", "g", "é", "\0", "\u{202e}"].map(|c| json!(c.repeat(digits)).to_string()));
            wrong.push(json!(format!("{}\u{202e}", "a".repeat(digits - 1))).to_string());
        }
        Word(words) => {
            wrong.extend(["[]", "5", r#""""#, r#""\u0000""#].map(str::to_owned));
            wrong.extend([
                huge,
                json!(words[0].to_uppercase()).to_string(),
                json!(format!("{} ", words[0])).to_string(),
            ]);
        }
        Whole(least, most) => {
            wrong.extend(["[]", "[1]", r#""1""#, "1.0", "1e2", "18446744073709551616", "-0.0"].map(str::to_owned));
            wrong.extend(least.checked_sub(1).map(|below| below.to_string()));
            wrong.extend([(most + 1).to_string(), huge]);
        }
        Ids => {
            wrong.extend(["5", r#""x""#, "[5]", "[null]", "[[]]", r#"["x"]"#, r#"["\u0000"]"#].map(str::to_owned));
            wrong.extend([huge.clone(), format!("[{huge}]"), format!("[{}]", hex(63)), format!("[{}]", hex(65))]);
        }
        Bits => {
            wrong.extend(["5", r#""view""#, "[5]", "[null]", "[[]]", r#"["VIEW"]"#, r#"["view "]"#].map(str::to_owned));
            wrong.extend([huge.clone(), format!("[{huge}]")]);
        }
        Truth => {
            wrong.retain(|value| value != "true");
            wrong.extend(["[]", "0", "1", r#""true""#, &huge].map(str::to_owned));
        }
        Path => {
            wrong.extend(["[]", "5", r#""/no/such/file""#, r#""/a\u0000b""#, r#""/etc/hostname""#].map(str::to_owned))
        }
        Link => {
            wrong.extend(
                ["[]", "5", r#""""#, r#""x""#, r#""bivouac://join/""#, r#""bivouac://join/\u0000""#].map(str::to_owned),
            );
            wrong.extend([huge, json!("https://example.org/").to_string()]);
            wrong.push(json!(format!("bivouac://join/{}", "A".repeat(900_000))).to_string());
        }
        Emoji => {
            wrong.extend(["[]", "5", r#""""#, r#""ab""#, r#""\u202e""#, r#""👍👍""#, r#"":+1:""#].map(str::to_owned));
            wrong.extend([huge, json!("👍".repeat(400)).to_string()]);
        }
        Paths => {
            wrong.extend(["5", r#""x""#, "[5]", "[null]", r#"[""]"#, r#"["/a\u0000b"]"#].map(str::to_owned));
            wrong.extend([r#"["/dev/null"]"#, r#"["/no/such/file"]"#, r#"["/"]"#].map(str::to_owned));
            wrong.push(json!(vec!["/etc/hostname"; 11]).to_string());
        }
    }
    wrong
}

struct Asker {
    rpc: Rpc,
    id: u64,
}

impl Asker {
    fn ask(&mut self, method: &str, params: &str) -> Result<Value, Refusal> {
        self.id += 1;
        let line = format!(r#"{{"jsonrpc":"2.0","id":{},"method":"{method}","params":{params}}}"#, self.id);
        self.rpc.raw(format!("{line}\n").as_bytes()).unwrap();
        match self.rpc.answer(&Rpc::ticket(self.id, method), PATIENCE) {
            Ok(answer) => Ok(answer.value),
            Err(LabError::Refused { refusal, .. }) => Err(refusal),
            Err(error) => panic!("{}: {error}", shown(&line)),
        }
    }

    /// Must be refused as a wrong parameter of this name.
    fn refused(&mut self, method: &str, params: &str, param: Option<&str>) {
        let what = format!("{method} {}", shown(params));
        let refusal = self.ask(method, params).expect_err(&what);
        let got = (refusal.code, refusal.kind.as_str(), refusal.param.as_deref());
        assert_eq!(got, (-32602, "invalid_params", param), "{what}: {refusal}");
        let message = refusal.message;
        assert!((10..=401).contains(&message.chars().count()), "{what}: no sentence: {message}");
    }
}

fn shown(text: &str) -> String {
    text.chars().take(300).collect()
}

/// An object with one value written out.
fn with(params: &Map<String, Value>, name: &str, value: &str) -> String {
    let others = params.iter().filter(|(other, _)| *other != name).map(|(name, value)| format!("\"{name}\":{value}"));
    format!("{{{}}}", others.chain([format!("\"{name}\":{value}")]).collect::<Vec<_>>().join(","))
}

#[test]
fn every_method_refuses_every_wrong_parameter_by_name_and_the_node_goes_on() {
    let listed: BTreeSet<&str> = TABLE.iter().map(|(method, _)| *method).collect();
    assert_eq!(listed, rpc::methods().collect(), "every method has its row here");

    let stores = folder();
    let mut ada = Node::start("Ada", loopback(&stores.path().join("a")));
    let things = Things::made(&mut ada);
    let guild = things.0["guild"].as_str().unwrap().to_owned();
    let before = ada.status(&guild);
    let nobody = Rpc::start(loopback(&stores.path().join("b"))).unwrap();
    nobody.ready(PATIENCE).unwrap();
    let (mut ada, mut nobody) = (Asker { rpc: ada.rpc, id: 1_000_000 }, Asker { rpc: nobody, id: 1_000_000 });
    let mut cases = 0;
    for (method, params) in TABLE {
        // Who has an identity can't make another, whatever it is called.
        let asker = if *method == "identity.create" { &mut nobody } else { &mut ada };
        let sound = things.sound(params);
        for whole in ["[]", "[1]", "5", "\"x\"", "true", "null", r#""\ud800""#] {
            asker.refused(method, whole, None);
        }
        for (marked, takes) in *params {
            let name = marked.trim_end_matches('!');
            if marked.ends_with('!') {
                let mut lacking = sound.clone();
                lacking.remove(name);
                asker.refused(method, &Value::Object(lacking).to_string(), Some(name));
                asker.refused(method, &with(&sound, name, "null"), Some(name));
            }
            for value in wrong(*takes) {
                asker.refused(method, &with(&sound, name, &value), Some(name));
                cases += 1;
            }
        }
        asker.refused(method, &with(&sound, "no_such", "1"), Some("no_such"));
        asker.refused(method, &with(&sound, "no_such", "null"), Some("no_such"));
        asker.refused(method, &with(&sound, "", "1"), Some(""));
        asker.refused(method, &with(&sound, &"x".repeat(900_000), "1"), Some(&"x".repeat(64)));
        let five_megabytes = with(&sound, "name", &json!("x".repeat(5_000_000)).to_string());
        let line = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{five_megabytes}}}"#) + "\n";
        asker.rpc.raw(line.as_bytes()).unwrap();
        assert_eq!(asker.rpc.stray(PATIENCE).unwrap().code, -32700, "{method}");
    }
    println!("{cases} wrong values refused");
    assert_eq!(ada.ask("log.status", &json!({"guild": guild}).to_string()).unwrap(), before, "none left a trace");
    assert_eq!(nobody.ask("identity.show", "{}").unwrap_err().code, -32001);
    for mut asker in [ada, nobody] {
        assert_eq!(asker.rpc.noise(), Vec::<String>::new());
        asker.rpc.stop(PATIENCE).unwrap();
    }
}

#[test]
fn what_is_named_and_not_there_is_not_found() {
    let stores = folder();
    let mut ada = Node::start("Ada", loopback(&stores.path().join("a")));
    let things = Things::made(&mut ada);
    let mut asker = Asker { rpc: ada.rpc, id: 1_000_000 };
    for (method, params) in TABLE {
        for param in params.iter().filter_map(|(name, _)| name.strip_suffix('!')) {
            // What a role or a user may be is the guild's law, and has tests of its own.
            let digits = if matches!(param, "message" | "thread") { 80 } else { 64 };
            if matches!(param, "guild" | "channel" | "invite" | "message" | "thread" | "file") {
                let sound = with(&things.sound(params), param, &json!("a".repeat(digits)).to_string());
                let refusal = asker.ask(method, &sound).expect_err(method);
                let got = (refusal.code, refusal.kind.as_str(), refusal.param.as_deref());
                assert_eq!(got, (-32004, "not_found", Some(param)), "{method}: {refusal}");
            }
        }
    }
    asker.rpc.stop(PATIENCE).unwrap();
}

#[test]
fn strange_text_is_kept_as_it_is() {
    let stores = folder();
    let mut ada = Node::start("Ada", loopback(&stores.path().join("a")));
    let (guild, channel) = ada.guild("Camp");
    let strange = "\u{0}\u{1b}[31m\u{7f}\u{85}\u{202e}\u{feff}\u{200d}\u{10ffff}\\ud800 \r\n\u{2028}";
    ada.say(&channel, strange);
    assert_eq!(ada.list(&channel)[0].text.as_deref(), Some(strange));
    // A name has no control characters; it may be written from right to left.
    let name = "\u{200f}\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{1f468}\u{200d}\u{1f469}";
    ada.call("guild.update", json!({"guild": guild, "name": name}));
    assert_eq!(ada.call("guild.show", json!({"guild": guild}))["name"], name);
    ada.rpc.restart(PATIENCE).unwrap();
    assert_eq!(ada.list(&channel)[0].text.as_deref(), Some(strange));
    assert_eq!(ada.call("guild.show", json!({"guild": guild}))["name"], name);
}
