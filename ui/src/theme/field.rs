//! What one writes in, chooses from, and scrolls.

use iced::{
    Background, Border, Color, Shadow,
    overlay::menu,
    widget::{checkbox, container, pick_list, radio, scrollable, slider, text_editor, text_input, toggler},
};

use super::{Theme, faded, radius};

fn edge(color: Color) -> Border {
    Border { color, width: 1.0, radius: radius::M.into() }
}

impl text_input::Catalog for Theme {
    type Class<'a> = text_input::StyleFn<'a, Self>;

    fn default<'a>() -> Self::Class<'a> {
        Box::new(input)
    }

    fn style(&self, class: &Self::Class<'_>, status: text_input::Status) -> text_input::Style {
        class(self, status)
    }
}

/// A line one writes in.
#[must_use]
pub fn input(theme: &Theme, status: text_input::Status) -> text_input::Style {
    let c = &theme.color;
    let border = match status {
        text_input::Status::Focused { .. } => edge(c.accent),
        text_input::Status::Hovered => edge(c.faint),
        text_input::Status::Active | text_input::Status::Disabled => edge(c.line),
    };
    text_input::Style {
        background: c.rail.into(),
        border,
        icon: c.muted,
        placeholder: c.faint,
        value: c.text,
        selection: faded(c.accent, 0.35),
    }
}

impl text_editor::Catalog for Theme {
    type Class<'a> = text_editor::StyleFn<'a, Self>;

    fn default<'a>() -> Self::Class<'a> {
        Box::new(|theme, _| editor(theme))
    }

    fn style(&self, class: &Self::Class<'_>, status: text_editor::Status) -> text_editor::Style {
        class(self, status)
    }
}

/// Where a message is written: its ground is around it.
#[must_use]
pub fn editor(theme: &Theme) -> text_editor::Style {
    let c = &theme.color;
    text_editor::Style {
        background: Background::Color(Color::TRANSPARENT),
        border: Border::default(),
        placeholder: c.faint,
        value: c.text,
        selection: faded(c.accent, 0.35),
    }
}

/// Several lines of something that is no message.
#[must_use]
pub fn area(theme: &Theme, status: text_editor::Status) -> text_editor::Style {
    let c = &theme.color;
    let focused = matches!(status, text_editor::Status::Focused { .. });
    text_editor::Style {
        background: c.rail.into(),
        border: edge(if focused { c.accent } else { c.line }),
        ..editor(theme)
    }
}

impl checkbox::Catalog for Theme {
    type Class<'a> = checkbox::StyleFn<'a, Self>;

    fn default<'a>() -> Self::Class<'a> {
        Box::new(|theme, status| {
            let c = &theme.color;
            let (on, off) = match status {
                checkbox::Status::Active { is_checked } => (is_checked, false),
                checkbox::Status::Hovered { is_checked } => (is_checked, false),
                checkbox::Status::Disabled { is_checked } => (is_checked, true),
            };
            checkbox::Style {
                background: if on && !off { c.accent } else { c.rail }.into(),
                icon_color: if off { c.faint } else { c.on_accent },
                border: Border {
                    color: if on && !off { c.accent } else { c.faint },
                    width: 1.0,
                    radius: radius::S.into(),
                },
                text_color: Some(if off { c.faint } else { c.text }),
            }
        })
    }

    fn style(&self, class: &Self::Class<'_>, status: checkbox::Status) -> checkbox::Style {
        class(self, status)
    }
}

impl toggler::Catalog for Theme {
    type Class<'a> = toggler::StyleFn<'a, Self>;

    fn default<'a>() -> Self::Class<'a> {
        Box::new(|theme, status| {
            let c = &theme.color;
            let (on, off) = match status {
                toggler::Status::Active { is_toggled } | toggler::Status::Hovered { is_toggled } => (is_toggled, false),
                toggler::Status::Disabled { is_toggled } => (is_toggled, true),
            };
            let ground = if on && !off { c.accent } else { c.chosen };
            toggler::Style {
                background: ground.into(),
                background_border_width: 1.0,
                background_border_color: if on && !off { c.accent } else { c.faint },
                foreground: if on && !off { c.on_accent } else { c.muted }.into(),
                foreground_border_width: 0.0,
                foreground_border_color: Color::TRANSPARENT,
                text_color: Some(if off { c.faint } else { c.text }),
                border_radius: None,
                padding_ratio: 0.15,
            }
        })
    }

    fn style(&self, class: &Self::Class<'_>, status: toggler::Status) -> toggler::Style {
        class(self, status)
    }
}

impl slider::Catalog for Theme {
    type Class<'a> = slider::StyleFn<'a, Self>;

    fn default<'a>() -> Self::Class<'a> {
        Box::new(|theme, _| {
            let c = &theme.color;
            slider::Style {
                rail: slider::Rail {
                    backgrounds: (c.accent.into(), c.chosen.into()),
                    width: 4.0,
                    border: Border::default().rounded(radius::FULL),
                },
                handle: slider::Handle {
                    shape: slider::HandleShape::Circle { radius: 8.0 },
                    background: c.accent.into(),
                    border_width: 2.0,
                    border_color: c.page,
                },
            }
        })
    }

    fn style(&self, class: &Self::Class<'_>, status: slider::Status) -> slider::Style {
        class(self, status)
    }
}

impl menu::Catalog for Theme {
    type Class<'a> = menu::StyleFn<'a, Self>;

    fn default<'a>() -> <Self as menu::Catalog>::Class<'a> {
        Box::new(|theme| {
            let c = &theme.color;
            menu::Style {
                background: c.raised.into(),
                border: edge(c.line),
                text_color: c.text,
                selected_text_color: c.text,
                selected_background: c.chosen.into(),
                shadow: Shadow::default(),
            }
        })
    }

    fn style(&self, class: &<Self as menu::Catalog>::Class<'_>) -> menu::Style {
        class(self)
    }
}

impl pick_list::Catalog for Theme {
    type Class<'a> = pick_list::StyleFn<'a, Self>;

    fn default<'a>() -> <Self as pick_list::Catalog>::Class<'a> {
        Box::new(|theme, status| {
            let c = &theme.color;
            let border = if status == pick_list::Status::Active { edge(c.line) } else { edge(c.faint) };
            pick_list::Style {
                text_color: c.text,
                placeholder_color: c.faint,
                handle_color: c.muted,
                background: c.rail.into(),
                border,
            }
        })
    }

    fn style(&self, class: &<Self as pick_list::Catalog>::Class<'_>, status: pick_list::Status) -> pick_list::Style {
        class(self, status)
    }
}

impl scrollable::Catalog for Theme {
    type Class<'a> = scrollable::StyleFn<'a, Self>;

    fn default<'a>() -> Self::Class<'a> {
        Box::new(|theme, status| {
            let c = &theme.color;
            let lit = !matches!(status, scrollable::Status::Active { .. });
            let rail = scrollable::Rail {
                background: None,
                border: Border::default(),
                scroller: scrollable::Scroller {
                    background: faded(c.faint, if lit { 0.7 } else { 0.35 }).into(),
                    border: Border::default().rounded(radius::FULL),
                },
            };
            scrollable::Style {
                container: container::Style::default(),
                vertical_rail: rail,
                horizontal_rail: rail,
                gap: None,
                auto_scroll: scrollable::AutoScroll {
                    background: c.raised.into(),
                    border: edge(c.line),
                    shadow: Shadow::default(),
                    icon: c.text,
                },
            }
        })
    }

    fn style(&self, class: &Self::Class<'_>, status: scrollable::Status) -> scrollable::Style {
        class(self, status)
    }
}

impl radio::Catalog for Theme {
    type Class<'a> = radio::StyleFn<'a, Self>;

    fn default<'a>() -> Self::Class<'a> {
        Box::new(|theme, status| {
            let c = &theme.color;
            let (radio::Status::Active { is_selected } | radio::Status::Hovered { is_selected }) = status;
            radio::Style {
                background: c.rail.into(),
                dot_color: c.accent,
                border_width: 1.0,
                border_color: if is_selected { c.accent } else { c.faint },
                text_color: Some(c.text),
            }
        })
    }

    fn style(&self, class: &Self::Class<'_>, status: radio::Status) -> radio::Style {
        class(self, status)
    }
}
