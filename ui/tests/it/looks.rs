//! What some screens look like, to the pixel: a hash of each stands in `looks.txt`, and whoever changes one sees which.
//!
//! They are drawn with the program's own fonts alone, at a fixed time, in a fixed zone and size. After a change that is meant:
//!
//! ```text
//! BIVOUAC_BLESS=1 cargo test -p bivouac-ui --test it looks_are    writes the hashes anew
//! BIVOUAC_LOOKS=DIR cargo test -p bivouac-ui --test it looks_are  saves what is drawn in a folder
//! ```

use std::fmt::Write as _;

use bivouac_ui::{
    screen::{Ctx, dialog::add::Page, welcome::Welcome},
    theme::{Accent, Theme},
    words::{Language, Words},
    world::World,
};

use crate::{
    hand::{Around, Hand},
    home::{hut, visit::Visit},
};

/// FNV-1a of 64 bits: who would draw something else on purpose can bless it too.
fn hash(pixels: &[u8]) -> u64 {
    pixels.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn busy(dark: bool) -> image::RgbaImage {
    let mut visit = Visit::outside(hut::world());
    visit.hand.around.theme = Theme::new(dark, Accent::default());
    visit.said = hut::talk();
    visit.go(bivouac_ui::intent::Place { guild: hut::HUT, channel: None, message: None });
    visit.hand.pixels()
}

fn drawn() -> [(&'static str, image::RgbaImage); 6] {
    let around = Around::new(World::new(None, Default::default()), hut::NOW);
    let update = |screen: &mut Welcome, message, ctx: &Ctx<'_>| drop(screen.update(message, ctx));
    let mut first = Hand::new(Welcome::new(String::new()).0, around, Welcome::view, update);
    first.type_in("Ana");
    let mut dialogue = Visit::new(hut::world(), hut::talk());
    let wants = dialogue.hand.screen.home.add(Page::Join, "bivouac://join/abc".to_owned());
    dialogue.want(wants);
    let mut french = Visit::outside(hut::world());
    french.hand.around.words = Words::new(Language::French);
    french.hand.around.size = iced::Size::new(640.0, 400.0);
    french.said = hut::talk();
    french.go(bivouac_ui::intent::Place { guild: hut::HUT, channel: None, message: None });
    [
        ("first run", first.pixels()),
        ("empty guild", Visit::new(hut::world(), Vec::new()).hand.pixels()),
        ("busy guild, dark", busy(true)),
        ("busy guild, light", busy(false)),
        ("dialogue", dialogue.hand.pixels()),
        ("small, in French", french.hand.pixels()),
    ]
}

#[test]
fn looks_are_as_before() {
    let mut lines = String::new();
    let folder = std::env::var("BIVOUAC_LOOKS").ok();
    for (name, picture) in drawn() {
        writeln!(lines, "{:016x} {name}", hash(picture.as_raw())).unwrap();
        if let Some(folder) = &folder {
            picture.save(format!("{folder}/{name}.png")).unwrap();
        }
    }
    if std::env::var_os("BIVOUAC_BLESS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/looks.txt"), lines).unwrap();
        return;
    }
    let before = include_str!("looks.txt");
    let changed: Vec<_> = lines.lines().filter(|line| !before.lines().any(|it| it == *line)).collect();
    assert!(changed.is_empty(), "these look otherwise than before: {changed:?}; the head of this file says what to do");
}
