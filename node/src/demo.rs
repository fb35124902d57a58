//! `bivouac demo`: three nodes hold a conversation, and what was promised is checked while they do.
//!
//! Each is a process of its own with a store of its own, on a host of its own in a [`Lab`](crate::lab::Lab). They find each other by
//! mDNS. Ada makes a guild, Bo and Cy join by link, and a text is spoken line by line by all three. Halfway, Bo is
//! killed at the very moment a line of his was acknowledged, and comes back; near the end Cy is removed, and hears
//! nothing more. What is printed is what Ada's node tells her, as it tells it.

mod stage;
mod table;
mod talk;

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    time::{Duration, Instant},
};

use crate::lab::LabError;
use stage::Stage;
use talk::Talk;

/// A text that has been out of copyright for long (Lewis Carroll, 1871).
const WALRUS: &str = include_str!("demo/walrus.txt");
/// The longest text a message takes, in characters.
const TEXT_MAX: usize = 4000;
/// Fewer lines leave no room for a crash and a removal.
const LINES_MIN: usize = 12;
/// The longest pause between lines: slower is no easier to read.
const PAUSE_MAX: Duration = Duration::from_millis(400);
/// How long anything that should take a moment may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What `bivouac demo` takes.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// A text to be spoken, a line a message; without it, a poem
    pub file: Option<PathBuf>,
    /// Speak only the first N lines
    #[arg(long, value_name = "N")]
    pub lines: Option<usize>,
    /// Spread the conversation over about this many seconds; 0 is as fast as it goes
    #[arg(long, value_name = "S", default_value_t = 15)]
    pub seconds: u64,
}

/// Why the demo could not be held. A promise not kept is no error: it is a row of the table.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A node, or the network it is on.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// A file could not be used.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The text has too few lines.
    #[error("the text has {0} lines that are not empty; the demo needs at least {LINES_MIN}")]
    Short(usize),
    /// An answer lacks something.
    #[error("a node's answer has no `{0}`")]
    Answer(&'static str),
    /// Something did not happen.
    #[error("{0} did not come within {PATIENCE:?}")]
    Late(String),
    /// The user wants no more of it.
    #[error("interrupted; everything started here has been ended")]
    Interrupted,
    /// Standard output can't be written.
    #[error(transparent)]
    Print(#[from] io::Error),
}

/// Hold the conversation, printing to stdout. Whether every row of the closing table holds.
///
/// # Errors
/// See [`DemoError`].
pub fn run(options: &Options) -> Result<bool, DemoError> {
    hold(options, &mut io::stdout().lock())
}

fn hold(options: &Options, out: &mut impl Write) -> Result<bool, DemoError> {
    let Text { lines, shortened } = text(options)?;
    let began = Instant::now();
    let stage = Stage::new()?;
    writeln!(out, "{}", stage.describe())?;
    if shortened > 0 {
        writeln!(
            out,
            "Only the first {TEXT_MAX} characters of lines longer than that are spoken, here of {shortened}."
        )?;
    }
    let players = stage.players()?;
    let pause = pause(options.seconds, lines.len());
    let mut talk = Talk::open(stage, players, lines, pause, out)?;
    talk.converse()?;
    let table = talk.reckon()?;
    talk.close()?;
    writeln!(out, "\n{table}")?;
    writeln!(out, "  {:.1} s in all", began.elapsed().as_secs_f64())?;
    Ok(table.passed())
}

/// What is to be said.
struct Text {
    lines: Vec<String>,
    /// How many lines were longer than a message.
    shortened: usize,
}

fn text(options: &Options) -> Result<Text, DemoError> {
    let text = match &options.file {
        None => WALRUS.to_owned(),
        Some(path) => {
            let bytes = fs::read(path).map_err(|source| DemoError::File { path: path.clone(), source })?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    let mut lines: Vec<String> = text
        .lines()
        .map(|line| line.trim().chars().filter(|c| !c.is_control() || *c == '\t').collect::<String>())
        .filter(|line| !line.is_empty())
        .take(options.lines.unwrap_or(usize::MAX))
        .collect();
    let mut shortened = 0;
    for line in &mut lines {
        if let Some((end, _)) = line.char_indices().nth(TEXT_MAX) {
            line.truncate(end);
            shortened += 1;
        }
    }
    if lines.len() < LINES_MIN { Err(DemoError::Short(lines.len())) } else { Ok(Text { lines, shortened }) }
}

fn pause(seconds: u64, lines: usize) -> Duration {
    let lines = u32::try_from(lines).unwrap_or(u32::MAX).max(1);
    (Duration::from_secs(seconds) / lines).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_text_fits_the_plan() {
        let options = Options { file: None, lines: None, seconds: 0 };
        let Text { lines, shortened } = text(&options).unwrap();
        assert_eq!(shortened, 0);
        assert_eq!(lines.len(), WALRUS.lines().count());
        assert!(lines.len() >= LINES_MIN);
    }

    #[test]
    fn a_text_too_short_is_refused_with_its_length() {
        let options = Options { file: None, lines: Some(5), seconds: 0 };
        assert_eq!(
            text(&options).err().unwrap().to_string(),
            "the text has 5 lines that are not empty; the demo needs at least 12"
        );
    }
}
