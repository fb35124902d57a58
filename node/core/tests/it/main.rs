//! Whole guilds in the simulator.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod acts;
mod away;
mod camp;
mod court;
mod crowd;
mod forget;
mod household;
mod kept;
mod liars;
mod lives;
mod marks;
mod model;
mod nearby;
mod notices;
mod order;
mod password;
mod permissions;
mod pictures;
mod private;
mod restart;
mod script;
mod search;
mod smoke;
