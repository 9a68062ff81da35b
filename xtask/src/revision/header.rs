//! The header of an up file: the comment block that makes it a revision.

use std::ops::Range;

/// The words of the header that mean something.
const KEYS: [&str; 4] = ["revision", "revises", "depends-on", "branch-labels"];

/// Spellings that a person is likely to try, and the key each one means.
const NEAR_MISSES: [(&str, &str); 8] = [
    ("down-revision", "revises"),
    ("down_revision", "revises"),
    ("revise", "revises"),
    ("revision-id", "revision"),
    ("depends_on", "depends-on"),
    ("depends", "depends-on"),
    ("branch_labels", "branch-labels"),
    ("branch-label", "branch-labels"),
];

/// What a header says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The first line of `-- no-transaction`: the statements run one by one, each on its own.
    pub no_transaction: bool,
    /// The first comment line that is no key.
    pub message: Option<String>,
    /// `revision:`
    pub revision: Option<Value>,
    /// `revises:`; `None` where the line is missing, empty for a base.
    pub revises: Option<Vec<Value>>,
    /// `depends-on:`
    pub depends_on: Vec<Value>,
    /// `branch-labels:`
    pub branch_labels: Vec<Value>,
}

/// A word of the header and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The word.
    pub text: String,
    /// Its byte range in the file.
    pub span: Range<usize>,
}

/// Something wrong in a header, and where, as a byte range in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderFault {
    /// The same key twice.
    Twice(&'static str, Range<usize>),
    /// A word that is nearly a key.
    NearMiss {
        /// What stands there.
        found: String,
        /// What is meant.
        meant: &'static str,
        /// Where.
        span: Range<usize>,
    },
    /// `revision:` without an id, or with several.
    NotOneRevision(Range<usize>),
}

impl Header {
    /// Reads the comment block at the top of a text; the first line that is no comment ends it.
    pub fn parse(text: &str) -> (Self, Vec<HeaderFault>) {
        let mut header = Self::default();
        let mut faults = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let Some(comment) = line.trim_end().strip_prefix("--") else { break };
            let words = comment.trim();
            let offset = start + 2 + (comment.len() - comment.trim_start().len());
            if start == 0 && words == "no-transaction" {
                header.no_transaction = true;
            } else if let Some((key, value)) = words.split_once(':') {
                let value_at = offset + key.len() + 1;
                header.take(key, value, offset, value_at, &mut faults);
            } else {
                header.take_message(words);
            }
        }
        (header, faults)
    }

    /// Where one of these words stands as a parent, a dependency, a label or the id.
    pub fn find(&self, words: &[&str]) -> Option<Range<usize>> {
        let values =
            self.revises.iter().flatten().chain(&self.depends_on).chain(&self.branch_labels).chain(&self.revision);
        let mut values = values.filter(|value| words.contains(&value.text.as_str()));
        values.next().map(|value| value.span.clone())
    }

    fn take(&mut self, key: &str, value: &str, key_at: usize, value_at: usize, faults: &mut Vec<HeaderFault>) {
        let span = key_at..value_at + value.len();
        let Some(known) = KEYS.into_iter().find(|known| *known == key) else {
            match NEAR_MISSES.iter().find(|(miss, _)| miss.eq_ignore_ascii_case(key)) {
                Some(&(_, meant)) => faults.push(HeaderFault::NearMiss { found: key.to_owned(), meant, span }),
                None => self.take_message(&format!("{key}:{value}")),
            }
            return;
        };
        let values = values(value, value_at);
        let is_twice = match known {
            "revision" => self.revision.is_some(),
            "revises" => self.revises.is_some(),
            "depends-on" => !self.depends_on.is_empty(),
            _ => !self.branch_labels.is_empty(),
        };
        if is_twice {
            faults.push(HeaderFault::Twice(known, span));
            return;
        }
        match known {
            "revision" if values.len() != 1 => faults.push(HeaderFault::NotOneRevision(span)),
            "revision" => self.revision = values.into_iter().next(),
            "revises" => self.revises = Some(values),
            "depends-on" => self.depends_on = values,
            _ => self.branch_labels = values,
        }
    }

    fn take_message(&mut self, words: &str) {
        if self.message.is_none() && !words.is_empty() {
            self.message = Some(words.to_owned());
        }
    }
}

fn values(text: &str, start: usize) -> Vec<Value> {
    let mut found = Vec::new();
    let mut at = start;
    for part in text.split(',') {
        let word = part.trim();
        if !word.is_empty() {
            let offset = at + (part.len() - part.trim_start().len());
            found.push(Value { text: word.to_owned(), span: offset..offset + word.len() });
        }
        at += part.len() + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[Value]) -> Vec<&str> {
        values.iter().map(|value| value.text.as_str()).collect()
    }

    #[test]
    fn a_full_header_is_read() {
        let text = "-- no-transaction\n-- Join: both sides\n--\n-- revision: m9\n-- revises: b1, c2\n-- depends-on: x\n\
                    -- branch-labels: left\n\n-- revises: not the header any more\nselect 1;\n";
        let (header, faults) = Header::parse(text);
        assert!(header.no_transaction);
        assert_eq!(header.message.as_deref(), Some("Join: both sides"));
        let revises = header.revises.expect("revises");
        assert_eq!(texts(&revises), ["b1", "c2"]);
        assert_eq!(&text[revises[1].span.clone()], "c2");
        assert_eq!(texts(&header.depends_on), ["x"]);
        assert_eq!(texts(&header.branch_labels), ["left"]);
        assert_eq!(faults, []);
    }

    #[test]
    fn no_transaction_counts_on_the_first_line_only() {
        let (header, _) = Header::parse("-- a message\n-- no-transaction\n");
        assert!(!header.no_transaction, "sqlx looks at the first bytes only, and so do we");
    }

    #[test]
    fn an_empty_revises_is_a_base_and_a_missing_one_is_nothing() {
        assert_eq!(Header::parse("-- m\n-- revises:\n").0.revises, Some(vec![]));
        assert_eq!(Header::parse("-- m\n").0.revises, None);
    }

    #[test]
    fn near_misses_and_doubles_are_faults() {
        let text = "-- m\n-- down_revision: a\n-- revision: b\n-- revision: c\n";
        let (_, faults) = Header::parse(text);
        assert!(
            matches!(&faults[0], HeaderFault::NearMiss { meant: "revises", span, .. } if text[span.clone()] == *"down_revision: a")
        );
        assert!(matches!(&faults[1], HeaderFault::Twice("revision", _)));
    }
}
