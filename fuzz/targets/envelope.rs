//! What gossip brings.
#![no_main]

use bivouac_core::wire::Envelope;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(envelope) = Envelope::from_bytes(bytes) {
        assert_eq!(envelope.to_bytes(), bytes, "one value has one encoding");
    }
});
