//! Files between real nodes: whole, byte for byte, from whoever holds them, and gone with what they hung on.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::cast::{Node, PATIENCE, folder, loopback, settled, until};

/// Bytes that do not repeat.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

/// Hangs files on a message. Gives the message and what it says of them.
fn send(node: &mut Node, channel: &str, paths: &[PathBuf]) -> (String, Vec<Value>) {
    let sent = node.call("message.send", json!({"channel": channel, "text": "here", "files": paths}));
    let message = sent["message"].as_str().unwrap().to_owned();
    let files = node.call("message.show", json!({"message": message}))["files"].clone();
    (message, files.as_array().unwrap().clone())
}

fn get(node: &mut Node, file: &Value, to: &Path) -> Value {
    node.call("file.get", json!({"file": file["file"], "path": to}))
}

/// What a node keeps of files, whole or in part.
fn kept(data: &Path) -> Vec<String> {
    let list = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let all = list(data.join("files")).chain(list(data.join("files/part")));
    all.filter(|path| path.is_file()).map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn files_come_whole_from_whoever_holds_them() {
    let stores = folder();
    let at = |name: &str| stores.path().join(name);
    let mut ada = Node::start("Ada", loopback(&at("a")));
    let mut bo = Node::start("Bo", loopback(&at("b")));
    let mut cy = Node::start("Cy", loopback(&at("c")));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    // Nothing tells Cy where Ada is: they know each other through Bo alone.
    let link = bo.invite(&guild);
    cy.join(&link);

    // Lengths on and beside every edge: nothing, one leaf, one piece, many.
    let lens = [0, 1, 16 * 1024, 16 * 1024 + 1, 1 << 20, (1 << 20) + 1, 5_000_000];
    let sources: Vec<PathBuf> = lens.iter().map(|len| at(&format!("source {len}.bin"))).collect();
    for (path, len) in sources.iter().zip(lens) {
        fs::write(path, noise(len as u64, len)).unwrap();
    }
    let (message, files) = send(&mut ada, &channel, &sources);
    bo.told(&[message.clone()].into());
    for ((file, len), source) in files.iter().zip(lens).zip(&sources) {
        assert_eq!(file["size"], len);
        let to = at(&format!("got {len}"));
        let got = get(&mut bo, file, &to);
        assert_eq!((got["path"].as_str(), got["size"].as_u64()), (to.to_str(), Some(len as u64)));
        assert!(fs::read(&to).unwrap() == fs::read(source).unwrap(), "{len} bytes differ");
        let done = |event: &Value| event["type"] == "transfer.progress" && event["file"] == file["file"];
        bo.rpc.wait("the end", PATIENCE, |event| done(event) && event["have"] == event["size"]).unwrap();
        // Saved again where it is already: nothing to do. Where something else is: refused.
        get(&mut bo, file, &to);
        fs::write(&to, b"something else").unwrap();
        let refusal = bo.refused("file.get", json!({"file": file["file"], "path": to}));
        assert_eq!((refusal.code, refusal.param.as_deref()), (-32002, Some("path")));
        assert_eq!(fs::read(&to).unwrap(), b"something else");
    }

    // Its author is gone: another who has it gives it.
    ada.rpc.stop(PATIENCE).unwrap();
    cy.told(&[message.clone()].into());
    let into = at("folder");
    fs::create_dir(&into).unwrap();
    for (file, source) in files.iter().zip(&sources) {
        let first = get(&mut cy, file, &into);
        assert_eq!(Path::new(first["path"].as_str().unwrap()), into.join(source.file_name().unwrap()));
        assert!(fs::read(first["path"].as_str().unwrap()).unwrap() == fs::read(source).unwrap());
    }

    // Deleted, it is off every disk.
    ada.rpc.restart(PATIENCE).unwrap();
    assert_eq!((kept(&at("a")).len(), kept(&at("c")).len()), (2 * lens.len(), 2 * lens.len()));
    ada.call("message.delete", json!({"message": message}));
    for data in ["a", "b", "c"] {
        until("its bytes are gone", || kept(&at(data)).is_empty());
    }
    let refusal = bo.refused("file.get", json!({"file": files[1]["file"], "path": at("late")}));
    assert_eq!((refusal.code, refusal.param.as_deref()), (-32004, Some("file")));
}

#[test]
fn what_is_fetched_in_part_is_not_fetched_again_after_a_kill() {
    let stores = folder();
    let at = |name: &str| stores.path().join(name);
    let mut ada = Node::start("Ada", settled(&at("a")));
    let mut bo = Node::start("Bo", settled(&at("b")));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    let source = at("large.bin");
    let bytes = noise(7, 256 << 20);
    fs::write(&source, &bytes).unwrap();
    let (message, files) = send(&mut ada, &channel, &[source]);
    bo.told(&[message].into());
    let (file, to) = (files[0].clone(), at("got"));
    let moved = |event: &Value| event["type"] == "transfer.progress" && event["have"].as_u64() > Some(0);
    let (mut before, mut kills) = (0, 0);
    for side in [true, true, false] {
        let since = bo.rpc.mark();
        let Ok(_) = bo.rpc.send("file.get", json!({"file": file["file"], "path": to})) else { panic!("not asked") };
        let Ok(seen) = bo.rpc.wait_since(since, "some of it", PATIENCE, moved) else { panic!("nothing came") };
        let have = seen.event["have"].as_u64().unwrap();
        assert!(have >= before, "{have} after {before}");
        if have == bytes.len() as u64 {
            break;
        }
        before = have;
        kills += 1;
        let killed = if side { &mut bo } else { &mut ada };
        killed.rpc.kill();
        killed.rpc.restart(PATIENCE).unwrap();
        if !side {
            // Who lost the giver asks again by itself.
            bo.rpc
                .wait_since(since, "the rest", PATIENCE, |e| e["type"] == "transfer.progress" && e["have"] == e["size"])
                .unwrap();
        }
    }
    assert!(kills > 0, "it was whole before anybody was killed");
    let got = get(&mut bo, &file, &to);
    assert_eq!(got["size"], bytes.len());
    assert!(fs::read(&to).unwrap() == bytes);
}

#[test]
fn names_and_kinds_of_strangers_are_not_trusted() {
    let stores = folder();
    let at = |name: &str| stores.path().join(name);
    let mut ada = Node::start("Ada", loopback(&at("a")));
    let (_, channel) = ada.guild("Camp");
    let png: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x4e\x20\0\0\x4e\x20\x08\x02\0\0\0";
    for (name, bytes, shown, mime) in [
        ("cod\u{202e}gnp.exe", png, "codgnp.exe", "image/png"),
        (".hidden", b"text".as_slice(), "hidden", "text/plain"),
        ("picture.svg", b"<svg><script>alert(1)</script></svg>".as_slice(), "picture.svg", "text/plain"),
        ("a\nb", b"\0\xff".as_slice(), "a_b", "application/octet-stream"),
    ] {
        let path = at(name);
        fs::write(&path, bytes).unwrap();
        let (_, files) = send(&mut ada, &channel, &[path]);
        assert_eq!((files[0]["name"].as_str(), files[0]["mime"].as_str()), (Some(shown), Some(mime)), "{name:?}");
        assert_eq!(files[0]["width"].as_u64(), (mime == "image/png").then_some(20_000));
    }
    let long = at(&"x".repeat(255));
    fs::write(&long, b"x").unwrap();
    let (_, files) = send(&mut ada, &channel, &[long]);
    let into = at("into");
    fs::create_dir(&into).unwrap();
    for nth in 0..3 {
        fs::write(
            into.join(if nth == 0 { files[0]["name"].as_str().unwrap().to_owned() } else { format!("{nth}") }),
            b"other",
        )
        .unwrap();
    }
    let got = get(&mut ada, &files[0], &into);
    assert!(got["path"].as_str().unwrap().ends_with(" (1)"), "{got}");
    for (path, code) in [(at("none"), -32602), (stores.path().to_owned(), -32602), (PathBuf::from("/dev/zero"), -32602)]
    {
        let refusal = ada.refused("message.send", json!({"channel": channel, "text": "x", "files": [path]}));
        assert_eq!((refusal.code, refusal.param.as_deref()), (code, Some("files")));
    }
    let many = vec![at("picture.svg"); 11];
    assert_eq!(ada.refused("message.send", json!({"channel": channel, "text": "x", "files": many})).code, -32602);
    // What was sealed for a message that is refused is not kept.
    let before = kept(&at("a")).len();
    let refused = json!({"channel": channel, "text": "x", "reply_to": "0".repeat(80), "files": [at("picture.svg")]});
    assert_eq!(ada.refused("message.send", refused).param.as_deref(), Some("reply_to"));
    assert_eq!(kept(&at("a")).len(), before);
    let nowhere = json!({"file": files[0]["file"], "path": at("no/such/folder/x")});
    assert_eq!(ada.refused("file.get", nowhere).param.as_deref(), Some("path"));
}

#[test]
fn a_large_picture_comes_with_a_small_one() {
    let stores = folder();
    let at = |name: &str| stores.path().join(name);
    let mut ada = Node::start("Ada", loopback(&at("a")));
    let mut bo = Node::start("Bo", loopback(&at("b")));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    // A bitmap has no preview; a picture that is no picture is sent like any file.
    let photo = at("photo.png");
    image::RgbImage::from_fn(1_600, 900, |x, y| image::Rgb([x as u8, y as u8, (x ^ y) as u8])).save(&photo).unwrap();
    let broken = at("broken.png");
    fs::write(&broken, &fs::read(&photo).unwrap()[..2_000]).unwrap();
    let vector = at("drawing.svg");
    fs::write(&vector, "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(2)</script></svg>")
        .unwrap();
    let (message, files) = send(&mut ada, &channel, &[photo, broken, vector]);
    bo.told(&[message.clone()].into());
    let small = &files[0]["preview"];
    assert_eq!((&files[0]["width"], &small["width"], &small["height"]), (&json!(1_600), &json!(480), &json!(270)));
    assert_eq!((&small["mime"], small["size"].as_u64() < Some(96 << 10)), (&json!("image/jpeg"), true));
    assert_eq!(
        (&files[1]["preview"], &files[2]["preview"], &files[2]["mime"]),
        (&Value::Null, &Value::Null, &json!("text/plain"))
    );
    let to = at("small.jpg");
    bo.call("file.get", json!({"file": small["file"], "path": to}));
    let got = image::open(&to).unwrap();
    assert_eq!((got.width(), got.height()), (480, 270));
    // With the message goes both.
    ada.call("message.delete", json!({"message": message}));
    for data in ["a", "b"] {
        until("their bytes are gone", || kept(&at(data)).is_empty());
    }
}
