//! What was sent and did not arrive yet, or could not be: nothing that was written is lost because of that.

use std::time::Duration;

use bivouac_node::{
    CallError, Handle, Source,
    core::io::{Command, CommandError, ErrorKind, Reply},
};
use futures::{Stream, stream};
use iced::{
    Center, Fill, Task, task,
    widget::{Column, column, container, progress_bar, row, text},
};
use tokio::sync::watch;

use super::{Message, Target, draft::Draft};
use crate::{
    fault::Fault,
    format,
    intent::Wants,
    screen::{Ctx, message::shorten},
    theme::{self, Element, MEDIUM, size, space},
    widget::{self, Icon, icon},
};

/// How often one is told how much of its files is taken in.
const TELL: Duration = Duration::from_millis(100);

/// What is sent.
#[derive(Debug)]
pub(super) struct Letter {
    pub number: u64,
    pub target: Target,
    /// As it was written.
    pub draft: Draft,
    /// What it does.
    pub command: Command,
    /// What has to be done before.
    pub first: Option<Command>,
    /// Why it did not go; nothing while it is under way.
    pub fault: Option<Fault>,
    /// Bytes of its files that are taken in.
    pub have: u64,
    /// Dropped, it stops what takes its files in.
    pub watch: Option<task::Handle>,
}

impl Letter {
    /// Sends it, or sends it again.
    pub(super) fn send(&mut self) -> Wants<Message> {
        let number = self.number;
        let sent = move |done: Result<Reply, CallError>| Message::Sent(number, done.map(|_| ()));
        (self.fault, self.have) = (None, 0);
        let (first, command) = (self.first.clone(), self.command.clone());
        let files: Vec<Source> = self.draft.files.iter().map(|file| file.source.clone()).collect();
        if files.is_empty() && first.is_none() {
            return Wants::run(command, sent);
        }
        let slow = !files.is_empty();
        let (tell, told) = watch::channel(0);
        let work = Wants::work(move |node| async move { sent(mail(node, first, command, files, tell).await) });
        if !slow {
            return work;
        }
        let (seen, watch) = Task::run(heard(told), move |have| Message::Taken(number, have)).abortable();
        self.watch = Some(watch.abort_on_drop());
        work.and(Wants::task(seen))
    }

    /// Bytes of its files.
    fn size(&self) -> u64 {
        self.draft.files.iter().map(|file| file.size).sum()
    }

    /// What it is known by in a line.
    fn gist(&self, ctx: Ctx<'_>) -> String {
        let text = ctx.veil(&self.draft.text);
        let words = text.trim().lines().next().unwrap_or_default();
        if !words.is_empty() {
            return shorten(words, 60);
        }
        self.names()
    }

    fn names(&self) -> String {
        let names: Vec<_> = self.draft.files.iter().map(|file| shorten(&crate::text::name(&file.name()), 28)).collect();
        shorten(&names.join(", "), 80)
    }

    /// Whether there is anything to be seen of it: what takes but a moment would only flicker.
    pub(super) fn shows(&self) -> bool {
        self.fault.is_some() || !self.draft.files.is_empty()
    }

    /// Draws it. `free`: it can be taken up again where one writes.
    pub(super) fn view<'a>(&'a self, free: bool, ctx: Ctx<'a>) -> Element<'a, Message> {
        let number = self.number;
        let Some(why) = &self.fault else {
            let bytes = |bytes| format::size(ctx.w, bytes).into();
            let detail = ctx.w.with("file-progress", &[("have", bytes(self.have)), ("size", bytes(self.size()))]);
            let name = text(self.names()).font(MEDIUM).size(size::SMALL).wrapping(text::Wrapping::Glyph);
            let detail = text(ctx.w.with("letter-sending", &[("progress", detail.into())]));
            let detail = detail.size(size::CAPTION).style(theme::text::faint);
            #[allow(clippy::cast_precision_loss)]
            let bar = progress_bar(0.0..=self.size().max(1) as f32, self.have as f32).girth(4);
            let stop = widget::icon_button(Icon::Close, ctx.w.get("letter-stop"), Message::Stop(number));
            let words = column![name, bar, detail].spacing(space::XS).width(Fill);
            let line = row![icon(Icon::FileText, 20.0).style(theme::text::muted), words, stop];
            return line.spacing(space::M).align_y(Center).into();
        };
        let gist = text(self.gist(ctx)).font(MEDIUM).size(size::SMALL).wrapping(text::Wrapping::WordOrGlyph);
        let why = text(ctx.say(why)).size(size::CAPTION).style(theme::text::danger);
        let change =
            free.then(|| widget::icon_button(Icon::Pencil, ctx.w.get("letter-change"), Message::Change(number)));
        let line = row![icon(Icon::CircleAlert, 20.0).style(theme::text::danger)]
            .push(column![gist, why].spacing(2).width(Fill))
            .push(widget::icon_button(Icon::RefreshCw, ctx.w.get("letter-again"), Message::Again(number)))
            .push(change)
            .push(widget::icon_button(Icon::Trash, ctx.w.get("letter-discard"), Message::Discard(number)));
        line.spacing(space::S).align_y(Center).into()
    }
}

/// Draws those there is something to be seen of.
pub(super) fn list<'a>(
    letters: impl Iterator<Item = &'a Letter>,
    free: bool,
    ctx: Ctx<'a>,
) -> Option<Element<'a, Message>> {
    let lines: Vec<_> = letters.filter(|letter| letter.shows()).map(|letter| letter.view(free, ctx)).collect();
    let list = (!lines.is_empty()).then(|| Column::from_vec(lines).spacing(space::S).width(Fill))?;
    Some(container(list).padding([space::S, space::M]).into())
}

/// Does what is to be done first, then the rest with its files; in the order in which letters are sent.
async fn mail(
    node: Handle,
    first: Option<Command>,
    command: Command,
    files: Vec<Source>,
    tell: watch::Sender<u64>,
) -> Result<Reply, CallError> {
    let before = match first {
        Some(first) => Some(node.begin_command(first).await?),
        None => None,
    };
    let done = if files.is_empty() {
        node.begin_command(command).await?.answer().await
    } else {
        node.command_with(command, files, move |have| tell.send(have).is_ok()).await
    };
    match before {
        Some(before) => match before.answer().await {
            // Somebody began it before.
            Ok(_) | Err(CallError::Command(CommandError { kind: ErrorKind::Exists, .. })) => done,
            Err(why) => Err(why),
        },
        None => done,
    }
}

/// How much is taken in, as it becomes more.
fn heard(told: watch::Receiver<u64>) -> impl Stream<Item = u64> + Send {
    stream::unfold(told, |mut told| async move {
        told.changed().await.ok()?;
        let have = *told.borrow_and_update();
        tokio::time::sleep(TELL).await;
        Some((have, told))
    })
}
