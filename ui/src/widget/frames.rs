//! A picture, which may move. It asks for the next drawing itself, at the time of its next frame, and only while it is drawn.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use iced::{
    ContentFit, Event, Length, Rectangle, Rotation, Size, Vector,
    advanced::{
        Clipboard, Layout, Shell, Widget,
        image::{Image, Renderer as _},
        layout, mouse, renderer,
        widget::{Tree, tree},
    },
    border::Radius,
    widget::image::{FilterMethod, Handle},
    window,
};

use crate::{
    pictures::Picture,
    theme::{Element, Theme},
};

/// A picture on a screen.
pub struct Frames {
    frames: Arc<[(Handle, Duration)]>,
    original: (u32, u32),
    width: f32,
    height: f32,
    fit: ContentFit,
}

/// A picture as it is.
#[must_use]
pub fn frames(picture: &Picture) -> Frames {
    Frames { frames: picture.frames.clone(), original: picture.size, width: 0.0, height: 0.0, fit: ContentFit::Cover }
}

impl Frames {
    /// In logical pixels.
    #[must_use]
    pub fn size(mut self, width: f32, height: f32) -> Self {
        (self.width, self.height) = (width, height);
        self
    }

    /// Whole, with room around it.
    #[must_use]
    pub fn whole(mut self) -> Self {
        self.fit = ContentFit::Contain;
        self
    }
}

struct State {
    frame: usize,
    since: Option<Instant>,
}

impl<Message> Widget<Message, Theme, iced::Renderer> for Frames {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State { frame: 0, since: None })
    }

    fn size(&self) -> Size<Length> {
        Size::new(Length::Fixed(self.width), Length::Fixed(self.height))
    }

    fn layout(&mut self, _tree: &mut Tree, _renderer: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        layout::atomic(limits, self.width, self.height)
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        _cursor: mouse::Cursor,
        _renderer: &iced::Renderer,
        _clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        let Event::Window(window::Event::RedrawRequested(now)) = event else { return };
        if self.frames.len() < 2 || layout.bounds().intersection(viewport).is_none() {
            return;
        }
        let state = tree.state.downcast_mut::<State>();
        let since = *state.since.get_or_insert(*now);
        let (_, delay) = self.frames[state.frame % self.frames.len()];
        if since + delay <= *now {
            state.frame = (state.frame + 1) % self.frames.len();
            state.since = Some(*now);
        }
        let (_, delay) = self.frames[state.frame % self.frames.len()];
        shell.request_redraw_at(state.since.unwrap_or(*now) + delay);
    }

    #[allow(clippy::cast_precision_loss)]
    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut iced::Renderer,
        _theme: &Theme,
        _style: &renderer::Style,
        layout: Layout<'_>,
        _cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_ref::<State>();
        let bounds = layout.bounds();
        let (Some((handle, _)), Some(clip)) =
            (self.frames.get(state.frame % self.frames.len().max(1)), bounds.intersection(viewport))
        else {
            return;
        };
        let original = Size::new(self.original.0 as f32, self.original.1 as f32);
        let fitted = self.fit.fit(original, bounds.size());
        let at =
            bounds.position() + Vector::new((bounds.width - fitted.width) / 2.0, (bounds.height - fitted.height) / 2.0);
        let image = Image {
            handle: handle.clone(),
            filter_method: FilterMethod::Linear,
            rotation: Rotation::default().radians(),
            border_radius: Radius::default(),
            opacity: 1.0,
            snap: true,
        };
        renderer.draw_image(image, Rectangle::new(at, fitted), clip);
    }
}

impl<'a, Message: 'a> From<Frames> for Element<'a, Message> {
    fn from(frames: Frames) -> Self {
        Self::new(frames)
    }
}
