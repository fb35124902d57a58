//! Widgets that know nothing of the app.

pub mod icon;
pub mod prose;
