//! What is clicked and typed on the pages comes out as what the app remembers.

use bivouac_ui::{
    avatar::AvatarError,
    intent::{Depicts, Service},
    keymap::{Act, Chord},
    lock::Lock,
    prefs::{Mode, Rule},
    screen::settings::{Message, Page, Settings, profile},
    words::Language,
};
use iced::keyboard::{Key, Modifiers, key::Named};

use super::seat::{Desk, GUILD, PLANS, Seat};

pub(crate) type At = Seat<Settings, Message>;

pub(crate) fn at(page: Page, desk: Desk) -> At {
    Seat::new(desk, Settings::new(page), Settings::view, |settings, message, ctx| settings.update(message, ctx).0)
}

fn english(page: Page) -> At {
    at(page, Desk::new(Language::English))
}

#[test]
fn looks_hold_at_once() {
    let mut at = english(Page::Looks);
    at.click("Light");
    assert_eq!(at.desk.prefs.looks.mode, Mode::Light);
    at.click("Compact");
    assert!(at.desk.prefs.looks.compact);
    at.click("Français");
    assert_eq!(at.desk.prefs.language.as_deref(), Some("fr"));
    at.tell(Message::Looks(bivouac_ui::screen::settings::looks::Message::Slide(150)));
    assert_eq!(at.desk.prefs.looks.scale, 100, "nothing moves while the slider is held");
    at.tell(Message::Looks(bivouac_ui::screen::settings::looks::Message::Slid));
    assert_eq!(at.desk.prefs.looks.scale, 150);
    at.click("Reset");
    assert_eq!(at.desk.prefs.looks.scale, 100);
}

#[test]
fn the_pages_are_led_to_by_their_names() {
    let mut at = english(Page::Profile);
    for (name, page) in [
        ("Appearance", Page::Looks),
        ("Key bindings", Page::Keys),
        ("Notifications", Page::Notify),
        ("Network", Page::Network),
        ("Data", Page::Storage),
        ("About", Page::About),
        ("My profile", Page::Profile),
    ] {
        at.click(name);
        assert_eq!(at.screen.page(), page);
    }
}

#[test]
fn addresses_are_listened_on_only_if_they_can_be() {
    let mut at = english(Page::Network);
    let line = "/ip4/0.0.0.0/udp/4001/quic-v1";
    for wrong in ["192.168.1.1:4001", "/ip4/0.0.0.0/udp/4001", "/dns/example.org/tcp/1"] {
        at.tell(Message::Network(bivouac_ui::screen::settings::network::Message::Type(wrong.to_owned())));
        at.click("Add");
        assert!(at.desk.prefs.network.listen.is_empty(), "{wrong}");
        assert!(at.sees(&at.desk.words.get("network-listen-fault")), "{wrong}");
    }
    at.tell(Message::Network(bivouac_ui::screen::settings::network::Message::Type(String::new())));
    at.click(line);
    at.types("/ip6/::/tcp/4001");
    at.press(Named::Enter);
    assert_eq!(at.desk.prefs.network.listen, ["/ip6/::/tcp/4001"]);
    assert!(at.sees("Takes effect when Bivouac starts again."));
}

#[test]
fn who_is_connected_is_told_by_name_and_nothing_of_it_while_others_watch() {
    let mut at = english(Page::Network);
    assert!(at.sees("Bo") && at.sees("12 ms"));
    let address = at.desk.world.net.addresses[0].clone();
    assert!(at.sees(&address) && at.sees("02020202"));
    at.desk.prefs.streamer = true;
    assert!(!at.sees(&address) && !at.sees("02020202"));
}

#[test]
fn one_can_hide_from_this_network() {
    let mut at = english(Page::Network);
    at.click("Visible to people on this network");
    assert!(!at.desk.prefs.network.visible);
}

#[test]
fn rules_that_differ_are_listed_and_removed() {
    let mut desk = Desk::new(Language::English);
    desk.prefs.notify.guilds.insert(GUILD.to_string(), Rule::All);
    desk.prefs.notify.channels.insert(PLANS.to_string(), Rule::Nothing);
    desk.prefs.notify.channels.insert("00".to_owned(), Rule::Mentions);
    let mut at = at(Page::Notify, desk);
    assert!(at.sees("Whole guild") && at.sees("plans"));
    assert!(!at.sees("Left or unknown (00)"), "as usual, so it is not listed");
    at.tell(Message::Notify(bivouac_ui::screen::settings::notify::Message::Channel(PLANS.to_string())));
    assert!(!at.sees("plans"));
    at.click("Do not disturb");
    assert!(at.desk.prefs.notify.quiet);
}

fn pressed(at: &mut At, key: Key, modifiers: Modifiers) {
    let chord = Chord::pressed(&key, modifiers).unwrap();
    let wants = at.screen.key(&key, &chord, false, &at.desk.ctx()).unwrap();
    at.want(wants);
}

#[test]
fn a_chord_is_chosen_by_pressing_it() {
    let mut at = english(Page::Keys);
    at.click("Change");
    assert!(at.sees("Press the new keys…"));
    pressed(&mut at, Key::Character("j".into()), Modifiers::CTRL);
    assert_eq!(at.desk.prefs.keys.get(&Act::Switch).map(String::as_str), Some("Ctrl+J"));
    at.click("Change");
    pressed(&mut at, Key::Character("k".into()), Modifiers::CTRL);
    assert!(at.desk.prefs.keys.is_empty(), "the usual one is nothing to remember");
    at.click("Change");
    pressed(&mut at, Key::Named(Named::Escape), Modifiers::empty());
    assert!(at.desk.prefs.keys.is_empty());
}

#[test]
fn a_chord_that_does_something_else_is_named_and_can_be_swapped() {
    let mut at = english(Page::Keys);
    at.click("Change");
    pressed(&mut at, Key::Character("f".into()), Modifiers::CTRL);
    assert!(at.desk.prefs.keys.is_empty());
    assert!(at.sees("Ctrl+F already does “Search”."));
    at.click("Swap the two");
    assert_eq!(at.desk.keys.act(&"Ctrl+F".parse().unwrap()), Some(Act::Switch));
    assert_eq!(at.desk.keys.act(&"Ctrl+K".parse().unwrap()), Some(Act::Search));
    at.click("Reset all");
    assert!(at.desk.prefs.keys.is_empty());
    at.click("Change");
    pressed(&mut at, Key::Character("k".into()), Modifiers::empty());
    assert!(at.desk.prefs.keys.is_empty(), "one writes with it");
    assert!(at.sees("K is for writing or moving about. Add Ctrl or Alt, or take another key."));
}

#[test]
fn an_avatar_is_chosen_set_and_remembered() {
    let mut at = english(Page::Profile);
    at.click("Choose a picture…");
    assert_eq!(at.desk.served, [Service::Picture(Depicts::Me)]);
    let asked = at.desk.work;
    let wants = at.screen.chosen(Some("/home/ana/me.png".into()), &at.desk.ctx());
    at.want(wants);
    assert_eq!(at.desk.work, asked + 1);
    assert!(at.sees("Setting it in every guild…"));
    at.tell(Message::Profile(profile::Message::Set(Some("/home/ana/me.png".into()), Ok(()))));
    assert_eq!(at.desk.prefs.avatar.as_deref(), Some("/home/ana/me.png".as_ref()));
    assert!(at.sees("Remove avatar"));
    at.tell(Message::Profile(profile::Message::Set(None, Err(AvatarError::Picture("/home/ana/me.txt".into()).into()))));
    assert!(
        at.sees("This is not a picture Bivouac can use. Take a PNG, JPEG, GIF or WebP of up to 32 MB.")
            && at.desk.prefs.avatar.is_some()
    );
}

#[test]
fn a_passphrase_is_typed_twice() {
    use bivouac_ui::screen::settings::secret::Message as Secret;
    let mut at = english(Page::Profile);
    at.desk.size.height = 1_200.0;
    let secret = |message| Message::Profile(profile::Message::Secret(message));
    at.tell(secret(Secret::Now(Lock::Open, None)));
    assert!(!at.sees("Current passphrase"));
    let asked = at.desk.work;
    at.tell(secret(Secret::New("one".to_owned())));
    at.tell(secret(Secret::Again("two".to_owned())));
    at.click("Set passphrase");
    assert_eq!(at.desk.work, asked);
    assert!(at.sees("The two are not the same. Type the new one once more."));
    at.tell(secret(Secret::Again("one".to_owned())));
    at.click("Set passphrase");
    assert_eq!(at.desk.work, asked + 1);
    at.tell(secret(Secret::Done(Ok(Lock::Typed))));
    assert!(at.sees("Current passphrase") && at.sees("Remove passphrase"));
    assert!(!format!("{:?}", secret(Secret::New("one".to_owned()))).contains("one"), "nobody prints it");
}

#[test]
fn the_data_folder_is_shown_and_opened() {
    let mut at = english(Page::Storage);
    assert!(at.sees("/home/ana/.local/share/bivouac"));
    at.click("Open folder");
    assert_eq!(at.desk.served, [Service::Folder("/home/ana/.local/share/bivouac".into())]);
    at.desk.prefs.streamer = true;
    assert!(!at.sees("/home/ana/.local/share/bivouac"));
}

#[test]
fn every_page_stands_in_both_languages() {
    for page in Page::ALL {
        for language in Language::ALL {
            let mut at = at(page, Desk::new(language));
            let close = at.desk.words.get("settings");
            assert!(at.sees(&close), "{page:?}");
        }
    }
}
