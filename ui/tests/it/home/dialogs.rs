//! What is laid over the page for a moment: another guild, a new channel, an invite, a picture.

use bivouac_node::{
    CallError,
    core::{
        io::{Command, CommandError, ErrorKind, Neighbour, Reply},
        model::{ChannelKind, History, InviteId, Message as Said, Nature},
    },
};
use bivouac_ui::{intent::Service, widget::Icon};

use super::{
    hut::{BEN, CHLOE, GRAIN, HUT, MILL, TRIPS, device, photo, said, talk, world},
    visit::Visit,
};

#[test]
fn a_guild_is_made_and_gone_to() {
    let mut visit = Visit::new(world(), talk());
    visit.sign(Icon::Plus);
    visit.click("Create a guild");
    visit.types(" ");
    visit.chord("Enter");
    assert!(visit.commands.is_empty(), "it has no name yet");
    visit.reply = Reply::Guild { guild: MILL, channel: GRAIN };
    visit.types(" Old Mill ");
    visit.chord("Enter");
    assert_eq!(visit.commands, [Command::CreateGuild { name: "Old Mill".to_owned() }]);
    assert_eq!(visit.hand.screen.home.guild(), Some(MILL));
    assert!(!visit.sees("Name of the guild"));
}

#[test]
fn a_broken_link_says_what_to_do_and_can_be_mended() {
    let mut visit = Visit::new(world(), talk());
    visit.sign(Icon::Plus);
    visit.click("I have an invite");
    let why = "This invite link is not whole. Copy it again, from bivouac:// to its last character.";
    let error = CommandError::new(ErrorKind::Invalid, Some("link"), "no invite");
    visit.refusal = Some(CallError::Command(error));
    visit.types("bivouac://join/oops");
    visit.chord("Enter");
    assert!(visit.sees(why) && visit.sees("bivouac://join/oops"));
    visit.refusal = None;
    visit.reply = Reply::Joined(MILL);
    visit.types("x");
    assert!(!visit.sees(why), "what is mended is not blamed");
    visit.click("Join");
    let [_, Command::Join { link, .. }] = &visit.commands[..] else { panic!("{:?}", visit.commands) };
    assert_eq!(link, "bivouac://join/oopsx");
    assert_eq!(visit.hand.screen.home.guild(), Some(MILL));
}

#[test]
fn a_link_of_another_program_is_not_taken_for_a_broken_one() {
    let mut visit = Visit::new(world(), talk());
    visit.sign(Icon::Plus);
    visit.click("I have an invite");
    visit.types("https://discord.gg/abc");
    visit.chord("Enter");
    assert!(visit.sees("This is no link of Bivouac's. They begin with bivouac://join/ or bivouac://message/."));
    assert!(visit.commands.is_empty());
}

#[test]
fn a_link_that_is_followed_stands_in_the_dialogue() {
    let mut visit = Visit::new(world(), talk());
    let wants = visit.hand.screen.home.follow("bivouac://join/abc");
    visit.want(wants);
    assert!(visit.sees("bivouac://join/abc") && visit.commands.is_empty(), "nothing is joined unasked");
    visit.chord("Enter");
    assert!(matches!(&visit.commands[..], [Command::Join { link, .. }] if link == "bivouac://join/abc"));
}

#[test]
fn people_nearby_are_knocked_at() {
    let mut world = world();
    world.nearby = vec![
        Neighbour { device: device(BEN), user: BEN, name: "Bea".to_owned(), knockable: true },
        Neighbour { device: device(CHLOE), user: CHLOE, name: "Cy".to_owned(), knockable: false },
    ];
    let mut visit = Visit::new(world, talk());
    visit.sign(Icon::Plus);
    visit.click("People on this network");
    assert!(visit.sees("Does not take knocks"));
    visit.reply = Reply::Invited { name: "Mill".to_owned(), link: "bivouac://join/x".to_owned() };
    visit.click("Knock");
    let [Command::Knock { device: door, text: None }, Command::Join { link, .. }] = &visit.commands[..] else {
        panic!("{:?}", visit.commands)
    };
    assert_eq!((*door, link.as_str()), (device(BEN), "bivouac://join/x"));
}

#[test]
fn a_channel_is_made_as_it_was_settled() {
    let mut visit = Visit::new(world(), talk());
    visit.click("Create channel");
    visit.reply = Reply::Channel(TRIPS);
    visit.types("whispers");
    // Past whether it is private, to what newcomers read.
    visit.chord("Tab");
    visit.chord("Tab");
    visit.chord("Down");
    visit.chord("Down");
    visit.click("Create");
    let [Command::CreateChannel { guild: HUT, nature, edit, password: None }] = &visit.commands[..] else {
        panic!("{:?}", visit.commands)
    };
    let forgets = Nature { history: History::Ephemeral, forgets: true, ..Nature::public(ChannelKind::Text) };
    assert_eq!((*nature, edit.name.as_deref()), (forgets, Some("whispers")));
    assert!(edit.retention_s.is_some() && edit.parent.is_none());
}

#[test]
fn a_channel_is_made_by_the_keyboard_alone() {
    let mut visit = Visit::new(world(), talk());
    visit.click("Create channel");
    visit.types("attic");
    // On to whether it is private, then back to what it is for.
    visit.chord("Tab");
    visit.chord("Enter");
    visit.chord("Shift+Tab");
    visit.chord("Shift+Tab");
    visit.chord("Right");
    visit.chord("Tab");
    visit.chord("Enter");
    let [Command::CreateChannel { nature, .. }] = &visit.commands[..] else { panic!("{:?}", visit.commands) };
    assert_eq!(*nature, Nature { private: true, ..Nature::public(ChannelKind::Voice) });
}

#[test]
fn an_invite_shows_its_link_and_a_picture_of_it() {
    let mut visit = Visit::new(world(), talk());
    let link = "bivouac://join/abcdefghijklmnop";
    visit.reply = Reply::Invite { invite: InviteId([8; 32]), link: link.to_owned() };
    visit.click("Invite people");
    assert!(visit.commands.is_empty(), "nothing is made unasked");
    visit.click("Make a link");
    let [Command::CreateInvite { guild: HUT, max_uses: None, expires_in_ms, .. }] = &visit.commands[..] else {
        panic!("{:?}", visit.commands)
    };
    assert_eq!(*expires_in_ms, Some(7 * 86_400_000));
    assert!(visit.sees(link) && visit.sees("Or let them point a camera at this."));
    let hint = visit.place("Or let them point a camera at this.");
    let picture = visit.hand.pixels();
    let left = hint.x as u32 - 190;
    let code = image::imageops::crop_imm(&picture, left, hint.center_y() as u32 - 80, 160, 160).to_image();
    let shades: std::collections::BTreeSet<_> = code.pixels().map(|pixel| pixel.0).collect();
    assert!(shades.len() >= 2, "{shades:?}");
    visit.click("Copy link");
    assert_eq!(visit.hand.copied, [link]);
    visit.hand.around.prefs.streamer = true;
    assert!(!visit.sees(link) && visit.sees("Hidden while streamer mode is on."));
    visit.click("Close");
    assert!(!visit.sees("Copy link"));
}

#[test]
fn an_invite_is_settled_by_the_keyboard_and_made_anew() {
    let mut visit = Visit::new(world(), talk());
    visit.reply = Reply::Invite { invite: InviteId([8; 32]), link: "bivouac://join/a".to_owned() };
    visit.click("Invite people");
    visit.chord("Tab");
    visit.chord("Down");
    visit.chord("Tab");
    visit.chord("Right");
    visit.click("Make a link");
    let Some(Command::CreateInvite { max_uses, expires_in_ms, .. }) = visit.commands.last() else { panic!() };
    assert_eq!((*max_uses, *expires_in_ms), (Some(1), Some(30 * 86_400_000)));
}

#[test]
fn pictures_are_looked_at_one_after_the_other() {
    let files = |n, names: &[&str]| {
        let files = (n..).zip(names).map(|(n, name)| photo(n, name)).collect();
        Said { files, ..said(u64::from(n), BEN, "") }
    };
    let mut visit = Visit::new(world(), vec![files(1, &["one.png", "two.png"]), files(5, &["three.png"])]);
    visit.hand.around.size.height = 1_200.0;
    let first = visit.hand.places(&Icon::Image.char().to_string())[0].center();
    visit.click_at(first);
    assert!(visit.sees("one.png") && visit.sees("1/3"));
    visit.chord("Left");
    visit.chord("Right");
    assert!(visit.sees("two.png") && !visit.sees("one.png"));
    visit.sign(Icon::ArrowRight);
    assert!(visit.sees("three.png") && visit.hand.places(&Icon::ArrowRight.char().to_string()).is_empty());
    visit.sign(Icon::Download);
    assert_eq!(visit.served, [Service::Save(photo(5, "").id, "three.png".to_owned())]);
    visit.chord("Escape");
    assert!(!visit.sees("three.png"));
}
