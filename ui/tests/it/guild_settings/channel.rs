//! The settings of a channel.

use bivouac_node::core::{
    io::{ChannelEdit, Command},
    model::{ChannelId, Overwrite, Permissions, Target},
};
use bivouac_ui::{
    intent::Intent,
    screen::{
        Ctx,
        channel_settings::{ChannelSettings, Message},
        dialog::Then,
    },
    widget::Icon,
};

use super::camp::{Camp, GUILD, HANA, NOW};
use crate::hand::{Around, Hand};

/// The screen, with what it wanted.
pub(crate) struct Settled {
    pub screen: ChannelSettings,
    pub commands: Vec<Command>,
    pub then: Then,
}

fn update(settled: &mut Settled, message: Message, ctx: &Ctx<'_>) {
    let (wants, then) = settled.screen.update(message, ctx);
    settled.then = then;
    for intent in wants.0 {
        if let Intent::Do(command, _) = intent {
            settled.commands.push(command);
        }
    }
}

fn view<'a>(settled: &'a Settled, ctx: Ctx<'a>) -> bivouac_ui::theme::Element<'a, Message> {
    settled.screen.view(ctx)
}

pub(crate) fn at(channel: ChannelId, camp: Camp) -> Hand<Settled, Message> {
    let mut around = Around::new(camp.world(), NOW);
    around.size = iced::Size::new(1280.0, 1_600.0);
    let (screen, _) = ChannelSettings::new(GUILD, channel, &around.ctx());
    Hand::new(Settled { screen, commands: Vec::new(), then: Then::Stay }, around, view, update)
}

#[test]
fn what_is_changed_of_a_channel_is_saved_in_one_command() {
    let channel = Camp::channel(1);
    let mut hand = at(channel, Camp::owner());
    hand.press_nth("general", 0);
    hand.type_in("-chat");
    hand.press("30 seconds");
    hand.press("Trips");
    hand.press("Save changes");
    let edit = ChannelEdit {
        name: Some("general-chat".into()),
        slow_mode_s: Some(30),
        parent: Some(Camp::channel(6)),
        ..ChannelEdit::default()
    };
    assert_eq!(hand.screen.commands, [Command::UpdateChannel { channel, edit, password: None }]);
    // A channel whose log all share forgets nothing.
    assert!(!hand.sees("Keep messages for"));
}

#[test]
fn only_a_channel_that_can_forget_is_offered_to() {
    let channel = Camp::channel(3);
    let mut hand = at(channel, Camp::owner());
    assert!(hand.sees("All devices forget messages after 1 day, and their keys after 2 days."));
    assert!(!hand.sees("For good"));
    hand.press("7 days");
    hand.press("Save changes");
    let edit = ChannelEdit { retention_s: Some(604_800), ..ChannelEdit::default() };
    assert_eq!(hand.screen.commands, [Command::UpdateChannel { channel, edit, password: None }]);
}

#[test]
fn a_channel_moves_among_its_like() {
    let mut hand = at(Camp::channel(1), Camp::owner());
    hand.press(&Icon::ArrowDown.char().to_string());
    let moved = hand.screen.commands.iter().filter_map(|command| match command {
        Command::UpdateChannel { channel, edit: ChannelEdit { position: Some(at), .. }, .. } => Some((*at, *channel)),
        _ => None,
    });
    let mut order: Vec<_> = moved.collect();
    order.sort_unstable();
    let order: Vec<_> = order.into_iter().map(|(_, channel)| channel).collect();
    assert_eq!(order, [2, 1, 3, 4].map(Camp::channel));
}

#[test]
fn a_permission_stands_in_three_ways() {
    let channel = Camp::channel(1);
    let mut hand = at(channel, Camp::owner());
    hand.press("Permissions");
    hand.press("Add a role or a member");
    hand.type_in("cook");
    hand.press("Cook");
    // Of “View channels”, the first of all.
    hand.press_nth(&Icon::Close.char().to_string(), 0);
    hand.press("Save changes");
    let over = Overwrite { allow: Permissions::default(), deny: Permissions::VIEW };
    let target = Target::Role(Camp::role("Cook"));
    assert_eq!(hand.screen.commands, [Command::Overwrite { channel, target, over }]);
}

#[test]
fn who_lacks_a_permission_neither_gives_nor_takes_it() {
    let channel = Camp::channel(4);
    let mut hand = at(channel, Camp::moderator());
    assert!(!hand.sees("Delete channel"));
    hand.press("Hana of the Hills");
    let (deny, allow) = (Icon::Close.char().to_string(), Icon::Check.char().to_string());
    // “Manage channels”: the second of all, and not mine.
    hand.press_nth(&allow, 1);
    assert!(!hand.sees("You have unsaved changes."));
    hand.press_nth(&deny, 0);
    hand.press("Save changes");
    let over = Overwrite { allow: Permissions::default(), deny: Permissions::VIEW };
    assert_eq!(hand.screen.commands, [Command::Overwrite { channel, target: Target::User(HANA), over }]);
}

#[test]
fn nothing_is_taken_from_who_stands_as_high() {
    let mut hand = at(Camp::channel(4), Camp::moderator());
    hand.press("Add a role or a member");
    hand.type_in("moder");
    hand.press("Moderator");
    hand.press_nth(&Icon::Close.char().to_string(), 0);
    assert!(!hand.sees("You have unsaved changes."));
    // To allow what one has oneself needs nobody's rank.
    hand.press_nth(&Icon::Check.char().to_string(), 0);
    assert!(hand.sees("You have unsaved changes."));
}

#[test]
fn a_channel_goes_after_a_question() {
    let channel = Camp::channel(1);
    let mut hand = at(channel, Camp::owner());
    hand.press("Delete channel");
    assert!(hand.screen.commands.is_empty());
    hand.press("Delete");
    assert_eq!(hand.screen.commands, [Command::DeleteChannel { channel }]);
}
