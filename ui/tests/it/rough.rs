//! What others write and name, however long and strange, keeps to its place: beside it nothing is drawn.

use std::time::{Duration, Instant};

use bivouac_node::{
    PublicKey, UserId,
    core::{
        io::{Answer, Happened, Notice, Page, Scope},
        model::{FileId, Hlc, Member, Message as Said, MessageId, MessageState, OpId, Reaction, Thread},
    },
};
use bivouac_ui::{
    intent::Intent,
    screen::{
        Ctx,
        dialog::{profile, switch::Switch},
        message::{self, Body, Shown},
        panel::{self, Panel},
        timeline::Timeline,
    },
    theme::Element,
    widget::{Goal, List},
};
use iced::{Size, widget::container};

use crate::{
    guild_settings::camp::{BO, Camp, GUILD, ME, NOW},
    hand::{Around, Hand},
};

/// Room for what is drawn, in logical pixels; beside it is as much again.
const ROOM: f32 = 460.0;

/// Long words of several scripts, heaps of marks, words that turn the line, and what takes no ink.
fn names() -> Vec<String> {
    let heap: String = "x".chars().chain(std::iter::repeat_n('\u{301}', 63)).collect();
    let family = "\u{1f469}\u{200d}\u{1f467}";
    let long = ["W", "é", "漢", "ﷺ", family, "\u{202e}evil", "שלום", "a\n"].map(|of| of.repeat(64));
    long.into_iter().chain([heap, "\u{200d}".repeat(64), " ".repeat(64), "\u{3164}".to_owned()]).collect()
}

/// A guild in which everything is called so.
fn camp(name: &str) -> Camp {
    let mut camp = Camp::member();
    let law = &mut camp.0.law;
    law.name = name.to_owned();
    law.channels.values_mut().for_each(|channel| (channel.name, channel.topic) = (name.to_owned(), name.repeat(16)));
    law.roles.values_mut().for_each(|role| role.name = name.to_owned());
    let roles: std::collections::BTreeSet<_> = law.roles.keys().copied().collect();
    let rename = |member: &mut Member| {
        (member.name, member.nick) = (name.to_owned(), Some(name.to_owned()));
        member.roles.clone_from(&roles);
    };
    law.members.values_mut().for_each(rename);
    camp
}

fn said(text: &str) -> Said {
    Said {
        id: MessageId { hlc: Hlc::at(NOW), op: OpId([1; 32]) },
        guild: GUILD,
        channel: Camp::channel(1),
        author: BO,
        device: PublicKey::from_bytes([2; 32]).into(),
        text: Some(text.to_owned()),
        state: MessageState::Open,
        reply_to: None,
        edited: Some(NOW),
        thread: None,
        reactions: Vec::new(),
        files: Vec::new(),
        pinned: true,
        mention: false,
    }
}

/// Draws something of a guild.
type Draw<S> = for<'a> fn(&'a S, Ctx<'a>) -> Element<'a, ()>;

/// Draws in so much room, high enough for most.
fn hand<S>(screen: S, camp: Camp, view: Draw<S>) -> Hand<(S, Draw<S>), ()> {
    fn room<'a, S>(of: &'a (S, Draw<S>), ctx: Ctx<'a>) -> Element<'a, ()> {
        container(container((of.1)(&of.0, ctx)).width(ROOM).height(iced::Fill)).width(iced::Fill).into()
    }
    let mut around = Around::new(camp.world(), NOW);
    around.size = Size::new(ROOM * 2.0, 600.0);
    Hand::new((screen, view), around, room::<S>, |_, (), _| {})
}

/// What is drawn beside the room for it.
fn beside<S>(hand: &mut Hand<(S, Draw<S>), ()>) -> usize {
    let picture = hand.pixels();
    let ground = *picture.get_pixel(picture.width() - 1, picture.height() - 1);
    // Where the room ends half a pixel may be drawn on.
    let far = picture.enumerate_pixels().filter(|(x, _, pixel)| *x > ROOM as u32 + 1 && **pixel != ground);
    far.count()
}

/// Whether it keeps to its place, whatever things are called.
fn keeps<S>(what: &str, screen: impl Fn(&str) -> S, view: Draw<S>) {
    for name in names() {
        let mut hand = hand(screen(&name), camp(&name), view);
        let beside = beside(&mut hand);
        if beside > 0 {
            let path = format!("{}/{what}-beside.png", env!("CARGO_TARGET_TMPDIR"));
            hand.picture(&path);
            panic!("{what}, all called {name:?}: {beside} pixels are beside it, see {path}");
        }
    }
}

fn shown<'a>(said: &'a Said, body: &'a Body, quote: Option<Option<&'a Said>>) -> Shown<'a> {
    static NONE: std::collections::BTreeMap<FileId, u64> = std::collections::BTreeMap::new();
    Shown { said, body, follows: false, quote, lit: false, kept: None, held: &NONE, thread: None, newest: false }
}

struct Told {
    said: Said,
    body: Body,
}

fn told(said: Said) -> Told {
    let around = Around::new(camp("x").world(), NOW);
    let body = Body::new(&said, around.world.guild(GUILD).unwrap(), &around.ctx());
    Told { said, body }
}

fn draw_told<'a>(told: &'a Told, ctx: Ctx<'a>) -> Element<'a, ()> {
    let view = ctx.world.guild(GUILD).unwrap();
    message::view(shown(&told.said, &told.body, Some(Some(&told.said))), view, ctx).map(|_| ())
}

#[test]
fn a_message_keeps_to_its_place() {
    keeps("a message", |name| told(said(&format!("{} {name} <@{BO}>", name.trim().repeat(60)))), draw_told);
}

#[test]
fn what_happened_keeps_to_its_place() {
    let renamed = |name: &str| Notice { at: NOW, author: BO, what: Happened::Topic(name.repeat(16)) };
    keeps("a notice", renamed, |notice, ctx| message::notice(notice, ctx.world.guild(GUILD).unwrap(), ctx).map(|_| ()));
}

#[test]
fn the_beginning_of_a_channel_keeps_to_its_place() {
    let begun = |_: &str| {
        let camp = Camp::member().0;
        let (mut timeline, wants) = Timeline::new(Camp::channel(1), Scope::Main, &camp, None);
        for intent in wants.0 {
            let Intent::Ask(_, then) = intent else { continue };
            let nothing = Page { messages: Vec::new(), more: false, holes: 0 };
            let came = then(Ok(Answer::Messages(nothing)));
            let _ = timeline.update(came, &Around::new(Camp::member().world(), NOW).ctx(), &camp);
        }
        timeline
    };
    keeps("a beginning", begun, |timeline, ctx| timeline.view(ctx.world.guild(GUILD).unwrap(), ctx).map(|_| ()));
}

#[test]
fn somebody_keeps_to_their_place() {
    keeps("a profile", |_| (), |(), ctx| profile::view(ME, ctx.world.guild(GUILD).unwrap(), ctx).map(|_| ()));
}

#[test]
fn places_to_go_keep_to_theirs() {
    keeps("a switch", |_| Switch::new().0, |switch, ctx| switch.view(ctx).map(|_| ()));
}

#[test]
fn threads_keep_to_their_place() {
    let threads = |name: &str| {
        let id = said("").id;
        let thread = Thread {
            id,
            channel: Camp::channel(1),
            name: name.to_owned(),
            creator: BO,
            created_ms: NOW,
            archived: false,
            last: None,
        };
        let (mut panel, _) = Panel::threads(Camp::channel(1));
        let _ = panel.update(panel::Message::Threads(Ok(Answer::Threads(vec![thread]))));
        panel
    };
    keeps("threads", threads, |panel, ctx| panel.view(ctx.world.guild(GUILD).unwrap(), ctx).map(|_| ()));
}

#[test]
fn ten_thousand_reactions_are_drawn_at_once() {
    let emoji = [
        "👍", "👎", "🔥", "😀", "😁", "😂", "🤣", "😃", "😄", "😅", "😆", "😉", "😊", "😋", "😎", "😍", "😘", "🥰",
        "😗", "😙",
    ];
    let users: Vec<_> = (0..500_u16).map(|at| UserId([at.to_be_bytes(); 16].concat().try_into().unwrap())).collect();
    let reactions = emoji.map(|emoji| Reaction { emoji: emoji.to_owned(), users: users.clone() });
    let all = Said { reactions: reactions.into(), ..said("What do you say?") };
    let mut hand = hand(told(all), Camp::member().crowd(1_000), draw_told);
    assert_eq!(beside(&mut hand), 0);
    let began = Instant::now();
    hand.pixels();
    let took = began.elapsed();
    println!("drawn again in {took:?}");
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn a_list_goes_no_further_than_its_beginning() {
    type Pages = (u64, f32);
    fn view<'a>((number, pages): &'a Pages, _: Ctx<'a>) -> Element<'a, ()> {
        const KEYS: [usize; 50] = {
            let (mut keys, mut at) = ([0; 50], 0);
            while at < 50 {
                keys[at] = at;
                at += 1;
            }
            keys
        };
        let row = |at| container(iced::widget::text(format!("row {at}"))).height(37).into();
        List::new(&KEYS, row).goal(Some((*number, Goal::Pages(*pages)))).into()
    }
    let mut around = Around::new(Camp::member().world(), NOW);
    around.size = Size::new(300.0, 400.0);
    let mut hand = Hand::new((1, -1.0), around, view, |_, (), _| {});
    for number in 2..12 {
        hand.sees("row 0");
        hand.screen = (number, -0.7);
    }
    assert!(hand.places("row 0")[0].y < 1.0);
    hand.screen = (12, 100.0);
    assert!(hand.places("row 49")[0].y > 350.0 - 37.0);
}
