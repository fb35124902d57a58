//! Writing: what is typed is sent, completed, taken back and kept.

use bivouac_node::{
    CallError,
    core::{io::Command, model::MessageId},
};
use bivouac_ui::words::{Language, Words};

use super::{
    hut::{BEN, FOOD, PLANS, id, said, talk, world},
    visit::Visit,
};

fn post(text: &str, reply_to: Option<MessageId>) -> Command {
    Command::Post { channel: PLANS, text: text.to_owned(), reply_to, thread: None, files: Vec::new() }
}

#[test]
fn enter_sends_what_was_written_in_several_lines_and_empties_the_field() {
    let mut visit = Visit::new(world(), talk());
    visit.types("First\nsecond\n\nthird");
    assert!(visit.commands.is_empty(), "a new line sends nothing");
    visit.chord("Enter");
    assert_eq!(visit.commands, [post("First\nsecond\n\nthird", None)]);
    visit.chord("Enter");
    visit.types("  \n ");
    visit.chord("Enter");
    assert_eq!(visit.commands.len(), 1, "of nothing there is nothing to send");
    visit.types("again");
    visit.chord("Enter");
    assert_eq!(visit.sent(), "again");
}

#[test]
fn an_emoji_is_completed_by_its_name() {
    let mut visit = Visit::new(world(), talk());
    visit.types("Hello :smi");
    assert!(visit.sees(":smile:"));
    visit.chord("Down");
    visit.chord("Up");
    visit.chord("Enter");
    assert!(visit.commands.is_empty() && !visit.sees(":smile:"), "what is offered is taken, not sent");
    visit.chord("Enter");
    assert_eq!(visit.sent(), "Hello 😄");
}

#[test]
fn a_name_is_completed_to_a_mention() {
    let mut visit = Visit::new(world(), talk());
    visit.types("@be");
    visit.chord("Tab");
    visit.types("come");
    visit.chord("Enter");
    assert_eq!(visit.sent(), format!("<@{BEN}> come"));
}

#[test]
fn what_is_offered_is_taken_by_a_click_and_left_by_escape() {
    let mut visit = Visit::new(world(), talk());
    visit.types("#fo");
    visit.click("#food");
    visit.types("now");
    visit.chord("Enter");
    assert_eq!(visit.sent(), format!("<#{FOOD}> now"));
    visit.types("@be");
    visit.chord("Escape");
    assert!(visit.read.is_empty(), "Escape only closed what was offered");
    visit.chord("Enter");
    assert_eq!(visit.sent(), "@be");
}

#[test]
fn up_in_an_empty_field_edits_my_last_message() {
    let mut visit = Visit::new(world(), talk());
    visit.types("half");
    visit.chord("Up");
    assert!(!visit.sees("Editing your message"), "the field is not empty");
    for _ in 0..4 {
        visit.hit(
            iced::keyboard::Key::Named(iced::keyboard::key::Named::Backspace),
            iced::keyboard::Modifiers::empty(),
            None,
        );
    }
    visit.chord("Up");
    assert!(visit.sees("Editing your message"));
    visit.types(" now");
    visit.chord("Enter");
    let text = "See https://example.org/map now".to_owned();
    assert_eq!(visit.commands, [Command::Edit { message: id(130), text }]);
    assert!(!visit.sees("Editing your message"));
}

#[test]
fn escape_leaves_an_edit_as_it_was() {
    let mut visit = Visit::new(world(), talk());
    visit.chord("Up");
    visit.types("!!");
    visit.chord("Escape");
    assert!(!visit.sees("Editing your message"));
    visit.chord("Enter");
    assert!(visit.commands.is_empty() && visit.read.is_empty());
}

#[test]
fn an_answer_names_what_it_answers_until_it_is_let_be() {
    let mut visit = Visit::new(world(), talk());
    visit.click_beside("I bring soup", bivouac_ui::widget::Icon::Reply);
    assert!(visit.sees("Replying to Chloé"));
    visit.types("Thanks");
    visit.chord("Enter");
    assert_eq!(visit.commands, [post("Thanks", Some(id(110)))]);
    visit.click_beside("I bring soup", bivouac_ui::widget::Icon::Reply);
    visit.sign(bivouac_ui::widget::Icon::CircleX);
    visit.types("To all");
    visit.chord("Enter");
    assert_eq!(visit.commands[1], post("To all", None));
}

#[test]
fn what_could_not_be_sent_is_there_again() {
    let mut visit = Visit::new(world(), talk());
    visit.refusal = Some(CallError::Closed);
    visit.types("Lost?");
    visit.chord("Enter");
    assert!(visit.sees("Bivouac has closed this folder. Start Bivouac again."));
    visit.hand.around.words = Words::new(Language::French);
    assert!(visit.sees("Bivouac a fermé ce dossier. Redémarre Bivouac."), "in the language spoken now");
    visit.hand.around.words = Words::default();
    visit.refusal = None;
    visit.chord("Enter");
    assert_eq!(visit.commands, [post("Lost?", None), post("Lost?", None)]);
    assert!(!visit.sees("Bivouac has closed this folder. Start Bivouac again."));
}

#[test]
fn too_long_a_message_says_by_how_much_and_is_kept() {
    let mut visit = Visit::new(world(), talk());
    let target = bivouac_ui::screen::composer::Target { channel: PLANS, thread: None };
    visit.tell(bivouac_ui::screen::home::Message::Pasted(target, Some("a".repeat(4_002))));
    assert!(visit.sees("-2"));
    visit.chord("Enter");
    assert!(visit.sees("2 characters too many: a message has 4,000 at most."));
    assert!(visit.commands.is_empty() && visit.sees("-2"));
}

#[test]
fn drafts_stay_with_their_channels() {
    let mut visit = Visit::new(world(), talk());
    visit.types("for plans");
    visit.click("food");
    visit.types("for food");
    visit.chord("Alt+Down");
    visit.chord("Enter");
    assert_eq!(visit.sent(), "for plans");
    visit.chord("Alt+Up");
    visit.chord("Enter");
    let [_, Command::Post { channel: FOOD, text, .. }] = &visit.commands[..] else { panic!("{:?}", visit.commands) };
    assert_eq!(text, "for food");
}

#[test]
fn who_may_not_write_has_no_field() {
    let mut world = world();
    let mut view = super::hut::hut(BEN);
    let mut channel = view.law.channels[&PLANS].clone();
    let everyone = bivouac_node::core::model::Target::Role(bivouac_node::core::authority::everyone(super::hut::HUT));
    let mute = bivouac_node::core::model::Overwrite {
        allow: Default::default(),
        deny: bivouac_node::core::model::Permissions::SEND,
    };
    channel.overwrites.insert(everyone, mute);
    view.law.channels.insert(PLANS, channel);
    world.put(view);
    let mut visit = Visit::new(world, vec![said(1, BEN, "Listen")]);
    assert!(visit.sees("You may read here, not write."));
    visit.types("But");
    visit.chord("Enter");
    assert!(visit.commands.is_empty());
}
