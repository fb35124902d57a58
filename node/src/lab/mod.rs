//! Real nodes on a real network that exists only while it is looked at: for the demo and for the tests.
//!
//! ```text
//!            the switch's namespace                      a host's namespace
//!  ┌──────────────────────────────────────┐       ┌──────────────────────────┐
//!  │  lan0 (bridge) ── v0 ════════════════╪═══════╪══ eth0 10.77.0.1/24      │
//!  │       │                              │       │   bivouac rpc --data …   │
//!  │       └────────── v1 ════════════════╪══ …   └──────────────────────────┘
//!  │  lan1 (bridge, empty until a split)  │
//!  └──────────────────────────────────────┘
//! ```
//!
//! A host has an address, a cable and nothing else: no default route, no name server, no server of any kind. Nodes on
//! it can only find each other as they would in a living room, by mDNS.
//!
//! Nothing here outlives its owner. Each namespace is held by a child process that waits on a pipe, each node is a
//! child that reads requests from a pipe: when the process that made them goes, however it goes, the pipes close and
//! all of it goes too. Only the standard library is used, so that the lab works under any runtime or none.

mod client;
mod disk;
mod heard;
mod launch;
mod net;
mod vitals;

use std::{io, path::PathBuf, time::Duration};

pub use client::{Answer, Rpc, Ticket};
pub use disk::Disk;
pub use heard::{Refusal, Seen};
pub use launch::Launch;
pub use net::{Host, Lab, Switch, Traffic};
pub use vitals::Vitals;

/// Why something in the lab went wrong.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// This machine gives no namespaces, or lacks a program needed to use them.
    #[error("no namespaces ({0})")]
    Unavailable(String),
    /// A command of the lab's own failed.
    #[error("`{command}` failed: {stderr}")]
    Command {
        /// As a shell would show it.
        command: String,
        /// What it said.
        stderr: String,
    },
    /// A program could not be started or talked to.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
    /// The node answered with an error.
    #[error("{method}: {refusal}")]
    Refused {
        /// The method called.
        method: String,
        /// What came back.
        refusal: Refusal,
    },
    /// Nothing came in time.
    #[error("{what} did not come within {after:?}; the node's last words: {stderr}")]
    Timeout {
        /// What was waited for.
        what: String,
        /// For how long.
        after: Duration,
        /// The end of its log.
        stderr: String,
    },
    /// The node is gone.
    #[error("the node ended ({status}); its last words: {stderr}")]
    Ended {
        /// How it ended, where known.
        status: String,
        /// The end of its log.
        stderr: String,
    },
    /// The wait was called off from outside.
    #[error("called off")]
    CalledOff,
    /// The node said something that breaks its own interface.
    #[error("{0}")]
    Contract(String),
    /// A file could not be used.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
