//! Notifications, by a daemon that notes what it is asked for, and by dunst.

use bivouac_ui::desktop::{
    Rgba,
    notify::{Notice, Notifier, Shown},
};
use futures::StreamExt;
use zbus::object_server::SignalEmitter;

use super::{
    fake::{Asked, Notifications},
    session::{Program, Session, said, soon},
};

fn notice(key: &str, title: &str, body: &str) -> Notice {
    Notice { key: key.into(), title: title.into(), body: body.into(), open: "Open".into(), icon: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn are_shown_replaced_and_clicked() {
    let test = "notices::are_shown_replaced_and_clicked";
    if (Session { test, needs: &[], bus: true, x: false, env: &[] }).enter().is_none() {
        return;
    }
    let asked = Asked::default();
    let daemon = Notifications::start(&asked, true).await;
    let (notifier, clicks) = Notifier::connect("Bivouac").await.unwrap();
    let mut clicks = Box::pin(clicks);
    let hostile = format!("<img src=\"http://evil\">{}", "x".repeat(1 << 20));
    let icon = Rgba::new(300, 200, vec![9; 300 * 200 * 4]);
    for notice in [
        notice("general", "Bo\n\u{202e}in general", "hi <b>you</b> & \u{7}me"),
        notice("other", "", ""),
        notice("general", "Bo", "again"),
        Notice { icon, ..notice("third", "x", &hostile) },
    ] {
        assert_eq!(notifier.show(&notice).await, Shown::Desktop);
    }
    {
        let mut asked = asked.lock().unwrap();
        let long = asked.pop().unwrap();
        assert!(
            long.starts_with("Bivouac|0|x|&lt;img src=&quot;http://evil&quot;&gt;xxx") && long.len() < 600,
            "{long}"
        );
        assert!(long.ends_with("xx…|default,Open|(iiibiiay)"), "{long}");
        let first = "Bivouac|0|Bo in general|hi &lt;b&gt;you&lt;/b&gt; &amp; me|default,Open|";
        assert_eq!(*asked, [first, "Bivouac|0|||default,Open|", "Bivouac|1|Bo|again|default,Open|"]);
    }
    notifier.close("other").await;
    notifier.close("nobody").await;
    assert_eq!(asked.lock().unwrap().last().unwrap(), "close 2");
    let to = SignalEmitter::new(&daemon, "/org/freedesktop/Notifications").unwrap();
    // Of others, of ones that are gone, and of other buttons: nothing.
    for (id, action) in [(2, "default"), (77, "default"), (1, "other"), (1, "default"), (1, "default")] {
        Notifications::action_invoked(&to, id, action).await.unwrap();
    }
    Notifications::notification_closed(&to, 4, 2).await.unwrap();
    Notifications::action_invoked(&to, 4, "default").await.unwrap();
    assert_eq!(soon(clicks.next()).await.unwrap(), "general");
    assert_eq!(notifier.show(&notice("last", "x", "")).await, Shown::Desktop);
    let last = asked.lock().unwrap().len() as u32;
    Notifications::action_invoked(&to, last, "default").await.unwrap();
    Notifications::notification_closed(&to, last, 2).await.unwrap();
    assert_eq!(soon(clicks.next()).await.unwrap(), "last", "what was closed is not clicked");

    // Another daemon takes over: what the first one showed is not replaced, and it reads no markup.
    daemon.close().await.unwrap();
    let asked = Asked::default();
    let _daemon = Notifications::start(&asked, false).await;
    assert_eq!(notifier.show(&notice("general", "Bo", "<3")).await, Shown::Desktop);
    assert_eq!(*asked.lock().unwrap(), ["Bivouac|0|Bo|<3||"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn are_shown_by_dunst() {
    let test = "notices::are_shown_by_dunst";
    if (Session { test, needs: &["dunst", "dunstctl"], bus: true, x: true, env: &[] }).enter().is_none() {
        return;
    }
    let _dunst = Program::start(&["dunst"]);
    let (notifier, clicks) = Notifier::connect("Bivouac").await.unwrap();
    soon(async {
        while !said(&["dunstctl", "count", "displayed"]).contains('0') {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await;
    for (key, body) in [("a", "<b>one</b> & <two"), ("b", "two"), ("a", "<i>three</i>")] {
        let icon = Rgba::new(64, 64, vec![200; 64 * 64 * 4]);
        assert_eq!(notifier.show(&Notice { icon, ..notice(key, "Bo", body) }).await, Shown::Desktop);
    }
    soon(async {
        while said(&["dunstctl", "count", "displayed"]).trim() != "2" {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await;
    said(&["dunstctl", "action", "0"]);
    let clicked = soon(Box::pin(clicks).next()).await.unwrap();
    assert!(clicked == "a" || clicked == "b");
    said(&["dunstctl", "close-all"]);
    assert!(said(&["dunstctl", "history"]).contains("three"));
}
