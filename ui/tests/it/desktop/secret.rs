//! A passphrase kept by GNOME Keyring.

use std::{io::Write, path::Path};

use bivouac_node::{Config, Handle, Passphrase};
use bivouac_ui::{
    bridge::{self, Closed, Opened},
    desktop::secret,
    lock::{self, Key, Lock},
};

use super::session::{Program, Session, said, soon};

#[tokio::test(flavor = "multi_thread")]
async fn is_kept_a_folder() {
    let test = "secret::is_kept_a_folder";
    let needs = ["gnome-keyring-daemon", "secret-tool"];
    let Some(home) = (Session { test, needs: &needs, bus: true, x: false, env: &[] }).enter() else { return };
    let mut keyring = std::process::Command::new("gnome-keyring-daemon");
    keyring.args(["--foreground", "--components=secrets", "--unlock"]).stdin(std::process::Stdio::piped());
    let mut keyring = Program(keyring.spawn().unwrap());
    keyring.0.stdin.take().unwrap().write_all(b"password").unwrap();
    soon(async {
        while secret::load(&home).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await;
    assert!(secret::load(&home).await.unwrap().is_none());
    let (one, two) = (secret::random().unwrap(), secret::random().unwrap());
    let other = home.join("other");
    secret::save(&home, &two).await.unwrap();
    secret::save(&home, &one).await.unwrap();
    secret::save(&other, &two).await.unwrap();
    assert_eq!(secret::load(&home.join(".")).await.unwrap().unwrap().0, one.0);
    assert_eq!(secret::load(&other).await.unwrap().unwrap().0, two.0);
    let seen = said(&["secret-tool", "lookup", "application", "bivouac", "folder", home.to_str().unwrap()]);
    assert_eq!(seen.as_bytes(), &**one.0);
    secret::remove(&home).await.unwrap();
    secret::remove(&home).await.unwrap();
    assert!(secret::load(&home).await.unwrap().is_none());
    assert_eq!(secret::load(&other).await.unwrap().unwrap().0, two.0);
    opens(&home.join("folder")).await;
}

/// A folder that opens by nothing, by the keyring, by what is typed, and by nothing again.
async fn opens(folder: &Path) {
    let config = || {
        let listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned()];
        Config { listen, mdns: false, ..Config::new(folder.to_owned()) }
    };
    let typed = |words: &str| Passphrase(words.as_bytes().to_vec().into());
    let node = Handle::open(config()).await.unwrap();
    assert_eq!(lock::look(&node).await, (Lock::Open, Ok(())));
    assert_eq!(lock::change(&node, None, Key::Keyring).await.unwrap(), Lock::Keyring);
    assert_eq!(lock::look(&node).await, (Lock::Keyring, Ok(())));
    node.shutdown().await;
    drop(node);
    assert!(Handle::open(config()).await.is_err(), "nothing is in the folder that opens it");
    let Opened { node, .. } = bridge::open(config(), None).await.unwrap();
    assert_eq!(lock::change(&node, None, Key::Typed(typed("open sesame"))).await.unwrap(), Lock::Typed);
    assert!(!secret::holds(folder).await.unwrap(), "what opens nothing is not kept");
    assert!(lock::change(&node, Some(typed("open")), Key::Keyring).await.is_err());
    assert_eq!(lock::look(&node).await, (Lock::Typed, Ok(())));
    node.shutdown().await;
    drop(node);
    assert_eq!(bridge::open(config(), None).await.err(), Some(Closed::Locked(None)));
    let Opened { node, .. } = bridge::open(config(), Some(typed("open sesame"))).await.unwrap();
    assert_eq!(lock::change(&node, Some(typed("open sesame")), Key::Open).await.unwrap(), Lock::Open);
    node.shutdown().await;
    drop(node);
    Handle::open(config()).await.unwrap().shutdown().await;
}
