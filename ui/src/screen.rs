//! Screens. Each is `new`, `update(&mut self, message, &Ctx) -> Wants`, `view(&self, Ctx)`: it keeps what belongs to it alone,
//! draws what it is given, and says what it wants done; it reaches for nothing.

pub mod channel_settings;
pub mod channels;
pub mod composer;
pub mod dialog;
pub mod doctor;
pub mod guild_settings;
pub mod home;
pub mod members;
pub mod message;
pub mod pages;
pub mod panel;
pub mod permits;
pub mod rail;
pub mod settings;
pub mod timeline;
pub mod unlock;
pub mod welcome;

use std::{borrow::Cow, fmt::Display};

use bivouac_node::{
    FIRST_DEVICE, UserId,
    core::{io::GuildView, model::FileId},
};
use iced::Size;

use crate::{
    fault::Fault, format::Clock, keymap::Keymap, pictures::Pictures, prefs::Prefs, text, theme::Theme, words::Words,
    world::World,
};

/// What a screen draws from.
#[derive(Clone, Copy)]
pub struct Ctx<'a> {
    /// Every sentence.
    pub w: &'a Words,
    /// What the node told.
    pub world: &'a World,
    /// What the user chose.
    pub prefs: &'a Prefs,
    /// Pictures.
    pub pictures: &'a Pictures,
    /// Colours.
    pub theme: &'a Theme,
    /// Chords.
    pub keys: &'a Keymap,
    /// What time it is.
    pub clock: Clock<'a>,
    /// The window's, in logical pixels.
    pub size: Size,
    /// Whether the user looks at the window.
    pub focused: bool,
}

/// Below this width of the window, in logical pixels, things stand over each other that stand beside each other elsewhere.
const NARROW: f32 = 760.0;
/// Below this one there is no room for the members beside them.
const ROOMY: f32 = 1000.0;

impl Ctx<'_> {
    /// Whether there is no room for much beside each other.
    #[must_use]
    pub fn narrow(&self) -> bool {
        self.size.width < NARROW
    }

    /// Whether there is room for the members, too.
    #[must_use]
    pub fn roomy(&self) -> bool {
        self.size.width >= ROOMY
    }

    /// What a device of one's own is called.
    #[must_use]
    pub fn device(&self, name: &str) -> String {
        if name == FIRST_DEVICE { self.w.get("first-device") } else { name.to_owned() }
    }

    /// Something of nobody else's: an id, a path, an address. While others see the screen, that it is hidden.
    #[must_use]
    pub fn private(&self, of: impl Display) -> String {
        if self.prefs.streamer { self.w.get("hidden-streaming") } else { of.to_string() }
    }

    /// What somebody wrote: while others see the screen, without links by which they could join.
    #[must_use]
    pub fn veil<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.prefs.streamer { text::veil(text, &self.w.get("hidden-streaming")) } else { text.into() }
    }

    /// What went wrong, in the user's words.
    #[must_use]
    pub fn say(&self, fault: &Fault) -> String {
        fault.say(self.w, self.prefs.streamer)
    }
}

/// What somebody looks like in a guild: a picture, and the seed of a colour where there is none.
#[must_use]
pub fn face_of(view: &GuildView, user: &UserId) -> (Option<FileId>, u8) {
    let avatar = view.law.members.get(user).and_then(|member| member.avatar.as_ref());
    (avatar.map(|picture| picture.id), user.0[0])
}
