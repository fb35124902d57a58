//! Keys that a Wayland desktop listens for (the GlobalShortcuts portal). The person may have chosen others than asked
//! for, which only the desktop knows.

use std::collections::HashMap;

use ashpd::desktop::{
    CreateSessionOptions,
    global_shortcuts::{BindShortcutsOptions, GlobalShortcuts, NewShortcut},
};
use futures::{StreamExt, future};
use global_hotkey::hotkey::{HotKey, Modifiers};
use zbus::{
    Message,
    zvariant::{OwnedObjectPath, OwnedValue},
};

use super::{Keys, Press, Problem, Refusal, WHAT, Wish};
use crate::desktop::{Unavailable, bus, choose::why, text};

pub(super) async fn bind(wanted: Vec<(Wish, HotKey)>, mut problems: Vec<Problem>) -> Result<Keys, Unavailable> {
    let connection = bus::session(WHAT).await?;
    let start = async {
        let portal = GlobalShortcuts::with_connection(connection).await?;
        let session = portal.create_session(CreateSessionOptions::default()).await?;
        // One stream for both, so that they come in order: down, then up.
        let told = portal.receive_all_signals().await?;
        Ok((portal, session, told))
    };
    let started = tokio::time::timeout(bus::ANSWER, start).await.map_err(|_| Unavailable::Silent(WHAT))?;
    let (portal, session, told) = started.map_err(|error| why(WHAT, error))?;
    let shortcuts: Vec<_> = wanted.iter().map(|(wish, key)| shortcut(wish, *key)).collect();
    // Here the desktop may ask the person, who takes as long as they like.
    let asked = portal.bind_shortcuts(&session, &shortcuts, None, BindShortcutsOptions::default()).await;
    let bound = asked.and_then(|asked| asked.response()).map_err(|error| why(WHAT, error))?;
    let refused = wanted.iter().filter(|(wish, _)| bound.shortcuts().iter().all(|granted| granted.id() != wish.name));
    problems.extend(refused.map(|(wish, _)| Problem { name: wish.name.clone(), why: Refusal::Taken }));
    let presses = told.filter_map(move |signal| {
        let _session = (&portal, &session);
        let press = press(&signal).filter(|press| wanted.iter().any(|(wish, _)| wish.name == press.name));
        future::ready(press)
    });
    Ok(Keys { problems, presses: presses.boxed() })
}

fn press(signal: &Message) -> Option<Press> {
    let down = match signal.header().member()?.as_str() {
        "Activated" => true,
        "Deactivated" => false,
        _ => return None,
    };
    let (_, name, ..): (OwnedObjectPath, String, u64, HashMap<String, OwnedValue>) =
        signal.body().deserialize().ok()?;
    Some(Press { name, down })
}

fn shortcut(wish: &Wish, key: HotKey) -> NewShortcut {
    NewShortcut::new(&wish.name, text::line(&wish.label, 100)).preferred_trigger(trigger(key).as_deref())
}

/// As the portal spells keys (Shortcuts specification), where that is no more than letters, digits and function keys.
fn trigger(key: HotKey) -> Option<String> {
    let name = key.key.to_string();
    let name = match name.strip_prefix("Key").or(name.strip_prefix("Digit")) {
        Some(one) => one.to_lowercase(),
        None if name.starts_with('F') => name,
        None => return None,
    };
    let held = [
        (Modifiers::CONTROL, "CTRL+"),
        (Modifiers::ALT, "ALT+"),
        (Modifiers::SHIFT, "SHIFT+"),
        (Modifiers::META, "LOGO+"),
    ];
    let held: String =
        held.iter().filter(|(modifier, _)| key.mods.contains(*modifier)).map(|(_, name)| *name).collect();
    Some(held + &name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_are_spelled_as_the_portal_does() {
        for (chord, expected) in [
            ("Ctrl+Shift+M", Some("CTRL+SHIFT+m")),
            ("Super+Alt+1", Some("ALT+LOGO+1")),
            ("F9", Some("F9")),
            ("Ctrl+Space", None),
        ] {
            assert_eq!(trigger(chord.parse().unwrap()).as_deref(), expected);
        }
    }
}
