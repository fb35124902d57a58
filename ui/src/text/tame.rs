//! Characters that do things to their surroundings: what turns the direction of writing, heaps marks on a letter, or is
//! not seen at all. They are taken out before a text is shown, so that it can't pass for something else.

use unicode_normalization::char::is_combining_mark;

/// Marks on one letter, at most. No writing in use has more.
const MARKS: usize = 5;

/// The characters of a name, at most.
const NAME: usize = 64;

/// The text as it may be shown: at most `most` characters, lines ended by `\n`.
pub(super) fn tame(text: &str, most: usize) -> String {
    let mut tamed = String::with_capacity(text.len().min(4 * most));
    let (mut marks, mut count, mut before) = (0, 0, '\0');
    for c in text.chars() {
        let shown = match c {
            '\n' if before == '\r' => None,
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\t' => Some('\t'),
            _ if c.is_control() || turns(c) || is_unassignable(c) => None,
            _ => Some(c),
        };
        before = c;
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        let Some(shown) = shown.filter(|_| marks <= MARKS) else { continue };
        if count == most {
            tamed.push('…');
            break;
        }
        count += 1;
        tamed.push(shown);
    }
    tamed
}

/// A name as it may be shown beside others: on one line, bounded, without what is not seen. Never empty.
#[must_use]
pub fn name(name: &str) -> String {
    let seen: String = tame(name, 4 * NAME).chars().filter(|c| !unseen(*c)).collect();
    let mut tidy = String::new();
    for word in seen.split_whitespace() {
        if !tidy.is_empty() {
            tidy.push(' ');
        }
        tidy.push_str(word);
    }
    if tidy.chars().all(|c| is_combining_mark(c) || c == '\u{200d}' || c == '\u{200c}') {
        return "?".to_owned();
    }
    match tidy.char_indices().nth(NAME) {
        Some((end, _)) => tidy[..end].trim_end().to_owned() + "…",
        None => tidy,
    }
}

/// Whether a character turns the direction of what follows: embeddings, overrides, isolates.
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What no text may contain, and marks of ours therefore may be made of.
fn is_unassignable(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

/// What takes no ink where it stands alone. The joiners do their work between letters and stay.
pub(super) fn unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_tamed() {
        for (text, expected) in [
            ("plain", "plain"),
            ("a\r\nb\rc\u{2028}d\u{85}e", "a\nb\nc\nd\ne"),
            ("tab\tstays, bell\u{7} goes", "tab\tstays, bell goes"),
            ("\u{202e}evil\u{202c} \u{2067}x\u{2069}", "evil x"),
            ("שלום", "שלום"),
            (
                "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}x\u{301}",
                "e\u{301}\u{301}\u{301}\u{301}\u{301}x\u{301}",
            ),
            ("\u{fdd0}\u{ffff}", ""),
            ("👩\u{200d}🚀 ❤\u{fe0f}", "👩\u{200d}🚀 ❤\u{fe0f}"),
        ] {
            assert_eq!(tame(text, 100), expected, "{text:?}");
        }
        assert_eq!(tame("abcdef", 3), "abc…");
        assert_eq!(tame("abc", 3), "abc");
    }

    #[test]
    fn names_are_seen() {
        for (given, expected) in [
            ("Ana", "Ana"),
            ("  Ana \n Bo\t", "Ana Bo"),
            ("\u{202e}anA", "anA"),
            ("A\u{200b}na\u{feff}", "Ana"),
            ("   ", "?"),
            ("\u{3164}\u{200b}", "?"),
            ("\u{301}\u{301}", "?"),
            ("", "?"),
            ("👩\u{200d}🚀", "👩\u{200d}🚀"),
        ] {
            assert_eq!(name(given), expected, "{given:?}");
        }
        assert_eq!(name(&"x".repeat(1000)).chars().count(), NAME + 1);
    }
}
