//! What is laid over the page for a moment: each a small screen of its own.

pub mod add;
pub mod channel;
pub mod confirm;
pub mod emoji;
pub mod invite;
pub mod leave;
pub mod menu;
pub mod profile;
pub mod switch;
pub mod viewer;

/// What becomes of a dialogue after something happened in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It stays.
    Stay,
    /// It goes.
    Close,
}
