//! Whom a message calls on: `<@user>`, `<@&role>`, `@everyone`, `@here`, outside of code.

use std::collections::BTreeSet;

use bivouac_crypto::UserId;
use data_encoding::HEXLOWER;

use crate::model::RoleId;

/// Different mentions of one message, at most.
const MOST: usize = 100;

/// Somebody called on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mention {
    /// All who read it, by `@everyone` or `@here`.
    Everyone,
    /// Who holds a role.
    Role(RoleId),
    /// One user.
    User(UserId),
}

/// The mentions in a text. What stands between backquotes is code and calls on nobody.
#[must_use]
pub fn mentions(text: &str) -> BTreeSet<Mention> {
    let mut found = BTreeSet::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '@', '<', '\\']) {
        let before = rest[..at].chars().next_back();
        rest = &rest[at..];
        rest = if let Some(after) = code(rest) {
            after
        } else if let Some((mention, after)) = one(rest, before) {
            found.insert(mention);
            after
        } else {
            // What is escaped is not looked at either, nor is any part of a run of quotes that nothing closes.
            let quotes = rest.len() - rest.trim_start_matches('`').len();
            let next = quotes.max(1) + usize::from(rest.starts_with('\\'));
            rest.char_indices().nth(next).map_or("", |(at, _)| &rest[at..])
        };
        if found.len() >= MOST {
            break;
        }
    }
    found
}

/// What follows a stretch of code that begins here: as many backquotes as it began with.
fn code(text: &str) -> Option<&str> {
    let quotes = text.len() - text.trim_start_matches('`').len();
    let (quote, mut rest) = text.split_at_checked(quotes).filter(|(quote, _)| !quote.is_empty())?;
    while let Some(at) = rest.find('`') {
        let run = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        rest = &rest[at + run..];
        if run == quote.len() {
            return Some(rest);
        }
    }
    None
}

/// A mention that begins here, and what follows it.
fn one(text: &str, before: Option<char>) -> Option<(Mention, &str)> {
    if let Some(rest) = text.strip_prefix("<@") {
        let (id, after) = rest.split_once('>')?;
        let mention = match id.strip_prefix('&') {
            Some(role) => Mention::Role(role.parse().ok()?),
            None => Mention::User(UserId(HEXLOWER.decode(id.as_bytes()).ok()?.try_into().ok()?)),
        };
        return Some((mention, after));
    }
    // An address like me@here.example calls on nobody.
    let apart = |c: Option<char>| c.is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
    let after = ["@everyone", "@here"].iter().find_map(|word| text.strip_prefix(word))?;
    (apart(before) && apart(after.chars().next())).then_some((Mention::Everyone, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_found_outside_of_code() {
        let (user, role) = (UserId([7; 32]), RoleId([9; 32]));
        let (by_name, by_role) = (format!("<@{user}>"), format!("<@&{role}>"));
        for (text, expected) in [
            ("nobody", vec![]),
            ("@everyone", vec![Mention::Everyone]),
            ("hear, @here!", vec![Mention::Everyone]),
            ("me@here.example", vec![]),
            ("@hereafter @everyone_else", vec![]),
            ("é@here", vec![]),
            ("`@everyone` \\@everyone ``` <@x> @here ```", vec![]),
            ("`` a ` b @here `` c", vec![]),
            ("an open ` and @everyone", vec![Mention::Everyone]),
            ("everyone@everyone <@ <@&> <@zz>", vec![]),
            (&format!("hi {by_name}, {by_role}"), vec![Mention::Role(role), Mention::User(user)]),
            (&format!("`{by_name}`"), vec![]),
            (&format!("{by_name}{by_name}"), vec![Mention::User(user)]),
        ] {
            assert_eq!(mentions(text), expected.into_iter().collect(), "{text:?}");
        }
    }

    #[test]
    fn a_message_calls_on_a_bounded_number() {
        let text: String = (0..=255).map(|n| format!("<@{}>", UserId([n; 32]))).collect();
        assert_eq!(mentions(&text).len(), MOST);
    }
}
