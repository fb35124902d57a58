//! Keys grabbed from an X server.

use std::{sync::LazyLock, thread, time::Duration};

use futures::{StreamExt, stream};
use global_hotkey::{Error, GlobalHotKeyEvent, GlobalHotKeyManager, HotKeyState, hotkey::HotKey};
use tokio::sync::broadcast;

use super::{Keys, Press, Problem, Refusal, WHAT, Wish};
use crate::desktop::{Unavailable, apart};

/// The library tells one handler a process of all keys; this is it.
static PRESSES: LazyLock<broadcast::Sender<GlobalHotKeyEvent>> = LazyLock::new(|| {
    let (presses, _) = broadcast::channel(64);
    let tell = presses.clone();
    GlobalHotKeyEvent::set_event_handler(Some(move |event| drop(tell.send(event))));
    presses
});

/// How long the server may take for all keys.
const LIMIT: Duration = Duration::from_secs(10);
/// Tries to get a key, 100 ms apart: the ones given back a moment ago take until then.
const TRIES: u8 = 3;

pub(super) async fn bind(wanted: Vec<(Wish, HotKey)>, mut problems: Vec<Problem>) -> Result<Keys, Unavailable> {
    let presses = PRESSES.subscribe();
    let (manager, got, refused) = apart(LIMIT, || grab(wanted)).await.ok_or(Unavailable::Silent(WHAT))??;
    problems.extend(refused);
    let names = move |id| got.iter().find(|(_, key)| key.id == id).map(|(wish, _)| wish.name.clone());
    let presses = stream::unfold((presses, names, manager), |(mut presses, names, manager)| async move {
        loop {
            match presses.recv().await {
                Ok(event) => {
                    if let Some(name) = names(event.id) {
                        let press = Press { name, down: event.state == HotKeyState::Pressed };
                        return Some((press, (presses, names, manager)));
                    }
                }
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    });
    Ok(Keys { problems, presses: presses.boxed() })
}

type Grabbed = (GlobalHotKeyManager, Vec<(Wish, HotKey)>, Vec<Problem>);

fn grab(wanted: Vec<(Wish, HotKey)>) -> Result<Grabbed, Unavailable> {
    let refused = |error: Error| Unavailable::Refused(WHAT, error.to_string());
    let manager = GlobalHotKeyManager::new().map_err(refused)?;
    let (mut got, mut problems) = (Vec::new(), Vec::new());
    for (wish, key) in wanted {
        match register(&manager, key) {
            // Its thread says yes to everything once it found no server; alive, it has this key already.
            Ok(()) if manager.register(key).is_ok() => return Err(Unavailable::NoService(WHAT)),
            Ok(()) => got.push((wish, key)),
            Err(Error::AlreadyRegistered(_)) => problems.push(Problem { name: wish.name, why: Refusal::Taken }),
            Err(_) => problems.push(Problem { name: wish.name, why: Refusal::Unknown }),
        }
    }
    Ok((manager, got, problems))
}

fn register(manager: &GlobalHotKeyManager, key: HotKey) -> Result<(), Error> {
    for _ in 1..TRIES {
        match manager.register(key) {
            Err(Error::AlreadyRegistered(_)) => thread::sleep(Duration::from_millis(100)),
            other => return other,
        }
    }
    manager.register(key)
}
