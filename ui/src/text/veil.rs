//! What others who see the screen are not to read in a text: links of the app's own. Whoever has an invite may join by it, and
//! the rest are ids.

use std::borrow::Cow;

const SCHEME: &str = "bivouac://";

/// The text with these words in the place of such links, wherever they stand: as words, behind others, or in code.
#[must_use]
pub fn veil<'a>(text: &'a str, words: &str) -> Cow<'a, str> {
    let (mut veiled, mut rest) = (String::new(), text);
    while let Some(at) = find(rest) {
        veiled.push_str(&rest[..at]);
        veiled.push_str(words);
        let link = &rest[at..];
        rest = link.find(ends).map_or("", |end| &link[end..]);
    }
    if rest.len() == text.len() {
        return text.into();
    }
    veiled.push_str(rest);
    veiled.into()
}

fn find(text: &str) -> Option<usize> {
    let begins = |at: &usize| {
        text.as_bytes()[*at..].get(..SCHEME.len()).is_some_and(|it| it.eq_ignore_ascii_case(SCHEME.as_bytes()))
    };
    (0..text.len()).find(begins)
}

/// What no link holds, and what closes something around one.
fn ends(c: char) -> bool {
    c.is_whitespace() || matches!(c, ')' | ']' | '>' | '|' | '`' | '"')
}

#[cfg(test)]
mod tests {
    use super::veil;

    #[test]
    fn links_of_our_own_are_hidden_wherever_they_stand() {
        for (text, seen) in [
            ("Come: bivouac://join/a_B-1!", "Come: ~"),
            ("BIVOUAC://Join/abc, bivouac://message/xyz", "~ ~"),
            ("[here](bivouac://join/abc) and <bivouac://join/abc>", "[here](~) and <~>"),
            ("||bivouac://join/abc|| `bivouac://join/abc` ```\nbivouac://join/abc\n```", "||~|| `~` ```\n~\n```"),
            ("bivouac://join/**abc**\nno", "~\nno"),
            ("é→bivouac://join/é", "é→~"),
        ] {
            assert_eq!(veil(text, "~"), seen);
        }
        for text in ["", "https://example.org/join/abc", "bivouac: //join", "bivouac:/"] {
            assert_eq!(veil(text, "~"), text);
        }
    }
}
