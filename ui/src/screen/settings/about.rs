//! The program itself: its version, and what it is made with.

use iced::{
    Center, Fill,
    widget::{column, row, text},
};

use crate::{
    intent::Wants,
    screen::Ctx,
    theme::{self, Element, MEDIUM, STRONG, size, space},
    widget::{self, Icon, form, icon},
};

/// What happens on the page.
#[derive(Clone, Debug)]
pub enum Message {
    /// Look at a page of the web.
    Browse(&'static str),
}

/// What comes with the program: what it is for, its licence, and where it is from.
const MADE_WITH: [(&str, &str, &str, &str); 5] = [
    ("Inter", "about-inter", "SIL Open Font License 1.1", "https://rsms.me/inter/"),
    ("JetBrains Mono", "about-mono", "SIL Open Font License 1.1", "https://www.jetbrains.com/lp/mono/"),
    (
        "Twemoji Mozilla",
        "about-twemoji",
        "CC-BY 4.0 · SIL Open Font License 1.1",
        "https://github.com/mozilla/twemoji-colr",
    ),
    ("Lucide", "about-lucide", "ISC", "https://lucide.dev/license"),
    ("iced", "about-iced", "MIT", "https://iced.rs/"),
];

/// What happens.
pub fn update(message: Message) -> Wants<Message> {
    let Message::Browse(address) = message;
    Wants::browse(address)
}

/// Draws it.
pub fn view<'a>(ctx: Ctx<'a>) -> Element<'a, Message> {
    let version = ctx.w.with("about-version", &[("version", env!("CARGO_PKG_VERSION").into())]);
    let name = column![text("Bivouac").font(STRONG).size(size::DISPLAY), widget::hint(version)].spacing(space::XS);
    let head = row![icon(Icon::Tent, 48.0).style(theme::text::accent), name].spacing(space::L).align_y(Center);
    let words = text(ctx.w.get("about-words")).size(size::BODY).line_height(1.4);
    let licence = widget::hint(ctx.w.with("about-licence", &[("licence", env!("CARGO_PKG_LICENSE").into())]));
    let parts = MADE_WITH.map(|(name, what, licence, address)| {
        let called = text(name).font(MEDIUM).size(size::BODY);
        let words = column![called, widget::hint(format!("{} · {licence}", ctx.w.get(what)))].spacing(2).width(Fill);
        let look = widget::icon_button(Icon::ExternalLink, address, Message::Browse(address));
        row![words, look].spacing(space::M).align_y(Center).into()
    });
    let parts = form::part(ctx.w.get("about-made-with"), form::card(parts));
    column![head, column![words, licence].spacing(space::M), parts].spacing(space::XXL).into()
}
