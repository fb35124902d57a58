//! Where a channel is listed among its neighbours: positions that are to change for it to stand one further up or down.

use bivouac_node::core::{
    io::GuildView,
    model::{ChannelId, ChannelKind},
};

/// Room between two positions, so that the next move changes one channel only.
const ROOM: u32 = 16;

/// The channels that it is listed among, in order, with their positions.
fn neighbours(view: &GuildView, channel: ChannelId) -> Vec<(ChannelId, u32)> {
    let Some(of) = view.law.channels.get(&channel) else { return Vec::new() };
    let is_category = |id| view.law.channels.get(&id).is_some_and(|it| it.nature.kind == ChannelKind::Category);
    let parent = of.parent.filter(|id| is_category(*id));
    let mut among: Vec<_> = view
        .law
        .channels
        .iter()
        .filter(|(id, it)| {
            let same = it.nature.kind == of.nature.kind && it.parent.filter(|id| is_category(*id)) == parent;
            same && !view.over.contains(id)
        })
        .collect();
    among.sort_by_key(|(id, it)| (it.position, it.created, **id));
    among.into_iter().map(|(id, it)| (*id, it.position)).collect()
}

/// Positions that are to change; none where it stands at that end already.
pub(super) fn step(view: &GuildView, channel: ChannelId, by: isize) -> Vec<(ChannelId, u32)> {
    let among = neighbours(view, channel);
    let Some(from) = among.iter().position(|(id, _)| *id == channel) else { return Vec::new() };
    match from.checked_add_signed(by).filter(|to| *to < among.len()) {
        Some(to) => moved(among, from, to),
        None => Vec::new(),
    }
}

fn moved<T: Copy + PartialEq>(mut among: Vec<(T, u32)>, from: usize, to: usize) -> Vec<(T, u32)> {
    let mover = among.remove(from);
    let above = to.checked_sub(1).and_then(|at| among.get(at)).map(|(_, position)| *position);
    let below = among.get(to).map(|(_, position)| *position);
    among.insert(to, mover);
    let alone = match (above, below) {
        (_, None) => above.and_then(|above| above.checked_add(ROOM)),
        (None, Some(below)) => (below > 0).then_some(below / 2),
        (Some(above), Some(below)) => {
            let between = below.saturating_sub(above);
            (between > 1).then(|| above + between / 2)
        }
    };
    if let Some(position) = alone {
        return vec![(mover.0, position)];
    }
    let spread = among.into_iter().zip((1..).map(|at| at * ROOM));
    spread.filter(|((_, was), now)| was != now).map(|((id, _), now)| (id, now)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order after some positions changed.
    fn order(among: &[(char, u32)], from: usize, to: usize) -> (String, usize) {
        let changes = moved(among.to_vec(), from, to);
        let mut after: Vec<_> = among.iter().enumerate().map(|(at, (id, position))| (*position, at, *id)).collect();
        for (id, position) in &changes {
            after.iter_mut().filter(|it| it.2 == *id).for_each(|it| it.0 = *position);
        }
        after.sort_unstable();
        (after.into_iter().map(|(.., id)| id).collect(), changes.len())
    }

    #[test]
    fn a_channel_goes_where_it_is_moved() {
        let new = [('a', 0), ('b', 0), ('c', 0)];
        assert_eq!(order(&new, 0, 1), ("bac".to_owned(), 3));
        assert_eq!(order(&new, 2, 1), ("acb".to_owned(), 3));
        assert_eq!(order(&new, 1, 2), ("acb".to_owned(), 1));
        let spread = [('a', 16), ('b', 32), ('c', 48)];
        assert_eq!(order(&spread, 0, 1), ("bac".to_owned(), 1));
        assert_eq!(order(&spread, 2, 1), ("acb".to_owned(), 1));
        assert_eq!(order(&spread, 1, 0), ("bac".to_owned(), 1));
        assert_eq!(order(&[('a', 7), ('b', 8)], 1, 0), ("ba".to_owned(), 1));
        let last = [('a', u32::MAX), ('b', u32::MAX), ('c', u32::MAX)];
        assert_eq!(order(&last, 0, 1), ("bac".to_owned(), 3));
        assert_eq!(order(&last, 0, 2), ("bca".to_owned(), 3));
    }
}
