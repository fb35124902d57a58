//! The picture that stands for oneself: made to fit, and set in guilds.
//!
//! It is drawn anew before it leaves, smaller: what a camera writes beside the picture, such as where it was taken, stays here.

use std::{
    fs::{self, File, OpenOptions},
    io::{Cursor, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use bivouac_node::{
    CallError, Handle,
    core::{io::Command, model::GuildId},
};
use image::{DynamicImage, ImageDecoder as _, ImageFormat, codecs::jpeg::JpegEncoder};

use crate::pictures::{self, Picture, Scale};

/// Largest file that is read, in bytes.
const READ_MAX: u64 = 32 << 20;
/// Largest picture that a guild takes, in bytes.
const SENT_MAX: usize = 512 << 10;
/// Pixels a side of what is sent.
const SIDE: u32 = 512;

/// Why a picture can't stand for somebody.
#[derive(Debug, thiserror::Error)]
pub enum AvatarError {
    /// It can't be read.
    #[error("{0}: {1}")]
    Read(PathBuf, #[source] std::io::Error),
    /// It is no picture, or too large a one.
    #[error("{0}")]
    Picture(PathBuf),
    /// A guild does not take it.
    #[error(transparent)]
    Call(#[from] CallError),
}

/// Sets a picture in guilds, or takes it away.
///
/// # Errors
/// [`AvatarError`]; the guilds before the one that failed have it.
pub async fn set(node: Handle, guilds: Vec<GuildId>, picture: Option<PathBuf>) -> Result<(), AvatarError> {
    let Some(path) = picture else {
        for guild in guilds {
            node.command(Command::Avatar { guild, picture: None }).await?;
        }
        return Ok(());
    };
    let of = path.clone();
    let made = tokio::task::spawn_blocking(move || fit(&of)).await;
    let made = made.unwrap_or_else(|_| Err(AvatarError::Picture(path.clone())))?;
    let taken = node.take_in(made.clone()).await;
    let _ = fs::remove_file(&made);
    let taken = taken?;
    let mut done = Ok(());
    for guild in guilds {
        let command = Command::Avatar { guild, picture: Some(taken.clone()) };
        done = node.command(command).await.map(|_| ());
        if done.is_err() {
            break;
        }
    }
    node.settle(taken.ids().collect()).await;
    Ok(done?)
}

/// What a picture will look like, if it can stand for somebody.
pub async fn preview(path: PathBuf) -> Option<Picture> {
    let look = move || {
        let mut bytes = Vec::new();
        File::open(path).ok()?.take(READ_MAX).read_to_end(&mut bytes).ok()?;
        pictures::decode(&redraw(&bytes)?.0, Scale::Face)
    };
    tokio::task::spawn_blocking(look).await.ok().flatten()
}

/// Draws a picture anew, so that a guild takes it: a file that nobody else knows of.
fn fit(path: &Path) -> Result<PathBuf, AvatarError> {
    let unread = |error| AvatarError::Read(path.to_owned(), error);
    let no_picture = || AvatarError::Picture(path.to_owned());
    let mut bytes = Vec::new();
    File::open(path).map_err(unread)?.take(READ_MAX).read_to_end(&mut bytes).map_err(unread)?;
    let (bytes, end) = redraw(&bytes).ok_or_else(no_picture)?;
    let (file, made) = fresh(end).map_err(unread)?;
    let written = { file }.write_all(&bytes);
    if written.is_err() {
        let _ = fs::remove_file(&made);
    }
    written.map_err(unread)?;
    Ok(made)
}

/// A square of at most [`SIDE`] pixels and [`SENT_MAX`] bytes, and how its file's name ends.
fn redraw(bytes: &[u8]) -> Option<(Vec<u8>, &'static str)> {
    let format = image::guess_format(bytes).ok()?;
    // Its first frame stands for one that moves: drawn anew, it would be too large.
    let mut decoder = pictures::bounded(bytes, format)?;
    let turned = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).ok()?;
    // Its middle: it is shown round.
    let (width, height) = (picture.width(), picture.height());
    let side = width.min(height);
    let mut picture = picture.crop_imm((width - side) / 2, (height - side) / 2, side, side);
    if side > SIDE {
        picture = picture.resize(SIDE, SIDE, image::imageops::FilterType::Triangle);
    }
    picture.apply_orientation(turned);
    let mut drawn = Vec::new();
    DynamicImage::from(picture.to_rgba8()).write_to(&mut Cursor::new(&mut drawn), ImageFormat::Png).ok()?;
    if drawn.len() <= SENT_MAX {
        return Some((drawn, "png"));
    }
    drawn.clear();
    picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut drawn, 85)).ok()?;
    (drawn.len() <= SENT_MAX).then_some((drawn, "jpg"))
}

/// A new file among the temporary ones.
fn fresh(end: &str) -> std::io::Result<(File, PathBuf)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("bivouac-face-{}-{count}.{end}", std::process::id()));
        // Never one that is there: anybody may put a link among the temporary files.
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && count < 1_000 => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(side: u32) -> DynamicImage {
        let mut state = 1_u32;
        DynamicImage::ImageRgb8(image::RgbImage::from_fn(side, side + side / 3, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [a, b, c, _] = state.to_be_bytes();
            image::Rgb([a, b, c])
        }))
    }

    fn png(picture: &DynamicImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    #[test]
    fn whatever_is_chosen_fits_into_a_guild() {
        for side in [1, 300, 1_500] {
            let (bytes, _) = redraw(&png(&noise(side))).unwrap();
            let drawn = image::load_from_memory(&bytes).unwrap();
            let expected = side.min(SIDE);
            assert_eq!((drawn.width(), drawn.height()), (expected, expected));
            assert!(bytes.len() <= SENT_MAX, "{side}: {}", bytes.len());
        }
        assert!(redraw(b"no picture").is_none());
    }

    #[test]
    fn what_is_written_beside_a_picture_stays_here() {
        let mut bytes = png(&noise(8));
        let comment = b"\0\0\0\x0ctEXtAuthor\0place";
        let crc = [0x12, 0x34, 0x56, 0x78];
        let at = 8 + 25;
        bytes.splice(at..at, comment.iter().chain(&crc).copied());
        if let Some((drawn, _)) = redraw(&bytes) {
            assert!(!drawn.windows(5).any(|it| it == b"place"));
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = fit(Path::new("/nowhere/face.png")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/face.png"));
    }
}
