//! Names and kinds of files as strangers give them.

/// Longest file name, in bytes: what file systems take.
const NAME_MAX: usize = 255;
/// Room left for a number that tells two files of one name apart.
const NUMBER_ROOM: usize = 8;
/// Longest ending that is kept when a name is shortened, in bytes.
const ENDING_MAX: usize = 16;
/// Names that mean a device to Windows, with any ending.
const DEVICES: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt1", "lpt2",
    "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// A name under which a file can be saved anywhere and shown to anybody: one component, not hidden, without what separates,
/// controls or turns the direction of text, and short enough.
pub(crate) fn safe(name: &str) -> String {
    let mut safe: String = name
        .chars()
        .filter(|c| !is_invisible(*c))
        .map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c })
        .collect();
    safe = safe.trim_matches(|c: char| c.is_whitespace() || c == '.').to_owned();
    let stem = safe.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    if safe.is_empty() || DEVICES.contains(&stem.as_str()) {
        safe.insert(0, '_');
    }
    shorten(&safe, NAME_MAX - NUMBER_ROOM)
}

/// The name of the nth file that is called so.
pub(super) fn numbered(name: &str, nth: usize) -> String {
    if nth == 0 {
        return name.to_owned();
    }
    let (stem, ending) = split(name);
    format!("{stem} ({nth}){ending}")
}

/// What is in a file, by how it begins; never by its name.
pub(super) fn sniff(start: &[u8]) -> &'static str {
    match infer::get(start) {
        // A drawing is a program: nobody is to take it for a picture.
        Some(kind) if kind.mime_type() != "text/xml" => kind.mime_type(),
        _ if is_text(start) => "text/plain",
        _ => "application/octet-stream",
    }
}

fn is_text(start: &[u8]) -> bool {
    let whole = match std::str::from_utf8(start) {
        Ok(text) => text,
        // A character may be cut in two where the start ends.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    whole.chars().all(|c| !c.is_control() || c.is_whitespace() || c == '\u{1b}')
}

/// Marks of direction, joiners and what has no width.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 && name.len() - at <= ENDING_MAX => name.split_at(at),
        _ => (name, ""),
    }
}

fn shorten(name: &str, most: usize) -> String {
    if name.len() <= most {
        return name.to_owned();
    }
    let (stem, ending) = split(name);
    let mut end = (most - ending.len()).min(stem.len());
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{ending}", stem[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hostile_names_are_made_safe() {
        for (name, expected) in [
            ("notes.txt", "notes.txt"),
            ("Ünïcödé 日本.png", "Ünïcödé 日本.png"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("/etc/shadow", "_etc_shadow"),
            ("C:\\windows\\system32", "C__windows_system32"),
            (".bashrc", "bashrc"),
            ("..", "_"),
            ("", "_"),
            ("   ", "_"),
            ("con", "_con"),
            ("NUL.txt", "_NUL.txt"),
            ("a\0b\nc\u{1b}[31m", "a_b_c_[31m"),
            ("cod\u{202e}gpj.exe", "codgpj.exe"),
            ("zero\u{200b}width\u{feff}.txt", "zerowidth.txt"),
            ("trailing. . .", "trailing"),
        ] {
            assert_eq!(safe(name), expected, "{name:?}");
        }
        let long = format!("{}.tar", "é".repeat(400));
        assert!(safe(&long).len() <= NAME_MAX && safe(&long).ends_with("é.tar"));
        assert!(safe(&"x".repeat(5_000)).len() <= NAME_MAX);
        assert_eq!(numbered("a.tar", 2), "a (2).tar");
        assert_eq!(numbered("none", 1), "none (1)");
    }

    proptest! {
        #[test]
        fn any_name_becomes_one_component(name in any::<String>(), nth in 0usize..1_000) {
            let safe = numbered(&safe(&name), nth);
            prop_assert!(!safe.is_empty() && safe.len() <= NAME_MAX);
            prop_assert!(!safe.starts_with('.') && !safe.contains(['/', '\\', '\0']) && safe != "." && safe != "..");
            prop_assert!(!safe.chars().any(|c| c.is_control() || is_invisible(c)));
            let path = std::path::Path::new("folder").join(&safe);
            prop_assert_eq!(path.components().count(), 2);
            prop_assert_eq!(super::safe(&super::safe(&name)), super::safe(&name));
        }
    }

    #[test]
    fn what_a_file_is_shows_in_its_bytes() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "image/png");
        assert_eq!(sniff(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"), "text/plain");
        assert_eq!(sniff(b"<?xml version='1.0'?><svg/>"), "text/plain");
        assert_eq!(sniff("größe".as_bytes()), "text/plain");
        assert_eq!(sniff(&"größe".as_bytes()[..3]), "text/plain");
        assert_eq!(sniff(b"\xff\x00\x01"), "application/octet-stream");
        assert_eq!(sniff(b""), "text/plain");
    }
}
