//! Channels behind a password.

use bivouac_core::{
    io::{ChannelEdit, Command, ErrorKind, Reply},
    model::{ChannelId, ChannelKind, Nature, Overwrite, Permissions, Target},
    wire::{Entered, Request, Response},
};
use bivouac_crypto::{Exchange, PasswordKey};

use crate::{
    camp::Camp,
    private::{holds, say, texts},
};

/// A channel with the password `friend`, of node 0's.
pub(crate) fn locked(camp: &mut Camp) -> ChannelId {
    let nature = Nature::public(ChannelKind::Text);
    let edit = ChannelEdit { name: Some("speakeasy".to_owned()), ..ChannelEdit::default() };
    let password = Some("friend".to_owned());
    let made = camp.world.want(0, Command::CreateChannel { guild: camp.guild, nature, edit, password });
    let Some(Ok(Reply::Channel(channel))) = made else { panic!("{made:?}") };
    camp.world.run(1_000);
    channel
}

pub(crate) fn knock(camp: &mut Camp, who: usize, channel: ChannelId, password: &str) -> Result<Reply, ErrorKind> {
    let command = Command::Enter { channel, password: password.to_owned() };
    let answer = camp.world.want(who, command).unwrap();
    answer.map_err(|error| error.kind)
}

#[test]
fn who_knows_the_password_comes_in_and_nobody_else() {
    let mut camp = Camp::new(4);
    let bar = locked(&mut camp);
    say(&mut camp, 0, bar, "psst");
    assert!(camp.world.law(1, camp.guild).unwrap().channels[&bar].nature.private);
    assert_eq!(knock(&mut camp, 1, bar, "foe"), Err(ErrorKind::Forbidden));
    assert_eq!(holds(&camp, 1, bar), (0, 0));
    assert_eq!(knock(&mut camp, 1, bar, "friend"), Ok(Reply::Unit));
    assert_eq!(knock(&mut camp, 1, bar, "whatever"), Ok(Reply::Unit), "they are in");
    camp.world.run(3_000);
    assert_eq!(texts(&camp, 1, bar), ["psst"]);
    say(&mut camp, 1, bar, "hush");
    assert_eq!(texts(&camp, 0, bar), ["psst", "hush"]);
    // Without the one who set it: whoever is in can let in.
    camp.world.crash(0);
    assert_eq!(knock(&mut camp, 2, bar, "friend"), Ok(Reply::Unit));
    camp.world.start(0);
    camp.world.run(5_000);
    assert_eq!(texts(&camp, 2, bar), ["psst", "hush"]);
    assert_eq!(holds(&camp, 3, bar), (0, 0));
    let general = camp.channel;
    assert_eq!(knock(&mut camp, 1, general, "friend"), Err(ErrorKind::Invalid), "that one has no password");
    camp.peace_after_restart();
}

#[test]
fn a_password_is_guessed_a_few_times_and_no_more() {
    let mut camp = Camp::new(3);
    let bar = locked(&mut camp);
    for guess in 0..5 {
        assert_eq!(knock(&mut camp, 2, bar, &format!("guess {guess}")), Err(ErrorKind::Forbidden), "{guess}");
    }
    // The right one does not help any more, for a while; another is not kept out by that.
    assert_eq!(knock(&mut camp, 2, bar, "friend"), Err(ErrorKind::Unreachable));
    assert_eq!(knock(&mut camp, 1, bar, "friend"), Ok(Reply::Unit));
    camp.world.run(11 * 60 * 1_000);
    assert_eq!(knock(&mut camp, 2, bar, "friend"), Ok(Reply::Unit));
    camp.peace();
}

#[test]
fn a_new_password_is_the_one_that_counts_and_who_is_denied_is_not_let_in_by_it() {
    let mut camp = Camp::new(4);
    let bar = locked(&mut camp);
    let change = |password: &str| Command::UpdateChannel {
        channel: bar,
        edit: ChannelEdit::default(),
        password: Some(password.to_owned()),
    };
    camp.order(0, change("stranger"));
    camp.world.run(1_000);
    assert_eq!(knock(&mut camp, 1, bar, "friend"), Err(ErrorKind::Forbidden));
    assert_eq!(knock(&mut camp, 1, bar, "stranger"), Ok(Reply::Unit));
    // Who is in may let in, but not set it.
    assert!(matches!(camp.world.want(1, change("mine")), Some(Err(error)) if error.kind == ErrorKind::Forbidden));
    let (target, deny) = (Target::User(camp.user(2)), Permissions::VIEW);
    camp.order(0, Command::Overwrite { channel: bar, target, over: Overwrite { allow: Permissions::default(), deny } });
    camp.world.run(2_000);
    assert_eq!(knock(&mut camp, 2, bar, "stranger"), Err(ErrorKind::Forbidden));
    assert_eq!(holds(&camp, 2, bar), (0, 0));
    camp.peace();
}

#[test]
fn an_exchange_is_good_for_one_proof_and_for_the_device_that_began_it() {
    let mut camp = Camp::new(3);
    let (bar, guild) = (locked(&mut camp), camp.guild);
    let from = camp.world.device(camp.liar);
    let prove = Request::Prove { guild, channel: bar, proof: [7; 32].into() };
    assert_eq!(camp.world.probe(0, from, &prove), Some(Response::Entered(Entered::Busy)), "nothing was begun");
    for message in [[0; 33], [0x41; 33], [0xff; 33]] {
        let enter = Request::Enter { guild, channel: bar, message: message.into() };
        assert_eq!(camp.world.probe(0, from, &enter), Some(Response::Enter(None)), "{message:?} is no message");
    }
    let key = PasswordKey::new(b"another place", "friend");
    let (_, message) = Exchange::begin(&mut camp.world.lies(), &key, b"me", b"you", true);
    let enter = Request::Enter { guild, channel: bar, message: message.into() };
    assert!(matches!(camp.world.probe(0, from, &enter), Some(Response::Enter(Some(_)))));
    assert_eq!(camp.world.probe(0, from, &prove), Some(Response::Entered(Entered::Wrong)));
    assert_eq!(camp.world.probe(0, from, &prove), Some(Response::Entered(Entered::Busy)), "one guess each");
    // What one device began no other ends.
    assert!(matches!(camp.world.probe(0, from, &enter), Some(Response::Enter(Some(_)))));
    let other = camp.world.device(1);
    assert_eq!(camp.world.probe(0, other, &prove), Some(Response::Entered(Entered::Busy)));
    let elsewhere = Request::Prove { guild, channel: camp.channel, proof: [7; 32].into() };
    assert_eq!(camp.world.probe(0, from, &elsewhere), Some(Response::Entered(Entered::Busy)));
    assert_eq!(camp.world.probe(0, from, &prove), Some(Response::Entered(Entered::Wrong)));
    let stranger = bivouac_core::sim::person(9).device;
    camp.world.input(0, bivouac_core::io::Input::Connected(stranger));
    assert_eq!(camp.world.probe(0, stranger, &enter), Some(Response::Enter(None)));
    camp.peace();
}
