//! Everything that crosses the network, bounded and canonical.

/// Largest gossip envelope, in bytes.
pub const MAX_ENVELOPE: usize = 48 * 1024;
/// Largest request, in bytes.
pub const MAX_REQUEST: usize = 256 * 1024;
/// Largest response, in bytes.
pub const MAX_RESPONSE: usize = 1024 * 1024;
