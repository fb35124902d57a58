//! Wraps open for one holder, one purpose and one place only.

use bivouac_crypto::{BadKey, BadWrap, KEM_PUBLIC_LEN, KemPublic, KemSecret, WRAP_OVERHEAD, canonical, unwrap, wrap};
use proptest::prelude::*;

use crate::text::rng;

#[test]
fn another_user_info_or_aad_opens_nothing() {
    let (alice, mallory) = (KemSecret::generate(&mut rng(1)), KemSecret::generate(&mut rng(2)));
    let wrapped = wrap(&mut rng(3), &alice.public(), b"info", b"aad", b"secret").expect("wraps");
    assert_eq!(wrapped.len(), 6 + WRAP_OVERHEAD);
    assert_eq!(unwrap(&alice, b"info", b"aad", &wrapped).expect("unwraps").as_slice(), b"secret");
    assert_eq!(unwrap(&mallory, b"info", b"aad", &wrapped), Err(BadWrap));
    assert_eq!(unwrap(&alice, b"infp", b"aad", &wrapped), Err(BadWrap));
    assert_eq!(unwrap(&alice, b"info", b"aae", &wrapped), Err(BadWrap));
    assert_eq!(unwrap(&alice, b"infoa", b"ad", &wrapped), Err(BadWrap));
    for len in [0, 1, 1119, 1120, 1135, wrapped.len() - 1] {
        assert_eq!(unwrap(&alice, b"info", b"aad", &wrapped[..len]), Err(BadWrap));
    }
}

#[test]
fn two_wraps_of_one_secret_differ() {
    let (alice, mut rng) = (KemSecret::generate(&mut rng(1)), rng(2));
    let mut wrapped = || wrap(&mut rng, &alice.public(), b"", b"", b"secret").expect("wraps");
    assert_ne!(wrapped(), wrapped());
}

#[test]
fn unusable_keys_are_refused_on_wrap() {
    // Coefficients of 4095 are not below the modulus 3329 (FIPS 203, section 7.2).
    let bad = KemPublic::try_from([0xff; KEM_PUBLIC_LEN].as_slice()).expect("right length");
    assert!(!bad.is_usable());
    assert_eq!(wrap(&mut rng(1), &bad, b"", b"", b"secret"), Err(BadKey));
    assert_eq!(KemPublic::try_from([0; KEM_PUBLIC_LEN - 1].as_slice()), Err(BadKey));
    assert_eq!(KemPublic::try_from([0; KEM_PUBLIC_LEN + 1].as_slice()), Err(BadKey));
}

#[test]
fn keys_travel_as_byte_strings_of_one_length() {
    let public = KemSecret::generate(&mut rng(1)).public();
    let bytes = canonical::encode(&public);
    assert_eq!(bytes[..3], [0x59, 0x04, 0xc0]);
    assert_eq!(canonical::decode(&bytes, 2000), Ok(public));
    let short = canonical::encode(&minicbor::bytes::ByteVec::from(vec![0; 1215]));
    assert!(canonical::decode::<KemPublic>(&short, 2000).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn flipped_bits_are_noticed(at in any::<proptest::sample::Index>(), bit in 0..8u8) {
        let alice = KemSecret::generate(&mut rng(1));
        let mut wrapped = wrap(&mut rng(2), &alice.public(), b"info", b"aad", b"secret").expect("wraps");
        let at = at.index(wrapped.len());
        wrapped[at] ^= 1 << bit;
        // X25519 ignores the top bit of a u-coordinate, but X-Wing hashes the ciphertext as sent: it is noticed too.
        prop_assert_eq!(unwrap(&alice, b"info", b"aad", &wrapped), Err(BadWrap));
    }
}

#[test]
fn keys_are_ordered_by_their_bytes() {
    let [low, high] = [1, 2].map(|byte| KemPublic::try_from([byte; KEM_PUBLIC_LEN].as_slice()).expect("right length"));
    assert_eq!((low < high, high < low), (true, false));
}
