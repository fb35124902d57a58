//! Epoch secrets: what their ids commit to, and what links carry.

use bivouac_crypto::{BadLength, BadSeal, EpochId, EpochSecret, LINK_MAX, TooManyEpochs, canonical};
use proptest::prelude::*;

use crate::text::rng;

fn secrets(count: usize) -> Vec<(EpochId, EpochSecret)> {
    let mut rng = rng(5);
    let one = |_| {
        let secret = EpochSecret::generate(&mut rng);
        (secret.id(&[1; 32], b"guild", &[]), secret)
    };
    (0..count).map(one).collect()
}

fn borrowed(secrets: &[(EpochId, EpochSecret)]) -> Vec<(EpochId, &EpochSecret)> {
    secrets.iter().map(|(id, secret)| (*id, secret)).collect()
}

#[test]
fn the_id_commits_to_everything() {
    let all = secrets(2);
    let (a, b) = (&all[0].1, &all[1].1);
    let parents = [EpochId([1; 32]), EpochId([2; 32])];
    let id = a.id(&[1; 32], b"guild", &parents);
    assert_eq!(a.duplicate().id(&[1; 32], b"guild", &parents), id);
    assert_eq!(a.id(&[1; 32], b"guild", &[parents[1], parents[0], parents[1]]), id, "parents are a set");
    assert_ne!(b.id(&[1; 32], b"guild", &parents), id);
    assert_ne!(a.id(&[2; 32], b"guild", &parents), id);
    assert_ne!(a.id(&[1; 32], b"other", &parents), id);
    assert_ne!(a.id(&[1; 32], b"guild", &parents[..1]), id);
    // Each half of the secret counts: another H under the same S is another epoch.
    for at in [0, 63] {
        let mut bytes = a.to_bytes();
        bytes[at] ^= 1;
        assert_ne!(EpochSecret::from_bytes(bytes.as_slice()).expect("64 bytes").id(&[1; 32], b"guild", &parents), id);
    }
}

#[test]
fn an_id_of_many_parents_is_made_in_one_buffer() {
    // Debug builds check that what was set aside for the secret's encoding was enough.
    let [(_, secret)] = secrets(1).try_into().expect("one");
    let parents: Vec<EpochId> = (0..LINK_MAX as u8).map(|n| EpochId([n; 32])).collect();
    assert_ne!(secret.id(&[1; 32], &[7; 300], &parents), secret.id(&[1; 32], &[7; 300], &parents[1..]));
}

#[test]
fn secrets_are_64_bytes() {
    for len in [0, 31, 32, 63, 65] {
        assert_eq!(EpochSecret::from_bytes(&vec![0; len]).map(|_| ()), Err(BadLength(len)));
    }
}

#[test]
fn keys_of_logs_and_tags_differ() {
    let all = secrets(2);
    let (a, b) = (&all[0].1, &all[1].1);
    assert_eq!(*a.message_key(b"log").to_bytes(), *a.duplicate().message_key(b"log").to_bytes());
    assert_ne!(*a.message_key(b"log").to_bytes(), *a.message_key(b"lof").to_bytes());
    assert_ne!(*a.message_key(b"log").to_bytes(), *b.message_key(b"log").to_bytes());
    assert_ne!(a.tag(b"x"), a.tag(b"y"));
    assert_ne!(a.tag(b"x"), b.tag(b"x"));
}

#[test]
fn links_carry_up_to_eight_epochs() {
    let all = secrets(LINK_MAX + 2);
    let (head, earlier) = (&all[0], &all[1..]);
    for count in 0..=LINK_MAX {
        let sealed = head.1.link(&mut rng(6), &head.0, &borrowed(&earlier[..count])).expect("fits");
        let opened = head.1.open_link(&head.0, &sealed).expect("opens");
        assert_eq!(opened.len(), count);
        for ((id, secret), (expected_id, expected)) in opened.iter().zip(earlier) {
            assert_eq!((id, secret.to_bytes()), (expected_id, expected.to_bytes()));
        }
    }
    let too_many = head.1.link(&mut rng(6), &head.0, &borrowed(earlier));
    assert_eq!(too_many, Err(TooManyEpochs(LINK_MAX + 1)));
}

#[test]
fn links_open_only_under_their_epoch() {
    let all = secrets(3);
    let sealed = all[0].1.link(&mut rng(6), &all[0].0, &borrowed(&all[1..])).expect("fits");
    assert_eq!(all[0].1.open_link(&all[1].0, &sealed).map(|_| ()), Err(BadSeal));
    assert_eq!(all[1].1.open_link(&all[0].0, &sealed).map(|_| ()), Err(BadSeal));
    assert_eq!(all[0].1.open_link(&all[0].0, &[0; 100_000]).map(|_| ()), Err(BadSeal));
}

/// `S` is given to newcomers of channels without history: it must not open the link.
#[test]
fn the_message_half_does_not_open_the_link() {
    let all = secrets(2);
    let sealed = all[0].1.link(&mut rng(6), &all[0].0, &borrowed(&all[1..])).expect("fits");
    let mut bytes = all[0].1.to_bytes();
    bytes[32..].fill(0);
    let newcomer = EpochSecret::from_bytes(bytes.as_slice()).expect("64 bytes");
    assert_eq!(newcomer.open_link(&all[0].0, &sealed).map(|_| ()), Err(BadSeal));
}

#[test]
fn ids_are_byte_strings() {
    assert_eq!(canonical::encode(&EpochId([7; 32])), [&[0x58, 0x20][..], &[7; 32]].concat());
}

proptest! {
    #[test]
    fn flipped_bits_are_noticed(at in any::<proptest::sample::Index>(), bit in 0..8u8) {
        let all = secrets(3);
        let mut sealed = all[0].1.link(&mut rng(6), &all[0].0, &borrowed(&all[1..])).expect("fits");
        let at = at.index(sealed.len());
        sealed[at] ^= 1 << bit;
        prop_assert!(all[0].1.open_link(&all[0].0, &sealed).is_err());
    }
}
