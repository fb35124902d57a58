//! Reading off a screen: words are found where pixels look as they do when the app's own fonts draw them.
//!
//! ```text
//!  "Copy link" ── drawn in each style ──▶ patterns ──┐
//!                                                    ├──▶ where they are alike
//!  the X server's screen, a file ── XWD ──▶ pixels ──┘
//! ```
//!
//! The colours do not matter, only what stands out from what: a word is found on a button as on a page.

use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::Arc};

use bivouac_ui::{
    screen::Ctx,
    theme::{Element, MEDIUM, SANS, STRONG, size},
    world::World,
};
use iced::{
    Font, Size,
    widget::{container, text, text::Shaping},
};
use image::{GrayImage, RgbImage};

use crate::hand::{Around, Hand};

/// What messages, things to press and names are written in. In messages alone letters are moved together where they fit.
const STYLES: [(Font, f32, Shaping); 9] = [
    (SANS, size::BODY, Shaping::Advanced),
    (SANS, size::TITLE, Shaping::Advanced),
    (SANS, size::BODY, Shaping::Basic),
    (MEDIUM, size::BODY, Shaping::Basic),
    (SANS, size::SMALL, Shaping::Basic),
    (MEDIUM, size::SMALL, Shaping::Basic),
    (MEDIUM, size::BODY + 1.0, Shaping::Basic),
    (STRONG, size::BODY, Shaping::Basic),
    (STRONG, size::HEADING, Shaping::Basic),
];
/// Blank columns before and after, so that a word is not found within another.
const APART: usize = 4;
/// Pixels that are looked at first.
const PROBES: usize = 12;
/// How much darker or brighter writing is than its ground, of 255.
const CONTRAST: i32 = 16;
/// How alike two patterns are that show the same; 1 is alike. Letters may stand between pixels, which blurs them.
const ALIKE: f32 = 0.8;

/// A place on the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spot {
    pub x: usize,
    pub y: usize,
    pub alike: f32,
}

/// What is on the screen at a moment.
pub(super) struct Sight {
    pub picture: RgbImage,
    grey: GrayImage,
}

/// Words, drawn.
struct Pattern {
    width: usize,
    height: usize,
    /// How much ink there is, with a mean of nothing and a length of one.
    ink: Vec<f32>,
    /// Where there is most, and where there is none.
    full: Vec<(usize, usize)>,
    bare: Vec<(usize, usize)>,
}

impl Sight {
    /// Of an X server's screen, which is a file in the format of `xwd`.
    pub(super) fn of(dump: &[u8]) -> Self {
        let number = |at: usize| u32::from_be_bytes(dump[at * 4..at * 4 + 4].try_into().unwrap()) as usize;
        // Sizes of the head and of the table of colours behind it, of the picture, and of a line of it.
        let (head, colours, width, height, line) = (number(0), number(19), number(4), number(5), number(12));
        let pixels = &dump[head + colours * 12..];
        let picture = RgbImage::from_fn(width as u32, height as u32, |x, y| {
            let at = y as usize * line + x as usize * 4;
            image::Rgb([pixels[at + 2], pixels[at + 1], pixels[at]])
        });
        Self { grey: image::imageops::grayscale(&picture), picture }
    }

    /// Where pixels are of this colour, or nearly.
    fn of_colour(&self, colour: [u8; 3]) -> impl Iterator<Item = (u32, u32)> {
        let near = move |pixel: &image::Rgb<u8>| pixel.0.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 8);
        self.picture.enumerate_pixels().filter(move |(_, _, pixel)| near(pixel)).map(|(x, y, _)| (x, y))
    }

    /// How much of the screen has a colour.
    pub(super) fn count(&self, colour: [u8; 3]) -> usize {
        self.of_colour(colour).count()
    }

    /// In the midst of what has a colour.
    pub(super) fn place(&self, colour: [u8; 3]) -> Option<(usize, usize)> {
        let all: Vec<_> = self.of_colour(colour).collect();
        all.get(all.len() / 2).map(|(x, y)| (*x as usize, *y as usize))
    }

    /// Where words stand; of several places the one that shows them best.
    pub(super) fn find(&self, words: &str) -> Option<Spot> {
        let found = patterns(words).iter().filter_map(|pattern| self.best(pattern)).collect::<Vec<_>>();
        found.into_iter().max_by(|a, b| a.alike.total_cmp(&b.alike))
    }

    fn best(&self, pattern: &Pattern) -> Option<Spot> {
        let (width, height) = (self.grey.width() as usize, self.grey.height() as usize);
        let pixels = self.grey.as_raw();
        let mut best: Option<Spot> = None;
        for top in 0..(height + 1).saturating_sub(pattern.height) {
            for left in 0..(width + 1).saturating_sub(pattern.width) {
                let at = |(x, y): &(usize, usize)| i32::from(pixels[(top + y) * width + left + x]);
                if !stands_out(pattern, at) {
                    continue;
                }
                let lines = (top..top + pattern.height).map(|y| &pixels[y * width + left..][..pattern.width]);
                let alike = pattern.alike(lines.flatten().copied());
                if alike > best.map_or(ALIKE, |best| best.alike) {
                    let (x, y) = (left + pattern.width / 2, top + pattern.height / 2);
                    best = Some(Spot { x, y, alike });
                }
            }
        }
        best
    }
}

/// Whether what should be ink is all on one side of what should not.
fn stands_out(pattern: &Pattern, at: impl Fn(&(usize, usize)) -> i32) -> bool {
    let (full, bare) = (at(&pattern.full[0]), at(&pattern.bare[0]));
    let bright = full > bare;
    if (full - bare).abs() < CONTRAST {
        return false;
    }
    // The least of the ink so far and the most of the ground, turned so that ink is bright.
    let turn = |value: i32| if bright { value } else { -value };
    let (mut least, mut most) = (turn(full), turn(bare));
    pattern.full.iter().zip(&pattern.bare).all(|(full, bare)| {
        least = least.min(turn(at(full)));
        most = most.max(turn(at(bare)));
        least >= most + CONTRAST
    })
}

impl Pattern {
    fn alike(&self, pixels: impl Iterator<Item = u8> + Clone) -> f32 {
        let count = self.ink.len() as f32;
        let mean = pixels.clone().map(f32::from).sum::<f32>() / count;
        let (mut product, mut square) = (0.0, 0.0);
        for (ink, pixel) in self.ink.iter().zip(pixels) {
            let off = f32::from(pixel) - mean;
            product += ink * off;
            square += off * off;
        }
        (product / square.sqrt()).abs()
    }

    fn drawn(words: &str, font: Font, size: f32, shaping: Shaping) -> Option<Self> {
        type Writing = (String, Font, f32, Shaping);
        fn view<'a>((words, font, size, shaping): &'a Writing, _: Ctx<'a>) -> Element<'a, ()> {
            let words = text(words).font(*font).size(*size).shaping(*shaping);
            container(words).padding(APART as f32 * 2.0).into()
        }
        let mut around = Around::new(World::new(None, Arc::default()), 0);
        around.size = Size::new(900.0, 64.0);
        let mut hand = Hand::new((words.to_owned(), font, size, shaping), around, view, |_, (), _| {});
        let grey = image::imageops::grayscale(&hand.pixels());
        let ground = i32::from(grey.get_pixel(0, 0).0[0]);
        let ink = |x: usize, y: usize| (i32::from(grey.get_pixel(x as u32, y as u32).0[0]) - ground).abs();
        let inked = |x: &usize| (0..grey.height() as usize).any(|y| ink(*x, y) > CONTRAST);
        let row = |y: &usize| (0..grey.width() as usize).any(|x| ink(x, *y) > CONTRAST);
        let (columns, rows) = (0..grey.width() as usize, 0..grey.height() as usize);
        let (left, right) = (columns.clone().find(inked)? - APART, columns.rev().find(inked)? + APART);
        let (top, bottom) = (rows.clone().find(row)? - 1, rows.rev().find(row)? + 1);
        let (width, height) = (right + 1 - left, bottom + 1 - top);
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let value = |(x, y): (usize, usize)| ink(left + x, top + y);
        // Clear of the ink by a pixel on each side.
        let clear = |(x, y): &(usize, usize)| {
            (left + x - 1..=left + x + 1).all(|x| (top + y - 1..=top + y + 1).all(|y| ink(x, y) == 0))
        };
        let most = places.clone().map(value).max()?;
        let full = spread(places.clone().filter(|at| value(*at) * 10 > most * 9));
        let bare = spread(places.clone().filter(clear));
        let values: Vec<f32> = places.map(|at| value(at) as f32).collect();
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let length = values.iter().map(|value| (value - mean).powi(2)).sum::<f32>().sqrt();
        let ink = values.into_iter().map(|value| (value - mean) / length).collect();
        Some(Self { width, height, ink, full, bare }).filter(|it| !it.full.is_empty() && !it.bare.is_empty())
    }
}

/// Some of them, far apart.
fn spread(places: impl Iterator<Item = (usize, usize)>) -> Vec<(usize, usize)> {
    let places: Vec<_> = places.collect();
    let step = (places.len() / PROBES).max(1);
    places.into_iter().step_by(step).collect()
}

/// Words in every style, drawn once.
fn patterns(words: &str) -> Rc<[Pattern]> {
    thread_local! {
        static DRAWN: RefCell<HashMap<String, Rc<[Pattern]>>> = RefCell::default();
    }
    let draw =
        || STYLES.iter().filter_map(|(font, size, shaping)| Pattern::drawn(words, *font, *size, *shaping)).collect();
    DRAWN.with_borrow_mut(|drawn| Rc::clone(drawn.entry(words.to_owned()).or_insert_with(draw)))
}
