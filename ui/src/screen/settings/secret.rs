//! The passphrase that opens the data folder: set, changed, taken away.

use bivouac_node::{Passphrase, VaultError};
use iced::{
    Center,
    widget::{Id, column, operation, row},
};

use crate::{
    intent::{Tone, Wants},
    screen::Ctx,
    theme::{Element, space},
    widget::{self, form},
};

/// What is being typed.
#[derive(Default)]
pub struct Secret {
    /// Whether there is one, once that is known.
    there: Option<bool>,
    old: String,
    new: String,
    again: String,
    under_way: bool,
    fault: Option<String>,
    /// Of the line for the new one once more.
    once_more: Option<Id>,
}

// What is typed is nobody's to print.
impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("there", &self.there).finish_non_exhaustive()
    }
}

/// What happens there.
#[derive(Clone)]
pub enum Message {
    /// Whether there is one.
    There(bool),
    /// The one so far was typed.
    Old(String),
    /// The new one was typed.
    New(String),
    /// The new one was typed once more.
    Again(String),
    /// Have the new one from now on.
    Change,
    /// Have none from now on.
    Remove,
    /// It is so: whether there is one now. Or it is not.
    Done(Result<bool, String>),
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("secret::Message")
    }
}

impl Secret {
    /// Asks whether there is one.
    pub fn look() -> Wants<Message> {
        Wants::work(|node| async move { Message::There(node.has_passphrase().await) })
    }

    /// What happens.
    pub fn update(&mut self, message: Message, ctx: &Ctx<'_>) -> Wants<Message> {
        match message {
            Message::There(there) => self.there = Some(there),
            Message::Old(words) => (self.old, self.fault) = (words, None),
            Message::New(words) => (self.new, self.fault) = (words, None),
            Message::Again(words) => (self.again, self.fault) = (words, None),
            Message::Change if self.new.is_empty() || self.under_way => {}
            Message::Change if self.new != self.again => {
                self.fault = Some(ctx.w.get("secret-differs"));
                let again = self.once_more.get_or_insert_with(Id::unique).clone();
                return Wants::task(operation::focus(again));
            }
            Message::Change => return self.change(Some(self.new.clone()), ctx),
            Message::Remove => return self.change(None, ctx),
            Message::Done(Ok(there)) => {
                *self = Self { there: Some(there), ..Self::default() };
                let words = if there { "secret-set" } else { "secret-removed" };
                return Wants::say(Tone::Good, ctx.w.get(words));
            }
            Message::Done(Err(why)) => (self.under_way, self.fault) = (false, Some(why)),
        }
        Wants::none()
    }

    fn change(&mut self, new: Option<String>, ctx: &Ctx<'_>) -> Wants<Message> {
        if self.under_way {
            return Wants::none();
        }
        (self.under_way, self.fault) = (true, None);
        let words = |words: String| Passphrase(words.into_bytes().into());
        let old = self.there.unwrap_or_default().then(|| words(self.old.clone()));
        let (there, new, wrong) = (new.is_some(), new.map(words), ctx.w.get("secret-wrong"));
        Wants::work(move |node| async move {
            Message::Done(match node.change_passphrase(old, new).await {
                Ok(()) => Ok(there),
                Err(VaultError::WrongPassphrase) => Err(wrong),
                Err(error) => Err(error.to_string()),
            })
        })
    }

    /// Draws it.
    pub fn view<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let Some(there) = self.there else { return widget::hint(ctx.w.get("secret-hint")).into() };
        let hidden = |name: &str, value: &str, typed: fn(String) -> Message, id: Option<Id>| {
            let line = widget::line("", value, typed).secure(true).on_submit(Message::Change);
            widget::field(ctx.w.get(name), if let Some(id) = id { line.id(id) } else { line })
        };
        let old = there.then(|| hidden("secret-old", &self.old, Message::Old, None));
        let new = row![
            hidden("secret-new", &self.new, Message::New, None),
            hidden("secret-again", &self.again, Message::Again, self.once_more.clone()),
        ];
        let ready = !self.under_way && (!there || !self.old.is_empty());
        let change = widget::primary(ctx.w.get(if there { "secret-change" } else { "secret-begin" }), None);
        let change = form::press(change, (ready && !self.new.is_empty()).then_some(Message::Change));
        let remove = widget::danger(ctx.w.get("secret-remove"), None);
        let remove = there.then(|| form::press(remove, ready.then_some(Message::Remove)));
        let state = self.under_way.then(|| widget::hint(ctx.w.get("secret-working")));
        column![widget::hint(ctx.w.get(if there { "secret-there" } else { "secret-hint" }))]
            .push(old)
            .push(new.spacing(space::M))
            .push(self.fault.clone().map(widget::fault))
            .push(row![change].push(remove).push(state).spacing(space::S).align_y(Center))
            .spacing(space::M)
            .into()
    }
}
