//! A passphrase kept by GNOME Keyring.

use std::io::Write;

use bivouac_ui::desktop::secret;

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
}
