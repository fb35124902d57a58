//! A part of a text chosen with the mouse: by pulling, a word by two clicks, all of it by three.

use std::ops::Range;

use iced::{
    Point, Rectangle,
    advanced::mouse::{Button, Click, click::Kind},
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
        let mut bounds: Vec<Rectangle> = Vec::new();
        for run in shape.paragraph().buffer().layout_runs() {
            let line = shape.lines().get(run.line_i).copied().unwrap_or_default();
            let chosen =
                run.glyphs.iter().filter(|it| line + it.start < self.range.end && line + it.end > self.range.start);
            // Where directions mix, what is chosen need not stand together.
            for glyph in chosen {
                let here = Rectangle { x: glyph.x, y: run.line_top, width: glyph.w, height: run.line_height };
                match bounds.last_mut().filter(|last| last.y == here.y && touch(last, &here)) {
                    Some(last) => *last = last.union(&here),
                    None => bounds.push(here),
                }
            }
        }
        bounds
    }
}

/// Whether two glyphs of a line stand side by side.
fn touch(one: &Rectangle, other: &Rectangle) -> bool {
    (one.x + one.width - other.x).abs() < 1.0 || (other.x + other.width - one.x).abs() < 1.0
}

/// The place in the text nearest to a point; beyond an edge of a line its beginning or its end, whichever way its parts go.
fn at(point: Point, shape: &Shape) -> usize {
    let (x, buffer) = (point.x - shape.inset(), shape.paragraph().buffer());
    let mut runs = buffer.layout_runs();
    if let Some(run) = runs.find(|run| (run.line_top..run.line_top + run.line_height).contains(&point.y))
        && !run.glyphs.is_empty()
    {
        let left = run.glyphs.iter().map(|it| it.x).fold(f32::INFINITY, f32::min);
        let right = run.glyphs.iter().map(|it| it.x + it.w).fold(0.0, f32::max);
        if x < left || x > right {
            let line = shape.lines().get(run.line_i).copied().unwrap_or_default();
            let (starts, ends) = (run.glyphs.iter().map(|it| it.start), run.glyphs.iter().map(|it| it.end));
            return line + if run.rtl == (x < left) { ends.max() } else { starts.min() }.unwrap_or_default();
        }
    }
    let hit = buffer.hit(x, point.y.max(0.0));
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
