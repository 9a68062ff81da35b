//! A command line of a task, taken apart: what is joined with `&&`, variables before it, and the words.

use crate::diagnostic::shell_word;
use crate::stack::shellwords;

/// One command of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// The words, quotes removed.
    pub(super) words: Vec<String>,
    /// Its text, as it is written.
    pub(super) text: String,
    /// Variables that are set for it: `NAME=value`.
    pub(super) variables: Vec<String>,
    /// Whether the shell does more with it: pipes, redirections, substitutions.
    pub(super) is_more: bool,
}

impl Line {
    pub(super) fn of_words(words: &[String]) -> Self {
        let text = words.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ");
        Self { words: words.to_vec(), text, ..Self::default() }
    }
}

/// The commands of a line, in order.
pub(super) fn lines(text: &str) -> Vec<Line> {
    parts(text).into_iter().map(|part| one(&part)).filter(|line| !line.words.is_empty()).collect()
}

/// Splits at `&&`, `;` and line ends outside of quotes.
fn parts(text: &str) -> Vec<String> {
    let (mut parts, mut current, mut quote) = (Vec::new(), String::new(), None::<char>);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (None, '\\') | (Some('"'), '\\') => {
                current.push(letter);
                current.extend(letters.next());
                continue;
            }
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None, ';' | '\n') => {
                parts.push(std::mem::take(&mut current));
                continue;
            }
            (None, '&') if letters.peek() == Some(&'&') => {
                letters.next();
                parts.push(std::mem::take(&mut current));
                continue;
            }
            _ => {}
        }
        current.push(letter);
    }
    parts.push(current);
    parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

fn one(text: &str) -> Line {
    let split = shellwords::split(text).ok();
    let is_more = split.as_ref().is_some_and(|it| it.cut_at.is_some());
    let words: Vec<String> = split.map_or_else(|| text.split_whitespace().map(str::to_owned).collect(), |it| it.words);
    let is_variable = |word: &&String| {
        word.split_once('=')
            .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_'))
    };
    let variables: Vec<String> = words.iter().take_while(is_variable).cloned().collect();
    let words = words.into_iter().skip(variables.len()).collect();
    Line { words, text: text.to_owned(), variables, is_more }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart_outside_of_quotes() {
        let found = lines("A=1 alembic upgrade head && bash -c 'a && b'; echo \"x; y\"");
        let words: Vec<Vec<&str>> = found.iter().map(|it| it.words.iter().map(String::as_str).collect()).collect();
        assert_eq!(words, [vec!["alembic", "upgrade", "head"], vec!["bash", "-c", "a && b"], vec!["echo", "x; y"]]);
        assert_eq!(found[0].variables, ["A=1"]);
        assert!(lines("pg_dump x > y.sql")[0].is_more);
    }
}
