//! Two people who have never used it: each makes an identity, one makes a guild, the other comes in by the link. They talk
//! and send each other pictures; a cable is pulled; one of them loses power, and is back.

use std::path::Path;

use bivouac_node::{
    Config, Handle,
    core::{
        io::{Answer, Query, Scope},
        model::Message,
    },
};
use image::{ImageFormat, Rgb, RgbImage};

use super::person::{Person, lab};

const MAGENTA: [u8; 3] = [255, 0, 255];
const GREEN: [u8; 3] = [0, 255, 0];
/// The side of a picture that is sent.
const SIDE: u32 = 120;
/// Pixels of it that have to be seen.
const SEEN: usize = (SIDE * SIDE) as usize * 9 / 10;

#[test]
fn two_people_meet_talk_part_and_have_it_all() {
    let test = "two_people";
    let Some(mut lab) = lab(test) else { return };
    let hosts = [lab.host().unwrap(), lab.host().unwrap()];
    let mut ana = Person::new("Ana", test, lab.on(hosts[0]));
    let mut ben = Person::new("Ben", test, lab.on(hosts[1]));

    ana.start(&[]);
    first_run(&mut ana);
    ana.press("Create a guild");
    ana.reads("Name of the guild");
    ana.says("LAN Party");
    in_guild(&mut ana);
    ana.press("Invite people");
    ana.press("Make a link");
    ana.press("Copy link");
    let link = ana.copied();
    assert!(link.starts_with("bivouac://join/"), "{link:?}");
    ana.shot("invite");
    ana.key("Escape");
    ana.leaves_the_mouse();

    ben.start(&[]);
    first_run(&mut ben);
    ben.press("I have an invite");
    ben.reads("Invite link");
    ben.holds("UTF8_STRING", link.as_bytes());
    ben.key("ctrl+v");
    ben.key("Return");
    in_guild(&mut ben);
    // Among who is there.
    ana.reads("Ben");
    ben.reads("Ana");

    ana.says("Welcome to the tent");
    ben.reads("Welcome to the tent");
    ben.says("What a nice fire");
    ana.reads("What a nice fire");
    send_picture(&mut ben, MAGENTA);
    ana.sees("Ben's picture", MAGENTA, SEEN);
    send_picture(&mut ana, GREEN);
    ben.sees("Ana's picture", GREEN, SEEN);
    ana.shot("pictures");
    ben.shot("pictures");

    lab.cut(hosts[1]).unwrap();
    ana.reads("Why?");
    ben.reads("Why?");
    ben.says("Nobody hears this yet");
    ana.says("Where is everybody");
    ana.shot("island");
    ben.shot("island");
    lab.restore(hosts[1]).unwrap();
    ana.reads("Nobody hears this yet");
    ben.reads("Where is everybody");
    ana.until("an end of the island", |ana| ana.sight().find("Why?").is_none());

    ben.kill();
    ana.says("The lights went out");
    ana.says("I write on");
    ana.reads("Why?");
    ana.shot("alone");
    ben.start(&[]);
    in_guild(&mut ben);
    ben.reads("The lights went out");
    ben.reads("I write on");
    ben.says("Here again");
    ana.reads("Here again");
    ben.sees("what was there before", GREEN, SEEN);
    ana.shot("end");
    ben.shot("end");

    for person in [&mut ana, &mut ben] {
        assert!(person.quit().success(), "{}", person.name);
        let log = person.log();
        assert!(!log.contains("panic") && !log.contains(" ERROR "), "{}: {log}", person.name);
    }
    let (ana, ben) = (kept(&ana.data()), kept(&ben.data()));
    assert_eq!(ana, ben);
    let texts: Vec<_> = ana.iter().filter_map(|said| said.text.as_deref()).filter(|text| !text.is_empty()).collect();
    let said = ["Welcome to the tent", "What a nice fire", "Nobody hears this yet", "Where is everybody"];
    assert!(said.iter().chain(&["The lights went out", "I write on", "Here again"]).all(|said| texts.contains(said)));
    assert_eq!(texts.len(), 7, "{texts:?}");
    assert_eq!(ana.iter().map(|said| said.files.len()).sum::<usize>(), 2);
}

/// From an empty folder to the question how to begin, by the keyboard where it goes, and the mouse.
fn first_run(person: &mut Person) {
    person.reads("Welcome to Bivouac");
    person.says(person.name);
    person.until("the next page", |person| {
        let sight = person.sight();
        // What opens the folder may be asked first.
        if let Some(nothing) = sight.find("Nothing").filter(|_| sight.find("A passphrase").is_some()) {
            person.click(nothing.x, nothing.y, 1);
        }
        sight.find("Your recovery words").is_some()
    });
    person.press("Copy");
    let words = person.copied();
    let words: Vec<_> = words.split_whitespace().collect();
    assert_eq!(words.len(), 24, "{} words", words.len());
    person.press("I have written them down");
    person.press("Next");
    person.reads("Two words, to be sure");
    for (nth, number) in asked(person).into_iter().enumerate() {
        if nth > 0 {
            person.key("Tab");
        }
        person.types(words[number - 1]);
    }
    person.shot("words");
    person.key("Return");
    person.reads("How do you want to begin?");
    person.shot("begin");
}

/// Which two words are asked for, from above.
fn asked(person: &Person) -> [usize; 2] {
    let sight = person.sight();
    let numbers = (1..=24).filter_map(|number| Some((sight.find(&format!("Word {number}"))?, number)));
    let mut numbers: Vec<_> = numbers.collect();
    // Digits resemble each other: what is read best is what is there.
    numbers.sort_by(|(a, _), (b, _)| b.alike.total_cmp(&a.alike));
    let (first, one) = numbers[0];
    let (second, other) = numbers.iter().find(|(spot, _)| spot.y.abs_diff(first.y) > 8).unwrap();
    if first.y < second.y { [one, *other] } else { [*other, one] }
}

/// Waits until the first channel of the guild is open.
fn in_guild(person: &mut Person) {
    person.until("the guild", |person| person.title().contains("#general · LAN Party"));
    person.leaves_the_mouse();
    person.reads("general");
}

fn send_picture(person: &mut Person, colour: [u8; 3]) {
    let mut png = std::io::Cursor::new(Vec::new());
    RgbImage::from_pixel(SIDE, SIDE, Rgb(colour)).write_to(&mut png, ImageFormat::Png).unwrap();
    person.holds("image/png", png.get_ref());
    person.key("ctrl+v");
    person.reads("image.png");
    person.key("Return");
    person.sees("one's own picture", colour, SEEN);
}

/// What is in a store, once nobody has it open.
fn kept(data: &Path) -> Vec<Message> {
    let run = tokio::runtime::Runtime::new().unwrap();
    run.block_on(async {
        let listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned()];
        let node = Handle::open(Config { listen, mdns: false, ..Config::new(data.to_owned()) }).await.unwrap();
        let Ok(Answer::Guilds(guilds)) = node.query(Query::Guilds).await else { panic!() };
        let Ok(Answer::Guild(view)) = node.query(Query::Guild(guilds[0].0)).await else { panic!() };
        let channel = *view.law.channels.keys().next().unwrap();
        let page = Query::Messages { channel, scope: Scope::All, before: None, after: None, limit: 200 };
        let Ok(Answer::Messages(page)) = node.query(page).await else { panic!() };
        node.shutdown().await;
        page.messages
    })
}
