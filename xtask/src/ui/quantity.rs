//! Numbers, sizes and times for people.

use std::time::Duration;

/// With a comma between thousands: `1,234,567`.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// With three significant digits, in the units of `pg_size_pretty` (1 kB is 1024 bytes): `16 kB`, `1.25 MB`.
pub fn size(bytes: u64) -> String {
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let units = ["kB", "MB", "GB", "TB", "PB", "EB"];
    // A size has at most 53 bits that matter here.
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    let text = match value {
        value if value < 9.995 => format!("{value:.2}"),
        value if value < 99.95 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    };
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} {}", units[unit])
}

/// To the millisecond below a second, to the second above a minute: `0.042 s`, `3.1 s`, `2 min 05 s`, `1 h 02 min`.
pub fn seconds(duration: Duration) -> String {
    let whole = (duration + Duration::from_millis(500)).as_secs();
    match duration.as_secs_f64() {
        value if value < 0.9995 => format!("{value:.3} s"),
        value if value < 59.95 => format!("{value:.1} s"),
        _ if whole < 3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn sizes_have_three_digits() {
        let sizes = [0, 1023, 1024, 16_384, 1_023_488, 1_310_720, 12_345_678, u64::MAX].map(size);
        assert_eq!(sizes, ["0 bytes", "1023 bytes", "1 kB", "16 kB", "0.98 MB", "1.25 MB", "11.8 MB", "16 EB"]);
    }

    #[test]
    fn times_are_as_fine_as_they_need_to_be() {
        let times = [4, 999, 1000, 3140, 59_999, 125_000, 3_720_000].map(|ms| seconds(Duration::from_millis(ms)));
        assert_eq!(times, ["0.004 s", "0.999 s", "1.0 s", "3.1 s", "1 min 00 s", "2 min 05 s", "1 h 02 min"]);
    }
}
