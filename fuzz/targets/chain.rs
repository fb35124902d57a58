//! Who somebody says to be.
#![no_main]

use bivouac_crypto::{IdentityChain, canonical};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(chain) = canonical::decode::<IdentityChain>(bytes, 256 * 1024) {
        assert_eq!(canonical::encode(&chain), bytes, "one value has one encoding");
        let _ = chain.verify();
    }
});
