//! Standard output: what can't be written fails the command, and what others wrote does not drive the terminal.

use std::{
    fmt,
    io::{self, Write},
};

use bivouac_core::model::name::turns;
use bivouac_node::demo::DemoError;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A sentence for the user.
    Said(String),
    /// Whoever read the output has closed it, and has seen enough.
    Unread,
}

/// Lines for people.
#[derive(Debug, Default)]
pub(crate) struct Page(String);

impl Page {
    /// One more line, or several.
    pub(crate) fn line(&mut self, text: fmt::Arguments<'_>) {
        self.0.extend(text.to_string().chars().map(printable));
        self.0.push('\n');
    }

    /// Prints them.
    ///
    /// # Errors
    /// As [`print()`].
    pub(crate) fn print(self) -> Result<(), Failure> {
        print(self.0.as_bytes())
    }
}

/// Prints bytes as they are.
///
/// # Errors
/// Standard output is closed or full.
pub(crate) fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(Failure::from)
}

/// Control characters drive a terminal, and those that turn the direction of writing make one text look like another.
pub(crate) fn printable(c: char) -> char {
    if turns(c) || c.is_control() && c != '\n' { '\u{fffd}' } else { c }
}

impl From<String> for Failure {
    fn from(sentence: String) -> Self {
        Self::Said(sentence)
    }
}

/// Of standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Said(format!("standard output can't be written: {error}; make room or send it elsewhere")),
        }
    }
}

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Self {
        match error {
            DemoError::Print(error) => error.into(),
            other => Self::Said(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_others_wrote_does_not_drive_the_terminal() {
        let mut page = Page::default();
        page.line(format_args!("a\u{1b}[31mb\u{9b}c\u{202e}d\ne\u{5d0}"));
        assert_eq!(page.0, "a\u{fffd}[31mb\u{fffd}c\u{fffd}d\ne\u{5d0}\n");
    }
}
