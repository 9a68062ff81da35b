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
}
