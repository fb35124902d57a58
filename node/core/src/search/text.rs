//! How text is looked for: what counts as the same writing, and the terms it is found by.

use std::collections::BTreeSet;

use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};

/// Characters looked at of one text, once folded: one character may stand for eighteen.
const MAX_FOLDED: usize = 16_384;
/// Characters of the longest gram.
const GRAM: usize = 3;

/// What is the same for whoever looks for it: compatibility forms are one (UAX #15, NFKD), case and accents do not count, nor
/// what is not seen.
pub(crate) fn fold(text: &str) -> String {
    let letters = text.nfkd().filter(|c| !is_silent(*c));
    // Through capitals: some letters are told apart only as small ones.
    letters
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .filter(|c| !is_silent(*c))
        .flat_map(plain)
        .take(MAX_FOLDED)
        .collect()
}

/// Letters and marks that many write in another way, for want of the key.
fn plain(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'œ' => ('o', Some('e')),
        'æ' => ('a', Some('e')),
        'ø' => ('o', None),
        'đ' => ('d', None),
        'ł' => ('l', None),
        '\u{2018}' | '\u{2019}' | '\u{2bc}' => ('\'', None),
        '\u{201c}' | '\u{201d}' => ('"', None),
        c => (c, None),
    };
    [first].into_iter().chain(second)
}

/// Accents and points, which may be left out where one writes; and what is not seen. Signs that make another letter of one, as
/// vowels in the scripts of India or the voicing of Japanese kana, are no accents.
fn is_silent(c: char) -> bool {
    matches!(canonical_combining_class(c), 10..=36 | 200..=240)
        || matches!(c,
            // Soft hyphen, the stroke that stretches an Arabic word, what joins and turns, selectors of a look.
            '\u{ad}' | '\u{640}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// What a folded text is found by: every one, two and three characters that stand side by side in a word.
pub(crate) fn grams(folded: &str) -> BTreeSet<&str> {
    let mut grams = BTreeSet::new();
    for word in folded.split_whitespace() {
        (1..=GRAM).for_each(|n| grams.extend(windows(word, n)));
    }
    grams
}

/// Grams that cover a word that is looked for. What has them is opened and read, so that more of them would tell little more.
pub(crate) fn cover(word: &str) -> impl Iterator<Item = &str> {
    let n = word.chars().count().min(GRAM);
    let last = (word.chars().count() + 1).saturating_sub(n.max(1)).saturating_sub(1);
    windows(word, n).enumerate().filter(move |(at, _)| at % GRAM == 0 || *at == last).map(|(_, gram)| gram)
}

fn windows(word: &str, n: usize) -> impl Iterator<Item = &str> {
    let ends = word.char_indices().skip(n).map(|(at, _)| at).chain([word.len()]);
    let whole = word.chars().nth(n.saturating_sub(1)).is_some();
    word.char_indices().zip(ends).filter(move |_| whole).map(|((start, _), end)| &word[start..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_forms_do_not_count() {
        for (one, other) in [
            ("Café", "CAFE\u{301}"),
            ("STRASSE", "straße"),
            ("ΣΟΦΟΣ", "σοφός"),
            ("İstanbul", "istanbul"),
            ("ﬁne", "FINE"),
            ("ＦＵＬＬ", "full"),
            ("الْعَرَبِيَّة", "العربية"),
            ("أحمد", "احمد"),
            ("כָּתַב", "כתב"),
            ("ｶﾞ", "ガ"),
            ("l’Œuvre", "l'oeuvre"),
            ("Tiếng Việt đẹp", "tieng viet dep"),
            ("Kołobrzeg, Ærø", "kolobrzeg, aero"),
            ("❤️", "❤"),
            ("co\u{ad}operate", "cooperate"),
            ("한글", "한글"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} and {other}");
        }
        // What makes another letter, or another word, counts.
        for (one, other) in [("か", "が"), ("कि", "कु"), ("กิน", "กน"), ("но", "ну")] {
            assert_ne!(fold(one), fold(other), "{one} and {other}");
        }
    }

    #[test]
    fn a_text_is_found_by_what_stands_in_its_words() {
        let all = |text| grams(text).into_iter().collect::<Vec<_>>();
        assert_eq!(all("abcd e"), ["a", "ab", "abc", "b", "bc", "bcd", "c", "cd", "d", "e"]);
        assert_eq!(all("日本"), ["日", "日本", "本"]);
        assert_eq!(all(" \n"), Vec::<&str>::new());
        for (word, grams) in [
            ("", vec![]),
            ("日", vec!["日"]),
            ("ab", vec!["ab"]),
            ("abc", vec!["abc"]),
            ("abcd", vec!["abc", "bcd"]),
            ("abcdef", vec!["abc", "def"]),
            ("abcdefgh", vec!["abc", "def", "fgh"]),
        ] {
            assert_eq!(cover(word).collect::<Vec<_>>(), grams);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_part_of_a_word_is_covered_by_what_finds_its_text(text: String, from in 0_usize..40, length in 1_usize..12) {
            let folded = fold(&text);
            assert_eq!(fold(&folded), folded, "folded twice");
            let grams = grams(&folded);
            for word in folded.split_whitespace() {
                let part: String = word.chars().skip(from % word.chars().count()).take(length).collect();
                assert!(cover(&part).next().is_some() && cover(&part).all(|gram| grams.contains(gram)), "{part} in {word}");
            }
        }
    }

    #[test]
    fn what_grows_as_it_is_folded_is_bounded() {
        let text = "\u{fdfa}".repeat(4_000);
        assert_eq!(fold(&text).chars().count(), MAX_FOLDED);
    }
}
