//! Pictures: fetched when they are first drawn, decoded within limits, kept up to a bound.
//!
//! Whatever draws asks [`Pictures::look`]; what is not there yet is asked of the loader once, which fetches, decodes beside
//! the window's thread, and answers with a message.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    io::Cursor,
    sync::Arc,
    time::Duration,
};

use bivouac_node::{Handle, core::model::FileId};
use futures::{SinkExt as _, Stream, StreamExt as _, channel::mpsc};
use iced::widget::image::Handle as Drawn;
use image::{AnimationDecoder as _, DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use tokio::sync::Semaphore;

use crate::fault::Fault;

/// Largest file that is fetched to be drawn, in bytes.
pub const FILE_MAX: u64 = 32 << 20;
/// Most memory one picture may take while it is decoded, in bytes.
const DECODE_MAX: u64 = 256 << 20;
/// Most pixels a side that are looked at.
const SIDE_MAX: u32 = 16_384;
/// Most memory all pictures that are kept take, in bytes.
const KEPT_MAX: usize = 96 << 20;
/// Most that is kept of one that moves, in bytes.
const MOVING_MAX: usize = 24 << 20;
/// Most frames of one that moves, and what each takes beside its pixels, in bytes.
const FRAMES_MAX: usize = 500;
const FRAME: usize = 256;
/// Pictures that are fetched at once.
const AT_ONCE: usize = 4;
/// Pictures that are read at once, those that are here among them: they do not wait for those that are fetched.
const READ_AT_ONCE: usize = 64;
/// One is decoded at a time: what that may take is taken once.
static DECODING: Semaphore = Semaphore::const_new(1);

/// How large it is to be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scale {
    /// A face: round.
    Face,
    /// A guild's icon: with round corners.
    Icon,
    /// An emoji.
    Small,
    /// In the timeline.
    Inline,
    /// By itself, as large as the window.
    Whole,
}

impl Scale {
    /// Pixels a side that are kept.
    fn side(self) -> u32 {
        match self {
            Self::Face | Self::Icon | Self::Small => 128,
            Self::Inline => 960,
            Self::Whole => 4_096,
        }
    }
}

/// A picture, decoded.
#[derive(Clone, Debug)]
pub struct Picture {
    /// What is shown for how long; one frame stands still.
    pub frames: Arc<[(Drawn, Duration)]>,
    /// Width and height of the original, in pixels.
    pub size: (u32, u32),
    bytes: usize,
}

/// Why a picture cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// Nobody who has it is here, or it is too large.
    Missing(Fault),
    /// What came is no picture that could be drawn.
    Broken,
}

/// How it stands with a picture.
#[derive(Clone, Debug)]
pub enum Look<'a> {
    /// Under way.
    Coming,
    /// Here.
    Here(&'a Picture),
    /// Not to be had.
    Unseen(&'a Unseen),
}

type Key = (FileId, Scale);

/// A picture, and its first frame alone.
#[derive(Debug)]
struct Kept {
    moving: Picture,
    still: Picture,
}

impl Kept {
    fn new(moving: Picture) -> Self {
        let frames = moving.frames.iter().take(1).cloned().collect();
        Self { still: Picture { frames, ..moving }, moving }
    }
}

/// All pictures that are kept.
#[derive(Debug)]
pub struct Pictures {
    kept: BTreeMap<Key, Result<Kept, Unseen>>,
    /// Nothing moves.
    still: bool,
    asked: RefCell<BTreeSet<Key>>,
    /// When each was drawn last, by a count of looks.
    used: RefCell<(u64, BTreeMap<Key, u64>)>,
    wanted: mpsc::UnboundedSender<Key>,
}

impl Pictures {
    /// None yet, and what will be asked for.
    #[must_use]
    pub fn new() -> (Self, Wanted) {
        let (wanted, receiver) = mpsc::unbounded();
        let pictures =
            Self { kept: BTreeMap::new(), still: false, asked: RefCell::default(), used: RefCell::default(), wanted };
        (pictures, Wanted(receiver))
    }

    /// How it stands with a picture; asks for it the first time.
    pub fn look(&self, file: FileId, scale: Scale) -> Look<'_> {
        let key = (file, scale);
        let mut used = self.used.borrow_mut();
        used.0 += 1;
        let now = used.0;
        used.1.insert(key, now);
        match self.kept.get(&key) {
            Some(Ok(kept)) => Look::Here(if self.still { &kept.still } else { &kept.moving }),
            Some(Err(unseen)) => Look::Unseen(unseen),
            None => {
                // One entry a key, so the queue is bounded by what is drawn.
                if self.asked.borrow_mut().insert(key) {
                    let _ = self.wanted.unbounded_send(key);
                }
                Look::Coming
            }
        }
    }

    /// Takes one in that came, and lets go of those that were not drawn for longest.
    pub fn put(&mut self, file: FileId, scale: Scale, picture: Result<Picture, Unseen>) {
        self.asked.get_mut().remove(&(file, scale));
        self.kept.insert((file, scale), picture.map(Kept::new));
        let size = |it: &Result<Kept, Unseen>| it.as_ref().map_or(64, |it| it.moving.bytes);
        let mut total: usize = self.kept.values().map(size).sum();
        let used = &mut self.used.get_mut().1;
        while total > KEPT_MAX && self.kept.len() > 1 {
            let unused = self.kept.keys().filter(|key| **key != (file, scale)).min_by_key(|key| used.get(key).copied());
            let Some(key) = unused.copied() else { break };
            used.remove(&key);
            total -= self.kept.remove(&key).as_ref().map_or(0, size);
        }
    }

    /// Lets pictures move, or stand still.
    pub fn animate(&mut self, moves: bool) {
        self.still = !moves;
    }

    /// Asks again for what could not be had.
    pub fn retry(&mut self) {
        self.kept.retain(|_, it| !matches!(it, Err(Unseen::Missing(_))));
    }
}

/// What is asked for.
#[derive(Debug)]
pub struct Wanted(mpsc::UnboundedReceiver<Key>);

impl Wanted {
    /// Fetches and decodes what is asked for, a few at once.
    pub fn load(self, node: Handle) -> impl Stream<Item = (FileId, Scale, Result<Picture, Unseen>)> + Send {
        let (answers, loaded) = mpsc::channel(AT_ONCE);
        let fetching = Arc::new(Semaphore::new(AT_ONCE));
        let work = self.0.for_each_concurrent(READ_AT_ONCE, move |(file, scale)| {
            let (node, mut answers, fetching) = (node.clone(), answers.clone(), fetching.clone());
            async move {
                let here = node.held_file(file).await.is_ok_and(|held| held.is_some());
                let fetched = if here { None } else { fetching.acquire().await.ok() };
                let read = node.read_file(file, FILE_MAX).await;
                drop(fetched);
                let picture = match read {
                    Ok(bytes) => {
                        let _alone = DECODING.acquire().await;
                        let decoded = tokio::task::spawn_blocking(move || decode(&bytes, scale)).await;
                        decoded.ok().flatten().ok_or(Unseen::Broken)
                    }
                    Err(error) => Err(Unseen::Missing(error.into())),
                };
                let _ = answers.send((file, scale, picture)).await;
            }
        });
        // The work is polled with the answers: who stops listening stops the work.
        futures::stream::select(loaded.map(Some), futures::stream::once(work).map(|()| None))
            .filter_map(|it| async move { it })
    }
}

/// Makes a picture of bytes that anybody may have written.
#[must_use]
pub fn decode(bytes: &[u8], scale: Scale) -> Option<Picture> {
    let format = image::guess_format(bytes).ok()?;
    if format == ImageFormat::Gif
        && let Some(picture) = moving(bytes, scale)
    {
        return Some(picture);
    }
    let mut decoder = bounded(bytes, format)?;
    let turned = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let size = decoder.dimensions();
    let mut picture = fit(DynamicImage::from_decoder(decoder).ok()?, scale);
    picture.apply_orientation(turned);
    if matches!(scale, Scale::Face | Scale::Icon) {
        picture = cut(picture, if scale == Scale::Face { 0.5 } else { 0.25 });
    }
    let size = if (picture.width() > picture.height()) == (size.0 > size.1) { size } else { (size.1, size.0) };
    Some(still(picture, size))
}

/// Reads a picture's head; nothing where all of it would take more than is given. The limits alone bound what decoding takes
/// beside the pixels.
pub fn bounded(bytes: &[u8], format: ImageFormat) -> Option<impl ImageDecoder + '_> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    reader.into_decoder().ok().filter(|decoder| decoder.total_bytes() <= DECODE_MAX)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODE_MAX);
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits
}

/// No larger than it is drawn.
fn fit(picture: DynamicImage, scale: Scale) -> DynamicImage {
    let side = scale.side();
    if picture.width() <= side && picture.height() <= side {
        return picture;
    }
    picture.resize(side, side, image::imageops::FilterType::Triangle)
}

/// The middle of it, square, with corners of this radius as a share of its side. Done here because the software renderer
/// draws every picture with sharp corners.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn cut(picture: DynamicImage, radius: f32) -> DynamicImage {
    let side = picture.width().min(picture.height());
    let (x, y) = ((picture.width() - side) / 2, (picture.height() - side) / 2);
    let mut pixels = picture.crop_imm(x, y, side, side).into_rgba8();
    let (side, radius) = (side as f32, radius * side as f32);
    for (x, y, pixel) in pixels.enumerate_pixels_mut() {
        let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
        let (dx, dy) = ((radius - x).max(x - (side - radius)).max(0.0), (radius - y).max(y - (side - radius)).max(0.0));
        let inside = (radius - dx.hypot(dy) + 0.5).clamp(0.0, 1.0);
        pixel.0[3] = (f32::from(pixel.0[3]) * inside) as u8;
    }
    DynamicImage::ImageRgba8(pixels)
}

fn still(picture: DynamicImage, size: (u32, u32)) -> Picture {
    let pixels = picture.into_rgba8();
    let bytes = pixels.len();
    let (width, height) = pixels.dimensions();
    let frames = [(Drawn::from_rgba(width, height, pixels.into_raw()), Duration::ZERO)];
    Picture { frames: frames.into(), size, bytes }
}

/// As many frames as fit; one that does not fit in full stands still after its last.
fn moving(bytes: &[u8], scale: Scale) -> Option<Picture> {
    let mut decoder = image::codecs::gif::GifDecoder::new(Cursor::new(bytes)).ok()?;
    decoder.set_limits(limits()).ok()?;
    let size = decoder.dimensions();
    let (mut frames, mut kept) = (Vec::new(), 0);
    for frame in decoder.into_frames().take(FRAMES_MAX) {
        let Ok(frame) = frame else { break };
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        let delay = u64::from(numerator) / u64::from(denominator.max(1));
        // As browsers do: what asks for no pause gets a tenth of a second.
        let delay = Duration::from_millis(if delay < 20 { 100 } else { delay });
        let mut picture = fit(DynamicImage::ImageRgba8(frame.into_buffer()), scale);
        if matches!(scale, Scale::Face | Scale::Icon) {
            picture = cut(picture, if scale == Scale::Face { 0.5 } else { 0.25 });
        }
        let pixels = picture.into_rgba8();
        kept += pixels.len() + FRAME;
        if kept > MOVING_MAX && !frames.is_empty() {
            break;
        }
        let (width, height) = pixels.dimensions();
        frames.push((Drawn::from_rgba(width, height, pixels.into_raw()), delay));
    }
    (!frames.is_empty()).then(|| Picture { frames: frames.into(), size, bytes: kept })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        DynamicImage::new_rgba8(width, height).write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    #[test]
    fn a_large_picture_is_kept_small() {
        let picture = decode(&png(3000, 1000), Scale::Inline).unwrap();
        assert_eq!(picture.size, (3000, 1000));
        assert_eq!(picture.bytes, 960 * 320 * 4);
    }

    #[test]
    fn broken_ones_are_none() {
        let whole = png(300, 300);
        for cut in [0, 1, 8, 20, 33, whole.len() / 2] {
            assert!(decode(&whole[..cut], Scale::Small).is_none(), "{cut}");
        }
        assert!(decode(b"GIF89a\xff\xff\xff\xff", Scale::Small).is_none());
        assert!(decode(&vec![0; 4096], Scale::Small).is_none());
    }

    #[test]
    fn one_that_claims_to_be_giant_is_not_believed() {
        let mut bytes = png(4, 4);
        // Width and height of the header; its checksum is wrong then too, so both guards are passed.
        bytes[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
        assert!(decode(&bytes, Scale::Whole).is_none());
    }

    #[test]
    fn one_that_would_take_too_much_is_not_decoded() {
        let mut bytes = Vec::new();
        let small = png(4, 4);
        bytes.extend(&small[..12]);
        let mut head = b"IHDR".to_vec();
        head.extend(12_000_u32.to_be_bytes());
        head.extend(12_000_u32.to_be_bytes());
        head.extend(&small[24..29]);
        bytes.extend(&head);
        bytes.extend(crc(&head).to_be_bytes());
        bytes.extend(&small[33..]);
        assert!(bounded(&small, ImageFormat::Png).is_some());
        assert!(bounded(&bytes, ImageFormat::Png).is_none(), "refused by its head");
    }

    /// ISO 3309, as PNG has it.
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
        })
    }

    #[test]
    fn what_moves_stands_still_where_that_is_wanted() {
        let mut bytes = Vec::new();
        {
            let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
            for shade in [0_u8, 120, 240] {
                let frame = image::RgbaImage::from_pixel(2, 2, image::Rgba([shade, 0, 0, 255]));
                encoder.encode_frame(image::Frame::new(frame)).unwrap();
            }
        }
        let (mut pictures, _wanted) = Pictures::new();
        let id = FileId([1; 32]);
        pictures.put(id, Scale::Inline, decode(&bytes, Scale::Inline).ok_or(Unseen::Broken));
        let frames = |pictures: &Pictures| match pictures.look(id, Scale::Inline) {
            Look::Here(picture) => picture.frames.len(),
            _ => 0,
        };
        assert_eq!(frames(&pictures), 3);
        pictures.animate(false);
        assert_eq!(frames(&pictures), 1);
    }

    #[test]
    fn what_is_not_drawn_is_let_go_first() {
        let (mut pictures, mut wanted) = Pictures::new();
        let id = |n: u8| FileId([n; 32]);
        let large = Picture { frames: Arc::new([]), size: (1, 1), bytes: KEPT_MAX / 2 };
        for n in 1..=3 {
            assert!(matches!(pictures.look(id(n), Scale::Inline), Look::Coming));
            pictures.look(id(n), Scale::Inline);
            pictures.put(id(n), Scale::Inline, Ok(large.clone()));
            pictures.look(id(1), Scale::Inline);
        }
        assert!(matches!(pictures.look(id(1), Scale::Inline), Look::Here(_)));
        assert!(matches!(pictures.look(id(2), Scale::Inline), Look::Coming));
        let mut asked = Vec::new();
        while let Ok(key) = wanted.0.try_recv() {
            asked.push(key.0);
        }
        assert_eq!(asked, [id(1), id(2), id(3), id(2)], "once each, and again once it was let go");
    }
}
