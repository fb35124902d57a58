//! Running text to pieces of one style each, by pulldown-cmark. It is handed a text in which nothing can begin one of its
//! blocks, and in which an address is only letters; marks of ours, made of characters that no text has, say what is to be
//! known again afterwards.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{
    Style,
    block::{closing, run},
    span::url,
};

/// Begins each line: not a block, and to the rest of the line like a space.
const LINE: &str = "\u{fdd1}\u{a0}";
/// Between the two bars of a spoiler.
const SPOILER: char = '\u{fdd0}';
const SPOILER_BARS: &str = "|\u{fdd0}|";
/// Follows a character that was escaped, so that it begins nothing.
pub(super) const ESCAPED: char = '\u{fdd2}';
/// Precedes a backslash that was not typed.
const MADE: char = '\u{fdd3}';
const OURS: &str = "\u{fdd3}\\";

/// A stretch of one style.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) style: Style,
    /// The address of a link.
    pub(super) link: Option<String>,
}

/// Reads running text.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let guarded = guard(text);
    let mut reader = Reader { open: Vec::new(), skip: 0, link: None, pieces: Vec::new() };
    for (event, range) in Parser::new_ext(&guarded, Options::ENABLE_STRIKETHROUGH).into_offset_iter() {
        reader.event(event, &guarded[range]);
    }
    spoilers(reader.pieces)
}

/// What an end ends.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    Bold,
    Italic,
    Underline,
    Strike,
    /// One tilde, which is a tilde.
    Tilde,
    Link,
    Nothing,
}

struct Reader {
    open: Vec<Open>,
    /// Ends to wait for until what is shown as typed is over.
    skip: usize,
    link: Option<String>,
    pieces: Vec<Piece>,
}

impl Reader {
    fn event(&mut self, event: Event<'_>, source: &str) {
        if self.skip > 0 {
            match event {
                Event::Start(_) => self.skip += 1,
                Event::End(_) => self.skip -= 1,
                _ => {}
            }
            return;
        }
        match event {
            Event::Start(tag) => self.start(&tag, source),
            Event::End(end) => self.end(end),
            Event::Code(code) => {
                let code = code.replace([SPOILER, ESCAPED], "");
                self.push(&code, Style { code: true, ..self.style() });
            }
            Event::SoftBreak => self.push("\n", self.style()),
            Event::HardBreak => self.push(if source.starts_with('\\') { "\\\n" } else { "\n" }, self.style()),
            // As typed: an entity stays what it was written as.
            _ => self.push(source, self.style()),
        }
    }

    fn start(&mut self, tag: &Tag<'_>, source: &str) {
        let open = match tag {
            Tag::Strong if source.starts_with('_') => Open::Underline,
            Tag::Strong => Open::Bold,
            Tag::Emphasis => Open::Italic,
            Tag::Strikethrough if source.starts_with("~~") => Open::Strike,
            Tag::Strikethrough => Open::Tilde,
            Tag::Link { dest_url, .. } => {
                let address = dest_url.replace(OURS, "");
                if url(&address) == Some(address.as_str()) {
                    self.link = Some(address);
                    Open::Link
                } else {
                    return self.typed(source);
                }
            }
            Tag::Image { .. } => return self.typed(source),
            _ => Open::Nothing,
        };
        if open == Open::Tilde {
            self.push("~", self.style());
        }
        self.open.push(open);
    }

    fn end(&mut self, _: TagEnd) {
        match self.open.pop() {
            Some(Open::Tilde) => self.push("~", self.style()),
            Some(Open::Link) => self.link = None,
            _ => {}
        }
    }

    fn typed(&mut self, source: &str) {
        self.push(source, self.style());
        self.skip = 1;
    }

    fn style(&self) -> Style {
        let has = |open| self.open.contains(&open);
        Style {
            bold: has(Open::Bold),
            italic: has(Open::Italic),
            underline: has(Open::Underline),
            strike: has(Open::Strike),
            ..Style::default()
        }
    }

    fn push(&mut self, text: &str, style: Style) {
        // Of a backslash of ours the parser may have taken the half already.
        let text = text.replace(LINE, "").replace(OURS, "").replace(MADE, "");
        match self.pieces.last_mut() {
            Some(last) if last.style == style && last.link == self.link && !style.code => last.text.push_str(&text),
            _ => self.pieces.push(Piece { text, style, link: self.link.clone() }),
        }
    }
}

/// The text with our marks, of which the parser makes what Discord's would.
fn guard(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    out.push_str(LINE);
    let mut unclosed = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '\\' => escape(rest, &mut out),
            '`' => quoted(rest, &mut unclosed, &mut out),
            '|' if rest.starts_with("||") => {
                out.push_str(SPOILER_BARS);
                2
            }
            'h' | 'H' | 'b' | 'B' | ':' => letters(rest, &mut out),
            _ => 0,
        };
        if taken == 0 {
            verbatim(&rest[..c.len_utf8()], &mut out);
        }
        rest = &rest[taken.max(c.len_utf8())..];
    }
    out
}

fn verbatim(text: &str, out: &mut String) {
    for c in text.chars() {
        out.push(c);
        if c == '\n' {
            out.push_str(LINE);
        }
    }
}

/// A backslash and what it takes the meaning of.
fn escape(rest: &str, out: &mut String) -> usize {
    let Some(next) = rest[1..].chars().next().filter(char::is_ascii_punctuation) else { return 0 };
    out.extend(['\\', next, ESCAPED]);
    2
}

/// Code, in which nothing else has a meaning. A run of quotes that nothing closes is taken as well.
fn quoted(rest: &str, unclosed: &mut Vec<usize>, out: &mut String) -> usize {
    let quotes = run(rest);
    let end = if unclosed.contains(&quotes) { None } else { closing(&rest[quotes..], quotes) };
    if end.is_none() {
        unclosed.push(quotes);
    }
    let taken = end.map_or(quotes, |end| end + 2 * quotes);
    verbatim(&rest[..taken], out);
    taken
}

/// An address or the name of a picture: letters, whatever they mean elsewhere.
fn letters(rest: &str, out: &mut String) -> usize {
    let linked = out.ends_with("](") || out.ends_with('<') || out.ends_with("](<");
    let apart = !out.ends_with(|c: char| c.is_alphanumeric());
    let Some(word) = url(rest).filter(|_| apart).or_else(|| picture(rest)) else { return 0 };
    for c in word.chars() {
        if !linked && "\\*_~[]".contains(c) {
            out.push_str(OURS);
        }
        out.push(c);
    }
    word.len()
}

/// A name between colons that begins here, as a guild's own emoji are written.
pub(super) fn picture(text: &str) -> Option<&str> {
    let inner = text.strip_prefix(':')?;
    let length = inner.bytes().take(33).take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    ((2..=32).contains(&length) && inner[length..].starts_with(':')).then(|| &text[..length + 2])
}

/// Pairs the bars of spoilers and hides what is between. One left over is two bars.
fn spoilers(pieces: Vec<Piece>) -> Vec<Piece> {
    let bars: usize = pieces.iter().filter(|p| !p.style.code).map(|p| p.text.matches(SPOILER).count()).sum();
    let pairs = bars / 2;
    let (mut seen, mut out) = (0, Vec::with_capacity(pieces.len() + 2 * pairs));
    for mut piece in pieces {
        let hidden =
            |seen: usize| (seen % 2 == 1 && seen / 2 < pairs).then(|| u16::try_from(seen / 2).unwrap_or(u16::MAX));
        if piece.style.code {
            piece.style.spoiler = hidden(seen);
            out.push(piece);
            continue;
        }
        for (number, part) in piece.text.split(SPOILER_BARS).enumerate() {
            let mut part = part.to_owned();
            if number > 0 {
                seen += 1;
                if seen > 2 * pairs {
                    part.insert_str(0, "||");
                }
            }
            if !part.is_empty() {
                let style = Style { spoiler: hidden(seen), ..piece.style };
                out.push(Piece { text: part, style, link: piece.link.clone() });
            }
        }
    }
    out
}
