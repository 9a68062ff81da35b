//! From when on logs are wanted: a time, or how long ago.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

/// The nanoseconds in the units of a duration as Go writes it.
const UNITS: [(&str, i128); 7] = [
    ("h", 3_600_000_000_000),
    ("ms", 1_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("us", 1_000),
    ("µs", 1_000),
    ("ns", 1),
];

/// Reads what `--since` is given: `10m`, `1h30m`, `2026-11-26T10:00:00Z`, `2026-11-26`, or seconds since 1970. A time without a
/// zone is taken as UTC.
///
/// # Errors
/// What can be written.
pub fn since(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let text = text.trim();
    let ago = duration(text).and_then(|ago| Timestamp::from_nanosecond(now.as_nanosecond() - ago).ok());
    let seconds = || text.parse::<i64>().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    let of_utc = |time: DateTime| Offset::UTC.to_timestamp(time).ok();
    let found = ago
        .or_else(seconds)
        .or_else(|| text.parse::<Timestamp>().ok())
        .or_else(|| text.parse::<DateTime>().ok().and_then(of_utc))
        .or_else(|| text.parse::<Date>().ok().and_then(|date| of_utc(date.to_datetime(jiff::civil::Time::midnight()))));
    found.ok_or_else(|| "write how long ago (10m, 1h30m) or a time (2026-11-26T10:00:00Z)".to_owned())
}

/// A duration as Go writes it, in nanoseconds.
fn duration(text: &str) -> Option<i128> {
    let mut rest = text;
    let mut sum = 0;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        // "ms" stands before "m" in the list, so the longer unit is found first.
        let (unit, size) = UNITS.iter().find(|(unit, _)| rest[digits..].starts_with(unit))?;
        sum += (number * *size as f64) as i128;
        rest = &rest[digits + unit.len()..];
    }
    (sum > 0).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_times_are_understood() {
        let now: Timestamp = "2026-11-26T12:00:00Z".parse().expect("a time");
        let cases = [
            ("10m", "2026-11-26T11:50:00Z"),
            ("1h30m", "2026-11-26T10:30:00Z"),
            ("1.5s", "2026-11-26T11:59:58.5Z"),
            ("250ms", "2026-11-26T11:59:59.75Z"),
            ("2026-11-26T10:00:00+02:00", "2026-11-26T08:00:00Z"),
            ("2026-11-26T10:00:00", "2026-11-26T10:00:00Z"),
            ("2026-11-26", "2026-11-26T00:00:00Z"),
            ("1764151200", "2025-11-26T10:00:00Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(since(text, now).map(|time| time.to_string()).as_deref(), Ok(expected), "{text}");
        }
        for text in ["", "yesterday", "10x", "m", "1h m"] {
            assert!(since(text, now).is_err(), "{text}");
        }
    }
}
