//! What opens the data folder: nothing, a passphrase that is typed, or the desktop's keyring.

use bivouac_node::{Passphrase, VaultError};
use iced::{
    Center,
    widget::{Id, column, operation, row},
};

use crate::{
    fault::Fault,
    intent::{Tone, Wants},
    lock::{self, Key, Lock, LockError},
    screen::Ctx,
    theme::{Element, space},
    widget,
};

/// What is being typed.
#[derive(Default)]
pub struct Secret {
    /// What opens the folder, once that is known.
    lock: Option<Lock>,
    /// Why there is no keyring, if there is none.
    no_keyring: Option<Fault>,
    old: String,
    new: String,
    again: String,
    under_way: bool,
    fault: Option<Fault>,
    /// Of the line for the new one once more.
    once_more: Option<Id>,
}

// What is typed is nobody's to print.
impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("lock", &self.lock).finish_non_exhaustive()
    }
}

/// What happens there.
#[derive(Clone)]
pub enum Message {
    /// What opens the folder, and why there is no keyring, if there is none.
    Now(Lock, Option<Fault>),
    /// The one so far was typed.
    Old(String),
    /// The new one was typed.
    New(String),
    /// The new one was typed once more.
    Again(String),
    /// Have it opened by that from now on.
    Change(Lock),
    /// It is so, or not.
    Done(Result<Lock, Fault>),
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("secret::Message")
    }
}

impl Secret {
    /// Asks what opens the folder.
    pub fn look() -> Wants<Message> {
        Wants::work(|node| async move {
            let (lock, keyring) = lock::look(&node).await;
            Message::Now(lock, keyring.err().map(|why| LockError::from(why).into()))
        })
    }

    /// What happens.
    pub fn update(&mut self, message: Message, ctx: &Ctx<'_>) -> Wants<Message> {
        match message {
            Message::Now(lock, no_keyring) => (self.lock, self.no_keyring) = (Some(lock), no_keyring),
            Message::Old(words) => (self.old, self.fault) = (words, None),
            Message::New(words) => (self.new, self.fault) = (words, None),
            Message::Again(words) => (self.again, self.fault) = (words, None),
            Message::Change(_) if self.under_way => {}
            Message::Change(Lock::Typed) if self.new.is_empty() => {}
            Message::Change(Lock::Typed) if self.new != self.again => {
                self.fault = Some(Fault::of("secret-differs"));
                let again = self.once_more.get_or_insert_with(Id::unique).clone();
                return Wants::task(operation::focus(again));
            }
            Message::Change(to) => return self.change(to),
            Message::Done(Ok(lock)) => {
                let no_keyring = self.no_keyring.take();
                *self = Self { lock: Some(lock), no_keyring, ..Self::default() };
                let words = match lock {
                    Lock::Open => "secret-removed",
                    Lock::Typed => "secret-set",
                    Lock::Keyring => "secret-kept",
                };
                return Wants::say(Tone::Good, ctx.w.get(words));
            }
            Message::Done(Err(why)) => (self.under_way, self.fault) = (false, Some(why)),
        }
        Wants::none()
    }

    fn change(&mut self, to: Lock) -> Wants<Message> {
        (self.under_way, self.fault) = (true, None);
        let words = |words: &str| Passphrase(words.as_bytes().to_vec().into());
        let old = words(&self.old);
        let key = match to {
            Lock::Open => Key::Open,
            Lock::Typed => Key::Typed(words(&self.new)),
            Lock::Keyring => Key::Keyring,
        };
        Wants::work(move |node| async move {
            Message::Done(lock::change(&node, Some(old), key).await.map_err(|error| match error {
                LockError::Vault(VaultError::WrongPassphrase) => Fault::of("secret-wrong"),
                error => error.into(),
            }))
        })
    }

    /// Draws it.
    pub fn view<'a>(&'a self, ctx: Ctx<'a>) -> Element<'a, Message> {
        let Some(lock) = self.lock else { return widget::hint(ctx.w.get("secret-hint")).into() };
        let hidden = |name: &str, value: &str, typed: fn(String) -> Message, id: Option<Id>| {
            let line = widget::line("", value, typed).secure(true).on_submit(Message::Change(Lock::Typed));
            widget::field(ctx.w.get(name), if let Some(id) = id { line.id(id) } else { line })
        };
        let (now, set) = match lock {
            Lock::Open => ("secret-hint", "secret-begin"),
            Lock::Typed => ("secret-there", "secret-change"),
            Lock::Keyring => ("secret-in-keyring", "secret-begin"),
        };
        let old = (lock == Lock::Typed).then(|| hidden("secret-old", &self.old, Message::Old, None));
        let new = row![
            hidden("secret-new", &self.new, Message::New, None),
            hidden("secret-again", &self.again, Message::Again, self.once_more.clone()),
        ];
        let ready = !self.under_way && (lock != Lock::Typed || !self.old.is_empty());
        let to = |lock, ready: bool| ready.then_some(Message::Change(lock));
        let change = widget::primary(ctx.w.get(set), to(Lock::Typed, ready && !self.new.is_empty()));
        let keyring = (lock != Lock::Keyring && self.no_keyring.is_none())
            .then(|| widget::secondary(ctx.w.get("secret-keyring"), to(Lock::Keyring, ready)));
        let remove = (lock != Lock::Open).then(|| widget::danger(ctx.w.get("secret-remove"), to(Lock::Open, ready)));
        let state = self.under_way.then(|| widget::hint(ctx.w.get("secret-working")));
        let none = self.no_keyring.as_ref().map(|why| ctx.say(why));
        let acts = row![change].push(keyring).push(remove).push(state).spacing(space::S).align_y(Center);
        column![widget::hint(ctx.w.get(now))]
            .push(old)
            .push(new.spacing(space::M))
            .push(self.fault.as_ref().map(|why| widget::fault(ctx.say(why))))
            .push(acts)
            .push(none.map(widget::hint))
            .spacing(space::M)
            .into()
    }
}
