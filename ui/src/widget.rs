//! Widgets that know nothing of the app.

pub mod icon;
