//! What is being written in one place, with all that hangs on it. It is kept while one is elsewhere.

use bivouac_node::{
    Source,
    core::model::{Message as Said, MessageId},
};

/// A file that will be sent along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// What it is made of.
    pub source: Source,
    /// How long it is, in bytes.
    pub size: u64,
}

impl Pending {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.source {
            Source::Path(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            Source::Bytes(name, _) => name.clone(),
        }
    }
}

/// What is being written in one place.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    /// As it was typed.
    pub text: String,
    /// What it answers.
    pub reply: Option<Said>,
    /// What it is to read instead of.
    pub edits: Option<MessageId>,
    /// What is sent along.
    pub files: Vec<Pending>,
    /// What was being written before an edit began, and is again after it.
    pub aside: Option<Box<Self>>,
}

impl Draft {
    /// Nothing at all.
    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
            && self.files.is_empty()
            && self.reply.is_none()
            && self.edits.is_none()
            && self.aside.is_none()
    }

    /// Whether anything would be lost with it.
    pub(super) fn says(&self) -> bool {
        !self.text.trim().is_empty() || !self.files.is_empty() || self.aside.as_ref().is_some_and(|aside| aside.says())
    }
}
