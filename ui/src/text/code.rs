//! Code in its colours. Syntect knows the languages, but takes its time over them: the colours are made when they are first
//! asked for, kept, and left out where they would take long.

use std::{
    sync::OnceLock,
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

/// A block of code.
#[derive(Clone, Debug)]
pub struct Code {
    /// The language its author says it is in.
    pub language: Option<String>,
    /// The code.
    pub text: String,
    /// On a light ground and on a dark one.
    colors: [OnceLock<Vec<Part>>; 2],
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.language == other.language && self.text == other.text
    }
}

impl Code {
    pub(super) fn new(language: Option<String>, text: String) -> Self {
        Self { language, text, colors: Default::default() }
    }

    /// The code in its colours, on a dark ground or a light one. The first time may take a while: see
    /// [`warm`](super::warm).
    pub fn colored(&self, dark: bool) -> &[Part] {
        self.colors[usize::from(dark)].get_or_init(|| self.color(dark))
    }

    fn color(&self, dark: bool) -> Vec<Part> {
        let theme = if dark { Theme::Base16Ocean } else { Theme::InspiredGitHub };
        let Some(token) = self.language.clone().filter(|_| self.text.len() <= MOST) else {
            return vec![Part { text: self.text.clone(), color: None }];
        };
        let mut highlighter = Highlighter::new(&Settings { theme, token });
        let (mut parts, start) = (Vec::<Part>::new(), Instant::now());
        let mut add = |text: &str, color| match parts.last_mut() {
            Some(last) if last.color == color || text.trim().is_empty() => last.text.push_str(text),
            _ => parts.push(Part { text: text.to_owned(), color }),
        };
        for line in self.text.split_inclusive('\n') {
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
