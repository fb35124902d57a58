//! A stop of the Tab key: what is pressed with the mouse is reached, seen and pressed with the keyboard too.
//!
//! The toolkit lets only what one writes in have the keyboard. A stop puts that around anything: Enter and Space press it,
//! arrows step through what it holds, and an edge shows where one is.

use std::cell::Cell;

use iced::{
    Border, Color, Event, Length, Rectangle, Size, Vector,
    advanced::{
        Clipboard, Layout, Renderer as _, Shell, Widget, layout, mouse, overlay, renderer,
        widget::{Id, Operation, Tree, operation::Focusable, tree},
    },
    keyboard::{self, Key, key::Named},
};

use crate::theme::{Element, Theme, radius};

thread_local! {
    /// Whether the mouse was used last, so that what gets the keyboard next is not outlined: CSS calls it `:focus-visible`.
    static BY_MOUSE: Cell<bool> = const { Cell::new(false) };
}

/// Between what has the keyboard and the edge around it, in logical pixels.
const APART: f32 = 2.0;
/// Width of that edge, likewise.
const EDGE: f32 = 2.0;

/// Something that the keyboard reaches.
pub struct Stop<'a, Message> {
    content: Element<'a, Message>,
    id: Option<Id>,
    press: Option<Message>,
    menu: Option<Message>,
    step: Option<Box<dyn Fn(i32) -> Message + 'a>>,
    rises: bool,
    passed: bool,
    alone: bool,
}

/// Puts a stop around something.
pub fn stop<'a, Message>(content: impl Into<Element<'a, Message>>) -> Stop<'a, Message> {
    Stop {
        content: content.into(),
        id: None,
        press: None,
        menu: None,
        step: None,
        rises: false,
        passed: false,
        alone: false,
    }
}

impl<'a, Message> Stop<'a, Message> {
    /// By which it can be gone to.
    #[must_use]
    pub fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    /// What Enter and Space do; it is passed over where that is nothing, and there is nothing to step through either.
    #[must_use]
    pub fn on_press(mut self, message: Option<Message>) -> Self {
        self.press = message;
        self
    }

    /// What the other button of the mouse does, and the menu key or Shift+F10.
    #[must_use]
    pub fn on_menu(mut self, message: Message) -> Self {
        self.menu = Some(message);
        self
    }

    /// What arrows do: −1 for up and left, 1 for down and right.
    #[must_use]
    pub fn on_step(mut self, step: impl Fn(i32) -> Message + 'a) -> Self {
        self.step = Some(Box::new(step));
        self
    }

    /// Up is more, as on a scale.
    #[must_use]
    pub fn rises(mut self) -> Self {
        self.rises = true;
        self
    }

    /// The keyboard passes it over.
    #[must_use]
    pub fn passed(mut self, passed: bool) -> Self {
        self.passed = passed;
        self
    }

    /// Nothing in it is a stop.
    #[must_use]
    pub fn alone(mut self) -> Self {
        self.alone = true;
        self
    }

    fn stops(&self) -> bool {
        !self.passed && (self.press.is_some() || self.step.is_some())
    }
}

#[derive(Default)]
struct State {
    focused: bool,
    /// Gone to with the keyboard, so that it is shown.
    shown: bool,
}

impl Focusable for State {
    fn is_focused(&self) -> bool {
        self.focused
    }

    fn focus(&mut self) {
        self.shown = !BY_MOUSE.get();
        self.focused = true;
    }

    fn unfocus(&mut self) {
        (self.focused, self.shown) = (false, false);
    }
}

impl<Message: Clone> Stop<'_, Message> {
    /// What a key does here.
    fn key(&self, key: &Key, modifiers: keyboard::Modifiers) -> Option<Message> {
        if self.passed {
            return None;
        }
        match (key, modifiers) {
            (Key::Named(Named::ContextMenu), _) | (Key::Named(Named::F10), keyboard::Modifiers::SHIFT) => {
                return self.menu.clone();
            }
            _ if !modifiers.is_empty() => return None,
            _ => {}
        }
        let step = |by| self.step.as_ref().map(|step| step(by));
        match key {
            Key::Named(Named::Enter | Named::Space) => self.press.clone(),
            Key::Named(Named::ArrowLeft) => step(-1),
            Key::Named(Named::ArrowRight) => step(1),
            Key::Named(Named::ArrowUp) => step(if self.rises { 1 } else { -1 }),
            Key::Named(Named::ArrowDown) => step(if self.rises { -1 } else { 1 }),
            _ => None,
        }
    }
}

impl<Message: Clone> Widget<Message, Theme, iced::Renderer> for Stop<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.content)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.content));
    }

    fn size(&self) -> Size<Length> {
        self.content.as_widget().size()
    }

    fn size_hint(&self) -> Size<Length> {
        self.content.as_widget().size_hint()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        self.content.as_widget_mut().layout(&mut tree.children[0], renderer, limits)
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        let state = tree.state.downcast_mut::<State>();
        // What can't be pressed any more, because it was, keeps the place from which Tab goes on.
        if self.stops() || state.focused {
            operation.focusable(self.id.as_ref(), layout.bounds(), state);
        }
        let mut alone = NoStops(operation);
        let operation: &mut dyn Operation = if self.alone { &mut alone } else { alone.0 };
        self.content.as_widget_mut().operate(&mut tree.children[0], layout, renderer, operation);
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &iced::Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        let State { focused, shown } = tree.state.downcast_mut::<State>();
        if matches!(event, Event::Keyboard(keyboard::Event::KeyPressed { .. })) {
            BY_MOUSE.set(false);
        }
        match event {
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Right)) if cursor.is_over(layout.bounds()) => {
                if let Some(message) = &self.menu {
                    shell.publish(message.clone());
                    shell.capture_event();
                    return;
                }
            }
            // Before what is within takes it: to what has steps the mouse takes the keyboard along.
            Event::Mouse(mouse::Event::ButtonPressed(_)) => {
                BY_MOUSE.set(true);
                let here = self.step.is_some() && cursor.is_over(layout.bounds());
                if (here, false) != (*focused, *shown) {
                    (*focused, *shown) = (here, false);
                    shell.request_redraw();
                }
            }
            Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, .. }) if *focused => {
                if let Some(message) = self.key(key, *modifiers) {
                    *shown = true;
                    shell.publish(message);
                    shell.capture_event();
                    return;
                }
            }
            _ => {}
        }
        self.content.as_widget_mut().update(
            &mut tree.children[0],
            event,
            layout,
            cursor,
            renderer,
            clipboard,
            shell,
            viewport,
        );
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &iced::Renderer,
    ) -> mouse::Interaction {
        self.content.as_widget().mouse_interaction(&tree.children[0], layout, cursor, viewport, renderer)
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut iced::Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        self.content.as_widget().draw(&tree.children[0], renderer, theme, style, layout, cursor, viewport);
        if tree.state.downcast_ref::<State>().shown {
            let edge = renderer::Quad {
                bounds: layout.bounds().expand(APART + EDGE),
                border: Border { color: theme.color.text, width: EDGE, radius: (radius::M + APART + EDGE).into() },
                ..renderer::Quad::default()
            };
            renderer.fill_quad(edge, Color::TRANSPARENT);
        }
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &iced::Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, iced::Renderer>> {
        self.content.as_widget_mut().overlay(&mut tree.children[0], layout, renderer, viewport, translation)
    }
}

/// What looks into something whose stops are none of their own.
pub(super) struct NoStops<'a>(pub(super) &'a mut dyn Operation);

impl Operation for NoStops<'_> {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        self.0.traverse(&mut |operation| operate(&mut NoStops(operation)));
    }

    fn container(&mut self, id: Option<&Id>, bounds: Rectangle) {
        self.0.container(id, bounds);
    }

    fn text(&mut self, id: Option<&Id>, bounds: Rectangle, text: &str) {
        self.0.text(id, bounds, text);
    }
}

impl<'a, Message: Clone + 'a> From<Stop<'a, Message>> for Element<'a, Message> {
    fn from(stop: Stop<'a, Message>) -> Self {
        Self::new(stop)
    }
}
