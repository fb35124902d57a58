//! Finding what was said: in every script, by part of a word, and nothing that is not to be read.

use bivouac_core::{
    io::{Answer, Command, ErrorKind, Query, Reply, Wanted},
    mark::{Mark, Says},
    model::{FileId, Hlc, MessageId, OpId},
    op::{Attachment, Audience, Op},
    sim::{Dice, World},
    table::Table,
};
use bivouac_crypto::{Context, FileKey, Text, hash};

use crate::camp::Camp;

fn say(camp: &mut Camp, who: usize, text: &str, files: Vec<Attachment>) -> MessageId {
    let (channel, text) = (camp.channel, text.to_owned());
    match camp.world.want(who, Command::Post { channel, text, reply_to: None, thread: None, files }) {
        Some(Ok(Reply::Posted(id))) => id,
        other => panic!("{other:?}"),
    }
}

fn words(text: &str) -> Wanted {
    Wanted { text: text.to_owned(), limit: 50, ..Wanted::default() }
}

fn ids(world: &World, who: usize, wanted: &Wanted) -> Vec<MessageId> {
    world.search(who, wanted).iter().map(|message| message.id).collect()
}

fn found(camp: &Camp, text: &str) -> Vec<MessageId> {
    let found = ids(&camp.world, 0, &words(text));
    assert_eq!(ids(&camp.world, 1, &words(text)), found, "{text}");
    found
}

fn attachment(name: &str) -> Attachment {
    Attachment {
        id: FileId(hash(Context::Op, name.as_bytes())),
        key: FileKey::generate(&mut Dice::new(3)),
        size: 3,
        name: Text::try_from(name).unwrap(),
        mime: Text::try_from("text/plain").unwrap(),
        image: None,
        preview: None,
    }
}

/// Says so many things that all of it is indexed, and merged, and some is not.
fn fill(camp: &mut Camp, count: usize) {
    for n in 0..count {
        say(camp, n % 2, &format!("filler number {n}"), Vec::new());
    }
    camp.world.run(2_000);
}

#[test]
fn parts_of_words_are_found_in_every_script() {
    let mut camp = Camp::new(3);
    let said = [
        ("Treffen wir uns an der Straße?", vec!["strasse", "TRASS", "ße?", "treff strasse"]),
        ("Le café est fermé à Noël", vec!["cafe", "CAFÉ", "noel", "ferme", "cafe\u{301}"]),
        ("今日は東京で会いましょう", vec!["東", "東京", "会いま", "今日は東京で会いましょう"]),
        ("我们明天在北京见面", vec!["北京", "明", "在北京见"]),
        ("مَرْحَبًا بالعالم", vec!["مرحبا", "عالم", "مَرْحَبًا"]),
        ("שָׁלוֹם עולם", vec!["שלום", "עול"]),
        ("Привет, мир", vec!["ПРИВЕТ", "рив", "мир"]),
        ("नमस्ते दुनिया", vec!["नमस्ते", "दुनि"]),
        ("안녕하세요 여러분", vec!["안녕", "하세"]),
        ("the game is on 🎉🎉", vec!["🎉", "gam", "is on"]),
        ("C++ and F# <b>tags</b> 100%", vec!["c++", "f#", "<b>", "100%", "%"]),
    ];
    let made: Vec<MessageId> = said.iter().map(|(text, _)| say(&mut camp, 1, text, Vec::new())).collect();
    camp.world.run(2_000);
    for filled in [0, 40] {
        fill(&mut camp, filled);
        for ((text, parts), id) in said.iter().zip(&made) {
            for part in parts {
                assert_eq!(found(&camp, part), [*id], "{part:?} in {text:?}, {filled} later");
            }
        }
        for absent in ["cafés", "大阪", "strasse noel", "xq"] {
            assert_eq!(found(&camp, absent), [], "{absent}");
        }
    }
    camp.peace_after_restart();
    assert_eq!(found(&camp, "東京"), [made[2]]);
}

#[test]
fn what_a_message_reads_now_is_what_finds_it() {
    let mut camp = Camp::new(3);
    let id = say(&mut camp, 1, "the password is walrus", vec![attachment("holiday-in-Ålesund.txt")]);
    fill(&mut camp, 30);
    assert_eq!(found(&camp, "walrus"), [id]);
    // Also by what hangs on it, with words of both.
    assert_eq!(found(&camp, "alesund wal"), [id]);
    let with_files = |world: &World, text| ids(world, 0, &Wanted { files: true, ..words(text) });
    assert_eq!(with_files(&camp.world, ""), [id]);
    assert_eq!(with_files(&camp.world, "filler"), []);
    camp.order(1, Command::Edit { message: id, text: "the password is gannet".to_owned() });
    camp.world.run(1_000);
    for filled in [0, 30] {
        fill(&mut camp, filled);
        assert_eq!((found(&camp, "walrus"), found(&camp, "gannet")), (vec![], vec![id]));
        assert_eq!(with_files(&camp.world, "gannet alesund"), [id]);
    }
    camp.order(1, Command::Delete { message: id });
    camp.world.run(1_000);
    assert_eq!((found(&camp, "gannet"), found(&camp, "alesund")), (vec![], vec![]));
    camp.peace();
}

/// The rows of a node's index, with their sizes.
fn index(camp: &Camp, who: usize, sort: u8) -> usize {
    camp.world.nodes[who].disk.rows(Table::Search).filter(|(key, _)| key[0] == sort).map(|(_, row)| row.len()).sum()
}

#[test]
fn of_what_is_deleted_the_index_keeps_nothing() {
    let mut camp = Camp::new(3);
    fill(&mut camp, 12);
    // As many terms as the rest has.
    let unlike: String = (0..400_u32).filter_map(|n| char::from_u32(0x4e00 + n)).collect();
    let before = index(&camp, 0, b'g');
    let id = say(&mut camp, 1, &unlike, Vec::new());
    fill(&mut camp, 11);
    let with = index(&camp, 0, b'g');
    assert!(with > before + 5_000, "{before} and {with} bytes");
    camp.order(1, Command::Delete { message: id });
    camp.world.run(1_000);
    assert_eq!(found(&camp, &unlike[..30]), []);
    // Half a minute later its terms are gone, too.
    camp.world.run(40_000);
    let after = index(&camp, 0, b'g');
    assert!(after < with - 5_000 && after < before + 2_500, "{before}, {with} and {after} bytes");
    camp.peace_after_restart();
}

#[test]
fn what_is_not_to_be_read_is_not_found() {
    let mut camp = Camp::new(3);
    say(&mut camp, 1, "a kestrel", Vec::new());
    fill(&mut camp, 12);
    assert_eq!(found(&camp, "kestrel").len(), 1);
    let channel = camp.channel;
    camp.order(0, Command::DeleteChannel { channel });
    camp.world.run(1_000);
    assert_eq!(found(&camp, "kestrel"), []);
}

#[test]
fn a_question_that_cannot_be_answered_is_refused() {
    let camp = Camp::new(2);
    let core = |wanted: Wanted| {
        let node = &camp.world.nodes[0];
        node.core.as_ref().unwrap().query(&node.disk, Query::Search(wanted))
    };
    let refusal = |wanted| core(wanted).err().map(|error| (error.kind, error.param));
    let invalid = |param| Some((ErrorKind::Invalid, Some(param)));
    assert_eq!(refusal(words(" \u{301}\n")), invalid("query"));
    assert_eq!(refusal(words(&"x".repeat(4_001))), invalid("query"));
    assert_eq!(refusal(Wanted { limit: 0, ..words("a") }), invalid("limit"));
    assert_eq!(refusal(Wanted { limit: 201, ..words("a") }), invalid("limit"));
    let channel = Some(bivouac_core::model::ChannelId([9; 32]));
    assert_eq!(refusal(Wanted { channel, ..words("a") }), Some((ErrorKind::NotFound, Some("channel"))));
    let guild = Some(bivouac_core::model::GuildId([9; 32]));
    assert_eq!(refusal(Wanted { guild, ..words("a") }), Some((ErrorKind::NotFound, Some("guild"))));
    assert!(matches!(core(words(&"x".repeat(4_000))), Ok(Answer::Found(_))));
}

#[test]
fn the_longest_word_is_found_by_any_part() {
    let mut camp = Camp::new(2);
    let word: String = (0..4_000_u32).filter_map(|n| char::from_u32(0x3400 + n * 7 % 6_000)).collect();
    let id = say(&mut camp, 1, &word, Vec::new());
    fill(&mut camp, 12);
    let part: String = word.chars().skip(1_700).take(1_000).collect();
    assert_eq!(found(&camp, &part), [id]);
    assert_eq!(found(&camp, &word), [id]);
}

#[test]
fn edits_without_end_or_out_of_time_keep_nothing_from_being_found() {
    let mut camp = Camp::new(3);
    let old = say(&mut camp, 0, "the old otter", Vec::new());
    let (liar, guild, channel) = (camp.liar, camp.guild, camp.channel);
    let honest = camp.honest();
    let own = say(&mut camp, liar, "an otter of mine", Vec::new());
    camp.world.run(1_000);
    // Of a message that is not there, from a time to come and from before all time; and of one that is, again and again.
    let op = OpId([3; 32]);
    let nowhere = [Hlc(u64::MAX), Hlc(0), own.hlc].map(|hlc| MessageId { hlc, op });
    for nth in 0..120 {
        for target in nowhere.into_iter().chain([own]) {
            let says = Says::Edit(Text::try_from(format!("otter {nth}").as_str()).unwrap());
            let mark = Op::Mark(Mark { channel, target, says });
            let entry = camp.world.forge(liar, guild, Audience::Guild, &mark, |_| {}).entry;
            camp.world.tell(liar, &honest, &entry);
        }
        camp.world.run(20);
    }
    camp.world.run(2_000);
    let few = Wanted { limit: 1, ..words("otter") };
    assert_eq!(ids(&camp.world, 0, &few), [own, old]);
    assert_eq!(ids(&camp.world, 0, &Wanted { author: Some(camp.user(0)), ..few }), [old]);
}
