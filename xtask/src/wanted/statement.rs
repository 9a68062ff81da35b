//! What models and files state, as the server reads it.

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::{QualifiedName, Schema};
use crate::sqlmodel::{Metadata, Table};

/// What is stated.
#[derive(Clone, Debug, Default)]
pub struct Statement {
    /// The schema that models and files make in a database with nothing else.
    pub schema: Schema,
    /// Constraints whose names the server chose, by table and name.
    pub unnamed: BTreeSet<(QualifiedName, String)>,
    /// Names that files create, whatever they are of.
    pub created: BTreeSet<String>,
    /// What Python gives new objects, as SQL, by table and column.
    pub python_defaults: BTreeMap<(QualifiedName, String), String>,
}

impl Statement {
    /// Of models, which made this schema.
    pub fn of(metadata: &Metadata, schema: Schema, default_schema: &str, created: BTreeSet<String>) -> Self {
        let (mut unnamed, mut python_defaults) = (BTreeSet::new(), BTreeMap::new());
        for table in &metadata.tables {
            let schema = table.schema.as_deref().unwrap_or(default_schema);
            let name = QualifiedName::new(schema, table.name.clone());
            unnamed.extend(nameless(table).map(|constraint| (name.clone(), constraint.to_owned())));
            let defaults = table.columns.iter().filter_map(|it| Some((it.name.clone(), it.python_default.clone()?)));
            python_defaults.extend(defaults.map(|(column, value)| ((name.clone(), column), value)));
        }
        Self { schema, unnamed, created, python_defaults }
    }
}

/// Constraints to which the model gives no name, by those that the server chooses.
fn nameless(table: &Table) -> impl Iterator<Item = &str> {
    let keys = table.primary_key.iter().chain(&table.uniques).map(|it| &it.named);
    let foreign = table.foreign_keys.iter().map(|it| &it.named);
    let rest = table.checks.iter().map(|it| &it.named).chain(table.excludes.iter().map(|it| &it.named));
    keys.chain(foreign).chain(rest).filter(|named| named.name.is_none()).map(|named| named.pg_name.as_str())
}
