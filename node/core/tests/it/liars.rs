//! Every lie we could think of, each a test: nobody panics, honest members agree and go on, memory stays bounded.

mod authority;
mod channels;
mod floods;
mod forks;
mod identities;
mod joining;
mod keys;
mod ops;
mod sync;

use bivouac_core::{
    op::{Act, Entry, Op, Post},
    sim::World,
};
use bivouac_crypto::Text;

use crate::camp::Camp;

pub(crate) fn post(camp: &Camp, text: &str) -> Op {
    Op::Post(Post {
        channel: camp.channel,
        text: Text::try_from(text).unwrap(),
        reply_to: None,
        thread: None,
        files: bivouac_crypto::Bounded::default(),
    })
}

pub(crate) fn act(camp: &Camp, rank: usize, act: Act) -> Op {
    let (everyone, admin, owner) = camp.world.acting(camp.guild);
    Op::Act([everyone, admin, owner][rank], act)
}

pub(crate) fn shown(world: &World, who: usize, camp_channel: bivouac_core::model::ChannelId) -> Vec<String> {
    world.timeline(who, camp_channel).into_iter().filter_map(|m| m.text).collect()
}

/// Tells everybody and checks that nobody shows or keeps it.
pub(crate) fn refused(camp: &mut Camp, entry: &Entry) {
    let before: Vec<u64> = camp.honest().iter().map(|i| camp.world.status(*i, camp.guild).unwrap().ops).collect();
    camp.world.tell(camp.liar, &camp.honest(), entry);
    camp.world.run(500);
    let after: Vec<u64> = camp.honest().iter().map(|i| camp.world.status(*i, camp.guild).unwrap().ops).collect();
    assert_eq!(before, after);
}
