//! Everything that can be pressed can be pressed without a mouse.

use bivouac_node::core::io::Command;
use bivouac_ui::screen::guild_settings::Page;
use iced::keyboard::key::Named;

use super::{
    at,
    camp::{Camp, GUILD, GUS},
};

#[test]
fn the_pages_are_gone_through_by_the_keyboard() {
    let mut hand = at(Page::Overview, Camp::owner());
    hand.tab();
    hand.key(Named::ArrowDown);
    assert!(hand.sees("Create role"));
}

#[test]
fn a_ban_is_lifted_by_the_keyboard() {
    let mut hand = at(Page::Bans, Camp::owner());
    // The pages on the left, then the only ban.
    hand.tab();
    hand.tab();
    hand.key(Named::Space);
    assert_eq!(hand.screen.commands, [Command::Unban { guild: GUILD, user: GUS }]);
}

#[test]
fn a_click_takes_the_frame_away() {
    let mut hand = at(Page::Overview, Camp::owner());
    hand.tab();
    hand.press("Owner");
    hand.key(Named::ArrowDown);
    assert!(!hand.sees("Create role"));
}
