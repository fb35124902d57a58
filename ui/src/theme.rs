//! One design language: the colours, sizes and shapes that every screen is made of.
//!
//! A screen names what a thing is (`button::primary`, `text::muted`), never how it looks. Distances come from the spacing
//! scale [`space`], sizes of writing from [`size`]; whoever needs another number has a reason to change the scale.

pub mod button;
pub mod color;
pub mod container;
pub mod field;
pub mod text;

use iced::{Color, Font, font, theme::Mode};

pub use self::color::{Accent, Colors};
use crate::widget::prose::Look;

/// Something on a screen.
pub type Element<'a, Message> = iced::Element<'a, Message, Theme, iced::Renderer>;

/// Distances, in logical pixels.
pub mod space {
    /// Between what belongs together.
    pub const XS: f32 = 4.0;
    /// Between neighbours.
    pub const S: f32 = 8.0;
    /// Inside of controls.
    pub const M: f32 = 12.0;
    /// Between parts.
    pub const L: f32 = 16.0;
    /// Around parts.
    pub const XL: f32 = 24.0;
    /// Around a page.
    pub const XXL: f32 = 32.0;
    /// Between what has nothing to do with each other.
    pub const HUGE: f32 = 48.0;
}

/// Sizes of writing, in logical pixels.
pub mod size {
    /// Badges, times.
    pub const CAPTION: f32 = 12.0;
    /// Second lines.
    pub const SMALL: f32 = 13.0;
    /// What is read.
    pub const BODY: f32 = 15.0;
    /// Names of places.
    pub const TITLE: f32 = 17.0;
    /// Heads of pages.
    pub const HEADING: f32 = 22.0;
    /// The one thing on a page.
    pub const DISPLAY: f32 = 30.0;
}

/// Corners, in logical pixels.
pub mod radius {
    /// Marks within writing.
    pub const S: f32 = 4.0;
    /// Controls.
    pub const M: f32 = 8.0;
    /// Cards.
    pub const L: f32 = 12.0;
    /// Pills and discs.
    pub const FULL: f32 = 999.0;
}

/// What is read.
pub const SANS: Font = Font::with_name("Inter");
/// Names.
pub const MEDIUM: Font = Font { weight: font::Weight::Medium, ..SANS };
/// Heads and what matters.
pub const STRONG: Font = Font { weight: font::Weight::Semibold, ..SANS };
/// Code, links, ids.
pub const MONO: Font = Font::with_name("JetBrains Mono");
/// Emoji.
pub const EMOJI: Font = Font::with_name("Twemoji Mozilla");
/// Pictograms.
pub const ICONS: Font = Font::with_name("Bivouac Icons");

/// The fonts that come with the program.
pub const FONTS: [&[u8]; 10] = [
    include_bytes!("../assets/fonts/Inter-Regular.ttf"),
    include_bytes!("../assets/fonts/Inter-Medium.ttf"),
    include_bytes!("../assets/fonts/Inter-SemiBold.ttf"),
    include_bytes!("../assets/fonts/Inter-Bold.ttf"),
    include_bytes!("../assets/fonts/Inter-Italic.ttf"),
    include_bytes!("../assets/fonts/Inter-BoldItalic.ttf"),
    include_bytes!("../assets/fonts/JetBrainsMono-Regular.ttf"),
    include_bytes!("../assets/fonts/JetBrainsMono-Bold.ttf"),
    include_bytes!("../assets/fonts/Twemoji.ttf"),
    include_bytes!("../assets/fonts/Icons.ttf"),
];

/// How everything looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    name: &'static str,
    /// What is drawn in which colour.
    pub color: Colors,
}

impl Theme {
    /// Light writing on dark ground, or the other way round.
    #[must_use]
    pub fn new(dark: bool, accent: Accent) -> Self {
        Self { name: if dark { "dark" } else { "light" }, color: Colors::new(dark, accent) }
    }

    /// What messages look like.
    #[must_use]
    pub fn look(&self) -> Look {
        let c = &self.color;
        Look {
            size: size::BODY,
            line: 1.4,
            dark: c.dark,
            text: c.text,
            muted: c.muted,
            link: c.link,
            code: c.text,
            code_background: c.rail,
            code_border: c.line,
            mention: c.link,
            mention_background: color::mix(c.page, c.link, 0.16),
            mention_me: c.text,
            mention_me_background: color::mix(c.page, c.accent, 0.28),
            spoiler: c.line,
            spoiler_open: c.hover,
            quote: c.faint,
            selection: color::mix(c.page, c.accent, 0.4),
        }
    }

    /// Whether the ground is dark.
    #[must_use]
    pub fn is_dark(&self) -> bool {
        self.color.dark
    }
}

impl Default for Theme {
    fn default() -> Self {
        Self::new(true, Accent::default())
    }
}

impl iced::theme::Base for Theme {
    fn default(preference: Mode) -> Self {
        Self::new(preference != Mode::Light, Accent::default())
    }

    fn mode(&self) -> Mode {
        if self.color.dark { Mode::Dark } else { Mode::Light }
    }

    fn base(&self) -> iced::theme::Style {
        iced::theme::Style { background_color: self.color.page, text_color: self.color.text }
    }

    fn palette(&self) -> Option<iced::theme::Palette> {
        None
    }

    fn name(&self) -> &str {
        self.name
    }
}

/// A colour seen through.
#[must_use]
pub fn faded(color: Color, alpha: f32) -> Color {
    Color { a: alpha, ..color }
}
