//! Pictures and files from the clipboard, and to it. (The window system's own text goes through the toolkit.)
//!
//! Whoever copied answers for what is pasted: another program, which may hang, or hand over anything. So each paste
//! happens on a thread of its own, for as long as a person would wait. On X11 what was copied is gone with who copied
//! it; so one handle is kept, and dropping it gives a clipboard manager the time to take over.

use std::{
    borrow::Cow,
    io::Cursor,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use image::{
    ImageReader, Limits, RgbaImage,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};
use tokio::sync::Semaphore;

use super::apart;

/// How long a paste or a copy may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How long a program may take that has nothing.
const HANGS: Duration = Duration::from_secs(3);
/// Largest picture, in pixels.
const MAX_PIXELS: u64 = 64 << 20;
/// What a decoder may use for it, in bytes: four a pixel, and as much again to turn it.
const MAX_MEMORY: u64 = MAX_PIXELS * 8;
/// Files taken from one paste, at most.
const MAX_FILES: usize = 100;
/// Pastes and copies at a time: those that hang go on for as long as they like.
const AT_ONCE: usize = 4;

/// The clipboard. Keep it while the app runs.
#[derive(Clone)]
pub struct Clipboard {
    kept: Arc<OnceLock<Option<arboard::Clipboard>>>,
    free: Arc<Semaphore>,
}

/// What is pasted, where it is no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pasted {
    /// Neither files nor a picture.
    Nothing,
    /// Files, copied in a file manager; they may be gone, or be folders.
    Files(Vec<PathBuf>),
    /// A picture.
    Picture {
        /// As a PNG file.
        png: Vec<u8>,
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
}

/// Why nothing was pasted or copied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClipboardError {
    /// There is no clipboard: no display, or a desktop that lends it to nobody.
    #[error("The clipboard can't be reached here. Drop the file on the window instead.")]
    Unavailable,
    /// The program that holds what was copied hangs, or takes too long.
    #[error("The program this was copied from does not answer. Save it there, and send the file.")]
    Silent,
    /// It has too many pixels.
    #[error("This picture is too large to paste; send it as a file.")]
    TooLarge,
    /// It is damaged, or of a kind that is not read.
    #[error("This picture can't be read.")]
    Unreadable,
}

impl Default for Clipboard {
    fn default() -> Self {
        Self { kept: Arc::default(), free: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Clipboard {
    /// Files or a picture, if that was copied.
    ///
    /// # Errors
    /// See [`ClipboardError`].
    pub async fn paste(&self) -> Result<Pasted, ClipboardError> {
        let paste = |board: &mut arboard::Clipboard| {
            let asked = Instant::now();
            match board.get().file_list() {
                Ok(mut files) if !files.is_empty() => {
                    files.truncate(MAX_FILES);
                    return Ok(Pasted::Files(files));
                }
                _ => {}
            }
            match board.get_image() {
                Ok(image) => png(image),
                Err(arboard::Error::ConversionFailure) => Err(ClipboardError::Unreadable),
                // Nothing of the kind is said at once; a program that hangs is given up on after seconds.
                Err(_) if asked.elapsed() > HANGS => Err(ClipboardError::Silent),
                Err(_) => Ok(Pasted::Nothing),
            }
        };
        self.on(paste).await
    }

    /// Copies a picture: a PNG, JPEG, GIF or WebP file.
    ///
    /// # Errors
    /// See [`ClipboardError`].
    pub async fn copy_picture(&self, file: Vec<u8>) -> Result<(), ClipboardError> {
        let copy = move |board: &mut arboard::Clipboard| {
            let (width, height, pixels) = decode(&file)?;
            let image =
                arboard::ImageData { width: width as usize, height: height as usize, bytes: Cow::Owned(pixels) };
            board.set_image(image).map_err(|_| ClipboardError::Unavailable)
        };
        self.on(copy).await
    }

    async fn on<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut arboard::Clipboard) -> Result<T, ClipboardError> + Send + 'static,
    ) -> Result<T, ClipboardError> {
        let turn = self.free.clone().try_acquire_owned().map_err(|_| ClipboardError::Silent)?;
        let kept = self.kept.clone();
        let done = apart(LIMIT, move || {
            let _turn = turn;
            // They share one connection: a second handle costs nothing, and waits for none that hangs.
            let mut board = arboard::Clipboard::new().map_err(|_| ClipboardError::Unavailable)?;
            kept.get_or_init(|| arboard::Clipboard::new().ok());
            work(&mut board)
        });
        done.await.unwrap_or(Err(ClipboardError::Silent))
    }
}

fn png(image: arboard::ImageData<'_>) -> Result<Pasted, ClipboardError> {
    let side = |side: usize| u32::try_from(side).map_err(|_| ClipboardError::TooLarge);
    let (width, height) = (side(image.width)?, side(image.height)?);
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(ClipboardError::TooLarge);
    }
    let pixels = RgbaImage::from_raw(width, height, image.bytes.into_owned()).ok_or(ClipboardError::Unreadable)?;
    let mut png = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive);
    pixels.write_with_encoder(encoder).map_err(|_| ClipboardError::Unreadable)?;
    Ok(Pasted::Picture { png, width, height })
}

fn decode(file: &[u8]) -> Result<(u32, u32, Vec<u8>), ClipboardError> {
    let reader = || ImageReader::new(Cursor::new(file)).with_guessed_format().map_err(|_| ClipboardError::Unreadable);
    let (width, height) = reader()?.into_dimensions().map_err(|_| ClipboardError::Unreadable)?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(ClipboardError::TooLarge);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    let mut reader = reader()?;
    reader.limits(limits);
    let pixels = reader.decode().map_err(|_| ClipboardError::Unreadable)?.into_rgba8();
    Ok((pixels.width(), pixels.height(), pixels.into_raw()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(width: u32, height: u32) -> Vec<u8> {
        let mut file = Vec::new();
        RgbaImage::new(1, 1).write_with_encoder(PngEncoder::new(&mut file)).unwrap();
        file[16..20].copy_from_slice(&width.to_be_bytes());
        file[20..24].copy_from_slice(&height.to_be_bytes());
        let crc = crc(&file[12..29]);
        file[29..33].copy_from_slice(&crc.to_be_bytes());
        file
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
        })
    }

    #[test]
    fn pictures_are_bounded_before_they_are_decoded() {
        assert_eq!(decode(&header(1, 1)).unwrap(), (1, 1, vec![0; 4]));
        assert_eq!(decode(&header(100_000, 100_000)), Err(ClipboardError::TooLarge));
        assert_eq!(decode(&header(8_192, 8_192)), Err(ClipboardError::Unreadable), "no such pixels");
        for file in [&b""[..], b"PNG", b"\x89PNG\r\n\x1a\n", b"<svg/>"] {
            assert_eq!(decode(file), Err(ClipboardError::Unreadable));
        }
    }

    #[test]
    fn what_is_pasted_is_a_picture_again() {
        let image = arboard::ImageData { width: 2, height: 1, bytes: Cow::Owned(vec![1, 2, 3, 255, 5, 6, 7, 0]) };
        let Ok(Pasted::Picture { png, width: 2, height: 1 }) = png(image.clone()) else { panic!("no picture") };
        assert_eq!(decode(&png).unwrap(), (2, 1, image.bytes.into_owned()));
        let huge = arboard::ImageData { width: 1 << 20, height: 1 << 20, bytes: Cow::Borrowed(&[]) };
        assert_eq!(super::png(huge), Err(ClipboardError::TooLarge));
        let short = arboard::ImageData { width: 9, height: 9, bytes: Cow::Borrowed(&[0; 8]) };
        assert!(super::png(short).is_err());
    }
}
