//! Pictures of the law: icons, faces, emoji of a guild's own.

use bivouac_core::{
    act::{Act, Acting, MAX_PICTURE},
    io::{Answer, Command, ErrorKind, Query, Reply},
    model::{Attachment, FileId, MessageId, Preview},
    op::{Audience, Op},
    sim::Dice,
};
use bivouac_crypto::{Bounded, FileKey, Text};

use crate::camp::Camp;

fn picture(n: u8) -> Attachment {
    Attachment {
        id: FileId([n; 32]),
        key: FileKey::generate(&mut Dice::new(n.into())),
        size: 4_000,
        name: Text::try_from("tent.png").unwrap(),
        mime: Text::try_from("image/png").unwrap(),
        image: Some((64, 64)),
        preview: None,
    }
}

fn emoji(camp: &Camp, name: &str, picture: Option<Attachment>) -> Command {
    Command::Emoji { guild: camp.guild, name: name.to_owned(), picture }
}

fn refused(camp: &mut Camp, who: usize, command: Command) -> (ErrorKind, Option<&'static str>) {
    match camp.world.want(who, command) {
        Some(Err(error)) => (error.kind, error.param),
        other => panic!("{other:?}"),
    }
}

fn bears(camp: &Camp, who: usize, id: MessageId) -> Vec<String> {
    match camp.world.query(who, Query::Message(id)) {
        Some(Answer::Messages(page)) => page.messages[0].reactions.iter().map(|r| r.emoji.clone()).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn emoji_of_a_guild_are_put_on_messages_by_all() {
    let mut camp = Camp::new(3);
    let ask =
        Command::Post { channel: camp.channel, text: "hi".to_owned(), reply_to: None, thread: None, files: Vec::new() };
    let Some(Ok(Reply::Posted(message))) = camp.world.want(1, ask) else { panic!("not posted") };
    let react = |emoji: &str, on| Command::React { message, emoji: emoji.to_owned(), on };
    assert_eq!(refused(&mut camp, 1, react(":tent:", true)), (ErrorKind::Invalid, Some("emoji")));
    let add = emoji(&camp, "tent", Some(picture(1)));
    assert_eq!(refused(&mut camp, 1, add.clone()).0, ErrorKind::Forbidden);
    camp.order(0, add);
    camp.world.run(1_000);
    camp.order(1, react(":tent:", true));
    camp.world.run(1_000);
    assert_eq!(bears(&camp, 2, message), [":tent:"]);
    // It is had like a file, from whoever is a member.
    match camp.world.query(1, Query::File(FileId([1; 32]))) {
        Some(Answer::File(held)) => {
            assert_eq!((held.file, held.holders.contains(&camp.world.nodes[0].person.device)), (picture(1), true));
        }
        other => panic!("{other:?}"),
    }
    let serves = |camp: &Camp, device| camp.world.query(0, Query::Serves(device, FileId([1; 32])));
    let device = camp.world.nodes[1].person.device;
    assert_eq!(serves(&camp, device), Some(Answer::May(true)));
    camp.kick(0, 1);
    camp.world.run(1_000);
    assert_eq!(serves(&camp, device), Some(Answer::May(false)));
    // Taken away, it still stands where it stood, and can be taken back.
    let none = emoji(&camp, "tent", None);
    camp.order(0, none.clone());
    camp.world.run(1_000);
    assert_eq!(refused(&mut camp, 0, none), (ErrorKind::NotFound, Some("name")));
    assert_eq!(refused(&mut camp, 2, react(":fire:", true)), (ErrorKind::Invalid, Some("emoji")));
    assert_eq!(camp.world.query(0, Query::File(FileId([1; 32]))), None);
    camp.peace();
}

#[test]
fn faces_and_icons_are_everybodys_own() {
    let mut camp = Camp::new(3);
    let (guild, user) = (camp.guild, camp.user(1));
    camp.order(1, Command::Avatar { guild, picture: Some(picture(2)) });
    let icon = |icon| Command::UpdateGuild { guild, name: None, description: None, icon: Some(icon) };
    assert_eq!(refused(&mut camp, 1, icon(Some(picture(3)))).0, ErrorKind::Forbidden);
    camp.order(0, icon(Some(picture(3))));
    camp.world.run(1_000);
    for who in 0..3 {
        let law = camp.world.law(who, guild).unwrap();
        assert_eq!((law.icon, law.members[&user].avatar.clone()), (Some(picture(3)), Some(picture(2))));
    }
    camp.order(1, Command::Avatar { guild, picture: None });
    camp.order(0, icon(None));
    camp.world.run(1_000);
    let law = camp.world.law(2, guild).unwrap();
    assert_eq!((law.icon, law.members[&user].avatar.clone()), (None, None));
    camp.peace_after_restart();
}

#[test]
fn what_is_no_small_picture_is_refused() {
    let mut camp = Camp::new(2);
    let vector = Attachment { mime: Text::try_from("image/svg+xml").unwrap(), ..picture(1) };
    let unknown = Attachment { image: None, ..picture(1) };
    let heavy = Attachment { size: MAX_PICTURE + 1, ..picture(1) };
    let wide = Attachment { image: Some((20_000, 1)), ..picture(1) };
    for (bad, kind) in [
        (vector, ErrorKind::Invalid),
        (unknown, ErrorKind::Invalid),
        (heavy, ErrorKind::TooLarge),
        (wide, ErrorKind::TooLarge),
    ] {
        let ask = emoji(&camp, "tent", Some(bad.clone()));
        assert_eq!(refused(&mut camp, 0, ask), (kind, Some("picture")), "{bad:?}");
    }
    for name in ["", "a", "with space", "näh", ":a:", &"x".repeat(33)] {
        let ask = emoji(&camp, name, Some(picture(1)));
        assert_eq!(refused(&mut camp, 0, ask), (ErrorKind::Invalid, Some("name")), "{name}");
    }
}

#[test]
fn what_a_liar_calls_a_picture_is_none() {
    let mut camp = Camp::new(3);
    let (liar, guild) = (camp.liar, camp.guild);
    let everyone = bivouac_core::authority::everyone(guild);
    let huge = Attachment { size: 16 << 30, ..picture(1) };
    let page = Attachment { mime: Text::try_from("text/html").unwrap(), ..picture(2) };
    for bad in [huge, page] {
        let act = Act::Avatar { picture: Bounded::try_from(vec![bad]).unwrap() };
        let op = Op::Act(Acting::Role(everyone), act);
        let entry = camp.world.forge(liar, guild, Audience::Control, &op, |_| {}).entry;
        let honest = camp.honest();
        camp.world.tell(liar, &honest, &entry);
        camp.world.run(100);
        let user = camp.user(liar);
        assert_eq!(camp.world.law(0, guild).unwrap().members[&user].avatar, None);
    }
    camp.peace();
}

#[test]
fn who_hangs_a_picture_of_the_law_on_a_message_takes_nothing_away() {
    let mut camp = Camp::new(3);
    let guild = camp.guild;
    let icon = Attachment {
        preview: Some(Preview {
            id: FileId([9; 32]),
            key: FileKey::generate(&mut Dice::new(9)),
            size: 900,
            mime: Text::try_from("image/png").unwrap(),
            image: (32, 32),
        }),
        ..picture(5)
    };
    camp.order(0, Command::UpdateGuild { guild, name: None, description: None, icon: Some(Some(icon.clone())) });
    camp.world.run(1_000);
    // The same bytes under a key that opens nothing, and its preview as a file of its own.
    let wrong = Attachment { key: FileKey::generate(&mut Dice::new(77)), preview: None, ..icon.clone() };
    let small = Attachment { id: FileId([9; 32]), ..wrong.clone() };
    let (channel, text) = (camp.channel, "mine".to_owned());
    let ask = Command::Post { channel, text, reply_to: None, thread: None, files: vec![wrong, small] };
    let Some(Ok(Reply::Posted(message))) = camp.world.want(1, ask) else { panic!("not posted") };
    camp.world.run(1_000);
    for who in 0..3 {
        for (id, size) in [(5, 4_000), (9, 900)] {
            match camp.world.query(who, Query::File(FileId([id; 32]))) {
                Some(Answer::File(held)) => {
                    assert_eq!((held.file.size, held.file.key == picture(5).key), (size, id == 5))
                }
                other => panic!("{other:?}"),
            }
        }
    }
    camp.order(1, Command::Delete { message });
    camp.world.run(2_000);
    for node in &camp.world.nodes {
        assert!(node.discarded.is_empty(), "{:?}", node.discarded);
    }
    assert!(matches!(camp.world.query(2, Query::File(FileId([5; 32]))), Some(Answer::File(_))));
}
