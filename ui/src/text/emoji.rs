//! The emoji of Unicode: found by name while one is typed, in groups for a picker, and put in for `:smile:` on sending.

use emojis::Emoji;

pub use emojis::{Group, SkinTone};

use super::{block::closing, block::run, inline::picture};

/// One emoji as it is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The emoji.
    pub emoji: &'static str,
    /// The name it is typed by, without colons.
    pub code: &'static str,
}

/// The emoji whose name or meaning begins with, or has, what was typed; the best first, at most `most`.
#[must_use]
pub fn search(typed: &str, tone: SkinTone, most: usize) -> Vec<Found> {
    let typed = typed.to_lowercase();
    let spoken = typed.replace('_', " ");
    let mut found: Vec<_> = emojis::iter()
        .enumerate()
        .filter_map(|(place, emoji)| {
            let (rank, code) =
                emoji.shortcodes().filter_map(|code| Some((rank(code, &typed)?, code))).min().or_else(|| {
                    // By its meaning: "grinning cat", of which each word counts.
                    let meant = emoji.name().split([' ', '-', ':']).any(|word| word.starts_with(&spoken))
                        || emoji.name().starts_with(&spoken);
                    Some((4, emoji.shortcode()?)).filter(|_| meant && !typed.is_empty())
                })?;
            Some((rank, code.len(), place, Found { emoji: toned(emoji, tone), code }))
        })
        .collect();
    found.sort_by_key(|(rank, length, place, _)| (*rank, *length, *place));
    found.into_iter().take(most).map(|(.., found)| found).collect()
}

/// How well a name goes with what was typed, 0 best.
pub(super) fn rank(name: &str, typed: &str) -> Option<u8> {
    match name.find(typed)? {
        0 if name.len() == typed.len() => Some(0),
        0 => Some(1),
        at if name[..at].ends_with(|c: char| !c.is_alphanumeric()) => Some(2),
        _ => Some(3),
    }
}

fn toned(emoji: &'static Emoji, tone: SkinTone) -> &'static str {
    // Two people of two tones are not what one tone was chosen for.
    emoji.with_skin_tone(tone).unwrap_or(emoji).as_str()
}

/// A text to be sent, with `:smile:` made 😄 outside of code. Names that `own` has stand for the guild's own emoji and stay.
#[must_use]
pub fn put_in(text: &str, tone: SkinTone, own: impl Fn(&str) -> bool) -> String {
    outside_code(text, |rest, out| {
        let word = picture(rest).or_else(|| short(rest))?;
        let name = word.trim_matches(':');
        let emoji = emojis::get_by_shortcode(name).filter(|_| !own(name))?;
        out.push_str(toned(emoji, tone));
        Some(word.len())
    })
}

/// Names with signs in them, or of one letter: `:+1:`, `:x:`.
fn short(text: &str) -> Option<&str> {
    let inner = text.strip_prefix(':')?;
    let length = inner.bytes().take(40).position(|b| b == b':')?;
    (length > 0 && inner[..length].bytes().all(|b| b.is_ascii_alphanumeric() || b"_+-".contains(&b)))
        .then(|| &text[..length + 2])
}

/// Rewrites a text where it is not code and not escaped: `change` may take what begins at a place and write something else.
pub(super) fn outside_code(text: &str, mut change: impl FnMut(&str, &mut String) -> Option<usize>) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    let mut unclosed = Vec::new();
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '`' => {
                let quotes = run(rest);
                let end = if unclosed.contains(&quotes) { None } else { closing(&rest[quotes..], quotes) };
                if end.is_none() {
                    unclosed.push(quotes);
                }
                end.map_or(quotes, |end| end + 2 * quotes)
            }
            '\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => match change(rest, &mut out) {
                Some(taken) => {
                    rest = &rest[taken..];
                    continue;
                }
                None => c.len_utf8(),
            },
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(typed: &str) -> Vec<&'static str> {
        search(typed, SkinTone::Default, 5).into_iter().map(|found| found.code).collect()
    }

    #[test]
    fn what_was_typed_is_found() {
        assert_eq!(best("smile")[0], "smile");
        assert!(best("smi").contains(&"smile"), "{:?}", best("smi"));
        assert_eq!(best("+1"), ["+1"]);
        assert!(best("tada").contains(&"tada"));
        assert!(best("popper").contains(&"tada"), "{:?}", best("popper"));
        assert!(best("zzzzzz").is_empty());
        assert_eq!(search("", SkinTone::Default, 10).len(), 10);
        assert_eq!(search("wave", SkinTone::Dark, 1)[0].emoji, "👋🏿");
    }

    #[test]
    fn names_become_emoji_on_sending() {
        let put = |text| put_in(text, SkinTone::Default, |name| name == "tada");
        for (text, sent) in [
            ("hi :smile: :+1: :x:!", "hi 😄 👍 ❌!"),
            (":smile::smile:", "😄😄"),
            ("a:smile:b 10:30:15", "a😄b 10:30:15"),
            (":nosuch: :tada:", ":nosuch: :tada:"),
            ("`:smile:` ```\n:smile:\n``` \\:smile:", "`:smile:` ```\n:smile:\n``` \\:smile:"),
            ("an open ` :smile:", "an open ` 😄"),
            ("::::::", "::::::"),
        ] {
            assert_eq!(put(text), sent);
        }
        assert_eq!(put_in(":wave:", SkinTone::Dark, |_| false), "👋🏿");
    }
}
