//! The desktop's services, for real: each test runs itself again in a session of its own — an empty home, a bus that
//! starts nothing by itself, an X server where it takes one — with what it needs there, or with nothing, or with what
//! hangs. Where the machine lacks a program for that, a test says so and is passed over.

mod clipboard;
mod fake;
mod first;
mod keys;
mod missing;
mod notices;
mod panel;
mod portal;
mod scheme;
mod secret;
pub(crate) mod session;
