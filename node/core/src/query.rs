//! What users ask without changing anything.

use std::collections::{BTreeMap, BTreeSet};

use bivouac_crypto::DeviceId;

use crate::{
    command::damaged,
    fold,
    guild::{Guild, hung},
    io::{Answer, CommandError, ErrorKind, GuildView, Held, Kept, LogStatus, Page, Query, Reason, Scope, Stats},
    me::Me,
    model::{ChannelId, ChannelKind, GuildId, MessageId},
    op::MAX_TEXT,
    search::fold,
    state::State,
    table::{Damaged, Read},
    timeline,
};

/// Messages asked for at once where they are kept.
const KEPT_MAX: usize = 200;

fn not_found(param: &'static str, message: &str) -> CommandError {
    CommandError::new(ErrorKind::NotFound, Some(param), message)
}

fn invalid(param: &'static str, message: &str) -> CommandError {
    CommandError::new(ErrorKind::Invalid, Some(param), message)
}

impl State {
    pub(crate) fn query(&self, me: &Me, db: &dyn Read, query: Query) -> Result<Answer, CommandError> {
        match query {
            Query::Guilds => {
                let mut guilds: Vec<&Guild> = self.guilds.values().filter(|guild| !guild.dag.is_empty()).collect();
                guilds.sort_by_key(|guild| (guild.row.joined_ms, guild.id));
                Ok(Answer::Guilds(guilds.into_iter().map(|guild| (guild.id, guild.law.name.clone())).collect()))
            }
            Query::Guild(id) => {
                let guild = self.guild(id)?;
                let online = self.online.iter().filter_map(|device| guild.member_of(device));
                let mut unread = BTreeMap::new();
                for (channel, _) in guild.law.channels.iter().filter(|(_, c)| c.nature.kind == ChannelKind::Text) {
                    if guild.is_member(&me.user) && guild.sees(&me.user, channel) && !guild.over.contains(channel) {
                        unread.insert(*channel, guild.unread(db, *channel, &me.user).map_err(damaged)?);
                    }
                }
                Ok(Answer::Guild(Box::new(GuildView {
                    guild: id,
                    law: guild.law.clone(),
                    over: guild.over.clone(),
                    me: me.user,
                    permissions: guild.permissions(&me.user),
                    online: online.chain(guild.is_member(&me.user).then_some(me.user)).collect(),
                    unread,
                })))
            }
            Query::Messages { channel, scope, before, after, limit } => {
                if !(1..=200).contains(&limit) {
                    return Err(invalid("limit", "limit must be between 1 and 200."));
                }
                if before.is_some() && after.is_some() {
                    return Err(invalid("after", "Give before or after, not both."));
                }
                let guild = self.seen(channel, me)?;
                let bounds = [("before", before), ("after", after)];
                let thread = if let Scope::Thread(root) = scope { Some(("thread", Some(root))) } else { None };
                for (param, bound) in bounds.into_iter().chain(thread) {
                    if let Some(bound) = bound
                        && timeline::find(db, (guild.id, channel), bound).map_err(damaged)?.is_none()
                    {
                        return Err(invalid(param, "This message is not in this channel."));
                    }
                }
                let page = guild.messages(db, (channel, scope), (before, after), limit, &me.user);
                let (messages, more) = page.map_err(damaged)?;
                Ok(Answer::Messages(Page { messages, more, holes: guild.holes() }))
            }
            Query::Message(id) => {
                for guild in self.guilds.values() {
                    for channel in guild.law.channels.keys().filter(|channel| guild.sees(&me.user, channel)) {
                        let row = timeline::find(db, (guild.id, *channel), id).map_err(damaged)?;
                        let Some(row) = row else { continue };
                        let message = guild.one(db, *channel, row, &me.user).map_err(damaged)?;
                        let messages = message.into_iter().collect();
                        return Ok(Answer::Messages(Page { messages, more: false, holes: guild.holes() }));
                    }
                }
                Err(not_found("message", "There is no such message here; it may not have arrived yet."))
            }
            Query::File(id) => {
                for guild in self.guilds.values() {
                    let Some(file) = guild.law.pictures().find_map(|picture| picture.called(id)) else { continue };
                    let member = |device: &&DeviceId| guild.member_of(device).is_some();
                    let holders = self.online.iter().filter(member).copied().collect();
                    return Ok(Answer::File(Box::new(Held { file, holders })));
                }
                // An id says nothing of the key: of several messages that name it the oldest is believed.
                let mut places = hung(db, id).map_err(damaged)?;
                places.sort_by_key(|(_, _, message)| *message);
                for (guild, channel, message) in places {
                    let Some(guild) = self.guilds.get(&guild).filter(|guild| guild.sees(&me.user, &channel)) else {
                        continue;
                    };
                    let found = guild.file(db, (channel, message), id, &me.user).map_err(damaged)?;
                    let Some((file, author)) = found else { continue };
                    let of = guild.audience_of(&channel);
                    let reads = |device: &&DeviceId| guild.member_of(device).is_some_and(|user| guild.reads(&user, of));
                    let mut holders: Vec<DeviceId> = self.online.iter().filter(reads).copied().collect();
                    holders.sort_by_key(|device| guild.member_of(device) != Some(author));
                    return Ok(Answer::File(Box::new(Held { file, holders })));
                }
                Err(not_found("file", "There is no such file here; the message it hangs on may be gone."))
            }
            Query::Serves(device, id) => {
                let readers = hung(db, id).map_err(damaged)?.into_iter().filter_map(|(guild, channel, _)| {
                    let guild = self.guilds.get(&guild)?;
                    Some(guild.reads(&guild.member_of(&device)?, guild.audience_of(&channel)))
                });
                let shown = |guild: &Guild| guild.law.pictures().any(|picture| picture.called(id).is_some());
                let member = |guild: &Guild| guild.member_of(&device).is_some_and(|user| guild.is_member(&user));
                let pictured = self.guilds.values().any(|guild| member(guild) && shown(guild));
                Ok(Answer::May(pictured || readers.into_iter().any(|reads| reads)))
            }
            Query::Files(ids) => {
                let mut hanging = BTreeSet::new();
                for id in ids {
                    let pictured = self.guilds.values().any(|guild| guild.dag.names_picture(id));
                    if pictured || !hung(db, id).map_err(damaged)?.is_empty() {
                        hanging.insert(id);
                    }
                }
                Ok(Answer::Files(hanging))
            }
            Query::Kept(ids) => {
                if ids.len() > KEPT_MAX {
                    return Err(invalid("messages", "Ask for at most 200 messages at once."));
                }
                Ok(Answer::Kept(self.kept(me, db, &ids).map_err(damaged)?))
            }
            Query::Search(wanted) => {
                if !(1..=200).contains(&wanted.limit) {
                    return Err(invalid("limit", "limit must be between 1 and 200."));
                }
                if wanted.text.chars().count() > MAX_TEXT {
                    return Err(invalid("query", "What is looked for may have 4,000 characters at most."));
                }
                let named = wanted.author.is_some() || wanted.channel.is_some() || wanted.guild.is_some();
                if fold(&wanted.text).trim().is_empty() && !named && !wanted.files {
                    return Err(invalid(
                        "query",
                        "Say what to look for: a word, a part of one, or whose messages, or where.",
                    ));
                }
                if let Some(channel) = wanted.channel {
                    let guild = self.seen(channel, me)?;
                    if wanted.guild.is_some_and(|id| id != guild.id) {
                        return Err(invalid("channel", "This channel is of another guild."));
                    }
                }
                wanted.guild.map(|id| self.guild(id)).transpose()?;
                Ok(Answer::Found(self.look_for(me, db, &wanted).map_err(damaged)?))
            }
            Query::Notices { channel, since_ms, until_ms, limit } => {
                if !(1..=200).contains(&limit) {
                    return Err(invalid("limit", "limit must be between 1 and 200."));
                }
                let guild = self.seen(channel, me)?;
                Ok(Answer::Notices(guild.notices(db, channel, (since_ms, until_ms), limit).map_err(damaged)?))
            }
            Query::Threads(channel) => {
                Ok(Answer::Threads(self.seen(channel, me)?.threads(db, channel).map_err(damaged)?))
            }
            Query::Pins(channel) => {
                let guild = self.seen(channel, me)?;
                let messages = guild.pins(db, channel, &me.user).map_err(damaged)?;
                Ok(Answer::Messages(Page { messages, more: false, holes: guild.holes() }))
            }
            Query::Audit { guild, limit } => Ok(Answer::Audit(self.guild(guild)?.deeds(limit))),
            Query::LogStatus(id) => {
                let guild = self.guild(id)?;
                let (digest, logs) = guild.digest(&[me.user]);
                Ok(Answer::LogStatus(LogStatus {
                    ops: guild.ops(),
                    logs,
                    heads: guild.dag.heads().into_iter().map(|n| guild.dag.node(n).id).collect(),
                    digest,
                    state_hash: fold::state_hash(&guild.law),
                    parked: guild.parking.len() as u64 + guild.sealed_ops(),
                    holes: guild.holes(),
                }))
            }
            Query::User(device) => Ok(Answer::User(self.guilds.values().find_map(|guild| guild.dag.user_of(&device)))),
            Query::Nearby => Ok(Answer::Nearby(self.neighbours(&me.user))),
            Query::Stats => Ok(Answer::Stats(Stats {
                parked: self.guilds.values().map(|guild| guild.parking.len() as u64).sum(),
                parked_bytes: self.guilds.values().map(|guild| guild.parking.bytes() as u64).sum(),
                requests: self.inflight.len() as u64,
                peers: self.sessions.len() as u64,
                read_only: self.read_only,
            })),
        }
    }

    /// Where messages are known to be. They are most likely of one channel.
    fn kept(&self, me: &Me, db: &dyn Read, ids: &BTreeSet<MessageId>) -> Result<BTreeMap<MessageId, Kept>, Damaged> {
        let (mut kept, mut left) = (BTreeMap::new(), ids.clone());
        while let Some(id) = left.first().copied() {
            let Some((guild, channel)) = self.place_of(me, db, id)? else {
                left.remove(&id);
                continue;
            };
            let readers = guild.readers(&channel);
            for id in std::mem::take(&mut left) {
                match timeline::find(db, (guild.id, channel), id)? {
                    Some(row) => drop(kept.insert(id, guild.kept_on(me.device, &row, &readers))),
                    None => drop(left.insert(id)),
                }
            }
        }
        Ok(kept)
    }

    /// The channel that a message which I may see is in.
    fn place_of(&self, me: &Me, db: &dyn Read, id: MessageId) -> Result<Option<(&Guild, ChannelId)>, Damaged> {
        for guild in self.guilds.values() {
            for channel in guild.law.channels.keys().filter(|channel| guild.sees(&me.user, channel)) {
                if timeline::find(db, (guild.id, *channel), id)?.is_some() {
                    return Ok(Some((guild, *channel)));
                }
            }
        }
        Ok(None)
    }

    fn guild(&self, id: GuildId) -> Result<&Guild, CommandError> {
        self.guilds
            .get(&id)
            .filter(|guild| !guild.dag.is_empty())
            .ok_or_else(|| not_found("guild", "This node knows no such guild. guild.list names those it knows."))
    }

    /// The guild of a channel that I may see.
    fn seen(&self, channel: ChannelId, me: &Me) -> Result<&Guild, CommandError> {
        let guild = self.guilds.values().find(|guild| guild.channel(&channel).is_some());
        let guild = guild.ok_or_else(|| not_found("channel", "There is no such channel; it may have been deleted."))?;
        if !guild.sees(&me.user, &channel) {
            return Err(Reason::Unseen.into());
        }
        Ok(guild)
    }
}
