//! The one canonical encoding, and the only door through which bytes from others become values.
//!
//! Hashes and signatures cover encoded bytes, so one value must have exactly one encoding. The form is the
//! deterministic subset of CBOR (RFC 8949, section 4.2.1) that minicbor writes for arrays, byte strings, text and
//! integers. A decoder alone is too kind: it accepts long-form integers, unknown trailing fields and trailing bytes.
//! So the door is `length ≤ max → decode → everything consumed → encode again → the same bytes`.

mod bounded;

pub use bounded::{Blob, Bounded, Text, TooLong};

use minicbor::{Decode, Decoder, Encode, encode::Write};
use zeroize::Zeroizing;

/// Why bytes were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// More bytes than this kind of value may have; they were not looked at.
    #[error("{len} bytes where at most {max} are allowed")]
    TooLong {
        /// How many bytes came.
        len: usize,
        /// How many are allowed.
        max: usize,
    },
    /// Not this kind of value, or one of its bounds is exceeded.
    #[error("malformed encoding")]
    Malformed,
    /// A value, and then more bytes.
    #[error("bytes after the value")]
    Trailing,
    /// A value, but not written in its one canonical form.
    #[error("encoding is not canonical")]
    NotCanonical,
}

/// Encodes a value in its canonical form.
#[expect(clippy::expect_used, reason = "writing to a Vec cannot fail, and no Encode of ours returns a custom error")]
pub fn encode<T: Encode<()>>(v: &T) -> Vec<u8> {
    minicbor::to_vec(v).expect("writing to a Vec")
}

/// Encodes a value that holds secrets, of at most `max` bytes: a buffer that grew would leave a copy behind.
#[expect(clippy::expect_used, reason = "writing to a Vec cannot fail, and no Encode of ours returns a custom error")]
pub(crate) fn encode_secret<T: Encode<()>>(v: &T, max: usize) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(max));
    minicbor::encode(v, &mut *bytes).expect("writing to a Vec");
    debug_assert!(bytes.len() <= max);
    bytes
}

/// Decodes a value of at most `max` bytes and accepts it only in its canonical form.
///
/// Collections inside `T` must be bounded ([`Bounded`], [`Text`], [`Blob`]), so that a claimed length allocates
/// nothing.
pub fn decode<T>(bytes: &[u8], max: usize) -> Result<T, DecodeError>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    if bytes.len() > max {
        return Err(DecodeError::TooLong { len: bytes.len(), max });
    }
    let mut decoder = Decoder::new(bytes);
    let value: T = decoder.decode().map_err(|_| DecodeError::Malformed)?;
    if decoder.position() != bytes.len() {
        return Err(DecodeError::Trailing);
    }
    let mut rest = Rest(bytes);
    if minicbor::encode(&value, &mut rest).is_err() || !rest.0.is_empty() {
        return Err(DecodeError::NotCanonical);
    }
    Ok(value)
}

/// Compares what is written with what was read, without a second copy of it in memory.
struct Rest<'a>(&'a [u8]);

/// Something else was written than was read.
struct Differs;

impl Write for Rest<'_> {
    type Error = Differs;

    fn write_all(&mut self, written: &[u8]) -> Result<(), Differs> {
        self.0 = self.0.strip_prefix(written).ok_or(Differs)?;
        Ok(())
    }
}
