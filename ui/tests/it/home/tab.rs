//! Without a mouse: the Tab key reaches everything, what it reaches is in sight, in both languages and however large things are.

use bivouac_node::core::{
    io::{Command, Reply},
    model::InviteId,
};
use bivouac_ui::{
    intent::Place,
    screen::{dialog::add::Page, home::Message},
    widget::Icon,
    words::{Language, Words},
};
use iced::Size;

use super::{
    hut::{HUT, MILL, PLANS, SECRETS, id, photo, said, talk, world},
    visit::Visit,
};

/// A window of 1280 × 800 with all of it at 80 %, 100 % and 200 %.
const SIZES: [Size; 3] = [Size::new(1600.0, 1000.0), Size::new(1280.0, 800.0), Size::new(640.0, 400.0)];

/// Opens something.
type Open = fn(&mut Visit);

/// What can be seen, how it is come to, and how many stops of the Tab key there are at least.
const SCREENS: [(&str, usize, Open); 16] = [
    ("page", 12, |_| {}),
    ("search", 6, |visit| visit.chord("Ctrl+F")),
    ("pins", 6, |visit| visit.chord("Ctrl+P")),
    ("thread", 4, |visit| {
        let of = bivouac_ui::screen::timeline::Message::Of(id(110), bivouac_ui::screen::message::Message::Thread);
        visit.tell(Message::Timeline(bivouac_ui::screen::home::Side::Main, of));
    }),
    ("add", 4, |visit| add(visit, Page::Choose)),
    ("create", 2, |visit| add(visit, Page::Create)),
    ("join", 2, |visit| add(visit, Page::Join)),
    ("nearby", 1, |visit| add(visit, Page::Nearby)),
    ("channel", 5, |visit| visit.tell(Message::Channels(bivouac_ui::screen::channels::Message::Create(None)))),
    ("invite", 5, |visit| visit.tell(Message::Channels(bivouac_ui::screen::channels::Message::Invite))),
    ("profile", 5, |visit| {
        visit.tell(Message::Members(bivouac_ui::screen::members::Message::User(super::hut::CHLOE)));
    }),
    ("switch", 1, |visit| visit.chord("Ctrl+K")),
    ("emoji", 11, |visit| visit.chord("Ctrl+E")),
    ("viewer", 3, |visit| {
        let look = bivouac_ui::screen::message::Message::Look(photo(1, "one.png"));
        let of = bivouac_ui::screen::timeline::Message::Of(id(140), look);
        visit.tell(Message::Timeline(bivouac_ui::screen::home::Side::Main, of));
    }),
    ("delete", 2, |visit| {
        let of = bivouac_ui::screen::timeline::Message::Of(id(110), bivouac_ui::screen::message::Message::Delete);
        visit.tell(Message::Timeline(bivouac_ui::screen::home::Side::Main, of));
    }),
    ("guild settings", 7, |visit| {
        let chosen = bivouac_ui::screen::home::Chosen::GuildSettings(HUT);
        visit.tell(Message::Menu(chosen));
    }),
];

fn add(visit: &mut Visit, page: Page) {
    let wants = visit.hand.screen.home.add(page, String::new());
    visit.want(wants);
}

fn at(open: Open, language: Language, size: Size) -> Visit {
    let mut words = talk();
    let files = vec![photo(1, "one.png"), photo(2, "two.png")];
    words.push(bivouac_node::core::model::Message { files, ..said(140, super::hut::BEN, "") });
    let mut visit = Visit::outside(world());
    visit.said = words;
    visit.hand.around.words = Words::new(language);
    visit.hand.around.size = size;
    visit.reply = Reply::Invite { invite: InviteId([8; 32]), link: format!("bivouac://join/{}", "a".repeat(300)) };
    visit.go(Place { guild: HUT, channel: Some(PLANS), message: None });
    open(&mut visit);
    visit
}

#[test]
fn everything_that_the_keyboard_reaches_is_in_sight() {
    for (name, least, open) in SCREENS {
        for size in SIZES {
            for language in [Language::English, Language::French] {
                let mut visit = at(open, language, size);
                let place = format!("{name} at {size:?} in {}", language.tag());
                let mut stops = Vec::new();
                while visit.hand.focused().is_some() {
                    visit.chord("Tab");
                }
                loop {
                    visit.chord("Tab");
                    // After the last nothing has the keyboard, once.
                    let Some((bounds, seen)) = visit.hand.focused() else { break };
                    let most = Size::new(bounds.width.min(size.width), bounds.height.min(size.height));
                    let whole = seen.width + 1.0 >= most.width && seen.height + 1.0 >= most.height;
                    assert!(whole, "{bounds:?} is cut to {seen:?}: {place}");
                    assert!(!stops.contains(&bounds), "{bounds:?} twice: {place}");
                    stops.push(bounds);
                }
                // Where there is less room, what is beside the page is laid over it.
                let least = if size.width < 1_000.0 { least.min(5) } else { least };
                assert!(stops.len() >= least, "{} stops: {place}", stops.len());
            }
        }
    }
}

#[test]
fn what_has_the_keyboard_is_pressed_by_it() {
    let mut visit = Visit::new(world(), talk());
    // Where one writes comes first; all else is reached from there.
    let mut reached = 0;
    for _ in 0..40 {
        visit.chord("Tab");
        let here = visit.place("secrets").center();
        if visit.hand.focused().is_some_and(|(bounds, _)| bounds.contains(here)) {
            visit.chord("Enter");
            reached += 1;
            break;
        }
    }
    assert_eq!((reached, visit.hand.screen.home.channel()), (1, Some(SECRETS)));
    visit.types("Here");
    visit.chord("Enter");
    let [Command::Post { channel: SECRETS, .. }] = &visit.commands[..] else { panic!("{:?}", visit.commands) };
}

#[test]
fn messages_are_gone_through_and_answered_by_the_keyboard() {
    let mut visit = Visit::new(world(), talk());
    // From where one writes back past the sign that attaches files.
    visit.chord("Shift+Tab");
    visit.chord("Shift+Tab");
    visit.chord("Up");
    visit.chord("Up");
    visit.chord("Down");
    visit.chord("Enter");
    assert!(visit.sees("Copy text"), "its menu is open");
    visit.chord("Down");
    visit.chord("Down");
    visit.chord("Enter");
    assert!(visit.sees("Replying to Ana"), "the third from below is Dmitri's, and the one below it mine");
    visit.types("By keys");
    visit.chord("Enter");
    assert!(matches!(&visit.commands[..], [Command::Post { reply_to: Some(to), .. }] if *to == id(130)));
}

#[test]
fn the_keyboard_stays_in_a_dialogue_and_comes_back_from_it() {
    let mut visit = Visit::new(world(), talk());
    visit.types("half");
    add(&mut visit, Page::Join);
    let before = visit.hand.focused();
    assert!(before.is_some());
    for _ in 0..2 {
        visit.chord("Tab");
    }
    visit.types("x");
    visit.chord("Escape");
    visit.types(" whole");
    visit.chord("Enter");
    assert_eq!(visit.sent(), "half whole");
    assert_eq!(visit.commands.len(), 1);
}

#[test]
fn signs_are_pressed_by_the_space_bar() {
    let mut visit = Visit::new(world(), talk());
    visit.go(Place { guild: MILL, channel: None, message: None });
    let sign = Icon::Plus.char().to_string();
    for _ in 0..40 {
        visit.chord("Tab");
        let here = visit.hand.places(&sign)[0].center();
        if visit.hand.focused().is_some_and(|(bounds, _)| bounds.contains(here)) {
            visit.types(" ");
            break;
        }
    }
    assert!(visit.sees("I have an invite"));
}
