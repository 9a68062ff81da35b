//! Regular expressions of Python as PostgreSQL has them, for those that both read alike: a row of characters and sets, of which each
//! that may be repeated ends where the next begins.

use std::collections::BTreeSet;

/// A pattern of the server that has to begin at the first character.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// As PostgreSQL writes it, not quoted.
    pub(super) text: String,
    /// How many groups it has; each takes part in every match.
    pub(super) groups: usize,
}

/// The characters that may stand at a place: these, or all but these.
#[derive(Clone, Default)]
struct Set {
    characters: BTreeSet<char>,
    is_negated: bool,
}

impl Set {
    fn of(character: char) -> Self {
        Self { characters: BTreeSet::from([character]), is_negated: false }
    }

    fn has_none_of(&self, other: &Self) -> bool {
        match (self.is_negated, other.is_negated) {
            (false, false) => self.characters.is_disjoint(&other.characters),
            (true, false) => other.characters.is_subset(&self.characters),
            (false, true) => self.characters.is_subset(&other.characters),
            (true, true) => false,
        }
    }

    fn text(&self) -> String {
        let inner: String = self.characters.iter().map(|it| escaped(*it)).collect();
        match (self.is_negated, self.characters.len()) {
            (false, 1) => inner,
            (false, _) => format!("[{inner}]"),
            (true, _) => format!("[^{inner}]"),
        }
    }
}

/// A character that stands for itself, inside of a set and outside.
fn escaped(character: char) -> String {
    match character {
        '\n' => "\\n".to_owned(),
        _ if character.is_ascii_alphanumeric() || !character.is_ascii() => character.to_string(),
        _ => format!("\\u{:04x}", u32::from(character)),
    }
}

/// The pattern of `re.match(…)`, or with `is_full` of `re.fullmatch(…)`.
pub(super) fn pattern(python: &str, is_full: bool) -> Option<Pattern> {
    let mut letters = python.strip_prefix('^').unwrap_or(python).chars().peekable();
    let (mut text, mut groups, mut is_open) = ("\\A".to_owned(), 0, false);
    let mut items: Vec<(Set, Option<char>)> = Vec::new();
    while let Some(letter) = letters.next() {
        let set = match letter {
            '(' if !is_open && letters.peek() != Some(&'?') => {
                (is_open, groups) = (true, groups + 1);
                text.push('(');
                continue;
            }
            ')' if is_open && !letters.peek().is_some_and(|it| "*+?{".contains(*it)) => {
                is_open = false;
                text.push(')');
                continue;
            }
            '$' if letters.peek().is_none() && !is_open && !is_full => {
                text.push_str("(?=\\n?\\Z)");
                continue;
            }
            '.' => Set { characters: BTreeSet::from(['\n']), is_negated: true },
            '[' => set(&mut letters)?,
            '\\' => Set::of(letters.next().filter(|it| it.is_ascii_punctuation())?),
            '^' | '$' | '*' | '+' | '?' | '{' | '}' | '|' | '(' | ')' | ']' | '\0' => return None,
            other => Set::of(other),
        };
        text.push_str(&set.text());
        let repeats = letters.next_if(|it| "*+?".contains(*it));
        text.extend(repeats);
        items.push((set, repeats));
        if letters.peek().is_some_and(|it| "*+?{".contains(*it)) {
            return None;
        }
    }
    if is_full {
        text.push_str("\\Z");
    }
    let is_clear = |at: usize| {
        let (set, repeats) = &items[at];
        repeats.is_none() || follows(&items[at + 1..]).iter().all(|next| set.has_none_of(next))
    };
    (!is_open && (0..items.len()).all(is_clear)).then_some(Pattern { text, groups })
}

/// What may come next: sets up to the first that has to be there.
fn follows(items: &[(Set, Option<char>)]) -> Vec<&Set> {
    let needed = items.iter().position(|(_, repeats)| !matches!(repeats, Some('*' | '?')));
    items[..needed.map_or(items.len(), |at| at + 1)].iter().map(|(set, _)| set).collect()
}

/// What stands behind `[`.
fn set(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Set> {
    let mut set = Set { is_negated: letters.next_if_eq(&'^').is_some(), ..Set::default() };
    loop {
        let first = match letters.next()? {
            ']' if !set.characters.is_empty() => return Some(set),
            // Where these begin a set, the dialects differ.
            ']' | '[' | '\0' => return None,
            '\\' => letters.next().filter(|it| it.is_ascii_punctuation())?,
            other => other,
        };
        let is_range = letters.peek() == Some(&'-') && letters.clone().nth(1).is_some_and(|it| it != ']');
        if !is_range {
            set.characters.insert(first);
            continue;
        }
        letters.next();
        let last = letters.next()?;
        if !first.is_ascii_alphanumeric() || !last.is_ascii_alphanumeric() || first > last {
            return None;
        }
        set.characters.extend(first..=last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_read_alike_is_written() {
        for (python, expected, groups) in [
            (r"^acct:([^@]+)@(.*)$", r"\Aacct\u003a([^\u0040]+)\u0040([^\n]*)(?=\n?\Z)", 2),
            (r"[a-c]+-\d", "", 0),
            (r"[a-c]+-x?y", r"\A[abc]+\u002dx?y", 0),
            (r"a.b", r"\Aa[^\n]b", 0),
            (r"(\.)x", r"\A(\u002e)x", 1),
            (r"a*ab", "", 0),
            (r"(.*)@(.*)", "", 0),
            (r"x(a|b)", "", 0),
            (r"(a)?", "", 0),
            (r"a+?", "", 0),
            (r"a{2}", "", 0),
            (r"a*b?a", "", 0),
            (r"(?:a)", "", 0),
            (r"a$b", "", 0),
            (r"[]a]", "", 0),
        ] {
            let found = pattern(python, false);
            let expected = (!expected.is_empty()).then(|| Pattern { text: expected.to_owned(), groups });
            assert_eq!(found, expected, "{python}");
        }
        assert_eq!(pattern("a+", true).map(|it| it.text).as_deref(), Some(r"\Aa+\Z"));
    }
}
