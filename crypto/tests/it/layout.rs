//! Our own byte layouts, written down for whoever writes a second client, and compared with what the code makes.
//!
//! `BIVOUAC_BLESS=1 cargo test -p bivouac-crypto layout` writes the file anew; a change of it is a change of protocol.

use std::fmt::Write as _;

use bivouac_crypto::{
    Context, Domain, EpochId, EpochSecret, IdentityOp, KdfParams, KemSecret, NewIdentity, RecoveryWords, SealKey,
    Signed, SigningKey, StorageKey, Text, canonical, hash, keyed, unwrap, wrap,
};
use rand_core::Rng;

use crate::text::{rng, unhex_array};

const FILE: &str = include_str!("../vectors/bivouac_v1.txt");

const CONTEXTS: [Context; 14] = [
    Context::User,
    Context::Op,
    Context::Payload,
    Context::Audience,
    Context::Epoch,
    Context::Digest,
    Context::State,
    Context::Tag,
    Context::Topic,
    Context::Invite,
    Context::Role,
    Context::Fingerprint,
    Context::Identity,
    Context::Root,
];

/// The file as it grows.
struct Sheet(String);

impl Sheet {
    fn section(&mut self, about: &str) {
        let _ = write!(self.0, "\n# {about}\n");
    }

    fn hex(&mut self, name: &str, bytes: impl AsRef<[u8]>) {
        let hex = data_encoding::HEXLOWER.encode(bytes.as_ref());
        let _ = writeln!(self.0, "{}", format!("{name} = {hex}").trim_end());
    }

    fn text(&mut self, name: &str, text: &str) {
        let _ = writeln!(self.0, "{name} = {text}");
    }
}

/// The first bytes that a seeded generator gives.
fn drawn<const N: usize>(seed: u8) -> [u8; N] {
    let mut bytes = [0; N];
    rng(seed).fill_bytes(&mut bytes);
    bytes
}

fn sheet() -> String {
    let mut sheet = Sheet(String::from(
        "# Byte layouts of Bivouac, version 1. Values are hex, except words and texts. Randomness that an operation\n\
         # draws is given as it was drawn. Made and checked by crypto/tests/it/layout.rs.\n",
    ));
    hashes(&mut sheet);
    signatures(&mut sheet);
    sealing(&mut sheet);
    wraps(&mut sheet);
    epochs(&mut sheet);
    identities(&mut sheet);
    storage(&mut sheet);
    sheet.0
}

fn hashes(sheet: &mut Sheet) {
    sheet.section("BLAKE3 derive-key mode of the bytes \"abc\", by context string");
    for context in CONTEXTS {
        sheet.hex(context.as_str(), hash(context, b"abc"));
    }
    sheet.section("BLAKE3 keyed mode");
    sheet.hex("key", [7; 32]);
    sheet.hex("bytes", b"abc");
    sheet.hex("mac", keyed(&[7; 32], b"abc"));
}

fn signatures(sheet: &mut Sheet) {
    sheet.section("Ed25519 over domain || 00 || bytes, by domain string");
    let key = SigningKey::from_seed(&[1; 32]);
    sheet.hex("seed", *key.seed());
    sheet.hex("public", key.public());
    sheet.hex("bytes", b"abc");
    for domain in [Domain::Op, Domain::Identity, Domain::Device, Domain::Invite] {
        sheet.hex(domain.as_str(), key.sign(domain, b"abc"));
    }
    sheet.section("Signed value: [value, signer, signature] in CBOR, of the number 7 in the domain of operations");
    sheet.hex("signed", canonical::encode(&Signed::sign(Domain::Op, &key, 7u8)));
}

fn sealing(sheet: &mut Sheet) {
    sheet.section("Sealed: nonce || ciphertext || tag, XChaCha20-Poly1305");
    sheet.hex("key", [2; 32]);
    sheet.hex("nonce", drawn::<24>(1));
    sheet.hex("aad", b"aad");
    sheet.hex("plain", b"plain");
    sheet.hex("sealed", SealKey::from_bytes([2; 32]).seal(&mut rng(1), b"aad", b"plain"));
    sheet.section("Derived sealing key: HKDF-SHA256(no salt, secret, info)");
    sheet.hex("secret", b"secret");
    sheet.hex("info", b"info");
    sheet.hex("key", *SealKey::derive(b"secret", b"info").to_bytes());
}

fn wraps(sheet: &mut Sheet) {
    sheet.section("Wrap: enc || ciphertext || tag, HPKE base mode of X-Wing, HKDF-SHA256, ChaCha20-Poly1305");
    let secret = KemSecret::from_seed(&[3; 32]);
    sheet.hex("seed", *secret.seed());
    sheet.hex("public", secret.public().as_bytes());
    sheet.hex("randomness", drawn::<64>(2));
    sheet.hex("info", b"bivouac v1 epoch wrap");
    sheet.hex("aad", [5; 32]);
    sheet.hex("plain", [6; 64]);
    let wrapped = wrap(&mut rng(2), &secret.public(), b"bivouac v1 epoch wrap", &[5; 32], &[6; 64]).expect("wraps");
    let opened = unwrap(&secret, b"bivouac v1 epoch wrap", &[5; 32], &wrapped).expect("unwraps");
    assert_eq!(opened.as_slice(), [6; 64]);
    sheet.hex("wrap", wrapped);
}

fn epochs(sheet: &mut Sheet) {
    sheet.section("Epoch id: hash of the CBOR array [guild, audience, [parents in order], s, h]");
    let secret = EpochSecret::from_bytes(&[[4; 32], [5; 32]].concat()).expect("64 bytes");
    let (low, high) = (EpochId([0x11; 32]), EpochId([0x22; 32]));
    let id = secret.id(&[8; 32], b"lobby", &[high, low]);
    sheet.hex("secret", *secret.to_bytes());
    sheet.hex("guild", [8; 32]);
    sheet.hex("audience", b"lobby");
    sheet.hex("parent_1", low);
    sheet.hex("parent_2", high);
    sheet.hex("id", id);
    sheet.section("Keys from that secret: message key of a log, tag over bytes");
    sheet.hex("log", b"log");
    sheet.hex("message_key", *secret.message_key(b"log").to_bytes());
    sheet.hex("tag_bytes", b"abc");
    sheet.hex("tag", secret.tag(b"abc"));
    sheet.section("Link: the CBOR array [[id, secret], …], sealed with associated data id");
    let earlier = EpochSecret::from_bytes(&[9; 64]).expect("64 bytes");
    sheet.hex("id", id);
    sheet.hex("earlier_id", low);
    sheet.hex("earlier_secret", *earlier.to_bytes());
    sheet.hex("nonce", drawn::<24>(3));
    let link = secret.link(&mut rng(3), &id, &[(low, &earlier)]).expect("one");
    assert_eq!(secret.open_link(&id, &link).expect("opens").len(), 1);
    sheet.hex("link", link);
}

fn identities(sheet: &mut Sheet) {
    sheet.section("Recovery words and the keys derived from them");
    let words = RecoveryWords::from_entropy(&drawn::<32>(4));
    sheet.hex("entropy", *words.entropy());
    sheet.text("words", &words.words().join(" "));
    sheet.hex("root_seed", *words.root().seed());
    sheet.hex("next_root_seed", *words.next_root().seed());
    sheet.hex("user_kem_seed", *words.user_kem().seed());
    sheet.hex("backup_key", *words.backup_key().to_bytes());

    sheet.section("Identity of those words: genesis, its hash, two operations, and the whole chain");
    let (name, device_name) = (Text::try_from("Ada"), Text::try_from("desk"));
    let device = SigningKey::from_seed(&[1; 32]);
    let new = NewIdentity::create(&mut rng(4), name.expect("short"), device_name.expect("short"), &device);
    assert_eq!(new.recovery.entropy(), words.entropy());
    sheet.hex("device_seed", *device.seed());
    sheet.hex("device_kem_seed", *new.device_kem.seed());
    sheet.text("name", "Ada");
    sheet.text("device_name", "desk");
    sheet.hex("genesis", canonical::encode(&new.chain.genesis));
    sheet.hex("user", new.chain.user());
    for (at, op) in new.chain.ops.iter().enumerate() {
        sheet.hex(&format!("op_{}", at + 1), canonical::encode(&op.value));
        sheet.hex(&format!("op_{}_hash", at + 1), op.value.hash());
    }
    sheet.hex("chain", canonical::encode(&new.chain));
    new.chain.verify().expect("verifies");
}

fn storage(sheet: &mut Sheet) {
    sheet.section("Storage key of a passphrase: Argon2id; parameters as the CBOR array [KiB, passes, lanes]");
    let key = StorageKey::from_passphrase(b"correct horse", &[9; 16], KdfParams::LEAST).expect("derives");
    sheet.hex("passphrase", b"correct horse");
    sheet.hex("salt", [9; 16]);
    sheet.hex("parameters", canonical::encode(&KdfParams::LEAST));
    sheet.hex("key", *key.to_bytes());
}

#[test]
fn layouts_are_as_written_down() {
    let made = sheet();
    if std::env::var_os("BIVOUAC_BLESS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/bivouac_v1.txt");
        std::fs::write(path, &made).expect("writes");
        return;
    }
    for (at, (made, written)) in made.lines().zip(FILE.lines()).enumerate() {
        assert_eq!(made, written, "line {}", at + 1);
    }
    assert_eq!(made.lines().count(), FILE.lines().count());
}

/// Built by hand from the format's description, without any encoder of ours.
#[test]
fn the_description_is_enough_to_make_the_bytes() {
    let bytes32 = |bytes: &[u8]| [&[0x58, 0x20], bytes].concat();
    let device = SigningKey::from_seed(&[1; 32]);
    let (name, device_name) = (Text::try_from("Ada"), Text::try_from("desk"));
    let new = NewIdentity::create(&mut rng(4), name.expect("short"), device_name.expect("short"), &device);
    let genesis = [
        vec![0x84, 1],
        bytes32(new.recovery.root().public().as_bytes()),
        bytes32(&blake3::derive_key("bivouac v1 root", new.recovery.next_root().public().as_bytes())),
        vec![0x59, 0x04, 0xc0],
        new.user_kem.public().as_bytes().to_vec(),
    ]
    .concat();
    assert_eq!(canonical::encode(&new.chain.genesis), genesis);
    let user = blake3::derive_key("bivouac v1 user", &genesis);
    assert_eq!(new.chain.user().as_bytes(), &user);

    let consent =
        [vec![0x83], bytes32(&user), bytes32(device.public().as_bytes()), kem_string(&new.device_kem)].concat();
    let op = [
        vec![0x84],
        bytes32(&user),
        vec![1],
        bytes32(&user),
        vec![0x86, 0],
        bytes32(device.public().as_bytes()),
        kem_string(&new.device_kem),
        vec![0xf5, 0x64],
        b"desk".to_vec(),
        vec![0x58, 0x40],
        device.sign(Domain::Device, &consent).as_bytes().to_vec(),
    ]
    .concat();
    assert_eq!(canonical::encode::<IdentityOp>(&new.chain.ops[0].value), op);
    let second = [
        vec![0x84],
        bytes32(&user),
        vec![2],
        bytes32(&blake3::derive_key("bivouac v1 identity", &op)),
        vec![0x82, 5, 0x63],
        b"Ada".to_vec(),
    ]
    .concat();
    assert_eq!(canonical::encode::<IdentityOp>(&new.chain.ops[1].value), second);

    let epoch = [
        vec![0x85],
        bytes32(&[8; 32]),
        b"\x45lobby".to_vec(),
        vec![0x82],
        bytes32(&[0x11; 32]),
        bytes32(&[0x22; 32]),
        bytes32(&[4; 32]),
        bytes32(&[5; 32]),
    ]
    .concat();
    let secret = EpochSecret::from_bytes(&[[4; 32], [5; 32]].concat()).expect("64 bytes");
    let id = secret.id(&[8; 32], b"lobby", &[EpochId([0x22; 32]), EpochId([0x11; 32])]);
    assert_eq!(id.as_bytes(), &blake3::derive_key("bivouac v1 epoch", &epoch));
}

fn kem_string(secret: &KemSecret) -> Vec<u8> {
    [&[0x59, 0x04, 0xc0][..], secret.public().as_bytes()].concat()
}

/// BLAKE3's own vectors (test_vectors.json) in the two modes used here, for inputs of bytes that count up to 250.
#[test]
fn blake3_vectors() {
    let input: Vec<u8> = (0..=250).cycle().take(1025).collect();
    let key = b"whats the Elvish word for friend";
    for (len, mac) in [
        (0, "92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26"),
        (1, "6d7878dfff2f485635d39013278ae14f1454b8c0a3a2d34bc1ab38228a80c95b"),
        (1025, "357dc55de0c7e382c900fd6e320acc04146be01db6a8ce7210b7189bd664ea69"),
    ] {
        assert_eq!(keyed(key, &input[..len]), unhex_array(mac));
    }
    let context = "BLAKE3 2019-12-27 16:29:52 test vectors context";
    for (len, derived) in [
        (0, "2cc39783c223154fea8dfb7c1b1660f2ac2dcbd1c1de8277b0b0dd39b7e50d7d"),
        (1, "b3e2e340a117a499c6cf2398a19ee0d29cca2bb7404c73063382693bf66cb06c"),
    ] {
        assert_eq!(blake3::derive_key(context, &input[..len]), unhex_array(derived));
    }
}
