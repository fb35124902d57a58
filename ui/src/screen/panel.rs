//! Beside the page: what was looked for, what is pinned, which threads there are.

use bivouac_node::{
    CallError,
    core::{
        io::{Answer, Found, GuildView, Query, Wanted},
        model::{ChannelId, GuildId, Message as Said, MessageId, Thread},
    },
};
use iced::{
    Center, Fill,
    widget::{Column, Id, checkbox, column, container, operation, row, rule, scrollable},
};

use super::{Ctx, channels::HEAD, face_of, message::shorten};
use crate::{
    fault::Fault,
    intent::Wants,
    text as prose,
    theme::{self, Element, MEDIUM, STRONG, size, space},
    widget::{self, Icon, button, icon, stop},
    world::Shown as _,
};

/// Its width, in logical pixels.
pub const WIDTH: f32 = 360.0;
/// Messages of a page of what was found.
const PAGE: usize = 25;

/// What stands beside the page.
#[derive(Debug)]
pub enum Panel {
    /// What was looked for.
    Search(Box<Search>),
    /// What is pinned to a channel.
    Pins(Result<Vec<Said>, Fault>),
    /// The threads of a channel.
    Threads(Result<Vec<Thread>, Fault>),
}

/// Looking for messages.
#[derive(Debug)]
pub struct Search {
    id: Id,
    guild: GuildId,
    channel: ChannelId,
    words: String,
    here: bool,
    files: bool,
    found: Option<Found>,
    /// The question under way, and whether it goes on where the last answer ended.
    asking: Option<(u64, bool)>,
    asked: u64,
    fault: Option<Fault>,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Something was typed to look for.
    Type(String),
    /// Look only in this channel.
    Here(bool),
    /// Look only for messages with files.
    Files(bool),
    /// Look.
    Look,
    /// Look further back.
    Further,
    /// What was found.
    Found(u64, Result<Answer, CallError>),
    /// Pinned messages came.
    Pins(Result<Answer, CallError>),
    /// Threads came.
    Threads(Result<Answer, CallError>),
    /// To a message.
    Jump(ChannelId, MessageId),
    /// To a thread.
    Open(ChannelId, MessageId),
    /// Enough.
    Close,
}

impl Panel {
    /// Looks for messages of a guild.
    pub fn search(guild: GuildId, channel: ChannelId) -> (Self, Wants<Message>) {
        let id = Id::unique();
        let focus = Wants::task(operation::focus(id.clone()));
        let search = Search {
            id,
            guild,
            channel,
            words: String::new(),
            here: false,
            files: false,
            found: None,
            asking: None,
            asked: 0,
            fault: None,
        };
        (Self::Search(Box::new(search)), focus)
    }

    /// What is pinned.
    pub fn pins(channel: ChannelId) -> (Self, Wants<Message>) {
        (Self::Pins(Ok(Vec::new())), Wants::ask(Query::Pins(channel), Message::Pins))
    }

    /// Which threads there are.
    pub fn threads(channel: ChannelId) -> (Self, Wants<Message>) {
        (Self::Threads(Ok(Vec::new())), Wants::ask(Query::Threads(channel), Message::Threads))
    }

    /// What happens; jumps are the page's.
    pub fn update(&mut self, message: Message) -> Wants<Message> {
        match (self, message) {
            (Self::Search(search), message) => return search.update(message),
            (Self::Pins(pins), Message::Pins(answer)) => {
                *pins = match answer {
                    Ok(Answer::Messages(page)) => Ok(page.messages),
                    Ok(_) => Ok(Vec::new()),
                    Err(error) => Err(error.into()),
                };
            }
            (Self::Threads(threads), Message::Threads(answer)) => {
                *threads = match answer {
                    Ok(Answer::Threads(threads)) => Ok(threads),
                    Ok(_) => Ok(Vec::new()),
                    Err(error) => Err(error.into()),
                };
            }
            _ => {}
        }
        Wants::none()
    }

    /// Draws it.
    pub fn view<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let (head, body) = match self {
            Self::Search(search) => (ctx.w.get("search"), search.view(view, ctx)),
            Self::Pins(Ok(pins)) if pins.is_empty() => (
                ctx.w.get("pins"),
                widget::empty(Icon::Pin, ctx.w.get("pins-none"), ctx.w.get("pins-none-hint")).into(),
            ),
            Self::Pins(Ok(pins)) => (ctx.w.get("pins"), found(pins, view, ctx, None)),
            Self::Threads(Ok(threads)) if threads.is_empty() => (
                ctx.w.get("threads"),
                widget::empty(Icon::MessagesSquare, ctx.w.get("threads-none"), ctx.w.get("threads-none-hint")).into(),
            ),
            Self::Threads(Ok(threads)) => (ctx.w.get("threads"), list(threads, view, ctx)),
            Self::Pins(Err(why)) => (ctx.w.get("pins"), fault(why, ctx)),
            Self::Threads(Err(why)) => (ctx.w.get("threads"), fault(why, ctx)),
        };
        let close = widget::icon_button(Icon::Close, ctx.w.get("close"), Message::Close);
        let head = row![widget::title(head), widget::push(), close].align_y(Center);
        let head = container(head).height(HEAD).align_y(Center).padding([0.0, space::L]);
        let whole = column![head, rule::horizontal(1), body];
        let width = if ctx.narrow() { Fill } else { WIDTH.into() };
        container(whole).width(width).height(Fill).style(theme::container::side).into()
    }
}

impl Search {
    /// Where one looks.
    #[must_use]
    pub fn guild(&self) -> GuildId {
        self.guild
    }

    /// One is in another channel.
    pub fn turn(&mut self, channel: ChannelId) -> Wants<Message> {
        let other = std::mem::replace(&mut self.channel, channel) != channel;
        if other && self.here { self.ask(None) } else { Wants::none() }
    }

    fn ask(&mut self, before: Option<MessageId>) -> Wants<Message> {
        if self.words.trim().is_empty() && !self.files {
            (self.found, self.asking) = (None, None);
            return Wants::none();
        }
        self.asked += 1;
        let number = self.asked;
        self.asking = Some((number, before.is_some()));
        let wanted = Wanted {
            text: self.words.trim().to_owned(),
            guild: Some(self.guild),
            channel: self.here.then_some(self.channel),
            files: self.files,
            before,
            limit: PAGE,
            ..Wanted::default()
        };
        Wants::ask(Query::Search(wanted), move |answer| Message::Found(number, answer))
    }

    fn update(&mut self, message: Message) -> Wants<Message> {
        match message {
            Message::Type(words) => {
                self.words = words;
                // What is typed is found as it is typed: an answer takes tens of milliseconds.
                return self.ask(None);
            }
            Message::Here(here) => {
                self.here = here;
                return self.ask(None);
            }
            Message::Files(files) => {
                self.files = files;
                return self.ask(None);
            }
            Message::Look => return self.ask(None),
            Message::Further => {
                let before = self.found.as_ref().and_then(|found| found.before);
                return if before.is_some() { self.ask(before) } else { Wants::none() };
            }
            Message::Found(number, answer) if self.asking.is_some_and(|(asked, _)| asked == number) => {
                let goes_on = self.asking.take().is_some_and(|(_, goes_on)| goes_on);
                match answer {
                    Ok(Answer::Found(found)) => {
                        self.fault = None;
                        match self.found.as_mut().filter(|_| goes_on) {
                            Some(old) => {
                                old.messages.extend(found.messages);
                                old.before = found.before;
                            }
                            None => self.found = Some(found),
                        }
                    }
                    Ok(_) => {}
                    Err(error) => self.fault = Some(error.into()),
                }
            }
            _ => {}
        }
        Wants::none()
    }

    fn view<'a>(&'a self, view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
        let shown = ctx.w.get("search-example");
        let line = widget::line(&shown, &self.words, Message::Type).id(self.id.clone()).on_submit(Message::Look);
        let here = checkbox(self.here)
            .label(ctx.w.get("search-here"))
            .on_toggle(Message::Here)
            .size(16)
            .text_size(size::SMALL);
        let here = stop(here).on_press(Some(Message::Here(!self.here)));
        let files = checkbox(self.files)
            .label(ctx.w.get("search-files"))
            .on_toggle(Message::Files)
            .size(16)
            .text_size(size::SMALL);
        let files = stop(files).on_press(Some(Message::Files(!self.files)));
        let ask = container(column![line, row![here, files].spacing(space::L)].spacing(space::S)).padding(space::M);
        let body: Element<'a, Message> = match (&self.found, &self.fault) {
            (_, Some(why)) => fault(why, ctx),
            (Some(result), None) if result.messages.is_empty() && result.before.is_none() => {
                widget::empty(Icon::Search, ctx.w.get("search-none"), ctx.w.get("search-none-hint")).into()
            }
            (Some(result), None) => {
                let more = result.before.is_some().then(|| (ctx.w.get("search-further"), Message::Further));
                found(&result.messages, view, ctx, more)
            }
            (None, None) => {
                widget::empty(Icon::Search, ctx.w.get("search-begin"), ctx.w.get("search-begin-hint")).into()
            }
        };
        column![ask, body].into()
    }
}

fn fault<'a>(why: &Fault, ctx: Ctx<'a>) -> Element<'a, Message> {
    container(widget::fault(ctx.say(why))).padding(space::L).into()
}

/// Messages out of their place.
fn found<'a>(
    messages: &'a [Said],
    view: &'a GuildView,
    ctx: Ctx<'a>,
    more: Option<(String, Message)>,
) -> Element<'a, Message> {
    let names = ctx.world.names(view.guild);
    let mut list = Column::new().spacing(space::S).padding(space::M).width(Fill);
    for said in messages {
        let (avatar, seed) = face_of(view, &said.author);
        let who = view.name(&said.author);
        let color = ctx.theme.color.role(view.tint(&said.author));
        let channel = view.law.channels.get(&said.channel).map_or("", |channel| channel.name.as_str());
        let place = format!("#{} · {}", prose::isolated(&shorten(channel, 24)), ctx.clock.stamp(said.id.hlc.ms()));
        let mut words = prose::plain(&ctx.veil(said.text.as_deref().unwrap_or_default()), names);
        if words.is_empty() {
            words = said.files.iter().map(|file| prose::file(&file.name)).collect::<Vec<_>>().join(", ");
        }
        let head = column![
            widget::wrapped(shorten(&who, 32)).font(MEDIUM).size(size::SMALL).color(color),
            widget::wrapped(place).size(size::CAPTION).style(theme::text::faint),
        ];
        let head = row![widget::face(ctx.pictures, avatar, &who, seed, 28.0), head].spacing(space::S).align_y(Center);
        let words = widget::wrapped(shorten(&words, 400)).size(size::SMALL + 1.0);
        let card = button(column![head, words].spacing(space::XS + 2.0)).padding(space::M).width(Fill);
        list = list.push(card.style(theme::button::card).on_press(Message::Jump(said.channel, said.id)));
    }
    if let Some((words, further)) = more {
        list = list.push(container(widget::secondary(words, Some(further))).center_x(Fill));
    }
    scrollable(list).height(Fill).into()
}

fn list<'a>(threads: &'a [Thread], view: &'a GuildView, ctx: Ctx<'a>) -> Element<'a, Message> {
    let mut list = Column::new().spacing(space::S).padding(space::M).width(Fill);
    for thread in threads {
        let name = widget::wrapped(shorten(&ctx.veil(&thread.name), 60)).font(STRONG).size(size::BODY);
        let last = thread.last.map_or(thread.created_ms, |last| last.hlc.ms());
        let place = [("who", shorten(&view.name(&thread.creator), 32).into()), ("when", ctx.clock.ago(last).into())];
        let mut words = column![name, widget::hint(ctx.w.with("thread-by", &place))].spacing(2);
        if thread.archived {
            words = words.push(widget::pill(ctx.w.get("thread-archived")));
        }
        let inside = row![icon(Icon::MessagesSquare, 18.0).style(theme::text::muted), words].spacing(space::M);
        let card = button(inside).padding(space::M).width(Fill).style(theme::button::card);
        list = list.push(card.on_press(Message::Open(thread.channel, thread.id)));
    }
    scrollable(list).height(Fill).into()
}

#[cfg(test)]
mod tests {
    use bivouac_node::{
        DeviceId, PublicKey, UserId,
        core::model::{Hlc, MessageState, OpId},
    };

    use super::*;

    fn said(ms: u64) -> Said {
        Said {
            id: MessageId { hlc: Hlc::at(ms), op: OpId([0; 32]) },
            guild: GuildId([1; 32]),
            channel: ChannelId([2; 32]),
            author: UserId([3; 32]),
            device: DeviceId::from(PublicKey::from_bytes([4; 32])),
            text: Some("words".to_owned()),
            state: MessageState::Open,
            reply_to: None,
            edited: None,
            thread: None,
            reactions: Vec::new(),
            files: Vec::new(),
            pinned: false,
            mention: false,
        }
    }

    fn tell(panel: &mut Panel, number: u64, at: &[u64], before: Option<u64>) {
        let before = before.map(|ms| said(ms).id);
        let found = Found { messages: at.iter().map(|ms| said(*ms)).collect(), before };
        let _ = panel.update(Message::Found(number, Ok(Answer::Found(found))));
    }

    fn shown(panel: &Panel) -> Vec<u64> {
        let Panel::Search(search) = panel else { return Vec::new() };
        search.found.iter().flat_map(|found| &found.messages).map(|said| said.id.hlc.ms()).collect()
    }

    #[test]
    fn what_was_found_is_of_one_question() {
        let (mut panel, _) = Panel::search(GuildId([1; 32]), ChannelId([2; 32]));
        let _ = panel.update(Message::Type("a".to_owned()));
        tell(&mut panel, 1, &[50, 40], Some(40));
        let _ = panel.update(Message::Further);
        tell(&mut panel, 2, &[30, 20], Some(20));
        assert_eq!(shown(&panel), [50, 40, 30, 20]);
        // Of other words nothing as new is found; an answer of before comes late; then nothing at all is found.
        let _ = panel.update(Message::Further);
        let _ = panel.update(Message::Type("ab".to_owned()));
        tell(&mut panel, 3, &[9], None);
        assert_eq!(shown(&panel), [50, 40, 30, 20]);
        tell(&mut panel, 4, &[10], Some(10));
        assert_eq!(shown(&panel), [10]);
        let _ = panel.update(Message::Type("abc".to_owned()));
        tell(&mut panel, 5, &[], None);
        assert_eq!(shown(&panel), [0_u64; 0]);
    }
}
