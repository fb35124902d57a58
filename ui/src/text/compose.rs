//! Completion while a message is written: what is being typed at the cursor, what it may become, and the text with one of
//! those put in. A mention is written by its name here and becomes an id when it is [sent](super::wire).

use bivouac_node::core::{
    mention::Mention,
    model::{ChannelId, FileId},
};
use emojis::SkinTone;
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use super::{
    Names,
    command::{COMMANDS, Command},
    emoji::{self, rank},
    wire::{by_channel, by_mention, in_code},
};

/// What is begun by one of `@ # : /`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A member or a role.
    Mention,
    /// A channel.
    Channel,
    /// An emoji, of Unicode or of the guild.
    Emoji,
    /// A command, which begins a message.
    Command,
}

/// The word the cursor stands at the end of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// What it is to be.
    pub kind: Kind,
    /// What was typed of it, without the sign it began with.
    pub typed: &'a str,
    /// Where the sign stands, in bytes.
    pub start: usize,
}

/// What a word may become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What it is shown by.
    pub label: String,
    /// What is put in.
    pub insert: String,
    /// What it is.
    pub what: What,
}

/// What a candidate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A member, a role or everyone.
    Mention(Mention),
    /// A channel.
    Channel(ChannelId),
    /// An emoji of Unicode.
    Emoji(&'static str),
    /// An emoji of the guild.
    Picture(FileId),
    /// A command.
    Command(&'static Command),
}

/// The word that is being typed. `cursor` is in bytes; none where there is nothing to complete, as in code.
#[must_use]
pub fn word(text: &str, cursor: usize) -> Option<Word<'_>> {
    let before = text.get(..cursor)?;
    let start = before
        .rfind(|c: char| c.is_whitespace() || "@#:/".contains(c))
        .filter(|at| !before[*at..].starts_with(char::is_whitespace))?;
    let (sign, typed) = before[start..].split_at_checked(1)?;
    let preceded = before[..start].chars().next_back();
    let apart = preceded.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '<' && c != '\\');
    let kind = match sign {
        "@" if apart => Kind::Mention,
        "#" if apart => Kind::Channel,
        // One letter is most often a smiley like :D.
        ":" if apart && preceded != Some(':') && typed.chars().count() >= 2 => Kind::Emoji,
        "/" if start == 0 => Kind::Command,
        _ => return None,
    };
    (!in_code(text, start)).then_some(Word { kind, typed, start })
}

/// What a word may become, the best first, at most `most`.
#[must_use]
pub fn candidates(word: &Word<'_>, names: &Names, tone: SkinTone, most: usize) -> Vec<Candidate> {
    let typed = fold(word.typed);
    let mut found: Vec<(u8, Candidate)> = Vec::new();
    let mut add = |name: &str, label: String, insert: String, what| {
        if let Some(rank) = rank(&fold(name), &typed) {
            found.push((rank, Candidate { label, insert, what }));
        }
    };
    match word.kind {
        Kind::Mention => {
            // The role of all members is called so, too, and calls on nobody.
            let all = |shown: &str| matches!(shown.trim_start_matches('@'), "everyone" | "here");
            for (who, shown) in by_mention(names).into_iter().filter(|(_, shown)| !all(shown)) {
                add(&shown[1..], shown.clone(), shown.clone(), What::Mention(who));
            }
            for shown in ["@everyone", "@here"] {
                add(&shown[1..], shown.to_owned(), shown.to_owned(), What::Mention(Mention::Everyone));
            }
        }
        Kind::Channel => {
            for (id, shown) in by_channel(names) {
                add(&shown[1..], shown.clone(), shown.clone(), What::Channel(id));
            }
        }
        Kind::Emoji => {
            for (name, file) in &names.pictures {
                let shown = format!(":{name}:");
                add(name, shown.clone(), shown, What::Picture(*file));
            }
            for emoji in emoji::search(word.typed, tone, most) {
                let shown = format!(":{}:", emoji.code);
                // They come ranked; the guild's own of the same rank stand first.
                let rank = rank(emoji.code, &typed).unwrap_or(4);
                found.push((
                    rank,
                    Candidate { label: shown, insert: emoji.emoji.to_owned(), what: What::Emoji(emoji.emoji) },
                ));
            }
        }
        Kind::Command => {
            for command in &COMMANDS {
                let shown = format!("/{}", command.name);
                add(command.name, shown.clone(), shown, What::Command(command));
            }
        }
    }
    match word.kind {
        Kind::Emoji => found.sort_by_key(|(rank, _)| *rank),
        _ => found.sort_by_cached_key(|(rank, one)| (*rank, one.label.len(), fold(&one.label))),
    }
    found.into_iter().take(most).map(|(_, candidate)| candidate).collect()
}

/// The text with the word before the cursor replaced, and where the cursor then stands, in bytes.
#[must_use]
pub fn apply(text: &str, cursor: usize, word: &Word<'_>, candidate: &Candidate) -> (String, usize) {
    let (before, after) = (text.get(..word.start).unwrap_or_default(), text.get(cursor..).unwrap_or_default());
    let space = if after.starts_with(char::is_whitespace) { "" } else { " " };
    let until = before.len() + candidate.insert.len() + 1;
    (format!("{before}{}{space}{after}", candidate.insert), until)
}

/// Without accents and case, as names are typed in haste.
fn fold(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tests::names;

    #[test]
    fn the_word_at_the_cursor() {
        for (text, expected) in [
            ("@an", Some((Kind::Mention, "an", 0))),
            ("hi @", Some((Kind::Mention, "", 3))),
            ("hi (@an", Some((Kind::Mention, "an", 4))),
            ("me@an", None),
            ("<@an", None),
            ("#gen", Some((Kind::Channel, "gen", 0))),
            (":smi", Some((Kind::Emoji, "smi", 0))),
            (":D", None),
            ("10:30", None),
            (":smile:", None),
            ("/sh", Some((Kind::Command, "sh", 0))),
            ("a /sh", None),
            ("@an ", None),
            ("`@an", None),
            ("`a` @an", Some((Kind::Mention, "an", 4))),
            ("", None),
        ] {
            let expected = expected.map(|(kind, typed, start)| Word { kind, typed, start });
            assert_eq!(word(text, text.len()), expected, "{text}");
        }
        assert_eq!(word("é@x", 1), None);
        assert_eq!(word("x", 9), None);
    }

    fn offered(text: &str) -> Vec<String> {
        let word = word(text, text.len()).unwrap();
        candidates(&word, &names(), SkinTone::Default, 6).into_iter().map(|one| one.label).collect()
    }

    #[test]
    fn the_best_stands_first() {
        assert_eq!(offered("@án")[..1], ["@Ana"]);
        assert_eq!(offered("@"), ["@Ana", "@here", "@Mods", "@Bob x", "@everyone"]);
        assert_eq!(offered("@x"), ["@Bob x"]);
        assert_eq!(offered("#GEN"), ["#general"]);
        assert_eq!(offered(":parr")[..2], [":parrot:", ":party_parrot:"]);
        assert_eq!(offered("/s"), ["/shrug", "/spoiler"]);
    }

    #[test]
    fn a_candidate_is_put_in() {
        let text = "hi @an you";
        let word = word(text, 6).unwrap();
        let ana = candidates(&word, &names(), SkinTone::Default, 1).remove(0);
        assert_eq!(apply(text, 6, &word, &ana), ("hi @Ana you".to_owned(), 8));
        assert_eq!(apply("hi @an", 6, &word, &ana), ("hi @Ana ".to_owned(), 8));
    }
}
