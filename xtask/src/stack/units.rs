//! Amounts and spans of time, as Go and Docker write them.

use std::time::Duration;

/// Reads an amount of bytes such as `64m`, `1.5 GiB` or `100`: binary units, as `units.RAMInBytes` of Docker does.
pub(super) fn bytes(text: &str) -> Option<i64> {
    let split = text.rfind(|character: char| character.is_ascii_digit() || matches!(character, '.' | ' '))?;
    let suffix = &text[split + 1..];
    let number = if text[split..].starts_with(' ') { &text[..split] } else { &text[..=split] };
    if !number.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '.' | '+')) {
        return None;
    }
    let size: f64 = number.parse().ok()?;
    let factor = match suffix.to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        "p" | "pb" | "pib" => 5,
        _ => return None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "whole bytes, as Go's conversion gives them")]
    Some((size * 1024_f64.powi(factor)) as i64)
}

/// Reads a span of time such as `1m30s` or `1.5h`; `d` and `w` are what newer versions of compose also take.
pub(super) fn duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut total: u128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, behind) = rest.split_at(digits);
        let letters = behind.find(|character: char| character.is_ascii_digit() || character == '.');
        let (unit, behind) = behind.split_at(letters.unwrap_or(behind.len()));
        total = total.saturating_add(nanoseconds(number, unit_in_nanoseconds(unit)?)?);
        rest = behind;
    }
    // Go counts in 63 bits.
    i64::try_from(total).ok().map(|total| Duration::from_nanos(total.unsigned_abs()))
}

/// A number with decimals in nanoseconds, rounded as Go's `ParseDuration` rounds.
fn nanoseconds(number: &str, unit: u64) -> Option<u128> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && decimals.is_empty() {
        return None;
    }
    let parse = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse::<u64>().ok() };
    let decimals = &decimals[..decimals.len().min(18)];
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "as in Go"
    )]
    let fraction = (parse(decimals)? as f64 * (unit as f64 / 10_f64.powi(decimals.len() as i32))) as u128;
    Some(u128::from(parse(whole)?) * u128::from(unit) + fraction)
}

fn unit_in_nanoseconds(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        "w" => 604_800_000_000_000,
        _ => return None,
    })
}

/// A span of time as Go prints it: `1m30s`, `1.5s`, `100ms`, `0s`.
pub(super) fn go_duration(duration: Duration) -> String {
    let nanoseconds = duration.as_nanos();
    let fraction = |unit: u128, name: &str| {
        let (whole, rest) = (nanoseconds / unit, nanoseconds % unit);
        let width = unit.ilog10() as usize;
        let decimals = format!("{rest:0width$}");
        let decimals = decimals.trim_end_matches('0');
        if decimals.is_empty() { format!("{whole}{name}") } else { format!("{whole}.{decimals}{name}") }
    };
    match nanoseconds {
        0 => return "0s".to_owned(),
        1..=999 => return format!("{nanoseconds}ns"),
        1_000..=999_999 => return fraction(1_000, "µs"),
        1_000_000..=999_999_999 => return fraction(1_000_000, "ms"),
        _ => {}
    }
    let minutes = nanoseconds / 60_000_000_000;
    let seconds = go_seconds(nanoseconds % 60_000_000_000);
    match (minutes / 60, minutes % 60) {
        (0, 0) => seconds,
        (0, minutes) => format!("{minutes}m{seconds}"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
    }
}

fn go_seconds(nanoseconds: u128) -> String {
    let decimals = format!("{:09}", nanoseconds % 1_000_000_000);
    let decimals = decimals.trim_end_matches('0');
    let dot = if decimals.is_empty() { "" } else { "." };
    format!("{}{dot}{decimals}s", nanoseconds / 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_in_binary_units() {
        let cases = [
            ("64m", Some(67_108_864)),
            ("256mb", Some(268_435_456)),
            ("1.5 GiB", Some(1_610_612_736)),
            ("1g", Some(1_073_741_824)),
            ("100", Some(100)),
            ("32b", Some(32)),
            ("0.5k", Some(512)),
            ("1e3", Some(1_000)),
            ("-1", None),
            ("m", None),
            ("", None),
            ("1x", None),
            ("1bb", None),
            ("1mi", None),
        ];
        for (text, expected) in cases {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }

    #[test]
    fn spans_of_time_come_back_as_go_prints_them() {
        let cases = [
            ("90s", "1m30s"),
            ("1m", "1m0s"),
            ("1h", "1h0m0s"),
            ("1.5s", "1.5s"),
            ("100ms", "100ms"),
            ("1500us", "1.5ms"),
            ("1500ns", "1.5µs"),
            ("7ns", "7ns"),
            ("0", "0s"),
            ("0s", "0s"),
            ("1h1ns", "1h0m0.000000001s"),
            ("36h", "36h0m0s"),
            (".5s", "500ms"),
            ("1m1.001s", "1m1.001s"),
            ("1.001m", "1m0.06s"),
            ("33.333ms", "33.333ms"),
            ("2d", "48h0m0s"),
        ];
        for (text, expected) in cases {
            assert_eq!(duration(text).map(go_duration).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "5", "s", "5x", "-5s", "1s ", ".s", "1.2.3s", "300y", "99999999999h"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
