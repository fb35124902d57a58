//! Where a role stands. The law lets a rank fall and never rise, so that old acts keep their weight: a role goes up by having the
//! one above it fall below. Ranks leave room between each other for that.

use bivouac_node::core::{
    authority::{self, ADMIN_RANK},
    io::GuildView,
    model::{Role, RoleId},
};

use super::may;
use crate::world::Shown as _;

/// Room that a new role leaves above it.
const ROOM: u32 = 10;

/// A role whose rank is to fall, and to what.
pub(super) type Fall = (RoleId, u32);

/// The rank of a new role: below all others, and below me.
pub(super) fn lowest(view: &GuildView) -> u32 {
    let everyone = authority::everyone(view.guild);
    let others = view.law.roles.iter().filter(|(id, _)| **id != everyone).map(|(_, role)| role.rank);
    let least = others.min().unwrap_or(ADMIN_RANK).min(ADMIN_RANK);
    let mine = u32::try_from(view.rank(&view.me)).unwrap_or(u32::MAX);
    let under = least.min(mine);
    if under > 2 * ROOM { under - ROOM } else { (under / 2).max(1) }
}

/// A rank below `high`, and above `low` where there is room.
fn between(low: u32, high: u32) -> Option<u32> {
    let middle = low + high.saturating_sub(low) / 2;
    let rank = if middle > low && middle < high { middle } else { high.checked_sub(1)? };
    (rank > 0).then_some(rank)
}

/// What brings a role above the one above it.
pub(super) fn up(view: &GuildView, role: RoleId) -> Option<Fall> {
    let ranked = view.ranked();
    let at = ranked.iter().position(|(id, _)| *id == role)?;
    let (above, its) = at.checked_sub(1).and_then(|at| ranked.get(at))?;
    fall(view, *above, its, ranked[at].1, ranked.get(at + 1).map(|(_, role)| *role))
}

/// What brings a role below the one below it.
pub(super) fn down(view: &GuildView, role: RoleId) -> Option<Fall> {
    let ranked = view.ranked();
    let at = ranked.iter().position(|(id, _)| *id == role)?;
    let (_, below) = ranked.get(at + 1)?;
    fall(view, role, ranked[at].1, below, ranked.get(at + 2).map(|(_, role)| *role))
}

/// A role that falls below another, and above the one after it.
fn fall(view: &GuildView, role: RoleId, its: &Role, below: &Role, above: Option<&Role>) -> Option<Fall> {
    let everyone = authority::everyone(view.guild);
    if role == everyone || below.rank == 0 || !may(view, its) {
        return None;
    }
    between(above.map_or(0, |role| role.rank), below.rank).map(|rank| (role, rank))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_falls_into_the_middle_of_what_is_free() {
        assert_eq!(between(10, 20), Some(15));
        assert_eq!(between(10, 11), Some(10));
        assert_eq!(between(0, 2), Some(1));
        assert_eq!(between(0, 1), None);
        assert_eq!(between(5, 5), Some(4));
        assert_eq!(between(0, 0), None);
    }
}
