//! The whole app, as people have it before them: processes on hosts of a lab, each with an X server of its own. Keys are
//! pressed and the mouse is clicked; what is on the screen is looked at, and words are read off it. Nobody knows where
//! anything stands.
//!
//! What was seen is kept as pictures beside the tests' other files, for people to look at.

mod eyes;
mod person;
mod rough;
mod two;
