//! The node as its users meet it: as processes, on networks.
//!
//! One test binary, a module a scenario. Those that lay networks skip themselves where the machine gives none, and say
//! so in a file that `scripts/test` counts. Everything waits for what it expects; where nothing is expected, it says
//! for how long it looked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod about;
mod absent;
mod architecture;
mod cast;
mod crash;
mod damage;
mod demo;
mod doctor;
mod durable;
mod files;
mod full;
mod handle;
mod invites;
mod kept;
mod lan;
mod law;
mod mdns;
mod mend;
mod methods;
mod nearby;
mod partition;
mod people;
mod private;
mod removed;
mod rpc;
mod secrecy;
mod spy;
mod storm;
mod streams;
mod text;
mod weekend;
