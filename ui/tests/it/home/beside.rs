//! What stands beside the page: members, what was looked for, pins and threads.

use bivouac_node::core::{
    io::{Command, Query, Scope},
    model::{Member, Message as Said, Thread},
};
use bivouac_ui::{intent::Place, widget::Icon};

use super::{
    hut::{ANA, BEN, CHLOE, DMITRI, HUT, PLANS, chatter, hut, id, said, talk, world},
    visit::Visit,
};

#[test]
fn what_is_looked_for_is_found_while_typing_and_led_to() {
    let mut visit = Visit::new(world(), chatter(300));
    visit.chord("Ctrl+F");
    assert!(visit.sees("Search this guild"));
    visit.types("17");
    let Some(Query::Search(wanted)) = visit.asked.last() else { panic!("{:?}", visit.asked.last()) };
    assert_eq!((wanted.text.as_str(), wanted.guild, wanted.channel), ("17", Some(HUT), None));
    assert!(visit.sees("Word 179") && visit.commands.is_empty());
    visit.types("3");
    visit.click("Word 173");
    assert!(visit.sees("Word 172") && visit.sees("Word 174"), "with what was said around it");
    visit.chord("Escape");
    assert!(!visit.sees("This channel only"));
}

#[test]
fn a_search_can_be_narrowed_and_finds_nothing_gracefully() {
    let mut visit = Visit::new(world(), talk());
    visit.sign(Icon::Search);
    visit.types("soup");
    visit.click("This channel only");
    visit.click("With files");
    let Some(Query::Search(wanted)) = visit.asked.last() else { panic!("{:?}", visit.asked.last()) };
    assert_eq!((wanted.channel, wanted.files), (Some(PLANS), true));
    visit.click("soup");
    visit.types("!");
    assert!(visit.sees("Nothing found"));
}

#[test]
fn late_answers_to_what_was_typed_before_are_let_go() {
    let mut visit = Visit::new(world(), talk());
    visit.chord("Ctrl+F");
    visit.held = true;
    visit.types("so");
    let late = visit.waiting.remove(0);
    visit.answer();
    assert!(visit.hand.places("I bring soup").len() == 2);
    let Query::Search(wanted) = late.0 else { panic!("{:?}", late.0) };
    assert_eq!(wanted.text, "s");
    let none = bivouac_node::core::io::Found { messages: Vec::new(), before: None };
    visit.tell(late.1(Ok(bivouac_node::core::io::Answer::Found(none))));
    assert!(visit.hand.places("I bring soup").len() == 2);
}

#[test]
fn pins_are_shown_and_led_to() {
    let mut visit = Visit::new(world(), chatter(300));
    visit.chord("Ctrl+P");
    assert!(visit.sees("Nothing pinned"));
    visit.sign(Icon::Close);
    visit.pins = vec![said(7, DMITRI, "Word 7")];
    visit.chord("Ctrl+P");
    visit.click("Word 7");
    assert!(visit.sees("Word 6") && visit.sees("Word 8"));
}

#[test]
fn a_message_shows_the_thread_on_it() {
    let mut visit = Visit::outside(world());
    visit.said = talk();
    visit.threads = vec![Thread {
        id: id(110),
        channel: PLANS,
        name: "Which soup".to_owned(),
        creator: BEN,
        created_ms: 0,
        archived: false,
        last: None,
    }];
    visit.go(Place { guild: HUT, channel: Some(PLANS), message: None });
    visit.click("Which soup");
    assert!(visit.sees("A thread begins here"));
    assert!(
        visit
            .asked
            .iter()
            .any(|asked| matches!(asked, Query::Messages { scope: Scope::Thread(of), .. } if *of == id(110)))
    );
}

#[test]
fn threads_are_listed_and_opened() {
    let mut words = talk();
    words.push(Said { thread: Some(id(110)), ..said(140, BEN, "With leeks?") });
    let mut visit = Visit::new(world(), words);
    visit.sign(Icon::MessagesSquare);
    assert!(visit.sees("No threads"));
    visit.sign(Icon::Close);
    visit.threads = vec![Thread {
        id: id(110),
        channel: PLANS,
        name: "Soup".to_owned(),
        creator: CHLOE,
        created_ms: id(111).hlc.ms(),
        archived: true,
        last: Some(id(140)),
    }];
    visit.sign(Icon::MessagesSquare);
    assert!(visit.sees("Archived"));
    visit.click("Soup");
    assert!(visit.sees("With leeks?") && !visit.sees("Archived"));
    visit.sign(Icon::Close);
    assert!(!visit.sees("With leeks?"));
}

#[test]
fn members_stand_by_role_and_by_whether_they_are_there() {
    let mut visit = Visit::new(world(), Vec::new());
    let heights: Vec<_> =
        ["Wardens — 1", "Ben", "Online — 1", "Offline — 2", "Chloé", "Dmitri"].map(|words| visit.place(words).y).into();
    assert!(heights.is_sorted(), "{heights:?}");
    visit.chord("Ctrl+U");
    assert!(!visit.sees("Offline — 2"));
    visit.chord("Ctrl+U");
    assert!(visit.sees("Offline — 2"));
}

#[test]
fn somebody_is_looked_at_called_on_and_copied() {
    let mut visit = Visit::new(world(), Vec::new());
    visit.types("Look, ");
    visit.click("Chloé");
    visit.sign(Icon::Copy);
    assert_eq!(visit.hand.copied, [CHLOE.to_string()]);
    visit.click("Mention");
    visit.chord("Enter");
    assert_eq!(visit.sent(), format!("Look, <@{CHLOE}>"));
}

#[test]
fn a_kick_is_asked_about_with_room_for_a_reason() {
    let mut visit = Visit::new(world(), Vec::new());
    visit.click("Dmitri");
    visit.click("Kick");
    assert!(visit.sees("Kick Dmitri?") && visit.commands.is_empty());
    visit.types("Took the key");
    visit.click("Kick");
    let reason = Some("Took the key".to_owned());
    assert_eq!(visit.commands, [Command::Kick { guild: HUT, user: DMITRI, reason }]);
    assert!(!visit.sees("Kick Dmitri?"));
}

#[test]
fn somebody_silenced_may_be_let_speak_again_and_nobody_higher_is_touched() {
    let mut world = world();
    let mut view = hut(ANA);
    let until = Some(super::hut::NOW + 1_000_000);
    let silenced = Member { timeout_ms: until, ..view.law.members[&DMITRI].clone() };
    view.law.members.insert(DMITRI, silenced);
    world.put(view);
    let mut visit = Visit::new(world.clone(), Vec::new());
    visit.click("Dmitri");
    visit.click("Let speak again");
    assert_eq!(visit.commands, [Command::Timeout { guild: HUT, user: DMITRI, for_ms: 0, reason: None }]);
    world.put(hut(BEN));
    let mut visit = Visit::new(world, Vec::new());
    visit.click("Ben");
    for missing in ["Kick", "Ban", "Silence for an hour"] {
        assert!(!visit.sees(missing), "{missing}");
    }
}

#[test]
fn in_a_narrow_window_one_goes_back_step_by_step() {
    let mut visit = Visit::new(world(), talk());
    visit.hand.around.size = iced::Size::new(640.0, 600.0);
    visit.sign(Icon::Pin);
    assert!(visit.sees("Pinned messages") && !visit.sees("I bring soup"));
    visit.sign(Icon::ArrowLeft);
    assert!(!visit.sees("Pinned messages") && visit.sees("I bring soup"));
    visit.sign(Icon::ArrowLeft);
    assert!(!visit.sees("I bring soup") && visit.sees("Create channel"));
    visit.hand.around.size = iced::Size::new(1280.0, 800.0);
    visit.resized();
    assert!(visit.sees("I bring soup"), "where there is room, it is shown again");
}
