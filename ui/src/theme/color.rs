//! Colours by what they are for, dark and light. A test holds every pair of writing and ground that occurs to the contrast
//! that WCAG 2.2 calls AA.

use iced::{Color, color};
use serde::{Deserialize, Serialize};

/// The colour of what one acts with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accent {
    /// A camp fire.
    #[default]
    Ember,
    /// A forest.
    Pine,
    /// A clear day.
    Sky,
    /// A moor.
    Heather,
    /// A dog rose.
    Rose,
}

impl Accent {
    /// All there are.
    pub const ALL: [Self; 5] = [Self::Ember, Self::Pine, Self::Sky, Self::Heather, Self::Rose];

    /// On dark and on light ground.
    fn colors(self) -> (Color, Color) {
        match self {
            Self::Ember => (color!(0xff9a5c), color!(0xb8450b)),
            Self::Pine => (color!(0x58c99b), color!(0x13724c)),
            Self::Sky => (color!(0x74b6ff), color!(0x1a5fb4)),
            Self::Heather => (color!(0xb9a2ff), color!(0x6741c9)),
            Self::Rose => (color!(0xff8fb1), color!(0xb4235a)),
        }
    }

    /// How it is drawn.
    #[must_use]
    pub fn color(self, dark: bool) -> Color {
        let (on_dark, on_light) = self.colors();
        if dark { on_dark } else { on_light }
    }
}

/// Colours by what they are for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Colors {
    /// Whether the ground is dark.
    pub dark: bool,
    /// The rail of guilds: the furthest back.
    pub rail: Color,
    /// Lists beside the page.
    pub side: Color,
    /// What is read stands on it.
    pub page: Color,
    /// Cards, fields and menus, above the page.
    pub raised: Color,
    /// What the mouse is on.
    pub hover: Color,
    /// What is chosen.
    pub chosen: Color,
    /// Lines between parts.
    pub line: Color,
    /// Writing.
    pub text: Color,
    /// Writing that comes second.
    pub muted: Color,
    /// Writing that comes last.
    pub faint: Color,
    /// What one acts with.
    pub accent: Color,
    /// Writing on it.
    pub on_accent: Color,
    /// The ground of what calls on me.
    pub accent_soft: Color,
    /// Addresses.
    pub link: Color,
    /// All is well; somebody is there.
    pub good: Color,
    /// Something is to be looked at.
    pub warning: Color,
    /// Something fails, or destroys.
    pub danger: Color,
    /// Writing on a filled danger.
    pub on_danger: Color,
    /// What is laid over the page behind a dialogue.
    pub veil: Color,
}

impl Colors {
    /// Light on dark, or dark on light.
    #[must_use]
    pub fn new(dark: bool, accent: Accent) -> Self {
        let accent = accent.color(dark);
        if dark { Self::dark(accent) } else { Self::light(accent) }
    }

    fn dark(accent: Color) -> Self {
        Self {
            dark: true,
            rail: color!(0x14161b),
            side: color!(0x1a1d23),
            page: color!(0x20242b),
            raised: color!(0x292e37),
            hover: color!(0x2f3540),
            chosen: color!(0x383f4c),
            line: color!(0x343a45),
            text: color!(0xe9ebef),
            muted: color!(0xb3bac6),
            faint: color!(0xa3acb9),
            accent,
            on_accent: color!(0x1b1209),
            accent_soft: mix(color!(0x20242b), accent, 0.14),
            link: color!(0x7fbcff),
            good: color!(0x5fd08f),
            warning: color!(0xf3c04f),
            danger: color!(0xff8b85),
            on_danger: color!(0x240807),
            veil: Color { a: 0.62, ..color!(0x07080a) },
        }
    }

    fn light(accent: Color) -> Self {
        Self {
            dark: false,
            rail: color!(0xe2e5ea),
            side: color!(0xeff1f4),
            page: color!(0xffffff),
            raised: color!(0xf5f6f8),
            hover: color!(0xe8ebf0),
            chosen: color!(0xdde2e9),
            line: color!(0xd6dbe2),
            text: color!(0x1b1f26),
            muted: color!(0x49515e),
            faint: color!(0x565f6d),
            accent,
            on_accent: color!(0xffffff),
            accent_soft: mix(color!(0xffffff), accent, 0.10),
            link: color!(0x1557b0),
            good: color!(0x13692f),
            warning: color!(0x7a5200),
            danger: color!(0xb3261e),
            on_danger: color!(0xffffff),
            veil: Color { a: 0.45, ..color!(0x14161b) },
        }
    }

    /// A role's colour, as near to what it is as can be read on the page; writing's own where it has none.
    #[must_use]
    pub fn role(&self, rgb: u32) -> Color {
        if rgb == 0 {
            return self.text;
        }
        let byte = |shift: u32| u8::try_from(rgb >> shift & 0xff).unwrap_or(u8::MAX);
        let role = Color::from_rgb8(byte(16), byte(8), byte(0));
        let steps = (0..=20u8).map(|step| mix(role, self.text, f32::from(step) / 20.0));
        steps.into_iter().find(|color| contrast(*color, self.page) >= 4.5).unwrap_or(self.text)
    }
}

/// So much of `b` in `a`.
#[must_use]
pub fn mix(a: Color, b: Color, share: f32) -> Color {
    let of = |a: f32, b: f32| a + (b - a) * share;
    Color::from_rgb(of(a.r, b.r), of(a.g, b.g), of(a.b, b.b))
}

/// How well one stands out from the other, 1 to 21 (WCAG 2.2, 1.4.3).
#[must_use]
pub fn contrast(a: Color, b: Color) -> f32 {
    let (a, b) = (a.relative_luminance(), b.relative_luminance());
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_writing_stands_out() {
        for (dark, accent) in [true, false].into_iter().flat_map(|dark| Accent::ALL.map(|accent| (dark, accent))) {
            let c = Colors::new(dark, accent);
            let grounds = [c.rail, c.side, c.page, c.raised, c.hover, c.chosen, c.accent_soft];
            let writing = [("text", c.text), ("muted", c.muted), ("faint", c.faint)];
            for ground in grounds {
                for (name, writing) in writing {
                    let got = contrast(writing, ground);
                    assert!(got >= 4.5, "{name} on {ground:?}: {got} (dark: {dark})");
                }
            }
            for ground in [c.side, c.page, c.raised] {
                let signs = [
                    ("link", c.link),
                    ("good", c.good),
                    ("warning", c.warning),
                    ("danger", c.danger),
                    ("accent", c.accent),
                ];
                for (name, sign) in signs {
                    let got = contrast(sign, ground);
                    assert!(got >= 4.5, "{name} on {ground:?}: {got} (dark: {dark})");
                }
            }
            assert!(contrast(c.on_accent, c.accent) >= 4.5, "on {accent:?}");
            assert!(contrast(c.on_danger, c.danger) >= 4.5);
        }
    }

    #[test]
    fn any_role_can_be_read() {
        for dark in [true, false] {
            let c = Colors::new(dark, Accent::Ember);
            for rgb in [1, 0x0000ff, 0x20242b, 0xffffff, 0xffff00, 0x808080] {
                assert!(contrast(c.role(rgb), c.page) >= 4.5, "{rgb:06x}");
            }
        }
    }
}
