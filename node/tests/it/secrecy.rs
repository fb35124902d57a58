//! What is said stays among those it is said to: everything that three nodes put on their switch, on their disks and in
//! their logs is searched for every word and every name, and for whatever could tell the guild.

use std::{collections::BTreeSet, fs, path::PathBuf};

use bivouac_node::lab::{Host, Lab};
use data_encoding::HEXLOWER;
use serde_json::json;

use crate::{
    cast::{Node, PATIENCE, agree, folder, hosted, lab, until},
    spy::{Wire, Words, contents},
};

/// Names of people, guilds and channels, and words of what is said: each unlike anything else.
const SECRET: [&str; 14] = [
    "Quillfeather",
    "Marmaduke",
    "Zephyrine",
    "Gooseberryhill",
    "Rhubarbhollow",
    "tadpolepond",
    "custardtopic",
    "newtcorner",
    "meringuetopic",
    "xylophonist",
    "Zwölfboxkämpfer",
    "behindclosed",
    "trombonenoise",
    "after-the-crash",
];
/// Stands where it can be found: the search works.
const OPEN: &str = "candelabra-in-the-open";
/// Our own words in full, and so much of the libraries' as names topics and protocols.
const LOGGED: &str = "debug,bivouac=trace,bivouac_node=trace,bivouac_core=trace";
/// The contexts in which the protocol hashes, and none: what somebody could try on a guild's id.
const CONTEXTS: [&str; 14] = [
    "user",
    "op",
    "payload",
    "audience",
    "epoch",
    "digest",
    "state",
    "tag",
    "topic",
    "invite",
    "role",
    "fingerprint",
    "identity",
    "root",
];

struct Stage {
    lab: Lab,
    stores: tempfile::TempDir,
    listen: &'static str,
}

impl Stage {
    fn node(&self, name: &'static str, host: Host) -> Node {
        let log = self.log(name);
        // The whole log, of which the lab keeps only the end.
        let launch = hosted(&self.data(name), &self.lab, host).by(["sh", "-c", r#"exec "$@" 2>>"$0""#]).by([&log]);
        Node::start(name, launch.log(LOGGED).arg("--listen").arg(self.listen))
    }

    /// By the first letter, because names are looked for in the names of files too.
    fn data(&self, name: &str) -> PathBuf {
        self.stores.path().join("data").join(&name[..1])
    }

    fn log(&self, name: &str) -> PathBuf {
        self.stores.path().join(format!("{}.log", &name[..1]))
    }

    /// Topics a node has subscribed to, by its log.
    fn topics(&self, name: &str) -> BTreeSet<String> {
        let log = String::from_utf8_lossy(&fs::read(self.log(name)).unwrap()).into_owned();
        let lines = log.lines().filter(|line| line.contains("Subscribed to topic"));
        lines.map(|line| line.split("topic=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned()).collect()
    }

    /// Nothing of what is secret may be in any file of a node.
    fn search_disk(&self, when: &str, words: &Words, name: &str) {
        let files = contents(&self.data(name));
        let bytes: usize = files.values().map(Vec::len).sum();
        assert!(bytes > 10_000, "the store is elsewhere");
        for (path, content) in &files {
            let place = path.to_string_lossy();
            assert_eq!(words.found(content), BTreeSet::new(), "{when}: in {place}");
            assert_eq!(words.found(place.as_bytes()), BTreeSet::new(), "{when}: as the name {place}");
        }
        println!("{when}: {} files with {bytes} bytes of {name} searched", files.len());
    }
}

/// What tells the guild: ids, the invite, and what is derived from the guild's id by the protocol's own means.
fn traces(guild: &str, others: &[&str]) -> Words {
    let mut words = Words::default();
    for (nth, other) in others.iter().enumerate() {
        words.add(&format!("trace {nth}"), &HEXLOWER.decode(other.as_bytes()).unwrap());
    }
    let guild = HEXLOWER.decode(guild.as_bytes()).unwrap();
    words.add("the guild", &guild);
    // Tags are the first half of a hash.
    let mut derived = |how: &str, hash: blake3::Hash| words.add(how, &hash.as_bytes()[..16]);
    for text in [guild.clone(), HEXLOWER.encode(&guild).into_bytes()] {
        derived("hashed", blake3::hash(&text));
        for context in CONTEXTS {
            derived(context, blake3::Hash::from_bytes(blake3::derive_key(&format!("bivouac v1 {context}"), &text)));
        }
    }
    let key = <[u8; 32]>::try_from(guild).unwrap();
    for context in CONTEXTS {
        derived(context, blake3::keyed_hash(&key, context.as_bytes()));
    }
    words
}

#[test]
fn nothing_said_or_named_is_readable_on_cables_disks_or_in_logs_over_tcp() {
    nothing_readable("tcp", "/ip4/0.0.0.0/tcp/0");
}

#[test]
fn nothing_said_or_named_is_readable_on_cables_disks_or_in_logs_over_quic() {
    nothing_readable("quic", "/ip4/0.0.0.0/udp/0/quic-v1");
}

fn nothing_readable(transport: &str, listen: &'static str) {
    let Some(mut lab) = lab(&format!("secrecy-{transport}")) else { return };
    let hosts: Vec<Host> = (0..3).map(|_| lab.host().unwrap()).collect();
    let stores = folder();
    let tap = stores.path().join("lan.pcap");
    let skipped = format!("secrecy-{transport}-wire");
    let Some(wire) = Wire::tap(&skipped, &lab.on_switches(), &lab.lan().name(), tap) else { return };
    let stage = Stage { lab, stores, listen };
    let words = Words::texts(SECRET);
    let [quill, marma, zeph, camp, new_camp, pond, custard, newt, meringue, xylo, boxers, closed, trombone, crash] =
        SECRET;

    // The search finds what is there, on the switch and on a disk.
    let in_the_open = Words::texts([OPEN]);
    let [hex, base64] = [HEXLOWER.encode(OPEN.as_bytes()), data_encoding::BASE64.encode(OPEN.as_bytes())];
    let lines = [format!("say {OPEN}"), format!("say {hex}"), format!("say {base64}")];
    for line in &lines {
        let to = format!("/dev/udp/{}/9", hosts[1].address());
        stage.lab.shell(hosts[0], &format!("bash -c 'echo {line} > {to}'")).unwrap();
    }
    until("the capture", || in_the_open.found(&wire.carried()).len() >= lines.len());

    let mut ada = stage.node(quill, hosts[0]);
    let (mut bo, mut cy) = (stage.node(marma, hosts[1]), stage.node(zeph, hosts[2]));
    let (guild, general) = ada.guild(camp);
    let invite = ada.call("invite.create", json!({"guild": guild}));
    let link = invite["link"].as_str().unwrap().to_owned();
    bo.join(&link);
    cy.join(&link);
    bo.meets(&cy);
    let shown = ada.call("net.status", json!({}));
    for peer in shown["peers"].as_array().unwrap() {
        assert_eq!(peer["transport"], transport, "{shown}");
    }
    let params = json!({"guild": guild, "name": pond, "kind": "text", "topic": custard});
    let channel = ada.call("channel.create", params)["channel"].as_str().unwrap().to_owned();
    agree(&mut [&mut ada, &mut bo, &mut cy], &guild, &general);
    for nth in 0..10 {
        [&mut ada, &mut bo, &mut cy][nth % 3].say(&channel, &format!("The {xylo} and the {boxers}, line {nth}"));
    }
    ada.call("guild.update", json!({"guild": guild, "name": new_camp}));
    ada.call("channel.update", json!({"channel": channel, "name": newt, "topic": meringue}));
    agree(&mut [&mut ada, &mut bo, &mut cy], &guild, &channel);

    // A node that is killed, one whose store is damaged, one that is shut out, one that leaves.
    bo.say(&channel, &format!("{crash}, I hope"));
    bo.rpc.kill();
    stage.search_disk("killed", &words, marma);
    bo.rpc.restart(PATIENCE).unwrap();
    agree(&mut [&mut ada, &mut bo, &mut cy], &guild, &channel);
    bo.rpc.stop(PATIENCE).unwrap();
    fs::write(stage.data(marma).join("store/conf"), [0xff; 64]).unwrap();
    bo.rpc.restart(PATIENCE).unwrap();
    until("his guild again", || bo.rpc.call("log.status", json!({"guild": guild}), PATIENCE).is_ok());
    agree(&mut [&mut ada, &mut bo, &mut cy], &guild, &channel);
    ada.call("member.kick", json!({"guild": guild, "user": cy.user, "reason": trombone}));
    until("Bo knows", || !bo.members(&guild).contains(&cy.user));
    for nth in 0..10 {
        let id = [&mut ada, &mut bo][nth % 2].say(&channel, &format!("{closed} doors, line {nth}"));
        [&bo, &ada][nth % 2].told(&[id].into());
    }
    bo.call("guild.leave", json!({"guild": guild}));
    until("Ada knows", || !ada.members(&guild).contains(&bo.user));
    ada.say(&channel, &format!("{closed}, alone"));
    for node in [&mut ada, &mut bo, &mut cy] {
        node.rpc.stop(PATIENCE).unwrap();
    }

    let carried = wire.end();
    println!("{transport}: {} bytes of the switch searched for {} writings", carried.len(), words.count());
    assert!(carried.len() > 50_000, "the capture is elsewhere");
    assert_eq!(words.found(&carried), BTreeSet::new(), "on the switch");
    let id = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let (made, users) = (id(&invite["invite"]), [&ada.user, &bo.user, &cy.user]);
    let traces = traces(&guild, &[&general, &channel, &made, users[0], users[1], users[2]]);
    let mut secrets = Words::texts([link.trim_start_matches("bivouac://join/")]);
    secrets.add("the invite", link.as_bytes());
    assert_eq!(traces.found(&carried), BTreeSet::new(), "on the switch");
    assert_eq!(secrets.found(&carried), BTreeSet::new(), "on the switch");

    for name in [quill, marma, zeph] {
        stage.search_disk("at the end", &words, name);
        stage.search_disk("at the end", &secrets, name);
        let log = fs::read(stage.log(name)).unwrap();
        println!("{} bytes of {name}'s log searched", log.len());
        assert!(log.len() > 10_000, "the log is elsewhere");
        for sought in [&words, &traces, &secrets] {
            assert_eq!(sought.found(&log), BTreeSet::new(), "in {name}'s log");
        }
    }
    let aside = fs::read_dir(stage.data(marma)).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(aside.into_iter().any(|name| name.to_string_lossy().starts_with("store.damaged-")), "nothing was mended");
    fs::write(stage.data(quill).join("spoilt"), &lines[2]).unwrap();
    assert!(contents(&stage.data(quill)).values().any(|content| !in_the_open.found(content).is_empty()));

    topics_tell_nothing(&stage, [quill, marma, zeph], &traces);
    services_tell_nothing(&carried);
    protocols_tell_nothing(&stage, &carried, [quill, marma, zeph]);
}

/// A topic is a hash of an epoch's secret: nothing that is known of the guild gives it, and who was removed is not under
/// those that come after.
fn topics_tell_nothing(stage: &Stage, names: [&'static str; 3], traces: &Words) {
    let [ada, bo, cy] = names.map(|name| stage.topics(name));
    println!("topics: {} of Ada's, {} of Bo's, {} of Cy's", ada.len(), bo.len(), cy.len());
    assert!(!cy.is_empty() && !ada.is_disjoint(&cy), "no topic was seen");
    for topic in ada.union(&bo).chain(&cy) {
        assert!(topic.len() == 64 && topic.bytes().all(|c| c.is_ascii_hexdigit()), "{topic}");
        assert_eq!(traces.found(topic.as_bytes()), BTreeSet::new(), "{topic}");
    }
    let shared = ada.intersection(&bo).filter(|topic| !cy.contains(*topic)).count();
    assert!(shared > 0, "after a removal they met under the old topics");
}

/// Multicast DNS says that here is a node of this kind, its number and its addresses: nothing else.
fn services_tell_nothing(carried: &[u8]) {
    let mut nodes = BTreeSet::new();
    let records = datagrams(carried, 5353);
    assert!(records.len() >= 3, "nobody was looked for");
    for record in &records {
        for text in record.split(|byte| !byte.is_ascii_graphic()).map(|run| String::from_utf8_lossy(run).into_owned()) {
            let known = ["_p2p", "_udp", "local", "_services", "_dns-sd"];
            let is_name =
                |text: &str| (32..=64).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_alphanumeric());
            if let Some((_, address)) = text.split_once("dnsaddr=") {
                let words: Vec<_> = address.split('/').collect();
                let ["", "ip4", host, "tcp" | "udp", _, .., "p2p", peer] = words[..] else { panic!("{address}") };
                assert!(host.starts_with("10.77.0.") && words.len() <= 8, "{address}");
                nodes.insert(peer.to_owned());
            } else {
                let short = text.len() < 6;
                // Lengths may stand in front that look like letters.
                assert!(
                    short
                        || known.contains(&text.as_str())
                        || (0..3).any(|lengths| is_name(text.get(lengths..).unwrap_or_default())),
                    "mDNS says {text}"
                );
            }
        }
    }
    println!("{} mDNS packets name {} nodes and nothing else", records.len(), nodes.len());
    assert_eq!(nodes.len(), 3);
}

/// The payloads of the UDP datagrams to a port in a capture of Ethernet frames.
fn datagrams(capture: &[u8], port: u16) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut rest = &capture[24..];
    while let Some((header, after)) = rest.split_first_chunk::<16>() {
        let len = u32::from_le_bytes(header[8..12].try_into().unwrap()) as usize;
        let Some((frame, after)) = after.split_at_checked(len) else { break };
        rest = after;
        // IPv4, UDP.
        if frame.get(12..14) == Some(&[8, 0]) && frame.get(23) == Some(&17) {
            let udp = &frame[14 + usize::from(frame[14] & 15) * 4..];
            if udp[2..4] == port.to_be_bytes() {
                found.push(udp[8..].to_vec());
            }
        }
    }
    found
}

/// The names of protocols are the same for all.
fn protocols_tell_nothing(stage: &Stage, carried: &[u8], names: [&'static str; 3]) {
    let known = ["/bivouac/sync/1", "/bivouac/file/1", "/bivouac/id/1"];
    let mut seen = BTreeSet::new();
    let logs = names.map(|name| fs::read(stage.log(name)).unwrap());
    for text in logs.iter().map(Vec::as_slice).chain([carried]) {
        for (at, _) in text.windows(9).enumerate().filter(|(_, window)| *window == b"/bivouac/") {
            let name: Vec<u8> =
                text[at..].iter().copied().take_while(|c| c.is_ascii_alphanumeric() || *c == b'/').collect();
            seen.insert(String::from_utf8(name).unwrap());
        }
    }
    println!("protocols named: {seen:?}");
    assert!(seen.iter().all(|name| known.contains(&name.as_str())), "{seen:?}");
}
