//! Running text with everything in it: looks, links, mentions, spoilers, emoji and small pictures, in one paragraph that
//! flows and can be selected and copied. What there is to know of a text is in its [spans](crate::text::Span); what it looks
//! like in a [`Look`]; what follows from using it in [`Events`].
//!
//! The paragraph is shaped when its spans, look or width change and kept otherwise; where each span came to stand is noted
//! then, so that drawing and pointing cost no search.

mod blocks;
mod font;
mod look;
mod select;
mod shape;

use std::{fmt, rc::Rc};

use bivouac_node::core::model::FileId;
use iced::{
    Background, Border, Element, Event, Length, Point, Rectangle, Renderer, Size, Vector,
    advanced::{
        Clipboard, Layout, Renderer as _, Shell, Widget,
        image::{self, Renderer as _},
        layout,
        renderer::{Quad, Style},
        text::Renderer as _,
        widget::{Id, Operation, Tree, tree},
    },
    keyboard, mouse,
};

pub use blocks::blocks;
pub use font::draws;
pub use look::{EMOJI, Look, MONO, TEXT};
use shape::{Shape, Source};

use crate::text::{Code, Span, Target};
use select::Selection;

/// What follows when somebody uses a text. Cheap to clone, for all texts of a view share it.
pub struct Events<'a, Message> {
    press: Option<Rc<dyn Fn(Target) -> Message + 'a>>,
    hover: Option<Rc<dyn Fn(Option<Target>) -> Message + 'a>>,
    picture: Option<Rc<dyn Fn(FileId) -> Option<image::Handle> + 'a>>,
}

impl<Message> Clone for Events<'_, Message> {
    fn clone(&self) -> Self {
        Self { press: self.press.clone(), hover: self.hover.clone(), picture: self.picture.clone() }
    }
}

impl<Message> Default for Events<'_, Message> {
    fn default() -> Self {
        Self { press: None, hover: None, picture: None }
    }
}

impl<Message> fmt::Debug for Events<'_, Message> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events")
    }
}

impl<'a, Message> Events<'a, Message> {
    /// When a link, a mention or a channel is clicked.
    #[must_use]
    pub fn on_press(mut self, press: impl Fn(Target) -> Message + 'a) -> Self {
        self.press = Some(Rc::new(press));
        self
    }

    /// When the pointer comes to rest on a link, a mention or a channel, and when it leaves it; not when the text itself
    /// goes away under it.
    #[must_use]
    pub fn on_hover(mut self, hover: impl Fn(Option<Target>) -> Message + 'a) -> Self {
        self.hover = Some(Rc::new(hover));
        self
    }

    /// Where the pictures of a guild's own emoji come from. One that is not there yet is shown by its name.
    #[must_use]
    pub fn pictures(mut self, picture: impl Fn(FileId) -> Option<image::Handle> + 'a) -> Self {
        self.picture = Some(Rc::new(picture));
        self
    }
}

/// One paragraph.
pub struct Prose<'a, Message> {
    source: Source<'a>,
    look: Look,
    events: Events<'a, Message>,
    width: Length,
    selectable: bool,
    id: Option<Id>,
}

impl<Message> fmt::Debug for Prose<'_, Message> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prose").field("source", &self.source).finish_non_exhaustive()
    }
}

impl<'a, Message> Prose<'a, Message> {
    /// Text.
    #[must_use]
    pub fn new(spans: &'a [Span], look: Look) -> Self {
        Self::of(Source::Spans(spans.into()), look)
    }

    /// Text that is made for the occasion.
    #[must_use]
    pub fn owned(spans: Vec<Span>, look: Look) -> Self {
        Self::of(Source::Spans(spans.into()), look)
    }

    /// Code, in its colours once they are made.
    #[must_use]
    pub fn code(code: &'a Code, look: Look) -> Self {
        Self::of(Source::Code(code.parts(look.dark).into()), look)
    }

    fn of(source: Source<'a>, look: Look) -> Self {
        Self { source, look, events: Events::default(), width: Length::Shrink, selectable: true, id: None }
    }

    /// What follows when somebody uses it.
    #[must_use]
    pub fn events(mut self, events: Events<'a, Message>) -> Self {
        self.events = events;
        self
    }

    /// Its width: as much as it needs, unless said.
    #[must_use]
    pub fn width(mut self, width: impl Into<Length>) -> Self {
        self.width = width.into();
        self
    }

    /// Whether it can be selected; it can, unless said.
    #[must_use]
    pub fn selectable(mut self, selectable: bool) -> Self {
        self.selectable = selectable;
        self
    }

    /// A name to find it by.
    #[must_use]
    pub fn id(mut self, id: impl Into<Id>) -> Self {
        self.id = Some(id.into());
        self
    }
}

/// What is kept from one view to the next.
#[derive(Default)]
struct State {
    shape: Shape,
    selection: Selection,
    /// The spans under the pointer and under the pressed button.
    hovered: Option<usize>,
    pressed: Option<usize>,
}

impl<Message, Theme> Widget<Message, Theme, Renderer> for Prose<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn size(&self) -> Size<Length> {
        Size::new(self.width, Length::Shrink)
    }

    fn layout(&mut self, tree: &mut Tree, _renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        let state = tree.state.downcast_mut::<State>();
        let limits = limits.width(self.width);
        let pictured = |file| self.events.picture.as_ref().is_some_and(|picture| picture(file).is_some());
        if state.shape.update(&self.source, &self.look, &pictured, limits.max().width) {
            // Another text than before: what was selected or pressed in the old one is nothing in this.
            state.selection = Selection::default();
            (state.hovered, state.pressed) = (None, None);
        }
        let size = state.shape.size(limits.max().width);
        layout::Node::new(limits.resolve(self.width, Length::Shrink, size))
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, _renderer: &Renderer, operation: &mut dyn Operation) {
        let state = tree.state.downcast_ref::<State>();
        operation.text(self.id.as_ref(), layout.bounds(), &state.shape.read());
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _renderer: &Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_mut::<State>();
        let bounds = layout.bounds();
        if !bounds.intersects(viewport) && state.selection.is_empty() && state.hovered.is_none() {
            return;
        }
        let inside = cursor.position_in(bounds).filter(|_| cursor.is_over(*viewport));
        if let Event::Mouse(_) | Event::Window(_) = event {
            self.hover(state, inside, shell);
        }
        match event {
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)) => {
                state.pressed = state.hovered;
                if let Some(point) = inside {
                    if self.selectable {
                        state.selection.press(point, &state.shape);
                    }
                    if state.pressed.is_some() {
                        shell.capture_event();
                    }
                    shell.request_redraw();
                } else if state.selection.clear() {
                    shell.request_redraw();
                }
            }
            Event::Mouse(mouse::Event::CursorMoved { .. }) if state.selection.is_dragged() => {
                if let Some(position) = cursor.land().position() {
                    state.selection.drag(position - (bounds.position() - Point::ORIGIN), &state.shape);
                    shell.request_redraw();
                }
            }
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left)) => {
                if state.selection.release() && !state.selection.is_empty() {
                    clipboard.write(iced::advanced::clipboard::Kind::Primary, state.selection.text(&state.shape));
                }
                let pressed = state.pressed.take().filter(|span| state.hovered == Some(*span));
                if let Some(span) = pressed.filter(|_| !state.selection.is_pulled()) {
                    self.press(span, &mut state.shape, shell);
                }
            }
            Event::Keyboard(keyboard::Event::KeyPressed { key, physical_key, modifiers, .. })
                if modifiers.command()
                    && key.to_latin(*physical_key) == Some('c')
                    && !state.selection.is_empty()
                    && !shell.is_event_captured() =>
            {
                clipboard.write(iced::advanced::clipboard::Kind::Standard, state.selection.text(&state.shape));
                shell.capture_event();
            }
            _ => {}
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        _renderer: &Renderer,
    ) -> mouse::Interaction {
        let state = tree.state.downcast_ref::<State>();
        if !cursor.is_over(layout.bounds()) || !cursor.is_over(*viewport) {
            mouse::Interaction::None
        } else if state.hovered.is_some() {
            mouse::Interaction::Pointer
        } else if self.selectable {
            mouse::Interaction::Text
        } else {
            mouse::Interaction::None
        }
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        _theme: &Theme,
        _style: &Style,
        layout: Layout<'_>,
        _cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_ref::<State>();
        let Some(clip) = layout.bounds().intersection(viewport) else { return };
        let origin = layout.position() - Point::ORIGIN + Vector::new(state.shape.inset(), 0.0);
        self.draw_behind(state, renderer, origin, clip);
        renderer.fill_paragraph(state.shape.paragraph(), Point::ORIGIN + origin, self.look.text, clip);
        self.draw_lines_and_pictures(state, renderer, origin, clip);
        let covers = state.shape.covers();
        if !covers.is_empty() {
            // Above the letters, some of which, emoji, have colours of their own.
            renderer.with_layer(clip, |renderer| {
                for cover in covers.iter().map(|cover| *cover + origin).filter(|cover| cover.intersects(&clip)) {
                    fill(renderer, cover, self.look.spoiler, 3.0);
                }
            });
        }
    }
}

impl<Message> Prose<'_, Message> {
    fn hover(&self, state: &mut State, inside: Option<Point>, shell: &mut Shell<'_, Message>) {
        let over = inside.and_then(|point| state.shape.active_at(point, self.events.press.is_some()));
        if over == state.hovered {
            return;
        }
        let told = |span: Option<usize>| span.and_then(|span| state.shape.target(span, &self.source));
        if let Some(hover) = &self.events.hover
            && told(over) != told(state.hovered)
        {
            shell.publish(hover(told(over).cloned()));
        }
        state.hovered = over;
        shell.request_redraw();
    }

    fn press(&self, span: usize, shape: &mut Shape, shell: &mut Shell<'_, Message>) {
        if shape.reveal(span) {
            shell.invalidate_layout();
            shell.request_redraw();
        } else if let Some(target) = shape.target(span, &self.source)
            && let Some(press) = &self.events.press
        {
            shell.publish(press(target.clone()));
        }
    }

    fn draw_behind(&self, state: &State, renderer: &mut Renderer, origin: Vector, clip: Rectangle) {
        for (ink, place) in state.shape.places(clip - origin) {
            if let Some(background) = ink.background {
                fill(renderer, place.bounds.expand([0.0, 2.0]) + origin, background, 3.0);
            }
        }
        for bounds in state.selection.bounds(&state.shape) {
            if (bounds + origin).intersects(&clip) {
                fill(renderer, bounds + origin, self.look.selection, 0.0);
            }
        }
    }

    fn draw_lines_and_pictures(&self, state: &State, renderer: &mut Renderer, origin: Vector, clip: Rectangle) {
        for (ink, place) in state.shape.places(clip - origin).filter(|(ink, _)| ink.hidden.is_none()) {
            let hovered = state.hovered.is_some_and(|span| state.shape.same_target(ink, span, &self.source));
            let line = |at: f32| Rectangle {
                y: place.baseline + at,
                height: (ink.size / 14.0).max(1.0).round(),
                ..place.bounds
            };
            if ink.underline || hovered && ink.link {
                fill(renderer, line(ink.size * 0.12) + origin, ink.color, 0.0);
            }
            if ink.strike {
                fill(renderer, line(ink.size * -0.3) + origin, ink.color, 0.0);
            }
            if let Some(handle) = ink.picture.and_then(|file| self.events.picture.as_ref()?(file)) {
                let side = place.bounds.width.min(place.bounds.height);
                let bounds = Rectangle {
                    x: place.bounds.center_x() - side / 2.0,
                    y: place.bounds.center_y() - side / 2.0,
                    width: side,
                    height: side,
                };
                renderer.draw_image(image::Image::new(handle), bounds + origin, clip);
            }
        }
    }
}

fn fill(renderer: &mut Renderer, bounds: Rectangle, background: impl Into<Background>, radius: f32) {
    let border = Border { radius: radius.into(), ..Border::default() };
    renderer.fill_quad(Quad { bounds, border, ..Quad::default() }, background);
}

impl<'a, Message: 'a, Theme: 'a> From<Prose<'a, Message>> for Element<'a, Message, Theme, Renderer> {
    fn from(prose: Prose<'a, Message>) -> Self {
        Element::new(prose)
    }
}

#[cfg(test)]
mod tests;
