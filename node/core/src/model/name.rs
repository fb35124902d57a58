//! What guilds, channels and people may be called.

use bivouac_crypto::Text;

/// Why something is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing of it would be seen.
    #[error("a name has at least one character that can be seen")]
    Blank,
    /// It would drive a terminal, or make other text read differently.
    #[error("a name has no control characters and none that turn the direction of writing")]
    Control,
    /// Longer than so many characters.
    #[error("a name has at most {0} characters; shorten it")]
    Long(usize),
}

/// A name: 1 to `N` characters, at least one of them visible, none of them a control or an explicit bidirectional
/// formatting character (UAX #9).
///
/// # Errors
/// See [`NameError`].
pub fn name<const N: usize>(text: &str) -> Result<Text<N>, NameError> {
    if text.chars().all(|c| c.is_whitespace() || is_ignorable(c)) {
        return Err(NameError::Blank);
    }
    if text.chars().any(|c| c.is_control() || turns(c)) {
        return Err(NameError::Control);
    }
    Text::try_from(text.to_owned()).map_err(|_| NameError::Long(N))
}

/// Whether a character makes what follows it be written in another direction.
#[must_use]
pub fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether nothing is shown for it: `Default_Ignorable_Code_Point` of Unicode, and the blank of Braille.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_seen_is_a_name_and_what_misleads_is_none() {
        for good in ["a", " Ada L. ", "Zoë", "שלום", "👩‍👩‍👧", "\u{200f}א", "#1"] {
            assert_eq!(name::<8>(good).unwrap().as_str(), good);
        }
        for blank in ["", "  ", "\u{200b}", "\u{feff}\u{3164} ", "\u{2800}", "\n"] {
            assert_eq!(name::<8>(blank), Err(NameError::Blank), "{blank:?}");
        }
        for control in ["a\u{202e}b", "a\u{2066}", "a\u{1b}[1m", "a\nb"] {
            assert_eq!(name::<8>(control), Err(NameError::Control), "{control:?}");
        }
        assert_eq!(name::<8>("123456789"), Err(NameError::Long(8)));
    }
}
