//! Argon2id (RFC 9106) and the bounds on what a file may ask of it.

use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder, Version};
use bivouac_crypto::{BadKdf, BadSeal, KdfParams, StorageKey, canonical};

use crate::text::{rng, unhex_array};

/// RFC 9106, section 5.3. It uses a secret and associated data, which ours does not: through the primitive.
#[test]
fn rfc_9106() {
    let params = ParamsBuilder::new()
        .m_cost(32)
        .t_cost(3)
        .p_cost(4)
        .data(AssociatedData::new(&[4; 12]).expect("short"))
        .build()
        .expect("parameters");
    let argon = Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params).expect("secret");
    let mut tag = [0; 32];
    argon.hash_password_into(&[1; 32], &[2; 16], &mut tag).expect("hashes");
    assert_eq!(tag, unhex_array("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"));
}

#[test]
fn ours_is_plain_argon2id() {
    let KdfParams { memory_kib, iterations, lanes } = KdfParams::LEAST;
    let params = argon2::Params::new(memory_kib, iterations, lanes, Some(32)).expect("parameters");
    let mut expected = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(b"correct horse", &[9; 16], &mut expected)
        .expect("hashes");
    let key = StorageKey::from_passphrase(b"correct horse", &[9; 16], KdfParams::LEAST).expect("derives");
    assert_eq!(*key.to_bytes(), expected);
}

#[test]
fn strong_is_256_mebibytes_in_three_passes() {
    assert_eq!(KdfParams::STRONG, KdfParams { memory_kib: 262_144, iterations: 3, lanes: 1 });
    assert_eq!(KdfParams::STRONG.check(), Ok(KdfParams::STRONG));
}

#[test]
fn costs_out_of_bounds_are_refused_before_any_memory_is_taken() {
    let strong = KdfParams::STRONG;
    let hostile = [
        KdfParams { memory_kib: 1 << 30, ..strong },
        KdfParams { memory_kib: u32::MAX, ..strong },
        KdfParams { memory_kib: 8, ..strong },
        KdfParams { memory_kib: 0, ..strong },
        KdfParams { iterations: 0, ..strong },
        KdfParams { iterations: u32::MAX, ..strong },
        KdfParams { lanes: 0, ..strong },
        KdfParams { lanes: 5, ..strong },
    ];
    for params in hostile {
        let derived = StorageKey::from_passphrase(b"", &[0; 16], params);
        assert_eq!(derived.map(|_| ()), Err(BadKdf::OutOfBounds(params)));
        assert!(canonical::decode::<KdfParams>(&canonical::encode(&params), 64).is_err());
    }
    assert_eq!(canonical::decode::<KdfParams>(&canonical::encode(&strong), 64), Ok(strong));
}

#[test]
fn another_passphrase_salt_or_place_opens_nothing() {
    let key = |pass: &[u8], salt| StorageKey::from_passphrase(pass, &[salt; 16], KdfParams::LEAST).expect("derives");
    let sealed = key(b"one", 1).seal_record(&mut rng(1), b"ops/1", b"record");
    assert_eq!(key(b"one", 1).open_record(b"ops/1", &sealed).expect("opens").as_slice(), b"record");
    assert_eq!(key(b"one", 1).open_record(b"ops/2", &sealed), Err(BadSeal));
    assert_eq!(key(b"two", 1).open_record(b"ops/1", &sealed), Err(BadSeal));
    assert_eq!(key(b"one", 2).open_record(b"ops/1", &sealed), Err(BadSeal));
    let stored = StorageKey::from_bytes(&key(b"one", 1).to_bytes());
    assert!(stored.open_record(b"ops/1", &sealed).is_ok());
}
