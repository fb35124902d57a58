//! The settings with no mouse at all.

use bivouac_node::core::io::Command;
use bivouac_ui::{
    keymap::{Act, Chord},
    prefs::Mode,
    screen::{
        Ctx,
        home::{self, Home},
        settings::Page,
    },
    words::Language,
};
use iced::keyboard::{Key, Modifiers, key::Named};

use super::{
    pages::at,
    seat::{Desk, GUILD, Seat},
};

#[test]
fn arrows_lead_from_page_to_page() {
    let mut at = at(Page::Profile, Desk::new(Language::English));
    at.press(Named::ArrowDown);
    at.press(Named::ArrowDown);
    assert_eq!(at.screen.page(), Page::Keys);
    at.press(Named::ArrowUp);
    assert_eq!(at.screen.page(), Page::Looks);
    for _ in 0..9 {
        at.press(Named::ArrowUp);
    }
    assert_eq!(at.screen.page(), Page::Profile);
}

#[test]
fn everything_on_a_page_is_reached_by_tab_and_changed() {
    let mut at = at(Page::Looks, Desk::new(Language::English));
    // From the pages to what this one holds.
    at.tab();
    at.press(Named::ArrowRight);
    assert_eq!(at.desk.prefs.looks.mode, Mode::Dark);
    at.press(Named::ArrowRight);
    at.press(Named::ArrowRight);
    assert_eq!(at.desk.prefs.looks.mode, Mode::Light);
    at.tab();
    at.press(Named::ArrowRight);
    assert_eq!(at.desk.prefs.looks.accent, bivouac_ui::theme::Accent::Pine);
    at.tab();
    at.press(Named::ArrowRight);
    assert!(at.desk.prefs.looks.compact);
    at.tab();
    at.press(Named::ArrowUp);
    assert_eq!(at.desk.prefs.looks.scale, 110);
    at.tab();
    at.press(Named::Enter);
    assert_eq!(at.desk.prefs.looks.scale, 100);
    at.tab();
    at.press(Named::ArrowRight);
    assert_eq!(at.desk.prefs.language.as_deref(), Some("en"));
    at.tab();
    at.press(Named::Space);
    assert!(!at.desk.prefs.looks.animations);
    at.tab();
    assert!(at.sees("Streamer mode"), "what has the keyboard is in sight");
    at.press(Named::Enter);
    assert!(at.desk.prefs.streamer);
}

fn home() -> Seat<Home, home::Message> {
    let update = |home: &mut Home, message, ctx: &Ctx<'_>| home.update(message, ctx, std::time::Instant::now());
    let mut seat =
        Seat::new(Desk::new(Language::English), (Home::new(), bivouac_ui::intent::Wants::none()), Home::view, update);
    let place = bivouac_ui::intent::Place { guild: GUILD, channel: None, message: None };
    let wants = seat.screen.go(place, &seat.desk.ctx());
    seat.want(wants);
    seat
}

fn act(seat: &mut Seat<Home, home::Message>, act: Act) {
    let wants = seat.screen.act(act, &seat.desk.ctx());
    seat.want(wants);
}

fn key(seat: &mut Seat<Home, home::Message>, key: &Key, modifiers: Modifiers) -> bool {
    let chord = Chord::pressed(key, modifiers).unwrap();
    let wants = seat.screen.key(key, &chord, false, &seat.desk.ctx());
    let taken = wants.is_some();
    wants.into_iter().for_each(|wants| seat.want(wants));
    taken
}

#[test]
fn a_chord_opens_the_settings_and_escape_leaves_whatever_it_was_made_to_do() {
    let mut seat = home();
    act(&mut seat, Act::Settings);
    assert!(seat.sees("My devices"));
    act(&mut seat, Act::Keys);
    assert!(seat.sees("Find a place"));
    act(&mut seat, Act::Switch);
    assert!(seat.sees("Getting around"), "what is covered does not act");
    seat.desk.prefs.keys.insert(Act::Read, "F9".to_owned());
    assert!(key(&mut seat, &Key::Named(Named::Escape), Modifiers::empty()));
    assert!(!seat.sees("Getting around") && seat.sees("plans"));
}

#[test]
fn a_chord_that_is_listened_for_does_nothing_else() {
    let mut seat = home();
    act(&mut seat, Act::Keys);
    seat.click("Change");
    assert!(key(&mut seat, &Key::Named(Named::F2), Modifiers::empty()));
    assert_eq!(seat.desk.prefs.keys.get(&Act::Switch).map(String::as_str), Some("F2"));
    assert!(!key(&mut seat, &Key::Named(Named::F2), Modifiers::empty()), "and only that one");
    // The key that pressed the button is told to all, and is not the one that is meant.
    seat.click("Change");
    let enter = Key::Named(Named::Enter);
    let chord = Chord::pressed(&enter, Modifiers::empty()).unwrap();
    assert!(seat.screen.key(&enter, &chord, true, &seat.desk.ctx()).is_none());
    assert!(seat.sees("Press the new keys…"));
}

#[test]
fn what_is_covered_keeps_what_was_written_and_hears_nothing() {
    let mut seat = home();
    seat.types("half a thought");
    act(&mut seat, Act::Settings);
    seat.types("not for the channel");
    key(&mut seat, &Key::Named(Named::Escape), Modifiers::empty());
    seat.types(", and the rest");
    seat.press(Named::Enter);
    let [.., Command::Post { text, .. }] = &seat.desk.asked[..] else { panic!("{:?}", seat.desk.asked) };
    assert_eq!(text, "half a thought, and the rest");
}
