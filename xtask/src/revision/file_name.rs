//! `<version>_<slug>.up.sql`: the name of a revision's file, as sqlx reads it too.

/// Which of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `.up.sql`
    Up,
    /// `.down.sql`
    Down,
}

impl Direction {
    /// `up` or `down`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// The parts of a file name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName<'a> {
    /// The number, with leading zeros as written.
    pub version: &'a str,
    /// The same as a number, which is how sqlx compares versions.
    pub number: i64,
    /// What stands between the number and `.up.sql`.
    pub slug: &'a str,
    /// Which of the two files.
    pub direction: Direction,
}

impl<'a> FileName<'a> {
    /// Takes a name apart. `Ok(None)` for a file that is no SQL at all; the error says what is wrong with one that is.
    ///
    /// # Errors
    /// The reason, to stand after "the file name".
    pub fn parse(name: &'a str) -> Result<Option<Self>, &'static str> {
        let Some(stem) = name.strip_suffix(".sql") else { return Ok(None) };
        let (stem, direction) = match (stem.strip_suffix(".up"), stem.strip_suffix(".down")) {
            (Some(stem), _) => (stem, Direction::Up),
            (_, Some(stem)) => (stem, Direction::Down),
            _ => return Err("ends in neither `.up.sql` nor `.down.sql`"),
        };
        let Some((version, slug)) = stem.split_once('_') else { return Err("has no `_` after its version") };
        let is_number = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            return Err("does not begin with a number");
        }
        // sqlx keeps versions as 64-bit signed integers.
        let Ok(number) = version.parse() else { return Err("begins with a number that is too large") };
        if slug.is_empty() {
            return Err("has nothing after its version");
        }
        Ok(Some(Self { version, number, slug, direction }))
    }
}

/// A message as the part of a file name: lower case, words joined by `_`, at most 40 characters cut at a word.
pub fn slug(message: &str) -> String {
    let mut slug = String::new();
    for word in message.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let word = word.to_lowercase();
        if !slug.is_empty() && slug.chars().count() + word.chars().count() >= 40 {
            break;
        }
        if !slug.is_empty() {
            slug.push('_');
        }
        slug.extend(word.chars().take(40));
    }
    if slug.is_empty() { "revision".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let name = FileName::parse("0012_add_names.up.sql").expect("valid").expect("SQL");
        assert_eq!((name.version, name.number, name.slug, name.direction), ("0012", 12, "add_names", Direction::Up));
        assert_eq!(FileName::parse("README.md"), Ok(None));
    }

    #[test]
    fn what_sqlx_would_not_read_is_refused() {
        for name in ["a_b.up.sql", "1.up.sql", "1_a.sql", "1_.up.sql", "99999999999999999999_a.up.sql", "_a.down.sql"] {
            assert!(FileName::parse(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_slug_is_short_and_plain() {
        assert_eq!(slug("Add the Fourth, table!"), "add_the_fourth_table");
        assert_eq!(slug("…"), "revision");
        assert_eq!(slug("../../etc/passwd"), "etc_passwd");
        let long = slug("one two three four five six seven eight nine ten eleven");
        assert_eq!(long, "one_two_three_four_five_six_seven_eight");
    }
}
