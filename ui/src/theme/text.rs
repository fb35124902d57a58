//! Writing, by how much it matters.

use iced::widget::text::{Catalog, Style, StyleFn};

use super::Theme;

impl Catalog for Theme {
    type Class<'a> = StyleFn<'a, Self>;

    fn default<'a>() -> Self::Class<'a> {
        Box::new(|_| Style::default())
    }

    fn style(&self, class: &Self::Class<'_>) -> Style {
        class(self)
    }
}

macro_rules! styles {
    ($($name:ident $doc:literal;)*) => {$(
        #[doc = $doc]
        #[must_use]
        pub fn $name(theme: &Theme) -> Style {
            Style { color: Some(theme.color.$name) }
        }
    )*};
}

styles! {
    text "What is read.";
    muted "What comes second.";
    faint "What comes last.";
    accent "What one acts with.";
    on_accent "What stands on a filled accent.";
    good "All is well.";
    warning "To be looked at.";
    danger "It fails, or destroys.";
    on_danger "What stands on a filled danger.";
    link "An address.";
}
