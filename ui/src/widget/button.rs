//! Something to press, with the mouse or the keyboard.

use iced::{
    Length, Padding,
    advanced::widget::Id,
    widget::button::{Status, Style},
};

use super::stop::{Stop, stop};
use crate::theme::{Element, Theme};

/// Something to press: a stop of the Tab key around the toolkit's button, which knows the mouse alone.
pub struct Button<'a, Message> {
    inner: iced::widget::Button<'a, Message, Theme>,
    press: Option<Message>,
    of: Box<dyn FnOnce(Stop<'a, Message>) -> Stop<'a, Message> + 'a>,
}

/// Makes something to be pressed.
pub fn button<'a, Message: 'a>(content: impl Into<Element<'a, Message>>) -> Button<'a, Message> {
    Button { inner: iced::widget::button(content), press: None, of: Box::new(|stop| stop) }
}

impl<'a, Message: Clone + 'a> Button<'a, Message> {
    /// Around what is in it.
    #[must_use]
    pub fn padding(mut self, padding: impl Into<Padding>) -> Self {
        self.inner = self.inner.padding(padding);
        self
    }

    /// How wide it is.
    #[must_use]
    pub fn width(mut self, width: impl Into<Length>) -> Self {
        self.inner = self.inner.width(width);
        self
    }

    /// How high it is.
    #[must_use]
    pub fn height(mut self, height: impl Into<Length>) -> Self {
        self.inner = self.inner.height(height);
        self
    }

    /// How it looks.
    #[must_use]
    pub fn style(mut self, style: impl Fn(&Theme, Status) -> Style + 'a) -> Self {
        self.inner = self.inner.style(style);
        self
    }

    /// What pressing it does.
    #[must_use]
    pub fn on_press(self, message: Message) -> Self {
        self.on_press_maybe(Some(message))
    }

    /// What pressing it does; it can't be pressed where that is nothing.
    #[must_use]
    pub fn on_press_maybe(mut self, message: Option<Message>) -> Self {
        self.press = message;
        self
    }

    /// What the other button of the mouse does, and the menu key.
    #[must_use]
    pub fn on_menu(self, message: Message) -> Self {
        self.stop(|stop| stop.on_menu(message))
    }

    /// What arrows do: −1 for up and left, 1 for down and right.
    #[must_use]
    pub fn on_step(self, step: impl Fn(i32) -> Message + 'a) -> Self {
        self.stop(|stop| stop.on_step(step))
    }

    /// By which it can be gone to.
    #[must_use]
    pub fn id(self, id: Id) -> Self {
        self.stop(|stop| stop.id(id))
    }

    /// The keyboard passes it over.
    #[must_use]
    pub fn passed(self, passed: bool) -> Self {
        self.stop(move |stop| stop.passed(passed))
    }

    fn stop(self, more: impl FnOnce(Stop<'a, Message>) -> Stop<'a, Message> + 'a) -> Self {
        let of = self.of;
        Self { of: Box::new(|stop| more(of(stop))), ..self }
    }
}

impl<'a, Message: Clone + 'a> From<Button<'a, Message>> for Element<'a, Message> {
    fn from(button: Button<'a, Message>) -> Self {
        let Button { inner, press, of } = button;
        of(stop(inner.on_press_maybe(press.clone())).on_press(press)).into()
    }
}
