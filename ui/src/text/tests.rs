//! What texts become: a table of ordinary ones, what hostile ones may not do, and that nothing panics.

use std::{fmt::Write as _, time::Instant};

use proptest::prelude::*;

use super::*;

/// A guild with an Ana (oneself), a `Bob`, a role, a channel and a picture. Ids are one byte again and again.
pub(super) fn names() -> Names {
    let named = |name: &str, me| Named { name: name.to_owned(), color: None, me };
    let mention = |text: String| bivouac_node::core::mention::mentions(&text).pop_first().unwrap();
    Names {
        called: [
            (mention(user(1)), named("Ana", true)),
            (mention(user(2)), named("Bob \u{202e}x\u{200b}", false)),
            (mention(role(3)), Named { color: Some([9, 9, 9]), ..named("Mods", true) }),
        ]
        .into(),
        channels: [(id(4).parse().unwrap(), "general".to_owned())].into(),
        pictures: [("party_parrot".to_owned(), FileId([5; 32])), ("_x_".to_owned(), FileId([6; 32]))].into(),
    }
}

fn id(byte: u8) -> String {
    format!("{byte:02x}").repeat(32)
}

pub(super) fn user(byte: u8) -> String {
    format!("<@{}>", id(byte))
}

pub(super) fn role(byte: u8) -> String {
    format!("<@&{}>", id(byte))
}

fn channel(byte: u8) -> String {
    format!("<#{}>", id(byte))
}

/// Spans as letters for their looks around their text.
fn spans(spans: &[Span]) -> String {
    let mut out = String::new();
    for span in spans {
        let style = span.style;
        let looks = [
            (style.bold, "b"),
            (style.italic, "i"),
            (style.underline, "u"),
            (style.strike, "s"),
            (style.code, "c"),
            (span.glyph == Glyph::Emoji, "e"),
            (matches!(span.glyph, Glyph::Picture(_)), "p"),
        ];
        let mut mark: String = looks.into_iter().filter(|(is, _)| *is).map(|(_, letter)| letter).collect();
        if let Some(number) = style.spoiler {
            write!(mark, "|{number}").unwrap();
        }
        match &span.target {
            Some(Target::Link { url, plain: true }) if *url == span.text => mark.push('l'),
            Some(Target::Link { url, plain }) => write!(mark, "l{}({url})", if *plain { "" } else { "!" }).unwrap(),
            Some(Target::Mention { me, .. }) => mark.push_str(if *me { "@!" } else { "@" }),
            Some(Target::Channel(_)) => mark.push('#'),
            None => {}
        }
        match mark.as_str() {
            "" => out.push_str(&span.text),
            _ => write!(out, "{mark}{{{}}}", span.text).unwrap(),
        }
    }
    out
}

fn show(blocks: &[Block]) -> String {
    let shown = blocks.iter().map(|block| match block {
        Block::Paragraph(all) => spans(all),
        Block::Jumbo(all) => format!("J[{}]", spans(all)),
        Block::Heading(level, all) => format!("H{level}[{}]", spans(all)),
        Block::Quote(blocks) => format!("Q[{}]", show(blocks)),
        Block::List { first, items } => {
            let items: Vec<_> = items.iter().map(|item| show(item)).collect();
            format!("L{}[{}]", first.map_or_else(String::new, |n| n.to_string()), items.join(" + "))
        }
        Block::Code(code) => format!("C{}[{}]", code.language().unwrap_or_default(), code.text()),
    });
    shown.collect::<Vec<_>>().join(" / ")
}

fn check(text: &str, expected: &str) {
    assert_eq!(show(&parse(text, &names())), expected, "{text:?}");
}

#[test]
fn looks() {
    for (text, expected) in [
        ("plain", "plain"),
        ("**bold** *it* _it_ __under__ ~~no~~", "b{bold} i{it} i{it} u{under} s{no}"),
        ("***both*** ___both___ **__b_u__**", "bi{both} iu{both} bu{b_u}"),
        ("snake_case_name 2*3*4", "snake_case_name 2i{3}4"),
        ("one ~tilde~ only", "one ~tilde~ only"),
        ("a **b\nc** d", "a b{b\nc} d"),
        ("`code` ``a ` b`` `**x**`", "c{code} c{a ` b} c{**x**}"),
        ("`two\nlines`", "c{two lines}"),
        ("\\*not\\* \\`not\\` \\|| \\\\", "*not* `not` || \\"),
        ("**open *and __not", "**open *and __not"),
        ("||a **b** `c`|| d ||e||", "|0{a }b|0{b}|0{ }c|0{c} d |1{e}"),
        ("**(a)** ||**(b)**||", "b{(a)} b|0{(b)}"),
        ("one || only", "one || only"),
        ("||a|| b || c", "|0{a} b || c"),
        ("a\nb\n\nc", "a\nb\n\nc"),
        ("    four spaces", "    four spaces"),
        ("&amp; <b>x</b> <!-- c -->", "&amp; <b>x</b> <!-- c -->"),
        ("<div>\n**b**", "<div>\nb{b}"),
        ("![alt](https://a.b/c.png)", "![alt](l{https://a.b/c.png})"),
        ("a | b\n--|--\n1 | 2", "a | b\n--|--\n1 | 2"),
        ("title\n===\n---\n***", "title\n===\n---\n***"),
        ("[a]: https://x.y \"t\"\n[a]", "[a]: l{https://x.y} \"t\"\n[a]"),
        ("end  \nof line\\\nx", "end\nof line\\\nx"),
    ] {
        check(text, expected);
    }
}

#[test]
fn blocks() {
    for (text, expected) in [
        ("# One\n## Two\n### Three\n#### Four\n#Five\n# ", "H1[One] / H2[Two] / H3[Three] / #### Four\n#Five\n#"),
        ("> a\n> **b**\nc", "Q[a\nb{b}] / c"),
        (">a", ">a"),
        ("> > a", "Q[> a]"),
        ("x\n>>> a\n\n> b", "x / Q[a\n\n> b]"),
        ("> ```rs\n> let x;\n> ```\ny", "Q[Crs[let x;]] / y"),
        ("- a\n- b\n  - c\n    - d\n- e", "L[a + b / L[c / L[d]] + e]"),
        ("1. a\n2. b\n- c", "L1[a + b] / L[c]"),
        ("7. a", "L7[a]"),
        ("1234567890. a", "1234567890. a"),
        ("-a\n*b", "-a\n*b"),
        ("- a\n  more", "L[a\nmore]"),
        ("```rust\nfn x() {}\n```", "Crust[fn x() {}]"),
        ("```\nplain\n  kept\n```", "C[plain\n  kept]"),
        ("```one```", "C[one]"),
        ("a ```b``` c", "a / C[b] /  c"),
        ("```not closed\n**x**", "```not closed\nb{x}"),
        ("````\n```\n````", "C[```]"),
        ("``````", "``````"),
        ("```\n> a\n# b\n```", "C[> a\n# b]"),
        ("a `> b\n> c` d", "a `> b / Q[c` d]"),
        ("\n\na\n\n", "a"),
        ("a\n\n\n\n\n\nb", "a\n\n\nb"),
        ("   ", ""),
    ] {
        check(text, expected);
    }
}

#[test]
fn links() {
    for (text, expected) in [
        ("https://a.b/c_d_e", "l{https://a.b/c_d_e}"),
        ("https://a.b/_x_/*y*/~~z~~?q=1&amp;r", "l{https://a.b/_x_/*y*/~~z~~?q=1&amp;r}"),
        ("see https://a.b/c. (http://d.e/f(g))", "see l{https://a.b/c}. (l{http://d.e/f(g)})"),
        ("**https://a.b**, ||https://c.d||", "bl{https://a.b}, |0l{https://c.d}"),
        ("[here](https://a.b/c_d_e)", "l!(https://a.b/c_d_e){here}"),
        ("[https://a.b](https://evil.example)", "l!(https://evil.example){https://a.b}"),
        ("[https://a.b](https://a.b)", "l{https://a.b}"),
        ("[x](javascript:alert(1)) [y](file:///etc)", "[x](javascript:alert(1)) [y](file:///etc)"),
        ("<https://a.b/c>", "l{https://a.b/c}"),
        (
            "https://bank.example@evil.example",
            "l!(https://bank.example@evil.example){https://bank.example@evil.example}",
        ),
        ("https://bаnk.example", "l!(https://bаnk.example){https://bаnk.example}"),
        ("bivouac://join/AA_A-_ bivouac://message/00", "l{bivouac://join/AA_A-_} l{bivouac://message/00}"),
        ("`https://a.b` xhttps://a.b https:// http", "c{https://a.b} xhttps://a.b https:// http"),
        ("[**b** x](https://a.b)", "bl!(https://a.b){b}l!(https://a.b){ x}"),
    ] {
        check(text, expected);
    }
}

#[test]
fn mentions_and_emoji() {
    let (me, bob, mods, nobody) = (user(1), user(2), role(3), user(9));
    for (text, expected) in [
        (format!("hi {me}, {bob} and {mods}"), "hi @!{@Ana}, @{@Bob x} and @!{@Mods}"),
        (format!("**{me}** `{me}` {nobody}"), &*format!("b@!{{@Ana}} c{{{me}}} @{{@09090909…}}")),
        (format!("\\{me} <@x> <@> <#x>"), &format!("{me} <@x> <@> <#x>")),
        (format!("{} {}", channel(4), channel(9)), "#{#general} #{#09090909…}"),
        ("@everyone @here me@here \\@here <@everyone>".into(), "@!{@everyone} @!{@here} me@here @here <@!{@everyone}>"),
        (format!("[{me}](https://a.b)"), &format!("l!(https://a.b){{{me}}}")),
        (":party_parrot: :nobody: :_x_:".into(), "p{:party_parrot:} :nobody: p{:_x_:}"),
        (":party_parrot:".into(), "J[p{:party_parrot:}]"),
        ("`:party_parrot:` \\:party_parrot:".into(), "c{:party_parrot:} :party_parrot:"),
        ("hi 😀😃 ok".into(), "hi e{😀😃} ok"),
        ("**x😀**".into(), "b{x}be{😀}"),
        ("😀 👩\u{200d}🚀\n🇫🇷1\u{fe0f}\u{20e3}".into(), "J[e{😀} e{👩\u{200d}🚀}\ne{🇫🇷1\u{fe0f}\u{20e3}}]"),
        ("# 123 © ™ → ✓ ☺\u{fe0e}".into(), "H1[123 © ™ → ✓ ☺\u{fe0e}]"),
        ("❤ ©\u{fe0f}".into(), "J[e{❤} e{©\u{fe0f}}]"),
        ("||😀||".into(), "e|0{😀}"),
        ("😀".repeat(JUMBO), &format!("J[e{{{}}}]", "😀".repeat(JUMBO))),
        ("😀".repeat(JUMBO + 1), &format!("e{{{}}}", "😀".repeat(JUMBO + 1))),
    ] {
        check(&text, expected);
    }
}

#[test]
fn one_line() {
    for (text, expected) in [
        ("# a\n> b\n- c\n```rs\nd\n```", "a b c d"),
        ("**a** [b](https://c.d) ||e|| f", "a b ████ f"),
        (&user(2), "@Bob x"),
        ("\u{202e}x", "x"),
    ] {
        assert_eq!(plain(text, &names()), expected);
    }
    assert_eq!(plain(&"x ".repeat(4000), &names()).chars().count(), 201);
    let channels = [(id(4).parse().unwrap(), "שלום".to_owned())].into();
    let named = plain(&format!("\u{2068}see <#{}>", id(4)), &Names { channels, ..names() });
    assert_eq!(named, "see \u{2068}#שלום\u{2069}", "what is named turns nothing, and nobody else isolates");
}

#[test]
fn code_is_colored_within_bounds() {
    let code = |text: &str| match parse(text, &Names::default()).as_slice() {
        [Block::Code(code)] => code.clone(),
        other => panic!("{other:?}"),
    };
    let read = |code: &Code, dark| code.parts(dark).iter().map(|part| part.text.as_str()).collect::<String>();
    let rust = code("```rust\nfn main() {\n    let a = \"b\";\n}\n```");
    assert_eq!(rust.parts(true).len(), 1, "plain until it is coloured");
    rust.clone().color();
    for dark in [false, true] {
        let parts = rust.parts(dark);
        assert_eq!(read(&rust, dark), rust.text());
        assert!(parts.iter().any(|part| part.color.is_some() && part.color != parts[0].color), "{parts:?}");
    }
    for text in ["```\nfn main() {}\n```", "```nosuch\nfn main() {}\n```"] {
        let plain = code(text);
        plain.color();
        assert_eq!(read(&plain, true), plain.text());
    }
    let start = Instant::now();
    let hostile = code(&format!("```js\n{}\n```", "((((((a+)+)+/*'`${".repeat(400)));
    hostile.color();
    assert_eq!(hostile.parts(true).len(), 1);
    let lines = code(&format!("```md\n{}\n```", "**_`[((<a '\n".repeat(600)));
    lines.color();
    assert!(!lines.parts(true).is_empty());
    assert!(start.elapsed().as_secs() < 10);
}

#[test]
fn of_many_blocks_the_first_are_coloured() {
    let many = (0..30).map(|n| format!("```rs\nlet a = {n};\n```\n```\nplain\n```\n")).collect::<String>();
    let found = super::code(&parse(&format!("> ```c\n> int a;\n> ```\n{many}"), &Names::default()));
    assert_eq!(found.iter().map(|code| code.text()).take(2).collect::<Vec<_>>(), ["int a;", "let a = 0;"]);
    assert_eq!(found.len(), super::COLORED);
}

/// Everything that means something, and much that is meant to go wrong.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z]{1,6}",
        4 => prop::sample::select(vec![
            "*", "**", "***", "_", "__", "~~", "~", "||", "|", "`", "``", "```", "````", "\n", "\r\n", " ", "    ", "\\", "> ", ">>> ",
            "# ", "- ", "1. ", "[", "](", ")", "](https://x.y)", "![", "<", ">", "https://a_b.c/*d*", "bivouac://join/x", "@everyone",
            ":party_parrot:", ":", "&amp;", "<b>", "<!--", "-->", "😀", "👩\u{200d}🚀", "\u{202e}", "\u{301}", "\u{200b}", "שלום", "\u{fdd0}",
            "\u{fdd1}\u{a0}", "\u{fdd3}\\", "\u{a0}", "\t", "---", "===", "<?", "$", "^", "\u{0}", "<a href=\"", "]: ",
        ])
        .prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => (0_u8..10).prop_map(user),
        1 => (0_u8..10).prop_map(channel),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn text_of(blocks: &[Block], out: &mut String, depth: usize) -> usize {
    let mut deepest = depth;
    for block in blocks {
        match block {
            Block::Paragraph(spans) | Block::Jumbo(spans) | Block::Heading(_, spans) => {
                out.extend(spans.iter().map(|span| span.text.as_str()));
            }
            Block::Quote(inner) => deepest = deepest.max(text_of(inner, out, depth + 1)),
            Block::List { items, .. } => {
                for item in items {
                    deepest = deepest.max(text_of(item, out, depth + 1));
                }
            }
            Block::Code(code) => {
                out.push_str(code.language().unwrap_or_default());
                out.push_str(code.text());
            }
        }
        out.push('\n');
    }
    deepest
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn anything_is_read(text in pieces()) {
        let blocks = parse(&text, &names());
        let mut out = String::new();
        prop_assert!(text_of(&blocks, &mut out, 0) <= 6);
        prop_assert!(out.len() <= 6 * text.len() + 64);
        prop_assert!(!out.contains(|c: char| matches!(c, '\u{202e}' | '\u{fdd0}'..='\u{fdef}')), "{out:?}");
        prop_assert!(plain(&text, &names()).chars().count() <= 201);
    }

    /// Without marks, every letter is kept.
    #[test]
    fn letters_are_kept(text in "[a-zA-Z0-9é ,.!?\n]{0,200}") {
        let mut out = String::new();
        text_of(&parse(&text, &Names::default()), &mut out, 0);
        let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
        prop_assert_eq!(letters(&out), letters(&text));
    }

    /// With marks of style, every word still is, in its place.
    #[test]
    fn words_are_kept(words in prop::collection::vec(("[*_~|`>#\\[\\]!<&\\\\-]{0,3}", "[a-z]{1,5}", "[*_~|` \n<>\\]]{0,3}"), 0..30)) {
        let text: String = words.iter().map(|(before, word, after)| format!("{before}{word}{after}")).collect();
        let mut out = String::new();
        text_of(&parse(&text, &Names::default()), &mut out, 0);
        let letters = |text: &str| text.chars().filter(char::is_ascii_lowercase).collect::<String>();
        prop_assert_eq!(letters(&out), letters(&text), "{:?}", text);
    }

    #[test]
    fn anything_is_a_name(text in any::<String>()) {
        let shown = name(&text);
        prop_assert!(!shown.trim().is_empty() && shown.chars().count() <= 65 && !shown.contains('\n'));
    }
}

/// Twice the text takes about twice the time, whatever it is made of.
#[test]
fn time_is_linear() {
    let mut quotes = String::new();
    for length in 1..120 {
        quotes.push_str(&"`".repeat(length));
        quotes.push(' ');
    }
    let long = |unit: &str| unit.repeat(8000 / unit.chars().count());
    for text in [
        long("*"),
        long("_a"),
        long("**a "),
        long("`"),
        long("` `` "),
        quotes,
        long("["),
        long("[a]("),
        long("]("),
        long("<"),
        long("<@"),
        long("||"),
        long("|a|"),
        long("> "),
        long("> a\n"),
        long("- a\n"),
        long(" - a\n  - b\n"),
        long("```"),
        long("```a\n"),
        long(":a"),
        long("https://"),
        long("https://a "),
        long("\\"),
        long("&a"),
        long("<!--"),
        long("<a "),
        long("!["),
        long("~~a~"),
        long("a\u{301}\u{302}"),
        long("😀"),
        long("@everyone "),
        long("x"),
        long("*a **b "),
        long("*a_ "),
        long("[a](https://b) "),
    ] {
        let start = Instant::now();
        let blocks = parse(&text, &names());
        let took = start.elapsed();
        let mut out = String::new();
        text_of(&blocks, &mut out, 0);
        assert!(took.as_millis() < 1000, "{took:?} for {:?}", text.chars().take(20).collect::<String>());
    }
}
