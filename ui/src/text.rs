//! What people write, made ready to be shown: Discord's subset of markdown, with mentions, links and emoji.
//!
//! ```text
//! text ──tame──▶ blocks ──inline──▶ pieces ──span──▶ Vec<Block>
//!        hostile  lines:    pulldown-  one style  mentions, links,
//!        characters quotes,   cmark     a piece    emoji
//!                 code, lists
//! ```
//! All of it is written by others: each step takes linear time, nests to a bounded depth and yields no more than was put in.

mod block;
mod code;
pub mod command;
pub mod compose;
mod direction;
pub mod emoji;
mod inline;
mod plain;
mod span;
mod tame;
mod veil;
pub mod wire;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use bivouac_node::core::{
    mention::Mention,
    model::{ChannelId, FileId},
};

pub use code::{Code, Part};
pub use direction::{ISOLATE, isolated};
pub use plain::plain;
pub use tame::{file, line, lines, name, named, tidy};
pub use veil::veil;

/// Characters of a text that are shown, at most: twice what a message may have.
pub const MOST: usize = 8_000;

/// Emoji that are shown large when nothing else is said, at most.
pub const JUMBO: usize = 27;

/// Blocks of code of a text that are coloured, at most.
const COLORED: usize = 8;
/// The time that the code of a page may take; what is left stays plain.
const COLORING: Duration = Duration::from_secs(3);

/// Something with a name in a guild: a member or a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// What it is called there.
    pub name: String,
    /// Its colour: red, green, blue.
    pub color: Option<[u8; 3]>,
    /// Whether it calls on this user: oneself, or a role one has.
    pub me: bool,
}

/// What the ids in a text stand for, where it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Members and roles.
    pub called: BTreeMap<Mention, Named>,
    /// Channels.
    pub channels: BTreeMap<ChannelId, String>,
    /// The guild's own emoji, by name, with their pictures.
    pub pictures: BTreeMap<String, FileId>,
}

/// What stands by itself, above one another.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Running text. Lines end where they were ended.
    Paragraph(Vec<Span>),
    /// A message of nothing but a few emoji.
    Jumbo(Vec<Span>),
    /// A heading of level 1 to 3.
    Heading(u8, Vec<Span>),
    /// What somebody else said.
    Quote(Vec<Block>),
    /// Points; numbered when they have a first number.
    List {
        /// The number of the first.
        first: Option<u32>,
        /// The points.
        items: Vec<Vec<Block>>,
    },
    /// Code, as typed.
    Code(Code),
}

/// A stretch of text that looks one way and does one thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// What is read.
    pub text: String,
    /// How it looks.
    pub style: Style,
    /// What it is drawn as.
    pub glyph: Glyph,
    /// What it leads to.
    pub target: Option<Target>,
}

/// How a span looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// In bold.
    pub bold: bool,
    /// In italics.
    pub italic: bool,
    /// Underlined.
    pub underline: bool,
    /// Struck through.
    pub strike: bool,
    /// As code.
    pub code: bool,
    /// Hidden until asked for, together with all of the same number in the list of spans.
    pub spoiler: Option<u16>,
}

/// What a span is drawn as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyph {
    /// Letters.
    #[default]
    Letters,
    /// Emoji, which have a font of their own.
    Emoji,
    /// A picture; the text is its name between colons.
    Picture(FileId),
}

/// What a span leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An address: http, https or bivouac.
    Link {
        /// Where it goes.
        url: String,
        /// Whether the text says so: it is the address itself, and not one that is made to be misread.
        plain: bool,
    },
    /// Whoever is called on.
    Mention {
        /// Who.
        who: Mention,
        /// Whether this user is.
        me: bool,
        /// The colour of a role.
        color: Option<[u8; 3]>,
    },
    /// A channel.
    Channel(ChannelId),
}

/// Reads a text.
#[must_use]
pub fn parse(text: &str, names: &Names) -> Vec<Block> {
    let mut blocks = block::blocks(&tame::tame(text, MOST), names);
    if let [Block::Paragraph(spans)] = blocks.as_mut_slice()
        && span::only_emoji(spans)
    {
        blocks = vec![Block::Jumbo(std::mem::take(spans))];
    }
    blocks
}

/// The code in a text that is to be coloured: its first blocks.
#[must_use]
pub fn code(blocks: &[Block]) -> Vec<Code> {
    fn all(blocks: &[Block], found: &mut Vec<Code>) {
        for block in blocks {
            match block {
                Block::Code(code) if code.is_coloured() => found.push(code.clone()),
                Block::Quote(blocks) => all(blocks, found),
                Block::List { items, .. } => items.iter().for_each(|item| all(item, found)),
                Block::Code(_) | Block::Paragraph(_) | Block::Jumbo(_) | Block::Heading(..) => {}
            }
        }
    }
    let mut found = Vec::new();
    all(blocks, &mut found);
    found.truncate(COLORED);
    found
}

/// Colours code, one after the other, where nobody waits for it: a language takes a tenth of a second when it is met first.
pub async fn color(codes: Vec<Code>) {
    /// However many ask: it leaves the other cores alone.
    static ONE: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(1);
    let Ok(_turn) = ONE.acquire().await else { return };
    let start = Instant::now();
    let soon = move |_: &&Code| start.elapsed() < COLORING;
    let _ = tokio::task::spawn_blocking(move || codes.iter().take_while(soon).for_each(Code::color)).await;
}

#[cfg(test)]
mod tests;
