//! Attacks on channels with keys of their own, and on what they forget.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bivouac_core::{
    io::{ChannelEdit, Command, ErrorKind, Reply, RoleEdit},
    model::{ChannelId, History, Hlc, LogId, MessageState, OpId, Overwrite, Permissions, Target},
    op::{self, Act, Audience, Epoch, Header, Op, epoch_place},
    wire::{Entered, Request, Response},
};
use bivouac_crypto::{Bounded, EpochId, EpochSecret, PasswordKey, canonical};

use crate::{
    camp::Camp,
    forget::brief,
    password::{knock, locked},
    private::{admit, channel, holds, say, texts},
};

/// Says in a log of its own that an epoch is such and such, as early as can be.
fn claim(camp: &mut Camp, says: Epoch, log: u64, to: &[usize]) {
    let genesis =
        camp.world.ops_on_disk(0, camp.guild).into_iter().find(|entry| entry.header.kind == 1).unwrap().header;
    let (liar, device) = (camp.liar, camp.world.device(camp.liar));
    let op = camp.world.forge(liar, camp.guild, Audience::Control, &Op::Epoch(says), |h: &mut Header| {
        h.log = LogId { device, incarnation: log };
        (h.seq, h.prev) = (0, OpId([0; 32]));
        h.auth = Bounded::try_from(vec![genesis.reference(genesis.id())]).unwrap();
        h.hlc = Hlc(genesis.hlc.0 + 5);
    });
    camp.world.tell(liar, to, &op.entry);
    camp.world.run(500);
}

/// Mints epochs to which the liar has no right, one after the other, and hands the secrets to some.
fn mint_in_vain(camp: &mut Camp, audience: Audience, to: &[usize]) -> Vec<EpochId> {
    let mut minted = Vec::new();
    let mut parents: Vec<EpochId> = camp.world.epochs_of(0, camp.guild, audience).into_iter().collect();
    let mut dice = camp.world.lies();
    for n in 0..3 {
        let log = LogId { device: camp.world.device(camp.liar), incarnation: 100 + n };
        let secret = EpochSecret::generate(&mut dice);
        let id = secret.id(&camp.guild.0, &epoch_place(audience, log), &parents);
        let epoch = Epoch { audience, id, parents: Bounded::try_from(parents).unwrap(), link: None };
        claim(camp, epoch, log.incarnation, to);
        let liar = camp.liar;
        camp.hand(liar, to, id, &secret);
        camp.world.run(500);
        assert!(camp.world.secrets_on_disk(to[0], camp.guild).contains_key(&id), "they hold it");
        minted.push(id);
        parents = vec![id];
    }
    minted
}

/// How long another waits for what is said, of several things said with a pause between.
fn delays(camp: &mut Camp, channel: ChannelId) -> Vec<Option<u64>> {
    (0..4)
        .map(|n| {
            camp.world.run(40_000);
            let at = camp.world.now;
            let post =
                Command::Post { channel, text: format!("line {n}"), reply_to: None, thread: None, files: Vec::new() };
            let Some(Ok(Reply::Posted(id))) = camp.world.want(0, post) else { panic!("{n}") };
            camp.world.run(30_000);
            camp.world.nodes[1].told.get(&id).map(|told| told - at)
        })
        .collect()
}

/// Counts what is asked of everybody from now on.
fn keys_asked(camp: &mut Camp) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    for node in &mut camp.world.nodes {
        let count = count.clone();
        node.tamper = Some(Box::new(move |_, bytes| {
            let keys = matches!(Request::from_bytes(bytes), Some(Request::Keys { .. }));
            count.fetch_add(usize::from(keys), Ordering::Relaxed);
            None
        }));
    }
    count
}

#[test]
fn an_epoch_named_as_anothers_is_its_readers_all_the_same() {
    let mut camp = Camp::new(4);
    let den = channel(&mut camp, 0, true, History::Whole);
    say(&mut camp, 0, den, "before");
    let to = camp.honest();
    for id in camp.world.epochs_of(0, camp.guild, Audience::Channel(den)) {
        let audience = Audience::Channel(ChannelId([9; 32]));
        claim(&mut camp, Epoch { audience, id, parents: Bounded::default(), link: None }, 77, &to);
    }
    admit(&mut camp, 0, den, 1, true);
    assert_eq!(texts(&camp, 1, den), ["before"]);
    camp.peace();
}

#[test]
fn the_guilds_key_is_not_forgotten_because_somebody_calls_it_an_old_one() {
    let mut camp = Camp::new(5);
    let smoke = brief(&mut camp, false, History::Ephemeral, 60);
    camp.world.run(150_000);
    camp.world.crash(2);
    let before = camp.world.epochs_of(0, camp.guild, Audience::Guild);
    camp.kick(0, 3);
    camp.say(0, "news");
    camp.world.run(1_000);
    let after = camp.world.epochs_of(0, camp.guild, Audience::Guild);
    assert!(after.len() > before.len());
    for id in after.difference(&before) {
        let says = Epoch { audience: Audience::Channel(smoke), id: *id, parents: Bounded::default(), link: None };
        claim(&mut camp, says, 77, &[0, 1]);
    }
    camp.world.start(2);
    camp.world.run(60_000);
    let general = camp.channel;
    assert!(texts(&camp, 2, general).contains(&"news".to_owned()));
    camp.peace();
}

#[test]
fn epochs_minted_in_vain_make_nobody_stop_listening() {
    let mut camp = Camp::new(5);
    let den = channel(&mut camp, 0, true, History::Whole);
    admit(&mut camp, 0, den, 1, true);
    say(&mut camp, 0, den, "one");
    let vain = mint_in_vain(&mut camp, Audience::Channel(den), &[0, 1]);
    let waits = delays(&mut camp, den);
    assert!(waits.iter().all(|wait| wait.is_some_and(|ms| ms < 1_000)), "in the den: {waits:?}");
    assert!(!vain.contains(&camp.world.epoch_of(0, camp.guild, Audience::Channel(den)).unwrap().0));
    let (liar, general) = (camp.liar, camp.channel);
    camp.kick(0, liar);
    camp.world.run(5_000);
    let vain = mint_in_vain(&mut camp, Audience::Guild, &[0, 1, 2]);
    let waits = delays(&mut camp, general);
    assert!(waits.iter().all(|wait| wait.is_some_and(|ms| ms < 1_000)), "among all: {waits:?}");
    assert!(
        !vain.contains(&camp.world.epoch(0, camp.guild).unwrap().0),
        "nobody sends under what a removed one dated back"
    );
    camp.peace();
}

#[test]
fn a_removed_manager_sets_no_password() {
    let mut camp = Camp::new(4);
    let liar = camp.liar;
    camp.make_admin(liar);
    let bar = locked(&mut camp);
    camp.world.run(5_000);
    // Dated after all that comes, by what they knew before.
    let key = PasswordKey::new(&canonical::encode(&(camp.guild, bar)), "mine");
    let late = |h: &mut Header| h.hlc = Hlc(h.hlc.0 + (120_000 << 16));
    let op = camp.world.forge(liar, camp.guild, Audience::Channel(bar), &Op::Password(key), late);
    camp.kick(0, liar);
    camp.world.run(5_000);
    let edit = ChannelEdit::default();
    camp.order(0, Command::UpdateChannel { channel: bar, edit, password: Some("stranger".to_owned()) });
    camp.world.run(180_000);
    camp.world.tell(liar, &[0, 1, 2], &op.entry);
    camp.world.run(3_000);
    assert_eq!(knock(&mut camp, 1, bar, "mine"), Err(ErrorKind::Forbidden));
    assert_eq!(knock(&mut camp, 2, bar, "stranger"), Ok(Reply::Unit));
    camp.peace();
}

#[test]
fn a_reader_who_calls_every_password_wrong_bars_nobody() {
    let mut camp = Camp::new(4);
    let (bar, liar) = (locked(&mut camp), camp.liar);
    assert_eq!(knock(&mut camp, liar, bar, "friend"), Ok(Reply::Unit));
    camp.world.run(3_000);
    let lied = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&lied);
    camp.world.nodes[liar].tamper = Some(Box::new(move |_, bytes| {
        let prove = matches!(Request::from_bytes(bytes), Some(Request::Prove { .. }));
        count.fetch_add(usize::from(prove), Ordering::Relaxed);
        prove.then(|| Some(Response::Entered(Entered::Wrong).to_bytes()))
    }));
    for guest in [1, 2] {
        assert_eq!(knock(&mut camp, guest, bar, "friend"), Ok(Reply::Unit));
    }
    assert!(lied.load(Ordering::Relaxed) > 0, "nobody asked the liar");
    camp.peace();
}

#[test]
fn who_gives_up_the_role_they_read_by_reads_nothing_that_comes_after() {
    let mut camp = Camp::new(4);
    let (liar, guild, user) = (camp.liar, camp.guild, camp.user(camp.liar));
    let edit = RoleEdit { name: Some("crew".to_owned()), ..RoleEdit::default() };
    let made =
        camp.world.want(0, Command::CreateRole { guild, rank: Some(5), permissions: Permissions::default(), edit });
    let Some(Ok(Reply::Role(role))) = made else { panic!("{made:?}") };
    camp.order(0, Command::AssignRole { guild, role, user, held: true });
    let den = channel(&mut camp, 0, true, History::Whole);
    let over = Overwrite { allow: Permissions::VIEW, deny: Permissions::default() };
    camp.order(0, Command::Overwrite { channel: den, target: Target::Role(role), over });
    camp.world.run(3_000);
    say(&mut camp, liar, den, "in");
    let had = holds(&camp, liar, den).1;
    let give_up = Op::Act(camp.world.acting(guild).0, Act::Revoke { role, user });
    let op = camp.world.forge(liar, guild, Audience::Control, &give_up, |_| {});
    camp.world.tell(liar, &camp.honest(), &op.entry);
    camp.world.run(5_000);
    say(&mut camp, 0, den, "without them");
    assert_eq!(holds(&camp, liar, den).1, had);
    camp.peace();
}

/// Payloads on a node's disk of a channel's logs.
fn kept(camp: &Camp, who: usize, channel: ChannelId) -> usize {
    let ops = camp.world.ops_on_disk(who, camp.guild);
    ops.iter().filter(|op| op.header.audience == Audience::Channel(channel) && op.payload.is_some()).count()
}

#[test]
fn a_deleted_channel_forgets_in_its_time() {
    let mut camp = Camp::new(4);
    let smoke = brief(&mut camp, true, History::Ephemeral, 60);
    admit(&mut camp, 0, smoke, 1, true);
    say(&mut camp, 1, smoke, "up");
    camp.order(0, Command::DeleteChannel { channel: smoke });
    camp.world.run(20_000);
    assert_eq!((kept(&camp, 0, smoke), kept(&camp, 1, smoke)), (1, 1));
    camp.world.crash(1);
    camp.world.start(1);
    camp.world.run(160_000);
    for reader in [0, 1] {
        assert_eq!((kept(&camp, reader, smoke), holds(&camp, reader, smoke).1), (0, 0), "node {reader}");
    }
    camp.peace();
}

#[test]
fn a_deletion_that_comes_to_nothing_destroys_nothing() {
    let mut camp = Camp::new(4);
    camp.make_admin(1);
    let smoke = brief(&mut camp, true, History::Ephemeral, 600);
    admit(&mut camp, 0, smoke, 2, true);
    say(&mut camp, 2, smoke, "up");
    // Cut in two: the owner removes the admin, who on the other side deletes the channel.
    camp.world.split(&[0].into());
    camp.world.run(3_000);
    camp.kick(0, 1);
    camp.order(1, Command::DeleteChannel { channel: smoke });
    camp.world.run(60_000);
    assert!(!camp.world.law(2, camp.guild).unwrap().channels.contains_key(&smoke), "2 takes it for deleted");
    camp.world.split(&[].into());
    camp.world.run(60_000);
    say(&mut camp, 0, smoke, "still");
    assert_eq!(texts(&camp, 2, smoke), ["up", "still"]);
    camp.peace();
}

#[test]
fn what_nobody_here_can_read_is_forgotten_too_and_not_brought_back() {
    let mut camp = Camp::new(4);
    let sand = brief(&mut camp, true, History::SinceJoin, 120);
    say(&mut camp, 0, sand, "before");
    let whole: Vec<_> = camp.world.ops_on_disk(0, camp.guild);
    let whole: Vec<_> = whole.into_iter().filter(|op| op.header.audience == Audience::Channel(sand)).collect();
    admit(&mut camp, 0, sand, 1, true);
    assert_eq!((texts(&camp, 1, sand).len(), kept(&camp, 1, sand)), (0, 1), "it came, without its key");
    camp.world.run(180_000);
    assert_eq!((kept(&camp, 0, sand), kept(&camp, 1, sand)), (0, 0));
    let told = |camp: &Camp| camp.world.nodes[0].events.len();
    let before = told(&camp);
    for op in &whole {
        camp.world.tell(camp.liar, &[0, 1], op);
    }
    camp.world.run(5_000);
    assert_eq!((kept(&camp, 0, sand), kept(&camp, 1, sand), told(&camp)), (0, 0, before));
    camp.peace();
}

#[test]
fn acts_about_channels_that_are_not_there_are_not_remembered_as_forgetful() {
    let mut camp = Camp::new(3);
    let den = channel(&mut camp, 0, true, History::Whole);
    admit(&mut camp, 0, den, 1, true);
    let (liar, guild) = (camp.liar, camp.guild);
    let change = bivouac_core::model::ChannelChange { retention_s: Some(1), ..Default::default() };
    let update = Act::ChannelUpdate { channel: ChannelId([9; 32]), change };
    let op = camp.world.forge(liar, guild, Audience::Control, &Op::Act(camp.world.acting(guild).0, update), |_| {});
    camp.world.tell(liar, &camp.honest(), &op.entry);
    camp.world.run(90_000);
    let next = camp.world.nodes[0].core.as_ref().unwrap().next_wake();
    assert!(next.is_some(), "it compares as before");
    say(&mut camp, 0, den, "kept");
    camp.world.run(90_000);
    assert_eq!(texts(&camp, 1, den), ["kept"]);
    camp.peace();
}

#[test]
fn who_is_denied_makes_nobody_write_the_law() {
    let mut camp = Camp::new(3);
    let (bar, guild, liar) = (locked(&mut camp), camp.guild, camp.liar);
    assert_eq!(knock(&mut camp, liar, bar, "friend"), Ok(Reply::Unit));
    let over = Overwrite { allow: Permissions::default(), deny: Permissions::VIEW };
    let target = Target::User(camp.user(liar));
    camp.order(0, Command::Overwrite { channel: bar, target, over });
    camp.world.run(5_000);
    let acts = |camp: &Camp| {
        let ops = camp.world.ops_on_disk(0, guild);
        ops.iter().filter(|op| op.header.audience == Audience::Control).count()
    };
    let before = acts(&camp);
    for _ in 0..3 {
        assert_eq!(knock(&mut camp, liar, bar, "friend"), Err(ErrorKind::Forbidden));
    }
    assert_eq!(acts(&camp), before);
    camp.peace();
}

#[test]
fn two_channels_can_be_entered_at_once() {
    let mut camp = Camp::new(2);
    let bars = [locked(&mut camp), locked(&mut camp)];
    for channel in bars {
        camp.world.ask(1, Command::Enter { channel, password: "friend".to_owned() });
    }
    camp.world.run(1_500);
    assert!(bars.iter().all(|bar| holds(&camp, 1, *bar).1 == 1), "before either is tried again");
    camp.peace();
}

#[test]
fn what_a_private_channel_is_closed_by_is_not_opened_by_touching_it() {
    let mut camp = Camp::new(4);
    let den = channel(&mut camp, 0, true, History::Whole);
    say(&mut camp, 0, den, "ours");
    let everyone = Target::Role(bivouac_core::authority::everyone(camp.guild));
    let (none, view) = (Permissions::default(), Permissions::VIEW);
    // Something else is denied; it is opened, and closed again.
    for (allow, deny) in [(none, Permissions::SEND), (view, none), (none, none)] {
        camp.order(0, Command::Overwrite { channel: den, target: everyone, over: Overwrite { allow, deny } });
        camp.world.run(3_000);
        let open = allow == view;
        assert_eq!(holds(&camp, 1, den).0 > 0, open || allow == none && deny == none, "{allow:?} {deny:?}");
    }
    let had = holds(&camp, 1, den);
    say(&mut camp, 0, den, "ours again");
    assert_eq!(holds(&camp, 1, den), had, "what was open is known, what comes is not");
    camp.peace();
}

#[test]
fn what_is_said_late_is_forgotten_in_its_time_and_what_is_kept_longer_is_kept() {
    let mut camp = Camp::new(4);
    let sand = brief(&mut camp, false, History::Whole, 60);
    say(&mut camp, 0, sand, "one");
    camp.world.run(70_000);
    let keep = |seconds| Command::UpdateChannel {
        channel: sand,
        edit: ChannelEdit { retention_s: Some(seconds), ..ChannelEdit::default() },
        password: None,
    };
    camp.order(0, keep(300));
    camp.world.run(2_000);
    // Dated before what is forgotten already.
    let text = "late".to_owned().try_into().unwrap();
    let post = Op::Post(op::Post { channel: sand, text, reply_to: None, thread: None, files: Bounded::default() });
    let early = |h: &mut Header| h.hlc = Hlc(h.hlc.0 - (75_000 << 16));
    let op = camp.world.forge(camp.liar, camp.guild, Audience::Channel(sand), &post, early);
    camp.world.tell(camp.liar, &camp.honest(), &op.entry);
    camp.world.run(5_000);
    assert_eq!(texts(&camp, 0, sand), ["late"]);
    camp.world.run(400_000);
    assert!(texts(&camp, 0, sand).is_empty());
    // Who was off while it was decided to keep all asks before they forget.
    say(&mut camp, 0, sand, "keep me");
    camp.world.crash(2);
    camp.order(0, keep(0));
    camp.world.run(400_000);
    camp.world.start(2);
    camp.world.run(120_000);
    assert_eq!(
        (texts(&camp, 0, sand), texts(&camp, 2, sand)),
        (vec!["keep me".to_owned()], vec!["keep me".to_owned()])
    );
    assert_eq!(camp.world.facts.violations, Vec::<String>::new());
}

#[test]
fn what_was_forgotten_by_an_act_that_came_to_nothing_leaves_no_hole() {
    let mut camp = Camp::new(4);
    camp.make_admin(1);
    let den = channel(&mut camp, 0, true, History::Whole);
    for who in [1, 2] {
        admit(&mut camp, 0, den, who, true);
    }
    // Cut in two: the owner removes the admin, who on the other side has the channel forget.
    camp.world.split(&[0].into());
    camp.world.run(3_000);
    camp.kick(0, 1);
    say(&mut camp, 2, den, "over here");
    let edit = ChannelEdit { retention_s: Some(1), ..ChannelEdit::default() };
    camp.order(1, Command::UpdateChannel { channel: den, edit, password: None });
    camp.world.run(10_000);
    camp.world.split(&[].into());
    camp.world.run(120_000);
    assert_eq!(camp.world.law(2, camp.guild).unwrap().channels[&den].retention_s, 0);
    let states: Vec<_> = camp.world.timeline(2, den).iter().map(|message| message.state).collect();
    assert_eq!(states, [MessageState::Erased]);
    say(&mut camp, 2, den, "and now");
    assert_eq!(texts(&camp, 0, den), ["and now"]);
    assert_eq!((holds(&camp, 0, den).0, camp.world.status(0, camp.guild).unwrap().holes), (2, 0));
    assert_eq!(camp.world.settle(0, camp.guild, 60_000), Ok(()));
}

#[test]
fn keys_that_nobody_has_are_asked_for_ever_more_seldom() {
    let mut camp = Camp::new(4);
    let smoke = brief(&mut camp, false, History::Ephemeral, 60);
    for n in 0..20 {
        say(&mut camp, n % 2, smoke, "puff");
        camp.world.run(61_000);
    }
    camp.world.run(300_000);
    // Somebody restarts, and somebody has the channel keep more: what is forgotten stays so.
    camp.world.crash(1);
    camp.world.start(1);
    let edit = ChannelEdit { retention_s: Some(86_400), ..ChannelEdit::default() };
    camp.order(0, Command::UpdateChannel { channel: smoke, edit, password: None });
    let to = camp.honest();
    for n in 0..32u8 {
        let says = Epoch { audience: Audience::Guild, id: EpochId([n; 32]), parents: Bounded::default(), link: None };
        claim(&mut camp, says, 200 + u64::from(n), &to);
    }
    camp.world.run(300_000);
    let asked = keys_asked(&mut camp);
    camp.world.run(300_000);
    let asked = asked.load(Ordering::Relaxed);
    // Of four nodes each asks three others for fifty keys, sixteen at a time, each minute and a half.
    assert!((1..=4 * 3 * 4 * 4).contains(&asked), "{asked} requests in five minutes");
}
