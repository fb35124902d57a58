//! What is written stays until it arrived, and goes where it was meant to; what is laid over the page stays about what it was
//! laid there for.

use std::{sync::Arc, time::Instant};

use bivouac_node::{
    CallError, DeviceId, FileError, NodeEvent, PublicKey, Source, UserId,
    core::{
        authority::everyone,
        io::{Command, Event, GuildView, Reply},
        model::{
            Channel, ChannelId, ChannelKind, GuildId, Hlc, Law, Member, Message as Said, MessageId, MessageState,
            Nature, OpId, Permissions, Role, Unread,
        },
    },
};
use bivouac_ui::{
    fault::Fault,
    intent::{Depicts, Intent, Place, Service, Wants},
    keymap::{Act, Chord},
    screen::{
        Ctx,
        composer::{self, Composer, Target},
        home::{Home, Message, Side},
        message, timeline,
    },
    theme::Element,
    words::Words,
    world::{Knock, World},
};
use iced::{
    keyboard::{Key, key::Named},
    widget::text_editor::{Action, Edit},
};

use crate::hand::{Around, Hand};

const NOW: u64 = 1_790_000_000_000;
const A: GuildId = GuildId([1; 32]);
const B: GuildId = GuildId([2; 32]);
/// Without a channel that could be read.
const BARE: GuildId = GuildId([3; 32]);
const ME: UserId = UserId([1; 32]);
const PLANS: ChannelId = ChannelId([10; 32]);
const GAMES: ChannelId = ChannelId([11; 32]);
const VOICE: ChannelId = ChannelId([12; 32]);
const OTHER: ChannelId = ChannelId([20; 32]);
const DEVICE: [u8; 32] = [9; 32];

const fn main_of(channel: ChannelId) -> Target {
    Target { channel, thread: None }
}

fn guild(id: GuildId, name: &str, channels: &[(ChannelId, &str, ChannelKind)]) -> GuildView {
    let member = Member {
        name: "Ana".to_owned(),
        roles: [].into(),
        devices: [].into(),
        kem_generation: 0,
        kem: [0; 1_216].as_slice().try_into().unwrap(),
        nick: None,
        timeout_ms: None,
        avatar: None,
    };
    let permissions = Permissions::EVERYONE | Permissions::CREATE_INVITE;
    let role = Role { name: "@everyone".to_owned(), rank: 0, permissions, color: 0, hoist: false };
    let mut law = Law {
        name: name.to_owned(),
        members: [(ME, member)].into(),
        roles: [(everyone(id), role)].into(),
        ..Law::default()
    };
    for (channel, name, kind) in channels {
        let mut of = Channel::new(Nature::public(*kind), ME, Hlc::at(NOW));
        of.name = (*name).to_owned();
        law.channels.insert(*channel, of);
    }
    let text = channels.iter().filter(|(.., kind)| *kind == ChannelKind::Text);
    let unread = text.map(|(channel, ..)| (*channel, Unread::default())).collect();
    GuildView { guild: id, law, over: [].into(), me: ME, permissions, online: [].into(), unread }
}

fn around() -> Around {
    let mut world = World::new(None, Arc::default());
    let text = ChannelKind::Text;
    world.put(guild(
        A,
        "Camp",
        &[(PLANS, "plans", text), (GAMES, "games", text), (VOICE, "fireside", ChannelKind::Voice)],
    ));
    world.put(guild(B, "Club", &[(OTHER, "other", text)]));
    world.put(guild(BARE, "Bare", &[]));
    Around::new(world, NOW)
}

fn said(channel: ChannelId, n: u8, text: &str) -> Said {
    Said {
        id: MessageId { hlc: Hlc::at(NOW + u64::from(n)), op: OpId([n; 32]) },
        guild: A,
        channel,
        author: ME,
        device: DeviceId::from(PublicKey::from_bytes(DEVICE)),
        text: Some(text.to_owned()),
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

fn typed(words: &str) -> composer::Message {
    composer::Message::Act(Action::Edit(Edit::Paste(words.to_owned().into())))
}

fn bytes(name: &str) -> Source {
    Source::Bytes(name.to_owned(), vec![7; 2_000].into())
}

fn refused() -> CallError {
    CallError::Closed
}

/// A composer, and what it wanted.
struct Desk {
    around: Around,
    composer: Composer,
    commands: Vec<Command>,
    work: usize,
    said: Vec<String>,
}

impl Desk {
    fn new() -> Self {
        let composer = Composer::new(main_of(PLANS));
        Self { around: around(), composer, commands: Vec::new(), work: 0, said: Vec::new() }
    }

    fn tell(&mut self, message: composer::Message) {
        let view = self.around.world.guild(A).unwrap().clone();
        let (wants, _) = self.composer.update(message, &view, &self.around.ctx(), Instant::now());
        self.want(wants);
    }

    fn want(&mut self, wants: Wants<composer::Message>) {
        for intent in wants.0 {
            match intent {
                Intent::Do(Command::Typing { .. }, _) => {}
                Intent::Do(command, _) => self.commands.push(command),
                Intent::Work(_) => self.work += 1,
                Intent::Say(_, words) => self.said.push(words),
                Intent::Fail(why) => self.said.push(why.say(&Words::default(), false)),
                _ => {}
            }
        }
    }

    fn attach(&mut self, target: Target, files: Vec<Source>) {
        let wants = self.composer.attach(target, files, &self.around.ctx());
        self.want(wants);
    }

    fn writes(&mut self, words: &str) {
        self.tell(typed(words));
    }

    fn sends(&mut self, words: &str) {
        self.writes(words);
        self.tell(composer::Message::Send);
    }

    /// What is drawn of it, to be looked at and pressed.
    fn seen(self) -> Hand<Self, composer::Message> {
        let around = Around::new(self.around.world.clone(), NOW);
        Hand::new(self, around, look, |desk, message, _| desk.tell(message))
    }
}

fn look<'a>(desk: &'a Desk, ctx: Ctx<'a>) -> Element<'a, composer::Message> {
    desk.composer.view(ctx.world.guild(A).unwrap(), ctx)
}

#[test]
fn a_draft_keeps_its_files_and_its_answer_while_one_is_elsewhere() {
    let mut desk = Desk::new();
    desk.writes("see this");
    desk.composer.reply(said(PLANS, 1, "what?"));
    desk.attach(main_of(PLANS), vec![bytes("a.png")]);
    desk.composer.turn(main_of(GAMES));
    assert_eq!(desk.composer.text(), "");
    desk.writes("other");
    assert_eq!(desk.composer.unsent(), 2);
    desk.composer.turn(main_of(PLANS));
    assert_eq!(desk.composer.text(), "see this");
    assert!(desk.composer.is_bound());
    let mut hand = desk.seen();
    assert!(hand.sees("a.png") && hand.sees("Replying to Ana"));
}

#[test]
fn an_edit_puts_aside_what_was_being_written_and_gives_it_back() {
    let names = Default::default();
    let mut desk = Desk::new();
    desk.writes("half a thought");
    desk.attach(main_of(PLANS), vec![bytes("a.png")]);
    desk.composer.edit(&said(PLANS, 1, "tpyo"), &names);
    desk.composer.edit(&said(PLANS, 2, "other"), &names);
    assert_eq!(desk.composer.text(), "other");
    // It would be dropped without a word.
    desk.attach(main_of(PLANS), vec![bytes("b.png")]);
    desk.tell(composer::Message::Cancel);
    assert_eq!(desk.composer.text(), "half a thought");
    desk.composer.edit(&said(PLANS, 1, "tpyo"), &names);
    desk.composer.turn(main_of(GAMES));
    desk.composer.turn(main_of(PLANS));
    desk.sends("!");
    assert_eq!(desk.commands, [Command::Edit { message: said(PLANS, 1, "").id, text: "tpyo!".to_owned() }]);
    assert_eq!(desk.composer.text(), "half a thought");
    let mut hand = desk.seen();
    assert!(hand.sees("a.png") && !hand.sees("b.png"));
}

#[test]
fn what_could_not_be_sent_comes_back_or_waits_and_stays_what_it_was() {
    let mut desk = Desk::new();
    desk.sends("first");
    desk.tell(composer::Message::Sent(1, Err(refused())));
    assert_eq!(desk.composer.text(), "first", "nothing else was written meanwhile");
    desk.tell(composer::Message::Send);
    desk.writes("second");
    desk.tell(composer::Message::Sent(2, Err(refused())));
    assert_eq!(desk.composer.text(), "second");
    assert_eq!((desk.composer.under_way(), desk.composer.unsent()), (0, 2));
    desk.commands.clear();
    desk.tell(composer::Message::Again(2));
    assert!(matches!(&desk.commands[..], [Command::Post { text, .. }] if text == "first"), "{:?}", desk.commands);
    desk.tell(composer::Message::Sent(2, Ok(())));
    desk.tell(composer::Message::Send);
    desk.tell(composer::Message::Sent(3, Ok(())));
    assert_eq!((desk.composer.under_way(), desk.composer.unsent()), (0, 0));

    // An edit that failed while one was elsewhere is an edit still, and what is written there meanwhile stays.
    desk.composer.edit(&said(PLANS, 1, "old"), &Default::default());
    desk.sends("er");
    desk.composer.turn(main_of(GAMES));
    desk.tell(composer::Message::Sent(4, Err(refused())));
    assert_eq!(desk.said.len(), 1);
    desk.composer.turn(main_of(PLANS));
    desk.commands.clear();
    desk.tell(composer::Message::Change(4));
    assert_eq!(desk.composer.text(), "older");
    desk.tell(composer::Message::Send);
    assert!(matches!(&desk.commands[..], [Command::Edit { .. }]), "{:?}", desk.commands);
}

#[test]
fn what_waits_is_seen_with_why() {
    let mut desk = Desk::new();
    desk.sends("first");
    desk.writes("second");
    desk.tell(composer::Message::Sent(1, Err(refused())));
    let mut hand = desk.seen();
    assert!(hand.sees("first") && hand.sees("Bivouac has closed this folder. Start Bivouac again."));
    hand.screen.tell(composer::Message::Discard(1));
    assert!(!hand.sees("first"));
    assert_eq!(hand.screen.composer.unsent(), 1);
}

#[test]
fn one_writes_on_while_files_are_sent_and_sees_how_far_they_are() {
    let mut desk = Desk::new();
    desk.attach(main_of(PLANS), vec![bytes("a.png")]);
    desk.sends("look");
    assert_eq!((desk.work, desk.composer.under_way()), (1, 1));
    desk.sends("and this");
    assert!(matches!(&desk.commands[..], [Command::Post { text, .. }] if text == "and this"), "{:?}", desk.commands);
    desk.tell(composer::Message::Taken(1, 1_000));
    let mut hand = desk.seen();
    assert!(hand.sees("a.png") && hand.sees("Being sent: 1 KB of 2 KB"));
    // Stopped, it comes back; and nothing went wrong.
    let withdrawn = || Err(CallError::File(Arc::new(FileError::Withdrawn)));
    hand.screen.tell(composer::Message::Stop(1));
    hand.screen.tell(composer::Message::Sent(1, withdrawn()));
    assert_eq!(hand.screen.composer.text(), "look");
    assert!(hand.sees("a.png") && !hand.sees("It was stopped and not sent."));
}

#[test]
fn what_was_asked_for_in_one_place_does_not_turn_up_in_another() {
    let mut desk = Desk::new();
    desk.composer.turn(main_of(GAMES));
    desk.attach(main_of(PLANS), vec![bytes("late.png")]);
    desk.composer.insert(main_of(PLANS), "pasted");
    assert_eq!((desk.composer.text().as_str(), desk.said.len()), ("", 0));
    desk.composer.turn(main_of(PLANS));
    assert_eq!(desk.composer.text(), "pasted");
    assert!(desk.seen().sees("late.png"));
}

#[test]
fn files_are_taken_where_one_may_send_them() {
    let mut desk = Desk::new();
    let mut view = (**desk.around.world.guild(A).unwrap()).clone();
    view.law.roles.get_mut(&everyone(A)).unwrap().permissions = Permissions::VIEW | Permissions::SEND;
    desk.around.world.put(view);
    desk.attach(main_of(PLANS), vec![bytes("a.png")]);
    assert_eq!(desk.composer.unsent(), 0);
    assert!(desk.seen().sees("You may not send files here."));
}

/// All of it, and what it wanted.
struct Whole {
    home: Home,
    commands: Vec<Command>,
    work: usize,
    served: Vec<Service>,
    said: Vec<String>,
}

impl Whole {
    fn want(&mut self, wants: Wants<Message>) {
        for intent in wants.0 {
            match intent {
                Intent::Do(Command::Typing { .. } | Command::Read { .. }, _) => {}
                Intent::Do(command, _) => self.commands.push(command),
                Intent::Work(_) => self.work += 1,
                Intent::Desktop(service) => self.served.push(service),
                Intent::Say(_, words) => self.said.push(words),
                Intent::Fail(why) => self.said.push(why.say(&Words::default(), false)),
                _ => {}
            }
        }
    }
}

fn update(whole: &mut Whole, message: Message, ctx: &Ctx<'_>) {
    let wants = whole.home.update(message, ctx, Instant::now());
    whole.want(wants);
}

fn view<'a>(whole: &'a Whole, ctx: Ctx<'a>) -> Element<'a, Message> {
    whole.home.view(ctx)
}

type At = Hand<Whole, Message>;

fn at(guild: GuildId, channel: ChannelId) -> At {
    let whole = Whole { home: Home::new(), commands: Vec::new(), work: 0, served: Vec::new(), said: Vec::new() };
    let mut at = Hand::new(whole, around(), view, update);
    go(&mut at, guild, Some(channel));
    at
}

fn go(at: &mut At, guild: GuildId, channel: Option<ChannelId>) {
    let wants = at.screen.home.go(Place { guild, channel, message: None }, &at.around.ctx());
    at.screen.want(wants);
}

fn tell(at: &mut At, message: Message) {
    update(&mut at.screen, message, &at.around.ctx());
}

fn act(at: &mut At, act: Act) {
    let wants = at.screen.home.act(act, &at.around.ctx());
    at.screen.want(wants);
}

fn write(at: &mut At, side: Side, words: &str) {
    tell(at, Message::Composer(side, typed(words)));
}

fn hear(at: &mut At, message: Said) {
    let event = NodeEvent::Core(Arc::new(Event::Message { own: false, message }));
    let wants = at.screen.home.hear(&[event], &at.around.ctx());
    at.screen.want(wants);
}

fn open_thread(at: &mut At, n: u8) {
    let of = timeline::Message::Of(said(PLANS, n, "").id, message::Message::Thread);
    tell(at, Message::Timeline(Side::Main, of));
}

#[test]
fn drafts_outlive_a_guild_without_channels_and_a_closed_thread() {
    let mut at = at(A, PLANS);
    hear(&mut at, said(PLANS, 1, "one"));
    write(&mut at, Side::Main, "in the channel");
    open_thread(&mut at, 1);
    write(&mut at, Side::Thread, "in the thread");
    tell(&mut at, Message::CloseThread);
    go(&mut at, BARE, None);
    assert_eq!(at.screen.home.unsent(), (0, 2));
    go(&mut at, A, Some(PLANS));
    tell(&mut at, Message::Composer(Side::Main, composer::Message::Send));
    assert!(
        matches!(&at.screen.commands[..], [Command::Post { text, .. }] if text == "in the channel"),
        "{:?}",
        at.screen.commands
    );
    hear(&mut at, said(PLANS, 1, "one"));
    open_thread(&mut at, 1);
    tell(&mut at, Message::Composer(Side::Thread, composer::Message::Send));
    assert_eq!((at.screen.work, at.screen.home.unsent()), (1, (2, 0)));
}

#[test]
fn what_fails_after_its_thread_was_closed_is_said_and_kept() {
    let mut at = at(A, PLANS);
    hear(&mut at, said(PLANS, 1, "one"));
    open_thread(&mut at, 1);
    write(&mut at, Side::Thread, "hello");
    tell(&mut at, Message::Composer(Side::Thread, composer::Message::Send));
    assert_eq!(at.screen.home.unsent(), (1, 0));
    tell(&mut at, Message::CloseThread);
    go(&mut at, B, Some(OTHER));
    tell(&mut at, Message::Composer(Side::Thread, composer::Message::Sent(1, Err(refused()))));
    assert_eq!((at.screen.said.len(), at.screen.home.unsent()), (1, (0, 1)));
}

#[test]
fn looking_at_a_thread_begins_none() {
    let mut at = at(A, PLANS);
    hear(&mut at, said(PLANS, 1, "one"));
    open_thread(&mut at, 1);
    assert_eq!(at.screen.commands, []);
    write(&mut at, Side::Thread, "first");
    tell(&mut at, Message::Composer(Side::Thread, composer::Message::Send));
    // It is begun and written to in one go.
    assert_eq!((at.screen.commands.len(), at.screen.work), (0, 1));
    tell(&mut at, Message::Composer(Side::Thread, composer::Message::Sent(1, Ok(()))));
    write(&mut at, Side::Thread, "second");
    tell(&mut at, Message::Composer(Side::Thread, composer::Message::Send));
    assert!(matches!(&at.screen.commands[..], [Command::Post { thread: Some(_), .. }]), "{:?}", at.screen.commands);
}

#[test]
fn each_side_gets_what_it_asked_for() {
    let mut at = at(A, PLANS);
    hear(&mut at, said(PLANS, 1, "one"));
    open_thread(&mut at, 1);
    let thread = Target { channel: PLANS, thread: Some(said(PLANS, 1, "").id) };
    tell(&mut at, Message::Composer(Side::Main, composer::Message::Paste));
    tell(&mut at, Message::Composer(Side::Thread, composer::Message::Attach));
    assert_eq!(at.screen.served, [Service::Paste(main_of(PLANS)), Service::Files(thread)]);
    tell(&mut at, Message::Pasted(main_of(PLANS), Some("for the channel".to_owned())));
    tell(&mut at, Message::Composer(Side::Main, composer::Message::Send));
    assert!(
        matches!(&at.screen.commands[..], [Command::Post { thread: None, text, .. }] if text == "for the channel"),
        "{:?}",
        at.screen.commands
    );
    go(&mut at, A, Some(GAMES));
    tell(&mut at, Message::Files(thread, vec![bytes("slow.png")]));
    assert!(!at.sees("slow.png"));
    go(&mut at, A, Some(PLANS));
    hear(&mut at, said(PLANS, 1, "one"));
    open_thread(&mut at, 1);
    assert!(at.sees("slow.png"));
}

#[test]
fn only_text_channels_that_one_may_read_are_gone_to() {
    let mut at = at(A, PLANS);
    for channel in [VOICE, ChannelId([99; 32])] {
        go(&mut at, A, Some(channel));
        assert_eq!(at.screen.home.channel(), Some(PLANS));
    }
    assert_eq!(at.screen.said.len(), 2);
}

#[test]
fn a_dialogue_stays_about_its_guild_and_makes_nothing_by_itself() {
    let mut at = at(A, PLANS);
    tell(&mut at, Message::Channels(bivouac_ui::screen::channels::Message::Invite));
    assert!(at.sees("Invite to Camp"));
    assert_eq!(at.screen.commands, []);
    // Chords do nothing beneath it; what comes from outside does.
    act(&mut at, Act::GuildBelow);
    assert_eq!(at.screen.home.guild(), Some(A));
    go(&mut at, B, Some(OTHER));
    assert!(at.sees("Invite to Camp"));
    at.press("Make a link");
    assert!(matches!(&at.screen.commands[..], [Command::CreateInvite { guild: A, .. }]), "{:?}", at.screen.commands);
}

#[test]
fn escape_leaves_a_dialogue_whatever_it_was_made_to_do() {
    let mut at = at(A, PLANS);
    at.around.prefs.keys.insert(Act::Read, "F9".to_owned());
    at.around.keys = bivouac_ui::keymap::Keymap::new(&at.around.prefs.keys);
    tell(&mut at, Message::Channels(bivouac_ui::screen::channels::Message::Invite));
    assert!(at.sees("Invite to Camp"));
    let escape = Key::Named(Named::Escape);
    let wants = at.screen.home.key(&escape, &Chord::plain(Named::Escape), false, &at.around.ctx());
    assert!(wants.is_some());
    assert!(!at.sees("Invite to Camp"));
}

#[test]
fn answers_of_what_was_left_reach_nothing_else_and_are_not_lost() {
    use bivouac_ui::screen::{
        dialog::add::{Message as Adds, Page},
        home::OverMessage,
    };
    let mut at = at(A, PLANS);
    let wants = at.screen.home.add(Page::Join, "bivouac://join/x".to_owned());
    at.screen.want(wants);
    at.press_nth("Join", 0);
    tell(&mut at, Message::Over(1, OverMessage::Add(Adds::Close)));
    let wants = at.screen.home.add(Page::Create, String::new());
    at.screen.want(wants);
    tell(&mut at, Message::Over(1, OverMessage::Add(Adds::Done(Err(Fault::of("fault-unreachable"))))));
    let why = "Who could help was not reached, or has not answered in time. Try again when somebody is online.";
    assert_eq!(at.screen.said, [why]);
    assert!(!at.sees(why));
    tell(&mut at, Message::Over(1, OverMessage::Add(Adds::Done(Ok(B)))));
    assert!(at.sees("Name of the guild"), "another one is being made here");
    // Let in after one had left: the door is still open.
    tell(&mut at, Message::Over(2, OverMessage::Add(Adds::Close)));
    let (name, link) = ("Club".to_owned(), "bivouac://join/y".to_owned());
    tell(&mut at, Message::Over(1, OverMessage::Add(Adds::Let(Ok(Reply::Invited { name, link })))));
    assert!(at.sees("bivouac://join/y"));
}

#[test]
fn a_picture_goes_to_the_guild_it_was_chosen_for() {
    use bivouac_ui::screen::home::Chosen;
    let mut at = at(A, PLANS);
    tell(&mut at, Message::Menu(Chosen::GuildSettings(B)));
    let wants = at.screen.home.picture(Depicts::Guild(A), Some("/home/ana/a.png".into()), &at.around.ctx());
    at.screen.want(wants);
    let wants = at.screen.home.picture(Depicts::Me, Some("/home/ana/a.png".into()), &at.around.ctx());
    at.screen.want(wants);
    assert_eq!(at.screen.work, 0);
    let wants = at.screen.home.picture(Depicts::Guild(B), Some("/home/ana/b.png".into()), &at.around.ctx());
    at.screen.want(wants);
    assert_eq!(at.screen.work, 1);
}

#[test]
fn the_search_goes_with_its_guild() {
    let mut at = at(A, PLANS);
    act(&mut at, Act::Search);
    go(&mut at, A, Some(GAMES));
    assert!(at.sees("Search this guild"));
    go(&mut at, B, Some(OTHER));
    assert!(!at.sees("Search this guild"));
}

#[test]
fn who_knocks_is_seen_first_with_what_they_say_and_answered_wherever_one_is() {
    use bivouac_ui::screen::home::HeadMessage;
    let mut at = at(A, PLANS);
    let device = DeviceId::from(PublicKey::from_bytes(DEVICE));
    at.around.world.knocks.push(Knock { device, name: "Bo".to_owned(), text: Some("It is me!".to_owned()) });
    assert!(at.sees("“It is me!”"));
    go(&mut at, BARE, None);
    tell(&mut at, Message::Head(HeadMessage::Answer(device, true)));
    assert_eq!(at.screen.commands, [Command::Answer { device, guild: Some(BARE) }]);
}

#[test]
fn one_is_asked_before_what_was_written_is_lost() {
    let mut at = Hand::new(None, around(), question, |answer, pressed, _| *answer = Some(pressed));
    assert!(at.sees("One message is still being sent."));
    assert!(!at.sees("Bivouac closes by itself once that is done."), "something else is in the way");
    at.press("Stay");
    assert_eq!(at.screen, Some(false));
    at.press("Quit anyway");
    assert_eq!(at.screen, Some(true));
}

fn question<'a>(_: &'a Option<bool>, ctx: Ctx<'a>) -> Element<'a, bool> {
    let page = iced::widget::container("the page").center(iced::Fill).into();
    bivouac_ui::screen::dialog::leave::over(page, Some((1, 2)), (false, true), ctx)
}
