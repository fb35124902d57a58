//! The icon in a panel that notes what it is told, and comes and goes.

use std::collections::HashMap;

use bivouac_ui::desktop::{
    Rgba, Unavailable,
    tray::{Choice, Look, Texts, Tray},
};
use futures::StreamExt;
use zbus::{
    Connection,
    zvariant::{OwnedValue, Value},
};

use super::{
    fake::{Asked, Watcher},
    session::{Session, soon},
};

type Entry = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

async fn labels(bus: &Connection, item: &str) -> Vec<(i32, String, Option<i32>)> {
    let none: &[&str] = &[];
    let menu = Some("com.canonical.dbusmenu");
    let reply = bus.call_method(Some(item), "/MenuBar", menu, "GetLayout", &(0, -1, none)).await.unwrap();
    let (_, (_, _, entries)): (u32, Entry) = reply.body().deserialize().unwrap();
    let entries = entries.into_iter().map(|entry| Entry::try_from(entry).unwrap());
    let text = |value: Option<&OwnedValue>| value.map(|v| v.downcast_ref::<String>().unwrap()).unwrap_or_default();
    let on = |value: Option<&OwnedValue>| value.map(|v| v.downcast_ref::<i32>().unwrap());
    entries.map(|(id, about, _)| (id, text(about.get("label")), on(about.get("toggle-state")))).collect()
}

async fn click(bus: &Connection, item: &str, id: i32) {
    let event = (id, "clicked", Value::from(0), 0_u32);
    bus.call_method(Some(item), "/MenuBar", Some("com.canonical.dbusmenu"), "Event", &event).await.unwrap();
}

async fn icon(bus: &Connection, item: &str) -> (i32, i32, Vec<u8>) {
    let get = ("org.kde.StatusNotifierItem", "IconPixmap");
    let properties = Some("org.freedesktop.DBus.Properties");
    let reply = bus.call_method(Some(item), "/StatusNotifierItem", properties, "Get", &get).await.unwrap();
    let value: OwnedValue = reply.body().deserialize().unwrap();
    Vec::<(i32, i32, Vec<u8>)>::try_from(value).unwrap().remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn has_the_icon_and_its_menu() {
    let test = "panel::has_the_icon_and_its_menu";
    if (Session { test, needs: &[], bus: true, x: false, env: &[] }).enter().is_none() {
        return;
    }
    let asked = Asked::default();
    let panel = Watcher::start(&asked).await;
    let text = |text: &str| text.to_owned();
    let texts =
        Texts { title: text("Bivouac"), open: text("Open _a_"), quiet: text("Quiet"), quit: "Q".repeat(1 << 20) };
    let (tray, choices) = Tray::start(Rgba::new(32, 32, vec![7; 4096]).unwrap(), texts.clone()).await.unwrap();
    let mut choices = Box::pin(choices);
    assert_eq!(soon(choices.next()).await, Some(Choice::Visible));
    let item = asked.lock().unwrap().remove(0);

    assert_eq!(icon(&panel, &item).await, (32, 32, vec![7; 4096]));
    tray.show(Look { unread: true, mentions: 0, quiet: true }).await;
    let dot = icon(&panel, &item).await;
    tray.show(Look { unread: true, mentions: 3, quiet: true }).await;
    assert!(dot.2 != vec![7; 4096] && dot != icon(&panel, &item).await);

    let entries = labels(&panel, &item).await;
    let words: Vec<_> = entries.iter().map(|(_, label, on)| (label.as_str(), *on)).collect();
    assert_eq!(words[..3], [("Open __a__", None), ("Quiet", Some(1)), ("", None)]);
    assert!(words[3].0.ends_with("Q…") && words[3].0.chars().count() == 80);
    for (entry, choice) in [(0, Choice::Open), (1, Choice::Quiet(false)), (3, Choice::Quit)] {
        click(&panel, &item, entries[entry].0).await;
        assert_eq!(soon(choices.next()).await, Some(choice));
    }
    let activate = Some("org.kde.StatusNotifierItem");
    panel.call_method(Some(&*item), "/StatusNotifierItem", activate, "Activate", &(0, 0)).await.unwrap();
    assert_eq!(soon(choices.next()).await, Some(Choice::Open));
    tray.reword(Texts { open: text("Ouvrir"), ..texts }).await;
    assert_eq!(labels(&panel, &item).await[0].1, "Ouvrir");

    panel.close().await.unwrap();
    assert!(matches!(soon(choices.next()).await, Some(Choice::Hidden(Unavailable::NoService(_)))));
    let panel = Watcher::start(&asked).await;
    assert_eq!(soon(choices.next()).await, Some(Choice::Visible));
    assert_eq!(icon(&panel, &item).await.0, 32);
    drop(tray);
    let gone = async {
        while panel
            .call_method(Some(&*item), "/", None::<&str>, "Ping", &())
            .await
            .is_err_and(|error| !error.to_string().contains("ServiceUnknown"))
        {}
    };
    soon(gone).await;
}
