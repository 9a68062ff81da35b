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

/// For programs: to the microsecond, without the noise of binary fractions.
pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

/// `89.3 MB`: powers of 1024, as `du -h` and PostgreSQL count.
pub fn bytes(size: u64) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"];
    let mut number = size as f64;
    let mut unit = 0;
    while number >= 1024.0 && unit + 1 < units.len() {
        number /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{size} bytes") } else { format!("{number:.1} {}", units[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_unit_that_fits() {
        assert_eq!((bytes(17).as_str(), bytes(93_600_000).as_str()), ("17 bytes", "89.3 MB"));
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn times_are_as_fine_as_they_need_to_be() {
        let times = [4, 999, 1000, 3140, 59_999, 125_000, 3_720_000].map(|ms| seconds(Duration::from_millis(ms)));
        assert_eq!(times, ["0.004 s", "0.999 s", "1.0 s", "3.1 s", "1 min 00 s", "2 min 05 s", "1 h 02 min"]);
    }
}
