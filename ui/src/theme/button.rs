//! What one presses, by what pressing does.

use iced::{
    Border, Color,
    widget::button::{Catalog, Status, Style, StyleFn},
};

use super::{Colors, Theme, color::mix, radius};

impl Catalog for Theme {
    type Class<'a> = StyleFn<'a, Self>;

    fn default<'a>() -> Self::Class<'a> {
        Box::new(secondary)
    }

    fn style(&self, class: &Self::Class<'_>, status: Status) -> Style {
        class(self, status)
    }
}

fn filled(theme: &Theme, ground: Color, text: Color, status: Status) -> Style {
    let ground = match status {
        Status::Active => ground,
        Status::Hovered => mix(ground, theme.color.text, 0.12),
        Status::Pressed => mix(ground, theme.color.page, 0.12),
        Status::Disabled => theme.color.hover,
    };
    let text_color = if status == Status::Disabled { theme.color.faint } else { text };
    Style {
        background: Some(ground.into()),
        text_color,
        border: Border::default().rounded(radius::M),
        ..Style::default()
    }
}

/// Does what the page is for.
#[must_use]
pub fn primary(theme: &Theme, status: Status) -> Style {
    filled(theme, theme.color.accent, theme.color.on_accent, status)
}

/// Does something else.
#[must_use]
pub fn secondary(theme: &Theme, status: Status) -> Style {
    filled(theme, theme.color.chosen, theme.color.text, status)
}

/// Destroys something.
#[must_use]
pub fn danger(theme: &Theme, status: Status) -> Style {
    filled(theme, theme.color.danger, theme.color.on_danger, status)
}

fn bare(theme: &Theme, at_rest: Option<Color>, text: Color, status: Status) -> Style {
    let (ground, text) = match status {
        Status::Active => (at_rest, text),
        Status::Hovered => (Some(at_rest.map_or(theme.color.hover, |_| theme.color.chosen)), theme.color.text),
        Status::Pressed => (Some(theme.color.chosen), theme.color.text),
        Status::Disabled => (at_rest, theme.color.faint),
    };
    Style {
        background: ground.map(Into::into),
        text_color: text,
        border: Border::default().rounded(radius::M),
        ..Style::default()
    }
}

/// A pictogram, or words that do something small.
#[must_use]
pub fn ghost(theme: &Theme, status: Status) -> Style {
    bare(theme, None, theme.color.muted, status)
}

/// Words that destroy something, in a menu.
#[must_use]
pub fn ghost_danger(theme: &Theme, status: Status) -> Style {
    Style { text_color: theme.color.danger, ..bare(theme, None, theme.color.danger, status) }
}

/// A link.
#[must_use]
pub fn link(theme: &Theme, status: Status) -> Style {
    let faded = matches!(status, Status::Hovered | Status::Pressed);
    let color = if faded { theme.color.text } else { theme.color.link };
    Style { text_color: color, ..Style::default() }
}

/// One of a list: a channel, a page of the settings, a member.
pub fn row(chosen: bool, bright: bool) -> impl Fn(&Theme, Status) -> Style {
    move |theme, status| {
        let text = if chosen || bright { theme.color.text } else { theme.color.muted };
        bare(theme, chosen.then_some(theme.color.chosen), text, status)
    }
}

/// A guild in the rail: a square that becomes round.
pub fn guild(chosen: bool) -> impl Fn(&Theme, Status) -> Style {
    move |theme, status| {
        let lit = chosen || matches!(status, Status::Hovered | Status::Pressed);
        let (ground, text) =
            if lit { (theme.color.accent, theme.color.on_accent) } else { (theme.color.raised, theme.color.text) };
        Style {
            background: Some(ground.into()),
            text_color: text,
            border: Border::default().rounded(radius::L),
            ..Style::default()
        }
    }
}

/// An emoji that somebody put on a message.
pub fn reaction(mine: bool) -> impl Fn(&Theme, Status) -> Style {
    move |theme, status| {
        let edge = if mine { theme.color.accent } else { theme.color.line };
        let ground = if mine { theme.color.accent_soft } else { theme.color.raised };
        let ground = if status == Status::Hovered { theme.color.hover } else { ground };
        Style {
            background: Some(ground.into()),
            text_color: theme.color.text,
            border: Border { color: edge, width: 1.0, radius: radius::M.into() },
            ..Style::default()
        }
    }
}

/// A large choice on a page.
#[must_use]
pub fn card(theme: &Theme, status: Status) -> Style {
    let lit = matches!(status, Status::Hovered | Status::Pressed);
    Style {
        background: Some(if lit { theme.color.hover } else { theme.color.raised }.into()),
        text_color: theme.color.text,
        border: Border {
            color: if lit { theme.color.accent } else { theme.color.line },
            width: 1.0,
            radius: radius::L.into(),
        },
        ..Style::default()
    }
}

/// Something that can be pressed and looks like nothing.
#[must_use]
pub fn plain(theme: &Theme, _status: Status) -> Style {
    Style { text_color: theme.color.text, ..Style::default() }
}

/// One of the ways in which something can stand, in the colour of what that means.
pub fn way(on: bool, color: fn(&Colors) -> Color) -> impl Fn(&Theme, Status) -> Style {
    move |theme, status| {
        let color = color(&theme.color);
        if !on {
            return ghost(theme, status);
        }
        Style {
            background: Some(mix(theme.color.raised, color, 0.22).into()),
            text_color: color,
            border: Border { color, width: 1.0, radius: radius::M.into() },
            ..Style::default()
        }
    }
}
