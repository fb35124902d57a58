//! Roles: by rank on the left, on the right what the chosen one is called, may do, and who holds it.
//!
//! What is written, ticked or chosen of a role is kept here until it is saved; what concerns its rank or its holders is done at
//! once.

mod draw;
mod rank;

use bivouac_node::{
    UserId,
    core::{
        authority,
        io::{Command, GuildView, RoleEdit},
        model::{Permissions, Role, RoleId},
    },
};

use super::Ask;
use crate::{
    screen::{Ctx, dialog::confirm::Confirm, message::shorten},
    world::Shown as _,
};

/// What of a role is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// What it is called and looks like.
    #[default]
    Looks,
    /// What its holders may do.
    Permissions,
    /// Who holds it.
    Holders,
}

/// The page.
#[derive(Debug, Default)]
pub struct Roles {
    chosen: Option<RoleId>,
    side: Side,
    name: Option<String>,
    color: Option<u32>,
    /// As typed, which need not be a colour yet.
    hex: Option<String>,
    hoist: Option<bool>,
    permissions: Option<Permissions>,
    filter: String,
}

/// What happens on it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Look at a role.
    Choose(RoleId),
    /// Look at another side of it.
    Side(Side),
    /// Make one.
    Create,
    /// What it is called.
    Name(String),
    /// Its colour.
    Color(u32),
    /// Its colour, as typed.
    Hex(String),
    /// Whether its holders are listed apart.
    Hoist(bool),
    /// Whether its holders may do something.
    Permit(Permissions, bool),
    /// Above or below its neighbour: the role whose rank falls, and to what.
    Lower(RoleId, u32),
    /// Whom to look for.
    Filter(String),
    /// Who holds it, or does no more.
    Hold(UserId, bool),
    /// Delete it.
    Delete,
    /// Keep what was changed.
    Save,
}

impl Roles {
    /// Looks at a role.
    pub fn choose(&mut self, role: RoleId) {
        self.reset();
        self.chosen = Some(role);
        self.filter.clear();
    }

    /// As it was.
    pub fn reset(&mut self) {
        (self.name, self.color, self.hex, self.hoist, self.permissions) = (None, None, None, None, None);
    }

    /// The role that is looked at: the highest until one is chosen.
    fn current<'a>(&self, view: &'a GuildView) -> Option<(RoleId, &'a Role)> {
        let chosen = self.chosen.and_then(|id| view.law.roles.get_key_value(&id)).map(|(id, role)| (*id, role));
        chosen.or_else(|| view.ranked().into_iter().next())
    }

    /// What was changed, if anything was.
    #[must_use]
    pub fn save(&self, view: &GuildView) -> Option<Command> {
        let (id, role) = self.current(view)?;
        let name = self.name.as_ref().map(|name| name.trim().to_owned()).filter(|name| *name != role.name);
        let color = self.color.filter(|color| *color != role.color);
        let hoist = self.hoist.filter(|hoist| *hoist != role.hoist);
        let permissions = self.permissions.filter(|bits| *bits != role.permissions);
        let edit = RoleEdit { name, color, hoist };
        (edit != RoleEdit::default() || permissions.is_some()).then_some(Command::UpdateRole {
            guild: view.guild,
            role: id,
            rank: None,
            permissions,
            edit,
        })
    }

    /// What happens.
    pub fn update(&mut self, message: Message, view: &GuildView, ctx: &Ctx<'_>) -> Option<Ask> {
        let guild = view.guild;
        let unsaved = self.save(view).is_some();
        let (role, now) = self.current(view)?;
        match message {
            Message::Choose(other) if other == role => {}
            Message::Choose(_) | Message::Create if unsaved => return Some(Ask::Unsaved),
            Message::Choose(other) => self.choose(other),
            Message::Side(side) => self.side = side,
            Message::Create => {
                let edit = RoleEdit { name: Some(ctx.w.get("role-new")), ..RoleEdit::default() };
                let rank = Some(rank::lowest(view));
                return Some(Ask::Do(Command::CreateRole { guild, rank, permissions: Permissions::default(), edit }));
            }
            Message::Name(name) => self.name = Some(name),
            Message::Color(color) => (self.color, self.hex) = (Some(color), None),
            Message::Hex(hex) => {
                self.color = of_hex(&hex).or(self.color);
                self.hex = Some(hex);
            }
            Message::Hoist(hoist) => self.hoist = Some(hoist),
            Message::Permit(bit, on) => {
                let bits = self.permissions.unwrap_or(now.permissions);
                self.permissions = Some(if on { bits | bit } else { bits.without(bit) });
            }
            Message::Lower(role, rank) => {
                let edit = RoleEdit::default();
                return Some(Ask::Do(Command::UpdateRole { guild, role, rank: Some(rank), permissions: None, edit }));
            }
            Message::Filter(words) => self.filter = words,
            Message::Hold(user, held) => return Some(Ask::Do(Command::AssignRole { guild, role, user, held })),
            Message::Delete => {
                let head = ctx.w.with("role-delete-head", &[("role", shorten(&now.name, 64).into())]);
                let command = Command::DeleteRole { guild, role };
                let sure = Confirm::new(head, ctx.w.get("role-delete-words"), ctx.w.get("delete"), command);
                return Some(Ask::Sure(Box::new(sure), false));
            }
            Message::Save => return Some(Ask::Save),
        }
        None
    }
}

/// Whether I may change a role.
fn may(view: &GuildView, role: &Role) -> bool {
    view.may_anywhere(Permissions::MANAGE_ROLES) && u64::from(role.rank) < view.rank(&view.me)
}

/// Whether it is one that every guild has.
fn is_built_in(view: &GuildView, role: RoleId) -> bool {
    [authority::everyone(view.guild), authority::admin(view.guild)].contains(&role)
}

/// A colour as it is written on the web: `#ff9a5c`, with or without the sign.
fn of_hex(hex: &str) -> Option<u32> {
    let digits = hex.trim().trim_start_matches('#');
    let plain = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    plain.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_has_six_digits() {
        assert_eq!(of_hex("#FF9a5c"), Some(0xff_9a_5c));
        assert_eq!(of_hex(" 000000 "), Some(0));
        for bad in ["", "#", "fff", "ff9a5c0", "gggggg", "+12345", "é9a5c"] {
            assert_eq!(of_hex(bad), None, "{bad:?}");
        }
    }
}
