//! Are you sure? Asked only of what cannot be undone, or takes something from somebody: then with room for a reason.

use bivouac_node::core::io::Command;
use iced::widget::{Id, column, operation};

use super::Then;
use crate::{
    fault::Fault,
    intent::Wants,
    screen::Ctx,
    theme::{Element, size, space},
    widget,
};

/// A question.
#[derive(Clone, Debug)]
pub struct Confirm {
    head: String,
    words: String,
    act: String,
    command: Command,
    reason: Option<String>,
    id: Id,
    under_way: bool,
    fault: Option<Fault>,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Why.
    Reason(String),
    /// Yes.
    Yes,
    /// No.
    No,
    /// It was done, or not; and which question that answers.
    Done(Id, Result<(), Fault>),
}

impl Message {
    /// What is to be said of it once its question is gone.
    pub fn late(self) -> Wants<Self> {
        match self {
            Self::Done(_, Err(why)) => Wants::fail(why),
            _ => Wants::none(),
        }
    }
}

impl Confirm {
    /// Asks before a command.
    #[must_use]
    pub fn new(head: String, words: String, act: String, command: Command) -> Self {
        let reasoned = matches!(command, Command::Kick { .. } | Command::Ban { .. } | Command::Timeout { .. });
        let reason = reasoned.then(String::new);
        Self { head, words, act, command, reason, id: Id::unique(), under_way: false, fault: None }
    }

    /// Lets one write the reason at once, where there is room for one.
    pub fn focus(&self) -> Wants<Message> {
        match self.reason {
            Some(_) => Wants::task(operation::focus(self.id.clone())),
            None => Wants::none(),
        }
    }

    /// Whether this says that what is asked was done.
    #[must_use]
    pub fn is_done(&self, message: &Message) -> bool {
        matches!(message, Message::Done(id, Ok(())) if *id == self.id)
    }

    fn command(&self) -> Command {
        let mut command = self.command.clone();
        let why = self.reason.as_deref().map(str::trim).filter(|why| !why.is_empty()).map(ToOwned::to_owned);
        if let Command::Kick { reason, .. } | Command::Ban { reason, .. } | Command::Timeout { reason, .. } =
            &mut command
        {
            *reason = why;
        }
        command
    }

    /// What happens.
    pub fn update(&mut self, message: Message) -> (Wants<Message>, Then) {
        match message {
            Message::Done(ref id, _) if *id != self.id => (message.late(), Then::Stay),
            Message::Reason(why) => {
                self.reason = Some(why);
                (Wants::none(), Then::Stay)
            }
            Message::Yes if !self.under_way => {
                self.under_way = true;
                let id = self.id.clone();
                let done =
                    |done: Result<_, bivouac_node::CallError>| Message::Done(id, done.map(|_| ()).map_err(Fault::from));
                (Wants::run(self.command(), done), Then::Stay)
            }
            Message::Yes => (Wants::none(), Then::Stay),
            Message::No => (Wants::none(), Then::Close),
            Message::Done(_, Ok(())) => (Wants::none(), Then::Close),
            Message::Done(_, Err(why)) => {
                self.under_way = false;
                self.fault = Some(why.clone());
                (Wants::fail(why), Then::Stay)
            }
        }
    }

    /// Draws it.
    pub fn view<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let mut body = column![widget::wrapped(&self.words).size(size::BODY)].spacing(space::M);
        if let Some(why) = &self.reason {
            let shown = ctx.w.get("reason-example");
            let line = widget::line(&shown, why, Message::Reason).id(self.id.clone()).on_submit(Message::Yes);
            body = body.push(widget::field(ctx.w.get("reason"), line));
        }
        let body = body.push(self.fault.as_ref().map(|why| widget::fault(ctx.say(why))));
        let no = Element::from(widget::secondary(ctx.w.get("cancel"), Some(Message::No)));
        let yes = (!self.under_way).then_some(Message::Yes);
        let yes = Element::from(widget::danger(self.act.clone(), yes));
        widget::sheet(self.head.clone(), body, vec![no, yes], 460.0)
    }
}
