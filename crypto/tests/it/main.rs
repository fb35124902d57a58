//! Known answers, hostile inputs and byte layouts.
//!
//! Where the shape allows it, published vectors run through this crate's own functions; elsewhere (Ed25519 under no
//! domain, HKDF with a salt, X25519 alone) they run through the very primitive that is configured here, and the module
//! says so.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod aead;
mod argon2id;
mod canonical;
mod ed25519;
mod epoch;
mod hkdf;
mod hpke;
mod identity;
mod layout;
mod mlkem;
mod pake;
mod redacted;
mod text;
mod wrap;
mod x25519;
