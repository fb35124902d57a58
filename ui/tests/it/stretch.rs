//! What is said in a channel, as one reads it: pages come late, fail, or hold nothing to be shown, and others flood; nothing is
//! lost, mixed up, or read that was not before the user's eyes.

use std::{sync::Arc, time::Instant};

use bivouac_node::{
    CallError, DeviceId, NodeEvent, PublicKey,
    core::{
        io::{Answer, Command, Event, Page, Phase, Query, Scope},
        model::{File, FileId, GuildId, Hlc, Message as Said, MessageId, MessageState, OpId},
    },
};
use bivouac_ui::{
    intent::{Intent, Place, Wants},
    keymap::Act,
    screen::{
        Ctx,
        home::Home,
        timeline::{Ask, Message, Timeline},
    },
    theme::Element,
    widget::Goal,
};

use crate::{
    guild_settings::camp::{BO, Camp, GUILD, ME, NOW},
    hand::{Around, Hand},
};

/// A message that was said so many minutes before now.
fn said(ago: u64) -> Said {
    let hlc = Hlc::at(NOW - 60_000 * ago);
    Said {
        id: MessageId { hlc, op: OpId([1; 32]) },
        guild: GUILD,
        channel: Camp::channel(1),
        author: BO,
        device: DeviceId::from(PublicKey::from_bytes([4; 32])),
        text: Some(format!("so long ago: {ago}")),
        state: MessageState::Open,
        reply_to: None,
        edited: None,
        thread: None,
        reactions: Vec::new(),
        files: Vec::new(),
        pinned: false,
        mention: false,
    }
}

fn erased(ago: u64) -> Said {
    Said { text: None, state: MessageState::Erased, ..said(ago) }
}

fn id(ago: u64) -> MessageId {
    said(ago).id
}

fn heard(said: Said) -> NodeEvent {
    NodeEvent::Core(Arc::new(Event::Message { own: said.author == ME, message: said }))
}

/// What a node answers that has these messages, from the oldest on.
fn answer(all: &[Said], query: &Query) -> Result<Answer, CallError> {
    let messages = match query {
        Query::Message(id) => match all.iter().find(|said| said.id == *id) {
            Some(said) => Page { messages: vec![said.clone()], more: false, holes: 0 },
            None => return Err(CallError::Closed),
        },
        Query::Messages { channel, scope, before, after, limit } => {
            let within = |said: &&Said| match scope {
                Scope::All => true,
                Scope::Main => said.thread.is_none(),
                Scope::Thread(of) => said.thread == Some(*of),
            };
            let all = all.iter().filter(|said| said.channel == *channel).filter(within);
            let all: Vec<_> = all
                .filter(|said| before.is_none_or(|it| said.id < it) && after.is_none_or(|it| said.id > it))
                .cloned()
                .collect();
            let (count, more) = (all.len().min(*limit), all.len() > *limit);
            let page = if after.is_some() { &all[..count] } else { &all[all.len() - count..] };
            Page { messages: page.to_vec(), more, holes: 0 }
        }
        Query::Notices { .. } => return Ok(Answer::Notices(Vec::new())),
        Query::Kept(_) => return Ok(Answer::Kept(Default::default())),
        other => panic!("{other:?}"),
    };
    Ok(Answer::Messages(messages))
}

/// A timeline, with a node behind it.
struct Desk {
    timeline: Timeline,
    all: Vec<Said>,
    /// The node answers nothing but with an error.
    fails: bool,
    queries: Vec<Query>,
    asks: Vec<Ask>,
    says: Vec<String>,
    work: usize,
}

impl Desk {
    fn carry(&mut self, wants: Wants<Message>, ctx: &Ctx<'_>) {
        for intent in wants.0 {
            match intent {
                Intent::Ask(query, then) => {
                    self.queries.push(query.clone());
                    let answer = if self.fails { Err(CallError::Closed) } else { answer(&self.all, &query) };
                    update(self, then(answer), ctx);
                }
                Intent::Say(_, words) => self.says.push(words),
                Intent::Fail(why) => self.says.push(ctx.say(&why)),
                Intent::Work(_) => self.work += 1,
                _ => {}
            }
        }
    }
}

fn update(desk: &mut Desk, message: Message, ctx: &Ctx<'_>) {
    let view = ctx.world.guild(GUILD).unwrap();
    let (wants, ask) = desk.timeline.update(message, ctx, view);
    desk.asks.extend(ask);
    desk.carry(wants, ctx);
}

fn view<'a>(desk: &'a Desk, ctx: Ctx<'a>) -> Element<'a, Message> {
    desk.timeline.view(ctx.world.guild(GUILD).unwrap(), ctx)
}

fn reads(all: Vec<Said>, at: Option<MessageId>) -> Hand<Desk, Message> {
    let around = Around::new(Camp::member().world(), NOW);
    let (timeline, wants) = Timeline::new(Camp::channel(1), Scope::Main, around.ctx().world.guild(GUILD).unwrap(), at);
    let (queries, asks, says) = (Vec::new(), Vec::new(), Vec::new());
    let mut desk = Desk { timeline, all, fails: false, queries, asks, says, work: 0 };
    desk.carry(wants, &around.ctx());
    let mut hand = Hand::new(desk, around, view, update);
    hand.redraw();
    hand
}

fn hear(hand: &mut Hand<Desk, Message>, events: &[NodeEvent]) {
    let ctx = hand.around.ctx();
    let wants = hand.screen.timeline.hear(events, &ctx, ctx.world.guild(GUILD).unwrap());
    hand.screen.carry(wants, &ctx);
    hand.redraw();
}

fn up(hand: &mut Hand<Desk, Message>, times: usize) {
    for _ in 0..times {
        hand.screen.timeline.go(Goal::Pages(-0.9));
        hand.redraw();
    }
}

#[test]
fn what_was_erased_hides_nothing_that_was_not() {
    let mut all: Vec<_> = (500..520).rev().map(said).collect();
    all.extend((100..450).rev().map(erased));
    let mut hand = reads(all.clone(), None);
    assert!(hand.screen.timeline.message(id(500)).is_some(), "it is there, above all that is gone");
    assert!(hand.sees("This is the beginning of #general"), "and nothing is beyond");
    // The same further up.
    all.extend((0..100).rev().map(said));
    let mut hand = reads(all, None);
    assert!(hand.screen.timeline.message(id(99)).is_some() && hand.screen.timeline.message(id(500)).is_none());
    up(&mut hand, 30);
    assert!(hand.screen.timeline.message(id(519)).is_some());
    // And where nothing is left at all.
    let mut hand = reads((0..350).rev().map(erased).collect(), None);
    assert!(hand.sees("This is the beginning of #general"));
    hand.screen.fails = true;
    let queries = hand.screen.queries.len();
    up(&mut hand, 2);
    assert_eq!(hand.screen.queries.len(), queries);
}

#[test]
fn answers_of_another_channel_are_dropped() {
    let around = Around::new(Camp::member().world(), NOW);
    let ctx = around.ctx();
    let view = ctx.world.guild(GUILD).unwrap();
    let (_, first) = Timeline::new(Camp::channel(1), Scope::Main, view, None);
    let (mut second, own) = Timeline::new(Camp::channel(2), Scope::Main, view, None);
    for intent in first.0 {
        let Intent::Ask(query, then) = intent else { continue };
        let _ = second.update(then(answer(&[said(1)], &query)), &ctx, view);
    }
    assert_eq!(second.last(), None);
    let _ = second.hear(&[heard(said(1))], &ctx, view);
    assert_eq!(second.last(), None);
    for intent in own.0 {
        let Intent::Ask(query, then) = intent else { continue };
        let here = Said { channel: Camp::channel(2), ..said(2) };
        let _ = second.update(then(answer(&[here], &query)), &ctx, view);
    }
    assert_eq!(second.last(), Some(id(2)));
}

#[test]
fn what_is_in_a_thread_is_shown_there() {
    let all = [said(30), Said { thread: Some(id(30)), ..said(20) }, said(10)];
    let mut hand = reads(all.to_vec(), Some(id(20)));
    assert!(matches!(&hand.screen.asks[..], [Ask::At(said)] if said.id == id(20)), "{:?}", hand.screen.asks);
    assert_eq!(hand.screen.timeline.last(), Some(id(10)), "the channel is there all the same");
    let wants = hand.screen.timeline.jump(id(20));
    hand.screen.carry(wants, &hand.around.ctx());
    assert_eq!((hand.screen.asks.len(), hand.screen.timeline.last()), (2, Some(id(10))));
    // One that is nowhere, or gone, is said to be.
    for (nowhere, said) in [(id(77), 1), (id(88), 2)] {
        hand.screen.all.push(erased(88));
        let wants = hand.screen.timeline.jump(nowhere);
        hand.screen.carry(wants, &hand.around.ctx());
        assert_eq!((hand.screen.says.len(), hand.screen.timeline.last()), (said, Some(id(10))));
    }
}

#[test]
fn one_is_led_to_a_message_with_both_its_sides() {
    let mut hand = reads((0..400).rev().map(said).collect(), Some(id(200)));
    hand.redraw();
    let here = |hand: &Hand<Desk, Message>, ago| hand.screen.timeline.message(id(ago)).is_some();
    assert!(here(&hand, 299) && here(&hand, 101) && !here(&hand, 0), "{:?}", hand.screen.queries.len());
    assert!(!hand.screen.timeline.at_end() && hand.sees("You are looking at older messages"));
    hand.press("You are looking at older messages");
    hand.redraw();
    assert!(here(&hand, 0) && hand.screen.timeline.at_end());
}

#[test]
fn a_question_that_failed_is_asked_again() {
    let mut hand = reads((0..600).rev().map(said).collect(), None);
    hand.screen.fails = true;
    up(&mut hand, 20);
    assert!(hand.screen.timeline.message(id(150)).is_none());
    let asked = hand.screen.queries.len();
    up(&mut hand, 3);
    assert_eq!(hand.screen.queries.len(), asked, "not over and over");
    hand.screen.fails = false;
    hand.around.now += 5_000;
    hand.screen.timeline.go(Goal::Pages(0.9));
    hand.redraw();
    assert!(hand.screen.timeline.message(id(150)).is_some());
    // By hand, at once.
    hand.screen.fails = true;
    up(&mut hand, 40);
    hand.screen.fails = false;
    update(&mut hand.screen, Message::Retry, &hand.around.ctx());
    assert!(hand.screen.timeline.message(id(250)).is_some());
    // One led to nowhere leaves all else as it is.
    hand.screen.fails = true;
    let wants = hand.screen.timeline.jump(MessageId { op: OpId([9; 32]), ..id(5) });
    hand.screen.carry(wants, &hand.around.ctx());
    assert_eq!(hand.screen.says.len(), 1);
    hand.screen.fails = false;
    up(&mut hand, 40);
    assert!(hand.screen.timeline.message(id(350)).is_some());
}

#[test]
fn a_flood_is_bounded_and_takes_nothing_away_that_is_read() {
    let flood: Vec<_> = (0..2_000).rev().map(|ago| heard(said(ago))).collect();
    let mut hand = reads((2_000..2_100).rev().map(said).collect(), None);
    flood.chunks(512).for_each(|events| hear(&mut hand, events));
    let timeline = &hand.screen.timeline;
    assert!(timeline.at_end() && timeline.last() == Some(id(0)));
    assert!(timeline.message(id(499)).is_some() && timeline.message(id(500)).is_none());
    // Who reads further up goes on reading.
    let mut hand = reads((2_000..2_100).rev().map(said).collect(), None);
    up(&mut hand, 3);
    flood.chunks(512).for_each(|events| hear(&mut hand, events));
    let timeline = &hand.screen.timeline;
    assert!(!timeline.at_end() && timeline.message(id(2_050)).is_some() && timeline.message(id(0)).is_none());
    assert!(hand.sees("You are looking at older messages"));
}

#[test]
fn of_this_guild_alone_it_is_caught_up_and_what_was_scrolled_in_stays() {
    let mut hand = reads((0..400).rev().map(said).collect(), None);
    up(&mut hand, 20);
    assert!(hand.screen.timeline.message(id(150)).is_some());
    update(&mut hand.screen, Message::Present, &hand.around.ctx());
    hand.redraw();
    let asked = |hand: &Hand<Desk, Message>| hand.screen.queries.len();
    let before = asked(&hand);
    let done = |guild| NodeEvent::Core(Arc::new(Event::SyncProgress { guild, phase: Phase::Recent, have: 3, want: 3 }));
    hear(&mut hand, &[done(GuildId([9; 32]))]);
    assert_eq!(asked(&hand), before);
    let mut late = said(3);
    late.id.op = OpId([2; 32]);
    hand.screen.all.insert(397, late.clone());
    hear(&mut hand, &[done(GUILD)]);
    assert!(asked(&hand) > before && hand.screen.timeline.message(late.id).is_some());
    assert!(hand.screen.timeline.message(id(150)).is_some());
    // After a gap in what was told, nothing of before is trusted.
    hand.screen.all.retain(|said| said.id != late.id);
    let wants = hand.screen.timeline.again();
    hand.screen.carry(wants, &hand.around.ctx());
    let timeline = &hand.screen.timeline;
    assert!(timeline.message(late.id).is_none() && timeline.message(id(150)).is_none());
    assert_eq!(timeline.last(), Some(id(0)));
}

#[test]
fn another_channel_in_the_same_place_is_another_list() {
    let mut hand = reads((0..50).rev().map(said).collect(), None);
    up(&mut hand, 2);
    assert!(!hand.screen.timeline.at_end());
    let mine = |ago| Said { author: ME, channel: Camp::channel(2), ..said(ago) };
    hand.screen.all = (0..50).rev().map(mine).collect();
    let ctx = hand.around.ctx();
    let view = ctx.world.guild(GUILD).unwrap();
    let (timeline, wants) = Timeline::new(Camp::channel(2), Scope::Main, view, None);
    hand.screen.timeline = timeline;
    hand.screen.carry(wants, &ctx);
    hand.redraw();
    let view = hand.around.world.guild(GUILD).unwrap().clone();
    assert!(hand.screen.timeline.mine_in_sight(&view).contains(&id(0)), "it was told what is in sight");
    assert!(hand.screen.timeline.at_end());
}

#[test]
fn it_is_asked_what_of_a_file_is_here() {
    let file = File {
        id: FileId([6; 32]),
        name: "walk\u{202e}fdp.exe".to_owned(),
        size: 9 << 20,
        mime: "application/pdf".to_owned(),
        image: None,
        preview: None,
    };
    let mut hand = reads(vec![Said { files: vec![file], ..said(1) }], None);
    assert_eq!(hand.screen.work, 1);
    hand.redraw();
    assert_eq!(hand.screen.work, 1, "once");
}

// ── what is read ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/// The commands that mark something as read.
fn read(home: &mut Home, wants: Wants<bivouac_ui::screen::home::Message>, all: &[Said], ctx: &Ctx<'_>) -> usize {
    let mut count = 0;
    for intent in wants.0 {
        match intent {
            Intent::Do(Command::Read { .. }, _) => count += 1,
            Intent::Ask(query, then) => {
                let Ok(answer) = answer(all, &query) else { continue };
                let wants = home.update(then(Ok(answer)), ctx, Instant::now());
                count += read(home, wants, all, ctx);
            }
            _ => {}
        }
    }
    count
}

#[test]
fn what_is_not_before_ones_eyes_is_not_read() {
    let mut camp = Camp::member();
    camp.0.unread.get_mut(&Camp::channel(1)).unwrap().messages = 2;
    let around = Around::new(camp.world(), NOW);
    let (ctx, all) = (around.ctx(), [said(9), said(5)]);
    let away = Ctx { focused: false, ..ctx };
    let mut home = Home::new();
    let place = Place { guild: GUILD, channel: Some(Camp::channel(1)), message: None };
    let wants = home.go(place, &away);
    assert_eq!(read(&mut home, wants, &all, &away), 0);
    let wants = home.act(Act::Settings, &ctx);
    assert_eq!(read(&mut home, wants, &all, &ctx), 0);
    let wants = home.hear(&[heard(said(3))], &ctx);
    assert_eq!(read(&mut home, wants, &all, &ctx), 0);
    assert!(!home.shows(Camp::channel(1), None));
    // Out of the settings again, it is: once.
    let wants = home.act(Act::Read, &ctx);
    assert_eq!(read(&mut home, wants, &all, &ctx), 1);
    let wants = home.focused(&away).and(home.hear(&[], &ctx));
    assert!(read(&mut home, wants, &all, &ctx) <= 1);
    let wants = home.hear(&[], &ctx);
    assert_eq!(read(&mut home, wants, &all, &ctx), 0);
    let wants = home.hear(&[heard(said(2))], &ctx);
    assert_eq!(read(&mut home, wants, &all, &ctx), 1);
}
