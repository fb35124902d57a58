//! A picture by itself, as large as the window; from it one gets to those beside it.

use bivouac_node::core::model::{File, FileId};
use iced::{
    Center, Fill,
    widget::{column, container, mouse_area, row, stack, text},
};

use crate::{
    format,
    pictures::{Look, Scale, Unseen},
    screen::Ctx,
    theme::{self, Element, MEDIUM, size, space},
    widget::{self, Icon, icon},
};

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Enough.
    Close,
    /// Save it.
    Save,
    /// Into the clipboard.
    Copy,
    /// To the one before or after.
    Step(isize),
}

/// A picture among those it stands with.
#[derive(Debug)]
pub struct Viewer {
    files: Vec<File>,
    at: usize,
    file: File,
    /// It is being copied.
    copying: bool,
}

impl Viewer {
    /// One of these.
    #[must_use]
    pub fn new(files: Vec<File>, file: File) -> Self {
        let at = files.iter().position(|it| it.id == file.id).unwrap_or_default();
        Self { files, at, file, copying: false }
    }

    /// Which is shown.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// It is to be copied.
    pub fn copy(&mut self) {
        self.copying = true;
    }

    /// It was read, to be copied. Whether that is still wanted.
    pub fn copies(&mut self, file: FileId) -> bool {
        self.file.id == file && std::mem::take(&mut self.copying)
    }

    /// To the one so many further, if there is one.
    pub fn step(&mut self, by: isize) {
        let next = self.at.checked_add_signed(by);
        if let Some((at, file)) = next.and_then(|at| Some((at, self.files.get(at)?))) {
            (self.at, self.file, self.copying) = (at, file.clone(), false);
        }
    }

    /// Draws it.
    #[must_use]
    pub fn view<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let to = |sign, key, by: isize| {
            let there = self.at.checked_add_signed(by).is_some_and(|at| at < self.files.len());
            there.then(|| widget::icon_button(sign, ctx.w.get(key), Message::Step(by)))
        };
        let count = (self.files.len() > 1).then(|| format!("{}/{}", self.at + 1, self.files.len()));
        let count = count.map(|count| text(count).size(size::CAPTION).style(theme::text::muted));
        let steps = row![]
            .push(to(Icon::ArrowLeft, "picture-before", -1))
            .push(count)
            .push(to(Icon::ArrowRight, "picture-after", 1))
            .spacing(space::XS)
            .align_y(Center);
        view(&self.file, self.copying, steps.into(), ctx)
    }
}

fn view<'a>(file: &'a File, copying: bool, steps: Element<'a, Message>, ctx: Ctx<'a>) -> Element<'a, Message> {
    let room = (ctx.size.width - 2.0 * space::XXL, ctx.size.height - 120.0);
    let small = file.preview.as_ref().map(|small| ctx.pictures.look(small.id, Scale::Inline));
    let look = match (ctx.pictures.look(file.id, Scale::Whole), small) {
        (Look::Coming, Some(Look::Here(small))) => Look::Here(small),
        (look, _) => look,
    };
    let picture: Element<'a, Message> = match look {
        Look::Here(picture) => {
            let (width, height) = file.image.unwrap_or(picture.size);
            #[allow(clippy::cast_precision_loss)]
            let (width, height) = (width.max(1) as f32, height.max(1) as f32);
            let share = (room.0 / width).min(room.1 / height).min(1.0);
            widget::frames(picture).size(width * share, height * share).whole().into()
        }
        Look::Coming => text(ctx.w.get("picture-coming")).style(theme::text::muted).into(),
        Look::Unseen(Unseen::Missing(why)) => {
            widget::empty(Icon::CloudOff, ctx.w.get("picture-missing"), ctx.say(why)).into()
        }
        Look::Unseen(Unseen::Broken) => {
            widget::empty(Icon::Image, ctx.w.get("picture-broken"), ctx.w.get("picture-broken-hint")).into()
        }
    };
    let aside = mouse_area(container(picture).center(Fill)).on_press(Message::Close);
    let name = widget::wrapped(crate::text::file(&file.name)).font(MEDIUM).size(size::SMALL);
    let detail = match file.image {
        Some((width, height)) => format!("{width} × {height} · {}", format::size(ctx.w, file.size)),
        None => format::size(ctx.w, file.size),
    };
    let detail = text(detail).size(size::CAPTION).style(theme::text::muted);
    let save = widget::icon_button(Icon::Download, ctx.w.get("file-save"), Message::Save);
    let copy = widget::bare_icon_button(Icon::Copy, (!copying).then_some(Message::Copy));
    let copy = widget::tip(copy, ctx.w.get("picture-copy"));
    let close = widget::icon_button(Icon::Close, ctx.w.get("close"), Message::Close);
    let line = row![icon(Icon::Image, 18.0), column![name, detail].spacing(2).width(Fill), steps, copy, save, close];
    let line = container(line.spacing(space::M).align_y(Center))
        .padding([space::S, space::L])
        .style(theme::container::floating);
    let line = container(line).width(Fill).padding(space::M);
    container(stack![aside, line]).width(Fill).height(Fill).style(theme::container::veil).into()
}
