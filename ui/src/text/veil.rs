//! What others who see the screen are not to read in a text: links of the app's own. Whoever has an invite may join by it, and
//! the rest are ids.

use std::borrow::Cow;

const SCHEME: &str = "bivouac://";

/// The text with these words in the place of such links, wherever they stand: as words, behind others, or in code.
#[must_use]
pub fn veil<'a>(text: &'a str, words: &str) -> Cow<'a, str> {
    let (mut veiled, mut rest) = (String::new(), text);
    while let Some((at, after)) = find(rest) {
        veiled.push_str(&rest[..at]);
        veiled.push_str(words);
        let link = &rest[after..];
        rest = link.find(ends).map_or("", |end| &link[end..]);
    }
    if rest.len() == text.len() {
        return text.into();
    }
    veiled.push_str(rest);
    veiled.into()
}

/// Where a link begins, and where what follows its scheme does. Marks and what has no width, which may go when it is drawn,
/// do not keep it apart.
fn find(text: &str) -> Option<(usize, usize)> {
    text.char_indices().find_map(|(at, first)| {
        let mut scheme = SCHEME.chars().peekable();
        scheme.next_if(|it| first.eq_ignore_ascii_case(it))?;
        for (next, c) in text[at..].char_indices().skip(1) {
            if scheme.next_if(|it| c.eq_ignore_ascii_case(it)).is_none() && (c.is_alphanumeric() || c.is_whitespace()) {
                return None;
            }
            if scheme.peek().is_none() {
                return Some((at, at + next + c.len_utf8()));
            }
        }
        None
    })
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
            ("bivouac:\\//join/abc **bivouac**://join/abc biv\u{200b}ouac:\u{202e}//join/abc", "~ **~ ~"),
            ("é→bivouac://join/é", "é→~"),
        ] {
            assert_eq!(veil(text, "~"), seen);
        }
        for text in ["", "https://example.org/join/abc", "bivouac: //join", "bivouac:/", "bivouacs://join"] {
            assert_eq!(veil(text, "~"), text);
        }
    }
}
