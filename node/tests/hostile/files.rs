//! Files: what a member can give who holds one and lies about it.

use std::{
    fs, io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use bivouac_core::wire::{Request, Response};
use bivouac_crypto::Bounded;
use data_encoding::HEXLOWER;
use futures::{AsyncReadExt, AsyncWriteExt};
use serde_json::json;

use crate::{
    cast::{PATIENCE, folder},
    siege::{Case, besiege, case},
    wire::{Answer, FILE, Line, Manners},
};

/// Pieces of the file that is lied about, each of 1 MiB.
const PIECES: u64 = 32;
/// Of them those that are given truly first.
const TRUE: usize = 2;
/// What may have been asked for ahead when the first lie is found out.
const AHEAD: usize = 3;

#[test]
fn nobody_is_given_wrong_bytes() {
    besiege("files", CASES);
}

const CASES: &[Case] = &[
    case!("flipped", "pieces of which the last bit is another", |f| {
        lies(&f, |piece, _| *piece.last_mut().unwrap() ^= 1).await;
    }),
    case!("wrong-hashes", "pieces whose hashes are others", |f| lies(&f, |piece, _| piece[8] ^= 1).await),
    case!("another", "another piece of the same file, which is true in itself", |f| {
        lies(&f, |piece, other| piece.clone_from(other)).await;
    }),
    case!("short", "pieces that end too early", |f| lies(&f, |piece, _| piece.truncate(piece.len() - 1)).await),
    case!("stranger", "a stranger and a member who asks for what is not: nothing is given", |f| {
        let (folder, mut id) = (folder(), [7; 32]);
        let source = folder.path().join("secret");
        fs::write(&source, b"not for strangers").unwrap();
        let member = f.member().await;
        let line = member.meet(f.targets[0], Manners::default()).await.unwrap();
        assert_eq!(ask(&line, id, 0).await.unwrap(), Vec::<u8>::new());
        id = share(&f, &source).await;
        assert!(!ask(&line, id, 0).await.unwrap().is_empty());
        for piece in [1, PIECES, u64::MAX] {
            assert_eq!(ask(&line, id, piece).await.unwrap(), Vec::<u8>::new(), "piece {piece}");
        }
        let stranger = Line::plain(f.targets[0]).await.unwrap();
        assert!(ask(&stranger, id, 0).await.is_err(), "a stranger is answered");
    }),
];

/// Has a piece, as a node asks for it.
async fn ask(line: &Line, id: [u8; 32], piece: u64) -> io::Result<Vec<u8>> {
    let asked = async {
        let mut stream = line.open(FILE).await?;
        stream.write_all(&[&id[..], &piece.to_be_bytes()].concat()).await?;
        stream.flush().await?;
        let mut length = [0; 4];
        stream.read_exact(&mut length).await?;
        let mut bytes = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut bytes).await?;
        Ok(bytes)
    };
    tokio::time::timeout(PATIENCE, asked).await?
}

/// Has the first node hang a file on a message, and the second know of it. Gives its id.
async fn share(f: &crate::siege::Field, source: &std::path::Path) -> [u8; 32] {
    let (message, id) = {
        let mut camp = f.camp();
        let channel = camp.channel.clone();
        let sent = json!({"channel": channel, "text": "a file", "files": [source]});
        let message = camp.nodes[0].call("message.send", sent)["message"].clone();
        let shown = camp.nodes[0].call("message.show", json!({"message": message}));
        (message, shown["files"][0]["file"].as_str().unwrap().to_owned())
    };
    f.until("the second knows of it", || {
        f.camp().nodes[1].rpc.call("message.show", json!({"message": message}), PATIENCE).is_ok()
    })
    .await;
    HEXLOWER.decode(id.as_bytes()).unwrap().try_into().unwrap()
}

/// A member holds a file and gives some of it truly, then lies. Who fetches it has it from the honest one.
async fn lies(f: &crate::siege::Field, spoil: fn(&mut Vec<u8>, &Vec<u8>)) {
    let folder = folder();
    let (source, to) = (folder.path().join("source"), folder.path().join("got"));
    let bytes: Vec<u8> =
        (0..PIECES << 18).flat_map(|nth| (nth as u32).wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    fs::write(&source, &bytes).unwrap();
    let member = f.member().await;
    let id = share(f, &source).await;
    let honest = member.meet(f.targets[0], Manners::default()).await.unwrap();
    let mut pieces = Vec::new();
    for piece in 0..PIECES {
        pieces.push(ask(&honest, id, piece).await.unwrap());
    }
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let give = move |_, piece| {
        let mut given = pieces[piece as usize].clone();
        if count.fetch_add(1, Relaxed) >= TRUE {
            spoil(&mut given, &pieces[(piece as usize + 1) % pieces.len()]);
        }
        given
    };
    // Who answers when it is greeted counts as being there.
    let polite = Manners::answering(|request| match request {
        Request::Hello(_) => Answer::With(Response::Hello(Bounded::default())),
        _ => Answer::No,
    });
    let manners = Manners { give: Some(Arc::new(give)), ..polite };
    let line = member.meet(f.targets[1], manners).await.unwrap();

    let warned = |f: &crate::siege::Field| f.camp().nodes[1].warnings("garbage_file").len();
    let before = warned(f);
    let hex = HEXLOWER.encode(&id);
    let get = || f.camp().nodes[1].rpc.send("file.get", json!({"file": hex, "path": to})).unwrap();
    // The honest one has nothing to give for a moment: it might have given everything before the liar could lie.
    let disk = f.camp().nodes[0].rpc.launch().data().join(format!("files/{hex}.data"));
    let sound = fs::read(&disk).unwrap();
    fs::write(&disk, vec![0; sound.len()]).unwrap();
    let ticket = get();
    f.until("the liar is found out", || warned(f) > before).await;
    fs::write(&disk, sound).unwrap();
    f.until("it is fetched", || f.camp().nodes[1].rpc.answered(&ticket)).await;
    assert!(fs::read(&to).unwrap() == bytes, "other bytes were saved");
    let (asked_for, streams) = (asked.load(Relaxed), line.manners.fetched.load(Relaxed));
    println!("    asked the liar for {asked_for} pieces, {TRUE} of them given truly, over {streams} stream");
    assert!(asked_for > TRUE, "the liar was not asked often enough to lie");
    assert!(asked_for <= TRUE + 1 + AHEAD, "the liar was asked for {asked_for} pieces");
    assert_eq!((warned(f) - before, streams), (1, 1));
    // It is here now: nobody is asked again.
    let ticket = get();
    f.until("it is saved again", || f.camp().nodes[1].rpc.answered(&ticket)).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!((asked.load(Relaxed), line.manners.fetched.load(Relaxed)), (asked_for, 1));
}
