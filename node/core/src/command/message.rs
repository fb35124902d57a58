//! What users say, and what they say about it: checked, sealed, answered.

use bivouac_crypto::{Bounded, Text};

use super::{Answered, damaged, fail, name, no_channel, text};
use crate::{
    guild::{Guild, Marker, Places},
    io::{Command, Effect, ErrorKind, Reason, Reply},
    mark::{MAX_EDITS, MAX_MARKS, MAX_REACTIONS, Mark, Says},
    me::Cx,
    model::{ChannelId, ChannelKind, GuildId, Message, MessageId, MessageState, Permissions},
    op::{Attachment, MAX_FILES, MAX_TEXT, Op, Post},
    state::{MAX_PENDING, Pending, State},
    timeline::{self, Row},
    wire::Murmur,
};

/// Messages pinned to a channel, at most.
const PINS_MAX: usize = 250;

/// The answer to whoever said something, once it is said.
pub(crate) fn said(says: &Op, id: MessageId) -> Reply {
    match says {
        Op::Post(_) => Reply::Posted(id),
        Op::Mark(Mark { target, says: Says::Thread { .. }, .. }) => Reply::Thread(*target),
        _ => Reply::Unit,
    }
}

impl State {
    pub(super) fn post(
        &mut self,
        cx: &mut Cx<'_>,
        id: u64,
        channel: ChannelId,
        body: &str,
        (reply_to, thread): (Option<MessageId>, Option<MessageId>),
        files: Vec<Attachment>,
    ) -> Answered<()> {
        // Files speak for themselves.
        let body = if files.is_empty() { body_of(body)? } else { text("text", body)? };
        let Ok(files) = Bounded::try_from(files) else {
            let why = format!("A message has at most {MAX_FILES} files; send another message.");
            return fail(ErrorKind::TooLarge, Some("files"), why);
        };
        let guild = self.of_channel(cx, channel)?;
        let needs = if thread.is_some() { Permissions::SEND_IN_THREADS } else { Permissions::SEND };
        guild.may_say(cx, &channel, needs)?;
        if !files.is_empty() {
            guild.may_say(cx, &channel, Permissions::ATTACH)?;
        }
        guild.is_slow(cx, &channel)?;
        if let Some(reply) = reply_to
            && timeline::find(&cx.tx, (guild.id, channel), reply).map_err(damaged)?.is_none()
        {
            return fail(ErrorKind::Invalid, Some("reply_to"), "The message to answer is not in this channel.");
        }
        if let Some(root) = thread {
            let row = timeline::find(&cx.tx, (guild.id, channel), root).map_err(damaged)?;
            let thread = row.map(|row| guild.thread(&cx.tx, channel, row)).transpose().map_err(damaged)?;
            if thread.flatten().is_none() {
                return fail(ErrorKind::Invalid, Some("thread"), "There is no such thread in this channel.");
            }
        }
        let guild = guild.id;
        self.say(cx, id, guild, channel, Op::Post(Post { channel, text: body, reply_to, thread, files }))
    }

    /// Says something about a message. `None`: it is answered once it is said.
    pub(super) fn mark(&mut self, cx: &mut Cx<'_>, id: u64, command: Command) -> Answered<Option<Reply>> {
        let (param, target) = match &command {
            Command::Edit { message, .. }
            | Command::Delete { message }
            | Command::React { message, .. }
            | Command::Pin { message, .. }
            | Command::CreateThread { message, .. } => ("message", *message),
            Command::UpdateThread { thread, .. } => ("thread", *thread),
            _ => return Ok(Some(Reply::Unit)),
        };
        let (guild, channel, row) = self.find(cx, param, target)?;
        let guild = self.mine(cx, guild)?;
        let message = guild.one(&cx.tx, channel, row, &cx.me.user).map_err(damaged)?;
        let Some(message) = message else { return no_message(param) };
        let says = match command {
            Command::Edit { text, .. } => guild.edit(cx, channel, row, &message, &text)?,
            Command::Delete { .. } => guild.delete(cx, channel, row, &message)?,
            Command::React { emoji, on, .. } => guild.react(cx, channel, &message, &emoji, on)?,
            Command::Pin { on, .. } => guild.pin(cx, channel, &message, on)?,
            Command::CreateThread { name, .. } => Some(guild.begin_thread(cx, channel, row, &message, &name)?),
            Command::UpdateThread { name, archived, .. } => guild.change_thread(cx, channel, row, name, archived)?,
            _ => None,
        };
        let Some(says) = says else { return Ok(Some(Reply::Unit)) };
        let guild = guild.id;
        self.say(cx, id, guild, channel, Op::Mark(Mark { channel, target, says }))?;
        Ok(None)
    }

    /// Sends now, or once there is an epoch to send on.
    fn say(&mut self, cx: &mut Cx<'_>, id: u64, guild_id: GuildId, channel: ChannelId, says: Op) -> Answered<()> {
        if self.pending.len() >= MAX_PENDING {
            return Err(Reason::MessagesWaiting.into());
        }
        let guild = self.mine(cx, guild_id)?;
        let audience = guild.audience_of(&channel);
        match guild.post(cx, audience, &says).map_err(damaged)? {
            Some(place) => cx.out.push(Effect::Done(id, Ok(said(&says, place)))),
            None => self.pending.push(Pending { command: id, guild: guild_id, audience, says }),
        }
        Ok(())
    }

    /// Where a message is.
    pub(crate) fn find(
        &self,
        cx: &Cx<'_>,
        param: &'static str,
        message: MessageId,
    ) -> Answered<(GuildId, ChannelId, Row)> {
        for guild in self.guilds.values() {
            for channel in guild.law.channels.keys().filter(|channel| guild.sees(&cx.me.user, channel)) {
                if let Some(row) = timeline::find(&cx.tx, (guild.id, *channel), message).map_err(damaged)? {
                    return Ok((guild.id, *channel, row));
                }
            }
        }
        no_message(param)
    }

    pub(super) fn read(&mut self, cx: &mut Cx<'_>, channel: ChannelId, message: Option<MessageId>) -> Answered<Reply> {
        let guild = self.of_channel(cx, channel)?;
        let read = match message {
            None => guild.newest(&cx.tx, channel).map_err(damaged)?,
            Some(id) => timeline::find(&cx.tx, (guild.id, channel), id).map_err(damaged)?.map(|row| row.id),
        };
        let Some(read) = read else {
            return match message {
                None => Ok(Reply::Unit),
                Some(_) => fail(ErrorKind::Invalid, Some("message"), "This message is not in this channel."),
            };
        };
        let before = guild.marker(&cx.tx, channel).map_err(damaged)?;
        if before.is_some_and(|before| before.read == read) {
            return Ok(Reply::Unit);
        }
        // The newest word counts, whatever the clock says meanwhile.
        let set_ms = before.map_or(0, |before| before.set_ms.saturating_add(1)).max(cx.now.wall_ms);
        let marked = guild.mark_read(cx, channel, Marker { set_ms, read }).map_err(damaged)?;
        self.share_markers(cx, None, marked.into_iter().collect());
        Ok(Reply::Unit)
    }

    pub(super) fn typing(&mut self, cx: &mut Cx<'_>, channel: ChannelId, thread: Option<MessageId>) -> Answered<Reply> {
        let guild = self.of_channel(cx, channel)?;
        let needs = if thread.is_some() { Permissions::SEND_IN_THREADS } else { Permissions::SEND };
        guild.may_say(cx, &channel, needs)?;
        let guild = guild.id;
        self.murmur(cx, guild, channel, Murmur::Typing { channel, thread });
        Ok(Reply::Unit)
    }
}

impl Guild {
    /// Whether the user may say something of this sort in a channel now.
    fn may_say(&self, cx: &Cx<'_>, id: &ChannelId, needs: Permissions) -> Answered<()> {
        let me = &cx.me.user;
        let Some(channel) = self.channel(id) else { return no_channel() };
        if channel.nature.kind != ChannelKind::Text {
            return fail(ErrorKind::Invalid, Some("channel"), "Messages go to a text channel; this is none.");
        }
        let silenced = self.law.members.get(me).and_then(|member| member.timeout_ms);
        if let Some(until) = silenced.filter(|until| *until > cx.now.wall_ms) {
            return Err(Reason::Silenced((until - cx.now.wall_ms).div_ceil(1_000)).into());
        }
        if !self.permissions_in(me, id).allows(needs) {
            let reason = if needs == Permissions::SEND { Reason::ReadsOnly } else { Reason::LacksHere(needs) };
            return Err(reason.into());
        }
        Ok(())
    }

    fn manages(&self, cx: &Cx<'_>, channel: &ChannelId) -> bool {
        self.permissions_in(&cx.me.user, channel).allows(Permissions::MANAGE_MESSAGES)
    }

    fn edit(&self, cx: &Cx<'_>, channel: ChannelId, row: Row, message: &Message, new: &str) -> Answered<Option<Says>> {
        let new = body_of(new)?;
        if message.author != cx.me.user {
            return Err(Reason::AuthorOnly.into());
        }
        is_open(message)?;
        self.may_say(cx, &channel, Permissions::VIEW)?;
        let edits = self.places(&cx.tx, channel, row).map_err(damaged)?.map_or(0, |of| of.edits.len());
        if edits >= MAX_MARKS {
            return Err(Reason::EditsMost(MAX_MARKS).into());
        }
        Ok((message.text.as_deref() != Some(new.as_str())).then_some(Says::Edit(new)))
    }

    fn delete(&self, cx: &Cx<'_>, channel: ChannelId, row: Row, message: &Message) -> Answered<Option<Says>> {
        if message.author != cx.me.user && !self.manages(cx, &channel) {
            return Err(Reason::AuthorOrManager.into());
        }
        if message.state == MessageState::Erased {
            return Ok(None);
        }
        self.may_say(cx, &channel, Permissions::VIEW)?;
        let Some(Places { at, thread, mut edits }) = self.places(&cx.tx, channel, row).map_err(damaged)? else {
            return no_message("message");
        };
        edits.truncate(MAX_EDITS);
        Ok(Some(Says::Delete { at, thread, edits: Bounded::try_from(edits).unwrap_or_default() }))
    }

    fn react(
        &self,
        cx: &Cx<'_>,
        channel: ChannelId,
        message: &Message,
        emoji: &str,
        on: bool,
    ) -> Answered<Option<Says>> {
        let named = emoji.strip_prefix(':').and_then(|rest| rest.strip_suffix(':'));
        let here = message.reactions.iter().find(|reaction| reaction.emoji == emoji);
        let emoji = match named.filter(|name| here.is_some() || self.law.emoji.contains_key(*name)) {
            Some(_) => text("emoji", emoji)?,
            None => emoji_of(emoji)?,
        };
        is_open(message)?;
        self.may_say(cx, &channel, Permissions::REACT)?;
        let here = message.reactions.iter().find(|reaction| reaction.emoji == emoji.as_str());
        if here.is_some_and(|reaction| reaction.users.contains(&cx.me.user)) == on {
            return Ok(None);
        }
        if here.is_none() && message.reactions.len() >= MAX_REACTIONS {
            let why = format!("A message bears at most {MAX_REACTIONS} different emoji; use one that is there.");
            return fail(ErrorKind::TooLarge, Some("emoji"), why);
        }
        Ok(Some(Says::React { emoji, on }))
    }

    fn pin(&self, cx: &Cx<'_>, channel: ChannelId, message: &Message, on: bool) -> Answered<Option<Says>> {
        self.may_say(cx, &channel, Permissions::MANAGE_MESSAGES)?;
        if message.pinned == on {
            return Ok(None);
        }
        if on {
            is_open(message)?;
            if self.pins(&cx.tx, channel, &cx.me.user).map_err(damaged)?.len() >= PINS_MAX {
                return Err(Reason::PinsMost(PINS_MAX).into());
            }
        }
        Ok(Some(Says::Pin(on)))
    }

    fn begin_thread(&self, cx: &Cx<'_>, channel: ChannelId, row: Row, message: &Message, new: &str) -> Answered<Says> {
        let new = name("name", new)?;
        is_open(message)?;
        self.may_say(cx, &channel, Permissions::SEND_IN_THREADS)?;
        if message.thread.is_some() {
            return fail(
                ErrorKind::Invalid,
                Some("message"),
                "This message is in a thread; a thread has none below it.",
            );
        }
        if self.thread(&cx.tx, channel, row).map_err(damaged)?.is_some() {
            return fail(ErrorKind::Exists, Some("message"), "This message has a thread already; post in that.");
        }
        Ok(Says::Thread { name: Some(new), archived: None })
    }

    fn change_thread(
        &self,
        cx: &Cx<'_>,
        channel: ChannelId,
        row: Row,
        new: Option<String>,
        archived: Option<bool>,
    ) -> Answered<Option<Says>> {
        let new = new.as_deref().map(|new| name::<100>("name", new)).transpose()?;
        self.may_say(cx, &channel, Permissions::SEND_IN_THREADS)?;
        let Some(thread) = self.thread(&cx.tx, channel, row).map_err(damaged)? else {
            return fail(ErrorKind::NotFound, Some("thread"), "This message has no thread.");
        };
        if thread.creator != cx.me.user && !self.manages(cx, &channel) {
            return Err(Reason::StarterOrManager.into());
        }
        let name = new.filter(|new| new.as_str() != thread.name);
        let archived = archived.filter(|archived| *archived != thread.archived);
        Ok((name.is_some() || archived.is_some()).then_some(Says::Thread { name, archived }))
    }
}

fn body_of(body: &str) -> Answered<Text<MAX_TEXT>> {
    if body.is_empty() {
        return fail(ErrorKind::Invalid, Some("text"), "A message holds at least one character.");
    }
    text("text", body)
}

/// An emoji as it is put on a message: of one that Unicode has in several spellings the full one.
fn emoji_of<const N: usize>(emoji: &str) -> Answered<Text<N>> {
    let known = emojis::get(emoji).and_then(|known| Text::try_from(known.as_str().to_owned()).ok());
    known.map_or_else(
        || {
            fail(
                ErrorKind::Invalid,
                Some("emoji"),
                "emoji is one emoji of Unicode, like 👍, or :name: of one that the guild has.",
            )
        },
        Ok,
    )
}

fn is_open(message: &Message) -> Answered<()> {
    match message.state {
        MessageState::Open => Ok(()),
        MessageState::NoKey => Err(Reason::Sealed.into()),
        MessageState::Erased | MessageState::Hidden => {
            fail(ErrorKind::NotFound, Some("message"), "The message is gone.")
        }
    }
}

fn no_message<T>(param: &'static str) -> Answered<T> {
    fail(ErrorKind::NotFound, Some(param), "There is no such message here; it may not have arrived yet.")
}
