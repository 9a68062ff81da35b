//! Domains.

use serde::{Deserialize, Serialize};

use super::chosen_name::object_name;
use super::objects::named;
use super::{Objects, Privileges, QualifiedName};

/// `CREATE DOMAIN`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Domain {
    /// Its name.
    pub name: QualifiedName,
    /// The type below it, as `format_type` prints it.
    pub base_type: String,
    /// The collation, where it is not that of the type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collation: Option<QualifiedName>,
    /// Whether it refuses NULL.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_null: bool,
    /// The name of the constraint behind this, where the server keeps one (PostgreSQL 17).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<String>,
    /// The default, as the server prints it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// What holds for each value.
    #[serde(skip_serializing_if = "Objects::is_empty")]
    pub checks: Objects<DomainCheck>,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Grants.
    #[serde(skip_serializing_if = "Privileges::is_default")]
    pub privileges: Privileges,
}

impl Domain {
    /// The name of the constraint that refuses NULL, where it is not the one that the server gives it by itself.
    pub fn chosen_not_null(&self) -> Option<&str> {
        self.required.as_deref().filter(|it| self.not_null && !is_usual(it, &self.name))
    }

    /// Whether the constraints of both that refuse NULL have the same name, or names that the server chose.
    pub fn has_not_null_of(&self, other: &Self) -> bool {
        let (Some(own), Some(others)) = (&self.required, &other.required) else { return true };
        own == others || is_usual(own, &self.name) && is_usual(others, &self.name)
    }
}

/// Whether the server calls the constraint so: where the name is taken already, with a number behind it.
fn is_usual(constraint: &str, domain: &QualifiedName) -> bool {
    let plain = constraint.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let label = format!("not_null{}", &constraint[plain.len()..]);
    constraint == object_name(&domain.name, None, &label, |_| false)
}

/// A check of a domain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DomainCheck {
    /// Its name.
    pub name: String,
    /// As the server prints it: `(VALUE > 0)`.
    pub expression: String,
    /// Values that were there before have not been checked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_valid: bool,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

named!(Domain: QualifiedName, DomainCheck: String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_that_somebody_gave_is_said() {
        let domain = |required: &str| Domain {
            name: QualifiedName::public("code"),
            not_null: true,
            required: Some(required.to_owned()),
            ..Domain::default()
        };
        assert_eq!(domain("code_not_null").chosen_not_null(), None);
        assert_eq!(domain("code_not_null1").chosen_not_null(), None);
        assert_eq!(domain("filled").chosen_not_null(), Some("filled"));
        assert!(domain("code_not_null").has_not_null_of(&domain("code_not_null1")));
        assert!(!domain("filled").has_not_null_of(&domain("code_not_null")));
        assert!(domain("filled").has_not_null_of(&Domain { required: None, ..domain("x") }), "servers before 17");
    }
}
