//! Vector files: records of `name = hex` lines, parted by blank lines; `#` begins a comment line. And generators.

use std::{collections::BTreeMap, convert::Infallible};

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rand_core::{TryCryptoRng, TryRng};

/// One record of a vector file.
pub(crate) struct Record(BTreeMap<String, String>);

impl Record {
    /// A field as it stands.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_else(|| panic!("no field {name}"))
    }

    /// Whether the field is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A field's bytes.
    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        unhex(self.text(name))
    }

    /// A field of known length.
    pub(crate) fn array<const N: usize>(&self, name: &str) -> [u8; N] {
        self.bytes(name).try_into().unwrap_or_else(|_| panic!("length of {name}"))
    }
}

/// All records of a file.
pub(crate) fn records(file: &str) -> Vec<Record> {
    let lines: Vec<&str> = file.lines().filter(|line| !line.starts_with('#')).collect();
    let record = |lines: &[&str]| {
        let field = |line: &&str| {
            let (name, value) = line.split_once('=').expect("name = value");
            (name.trim().to_owned(), value.trim().to_owned())
        };
        Record(lines.iter().map(field).collect())
    };
    lines.split(|line| line.is_empty()).filter(|lines| !lines.is_empty()).map(record).collect()
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.replace(char::is_whitespace, "").as_bytes()).expect("hex")
}

pub(crate) fn unhex_array<const N: usize>(text: &str) -> [u8; N] {
    unhex(text).try_into().expect("length")
}

/// A generator that gives out the bytes of a vector.
pub(crate) struct Given(pub(crate) Vec<u8>);

impl TryRng for Given {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        rand_core::utils::next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        rand_core::utils::next_word_via_fill(self)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.copy_from_slice(&self.0[..out.len()]);
        self.0.drain(..out.len());
        Ok(())
    }
}

impl TryCryptoRng for Given {}

/// A seeded generator.
pub(crate) fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}
