//! Fixed-length byte values: public keys, signatures and ids.
//!
//! They share one CBOR form (a byte string of exactly that length), one full form (`Display`, lower-case hex) and one
//! short form (`Debug`, the first four bytes), so that a log line can tell two of them apart without naming anybody.

use std::fmt;

/// Writes bytes as lower-case hex.
pub(crate) fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Gives a tuple struct over `[u8; $len]` its conversions, CBOR form, `Display` and short `Debug`.
macro_rules! byte_value {
    ($name:ident, $len:literal) => {
        impl $name {
            /// Takes the bytes as they are; no check is made.
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::bytes::write_hex(f, &self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "("))?;
                $crate::bytes::write_hex(f, &self.0[..4])?;
                f.write_str(")")
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
                minicbor::bytes::ByteArray::<$len>::decode(d, ctx).map(|bytes| Self(bytes.into()))
            }
        }
    };
}

pub(crate) use byte_value;
