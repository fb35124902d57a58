//! Pieces that screens are made of. They know how things look and nothing of what they mean.

pub mod asleep;
pub mod button;
pub mod form;
pub mod frames;
pub mod icon;
pub mod list;
pub mod pace;
pub mod prose;
pub mod reveal;
pub mod single;
pub mod stop;
pub mod tools;

use iced::{
    Alignment, Center, Color, Fill, Length, Padding,
    widget::{
        self, Column, Container, Row, Space, Text, column, container, mouse_area, opaque, row, scrollable, space,
        stack, text, text_input, tooltip,
    },
};

pub use self::{
    asleep::{Sleep, asleep},
    button::{Button, button},
    frames::frames,
    icon::Icon,
    list::{Goal, List, Sight},
    reveal::reveal,
    single::single,
    stop::stop,
    tools::tools,
};
use crate::{
    pictures::{Look, Pictures, Scale},
    theme::{self, Element, ICONS, MEDIUM, STRONG, Theme, size, space as gap},
};

/// A pictogram.
pub fn icon<'a>(icon: Icon, size: f32) -> Text<'a, Theme> {
    text(icon.char()).font(ICONS).size(size).line_height(1.0).shaping(text::Shaping::Basic)
}

/// Words that say what something is, when the mouse is on it.
pub fn tip<'a, M: 'a>(of: impl Into<Element<'a, M>>, words: impl Into<String>) -> Element<'a, M> {
    tip_at(of, words, theme::container::TIP)
}

/// Likewise, on the side that is named.
pub fn tip_at<'a, M: 'a>(
    of: impl Into<Element<'a, M>>,
    words: impl Into<String>,
    at: tooltip::Position,
) -> Element<'a, M> {
    let words = wrapped(words).size(size::SMALL);
    let words = container(words).padding([gap::XS, gap::S]).max_width(320);
    tooltip(of, words.style(theme::container::tip), at).gap(theme::container::TIP_GAP).into()
}

/// A pictogram to press; it says what it does.
pub fn icon_button<'a, M: Clone + 'a>(of: Icon, words: impl Into<String>, message: M) -> Element<'a, M> {
    tip(bare_icon_button(of, Some(message)), words)
}

/// A pictogram to press.
pub fn bare_icon_button<'a, M: Clone + 'a>(of: Icon, message: Option<M>) -> Button<'a, M> {
    button(icon(of, 18.0)).padding(gap::S - 1.0).style(theme::button::ghost).on_press_maybe(message)
}

/// Does what the page is for.
pub fn primary<'a, M: Clone + 'a>(words: impl Into<String>, message: Option<M>) -> Button<'a, M> {
    labelled(words).style(theme::button::primary).on_press_maybe(message)
}

/// Does something else.
pub fn secondary<'a, M: Clone + 'a>(words: impl Into<String>, message: Option<M>) -> Button<'a, M> {
    labelled(words).style(theme::button::secondary).on_press_maybe(message)
}

/// Destroys something.
pub fn danger<'a, M: Clone + 'a>(words: impl Into<String>, message: Option<M>) -> Button<'a, M> {
    labelled(words).style(theme::button::danger).on_press_maybe(message)
}

fn labelled<'a, M: Clone + 'a>(words: impl Into<String>) -> Button<'a, M> {
    button(text(words.into()).font(MEDIUM).size(size::BODY).align_x(Center)).padding([gap::S, gap::L])
}

/// Words that may be anybody's: what is too long for a line goes on in the next, even within a word.
pub fn wrapped<'a>(words: impl Into<String>) -> Text<'a, Theme> {
    text(words.into()).wrapping(text::Wrapping::WordOrGlyph)
}

/// Heads a page.
pub fn heading<'a>(words: impl Into<String>) -> Text<'a, Theme> {
    wrapped(words).font(STRONG).size(size::HEADING)
}

/// Heads a part of a page.
pub fn title<'a>(words: impl Into<String>) -> Text<'a, Theme> {
    wrapped(words).font(STRONG).size(size::TITLE)
}

/// Explains.
pub fn hint<'a>(words: impl Into<String>) -> Text<'a, Theme> {
    wrapped(words).size(size::SMALL).style(theme::text::muted)
}

/// Says what went wrong.
pub fn fault<'a, M: 'a>(words: impl Into<String>) -> Element<'a, M> {
    row![
        icon(Icon::CircleAlert, 16.0).style(theme::text::danger),
        wrapped(words).size(size::SMALL).style(theme::text::danger)
    ]
    .spacing(gap::S)
    .align_y(Center)
    .into()
}

/// Names a list.
pub fn label<'a>(words: impl Into<String>) -> Text<'a, Theme> {
    wrapped(words).font(STRONG).size(size::CAPTION).style(theme::text::faint)
}

/// A control below what it is called.
pub fn field<'a, M: 'a>(name: impl Into<String>, control: impl Into<Element<'a, M>>) -> Column<'a, M, Theme> {
    column![text(name.into()).font(MEDIUM).size(size::SMALL).style(theme::text::muted), control.into()]
        .spacing(gap::XS + 2.0)
}

/// A line to write in.
pub fn line<'a, M: Clone + 'a>(
    shown: &str,
    value: &str,
    on_input: impl Fn(String) -> M + 'a,
) -> widget::TextInput<'a, M, Theme> {
    text_input(shown, value).on_input(on_input).padding([gap::S + 2.0, gap::M]).size(size::BODY)
}

/// A number of things waiting; nothing for none.
pub fn badge<'a, M: 'a>(count: usize) -> Option<Element<'a, M>> {
    let words = if count > 99 { "99+".to_owned() } else { count.to_string() };
    let words = text(words).font(STRONG).size(size::CAPTION).line_height(1.0);
    (count > 0).then(|| container(words).padding([3.0, 6.0]).style(theme::container::badge).into())
}

/// A quiet label.
pub fn pill<'a, M: 'a>(words: impl Into<String>) -> Element<'a, M> {
    container(text(words.into()).size(size::CAPTION).line_height(1.0))
        .padding([4.0, 8.0])
        .style(theme::container::pill)
        .into()
}

/// Fills what is left of a row.
#[must_use]
pub fn push() -> Space {
    space::horizontal().width(Fill)
}

/// Something that may be there. Where it is not, its place is kept: what comes after it in a column keeps its state, the
/// keyboard and where one has scrolled to, only as long as it has the same number of neighbours.
pub fn maybe<'a, M: 'a>(of: Option<impl Into<Element<'a, M>>>) -> Element<'a, M> {
    // One that is said to be nothing wide and high is left out by columns.
    of.map_or_else(|| Space::new().into(), Into::into)
}

/// A round picture of somebody, or what their name begins with.
pub fn face<'a, M: 'a>(
    pictures: &Pictures,
    picture: Option<bivouac_node::core::model::FileId>,
    name: &str,
    seed: u8,
    side: f32,
) -> Element<'a, M> {
    disc(pictures, picture.map(|id| (id, Scale::Face)), name, seed, side, side / 2.0)
}

/// Likewise with corners of another radius.
pub fn disc<'a, M: 'a>(
    pictures: &Pictures,
    picture: Option<(bivouac_node::core::model::FileId, Scale)>,
    name: &str,
    seed: u8,
    side: f32,
    corner: f32,
) -> Element<'a, M> {
    if let Some(Look::Here(picture)) = picture.map(|(id, scale)| pictures.look(id, scale)) {
        return frames(picture).size(side, side).into();
    }
    let ground = tone(seed);
    let initials =
        text(initials(name)).font(STRONG).size(side * 0.4).line_height(1.0).color(Color::from_rgb8(24, 20, 16));
    container(initials)
        .center(Length::Fixed(side))
        .style(move |_| container::Style {
            background: Some(ground.into()),
            border: iced::Border::default().rounded(corner),
            ..container::Style::default()
        })
        .into()
}

/// A colour that dark writing stands out from.
fn tone(seed: u8) -> Color {
    const TONES: [u32; 8] = [0xe8a87c, 0x8fc1a9, 0x85b7e2, 0xb9a5e0, 0xe59aa9, 0xd8c06f, 0x7cc5c9, 0xc3b091];
    let rgb = TONES[usize::from(seed) % TONES.len()];
    let byte = |shift: u32| u8::try_from(rgb >> shift & 0xff).unwrap_or(u8::MAX);
    Color::from_rgb8(byte(16), byte(8), byte(0))
}

/// At most two letters of a name.
#[must_use]
pub fn initials(name: &str) -> String {
    let words = name.split(|c: char| c.is_whitespace() || c == '-' || c == '_');
    let letters: String = words.filter_map(|word| word.chars().find(|c| c.is_alphanumeric())).take(2).collect();
    if letters.is_empty() {
        name.chars().find(|c| !c.is_whitespace() && !c.is_control()).map_or_else(|| "?".to_owned(), String::from)
    } else {
        letters.to_uppercase()
    }
}

/// A dialogue above the rest, which goes when one presses beside it.
pub fn dialogue<'a, M: Clone + 'a>(
    below: impl Into<Element<'a, M>>,
    content: impl Into<Element<'a, M>>,
    on_close: M,
) -> Element<'a, M> {
    // Where the window is lower than the dialogue, it is scrolled.
    let content = container(opaque(content)).center_x(Fill).padding(gap::XL);
    let veil = mouse_area(container(scrollable(content)).center(Fill).style(theme::container::veil)).on_press(on_close);
    stack![below.into(), opaque(veil)].into()
}

/// The body of a dialogue: a head, a middle, and what one can do.
pub fn sheet<'a, M: Clone + 'a>(
    head: impl Into<String>,
    body: impl Into<Element<'a, M>>,
    buttons: Vec<Element<'a, M>>,
    width: f32,
) -> Element<'a, M> {
    let buttons = Row::from_vec(buttons).spacing(gap::S).align_y(Center);
    let content = column![heading(head), body.into(), row![push(), buttons]].spacing(gap::L);
    container(content).padding(gap::XL).max_width(width).width(Fill).style(theme::container::floating).into()
}

/// An empty place: what could be here, and how it comes here.
pub fn empty<'a, M: 'a>(of: Icon, head: impl Into<String>, words: impl Into<String>) -> Container<'a, M, Theme> {
    let content = column![
        icon(of, 40.0).style(theme::text::faint),
        title(head),
        hint(words).align_x(Center).width(Length::Shrink),
    ];
    container(content.spacing(gap::M).align_x(Alignment::Center).max_width(420))
        .center(Fill)
        .padding(Padding::new(gap::XL))
}
