//! Whole guilds in the simulator.

#![expect(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "tests")]

mod lives;
mod smoke;
