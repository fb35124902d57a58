//! The direction of writing: how words that go from right to left stand within a sentence.

use std::borrow::Cow;

use unicode_bidi::{BidiClass, bidi_class};

/// What begins something that decides its direction by itself and does nothing to what is around it, and what ends it (UAX #9).
/// In nothing that others wrote.
pub const ISOLATE: [char; 2] = ['\u{2068}', '\u{2069}'];

/// A text as it stands within another: if anything of it goes from right to left, isolated. Otherwise it is as it was.
#[must_use]
pub fn isolated(text: &str) -> Cow<'_, str> {
    let turns = |c| matches!(bidi_class(c), BidiClass::R | BidiClass::AL | BidiClass::AN);
    if text.is_ascii() || !text.contains(turns) {
        return Cow::Borrowed(text);
    }
    let [begins, ends] = ISOLATE;
    Cow::Owned(format!("{begins}{text}{ends}"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
