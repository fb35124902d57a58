//! How long the window's thread works for each frame, written to the file that `BIVOUAC_FRAMES` names: one number a line, in
//! nanoseconds of processor time. All of it counts, from the end of one frame's drawing to the end of the next: what came
//! in, making and laying out the page, drawing it, and bringing the one before to the screen.

use std::{
    cell::Cell,
    env,
    fs::File,
    io::{self, Write as _},
};

use iced::{
    Length, Rectangle, Size,
    advanced::{Layout, Widget, layout, mouse, renderer, widget::Tree},
};
use rustix::time::{ClockId, clock_gettime};

use crate::theme::{Element, Theme};

/// Frames that are counted.
#[derive(Debug)]
pub struct Pace {
    file: File,
    last: Cell<i128>,
}

impl Pace {
    /// Where the environment asks for it.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn of_environment() -> io::Result<Option<Self>> {
        let Some(path) = env::var_os("BIVOUAC_FRAMES") else { return Ok(None) };
        Ok(Some(Self { file: File::create(path)?, last: Cell::new(0) }))
    }

    /// What is drawn last of all.
    pub fn view<'a, Message: 'a>(&'a self) -> Element<'a, Message> {
        Element::new(Last(self))
    }

    fn note(&self) {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        let now = i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec);
        // A disk that is full spoils the figures and nothing else.
        let _ = writeln!(&self.file, "{}", now - self.last.replace(now));
    }
}

struct Last<'a>(&'a Pace);

impl<Message> Widget<Message, Theme, iced::Renderer> for Last<'_> {
    fn size(&self) -> Size<Length> {
        Size::new(Length::Fixed(1.0), Length::Fixed(1.0))
    }

    fn layout(&mut self, _tree: &mut Tree, _renderer: &iced::Renderer, _limits: &layout::Limits) -> layout::Node {
        layout::Node::new(Size::new(1.0, 1.0))
    }

    fn draw(
        &self,
        _tree: &Tree,
        _renderer: &mut iced::Renderer,
        _theme: &Theme,
        _style: &renderer::Style,
        _layout: Layout<'_>,
        _cursor: mouse::Cursor,
        _viewport: &Rectangle,
    ) {
        self.0.note();
    }
}
