//! Lines in, on a thread of its own: reading standard input can't be interrupted.

use std::{
    io::{self, BufRead, Read},
    thread,
};

use tokio::sync::mpsc;

/// Longest line taken, in bytes.
const MAX: usize = 1024 * 1024;

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line without its end.
    Text(Vec<u8>),
    /// A line that was longer than allowed; it was skipped.
    TooLong,
}

/// Reads lines until the input ends or nobody wants them any more.
pub(super) fn spawn_reader(mut input: impl BufRead + Send + 'static, lines: mpsc::Sender<Line>) -> io::Result<()> {
    thread::Builder::new().name("rpc-in".to_owned()).spawn(move || {
        while let Ok(Some(line)) = read(&mut input) {
            let blank = matches!(&line, Line::Text(text) if text.iter().all(u8::is_ascii_whitespace));
            if !blank && lines.blocking_send(line).is_err() {
                break;
            }
        }
    })?;
    Ok(())
}

fn read(input: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut line = Vec::new();
    let read = input.by_ref().take(MAX as u64 + 1).read_until(b'\n', &mut line)?;
    if read == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        return Ok(Some(Line::Text(line)));
    }
    if read <= MAX {
        // The input ended without an end of line.
        return Ok(Some(Line::Text(line)));
    }
    drop(line);
    input.skip_until(b'\n')?;
    Ok(Some(Line::TooLong))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn lines(bytes: &[u8]) -> Vec<Line> {
        let mut input = Cursor::new(bytes);
        std::iter::from_fn(|| read(&mut input).unwrap()).collect()
    }

    #[test]
    fn lines_are_split_and_the_last_needs_no_end() {
        assert_eq!(lines(b"a\n\nbc"), [Line::Text(b"a".into()), Line::Text(b"".into()), Line::Text(b"bc".into())]);
    }

    #[test]
    fn a_line_too_long_is_skipped_and_the_next_is_read() {
        let mut bytes = vec![b'x'; MAX];
        bytes.push(b'\n');
        bytes.extend(vec![b'y'; MAX + 1]);
        bytes.extend(b"\nz\n");
        let lines = lines(&bytes);
        assert!(matches!(&lines[0], Line::Text(text) if text.len() == MAX));
        assert_eq!(lines[1..], [Line::TooLong, Line::Text(b"z".into())]);
    }
}
