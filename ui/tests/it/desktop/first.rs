//! One app a data folder, whoever tries, and however it ended.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command, time::Instant};

use bivouac_ui::desktop::instance::{First, Instance, InstanceError, Said};
use futures::StreamExt;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
};

use super::session::soon;

async fn first(data: &Path) -> First {
    match Instance::take(data, &Said::Show).await.unwrap() {
        Instance::First(first) => first,
        Instance::Second => panic!("there is another"),
    }
}

#[tokio::test]
async fn a_second_one_hands_over_its_link() {
    let home = TempDir::new().unwrap();
    // Longer than the system takes for a socket.
    let data = home.path().join("long".repeat(50)).join("data");
    let first = first(&data).await;
    let mode = fs::metadata(data.join("app.socket")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut said = Box::pin(first.said());
    let open = Said::Open("bivouac://join/AAAA".parse().unwrap());
    for says in [Said::Show, open] {
        let (second, heard) = soon(async { tokio::join!(Instance::take(&data, &says), said.next()) }).await;
        assert!(matches!(second.unwrap(), Instance::Second));
        assert_eq!(heard, Some(says));
    }
    drop(said);
    assert!(!data.join("app.socket").exists());
    self::first(&data).await;
}

#[tokio::test]
async fn nonsense_is_not_heard() {
    let data = TempDir::new().unwrap();
    let mut said = Box::pin(first(data.path()).await.said());
    let long = format!("open bivouac://join/{}\n", "A".repeat(1 << 20));
    let lines = [
        "",
        "\n",
        "show",
        "quit\n",
        "open \n",
        "open https://evil/\n",
        "show\u{0}\n",
        &long,
        "open bivouac://join/\u{1b}\n",
    ];
    let socket = data.path().join("app.socket");
    let send = async {
        for line in lines {
            let mut peer = UnixStream::connect(&socket).await.unwrap();
            let _ = peer.write_all(line.as_bytes()).await;
            let _ = peer.shutdown().await;
            let mut answer = Vec::new();
            let _ = peer.read_to_end(&mut answer).await;
            assert_eq!(answer, b"");
        }
        // One that says nothing holds up the next for a moment only.
        let _silent = UnixStream::connect(&socket).await.unwrap();
        Instance::take(data.path(), &Said::Show).await.unwrap()
    };
    let (second, heard) = soon(async { tokio::join!(send, said.next()) }).await;
    assert!(matches!(second, Instance::Second));
    assert_eq!(heard, Some(Said::Show));
}

#[tokio::test]
async fn a_killed_one_leaves_nothing_in_the_way() {
    if let Some(data) = std::env::var_os("BIVOUAC_KILLED") {
        let _first = first(Path::new(&data)).await;
        println!("first");
        std::future::pending::<()>().await;
    }
    let data = TempDir::new().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "desktop::first::a_killed_one_leaves_nothing_in_the_way", "--nocapture"])
        .env("BIVOUAC_KILLED", data.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let socket = data.path().join("app.socket");
    soon(async {
        while !socket.exists() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    // It lives, but does not listen: that is said after some seconds.
    let started = Instant::now();
    let silent = soon(Instance::take(data.path(), &Said::Show)).await;
    assert!(matches!(silent, Err(InstanceError::Silent(_))));
    assert!(started.elapsed().as_secs() < 8);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(socket.exists());
    soon(first(data.path())).await;
}

#[tokio::test]
async fn many_at_once_are_one() {
    let data = TempDir::new().unwrap();
    let all = (0..20).map(|_| {
        let data = data.path().to_owned();
        tokio::spawn(async move {
            match Instance::take(&data, &Said::Show).await.unwrap() {
                Instance::First(first) => Some(Box::pin(first.said()).take(19).count().await),
                Instance::Second => None,
            }
        })
    });
    let all = soon(futures::future::join_all(all)).await;
    assert_eq!(all.into_iter().filter_map(Result::unwrap).collect::<Vec<_>>(), [19]);
}

#[tokio::test]
async fn a_folder_that_is_none_is_named() {
    let error = Instance::take(Path::new("/proc/none/data"), &Said::Show).await.unwrap_err();
    assert!(error.to_string().contains("/proc/none/data"), "{error}");
    let home = TempDir::new().unwrap();
    fs::create_dir(home.path().join("app.socket")).unwrap();
    assert!(Instance::take(home.path(), &Said::Show).await.is_err());
}
