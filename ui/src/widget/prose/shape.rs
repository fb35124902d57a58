//! Spans laid out: the paragraph that is drawn, what of it is more than letters, and where that stands.

use std::{borrow::Cow, collections::BTreeSet, ops::Range};

use bivouac_node::core::model::FileId;
use iced::{
    Color, Pixels, Point, Rectangle, Size,
    advanced::{
        graphics::text::Paragraph,
        text::{self, Alignment, Difference, LineHeight, Paragraph as _, Shaping, Text, Wrapping},
    },
    alignment::Vertical,
};

use super::font::runs;
use super::look::{EMOJI, Look, MONO, TEXT, styled};
use crate::text::{Glyph, ISOLATE, Part, Span, Target, isolated};

/// Keeps the room of a picture, about as wide as an emoji, between two places where a line may end.
const ROOM: &str = "\u{200b}Mi\u{200b}";

/// Where the font changes within a word of ASCII, which the text engine would shape in the first font alone. Takes no room
/// and ends no line.
const SEAM: char = '\u{2060}';

/// The least width a text is laid out in, in letters; in less it is cut off. The text engine keeps as many lines as one text
/// ever took, and goes through them for each line of any text from then on.
const NARROWEST: f32 = 6.0;

/// Where a text comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source<'a> {
    Spans(Cow<'a, [Span]>),
    Code(Cow<'a, [Part]>),
}

impl Source<'_> {
    fn keep(&self) -> Source<'static> {
        match self {
            Self::Spans(spans) => Source::Spans(spans.to_vec().into()),
            Self::Code(parts) => Source::Code(parts.to_vec().into()),
        }
    }

    fn target(&self, span: usize) -> Option<&Target> {
        match self {
            Self::Spans(spans) => spans.get(span)?.target.as_ref(),
            Self::Code(_) => None,
        }
    }
}

/// How a span, or a part of it in one font, is drawn beside its letters.
#[derive(Clone, Debug, Default)]
pub(super) struct Ink {
    /// Which span.
    span: usize,
    /// Its place in the text as it is shown.
    pub(super) range: Range<usize>,
    /// What it is copied as, where that is something else than is shown.
    pub(super) copied: Option<String>,
    pub(super) size: f32,
    pub(super) color: Color,
    pub(super) background: Option<Color>,
    pub(super) underline: bool,
    pub(super) strike: bool,
    /// Underlined when pointed at.
    pub(super) link: bool,
    pub(super) hidden: Option<u16>,
    pub(super) picture: Option<FileId>,
    /// Something happens when it is clicked.
    active: bool,
}

impl Ink {
    fn is_placed(&self) -> bool {
        self.background.is_some()
            || self.underline
            || self.strike
            || self.active
            || self.hidden.is_some()
            || self.picture.is_some()
    }
}

/// One of the rectangles an ink stands in: one a line, or more where directions mix.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) ink: usize,
    pub(super) bounds: Rectangle,
    /// Where its letters stand.
    pub(super) baseline: f32,
}

/// A text, shaped.
#[derive(Default)]
pub(super) struct Shape {
    source: Option<(Source<'static>, Look, Vec<bool>)>,
    revealed: BTreeSet<u16>,
    /// What was hidden has been asked for since it was shaped.
    stale: bool,
    paragraph: Paragraph,
    /// As shown, with its line breaks, and where each line of it begins.
    shown: String,
    lines: Vec<usize>,
    inks: Vec<Ink>,
    places: Vec<Place>,
    /// What covers the hidden parts: one rectangle a line, whatever stands below it.
    covers: Vec<Rectangle>,
    inset: f32,
}

impl Shape {
    /// Shapes what changed. True when it is another text than before.
    pub(super) fn update(
        &mut self,
        source: &Source<'_>,
        look: &Look,
        pictured: &dyn Fn(FileId) -> bool,
        width: f32,
    ) -> bool {
        let pictures = match source {
            Source::Spans(spans) => spans
                .iter()
                .filter_map(|span| match span.glyph {
                    Glyph::Picture(file) => Some(pictured(file)),
                    _ => None,
                })
                .collect(),
            Source::Code(_) => Vec::new(),
        };
        let same = self.source.as_ref().is_some_and(|(old, ..)| old == source);
        if !same {
            self.revealed.clear();
        }
        let kept = same && !self.stale && self.source.as_ref().is_some_and(|(_, l, p)| l == look && *p == pictures);
        let width = width.max(NARROWEST * look.size);
        let bounds = Size::new(width, f32::INFINITY);
        let difference = if kept { self.paragraph.compare(plain(look, bounds, ())) } else { Difference::Shape };
        match difference {
            Difference::None => return false,
            Difference::Bounds => self.paragraph.resize(bounds),
            Difference::Shape => {
                let fragments = self.read_source(source, look, pictures.iter().copied());
                self.paragraph = Paragraph::with_spans(plain(look, bounds, fragments.as_slice()));
                if !same {
                    self.source = Some((source.keep(), *look, pictures));
                } else if let Some(source) = &mut self.source {
                    (source.1, source.2) = (*look, pictures);
                }
                self.stale = false;
            }
        }
        self.place(width);
        !same
    }

    fn read_source(
        &mut self,
        source: &Source<'_>,
        look: &Look,
        mut pictures: impl Iterator<Item = bool>,
    ) -> Vec<text::Span<'static>> {
        self.shown.clear();
        self.inks.clear();
        let mut fragments = Vec::new();
        let mut last = None;
        let mut add = |text: &str, ink: Ink, font, color: Color| {
            for mut run in runs(text, font) {
                let within = |c: char| c.is_ascii() && !c.is_ascii_whitespace();
                if last.is_some_and(|font| font != run.font)
                    && self.shown.ends_with(within)
                    && run.text.starts_with(within)
                {
                    run.text.insert(0, SEAM);
                }
                last = Some(run.font);
                let range = self.shown.len()..self.shown.len() + run.text.len();
                self.shown.push_str(&run.text);
                self.inks.push(Ink { range, copied: ink.copied.clone().or(run.written), ..ink.clone() });
                fragments.push(text::Span::new(run.text).font(run.font).color(color));
            }
        };
        match source {
            Source::Spans(spans) => {
                for (number, span) in spans.iter().enumerate() {
                    let revealed = span.style.spoiler.is_none_or(|number| self.revealed.contains(&number));
                    let pictured = matches!(span.glyph, Glyph::Picture(_)) && pictures.next().unwrap_or_default();
                    let (text, ink) = ink(span, look, revealed, pictured);
                    let font = match span.glyph {
                        Glyph::Emoji => EMOJI,
                        _ if span.style.code => styled(MONO, span.style.bold, false),
                        _ => styled(TEXT, span.style.bold, span.style.italic),
                    };
                    let color =
                        if ink.hidden.is_some() || ink.picture.is_some() { Color::TRANSPARENT } else { ink.color };
                    add(&text, Ink { span: number, ..ink }, font, color);
                }
            }
            Source::Code(parts) => {
                for part in parts.iter() {
                    let color = part.color.unwrap_or(look.code);
                    add(&part.text, Ink { size: look.size, color, ..Ink::default() }, MONO, color);
                }
            }
        }
        self.lines = [0].into_iter().chain(self.shown.match_indices('\n').map(|(at, _)| at + 1)).collect();
        fragments
    }

    /// Notes where spans stand, in one walk over the lines.
    fn place(&mut self, width: f32) {
        self.places.clear();
        self.covers.clear();
        let mut rtl = false;
        for (number, run) in self.paragraph.buffer().layout_runs().enumerate() {
            rtl |= number == 0 && run.rtl;
            for glyph in run.glyphs.iter().filter(|glyph| self.inks.get(glyph.metadata).is_some_and(Ink::is_placed)) {
                let bounds = Rectangle { x: glyph.x, y: run.line_top, width: glyph.w, height: run.line_height };
                match self.places.last_mut().filter(|last| last.ink == glyph.metadata && last.baseline == run.line_y) {
                    Some(last) if (last.bounds.x + last.bounds.width - glyph.x).abs() < 1.0 => {
                        last.bounds.width += glyph.w
                    }
                    Some(last) if (glyph.x + glyph.w - last.bounds.x).abs() < 1.0 => {
                        last.bounds.x = glyph.x;
                        last.bounds.width += glyph.w;
                    }
                    _ => self.places.push(Place { ink: glyph.metadata, bounds, baseline: run.line_y }),
                }
            }
        }
        for place in self.places.iter().filter(|place| self.inks.get(place.ink).is_some_and(|ink| ink.hidden.is_some()))
        {
            match self.covers.last_mut() {
                Some(last) if beside(last, &place.bounds) => *last = last.union(&place.bounds),
                _ => self.covers.push(place.bounds),
            }
        }
        // What is written from the right begins at the right.
        self.inset = if rtl && width.is_finite() { (width - self.paragraph.min_bounds().width).max(0.0) } else { 0.0 };
    }

    pub(super) fn size(&self, width: f32) -> Size {
        let size = self.paragraph.min_bounds();
        if self.inset > 0.0 { Size::new(width.max(size.width), size.height) } else { size }
    }

    /// How far from the left it is drawn.
    pub(super) fn inset(&self) -> f32 {
        self.inset
    }

    pub(super) fn paragraph(&self) -> &Paragraph {
        &self.paragraph
    }

    /// The text as it is shown, of which selections are parts.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Where each line of the shown text begins.
    pub(super) fn lines(&self) -> &[usize] {
        &self.lines
    }

    /// The whole text as it is read, pictures by their names.
    pub(super) fn read(&self) -> String {
        self.copied(0..self.shown.len())
    }

    /// What a part of the shown text is copied as.
    pub(super) fn copied(&self, part: Range<usize>) -> String {
        let (mut text, mut before) = (String::new(), None);
        for ink in &self.inks {
            let part = ink.range.start.max(part.start)..ink.range.end.min(part.end);
            // A span in several fonts is hidden as one.
            if !part.is_empty() && (ink.hidden.is_none() || before != ink.hidden) {
                text.push_str(ink.copied.as_deref().or_else(|| self.shown.get(part)).unwrap_or_default());
            }
            before = ink.hidden;
        }
        text.retain(|c| c != SEAM && !ISOLATE.contains(&c));
        text
    }

    /// What stands in a part of it and is more than letters.
    pub(super) fn places(&self, within: Rectangle) -> impl Iterator<Item = (&Ink, &Place)> {
        let near = move |place: &&Place| {
            place.bounds.y < within.y + within.height && place.bounds.y + place.bounds.height > within.y
        };
        self.places.iter().filter(near).filter_map(|place| Some((self.inks.get(place.ink)?, place)))
    }

    /// What covers the hidden parts.
    pub(super) fn covers(&self) -> &[Rectangle] {
        &self.covers
    }

    /// The span at a point that does something: what is hidden always does.
    pub(super) fn active_at(&self, point: Point, targets: bool) -> Option<usize> {
        let point = Point::new(point.x - self.inset, point.y);
        let place = self.places.iter().find(|place| {
            place.bounds.contains(point) && {
                self.inks.get(place.ink).is_some_and(|ink| ink.hidden.is_some() || targets && ink.active)
            }
        })?;
        Some(self.inks.get(place.ink)?.span)
    }

    /// What a span leads to; what is hidden leads nowhere yet.
    pub(super) fn target<'a>(&self, span: usize, source: &'a Source<'_>) -> Option<&'a Target> {
        source.target(span).filter(|_| self.hidden(span).is_none())
    }

    /// Whether an ink and a span are parts of one link.
    pub(super) fn same_target(&self, ink: &Ink, span: usize, source: &Source<'_>) -> bool {
        let target = self.target(span, source);
        target.is_some() && (ink.span == span || ink.span.abs_diff(span) < 8 && target == self.target(ink.span, source))
    }

    fn hidden(&self, span: usize) -> Option<u16> {
        // Inks are in the order of their spans.
        let ink = self.inks.partition_point(|ink| ink.span < span);
        self.inks.get(ink).filter(|ink| ink.span == span)?.hidden
    }

    /// Shows what is hidden together with a span. False when nothing is.
    pub(super) fn reveal(&mut self, span: usize) -> bool {
        let Some(number) = self.hidden(span) else { return false };
        self.stale = self.revealed.insert(number);
        true
    }
}

/// Whether two rectangles of one line touch.
fn beside(one: &Rectangle, other: &Rectangle) -> bool {
    one.y == other.y && one.x <= other.x + other.width + 1.0 && other.x <= one.x + one.width + 1.0
}

fn plain<Content>(look: &Look, bounds: Size, content: Content) -> Text<Content> {
    Text {
        content,
        bounds,
        size: Pixels(look.size),
        line_height: LineHeight::Absolute(Pixels((look.size * look.line).round())),
        font: TEXT,
        align_x: Alignment::Default,
        align_y: Vertical::Top,
        shaping: Shaping::Advanced,
        wrapping: Wrapping::WordOrGlyph,
    }
}

/// What is shown for a span, and how.
fn ink(span: &Span, look: &Look, revealed: bool, pictured: bool) -> (String, Ink) {
    let style = span.style;
    let (color, background) = match &span.target {
        Some(Target::Link { .. }) => (look.link, None),
        Some(Target::Mention { me: true, color: None, .. }) => (look.mention_me, Some(look.mention_me_background)),
        Some(Target::Mention { me, color: Some([r, g, b]), .. }) => {
            let background = if *me { look.mention_me_background } else { look.mention_background };
            (Color::from_rgb8(*r, *g, *b), Some(background))
        }
        Some(Target::Mention { .. } | Target::Channel(_)) => (look.mention, Some(look.mention_background)),
        None if style.code => (look.code, Some(look.code_background)),
        None => (look.text, None),
    };
    let picture = match span.glyph {
        Glyph::Picture(file) if pictured => Some(file),
        _ => None,
    };
    let hidden = style.spoiler.filter(|_| !revealed);
    let background = background.or(style.spoiler.map(|_| look.spoiler_open)).filter(|_| hidden.is_none());
    let text = match (picture, &span.target) {
        (Some(_), _) => Cow::Borrowed(ROOM),
        // What others are called turns nothing of what was written.
        (None, Some(Target::Mention { .. } | Target::Channel(_))) => isolated(&span.text),
        (None, _) => Cow::Borrowed(span.text.as_str()),
    };
    let copied = match (hidden, picture) {
        (Some(_), _) => Some("████".to_owned()),
        (None, Some(_)) => Some(span.text.clone()),
        (None, None) => None,
    };
    let ink = Ink {
        copied,
        size: look.size,
        color,
        background,
        underline: style.underline,
        strike: style.strike,
        link: matches!(span.target, Some(Target::Link { .. })),
        hidden,
        picture,
        active: span.target.is_some(),
        ..Ink::default()
    };
    (text.into_owned(), ink)
}
