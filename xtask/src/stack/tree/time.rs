//! Days and times without quotes.

/// What Go makes of a text that its YAML library takes for a time: `2026-11-27`, with or without a time of day.
/// `None` for any other text.
pub(super) fn written(text: &str) -> Option<String> {
    let (day, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some((&text[at..=at], &text[at + 1..]))),
        None => (text, None),
    };
    let mut parts = day.split('-');
    let (year, month, date) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    let (year, month, date) = (number(year, 4)?, number(month, 2)?, number(date, 2)?);
    if !(1..=12).contains(&month) || date == 0 || date > days(year, month) {
        return None;
    }
    let clock = match time {
        None => "00:00:00Z".to_owned(),
        Some((" ", time)) => format!("{}Z", clock(time)?),
        Some((_, time)) => {
            let at = time.find(['Z', '+', '-'])?;
            format!("{}{}", clock(&time[..at])?, zone(&time[at..])?)
        }
    };
    Some(format!("{year:04}-{month:02}-{date:02}T{clock}"))
}

fn number(digits: &str, most: usize) -> Option<u32> {
    let is_number = (1..=most).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}

fn days(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn clock(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut parts = whole.split(':').map(|part| number(part, 2));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let fraction = match fraction {
        Some(digits) => {
            number(digits.get(..9).unwrap_or(digits), 9)?;
            digits.trim_end_matches('0')
        }
        None => "",
    };
    let dot = if fraction.is_empty() { "" } else { "." };
    Some(format!("{hour:02}:{minute:02}:{second:02}{dot}{fraction}"))
}

fn zone(text: &str) -> Option<String> {
    if text == "Z" {
        return Some(text.to_owned());
    }
    let (hours, minutes) = text[1..].split_once(':')?;
    let is_zone = hours.len() == 2 && minutes.len() == 2 && number(hours, 2)? < 24 && number(minutes, 2)? < 60;
    // Greenwich is written in one way.
    is_zone.then(|| if &text[1..] == "00:00" { "Z".to_owned() } else { text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn times_are_those_of_the_reference() {
        let cases = [
            ("2026-11-27", Some("2026-11-27T00:00:00Z")),
            ("2026-1-2", Some("2026-01-02T00:00:00Z")),
            ("2026-11-27T10:00:00Z", Some("2026-11-27T10:00:00Z")),
            ("2026-11-27t1:2:3.50+02:00", Some("2026-11-27T01:02:03.5+02:00")),
            ("2026-11-27 10:00:00", Some("2026-11-27T10:00:00Z")),
            ("2001-12-14 21:59:43.10 -5", None),
            ("2026-11-27T10:00:00", None),
            ("2026-02-29", None),
            ("2024-02-29", Some("2024-02-29T00:00:00Z")),
            ("26-11-27", None),
            ("2026-11-27-1", None),
            ("5432-80-82", None),
        ];
        for (text, expected) in cases {
            assert_eq!(written(text).as_deref(), expected, "{text}");
        }
    }
}
