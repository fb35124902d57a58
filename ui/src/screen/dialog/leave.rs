//! Closing the app while something that was written is not sent.

use iced::widget::{column, stack, text};

use crate::{
    screen::Ctx,
    theme::{Element, size, space},
    widget::{self, Sleep},
};

/// Draws the question over whatever is on the screen, where it is asked: so many messages are under way, and so many things are
/// not sent.
pub fn over<'a, M: Clone + 'a>(
    screen: Element<'a, M>,
    asked: Option<(usize, usize)>,
    (stay, leave): (M, M),
    ctx: Ctx<'a>,
) -> Element<'a, M> {
    let Some((under_way, unsent)) = asked else {
        // The same shape of the tree with and without it: the page keeps where it was.
        return stack![widget::asleep(screen, Sleep::Awake)].into();
    };
    let line = |count: usize, key| {
        let words = (count > 0).then(|| ctx.w.with(key, &[("count", count.into())]));
        words.map(|words| text(words).size(size::BODY))
    };
    let waits = (unsent == 0).then(|| widget::hint(ctx.w.get("quit-waits")));
    let body = column![].push(line(under_way, "quit-sending")).push(line(unsent, "quit-unsent")).push(waits);
    let no = widget::secondary(ctx.w.get("quit-stay"), Some(stay.clone()));
    let yes = widget::danger(ctx.w.get("quit-now"), Some(leave));
    let sheet = widget::sheet(ctx.w.get("quit-head"), body.spacing(space::M), vec![no.into(), yes.into()], 460.0);
    widget::dialogue(widget::asleep(screen, Sleep::Dozes), sheet, stay)
}
