//! Code in its colours. Syntect knows the languages, but takes its time over them: the colours are made beside the window's
//! thread, kept, and left out where they would take long. Until they are there the code is plain.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use iced::{
    Color,
    advanced::text::Highlighter as _,
    highlighter::{Highlighter, Settings, Theme},
};

/// Bytes of code that are coloured, at most.
const MOST: usize = 10_000;
/// Bytes of a line that is coloured, at most: the time for one line can't be cut short.
const LINE: usize = 400;
/// The time colours may take. A language takes up to half of it when it is met first, and next to nothing later.
const TIME: Duration = Duration::from_millis(200);

/// A stretch of code of one colour; none is the colour of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What is read. Lines end with `\n` within it.
    pub text: String,
    /// Its colour.
    pub color: Option<Color>,
}

/// A block of code. Cheap to clone; the clones are coloured together.
#[derive(Clone, Debug)]
pub struct Code(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The language its author says it is in.
    language: Option<String>,
    plain: [Part; 1],
    /// On a light ground and on a dark one.
    colors: [OnceLock<Vec<Part>>; 2],
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.language() == other.language() && self.text() == other.text()
    }
}

impl Code {
    pub(super) fn new(language: Option<String>, text: String) -> Self {
        let plain = [Part { text, color: None }];
        Self(Arc::new(Inner { language, plain, colors: Default::default() }))
    }

    /// The language its author says it is in.
    #[must_use]
    pub fn language(&self) -> Option<&str> {
        self.0.language.as_deref()
    }

    /// The code.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.plain[0].text
    }

    /// The code on a dark ground or a light one, in its colours if they are there.
    #[must_use]
    pub fn parts(&self, dark: bool) -> &[Part] {
        self.0.colors[usize::from(dark)].get().map_or(&self.0.plain, |parts| parts)
    }

    /// Whether it may have colours.
    pub(super) fn is_coloured(&self) -> bool {
        self.language().is_some() && self.text().len() <= MOST
    }

    /// Makes its colours. That may take a while.
    pub(super) fn color(&self) {
        for (dark, colors) in self.0.colors.iter().enumerate() {
            colors.get_or_init(|| self.colored(dark == 1));
        }
    }

    fn colored(&self, dark: bool) -> Vec<Part> {
        let theme = if dark { Theme::Base16Ocean } else { Theme::InspiredGitHub };
        let Some(token) = self.language().filter(|_| self.is_coloured()).map(str::to_owned) else {
            return self.0.plain.to_vec();
        };
        let mut highlighter = Highlighter::new(&Settings { theme, token });
        let (mut parts, start) = (Vec::<Part>::new(), Instant::now());
        let mut add = |text: &str, color| match parts.last_mut() {
            Some(last) if last.color == color || text.trim().is_empty() => last.text.push_str(text),
            _ => parts.push(Part { text: text.to_owned(), color }),
        };
        for line in self.text().split_inclusive('\n') {
            let bare = line.trim_end_matches('\n');
            if bare.len() > LINE || start.elapsed() > TIME {
                add(line, None);
                continue;
            }
            let mut end = 0;
            for (range, highlight) in highlighter.highlight_line(bare) {
                if let Some(text) = bare.get(range.clone()).filter(|_| range.start == end) {
                    add(text, highlight.color());
                    end = range.end;
                }
            }
            add(&line[end..], None);
        }
        parts
    }
}
