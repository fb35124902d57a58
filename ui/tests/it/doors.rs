//! Before one is in: the first run, a locked folder, and what stands in the way.

use bivouac_node::{FolderError, VaultError};
use bivouac_ui::{
    desktop::Unavailable,
    fault::Fault,
    intent::{Intent, Wants},
    lock::LockError,
    screen::{
        Ctx,
        unlock::{self, Unlock},
        welcome::{self, Exit, Welcome},
    },
    theme::Element,
    words::{Language, Words},
    world::World,
};
use iced::{Size, keyboard::key::Named};

use crate::hand::{Around, Hand};

/// A first run, with what became of it.
struct First {
    screen: Welcome,
    work: usize,
    exit: Option<Exit>,
    tasks: Vec<iced::Task<welcome::Message>>,
}

impl First {
    fn take(&mut self, wants: Wants<welcome::Message>) {
        for intent in wants.0 {
            match intent {
                Intent::Work(_) => self.work += 1,
                Intent::Run(task) => self.tasks.push(task),
                _ => {}
            }
        }
    }
}

fn update(first: &mut First, message: welcome::Message, ctx: &Ctx<'_>) {
    let (wants, exit) = first.screen.update(message, ctx);
    first.exit = exit.or(first.exit);
    first.take(wants);
}

fn view<'a>(first: &'a First, ctx: Ctx<'a>) -> Element<'a, welcome::Message> {
    first.screen.view(ctx)
}

const WORDS: [&str; 24] = [
    "acid", "bone", "cave", "dawn", "echo", "fern", "gate", "hail", "iron", "jade", "kelp", "lamp", "mist", "nest",
    "oath", "pine", "quiz", "rope", "salt", "tide", "urge", "vine", "wolf", "yarn",
];

fn first() -> Hand<First, welcome::Message> {
    let around = Around::new(World::new(None, Default::default()), 1_770_120_000_000);
    let (screen, wants) = Welcome::new(String::new());
    let mut first = First { screen, work: 0, exit: None, tasks: Vec::new() };
    first.take(wants);
    let mut hand = Hand::new(first, around, view, update);
    settle(&mut hand);
    assert_eq!(std::mem::take(&mut hand.screen.work), 1, "a keyring is looked for");
    tell(&mut hand, welcome::Message::Keyring(Err(LockError::Keyring(Unavailable::NoService("a keyring")).into())));
    hand
}

fn settle(hand: &mut Hand<First, welcome::Message>) {
    for task in std::mem::take(&mut hand.screen.tasks) {
        hand.run(task);
    }
}

fn tell(hand: &mut Hand<First, welcome::Message>, message: welcome::Message) {
    update(&mut hand.screen, message, &hand.around.ctx());
    settle(hand);
}

/// As far as the words.
fn worded() -> Hand<First, welcome::Message> {
    let mut hand = first();
    hand.type_in("Ana");
    hand.press("Next");
    hand.press("Nothing");
    assert_eq!(hand.screen.work, 1, "an identity is made");
    tell(&mut hand, welcome::Message::Created(Ok(WORDS.to_vec())));
    hand
}

#[test]
fn no_name_and_too_long_a_name_lead_nowhere() {
    let mut hand = first();
    hand.key(Named::Enter);
    hand.press("Next");
    assert!(hand.sees("Welcome to Bivouac"));
    let mut hand = first();
    hand.type_in(&"a".repeat(65));
    assert!(hand.sees("A name has 64 characters at most."));
    hand.key(Named::Enter);
    assert!(hand.sees("Welcome to Bivouac"));
}

#[test]
fn a_folder_opens_by_what_is_chosen() {
    let mut hand = first();
    hand.type_in("Ana");
    hand.key(Named::Enter);
    assert!(hand.sees("No keyring can be used here: no program on this desktop offers it."));
    tell(&mut hand, welcome::Message::Keyring(Ok(())));
    hand.press("This computer’s keyring");
    assert_eq!(hand.screen.work, 1);
    let mut hand = first();
    hand.type_in("Ana");
    hand.key(Named::Enter);
    hand.press("A passphrase");
    settle(&mut hand);
    hand.type_in("open sesame");
    hand.tab();
    hand.type_in("open");
    hand.key(Named::Enter);
    assert!(hand.sees("The two are not the same. Type the new one once more."));
    assert_eq!(hand.screen.work, 0);
    hand.type_in(" sesame");
    hand.key(Named::Enter);
    hand.key(Named::Enter);
    assert_eq!(hand.screen.work, 1);
    assert!(!hand.sees("open sesame"));
}

#[test]
fn words_are_shown_asked_for_and_let_one_in() {
    let mut hand = worded();
    for word in WORDS {
        assert!(hand.sees(word), "{word}");
    }
    hand.press("Next");
    assert!(hand.sees("acid"), "they are not written down yet");
    hand.press("I have written them down");
    hand.press("Next");
    settle(&mut hand);
    assert!(!hand.sees("acid"));
    let asked: Vec<usize> = (1..=24).filter(|n| hand.sees(&format!("Word {n}"))).collect();
    let [first, second] = asked[..] else { panic!("{asked:?}") };
    hand.type_in(WORDS[first - 1]);
    hand.tab();
    hand.type_in("wrong");
    hand.key(Named::Enter);
    assert!(hand.sees("That does not match the words shown. Check your paper, or go back and look again."));
    assert!(!hand.sees("How do you want to begin?"));
    for _ in 0.."wrong".len() {
        hand.key(Named::Backspace);
    }
    hand.type_in(&WORDS[second - 1].to_uppercase());
    hand.key(Named::Enter);
    assert!(hand.sees("How do you want to begin?"));
    hand.press("I have an invite");
    assert_eq!(hand.screen.exit, Some(Exit::Join));
}

#[test]
fn the_first_run_needs_no_mouse() {
    let mut hand = first();
    hand.type_in("Ana");
    hand.key(Named::Enter);
    // Past the passphrase.
    hand.tab();
    hand.tab();
    hand.key(Named::Enter);
    assert_eq!(hand.screen.work, 1);
    tell(&mut hand, welcome::Message::Created(Ok(WORDS.to_vec())));
    hand.tab();
    hand.key(Named::Space);
    // Past what copies them.
    hand.tab();
    hand.tab();
    hand.key(Named::Enter);
    settle(&mut hand);
    assert!(hand.sees("Two words, to be sure"));
}

#[test]
fn what_keeps_an_identity_from_being_made_is_said() {
    let mut hand = first();
    hand.type_in("Ana");
    hand.press("Next");
    hand.press("Nothing");
    tell(&mut hand, welcome::Message::Created(Err(Fault::of("fault-disk"))));
    assert!(hand.sees("The disk is full or failing. Free some room, and try again."));
    hand.press("Nothing");
    assert_eq!(hand.screen.work, 2);
}

#[test]
fn the_first_run_fits_in_both_languages_however_large_it_is() {
    for size in [Size::new(1600.0, 1000.0), Size::new(640.0, 400.0)] {
        for language in [Language::English, Language::French] {
            let mut hand = worded();
            (hand.around.size, hand.around.words) = (size, Words::new(language));
            // To tick that they are written down.
            hand.tab();
            let (bounds, seen) = hand.focused().unwrap();
            assert!(seen.width + 1.0 >= bounds.width && seen.height + 1.0 >= bounds.height, "{seen:?} of {bounds:?}");
        }
    }
}

/// A locked folder, with the passphrases that were tried.
struct Door {
    screen: Unlock,
    tried: Vec<String>,
}

fn door(fault: Option<Fault>) -> Hand<Door, unlock::Message> {
    let around = Around::new(World::new(None, Default::default()), 1_770_120_000_000);
    let (screen, wants) = Unlock::new(fault);
    let update = |door: &mut Door, message, _: &Ctx<'_>| {
        let tried = door.screen.update(message);
        door.tried.extend(tried.map(|passphrase| String::from_utf8(passphrase.0.to_vec()).unwrap()));
    };
    let mut hand = Hand::new(Door { screen, tried: Vec::new() }, around, |door, ctx| door.screen.view(ctx), update);
    for intent in wants.0 {
        if let Intent::Run(task) = intent {
            hand.run(task);
        }
    }
    hand
}

#[test]
fn a_passphrase_is_tried_once_and_not_shown() {
    let mut hand = door(None);
    hand.key(Named::Enter);
    assert!(hand.screen.tried.is_empty());
    hand.type_in("open sesame");
    assert!(!hand.sees("open sesame"));
    hand.key(Named::Enter);
    hand.key(Named::Enter);
    assert_eq!(hand.screen.tried, ["open sesame"]);
    assert!(hand.sees("Unlocking: this takes a second on purpose."));
}

#[test]
fn a_wrong_passphrase_is_said_until_another_is_typed() {
    let mut hand = door(Some(VaultError::WrongPassphrase.into()));
    assert!(hand.sees("The passphrase is wrong. Try again."));
    hand.type_in("sesame");
    assert!(!hand.sees("The passphrase is wrong. Try again."));
    hand.tab();
    hand.key(Named::Enter);
    assert_eq!(hand.screen.tried, ["sesame"]);
}

#[derive(Clone, Debug, PartialEq)]
enum Way {
    Retry,
    Quit,
}

#[test]
fn what_keeps_the_app_from_starting_is_said_with_a_way_on() {
    let around = Around::new(World::new(None, Default::default()), 1_770_120_000_000);
    fn view<'a>(_: &'a Vec<Way>, ctx: Ctx<'a>) -> Element<'a, Way> {
        let why = FolderError::InUse("/home/ana/camp".into()).into();
        unlock::broken(&why, None, Way::Retry, Way::Quit, ctx)
    }
    let hear = |ways: &mut Vec<Way>, way, _: &Ctx<'_>| ways.push(way);
    let mut hand = Hand::new(Vec::new(), around, view, hear);
    assert!(hand.sees("The folder /home/ana/camp is in use by another Bivouac. Close that one first."));
    hand.press("Try again");
    assert_eq!(hand.screen, [Way::Retry]);
    let mut hand = Hand::new(Vec::new(), Around::new(World::new(None, Default::default()), 0), view, hear);
    hand.tab();
    hand.key(Named::Space);
    hand.tab();
    hand.key(Named::Enter);
    assert_eq!(hand.screen, [Way::Quit, Way::Retry]);
}
