//! What messages are found by: the words of the ops that say what they read.

use bivouac_crypto::UserId;

use super::{Guild, show::Shelf};
use crate::{
    model::{ChannelId, Message, MessageId},
    op::{Entry, Op, Post, Says},
    search::{Doc, Words, fold},
    table::{Damaged, Read},
    timeline,
};

impl Guild {
    /// Whether it is one of this guild's logs.
    pub(crate) fn holds(&self, store: u32) -> bool {
        self.stores.contains_key(&store)
    }

    /// The op that says what a message reads, by the time of that message.
    pub(super) fn doc(says: &Op, store: u32, entry: &Entry) -> Option<Doc> {
        let hlc = match says {
            Op::Post(_) => entry.header.hlc,
            Op::Mark(mark) if matches!(mark.says, Says::Edit(_)) => mark.target.hlc,
            _ => return None,
        };
        Some(Doc { hlc, store, seq: entry.header.seq })
    }

    /// What a post is found by. Of an edit that is not known any more: what hangs on its message goes first.
    pub(super) fn words_of_post(&self, says: &Op, author: Option<UserId>) -> Option<Words> {
        match (says, author) {
            (Op::Post(post), Some(author)) => Some(self.words_of(post.channel, author, post.text.as_str(), Some(post))),
            _ => None,
        }
    }

    /// What an op is found by, if it is here and can be read.
    pub(crate) fn words(&self, db: &dyn Read, shelf: &mut Shelf, doc: Doc) -> Result<Option<Words>, Damaged> {
        Ok(self.target(db, shelf, doc)?.map(|(_, words)| words))
    }

    /// The message that an op says the words of, and these.
    pub(crate) fn target(
        &self,
        db: &dyn Read,
        shelf: &mut Shelf,
        doc: Doc,
    ) -> Result<Option<(MessageId, Words)>, Damaged> {
        let Some(author) = self.author(doc.store) else { return Ok(None) };
        let Some(entry) = shelf.entry(self, db, doc.store, doc.seq)? else { return Ok(None) };
        let id = MessageId { hlc: entry.header.hlc, op: entry.header.id() };
        match self.says(entry) {
            Some(Op::Post(post)) => {
                Ok(Some((id, self.words_of(post.channel, author, post.text.as_str(), Some(&post)))))
            }
            Some(Op::Mark(mark)) => {
                let Says::Edit(text) = &mark.says else { return Ok(None) };
                // What hangs on the message stays on it.
                let post = match timeline::find(db, (self.id, mark.channel), mark.target)? {
                    Some(row) => shelf.entry(self, db, row.store, row.seq)?.and_then(|entry| self.says(entry)),
                    None => None,
                };
                let post = post.and_then(|says| if let Op::Post(post) = says { Some(post) } else { None });
                Ok(Some((mark.target, self.words_of(mark.channel, author, text.as_str(), post.as_ref()))))
            }
            _ => Ok(None),
        }
    }

    fn words_of(&self, channel: ChannelId, author: UserId, text: &str, post: Option<&Post>) -> Words {
        let files = post.into_iter().flat_map(|post| post.files.iter());
        let all: Vec<String> = std::iter::once(text.to_owned()).chain(files.map(|file| file.file().name)).collect();
        Words { guild: self.id, channel, author, text: fold(&all.join("\n")), files: all.len() > 1 }
    }

    /// A message of a channel, as I see it.
    pub(crate) fn message_of(
        &self,
        db: &dyn Read,
        shelf: &mut Shelf,
        channel: ChannelId,
        id: MessageId,
        me: &UserId,
    ) -> Result<Option<Message>, Damaged> {
        let Some(row) = timeline::find(db, (self.id, channel), id)? else { return Ok(None) };
        Ok(self.show_from(db, shelf, channel, &[row], me)?.pop())
    }
}
