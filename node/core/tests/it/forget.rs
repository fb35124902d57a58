//! What channels forget: messages past their time, and keys.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bivouac_core::{
    io::{ChannelEdit, Command, Event, Reply},
    model::{ChannelId, ChannelKind, History, Hlc, Nature},
    op::{self, Audience, Entry, Header, Op},
    wire::{Head, Part, Request, Response},
};
use bivouac_crypto::{Bounded, EpochId, EpochSecret};

use crate::{
    camp::Camp,
    private::{admit, holds, say, texts},
};

/// A channel that keeps messages for so many seconds.
pub(crate) fn brief(camp: &mut Camp, private: bool, history: History, retention_s: u32) -> ChannelId {
    let nature = Nature { private, history, ..Nature::public(ChannelKind::Text) };
    let edit = ChannelEdit { name: Some("sand".to_owned()), retention_s: Some(retention_s), ..ChannelEdit::default() };
    let made = camp.world.want(0, Command::CreateChannel { guild: camp.guild, nature, edit, password: None });
    let Some(Ok(Reply::Channel(channel))) = made else { panic!("{made:?}") };
    camp.world.run(1_000);
    channel
}

/// How many payloads a node's disk has of a channel's messages that it was told.
pub(crate) fn payloads(camp: &Camp, who: usize, channel: ChannelId) -> usize {
    let shown: Vec<_> = camp.world.timeline(who, channel).into_iter().map(|message| message.id.op).collect();
    let ops = camp.world.ops_on_disk(who, camp.guild);
    ops.iter().filter(|entry| shown.contains(&entry.header.id()) && entry.payload.is_some()).count()
}

#[test]
fn what_is_past_its_time_is_gone_from_every_disk_and_its_place_stays() {
    for private in [false, true] {
        let mut camp = Camp::new(4);
        let sand = brief(&mut camp, private, History::Whole, 60);
        for who in [1, 2].into_iter().filter(|_| private) {
            admit(&mut camp, 0, sand, who, true);
        }
        say(&mut camp, 1, sand, "drawn");
        camp.world.crash(2);
        camp.world.run(30_000);
        say(&mut camp, 0, sand, "later");
        camp.world.run(35_000);
        assert_eq!(texts(&camp, 0, sand), ["later"], "private: {private}");
        assert_eq!(camp.world.timeline(0, sand).len(), 2);
        assert_eq!((payloads(&camp, 0, sand), payloads(&camp, 1, sand)), (1, 1));
        let erased = |event: &&Event| matches!(event, Event::Erased { channel, .. } if *channel == sand);
        assert_eq!(camp.world.nodes[1].events.iter().filter(erased).count(), 1);
        camp.world.run(60_000);
        assert_eq!(payloads(&camp, 0, sand), 0);
        // Who was away forgets when they are back, and gets what they missed without its payload.
        camp.world.start(2);
        camp.world.run(45_000);
        assert_eq!((texts(&camp, 2, sand), payloads(&camp, 2, sand)), (Vec::new(), 0), "private: {private}");
        // Elsewhere nothing is forgotten.
        assert_eq!(texts(&camp, 2, camp.channel).len(), 4);
        camp.peace_after_restart();
    }
}

#[test]
fn a_payload_that_nothing_forgets_is_not_taken_out_on_the_way() {
    let mut camp = Camp::new(3);
    let (liar, guild, general) = (camp.liar, camp.guild, camp.channel);
    let (sand, dune) = (brief(&mut camp, false, History::Whole, 3_600), brief(&mut camp, false, History::Whole, 1));
    let dusk = brief(&mut camp, false, History::Whole, 3_600);
    // Old enough where nothing forgets, and where it forgets later; fresh where it forgets at once.
    // In the last one it is sealed under an epoch that is not known yet: its key is to come.
    let cases = [
        (general, Audience::Guild, 70),
        (sand, Audience::Channel(sand), 70),
        (dune, Audience::Channel(dune), 5),
        (dusk, Audience::Channel(dusk), 70),
    ];
    for (channel, audience, age_s) in cases {
        let text = "mine".to_owned().try_into().unwrap();
        let post = Op::Post(op::Post { channel, text, reply_to: None, thread: None, files: Bounded::default() });
        let early = |h: &mut Header| h.hlc = Hlc(h.hlc.0 - ((age_s * 1_000) << 16));
        let unknown = (EpochId([7; 32]), EpochSecret::generate(&mut camp.world.lies()));
        let epoch = if channel == dusk { Some(unknown) } else { camp.world.epoch_of(liar, guild, audience) };
        let whole = camp.world.forge_under(liar, guild, audience, &post, epoch, early).entry;
        let bare = Entry { payload: None, ..whole.clone() };
        let (id, h) = (whole.header.id(), whole.header.clone());
        let (head, served) = (Head { audience, log: h.log, seq: h.seq, id }, Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&served);
        let offered = bare.clone();
        camp.world.nodes[liar].tamper = Some(Box::new(move |_, bytes| match Request::from_bytes(bytes)? {
            Request::Frontier { part: Part::Content, .. } => {
                Some(Some(Response::Frontier(Bounded::try_from(vec![head]).ok()?).to_bytes()))
            }
            Request::Range { audience: of, log, .. } if (of, log) == (audience, head.log) => {
                count.fetch_add(1, Ordering::Relaxed);
                Some(Some(Response::Range(Bounded::try_from(vec![offered.clone()]).ok()?).to_bytes()))
            }
            _ => None,
        }));
        let has = |camp: &Camp| camp.world.ops_on_disk(0, guild).iter().any(|op| op.header.id() == id);
        camp.world.tell(liar, &camp.honest(), &bare);
        for i in camp.honest() {
            camp.world.flap(i, liar);
        }
        camp.world.run(10_000);
        assert!(served.load(Ordering::Relaxed) > 0, "{channel:?} was not asked for");
        assert!(!has(&camp), "{channel:?}");
        camp.world.nodes[liar].tamper = None;
        camp.world.tell(liar, &camp.honest(), &whole);
        camp.world.run(1_000);
        assert!(has(&camp), "{channel:?}");
    }
    camp.peace();
}

#[test]
fn an_ephemeral_channels_keys_are_gone_from_memory_and_disk() {
    let mut camp = Camp::new(4);
    let smoke = brief(&mut camp, true, History::Ephemeral, 120);
    admit(&mut camp, 0, smoke, 1, true);
    say(&mut camp, 1, smoke, "up");
    let first = camp.world.epochs_of(0, camp.guild, Audience::Channel(smoke));
    assert_eq!(first.len(), 1);
    let (id, secret) = camp.world.epoch_of(1, camp.guild, Audience::Channel(smoke)).unwrap();
    // It goes on, under new keys.
    camp.world.run(125_000);
    say(&mut camp, 0, smoke, "and away");
    assert_eq!(texts(&camp, 1, smoke), ["and away"]);
    assert_eq!(camp.world.epochs_of(0, camp.guild, Audience::Channel(smoke)).len(), 2);
    camp.world.run(125_000);
    for who in [0, 1] {
        let held = camp.world.secrets_on_disk(who, camp.guild);
        assert!(first.iter().all(|epoch| !held.contains_key(epoch)), "node {who} can still read the first");
        // Nor is it taken again of who kept it.
        camp.hand(1, &[who], id, &secret);
        camp.world.run(1_000);
        let held = camp.world.secrets_in_memory(who, camp.guild);
        assert!(first.is_disjoint(&held) && !held.is_empty(), "node {who} remembers the first");
        assert!(texts(&camp, who, smoke).is_empty());
    }
    camp.world.run(125_000);
    assert_eq!((holds(&camp, 0, smoke).1, holds(&camp, 1, smoke).1), (0, 0));
    // Who comes late reads what comes then.
    admit(&mut camp, 0, smoke, 2, true);
    say(&mut camp, 2, smoke, "who is here?");
    assert_eq!(texts(&camp, 0, smoke), ["who is here?"]);
    camp.peace_after_restart();
}
