//! The network doctor says what the node found, in the user's words, and hands on nothing that names anybody.

use bivouac_node::{
    Failed, Failure, NetStatus, Trying,
    report::{About, Finding, Guild, Peer, Report, Severity},
};
use bivouac_ui::{
    screen::doctor::{Doctor, Message},
    words::Language,
};

use super::seat::{Desk, GUILD, NOW, Seat, device};

fn at(language: Language) -> Seat<Doctor, Message> {
    let mut desk = Desk::new(language);
    let trying = Trying {
        device: device(3),
        addresses: vec!["/ip4/192.168.1.9/udp/4001/quic-v1".to_owned()],
        dialling: false,
        failures: 4,
        last: Some(Failed { why: Failure::Silent, at: NOW - 60_000 }),
        next_at: Some(NOW + 30_000),
    };
    desk.world.net = NetStatus { trying: vec![trying], ..NetStatus::clone(&desk.world.net) }.into();
    Seat::new(desk, Doctor::new(), Doctor::view, |doctor, message, ctx| doctor.update(message, ctx).0)
}

fn report() -> Report {
    let finding = |severity, about| Finding { severity, what: "said".to_owned(), todo: "done".to_owned(), about };
    Report {
        version: "0",
        system: "test".to_owned(),
        identity: true,
        mdns: true,
        listening: vec!["192.168.x.x quic".to_owned()],
        store: "in order".to_owned(),
        disk: None,
        peers: vec![Peer {
            peer: "peer-1".to_owned(),
            device: device(2),
            guilds: vec!["guild-1".to_owned()],
            path: Some("lan"),
            transport: Some("quic"),
            rtt_ms: Some(12),
            connected_s: Some(300),
            tries: None,
        }],
        guilds: vec![Guild {
            guild: "guild-1".to_owned(),
            id: GUILD,
            members: 3,
            online: 2,
            ops: 120,
            holes: 5,
            parked: 1,
        }],
        findings: vec![
            finding(Severity::Note, About::Away(device(3), Failure::Silent)),
            finding(Severity::Note, About::Holes(GUILD, 5)),
        ],
    }
}

#[test]
fn what_was_found_is_said_with_names_here() {
    let mut at = at(Language::English);
    assert!(at.sees("Looking…") && at.desk.work == 1);
    at.tell(Message::Came(Box::new(report())));
    assert!(at.sees("Cy is not connected: nothing answers: it is off, elsewhere, or behind a firewall."));
    assert!(at.sees("5 entries of Friday Night Games are not here yet."));
    assert!(at.sees("192.168.x.x (QUIC)"));
    let mut at = self::at(Language::French);
    at.tell(Message::Came(Box::new(report())));
    assert!(at.sees("5 entrées de Friday Night Games ne sont pas encore là."));
}

#[test]
fn what_is_handed_on_names_nobody() {
    let mut at = at(Language::English);
    at.tell(Message::Came(Box::new(report())));
    at.click("Copy report");
    let [copied] = &at.desk.copied[..] else { panic!("{:?}", at.desk.copied) };
    for named in ["Bo", "Cy", "Ana", "Friday", "0202", "192.168.1"] {
        assert!(!copied.contains(named), "{named} in {copied}");
    }
    assert!(copied.contains("peer-1") && copied.contains("guild-1"));
}

#[test]
fn it_looks_again_by_the_keyboard() {
    let mut at = at(Language::English);
    at.tell(Message::Came(Box::new(report())));
    assert_eq!(at.desk.work, 1);
    at.press(iced::keyboard::key::Named::Enter);
    assert_eq!(at.desk.work, 2, "what looks again has the keyboard from the beginning");
}
