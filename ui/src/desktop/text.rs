//! Texts of others, made fit for programs that show them for us.

/// One line of at most `max` characters.
pub(super) fn line(text: &str, max: usize) -> String {
    short(text.split_whitespace().flat_map(|word| [" ", word]).skip(1), max)
}

/// Lines as they are, at most `max` characters.
pub(super) fn lines(text: &str, max: usize) -> String {
    short([text], max)
}

/// Without what controls a terminal or turns the direction of the text around it. What isolates a direction is ours.
fn short<'a>(parts: impl IntoIterator<Item = &'a str>, max: usize) -> String {
    let mut shown = parts
        .into_iter()
        .flat_map(str::chars)
        .filter(|c| (!c.is_control() || *c == '\n') && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}' | '\u{2067}'));
    let mut text: String = shown.by_ref().take(max).collect();
    if shown.next().is_some() {
        text.pop();
        text.push('…');
    }
    text
}

/// Shown as it is by what reads markup.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_bounded_and_tame() {
        assert_eq!(line("a\tb\r\nc\u{1b}[31m  d", 50), "a b c[31m d");
        assert_eq!(lines("a\nb\u{202e}c", 50), "a\nbc");
        assert_eq!(line("\u{2067}a\u{2068}b\u{2069} · c", 50), "a\u{2068}b\u{2069} · c");
        assert_eq!(line("abcdef", 6), "abcdef");
        assert_eq!(line("abcdefg", 6), "abcde…");
        assert_eq!(lines(&"é".repeat(1_000_000), 400).chars().count(), 400);
        assert_eq!(line("", 6), "");
    }

    #[test]
    fn markup_is_shown_not_obeyed() {
        let hostile = r#"<b>x</b> <a href="https://evil">&amp; 'y'</a>"#;
        let shown = "&lt;b&gt;x&lt;/b&gt; &lt;a href=&quot;https://evil&quot;&gt;&amp;amp; &#39;y&#39;&lt;/a&gt;";
        assert_eq!(escape(hostile), shown);
    }
}
