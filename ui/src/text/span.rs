//! Pieces to spans: mentions, addresses and emoji stand out of the letters around them.

use bivouac_node::core::mention::{Mention, mentions};
use unicode_segmentation::UnicodeSegmentation as _;

use super::{
    Glyph, JUMBO, Names, Span, Style, Target,
    inline::{ESCAPED, Piece, picture},
    tame::{name, unseen},
};

const SCHEMES: [&str; 3] = ["https://", "http://", "bivouac://"];

/// The spans of a paragraph.
pub(super) fn spans(pieces: Vec<Piece>, names: &Names) -> Vec<Span> {
    let mut spans = Vec::new();
    for piece in pieces {
        if piece.style.code {
            spans.push(Span { text: piece.text, style: piece.style, ..Span::default() });
        } else if let Some(url) = piece.link {
            let text = piece.text.replace(ESCAPED, "");
            let plain = text == url && honest(&url);
            push(&text, piece.style, Some(&Target::Link { url, plain }), &mut spans);
        } else {
            scan(&piece.text, piece.style, names, &mut spans);
        }
    }
    spans
}

/// Whether spans are emoji and nothing else, and not too many.
pub(super) fn only_emoji(spans: &[Span]) -> bool {
    let mut count = 0;
    for span in spans {
        match span.glyph {
            _ if span.style.spoiler.is_some() => return false,
            Glyph::Emoji => count += span.text.graphemes(true).count(),
            Glyph::Picture(_) => count += 1,
            Glyph::Letters if span.text.trim().is_empty() && !span.style.code => {}
            Glyph::Letters => return false,
        }
    }
    (1..=JUMBO).contains(&count)
}

fn scan(text: &str, style: Style, names: &Names, spans: &mut Vec<Span>) {
    let (mut start, mut at) = (0, 0);
    while let Some(found) = text[at..].find(['<', '@', ':', 'h', 'H', 'b', 'B']) {
        at += found;
        let before = text[..at].chars().next_back();
        if let Some((length, span)) = one(&text[at..], before, style, names) {
            push(&text[start..at], style, None, spans);
            match span.glyph {
                Glyph::Picture(_) => spans.push(span),
                _ => push(&span.text, style, span.target.as_ref(), spans),
            }
            at += length;
            start = at;
        } else {
            at += 1;
        }
    }
    push(&text[start..], style, None, spans);
}

/// What begins here and is more than letters, with its length in the text.
fn one(text: &str, before: Option<char>, style: Style, names: &Names) -> Option<(usize, Span)> {
    let (length, text, glyph, target) = match text.as_bytes().first()? {
        b'<' => {
            let length = text.bytes().take(70).position(|b| b == b'>')? + 1;
            let (shown, target) = by_id(&text[..length], names)?;
            (length, shown, Glyph::Letters, Some(target))
        }
        b'@' => {
            let word = ["@everyone", "@here"].into_iter().find(|word| text.starts_with(word))?;
            let after = text[word.len()..].chars().next();
            let apart = |c: Option<char>| c.is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
            (apart(before) && apart(after)).then_some(())?;
            let target = Target::Mention { who: Mention::Everyone, me: true, color: None };
            (word.len(), word.to_owned(), Glyph::Letters, Some(target))
        }
        b':' => {
            let word = picture(text)?;
            let file = names.pictures.get(word.trim_matches(':'))?;
            (word.len(), word.to_owned(), Glyph::Picture(*file), None)
        }
        _ => {
            let url = url(text).filter(|_| before.is_none_or(|c| !c.is_alphanumeric()))?.to_owned();
            (url.len(), url.clone(), Glyph::Letters, Some(Target::Link { plain: honest(&url), url }))
        }
    };
    Some((length, Span { text, style, glyph, target }))
}

/// What `<@…>`, `<@&…>` or `<#…>` stands for.
fn by_id(text: &str, names: &Names) -> Option<(String, Target)> {
    if let Some(id) = text.strip_prefix("<#").and_then(|rest| rest.strip_suffix('>')) {
        let channel = id.parse().ok()?;
        let shown = names.channels.get(&channel).map_or_else(|| short(id), |called| name(called));
        return Some((format!("#{shown}"), Target::Channel(channel)));
    }
    // The node decides what is a mention; here it is only shown.
    let who = mentions(text).pop_first().filter(|who| text.starts_with("<@") && *who != Mention::Everyone)?;
    let (shown, me, color) = match names.called.get(&who) {
        Some(named) => (name(&named.name), named.me, named.color),
        None => (short(text.trim_start_matches(['<', '@', '&'])), false, None),
    };
    Some((format!("@{shown}"), Target::Mention { who, me, color }))
}

fn short(id: &str) -> String {
    id.chars().take(8).chain(['…']).collect()
}

/// An address that begins here. It ends before what closes something around it, and before punctuation that ends it.
pub(super) fn url(text: &str) -> Option<&str> {
    let begins = |scheme: &&str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let scheme = SCHEMES.iter().find(|scheme| begins(scheme))?.len();
    // Parentheses and brackets that are open within the address.
    let (mut round, mut square) = (0_i32, 0_i32);
    let closes = |(at, c): (usize, char)| {
        round += i32::from(c == '(') - i32::from(c == ')');
        square += i32::from(c == '[') - i32::from(c == ']');
        let ends = round < 0
            || square < 0
            || matches!(c, '<' | '>' | '"' | '`' | '\u{200c}' | '\u{200d}' | '\u{fdd0}'..='\u{fdef}')
            || text[at..].starts_with("||")
            || c.is_whitespace()
            || c.is_control()
            || unseen(c);
        ends.then_some(at)
    };
    let end = text.char_indices().skip(scheme).find_map(closes).unwrap_or(text.len());
    // An invite may end with an underscore.
    let ends = |c| {
        matches!(c, '.' | ',' | ':' | ';' | '!' | '?' | '\'' | '*' | '~' | '|' | '\\')
            || c == '_' && text.starts_with(['h', 'H'])
    };
    let url = text[..end].trim_end_matches(ends);
    url.get(scheme..)?.starts_with(|c: char| c.is_alphanumeric() || c == '[').then_some(url)
}

/// Whether an address is read as what it is: a host of plain letters, and no name before it.
fn honest(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest).split(['/', '?', '#']).next().unwrap_or_default();
    host.is_ascii() && !host.contains('@') && !host.contains("xn--") && !host.contains('\\')
}

/// Adds letters, with the emoji among them apart.
fn push(text: &str, style: Style, target: Option<&Target>, spans: &mut Vec<Span>) {
    let mut add = |text: &str, glyph: Glyph| {
        if text.is_empty() {
            return;
        }
        match spans.last_mut() {
            Some(last)
                if last.glyph == glyph && last.style == style && last.target.as_ref() == target && !style.code =>
            {
                last.text.push_str(text);
            }
            _ => spans.push(Span { text: text.to_owned(), style, glyph, target: target.cloned() }),
        }
    };
    let text = text.replace(ESCAPED, "");
    if !text.chars().any(may_be_emoji) {
        return add(&text, Glyph::Letters);
    }
    let mut start = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        if is_emoji(cluster) {
            add(&text[start..at], Glyph::Letters);
            add(cluster, Glyph::Emoji);
            start = at + cluster.len();
        }
    }
    add(&text[start..], Glyph::Letters);
}

fn may_be_emoji(c: char) -> bool {
    matches!(c, '\u{203c}'..='\u{3299}' | '\u{fe0f}' | '\u{1f000}'..)
}

/// Whether a cluster is shown as an emoji. What was a letter before there were emoji is one only when it asks to be.
pub(super) fn is_emoji(cluster: &str) -> bool {
    let Some(first) = cluster.chars().next() else { return false };
    let chosen = cluster.contains('\u{fe0f}');
    let old = first < '\u{203c}' || matches!(first, '\u{2100}'..='\u{21ff}');
    cluster.chars().any(may_be_emoji)
        && (chosen || !old)
        && !cluster.contains('\u{fe0e}')
        && emojis::get(cluster).is_some()
}
