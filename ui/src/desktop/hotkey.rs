//! Keys that work while another window has the focus: mute, deafen, later push-to-talk.
//!
//! On X11 they are grabbed. On Wayland only the desktop may listen, and does so through its GlobalShortcuts portal,
//! where it has one, with keys the person confirms; otherwise there are none, and that is said.

mod portal;
mod x11;

use std::env;

use futures::stream::BoxStream;
use global_hotkey::hotkey::{Code, HotKey, Modifiers};

use super::Unavailable;

const WHAT: &str = "keys that work in every window";
/// Longest chord, in bytes.
const MAX_CHORD: usize = 64;
/// Keys asked for, at most.
const MAX_WISHES: usize = 32;

/// A key that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// What the app calls it.
    pub name: String,
    /// What a person calls it: some desktops ask them.
    pub label: String,
    /// The keys, for example `Ctrl+Shift+M` or `F9`.
    pub chord: String,
}

/// A key went down or up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Press {
    /// The [`Wish`]'s.
    pub name: String,
    /// Down, or up again.
    pub down: bool,
}

/// A wish that was not granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The [`Wish`]'s.
    pub name: String,
    /// The reason; its text goes after the chord.
    pub why: Refusal,
}

/// Why a chord was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is none, or the keyboard has no such key.
    #[error("No key or combination of keys of this keyboard; write it like Ctrl+Shift+M.")]
    Unknown,
    /// Typing would not be possible any more.
    #[error("A key one types with; add Ctrl, Alt or Super to it.")]
    Typing,
    /// Another program has it, or another wish, or the person would not have it.
    #[error("Used for something else already; choose other keys.")]
    Taken,
}

/// The keys that were got.
pub struct Keys {
    /// The wishes that were not granted.
    pub problems: Vec<Problem>,
    /// What is pressed. Dropping it gives the keys back.
    pub presses: BoxStream<'static, Press>,
}

/// Asks for keys, on X11 or by the portal of a Wayland desktop. Drop the [`Keys`] of before, first.
///
/// # Errors
/// There are no such keys here.
pub async fn bind(wishes: &[Wish]) -> Result<Keys, Unavailable> {
    let mut problems = Vec::new();
    let mut wanted: Vec<(Wish, HotKey)> = Vec::new();
    for wish in wishes.iter().take(MAX_WISHES) {
        let why = match read(&wish.chord) {
            None => Refusal::Unknown,
            Some(key) if types(key) => Refusal::Typing,
            Some(key) if wanted.iter().any(|(_, had)| *had == key) => Refusal::Taken,
            Some(key) => {
                wanted.push((wish.clone(), key));
                continue;
            }
        };
        problems.push(Problem { name: wish.name.clone(), why });
    }
    let set = |name| env::var_os(name).is_some_and(|value: std::ffi::OsString| !value.is_empty());
    // An X server on a Wayland desktop sees only the keys of its own windows.
    if set("WAYLAND_DISPLAY") {
        portal::bind(wanted, problems).await
    } else if set("DISPLAY") {
        x11::bind(wanted, problems).await
    } else {
        Err(Unavailable::NoService(WHAT))
    }
}

fn read(chord: &str) -> Option<HotKey> {
    if chord.len() > MAX_CHORD { None } else { chord.parse().ok() }
}

/// Whether a chord would take a key away from typing.
fn types(key: HotKey) -> bool {
    let alone = !key.mods.intersects(Modifiers::CONTROL | Modifiers::ALT | Modifiers::META);
    let name = key.key.to_string();
    let function = name.len() > 1 && name.starts_with('F') && name[1..].parse::<u8>().is_ok();
    let apart = ["Audio", "Browser", "Launch", "Media", "Numpad"].iter().any(|kind| name.starts_with(kind));
    alone
        && !function
        && !apart
        && !matches!(key.key, Code::Pause | Code::ScrollLock | Code::Insert | Code::PrintScreen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chords_are_read() {
        for chord in ["Ctrl+Shift+M", "ctrl + shift + m", "F9", "Super+Space", "Pause", "Shift+F1", "Numpad0"] {
            assert!(read(chord).is_some_and(|key| !types(key)), "{chord}");
        }
        for chord in ["m", "Shift+M", "Space", "Enter", "Shift+Tab", "Escape"] {
            assert!(read(chord).is_some_and(types), "{chord}");
        }
        let long = "Ctrl+".repeat(1_000);
        for chord in ["", "+", "Ctrl", "Ctrl+", "M+Ctrl", "Ctrl+A+B", "Ctrl+é", "Hyper+\0", &long] {
            assert!(read(chord).is_none(), "{chord}");
        }
    }
}
