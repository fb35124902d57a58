//! A real text, long enough for thousands of messages: this project's own sources and pages, in a fixed order.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The first `n` distinct lines after `skip` that are not empty.
pub(crate) fn lines(skip: usize, n: usize) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for folder in ["docs", "crypto", "node", "rendezvous", "ui"] {
        walk(&root.join(folder), &mut files);
    }
    files.sort();
    let mut seen = BTreeSet::new();
    let found: Vec<String> = files
        .iter()
        .flat_map(|file| {
            fs::read_to_string(file).unwrap().lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>()
        })
        .filter(|line| !line.is_empty() && line.chars().count() <= 4000 && !line.chars().any(char::is_control))
        .filter(|line| seen.insert(line.clone()))
        .skip(skip)
        .take(n)
        .collect();
    assert_eq!(found.len(), n, "the project has fewer lines than that");
    found
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|ext| ext == "rs" || ext == "md") {
            files.push(path);
        }
    }
}
