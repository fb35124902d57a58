//! Keys grabbed from an X server, pressed by xdotool.

use bivouac_ui::desktop::hotkey::{self, Press, Problem, Refusal, Wish};
use futures::StreamExt;

use super::session::{Session, said, soon};

#[tokio::test(flavor = "multi_thread")]
async fn work_in_every_window() {
    let test = "keys::work_in_every_window";
    if (Session { test, needs: &["xdotool"], bus: false, x: true, env: &[] }).enter().is_none() {
        return;
    }
    let wish = |name: &str, chord: &str| Wish { name: name.into(), label: name.into(), chord: chord.into() };
    let wishes = [
        wish("mute", "Ctrl+Shift+M"),
        wish("talk", "F9"),
        wish("twice", "Shift+Ctrl+M"),
        wish("typing", "m"),
        wish("none", "Ctrl+Nonsense"),
        wish("absent", "MediaPlayPause"),
        wish("long", &"Ctrl+".repeat(100_000)),
    ];
    let mut keys = hotkey::bind(&wishes).await.unwrap();
    let problem = |(name, why): (&str, _)| Problem { name: name.into(), why };
    let unknown = ["none", "long", "absent"].map(|name| (name, Refusal::Unknown));
    let refused = [&[("twice", Refusal::Taken), ("typing", Refusal::Typing)], &unknown[..]].concat();
    assert_eq!(keys.problems, refused.into_iter().map(problem).collect::<Vec<_>>());

    said(&["xdotool", "key", "ctrl+shift+m", "key", "shift+m", "keydown", "F9"]);
    let press = |name: &str, down| Some(Press { name: name.into(), down });
    for expected in [press("mute", true), press("mute", false), press("talk", true)] {
        assert_eq!(soon(keys.presses.next()).await, expected);
    }
    said(&["xdotool", "keyup", "F9"]);
    assert_eq!(soon(keys.presses.next()).await, press("talk", false));

    // Ours are others' to another, and free again once they are given back.
    let others = hotkey::bind(&wishes[..1]).await.unwrap();
    assert_eq!(others.problems, [problem(("mute", Refusal::Taken))]);
    drop((keys, others));
    let mut again = hotkey::bind(&wishes[..2]).await.unwrap();
    assert_eq!(again.problems, []);
    said(&["xdotool", "key", "F9"]);
    assert_eq!(soon(again.presses.next()).await, press("talk", true));
}
