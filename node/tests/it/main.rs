//! The node as its users meet it: as processes, on networks.
//!
//! One test binary, a module a scenario. Those that lay networks skip themselves where the machine gives none, and say
//! so in a file that `scripts/test` counts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod architecture;
