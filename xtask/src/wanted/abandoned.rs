//! Types that a column had and nothing has any more: SQLAlchemy made them for the column, so they go with it.

use std::collections::BTreeSet;

use super::statement::Statement;
use crate::schema::{ObjectId, QualifiedName, Schema};

/// Removes enums and domains that a column of a table uses in the database, and that nothing uses any more.
pub fn without_abandoned(wanted: &mut Schema, stated: &Statement, current: &Schema) {
    let of_columns = |it: &ObjectId| matches!(it, ObjectId::Column(table, _) if current.tables.contains(table));
    let was_used = types_with_dependants(current, of_columns);
    let is_used = types_with_dependants(wanted, |_| true);
    let is_abandoned = |name: &QualifiedName| {
        was_used.contains(name) && !stated.created.contains(&name.name) && !is_used.contains(name)
    };
    wanted.enums.retain(|it| !is_abandoned(&it.name));
    wanted.domains.retain(|it| !is_abandoned(&it.name));
}

/// The types that such objects need.
fn types_with_dependants(schema: &Schema, counts: impl Fn(&ObjectId) -> bool) -> BTreeSet<QualifiedName> {
    let used = schema.dependencies.iter().filter_map(|edge| match &edge.on {
        ObjectId::Type(name) if counts(&edge.dependent) => Some(name.clone()),
        _ => None,
    });
    used.collect()
}
