//! What peers ask.
#![no_main]

use bivouac_core::wire::Request;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(request) = Request::from_bytes(bytes) {
        assert_eq!(request.to_bytes(), bytes, "one value has one encoding");
    }
});
