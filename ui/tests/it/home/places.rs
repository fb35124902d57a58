//! Getting around: guilds, channels, and finding a place by its name.

use bivouac_node::core::{
    io::Command,
    model::{ChannelId, GuildId, Unread},
};
use bivouac_ui::{
    intent::Place,
    prefs::{Rule, Slot},
    widget::Icon,
};

use super::{
    hut::{ANA, BEN, FOOD, GRAIN, HUT, MILL, PLANS, SECRETS, TRIPS, hut, nowhere, talk, world},
    visit::Visit,
};

fn here(visit: &Visit) -> (Option<GuildId>, Option<ChannelId>) {
    (visit.hand.screen.home.guild(), visit.hand.screen.home.channel())
}

#[test]
fn a_channel_opens_by_a_click_and_is_opened_again_next_time() {
    let mut visit = Visit::new(world(), talk());
    assert_eq!(here(&visit), (Some(HUT), Some(PLANS)));
    visit.click("secrets");
    assert_eq!(here(&visit), (Some(HUT), Some(SECRETS)));
    assert!(visit.sees("This is the beginning of #secrets"));
    visit.go(Place { guild: MILL, channel: None, message: None });
    assert_eq!(here(&visit), (Some(MILL), Some(GRAIN)));
    visit.go(Place { guild: HUT, channel: None, message: None });
    assert_eq!(here(&visit), (Some(HUT), Some(SECRETS)));
}

#[test]
fn a_voice_channel_says_that_it_waits() {
    let mut visit = Visit::new(world(), talk());
    visit.click("Fireside");
    assert_eq!(here(&visit), (Some(HUT), Some(PLANS)));
    assert_eq!(visit.told, ["Voice is not built yet: this channel waits for it."]);
}

#[test]
fn a_folded_category_keeps_what_waits_in_sight() {
    let mut world = world();
    let mut visit = Visit::new(world.clone(), talk());
    visit.click("Trips");
    assert!(!visit.sees("food"));
    visit.click("Trips");
    assert!(visit.sees("food"));
    let mut view = hut(ANA);
    view.unread.insert(FOOD, Unread { read: None, messages: 1, mentions: 1 });
    world.put(view);
    visit.hand.around.world = world;
    visit.click("Trips");
    assert!(visit.sees("food") && visit.sees("1"), "with what waits in it");
}

#[test]
fn the_switcher_filters_and_opens() {
    let mut visit = Visit::new(world(), talk());
    visit.types("half");
    visit.chord("Ctrl+K");
    assert!(visit.sees("Where would you like to go?"));
    for name in ["secrets", "grain", "Old Mill"] {
        assert!(visit.sees(name), "{name}");
    }
    visit.types("gr");
    assert!(visit.sees("grain") && !visit.sees("secrets"));
    visit.chord("Enter");
    assert_eq!(here(&visit), (Some(MILL), Some(GRAIN)));
    assert!(!visit.sees("Where would you like to go?"));
    assert!(visit.commands.is_empty(), "Enter sent nothing");
    visit.chord("Ctrl+K");
    visit.types("hut");
    // The unread first, then as they were made.
    visit.chord("Down");
    visit.chord("Up");
    visit.chord("Down");
    visit.chord("Enter");
    assert_eq!(here(&visit), (Some(HUT), Some(FOOD)));
    visit.chord("Ctrl+K");
    visit.types("nowhere at all");
    assert!(visit.sees("No channel is called so."));
    visit.chord("Enter");
    assert!(visit.sees("No channel is called so."));
    visit.chord("Escape");
    assert_eq!(here(&visit), (Some(HUT), Some(FOOD)));
}

#[test]
fn channels_and_guilds_are_stepped_through_by_keys() {
    let mut visit = Visit::new(world(), talk());
    visit.chord("Alt+Down");
    assert_eq!(here(&visit).1, Some(SECRETS));
    visit.chord("Alt+Up");
    visit.chord("Alt+Up");
    assert_eq!(here(&visit).1, Some(FOOD), "and around");
    visit.chord("Ctrl+Alt+Down");
    assert_eq!(here(&visit), (Some(MILL), Some(GRAIN)));
    visit.chord("Ctrl+Alt+Up");
    assert_eq!(here(&visit).0, Some(HUT));
    let mut view = hut(ANA);
    view.unread.insert(SECRETS, Unread { read: None, messages: 2, mentions: 0 });
    visit.hand.around.world.put(view);
    visit.chord("Alt+Shift+Down");
    assert_eq!(here(&visit).1, Some(SECRETS));
    visit.chord("Shift+Escape");
    assert_eq!(visit.read.last(), Some(&None), "all of the guild is read");
}

#[test]
fn a_menu_of_a_channel_mutes_settles_and_deletes_it() {
    let mut visit = Visit::new(world(), talk());
    visit.right_click("secrets");
    visit.click("Never notify me");
    assert_eq!(visit.hand.around.prefs.notify.rule(HUT, SECRETS), Rule::Nothing);
    visit.right_click("secrets");
    visit.click("Delete channel");
    assert!(visit.sees("Delete #secrets?") && visit.commands.is_empty());
    visit.click("Delete");
    assert_eq!(visit.commands, [Command::DeleteChannel { channel: SECRETS }]);
    visit.right_click("secrets");
    visit.click("Edit channel");
    assert!(!visit.sees("I bring soup"));
    visit.chord("Escape");
    assert!(visit.sees("I bring soup"));
    visit.types("Back");
    visit.chord("Enter");
    assert_eq!(visit.sent(), "Back");
}

#[test]
fn settings_of_a_guild_leave_the_page_as_it_was() {
    let mut visit = Visit::new(world(), super::hut::chatter(90));
    for _ in 0..10 {
        visit.wheel(1.0);
    }
    let seen: Vec<_> = (0..90).filter(|n| visit.sees(&format!("Word {n}"))).collect();
    let word = format!("Word {}", seen[seen.len() / 2]);
    let before = visit.place(&word);
    visit.click("The Hut");
    visit.click("Guild settings");
    assert!(!visit.sees(&word));
    visit.types("lost?");
    visit.chord("Escape");
    assert!((visit.place(&word).y - before.y).abs() < 0.5);
    visit.chord("Enter");
    assert!(visit.commands.is_empty(), "nothing was written into what is covered");
}

#[test]
fn guilds_are_put_into_a_folder_and_taken_out() {
    let mut visit = Visit::new(world(), talk());
    bivouac_ui::screen::rail::settle(&mut visit.hand.around.prefs.rail, &visit.hand.around.world.guilds);
    visit.right_click("OM");
    visit.click("Put into the folder above");
    let [Slot::Folder { guilds, open: true, .. }] = &visit.hand.around.prefs.rail[..] else {
        panic!("{:?}", visit.hand.around.prefs.rail)
    };
    assert_eq!(guilds.len(), 2);
    visit.sign(Icon::FolderOpen);
    assert!(matches!(visit.hand.around.prefs.rail[..], [Slot::Folder { open: false, .. }]));
    visit.click("OM");
    visit.right_click("OM");
    visit.click("Take out of the folder");
    assert!(matches!(visit.hand.around.prefs.rail[..], [Slot::Folder { .. }, Slot::Guild(_)]));
}

#[test]
fn a_guild_is_left_after_a_question_and_not_by_its_owner() {
    let mut visit = Visit::new(world(), talk());
    visit.click("The Hut");
    assert!(visit.sees("Guild settings") && !visit.sees("Leave guild"));
    visit.chord("Escape");
    visit.hand.around.world.put(hut(BEN));
    visit.click("The Hut");
    visit.click("Leave guild");
    assert!(visit.sees("Leave The Hut?") && visit.commands.is_empty());
    visit.click("Leave guild");
    assert_eq!(visit.commands, [Command::LeaveGuild { guild: HUT }]);
}

#[test]
fn without_a_guild_the_way_to_one_is_shown() {
    let mut visit = Visit::outside(nowhere());
    assert!(visit.sees("No guild yet"));
    visit.sign(Icon::Plus);
    assert!(visit.sees("Create a guild") && visit.sees("I have an invite"));
    visit.chord("Escape");
    assert!(visit.sees("No guild yet") && !visit.sees("I have an invite"));
}

#[test]
fn a_channel_that_goes_leads_to_the_first() {
    let mut visit = Visit::new(world(), talk());
    visit.click("food");
    let mut view = hut(ANA);
    view.law.channels.remove(&FOOD);
    view.law.channels.remove(&TRIPS);
    view.unread.remove(&FOOD);
    visit.hand.around.world.put(view);
    let wants = visit.hand.screen.home.refreshed(HUT, &visit.hand.around.ctx());
    visit.want(wants);
    assert_eq!(here(&visit), (Some(HUT), Some(PLANS)));
    assert!(visit.sees("I bring soup"));
}
