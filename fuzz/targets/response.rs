//! What peers answer.
#![no_main]

use bivouac_core::wire::Response;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(response) = Response::from_bytes(bytes) {
        assert_eq!(response.to_bytes(), bytes, "one value has one encoding");
    }
});
