//! The rendezvous: discovery, admission and NAT fallback for nodes that cannot find each other alone.
//!
//! It will link `bivouac-crypto` for admission tokens and nothing else of ours. It has no function yet.
