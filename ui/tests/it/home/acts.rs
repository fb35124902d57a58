//! What can be done with a message: under the mouse, from its menu, and without a mouse.

use bivouac_node::core::{
    io::Command,
    model::{MESSAGE_LINK, Message as Said, Reaction},
};
use bivouac_ui::{screen::home::Message, widget::Icon};

use super::{
    hut::{ANA, BEN, DMITRI, hut, id, said, talk, world},
    visit::Visit,
};

fn react(minute: u64, emoji: &str, on: bool) -> Command {
    Command::React { message: id(minute), emoji: emoji.to_owned(), on }
}

#[test]
fn a_reaction_is_chosen_by_name_and_remembered() {
    let mut visit = Visit::new(world(), talk());
    visit.click_beside("I bring soup", Icon::SmilePlus);
    assert!(visit.sees("Find an emoji"));
    visit.types("stew");
    visit.chord("Enter");
    assert_eq!(visit.commands, [react(110, "🍲", true)]);
    assert!(!visit.sees("Find an emoji"));
    assert_eq!(visit.hand.around.prefs.emoji.first().map(String::as_str), Some("🍲"));
    visit.click_beside("Good", Icon::SmilePlus);
    visit.click("🍲");
    assert_eq!(visit.commands[1], react(131, "🍲", true), "the last used is the first at hand");
}

#[test]
fn a_reaction_is_joined_and_taken_back_by_a_click() {
    let reacted = |users: &[_]| {
        let reactions = vec![Reaction { emoji: "🎉".to_owned(), users: users.to_vec() }];
        vec![Said { reactions, ..said(1, BEN, "Done") }]
    };
    let mut visit = Visit::new(world(), reacted(&[BEN, DMITRI]));
    visit.click("🎉");
    assert_eq!(visit.commands, [react(1, "🎉", true)]);
    let mut visit = Visit::new(world(), reacted(&[ANA, BEN]));
    visit.click("🎉");
    assert_eq!(visit.commands, [react(1, "🎉", false)]);
}

#[test]
fn the_picker_puts_an_emoji_into_what_is_written() {
    let mut visit = Visit::new(world(), talk());
    visit.types("Soup ");
    visit.chord("Ctrl+E");
    visit.types("stew");
    visit.chord("Enter");
    visit.types("!");
    visit.chord("Enter");
    assert_eq!(visit.sent(), "Soup 🍲!");
    assert_eq!(visit.commands.len(), 1);
}

#[test]
fn arrows_lead_through_the_picker() {
    let mut visit = Visit::new(world(), talk());
    visit.chord("Ctrl+E");
    // 👍 ❤️ 😂 🎉 😮 😢 🔥 👀 ✅, and below them 🙏 👎 🤔; there is nothing further up, nor below those.
    for key in ["Up", "Right", "Down", "Down", "Right", "Right", "Left"] {
        visit.chord(key);
    }
    visit.chord("Enter");
    visit.chord("Enter");
    assert_eq!(visit.sent(), "👎");
    // The best comes first, and arrows lead on from there.
    for (keys, sent) in [(&[][..], "👍"), (&["Right"][..], "👎")] {
        let mut visit = Visit::new(world(), talk());
        visit.chord("Ctrl+E");
        visit.types("thumbs");
        keys.iter().for_each(|key| visit.chord(key));
        visit.chord("Enter");
        visit.chord("Enter");
        assert_eq!(visit.sent(), sent);
    }
}

#[test]
fn deleting_asks_first() {
    let mut visit = Visit::new(world(), talk());
    visit.right_click("Then we take the low path");
    visit.click("Delete");
    assert!(visit.sees("Delete this message?") && visit.commands.is_empty());
    visit.click("Cancel");
    assert!(!visit.sees("Delete this message?") && visit.commands.is_empty());
    visit.right_click("Then we take the low path");
    visit.click("Delete");
    visit.click("Delete");
    assert_eq!(visit.commands, [Command::Delete { message: id(101) }]);
    assert!(!visit.sees("Delete this message?"));
}

#[test]
fn a_refused_deletion_says_why_and_can_be_tried_again() {
    let mut visit = Visit::new(world(), talk());
    visit.right_click("Good");
    visit.click("Delete");
    visit.refusal = Some(bivouac_node::CallError::Closed);
    visit.click("Delete");
    assert!(visit.sees("Bivouac has closed this folder. Start Bivouac again."));
    visit.refusal = None;
    visit.click("Delete");
    assert_eq!(visit.commands.len(), 2);
    assert!(!visit.sees("Delete this message?"));
}

#[test]
fn a_menu_is_gone_through_by_the_keyboard_and_nothing_else_hears_it() {
    let mut visit = Visit::new(world(), talk());
    visit.types("half a thought");
    visit.right_click("I bring soup");
    // Add reaction, then Reply.
    visit.chord("Down");
    visit.chord("Down");
    visit.chord("Enter");
    assert!(visit.commands.is_empty(), "what is half written is not sent");
    assert!(visit.sees("Replying to Chloé"));
    visit.types(", whole");
    visit.chord("Enter");
    let [Command::Post { text, reply_to, .. }] = &visit.commands[..] else { panic!("{:?}", visit.commands) };
    assert_eq!((text.as_str(), *reply_to), ("half a thought, whole", Some(id(110))));
}

#[test]
fn up_in_a_menu_chooses_its_last_entry_and_edits_nothing() {
    let mut visit = Visit::new(world(), talk());
    visit.right_click("Good");
    visit.chord("Up");
    assert!(!visit.sees("Editing your message"));
    visit.chord("Enter");
    assert!(visit.sees("Delete this message?"));
    visit.chord("Escape");
    assert!(!visit.sees("Delete this message?") && visit.commands.is_empty());
}

#[test]
fn a_question_is_answered_by_the_keyboard() {
    let mut visit = Visit::new(world(), talk());
    visit.types("not to be sent");
    visit.right_click("Good");
    visit.chord("Up");
    visit.chord("Enter");
    visit.types("x");
    visit.chord("Enter");
    assert!(visit.commands.is_empty(), "Enter alone agrees to nothing, and sends nothing from behind");
    // Cancel, then Delete.
    visit.chord("Tab");
    visit.chord("Tab");
    visit.chord("Enter");
    assert_eq!(visit.commands, [Command::Delete { message: id(131) }]);
    visit.chord("Enter");
    assert_eq!(visit.sent(), "not to be sent", "the field has the keyboard again");
}

#[test]
fn who_may_not_is_not_offered_it() {
    let mut world = world();
    world.put(hut(BEN));
    let mut visit = Visit::new(world, talk());
    visit.right_click("Good");
    for missing in ["Delete", "Edit", "Pin"] {
        assert!(!visit.sees(missing), "{missing}");
    }
    visit.chord("Escape");
    visit.right_click("Then we take the low path");
    assert!(visit.sees("Delete") && visit.sees("Edit") && !visit.sees("Pin"));
}

#[test]
fn a_message_is_pinned_copied_and_linked_to_from_its_menu() {
    let mut visit = Visit::new(world(), talk());
    visit.right_click("Good");
    visit.click("Pin");
    assert_eq!(visit.commands, [Command::Pin { message: id(131), on: true }]);
    visit.right_click("Good");
    visit.click("Copy text");
    visit.right_click("Good");
    visit.click("Copy message link");
    assert_eq!(visit.hand.copied, ["Good".to_owned(), format!("{MESSAGE_LINK}{}", id(131))]);
    assert_eq!(visit.told, ["Copied", "Copied"]);
}

#[test]
fn a_menu_at_the_edge_stays_in_the_window() {
    let mut visit = Visit::new(world(), talk());
    let size = visit.hand.around.size;
    for (x, y) in [(size.width - 1.0, size.height - 1.0), (0.0, 0.0)] {
        let at = iced::Point::new(x, y);
        visit.tell(Message::Timeline(
            bivouac_ui::screen::home::Side::Main,
            bivouac_ui::screen::timeline::Message::Of(id(131), bivouac_ui::screen::message::Message::More),
        ));
        visit.chord("Escape");
        visit.tell(Message::Mouse(at));
        visit.tell(Message::Timeline(
            bivouac_ui::screen::home::Side::Main,
            bivouac_ui::screen::timeline::Message::Of(id(131), bivouac_ui::screen::message::Message::More),
        ));
        for entry in ["Add reaction", "Delete"] {
            let place = visit.place(entry);
            assert!(place.x >= 0.0 && place.x + place.width <= size.width, "{entry} at {place:?}");
            assert!(place.y >= 0.0 && place.y + place.height <= size.height, "{entry} at {place:?}");
        }
        visit.chord("Escape");
    }
}
