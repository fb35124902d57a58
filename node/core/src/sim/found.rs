//! What is found, again and slowly: every message that is shown, held against what is looked for.

use std::collections::BTreeMap;

use super::world::World;
use crate::{
    io::{Answer, Query, Wanted},
    model::{ChannelId, ChannelKind, GuildId, Message, MessageId, MessageState},
    search::fold,
};

/// Messages of an answer: few, so that there are many.
const PAGE: usize = 5;

impl World {
    /// Everything found, page by page.
    #[must_use]
    pub fn search(&self, i: usize, wanted: &Wanted) -> Vec<Message> {
        let (mut all, mut before) = (Vec::new(), wanted.before);
        while let Some(Answer::Found(found)) = self.query(i, Query::Search(Wanted { before, ..wanted.clone() })) {
            all.extend(found.messages.into_iter().map(|m| Message { mention: false, ..m }));
            if found.before.is_none() {
                break;
            }
            assert!(before.is_none_or(|before| found.before < Some(before)), "the next page begins above the last");
            before = found.before;
        }
        all
    }

    /// Where what a node finds in a guild is not what its channels show.
    #[must_use]
    pub fn judge_search(&self, i: usize, guild: GuildId) -> Vec<String> {
        let Some(law) = self.law(i, guild) else { return Vec::new() };
        let text = law.channels.iter().filter(|(_, c)| c.nature.kind == ChannelKind::Text).map(|(id, _)| *id);
        let channels: Vec<ChannelId> = text.collect();
        let shown = channels.iter().flat_map(|channel| self.timeline(i, *channel));
        let shown: BTreeMap<MessageId, Message> =
            shown.filter(|m| m.state == MessageState::Open).map(|m| (m.id, m)).collect();
        let any = Wanted { guild: Some(guild), limit: PAGE, ..Wanted::default() };
        let mut asked = vec![any.clone(), Wanted { text: "no such word".to_owned(), ..any.clone() }];
        asked.extend(channels.iter().map(|channel| Wanted { channel: Some(*channel), ..any.clone() }));
        for (nth, message) in shown.values().step_by(shown.len() / 4 + 1).enumerate() {
            let letters: Vec<char> = message.text.iter().flat_map(|text| text.chars()).collect();
            for length in [1, 2, 3, 9] {
                let from = (nth * 5 + length).min(letters.len().saturating_sub(length));
                let text = letters.iter().skip(from).take(length).flat_map(|c| c.to_uppercase()).collect();
                asked.push(Wanted { text, ..any.clone() });
            }
            let (text, author) = (letters.iter().rev().take(4).rev().collect(), Some(message.author));
            asked.push(Wanted { text, author, ..any.clone() });
            asked.push(Wanted { author, since_ms: Some(message.id.hlc.ms()), ..any.clone() });
            asked.push(Wanted { until_ms: Some(message.id.hlc.ms()), ..any.clone() });
        }
        let mut wrong = Vec::new();
        for wanted in asked {
            let is_wanted = |message: &&Message| {
                let text = fold(message.text.as_deref().unwrap_or_default());
                fold(&wanted.text).split_whitespace().all(|word| text.contains(word))
                    && wanted.channel.is_none_or(|channel| message.channel == channel)
                    && wanted.author.is_none_or(|author| message.author == author)
                    && wanted.since_ms.is_none_or(|since| message.id.hlc.ms() >= since)
                    && wanted.until_ms.is_none_or(|until| message.id.hlc.ms() < until)
            };
            let there: Vec<MessageId> = shown.values().rev().filter(is_wanted).map(|message| message.id).collect();
            let found: Vec<MessageId> = self.search(i, &wanted).iter().map(|message| message.id).collect();
            if found != there {
                wrong.push(format!("node {i} finds {} of {} for {wanted:?}", found.len(), there.len()));
            }
        }
        wrong
    }
}
