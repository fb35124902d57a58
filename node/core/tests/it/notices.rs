//! What happened around a channel, as it is told between its messages.

use bivouac_core::{
    io::{Answer, ChannelEdit, Command, Happened, Query, Reply},
    model::{ChannelId, ChannelKind, Nature},
};
use bivouac_crypto::UserId;

use crate::camp::Camp;

fn notices(camp: &Camp, who: usize, channel: ChannelId, limit: usize) -> Vec<(UserId, Happened)> {
    match camp.world.query(who, Query::Notices { channel, since_ms: 0, until_ms: u64::MAX, limit }) {
        Some(Answer::Notices(notices)) => {
            assert!(notices.is_sorted_by_key(|notice| notice.at));
            notices.into_iter().map(|notice| (notice.author, notice.what)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_happened_is_told_between_the_messages() {
    let mut camp = Camp::new(3);
    let (guild, channel, [ada, bo, cy]) = (camp.guild, camp.channel, [0, 1, 2].map(|who| camp.user(who)));
    let joined = [(bo, Happened::Joined), (cy, Happened::Joined)];
    assert_eq!(notices(&camp, 2, channel, 50), joined);

    let ask = Command::Post { channel, text: "rules".to_owned(), reply_to: None, thread: None, files: Vec::new() };
    let Some(Ok(Reply::Posted(rules))) = camp.world.want(1, ask) else { panic!("not posted") };
    camp.world.run(1_000);
    let called = |name: &str| ChannelEdit { name: Some(name.to_owned()), ..ChannelEdit::default() };
    let rename = Command::UpdateChannel { channel, edit: called("lobby"), password: None };
    // Nobody who may not makes a notice of it.
    assert!(!matches!(camp.world.want(1, rename.clone()), Some(Ok(_))));
    camp.order(0, rename);
    camp.order(0, Command::UpdateGuild { guild, name: Some("Woods".to_owned()), description: None, icon: None });
    camp.order(0, Command::Pin { message: rules, on: true });
    camp.world.run(1_000);
    camp.order(2, Command::CreateThread { message: rules, name: "why".to_owned() });
    camp.world.run(1_000);
    let since = [
        (ada, Happened::Renamed("lobby".to_owned())),
        (ada, Happened::GuildRenamed("Woods".to_owned())),
        (ada, Happened::Pinned(rules)),
        (cy, Happened::Thread(rules, "why".to_owned())),
    ];
    for who in 0..3 {
        assert_eq!(notices(&camp, who, channel, 50), [&joined[..], &since].concat());
        assert_eq!(notices(&camp, who, channel, 2), since[2..]);
    }
    // What is pinned no more is not told any more; another channel has its own.
    camp.order(0, Command::Pin { message: rules, on: false });
    let nature = Nature::public(ChannelKind::Text);
    let make = Command::CreateChannel { guild, nature, edit: called("second"), password: None };
    let Some(Ok(Reply::Channel(second))) = camp.world.want(0, make) else { panic!("not made") };
    camp.order(0, Command::UpdateChannel { channel: second, edit: called("third"), password: None });
    camp.world.run(1_000);
    assert_eq!(notices(&camp, 1, second, 50), [(ada, Happened::Renamed("third".to_owned()))]);
    assert_eq!(notices(&camp, 1, channel, 50), [&joined[..], &since[..2], &since[3..]].concat());
    camp.peace();
}
