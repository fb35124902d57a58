//! Somebody writes, sends and names whatever they can think of. Who reads it all the way up has an app that goes on
//! answering, in bounded memory.

use std::{fs, path::Path, time::Instant};

use bivouac_node::{
    Config, Handle,
    core::{
        io::{Answer, ChannelEdit, Command, Query, Reply, Scope},
        model::{ChannelId, ChannelKind, GuildId, Nature},
    },
};
use image::{DynamicImage, GrayImage, ImageFormat, Rgb, RgbImage};

use super::person::{Person, screens};

const LOOPBACK: &str = "/ip4/127.0.0.1/tcp/0";
/// What is looked at larger.
const MAGENTA: [u8; 3] = [255, 0, 255];
/// Memory of the app, at most, in MiB.
const ROOM: u64 = 600;
/// Keys are answered within this many seconds, on a busy machine.
const ANSWER: u64 = 15;

#[test]
fn whatever_somebody_writes_the_app_goes_on() {
    let test = "rough";
    if !screens(test) {
        return;
    }
    let mut ana = Person::new("Ana", test, Vec::new());
    let mal = ana.home.join("mal");
    fs::create_dir_all(&mal).unwrap();
    let run = tokio::runtime::Runtime::new().unwrap();
    let (mal, guild, link) = run.block_on(async {
        let ana = open(&ana.data()).await;
        ana.create_identity("Ana").await.unwrap();
        ana.shutdown().await;
        wicked(&mal).await
    });

    ana.start(&["--no-mdns", "--listen", LOOPBACK, &link]);
    ana.reads("Invite link");
    ana.key("Return");
    ana.until("the guild", |ana| ana.title().contains("#general"));
    ana.leaves_the_mouse();
    for room in ["words", "marks", "files"] {
        go(&mut ana, room);
        ana.shot(room);
        let (began, mut pages) = (Instant::now(), 0);
        ana.until("the beginning", |ana| {
            ana.key("Prior");
            pages += 1;
            ana.sight().find(&format!("This is the beginning of #{room}")).is_some()
        });
        println!("{room}: up {pages} pages in {:?}, {} MiB", began.elapsed(), ana.resident());
        ana.shot(&format!("{room} above"));
        answers(&mut ana);
    }
    let mut place = None;
    ana.until("the picture", |ana| {
        place = ana.sight().place(MAGENTA);
        place.is_some()
    });
    let at = place.unwrap();
    ana.click(at.0, at.1, 1);
    ana.reads("plain.png");
    ana.shot("viewer");
    ana.key("Escape");

    go(&mut ana, "words");
    ana.says("never mind");
    ana.reads("never mind");
    ana.key("Up");
    ana.types(" it all");
    ana.key("Return");
    ana.reads("never mind it all");
    run.block_on(async {
        while last(&mal, guild).await.as_deref() != Some("never mind it all") {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        mal.shutdown().await;
    });
    assert!(ana.resident() < ROOM, "{} MiB", ana.resident());
    assert!(ana.quit().success());
    let log = ana.log();
    assert!(!log.contains("panic") && !log.contains(" ERROR "), "{log}");
}

/// To a channel, by its name.
fn go(ana: &mut Person, room: &str) {
    ana.key("ctrl+k");
    ana.reads("Where would you like to go?");
    ana.types(room);
    ana.key("Return");
    ana.until(room, |ana| ana.title().contains(&format!("#{room}")));
}

/// What is typed is there.
fn answers(ana: &mut Person) {
    let began = Instant::now();
    ana.types("quick fox");
    ana.reads("quick fox");
    println!("typed and read in {:?}", began.elapsed());
    assert!(began.elapsed().as_secs() < ANSWER);
    ana.key("ctrl+a");
    ana.key("BackSpace");
}

async fn open(data: &Path) -> Handle {
    let listen = vec![LOOPBACK.to_owned()];
    Handle::open(Config { listen, mdns: false, ..Config::new(data.to_owned()) }).await.unwrap()
}

/// What was said last among the words.
async fn last(node: &Handle, guild: GuildId) -> Option<String> {
    let Ok(Answer::Guild(view)) = node.query(Query::Guild(guild)).await else { panic!() };
    let words = view.law.channels.iter().find(|(_, channel)| channel.name == "words").unwrap();
    let page = Query::Messages { channel: *words.0, scope: Scope::All, before: None, after: None, limit: 1 };
    let Ok(Answer::Messages(page)) = node.query(page).await else { panic!() };
    page.messages.last()?.text.clone()
}

/// A guild with all of it, and a link into it.
async fn wicked(data: &Path) -> (Handle, GuildId, String) {
    let node = open(&data.join("data")).await;
    let heap = |of: char, marks: usize| of.to_string() + &"\u{301}".repeat(marks);
    node.create_identity(&"W".repeat(64)).await.unwrap();
    let made = node.command(Command::CreateGuild { name: "漢".repeat(100) }).await;
    let Ok(Reply::Guild { guild, channel: general }) = made else { panic!("{made:?}") };
    let topic = ChannelEdit { topic: Some("W".repeat(1_024)), ..ChannelEdit::default() };
    node.command(Command::UpdateChannel { channel: general, edit: topic, password: None }).await.unwrap();
    for name in ["ﷺ".repeat(100), heap('x', 90), "👩\u{200d}👧".repeat(30), "W".repeat(100)] {
        room(&node, guild, name).await;
    }
    let words = room(&node, guild, "words".to_owned()).await;
    for of in ["x", "W", "漢", "ﷺ", "\u{202e}abc ", "\u{200d}", "👩\u{200d}👧", "🇨🇭", "שלום ", "\u{2066}", "க்ஷ"]
    {
        say(&node, words, of.repeat(1_000)).await;
    }
    say(&node, words, heap('e', 50).repeat(70)).await;
    let marks = room(&node, guild, "marks".to_owned()).await;
    let lines = (0..60).map(|depth| format!("{}- x", " ".repeat(depth))).collect::<Vec<_>>().join("\n");
    for of in [
        "> ", "- ", "**a", "||a", "`", "```", "[", "[x](", "x\n", "# H\n", "|a|b|\n", "<div>", ":a", "~~", "\\", "> - ",
    ] {
        say(&node, marks, of.repeat(240) + "x").await;
    }
    for text in [lines, "[x](javascript:alert(1)) [y](file:///etc/passwd) [https://a.ch](https://evil.ch)".to_owned()] {
        say(&node, marks, text).await;
    }
    let files = room(&node, guild, "files".to_owned()).await;
    let folder = data.join("files");
    for path in pictures(&folder) {
        let file = node.take_in(path).await.unwrap();
        let ids = file.ids().collect();
        let post =
            Command::Post { channel: files, text: String::new(), reply_to: None, thread: None, files: vec![file] };
        node.command(post).await.unwrap();
        node.settle(ids).await;
    }
    let invite = Command::CreateInvite { guild, max_uses: None, expires_in_ms: None, roles: Vec::new() };
    let Ok(Reply::Invite { link, .. }) = node.command(invite).await else { panic!() };
    (node, guild, link)
}

async fn room(node: &Handle, guild: GuildId, name: String) -> ChannelId {
    let edit = ChannelEdit { name: Some(name), ..ChannelEdit::default() };
    let make = Command::CreateChannel { guild, nature: Nature::public(ChannelKind::Text), edit, password: None };
    match node.command(make).await {
        Ok(Reply::Channel(channel)) => channel,
        other => panic!("{other:?}"),
    }
}

async fn say(node: &Handle, channel: ChannelId, text: String) {
    let text = text.chars().take(4_000).collect();
    let post = Command::Post { channel, text, reply_to: None, thread: None, files: Vec::new() };
    node.command(post).await.unwrap();
}

/// Pictures that are none, or too much of one. The first is like any other, and in sight at the beginning.
fn pictures(folder: &Path) -> Vec<std::path::PathBuf> {
    fs::create_dir_all(folder).unwrap();
    let bytes = |picture: &DynamicImage, kind| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, kind).unwrap();
        bytes.into_inner()
    };
    let plain = DynamicImage::from(RgbImage::from_pixel(90, 90, Rgb(MAGENTA)));
    let noise = DynamicImage::from(RgbImage::from_fn(300, 300, |x, y| Rgb([(x * y) as u8, x as u8, y as u8])));
    let thin = DynamicImage::from(GrayImage::new(1, 30_000));
    let wide = DynamicImage::from(GrayImage::new(30_000, 1));
    // Few bytes, 144 million pixels.
    let vast = DynamicImage::from(GrayImage::new(12_000, 12_000));
    let half = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
    let files = vec![
        ("plain.png".to_owned(), bytes(&plain, ImageFormat::Png)),
        ("thin.png".to_owned(), bytes(&thin, ImageFormat::Png)),
        ("wide.png".to_owned(), bytes(&wide, ImageFormat::Png)),
        ("vast.png".to_owned(), bytes(&vast, ImageFormat::Png)),
        ("half.png".to_owned(), half(bytes(&noise, ImageFormat::Png))),
        ("half.jpg".to_owned(), half(bytes(&noise, ImageFormat::Jpeg))),
        ("half.gif".to_owned(), half(bytes(&noise, ImageFormat::Gif))),
        ("none.gif".to_owned(), b"GIF89a\x40\0\x40\0\0\0\0;".to_vec()),
        ("many.gif".to_owned(), many()),
        ("no.png".to_owned(), b"this is none".to_vec()),
        ("empty.png".to_owned(), Vec::new()),
        ("large.svg".to_owned(), b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1000000\"/>".to_vec()),
        ("evil\u{202e}gnp.exe".to_owned(), b"x".to_vec()),
        ("W".repeat(250), b"x".to_vec()),
        ("ﷺ".repeat(80), b"x".to_vec()),
    ];
    let write = |(name, bytes): (String, Vec<u8>)| {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    files.into_iter().map(write).collect()
}

/// A picture that moves without end, 5,000 frames of it.
fn many() -> Vec<u8> {
    let mut gif = b"GIF89a\x02\0\x02\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
    for _ in 0..5_000 {
        gif.extend(b"\x21\xf9\x04\0\0\0\0\0\x2c\0\0\0\0\x02\0\x02\0\0\x02\x03\x44\x02\x05\0");
    }
    gif.push(b';');
    gif
}
