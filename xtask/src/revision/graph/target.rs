//! The text of a target, taken apart: `BRANCH@NAME`, `[BRANCH@][NAME]±N`, `FROM:TO`.

use super::build::ILLEGAL_CHARACTERS;
use super::error::GraphError;

/// The most characters a revision identifier may have: the width of `alembic_version.version_num`.
pub const MAX_REVISION_LENGTH: usize = 32;

/// Words that targets give a meaning of their own.
const RESERVED: [&str; 4] = ["head", "heads", "base", "current"];

/// A relative target: so many steps up or down from a name, or from what is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Relative<'a> {
    pub(super) branch: Option<&'a str>,
    pub(super) symbol: Option<&'a str>,
    pub(super) steps: i64,
}

impl<'a> Relative<'a> {
    /// Reads a target as Alembic's `_relative_destination` does: `(?:(.+?)@)?(\w+)?((?:\+|-)\d+)`, matched at the
    /// start of the text; what follows the number is ignored.
    pub(super) fn parse(target: &'a str) -> Option<Self> {
        let branched = target.match_indices('@').filter(|(at, _)| *at > 0 && !target[..*at].contains('\n'));
        for (at, _) in branched {
            if let Some((symbol, steps)) = symbol_and_steps(&target[at + 1..]) {
                return Some(Self { branch: Some(&target[..at]), symbol, steps });
            }
        }
        symbol_and_steps(target).map(|(symbol, steps)| Self { branch: None, symbol, steps })
    }
}

fn symbol_and_steps(text: &str) -> Option<(Option<&str>, i64)> {
    let end = text.find(|it: char| !(it.is_alphanumeric() || it == '_')).unwrap_or(text.len());
    let (symbol, rest) = text.split_at(end);
    let sign = match rest.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let digits = &rest[1..];
    let digits = &digits[..digits.find(|it: char| !it.is_ascii_digit()).unwrap_or(digits.len())];
    if digits.is_empty() {
        return None;
    }
    // No history is as long as the largest number, so a larger one may as well be that.
    let steps = digits.parse::<i64>().unwrap_or(i64::MAX);
    Some(((!symbol.is_empty()).then_some(symbol), sign * steps))
}

/// `BRANCH@NAME` at the first `@`.
pub(super) fn split_branch(spec: &str) -> (Option<&str>, &str) {
    match spec.split_once('@') {
        Some((branch, name)) => (Some(branch), name),
        None => (None, spec),
    }
}

/// A negative whole number as Python's `int()` reads it, without its sign; nothing else.
pub(super) fn negative(text: &str) -> Option<i64> {
    let digits = text.trim().strip_prefix('-')?;
    let well_formed = !digits.starts_with('_')
        && !digits.ends_with('_')
        && !digits.contains("__")
        && digits.bytes().any(|it| it.is_ascii_digit())
        && digits.bytes().all(|it| it.is_ascii_digit() || it == b'_');
    let number = well_formed.then(|| digits.replace('_', "").parse().unwrap_or(i64::MAX))?;
    (number > 0).then_some(number)
}

/// `FROM:TO`, as `--sql` and `history` take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetRange<'a> {
    /// Where to start; nothing where no colon was written or nothing stood before it.
    pub from: Option<&'a str>,
    /// Where to go; may be empty.
    pub to: &'a str,
    /// Whether there was a colon at all.
    pub is_range: bool,
}

impl<'a> TargetRange<'a> {
    /// Takes a target apart.
    ///
    /// # Errors
    ///
    /// More than one colon.
    pub fn parse(target: &'a str) -> Result<Self, GraphError> {
        let Some((from, to)) = target.split_once(':') else {
            return Ok(Self { from: None, to: target, is_range: false });
        };
        if to.contains(':') {
            return Err(GraphError::malformed(target, "a range is written FROM:TO, with one colon"));
        }
        Ok(Self { from: (!from.is_empty()).then_some(from), to, is_range: true })
    }
}

/// Whether a new revision or label may be called so; the answer is the reason why not.
pub(super) fn objection(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("it is empty".into());
    }
    if RESERVED.contains(&name) {
        return Some(format!("`{name}` has a meaning of its own in targets"));
    }
    if let Some(illegal) = name.chars().find(|it| ILLEGAL_CHARACTERS.contains(it)) {
        return Some(format!("`{illegal}` has a meaning of its own in targets"));
    }
    if name.chars().any(|it| it.is_whitespace() || it.is_control() || it == ',') {
        return Some("white space and commas separate names in the header of a revision".into());
    }
    let length = name.chars().count();
    (length > MAX_REVISION_LENGTH)
        .then(|| format!("it has {length} characters, and `alembic_version` has room for {MAX_REVISION_LENGTH}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relative(target: &str) -> Option<(Option<&str>, Option<&str>, i64)> {
        Relative::parse(target).map(|it| (it.branch, it.symbol, it.steps))
    }

    #[test]
    fn relative_targets() {
        assert_eq!(relative("+2"), Some((None, None, 2)));
        assert_eq!(relative("abc-1"), Some((None, Some("abc"), -1)));
        assert_eq!(relative("br@abc+3"), Some((Some("br"), Some("abc"), 3)));
        assert_eq!(relative("br@-1"), Some((Some("br"), None, -1)));
        assert_eq!(relative("a@b@c+1"), Some((Some("a@b"), Some("c"), 1)));
    }

    #[test]
    fn what_follows_the_number_is_ignored() {
        assert_eq!(relative("+1x"), Some((None, None, 1)));
        assert_eq!(relative("a+1@b"), Some((None, Some("a"), 1)));
    }

    #[test]
    fn no_relative_targets() {
        for target in ["", "head", "v1.0+1", "@-", "-", "br@head", " -1", "é.+1"] {
            assert_eq!(relative(target), None, "{target}");
        }
    }

    #[test]
    fn an_empty_branch_is_none() {
        assert_eq!(relative("@+1"), None);
        assert_eq!(relative("@@+1"), Some((Some("@"), None, 1)));
    }

    #[test]
    fn a_number_beyond_all_bounds_is_the_largest() {
        assert_eq!(relative("+99999999999999999999"), Some((None, None, i64::MAX)));
        assert_eq!(negative("-99999999999999999999"), Some(i64::MAX));
    }

    #[test]
    fn negative_numbers_as_python_reads_them() {
        assert_eq!(negative(" -1_0 "), Some(10));
        for text in ["-0", "1", "-_1", "-1_", "-1__0", "-", "--1", "-a"] {
            assert_eq!(negative(text), None, "{text}");
        }
    }

    #[test]
    fn ranges() {
        assert_eq!(TargetRange::parse("a:b"), Ok(TargetRange { from: Some("a"), to: "b", is_range: true }));
        assert_eq!(TargetRange::parse(":b"), Ok(TargetRange { from: None, to: "b", is_range: true }));
        assert_eq!(TargetRange::parse("b"), Ok(TargetRange { from: None, to: "b", is_range: false }));
        assert!(TargetRange::parse("a:b:c").is_err());
    }

    #[test]
    fn names_that_cannot_be_given() {
        for name in ["", "head", "a-b", "a b", "a,b", &"x".repeat(33)] {
            assert!(objection(name).is_some(), "{name}");
        }
        assert_eq!(objection("20261123101530"), None);
    }
}
