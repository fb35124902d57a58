//! Characters that do things to their surroundings: what turns the direction of writing, heaps marks on a letter, or is
//! not seen at all. They are taken out before a text is shown, so that it can't pass for something else.

use unicode_normalization::char::is_combining_mark;

use super::ISOLATE;

/// Marks on one letter, at most. No writing in use has more.
const MARKS: usize = 5;

/// The characters of a name, at most.
const NAME: usize = 64;

/// The text as it may be shown: at most `most` characters, lines ended by `\n`.
pub(super) fn tame(text: &str, most: usize) -> String {
    tame_all(text, most, turns)
}

/// Makes one of what was tamed in parts, which may be isolated.
pub(super) fn tame_parts(text: &str, most: usize) -> String {
    tame_all(text, most, |c| turns(c) && !ISOLATE.contains(&c))
}

fn tame_all(text: &str, most: usize, turns: impl Fn(char) -> bool) -> String {
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
        // What is taken out here or later does not part marks that come to stand together.
        marks = match shown {
            _ if is_combining_mark(c) => marks + 1,
            Some(c) if !unseen(c) => 0,
            _ => marks,
        };
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

/// What others wrote, as it may be shown: at most `most` characters, on lines of its own.
#[must_use]
pub fn lines(text: &str, most: usize) -> String {
    tame(text, most)
}

/// What others wrote, as it may be shown on a line beside other things: without what is not seen, at most `most` characters.
#[must_use]
pub fn line(text: &str, most: usize) -> String {
    if is_plain(text) && text.len() <= most {
        return text.to_owned();
    }
    let mut line = String::new();
    for word in seen(&tame(text, 4 * most)).split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    match line.char_indices().nth(most) {
        Some((end, _)) => line[..end].trim_end().to_owned() + "…",
        None => line,
    }
}

/// A name as it may be shown beside others: on one line, bounded, without what is not seen. Never empty.
#[must_use]
pub fn name(name: &str) -> String {
    named(name, NAME)
}

/// A name of at most so many characters, likewise.
#[must_use]
pub fn named(name: &str, most: usize) -> String {
    let line = line(name, most);
    if line.chars().all(is_combining_mark) { "?".to_owned() } else { line }
}

/// Makes a name such a one; nothing where there is none.
pub fn tidy(name: &mut String, most: usize) {
    if !is_plain(name) || name.len() > most {
        *name = named(name, most);
    }
}

/// What a file is called, as it may be shown. What is too much goes from its middle: its end tells what it is.
#[must_use]
pub fn file(name: &str) -> String {
    let name = named(name, 1_000);
    let (count, half) = (name.chars().count(), NAME / 2);
    if count <= NAME {
        return name;
    }
    let (start, end): (String, String) = (name.chars().take(half).collect(), name.chars().skip(count - half).collect());
    format!("{}…{}", start.trim_end(), end.trim_start())
}

/// Whether a text is shown as it is: what most are, and soon told.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends = [bytes.first(), bytes.last()].into_iter().flatten().any(|end| *end == b' ');
    !ends && bytes.iter().all(|b| b.is_ascii_graphic() || *b == b' ') && !bytes.windows(2).any(|two| two == b"  ")
}

/// Without what takes no ink.
fn seen(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    let mut chars = text.chars().filter(|c| !unseen(*c)).peekable();
    let mut before = '\0';
    while let Some(c) = chars.next() {
        // They join letters of other scripts, and emoji; among these they only make two of one name.
        let idle = match c {
            '\u{200c}' | '\u{200d}' => [before, chars.peek().copied().unwrap_or(' ')].into_iter().any(joins_nothing),
            '\u{fe00}'..='\u{fe0f}' => joins_nothing(before),
            '\u{e0000}'..='\u{e0fff}' => true,
            _ => false,
        };
        if !idle {
            seen.push(c);
            before = c;
        }
    }
    seen
}

/// Whether a character is the same with a joiner, or with a choice of its variants, beside it: blanks, Latin, Greek, Cyrillic.
fn joins_nothing(c: char) -> bool {
    c.is_whitespace() || c < '\u{a9}' || ('\u{c0}'..'\u{590}').contains(&c)
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
            (
                "e\u{301}\u{301}\u{301}\u{200b}\u{301}\u{202e}\u{301}\u{301}\u{301}",
                "e\u{301}\u{301}\u{301}\u{200b}\u{301}\u{301}",
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
            ("\u{200d}\u{fe0f}", "?"),
            ("👩\u{200d}🚀 ❤\u{fe0f}", "👩\u{200d}🚀 ❤\u{fe0f}"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("A\u{200d}n\u{fe0f}a\u{e0041}\u{200c}", "Ana"),
            ("Зо\u{200d}я", "Зоя"),
        ] {
            assert_eq!(name(given), expected, "{given:?}");
        }
        assert_eq!(name(&"x".repeat(1000)).chars().count(), NAME + 1);
        assert_eq!(line("a\n\u{202e}b  c ", 100), "a b c");
        assert_eq!(line("a b c", 3), "a b…");
        assert_eq!(line("\u{200b}", 3), "");
    }

    #[test]
    fn of_a_file_the_kind_is_seen() {
        assert_eq!(file("ph\u{202e}gpj\u{200b}.exe"), "phgpj.exe");
        assert_eq!(
            file(&format!("{}.exe", "x.png ".repeat(40))),
            format!("{}x.…png {}.exe", "x.png ".repeat(5), "x.png ".repeat(4))
        );
    }
}
