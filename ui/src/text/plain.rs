//! A text on one line, without looks: for notifications, replies and lists of threads.

use super::{
    Block, Names, Span, Target, isolated, parse,
    tame::{tame, tame_parts},
};

/// Its characters, at most.
const MOST: usize = 200;

/// What a text says, on one bounded line. What is hidden stays hidden.
#[must_use]
pub fn plain(text: &str, names: &Names) -> String {
    // Nobody reads the end of a long text here, so it is not read at all.
    let blocks = parse(&tame(text, 4 * MOST), names);
    let mut line = String::new();
    all(&blocks, &mut line);
    let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
    tame_parts(&words, MOST)
}

fn all(blocks: &[Block], line: &mut String) {
    for block in blocks {
        match block {
            Block::Paragraph(spans) | Block::Jumbo(spans) | Block::Heading(_, spans) => shown(spans, line),
            Block::Quote(blocks) => all(blocks, line),
            Block::List { items, .. } => items.iter().for_each(|item| all(item, line)),
            Block::Code(code) => line.push_str(code.text()),
        }
        line.push(' ');
    }
}

fn shown(spans: &[Span], line: &mut String) {
    let mut hidden = None;
    for span in spans {
        if span.style.spoiler.is_none() {
            let named = matches!(span.target, Some(Target::Mention { .. } | Target::Channel(_)));
            line.push_str(&if named { isolated(&span.text) } else { span.text.as_str().into() });
        } else if hidden != span.style.spoiler {
            line.push_str("████");
        }
        hidden = span.style.spoiler;
    }
}
