//! `NOT NULL` as PostgreSQL 18 keeps it: a constraint with a name.

use serde::{Deserialize, Serialize};

use super::QualifiedName;
use super::chosen_name::object_name;

/// What the server calls it, behind the table and the column.
const LABEL: &str = "not_null";

/// What there is to say of a `NOT NULL`, beyond that it is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NotNull {
    /// Its name, which no other constraint of the table has.
    pub name: String,
    /// `NO INHERIT`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_inherit: bool,
    /// Rows that were there before have not been checked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_valid: bool,
    /// A parent table demands it, too, so that it cannot be dropped or renamed here.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub inherited: bool,
    /// It is there only because a parent table demands it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub only_inherited: bool,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl NotNull {
    /// Whether `NOT NULL` and no more says it: with the name that the server gives it by itself.
    pub fn is_usual(&self, table: &QualifiedName, column: &str) -> bool {
        self.is_called(table, column, LABEL) && !self.no_inherit && !self.not_valid
    }

    /// Whether both have the same name, or names that the server chose: of two tables that would get the same one, the second gets
    /// a number, and which is the second says nothing.
    pub fn has_name_of(&self, other: &Self, table: &QualifiedName, column: &str) -> bool {
        let is_chosen = |it: &Self| {
            let number = it.name.len() - it.name.trim_end_matches(|letter: char| letter.is_ascii_digit()).len();
            let number = &it.name[it.name.len() - number..];
            it.is_called(table, column, &format!("{LABEL}{number}"))
        };
        self.name == other.name || is_chosen(self) && is_chosen(other)
    }

    fn is_called(&self, table: &QualifiedName, column: &str, label: &str) -> bool {
        self.name == object_name(&table.name, Some(column), label, |_| false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(name: &str) -> NotNull {
        NotNull { name: name.to_owned(), ..NotNull::default() }
    }

    #[test]
    fn the_name_that_the_server_chooses_goes_without_saying() {
        let table = QualifiedName::new("lab", "run");
        assert!(called("run_at_not_null").is_usual(&table, "at"));
        assert!(!called("run_at_not_null1").is_usual(&table, "at") && !called("required").is_usual(&table, "at"));
        assert!(!NotNull { no_inherit: true, ..called("run_at_not_null") }.is_usual(&table, "at"));
    }

    #[test]
    fn numbers_of_chosen_names_do_not_count() {
        let table = QualifiedName::public("run");
        let same = |one: &str, other: &str| called(one).has_name_of(&called(other), &table, "at");
        assert!(same("run_at_not_null", "run_at_not_null12") && same("mine", "mine"));
        assert!(!same("run_at_not_null", "old_at_not_null") && !same("mine1", "mine2"));
    }
}
