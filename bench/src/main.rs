//! Removing one of many: new keys for all who stay, as Bivouac gives them and as MLS (RFC 9420, by OpenMLS) does, in one run
//! on one machine.
//!
//! Bivouac commits to a new epoch at once, so that sending goes on, and wraps its secret for whoever asks; any member can.
//! Here one member wraps it for all, on one core and on two. OpenMLS computes one commit, after which sending goes on. Its
//! suite is X25519 with AES-128-GCM; Bivouac's wraps add ML-KEM-768 against an attacker who records now.

use std::{
    thread,
    time::{Duration, Instant},
};

use bivouac_crypto::{EpochSecret, KemPublic, KemSecret, unwrap, wrap};
use openmls::prelude::{tls_codec::Serialize, *};
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;
/// The middle of so many is told.
const ROUNDS: usize = 5;

fn main() {
    println!(
        "| members | new epoch, link | wraps for all, one core | two cores | a member opens theirs | OpenMLS: commit | … merged | one core / commit | two / commit | a wrap | OpenMLS: the commit |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for members in [100, 1_000, 5_000] {
        row(members);
    }
}

fn row(members: usize) {
    let ours = Ours::of(members);
    let (mint, one, two, open) =
        (middle(|| ours.mint()), middle(|| ours.wrap_all(1)), middle(|| ours.wrap_all(2)), middle(|| ours.open()));
    let (commit, merged, bytes) = mls(members);
    let ratio = |time: Duration| time.as_secs_f64() / commit.as_secs_f64();
    println!(
        "| {members} | {mint:.1?} | {one:.1?} | {two:.1?} | {open:.0?} | {commit:.1?} | {merged:.1?} | {:.2} | {:.2} | {} B | {bytes} B |",
        ratio(one),
        ratio(two),
        ours.wrapped.len(),
    );
}

fn middle(mut work: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS).map(|_| work()).collect();
    times.sort();
    times[ROUNDS / 2]
}

struct Ours {
    readers: Vec<KemPublic>,
    reader: KemSecret,
    secret: EpochSecret,
    before: EpochSecret,
    wrapped: Vec<u8>,
}

impl Ours {
    fn of(members: usize) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let secrets: Vec<KemSecret> = (0..members).map(|_| KemSecret::generate(&mut rng)).collect();
        let readers: Vec<KemPublic> = secrets.iter().map(KemSecret::public).collect();
        let (secret, before) = (EpochSecret::generate(&mut rng), EpochSecret::generate(&mut rng));
        let wrapped = wrap(&mut rng, &readers[0], b"place", b"user", &secret.to_bytes()[..]).expect("wraps");
        let reader = secrets.into_iter().next().expect("somebody");
        Self { readers, reader, secret, before, wrapped }
    }

    fn mint(&self) -> Duration {
        let mut rng = ChaCha20Rng::seed_from_u64(8);
        let began = Instant::now();
        let secret = EpochSecret::generate(&mut rng);
        let parent = self.before.id(&[1; 32], b"place", &[]);
        let id = secret.id(&[1; 32], b"place", &[parent]);
        std::hint::black_box(secret.link(&mut rng, &id, &[(parent, &self.before)]).expect("links"));
        began.elapsed()
    }

    fn wrap_all(&self, cores: usize) -> Duration {
        let began = Instant::now();
        thread::scope(|scope| {
            for (nth, share) in self.readers.chunks(self.readers.len().div_ceil(cores)).enumerate() {
                scope.spawn(move || {
                    let mut rng = ChaCha20Rng::seed_from_u64(nth as u64);
                    for reader in share {
                        let wrapped = wrap(&mut rng, reader, b"place", b"user", &self.secret.to_bytes()[..]);
                        std::hint::black_box(wrapped.expect("wraps"));
                    }
                });
            }
        });
        began.elapsed()
    }

    fn open(&self) -> Duration {
        let began = Instant::now();
        std::hint::black_box(unwrap(&self.reader, b"place", b"user", &self.wrapped).expect("opens"));
        began.elapsed()
    }
}

/// A member of an MLS group.
struct Mls {
    provider: OpenMlsRustCrypto,
    signer: SignatureKeyPair,
    credential: CredentialWithKey,
}

impl Mls {
    fn new(name: usize) -> Self {
        let provider = OpenMlsRustCrypto::default();
        let signer = SignatureKeyPair::new(SUITE.signature_algorithm()).expect("a key");
        signer.store(provider.storage()).expect("stores");
        let credential = BasicCredential::new(name.to_be_bytes().to_vec());
        let credential = CredentialWithKey { credential: credential.into(), signature_key: signer.public().into() };
        Self { provider, signer, credential }
    }

    fn package(&self) -> KeyPackage {
        let bundle = KeyPackage::builder().build(SUITE, &self.provider, &self.signer, self.credential.clone());
        bundle.expect("a package").key_package().clone()
    }
}

/// Time of a commit that removes one, of that until it is merged, and its length.
fn mls(members: usize) -> (Duration, Duration, usize) {
    let first = Mls::new(0);
    let config = MlsGroupCreateConfig::builder().ciphersuite(SUITE).build();
    let mut group = MlsGroup::new(&first.provider, &first.signer, &config, first.credential.clone()).expect("a group");
    let packages: Vec<KeyPackage> = (1..members).map(|n| Mls::new(n).package()).collect();
    group.add_members(&first.provider, &first.signer, &packages).expect("adds");
    group.merge_pending_commit(&first.provider).expect("merges");
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let gone = LeafNodeIndex::new(u32::try_from(members / 2 + round).expect("few"));
        let began = Instant::now();
        let (message, _, _) = group.remove_members(&first.provider, &first.signer, &[gone]).expect("removes");
        let commit = began.elapsed();
        group.merge_pending_commit(&first.provider).expect("merges");
        let bytes = message.tls_serialize_detached().expect("writes").len();
        rounds.push((commit, began.elapsed(), bytes));
    }
    rounds.sort();
    rounds[ROUNDS / 2]
}
