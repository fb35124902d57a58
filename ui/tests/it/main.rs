//! The app on a desktop, and the screens as they are drawn.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod desktop;
mod doors;
mod drafts;
mod guild_settings;
mod hand;
mod home;
mod looks;
mod rough;
mod settings;
mod stretch;
mod whole;
