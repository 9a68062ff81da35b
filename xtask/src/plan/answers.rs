//! What a person decides: which objects were renamed, and what rows that are there get in new columns.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::{Renames, rename_candidates};
use crate::schema::{Column, QualifiedName, Schema};

/// The answers to the questions that two schemas leave open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// What was renamed.
    pub renames: Renames,
    /// What rows that have no value get in a column, as SQL, by table and column of the wanted side.
    pub backfills: BTreeMap<(QualifiedName, String), String>,
    /// Views whose queries differ in nothing but what was renamed: the server writes the new names into them by itself.
    pub followed: BTreeSet<QualifiedName>,
}

impl Answers {
    /// Every rename that is found by likeness, and the usual value of its type for each column that rows need one in.
    pub fn yes_to_all(from: &Schema, to: &Schema) -> Self {
        let mut answers = Self { renames: rename_candidates(from, to), ..Self::default() };
        for (table, column) in
            to.tables.iter().flat_map(|table| table.columns.iter().map(move |column| (table, column)))
        {
            if let Some(value) = usual_value(column).filter(|_| column.not_null) {
                answers.backfills.insert((table.name.clone(), column.name.clone()), value);
            }
        }
        answers
    }

    /// Finds the views that follow renames. `renamed` is what the server makes of the first schema when it renames.
    pub fn follow(&mut self, from: &Schema, renamed: &Schema, to: &Schema) {
        let as_told = self.renames.applied(from);
        let query = |schema: &'_ Schema, name: &QualifiedName| {
            let view = schema.views.get(name).map(|it| it.definition.clone());
            view.or_else(|| schema.materialised_views.get(name).map(|it| it.definition.clone()))
        };
        let names = to.views.names().chain(to.materialised_views.names());
        let follows = |name: &&QualifiedName| {
            let wanted = query(to, name);
            query(renamed, name) == wanted && query(&as_told, name) != wanted
        };
        self.followed = names.filter(follows).cloned().collect();
    }

    /// The first schema of one direction after the renames, and with what follows them.
    pub(super) fn applied(&self, from: &Schema, to: &Schema) -> Schema {
        let mut schema = self.renames.applied(from);
        for name in &self.followed {
            if let (Some(view), Some(other)) = (schema.views.get_mut(name), to.views.get(name)) {
                view.definition.clone_from(&other.definition);
            }
            if let (Some(view), Some(other)) =
                (schema.materialised_views.get_mut(name), to.materialised_views.get(name))
            {
                view.definition.clone_from(&other.definition);
            }
        }
        schema
    }

    /// The same decisions for the way back.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self { renames: self.renames.reversed(), ..self.clone() }
    }
}

/// What a person might take for rows that have no value: the default, or nothing, empty, zero.
pub fn usual_value(column: &Column) -> Option<String> {
    if let Some(default) = &column.default {
        return Some(default.clone());
    }
    let base = column.type_name.split('(').next().unwrap_or_default();
    let value = match base {
        _ if column.type_name.ends_with("[]") => "'{}'",
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => "0",
        "text" | "character varying" | "character" | "bytea" => "''",
        "boolean" => "false",
        "date" => "current_date",
        "json" | "jsonb" => "'{}'",
        "uuid" => "gen_random_uuid()",
        _ if base.starts_with("timestamp") => "now()",
        _ if base.starts_with("time") => "localtime",
        _ if base.starts_with("interval") => "'0'",
        _ => return None,
    };
    Some(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_get_the_default_or_nothing_empty_zero() {
        let value = |type_name: &str| usual_value(&Column::new("a", type_name));
        assert_eq!(value("character varying(20)").as_deref(), Some("''"));
        assert_eq!(value("numeric(10,2)").as_deref(), Some("0"));
        assert_eq!(value("integer[]").as_deref(), Some("'{}'"));
        assert_eq!(value("timestamp(3) without time zone").as_deref(), Some("now()"));
        assert_eq!(value("public.mood"), None, "nobody knows a value of it");
        let column = Column { default: Some("7".to_owned()), ..Column::new("a", "integer") };
        assert_eq!(usual_value(&column).as_deref(), Some("7"));
    }
}
