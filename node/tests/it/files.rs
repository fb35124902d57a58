//! Files between real nodes: whole, byte for byte, from whoever holds them, and gone with what they hung on.

use std::{
    collections::VecDeque,
    env,
    fs::{self, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use bivouac_node::lab::{Disk, LabError, Rpc};
use serde_json::{Value, json};

use crate::cast::{Node, PATIENCE, folder, loopback, settled, skip, until};

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

/// What a node keeps of files, sent, fetched, in part, and marked to be deleted.
fn kept(data: &Path) -> Vec<String> {
    let folders = ["files", "files/got", "files/part", "files/loose"].map(|folder| data.join(folder));
    let all = folders.into_iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
    let all = all.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    all.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

/// Which of these files a node keeps the bytes of in a folder.
fn keeps(data: &Path, folder: &str, files: &[Value]) -> Vec<usize> {
    let name = |file: &Value| format!("{}.data", file["file"].as_str().unwrap());
    let here = |nth: &usize| data.join(folder).join(name(&files[*nth])).exists();
    (0..files.len()).filter(here).collect()
}

/// Lets a disk rot: one bit in a file is not what it was.
fn rot(path: &Path, at: u64) {
    let mut file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(at)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&[byte[0] ^ 1]).unwrap();
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
fn what_is_fetched_is_kept_up_to_a_bound() {
    let stores = folder();
    let at = |name: &str| stores.path().join(name);
    let mut ada = Node::start("Ada", loopback(&at("a")));
    let mut bo = Node::start("Bo", loopback(&at("b")).arg("--keep-files-mib").arg("8"));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    let lens = [3, 3, 3, 20].map(|mib| mib << 20);
    let sources: Vec<PathBuf> = (0..lens.len()).map(|nth| at(&format!("source {nth}"))).collect();
    for (nth, (source, len)) in sources.iter().zip(lens).enumerate() {
        fs::write(source, noise(nth as u64 + 1, len)).unwrap();
    }
    let (message, files) = send(&mut ada, &channel, &sources);
    bo.told(&[message].into());
    // What it sends itself counts for nothing, and goes for nothing.
    let (_, own) = send(&mut bo, &channel, &sources[3..]);
    let save = |bo: &mut Node, nth: usize, to: &str| {
        get(bo, &files[nth], &at(to));
        assert!(fs::read(at(to)).unwrap() == fs::read(&sources[nth]).unwrap());
    };
    let got = || keeps(&at("b"), "files/got", &files);
    save(&mut bo, 0, "0");
    save(&mut bo, 1, "1");
    assert_eq!(got(), [0, 1]);
    // Saved again, it is the other one that was not used for longest.
    save(&mut bo, 0, "0 again");
    save(&mut bo, 2, "2");
    assert_eq!(got(), [0, 2]);
    save(&mut bo, 3, "3");
    assert_eq!(got(), [0, 2], "what is larger than all that may be kept is not kept, nor are others let go for it");
    save(&mut bo, 1, "1 again");
    assert_eq!(got(), [1, 2]);
    assert_eq!(keeps(&at("b"), "files", &own), [0]);
    // Less is to be kept from now on.
    bo.rpc.stop(PATIENCE).unwrap();
    bo.rpc = Rpc::start(loopback(&at("b")).arg("--keep-files-mib").arg("4")).unwrap();
    bo.rpc.ready(PATIENCE).unwrap();
    until("the older one is gone", || got() == [1]);
    assert_eq!(keeps(&at("b"), "files", &own), [0]);
}

#[test]
fn what_the_disk_has_no_room_for_is_not_begun() {
    let stores = folder();
    let at = |name: &str| stores.path().join(name);
    fs::create_dir(at("disk")).unwrap();
    let disk = match Disk::new(&at("disk"), 128 << 20) {
        Ok(disk) => disk,
        Err(LabError::Unavailable(why)) => return skip("files-room", &why),
        Err(error) => panic!("{error}"),
    };
    let mut ada = Node::start("Ada", loopback(&at("a")));
    let mut bo = Node::start("Bo", loopback(&at("disk/b")).by(disk.on()));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    let sources = [at("small"), at("large")];
    fs::write(&sources[0], noise(1, 1 << 20)).unwrap();
    fs::write(&sources[1], noise(2, 100 << 20)).unwrap();
    let (message, files) = send(&mut ada, &channel, &sources);
    bo.told(&[message].into());
    get(&mut bo, &files[0], &at("got"));
    let refusal = bo.refused("file.get", json!({"file": files[1]["file"], "path": at("never")}));
    assert_eq!((refusal.code, refusal.kind.as_str()), (-32011, "disk_full"), "{refusal}");
    println!("{refusal}");
    let refusal = bo.refused("message.send", json!({"channel": channel, "text": "x", "files": [sources[1]]}));
    assert_eq!(refusal.code, -32011, "{refusal}");
    // The store has lost nothing of its room.
    bo.say(&channel, "no room here");
}

/// A node that is killed as it begins a system call of this kind on a path.
fn killed_at(data: &Path, call: &str, path: &Path) -> Option<Rpc> {
    let strace = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    if !strace.as_ref().is_ok_and(|out| out.status.success()) {
        skip("files-killed", &format!("strace: {strace:?}"));
        return None;
    }
    let (calls, kill) = (format!("trace={call}"), format!("inject={call}:signal=KILL"));
    let watched = ["strace", "-D", "-f", "-o", "/dev/null", "-e", &calls, "-e", &kill, "-P"];
    let rpc = Rpc::start(settled(data).by(watched).by([path])).unwrap();
    rpc.ready(PATIENCE).unwrap();
    Some(rpc)
}

#[test]
fn who_dies_leaves_no_bytes_that_hang_on_nothing() {
    let stores = folder();
    let at = |name: &str| stores.path().join(name);
    let data = at("a");
    let mut ada = Node::start("Ada", settled(&data));
    let (_, channel) = ada.guild("Camp");
    let sources = [at("one"), at("two")];
    sources.iter().for_each(|path| fs::write(path, noise(1, 100_000)).unwrap());

    // Sealed and in place, and dead before anything was said.
    ada.rpc.stop(PATIENCE).unwrap();
    let launch = ada.rpc.launch().clone();
    let Some(rpc) = killed_at(&data, "fsync", &data.join("files")) else { return };
    ada.rpc = rpc;
    let ticket = ada.rpc.send("message.send", json!({"channel": channel, "text": "never", "files": sources})).unwrap();
    ada.rpc.answer(&ticket, PATIENCE).unwrap_err();
    ada.rpc.kill();
    assert_eq!(kept(&data).len(), 3, "{:?}", kept(&data));
    ada.rpc = Rpc::start(launch.clone()).unwrap();
    ada.rpc.ready(PATIENCE).unwrap();
    assert_eq!((kept(&data), ada.list(&channel).len()), (Vec::new(), 0));

    // What hangs on a message stays, whatever is marked; what was left half done goes.
    let (message, files) = send(&mut ada, &channel, &sources);
    ada.rpc.stop(PATIENCE).unwrap();
    let ids: Vec<&str> = files.iter().map(|file| file["file"].as_str().unwrap()).collect();
    for left in [&format!("loose/{}", ids[0]), "part/in-1-0", "part/in-1-1.tree", &format!("{}.tree", "0".repeat(64))] {
        fs::write(data.join("files").join(left), b"left").unwrap();
    }
    fs::create_dir_all(data.join("files/got")).unwrap();
    fs::write(data.join("files/got").join(format!("{}.data", "1".repeat(64))), b"left").unwrap();
    let doomed = data.join("files").join(format!("{}.data", ids[0]));
    let Some(rpc) = killed_at(&data, "unlink", &doomed) else { return };
    ada.rpc = rpc;
    assert_eq!(kept(&data).len(), 4, "{:?}", kept(&data));
    for (file, source) in files.iter().zip(&sources) {
        let to = at(file["file"].as_str().unwrap());
        get(&mut ada, file, &to);
        assert!(fs::read(&to).unwrap() == fs::read(source).unwrap());
    }

    // Erased for good, and dead before the bytes were.
    let ticket = ada.rpc.send("message.delete", json!({"message": message})).unwrap();
    // The answer may have left before the end came.
    let _ = ada.rpc.answer(&ticket, PATIENCE);
    ada.rpc.kill();
    assert!(doomed.exists());
    ada.rpc = Rpc::start(launch).unwrap();
    ada.rpc.ready(PATIENCE).unwrap();
    assert_eq!(ada.list(&channel)[0].text, None, "the erasing was durable");
    assert_eq!(kept(&data), Vec::<String>::new());
}

#[test]
fn a_disk_that_rots_gives_nothing_wrong_away() {
    let stores = folder();
    let at = |name: &str| stores.path().join(name);
    // Bo knows the two others, who know nobody else.
    let mut bo = Node::start("Bo", settled(&at("b")));
    let mut ada = Node::start("Ada", settled(&at("a")));
    let mut cy = Node::start("Cy", settled(&at("c")));
    let (guild, channel) = bo.guild("Camp");
    let link = bo.invite(&guild);
    ada.join(&link);
    cy.join(&link);
    let source = at("source");
    fs::write(&source, noise(3, 12 << 20)).unwrap();
    let (message, files) = send(&mut ada, &channel, std::slice::from_ref(&source));
    let file = &files[0];
    let right = |at: &Path| assert!(fs::read(at).unwrap() == fs::read(&source).unwrap());
    for node in [&mut bo, &mut cy] {
        node.told(&[message.clone()].into());
        let to = at(&format!("first at {}", node.name));
        get(node, file, &to);
        right(&to);
    }
    // Bo keeps nothing of it, and begins anew.
    bo.rpc.stop(PATIENCE).unwrap();
    let launch = bo.rpc.launch().clone();
    bo.rpc = Rpc::start(launch.clone().arg("--keep-files-mib").arg("1")).unwrap();
    bo.rpc.ready(PATIENCE).unwrap();
    until("nothing is kept", || kept(&at("b")).is_empty());
    bo.rpc.stop(PATIENCE).unwrap();
    bo.rpc = Rpc::start(launch).unwrap();
    bo.rpc.ready(PATIENCE).unwrap();
    bo.meets(&ada);
    bo.meets(&cy);

    // Of each piece Cy's is sound, but for one that neither has.
    let bytes = format!("{}.data", file["file"].as_str().unwrap());
    (0..12).for_each(|piece| rot(&at("a/files").join(&bytes), (piece << 20) + 70_000));
    rot(&at("c/files/got").join(&bytes), 5 << 20);
    let asked = bo.rpc.send("file.get", json!({"file": file["file"], "path": at("at Bo")})).unwrap();
    until("all but one piece", || {
        let stored = fs::metadata(at("b/files/part").join(&bytes));
        stored.is_ok_and(|it| it.blocks() * 512 >= 11 << 20)
    });
    // Who sent it finds its own copy rotten.
    let own = ada.refused("file.get", json!({"file": file["file"], "path": at("at Ada")}));
    assert_eq!((own.code, own.kind.as_str()), (-32012, "store_damaged"), "{own}");
    println!("{own}");
    assert!(!at("at Ada").exists() && !bo.rpc.answered(&asked));
    // One piece mended, it is given.
    rot(&at("a/files").join(&bytes), (5 << 20) + 70_000);
    bo.rpc.answer(&asked, PATIENCE).unwrap();
    right(&at("at Bo"));
    // Whose fetched copy is rotten gets it anew.
    get(&mut cy, file, &at("at Cy"));
    right(&at("at Cy"));
    for node in [&ada, &bo, &cy] {
        assert_eq!(node.warnings("garbage_file"), Vec::<Value>::new(), "{}", node.name);
    }
}

/// Files of the tree that is sent.
const TREE: usize = 4_000;

/// Files of a real source tree: of the libraries this program is made of.
fn sources(most: usize) -> Vec<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    let registry = home.map(|home| home.join("registry/src"));
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("node");
    let (mut folders, mut files) = (VecDeque::from([workspace]), Vec::new());
    folders.extend(registry);
    while let Some(folder) = folders.pop_front() {
        let mut here: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().collect();
        here.sort_by_key(|entry| entry.file_name());
        for entry in here {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push_back(entry.path()),
                Ok(kind) if kind.is_file() && files.len() < most => files.push(entry.path()),
                _ => {}
            }
        }
        if files.len() >= most {
            break;
        }
    }
    files
}

#[test]
fn a_source_tree_arrives_byte_by_byte() {
    /// Messages under way at once, and files.
    const SENT: usize = 8;
    const GOT: usize = 128;
    let stores = folder();
    let at = |name: &str| stores.path().join(name);
    let mut ada = Node::start("Ada", loopback(&at("a")));
    let mut bo = Node::start("Bo", loopback(&at("b")));
    let (guild, channel) = ada.guild("Camp");
    let link = ada.invite(&guild);
    bo.join(&link);
    let sources = sources(TREE);
    let bytes: u64 = sources.iter().map(|path| fs::metadata(path).unwrap().len()).sum();

    let (began, mut under_way, mut messages) = (Instant::now(), VecDeque::new(), Vec::new());
    let settle = |rpc: &Rpc, ticket: Option<_>| rpc.answer(&ticket.unwrap(), PATIENCE).unwrap().value;
    for ten in sources.chunks(10) {
        if under_way.len() == SENT {
            messages.push(settle(&ada.rpc, under_way.pop_front()));
        }
        let sent = ada.rpc.send("message.send", json!({"channel": channel, "text": "ten", "files": ten}));
        under_way.push_back(sent.unwrap());
    }
    while !under_way.is_empty() {
        messages.push(settle(&ada.rpc, under_way.pop_front()));
    }
    let sending = began.elapsed();
    let ids = messages.iter().map(|sent| sent["message"].as_str().unwrap().to_owned());
    let ids: Vec<String> = ids.collect();
    bo.told(&ids.iter().cloned().collect());

    let mut files: Vec<(Value, &PathBuf, PathBuf)> = Vec::new();
    for (nth, (id, ten)) in ids.iter().zip(sources.chunks(10)).enumerate() {
        let into = at(&format!("got/{nth}"));
        fs::create_dir_all(&into).unwrap();
        let shown = bo.call("message.show", json!({"message": id}));
        let shown = shown["files"].as_array().unwrap();
        assert_eq!(shown.len(), ten.len());
        files.extend(shown.iter().zip(ten).map(|(file, source)| (file["file"].clone(), source, into.clone())));
    }
    let (began, mut under_way) = (Instant::now(), VecDeque::new());
    let compare = |rpc: &Rpc, (ticket, source): (_, &PathBuf)| {
        let got = settle(rpc, Some(ticket));
        let path = Path::new(got["path"].as_str().unwrap());
        assert!(fs::read(path).unwrap() == fs::read(source).unwrap(), "{} differs", source.display());
    };
    for (file, source, into) in &files {
        if under_way.len() == GOT {
            compare(&bo.rpc, under_way.pop_front().unwrap());
        }
        let asked = bo.rpc.send("file.get", json!({"file": file, "path": into})).unwrap();
        under_way.push_back((asked, *source));
    }
    under_way.into_iter().for_each(|got| compare(&bo.rpc, got));
    let getting = began.elapsed();
    let count = files.len();
    let each = |took: std::time::Duration| took.as_secs_f64() * 1e3 / count as f64;
    println!(
        "{count} files, {bytes} bytes: sent in {sending:.1?} ({:.1} ms each), fetched in {getting:.1?} ({:.1} ms each); all the same",
        each(sending),
        each(getting)
    );
    assert_eq!(count, TREE);
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
