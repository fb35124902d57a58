//! What a screen wants done. Screens reach nowhere themselves: they say what they want, as values that a test can read, and
//! [`crate::app`] does it.

use std::{future::Future, path::PathBuf, pin::Pin};

use bivouac_node::{
    CallError, Handle,
    core::{
        io::{Answer, Command, Query, Reply},
        model::{ChannelId, FileId, GuildId, MessageId},
    },
};
use iced::Task;

use crate::{fault::Fault, prefs::Prefs, screen::composer::Target};

type Then<T, M> = Box<dyn FnOnce(Result<T, CallError>) -> M + Send>;
type Work<M> = Box<dyn FnOnce(Handle) -> Pin<Box<dyn Future<Output = M> + Send>> + Send>;

/// One thing wanted.
pub enum Intent<M> {
    /// Something of the node; what it answers becomes a message.
    Do(Command, Then<Reply, M>),
    /// An answer of the node.
    Ask(Query, Then<Answer, M>),
    /// Anything longer with the node: files.
    Work(Work<M>),
    /// Something of the window.
    Run(Task<M>),
    /// To be somewhere else.
    Go(Place),
    /// To say something in a corner for a while.
    Say(Tone, String),
    /// To say there what went wrong.
    Fail(Fault),
    /// To change what the app remembers.
    Prefer(Box<dyn FnOnce(&mut Prefs) + Send>),
    /// Something of the desktop; what comes of it is told to the page.
    Desktop(Service),
}

/// What the desktop around the app does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Service {
    /// What the clipboard holds, into what is written there.
    Paste(Target),
    /// A picture, as it is in its file, into the clipboard.
    Copy(Vec<u8>),
    /// Choose files to send there.
    Files(Target),
    /// Choose where a file goes that is called so.
    Save(FileId, String),
    /// Choose a picture.
    Picture(Depicts),
    /// Look at a page of the web.
    Browse(String),
    /// Open a folder.
    Folder(PathBuf),
}

/// What a picture is chosen for. Choosing may take all day, and one may be elsewhere by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depicts {
    /// Oneself.
    Me,
    /// A guild.
    Guild(GuildId),
    /// A word, in a guild.
    Emoji(GuildId),
}

/// Where one is in the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// In which guild.
    pub guild: GuildId,
    /// In which channel of it; where one was last if there is none.
    pub channel: Option<ChannelId>,
    /// At which message.
    pub message: Option<MessageId>,
}

/// How something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It is done.
    Good,
    /// It is worth knowing.
    Plain,
    /// It failed.
    Bad,
}

/// All that a screen wants done, in order.
#[must_use]
pub struct Wants<M>(pub Vec<Intent<M>>);

impl<M: Send + 'static> Wants<M> {
    /// Nothing.
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// Something of the node.
    pub fn run(command: Command, then: impl FnOnce(Result<Reply, CallError>) -> M + Send + 'static) -> Self {
        Self(vec![Intent::Do(command, Box::new(then))])
    }

    /// An answer of the node.
    pub fn ask(query: Query, then: impl FnOnce(Result<Answer, CallError>) -> M + Send + 'static) -> Self {
        Self(vec![Intent::Ask(query, Box::new(then))])
    }

    /// Anything longer with the node.
    pub fn work<F>(work: impl FnOnce(Handle) -> F + Send + 'static) -> Self
    where
        F: Future<Output = M> + Send + 'static,
    {
        Self(vec![Intent::Work(Box::new(move |node| Box::pin(work(node))))])
    }

    /// Something of the window.
    pub fn task(task: Task<M>) -> Self {
        Self(vec![Intent::Run(task)])
    }

    /// To be somewhere else.
    pub fn go(place: Place) -> Self {
        Self(vec![Intent::Go(place)])
    }

    /// To say something.
    pub fn say(tone: Tone, words: impl Into<String>) -> Self {
        Self(vec![Intent::Say(tone, words.into())])
    }

    /// To say what went wrong.
    pub fn fail(why: impl Into<Fault>) -> Self {
        Self(vec![Intent::Fail(why.into())])
    }

    /// To remember something.
    pub fn prefer(change: impl FnOnce(&mut Prefs) + Send + 'static) -> Self {
        Self(vec![Intent::Prefer(Box::new(change))])
    }

    /// Something of the desktop.
    pub fn desktop(service: Service) -> Self {
        Self(vec![Intent::Desktop(service)])
    }

    /// To look at a page of the web.
    pub fn browse(address: impl Into<String>) -> Self {
        Self::desktop(Service::Browse(address.into()))
    }

    /// And then that.
    pub fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    /// As what the screen around it understands.
    pub fn map<N: Send + 'static>(self, of: impl Fn(M) -> N + Clone + Send + 'static) -> Wants<N> {
        let each = |intent| {
            let of = of.clone();
            match intent {
                Intent::Do(command, then) => Intent::Do(command, Box::new(move |it| of(then(it)))),
                Intent::Ask(query, then) => Intent::Ask(query, Box::new(move |it| of(then(it)))),
                Intent::Work(work) => Intent::Work(Box::new(move |node| {
                    let work = work(node);
                    Box::pin(async move {
                        let done = work.await;
                        of(done)
                    })
                })),
                Intent::Run(task) => Intent::Run(task.map(of)),
                Intent::Go(place) => Intent::Go(place),
                Intent::Say(tone, words) => Intent::Say(tone, words),
                Intent::Fail(why) => Intent::Fail(why),
                Intent::Prefer(change) => Intent::Prefer(change),
                Intent::Desktop(service) => Intent::Desktop(service),
            }
        };
        Wants(self.0.into_iter().map(each).collect())
    }
}
