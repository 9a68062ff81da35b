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

    /// A name beside this one, for the time of a change: with this behind it, within the 63 bytes of the server.
    #[must_use]
    pub fn aside(&self, suffix: &str) -> Self {
        let mut end = self.name.len().min(63 - suffix.len());
        while !self.name.is_char_boundary(end) {
            end -= 1;
        }
        self.sibling(format!("{}{suffix}", &self.name[..end]))
    }

    /// Which of these names a person means: `name`, looked for in `public` first and then in all schemas, or `schema.name`.
    pub fn meant<'n>(told: &str, names: impl Iterator<Item = &'n Self>) -> Option<&'n Self> {
        let names: Vec<&Self> = names.collect();
        match told.split_once('.') {
            Some((schema, name)) => names.into_iter().find(|it| it.schema == schema && it.name == name),
            None => {
                let all = names.into_iter().filter(|it| it.name == told);
                all.min_by_key(|it| it.schema != "public")
            }
        }
    }

    /// The default of a column that counts with this sequence, as the server prints it.
    pub fn next_value(&self) -> String {
        format!("nextval({}::regclass)", sql::literal(&self.to_string()))
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
        assert_eq!(QualifiedName::new("lab", "mood").aside("_old"), QualifiedName::new("lab", "mood_old"));
        let long = QualifiedName::public(format!("{}a", "é".repeat(31)));
        assert_eq!((long.name.len(), long.aside("_old").name), (63, format!("{}_old", "é".repeat(29))));
    }

    #[test]
    fn a_name_without_a_schema_is_that_in_public_where_there_is_one() {
        let names = [QualifiedName::new("lab", "run"), QualifiedName::public("run"), QualifiedName::new("lab", "kit")];
        let meant = |told| QualifiedName::meant(told, names.iter()).map(ToString::to_string);
        assert_eq!(meant("run").as_deref(), Some("public.run"));
        assert_eq!(meant("lab.run").as_deref(), Some("lab.run"));
        assert_eq!(meant("kit").as_deref(), Some("lab.kit"));
        assert_eq!(meant("public.kit"), None);
    }
}
