//! The desktop's services as the app uses them: what is asked of each, and what comes back as messages. The services
//! themselves are in [`crate::desktop`] and know nothing of the app.

use std::{path::PathBuf, sync::Arc};

use bivouac_node::Source;
use futures::{Stream, StreamExt as _, stream};
use iced::Task;
use tokio::sync::watch;

use crate::{
    app::Message,
    desktop::{
        Rgba, Unavailable, choose,
        clipboard::{Clipboard, Pasted},
        hotkey::{self, Problem, Wish},
        notify::{Notice, Notifier, Shown},
        open,
        tray::{Choice, Look, Texts, Tray},
    },
    fault::Fault,
    intent::{Service, Tone},
    screen::home,
    words::Words,
};

/// What is at hand of the desktop.
#[derive(Default)]
pub struct Services {
    clipboard: Clipboard,
    notifier: Option<Arc<Notifier>>,
    tray: Option<Arc<Tray>>,
    /// Whether a panel shows the icon.
    pub in_tray: bool,
    look: Look,
    keys: watch::Sender<Vec<Wish>>,
}

/// What comes of the desktop by itself.
#[derive(Clone)]
pub enum Told {
    /// Notifications can be shown.
    Notifier(Arc<Notifier>),
    /// Somebody clicked one: its key.
    Clicked(String),
    /// There is an icon in the tray, or will be.
    Tray(Arc<Tray>),
    /// Something was chosen of it.
    Chosen(Choice),
    /// Something is missing here; said nowhere but in the settings.
    Missing(Unavailable),
    /// Which of the keys that are to work in every window can't, and why; or why none can.
    Keys(Result<Vec<Problem>, Unavailable>),
    /// One of them was pressed: its name.
    Pressed(String),
    /// A notification went nowhere; why, the first time.
    Unshown(Option<Unavailable>),
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Clicked(key) => f.debug_tuple("Clicked").field(key).finish(),
            Self::Chosen(choice) => f.debug_tuple("Chosen").field(choice).finish(),
            _ => f.write_str("Told"),
        }
    }
}

impl Services {
    /// Looks for all there is.
    pub fn start(&self, words: &Words) -> Task<Message> {
        let texts = texts(words);
        let keys = keys(self.keys.subscribe());
        Task::batch([
            Task::run(notices(), Message::Desktop),
            Task::run(tray(texts), Message::Desktop),
            Task::run(keys, Message::Desktop),
        ])
    }

    /// Has these keys work in every window, and no others.
    pub fn wish(&self, wishes: Vec<Wish>) {
        self.keys.send_if_modified(|had| {
            let differs = *had != wishes;
            *had = wishes;
            differs
        });
    }

    /// Takes one in.
    pub fn hear(&mut self, told: &Told) {
        match told {
            Told::Notifier(notifier) => self.notifier = Some(notifier.clone()),
            Told::Tray(tray) => self.tray = Some(tray.clone()),
            Told::Chosen(Choice::Visible) => self.in_tray = true,
            Told::Chosen(Choice::Hidden(_)) => self.in_tray = false,
            _ => {}
        }
    }

    /// Shows a notification, where there is who shows it.
    pub fn notify(&self, notice: Notice) -> Task<Message> {
        let Some(notifier) = self.notifier.clone() else { return Task::none() };
        Task::perform(async move { notifier.show(&notice).await }, |shown| match shown {
            Shown::Desktop => Message::Nothing,
            Shown::Nobody(why) => Message::Desktop(Told::Unshown(why)),
        })
    }

    /// Takes a notification away: what it is about was read.
    pub fn unnotify(&self, key: String) -> Task<Message> {
        let Some(notifier) = self.notifier.clone() else { return Task::none() };
        Task::perform(async move { notifier.close(&key).await }, |()| Message::Nothing)
    }

    /// Shows in the tray what waits.
    pub fn show(&mut self, look: Look) -> Task<Message> {
        let Some(tray) = self.tray.clone().filter(|_| self.look != look) else { return Task::none() };
        self.look = look;
        Task::perform(async move { tray.show(look).await }, |()| Message::Nothing)
    }

    /// Says in the tray in these words what there is to choose.
    pub fn reword(&self, words: &Words) -> Task<Message> {
        let Some(tray) = self.tray.clone() else { return Task::none() };
        let texts = texts(words);
        Task::perform(async move { tray.reword(texts).await }, |()| Message::Nothing)
    }

    /// Does what a screen asks of the desktop.
    pub fn serve(&self, service: Service, words: &Words) -> Task<Message> {
        let to = |message| Message::Home(message);
        match service {
            Service::Paste(target) => {
                let clipboard = self.clipboard.clone();
                let files = move |files| Task::done(to(home::Message::Files(target, files)));
                Task::perform(async move { clipboard.paste().await }, |pasted| pasted).then(
                    move |pasted| match pasted {
                        Ok(Pasted::Files(paths)) => files(paths.into_iter().map(Source::Path).collect()),
                        // It is nowhere in plain but in memory.
                        Ok(Pasted::Picture { png, .. }) => {
                            files(vec![Source::Bytes("image.png".to_owned(), png.into())])
                        }
                        // What hangs or is missing here may still have text for us.
                        Ok(Pasted::Nothing) | Err(_) => {
                            iced::clipboard::read().map(move |text| to(home::Message::Pasted(target, text)))
                        }
                    },
                )
            }
            Service::Copy(picture) => {
                let (clipboard, done) = (self.clipboard.clone(), words.get("copied"));
                Task::perform(async move { clipboard.copy_picture(picture).await }, move |copied| match copied {
                    Ok(()) => Message::Said(Tone::Good, done.clone()),
                    Err(why) => Message::Failed(why.into()),
                })
            }
            Service::Files(target) => {
                let title = words.get("choose-files");
                Task::perform(async move { choose::files(&title).await }, move |files| match files {
                    Ok(files) => to(home::Message::Files(target, files.into_iter().map(Source::Path).collect())),
                    Err(_) => to(home::Message::NoChooser(target)),
                })
            }
            Service::Picture(of) => {
                let (title, kind) = (words.get("choose-picture"), words.get("pictures"));
                Task::perform(async move { choose::picture(&title, &kind).await }, move |chosen| match chosen {
                    Ok(path) => Message::Chosen(of, path),
                    Err(_) => Message::Failed(Fault::of("choose-none")),
                })
            }
            Service::Save(file, name) => {
                let title = words.get("file-save");
                Task::perform(where_to(title, name), move |path| to(home::Message::Save(file, path)))
            }
            Service::Browse(address) => Task::perform(async move { open::web(&address).await }, said),
            Service::Folder(path) => Task::perform(async move { open::folder(&path).await }, said),
        }
    }
}

fn texts(words: &Words) -> Texts {
    Texts {
        title: "Bivouac".to_owned(),
        open: words.get("tray-open"),
        quiet: words.get("quiet-begin"),
        quit: words.get("quit"),
    }
}

fn said(done: Result<(), open::OpenError>) -> Message {
    done.map_or_else(|error| Message::Failed(error.into()), |()| Message::Nothing)
}

/// Where the user wants a file; where nobody can be asked, the folder of downloads.
async fn where_to(title: String, name: String) -> Option<PathBuf> {
    match choose::save(&title, &name).await {
        Ok(path) => path,
        Err(_) => {
            let folder = directories::UserDirs::new().and_then(|dirs| dirs.download_dir().map(ToOwned::to_owned));
            let folder = folder.filter(|path| path.is_dir()).or_else(std::env::home_dir);
            Some(folder.unwrap_or_else(std::env::temp_dir))
        }
    }
}

/// Keys that work in every window, as they are wished for.
fn keys(wishes: watch::Receiver<Vec<Wish>>) -> impl Stream<Item = Told> + Send {
    let none = stream::pending().boxed();
    stream::unfold((wishes, none), |(mut wishes, mut presses)| async move {
        loop {
            tokio::select! {
                changed = wishes.changed() => {
                    changed.ok()?;
                    // Given back before others are taken.
                    presses = stream::pending().boxed();
                    let wanted = wishes.borrow_and_update().clone();
                    let bound = if wanted.is_empty() { Ok(Vec::new()) } else {
                        hotkey::bind(&wanted).await.map(|keys| {
                            presses = keys.presses;
                            keys.problems
                        })
                    };
                    return Some((Told::Keys(bound), (wishes, presses)));
                }
                // What was let go of again is nothing here.
                Some(press) = presses.next() => if press.down {
                    return Some((Told::Pressed(press.name), (wishes, presses)));
                },
            }
        }
    })
}

fn notices() -> impl Stream<Item = Told> + Send {
    stream::once(async move { Notifier::connect("Bivouac").await }).flat_map(|connected| match connected {
        Ok((notifier, clicks)) => {
            let ready = stream::iter([Told::Notifier(Arc::new(notifier))]);
            ready.chain(clicks.map(Told::Clicked)).boxed()
        }
        Err(why) => stream::iter([Told::Missing(why)]).boxed(),
    })
}

fn tray(texts: Texts) -> impl Stream<Item = Told> + Send {
    stream::once(async move { Tray::start(sign(), texts).await }).flat_map(|started| match started {
        Ok((tray, choices)) => {
            let ready = stream::iter([Told::Tray(Arc::new(tray))]);
            ready.chain(choices.map(Told::Chosen)).boxed()
        }
        Err(why) => stream::iter([Told::Missing(why)]).boxed(),
    })
}

/// The app's sign as a picture.
///
/// # Panics
/// Never: it comes with the program.
#[must_use]
#[allow(clippy::expect_used)]
pub fn sign() -> Rgba {
    let pixels =
        image::load_from_memory(include_bytes!("../assets/icon.png")).expect("the app's own picture").into_rgba8();
    let (width, height) = pixels.dimensions();
    Rgba::new(width, height, pixels.into_raw()).expect("as many pixels as it says")
}
