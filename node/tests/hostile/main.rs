//! Hostile real nodes: attackers of every kind, over real sockets, against real nodes.
//!
//! One test a group of attacks, a line in its table each. What all of them must leave standing is in [`siege`]: the
//! nodes live, stay small, tell what honest members say soon and once, and agree. What each is about in particular it
//! asserts itself. `BIVOUAC_CASE=<name>,<name>` runs those cases alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[allow(dead_code)]
#[path = "../it/cast.rs"]
mod cast;
mod content;
mod door;
mod files;
mod gossip;
mod joins;
mod member;
mod siege;
mod streams;
mod wire;
