//! What somebody learns who reads the cables and the disks: a capture, and a search for words in every writing.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};

use crate::cast::{Node, skip};

/// What an interface carries, by tcpdump.
pub(crate) struct Wire {
    tcpdump: Child,
    file: PathBuf,
}

impl Wire {
    /// Where a command begins with these words. `None` and a note where there is no tcpdump, or it may not: in a user
    /// namespace it can't become another user.
    pub(crate) fn tap(test: &str, on: &[OsString], interface: &str, file: PathBuf) -> Option<Self> {
        let mut tcpdump = Command::new(&on[0])
            .args(&on[1..])
            .args(["tcpdump", "-i", interface, "--immediate-mode", "-U", "-s", "0", "-Z", "root", "-w"])
            .arg(&file)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(tcpdump.stderr.take().unwrap()).read_line(&mut said).unwrap();
        let wire = Self { tcpdump, file };
        if said.contains("listening on") {
            return Some(wire);
        }
        skip(test, said.trim());
        None
    }

    /// What it has carried so far.
    pub(crate) fn carried(&self) -> Vec<u8> {
        fs::read(&self.file).unwrap()
    }

    pub(crate) fn end(mut self) -> Vec<u8> {
        self.tcpdump.kill().unwrap();
        self.tcpdump.wait().unwrap();
        self.carried()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        let _ = self.tcpdump.kill();
        let _ = self.tcpdump.wait();
    }
}

/// Every file below, with its content.
pub(crate) fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let Ok(entries) = fs::read_dir(dir) else { return found };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap_or_default());
        }
    }
    found
}

/// Nothing of what was said is in the clear in a stopped node's folder, or in a capture of its cable.
pub(crate) fn no_plaintext(node: &Node, wire: Option<Wire>, said: &[&str]) {
    let files = contents(node.rpc.launch().data());
    let bytes: usize = files.values().map(Vec::len).sum();
    assert!(bytes > 10_000, "the store is elsewhere");
    let carried = wire.map(Wire::end);
    assert!(carried.as_ref().is_none_or(|carried| carried.len() > 10_000), "nothing was captured");
    println!("searched {bytes} bytes in {} files, {} on the cable", files.len(), carried.as_ref().map_or(0, Vec::len));
    for word in said {
        for (path, content) in &files {
            assert!(!contains(content, word.as_bytes()), "{} holds it", path.display());
        }
        assert!(!contains(carried.as_deref().unwrap_or_default(), word.as_bytes()), "the cable carried it");
    }
}

pub(crate) fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}

/// Words to be looked for, in every writing: UTF-8, UTF-16, hexadecimal and base64.
#[derive(Default)]
pub(crate) struct Words {
    /// What was looked for and how it was written.
    needles: Vec<(String, Vec<u8>)>,
    /// Those that begin with these two bytes.
    by_start: BTreeMap<[u8; 2], Vec<usize>>,
}

impl Words {
    pub(crate) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut words = Self::default();
        for text in texts {
            words.add(text, text.as_bytes());
            let utf16: Vec<u16> = text.encode_utf16().collect();
            let wide = |bytes: fn(u16) -> [u8; 2]| utf16.iter().copied().flat_map(bytes).collect::<Vec<u8>>();
            words.add(&format!("{text}, in UTF-16LE"), &wide(u16::to_le_bytes));
            words.add(&format!("{text}, in UTF-16BE"), &wide(u16::to_be_bytes));
        }
        words
    }

    /// Bytes, as they are and in letters.
    pub(crate) fn add(&mut self, name: &str, bytes: &[u8]) {
        for (writing, needle) in writings(bytes) {
            let start = needle.first_chunk().copied().unwrap();
            self.by_start.entry(start).or_default().push(self.needles.len());
            self.needles.push((format!("{name} ({writing})"), needle));
        }
    }

    /// How many writings are looked for.
    pub(crate) fn count(&self) -> usize {
        self.needles.len()
    }

    /// Those that are in there.
    pub(crate) fn found(&self, hay: &[u8]) -> BTreeSet<&str> {
        // Most pairs of bytes begin no word.
        let mut starts = vec![false; 1 << 16];
        for start in self.by_start.keys() {
            starts[usize::from(u16::from_be_bytes(*start))] = true;
        }
        let mut found = BTreeSet::new();
        for (at, pair) in hay.windows(2).enumerate() {
            if !starts[usize::from(u16::from_be_bytes([pair[0], pair[1]]))] {
                continue;
            }
            for nth in &self.by_start[pair] {
                let (name, needle) = &self.needles[*nth];
                if hay[at..].starts_with(needle) {
                    found.insert(name.as_str());
                }
            }
        }
        found
    }
}

/// Each way bytes are written down. Base64 writes them in three ways, by where in a group of three they begin; of the
/// letters at both ends that also depend on what stands beside nothing is said.
fn writings(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut all = vec![
        ("as it is".to_owned(), bytes.to_vec()),
        ("hexadecimal".to_owned(), HEXLOWER.encode(bytes).into_bytes()),
        ("HEXADECIMAL".to_owned(), HEXUPPER.encode(bytes).into_bytes()),
    ];
    for before in 0..3 {
        let shifted = [&vec![0; before][..], bytes].concat();
        let (from, to) = ((before * 8).div_ceil(6), shifted.len() * 8 / 6);
        for (kind, encoding) in [("base64", BASE64_NOPAD), ("base64url", BASE64URL_NOPAD)] {
            all.push((format!("{kind} after {before}"), encoding.encode(&shifted).as_bytes()[from..to].to_vec()));
        }
    }
    all
}

#[test]
fn a_word_is_found_in_every_writing_and_wherever_it_stands() {
    let words = Words::texts(["Zwölfboxkämpfer", "elsewhere"]);
    for writing in ["utf-8", "utf-16le", "utf-16be"] {
        for place in 0..4 {
            let said = format!("{}the Zwölfboxkämpfer chase", "x".repeat(place));
            let units = || said.encode_utf16();
            let bytes: Vec<u8> = match writing {
                "utf-8" => said.clone().into_bytes(),
                "utf-16le" => units().flat_map(u16::to_le_bytes).collect(),
                _ => units().flat_map(u16::to_be_bytes).collect(),
            };
            for written in [
                bytes.clone(),
                HEXLOWER.encode(&bytes).into(),
                HEXUPPER.encode(&bytes).into(),
                BASE64_NOPAD.encode(&bytes).into(),
                BASE64URL_NOPAD.encode(&bytes).into(),
            ] {
                let found = words.found(&written);
                assert!(found.iter().any(|word| word.starts_with("Zwölf")), "{writing}, place {place}: {found:?}");
                assert!(!found.iter().any(|word| word.starts_with("elsewhere")), "{found:?}");
            }
        }
    }
    assert!(words.found(b"Zwolfboxkampfer").is_empty());
}
