//! A part of a text chosen with the mouse: by pulling, a word by two clicks, all of it by three.

use std::ops::Range;

use iced::{
    Point, Rectangle,
    advanced::{
        graphics::text::cosmic_text::Cursor,
        mouse::{Button, Click, click::Kind},
    },
};
use unicode_segmentation::UnicodeSegmentation as _;

use super::shape::Shape;

/// What is selected, in bytes of the shown text.
#[derive(Default)]
pub(super) struct Selection {
    /// Where it was begun: a place, or a word that stays within it.
    anchor: Range<usize>,
    range: Range<usize>,
    dragged: bool,
    click: Option<Click>,
}

impl Selection {
    pub(super) fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    pub(super) fn is_dragged(&self) -> bool {
        self.dragged
    }

    /// The button went down within the text.
    pub(super) fn press(&mut self, point: Point, shape: &Shape) {
        let click = Click::new(point, Button::Left, self.click);
        self.click = Some(click);
        let at = at(point, shape);
        self.anchor = match click.kind() {
            Kind::Single => at..at,
            Kind::Double => word(at, shape),
            Kind::Triple => 0..shape.shown().len(),
        };
        self.range = self.anchor.clone();
        self.dragged = true;
    }

    /// The pointer moved with the button down.
    pub(super) fn drag(&mut self, point: Point, shape: &Shape) {
        let at = at(point, shape);
        let to = if self.anchor.is_empty() { at..at } else { word(at, shape) };
        self.range = self.anchor.start.min(to.start)..self.anchor.end.max(to.end);
    }

    /// Whether the pointer was moved on since the button went down.
    pub(super) fn is_pulled(&self) -> bool {
        self.range != self.anchor
    }

    /// The button came up. True when it was down within this text.
    pub(super) fn release(&mut self) -> bool {
        std::mem::take(&mut self.dragged)
    }

    /// Nothing any more. True when there was something.
    pub(super) fn clear(&mut self) -> bool {
        let had = !self.is_empty();
        *self = Self::default();
        had
    }

    /// What it is copied as.
    pub(super) fn text(&self, shape: &Shape) -> String {
        shape.copied(self.range.clone())
    }

    /// Where it stands.
    pub(super) fn bounds(&self, shape: &Shape) -> Vec<Rectangle> {
        if self.is_empty() {
            return Vec::new();
        }
        let (start, end) = (cursor(self.range.start, shape), cursor(self.range.end, shape));
        let runs = shape.paragraph().buffer().layout_runs();
        runs.filter(|run| (start.line..=end.line).contains(&run.line_i))
            .filter_map(|run| {
                let (x, width) = run.highlight(start, end)?;
                Some(Rectangle { x, y: run.line_top, width, height: run.line_height })
            })
            .collect()
    }
}

fn cursor(at: usize, shape: &Shape) -> Cursor {
    let line = shape.lines().partition_point(|start| *start <= at).saturating_sub(1);
    Cursor::new(line, at - shape.lines().get(line).copied().unwrap_or_default())
}

/// The place in the text nearest to a point.
fn at(point: Point, shape: &Shape) -> usize {
    let hit = shape.paragraph().buffer().hit(point.x - shape.inset(), point.y.max(0.0));
    let at = hit.and_then(|cursor| Some(shape.lines().get(cursor.line)? + cursor.index)).unwrap_or_default();
    let mut at = at.min(shape.shown().len());
    while !shape.shown().is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The word around a place.
fn word(at: usize, shape: &Shape) -> Range<usize> {
    let words = shape.shown().split_word_bound_indices().map(|(start, word)| start..start + word.len());
    words.into_iter().find(|word| word.contains(&at)).unwrap_or(at..at)
}
