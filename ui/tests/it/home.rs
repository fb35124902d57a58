//! A guild as one is in it, by mouse and by keyboard: what is pressed and typed becomes what it should, and what follows is drawn.

mod acts;
mod beside;
mod compose;
mod dialogs;
pub(crate) mod hut;
mod places;
mod read;
mod streamer;
mod tab;
pub(crate) mod visit;
