//! Small pictures of large ones, made by who sends them: whoever reads along is shown a picture without fetching it.

use std::{
    fs::File,
    io::{BufRead, BufReader, Cursor, Seek},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, PoisonError},
};

use bivouac_core::model::message::{MAX_PREVIEW, MAX_PREVIEW_SIDE};
use image::{
    DynamicImage, ImageDecoder, ImageEncoder, ImageReader, Limits,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
};

use super::Source;

/// Longest side of a preview, in pixels, and its bytes.
const SIDE: u32 = MAX_PREVIEW_SIDE;
const SIZE_MAX: usize = MAX_PREVIEW as usize;
/// Qualities of JPEG that are tried until one is small enough.
const QUALITIES: [u8; 3] = [80, 60, 35];
/// Pixels a side of a picture that is opened, and memory that may take: what is larger is shown by its name.
const SIDE_MAX: u32 = 16_384;
/// Pixels in all, and bytes of the file: some decoders take all of it in, and several times its pixels.
const PIXELS_MAX: u64 = 25_000_000;
const FILE_MAX: u64 = 32 * 1024 * 1024;
const MEMORY_MAX: u64 = 192 * 1024 * 1024;

/// A small picture.
pub(super) struct Small {
    pub(super) bytes: Vec<u8>,
    pub(super) mime: &'static str,
    /// Width and height in pixels.
    pub(super) size: (u32, u32),
}

/// A preview of a picture of this size; `None` where it is small itself, or too large, or none that can be opened.
pub(super) fn of(source: &Source, (width, height): (u32, u32)) -> Option<Small> {
    let small = width.max(height) <= SIDE;
    let large = width.max(height) > SIDE_MAX || u64::from(width) * u64::from(height) > PIXELS_MAX;
    if small || large || source.size().ok()? > FILE_MAX {
        return None;
    }
    // One at a time: what a picture takes to be opened is taken once.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    // A decoder that gives up on odd bytes costs the preview, not the message.
    let made = catch_unwind(AssertUnwindSafe(|| match source {
        Source::Path(path) => make(BufReader::new(File::open(path).ok()?)),
        Source::Bytes(_, bytes) => make(Cursor::new(bytes)),
    }));
    made.ok().flatten()
}

fn make(picture: impl BufRead + Seek) -> Option<Small> {
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(SIDE_MAX), Some(SIDE_MAX));
    limits.max_alloc = Some(MEMORY_MAX);
    let mut reader = ImageReader::new(picture).with_guessed_format().ok()?;
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let orientation = decoder.orientation().ok()?;
    if decoder.total_bytes() > MEMORY_MAX {
        return None;
    }
    let mut small = DynamicImage::from_decoder(decoder).ok()?.thumbnail(SIDE, SIDE);
    small.apply_orientation(orientation);
    let size = (small.width(), small.height());
    let (bytes, mime) = encode(&small)?;
    Some(Small { bytes, mime, size })
}

/// As JPEG, or as PNG where something shows through.
fn encode(picture: &DynamicImage) -> Option<(Vec<u8>, &'static str)> {
    let clear = picture.color().has_alpha() && picture.to_rgba8().pixels().any(|pixel| pixel[3] < 255);
    if clear {
        let mut bytes = Vec::new();
        let pixels = picture.to_rgba8();
        let encoder = PngEncoder::new(Cursor::new(&mut bytes));
        encoder.write_image(&pixels, pixels.width(), pixels.height(), image::ExtendedColorType::Rgba8).ok()?;
        if bytes.len() <= SIZE_MAX {
            return Some((bytes, "image/png"));
        }
    }
    let pixels = picture.to_rgb8();
    QUALITIES.into_iter().find_map(|quality| {
        let mut bytes = Vec::new();
        let encoder = JpegEncoder::new_with_quality(Cursor::new(&mut bytes), quality);
        encoder.write_image(&pixels, pixels.width(), pixels.height(), image::ExtendedColorType::Rgb8).ok()?;
        (bytes.len() <= SIZE_MAX).then_some((bytes, "image/jpeg"))
    })
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write, path::Path};

    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    fn preview(path: &Path) -> Option<Small> {
        let size = imagesize::size(path).unwrap();
        of(&Source::Path(path.to_owned()), (u32::try_from(size.width).unwrap(), u32::try_from(size.height).unwrap()))
    }

    fn noise(x: u32, y: u32) -> u8 {
        (x.wrapping_mul(31) ^ y.wrapping_mul(57)) as u8
    }

    #[test]
    fn a_large_picture_has_a_small_one() {
        let dir = tempfile::tempdir().unwrap();
        for ending in ["png", "jpg", "gif", "webp"] {
            let path = dir.path().join(format!("wide.{ending}"));
            RgbImage::from_fn(1_200, 300, |x, y| Rgb([noise(x, y), x as u8, y as u8])).save(&path).unwrap();
            let small = preview(&path).unwrap();
            assert_eq!((small.size, small.mime), ((480, 120), "image/jpeg"), "{ending}");
            let again = image::load_from_memory(&small.bytes).unwrap();
            assert_eq!((again.width(), again.height()), small.size);
            assert!(small.bytes.len() <= SIZE_MAX);
        }
        let path = dir.path().join("clear.png");
        RgbaImage::from_fn(600, 900, |x, _| Rgba([0, 200, 0, x as u8])).save(&path).unwrap();
        let small = preview(&path).unwrap();
        assert_eq!((small.size, small.mime), ((320, 480), "image/png"));
        let path = dir.path().join("small.png");
        RgbImage::new(480, 480).save(&path).unwrap();
        assert!(preview(&path).is_none());
    }

    /// A PNG of one colour: its pixels are many times as many as its bytes.
    fn bomb(path: &Path, side: u32) {
        let mut bytes = Vec::new();
        let encoder = PngEncoder::new(Cursor::new(&mut bytes));
        let row = vec![0; side as usize * side as usize];
        encoder.write_image(&row, side, side, image::ExtendedColorType::L8).unwrap();
        fs::write(path, bytes).unwrap();
    }

    #[test]
    fn what_would_fill_memory_or_is_no_picture_has_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bomb.png");
        bomb(&path, 15_000);
        assert!(fs::metadata(&path).unwrap().len() < 8 << 20);
        assert!(preview(&path).is_none(), "225 million pixels were opened");
        assert!(of(&Source::Path(path), (20_000, 20_000)).is_none());
        // Cut off, and with rubbish behind its head.
        let whole = dir.path().join("whole.png");
        RgbImage::from_fn(900, 900, |x, y| Rgb([noise(x, y); 3])).save(&whole).unwrap();
        let bytes = fs::read(&whole).unwrap();
        for (name, bytes) in [
            ("cut.png", bytes[..bytes.len() / 2].to_vec()),
            ("rubbish.png", [&bytes[..60], &vec![0xa5; 5_000][..]].concat()),
            ("head.png", bytes[..40].to_vec()),
        ] {
            let path = dir.path().join(name);
            fs::File::create(&path).unwrap().write_all(&bytes).unwrap();
            assert!(preview(&path).is_none(), "{name}");
        }
    }
}
