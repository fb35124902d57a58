//! The bytes of `/bivouac/sync/1`: one request and one response a stream, each a big-endian `u32` length and that many
//! bytes.
//!
//! A length is judged before anything is allocated, and memory grows with what has really arrived, so that a claimed
//! length costs the claimer as much as us.

use std::io;

use bivouac_core::wire::{MAX_REQUEST, MAX_RESPONSE};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::{StreamProtocol, request_response};

/// Name and version of the protocol.
pub(super) const PROTOCOL: StreamProtocol = StreamProtocol::new("/bivouac/sync/1");

/// How much is read at once, in bytes.
const CHUNK: usize = 16 * 1024;

/// Frames raw bytes; what they mean is the core's affair.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Codec;

impl request_response::Codec for Codec {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T>(&mut self, _: &Self::Protocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        read(io, MAX_REQUEST).await
    }

    async fn read_response<T>(&mut self, _: &Self::Protocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        read(io, MAX_RESPONSE).await
    }

    async fn write_request<T>(&mut self, _: &Self::Protocol, io: &mut T, bytes: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write(io, &bytes, MAX_REQUEST).await
    }

    async fn write_response<T>(&mut self, _: &Self::Protocol, io: &mut T, bytes: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write(io, &bytes, MAX_RESPONSE).await
    }
}

async fn read<T: AsyncRead + Unpin>(io: &mut T, max: usize) -> io::Result<Vec<u8>> {
    let mut prefix = [0; 4];
    io.read_exact(&mut prefix).await?;
    let len = usize::try_from(u32::from_be_bytes(prefix)).unwrap_or(usize::MAX);
    if len > max {
        return Err(too_large(len, max));
    }
    let mut bytes = Vec::new();
    while bytes.len() < len {
        let start = bytes.len();
        bytes.resize(len.min(start + CHUNK), 0);
        io.read_exact(&mut bytes[start..]).await?;
    }
    Ok(bytes)
}

async fn write<T: AsyncWrite + Unpin>(io: &mut T, bytes: &[u8], max: usize) -> io::Result<()> {
    let len = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= max);
    let len = len.ok_or_else(|| too_large(bytes.len(), max))?;
    io.write_all(&len.to_be_bytes()).await?;
    io.write_all(bytes).await?;
    io.close().await
}

fn too_large(len: usize, max: usize) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{len} bytes, at most {max} are allowed"))
}

#[cfg(test)]
mod tests {
    use futures::{executor::block_on, io::Cursor};

    use super::*;

    #[test]
    fn bytes_round_trip_across_chunks() {
        for len in [0, 1, CHUNK, CHUNK + 1, MAX_REQUEST] {
            let sent: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
            let mut wire = Cursor::new(Vec::new());
            block_on(write(&mut wire, &sent, MAX_REQUEST)).unwrap();
            let mut wire = Cursor::new(wire.into_inner());
            assert_eq!(block_on(read(&mut wire, MAX_REQUEST)).unwrap(), sent);
        }
    }

    #[test]
    fn a_length_over_the_limit_is_refused_before_a_byte_of_it_is_read() {
        let mut wire = Cursor::new((MAX_REQUEST as u32 + 1).to_be_bytes().to_vec());
        assert_eq!(block_on(read(&mut wire, MAX_REQUEST)).unwrap_err().kind(), io::ErrorKind::InvalidData);
        let mut wire = Cursor::new(u32::MAX.to_be_bytes().to_vec());
        assert_eq!(block_on(read(&mut wire, MAX_RESPONSE)).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert!(block_on(write(&mut Cursor::new(Vec::new()), &vec![0; MAX_REQUEST + 1], MAX_REQUEST)).is_err());
    }

    #[test]
    fn a_stream_that_ends_early_is_an_error() {
        let mut wire = Cursor::new([&1000_u32.to_be_bytes()[..], &[7; 999]].concat());
        assert_eq!(block_on(read(&mut wire, MAX_REQUEST)).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
