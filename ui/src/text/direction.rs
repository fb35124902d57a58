//! The direction of writing: which way a text goes, and how one that goes the other way stands within a sentence.

use std::borrow::Cow;

use unicode_bidi::{BidiClass, Direction, bidi_class, get_base_direction};

/// Begins what decides its direction by itself, and does nothing to what is around it; and ends that (UAX #9).
const ISOLATE: (char, char) = ('\u{2068}', '\u{2069}');

/// Whether a text goes from right to left: its first letter does.
#[must_use]
pub fn from_right(text: &str) -> bool {
    !text.is_ascii() && get_base_direction(text) == Direction::Rtl
}

/// A text as it stands within another: if anything of it goes from right to left, isolated. Otherwise it is as it was.
#[must_use]
pub fn isolated(text: &str) -> Cow<'_, str> {
    let turns = |c| matches!(bidi_class(c), BidiClass::R | BidiClass::AL | BidiClass::AN);
    if text.is_ascii() || !text.contains(turns) {
        return Cow::Borrowed(text);
    }
    let (begins, ends) = ISOLATE;
    Cow::Owned(format!("{begins}{text}{ends}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_letter_tells_the_direction() {
        for (text, right) in [
            ("Ana", false),
            ("", false),
            ("123 …", false),
            ("Élan", false),
            ("שלום", true),
            ("مرحبا Ana", true),
            ("12 שלום", true),
            ("Ana שלום", false),
            ("\u{2068}שלום\u{2069} joined", false),
        ] {
            assert_eq!(from_right(text), right, "{text:?}");
        }
    }

    #[test]
    fn what_turns_is_isolated_and_nothing_else() {
        for text in ["", "Ana", "Zoë 😀", "東京", "Ана"] {
            assert_eq!(isolated(text), text);
        }
        for text in ["שלום", "Ana مرحبا", "٣"] {
            assert_eq!(isolated(text), format!("\u{2068}{text}\u{2069}"));
        }
    }
}
