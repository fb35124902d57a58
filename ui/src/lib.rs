//! The desktop app: it holds a node in its own process and imports nothing of ours but `bivouac-node`.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod app;
pub mod avatar;
pub mod bridge;
pub mod desktop;
pub mod fault;
pub mod format;
pub mod intent;
pub mod keymap;
pub mod lock;
pub mod pictures;
pub mod prefs;
pub mod screen;
pub mod services;
pub mod text;
pub mod theme;
pub mod widget;
pub mod words;
pub mod world;
