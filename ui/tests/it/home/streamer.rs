//! While others see the screen: nobody joins by what they see on it, and they learn no ids or paths.

use bivouac_node::core::model::{Message as Said, Thread};
use bivouac_ui::{
    screen::{
        dialog::add::Page,
        home::{Chosen, Message},
        members, message,
    },
    widget::Icon,
};

use super::{
    hut::{ANA, BEN, CHLOE, PLANS, hut, id, nowhere, said},
    visit::Visit,
};

const LINK: &str = "bivouac://join/c4mpf1re";
const HIDDEN: &str = "Hidden while streamer mode is on.";

/// An invite wherever somebody may write one.
fn told() -> Visit {
    let mut view = hut(ANA);
    view.law.channels.get_mut(&PLANS).unwrap().topic = format!("Topic {LINK}");
    let mut world = nowhere();
    world.put(view);
    let all = vec![
        said(100, BEN, &format!("Come in: {LINK}")),
        said(101, BEN, &format!("```\n{LINK}\n```")),
        said(102, CHLOE, &format!("[or here]({LINK}) ||{LINK}|| `{LINK}`")),
        Said { reply_to: Some(id(100)), ..said(103, CHLOE, "Thanks") },
    ];
    let mut visit = Visit::new(world, all.clone());
    visit.threads = vec![Thread {
        id: id(100),
        channel: PLANS,
        name: format!("About {LINK}"),
        creator: BEN,
        created_ms: 0,
        archived: false,
        last: None,
    }];
    visit.pins = all;
    visit
}

fn streams(visit: &mut Visit, on: bool) {
    visit.hand.around.prefs.streamer = on;
    // Whatever happens next, the mouse is moved at least.
    visit.tell(Message::Mouse(iced::Point::ORIGIN));
}

#[test]
fn no_invite_is_to_be_read_wherever_it_was_written() {
    let mut visit = told();
    visit.hand.around.size.height = 1_400.0;
    for place in ["the channel", "the pins", "what was found", "the threads"] {
        match place {
            "the pins" => visit.chord("Ctrl+P"),
            "what was found" => {
                visit.chord("Ctrl+F");
                visit.types("c4mp");
            }
            "the threads" => {
                visit.chord("Escape");
                visit.sign(Icon::MessagesSquare);
            }
            _ => {}
        }
        assert!(visit.hand.reads("c4mpf1re"), "{place} shows it");
        streams(&mut visit, true);
        assert!(!visit.hand.reads("c4mpf1re"), "{place} hides it");
        assert!(visit.hand.reads(HIDDEN), "{place} says so");
        streams(&mut visit, false);
    }
}

#[test]
fn what_is_copied_on_purpose_is_whole() {
    let mut visit = told();
    streams(&mut visit, true);
    visit.tell(Message::Menu(Chosen::Of(bivouac_ui::screen::home::Side::Main, id(100), message::Message::Copy)));
    assert_eq!(visit.hand.copied, [format!("Come in: {LINK}")]);
}

#[test]
fn an_id_is_hidden_and_still_copied() {
    let mut visit = told();
    visit.tell(Message::Members(members::Message::User(CHLOE)));
    assert!(visit.sees(&CHLOE.to_string()));
    streams(&mut visit, true);
    assert!(!visit.sees(&CHLOE.to_string()) && visit.sees(HIDDEN));
    visit.sign(Icon::Copy);
    assert_eq!(visit.hand.copied, [CHLOE.to_string()]);
}

#[test]
fn a_pasted_invite_is_dots() {
    let drawn = |link: &str, streamer| {
        let mut visit = told();
        visit.hand.around.prefs.streamer = streamer;
        let wants = visit.hand.screen.home.add(Page::Join, link.to_owned());
        visit.want(wants);
        visit.hand.pixels()
    };
    let other = "bivouac://join/5t4rl1ng";
    assert!(drawn(LINK, false) != drawn(other, false));
    assert!(drawn(LINK, true) == drawn(other, true));
}

#[test]
fn of_where_a_file_was_saved_only_the_name_is_told() {
    let mut visit = told();
    let saved = || Message::Saved(Ok("/home/ana/Downloads/map.pdf".into()));
    visit.tell(saved());
    streams(&mut visit, true);
    visit.tell(saved());
    assert_eq!(visit.told, ["Saved as /home/ana/Downloads/map.pdf", "Saved as map.pdf"]);
}
