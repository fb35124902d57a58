//! Hashing with a purpose: the same bytes hashed for two purposes give unrelated results.
//!
//! BLAKE3 (O'Connor, Aumasson, Neves, Wilcox-O'Hearn, 2020) in its derive-key mode for hashes and in its keyed mode
//! for MACs.

/// What a hash is for. Each purpose has its own fixed BLAKE3 context string, `bivouac v1 <name>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// User id, over the identity's genesis.
    User,
    /// Operation id, over a header without its signature.
    Op,
    /// Payload of an operation.
    Payload,
    /// Audience id.
    Audience,
    /// Epoch id.
    Epoch,
    /// Frontier digest of a sync.
    Digest,
    /// Folded state, to compare two replicas.
    State,
    /// Short tags.
    Tag,
    /// Gossip topic.
    Topic,
    /// Invite.
    Invite,
    /// Role id.
    Role,
    /// Range fingerprint and safety number.
    Fingerprint,
    /// Link to the previous operation of an identity.
    Identity,
    /// Commitment to the next root key of an identity.
    Root,
    /// Password of a channel.
    Password,
    /// Place of a thread's messages in a store.
    Thread,
}

impl Context {
    /// The BLAKE3 context string.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "bivouac v1 user",
            Self::Op => "bivouac v1 op",
            Self::Payload => "bivouac v1 payload",
            Self::Audience => "bivouac v1 audience",
            Self::Epoch => "bivouac v1 epoch",
            Self::Digest => "bivouac v1 digest",
            Self::State => "bivouac v1 state",
            Self::Tag => "bivouac v1 tag",
            Self::Topic => "bivouac v1 topic",
            Self::Invite => "bivouac v1 invite",
            Self::Role => "bivouac v1 role",
            Self::Fingerprint => "bivouac v1 fingerprint",
            Self::Identity => "bivouac v1 identity",
            Self::Root => "bivouac v1 root",
            Self::Password => "bivouac v1 password",
            Self::Thread => "bivouac v1 thread",
        }
    }
}

/// Hashes bytes for one purpose (BLAKE3 `derive_key`).
pub fn hash(context: Context, bytes: &[u8]) -> [u8; 32] {
    blake3::derive_key(context.as_str(), bytes)
}

/// MAC of bytes under a key (BLAKE3 `keyed_hash`). Compare two MACs of a secret key in constant time only.
pub fn keyed(key: &[u8; 32], bytes: &[u8]) -> [u8; 32] {
    blake3::keyed_hash(key, bytes).into()
}
