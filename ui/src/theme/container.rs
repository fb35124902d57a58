//! Grounds.

use iced::{
    Background, Border, Color,
    widget::{
        container::{Catalog, Style, StyleFn},
        progress_bar, qr_code, rule, tooltip,
    },
};

use super::{Theme, radius};

impl Catalog for Theme {
    type Class<'a> = StyleFn<'a, Self>;

    fn default<'a>() -> Self::Class<'a> {
        Box::new(|_| Style::default())
    }

    fn style(&self, class: &Self::Class<'_>) -> Style {
        class(self)
    }
}

impl rule::Catalog for Theme {
    type Class<'a> = rule::StyleFn<'a, Self>;

    fn default<'a>() -> Self::Class<'a> {
        Box::new(|theme| line(theme.color.line))
    }

    fn style(&self, class: &Self::Class<'_>) -> rule::Style {
        class(self)
    }
}

impl progress_bar::Catalog for Theme {
    type Class<'a> = progress_bar::StyleFn<'a, Self>;

    fn default<'a>() -> Self::Class<'a> {
        Box::new(|theme| progress_bar::Style {
            background: theme.color.chosen.into(),
            bar: theme.color.accent.into(),
            border: Border::default().rounded(radius::FULL),
        })
    }

    fn style(&self, class: &Self::Class<'_>) -> progress_bar::Style {
        class(self)
    }
}

impl qr_code::Catalog for Theme {
    type Class<'a> = qr_code::StyleFn<'a, Self>;

    /// Cameras want dark on light, whatever the theme.
    fn default<'a>() -> Self::Class<'a> {
        Box::new(|_| qr_code::Style { cell: Color::BLACK, background: Color::WHITE })
    }

    fn style(&self, class: &Self::Class<'_>) -> qr_code::Style {
        class(self)
    }
}

fn line(color: Color) -> rule::Style {
    rule::Style { color, radius: 0.0.into(), fill_mode: rule::FillMode::Full, snap: true }
}

/// A line of what is to be looked at.
#[must_use]
pub fn danger_line(theme: &Theme) -> rule::Style {
    line(theme.color.danger)
}

fn ground(color: Color) -> Style {
    Style { background: Some(Background::Color(color)), ..Style::default() }
}

/// The rail of guilds.
#[must_use]
pub fn rail(theme: &Theme) -> Style {
    ground(theme.color.rail)
}

/// Lists beside the page.
#[must_use]
pub fn side(theme: &Theme) -> Style {
    ground(theme.color.side)
}

/// The page.
#[must_use]
pub fn page(theme: &Theme) -> Style {
    ground(theme.color.page)
}

/// A card on the page.
#[must_use]
pub fn card(theme: &Theme) -> Style {
    Style {
        border: Border { color: theme.color.line, width: 1.0, radius: radius::L.into() },
        ..ground(theme.color.raised)
    }
}

/// A field one writes in.
#[must_use]
pub fn well(theme: &Theme) -> Style {
    Style { border: Border::default().rounded(radius::M), ..ground(theme.color.raised) }
}

/// A menu or a dialogue above all else. It has an edge and no shadow: the software renderer draws only what changed, and lays
/// shadows over each other there.
#[must_use]
pub fn floating(theme: &Theme) -> Style {
    Style {
        border: Border { color: theme.color.line, width: 1.0, radius: radius::L.into() },
        ..ground(theme.color.raised)
    }
}

/// What lies behind a dialogue.
#[must_use]
pub fn veil(theme: &Theme) -> Style {
    ground(theme.color.veil)
}

/// What calls on me.
#[must_use]
pub fn soft(theme: &Theme) -> Style {
    ground(theme.color.accent_soft)
}

/// What the mouse is on.
#[must_use]
pub fn hovered(theme: &Theme) -> Style {
    Style { border: Border::default().rounded(radius::S), ..ground(theme.color.hover) }
}

/// A number of things waiting.
#[must_use]
pub fn badge(theme: &Theme) -> Style {
    Style {
        text_color: Some(theme.color.on_danger),
        border: Border::default().rounded(radius::FULL),
        ..ground(theme.color.danger)
    }
}

/// A quiet label.
#[must_use]
pub fn pill(theme: &Theme) -> Style {
    Style {
        text_color: Some(theme.color.muted),
        border: Border::default().rounded(radius::FULL),
        ..ground(theme.color.hover)
    }
}

/// A strip that says something about everything below it.
#[must_use]
pub fn banner(theme: &Theme) -> Style {
    Style { text_color: Some(theme.color.text), ..ground(theme.color.raised) }
}

/// A mark at the edge of a guild.
#[must_use]
pub fn mark(theme: &Theme) -> Style {
    Style { border: Border::default().rounded(radius::FULL), ..ground(theme.color.text) }
}

/// A step that is not the one one is at.
#[must_use]
pub fn dot(theme: &Theme) -> Style {
    Style { border: Border::default().rounded(radius::FULL), ..ground(theme.color.faint) }
}

/// What comes last.
#[must_use]
pub fn faint(theme: &Theme) -> Style {
    Style { text_color: Some(theme.color.faint), ..Style::default() }
}

/// The small words that explain what the mouse is on.
#[must_use]
pub fn tip(theme: &Theme) -> Style {
    Style { border: Border { color: theme.color.line, width: 1.0, radius: radius::M.into() }, ..floating(theme) }
}

/// How far from what they explain.
pub const TIP_GAP: f32 = 6.0;
/// Where they stand unless that would leave the window.
pub const TIP: tooltip::Position = tooltip::Position::Top;
