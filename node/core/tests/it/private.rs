//! Channels with keys of their own: who holds what of them.

use bivouac_core::{
    io::{Answer, ChannelEdit, Command, ErrorKind, Event, Query, Reply, Scope},
    model::{ChannelId, ChannelKind, History, Message, MessageState, Nature, Overwrite, Permissions, Target},
    op::Audience,
    wire::{Part, Request, Response},
};
use bivouac_crypto::{Bounded, EpochId};

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
    camp.order(who, Command::Post { channel, text: text.to_owned(), reply_to: None, thread: None, files: Vec::new() });
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
        let list = Query::Messages { channel: den, scope: Scope::All, before: None, after: None, limit: 50 };
        assert!(camp.world.query(outsider, list).is_none_or(|answer| !matches!(answer, Answer::Messages(_))));
        let post = Command::Post {
            channel: den,
            text: "let me in".to_owned(),
            reply_to: None,
            thread: None,
            files: Vec::new(),
        };
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
        bivouac_core::op::Op::Post(bivouac_core::op::Post {
            channel,
            text,
            reply_to: None,
            thread: None,
            files: Bounded::default(),
        })
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
