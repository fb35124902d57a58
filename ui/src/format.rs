//! Times, sizes and counts as a reader of the user's language expects them. Nothing here asks what time it is: `now` and
//! the time zone are given, so a view is the same each time it is drawn from the same state.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::words::Words;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// Good enough for "3 months ago".
const MONTH: u64 = 30 * DAY;
const YEAR: u64 = 365 * DAY;

/// Where the user is, for what the clock on the wall says there, summer time included.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// This computer's, as it is set now; UTC when it is not set.
    #[must_use]
    pub fn local() -> Self {
        Self(TimeZone::try_system().unwrap_or(TimeZone::UTC))
    }

    /// The one an IANA name stands for, like `Europe/Paris`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// Greenwich, always.
    #[must_use]
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    fn civil(&self, at: u64) -> jiff::civil::DateTime {
        // Whoever writes a message says when; what is beyond the calendar becomes its end.
        let at = i64::try_from(at).ok().and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or(Timestamp::MAX);
        self.0.to_datetime(at)
    }
}

/// Tells times as of `now`. All times are in milliseconds since the epoch.
#[derive(Clone, Copy, Debug)]
pub struct Clock<'a> {
    /// The language.
    pub words: &'a Words,
    /// The place.
    pub zone: &'a Zone,
    /// The time it is.
    pub now: u64,
}

impl Clock<'_> {
    /// "14:05".
    #[must_use]
    pub fn time(&self, at: u64) -> String {
        self.zone.civil(at).strftime("%H:%M").to_string()
    }

    /// "Today at 14:05", "Yesterday at 14:05", "12/03/2026 14:05".
    #[must_use]
    pub fn stamp(&self, at: u64) -> String {
        let (date, today, time) = (self.zone.civil(at).date(), self.zone.civil(self.now).date(), self.time(at));
        let place = [("time", time.as_str().into())];
        match date {
            _ if date == today => self.words.with("today-at", &place),
            _ if today.yesterday().ok() == Some(date) => self.words.with("yesterday-at", &place),
            _ if today.tomorrow().ok() == Some(date) => self.words.with("tomorrow-at", &place),
            _ => {
                let date = self.short(date);
                self.words.with("date-at", &[("date", date.into()), ("time", time.as_str().into())])
            }
        }
    }

    /// "12/03/2026".
    #[must_use]
    pub fn date(&self, at: u64) -> String {
        self.short(self.zone.civil(at).date())
    }

    /// "12 March 2026": the line between two days.
    #[must_use]
    pub fn day(&self, at: u64) -> String {
        let date = self.zone.civil(at).date();
        let places = [("day", date.day().into()), ("month", date.month().into()), ("year", date.year().into())];
        self.words.with("date-long", &places)
    }

    /// "12 March 2026 14:05": what a pointer resting on a time shows.
    #[must_use]
    pub fn full(&self, at: u64) -> String {
        self.words.with("date-at", &[("date", self.day(at).into()), ("time", self.time(at).into())])
    }

    /// Whether two times are of one day here.
    #[must_use]
    pub fn same_day(&self, one: u64, other: u64) -> bool {
        self.zone.civil(one).date() == self.zone.civil(other).date()
    }

    /// "in 3 hours", "2 days ago", "just now".
    #[must_use]
    pub fn ago(&self, at: u64) -> String {
        let seconds = at.abs_diff(self.now) / 1000;
        let keys = match seconds {
            0..5 => return self.words.get("just-now"),
            5..MINUTE => (1, "seconds-ahead", "seconds-ago"),
            MINUTE..HOUR => (MINUTE, "minutes-ahead", "minutes-ago"),
            HOUR..DAY => (HOUR, "hours-ahead", "hours-ago"),
            DAY..MONTH => (DAY, "days-ahead", "days-ago"),
            MONTH..YEAR => (MONTH, "months-ahead", "months-ago"),
            YEAR.. => (YEAR, "years-ahead", "years-ago"),
        };
        let (unit, ahead, ago) = keys;
        self.words.with(
            if at > self.now { ahead } else { ago },
            &[("count", (if at > self.now { (seconds + unit / 2) / unit } else { seconds / unit }).into())],
        )
    }

    fn short(&self, date: Date) -> String {
        let (day, month) = (format!("{:02}", date.day()), format!("{:02}", date.month()));
        self.words.with("date-short", &[("day", day.into()), ("month", month.into()), ("year", date.year().into())])
    }
}

/// How long something takes, in its two largest units: "1 hour 5 minutes". `ms` is milliseconds; parts of a second are left
/// out.
#[must_use]
pub fn duration(words: &Words, ms: u64) -> String {
    let seconds = ms / 1000;
    let (larger, unit, smaller, part) = match seconds {
        0..MINUTE => ("duration-seconds", 1, "", 1),
        MINUTE..HOUR => ("duration-minutes", MINUTE, "duration-seconds", 1),
        HOUR..DAY => ("duration-hours", HOUR, "duration-minutes", MINUTE),
        DAY.. => ("duration-days", DAY, "duration-hours", HOUR),
    };
    let count = |key, count: u64| words.with(key, &[("count", count.into())]);
    let (first, rest) = (count(larger, seconds / unit), seconds % unit / part);
    match rest {
        0 => first,
        _ => words.with("duration-two", &[("larger", first.into()), ("smaller", count(smaller, rest).into())]),
    }
}

/// How far a recording or a call is: "4:07", "1:04:07". `ms` is milliseconds.
#[must_use]
pub fn elapsed(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds / HOUR {
        0 => format!("{}:{:02}", seconds / MINUTE, seconds % MINUTE),
        hours => format!("{hours}:{:02}:{:02}", seconds % HOUR / MINUTE, seconds % MINUTE),
    }
}

/// How large something of so many bytes is, by thousands: "12.3 MB".
#[must_use]
pub fn size(words: &Words, bytes: u64) -> String {
    const UNITS: [(u64, &str); 4] = [
        (1_000, "size-kilobytes"),
        (1_000_000, "size-megabytes"),
        (1_000_000_000, "size-gigabytes"),
        (1_000_000_000_000, "size-terabytes"),
    ];
    // One step early, so that nothing is ever "1000 KB".
    let Some((unit, key)) = UNITS.into_iter().rev().find(|(unit, _)| bytes >= unit - unit / 2_000 && bytes >= 1_000)
    else {
        return words.with("size-bytes", &[("count", bytes.into())]);
    };
    let tenths = bytes.saturating_add(unit / 20) / (unit / 10);
    let whole = bytes.saturating_add(unit / 2) / unit;
    let count = if tenths.is_multiple_of(10) || whole >= 100 {
        whole.to_string()
    } else {
        format!("{}{}{}", tenths / 10, words.get("decimal-mark"), tenths % 10)
    };
    words.with(key, &[("count", count.into())])
}

/// A number for a badge, of at most three characters: "7", "99+".
#[must_use]
pub fn count(number: u64) -> String {
    if number > 99 { "99+".to_owned() } else { number.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    fn at(text: &str) -> u64 {
        u64::try_from(text.parse::<Timestamp>().unwrap().as_millisecond()).unwrap()
    }

    fn tell(language: Language, now: &str, ask: impl Fn(&Clock<'_>) -> String) -> String {
        let (words, zone) = (Words::new(language), Zone::named("Europe/Paris").unwrap());
        ask(&Clock { words: &words, zone: &zone, now: at(now) })
    }

    #[test]
    fn a_stamp_is_as_near_as_it_can_be() {
        let now = "2026-03-12T13:05:00Z";
        for (when, english, french) in [
            ("2026-03-12T13:05:00Z", "Today at 14:05", "Aujourd’hui à 14:05"),
            ("2026-03-11T23:00:00Z", "Today at 00:00", "Aujourd’hui à 00:00"),
            ("2026-03-11T22:59:59Z", "Yesterday at 23:59", "Hier à 23:59"),
            ("2026-03-13T22:59:59Z", "Tomorrow at 23:59", "Demain à 23:59"),
            ("2026-03-10T22:59:59Z", "10/03/2026 23:59", "10/03/2026 23:59"),
            ("2025-07-01T10:00:00Z", "01/07/2025 12:00", "01/07/2025 12:00"),
        ] {
            assert_eq!(tell(Language::English, now, |clock| clock.stamp(at(when))), english);
            assert_eq!(tell(Language::French, now, |clock| clock.stamp(at(when))), french);
        }
    }

    #[test]
    fn summer_time_is_kept() {
        let zone = Zone::named("Europe/Paris").unwrap();
        let words = Words::default();
        let clock = Clock { words: &words, zone: &zone, now: 0 };
        // The clocks went from 02:00 to 03:00 on 29 March 2026, and each night is a day apart all the same.
        assert_eq!(clock.time(at("2026-03-29T00:59:00Z")), "01:59");
        assert_eq!(clock.time(at("2026-03-29T01:00:00Z")), "03:00");
        assert!(clock.same_day(at("2026-03-28T23:00:00Z"), at("2026-03-29T21:59:00Z")));
        assert!(!clock.same_day(at("2026-03-29T21:59:00Z"), at("2026-03-29T22:00:00Z")));
    }

    #[test]
    fn days_are_spelled() {
        let now = "2026-03-12T13:05:00Z";
        for (when, english, french) in [
            ("2026-03-12T13:05:00Z", "12 March 2026", "12 mars 2026"),
            ("2026-08-01T13:05:00Z", "1 August 2026", "1er août 2026"),
            ("2026-12-31T23:05:00Z", "1 January 2027", "1er janvier 2027"),
        ] {
            assert_eq!(tell(Language::English, now, |clock| clock.day(at(when))), english);
            assert_eq!(tell(Language::French, now, |clock| clock.day(at(when))), french);
        }
        assert_eq!(tell(Language::English, now, |clock| clock.full(at(now))), "12 March 2026 14:05");
        assert_eq!(tell(Language::English, now, |clock| clock.date(at(now))), "12/03/2026");
    }

    #[test]
    fn distance_in_time() {
        let now = "2026-03-12T13:05:00Z";
        for (when, english, french) in [
            ("2026-03-12T13:04:58Z", "just now", "à l’instant"),
            ("2026-03-12T13:04:20Z", "40 seconds ago", "il y a 40 secondes"),
            ("2026-03-12T13:04:00Z", "1 minute ago", "il y a 1 minute"),
            ("2026-03-12T16:05:00Z", "in 3 hours", "dans 3 heures"),
            ("2026-03-10T13:05:00Z", "2 days ago", "il y a 2 jours"),
            ("2026-04-12T13:05:00Z", "in 1 month", "dans 1 mois"),
            ("2020-03-12T13:05:00Z", "6 years ago", "il y a 6 ans"),
        ] {
            assert_eq!(tell(Language::English, now, |clock| clock.ago(at(when))), english);
            assert_eq!(tell(Language::French, now, |clock| clock.ago(at(when))), french);
        }
    }

    #[test]
    fn any_time_at_all_is_told() {
        for when in [0, 1, u64::MAX / 2, u64::MAX] {
            for now in ["1970-01-01T00:00:00Z", "9999-12-30T00:00:00Z"] {
                let said = tell(Language::English, now, |c| {
                    [c.stamp(when), c.day(when), c.ago(when), c.full(when), c.same_day(when, 0).to_string()].concat()
                });
                assert!(said.len() < 200, "{said}");
            }
        }
        assert!(!elapsed(u64::MAX).is_empty() && !duration(&Words::default(), u64::MAX).is_empty());
    }

    #[test]
    fn sizes_counts_and_durations() {
        let (english, french) = (Words::new(Language::English), Words::new(Language::French));
        for (bytes, in_english, in_french) in [
            (0, "0 bytes", "0 octet"),
            (1, "1 byte", "1 octet"),
            (999, "999 bytes", "999 octets"),
            (1_000, "1 KB", "1 ko"),
            (1_549, "1.5 KB", "1,5 ko"),
            (123_456, "123 KB", "123 ko"),
            (999_999, "1 MB", "1 Mo"),
            (12_345_678, "12.3 MB", "12,3 Mo"),
            (3_000_000_000, "3 GB", "3 Go"),
            (u64::MAX, "18446744 TB", "18446744 To"),
        ] {
            assert_eq!(size(&english, bytes), in_english);
            assert_eq!(size(&french, bytes), in_french);
        }
        assert_eq!([0, 99, 100, u64::MAX].map(count), ["0", "99", "99+", "99+"]);
        assert_eq!([0, 247_000, 3_847_000].map(elapsed), ["0:00", "4:07", "1:04:07"]);
        assert_eq!(duration(&english, 3_900_000), "1 hour 5 minutes");
        assert_eq!(duration(&french, 86_400_000), "1 jour");
        assert_eq!(duration(&english, 61_000), "1 minute 1 second");
    }
}
