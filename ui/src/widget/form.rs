//! Pieces of forms, each reached by the keyboard.

use iced::{
    Center, Fill,
    widget::{Column, Row, column, container, row, text, toggler},
};

use super::{Icon, button, icon, stop};
use crate::theme::{self, Element, MEDIUM, STRONG, Theme, radius, size, space};

/// A part of a page, under what it is called.
pub fn part<'a, M: 'a>(name: impl Into<String>, content: impl Into<Element<'a, M>>) -> Column<'a, M, Theme> {
    column![text(name.into()).font(STRONG).size(size::BODY), content.into()].spacing(space::M)
}

/// What something is called, and what it does.
pub fn named<'a, M: 'a>(name: impl Into<String>, hint: impl Into<String>) -> Column<'a, M, Theme> {
    let hint = hint.into();
    let hint = (!hint.is_empty()).then(|| super::hint(hint));
    column![text(name.into()).font(MEDIUM).size(size::BODY)].push(hint).spacing(space::XS).width(Fill)
}

/// Something that is on or off.
pub fn switch<'a, M: Clone + 'a>(
    name: impl Into<String>,
    hint: impl Into<String>,
    on: bool,
    message: M,
) -> Element<'a, M> {
    let flip = message.clone();
    let knob = toggler(on).size(22.0).on_toggle(move |_| flip.clone());
    let line = row![named(name, hint), knob].spacing(space::L).align_y(Center);
    let press = button(line).padding([space::XS, 0.0]).width(Fill).style(theme::button::plain);
    press.on_press(message).into()
}

/// One of a few. Arrows choose, as in a group of radio buttons.
pub fn choice<'a, T: Copy + PartialEq + 'a, M: Clone + 'a>(
    all: Vec<(T, Option<Icon>, String)>,
    chosen: T,
    message: impl Fn(T) -> M + 'a,
) -> Element<'a, M> {
    let values: Vec<T> = all.iter().map(|(value, ..)| *value).collect();
    let each = all.into_iter().map(|(value, sign, words)| {
        let here = value == chosen;
        let words = text(words).font(MEDIUM).size(size::BODY);
        let inside = row![].push(sign.map(|sign| icon(sign, 16.0))).push(words).spacing(space::S).align_y(Center);
        let press = button(inside).padding([space::S, space::M]).style(theme::button::row(here, here));
        press.on_press(message(value)).into()
    });
    let line = Row::from_iter(each).spacing(space::XS).wrap().vertical_spacing(space::XS);
    let group = container(line).padding(space::XS).style(theme::container::well);
    stop(group).alone().on_step(steps(values, chosen, message)).into()
}

/// What arrows do among a few, of which there is one at least.
pub fn steps<'a, T: Copy + PartialEq + 'a, M>(
    all: Vec<T>,
    chosen: T,
    message: impl Fn(T) -> M + 'a,
) -> impl Fn(i32) -> M + 'a {
    let at = all.iter().position(|value| *value == chosen).unwrap_or_default();
    move |by| {
        let next = at.saturating_add_signed(isize::try_from(by).unwrap_or_default()).min(all.len() - 1);
        message(all[next])
    }
}

/// A list of things, one below the other in a card.
pub fn card<'a, M: 'a>(rows: impl IntoIterator<Item = Element<'a, M>>) -> Element<'a, M> {
    let mut list = Column::new().width(Fill);
    for (at, each) in rows.into_iter().enumerate() {
        list = list.push((at > 0).then(|| iced::widget::rule::horizontal(1)));
        list = list.push(container(each).padding([space::M, space::L]).width(Fill));
    }
    container(list).style(theme::container::card).width(Fill).into()
}

/// Keys that are pressed together, as they stand on a keyboard.
pub fn chord<'a, M: 'a>(keys: Vec<String>) -> Element<'a, M> {
    let each = keys.into_iter().map(|key| {
        let cap = text(key).font(MEDIUM).size(size::SMALL).line_height(1.0);
        container(cap).padding([space::XS + 1.0, space::S]).style(cap_style).into()
    });
    Row::from_iter(each).spacing(space::XS).align_y(Center).into()
}

fn cap_style(theme: &Theme) -> container::Style {
    container::Style {
        background: Some(theme.color.chosen.into()),
        text_color: Some(theme.color.text),
        border: iced::Border::default().rounded(radius::S),
        ..container::Style::default()
    }
}
