//! Lines to blocks, as Discord does it: a quote, heading or point is one by how its line begins, and everything else is
//! running text with its line breaks. CommonMark's own blocks (setext headings, indented code, link definitions, HTML) would
//! show something else than was typed, so its parser sees only what is within a block.

use std::collections::BTreeSet;

use super::{Block, Code, Names, inline::pieces, span::spans};

/// Empty lines that are shown one after another, at most: a message is not to push all others away.
const BLANK: usize = 2;

/// Lists within lists, at most.
const DEPTH: usize = 5;

/// Reads a tame text.
pub(super) fn blocks(text: &str, names: &Names) -> Vec<Block> {
    read(text, names, false)
}

fn read(text: &str, names: &Names, quoted: bool) -> Vec<Block> {
    let mut reader = Reader {
        rest: text,
        names,
        unclosed: BTreeSet::new(),
        lines: Vec::new(),
        items: Vec::new(),
        blocks: Vec::new(),
    };
    while !reader.rest.is_empty() {
        if !quoted && let Some(inner) = reader.quote() {
            reader.end();
            reader.blocks.push(Block::Quote(read(&inner, names, true)));
            continue;
        }
        let (line, code) = reader.line();
        reader.text(line);
        if let Some(code) = code {
            reader.end();
            reader.blocks.push(Block::Code(code));
        }
    }
    reader.end();
    reader.blocks
}

/// A point of a list, before it is known what stands below it.
struct Item {
    indent: usize,
    number: Option<u32>,
    text: String,
}

struct Reader<'a> {
    rest: &'a str,
    names: &'a Names,
    /// Lengths of runs of backquotes that nothing closes any more, so that none is looked for twice.
    unclosed: BTreeSet<usize>,
    lines: Vec<&'a str>,
    items: Vec<Item>,
    blocks: Vec<Block>,
}

impl<'a> Reader<'a> {
    /// The lines of a quote that begins here, without what marks them.
    fn quote(&mut self) -> Option<String> {
        if let Some(all) = self.rest.strip_prefix(">>> ").filter(|all| !all.trim().is_empty()) {
            self.rest = "";
            return Some(all.to_owned());
        }
        let (mut inner, mut rest) = (String::new(), self.rest);
        while let Some(line) = rest.split('\n').next().filter(|line| line.starts_with("> ") || *line == ">") {
            inner.push_str(line.get(2..).unwrap_or_default());
            inner.push('\n');
            rest = rest.get(line.len() + 1..).unwrap_or_default();
        }
        if inner.trim().is_empty() {
            return None;
        }
        self.rest = rest;
        Some(inner)
    }

    /// What stands before the end of the line or a fence of code, and the code. Moves on beyond.
    fn line(&mut self) -> (&'a str, Option<Code>) {
        let rest = self.rest;
        let mut at = 0;
        while let Some(found) = rest[at..].find(['\n', '`', '\\']) {
            at += found;
            match rest.as_bytes()[at] {
                b'\n' => {
                    self.rest = &rest[at + 1..];
                    return (&rest[..at], None);
                }
                b'\\' => at = rest[at + 1..].char_indices().nth(1).map_or(rest.len(), |(next, _)| at + 1 + next),
                _ => {
                    let quotes = run(&rest[at..]);
                    let inside = at + quotes;
                    let (closed, end) = self.closed(&rest[inside..], quotes);
                    if !closed {
                        at = inside;
                    } else if quotes < 3 {
                        // Code within the line; where it goes on in the next, that is the line's business.
                        at = if rest[inside..inside + end].contains('\n') { inside } else { inside + end + quotes };
                    } else if let Some(code) = fenced(&rest[inside..inside + end]) {
                        let after = &rest[inside + end + quotes..];
                        self.rest = after.strip_prefix('\n').unwrap_or(after);
                        return (&rest[..at], Some(code));
                    } else {
                        at = inside + end + quotes;
                    }
                }
            }
        }
        self.rest = "";
        (rest, None)
    }

    /// Whether and where as many backquotes come again.
    fn closed(&mut self, inside: &str, quotes: usize) -> (bool, usize) {
        if self.unclosed.contains(&quotes) {
            return (false, 0);
        }
        if let Some(end) = closing(inside, quotes) {
            return (true, end);
        }
        self.unclosed.insert(quotes);
        (false, 0)
    }

    fn text(&mut self, line: &'a str) {
        if let Some((level, title)) = heading(line) {
            self.end();
            let spans = self.spans(title);
            self.blocks.push(Block::Heading(level, spans));
        } else if let Some(item) = item(line) {
            self.end_lines();
            self.items.push(item);
        } else if let Some(item) = self.items.last_mut().filter(|_| line.starts_with("  ") && !line.trim().is_empty()) {
            item.text.push('\n');
            item.text.push_str(line.trim_start());
        } else {
            self.end_items();
            self.lines.push(line);
        }
    }

    fn end(&mut self) {
        self.end_lines();
        self.end_items();
    }

    fn end_lines(&mut self) {
        let mut text = String::new();
        let mut blank = 0;
        for line in self.lines.drain(..) {
            blank = if line.trim().is_empty() { blank + 1 } else { 0 };
            if blank <= BLANK {
                text.push_str(line);
                text.push('\n');
            }
        }
        let text = text.trim_matches('\n');
        if !text.trim().is_empty() {
            let spans = self.spans(text);
            self.blocks.push(Block::Paragraph(spans));
        }
    }

    fn end_items(&mut self) {
        let items = std::mem::take(&mut self.items);
        let lists = self.lists(&items, DEPTH);
        self.blocks.extend(lists);
    }

    /// Points of one indent side by side, those further in below the one before them.
    fn lists(&self, items: &[Item], depth: usize) -> Vec<Block> {
        let mut lists = Vec::new();
        let mut at = 0;
        while let Some(item) = items.get(at) {
            let inner = items[at + 1..].iter().take_while(|inner| depth > 1 && inner.indent > item.indent + 1).count();
            let mut blocks = vec![Block::Paragraph(self.spans(&item.text))];
            blocks.extend(self.lists(&items[at + 1..at + 1 + inner], depth - 1));
            at += 1 + inner;
            match lists.last_mut() {
                Some(Block::List { first, items }) if first.is_some() == item.number.is_some() => items.push(blocks),
                _ => lists.push(Block::List { first: item.number, items: vec![blocks] }),
            }
        }
        lists
    }

    fn spans(&self, text: &str) -> Vec<super::Span> {
        spans(pieces(text), self.names)
    }
}

/// How many backquotes a text begins with.
pub(super) fn run(text: &str) -> usize {
    text.len() - text.trim_start_matches('`').len()
}

/// Where a run of just so many backquotes stands. The same rule decides whom a message calls on.
pub(super) fn closing(text: &str, quotes: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find('`') {
        at += found;
        let run = run(&text[at..]);
        if run == quotes {
            return Some(at);
        }
        at += run;
    }
    None
}

/// Code, whose first line may be the name of a language and nothing else.
fn fenced(inside: &str) -> Option<Code> {
    let named = |line: &str| {
        !line.is_empty() && line.len() <= 32 && line.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+-.#".contains(&b))
    };
    let (language, code) = match inside.split_once('\n') {
        Some((line, code)) if named(line) && !code.trim().is_empty() => (Some(line.to_owned()), code),
        Some((line, code)) if line.trim().is_empty() => (None, code),
        _ => (None, inside),
    };
    let code = code.trim_matches('\n');
    (!code.trim().is_empty()).then(|| Code::new(language, code.to_owned()))
}

fn heading(line: &str) -> Option<(u8, &str)> {
    let title = line.trim_start_matches('#');
    let level = u8::try_from(line.len() - title.len()).ok().filter(|level| (1..=3).contains(level))?;
    let title = title.strip_prefix(' ')?.trim();
    (!title.is_empty()).then_some((level, title))
}

fn item(line: &str) -> Option<Item> {
    let text = line.trim_start_matches([' ', '\t']);
    let indent = line[..line.len() - text.len()].chars().map(|c| if c == '\t' { 4 } else { 1 }).sum();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, text) = match digits {
        0 => (None, text.strip_prefix(['-', '*'])?),
        1..=9 => (Some(text[..digits].parse().ok()?), text[digits..].strip_prefix('.')?),
        _ => return None,
    };
    let text = text.strip_prefix(' ')?.trim();
    (!text.is_empty()).then(|| Item { indent, number, text: text.to_owned() })
}
