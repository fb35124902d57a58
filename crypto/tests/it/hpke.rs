//! HPKE (RFC 9180) and X-Wing (draft-connolly-cfrg-xwing-kem).

use bivouac_crypto::{KemPublic, KemSecret, unwrap, wrap};
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable,
    aead::ChaCha20Poly1305,
    kdf::HkdfSha256,
    kem::{X25519HkdfSha256, XWing},
    setup_receiver, setup_sender_with_rng,
};

use crate::text::{Given, records};

/// RFC 9180, appendix A.2.1, through the crate hpke with our KDF and AEAD: all its encryptions and exports. The sender
/// is fed the RFC's randomness, so that both sides are checked.
#[test]
fn rfc_9180() {
    let vectors = records(include_str!("../vectors/hpke_rfc9180_a2_1.txt"));
    let setup = &vectors[0];
    let (derived, public) = X25519HkdfSha256::derive_keypair(&setup.bytes("ikm"));
    // The RFC prints this key before clamping, and the crate clamps it: compare what they do, not how they look.
    let secret = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&setup.bytes("sk")).expect("key");
    assert_eq!(X25519HkdfSha256::sk_to_pk(&derived), public);
    assert_eq!(X25519HkdfSha256::sk_to_pk(&secret), public);
    assert_eq!(public.to_bytes().as_slice(), setup.bytes("pk"));
    let info = setup.bytes("info");
    let mut rng = Given(setup.bytes("ikm_e"));
    let (enc, mut sender) = setup_sender_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &public,
        &info,
        &mut rng,
    )
    .expect("sender");
    assert_eq!(enc.to_bytes().as_slice(), setup.bytes("enc"));
    let mut receiver =
        setup_receiver::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(&OpModeR::Base, &secret, &enc, &info)
            .expect("receiver");

    let (mut sealed, mut exported) = (0, 0);
    for seq in 0..=256 {
        let aad = format!("Count-{seq}");
        let ct = sender.seal(b"Beauty is truth, truth beauty", aad.as_bytes()).expect("seals");
        let vector = vectors.iter().find(|vector| vector.has("seq") && vector.text("seq") == seq.to_string());
        if let Some(vector) = vector {
            assert_eq!((vector.bytes("aad"), vector.bytes("ct")), (aad.clone().into_bytes(), ct.clone()));
            sealed += 1;
        }
        assert_eq!(receiver.open(&ct, aad.as_bytes()).expect("opens"), b"Beauty is truth, truth beauty");
    }
    for vector in vectors.iter().filter(|vector| vector.has("exported")) {
        let mut out = [0; 32];
        receiver.export(&vector.bytes("context"), &mut out).expect("exports");
        assert_eq!(out, vector.array("exported"));
        exported += 1;
    }
    assert_eq!((sealed, exported), (6, 3));
}

/// The draft's three vectors: keys and encapsulated key through our functions, the shared secret through hpke's KEM.
#[test]
fn xwing_draft() {
    let vectors = records(include_str!("../vectors/xwing.txt"));
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let secret = KemSecret::from_seed(&vector.array("sk"));
        assert_eq!(secret.public().as_bytes().as_slice(), vector.bytes("pk"));
        let public = KemPublic::try_from(vector.bytes("pk").as_slice()).expect("key");
        let wrapped = wrap(&mut Given(vector.bytes("eseed")), &public, b"info", b"aad", b"secret").expect("wraps");
        assert_eq!(wrapped[..1120], vector.bytes("ct"));
        assert_eq!(unwrap(&secret, b"info", b"aad", &wrapped).expect("unwraps").as_slice(), b"secret");

        let secret = <XWing as Kem>::PrivateKey::from_bytes(&vector.bytes("sk")).expect("seed");
        let enc = <XWing as Kem>::EncappedKey::from_bytes(&vector.bytes("ct")).expect("enc");
        assert_eq!(XWing::decap(&secret, None, &enc).expect("decapsulates").0.as_slice(), vector.bytes("ss"));
    }
}

/// Our exact suite, end to end, against another implementation.
#[test]
fn hpke_with_xwing() {
    let vectors = records(include_str!("../vectors/hpke_xwing.txt"));
    assert_eq!(vectors.len(), 1);
    for vector in vectors {
        let secret = KemSecret::from_seed(&vector.array("sk"));
        let public = KemPublic::try_from(vector.bytes("pk").as_slice()).expect("key");
        assert_eq!(secret.public(), public);
        let (info, aad, plain) = (vector.bytes("info"), vector.bytes("aad"), vector.bytes("plain"));
        let expected = [vector.bytes("enc"), vector.bytes("ct")].concat();
        let wrapped = wrap(&mut Given(vector.bytes("rand")), &public, &info, &aad, &plain).expect("wraps");
        assert_eq!(wrapped, expected);
        assert_eq!(unwrap(&secret, &info, &aad, &expected).expect("unwraps").as_slice(), plain);
    }
}
