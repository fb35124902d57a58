//! What people say about messages: edits, deletion, reactions, pins, threads, and what of it is unread.

use std::collections::BTreeSet;

use bivouac_core::{
    io::{Answer, ChannelEdit, Command, ErrorKind, Event, Query, Reply, RoleEdit, Scope},
    mark::{MAX_MARKS, MAX_REACTIONS},
    model::{
        ChannelId, ChannelKind, FileId, History, Message, MessageId, MessageState, Nature, Overwrite, Permissions,
        Target, Thread, Unread,
    },
    op::{Attachment, Audience, Entry, MAX_FILES, Mark, Op, Ref, Says},
    sim::{Person, World, person},
};
use bivouac_crypto::{Bounded, Context, FileKey, Text, canonical, hash};

use crate::{
    camp::Camp,
    smoke::{found, invite, join},
};

/// Says it and gives its id.
fn say(camp: &mut Camp, who: usize, text: &str, reply_to: Option<MessageId>, thread: Option<MessageId>) -> MessageId {
    let ask = Command::Post { channel: camp.channel, text: text.to_owned(), reply_to, thread, files: Vec::new() };
    match camp.world.want(who, ask) {
        Some(Ok(Reply::Posted(id))) => {
            camp.world.run(100);
            id
        }
        other => panic!("{other:?}"),
    }
}

fn post(camp: &mut Camp, who: usize, text: &str) -> MessageId {
    say(camp, who, text, None, None)
}

fn refused(camp: &mut Camp, who: usize, command: Command) -> (ErrorKind, Option<&'static str>) {
    match camp.world.want(who, command) {
        Some(Err(error)) => (error.kind, error.param),
        other => panic!("{other:?}"),
    }
}

/// The liar's device signs it, whatever its core would say to that.
fn lie(camp: &mut Camp, target: MessageId, says: Says) {
    let (liar, honest) = (camp.liar, camp.honest());
    let op = Op::Mark(Mark { channel: camp.channel, target, says });
    let entry = camp.world.forge(liar, camp.guild, Audience::Guild, &op, |_| {}).entry;
    camp.world.tell(liar, &honest, &entry);
    camp.world.tell(0, &[liar], &entry);
    camp.world.run(20);
}

fn one(camp: &Camp, who: usize, id: MessageId) -> Message {
    match camp.world.query(who, Query::Message(id)) {
        Some(Answer::Messages(page)) => page.messages.into_iter().next().unwrap(),
        other => panic!("{other:?}"),
    }
}

fn react(camp: &mut Camp, who: usize, message: MessageId, emoji: &str, on: bool) {
    camp.order(who, Command::React { message, emoji: emoji.to_owned(), on });
}

fn bears(message: &Message) -> Vec<(&str, usize)> {
    message.reactions.iter().map(|reaction| (reaction.emoji.as_str(), reaction.users.len())).collect()
}

fn edit(message: MessageId, text: &str) -> Command {
    Command::Edit { message, text: text.to_owned() }
}

fn threads(camp: &Camp, who: usize) -> Vec<Thread> {
    match camp.world.query(who, Query::Threads(camp.channel)) {
        Some(Answer::Threads(threads)) => threads,
        other => panic!("{other:?}"),
    }
}

fn unread(world: &World, who: usize, camp: (bivouac_core::model::GuildId, bivouac_core::model::ChannelId)) -> Unread {
    match world.query(who, Query::Guild(camp.0)) {
        Some(Answer::Guild(view)) => view.unread[&camp.1],
        other => panic!("{other:?}"),
    }
}

fn listed(camp: &Camp, who: usize, scope: Scope) -> Vec<MessageId> {
    let ask = Query::Messages { channel: camp.channel, scope, before: None, after: None, limit: 200 };
    match camp.world.query(who, ask) {
        Some(Answer::Messages(page)) => page.messages.iter().map(|message| message.id).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_is_edited_by_its_author_and_nobody_else() {
    let mut camp = Camp::new(4);
    let id = post(&mut camp, 1, "frist");
    camp.world.run(1_000);
    assert_eq!(refused(&mut camp, 0, edit(id, "mine")).0, ErrorKind::Forbidden);
    assert_eq!(refused(&mut camp, 1, edit(id, "")), (ErrorKind::Invalid, Some("text")));
    camp.order(1, edit(id, "first"));
    camp.order(1, edit(id, "first"));
    camp.world.run(1_000);
    for who in 0..3 {
        let message = one(&camp, who, id);
        assert_eq!((message.text.as_deref(), message.edited.is_some()), (Some("first"), true), "{who}");
        let told = camp.world.nodes[who].events.iter().filter(|event| matches!(event, Event::Edited(m) if m.id == id));
        assert_eq!(told.count(), 1, "{who}: the second said nothing new");
    }
    camp.peace_after_restart();
    assert_eq!(one(&camp, 2, id).text.as_deref(), Some("first"));
}

/// Whoever claims another's message by an op of their own is not heard.
#[test]
fn a_forged_edit_or_deletion_changes_nothing() {
    let mut camp = Camp::new(4);
    let target = post(&mut camp, 1, "mine");
    camp.world.run(1_000);
    let text = Text::try_from("forged").unwrap();
    let at = camp.world.ops_on_disk(0, camp.guild).into_iter().find(|entry| entry.header.id() == target.op).unwrap();
    let at = at.header.reference(target.op);
    for says in [Says::Edit(text), Says::Delete { at, thread: None, edits: Bounded::default() }, Says::Pin(true)] {
        lie(&mut camp, target, says);
    }
    camp.world.run(2_000);
    for who in 0..3 {
        let message = one(&camp, who, target);
        assert_eq!((message.text.as_deref(), message.pinned), (Some("mine"), false), "{who}");
    }
    camp.peace();
}

#[test]
fn what_is_deleted_is_off_every_disk_and_who_was_away_learns_of_it() {
    let mut camp = Camp::new(5);
    let id = post(&mut camp, 1, "a secret-0 slip");
    camp.order(1, edit(id, "a secret-1 slip"));
    camp.world.run(1_000);
    camp.world.crash(2);
    camp.order(1, edit(id, "a secret-2 slip"));
    camp.world.run(1_000);
    // They know nothing of the last edit.
    assert_eq!(refused(&mut camp, 3, Command::Delete { message: id }).0, ErrorKind::Forbidden);
    camp.order(1, Command::Delete { message: id });
    camp.order(1, Command::Delete { message: id });
    camp.world.run(1_000);
    camp.world.start(2);
    let late = camp.world.add(person(8), 0);
    camp.world.run(1_000);
    camp.join(late);
    camp.world.run(70_000);
    camp.peace();
    for who in [0, 1, 2, 3, late] {
        let message = one(&camp, who, id);
        assert_eq!((message.state, message.text), (MessageState::Erased, None), "{who}");
        for payload in payloads(&camp, who) {
            assert!(!payload.contains("secret-"), "{who} keeps {payload}");
        }
    }
    let told =
        camp.world.nodes[0].events.iter().filter(|e| matches!(e, Event::Erased { message, .. } if *message == id));
    assert_eq!(told.count(), 1);
    assert_eq!(refused(&mut camp, 1, edit(id, "back")), (ErrorKind::NotFound, Some("message")));
    camp.peace_after_restart();
}

/// What the content on a disk says.
fn payloads(camp: &Camp, who: usize) -> Vec<String> {
    let secrets = camp.world.secrets_on_disk(who, camp.guild);
    let says = |entry: Entry| {
        let payload = entry.payload.as_ref()?;
        Some(format!("{:?}", bivouac_core::op::open(&entry.header, payload, secrets.get(&entry.header.epoch?))))
    };
    camp.world.ops_on_disk(who, camp.guild).into_iter().filter_map(says).collect()
}

#[test]
fn a_moderator_deletes_and_an_author_who_edits_meanwhile_does_not_bring_it_back() {
    let mut camp = Camp::new(5);
    camp.make_admin(2);
    let id = post(&mut camp, 1, "off topic");
    camp.world.run(1_000);
    camp.world.split(&BTreeSet::from([1, 3]));
    camp.order(2, Command::Delete { message: id });
    camp.order(1, edit(id, "off topic, edited"));
    react(&mut camp, 3, id, "👍", true);
    camp.world.split(&BTreeSet::new());
    camp.peace();
    for who in 0..4 {
        let message = one(&camp, who, id);
        assert_eq!((message.state, message.reactions.len()), (MessageState::Erased, 0), "{who}");
    }
}

#[test]
fn reactions_toggled_on_both_sides_of_a_cut_come_out_alike() {
    let mut camp = Camp::new(5);
    let id = post(&mut camp, 0, "vote");
    camp.world.run(1_000);
    react(&mut camp, 1, id, "👍", true);
    // Two spellings of one emoji.
    react(&mut camp, 2, id, "❤", true);
    react(&mut camp, 3, id, "❤️", true);
    camp.world.run(1_000);
    camp.world.split(&BTreeSet::from([0, 1]));
    react(&mut camp, 1, id, "👍", false);
    react(&mut camp, 0, id, "🎉", true);
    react(&mut camp, 2, id, "👍", true);
    react(&mut camp, 3, id, "❤", false);
    react(&mut camp, 3, id, "❤", true);
    camp.world.split(&BTreeSet::new());
    camp.world.run(10_000);
    for who in 0..4 {
        assert_eq!(bears(&one(&camp, who, id)), [("❤️", 2), ("🎉", 1), ("👍", 1)], "{who}");
    }
    let told = camp.world.nodes[3].events.iter().any(
        |event| matches!(event, Event::Reaction { message, emoji, on: false, .. } if *message == id && emoji == "👍"),
    );
    assert!(told);
    for (emoji, what) in
        [("", "empty"), ("ab", "text"), ("👍👍", "two"), ("\u{202e}", "a control"), (&"👍".repeat(400), "long")]
    {
        let command = Command::React { message: id, emoji: emoji.to_owned(), on: true };
        assert_eq!(refused(&mut camp, 1, command), (ErrorKind::Invalid, Some("emoji")), "{what}");
    }
    camp.peace();
}

#[test]
fn a_message_bears_twenty_emoji_and_a_flood_of_toggles_is_bounded() {
    let mut camp = Camp::new(3);
    let id = post(&mut camp, 0, "vote");
    camp.world.run(500);
    let emoji: Vec<&str> = emojis().collect();
    for emoji in &emoji[..MAX_REACTIONS] {
        react(&mut camp, 1, id, emoji, true);
    }
    camp.world.run(1_000);
    let more = Command::React { message: id, emoji: emoji[MAX_REACTIONS].to_owned(), on: true };
    assert_eq!(refused(&mut camp, 0, more), (ErrorKind::TooLarge, Some("emoji")));
    for nth in 0..3 * MAX_MARKS {
        let says = Says::React { emoji: Text::try_from(emoji[nth % 30]).unwrap(), on: nth % 2 == 0 };
        lie(&mut camp, id, says);
    }
    camp.world.run(3_000);
    assert_eq!(one(&camp, 0, id).reactions.len(), MAX_REACTIONS);
    let marks = |who: usize| camp.world.nodes[who].disk.rows(bivouac_core::table::Table::Mark).count();
    assert!(marks(0) <= MAX_REACTIONS + MAX_MARKS, "{} rows", marks(0));
    camp.peace();
}

fn emojis() -> impl Iterator<Item = &'static str> {
    "👍 👎 😀 😁 😂 😃 😄 😅 😆 😇 😈 😉 😊 😋 😌 😍 😎 😏 😐 😑 😒 😓 😔 😕 😖 😗 😘 😙 😚 😛 😜 😝".split(' ')
}

#[test]
fn pins_are_for_who_manages_messages_and_merge() {
    let mut camp = Camp::new(5);
    camp.make_admin(2);
    let (a, b) = (post(&mut camp, 1, "rules"), post(&mut camp, 1, "gossip"));
    camp.world.run(1_000);
    assert_eq!(refused(&mut camp, 1, Command::Pin { message: a, on: true }).0, ErrorKind::Forbidden);
    camp.order(2, Command::Pin { message: b, on: true });
    camp.world.run(1_000);
    camp.world.split(&BTreeSet::from([0, 1]));
    camp.order(0, Command::Pin { message: a, on: true });
    camp.world.run(2_000);
    camp.order(2, Command::Pin { message: b, on: false });
    camp.world.split(&BTreeSet::new());
    camp.peace();
    for who in 0..4 {
        let Some(Answer::Messages(page)) = camp.world.query(who, Query::Pins(camp.channel)) else { panic!("{who}") };
        assert_eq!(page.messages.iter().map(|m| (m.id, m.pinned)).collect::<Vec<_>>(), [(a, true)], "{who}");
    }
}

#[test]
fn a_thread_lives_below_a_message_and_survives_it() {
    let mut camp = Camp::new(5);
    let root = post(&mut camp, 1, "shall we?");
    let apart = post(&mut camp, 0, "elsewhere");
    camp.world.run(1_000);
    let begin = |name: &str| Command::CreateThread { message: root, name: name.to_owned() };
    let before = Command::Post {
        channel: camp.channel,
        text: "early".to_owned(),
        reply_to: None,
        thread: Some(root),
        files: Vec::new(),
    };
    assert_eq!(refused(&mut camp, 2, before), (ErrorKind::Invalid, Some("thread")));
    // Begun on both sides of a cut: one thread, of whoever was first, called as they said.
    camp.world.split(&BTreeSet::from([0, 1]));
    camp.order(1, begin("plans"));
    camp.world.run(2_000);
    camp.order(2, begin("ideas"));
    let inside = say(&mut camp, 2, "yes", None, Some(root));
    camp.world.split(&BTreeSet::new());
    camp.world.run(15_000);
    assert_eq!(refused(&mut camp, 3, begin("again")), (ErrorKind::Exists, Some("message")));
    let later = say(&mut camp, 3, "no", Some(inside), Some(root));
    camp.world.run(1_000);
    for who in 0..4 {
        let [thread] = &threads(&camp, who)[..] else { panic!("{who}: {:?}", threads(&camp, who)) };
        assert_eq!((thread.name.as_str(), thread.creator, thread.archived), ("plans", camp.user(1), false), "{who}");
        assert_eq!(thread.last, Some(later), "{who}");
        assert_eq!(listed(&camp, who, Scope::Thread(root)), [inside, later], "{who}");
        let (all, main) = (listed(&camp, who, Scope::All), listed(&camp, who, Scope::Main));
        assert!(all.contains(&inside) && !main.contains(&inside) && main.contains(&apart), "{who}");
    }
    let nested = Command::CreateThread { message: inside, name: "deep".to_owned() };
    assert_eq!(refused(&mut camp, 2, nested), (ErrorKind::Invalid, Some("message")));
    let change = |archived| Command::UpdateThread { thread: root, name: None, archived: Some(archived) };
    assert_eq!(refused(&mut camp, 2, change(true)).0, ErrorKind::Forbidden);
    camp.order(1, change(true));
    camp.world.run(1_000);
    assert!(threads(&camp, 3)[0].archived);
    say(&mut camp, 3, "wait", None, Some(root));
    camp.world.run(1_000);
    assert!(!threads(&camp, 0)[0].archived, "whoever posts brings it back");
    camp.order(1, Command::Delete { message: root });
    camp.peace();
    for who in 0..4 {
        assert_eq!(one(&camp, who, root).state, MessageState::Erased);
        assert_eq!(threads(&camp, who).len(), 1, "{who}");
        assert_eq!(listed(&camp, who, Scope::Thread(root)).len(), 3, "{who}");
    }
}

#[test]
fn unread_counts_what_others_said_and_who_calls_on_me() {
    let mut camp = Camp::new(4);
    let place = (camp.guild, camp.channel);
    camp.order(1, Command::Read { channel: camp.channel, message: None });
    assert_eq!(unread(&camp.world, 1, place).messages, 0);
    let (me, own) = (camp.user(1), listed(&camp, 1, Scope::All)[1]);
    post(&mut camp, 0, "nothing for you");
    post(&mut camp, 0, &format!("hey <@{me}>"));
    post(&mut camp, 0, &format!("code: `<@{me}>`"));
    say(&mut camp, 2, "as you said", Some(own), None);
    // Not everybody may call everybody; the owner may.
    post(&mut camp, 2, "@everyone");
    let all = post(&mut camp, 0, "@everyone");
    let edited = post(&mut camp, 2, "he");
    camp.order(2, edit(edited, &format!("hey <@{me}>")));
    let gone = post(&mut camp, 2, "never mind");
    camp.order(2, Command::Delete { message: gone });
    camp.world.run(2_000);
    let counted = unread(&camp.world, 1, place);
    assert_eq!((counted.messages, counted.mentions), (7, 4));
    let calls =
        camp.world.nodes[1].events.iter().filter(|e| matches!(e, Event::Message { message, .. } if message.mention));
    assert_eq!(calls.count(), 3);
    camp.order(1, Command::Read { channel: camp.channel, message: Some(all) });
    let counted = unread(&camp.world, 1, place);
    assert_eq!((counted.read, counted.messages, counted.mentions), (Some(all), 1, 1));
    camp.world.crash(1);
    camp.world.start(1);
    assert_eq!(unread(&camp.world, 1, place), counted);
    camp.order(1, Command::Read { channel: camp.channel, message: None });
    for n in 0..Unread::MOST + 20 {
        post(&mut camp, 0, &format!("line {n}"));
    }
    camp.world.run(2_000);
    assert_eq!(unread(&camp.world, 1, place).messages, Unread::MOST);
    assert_eq!(unread(&camp.world, 0, place).mentions, 0, "nobody called on the owner");
}

/// How far one has read is known to one's other devices, and to nobody else.
#[test]
fn markers_go_to_ones_other_devices() {
    let mut world = World::new(5);
    let house = Person::household(77, "two devices", 2);
    let house: Vec<&'static Person> = house.into_iter().map(|person| &*Box::leak(Box::new(person))).collect();
    let founder = Person::household(78, "founder", 1).into_iter().next().unwrap();
    for person in [&*Box::leak(Box::new(founder)), house[0], house[1]] {
        world.add(person, 0);
    }
    world.crash(2);
    world.run(100);
    let (guild, channel) = found(&mut world, 0);
    let link = invite(&mut world, 0, guild);
    join(&mut world, 1, &link);
    world.nodes[2].guilds.insert(guild);
    world.start(2);
    world.run(20_000);
    let post =
        |text: &str| Command::Post { channel, text: text.to_owned(), reply_to: None, thread: None, files: Vec::new() };
    world.want(0, post("one"));
    world.want(0, post("two"));
    world.run(2_000);
    assert_eq!(unread(&world, 2, (guild, channel)).messages, 2);
    world.want(1, Command::Read { channel, message: None });
    world.run(1_000);
    assert_eq!(unread(&world, 2, (guild, channel)).messages, 0, "at once");
    assert!(world.nodes[2].events.iter().any(|event| matches!(event, Event::Read { .. })));
    // While one of them is away.
    world.crash(2);
    world.want(0, post("three"));
    world.run(1_000);
    world.want(1, Command::Read { channel, message: None });
    world.start(2);
    world.run(20_000);
    assert_eq!(unread(&world, 2, (guild, channel)).messages, 0, "and later");
    assert!(unread(&world, 0, (guild, channel)).read.is_none());
    assert!(!world.nodes[0].events.iter().any(|event| matches!(event, Event::Read { .. })));
}

#[test]
fn typing_is_told_to_readers_and_kept_by_nobody() {
    let mut camp = Camp::new(4);
    camp.world.run(5_000);
    let ops = camp.world.status(0, camp.guild).unwrap().ops;
    let typing = Command::Typing { channel: camp.channel, thread: None };
    for _ in 0..5 {
        camp.order(1, typing.clone());
    }
    camp.world.run(1_000);
    let told = |camp: &Camp, who: usize| {
        let of = |event: &&Event| matches!(event, Event::Typing { user, .. } if *user == camp.user(1));
        camp.world.nodes[who].events.iter().filter(of).count()
    };
    assert_eq!([0, 1, 2].map(|who| told(&camp, who)), [1, 0, 1]);
    camp.world.run(5_000);
    camp.order(1, typing.clone());
    camp.world.run(1_000);
    assert_eq!(told(&camp, 0), 2);
    assert_eq!(camp.world.status(0, camp.guild).unwrap().ops, ops);
    // Who is silenced is not heard to type either.
    let user = camp.user(1);
    camp.order(0, Command::Timeout { guild: camp.guild, user, for_ms: 60_000, reason: None });
    camp.world.run(1_000);
    assert_eq!(refused(&mut camp, 1, typing).0, ErrorKind::Forbidden);
}

/// Who may not react, post in threads or manage messages is refused, and their op is not shown.
#[test]
fn marks_need_their_permissions() {
    let mut camp = Camp::new(4);
    let role = bivouac_core::authority::everyone(camp.guild);
    let (channel, guild) = (camp.channel, camp.guild);
    let id = post(&mut camp, 0, "look, do not touch");
    let none = Permissions::VIEW | Permissions::SEND;
    let command = Command::UpdateRole { guild, role, rank: None, permissions: Some(none), edit: RoleEdit::default() };
    camp.order(0, command);
    camp.world.run(1_000);
    let text = "👍".to_owned();
    assert_eq!(refused(&mut camp, 1, Command::React { message: id, emoji: text, on: true }).0, ErrorKind::Forbidden);
    let begin = Command::CreateThread { message: id, name: "no".to_owned() };
    assert_eq!(refused(&mut camp, 1, begin).0, ErrorKind::Forbidden);
    let emoji = Text::try_from("👍").unwrap();
    let name = Some(Text::try_from("no").unwrap());
    for says in [Says::React { emoji, on: true }, Says::Thread { name, archived: None }] {
        lie(&mut camp, id, says);
    }
    camp.world.run(2_000);
    assert!(one(&camp, 1, id).reactions.is_empty() && threads(&camp, 1).is_empty());
    camp.order(1, Command::Read { channel, message: Some(id) });
    camp.peace();
}

#[test]
fn what_hangs_on_a_message_is_for_its_readers_and_goes_with_it() {
    let mut camp = Camp::new(4);
    let mut dice = camp.world.lies();
    let file = Attachment {
        id: FileId([9; 32]),
        key: FileKey::generate(&mut dice),
        size: 5,
        name: Text::try_from("notes.txt".to_owned()).unwrap(),
        mime: Text::try_from("text/plain".to_owned()).unwrap(),
        image: None,
        preview: None,
    };
    let with =
        |files| Command::Post { channel: camp.channel, text: "look".to_owned(), reply_to: None, thread: None, files };
    let (many, one_file) = (with(vec![file.clone(); MAX_FILES + 1]), with(vec![file.clone()]));
    assert_eq!(refused(&mut camp, 1, many), (ErrorKind::TooLarge, Some("files")));
    let hang = |camp: &mut Camp| match camp.world.want(1, one_file.clone()) {
        Some(Ok(Reply::Posted(id))) => id,
        other => panic!("{other:?}"),
    };
    let (first, second) = (hang(&mut camp), hang(&mut camp));
    camp.world.run(1_000);
    let held = |camp: &Camp, who: usize| match camp.world.query(who, Query::File(file.id)) {
        Some(Answer::File(held)) => Some((held.file, held.holders)),
        _ => None,
    };
    let (known, holders) = held(&camp, 2).unwrap();
    assert_eq!((known, holders[0]), (file.clone(), camp.world.device(1)), "its author is asked first");
    assert_eq!(one(&camp, 2, first).files, [file.file()]);
    let serves = |camp: &Camp, to| camp.world.query(2, Query::Serves(to, file.id)) == Some(Answer::May(true));
    assert!(serves(&camp, camp.world.device(0)) && !serves(&camp, person(8).device));
    camp.order(1, Command::Delete { message: first });
    camp.world.run(1_000);
    assert!(held(&camp, 2).is_some(), "it hangs on another");
    camp.order(1, Command::Delete { message: second });
    camp.world.run(1_000);
    for who in 0..3 {
        assert!(held(&camp, who).is_none() && !serves(&camp, camp.world.device(0)), "{who}");
        assert_eq!(camp.world.nodes[who].discarded, BTreeSet::from([file.id]), "{who}");
    }
    camp.peace_after_restart();
}

/// Where a message's op is.
fn place(camp: &Camp, message: MessageId) -> (Entry, Ref) {
    let all = camp.world.ops_on_disk(0, camp.guild);
    let entry = all.into_iter().find(|entry| entry.header.id() == message.op).unwrap();
    let at = entry.header.reference(message.op);
    (entry, at)
}

fn delete(at: Ref) -> Says {
    Says::Delete { at, thread: None, edits: Bounded::default() }
}

/// Who was demoted cites the law of before, and would go on deleting for ever.
#[test]
fn a_demoted_moderator_deletes_nothing_by_the_law_of_before() {
    let mut camp = Camp::new(4);
    let liar = camp.liar;
    camp.make_admin(liar);
    let (kept, gone) = (post(&mut camp, 1, "kept"), post(&mut camp, 1, "gone"));
    camp.world.run(1_000);
    let before = camp.world.header(liar, camp.guild, Audience::Guild).auth;
    let (role, user) = (bivouac_core::authority::admin(camp.guild), camp.user(liar));
    let (_, at) = place(&camp, gone);
    lie(&mut camp, gone, delete(at));
    camp.world.run(1_000);
    assert_eq!(one(&camp, 0, gone).state, MessageState::Erased, "while they might");
    camp.order(0, Command::AssignRole { guild: camp.guild, role, user, held: false });
    camp.world.run(1_000);
    let (_, at) = place(&camp, kept);
    let op = Op::Mark(Mark { channel: camp.channel, target: kept, says: delete(at) });
    let late = camp.world.forge(liar, camp.guild, Audience::Guild, &op, |h| h.auth = before).entry;
    let honest = camp.honest();
    camp.world.tell(liar, &honest, &late);
    camp.world.run(1_000);
    for who in honest {
        assert_eq!(one(&camp, who, kept).state, MessageState::Open, "{who}");
    }
}

/// A thread is stored like a channel, and is none: what overwrites say of the channel holds for it.
#[test]
fn a_thread_taken_for_a_channel_gives_no_power_over_it() {
    let mut camp = Camp::new(4);
    let (guild, channel, user) = (camp.guild, camp.channel, camp.user(camp.liar));
    let edit = RoleEdit { name: Some("mods".to_owned()), ..RoleEdit::default() };
    let create = Command::CreateRole { guild, rank: None, permissions: Permissions::MANAGE_MESSAGES, edit };
    let Some(Ok(Reply::Role(role))) = camp.world.want(0, create) else { panic!("no role") };
    camp.order(0, Command::AssignRole { guild, role, user, held: true });
    let over = Overwrite { allow: Permissions::default(), deny: Permissions::MANAGE_MESSAGES };
    camp.order(0, Command::Overwrite { channel, target: Target::User(user), over });
    let root = post(&mut camp, 0, "root");
    camp.order(0, Command::CreateThread { message: root, name: "inside".to_owned() });
    let inside = say(&mut camp, 0, "in the thread", None, Some(root));
    camp.world.run(1_000);
    let (_, at) = place(&camp, inside);
    let stored = hash(Context::Thread, &canonical::encode(&(guild, channel, root)));
    for channel in [channel, ChannelId(root.op.0), ChannelId(stored)] {
        let op = Op::Mark(Mark { channel, target: inside, says: delete(at) });
        let (liar, honest) = (camp.liar, camp.honest());
        let entry = camp.world.forge(liar, guild, Audience::Guild, &op, |_| {}).entry;
        camp.world.tell(liar, &honest, &entry);
        camp.world.tell(0, &[liar], &entry);
        camp.world.run(200);
    }
    for who in 0..3 {
        assert_eq!(one(&camp, who, inside).text.as_deref(), Some("in the thread"), "{who}");
        assert!(place(&camp, inside).0.payload.is_some());
    }
    camp.peace();
}

#[test]
fn what_is_deleted_cannot_be_told_back_in() {
    let mut camp = Camp::new(4);
    let id = post(&mut camp, 1, "regretted");
    camp.world.run(1_000);
    let (entry, _) = place(&camp, id);
    camp.order(1, Command::Delete { message: id });
    camp.world.run(1_000);
    let (liar, honest) = (camp.liar, camp.honest());
    for _ in 0..3 {
        // Gossip knows the same bytes again; a while later it does not.
        camp.world.nodes.iter_mut().for_each(|node| node.forget_gossip());
        camp.world.tell(liar, &honest, &entry);
        camp.world.run(1_000);
    }
    for who in honest {
        assert_eq!(one(&camp, who, id).state, MessageState::Erased);
        let told = camp.world.nodes[who].events.iter();
        assert_eq!(told.filter(|e| matches!(e, Event::Erased { message, .. } if *message == id)).count(), 1, "{who}");
    }
    assert!(place(&camp, id).0.payload.is_none());
}

/// Newcomers hold no key to what was said before them, so they cannot know that it was deleted.
#[test]
fn what_was_deleted_before_one_came_is_no_hole() {
    let mut camp = Camp::new(4);
    let nature = Nature { history: History::SinceJoin, ..Nature::public(ChannelKind::Text) };
    let edit = ChannelEdit { name: Some("lobby".to_owned()), ..ChannelEdit::default() };
    let create = Command::CreateChannel { guild: camp.guild, nature, edit, password: None };
    let Some(Ok(Reply::Channel(lobby))) = camp.world.want(0, create) else { panic!("no channel") };
    camp.world.run(1_000);
    let main = std::mem::replace(&mut camp.channel, lobby);
    let (a, _) = (post(&mut camp, 1, "never mind"), post(&mut camp, 0, "well"));
    camp.world.run(500);
    camp.order(0, Command::Delete { message: a });
    let last = post(&mut camp, 2, "last words");
    camp.world.run(500);
    camp.order(0, Command::Delete { message: last });
    camp.world.run(1_000);
    camp.channel = main;
    let late = camp.world.add(person(8), 0);
    camp.world.run(1_000);
    camp.join(late);
    camp.world.run(60_000);
    let status = camp.world.status(late, camp.guild).unwrap();
    assert_eq!((status.holes, status.digest), (0, camp.world.status(0, camp.guild).unwrap().digest));
    camp.peace();
}
