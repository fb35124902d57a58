//! Lies on the local network: somebody who answers for everybody, for people there are none of, and asks without end.
//! Those who are honest find each other all the same, talk on, and neither grow nor dial without end.

use std::{
    env, iter,
    net::{Ipv4Addr, UdpSocket},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use bivouac_node::lab::{Host, Lab};
use libp2p::{PeerId, identity::Keypair};
use serde_json::json;

use crate::cast::{Node, PATIENCE, agree, folder, hosted, lab, until};

/// Where multicast DNS is spoken (RFC 6762).
const GROUP: (Ipv4Addr, u16) = (Ipv4Addr::new(224, 0, 0, 251), 5353);
/// What libp2p's peers answer to (libp2p's specification of mDNS).
const SERVICE: &str = "_p2p._udp.local";
/// How much larger than before a node may ever be, KiB.
const GROWTH_KIB: u64 = 64 * 1024;
/// How the liar is told what to say, and in whose name.
const LIE: &str = "BIVOUAC_LIE";
const NAMES: &str = "BIVOUAC_LIE_NAMES";

/// Makes a packet, by its number and the names of others.
type Packet = fn(u64, &[PeerId]) -> Vec<u8>;

/// What is said: how many packets a second, and each of them.
const LIES: [(&str, u32, Packet); 6] = [
    ("noise", 2_000, |nth, _| blake3::hash(&nth.to_be_bytes()).as_bytes().repeat(1 + nth as usize % 40)),
    ("broken", 2_000, broken),
    ("strangers", 500, |_, _| answer(u32::MAX, (0..20).map(|_| (stranger(), 4_001)))),
    ("many addresses", 500, |nth, names| {
        let name = names[nth as usize % names.len()];
        answer(u32::MAX, (0..20).map(move |n| (name, (nth * 20 + n) as u16 | 1)))
    }),
    ("goodbyes", 500, |nth, names| answer(0, iter::once((names[nth as usize % names.len()], 4_001)))),
    ("questions", 2_000, |nth, _| question(nth as u16)),
];

#[test]
fn lies_on_the_local_network_neither_part_nor_burden_anybody() {
    let Some(mut lab) = lab("mdns") else { return };
    let stores = folder();
    let span = Duration::from_secs(if env::var_os("BIVOUAC_SOAK").is_some() { 30 } else { 3 });
    let liar = lab.host().unwrap();
    lab.shell(liar, "ip route add 224.0.0.0/4 dev eth0").unwrap();
    let mut host = |name: &'static str| {
        let host = lab.host().unwrap();
        Node::start(name, hosted(&stores.path().join(name), &lab, host))
    };
    let (mut ada, mut bo, mut cy, mut dee) = (host("Ada"), host("Bo"), host("Cy"), host("Dee"));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    cy.join(&link);
    bo.meets(&cy);
    let peers: Vec<String> = [&mut ada, &mut bo, &mut cy, &mut dee]
        .map(|node| node.call("net.status", json!({}))["peer_id"].as_str().unwrap().to_owned())
        .into();
    let before = [&ada, &bo, &cy].map(|node| node.rpc.vitals().unwrap().rss_kib);
    for (lie, _, _) in LIES {
        let mut nodes = [&mut ada, &mut bo, &mut cy];
        let dials = nodes.each_mut().map(|node| dials(node));
        let mut lies = tell(&lab, liar, lie, &peers);
        let (began, mut took, mut peak) = (Instant::now(), Vec::new(), [0; 3]);
        while began.elapsed() < span {
            let speaker = took.len() % 3;
            let said = Instant::now();
            let id = nodes[speaker].say(&channel, &format!("{lie} {}", took.len()));
            nodes.iter().for_each(|node| until("it is told", || node.has_told(0, &id)));
            took.push(said.elapsed());
            for (peak, node) in peak.iter_mut().zip(&nodes) {
                *peak = node.rpc.vitals().unwrap().rss_kib.max(*peak);
            }
            thread::sleep(Duration::from_millis(20));
        }
        took.sort();
        let grown: Vec<_> = peak.iter().zip(before).map(|(peak, before)| peak.saturating_sub(before)).collect();
        let more: Vec<_> = nodes.iter_mut().zip(dials).map(|(node, before)| self::dials(node) - before).collect();
        println!(
            "{lie}: {} lines, p50 {:.1?}, slowest {:.1?}; grown by {grown:?} KiB; {more:?} dials",
            took.len(),
            took[took.len() / 2],
            took[took.len() - 1]
        );
        assert!(lies.0.try_wait().unwrap().is_none(), "the liar has ended");
        assert!(grown.iter().all(|kib| *kib <= GROWTH_KIB), "{lie}: grown by {grown:?} KiB");
        // Some dozen strangers are dialled at once, and then four in a second.
        let most = 2 * (32 + 4 * span.as_secs());
        assert!(more.iter().all(|dials| *dials <= most), "{lie}: {more:?} dials in {span:?}");
        // Somebody comes back amid it all, and finds everybody by what is remembered or seen.
        bo.rpc.stop(PATIENCE).unwrap();
        bo.rpc.restart(PATIENCE).unwrap();
        let id = bo.say(&channel, &format!("{lie}: here again"));
        [&ada, &cy].into_iter().for_each(|node| until("who came back is heard", || node.has_told(0, &id)));
    }
    // A guest who was lied about, and lied to, comes in.
    let began = Instant::now();
    let lies = tell(&lab, liar, "strangers", &peers);
    dee.join(&link);
    println!("a guest is in after {:?}", began.elapsed());
    drop(lies);
    agree(&mut [&mut ada, &mut bo, &mut cy, &mut dee], &guild, &channel);
    for node in [&ada, &bo, &cy, &dee] {
        assert_eq!(node.rpc.noise(), Vec::<String>::new());
        let log = node.rpc.stderr();
        assert!(!log.contains("panic"), "{}: {log}", node.name);
    }
    assert!(ada.rpc.stderr().contains("more devices are named"), "there were never too many");
}

/// A liar at work, until it is dropped.
struct Lies(Child);

impl Drop for Lies {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn dials(node: &mut Node) -> u64 {
    node.call("net.status", json!({}))["dials"].as_u64().unwrap()
}

/// Lets a host say something again and again, until the child is killed. It is this very program, on that host.
fn tell(lab: &Lab, on: Host, lie: &str, names: &[String]) -> Lies {
    let argv = lab.on(on);
    let child = std::process::Command::new(&argv[0])
        .args(&argv[1..])
        .arg(env::current_exe().unwrap())
        .args(["mdns::liar", "--exact", "--ignored"])
        .env(LIE, lie)
        .env(NAMES, names.join(" "))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    Lies(child.unwrap())
}

/// Says what it is told to by the environment, until it is killed or has said it for ten minutes.
#[test]
#[ignore = "is run on a host of its own by another test"]
fn liar() {
    let Ok(lie) = env::var(LIE) else { return };
    let names: Vec<PeerId> = env::var(NAMES).unwrap().split(' ').map(|name| name.parse().unwrap()).collect();
    let (_, rate, packet) = LIES.into_iter().find(|(name, ..)| *name == lie).unwrap();
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    let began = Instant::now();
    for nth in 0..u64::from(rate) * 600 {
        // A buffer that is full is no reason to end.
        let _ = socket.send_to(&packet(nth, &names), GROUP);
        let due = began + Duration::from_secs_f64((nth + 1) as f64 / f64::from(rate));
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }
}

fn stranger() -> PeerId {
    Keypair::generate_ed25519().public().to_peer_id()
}

/// Headers that promise too much, names without end or that lead back to themselves.
fn broken(nth: u64, names: &[PeerId]) -> Vec<u8> {
    let good = answer(60, iter::once((names[0], 4_001)));
    let cut = nth as usize % good.len();
    match nth % 5 {
        0 => [&good[..4], &[0xff; 8], &good[12..]].concat(),
        1 => good[..cut].to_vec(),
        2 => [&header(0x8400, 0, 1, 0)[..], &[0xc0, 12, 0, 12, 0, 1]].concat(),
        3 => [&header(0x8400, 0, 1, 1)[..], &[63; 4_000]].concat(),
        _ => {
            let mut turned = good.clone();
            turned[cut] ^= 1 << (nth % 8);
            turned
        }
    }
}

fn header(flags: u16, questions: u16, answers: u16, additional: u16) -> Vec<u8> {
    [0, flags, questions, answers, 0, additional].into_iter().flat_map(u16::to_be_bytes).collect()
}

/// A domain name (RFC 1035, 3.1).
fn name(dotted: &str) -> Vec<u8> {
    let labels = dotted.split('.').flat_map(|label| iter::once(label.len() as u8).chain(label.bytes()));
    labels.chain(iter::once(0)).collect()
}

fn question(id: u16) -> Vec<u8> {
    let mut packet = [&header(0, 1, 0, 0)[..], &name(SERVICE), &[0, 12, 0, 1]].concat();
    packet[..2].copy_from_slice(&id.to_be_bytes());
    packet
}

/// An answer that names peers and a port each: for each a pointer to a name, and under it a text with the address.
fn answer(ttl: u32, peers: impl Iterator<Item = (PeerId, u16)>) -> Vec<u8> {
    let (mut pointers, mut texts, mut count) = (Vec::new(), Vec::new(), 0);
    for (nth, (peer, port)) in peers.enumerate() {
        let own = name(&format!("liar{nth}"));
        let ttl = ttl.to_be_bytes();
        let text = format!("dnsaddr=/ip4/10.77.0.1/tcp/{port}/p2p/{peer}");
        let (length, inner) = (own.len() as u16, text.len() as u16 + 1);
        pointers.extend([&name(SERVICE)[..], &[0, 12, 0, 1], &ttl, &length.to_be_bytes(), &own].concat());
        let text = [&[text.len() as u8], text.as_bytes()].concat();
        texts.extend([&own[..], &[0, 16, 0x80, 1], &ttl, &inner.to_be_bytes(), &text].concat());
        count += 1;
    }
    [header(0x8400, 0, count, count), pointers, texts].concat()
}
