//! The password exchange: who knows the password agrees, nobody else, and one proof tells of one guess.

use bivouac_crypto::{BadExchange, Exchange, MESSAGE_LEN, PasswordKey, Proofs, canonical};

use crate::text::rng;

fn key(place: &str, password: &str) -> PasswordKey {
    PasswordKey::new(place.as_bytes(), password)
}

/// An exchange of a guest and a host, each with a key and with what they take the two for.
fn exchange(guest: (&PasswordKey, [&str; 2]), host: (&PasswordKey, [&str; 2])) -> (Proofs, Proofs) {
    let begin = |seed, (key, [guest, host]): (&PasswordKey, [&str; 2]), as_guest| {
        Exchange::begin(&mut rng(seed), key, guest.as_bytes(), host.as_bytes(), as_guest)
    };
    let ((guest, x), (host, y)) = (begin(1, guest, true), begin(2, host, false));
    (guest.finish(&y).expect("a message"), host.finish(&x).expect("a message"))
}

#[test]
fn two_who_know_the_password_prove_it_to_each_other() {
    let (here, names) = (key("here", "friend"), ["ada", "bo"]);
    let (guest, host) = exchange((&here, names), (&here, names));
    assert!(host.is_guest(&guest.of_guest()) && guest.is_host(&host.of_host()));
    // Neither proof does for the other.
    assert!(!host.is_guest(&host.of_host()) && !guest.is_host(&guest.of_guest()));
}

#[test]
fn another_password_place_or_party_does_not_do() {
    let (here, names) = (key("here", "friend"), ["ada", "bo"]);
    for (other, called) in [
        (key("here", "foe"), names),
        (key("there", "friend"), names),
        (key("her", "efriend"), names),
        (here.clone(), ["cy", "bo"]),
        (here.clone(), ["ada", "cy"]),
        (here.clone(), ["bo", "ada"]),
    ] {
        let (guest, host) = exchange((&other, called), (&here, names));
        assert!(!host.is_guest(&guest.of_guest()) && !guest.is_host(&host.of_host()), "{called:?}");
    }
}

#[test]
fn a_message_that_is_none_is_refused() {
    let here = key("here", "friend");
    let begin = |as_guest| Exchange::begin(&mut rng(3), &here, b"ada", b"bo", as_guest);
    let (_, own) = begin(true);
    let mut far = begin(false).1;
    far[0] = b'S';
    // No y of the curve has 2 for its x, as it were: 2 is no point's encoding.
    let mut nowhere = [0; MESSAGE_LEN];
    (nowhere[0], nowhere[1]) = (b'B', 2);
    for message in [&own[..], &far, &nowhere, &[], &[b'B'; 32], &[b'B'; 34]] {
        assert_eq!(begin(true).0.finish(message).err(), Some(BadExchange), "{message:?}");
    }
}

#[test]
fn a_key_is_written_as_bytes_and_shown_to_nobody() {
    let here = key("here", "friend");
    assert_eq!(format!("{here:?}"), "PasswordKey(..)");
    let bytes = canonical::encode(&here);
    assert_eq!((bytes.len(), canonical::decode::<PasswordKey>(&bytes, 64)), (34, Ok(here)));
}
