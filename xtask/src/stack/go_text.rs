//! How Go prints values, where compose makes text of them.

use std::fmt::Write as _;

/// A string as Go's `%q` prints it.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        push_quoted(&mut quoted, character);
    }
    quoted.push('"');
    quoted
}

fn push_quoted(quoted: &mut String, character: char) {
    // Writing to a string cannot fail.
    let _ = match character {
        '"' | '\\' => write!(quoted, "\\{character}"),
        '\u{7}' => write!(quoted, "\\a"),
        '\u{8}' => write!(quoted, "\\b"),
        '\u{b}' => write!(quoted, "\\v"),
        '\u{c}' => write!(quoted, "\\f"),
        '\n' => write!(quoted, "\\n"),
        '\r' => write!(quoted, "\\r"),
        '\t' => write!(quoted, "\\t"),
        '\'' => write!(quoted, "'"),
        _ if character.escape_debug().count() == 1 => write!(quoted, "{character}"),
        _ if character.is_ascii() => write!(quoted, "\\x{:02x}", u32::from(character)),
        _ if u32::from(character) < 0x1_0000 => write!(quoted, "\\u{:04x}", u32::from(character)),
        _ => write!(quoted, "\\U{:08x}", u32::from(character)),
    };
}

/// A number as Go's `%v` prints it: the shortest digits that read back as the same number, with an exponent
/// below 1e-4 and from 1e6 on.
pub(super) fn float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let power: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&power) {
        return number.to_string();
    }
    let sign = if power < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", power.abs())
}

/// A number as Go's JSON has it: an exponent below 1e-6 and from 1e21 on, without a zero before its digits.
pub(super) fn json_double(number: f64) -> String {
    json_number(number.abs(), &number.to_string(), &format!("{number:e}"))
}

/// As [`json_double`], with the digits that a number of 32 bits needs.
pub(super) fn json_single(number: f32) -> String {
    let magnitude = f64::from(number.abs());
    json_number(magnitude, &number.to_string(), &format!("{number:e}"))
}

fn json_number(magnitude: f64, plain: &str, scientific: &str) -> String {
    if magnitude == 0.0 || (1e-6..1e21).contains(&magnitude) {
        return plain.to_owned();
    }
    match scientific.split_once('e') {
        Some((digits, power)) if !power.starts_with('-') => format!("{digits}e+{power}"),
        _ => scientific.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_go_does() {
        assert_eq!(quote("a\"\\\n\u{feff}é\u{1}'\u{a0}"), r#""a\"\\\n\ufeffé\x01'\u00a0""#);
    }

    #[test]
    fn prints_numbers_as_go_does() {
        let printed: Vec<_> =
            [1.10, 1e3, 1e21, 0.00001, 17.0, -0.5, 999_999.0, 1e6, 12_345_678.5].into_iter().map(float).collect();
        assert_eq!(printed, ["1.1", "1000", "1e+21", "1e-05", "17", "-0.5", "999999", "1e+06", "1.23456785e+07"]);
    }
}
