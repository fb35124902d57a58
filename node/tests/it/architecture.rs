//! The architecture's invariants. What is absent stays absent because a test here looks for it.
//!
//! Crates are judged by what `cargo metadata` says they link, sources by the words they name outside of comments and
//! unit tests.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// What does input and output, keeps time, draws randomness, or paints.
const IMPURE: &[&str] = &[
    "async-std",
    "axum",
    "cpal",
    "getrandom",
    "hyper",
    "iced",
    "if-watch",
    "libp2p",
    "mio",
    "nix",
    "opus",
    "quinn",
    "rand",
    "redb",
    "reqwest",
    "rusqlite",
    "rustix",
    "rustls",
    "sled",
    "smol",
    "socket2",
    "tokio",
    "tracing-subscriber",
    "webrtc",
    "wgpu",
    "winit",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("node is in the workspace").to_owned()
}

/// Which packages each package of the workspace links, directly or not, without what only its tests link.
struct Links {
    direct: BTreeMap<String, BTreeSet<String>>,
    all: BTreeMap<String, BTreeSet<String>>,
}

impl Links {
    fn read() -> Self {
        let out = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked", "--offline"])
            .current_dir(root())
            .output()
            .expect("cargo runs");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let meta: Value = serde_json::from_slice(&out.stdout).unwrap();
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        let names: BTreeMap<String, String> =
            meta["packages"].as_array().unwrap().iter().map(|p| (text(&p["id"]), text(&p["name"]))).collect();
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for node in meta["resolve"]["nodes"].as_array().unwrap() {
            let linked = node["deps"].as_array().unwrap().iter().filter(|dep| {
                // `null` is a normal dependency, beside "dev" and "build".
                dep["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null())
            });
            edges.insert(text(&node["id"]), linked.map(|dep| text(&dep["pkg"])).collect());
        }
        let members: Vec<String> = meta["workspace_members"].as_array().unwrap().iter().map(text).collect();
        let name_all = |ids: &BTreeSet<String>| ids.iter().map(|id| names[id].clone()).collect::<BTreeSet<_>>();
        let mut links = Self { direct: BTreeMap::new(), all: BTreeMap::new() };
        for member in members {
            let (mut seen, mut next) = (BTreeSet::new(), vec![member.clone()]);
            while let Some(id) = next.pop() {
                next.extend(edges[&id].iter().filter(|dep| seen.insert((*dep).clone())).cloned());
            }
            links.direct.insert(names[&member].clone(), name_all(&edges[&member]));
            links.all.insert(names[&member].clone(), name_all(&seen));
        }
        links
    }
}

/// A source file without its comments and its unit tests.
struct Source {
    /// From the workspace's root.
    path: String,
    code: String,
}

impl Source {
    /// Every `.rs` file of a folder of the workspace; none if there is no such folder.
    fn under(folder: &str) -> Vec<Self> {
        let (mut files, mut folders) = (Vec::new(), vec![root().join(folder)]);
        while let Some(folder) = folders.pop() {
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for path in entries.map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ext| ext == "rs") {
                    let shown = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                    files.push(Self { path: shown, code: code(&fs::read_to_string(&path).unwrap()) });
                }
            }
        }
        files
    }

    /// Whether a word stands there as a whole word.
    fn names(&self, word: &str) -> bool {
        self.code.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|w| w == word)
    }

    fn is(&self, module: &str) -> bool {
        self.path == format!("{module}.rs") || self.path.starts_with(&format!("{module}/"))
    }
}

fn code(text: &str) -> String {
    let tests = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
    let lines = text[..tests].lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| line.split(" // ").next().unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// Whether a line has these words, and not as the beginning of a longer one.
fn whole(line: &str, words: &str) -> bool {
    line.match_indices(words)
        .any(|(at, _)| !line[at + words.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// The paths of those sources that do what they must not.
fn offenders(sources: &[Source], offends: impl Fn(&Source) -> bool) -> Vec<&str> {
    sources.iter().filter(|source| offends(source)).map(|source| source.path.as_str()).collect()
}

const NONE: [&str; 0] = [];

#[test]
fn crates_depend_only_downwards() {
    let links = Links::read();
    let ours = |of: &BTreeMap<String, BTreeSet<String>>, who: &str| {
        of[who].iter().filter(|name| name.starts_with("bivouac-")).cloned().collect::<Vec<_>>()
    };
    assert_eq!(ours(&links.all, "bivouac-crypto"), NONE);
    assert_eq!(ours(&links.all, "bivouac-core"), ["bivouac-crypto"]);
    assert_eq!(ours(&links.all, "bivouac-rendezvous"), ["bivouac-crypto"], "neither node nor core");
    assert_eq!(ours(&links.direct, "bivouac-ui"), ["bivouac-node"], "the app knows the node only");
}

#[test]
fn core_and_crypto_link_nothing_impure() {
    let links = Links::read();
    for pure in ["bivouac-core", "bivouac-crypto"] {
        for name in &links.all[pure] {
            let family = |impure: &&&str| name == **impure || name.starts_with(&format!("{impure}-"));
            assert_eq!(IMPURE.iter().find(family), None, "{pure} links {name}");
        }
    }
}

#[test]
fn one_file_names_the_database_and_one_folder_the_sound_card() {
    let sources: Vec<Source> = ["crypto/src", "node/core/src", "node/src", "rendezvous/src", "ui/src"]
        .into_iter()
        .flat_map(Source::under)
        .collect();
    assert_eq!(offenders(&sources, |s| s.names("sled") && !s.is("node/src/store")), NONE);
    assert_eq!(offenders(&sources, |s| s.names("cpal") && !s.is("node/src/audio")), NONE);
}

#[test]
fn one_file_changes_a_guilds_law() {
    let sources = Source::under("node/core/src");
    assert!(sources.iter().any(|s| s.is("node/core/src/fold")), "the fold has moved: mend this test");
    // Others may begin with the empty law and hand it to the fold, not make one, borrow it to be changed, or change it.
    let makes = |line: &str| {
        ["struct Law {", "impl Law {", "::Law {"]
            .iter()
            .fold(line.to_owned(), |line, no| line.replace(no, ""))
            .contains("Law {")
    };
    let borrows =
        |line: &str| line.contains("&mut Law") || ["&mut self.law", "&mut guild.law"].iter().any(|b| whole(line, b));
    let writes = |line: &str| {
        let verbs = [".insert(", ".remove(", ".entry(", ".get_mut(", ".retain(", ".clear(", ".extend(", ".take("];
        line.split(".law.").skip(1).any(|rest| verbs.iter().any(|verb| rest.contains(verb)) || rest.contains(" = "))
            || line.contains("mut law = ") && line.contains("law.clone()")
            || line.contains(".law = ")
    };
    let offends = |line: &str| (makes(line) || borrows(line) || writes(line)) && !line.contains("fold::");
    let elsewhere = |s: &Source| s.code.lines().any(offends) && !s.is("node/core/src/fold");
    assert_eq!(offenders(&sources, elsewhere), NONE);
}

#[test]
fn time_and_randomness_are_arguments() {
    let lists =
        ["crypto/clippy.toml", "node/core/clippy.toml"].map(|path| fs::read_to_string(root().join(path)).unwrap());
    for banned in [
        "Instant::now",
        "SystemTime::now",
        "thread::sleep",
        "getrandom::fill",
        "rand::rng",
        "rand::random",
        "HashMap",
        "HashSet",
    ] {
        for list in &lists {
            assert!(list.contains(&format!("{banned}\"")), "clippy no longer refuses {banned}");
        }
    }
    let rules = lists.each_ref().map(|list| list.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>());
    assert_eq!(rules[0], rules[1], "the two lists are to be the same");
    let sources: Vec<Source> = ["crypto/src", "node/core/src"].into_iter().flat_map(Source::under).collect();
    assert_eq!(offenders(&sources, |s| s.names("disallowed_methods") || s.names("disallowed_types")), NONE);
    // Clippy alone does not see these.
    assert_eq!(
        offenders(&sources, |s| s.names("async") || s.names("thread_local") || s.code.contains("static mut")),
        NONE
    );
}

#[test]
fn order_that_can_be_observed_is_an_order() {
    let sources = Source::under("node/core/src");
    assert_eq!(
        offenders(&sources, |s| ["HashMap", "HashSet", "hash_map", "hash_set"].iter().any(|w| s.names(w))),
        NONE
    );
}

#[test]
fn what_peers_send_enters_by_the_bounded_door() {
    // `canonical::decode` takes a limit and refuses what is too long, too deep, not canonical or followed by more.
    let sources: Vec<Source> =
        ["crypto/src", "node/core/src", "node/src"].into_iter().flat_map(Source::under).collect();
    let raw = |s: &Source| {
        ["minicbor::decode(", "minicbor::decode_with(", "Decoder::new("].iter().any(|w| s.code.contains(w))
    };
    // The log reads rows that it sealed itself.
    let allowed = |s: &Source| s.is("crypto/src/canonical") || s.is("node/core/src/log");
    assert_eq!(offenders(&sources, |s| raw(s) && !allowed(s)), NONE);
    let endless = |s: &Source| ["unbounded", "unbounded_channel", "UnboundedSender"].iter().any(|w| s.names(w));
    assert_eq!(offenders(&sources, endless), NONE);
    let std_channel = |s: &Source| s.code.contains("mpsc::channel()") || s.code.contains("std::sync::mpsc::channel");
    assert_eq!(offenders(&sources, |s| std_channel(s) && !s.is("node/src/lab")), NONE);
}

#[test]
fn modules_know_only_what_is_below_them() {
    let sources: Vec<Source> = ["node/core/src", "node/src"].into_iter().flat_map(Source::under).collect();
    let uses = |module: &str, other: &str| {
        let used = format!("{other}::");
        offenders(&sources, |s| s.is(module) && imports(&s.code).iter().any(|import| import.starts_with(&used)))
            .into_iter()
            .map(|path| format!("{path} uses {other}"))
            .collect::<Vec<_>>()
    };
    let mut broken = Vec::new();
    for above in ["op", "log", "dag", "authority", "fold", "keys", "sync", "io"] {
        broken.extend(uses("node/core/src/model", above));
    }
    for above in ["log", "authority", "fold", "keys", "sync"] {
        broken.extend(uses("node/core/src/op", above));
    }
    broken.extend(uses("node/core/src/authority", "fold"));
    broken.extend(uses("node/core/src/log", "fold"));
    broken.extend(uses("node/core/src/sync", "fold"));
    let apart = ["net", "store", "call", "audio"];
    for one in apart {
        for other in apart.into_iter().filter(|other| *other != one) {
            broken.extend(uses(&format!("node/src/{one}"), other));
        }
    }
    assert_eq!(broken, Vec::<String>::new());
}

/// What a source takes from its own crate, as `module::…`, one a name.
fn imports(code: &str) -> Vec<String> {
    let flat: String = code.split_whitespace().collect();
    let mut found = Vec::new();
    for (at, _) in flat.match_indices("crate::") {
        let rest = &flat[at + "crate::".len()..];
        let Some(group) = rest.strip_prefix('{') else {
            found.push(rest.chars().take_while(|c| *c != ';').collect());
            continue;
        };
        // The first names of `{a::b, c::{d, e}, f}`, at depth one.
        let (mut depth, mut name) = (1, String::new());
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => {
                    found.push(format!("{}::", std::mem::take(&mut name)));
                    continue;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
            name.push(c);
        }
        found.push(format!("{name}::"));
    }
    found
}

#[test]
fn imports_are_read_from_groups_too() {
    let found =
        imports("use crate::{model::{A, B}, op,\n    wire::C};\nuse crate::fold::fold;\n let x = crate::sync::go();");
    for module in ["model", "op", "wire", "fold", "sync"] {
        assert!(found.iter().any(|import| import.starts_with(&format!("{module}::"))), "{module} in {found:?}");
    }
    assert!(!found.iter().any(|import| import.starts_with('A')));
}

#[test]
fn every_crate_takes_the_workspaces_lints() {
    for member in ["crypto", "node", "node/core", "rendezvous", "ui"] {
        let manifest = fs::read_to_string(root().join(member).join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{member}");
    }
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("unsafe_code = \"forbid\""));
}
