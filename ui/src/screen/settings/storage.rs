//! What is kept on the disk, and where.

use bivouac_node::Disk;
use iced::{
    Center, Fill,
    widget::{column, row, text},
};

use crate::{
    format,
    intent::{Service, Tone, Wants},
    screen::Ctx,
    theme::{self, Element, MEDIUM, MONO, size, space},
    widget::{self, Icon, form},
};

/// What is known of the disk.
#[derive(Debug, Default)]
pub struct Storage {
    disk: Option<Disk>,
}

/// What happens on the page.
#[derive(Clone, Debug)]
pub enum Message {
    /// Show the data folder in the system's own program for that.
    Open,
    /// Copy the path of the data folder.
    Copy,
    /// So much is used; nothing where it can't be told.
    Disk(Option<Disk>),
}

impl Storage {
    /// Asks how much is used.
    pub fn look() -> Wants<Message> {
        Wants::work(|node| async move { Message::Disk(node.disk().await.ok()) })
    }

    /// What happens.
    pub fn update(&mut self, message: Message, ctx: &Ctx<'_>) -> Wants<Message> {
        match message {
            Message::Open => Wants::desktop(Service::Folder(ctx.world.run.folder.clone())),
            Message::Copy => Wants::task(iced::clipboard::write(ctx.world.run.folder.display().to_string()))
                .and(Wants::say(Tone::Good, ctx.w.get("copied"))),
            Message::Disk(disk) => {
                self.disk = disk;
                Wants::none()
            }
        }
    }

    /// Draws it.
    pub fn view<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let folder = &ctx.world.run.folder;
        let shown = ctx.private(folder.display());
        let path = text(shown).font(MONO).size(size::SMALL).wrapping(text::Wrapping::Glyph).width(Fill);
        let open = widget::secondary(ctx.w.get("storage-open"), None);
        let copy = widget::icon_button(Icon::Copy, ctx.w.get("storage-copy"), Message::Copy);
        let line = row![path, copy, open.on_press(Message::Open)];
        let card = form::card([line.spacing(space::S).align_y(Center).into()]);
        let kept = column![card, widget::hint(ctx.w.get("storage-hint"))].spacing(space::M);
        let used: Element<'a, Message> = match &self.disk {
            Some(disk) => used(disk, ctx),
            None => widget::hint(ctx.w.get("storage-looking")).into(),
        };
        let folder = form::part(ctx.w.get("storage-folder"), kept);
        column![folder, form::part(ctx.w.get("storage-used"), used)].spacing(space::XXL).into()
    }
}

/// What takes how much.
fn used<'a>(disk: &Disk, ctx: Ctx<'a>) -> Element<'a, Message> {
    let line = |name: &str, hint: String, bytes: u64| -> Element<'a, Message> {
        let bytes = text(format::size(ctx.w, bytes)).font(MEDIUM).size(size::BODY);
        row![form::named(ctx.w.get(name), hint), bytes].spacing(space::L).align_y(Center).into()
    };
    let keep = ctx.w.with("storage-fetched-hint", &[("most", format::size(ctx.w, disk.files_keep).into())]);
    let mut lines = vec![
        line("storage-store", ctx.w.get("storage-store-hint"), disk.store),
        line("storage-own", ctx.w.get("storage-own-hint"), disk.files_own),
        line("storage-fetched", keep, disk.files_fetched),
    ];
    if disk.aside > 0 {
        lines.push(line("storage-aside", ctx.w.get("storage-aside-hint"), disk.aside));
    }
    let free = match disk.free {
        Some(free) => ctx.w.with("storage-free", &[("size", format::size(ctx.w, free).into())]),
        None => ctx.w.get("storage-free-unknown"),
    };
    let free = text(free).size(size::SMALL).style(theme::text::muted);
    column![form::card(lines), free].spacing(space::M).into()
}
