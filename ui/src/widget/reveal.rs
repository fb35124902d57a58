//! Brings what has the keyboard into sight, wherever the Tab key led.

use iced::{
    Rectangle, Task, Vector,
    advanced::widget::{
        Id, Operation, operate,
        operation::{Focusable, Outcome, Scrollable, scrollable::AbsoluteOffset},
    },
};

/// Kept free above and below, in logical pixels.
const AROUND: f32 = 24.0;

/// Scrolls so that what has the keyboard is seen.
pub fn reveal<T: Send + 'static>() -> Task<T> {
    operate(Look::default())
}

/// What scrolls: its place, and how far it is scrolled.
type Scroller = (Rectangle, Vector);

/// Looks for what has the keyboard, and for what it scrolls within.
#[derive(Default)]
struct Look {
    entered: Option<Scroller>,
    within: Option<Scroller>,
    found: Option<(Rectangle, f32)>,
}

impl<T: Send + 'static> Operation<T> for Look {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation<T>)) {
        let around = self.within;
        self.within = self.entered.take().or(around);
        operate(self);
        self.within = around;
    }

    fn scrollable(
        &mut self,
        _id: Option<&Id>,
        bounds: Rectangle,
        _content: Rectangle,
        translation: Vector,
        _state: &mut dyn Scrollable,
    ) {
        self.entered = Some((bounds, translation));
    }

    fn focusable(&mut self, _id: Option<&Id>, bounds: Rectangle, state: &mut dyn Focusable) {
        let Some((sight, translation)) = self.within.filter(|_| state.is_focused()) else { return };
        let above = bounds.y - translation.y - (sight.y + AROUND);
        let below = bounds.y + bounds.height - translation.y - (sight.y + sight.height - AROUND);
        let by = if above < 0.0 {
            above
        } else if below > 0.0 {
            below.min(above)
        } else {
            return;
        };
        self.found = Some((sight, by));
    }

    fn finish(&self) -> Outcome<T> {
        match self.found {
            Some((sight, by)) => Outcome::Chain(Box::new(Scroll { sight, by })),
            None => Outcome::None,
        }
    }
}

/// Scrolls what was found.
struct Scroll {
    sight: Rectangle,
    by: f32,
}

impl<T: Send + 'static> Operation<T> for Scroll {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation<T>)) {
        operate(self);
    }

    fn scrollable(
        &mut self,
        _id: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        _translation: Vector,
        state: &mut dyn Scrollable,
    ) {
        if bounds == self.sight {
            state.scroll_by(AbsoluteOffset { x: 0.0, y: self.by }, bounds, content);
        }
    }
}
