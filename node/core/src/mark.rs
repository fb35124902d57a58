//! What is said about a message after it was posted: edits, deletion, reactions, pins, its thread.
//!
//! A mark is an op of content like a post, in any log, and names its message. Marks of a message take effect in timeline
//! order, each iff its author might do this by what they knew; so every replica that holds them shows the same.

use bivouac_crypto::{Bounded, Text};
use minicbor::{Decode, Encode};

use crate::{
    model::{ChannelId, MessageId, Permissions},
    op::{MAX_TEXT, Ref},
};

/// Most edits that one deletion takes with it.
pub const MAX_EDITS: usize = 400;
/// Longest emoji, in characters: a sequence of Unicode, or `:name:` of a guild's own.
pub const MAX_EMOJI: usize = 128;
/// Different emoji on one message, at most: those that came first.
pub const MAX_REACTIONS: usize = 20;
/// Of one user's marks of one sort on one message only so many count, the newest; of deletions all.
pub const MAX_MARKS: usize = 64;

/// Payload of a mark.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Mark {
    /// Where the message is.
    #[n(0)]
    pub channel: ChannelId,
    /// The message.
    #[n(1)]
    pub target: MessageId,
    /// What of it.
    #[n(2)]
    pub says: Says,
}

/// What a mark says of its message.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Says {
    /// It reads differently. By its author.
    #[n(0)]
    Edit(#[n(0)] Text<MAX_TEXT>),
    /// It is gone for good, with these edits of it: their payloads are erased. By its author, or who manages messages.
    #[n(1)]
    Delete {
        /// Where the message is: its op.
        #[n(0)]
        at: Ref,
        /// The thread it is in.
        #[n(1)]
        thread: Option<MessageId>,
        /// Where its edits are.
        #[n(2)]
        edits: Bounded<Ref, MAX_EDITS>,
    },
    /// An emoji is put on it, or taken back.
    #[n(2)]
    React {
        /// Which.
        #[n(0)]
        emoji: Text<MAX_EMOJI>,
        /// Put on.
        #[n(1)]
        on: bool,
    },
    /// It is pinned to its channel, or no more. By who manages messages.
    #[n(3)]
    Pin(#[n(0)] bool),
    /// It begins a thread, or its thread changes. Changed by who began it, or who manages messages.
    #[n(4)]
    Thread {
        /// What the thread is called; the first such mark has a name.
        #[n(0)]
        name: Option<Text<100>>,
        /// Whether it is put away until somebody posts in it again.
        #[n(1)]
        archived: Option<bool>,
    },
}

/// The sorts of [`Says`], as they are indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum Sort {
    /// See [`Says::Edit`].
    #[n(0)]
    Edit,
    /// See [`Says::Delete`].
    #[n(1)]
    Delete,
    /// See [`Says::React`].
    #[n(2)]
    React,
    /// See [`Says::Pin`].
    #[n(3)]
    Pin,
    /// See [`Says::Thread`].
    #[n(4)]
    Thread,
}

/// Whether a guild's own emoji may be called so.
#[must_use]
pub fn is_emoji_name(name: &str) -> bool {
    (2..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Whether something may stand as an emoji on a message: whatever of Unicode is seen and turns nothing. Which emoji there are
/// is another list each year, and all are to show the same.
#[must_use]
pub fn is_emoji(emoji: &str) -> bool {
    let turns = |c| matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let named = emoji.strip_prefix(':').and_then(|rest| rest.strip_suffix(':'));
    // What only joins or selects is not seen by itself.
    let seen =
        |c: char| !c.is_ascii() && !matches!(c, '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ff}');
    let plain = || emoji.chars().any(seen) && emoji.chars().count() <= 32;
    named.is_some_and(is_emoji_name)
        || plain() && !emoji.chars().any(|c| c.is_control() || c.is_whitespace() || turns(c))
}

impl Says {
    /// What its author needs to be allowed. To delete, whoever did not write the message, and to change a thread, whoever did
    /// not begin it, has to manage messages beside.
    #[must_use]
    pub fn needs(&self) -> Permissions {
        match self {
            Self::Edit(_) | Self::Delete { .. } => Permissions::VIEW,
            Self::React { .. } => Permissions::REACT,
            Self::Pin(_) => Permissions::MANAGE_MESSAGES,
            Self::Thread { .. } => Permissions::SEND_IN_THREADS,
        }
    }

    pub(crate) fn sort(&self) -> Sort {
        match self {
            Self::Edit(_) => Sort::Edit,
            Self::Delete { .. } => Sort::Delete,
            Self::React { .. } => Sort::React,
            Self::Pin(_) => Sort::Pin,
            Self::Thread { .. } => Sort::Thread,
        }
    }
}
