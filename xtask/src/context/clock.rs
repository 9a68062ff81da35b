//! The clock: read here and handed down, so that everything below can be tested with any time.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The time of this command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    now: Timestamp,
}

impl Clock {
    /// The system's.
    pub(crate) fn system() -> Self {
        Self { now: Timestamp::now() }
    }

    /// How long ago something was, in the largest unit that fits; `at` is RFC 3339.
    pub(crate) fn ago(&self, at: &str) -> String {
        let Ok(then) = at.parse::<Timestamp>() else { return at.to_owned() };
        // The clock of another machine may be a little ahead of ours.
        let seconds = (self.now.as_second() - then.as_second()).max(0);
        match seconds {
            0..=9 => "just now".to_owned(),
            10..=119 => format!("{seconds} s ago"),
            120..=7_199 => format!("{} min ago", seconds / 60),
            7_200..=172_799 => format!("{} h ago", seconds / 3_600),
            _ => format!("{} days ago", seconds / 86_400),
        }
    }

    /// The version for a new revision: `YYYYMMDDhhmmss` in UTC, and later than `last`, so that the order of file names
    /// stays the order of making even where two are made in one second or a clock is behind.
    pub(crate) fn version(&self, last: Option<i64>) -> String {
        let now = self.now.to_zoned(TimeZone::UTC).strftime("%Y%m%d%H%M%S").to_string();
        match last {
            Some(last) if now.parse::<i64>().is_ok_and(|now| now <= last) => (last + 1).to_string(),
            _ => now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_later_than_the_last() {
        let clock = Clock { now: Timestamp::from_second(1_790_000_000).expect("a time") };
        assert_eq!(clock.version(None), "20260921141320");
        assert_eq!(clock.version(Some(20_260_921_141_320)), "20260921141321");
        assert_eq!(clock.version(Some(7)), "20260921141320");
    }

    #[test]
    fn times_are_told_from_now() {
        let clock = Clock { now: "2026-11-23T10:00:00Z".parse().expect("a time") };
        let times = [
            "2026-11-23T10:00:02Z",
            "2026-11-23T09:59:00Z",
            "2026-11-23T09:00:00Z",
            "2026-11-22T10:00:00Z",
            "2026-11-01T10:00:00Z",
        ];
        assert_eq!(times.map(|at| clock.ago(at)), ["just now", "60 s ago", "60 min ago", "24 h ago", "22 days ago"]);
    }
}
