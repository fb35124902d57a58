//! Pictures, files and text through the clipboard of an X server, with xclip on the other side.

use std::{
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use bivouac_ui::desktop::clipboard::{Clipboard, ClipboardError, Pasted};
use image::{ImageFormat, Rgb, RgbImage};

use super::session::{Program, Session, soon};

fn owner(kind: &str, file: &std::path::Path) -> Program {
    let mut owner = Command::new("xclip");
    // In the foreground, so that it can be stopped.
    owner.args(["-quiet", "-selection", "clipboard", "-t", kind, "-i"]).arg(file);
    let owner = Program(owner.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    std::thread::sleep(Duration::from_millis(300));
    owner
}

fn pasted(kind: &str) -> Vec<u8> {
    let paste = Command::new("xclip").args(["-selection", "clipboard", "-t", kind, "-o"]).output().unwrap();
    paste.stdout
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_and_gives() {
    let test = "clipboard::takes_and_gives";
    let Some(home) = (Session { test, needs: &["xclip"], bus: false, x: true, env: &[] }).enter() else { return };
    let clipboard = Clipboard::default();
    assert_eq!(soon(clipboard.paste()).await, Ok(Pasted::Nothing));

    let file = home.join("a.png");
    RgbImage::from_pixel(40, 30, Rgb([1, 2, 3])).save(&file).unwrap();
    {
        let _owner = owner("image/png", &file);
        let Ok(Pasted::Picture { png, width: 40, height: 30 }) = soon(clipboard.paste()).await else { panic!() };
        let again = image::load_from_memory_with_format(&png, ImageFormat::Png).unwrap().into_rgb8();
        assert_eq!(again.get_pixel(39, 29).0, [1, 2, 3]);
    }
    {
        let list = home.join("list");
        fs::write(&list, "file:///a%20b\r\nfile:///c\r\n").unwrap();
        let _owner = owner("text/uri-list", &list);
        assert_eq!(soon(clipboard.paste()).await, Ok(Pasted::Files(vec!["/a b".into(), "/c".into()])));
    }
    {
        let damaged = home.join("damaged");
        fs::write(&damaged, b"\x89PNG\r\n\x1a\nnonsense").unwrap();
        let _owner = owner("image/png", &damaged);
        assert_eq!(soon(clipboard.paste()).await, Err(ClipboardError::Unreadable));
    }
    {
        let text = home.join("text");
        fs::write(&text, "words").unwrap();
        let _owner = owner("UTF8_STRING", &text);
        assert_eq!(soon(clipboard.paste()).await, Ok(Pasted::Nothing));
    }
    {
        // All black, and small as a file, but too many pixels.
        let vast = home.join("vast.png");
        image::GrayImage::new(10_000, 10_000).save(&vast).unwrap();
        let _owner = owner("image/png", &vast);
        assert_eq!(soon(clipboard.paste()).await, Err(ClipboardError::TooLarge));
    }
    {
        let owner = owner("image/png", &file);
        assert!(Command::new("kill").args(["-STOP", &owner.0.id().to_string()]).status().unwrap().success());
        let started = Instant::now();
        assert_eq!(soon(clipboard.paste()).await, Err(ClipboardError::Silent));
        assert!(started.elapsed() < Duration::from_secs(11));
    }

    let jpeg = home.join("a.jpg");
    RgbImage::from_pixel(20, 10, Rgb([200, 100, 50])).save(&jpeg).unwrap();
    clipboard.copy_picture(fs::read(&jpeg).unwrap()).await.unwrap();
    let png = tokio::task::spawn_blocking(|| pasted("image/png")).await.unwrap();
    assert_eq!(image::load_from_memory(&png).unwrap().width(), 20);
    assert_eq!(clipboard.copy_picture(b"GIF89a".to_vec()).await, Err(ClipboardError::Unreadable));
}
