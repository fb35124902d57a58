//! Whole guilds in the simulator.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod camp;
mod crowd;
mod devices;
mod liars;
mod lives;
mod model;
mod order;
mod restart;
mod smoke;
