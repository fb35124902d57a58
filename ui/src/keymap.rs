//! Keys: what each chord does, and how chords are written.

use std::{collections::BTreeMap, fmt, str::FromStr};

use iced::keyboard::{Key, Modifiers, key::Named};
use serde::{Deserialize, Serialize};

/// What a chord does anywhere in the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Find a place by its name.
    Switch,
    /// The channel above.
    Above,
    /// The channel below.
    Below,
    /// The next unread channel above.
    UnreadAbove,
    /// The next unread channel below.
    UnreadBelow,
    /// The guild above.
    GuildAbove,
    /// The guild below.
    GuildBelow,
    /// All of the channel is read.
    Read,
    /// All of the guild is read.
    ReadGuild,
    /// Look for messages.
    Search,
    /// Show or hide who is there.
    Members,
    /// Show what is pinned.
    Pins,
    /// Settings.
    Settings,
    /// Choose an emoji.
    Emoji,
    /// Send a file.
    Attach,
    /// Up a page.
    PageUp,
    /// Down a page.
    PageDown,
    /// To the newest message.
    Present,
    /// Larger.
    Larger,
    /// Smaller.
    Smaller,
    /// As large as usual.
    Usual,
    /// The list of chords.
    Keys,
    /// Do not disturb.
    Quiet,
    /// Silence the microphone.
    Mute,
    /// Silence the speakers.
    Deafen,
    /// Bring the window to the front.
    Show,
    /// Close the app.
    Quit,
}

/// What chords do while another window has the keyboard, where that is wanted.
pub const EVERYWHERE: [Act; 4] = [Act::Show, Act::Mute, Act::Deafen, Act::Quiet];

impl Act {
    /// All there are, with the chord that usually does each.
    pub const ALL: [(Self, &'static str); 27] = [
        (Self::Switch, "Ctrl+K"),
        (Self::Above, "Alt+Up"),
        (Self::Below, "Alt+Down"),
        (Self::UnreadAbove, "Alt+Shift+Up"),
        (Self::UnreadBelow, "Alt+Shift+Down"),
        (Self::GuildAbove, "Ctrl+Alt+Up"),
        (Self::GuildBelow, "Ctrl+Alt+Down"),
        (Self::Read, "Escape"),
        (Self::ReadGuild, "Shift+Escape"),
        (Self::Search, "Ctrl+F"),
        (Self::Members, "Ctrl+U"),
        (Self::Pins, "Ctrl+P"),
        (Self::Settings, "Ctrl+,"),
        (Self::Emoji, "Ctrl+E"),
        (Self::Attach, "Ctrl+Shift+U"),
        (Self::PageUp, "PageUp"),
        (Self::PageDown, "PageDown"),
        (Self::Present, "Shift+PageDown"),
        (Self::Larger, "Ctrl++"),
        (Self::Smaller, "Ctrl+-"),
        (Self::Usual, "Ctrl+0"),
        (Self::Keys, "Ctrl+/"),
        (Self::Quiet, "Ctrl+Shift+Q"),
        (Self::Mute, "Ctrl+Shift+M"),
        (Self::Deafen, "Ctrl+Shift+D"),
        (Self::Show, "Ctrl+Alt+B"),
        (Self::Quit, "Ctrl+Q"),
    ];

    /// The key of its name in the catalogue.
    #[must_use]
    pub fn word(self) -> String {
        let name = serde_json::to_value(self).ok().and_then(|it| it.as_str().map(str::to_owned));
        format!("act-{}", name.unwrap_or_default().replace('_', "-"))
    }
}

/// A key with what is held beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chord {
    modifiers: Modifiers,
    key: String,
}

/// What is no chord.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no key chord; write one like Ctrl+Shift+M, Alt+Up or F9")]
pub struct BadChord(String);

impl Chord {
    /// As it was pressed; none while only Ctrl, Shift and their like are held.
    #[must_use]
    pub fn pressed(key: &Key, modifiers: Modifiers) -> Option<Self> {
        let key = match key {
            Key::Named(Named::Control | Named::Shift | Named::Alt | Named::Super | Named::AltGraph) => return None,
            Key::Named(named) => named_key(*named)?.to_owned(),
            Key::Character(text) => text.to_uppercase(),
            Key::Unidentified => return None,
        };
        // Shift is in the character already where it is a sign.
        let sign = key.chars().count() == 1 && !key.chars().all(char::is_alphanumeric);
        let modifiers = if sign { modifiers.difference(Modifiers::SHIFT) } else { modifiers };
        Some(Self { modifiers, key })
    }

    /// A key with nothing beside it.
    #[must_use]
    pub fn plain(named: Named) -> Self {
        Self { modifiers: Modifiers::empty(), key: named_key(named).unwrap_or_default().to_owned() }
    }

    /// Whether it could be meant as writing.
    #[must_use]
    pub fn is_writing(&self) -> bool {
        self.key.chars().count() == 1 && !self.modifiers.intersects(Modifiers::CTRL | Modifiers::ALT | Modifiers::LOGO)
    }
}

const NAMED: [(&str, Named); 26] = [
    ("Up", Named::ArrowUp),
    ("Down", Named::ArrowDown),
    ("Left", Named::ArrowLeft),
    ("Right", Named::ArrowRight),
    ("PageUp", Named::PageUp),
    ("PageDown", Named::PageDown),
    ("Home", Named::Home),
    ("End", Named::End),
    ("Escape", Named::Escape),
    ("Enter", Named::Enter),
    ("Tab", Named::Tab),
    ("Space", Named::Space),
    ("Delete", Named::Delete),
    ("Insert", Named::Insert),
    ("F1", Named::F1),
    ("F2", Named::F2),
    ("F3", Named::F3),
    ("F4", Named::F4),
    ("F5", Named::F5),
    ("F6", Named::F6),
    ("F7", Named::F7),
    ("F8", Named::F8),
    ("F9", Named::F9),
    ("F10", Named::F10),
    ("F11", Named::F11),
    ("F12", Named::F12),
];

fn named_key(named: Named) -> Option<&'static str> {
    NAMED.iter().find(|(_, it)| *it == named).map(|(name, _)| *name)
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = [
            (Modifiers::CTRL, "Ctrl+"),
            (Modifiers::ALT, "Alt+"),
            (Modifiers::SHIFT, "Shift+"),
            (Modifiers::LOGO, "Super+"),
        ];
        for (modifier, name) in held {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        f.write_str(&self.key)
    }
}

impl FromStr for Chord {
    type Err = BadChord;

    fn from_str(text: &str) -> Result<Self, BadChord> {
        let bad = || BadChord(text.chars().take(40).collect());
        let (mut modifiers, mut rest) = (Modifiers::empty(), text.trim());
        while let Some((name, after)) =
            rest.split_once('+').filter(|(name, after)| !name.is_empty() && !after.is_empty())
        {
            modifiers |= match name.to_ascii_lowercase().as_str() {
                "ctrl" | "control" => Modifiers::CTRL,
                "alt" => Modifiers::ALT,
                "shift" => Modifiers::SHIFT,
                "super" | "logo" => Modifiers::LOGO,
                _ => return Err(bad()),
            };
            rest = after;
        }
        let named = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(rest)).map(|(name, _)| (*name).to_owned());
        let key = match named {
            Some(name) => name,
            None if rest.chars().count() == 1 => rest.to_uppercase(),
            None => return Err(bad()),
        };
        Ok(Self { modifiers, key })
    }
}

/// What every chord does, by what the user chose.
#[derive(Clone, Debug)]
pub struct Keymap(Vec<(Chord, Act)>);

impl Keymap {
    /// The usual chords but for those that are chosen otherwise.
    #[must_use]
    pub fn new(chosen: &BTreeMap<Act, String>) -> Self {
        let each = |(act, usual): &(Act, &str)| {
            let chord = chosen.get(act).and_then(|it| it.parse().ok()).or_else(|| usual.parse().ok())?;
            Some((chord, *act))
        };
        Self(Act::ALL.iter().filter_map(each).collect())
    }

    /// What this chord does.
    #[must_use]
    pub fn act(&self, chord: &Chord) -> Option<Act> {
        self.0.iter().find(|(it, _)| it == chord).map(|(_, act)| *act)
    }

    /// The chord that does this.
    #[must_use]
    pub fn chord(&self, act: Act) -> Option<&Chord> {
        self.0.iter().find(|(_, it)| *it == act).map(|(chord, _)| chord)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chords_are_read_as_written() {
        for (act, usual) in Act::ALL {
            let chord: Chord = usual.parse().unwrap();
            assert_eq!(chord.to_string(), usual, "{act:?}");
        }
        for bad in ["", "Ctrl+", "Hyper+X", "Ctrl+Alt", "NoSuchKey"] {
            assert!(bad.parse::<Chord>().is_err(), "{bad}");
        }
    }

    #[test]
    fn every_act_has_a_chord_of_its_own() {
        let keymap = Keymap::new(&BTreeMap::new());
        for (act, usual) in Act::ALL {
            assert_eq!(keymap.act(&usual.parse().unwrap()), Some(act), "{usual}");
        }
    }

    #[test]
    fn what_is_pressed_is_what_is_written() {
        let pressed = Chord::pressed(&Key::Character("k".into()), Modifiers::CTRL).unwrap();
        assert_eq!(pressed, "Ctrl+K".parse().unwrap());
        let plus = Chord::pressed(&Key::Character("+".into()), Modifiers::CTRL | Modifiers::SHIFT).unwrap();
        assert_eq!(plus, "Ctrl++".parse().unwrap());
        assert_eq!(Chord::pressed(&Key::Named(Named::Shift), Modifiers::SHIFT), None);
    }

    #[test]
    fn a_chosen_chord_takes_the_place_of_the_usual_one() {
        let keymap = Keymap::new(&BTreeMap::from([(Act::Switch, "F2".to_owned())]));
        assert_eq!(keymap.act(&"F2".parse().unwrap()), Some(Act::Switch));
        assert_eq!(keymap.act(&"Ctrl+K".parse().unwrap()), None);
    }
}
