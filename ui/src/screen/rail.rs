//! The rail: guilds as pictures, those that go together in folders, with what waits in each.

use std::sync::Arc;

use bivouac_node::core::{io::GuildView, model::GuildId};
use iced::{
    Center, Fill, Length,
    widget::{Column, Row, column, container, scrollable, stack, tooltip},
};

use super::Ctx;
use crate::{
    pictures::Scale,
    prefs::Slot,
    theme::{self, Element, space},
    widget::{self, Icon, button, icon},
    world::Shown as _,
};

/// Its width, in logical pixels.
pub const WIDTH: f32 = 72.0;
const SIDE: f32 = 48.0;

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// To a guild.
    Go(GuildId),
    /// What can be done with a guild.
    Menu(GuildId),
    /// Show or fold a folder.
    Fold(usize),
    /// Create a guild, or join one.
    Add,
    /// Find a place by its name.
    Switch,
}

/// Guilds as they stand in the rail: as the user put them, the others after them.
#[must_use]
pub fn order<'a>(slots: &[Slot], guilds: &'a [Arc<GuildView>]) -> Vec<Placed<'a>> {
    let find = |id: &String| guilds.iter().find(|view| view.guild.to_string() == *id);
    let mut placed = Vec::new();
    let mut named = Vec::new();
    for (at, slot) in slots.iter().enumerate() {
        match slot {
            Slot::Guild(id) => {
                named.push(id);
                placed.extend(find(id).map(Placed::Guild));
            }
            Slot::Folder { name, guilds, open } => {
                named.extend(guilds);
                let guilds: Vec<_> = guilds.iter().filter_map(find).collect();
                if !guilds.is_empty() {
                    placed.push(Placed::Folder { at, name: name.clone(), guilds, open: *open });
                }
            }
        }
    }
    let rest = guilds.iter().filter(|view| !named.iter().any(|id| **id == view.guild.to_string()));
    placed.extend(rest.map(Placed::Guild));
    placed
}

/// One place in the rail.
pub enum Placed<'a> {
    /// A guild.
    Guild(&'a Arc<GuildView>),
    /// Several.
    Folder {
        /// Which slot of the user's.
        at: usize,
        /// What they have in common.
        name: String,
        /// Which.
        guilds: Vec<&'a Arc<GuildView>>,
        /// Whether they are shown.
        open: bool,
    },
}

/// Draws it.
pub fn view<'a>(here: Option<GuildId>, ctx: Ctx<'a>) -> Element<'a, Message> {
    let mut list = Column::new().spacing(space::S).width(Fill).align_x(Center);
    for placed in order(&ctx.prefs.rail, &ctx.world.guilds) {
        match placed {
            Placed::Guild(view) => list = list.push(guild(view, here, ctx)),
            Placed::Folder { at, name, guilds, open } => {
                list = list.push(folder(at, &name, &guilds, open, ctx));
                if open {
                    list = guilds.into_iter().fold(list, |list, view| list.push(guild(view, here, ctx)));
                }
            }
        }
    }
    let add = round(Icon::Plus, Message::Add);
    let find = round(Icon::Compass, Message::Switch);
    list = list.push(widget::tip_at(add, ctx.w.get("add-guild"), tooltip::Position::Right));
    list = list.push(widget::tip_at(find, ctx.w.get("switch"), tooltip::Position::Right));
    let bar = scrollable::Scrollbar::new().width(0).scroller_width(0);
    let list = scrollable(container(list).padding([space::M, 0.0])).direction(scrollable::Direction::Vertical(bar));
    container(list).width(WIDTH).height(Fill).style(theme::container::rail).into()
}

fn round<'a>(sign: Icon, message: Message) -> Element<'a, Message> {
    let sign = container(icon(sign, 22.0)).center(Length::Fixed(SIDE));
    button(sign).padding(0).style(theme::button::guild(false)).on_press(message).into()
}

fn guild<'a>(view: &'a GuildView, here: Option<GuildId>, ctx: Ctx<'a>) -> Element<'a, Message> {
    let chosen = here == Some(view.guild);
    let (messages, mentions) = view.waiting();
    let picture = view.law.icon.as_ref().map(|it| (it.id, Scale::Icon));
    let face = widget::disc(ctx.pictures, picture, &view.law.name, view.guild.0[0], SIDE, theme::radius::L);
    let press = button(face).padding(0).style(theme::button::guild(chosen));
    let press = press.on_press(Message::Go(view.guild)).on_menu(Message::Menu(view.guild));
    let mut face = stack![Element::from(press)].width(SIDE).height(SIDE);
    if let Some(badge) = widget::badge(mentions) {
        face = face.push(container(badge).width(Fill).height(Fill).align_right(Fill).align_bottom(Fill));
    }
    let mark = match (chosen, messages > 0 && view.am_in()) {
        (true, _) => 36.0,
        (false, true) => 8.0,
        (false, false) => 0.0,
    };
    let mark = container(widget::push().width(4)).width(4).height(mark).style(theme::container::mark);
    let face = widget::tip_at(face, view.law.name.clone(), tooltip::Position::Right);
    stack![container(face).center_x(Fill), container(mark).height(Fill).align_y(Center)].width(Fill).height(SIDE).into()
}

fn folder<'a>(at: usize, name: &str, guilds: &[&'a Arc<GuildView>], open: bool, ctx: Ctx<'a>) -> Element<'a, Message> {
    let waiting = guilds.iter().map(|view| view.waiting()).fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    let small = |view: &&'a Arc<GuildView>| {
        let picture = view.law.icon.as_ref().map(|it| (it.id, Scale::Icon));
        widget::disc(ctx.pictures, picture, &view.law.name, view.guild.0[0], 18.0, theme::radius::S)
    };
    let inside: Element<'a, Message> = if open {
        icon(Icon::FolderOpen, 22.0).into()
    } else {
        let line = |guilds: &[&'a Arc<GuildView>]| Row::from_iter(guilds.iter().map(small)).spacing(3);
        let (first, second) = guilds.split_at(guilds.len().min(2));
        column![line(first), line(&second[..second.len().min(2)])].spacing(3).into()
    };
    let inside = container(inside).center(Length::Fixed(SIDE));
    let press = button(inside).padding(0).style(theme::button::row(true, true));
    let mut face = stack![press.on_press(Message::Fold(at))].width(SIDE).height(SIDE);
    if let Some(badge) = widget::badge(waiting.1).filter(|_| !open) {
        face = face.push(container(badge).width(Fill).height(Fill).align_right(Fill).align_bottom(Fill));
    }
    widget::tip_at(face, name.to_owned(), tooltip::Position::Right)
}

/// Puts a guild into the folder above it in the rail, or begins one with the guild above.
pub fn put_in_folder(slots: &mut Vec<Slot>, guild: GuildId, name: String) {
    let id = guild.to_string();
    take_out(slots, guild);
    let at = slots.iter().position(|slot| *slot == Slot::Guild(id.clone())).unwrap_or(slots.len());
    slots.retain(|slot| *slot != Slot::Guild(id.clone()));
    match at.checked_sub(1).and_then(|above| slots.get_mut(above)) {
        Some(Slot::Folder { guilds, open, .. }) => {
            guilds.push(id);
            *open = true;
        }
        Some(above @ Slot::Guild(_)) => {
            let Slot::Guild(first) = above.clone() else { return };
            *above = Slot::Folder { name, guilds: vec![first, id], open: true };
        }
        None => slots.insert(0, Slot::Folder { name, guilds: vec![id], open: true }),
    }
}

/// Lets a guild stand alone again, below the folder it was in.
pub fn take_out(slots: &mut Vec<Slot>, guild: GuildId) {
    let id = guild.to_string();
    let within = slots.iter().position(|slot| matches!(slot, Slot::Folder { guilds, .. } if guilds.contains(&id)));
    let Some(at) = within else { return };
    if let Slot::Folder { guilds, .. } = &mut slots[at] {
        guilds.retain(|it| *it != id);
        let empty = guilds.is_empty();
        slots.insert(at + 1, Slot::Guild(id));
        if empty {
            slots.remove(at);
        }
    }
}

/// Names every guild in the rail, so that one can be put beside another.
pub fn settle(slots: &mut Vec<Slot>, guilds: &[Arc<GuildView>]) {
    for view in guilds {
        let id = view.guild.to_string();
        let named = slots.iter().any(|slot| match slot {
            Slot::Guild(it) => *it == id,
            Slot::Folder { guilds, .. } => guilds.contains(&id),
        });
        if !named {
            slots.push(Slot::Guild(id));
        }
    }
}
