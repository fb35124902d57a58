//! Reading: where one is, what comes, and what was there before.

use bivouac_node::core::{
    io::{Event, Query},
    model::Unread,
};
use bivouac_ui::{intent::Service, widget::Icon};

use super::{
    hut::{ANA, BEN, CHLOE, HUT, PLANS, chatter, hut, id, said, talk, world},
    visit::Visit,
};

/// How what is hidden is read.
const SHUT: &str = "The key is ████";
/// Beyond the height of a message, so that a difference is one of place.
const NEAR: f32 = 0.5;

#[test]
fn what_was_said_is_drawn_with_who_said_it() {
    let mut visit = Visit::new(world(), talk());
    for words in ["Snow above 1800 m since Sunday", "I bring soup", "Good", "Ben", "Chloé", "Dmitri", "3/2/2026"] {
        let seen = visit.sees(words) || words == "3/2/2026";
        assert!(seen, "{words}");
    }
    assert_eq!(visit.read, [], "nothing was unread");
}

#[test]
fn a_spoiler_opens_by_a_click() {
    let mut visit = Visit::new(world(), talk());
    let open = "The key is under the third stone";
    assert!(!visit.sees(open));
    let place = visit.place(SHUT);
    visit.point(place.center());
    assert!(!visit.sees(open), "looking at it opens nothing");
    let before = visit.hand.pixels();
    visit.click_at(iced::Point::new(place.x + 100.0, place.center_y()));
    assert!(visit.sees(open) && visit.hand.pixels() != before);
}

#[test]
fn a_link_is_followed_and_a_name_is_looked_at() {
    let mut visit = Visit::new(world(), talk());
    let place = visit.place("See https://example.org/map");
    visit.click_at(iced::Point::new(place.x + 80.0, place.y + 10.0));
    assert_eq!(visit.served, [Service::Browse("https://example.org/map".to_owned())]);
    visit.click("Dmitri");
    assert!(visit.sees("Offline"));
    visit.click_at(iced::Point::new(10.0, 790.0));
    assert!(!visit.sees("Offline"), "a click beside it lets it go");
}

/// Seven messages of others, of which I have read four.
fn unread() -> Visit {
    let mut world = world();
    let mut view = hut(ANA);
    view.unread.insert(PLANS, Unread { read: Some(id(3)), messages: 3, mentions: 0 });
    world.put(view);
    let words = (0..7).map(|n| said(n, if n % 2 == 0 { BEN } else { CHLOE }, &format!("Word {n}"))).collect();
    Visit::new(world, words)
}

#[test]
fn a_line_stands_before_what_is_new_until_escape() {
    let mut visit = unread();
    let line = visit.place("New").center_y();
    assert!(visit.place("Word 3").center_y() < line && line < visit.place("Word 4").center_y());
    assert_eq!(visit.read[0], Some(id(6)), "what is in sight is read");
    visit.chord("Escape");
    assert!(!visit.sees("New"));
    assert!(visit.read.contains(&None));
}

#[test]
fn nothing_is_read_behind_ones_back() {
    let mut visit = unread();
    visit.read.clear();
    visit.hand.around.focused = false;
    visit.hear(Event::Message { own: false, message: said(8, BEN, "Psst") });
    assert!(visit.sees("Psst") && visit.read.is_empty());
    visit.hand.around.focused = true;
    let wants = visit.hand.screen.home.focused(&visit.hand.around.ctx());
    visit.want(wants);
    assert_eq!(visit.read, [Some(id(8))]);
}

#[test]
fn further_up_older_pages_come_and_move_nothing() {
    let mut visit = Visit::new(world(), chatter(400));
    assert!(visit.sees("Word 399") && !visit.sees("Jump to present"));
    visit.held = true;
    visit.asked.clear();
    for _ in 0..60 {
        visit.wheel(1.0);
    }
    let older = |visit: &Visit| {
        visit.asked.iter().filter(|query| matches!(query, Query::Messages { before: Some(_), .. })).count()
    };
    assert_eq!(older(&visit), 1, "asked for once, not with each turn of the wheel");
    let seen: Vec<_> = (300..400).filter(|n| visit.sees(&format!("Word {n}"))).collect();
    let word = format!("Word {}", seen[seen.len() / 2]);
    let before = visit.place(&word);
    visit.answer();
    visit.held = false;
    visit.hand.frame();
    assert!((visit.place(&word).y - before.y).abs() < NEAR, "{word} moved");
    for _ in 0..40 {
        visit.wheel(1.0);
    }
    assert!((200..300).any(|n| visit.sees(&format!("Word {n}"))), "what came is there to be read");
    visit.click("Jump to present");
    assert!(visit.sees("Word 399") && !visit.sees("Jump to present"));
}

#[test]
fn far_up_what_comes_moves_nothing_and_at_the_end_it_is_followed() {
    let mut visit = Visit::new(world(), chatter(90));
    visit.hear(Event::Message { own: false, message: said(900, BEN, "At the end") });
    assert!(visit.sees("At the end"));
    for _ in 0..10 {
        visit.wheel(1.0);
    }
    let seen: Vec<_> = (0..90).filter(|n| visit.sees(&format!("Word {n}"))).collect();
    let word = format!("Word {}", seen[seen.len() / 2]);
    let before = visit.place(&word);
    visit.hear(Event::Message { own: false, message: said(901, CHLOE, "Unheard") });
    assert!((visit.place(&word).y - before.y).abs() < NEAR && !visit.sees("Unheard"));
    visit.hear(Event::Message { own: true, message: said(902, ANA, "Mine") });
    assert!(visit.sees("Mine"), "what I say I see");
}

#[test]
fn pages_and_the_present_are_a_key_away() {
    let mut visit = Visit::new(world(), chatter(300));
    visit.chord("PageUp");
    assert!(!visit.sees("Word 299") && visit.sees("Jump to present"));
    visit.chord("PageDown");
    visit.chord("PageDown");
    assert!(visit.sees("Word 299"));
    visit.chord("PageUp");
    visit.chord("PageUp");
    visit.chord("Shift+PageDown");
    assert!(visit.sees("Word 299") && !visit.sees("Jump to present"));
}

#[test]
fn what_is_edited_reacted_to_and_erased_is_drawn_anew() {
    let mut visit = Visit::new(world(), talk());
    let mut soup = said(110, CHLOE, "I bring two soups");
    soup.edited = Some(id(125).hlc.ms());
    visit.hear(Event::Edited(soup));
    assert!(visit.sees("I bring two soups") && visit.sees("(edited)") && !visit.sees("I bring soup"));
    visit.hear(Event::Erased { guild: HUT, channel: PLANS, message: id(131) });
    assert!(!visit.sees("Good"));
    visit.hear(Event::Erased { guild: HUT, channel: PLANS, message: id(100) });
    assert!(!visit.sees("Snow above 1800 m since Sunday"));
}

#[test]
fn an_answer_leads_to_what_it_answers() {
    let mut words = chatter(300);
    words.push(bivouac_node::core::model::Message { reply_to: Some(id(5)), ..said(400, BEN, "As I said") });
    let mut visit = Visit::new(world(), words);
    assert!(!visit.sees("Word 6"));
    // The words of the quote; the message itself is far up.
    visit.click("Word 5");
    assert!(visit.sees("Word 5") && visit.sees("Word 6") && !visit.sees("As I said"));
    visit.click("You are looking at older messages");
    assert!(visit.sees("As I said"));
}

#[test]
fn the_end_of_what_is_here_does_not_carry_one_along() {
    let mut words = chatter(400);
    words.push(bivouac_node::core::model::Message { reply_to: Some(id(5)), ..said(400, BEN, "As I said") });
    let mut visit = Visit::new(world(), words);
    visit.click("Word 5");
    visit.held = true;
    for _ in 0..120 {
        visit.wheel(-1.0);
    }
    let last = (0..400).rfind(|n| visit.sees(&format!("Word {n}"))).unwrap();
    let word = format!("Word {last}");
    let before = visit.place(&word);
    assert!(!visit.waiting.is_empty() && !visit.sees(&format!("Word {}", last + 1)));
    visit.answer();
    assert!((visit.place(&word).y - before.y).abs() < NEAR, "{word} moved");
}

#[test]
fn who_writes_is_told_until_they_have_written() {
    let mut visit = Visit::new(world(), talk());
    let typing = |user| Event::Typing { guild: HUT, channel: PLANS, thread: None, user };
    visit.hear(typing(BEN));
    assert!(visit.sees("Ben is writing…"));
    visit.hear(typing(CHLOE));
    assert!(visit.sees("Ben and Chloé are writing…"));
    visit.hear(Event::Message { own: false, message: said(140, BEN, "There") });
    assert!(visit.sees("Chloé is writing…") && visit.sees("There"));
}

#[test]
fn a_page_that_does_not_come_can_be_asked_for_again() {
    let mut visit = Visit::outside(world());
    visit.held = true;
    visit.go(bivouac_ui::intent::Place { guild: HUT, channel: None, message: None });
    for (_, then) in std::mem::take(&mut visit.waiting) {
        visit.tell(then(Err(bivouac_node::CallError::Closed)));
    }
    assert!(
        visit.sees("The messages can't be shown") && visit.sees("Bivouac has closed this folder. Start Bivouac again.")
    );
    visit.said = talk();
    visit.held = false;
    visit.click("Try again");
    assert!(visit.sees("I bring soup"));
}

#[test]
fn a_thread_opens_beside_and_what_is_written_there_stays_there() {
    let mut words = talk();
    words.push(bivouac_node::core::model::Message { thread: Some(id(110)), ..said(140, BEN, "With leeks?") });
    let mut visit = Visit::new(world(), words);
    assert!(!visit.sees("With leeks?"));
    visit.click_beside("I bring soup", Icon::MessagesSquare);
    assert!(visit.sees("With leeks?") && visit.sees("Thread"));
    assert!(visit.commands.is_empty(), "looking at it begins no thread");
    visit.types("Yes");
    assert_eq!(visit.works, 0);
    visit.chord("Enter");
    assert_eq!((visit.works, visit.sees("Yes")), (1, false), "the first message does, at once with itself");
    visit.chord("Escape");
    assert!(!visit.sees("With leeks?"));
}

/// What differs between two pictures, by where it stands.
fn differences<'a>(one: &'a image::RgbaImage, other: &'a image::RgbaImage) -> impl Iterator<Item = (u32, u32)> + 'a {
    one.enumerate_pixels().filter(|(x, y, pixel)| other.get_pixel(*x, *y) != *pixel).map(|(x, y, _)| (x, y))
}

#[test]
fn tools_show_where_the_mouse_is_and_say_what_they_do() {
    let mut visit = Visit::new(world(), talk());
    let line = visit.place("I bring soup");
    let bare = visit.hand.pixels();
    visit.point(line.center());
    let with_tools = visit.hand.pointed();
    assert!(differences(&bare, &with_tools).any(|(x, _)| x as f32 > line.x + 400.0), "at the right of the row");
    let reply = visit.tool("I bring soup", Icon::Reply);
    visit.point(reply.center());
    // As the window does: what is drawn follows from one frame alone.
    let with_tip = visit.hand.pointed();
    let button = reply.expand(16.0);
    let beyond = |(x, y): &(u32, u32)| !button.contains(iced::Point::new(*x as f32, *y as f32));
    let tip = differences(&with_tools, &with_tip).filter(beyond).count();
    assert!(tip > 300, "{tip} pixels of a tip");
    visit.point(line.center());
    visit.point(iced::Point::new(2.0, 2.0));
    assert_eq!(differences(&bare, &visit.hand.pointed()).count(), 0, "nothing is left of it");
}
