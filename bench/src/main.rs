//! Removing one of many: new keys for all who stay, as Bivouac gives them and as MLS (RFC 9420, by OpenMLS) does, in one run
//! on one machine.
//!
//! Bivouac commits to a new epoch at once, so that sending goes on, and wraps its secret for whoever asks; any member can.
//! Here one member wraps it for all, on one core and on two. OpenMLS computes one commit, after which sending goes on. It
//! stands here twice: with its usual suite, which is X25519 alone and open to an attacker who records now and has a quantum
//! computer later, and with X-Wing, which Bivouac's wraps have too.

use std::{
    thread,
    time::{Duration, Instant},
};

use bivouac_crypto::{EpochSecret, KemPublic, KemSecret, unwrap, wrap};
use openmls::prelude::{tls_codec::Serialize, *};
use openmls_basic_credential::SignatureKeyPair;
use openmls_libcrux_crypto::Provider as Libcrux;
use openmls_rust_crypto::OpenMlsRustCrypto;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

const X25519: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;
const XWING: Ciphersuite = Ciphersuite::MLS_256_XWING_CHACHA20POLY1305_SHA256_Ed25519;
/// Each is measured so often, by turns, since a machine's speed wanders; the middle is told.
const ROUNDS: usize = 7;

fn main() {
    println!(
        "| members | new epoch, link | wraps for all, one core | two cores | a member opens theirs | a wrap | OpenMLS's suite | its commit | … merged | its length | one core / commit | two / commit |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
    for members in [100, 1_000, 5_000] {
        rows(members);
    }
}

fn rows(members: usize) {
    let ours = Ours::of(members);
    let mut classic = Mls::<OpenMlsRustCrypto>::of(X25519, members);
    let mut hybrid = Mls::<Libcrux>::of(XWING, members);
    let rounds: Vec<Round> = (0..ROUNDS)
        .map(|round| Round {
            mint: ours.mint(),
            one: ours.wrap_all(1),
            two: ours.wrap_all(2),
            open: ours.open(),
            classic: classic.remove(members / 2 + round),
            hybrid: hybrid.remove(members / 2 + round),
        })
        .collect();
    let time = |of: fn(&Round) -> Duration| middle(rounds.iter().map(of));
    let mine = format!(
        "{members} | {:.1?} | {:.1?} | {:.1?} | {:.0?} | {} B",
        time(|round| round.mint),
        time(|round| round.one),
        time(|round| round.two),
        time(|round| round.open),
        ours.wrapped.len()
    );
    let suites: [(&str, Theirs); 2] = [("X25519", |round| &round.classic), ("X-Wing", |round| &round.hybrid)];
    for (name, theirs) in suites {
        let ratio = |of: fn(&Round) -> Duration| {
            middle(rounds.iter().map(|round| of(round).as_secs_f64() / theirs(round).made.as_secs_f64()))
        };
        println!(
            "| {mine} | {name} | {:.1?} | {:.1?} | {} B | {:.2} | {:.2} |",
            middle(rounds.iter().map(|round| theirs(round).made)),
            middle(rounds.iter().map(|round| theirs(round).merged)),
            middle(rounds.iter().map(|round| theirs(round).bytes)),
            ratio(|round| round.one),
            ratio(|round| round.two)
        );
    }
}

type Theirs = fn(&Round) -> &Commit;

/// One pass over everything that is measured.
struct Round {
    mint: Duration,
    one: Duration,
    two: Duration,
    open: Duration,
    classic: Commit,
    hybrid: Commit,
}

fn middle<T: PartialOrd>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
    values.swap_remove(ROUNDS / 2)
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

/// A commit of MLS that removes one.
struct Commit {
    /// Until it may be sent.
    made: Duration,
    /// … and is the group's state.
    merged: Duration,
    bytes: usize,
}

/// An MLS group, as the member who removes others holds it.
struct Mls<P> {
    me: Member<P>,
    group: MlsGroup,
}

impl<P: OpenMlsProvider + Default> Mls<P> {
    fn of(suite: Ciphersuite, members: usize) -> Self {
        let me = Member::<P>::new(suite, 0);
        let config = MlsGroupCreateConfig::builder().ciphersuite(suite).build();
        let mut group = MlsGroup::new(&me.provider, &me.signer, &config, me.credential.clone()).expect("a group");
        let packages: Vec<KeyPackage> = (1..members).map(|name| Member::<P>::new(suite, name).package(suite)).collect();
        group.add_members(&me.provider, &me.signer, &packages).expect("adds");
        group.merge_pending_commit(&me.provider).expect("merges");
        Self { me, group }
    }

    fn remove(&mut self, leaf: usize) -> Commit {
        let gone = LeafNodeIndex::new(u32::try_from(leaf).expect("few"));
        let began = Instant::now();
        let (message, _, _) = self.group.remove_members(&self.me.provider, &self.me.signer, &[gone]).expect("removes");
        let made = began.elapsed();
        self.group.merge_pending_commit(&self.me.provider).expect("merges");
        let bytes = message.tls_serialize_detached().expect("writes").len();
        Commit { made, merged: began.elapsed(), bytes }
    }
}

struct Member<P> {
    provider: P,
    signer: SignatureKeyPair,
    credential: CredentialWithKey,
}

impl<P: OpenMlsProvider + Default> Member<P> {
    fn new(suite: Ciphersuite, name: usize) -> Self {
        let provider = P::default();
        let signer = SignatureKeyPair::new(suite.signature_algorithm()).expect("a key");
        assert!(signer.store(provider.storage()).is_ok(), "stores");
        let credential = BasicCredential::new(name.to_be_bytes().to_vec());
        let credential = CredentialWithKey { credential: credential.into(), signature_key: signer.public().into() };
        Self { provider, signer, credential }
    }

    fn package(&self, suite: Ciphersuite) -> KeyPackage {
        let bundle = KeyPackage::builder().build(suite, &self.provider, &self.signer, self.credential.clone());
        bundle.expect("a package").key_package().clone()
    }
}
