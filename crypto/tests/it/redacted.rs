//! Secrets and content never show in `Debug`; ids show four bytes.

use bivouac_crypto::{
    Blob, DeviceId, EpochId, EpochSecret, KEM_PUBLIC_LEN, KdfParams, KemPublic, KemSecret, NewIdentity, PublicKey,
    RecoveryWords, SealKey, Signature, SigningKey, StorageKey, Text, UserId,
};

use crate::text::rng;

#[test]
fn secrets_show_nothing() {
    assert_eq!(format!("{:?}", SigningKey::from_seed(&[1; 32])), "SigningKey(redacted)");
    assert_eq!(format!("{:?}", KemSecret::from_seed(&[1; 32])), "KemSecret(redacted)");
    assert_eq!(format!("{:?}", SealKey::from_bytes([1; 32])), "SealKey(redacted)");
    assert_eq!(format!("{:?}", EpochSecret::from_bytes(&[1; 64]).expect("length")), "EpochSecret(redacted)");
    assert_eq!(format!("{:?}", RecoveryWords::from_entropy(&[1; 32])), "RecoveryWords(redacted)");
    assert_eq!(format!("{:?}", StorageKey::from_bytes(&[1; 32])), "StorageKey(redacted)");
}

#[test]
fn ids_show_four_bytes() {
    let bytes: [u8; 32] = std::array::from_fn(|at| u8::try_from(at).expect("small"));
    assert_eq!(format!("{:?}", PublicKey::from_bytes(bytes)), "PublicKey(00010203)");
    assert_eq!(format!("{:?}", DeviceId(PublicKey::from_bytes(bytes))), "DeviceId(00010203)");
    assert_eq!(format!("{:?}", UserId(bytes)), "UserId(00010203)");
    assert_eq!(format!("{:?}", EpochId(bytes)), "EpochId(00010203)");
    assert_eq!(format!("{:?}", Signature::from_bytes([9; 64])), "Signature(09090909)");
    let kem = KemPublic::try_from([7; KEM_PUBLIC_LEN].as_slice()).expect("right length");
    assert_eq!(format!("{kem:?}"), "KemPublic(07070707)");
    let full = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    assert_eq!(UserId(bytes).to_string(), full);
    assert_eq!(DeviceId(PublicKey::from_bytes(bytes)).to_string(), full);
}

#[test]
fn content_shows_its_length() {
    assert_eq!(format!("{:?}", Text::<9>::try_from("żółw").expect("short")), "Text(4 characters)");
    assert_eq!(format!("{:?}", Blob::<9>::try_from(vec![1, 2]).expect("short")), "Blob(2 bytes)");
}

#[test]
fn a_new_identity_shows_neither_name_nor_secret() {
    let device = SigningKey::generate(&mut rng(1));
    let name = Text::try_from("Rosalind").expect("short");
    let new = NewIdentity::create(&mut rng(2), name, Text::try_from("laptop").expect("short"), &device);
    let shown = format!("{new:?}");
    assert!(shown.contains("recovery: RecoveryWords(redacted), user_kem: KemSecret(redacted)"));
    for word in ["Rosalind", "laptop"] {
        assert!(!shown.contains(word));
    }
    let identity = format!("{:?}", new.chain.verify().expect("verifies"));
    assert!(!identity.contains("Rosalind") && !identity.contains("laptop"));
}

#[test]
fn costs_are_no_secret() {
    assert!(format!("{:?}", KdfParams::STRONG).contains("262144"));
}
