//! One value, one encoding; and bounds that hold before memory is taken.

use bivouac_crypto::{
    Blob, Bounded, DecodeError, Domain, Signed, SigningKey, Text, TooLong,
    canonical::{decode, encode},
};
use minicbor::{Decode, Encode};
use proptest::prelude::*;

use crate::text::rng;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
struct Sample {
    #[n(0)]
    number: u64,
    #[n(1)]
    maybe: Option<u32>,
    #[n(2)]
    list: Bounded<Text<4>, 3>,
    #[n(3)]
    blob: Blob<8>,
}

fn sample() -> Sample {
    let text = |text: &str| Text::try_from(text).expect("short");
    Sample {
        number: 7,
        maybe: None,
        list: vec![text("ab"), text("żółw")].try_into().expect("short"),
        blob: vec![1, 2, 3].try_into().expect("short"),
    }
}

#[test]
fn a_value_comes_back() {
    let bytes = encode(&sample());
    assert_eq!(bytes, b"\x84\x07\xf6\x82\x62ab\x67\xc5\xbc\xc3\xb3\xc5\x82w\x43\x01\x02\x03");
    assert_eq!(decode(&bytes, bytes.len()), Ok(sample()));
    assert_eq!(decode::<Sample>(&bytes, bytes.len() - 1), Err(DecodeError::TooLong { len: 19, max: 18 }));
}

#[test]
fn every_other_form_is_refused() {
    let canonical = encode(&sample());
    let rest = &canonical[2..];
    let with = |head: &[u8]| [head, rest].concat();
    for (why, bytes, error) in [
        ("a number in two bytes that fits in one", with(&[0x84, 0x18, 7]), DecodeError::NotCanonical),
        ("a number in nine bytes", with(&[0x84, 0x1b, 0, 0, 0, 0, 0, 0, 0, 7]), DecodeError::NotCanonical),
        ("a long array head", with(&[0x98, 4, 7]), DecodeError::NotCanonical),
        ("an array without length", [&with(&[0x9f, 7])[..], &[0xff]].concat(), DecodeError::NotCanonical),
        ("a byte after it", [&canonical[..], &[0]].concat(), DecodeError::Trailing),
        ("an unknown field", [&with(&[0x85, 7])[..], &[0]].concat(), DecodeError::NotCanonical),
        ("a missing field", with(&[0x83, 7]), DecodeError::Malformed),
        ("a map", with(&[0xa4, 7]), DecodeError::Malformed),
        ("a negative number", with(&[0x84, 0x27]), DecodeError::Malformed),
        ("nothing", vec![], DecodeError::Malformed),
    ] {
        let decoded = decode::<Sample>(&bytes, 1000);
        // Which of the checks notices first is of no account, except where only one can.
        assert!(decoded.is_err(), "{why}");
        if error != DecodeError::Malformed {
            let acceptable = [error, DecodeError::Malformed, DecodeError::Trailing];
            assert!(decoded.is_err_and(|found| acceptable.contains(&found)), "{why}");
        }
    }
    assert_eq!(decode::<u64>(&[0x18, 7], 9), Err(DecodeError::NotCanonical));
    assert_eq!(decode::<u64>(&[7, 7], 9), Err(DecodeError::Trailing));
    assert_eq!(decode::<Blob<8>>(&[0x5f, 0x41, 1, 0xff], 9), Err(DecodeError::Malformed));
    assert_eq!(decode::<Text<8>>(&[0x7f, 0x61, b'a', 0xff], 9), Err(DecodeError::Malformed));
    assert_eq!(decode::<Bounded<u8, 8>>(&[0x9f, 1, 0xff], 9), Err(DecodeError::Malformed));
    assert_eq!(decode::<Bounded<u8, 8>>(&[0x98, 1, 1], 9), Err(DecodeError::NotCanonical));
    assert_eq!(decode::<Text<8>>(&[0x62, 0xff, 0xff], 9), Err(DecodeError::Malformed));
}

#[test]
fn unknown_fields_of_a_signed_value_are_refused() {
    let signed = Signed::sign(Domain::Op, &SigningKey::generate(&mut rng(1)), 7u8);
    let mut bytes = encode(&signed);
    assert_eq!(bytes[..2], [0x83, 7]);
    assert_eq!(decode(&bytes, 200), Ok(signed));
    bytes[0] = 0x84;
    bytes.push(0);
    assert_eq!(decode::<Signed<u8>>(&bytes, 200), Err(DecodeError::NotCanonical));
}

/// Were memory taken for what is claimed, these would abort the test: 2^63 elements of a kilobyte, say.
#[test]
fn giant_claims_take_no_memory() {
    #[derive(Clone, Debug, PartialEq, Encode, Decode)]
    #[cbor(array)]
    struct Big(#[n(0)] [u64; 128]);

    let claim = |major: u8, len: u64| [&[major | 0x1b][..], &len.to_be_bytes()].concat();
    for len in [4, 1 << 20, 1 << 32, 1 << 62, u64::MAX] {
        assert_eq!(decode::<Bounded<Big, 3>>(&claim(0x80, len), 100), Err(DecodeError::Malformed));
        assert_eq!(decode::<Bounded<Big, { usize::MAX }>>(&claim(0x80, len), 100), Err(DecodeError::Malformed));
        assert_eq!(decode::<Blob<{ usize::MAX }>>(&claim(0x40, len), 100), Err(DecodeError::Malformed));
        assert_eq!(decode::<Text<{ usize::MAX }>>(&claim(0x60, len), 100), Err(DecodeError::Malformed));
    }
}

/// An unknown field is skipped before it is refused: that must neither recurse nor take long.
#[test]
fn deep_nesting_does_no_harm() {
    let mut bytes = vec![0x82, 7];
    bytes.extend(vec![0x81; 40_000]);
    bytes.push(0);
    #[derive(Clone, Debug, PartialEq, Encode, Decode)]
    #[cbor(array)]
    struct One(#[n(0)] u8);
    assert_eq!(decode::<One>(&bytes, 50_000), Err(DecodeError::NotCanonical));
}

#[test]
fn bounds_are_exact_and_count_characters() {
    assert!(Text::<4>::try_from("żółw").is_ok());
    assert_eq!(Text::<4>::try_from("żółwi"), Err(TooLong { len: 5, max: 4 }));
    assert_eq!(Text::<4>::try_from(String::from("żółwi")), Err(TooLong { len: 5, max: 4 }));
    assert_eq!(decode::<Text<4>>(&encode(&"abcde"), 100), Err(DecodeError::Malformed));
    assert!(decode::<Text<4>>(&encode(&"😀😀😀😀"), 100).is_ok());
    assert_eq!(Blob::<2>::try_from(vec![0; 3]), Err(TooLong { len: 3, max: 2 }));
    let mut list = Bounded::<u8, 2>::try_from(vec![1]).expect("fits");
    assert_eq!((list.push(2), list.push(3)), (Ok(()), Err(TooLong { len: 3, max: 2 })));
    assert_eq!(*list, [1, 2]);
    assert_eq!(decode::<Bounded<u8, 2>>(&[0x83, 1, 2, 3], 100), Err(DecodeError::Malformed));
}

#[test]
fn what_is_inside_comes_out() {
    let text = Text::<9>::try_from("żółw").expect("short");
    assert_eq!((&*text, text.to_string(), text.clone().into_string()), ("żółw", "żółw".to_owned(), "żółw".to_owned()));
    assert_eq!(Blob::<9>::try_from(vec![1, 2]).expect("short").into_vec(), [1, 2]);
    let list = Bounded::<u8, 2>::try_from(vec![1, 2]).expect("fits");
    assert_eq!((&list).into_iter().copied().collect::<Vec<u8>>(), [1, 2]);
    assert_eq!(list.into_vec(), [1, 2]);
}

/// Reads one number and writes it twice.
#[derive(Debug)]
struct Longer(u8);

impl<C> Encode<C> for Longer {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u8(self.0)?.u8(self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Longer {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.u8().map(Self)
    }
}

#[test]
fn what_would_be_written_longer_is_refused() {
    assert_eq!(decode::<Longer>(&[7], 100).map(|longer| longer.0), Err(DecodeError::NotCanonical));
}

proptest! {
    #[test]
    fn what_decodes_is_what_was_encoded(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(value) = decode::<Sample>(&bytes, 100) {
            prop_assert_eq!(encode(&value), bytes);
        }
    }

    #[test]
    fn values_come_back(
        number in any::<u64>(),
        maybe in any::<Option<u32>>(),
        list in proptest::collection::vec(".{0,4}", 0..3),
        blob in proptest::collection::vec(any::<u8>(), 0..8),
    ) {
        let list: Vec<Text<4>> = list.into_iter().map(|text| Text::try_from(text).expect("short")).collect();
        let list = list.try_into().expect("short");
        let value = Sample { number, maybe, list, blob: blob.try_into().expect("short") };
        prop_assert_eq!(decode(&encode(&value), 1000), Ok(value));
    }
}
