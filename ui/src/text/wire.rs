//! A text as it is written and as it is sent. Who writes sees `@Ana` and `#general`; what is sent names them by id, so that
//! it stays true when they are called otherwise. Names that several have carry the beginning of the id: `@Ana#1a2b`.

use std::{collections::BTreeMap, fmt::Display};

use bivouac_node::core::{
    mention::{Mention, mentions},
    model::ChannelId,
};

use super::{Names, block::closing, block::run, emoji::outside_code, name};

/// The characters of a written mention, at most: a name, its sign, and the beginning of an id.
const LONGEST: usize = 72;

/// The text as it is sent: the longest known name at each `@` and `#` becomes an id, outside of code.
#[must_use]
pub fn to_wire(text: &str, names: &Names) -> String {
    if !text.contains(['@', '#']) {
        return text.to_owned();
    }
    let known = known(names);
    let mut before = None;
    outside_code(text, |rest, out| {
        // What was copied since is in `out`.
        before = out.chars().next_back().or(before);
        if !rest.starts_with(['@', '#']) || before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '<') {
            return None;
        }
        let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]).take(LONGEST + 1).collect::<Vec<_>>();
        let (length, id) = ends.into_iter().rev().find_map(|end| {
            let apart = rest[end..].chars().next().is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
            known.get(rest.get(..end)?).filter(|_| apart).map(|id| (end, id))
        })?;
        out.push_str(id);
        Some(length)
    })
}

/// A sent text as it is written again, to be edited. Where it would not be sent again as it was, it is left as it is.
#[must_use]
pub fn to_written(text: &str, names: &Names) -> String {
    let by_id: BTreeMap<String, String> = known(names).into_iter().map(|(shown, id)| (id, shown)).collect();
    let written = outside_code(text, |rest, out| {
        let end = rest.strip_prefix('<')?.find('>')? + 2;
        out.push_str(by_id.get(rest.get(..end)?)?);
        Some(end)
    });
    if to_wire(&written, names) == text { written } else { text.to_owned() }
}

/// How somebody is called on in what is written; nothing where they are not known.
#[must_use]
pub fn written(who: Mention, names: &Names) -> Option<String> {
    by_mention(names).remove(&who)
}

/// What each channel is written as.
pub(super) fn by_channel(names: &Names) -> BTreeMap<ChannelId, String> {
    apart(names.channels.iter().map(|(id, called)| (*id, name(called), short(id))), '#').collect()
}

/// What each member and role is written as.
pub(super) fn by_mention(names: &Names) -> BTreeMap<Mention, String> {
    let all = names.called.iter().map(|(who, named)| (*who, name(&named.name), short(id_of(who))));
    apart(all.filter(|(who, ..)| *who != Mention::Everyone), '@').collect()
}

/// What stands for which id.
fn known(names: &Names) -> BTreeMap<String, String> {
    let channels = by_channel(names).into_iter().map(|(id, shown)| (shown, format!("<#{id}>")));
    by_mention(names).into_iter().map(|(who, shown)| (shown, sent(&who))).chain(channels).collect()
}

/// Names with their sign, and with the beginning of the id where several are called so.
fn apart<Id>(all: impl Iterator<Item = (Id, String, String)>, sign: char) -> impl Iterator<Item = (Id, String)> {
    let all: Vec<_> = all.collect();
    let mut count = BTreeMap::<String, usize>::new();
    for (_, name, _) in &all {
        *count.entry(name.clone()).or_default() += 1;
    }
    all.into_iter().map(move |(id, name, short)| match count.get(&name) {
        // Nobody else may be meant by what means everyone.
        Some(1) if name != "everyone" && name != "here" => (id, format!("{sign}{name}")),
        _ => (id, format!("{sign}{name}#{short}")),
    })
}

fn short(id: impl Display) -> String {
    id.to_string().chars().take(4).collect()
}

fn id_of(who: &Mention) -> String {
    match who {
        Mention::Everyone => String::new(),
        Mention::Role(id) => id.to_string(),
        Mention::User(id) => id.to_string(),
    }
}

/// A mention as the node reads it.
fn sent(who: &Mention) -> String {
    let sent = match who {
        Mention::Everyone => "@everyone".to_owned(),
        Mention::Role(id) => format!("<@&{id}>"),
        Mention::User(id) => format!("<@{id}>"),
    };
    debug_assert!(mentions(&sent).contains(who));
    sent
}

/// Whether a place in a text is within code, or within what will be code when it is closed.
pub(super) fn in_code(text: &str, place: usize) -> bool {
    let mut at = 0;
    while let Some(found) = text.get(at..place).and_then(|rest| rest.find(['`', '\\'])) {
        at += found;
        if text[at..].starts_with('\\') {
            at += 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8);
            continue;
        }
        let quotes = run(&text[at..]);
        match closing(&text[at + quotes..], quotes) {
            Some(end) => at += end + 2 * quotes,
            None => return true,
        }
        if at > place {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::{
        Named,
        tests::{names, role, user},
    };

    #[test]
    fn names_become_ids_and_names_again() {
        let (ana, bob, mods) = (user(1), user(2), role(3));
        let general = format!("<#{}>", "04".repeat(32));
        for (written, sent) in [
            ("nothing here", "nothing here".to_owned()),
            ("@Ana", ana.clone()),
            ("hi @Ana, @Bob x and (@Mods) in #general!", format!("hi {ana}, {bob} and ({mods}) in {general}!")),
            ("@Anais me@Ana @ana @nobody #generals", "@Anais me@Ana @ana @nobody #generals".to_owned()),
            ("`@Ana` ```\n@Ana\n``` \\@Ana", "`@Ana` ```\n@Ana\n``` \\@Ana".to_owned()),
            ("an open ` @Ana", format!("an open ` {ana}")),
            ("@everyone @here", "@everyone @here".to_owned()),
            ("é @Ana 😀@Ana", format!("é {ana} 😀{ana}")),
        ] {
            assert_eq!(to_wire(written, &names()), sent);
            assert_eq!(to_written(&sent, &names()), written);
        }
        // What would be read otherwise stays.
        for sent in [format!("{ana}s"), format!("x{ana}"), format!("{bob}{ana}y"), "a <@x> <".to_owned(), user(9)] {
            assert_eq!(to_written(&sent, &names()), sent);
        }
    }

    #[test]
    fn two_of_one_name_are_told_apart() {
        let mut names = names();
        let other = mentions(&user(8)).pop_first().unwrap();
        names.called.insert(other, Named { name: "Ana".to_owned(), ..Named::default() });
        assert_eq!(to_wire("@Ana @Ana#0101 @Ana#0808", &names), format!("@Ana {} {}", user(1), user(8)));
        assert_eq!(to_written(&user(8), &names), "@Ana#0808");
        names.called.insert(other, Named { name: "everyone".to_owned(), ..Named::default() });
        assert_eq!(to_wire("@everyone", &names), "@everyone");
        for (who, id) in [(other, user(8)), (mentions(&user(2)).pop_first().unwrap(), user(2))] {
            assert_eq!(to_wire(&written(who, &names).unwrap(), &names), id);
        }
        names.channels.insert(ChannelId([5; 32]), "general".to_owned());
        for shown in by_channel(&names).into_values() {
            assert!(shown.starts_with("#general#") && to_wire(&shown, &names).starts_with("<#"), "{shown}");
        }
    }

    #[test]
    fn a_long_text_of_signs_is_sent_soon() {
        let start = std::time::Instant::now();
        assert_eq!(to_wire(&"@A ".repeat(1300), &names()), "@A ".repeat(1300));
        assert!(start.elapsed().as_secs() < 2);
    }

    proptest! {
        #[test]
        fn what_is_edited_is_sent_as_it_was(parts in prop::collection::vec(prop_oneof![
            "\\PC{0,4}", Just(user(1)), Just(user(2)), Just(role(3)), Just("@Ana".to_owned()), Just("`".to_owned()), Just(" ".to_owned())
        ], 0..12)) {
            let sent = parts.concat();
            let written = to_written(&sent, &names());
            prop_assert!(written == sent || to_wire(&written, &names()) == sent);
            let _ = in_code(&sent, sent.len());
        }
    }
}
