//! What something else is laid over: kept as it was, and not reached by the keyboard; where it is covered in full, neither by
//! the mouse, nor drawn.

use iced::{
    Event, Length, Rectangle, Size, Vector,
    advanced::{
        Clipboard, Layout, Shell, Widget, layout, mouse, overlay, renderer,
        widget::{Operation, Tree, tree},
    },
    keyboard, window,
};

use crate::theme::{Element, Theme};

/// How much reaches something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sleep {
    /// All.
    Awake,
    /// Something smaller is before it: it is drawn, and no keys are pressed in it.
    Dozes,
    /// Nothing is seen of it.
    Sound,
}

/// Something that may sleep.
pub struct Asleep<'a, Message> {
    content: Element<'a, Message>,
    sleep: Sleep,
}

/// Lets something sleep, or wakes it. It is the same place in the tree either way: what was written and scrolled in it stays.
pub fn asleep<'a, Message>(content: impl Into<Element<'a, Message>>, sleep: Sleep) -> Asleep<'a, Message> {
    Asleep { content: content.into(), sleep }
}

#[derive(Default)]
struct State {
    dozes: bool,
}

impl<Message> Widget<Message, Theme, iced::Renderer> for Asleep<'_, Message> {
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

    fn layout(&mut self, tree: &mut Tree, renderer: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        if self.sleep == Sleep::Sound {
            return layout::Node::new(limits.max());
        }
        let node = self.content.as_widget_mut().layout(&mut tree.children[0], renderer, limits);
        layout::Node::with_children(node.size(), vec![node])
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        // What has the keyboard keeps it, and nothing here takes it from what is before.
        if let Some(layout) = layout.children().next().filter(|_| self.sleep == Sleep::Awake) {
            self.content.as_widget_mut().operate(&mut tree.children[0], layout, renderer, operation);
        }
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
        let Some(layout) = layout.children().next() else { return };
        let dozes = self.sleep == Sleep::Dozes;
        let state = tree.state.downcast_mut::<State>();
        let turned = std::mem::replace(&mut state.dozes, dozes) != dozes;
        let mut tell = |event: &Event| {
            let tree = &mut tree.children[0];
            self.content.as_widget_mut().update(tree, event, layout, cursor, renderer, clipboard, shell, viewport);
        };
        if turned {
            // As in a window that is not looked at: no cursor blinks.
            tell(&Event::Window(if dozes { window::Event::Unfocused } else { window::Event::Focused }));
        }
        match event {
            Event::Keyboard(keyboard::Event::KeyPressed { .. }) | Event::InputMethod(_) if dozes => {}
            Event::Window(window::Event::Focused) if dozes => {}
            event => tell(event),
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &iced::Renderer,
    ) -> mouse::Interaction {
        layout.children().next().map_or_else(mouse::Interaction::default, |layout| {
            self.content.as_widget().mouse_interaction(&tree.children[0], layout, cursor, viewport, renderer)
        })
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
        if let Some(layout) = layout.children().next() {
            self.content.as_widget().draw(&tree.children[0], renderer, theme, style, layout, cursor, viewport);
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
        let layout = layout.children().next().filter(|_| self.sleep == Sleep::Awake)?;
        self.content.as_widget_mut().overlay(&mut tree.children[0], layout, renderer, viewport, translation)
    }
}

impl<'a, Message: 'a> From<Asleep<'a, Message>> for Element<'a, Message> {
    fn from(asleep: Asleep<'a, Message>) -> Self {
        Self::new(asleep)
    }
}
