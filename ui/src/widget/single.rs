//! Words on one line, of which the beginning is seen where there is no room for all: the left, or the right of what is written
//! from there.

use iced::{
    Length, Point, Rectangle, Size,
    advanced::{
        Layout, Widget,
        graphics::text::Paragraph,
        layout, mouse, renderer,
        widget::{Operation, Tree, text::State, tree},
    },
    widget::text::{Text, Wrapping},
};

use crate::theme::{Element, Theme};

/// More than any words take. What is written from the right is laid out from a right edge.
const ROOM: f32 = 16_384.0;

/// Words on one line.
pub struct Single<'a> {
    words: Text<'a, Theme>,
    width: Length,
}

/// Keeps words on one line.
#[must_use]
pub fn single(words: Text<'_, Theme>) -> Single<'_> {
    Single { words: words.wrapping(Wrapping::None), width: Length::Shrink }
}

impl Single<'_> {
    /// Its width; as much as the words take unless it is said.
    #[must_use]
    pub fn width(mut self, width: impl Into<Length>) -> Self {
        self.width = width.into();
        self
    }
}

type Plain<'a, Message> = dyn Widget<Message, Theme, iced::Renderer> + 'a;

impl<Message> Widget<Message, Theme, iced::Renderer> for Single<'_> {
    fn tag(&self) -> tree::Tag {
        Plain::<Message>::tag(&self.words)
    }

    fn state(&self) -> tree::State {
        Plain::<Message>::state(&self.words)
    }

    fn size(&self) -> Size<Length> {
        Size::new(self.width, Length::Shrink)
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        let room = layout::Limits::new(Size::ZERO, Size::new(ROOM, limits.max().height));
        let words = Plain::<Message>::layout(&mut self.words, tree, renderer, &room);
        let size = limits.resolve(self.width, Length::Shrink, words.size());
        let lines = tree.state.downcast_ref::<State<Paragraph>>().raw().buffer();
        let from_right = lines.layout_runs().next().is_some_and(|line| line.rtl);
        let over = (words.size().width - size.width).max(0.0);
        let at = Point::new(if from_right { -over } else { 0.0 }, 0.0);
        layout::Node::with_children(size, vec![words.move_to(at)])
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        Plain::<Message>::operate(&mut self.words, tree, layout, renderer, operation);
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
        let seen = layout.bounds().intersection(viewport);
        if let (Some(seen), Some(layout)) = (seen, layout.children().next()) {
            Plain::<Message>::draw(&self.words, tree, renderer, theme, style, layout, cursor, &seen);
        }
    }
}

impl<'a, Message: 'a> From<Single<'a>> for Element<'a, Message> {
    fn from(single: Single<'a>) -> Self {
        Self::new(single)
    }
}

#[cfg(test)]
mod tests {
    use iced::{
        Font, Pixels,
        advanced::{layout::Limits, renderer::Headless as _},
        futures::executor::block_on,
        widget::text,
    };

    use super::*;

    /// Its width and where the words begin in it, in a room of 60 pixels.
    fn lay(words: &str) -> (f32, f32) {
        let renderer = block_on(iced::Renderer::new(Font::DEFAULT, Pixels(16.0), Some("tiny-skia"))).unwrap();
        let mut element = Element::<'_, ()>::from(single(text(words)));
        let mut tree = Tree::new(&element);
        let limits = Limits::new(Size::ZERO, Size::new(60.0, 100.0));
        let node = element.as_widget_mut().layout(&mut tree, &renderer, &limits);
        let words = node.children()[0].bounds();
        assert!(words.height < 30.0, "on one line");
        (node.size().width, words.x)
    }

    #[test]
    fn of_what_is_too_long_the_beginning_is_seen() {
        assert_eq!(lay("a name that is too long for it"), (60.0, 0.0));
        let (width, x) = lay("שם שהוא ארוך מדי בשביל זה");
        assert!(width == 60.0 && x < -20.0, "{width} {x}");
        for short in ["Ana", "שם"] {
            let (width, x) = lay(short);
            assert!(width < 60.0 && x == 0.0, "{short}: {width} {x}");
        }
    }
}
