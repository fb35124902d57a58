//! What can be done with something, beside the mouse.

use iced::{
    Center, Fill, Point,
    widget::{Column, container, mouse_area, opaque, pin, row, rule, stack, text},
};

use crate::{
    screen::Ctx,
    theme::{self, Element, size, space},
    widget::{Icon, button, icon},
};

const WIDTH: f32 = 230.0;
const HEIGHT: f32 = 34.0;

/// One thing that can be done.
#[derive(Clone, Debug)]
pub struct Entry<M> {
    icon: Icon,
    words: String,
    message: M,
    danger: bool,
    apart: bool,
}

impl<M> Entry<M> {
    /// It does something.
    pub fn new(icon: Icon, words: impl Into<String>, message: M) -> Self {
        Self { icon, words: words.into(), message, danger: false, apart: false }
    }

    /// It destroys something.
    #[must_use]
    pub fn danger(mut self) -> Self {
        self.danger = true;
        self
    }

    /// Below a line.
    #[must_use]
    pub fn apart(mut self) -> Self {
        self.apart = true;
        self
    }
}

/// A menu.
#[derive(Clone, Debug)]
pub struct Menu<M> {
    at: Point,
    entries: Vec<Entry<M>>,
    chosen: Option<usize>,
}

impl<M: Clone> Menu<M> {
    /// Beside a point of the window.
    #[must_use]
    pub fn new(at: Point, entries: Vec<Entry<M>>) -> Self {
        Self { at, entries, chosen: None }
    }

    /// Chooses another entry, by the keyboard.
    pub fn step(&mut self, by: isize) {
        let count = self.entries.len();
        let next = match self.chosen {
            Some(at) => at.checked_add_signed(by).filter(|at| *at < count),
            None if by > 0 => Some(0),
            None => count.checked_sub(1),
        };
        self.chosen = next.or(self.chosen);
    }

    /// What the chosen entry does.
    #[must_use]
    pub fn chosen(&self) -> Option<M> {
        self.entries.get(self.chosen?).map(|entry| entry.message.clone())
    }

    /// Draws it over something.
    pub fn over<'a>(&'a self, below: Element<'a, M>, close: M, ctx: Ctx<'a>) -> Element<'a, M>
    where
        M: 'a,
    {
        let mut list = Column::new().width(Fill).spacing(1);
        for (at, entry) in self.entries.iter().enumerate() {
            if entry.apart {
                list = list.push(container(rule::horizontal(1)).padding([space::XS, 0.0]));
            }
            let words = text(&entry.words).size(size::SMALL + 1.0).wrapping(text::Wrapping::WordOrGlyph);
            let inside = row![icon(entry.icon, 16.0), words.width(Fill)];
            let press = button(inside.spacing(space::M).align_y(Center)).padding([7.0, space::S + 2.0]).width(Fill);
            let chosen = self.chosen == Some(at);
            let press = match (entry.danger, chosen) {
                (true, _) => press.style(theme::button::ghost_danger),
                (false, chosen) => press.style(theme::button::row(chosen, true)),
            };
            list = list.push(press.on_press(entry.message.clone()));
        }
        let sheet = container(list).padding(space::XS + 2.0).width(WIDTH).style(theme::container::floating);
        #[allow(clippy::cast_precision_loss)]
        let height = self.entries.len() as f32 * HEIGHT + 24.0;
        let x = self.at.x.min(ctx.size.width - WIDTH - space::S).max(space::S);
        let y = self.at.y.min(ctx.size.height - height - space::S).max(space::S);
        let aside = mouse_area(container("").center(Fill)).on_press(close.clone()).on_right_press(close);
        stack![below, opaque(aside), pin(opaque(sheet)).x(x).y(y)].into()
    }
}
