//! What a network doctor says: how this node is connected, what fails and why, and what to do about it.
//!
//! A report is meant to be handed to somebody else. It names no id, no name and no address: devices and guilds are numbered,
//! the same throughout one report, and of an address only its kind is told.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use bivouac_core::{
    io::{Answer, GuildView, LogStatus, Query, Stats},
    model::GuildId,
};
use bivouac_crypto::DeviceId;
use serde::Serialize;

use crate::{CallError, Failure, Handle, NetStatus, Path, Transport, disk::Disk, net::kind_of, os};

/// Guilds and devices told of, at most each.
const MOST: usize = 64;
/// Free room of the disk below which a word is said, in bytes.
const TIGHT: u64 = 512 << 20;
/// A round trip above which a word is said, in milliseconds.
const SLOW_MS: u64 = 300;

/// How things are.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Of this program.
    pub version: &'static str,
    /// What it runs on: system and processor.
    pub system: String,
    /// There is an identity: without one nothing is listened to.
    pub identity: bool,
    /// Devices are looked for on the local network.
    pub mdns: bool,
    /// Kinds of addresses that are listened on, like `192.168.x.x quic`.
    pub listening: Vec<String>,
    /// The store's health, in a sentence.
    pub store: String,
    /// Bytes on the disk.
    pub disk: Option<Disk>,
    /// Devices that are connected, and those of members that are not; at most 64.
    pub peers: Vec<Peer>,
    /// Guilds, at most 64.
    pub guilds: Vec<Guild>,
    /// What there is to say about it, the worst first.
    pub findings: Vec<Finding>,
}

/// A device.
#[derive(Clone, Debug, Serialize)]
pub struct Peer {
    /// `peer-1`, …
    pub peer: String,
    /// Which: for whoever shows it here; it is not handed on.
    #[serde(skip)]
    pub device: DeviceId,
    /// Guilds in common.
    pub guilds: Vec<String>,
    /// How it is reached, `lan`, `direct` or `relayed`; `None` while it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<&'static str>,
    /// Over what, `quic` or `tcp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<&'static str>,
    /// Round trip, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rtt_ms: Option<u64>,
    /// For how long it has been connected, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected_s: Option<u64>,
    /// What is tried where it is not connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tries: Option<Tries>,
}

/// What is tried.
#[derive(Clone, Debug, Serialize)]
pub struct Tries {
    /// Kinds of addresses known of it.
    pub addresses: Vec<String>,
    /// Failed in a row.
    pub failures: u32,
    /// Why the last failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// The same, for who says it in words of their own.
    #[serde(skip)]
    pub why: Option<Failure>,
    /// How long ago that was, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_s: Option<u64>,
    /// In how many seconds it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_s: Option<u64>,
}

/// A guild.
#[derive(Clone, Debug, Serialize)]
pub struct Guild {
    /// `guild-1`, …
    pub guild: String,
    /// Which: for whoever shows it here; it is not handed on.
    #[serde(skip)]
    pub id: GuildId,
    /// How many members.
    pub members: usize,
    /// How many of them have a device here, this one among them.
    pub online: usize,
    /// Ops here.
    pub ops: u64,
    /// Ops known to exist and not here.
    pub holes: u64,
    /// Ops that wait for another or for a key.
    pub parked: u64,
}

/// How bad it is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something does not work.
    Problem,
    /// Something may not work, or soon will not.
    Warning,
    /// Good to know.
    Note,
}

/// Something to know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What happened, in a sentence.
    pub what: String,
    /// What to do, in a sentence.
    pub todo: String,
    /// What it is about, for who says it in words of their own; it is not handed on.
    #[serde(skip)]
    pub about: About,
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// There is no identity yet.
    NoIdentity,
    /// The store can't be used.
    Store,
    /// The disk takes no writes.
    ReadOnly,
    /// So many bytes of the disk are left.
    Tight(u64),
    /// Nothing is listened on.
    Unreachable,
    /// Only this machine is listened to.
    ThisMachine,
    /// Devices are not looked for on the local network.
    NoMdns,
    /// Nobody else is connected.
    Alone,
    /// No address of a device is known.
    Unknown(DeviceId),
    /// A device can't be reached.
    Away(DeviceId, Failure),
    /// A device is reached through a relay.
    Relayed(DeviceId),
    /// A device takes so many milliseconds there and back.
    Slow(DeviceId, u64),
    /// So many operations of a guild are not here.
    Holes(GuildId, u64),
}

/// What a report is made from.
struct Facts {
    net: NetStatus,
    mdns: bool,
    trouble: Option<CallError>,
    stats: Option<Stats>,
    disk: Option<Disk>,
    guilds: Vec<(GuildId, GuildView, LogStatus)>,
}

impl Report {
    /// Looks at a node. What can't be asked is left out.
    pub(crate) async fn of(handle: &Handle, mdns: bool) -> Self {
        let mut guilds = Vec::new();
        let listed = handle.query(Query::Guilds).await;
        if let Ok(Answer::Guilds(all)) = &listed {
            for (guild, _) in all.iter().take(MOST) {
                let view = handle.query(Query::Guild(*guild)).await;
                let log = handle.query(Query::LogStatus(*guild)).await;
                if let (Ok(Answer::Guild(view)), Ok(Answer::LogStatus(log))) = (view, log) {
                    guilds.push((*guild, *view, log));
                }
            }
        }
        let stats = match handle.query(Query::Stats).await {
            Ok(Answer::Stats(stats)) => Some(stats),
            _ => None,
        };
        let net = NetStatus::clone(&handle.net().borrow());
        let disk = handle.disk().await.ok();
        Self::made(&Facts { net, mdns, trouble: listed.err(), stats, disk, guilds }, os::wall_ms())
    }

    fn made(facts: &Facts, wall_ms: u64) -> Self {
        let Facts { net, mdns, trouble, stats, disk, guilds } = facts;
        let devices: BTreeSet<DeviceId> =
            net.peers.iter().map(|peer| peer.device).chain(net.trying.iter().map(|it| it.device)).collect();
        let numbers: BTreeMap<DeviceId, usize> = devices.into_iter().zip(1..).collect();
        let shared = |device: &DeviceId| {
            let of = |view: &GuildView| view.law.members.values().any(|member| member.devices.contains(device));
            let all = guilds.iter().zip(1..).filter(|((_, view, _), _)| of(view));
            all.map(|(_, nth)| format!("guild-{nth}")).collect::<Vec<_>>()
        };
        let mut peers = Vec::new();
        for peer in &net.peers {
            peers.push(Peer {
                peer: format!("peer-{}", numbers[&peer.device]),
                device: peer.device,
                guilds: shared(&peer.device),
                path: Some(path(peer.path)),
                transport: Some(if peer.transport == Transport::Quic { "quic" } else { "tcp" }),
                rtt_ms: peer.rtt_ms,
                connected_s: Some(wall_ms.saturating_sub(peer.since) / 1_000),
                tries: None,
            });
        }
        for trying in &net.trying {
            peers.push(Peer {
                peer: format!("peer-{}", numbers[&trying.device]),
                device: trying.device,
                guilds: shared(&trying.device),
                path: None,
                transport: None,
                rtt_ms: None,
                connected_s: None,
                tries: Some(Tries {
                    addresses: kinds(&trying.addresses),
                    failures: trying.failures,
                    last: trying.last.map(|last| last.why.to_string()),
                    why: trying.last.map(|last| last.why),
                    last_s: trying.last.map(|last| wall_ms.saturating_sub(last.at) / 1_000),
                    next_s: trying.next_at.map(|next| next.saturating_sub(wall_ms).div_ceil(1_000)),
                }),
            });
        }
        peers.truncate(MOST);
        let mut report = Self {
            version: env!("CARGO_PKG_VERSION"),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            identity: !matches!(trouble, Some(CallError::NoIdentity)),
            mdns: *mdns,
            listening: kinds(&net.addresses),
            store: match (trouble, stats) {
                (Some(CallError::NoIdentity), _) => "there is none yet".to_owned(),
                (Some(error), _) => error.to_string(),
                (None, Some(stats)) if stats.read_only => "it takes no writes".to_owned(),
                (None, _) => "in order".to_owned(),
            },
            disk: *disk,
            peers,
            guilds: guilds
                .iter()
                .zip(1..)
                .map(|((id, view, log), nth)| Guild {
                    guild: format!("guild-{nth}"),
                    id: *id,
                    members: view.law.members.len(),
                    online: view.online.len(),
                    ops: log.ops,
                    holes: log.holes,
                    parked: log.parked,
                })
                .collect(),
            findings: Vec::new(),
        };
        report.findings = report.judged(trouble.as_ref(), stats.as_ref());
        report
    }

    fn judged(&self, trouble: Option<&CallError>, stats: Option<&Stats>) -> Vec<Finding> {
        let mut found: Vec<Finding> = Vec::new();
        let mut say = |severity, about, what: String, todo: &str| {
            found.push(Finding { severity, what, todo: todo.to_owned(), about });
        };
        use Severity::{Note, Problem, Warning};
        if !self.identity {
            let todo = "Make one; until then nothing is connected.";
            say(Note, About::NoIdentity, "There is no identity on this device yet.".to_owned(), todo);
        }
        if let Some(error) = trouble.filter(|error| !matches!(error, CallError::NoIdentity)) {
            say(
                Problem,
                About::Store,
                format!("The store can't be used now: {error}"),
                "Do as it says, or wait a moment.",
            );
        }
        if stats.is_some_and(|stats| stats.read_only) {
            let what = "The disk takes no writes; nothing can be said.".to_owned();
            say(Problem, About::ReadOnly, what, "Free some room; it goes on by itself.");
        } else if let Some(free) = self.disk.and_then(|disk| disk.free).filter(|free| *free < TIGHT) {
            let what = format!("The disk has only {} MiB left.", free >> 20);
            say(Warning, About::Tight(free), what, "Free some room before it is full.");
        }
        if self.identity && trouble.is_none() {
            if self.listening.is_empty() {
                let what = "No address of this machine can be reached by others.".to_owned();
                say(Problem, About::Unreachable, what, "Connect it to a network; if it is, start Bivouac again.");
            } else if self.listening.iter().all(|kind| kind.starts_with("this machine")) {
                let what = "Only programs on this machine can reach this node.".to_owned();
                say(
                    Problem,
                    About::ThisMachine,
                    what,
                    "Connect the machine to a network, or listen on another address.",
                );
            }
        }
        if !self.mdns {
            let what = "Devices are not looked for on the local network.".to_owned();
            say(
                Note,
                About::NoMdns,
                what,
                "Switch it on in the settings, or start without --no-mdns, to be found there.",
            );
        }
        let connected = self.peers.iter().filter(|peer| peer.path.is_some()).count();
        let others = self.guilds.iter().any(|guild| guild.members > 1);
        if self.identity && others && connected == 0 {
            let todo = "Ask a member to be online. If one is on the same network: some networks for guests keep devices apart, and a firewall may block UDP and TCP of Bivouac.";
            say(Problem, About::Alone, "No device of another member is connected.".to_owned(), todo);
        }
        for peer in &self.peers {
            let name = &peer.peer;
            match &peer.tries {
                Some(tries) if tries.addresses.is_empty() => {
                    let what = format!("{name} is not connected, and no address of it is known.");
                    say(
                        Note,
                        About::Unknown(peer.device),
                        what,
                        "It is found when it is on the same network, or by an invite link of its user.",
                    );
                }
                Some(Tries { last: Some(why), why: Some(failure), .. }) => {
                    let what = format!("{name} is not connected: {why}.");
                    say(
                        Note,
                        About::Away(peer.device, *failure),
                        what,
                        "If its user is online, compare networks and firewalls; otherwise wait.",
                    );
                }
                _ => {}
            }
            if peer.path == Some("relayed") {
                let what = format!("{name} is reached through a relay.");
                say(
                    Note,
                    About::Relayed(peer.device),
                    what,
                    "Chat works; calls may be slower. A direct way is looked for by itself.",
                );
            }
            if let Some(rtt) = peer.rtt_ms.filter(|rtt| *rtt > SLOW_MS) {
                let what = format!("{name} is slow: {rtt} ms there and back.");
                say(Warning, About::Slow(peer.device, rtt), what, "Look for a better network on either side.");
            }
        }
        for guild in self.guilds.iter().filter(|guild| guild.holes > 0) {
            let what = format!("{} operations of {} are not here yet.", guild.holes, guild.guild);
            say(
                Note,
                About::Holes(guild.id, guild.holes),
                what,
                "They are fetched from members who have them and are online.",
            );
        }
        found.sort();
        found
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |all: &[String]| if all.is_empty() { "nothing".to_owned() } else { all.join(", ") };
        writeln!(f, "Bivouac {} on {}", self.version, self.system)?;
        writeln!(f, "listens on: {}", or(&self.listening))?;
        writeln!(f, "looks on the local network: {}", if self.mdns { "yes" } else { "no" })?;
        writeln!(f, "store: {}", self.store)?;
        if let Some(disk) = &self.disk {
            let mib = |bytes: u64| bytes.div_ceil(1 << 20);
            write!(f, "disk: store {} MiB, files {} MiB", mib(disk.store), mib(disk.files_own + disk.files_fetched))?;
            disk.free.map_or(Ok(()), |free| write!(f, ", {} MiB free", mib(free)))?;
            writeln!(f)?;
        }
        for guild in &self.guilds {
            let Guild { guild, members, online, ops, holes, parked, .. } = guild;
            writeln!(
                f,
                "{guild}: {members} members, {online} online; {ops} operations, {holes} missing, {parked} waiting"
            )?;
        }
        for peer in &self.peers {
            write!(
                f,
                "{} ({})",
                peer.peer,
                if peer.guilds.is_empty() { "a stranger".to_owned() } else { peer.guilds.join(", ") }
            )?;
            match &peer.tries {
                None => {
                    write!(f, ": {} over {}", peer.path.unwrap_or("?"), peer.transport.unwrap_or("?"))?;
                    peer.rtt_ms.map_or(Ok(()), |rtt| write!(f, ", {rtt} ms"))?;
                }
                Some(tries) => {
                    write!(f, ": not connected; tried {} times at {}", tries.failures, or(&tries.addresses))?;
                    tries.last.as_ref().map_or(Ok(()), |why| write!(f, "; {why}"))?;
                    tries.next_s.map_or(Ok(()), |next| write!(f, "; again in {next} s"))?;
                }
            }
            writeln!(f)?;
        }
        if self.findings.is_empty() {
            return write!(f, "\nNothing is wrong.");
        }
        for Finding { severity, what, todo, .. } in &self.findings {
            let severity = match severity {
                Severity::Problem => "Problem",
                Severity::Warning => "Warning",
                Severity::Note => "Note",
            };
            write!(f, "\n{severity}: {what} {todo}")?;
        }
        Ok(())
    }
}

fn path(path: Path) -> &'static str {
    match path {
        Path::Lan => "lan",
        Path::Direct => "direct",
        Path::Relay => "relayed",
    }
}

/// The kinds of some addresses, each once.
fn kinds(addresses: &[String]) -> Vec<String> {
    let kinds: BTreeSet<String> = addresses.iter().map(|address| kind_of(address)).collect();
    kinds.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Failed, Failure, PeerStatus, Trying};

    fn device(n: u8) -> DeviceId {
        DeviceId::from(bivouac_crypto::PublicKey::from_bytes([n; 32]))
    }

    #[test]
    fn addresses_are_told_by_their_kind_and_devices_by_number() {
        let address = |text: &str| text.to_owned();
        let net = NetStatus {
            peer_id: "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN".to_owned(),
            addresses: [
                "/ip4/192.168.17.23/udp/4001/quic-v1/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN",
                "/ip4/192.168.17.23/tcp/4001",
                "/ip6/fd00::77/tcp/4001",
                "/ip4/203.0.113.9/tcp/4001",
            ]
            .map(address)
            .into(),
            peers: vec![PeerStatus {
                device: device(9),
                path: Path::Lan,
                transport: Transport::Quic,
                rtt_ms: Some(900),
                since: 1_000,
            }],
            trying: vec![Trying {
                device: device(3),
                addresses: vec!["/ip4/10.1.2.3/tcp/4001".to_owned()],
                dialling: false,
                failures: 4,
                last: Some(Failed { why: Failure::Silent, at: 5_000 }),
                next_at: Some(9_500),
            }],
            dials: 5,
        };
        let facts =
            Facts { net, mdns: false, trouble: None, stats: Some(Stats::default()), disk: None, guilds: Vec::new() };
        let report = Report::made(&facts, 8_000);
        assert_eq!(report.listening, ["192.168.x.x quic", "192.168.x.x tcp", "fd::x tcp", "public IPv4 tcp"]);
        let [near, away] = &report.peers[..] else { panic!("{report:?}") };
        assert_eq!((near.peer.as_str(), near.path, near.connected_s), ("peer-2", Some("lan"), Some(7)));
        let tries = away.tries.as_ref().unwrap();
        assert_eq!((away.peer.as_str(), tries.last_s, tries.next_s), ("peer-1", Some(3), Some(2)));
        assert_eq!(tries.addresses, ["10.x.x.x tcp"]);
        let found: Vec<Severity> = report.findings.iter().map(|finding| finding.severity).collect();
        assert_eq!(found, [Severity::Warning, Severity::Note, Severity::Note], "{:?}", report.findings);
        for text in [report.to_string(), serde_json::to_string(&report).unwrap()] {
            for named in ["12D3", "17.23", "113.9", "1.2.3", "4001", "::77"] {
                assert!(!text.contains(named), "{named} in {text}");
            }
        }
        // What is not there is said.
        let trouble = Some(CallError::NoIdentity);
        let nothing =
            Facts { net: NetStatus::default(), trouble, stats: None, mdns: true, disk: None, guilds: Vec::new() };
        let report = Report::made(&nothing, 0);
        assert!(!report.identity && report.findings.len() == 1, "{report:?}");
    }
}
