//! Types that a column had and nothing has any more: SQLAlchemy made them for the column, so they go with it.

use super::statement::Statement;
use crate::schema::{ObjectId, QualifiedName, Schema};

/// Removes enums and domains that a column of a table uses in the database, and that nothing uses any more.
pub fn without_abandoned(wanted: &mut Schema, stated: &Statement, current: &Schema) {
    let is_abandoned = |name: &QualifiedName| {
        let id = ObjectId::Type(name.clone());
        let was_used = current
            .dependencies
            .on(&id)
            .any(|it| matches!(it, ObjectId::Column(table, _) if current.tables.contains(table)));
        was_used && !stated.created.contains(&name.name) && wanted.dependencies.on(&id).next().is_none()
    };
    let enums: Vec<QualifiedName> = wanted.enums.names().filter(|name| is_abandoned(name)).cloned().collect();
    let domains: Vec<QualifiedName> = wanted.domains.names().filter(|name| is_abandoned(name)).cloned().collect();
    enums.iter().for_each(|name| drop(wanted.enums.remove(name)));
    domains.iter().for_each(|name| drop(wanted.domains.remove(name)));
}
