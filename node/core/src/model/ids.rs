//! Identifiers. All are 32-byte hashes or keys, shown as lower-case hex; a message's id carries its place in time.

use std::{fmt, str::FromStr};

use bivouac_crypto::DeviceId;
use data_encoding::HEXLOWER;
use minicbor::{Decode, Encode};

use super::Hlc;

/// A text that is not an identifier of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {0}: expected {1} hexadecimal digits, as printed by an earlier answer")]
pub struct BadId(pub &'static str, pub usize);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        #[cbor(transparent)]
        pub struct $name(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), HEXLOWER.encode(&self.0[..4]))
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                parse_hex(text).map(Self).ok_or(BadId($what, 64))
            }
        }
    };
}

id!(
    /// A guild: the id of its genesis op.
    GuildId,
    "a guild id"
);
id!(
    /// A channel: the id of the op that created it.
    ChannelId,
    "a channel id"
);
id!(
    /// A role: derived from the guild for the built-in ones, else the id of the op that created it.
    RoleId,
    "a role id"
);
id!(
    /// An invite: the id of the op that made it.
    InviteId,
    "an invite id"
);
id!(
    /// A file: the BLAKE3 of what it is sealed as, which is what its chunks are verified against.
    FileId,
    "a file id"
);
id!(
    /// One operation: BLAKE3 of its canonical header, signature excluded.
    OpId,
    "an operation id"
);

/// What a link to a message begins with; its id follows.
pub const MESSAGE_LINK: &str = "bivouac://message/";

/// A message: its place in the timeline and the op that posted it. Ordered as the timeline is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct MessageId {
    /// When its author says it was written.
    #[n(0)]
    pub hlc: Hlc,
    /// The op that posted it.
    #[n(1)]
    pub op: OpId,
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", HEXLOWER.encode(&self.hlc.0.to_be_bytes()), self.op)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({}, {:?})", self.hlc.ms(), self.op)
    }
}

impl FromStr for MessageId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = BadId("a message id", 80);
        let text = text.strip_prefix(MESSAGE_LINK).unwrap_or(text);
        let (hlc, op) = text.split_at_checked(16).ok_or_else(|| bad.clone())?;
        let hlc = HEXLOWER.decode(hlc.as_bytes()).ok().and_then(|b| b.try_into().ok()).ok_or_else(|| bad.clone())?;
        Ok(Self { hlc: Hlc(u64::from_be_bytes(hlc)), op: parse_hex(op).map(OpId).ok_or(bad)? })
    }
}

/// One device's log within an audience. A store rebuilt from nothing starts a new incarnation, so that a device
/// never signs two different ops at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct LogId {
    /// The device that alone may write it.
    #[n(0)]
    pub device: DeviceId,
    /// Milliseconds since the epoch at which the device's store was made.
    #[n(1)]
    pub incarnation: u64,
}

fn parse_hex(text: &str) -> Option<[u8; 32]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_as_text_and_refuse_anything_else() {
        let id = MessageId { hlc: Hlc(77), op: OpId([9; 32]) };
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().len(), 80);
        assert!("é".repeat(40).parse::<MessageId>().is_err());
        assert!("".parse::<GuildId>().is_err());
        assert!(OpId([1; 32]).to_string().to_uppercase().replace('0', "A").parse::<OpId>().is_err());
    }
}
