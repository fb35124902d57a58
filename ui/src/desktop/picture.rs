//! Small pictures handed to the desktop: icons, and what is drawn on them.

use image::{RgbaImage, imageops};

/// Largest icon taken, in pixels a side.
const MAX_SIDE: u32 = 1024;
/// Unread: the red that a badge is everywhere.
const BADGE: [u8; 4] = [0xed, 0x42, 0x45, 0xff];
const INK: [u8; 4] = [0xff; 4];
/// The digits, three by five pixels, a row the low three bits.
const DIGITS: [[u8; 5]; 10] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 7, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 2, 2, 2],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
];
const PLUS: [u8; 5] = [0, 2, 7, 2, 0];

/// A small picture: eight bits each of red, green, blue and opacity, row by row.
#[derive(Clone, PartialEq, Eq)]
pub struct Rgba(pub(super) RgbaImage);

impl Rgba {
    /// A picture of these pixels. None where their number is not what the sides say, or a side is nothing or above
    /// 1,024 pixels.
    #[must_use]
    pub fn new(width: u32, height: u32, pixels: Vec<u8>) -> Option<Self> {
        let sides = 1..=MAX_SIDE;
        let fits = sides.contains(&width) && sides.contains(&height) && pixels.len() == (width * height * 4) as usize;
        if fits { RgbaImage::from_raw(width, height, pixels).map(Self) } else { None }
    }

    /// Its pixels, four bytes each, and how many are beside and below each other.
    #[must_use]
    pub fn into_raw(self) -> (Vec<u8>, u32, u32) {
        let (width, height) = self.0.dimensions();
        (self.0.into_raw(), width, height)
    }

    /// At most `side` pixels wide and high.
    pub(super) fn within(&self, side: u32) -> RgbaImage {
        let (width, height) = self.0.dimensions();
        let longest = width.max(height);
        if longest <= side {
            return self.0.clone();
        }
        imageops::thumbnail(&self.0, (width * side / longest).max(1), (height * side / longest).max(1))
    }

    /// With a dot in its corner, or a number on it.
    pub(super) fn badged(&self, side: u32, mentions: u32) -> RgbaImage {
        let mut icon = self.within(side);
        let (width, height) = icon.dimensions();
        let short = width.min(height);
        let across = if mentions == 0 { short * 2 / 5 } else { short * 2 / 3 }.max(1);
        let (left, top) = (width - across, height - across);
        for (x, y) in (0..across).flat_map(|y| (0..across).map(move |x| (x, y))) {
            let from_middle = |at: u32| i64::from(2 * at + 1) - i64::from(across);
            if from_middle(x).pow(2) + from_middle(y).pow(2) <= i64::from(across).pow(2) {
                icon.put_pixel(left + x, top + y, image::Rgba(BADGE));
            }
        }
        let glyphs: &[[u8; 5]] = match mentions {
            0 => &[],
            1..=9 => &DIGITS[mentions as usize..=mentions as usize],
            _ => &[DIGITS[9], PLUS],
        };
        // A dot of the digits, so that they fill most of the disc.
        let wide = glyphs.len() as u32 * 4 - u32::from(!glyphs.is_empty());
        let dot = (across * 3 / 4 / wide.max(5)).max(1);
        let (x0, y0) = (left + across.saturating_sub(wide * dot) / 2, top + across.saturating_sub(5 * dot) / 2);
        for (at, glyph) in (0u32..).zip(glyphs) {
            for (row, bits) in (0u32..).zip(glyph) {
                for column in (0..3).filter(|column| bits & (4 >> column) != 0) {
                    let (x, y) = (x0 + (at * 4 + column) * dot, y0 + row * dot);
                    for (x, y) in (0..dot).flat_map(|dy| (0..dot).map(move |dx| (x + dx, y + dy))) {
                        if x < width && y < height {
                            icon.put_pixel(x, y, image::Rgba(INK));
                        }
                    }
                }
            }
        }
        icon
    }
}

impl std::fmt::Debug for Rgba {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rgba({}×{})", self.0.width(), self.0.height())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_picture_is_refused() {
        assert!(Rgba::new(2, 2, vec![0; 16]).is_some());
        for (width, height, len) in
            [(0, 0, 0), (2, 2, 15), (1025, 1, 4100), (u32::MAX, u32::MAX, 4), (65_536, 65_536, 0)]
        {
            assert_eq!(Rgba::new(width, height, vec![0; len]), None);
        }
    }

    #[test]
    fn badges_fit_icons_of_any_size() {
        for (width, height) in [(1, 1), (1, 9), (3, 3), (16, 16), (22, 22), (64, 64), (200, 100), (1024, 1)] {
            let icon = Rgba::new(width, height, vec![0; (width * height * 4) as usize]).unwrap();
            for mentions in [0, 1, 9, 10, u32::MAX] {
                let badged = icon.badged(64, mentions);
                assert!(badged.width() <= 64 && badged.height() <= 64);
                assert!(badged.pixels().any(|p| p.0 == BADGE || p.0 == INK));
            }
        }
        let icon = Rgba::new(64, 64, vec![0; 64 * 64 * 4]).unwrap();
        assert!(!icon.badged(64, 0).pixels().any(|p| p.0 == INK), "a dot says no number");
        assert_ne!(icon.badged(64, 1), icon.badged(64, 7));
        assert_eq!(icon.badged(64, 10), icon.badged(64, 99));
        assert_eq!(icon.badged(64, 3).get_pixel(0, 0).0, [0; 4], "the rest of the icon is left as it is");
    }
}
