//! The portal's file chooser and keys.

use std::{collections::HashMap, time::Duration};

use bivouac_ui::desktop::{
    Unavailable, choose,
    hotkey::{self, Press, Problem, Refusal, Wish},
};
use futures::StreamExt;
use zbus::{object_server::SignalEmitter, zvariant::ObjectPath};

use super::{
    fake::{Asked, Portal, Shortcuts},
    session::{Session, soon},
};

#[tokio::test(flavor = "multi_thread")]
async fn files_are_chosen() {
    let test = "portal::files_are_chosen";
    if (Session { test, needs: &[], bus: true, x: false, env: &[] }).enter().is_none() {
        return;
    }
    let asked = Asked::default();
    let uris = ["file:///a%20b", "http://evil/", "file:///c"].map(str::to_owned).to_vec();
    let portal = Portal::start(&asked, Some((0, uris))).await;
    assert_eq!(choose::files("Send\nfiles").await.unwrap(), ["/a b", "/c"].map(std::path::PathBuf::from));
    assert_eq!(choose::picture("Picture", "Pictures").await.unwrap(), Some("/c".into()));
    assert_eq!(choose::save("Save", "../x/y.png").await.unwrap(), Some("/c".into()));
    let expected = ["open Send files multiple", "open Picture filters", "save Save _x_y.png"];
    assert_eq!(*asked.lock().unwrap(), expected);
    portal.close().await.unwrap();

    // Cancelled, and closed.
    for status in [1, 2] {
        let portal = Portal::start(&asked, Some((status, vec!["file:///a".into()]))).await;
        assert_eq!(choose::files("t").await.unwrap(), Vec::<std::path::PathBuf>::new());
        assert_eq!(choose::save("t", "n").await.unwrap(), None);
        portal.close().await.unwrap();
    }

    // It dies while the person looks at it.
    let portal = Portal::start(&asked, None).await;
    let dies = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        portal.close().await.unwrap();
    };
    let (files, ()) = soon(async { tokio::join!(choose::files("t"), dies) }).await;
    assert!(matches!(files, Err(Unavailable::Silent(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_told() {
    let test = "portal::keys_are_told";
    let env = [("WAYLAND_DISPLAY", "wayland-0"), ("DISPLAY", ":4095")];
    if (Session { test, needs: &[], bus: true, x: false, env: &env }).enter().is_none() {
        return;
    }
    let asked = Asked::default();
    let portal = Portal::start(&asked, None).await;
    let wish = |name: &str, chord: &str| Wish { name: name.into(), label: name.into(), chord: chord.into() };
    let wishes = [wish("mute", "Ctrl+Shift+M"), wish("bad", "Ctrl+Ctrl"), wish("deafen", "Ctrl+Shift+D")];
    let mut keys = hotkey::bind(&wishes).await.unwrap();
    assert_eq!(*asked.lock().unwrap(), ["mute CTRL+SHIFT+m", "deafen CTRL+SHIFT+d"]);
    let problem = |name: &str, why| Problem { name: name.into(), why };
    assert_eq!(keys.problems, [problem("bad", Refusal::Unknown), problem("deafen", Refusal::Taken)]);
    let to = SignalEmitter::new(&portal, "/org/freedesktop/portal/desktop").unwrap();
    let session = ObjectPath::try_from("/a").unwrap();
    for name in ["other", "mute"] {
        Shortcuts::activated(&to, session.clone(), name, 1, HashMap::new()).await.unwrap();
    }
    assert_eq!(soon(keys.presses.next()).await, Some(Press { name: "mute".into(), down: true }));
    Shortcuts::deactivated(&to, session, "mute", 1, HashMap::new()).await.unwrap();
    assert_eq!(soon(keys.presses.next()).await, Some(Press { name: "mute".into(), down: false }));
}
