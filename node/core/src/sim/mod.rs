//! The seeded simulator: many cores, each with a disk that can lose power and a clock that is wrong, on a network that
//! loses, repeats, reorders and splits, in virtual time. One seed decides everything, so every failure replays.
//!
//! ```text
//!  scenario ─▶ World ── Input ──▶ Node{ Core, Disk } ── Effect ──▶ World ── after a delay ──▶ other nodes
//!                └─ Facts: all that was promised ─▶ oracle: does it hold once all is quiet?
//! ```
//!
//! A node carries effects out as the real one's committer does: a write is visible at once, and whatever follows it
//! leaves the process only behind the next sync. A crash drops all writes since the last sync with all that waits.

mod acts;
mod dice;
mod disk;
mod found;
pub mod liar;
mod marked;
pub mod naive;
mod network;
mod node;
pub mod oracle;
mod people;
pub mod scenario;
mod world;

pub use acts::ManyActs;
pub use dice::Dice;
pub use disk::Disk;
pub use network::{Link, Network, Weather};
pub use node::{Acknowledged, Asked, EPOCH_MS, Node, Tamper};
pub use people::{PEOPLE, Person, person};
pub use world::{Facts, Traffic, World};
