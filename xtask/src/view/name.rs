//! The name of a relation, as it is stored, shown, typed and sent.

use std::fmt;

use serde::Deserialize;

use crate::sql::identifier;

/// A schema and a name in it, exactly as the catalogue has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
pub struct RelationName {
    /// The schema.
    pub schema: String,
    /// The name.
    pub name: String,
}

impl RelationName {
    /// Of these two parts.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }

    /// For use in SQL.
    pub fn quoted(&self) -> String {
        format!("{}.{}", identifier(&self.schema), identifier(&self.name))
    }

    /// Whether somebody who types this means it: `name` or `schema.name`, as it is stored or as SQL would have it.
    pub fn is_meant_by(&self, typed: &str) -> bool {
        let as_stored = typed == self.name || typed.split_once('.') == Some((self.schema.as_str(), self.name.as_str()));
        as_stored
            || match sql_parts(typed).as_deref() {
                Some([name]) => *name == self.name,
                Some([schema, name]) => *schema == self.schema && *name == self.name,
                _ => false,
            }
    }
}

impl fmt::Display for RelationName {
    /// With quotes only where SQL cannot do without them, so that it can be typed again.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", shown(&self.schema), shown(&self.name))
    }
}

fn shown(part: &str) -> String {
    let is_plain = part.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && part.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    if is_plain { part.to_owned() } else { identifier(part) }
}

/// The parts of a name in SQL: unquoted ones in lower case, quoted ones as they stand. `None` where it is no name.
fn sql_parts(typed: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = typed;
    loop {
        let (part, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_part(quoted)?,
            None => {
                let end = rest.find('.').unwrap_or(rest.len());
                (rest[..end].to_lowercase(), &rest[end..])
            }
        };
        parts.push(part);
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() => return Some(parts),
            None => return None,
        }
    }
}

/// What stands before the closing quote, and what follows it.
fn quoted_part(text: &str) -> Option<(String, &str)> {
    let mut part = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        part.push_str(before);
        match after.strip_prefix('"') {
            Some(next) => {
                part.push('"');
                rest = next;
            }
            None => return Some((part, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_so_that_they_can_be_typed_again() {
        let names = [
            RelationName::new("public", "runs_2"),
            RelationName::new("Lab", "Site \"A\".x"),
            RelationName::new("public", "größe"),
        ];
        let shown: Vec<String> = names.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["public.runs_2", "\"Lab\".\"Site \"\"A\"\".x\"", "public.\"größe\""]);
        for name in &names {
            assert!(name.is_meant_by(&name.to_string()), "{name}");
            assert!(name.is_meant_by(&name.quoted()), "{name}");
            assert!(name.is_meant_by(&name.name), "{name}");
            assert!(name.is_meant_by(&format!("{}.{}", name.schema, name.name)), "{name}");
        }
    }

    #[test]
    fn unquoted_names_are_folded_and_quoted_ones_are_not() {
        let name = RelationName::new("public", "runs");
        assert!(name.is_meant_by("RUNS") && name.is_meant_by("Public.Runs"));
        for typed in ["\"RUNS\"", "other.runs", "run", "a.public.runs", "\"runs", "\"runs\"x", "", "."] {
            assert!(!name.is_meant_by(typed), "{typed}");
        }
    }
}
