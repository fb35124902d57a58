//! What can be done with something, laid over it while the mouse is on it. Made only then: of many rows, one has it.
//!
//! Which one is known by the state, so that who lays out finds the tools as they were: overlays (tips) are asked for before
//! anything that happens is.

use iced::{
    Event, Length, Rectangle, Size, Vector,
    advanced::{
        Clipboard, Layout, Renderer as _, Shell, Widget, layout, mouse, overlay, renderer,
        widget::{Operation, Tree, tree},
    },
    window,
};

use crate::theme::{Element, Theme};

/// Something with tools.
pub struct Tools<'a, Message> {
    base: Element<'a, Message>,
    make: Box<dyn Fn() -> Element<'a, Message> + 'a>,
    made: Option<(Element<'a, Message>, layout::Node)>,
}

/// Lays tools over something, in the room that is seen of it. The mouse alone leads to them.
pub fn tools<'a, Message>(
    base: impl Into<Element<'a, Message>>,
    make: impl Fn() -> Element<'a, Message> + 'a,
) -> Tools<'a, Message> {
    Tools { base: base.into(), make: Box::new(make), made: None }
}

/// Where that with the mouse on it is to be seen, from its own corner.
#[derive(Default)]
struct State(Option<Rectangle>);

impl<Message> Tools<'_, Message> {
    fn make(&mut self, tree: &mut Tree, renderer: &iced::Renderer) {
        let Some(seen) = tree.state.downcast_ref::<State>().0 else { return };
        let mut element = (self.make)();
        match tree.children.get_mut(1) {
            Some(tree) => tree.diff(&element),
            None => tree.children.push(Tree::new(&element)),
        }
        let limits = layout::Limits::new(Size::ZERO, seen.size());
        let node = element.as_widget_mut().layout(&mut tree.children[1], renderer, &limits);
        self.made = Some((element, node.move_to(seen.position())));
    }
}

impl<Message> Tools<'_, Message> {
    /// What the mouse would do with one of the tools, if it is on one.
    fn of_tools(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &iced::Renderer,
    ) -> Option<mouse::Interaction> {
        let ((tools, node), tree) = self.made.as_ref().zip(tree.children.get(1))?;
        let of = tools.as_widget().mouse_interaction(tree, over(layout, node), cursor, viewport, renderer);
        Some(of).filter(|of| *of != mouse::Interaction::None)
    }

    /// The mouse as it is for what the tools are laid over.
    fn below(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &iced::Renderer,
    ) -> mouse::Cursor {
        let covered = self.of_tools(tree, layout, cursor, viewport, renderer).is_some();
        if covered { cursor.levitate() } else { cursor }
    }
}

/// Where tools stand that are laid over something.
fn over<'a>(layout: Layout<'a>, node: &'a layout::Node) -> Layout<'a> {
    let at = layout.position();
    Layout::with_offset(Vector::new(at.x, at.y), node)
}

impl<Message> Widget<Message, Theme, iced::Renderer> for Tools<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.base)]
    }

    // What the tools know of themselves stays.
    fn diff(&self, tree: &mut Tree) {
        match tree.children.first_mut() {
            Some(tree) => tree.diff(&self.base),
            None => tree.children = self.children(),
        }
    }

    fn size(&self) -> Size<Length> {
        self.base.as_widget().size()
    }

    fn size_hint(&self) -> Size<Length> {
        self.base.as_widget().size_hint()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        self.make(tree, renderer);
        self.base.as_widget_mut().layout(&mut tree.children[0], renderer, limits)
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        self.base.as_widget_mut().operate(&mut tree.children[0], layout, renderer, operation);
        if let (Some((tools, node)), Some(tree)) = (&mut self.made, tree.children.get_mut(1)) {
            tools.as_widget_mut().operate(tree, over(layout, node), renderer, operation);
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
        let drawn = matches!(event, Event::Window(window::Event::RedrawRequested(_)));
        if drawn || matches!(event, Event::Mouse(_)) {
            let bounds = layout.bounds();
            let seen = bounds.intersection(viewport).filter(|_| cursor.is_over(bounds));
            let seen = seen.map(|seen| seen - Vector::new(bounds.x, bounds.y));
            let state = tree.state.downcast_mut::<State>();
            if state.0 != seen {
                if state.0.is_some() != seen.is_some() && !drawn {
                    shell.request_redraw();
                }
                state.0 = seen;
                if seen.is_some() {
                    self.make(tree, renderer);
                }
            }
        }
        let at_hand = tree.state.downcast_ref::<State>().0.is_some();
        if let (Some((tools, node)), Some(tree)) = (&mut self.made, tree.children.get_mut(1)) {
            let layout = over(layout, node);
            tools.as_widget_mut().update(tree, event, layout, cursor, renderer, clipboard, shell, viewport);
        }
        if !at_hand {
            self.made = None;
            tree.children.truncate(1);
        }
        if !shell.is_event_captured() {
            let cursor = self.below(tree, layout, cursor, viewport, renderer);
            let tree = &mut tree.children[0];
            self.base.as_widget_mut().update(tree, event, layout, cursor, renderer, clipboard, shell, viewport);
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
        let of = self.of_tools(tree, layout, cursor, viewport, renderer);
        of.unwrap_or_else(|| {
            self.base.as_widget().mouse_interaction(&tree.children[0], layout, cursor, viewport, renderer)
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
        let below = self.below(tree, layout, cursor, viewport, renderer);
        self.base.as_widget().draw(&tree.children[0], renderer, theme, style, layout, below, viewport);
        if let (Some((tools, node)), Some(tree)) = (&self.made, tree.children.get(1))
            && let Some(visible) = layout.bounds().intersection(viewport)
        {
            renderer.with_layer(visible, |renderer| {
                tools.as_widget().draw(tree, renderer, theme, style, over(layout, node), cursor, viewport);
            });
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
        let (base, rest) = tree.children.split_first_mut()?;
        let of = self.base.as_widget_mut().overlay(base, layout, renderer, viewport, translation);
        let of_tools = self.made.as_mut().zip(rest.first_mut()).and_then(|((tools, node), tree)| {
            tools.as_widget_mut().overlay(tree, over(layout, node), renderer, viewport, translation)
        });
        let all: Vec<_> = [of, of_tools].into_iter().flatten().collect();
        (!all.is_empty()).then(|| overlay::Group::with_children(all).overlay())
    }
}

impl<'a, Message: 'a> From<Tools<'a, Message>> for Element<'a, Message> {
    fn from(tools: Tools<'a, Message>) -> Self {
        Self::new(tools)
    }
}
