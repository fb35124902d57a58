//! Pictures of the screens, to be looked at: `BIVOUAC_LOOKS=DIR cargo test -p bivouac-ui --test it looks -- --ignored`.

use bivouac_node::core::{
    authority::Void,
    io::{Answer, Deed},
};
use bivouac_ui::{
    screen::guild_settings::{Message, Page, audit},
    theme::{Accent, Theme},
    words::{Language, Words},
};

use super::{
    at,
    camp::{BO, Camp, HANA, ME, NOW},
    channel, tell,
};

const PAGES: [(Page, &str); 8] = [
    (Page::Overview, "overview"),
    (Page::Roles, "roles"),
    (Page::Emoji, "emoji"),
    (Page::Members, "members"),
    (Page::Invites, "invites"),
    (Page::Bans, "bans"),
    (Page::Audit, "audit"),
    (Page::History, "history"),
];

#[test]
#[ignore = "makes pictures for people"]
fn looks() {
    let folder = std::env::var("BIVOUAC_LOOKS").unwrap();
    for (dark, language, width, height) in [
        (true, Language::English, 1280.0, 800.0),
        (false, Language::French, 1920.0, 1080.0),
        (true, Language::French, 600.0, 700.0),
    ] {
        let name = |page: &str| format!("{folder}/{page}-{}-{width}.png", language.tag());
        for (page, called) in PAGES {
            let mut hand = at(page, Camp::owner().crowd(300));
            hand.around.theme = Theme::new(dark, Accent::default());
            hand.around.words = Words::new(language);
            hand.around.size = iced::Size::new(width, height);
            let deed = |author, action, target: Option<String>, void: Option<Void>| Deed {
                at: NOW - 7_200_000,
                author,
                action,
                target,
                reason: void.is_none().then(|| "Because of the marmots".into()),
                void,
            };
            let deeds = vec![
                deed(BO, "member.kick", Some(HANA.to_string()), None),
                deed(ME, "role.delete", Some(Camp::role("Cook").to_string()), Some(Void::Outranked)),
                deed(HANA, "guild.leave", None, Some(Void::Forked)),
            ];
            tell(&mut hand, Message::Audit(audit::Message::Came(Ok(Answer::Audit(deeds)))));
            hand.picture(&name(called));
        }
        for at in [1, 3, 4, 5] {
            let mut hand = channel::at(Camp::channel(at), Camp::owner());
            hand.around.theme = Theme::new(dark, Accent::default());
            hand.around.words = Words::new(language);
            hand.around.size = iced::Size::new(width, height);
            hand.picture(&name(&format!("channel{at}")));
        }
    }
}
