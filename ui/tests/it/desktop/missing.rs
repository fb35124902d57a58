//! A desktop that offers nothing, or hangs: each says so in seconds, and once.

use std::{
    os::{linux::net::SocketAddrExt, unix::net::UnixListener},
    path::Path,
    time::{Duration, Instant},
};

use bivouac_ui::desktop::{
    Rgba, Unavailable, choose,
    clipboard::{Clipboard, ClipboardError},
    hotkey,
    notify::{Notice, Notifier, Shown},
    open, secret,
    tray::{Choice, Texts, Tray},
};
use futures::StreamExt;

use super::{fake, session::Session};

fn session<'a>(test: &'a str, bus: bool, env: &'a [(&'a str, &'a str)]) -> Session<'a> {
    Session { test, needs: &[], bus, x: false, env }
}

async fn tray() -> Result<Option<Choice>, Unavailable> {
    let text = String::new();
    let texts = Texts { title: text.clone(), open: text.clone(), quiet: text.clone(), quit: text };
    let (_tray, choices) = Tray::start(Rgba::new(1, 1, vec![0; 4]).unwrap(), texts).await?;
    Ok(Box::pin(choices).next().await)
}

fn notice() -> Notice {
    Notice { key: "k".into(), title: "t".into(), body: "b".into(), open: "o".into(), icon: None }
}

async fn all(expected: fn(&'static str) -> Unavailable) {
    let has = |got: Unavailable| {
        let (Unavailable::NoBus(what) | Unavailable::NoService(what) | Unavailable::Silent(what)) = got else {
            panic!("{got}")
        };
        assert_eq!(got, expected(what));
    };
    let data = Path::new("/data");
    has(choose::files("t").await.unwrap_err());
    has(choose::picture("t", "k").await.unwrap_err());
    has(choose::save("t", "n").await.unwrap_err());
    has(secret::load(data).await.unwrap_err());
    has(secret::save(data, &secret::random().unwrap()).await.unwrap_err());
    has(secret::remove(data).await.unwrap_err());
    has(hotkey::bind(&[]).await.err().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_bus() {
    if session("missing::without_a_bus", false, &[("WAYLAND_DISPLAY", "none")]).enter().is_none() {
        return;
    }
    all(Unavailable::NoBus).await;
    assert!(matches!(Notifier::connect("a").await.err(), Some(Unavailable::NoBus(_))));
    assert!(matches!(tray().await, Err(Unavailable::NoBus(_))));
    assert_eq!(Clipboard::default().paste().await, Err(ClipboardError::Unavailable));
    assert_eq!(Clipboard::default().copy_picture(Vec::new()).await, Err(ClipboardError::Unavailable));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_bus_that_hangs() {
    let bus = format!("unix:abstract=bivouac-test-{}", std::process::id());
    let env = [("WAYLAND_DISPLAY", "none"), ("DBUS_SESSION_BUS_ADDRESS", &bus)];
    if session("missing::with_a_bus_that_hangs", false, &env).enter().is_none() {
        return;
    }
    let bus = std::env::var("DBUS_SESSION_BUS_ADDRESS").unwrap();
    let name = bus.strip_prefix("unix:abstract=").unwrap();
    let address = std::os::unix::net::SocketAddr::from_abstract_name(name).unwrap();
    let _hangs = UnixListener::bind_addr(&address).unwrap();
    let started = Instant::now();
    assert!(matches!(choose::files("t").await, Err(Unavailable::NoBus(_))));
    assert!(matches!(tray().await, Err(Unavailable::Silent(_))));
    assert!(started.elapsed() < Duration::from_secs(12));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nobody_on_the_bus() {
    if session("missing::with_nobody_on_the_bus", true, &[("WAYLAND_DISPLAY", "none")]).enter().is_none() {
        return;
    }
    all(Unavailable::NoService).await;
    assert!(matches!(tray().await, Ok(Some(Choice::Hidden(Unavailable::NoService(_))))));
    let (notifier, _clicks) = Notifier::connect("a").await.unwrap();
    assert!(matches!(notifier.show(&notice()).await, Shown::Nobody(Some(Unavailable::NoService(_)))));
    for _ in 0..1_000 {
        assert_eq!(notifier.show(&notice()).await, Shown::Nobody(None));
    }
    notifier.close("k").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_programs_that_hang() {
    if session("missing::with_programs_that_hang", true, &[("WAYLAND_DISPLAY", "none")]).enter().is_none() {
        return;
    }
    let names = ["org.freedesktop.Notifications", "org.freedesktop.secrets", "org.kde.StatusNotifierWatcher"];
    let _hangs = fake::silent(&names).await;
    let (notifier, _clicks) = Notifier::connect("a").await.unwrap();
    let started = Instant::now();
    assert!(matches!(notifier.show(&notice()).await, Shown::Nobody(Some(Unavailable::Silent(_)))));
    assert_eq!(notifier.show(&notice()).await, Shown::Nobody(None));
    assert!(matches!(secret::load(Path::new("/data")).await, Err(Unavailable::Silent(_))));
    assert!(matches!(tray().await, Err(Unavailable::Silent(_))));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_x() {
    if session("missing::without_x", false, &[("DISPLAY", ":4095")]).enter().is_none() {
        return;
    }
    let wish = hotkey::Wish { name: "mute".into(), label: "Mute".into(), chord: "Ctrl+Shift+M".into() };
    assert!(matches!(hotkey::bind(&[wish]).await.err(), Some(Unavailable::NoService(_))));
    assert_eq!(Clipboard::default().paste().await, Err(ClipboardError::Unavailable));
}

#[tokio::test]
async fn addresses_are_opened_by_nothing_but_xdg_open() {
    let Some(home) =
        session("missing::addresses_are_opened_by_nothing_but_xdg_open", false, &[("PATH", "/nonexistent")]).enter()
    else {
        return;
    };
    let hostile = [
        "",
        "http://",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "--help",
        "-http://a",
        "https://a b",
        "https://a\n-x",
        "https://a\"b",
        "ftp://a",
        "/etc",
        "data:text/html,x",
    ];
    for address in hostile {
        assert!(matches!(open::web(address).await, Err(open::OpenError::NotWeb)), "{address}");
    }
    let long = format!("https://a/{}", "a".repeat(1 << 20));
    assert!(matches!(open::web(&long).await, Err(open::OpenError::NotWeb)));
    assert!(matches!(open::web("https://example.org/é?a=$(reboot)").await, Err(open::OpenError::Missing(_))));
    assert!(matches!(open::folder(Path::new("/none")).await, Err(open::OpenError::NotFolder(_))));
    assert!(matches!(open::folder(Path::new("/proc/version")).await, Err(open::OpenError::NotFolder(_))));
    assert!(matches!(open::folder(&home).await, Err(open::OpenError::Missing(_))));
}
