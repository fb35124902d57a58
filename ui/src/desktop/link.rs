//! Links that open the app: `bivouac://join/…` and `bivouac://message/…`, as a browser or another program hands them
//! over — so anybody's text, and nothing is done with one before it was read here.

use std::{fmt, str::FromStr};

use bivouac_node::core::model::MessageId;

/// Longest link, in bytes: what the node takes.
const MAX: usize = 8 * 1024;
const SCHEME: &str = "bivouac://";

/// A link, in its canonical spelling.
#[derive(Clone, PartialEq, Eq)]
pub enum Link {
    /// An invite: the whole link, as the node takes it. Whoever reads it may join.
    Join(String),
    /// A message.
    Message(MessageId),
}

/// Why a text is no link of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It begins otherwise.
    #[error("This is no link of Bivouac's. They begin with bivouac://join/ or bivouac://message/.")]
    NotOurs,
    /// It is longer than any.
    #[error("This link is too long to be one of Bivouac's.")]
    TooLong,
    /// An invite with characters missing or added.
    #[error("This invite link is not whole. Copy it again, from bivouac:// to its last character.")]
    Join,
    /// A message link with characters missing or added.
    #[error("This message link is not whole. Copy it again, from bivouac:// to its last character.")]
    Message,
}

impl FromStr for Link {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        let text = text.trim();
        if text.len() > MAX {
            return Err(LinkError::TooLong);
        }
        // Browsers write the scheme and the word after it as they like, and may end with a slash.
        let (scheme, rest) = text.split_at_checked(SCHEME.len()).ok_or(LinkError::NotOurs)?;
        let (kind, what) = rest.split_once('/').ok_or(LinkError::NotOurs)?;
        let what = what.strip_suffix('/').unwrap_or(what);
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return Err(LinkError::NotOurs);
        }
        if kind.eq_ignore_ascii_case("join") {
            let whole = !what.is_empty() && what.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            return if whole { Ok(Self::Join(format!("{SCHEME}join/{what}"))) } else { Err(LinkError::Join) };
        }
        if kind.eq_ignore_ascii_case("message") {
            return what.parse().map(Self::Message).map_err(|_| LinkError::Message);
        }
        Err(LinkError::NotOurs)
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Join(link) => f.write_str(link),
            Self::Message(id) => write!(f, "{SCHEME}message/{id}"),
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Join(_) => f.write_str("Join(redacted)"),
            Self::Message(id) => write!(f, "{id:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn links_are_read_as_they_are_spelled() {
        let id = "00000190a1b2c3d4".to_owned() + &"ab".repeat(32);
        for (text, link) in [
            ("bivouac://join/AbC-_9", "bivouac://join/AbC-_9".to_owned()),
            (" BIVOUAC://Join/AbC/\n", "bivouac://join/AbC".to_owned()),
            (&format!("bivouac://message/{id}"), format!("bivouac://message/{id}")),
        ] {
            assert_eq!(text.parse::<Link>().unwrap().to_string(), link);
        }
        assert_eq!(format!("{:?}", "bivouac://join/secret".parse::<Link>().unwrap()), "Join(redacted)");
    }

    #[test]
    fn what_is_no_link_is_refused() {
        let long = format!("bivouac://join/{}", "A".repeat(MAX));
        for (text, error) in [
            ("", LinkError::NotOurs),
            ("https://join/AAAA", LinkError::NotOurs),
            ("bivouac://", LinkError::NotOurs),
            ("bivouac://join", LinkError::NotOurs),
            ("bivouac://run/rm", LinkError::NotOurs),
            ("bivouac:/é/join/A", LinkError::NotOurs),
            ("--data=/x", LinkError::NotOurs),
            (&long, LinkError::TooLong),
            ("bivouac://join/", LinkError::Join),
            ("bivouac://join/A A", LinkError::Join),
            ("bivouac://join/AAAA?x=1", LinkError::Join),
            ("bivouac://join/A\nopen x", LinkError::Join),
            ("bivouac://message/12", LinkError::Message),
            ("bivouac://message/bivouac://message/12", LinkError::Message),
        ] {
            assert_eq!(text.parse::<Link>(), Err(error), "{text:.40}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_a_link(text in "(bivouac://(join|message)?/?)?.{0,120}") {
            if let Ok(link) = text.parse::<Link>() {
                prop_assert_eq!(link.to_string().parse::<Link>(), Ok(link));
            }
        }
    }
}
