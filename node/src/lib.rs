//! The node of Bivouac: the shell that gives the pure core a network and a store.
//!
//! [`Handle`] is the way in: the desktop app, the JSON-RPC surface ([`rpc`]) and the command line all go through it.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod actor;
mod config;
pub mod demo;
mod disk;
mod event;
mod file;
mod files;
mod folder;
mod guilds;
mod handle;
mod identity;
mod keeper;
pub mod lab;
mod net;
mod os;
pub mod report;
pub mod rpc;
mod store;
pub use store::panic_is_contained;
mod vault;

pub use bivouac_core as core;
pub use bivouac_crypto::{DeviceId, PublicKey, UserId};
pub use config::{Config, KEEP_FILES_MIB, Passphrase};
pub use disk::Disk;
pub use event::{Events, EventsEnded, NodeEvent};
pub use files::{FILE_MAX, FileError, Source};
pub use folder::{FolderError, Found, look};
pub use handle::{CallError, Created, Handle, Pending, Profile, StartError};
pub use identity::{FIRST_DEVICE, IdentityFileError};
pub use net::{Failed, Failure, NetError, NetStatus, Path, PeerStatus, TRYING_MAX, Transport, Trying, can_listen};
pub use store::{OpenError, WriteError};
pub use vault::VaultError;
