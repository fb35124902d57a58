//! What text looks like: plain colours and sizes, so that a theme can be made into them and a test needs none.

use iced::{Color, Font, color, font};

/// The font of text.
pub const TEXT: Font = Font::with_name("Inter");
/// The font of code.
pub const MONO: Font = Font::with_name("JetBrains Mono");
/// The font of emoji.
pub const EMOJI: Font = Font::with_name("Twemoji Mozilla");

/// What text looks like.
#[allow(missing_docs, reason = "each is what it is called")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// The size of letters, in logical pixels.
    pub size: f32,
    /// From one line to the next, as a multiple of the size.
    pub line: f32,
    /// Whether the ground is dark, for the colours of code.
    pub dark: bool,
    pub text: Color,
    pub muted: Color,
    pub link: Color,
    pub code: Color,
    pub code_background: Color,
    pub code_border: Color,
    pub mention: Color,
    pub mention_background: Color,
    /// Of mentions that call on this user.
    pub mention_me: Color,
    pub mention_me_background: Color,
    /// Over what is hidden.
    pub spoiler: Color,
    /// Behind what was hidden.
    pub spoiler_open: Color,
    /// The bar beside a quote.
    pub quote: Color,
    pub selection: Color,
}

impl Look {
    /// On a dark ground.
    pub const DARK: Self = Self {
        size: 16.0,
        line: 1.375,
        dark: true,
        text: color!(0xdb_de_e1),
        muted: color!(0x94_9b_a4),
        link: color!(0x4f_b0_f5),
        code: color!(0xdb_de_e1),
        code_background: color!(0x2b_2d_31),
        code_border: color!(0x1e_1f_22),
        mention: color!(0xc9_cd_fb),
        mention_background: color!(0x3c_42_70),
        mention_me: color!(0xff_e2_a8),
        mention_me_background: color!(0x5a_48_20),
        spoiler: color!(0x1e_1f_22),
        spoiler_open: color!(0x40_42_49),
        quote: color!(0x4e_50_58),
        selection: color!(0x3f_5f_8f),
    };

    /// On a light ground.
    pub const LIGHT: Self = Self {
        dark: false,
        text: color!(0x31_33_38),
        muted: color!(0x5c_5e_66),
        link: color!(0x00_5f_b8),
        code: color!(0x31_33_38),
        code_background: color!(0xf2_f3_f5),
        code_border: color!(0xe3_e5_e8),
        mention: color!(0x3c_45_a5),
        mention_background: color!(0xe6_e8_fd),
        mention_me: color!(0x6a_4a_00),
        mention_me_background: color!(0xfd_ee_c8),
        spoiler: color!(0x31_33_38),
        spoiler_open: color!(0xd4_d7_dc),
        quote: color!(0xc4_c9_ce),
        selection: color!(0xb5_d3_fb),
        ..Self::DARK
    };

    /// The same, of another size.
    #[must_use]
    pub fn sized(self, size: f32) -> Self {
        Self { size, ..self }
    }

    /// The same, all of it in another colour.
    #[must_use]
    pub fn tinted(self, text: Color) -> Self {
        Self { text, ..self }
    }
}

/// A font of the family, bold or slanted.
pub(super) fn styled(font: Font, bold: bool, italic: bool) -> Font {
    Font {
        weight: if bold { font::Weight::Bold } else { font.weight },
        style: if italic { font::Style::Italic } else { font.style },
        ..font
    }
}
