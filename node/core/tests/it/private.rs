//! Channels with keys of their own: who holds what of them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bivouac_core::{
    io::{Answer, ChannelEdit, Command, ErrorKind, Event, Query, Reply},
    model::{ChannelId, ChannelKind, History, Message, MessageState, Nature, Overwrite, Permissions, Target},
    op::Audience,
    wire::{Entered, Head, Part, Request, Response},
};
use bivouac_crypto::{Bounded, EpochId, Exchange, PasswordKey};

use crate::camp::Camp;

/// A channel of its maker's, private or for all.
pub(crate) fn channel(camp: &mut Camp, by: usize, private: bool, history: History) -> ChannelId {
    let nature = Nature { private, history, ..Nature::public(ChannelKind::Text) };
    let edit = ChannelEdit { name: Some("den".to_owned()), ..ChannelEdit::default() };
    let made = camp.world.want(by, Command::CreateChannel { guild: camp.guild, nature, edit, password: None });
    let Some(Ok(Reply::Channel(channel))) = made else { panic!("{made:?}") };
    camp.world.run(1_000);
    channel
}

/// Lets somebody in, or out.
pub(crate) fn admit(camp: &mut Camp, by: usize, channel: ChannelId, who: usize, allowed: bool) {
    let (allow, deny) = if allowed { (Permissions::VIEW, Permissions::default()) } else { Default::default() };
    let target = Target::User(camp.user(who));
    camp.order(by, Command::Overwrite { channel, target, over: Overwrite { allow, deny } });
    camp.world.run(5_000);
}

pub(crate) fn say(camp: &mut Camp, who: usize, channel: ChannelId, text: &str) {
    camp.order(who, Command::Post { channel, text: text.to_owned(), reply_to: None });
    camp.world.run(2_000);
}

pub(crate) fn texts(camp: &Camp, who: usize, channel: ChannelId) -> Vec<String> {
    camp.world.timeline(who, channel).into_iter().filter_map(|message| message.text).collect()
}

/// What a node holds of a channel: ops of its logs, and secrets of its epochs.
pub(crate) fn holds(camp: &Camp, who: usize, channel: ChannelId) -> (usize, usize) {
    let ops = camp.world.ops_on_disk(who, camp.guild);
    let ops = ops.iter().filter(|entry| entry.header.audience == Audience::Channel(channel)).count();
    let epochs = camp.world.epochs_of(0, camp.guild, Audience::Channel(channel));
    let held = camp.world.secrets_on_disk(who, camp.guild);
    (ops, epochs.iter().filter(|epoch| held.contains_key(epoch)).count())
}

pub(crate) fn told(camp: &Camp, who: usize, text: &str) -> bool {
    let says =
        |event: &Event| matches!(event, Event::Message { message: Message { text: Some(t), .. }, .. } if t == text);
    camp.world.nodes[who].events.iter().any(says)
}

#[test]
fn outsiders_hold_neither_key_nor_log_of_a_private_channel() {
    let mut camp = Camp::new(4);
    camp.make_admin(1);
    let den = channel(&mut camp, 1, true, History::Whole);
    say(&mut camp, 1, den, "only the owner and I");
    say(&mut camp, 0, den, "so it is");
    assert_eq!(texts(&camp, 1, den), ["only the owner and I", "so it is"]);
    assert!(told(&camp, 0, "only the owner and I") && told(&camp, 1, "so it is"));
    for outsider in [2, 3] {
        assert!(camp.world.law(outsider, camp.guild).unwrap().channels.contains_key(&den));
        assert_eq!(holds(&camp, outsider, den), (0, 0), "node {outsider}");
        let list = Query::Messages { channel: den, before: None, after: None, limit: 50 };
        assert!(camp.world.query(outsider, list).is_none_or(|answer| !matches!(answer, Answer::Messages(_))));
        let post = Command::Post { channel: den, text: "let me in".to_owned(), reply_to: None };
        assert!(matches!(camp.world.want(outsider, post), Some(Err(error)) if error.kind == ErrorKind::Forbidden));
    }
    assert_eq!(holds(&camp, 0, den).0, 2);
    camp.peace_after_restart();
    assert_eq!(holds(&camp, 2, den), (0, 0));
}

#[test]
fn an_outsider_is_refused_whatever_they_ask() {
    let mut camp = Camp::new(3);
    let den = channel(&mut camp, 0, true, History::Whole);
    admit(&mut camp, 0, den, 1, true);
    say(&mut camp, 0, den, "between us");
    let (from, audience, guild) = (camp.world.device(camp.liar), Audience::Channel(den), camp.guild);
    let epochs: Vec<EpochId> = camp.world.epochs_of(0, guild, audience).into_iter().collect();
    assert!(!epochs.is_empty());
    let header = camp.world.ops_on_disk(0, guild).into_iter().find(|e| e.header.audience == audience).unwrap().header;
    for i in 0..2 {
        let keys = Request::Keys { guild, epochs: Bounded::try_from(epochs.clone()).unwrap() };
        assert_eq!(camp.world.probe(i, from, &keys), Some(Response::Keys(Bounded::default())));
        let range = Request::Range { guild, audience, log: header.log, head: header.id(), from: 0, to: 9 };
        assert_eq!(camp.world.probe(i, from, &range), Some(Response::Refused));
        let evidence = Request::Evidence { guild, audience, log: header.log };
        assert_eq!(camp.world.probe(i, from, &evidence), Some(Response::Refused));
        let content = Request::Frontier { guild, part: Part::Content, prints: Bounded::try_from(vec![7]).unwrap() };
        let Some(Response::Frontier(heads)) = camp.world.probe(i, from, &content) else { panic!("node {i}") };
        assert!(heads.iter().all(|head| head.audience == Audience::Guild) && !heads.is_empty());
    }
    camp.peace();
}

#[test]
fn who_is_let_in_reads_what_was_said_and_who_is_let_out_nothing_new() {
    let mut camp = Camp::new(4);
    let den = channel(&mut camp, 0, true, History::Whole);
    admit(&mut camp, 0, den, 1, true);
    say(&mut camp, 1, den, "before");
    admit(&mut camp, 0, den, 2, true);
    assert_eq!(texts(&camp, 2, den), ["before"]);
    assert!(!told(&camp, 2, "before"), "what was said before is no news");
    say(&mut camp, 0, den, "all three");
    assert!(told(&camp, 2, "all three"));
    let had = holds(&camp, 1, den);
    admit(&mut camp, 0, den, 1, false);
    say(&mut camp, 2, den, "without one");
    say(&mut camp, 0, den, "indeed");
    assert_eq!(texts(&camp, 0, den), ["before", "all three", "without one", "indeed"]);
    assert_eq!(texts(&camp, 2, den), texts(&camp, 0, den));
    assert_eq!(holds(&camp, 1, den), had, "they got a key or an op of what came after");
    let said =
        camp.world.ops_on_disk(0, camp.guild).into_iter().filter(|e| e.header.audience == Audience::Channel(den));
    let last = said.max_by_key(|entry| entry.header.hlc).unwrap().header.epoch.unwrap();
    assert!(!camp.world.secrets_on_disk(1, camp.guild).contains_key(&last), "it is sealed for them, too");
    camp.peace_after_restart();
    assert_eq!(holds(&camp, 1, den), had);
}

#[test]
fn who_comes_to_a_since_join_channel_after_two_rotations_reads_only_what_comes() {
    for private in [true, false] {
        let mut camp = Camp::new(5);
        let den = channel(&mut camp, 0, private, History::SinceJoin);
        if private {
            admit(&mut camp, 0, den, 1, true);
        }
        say(&mut camp, 1, den, "one");
        let epochs = |camp: &Camp| camp.world.epochs_of(0, camp.guild, Audience::Channel(den)).len();
        let before = epochs(&camp);
        for (who, text) in [(4, "one and a half"), (3, "two")] {
            camp.kick(0, who);
            say(&mut camp, 0, den, text);
        }
        assert_eq!(epochs(&camp), before + 2, "two rotations");
        let link = camp.invite(0, None, None);
        let came = camp.world.want(3, Command::Join { link, timeout_ms: 20_000 });
        assert!(matches!(came, Some(Ok(_))), "{came:?}");
        if private {
            admit(&mut camp, 0, den, 3, true);
        }
        // Of a channel for all they keep what they had read before they were removed.
        let had: &[&str] = if private { &[] } else { &["one", "one and a half"] };
        assert_eq!(texts(&camp, 3, den), had, "private: {private}");
        assert_eq!(holds(&camp, 3, den).1, had.len(), "private: {private}");
        say(&mut camp, 1, den, "three");
        assert_eq!(texts(&camp, 3, den), [had, &["three"]].concat(), "private: {private}");
        assert_eq!(holds(&camp, 3, den).1, had.len() + 1, "private: {private}");
        assert_eq!(texts(&camp, 0, den), ["one", "one and a half", "two", "three"]);
        camp.peace_after_restart();
    }
}

#[test]
fn what_a_reader_said_before_their_removal_stays_shown() {
    let mut camp = Camp::new(4);
    let den = channel(&mut camp, 0, true, History::Whole);
    for who in [1, 2] {
        admit(&mut camp, 0, den, who, true);
    }
    say(&mut camp, 1, den, "last words");
    camp.kick(0, 1);
    camp.world.run(5_000);
    for reader in [0, 2] {
        assert_eq!(texts(&camp, reader, den), ["last words"]);
    }
    camp.peace_after_restart();
    assert!(camp.world.timeline(2, den).iter().all(|message| message.state == MessageState::Open));
}

#[test]
fn a_private_channel_split_in_two_merges() {
    let mut camp = Camp::new(5);
    let den = channel(&mut camp, 0, true, History::Whole);
    for who in [1, 2, 3] {
        admit(&mut camp, 0, den, who, true);
    }
    say(&mut camp, 0, den, "together");
    camp.world.split(&[2, 3, 4].into());
    camp.world.run(5_000);
    // One side lets somebody out, so that both go on under different keys.
    admit(&mut camp, 0, den, 1, false);
    say(&mut camp, 0, den, "here");
    say(&mut camp, 2, den, "there");
    say(&mut camp, 3, den, "and there");
    camp.world.split(&[].into());
    camp.world.run(60_000);
    for reader in [0, 2, 3] {
        let mut read = texts(&camp, reader, den);
        read.sort();
        assert_eq!(read, ["and there", "here", "there", "together"], "node {reader}");
    }
    assert!(!texts(&camp, 1, den).contains(&"here".to_owned()));
    camp.peace_after_restart();
}

#[test]
fn a_post_that_is_put_into_another_audience_is_not_shown() {
    let mut camp = Camp::new(3);
    let den = channel(&mut camp, 0, true, History::Whole);
    let liar = camp.liar;
    admit(&mut camp, 0, den, liar, true);
    say(&mut camp, liar, den, "rightly");
    let post = |channel| {
        let text = "out of place".to_owned().try_into().unwrap();
        bivouac_core::op::Op::Post(bivouac_core::op::Post { channel, text, reply_to: None })
    };
    let (general, guild) = (camp.channel, camp.guild);
    for (audience, channel) in [(Audience::Guild, den), (Audience::Channel(den), general)] {
        let op = camp.world.forge(liar, guild, audience, &post(channel), |_| {});
        camp.world.tell(liar, &camp.honest(), &op.entry);
        camp.world.run(3_000);
    }
    for reader in camp.honest() {
        for channel in [den, general] {
            assert!(!texts(&camp, reader, channel).contains(&"out of place".to_owned()));
        }
    }
    assert_eq!(texts(&camp, 0, den), ["rightly"]);
    camp.peace();
}

// ── passwords ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/// A channel with the password `friend`, of node 0's.
pub(crate) fn locked(camp: &mut Camp) -> ChannelId {
    let nature = Nature::public(ChannelKind::Text);
    let edit = ChannelEdit { name: Some("speakeasy".to_owned()), ..ChannelEdit::default() };
    let password = Some("friend".to_owned());
    let made = camp.world.want(0, Command::CreateChannel { guild: camp.guild, nature, edit, password });
    let Some(Ok(Reply::Channel(channel))) = made else { panic!("{made:?}") };
    camp.world.run(1_000);
    channel
}

pub(crate) fn knock(camp: &mut Camp, who: usize, channel: ChannelId, password: &str) -> Result<Reply, ErrorKind> {
    let command = Command::Enter { channel, password: password.to_owned() };
    let answer = camp.world.want(who, command).unwrap();
    answer.map_err(|error| error.kind)
}

#[test]
fn who_knows_the_password_comes_in_and_nobody_else() {
    let mut camp = Camp::new(4);
    let bar = locked(&mut camp);
    say(&mut camp, 0, bar, "psst");
    assert!(camp.world.law(1, camp.guild).unwrap().channels[&bar].nature.private);
    assert_eq!(knock(&mut camp, 1, bar, "foe"), Err(ErrorKind::Forbidden));
    assert_eq!(holds(&camp, 1, bar), (0, 0));
    assert_eq!(knock(&mut camp, 1, bar, "friend"), Ok(Reply::Unit));
    assert_eq!(knock(&mut camp, 1, bar, "whatever"), Ok(Reply::Unit), "they are in");
    camp.world.run(3_000);
    assert_eq!(texts(&camp, 1, bar), ["psst"]);
    say(&mut camp, 1, bar, "hush");
    assert_eq!(texts(&camp, 0, bar), ["psst", "hush"]);
    // Without the one who set it: whoever is in can let in.
    camp.world.crash(0);
    assert_eq!(knock(&mut camp, 2, bar, "friend"), Ok(Reply::Unit));
    camp.world.start(0);
    camp.world.run(5_000);
    assert_eq!(texts(&camp, 2, bar), ["psst", "hush"]);
    assert_eq!(holds(&camp, 3, bar), (0, 0));
    let general = camp.channel;
    assert_eq!(knock(&mut camp, 1, general, "friend"), Err(ErrorKind::Invalid), "that one has no password");
    camp.peace_after_restart();
}

#[test]
fn a_password_is_guessed_a_few_times_and_no_more() {
    let mut camp = Camp::new(3);
    let bar = locked(&mut camp);
    for guess in 0..5 {
        assert_eq!(knock(&mut camp, 2, bar, &format!("guess {guess}")), Err(ErrorKind::Forbidden), "{guess}");
    }
    // The right one does not help any more, for a while; another is not kept out by that.
    assert_eq!(knock(&mut camp, 2, bar, "friend"), Err(ErrorKind::Unreachable));
    assert_eq!(knock(&mut camp, 1, bar, "friend"), Ok(Reply::Unit));
    camp.world.run(11 * 60 * 1_000);
    assert_eq!(knock(&mut camp, 2, bar, "friend"), Ok(Reply::Unit));
    camp.peace();
}

#[test]
fn a_new_password_is_the_one_that_counts_and_who_is_denied_is_not_let_in_by_it() {
    let mut camp = Camp::new(4);
    let bar = locked(&mut camp);
    let change = |password: &str| Command::UpdateChannel {
        channel: bar,
        edit: ChannelEdit::default(),
        password: Some(password.to_owned()),
    };
    camp.order(0, change("stranger"));
    camp.world.run(1_000);
    assert_eq!(knock(&mut camp, 1, bar, "friend"), Err(ErrorKind::Forbidden));
    assert_eq!(knock(&mut camp, 1, bar, "stranger"), Ok(Reply::Unit));
    // Who is in may let in, but not set it.
    assert!(matches!(camp.world.want(1, change("mine")), Some(Err(error)) if error.kind == ErrorKind::Forbidden));
    let (target, deny) = (Target::User(camp.user(2)), Permissions::VIEW);
    camp.order(0, Command::Overwrite { channel: bar, target, over: Overwrite { allow: Permissions::default(), deny } });
    camp.world.run(2_000);
    assert_eq!(knock(&mut camp, 2, bar, "stranger"), Err(ErrorKind::Forbidden));
    assert_eq!(holds(&camp, 2, bar), (0, 0));
    camp.peace();
}

#[test]
fn an_exchange_is_good_for_one_proof_and_for_the_device_that_began_it() {
    let mut camp = Camp::new(3);
    let (bar, guild) = (locked(&mut camp), camp.guild);
    let from = camp.world.device(camp.liar);
    let prove = Request::Prove { guild, channel: bar, proof: [7; 32].into() };
    assert_eq!(camp.world.probe(0, from, &prove), Some(Response::Entered(Entered::Busy)), "nothing was begun");
    for message in [[0; 33], [0x41; 33], [0xff; 33]] {
        let enter = Request::Enter { guild, channel: bar, message: message.into() };
        assert_eq!(camp.world.probe(0, from, &enter), Some(Response::Enter(None)), "{message:?} is no message");
    }
    let key = PasswordKey::new(b"another place", "friend");
    let (_, message) = Exchange::begin(&mut camp.world.lies(), &key, b"me", b"you", true);
    let enter = Request::Enter { guild, channel: bar, message: message.into() };
    assert!(matches!(camp.world.probe(0, from, &enter), Some(Response::Enter(Some(_)))));
    assert_eq!(camp.world.probe(0, from, &prove), Some(Response::Entered(Entered::Wrong)));
    assert_eq!(camp.world.probe(0, from, &prove), Some(Response::Entered(Entered::Busy)), "one guess each");
    // What one device began no other ends.
    assert!(matches!(camp.world.probe(0, from, &enter), Some(Response::Enter(Some(_)))));
    let other = camp.world.device(1);
    assert_eq!(camp.world.probe(0, other, &prove), Some(Response::Entered(Entered::Busy)));
    let elsewhere = Request::Prove { guild, channel: camp.channel, proof: [7; 32].into() };
    assert_eq!(camp.world.probe(0, from, &elsewhere), Some(Response::Entered(Entered::Busy)));
    assert_eq!(camp.world.probe(0, from, &prove), Some(Response::Entered(Entered::Wrong)));
    let stranger = bivouac_core::sim::person(9).device;
    camp.world.input(0, bivouac_core::io::Input::Connected(stranger));
    assert_eq!(camp.world.probe(0, stranger, &enter), Some(Response::Enter(None)));
    camp.peace();
}

// ── forgetting ────────────────────────────────────────────────────────────────────────────────────────────────────────────

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
    // Old enough where nothing forgets, and where it forgets later; fresh where it forgets at once.
    let cases =
        [(general, Audience::Guild, 70), (sand, Audience::Channel(sand), 70), (dune, Audience::Channel(dune), 5)];
    for (channel, audience, age_s) in cases {
        let text = "mine".to_owned().try_into().unwrap();
        let post = bivouac_core::op::Op::Post(bivouac_core::op::Post { channel, text, reply_to: None });
        let early =
            |h: &mut bivouac_core::op::Header| h.hlc = bivouac_core::model::Hlc(h.hlc.0 - (age_s * 1_000 << 16));
        let whole = camp.world.forge(liar, guild, audience, &post, early).entry;
        let bare = bivouac_core::op::Entry { payload: None, ..whole.clone() };
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
    // It goes on, under new keys.
    camp.world.run(125_000);
    say(&mut camp, 0, smoke, "and away");
    assert_eq!(texts(&camp, 1, smoke), ["and away"]);
    assert_eq!(camp.world.epochs_of(0, camp.guild, Audience::Channel(smoke)).len(), 2);
    camp.world.run(125_000);
    for who in [0, 1] {
        let held = camp.world.secrets_on_disk(who, camp.guild);
        assert!(first.iter().all(|epoch| !held.contains_key(epoch)), "node {who} can still read the first");
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
