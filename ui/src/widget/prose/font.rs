//! Which font has a letter. The text engine would find one too, but looks through all fonts of the computer for each word
//! anew that its font lacks: a message of letters that nobody has would stop the app for seconds. So what lacks a letter is
//! asked once, a font that has it is named outright, and a letter that none has is shown as a box.

use std::{cell::RefCell, collections::HashMap};

use iced::{
    Font, Pixels, Size,
    advanced::{
        graphics::text::{Paragraph, Version, cosmic_text, font_system},
        text::{Alignment, LineHeight, Paragraph as _, Shaping, Text, Wrapping},
    },
    alignment::Vertical,
    font,
};
use unicode_normalization::char::is_combining_mark;

use super::look::{EMOJI, TEXT};

/// Stands for a letter that no font has.
const BOX: char = '□';
/// Letters that are remembered, at most.
const MOST: usize = 20_000;

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
}

/// What is known of the fonts, until one more is loaded.
#[derive(Default)]
struct Known {
    version: Option<Version>,
    /// Families that were of use. There are no more than are installed.
    families: Vec<&'static str>,
    /// The family that has a letter, by its place in the list.
    letters: HashMap<char, Option<usize>>,
    /// Whether a family itself has a letter.
    has: HashMap<(&'static str, char), bool>,
    /// The upright faces of families, plain and bold.
    faces: HashMap<(&'static str, bool), Option<cosmic_text::fontdb::ID>>,
}

/// A stretch of text in one font. Where letters are missing, it is not what was written.
#[derive(Debug, PartialEq)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) font: Font,
    pub(super) written: Option<String>,
}

/// Whether the font of emoji has all that an emoji is made of.
#[must_use]
pub fn draws(emoji: &str) -> bool {
    let joins = |c: &char| matches!(c, '\u{200d}' | '\u{fe0f}');
    KNOWN.with_borrow_mut(|known| {
        known.refresh();
        emoji.chars().filter(|c| !joins(c)).all(|c| known.has(EMOJI, c))
    })
}

/// Cuts a text where another font is needed than the one it is meant for.
pub(super) fn runs(text: &str, font: Font) -> Vec<Run> {
    if text.is_ascii() && font != EMOJI {
        return vec![Run { text: text.to_owned(), font, written: None }];
    }
    KNOWN.with_borrow_mut(|known| {
        known.refresh();
        let mut runs: Vec<Run> = Vec::new();
        for word in text.split_inclusive(char::is_whitespace) {
            let lead = known.lead(word, font);
            for c in word.chars() {
                let (shown, family) = known.choose(c, font, lead, runs.last().map(|run| run.font));
                add(&mut runs, c, shown, family);
            }
        }
        runs
    })
}

fn add(runs: &mut Vec<Run>, c: char, shown: Option<char>, font: Font) {
    let whole = shown == Some(c);
    if let Some(run) = runs.last_mut().filter(|run| run.font == font && run.written.is_none() == whole) {
        run.text.extend(shown);
        if let Some(written) = &mut run.written {
            written.push(c);
        }
    } else {
        runs.push(Run { text: shown.into_iter().collect(), font, written: (!whole).then(|| c.to_string()) });
    }
}

/// Whether a character goes with what it follows, in whatever font: spaces, joiners, selectors, isolates.
fn clings(c: char) -> bool {
    let unseen = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2066}'..='\u{2069}');
    unseen || c.is_whitespace() || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
}

/// The upright face of a family, plain or bold.
fn face(name: &str, bold: bool) -> Option<cosmic_text::fontdb::ID> {
    let mut system = font_system().write().ok()?;
    let mut faces = system.raw().db().faces();
    let found = faces.find(|face| {
        face.weight.0 == if bold { 700 } else { 400 }
            && face.style == cosmic_text::fontdb::Style::Normal
            && face.families.iter().any(|(family, _)| family == name)
    });
    found.map(|face| face.id)
}

fn face_has(system: &mut cosmic_text::FontSystem, id: cosmic_text::fontdb::ID, c: char) -> bool {
    let font = system.get_font(id, cosmic_text::Weight::NORMAL);
    font.is_some_and(|font| font.as_swash().charmap().map(c) != 0)
}

fn anybody_has(c: char) -> bool {
    let Ok(mut system) = font_system().write() else { return false };
    let ids: Vec<_> = system.raw().db().faces().map(|face| face.id).collect();
    ids.into_iter().any(|id| face_has(system.raw(), id, c))
}

impl Known {
    fn refresh(&mut self) {
        let version = font_system().read().ok().map(|system| system.version());
        if self.version != version || self.letters.len() + self.has.len() > MOST {
            *self = Self { version, ..Self::default() };
        }
    }

    /// The other font that a word needs, if any: signs and figures in the word are to be of it too, for the text engine does
    /// not keep the order of parts in several fonts within a word that is written from the right.
    fn lead(&mut self, word: &str, meant: Font) -> Option<Font> {
        let alone = |c: &char| !c.is_ascii() && !is_combining_mark(*c) && !clings(*c);
        let mut fonts = word.chars().filter(alone).map(|c| self.font(c, meant));
        fonts.find_map(|font| font.filter(|font| *font != meant && font.family != EMOJI.family))
    }

    /// What is shown for a character that follows others in the font `used`, and in which font.
    fn choose(&mut self, c: char, meant: Font, lead: Option<Font>, used: Option<Font>) -> (Option<char>, Font) {
        // Marks go with what they follow, too, where the font has them.
        match (used, lead) {
            (used, _) if clings(c) => (Some(c), used.unwrap_or(meant)),
            (Some(used), _) if is_combining_mark(c) => (Some(c).filter(|c| self.has(used, *c)), used),
            (_, Some(lead)) if c.is_ascii() && !c.is_ascii_alphabetic() && self.has(lead, c) => (Some(c), lead),
            _ => self.font(c, meant).map_or((Some(BOX), TEXT), |font| (Some(c), font)),
        }
    }

    /// The font for a letter that is meant for another.
    fn font(&mut self, c: char, meant: Font) -> Option<Font> {
        if self.has(meant, c) {
            return Some(meant);
        }
        let place = match self.letters.get(&c) {
            Some(place) => *place,
            None => {
                let place = self.search(c);
                self.letters.insert(c, place);
                place
            }
        };
        self.families.get(place?).copied().map(|name| self.of_family(name, meant))
    }

    /// A font of a family, bold as far as the family goes.
    fn of_family(&mut self, name: &'static str, like: Font) -> Font {
        let plain = Font::with_name(name);
        let bold = like.weight != font::Weight::Normal && self.face(name, true).is_some();
        if bold { Font { weight: like.weight, ..plain } } else { plain }
    }

    fn face(&mut self, name: &'static str, bold: bool) -> Option<cosmic_text::fontdb::ID> {
        *self.faces.entry((name, bold)).or_insert_with(|| face(name, bold))
    }

    fn has(&mut self, font: Font, c: char) -> bool {
        let font::Family::Name(name) = font.family else { return true };
        // A font that is not there is replaced by the text engine.
        let Some(id) = self.face(name, false) else { return true };
        let ask = || font_system().write().is_ok_and(|mut system| face_has(system.raw(), id, c));
        *self.has.entry((name, c)).or_insert_with(ask)
    }

    /// A family that has a letter: one that was of use before, else the one that the text engine would take.
    fn search(&mut self, c: char) -> Option<usize> {
        for family in [TEXT, EMOJI] {
            if let font::Family::Name(name) = family.family
                && !self.families.contains(&name)
            {
                self.families.push(name);
            }
        }
        for place in 0..self.families.len() {
            if self.has(Font::with_name(self.families[place]), c) {
                return Some(place);
            }
        }
        if !anybody_has(c) {
            return None;
        }
        let name = chosen(c)?;
        let place = self.families.iter().position(|family| *family == name).unwrap_or_else(|| {
            self.families.push(String::leak(name));
            self.families.len() - 1
        });
        Some(place)
    }
}

/// The family in which the text engine shows a letter by itself.
fn chosen(c: char) -> Option<String> {
    let paragraph = Paragraph::with_text(Text {
        content: c.encode_utf8(&mut [0; 4]),
        bounds: Size::INFINITE,
        size: Pixels(16.0),
        line_height: LineHeight::default(),
        font: TEXT,
        align_x: Alignment::Default,
        align_y: Vertical::Top,
        shaping: Shaping::Advanced,
        wrapping: Wrapping::None,
    });
    let glyph = paragraph.buffer().layout_runs().flat_map(|run| run.glyphs).find(|glyph| glyph.glyph_id != 0)?.font_id;
    let mut system = font_system().write().ok()?;
    let face = system.raw().db().face(glyph)?;
    face.families.first().map(|(name, _)| name.clone())
}

#[cfg(test)]
mod tests {
    use super::{super::look::styled, *};

    #[test]
    fn letters_that_nobody_has_are_boxes() {
        super::super::tests::settings();
        let shown: Vec<_> =
            runs("a\u{10fffd}\u{10fffc}b", TEXT).into_iter().map(|run| (run.text, run.written)).collect();
        let missing = "\u{10fffd}\u{10fffc}".to_owned();
        assert_eq!(shown, [("a".to_owned(), None), ("□□".to_owned(), Some(missing)), ("b".to_owned(), None)]);
    }

    #[test]
    fn emoji_have_their_own_font_and_letters_keep_theirs() {
        super::super::tests::settings();
        for (text, font, fonts) in [
            ("plain é ж", TEXT, &[TEXT][..]),
            ("a 😀 b", TEXT, &[TEXT, EMOJI, TEXT]),
            ("😀👩\u{200d}🚀", EMOJI, &[EMOJI]),
            ("e\u{301}x", TEXT, &[TEXT]),
            ("\u{2068}Ana\u{2069}", TEXT, &[TEXT]),
        ] {
            assert_eq!(runs(text, font).iter().map(|run| run.font).collect::<Vec<_>>(), fonts, "{text}");
        }
    }

    #[test]
    fn each_letter_is_looked_for_once() {
        super::super::tests::settings();
        let rare: String = ('\u{20000}'..'\u{21000}').collect();
        let start = std::time::Instant::now();
        let first = runs(&rare, TEXT);
        assert!(start.elapsed().as_secs() < 3, "{:?}", start.elapsed());
        let start = std::time::Instant::now();
        assert_eq!(runs(&rare, styled(TEXT, true, false)).len(), first.len());
        assert!(start.elapsed().as_secs() < 1, "{:?}", start.elapsed());
    }
}
