//! What something else is laid over: kept as it was, reached neither by the keyboard nor by the mouse, and not drawn where it
//! can't be seen.

use iced::{
    Event, Length, Rectangle, Size, Vector,
    advanced::{
        Clipboard, Layout, Shell, Widget, layout, mouse, overlay, renderer,
        widget::{Operation, Tree},
    },
};

use crate::theme::{Element, Theme};

/// What is laid over something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Laid {
    /// Nothing.
    Nothing,
    /// Something beside which it is seen.
    Partly,
    /// Something that covers it.
    Fully,
}

/// Something that may sleep.
pub struct Asleep<'a, Message> {
    content: Element<'a, Message>,
    under: Laid,
}

/// Lets something sleep, or wakes it. It is the same place in the tree either way: what was written and scrolled in it, and what
/// had the keyboard, stays.
pub fn asleep<'a, Message>(content: impl Into<Element<'a, Message>>, under: Laid) -> Asleep<'a, Message> {
    Asleep { content: content.into(), under }
}

impl<Message> Widget<Message, Theme, iced::Renderer> for Asleep<'_, Message> {
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
        if self.under == Laid::Fully {
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
        if let Some(layout) = layout.children().next().filter(|_| self.under == Laid::Nothing) {
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
        // What moves by itself goes on moving.
        let (hears, cursor) = match (self.under, event) {
            (Laid::Nothing, _) => (true, cursor),
            (_, event) => (matches!(event, Event::Window(_)), mouse::Cursor::Unavailable),
        };
        if let Some(layout) = layout.children().next().filter(|_| hears) {
            let tree = &mut tree.children[0];
            self.content.as_widget_mut().update(tree, event, layout, cursor, renderer, clipboard, shell, viewport);
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
        let awake = layout.children().next().filter(|_| self.under == Laid::Nothing);
        awake.map_or_else(mouse::Interaction::default, |layout| {
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
        let cursor = if self.under == Laid::Nothing { cursor } else { mouse::Cursor::Unavailable };
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
        let layout = layout.children().next().filter(|_| self.under == Laid::Nothing)?;
        self.content.as_widget_mut().overlay(&mut tree.children[0], layout, renderer, viewport, translation)
    }
}

impl<'a, Message: 'a> From<Asleep<'a, Message>> for Element<'a, Message> {
    fn from(asleep: Asleep<'a, Message>) -> Self {
        Self::new(asleep)
    }
}
