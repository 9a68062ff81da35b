//! A name in a schema.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::sql;

/// A schema and a name in it, exactly as the catalogue has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct QualifiedName {
    /// The schema.
    pub schema: String,
    /// The name.
    pub name: String,
}

impl QualifiedName {
    /// Of these two parts.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }

    /// In the schema `public`.
    pub fn public(name: impl Into<String>) -> Self {
        Self::new("public", name)
    }

    /// Another name in the same schema.
    #[must_use]
    pub fn sibling(&self, name: impl Into<String>) -> Self {
        Self::new(self.schema.clone(), name)
    }

    /// A name beside this one, for the time of a change: with `_old` behind it, within the 63 bytes of the server.
    #[must_use]
    pub fn aside(&self) -> Self {
        let mut end = self.name.len().min(59);
        while !self.name.is_char_boundary(end) {
            end -= 1;
        }
        self.sibling(format!("{}_old", &self.name[..end]))
    }
}

impl fmt::Display for QualifiedName {
    /// As SQL, in quotes only where it needs them: `public.runs`, `lab."Site A"`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", sql::name(&self.schema), sql::name(&self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_aside_is_another_one_within_the_limit() {
        assert_eq!(QualifiedName::new("lab", "mood").aside(), QualifiedName::new("lab", "mood_old"));
        let long = QualifiedName::public(format!("{}a", "é".repeat(31)));
        assert_eq!((long.name.len(), long.aside().name), (63, format!("{}_old", "é".repeat(29))));
    }
}
