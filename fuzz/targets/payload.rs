//! What stands in an op, of any kind.
#![no_main]

use bivouac_core::op::Op;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, &[u8])| {
    let (kind, bytes) = input;
    let _ = Op::decode(kind % 40, bytes);
});
