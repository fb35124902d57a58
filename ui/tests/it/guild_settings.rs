//! The settings of a guild and of its channels: what is pressed and typed becomes the commands it should, what one may not do is
//! not offered, and nothing unsaved is lost.

pub(crate) mod camp;
mod channel;
mod keyboard;
mod looks;

use bivouac_node::{
    CallError,
    core::{
        authority::Void,
        io::{Answer, Command, Deed, Query, Reply, RoleEdit},
        model::{InviteId, Permissions, RoleId},
    },
};
use bivouac_ui::{
    intent::Intent,
    screen::{
        Ctx,
        guild_settings::{GuildSettings, Message, Out, Page, audit, bans},
    },
};

use self::camp::{BO, CELESTE, Camp, GUILD, HANA, ME, NOW};
use crate::hand::{Around, Hand};

/// The screen, with what it wanted.
pub(crate) struct Settled {
    pub screen: GuildSettings,
    pub commands: Vec<Command>,
    pub queries: Vec<Query>,
    pub out: Option<Out>,
}

impl Settled {
    fn take(&mut self, intents: Vec<Intent<Message>>) {
        for intent in intents {
            match intent {
                Intent::Do(command, _) => self.commands.push(command),
                Intent::Ask(query, _) => self.queries.push(query),
                _ => {}
            }
        }
    }
}

fn update(settled: &mut Settled, message: Message, ctx: &Ctx<'_>) {
    let (wants, out) = settled.screen.update(message, ctx);
    settled.take(wants.0);
    settled.out = settled.out.or(out);
}

fn view<'a>(settled: &'a Settled, ctx: Ctx<'a>) -> bivouac_ui::theme::Element<'a, Message> {
    settled.screen.view(ctx)
}

pub(crate) fn at(page: Page, camp: Camp) -> Hand<Settled, Message> {
    let around = Around::new(camp.world(), NOW);
    let (screen, wants) = GuildSettings::new(GUILD, page, &around.ctx());
    let mut settled = Settled { screen, commands: Vec::new(), queries: Vec::new(), out: None };
    settled.take(wants.0);
    Hand::new(settled, around, view, update)
}

fn tell(hand: &mut Hand<Settled, Message>, message: Message) {
    update(&mut hand.screen, message, &hand.around.ctx());
}

#[test]
fn a_role_is_made_below_all_others_and_renamed() {
    let mut hand = at(Page::Roles, Camp::owner());
    hand.press("Create role");
    let [Command::CreateRole { guild: GUILD, rank: Some(rank), permissions, edit }] = &hand.screen.commands[..] else {
        panic!("{:?}", hand.screen.commands)
    };
    assert!(*rank < 100 && *rank > 0, "{rank}");
    assert_eq!((*permissions, edit.name.as_deref()), (Permissions::default(), Some("New role")));
    hand.screen.commands.clear();
    tell(&mut hand, Message::Done(Ok(Reply::Role(RoleId([50; 32])))));
    hand.press("Cook");
    hand.press_nth("Cook", 1);
    hand.type_in("s");
    assert!(hand.sees("You have unsaved changes."));
    hand.press("Save changes");
    let edit = RoleEdit { name: Some("Cooks".to_owned()), ..RoleEdit::default() };
    let role = Camp::role("Cook");
    let saved = Command::UpdateRole { guild: GUILD, role, rank: None, permissions: None, edit };
    assert_eq!(hand.screen.commands, [saved]);
}

#[test]
fn what_is_unsaved_stays_in_the_way_until_it_is_reset() {
    let mut hand = at(Page::Overview, Camp::owner());
    hand.press("The camp");
    hand.press_nth("The camp", 1);
    hand.type_in("!");
    hand.press("Roles");
    assert!(hand.sees("Careful: save or reset your changes first."));
    tell(&mut hand, Message::Close);
    assert_eq!(hand.screen.out, None);
    hand.press("Reset");
    tell(&mut hand, Message::Close);
    assert_eq!((hand.screen.out, hand.screen.commands.len()), (Some(Out::Close), 0));
}

#[test]
fn only_what_one_has_can_be_granted_and_what_stands_higher_only_looked_at() {
    let mut hand = at(Page::Roles, Camp::moderator());
    hand.press("Cook");
    hand.press("Permissions");
    hand.press("Kick members");
    hand.press("Manage channels");
    hand.press("Save changes");
    let [Command::UpdateRole { permissions: Some(bits), .. }] = &hand.screen.commands[..] else {
        panic!("{:?}", hand.screen.commands)
    };
    assert_eq!(*bits, Permissions::ATTACH | Permissions::KICK);
    hand.press("Reset");
    hand.press("Moderator");
    assert!(hand.sees("This role stands as high as you, or higher: you may look."));
    hand.press("Display");
    assert!(!hand.sees("Delete role"));
}

#[test]
fn a_role_goes_up_by_having_the_one_above_fall() {
    let mut hand = at(Page::Roles, Camp::owner());
    hand.press("Guest");
    let up = bivouac_ui::widget::Icon::ArrowUp.char().to_string();
    hand.press(&up);
    let edit = RoleEdit::default();
    let fall = Command::UpdateRole { guild: GUILD, role: Camp::role("Cook"), rank: Some(50), permissions: None, edit };
    assert_eq!(hand.screen.commands, [fall]);
}

#[test]
fn a_role_is_given_by_name_and_deleted_after_a_question() {
    let mut hand = at(Page::Roles, Camp::owner());
    hand.press("Cook");
    hand.press_nth("Members", 1);
    hand.press("Find a member by name");
    hand.type_in("cél");
    hand.press("Céleste");
    let give = Command::AssignRole { guild: GUILD, role: Camp::role("Cook"), user: CELESTE, held: true };
    assert_eq!(hand.screen.commands, [give]);
    hand.press("Display");
    hand.press("Delete role");
    assert_eq!(hand.screen.commands.len(), 1);
    hand.press("Delete");
    assert_eq!(hand.screen.commands[1], Command::DeleteRole { guild: GUILD, role: Camp::role("Cook") });
}

#[test]
fn members_are_found_silenced_kicked_and_named() {
    let mut hand = at(Page::Members, Camp::moderator());
    hand.press("Find a member by name");
    hand.type_in("hana");
    assert!(!hand.sees("Bo"));
    hand.press("Hana of the Hills");
    hand.press("10 minutes");
    hand.press("Everybody in the guild can read it in the audit log");
    hand.type_in("Too loud");
    hand.key(iced::keyboard::key::Named::Enter);
    let silence = Command::Timeout { guild: GUILD, user: HANA, for_ms: 600_000, reason: Some("Too loud".to_owned()) };
    assert_eq!(hand.screen.commands, [silence]);
    tell(&mut hand, Message::Sure(bivouac_ui::screen::dialog::confirm::Message::No));
    hand.press("Kick");
    hand.press_nth("Kick", 1);
    assert_eq!(hand.screen.commands[1], Command::Kick { guild: GUILD, user: HANA, reason: None });
    tell(&mut hand, Message::Sure(bivouac_ui::screen::dialog::confirm::Message::No));
    // Who has no right to ban is not offered it; nor is anybody who stands higher touched.
    assert!(!hand.sees("Ban"));
}

#[test]
fn nobody_who_stands_as_high_is_touched() {
    let mut hand = at(Page::Members, Camp::moderator());
    hand.press("Bo");
    assert!(hand.sees("They stand as high as you, or higher: there is nothing you can do about them."));
    assert!(!hand.sees("Kick"));
}

#[test]
fn a_plain_member_looks_and_changes_nothing() {
    let mut hand = at(Page::Overview, Camp::member());
    assert!(hand.sees("You may look. Changing this needs the permission “Manage guild”."));
    for hidden in ["Bans", "Hand over the guild"] {
        assert!(!hand.sees(hidden), "{hidden}");
    }
    hand.press("Leave guild");
    hand.press_nth("Leave guild", 1);
    assert_eq!(hand.screen.commands, [Command::LeaveGuild { guild: GUILD }]);
    hand.press("Cancel");
    hand.press("Roles");
    assert!(!hand.sees("Create role"));
}

#[test]
fn the_guild_is_handed_over_after_a_question() {
    let mut hand = at(Page::Overview, Camp::owner());
    hand.around.size = iced::Size::new(1280.0, 1400.0);
    hand.press("To whom? Type a name");
    hand.type_in("bo");
    hand.press("Bo");
    assert!(hand.screen.commands.is_empty());
    hand.press_nth("Hand over the guild", 1);
    assert_eq!(hand.screen.commands, [Command::HandOver { guild: GUILD, user: BO }]);
}

#[test]
fn invites_are_revoked_and_bans_lifted() {
    let mut hand = at(Page::Invites, Camp::owner());
    assert!(hand.sees("used 2 of 10 · expires in 2 days"));
    let bin = bivouac_ui::widget::Icon::Trash.char().to_string();
    hand.press(&bin);
    assert!(matches!(&hand.screen.commands[..], [Command::RevokeInvite { guild: GUILD, .. }]));
    hand.press("Bans");
    let log = Deed {
        action: "member.ban",
        target: Some(camp::GUS.to_string()),
        reason: Some("Sold the tents".into()),
        ..deed()
    };
    tell(&mut hand, Message::Bans(bans::Message::Came(Ok(Answer::Audit(vec![log])))));
    assert!(hand.sees("Sold the tents"));
    hand.press("Lift the ban");
    assert_eq!(hand.screen.commands[1], Command::Unban { guild: GUILD, user: camp::GUS });
}

fn deed() -> Deed {
    Deed { at: NOW - 60_000, author: ME, action: "guild.update", target: None, reason: None, void: None }
}

#[test]
fn the_log_tells_who_did_what_and_what_had_no_effect() {
    let mut hand = at(Page::Audit, Camp::member());
    assert!(matches!(hand.screen.queries[..], [Query::Audit { guild: GUILD, limit: 51 }]));
    let kick = Deed { author: BO, action: "member.kick", target: Some(HANA.to_string()), ..deed() };
    let void =
        Deed { action: "role.update", target: Some(RoleId([99; 32]).to_string()), void: Some(Void::NotHeld), ..deed() };
    let mut deeds = vec![kick, void];
    deeds.extend((0..49).map(|_| deed()));
    tell(&mut hand, Message::Audit(audit::Message::Came(Ok(Answer::Audit(deeds)))));
    assert!(hand.sees("Bo kicked Hana of the Hills"));
    assert!(hand.sees("No effect: its author did not hold the role it was done under, or had lost it."));
    hand.around.size = iced::Size::new(1280.0, 6_000.0);
    hand.press("Show more");
    assert!(matches!(hand.screen.queries[1], Query::Audit { limit: 101, .. }));
}

#[test]
fn a_refusal_is_shown_as_it_comes() {
    let mut hand = at(Page::Bans, Camp::owner());
    tell(&mut hand, Message::Done(Err(CallError::Closed.into())));
    let why = "Bivouac has closed this folder. Start Bivouac again.";
    assert!(hand.sees(why));
    hand.press("Emoji");
    assert!(!hand.sees(why));
}

#[test]
fn an_invite_has_no_id_while_others_see_it() {
    let mut hand = at(Page::Invites, Camp::owner());
    let id: String = InviteId([8; 32]).to_string().chars().take(8).collect();
    assert!(hand.sees(&id));
    hand.around.prefs.streamer = true;
    assert!(!hand.reads(&id));
}

#[test]
fn each_channel_says_what_newcomers_read() {
    let mut hand = at(Page::History, Camp::owner());
    hand.around.size = iced::Size::new(1280.0, 2_000.0);
    for words in [
        "Newcomers read everything from the beginning.",
        "Newcomers read only what is said after they came.",
        "All devices forget messages after 1 day, and their keys after 2 days.",
        "Nothing is forgotten, unless somebody deletes it.",
    ] {
        assert!(hand.sees(words), "{words}");
    }
}
