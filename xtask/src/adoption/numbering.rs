//! Versions for file names: numbers that grow along the history, so that sqlx accepts the folder.

/// Gives each script its version in turn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Versions {
    last: i64,
}

impl Versions {
    /// After those that are there.
    pub fn after(last: Option<i64>) -> Self {
        Self { last: last.unwrap_or_default() }
    }

    /// The version of the next script: the time when it was made, or, where that is not after the one before, the next
    /// second. Without any time it is the next number.
    pub fn next(&mut self, created: Option<&str>) -> String {
        let wanted = created.and_then(date_version).unwrap_or_default();
        self.last = if wanted > self.last { wanted } else { following(self.last) };
        if self.last < 10_000 { format!("{:04}", self.last) } else { self.last.to_string() }
    }
}

/// `2024-03-01 10:15:30.123+01:00` as `20240301101530`.
fn date_version(created: &str) -> Option<i64> {
    let digits: String = created.chars().take_while(|it| !matches!(it, '.' | '+' | 'Z')).collect();
    let numbers: Vec<&str> = digits.split(|it: char| !it.is_ascii_digit()).filter(|it| !it.is_empty()).collect();
    let (year, month, day) = match numbers[..] {
        [year, month, day, ..] if year.len() == 4 => (year, month, day),
        _ => return None,
    };
    let part = |at: usize| numbers.get(at).copied().unwrap_or("0");
    let time = [month, day, part(3), part(4), part(5)].map(|it| it.parse::<i64>().unwrap_or(99));
    let in_range = time[0] <= 12 && time[1] <= 31 && time[2] <= 23 && time[3] <= 59 && time[4] <= 59;
    if !in_range {
        return None;
    }
    let year: i64 = year.parse().ok()?;
    Some(time.iter().fold(year, |number, part| number * 100 + part))
}

/// The next number; the next second where it is a time.
fn following(last: i64) -> i64 {
    if last < 19_700_101_000_000 {
        return last + 1;
    }
    let (second, minute, hour) = (last % 100, last / 100 % 100, last / 10_000 % 100);
    match (second, minute, hour) {
        (59, 59, 23) => last + 1,
        (59, 59, _) => last + 10_000 - 5959,
        (59, ..) => last + 100 - 59,
        _ => last + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_become_versions_that_grow() {
        let mut versions = Versions::default();
        let given =
            [None, Some("2024-03-01 10:59:59.5"), Some("2023-01-01"), None, Some("2024-03-02T00:00:00Z"), Some("x")];
        let found: Vec<String> = given.into_iter().map(|created| versions.next(created)).collect();
        let expected =
            ["0001", "20240301105959", "20240301110000", "20240301110001", "20240302000000", "20240302000001"];
        assert_eq!(found, expected);
        assert_eq!(Versions::after(Some(7)).next(None), "0008");
        assert_eq!(date_version("2024-13-01"), None);
    }
}
