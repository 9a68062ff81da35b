//! Grants that new tables and views are born with: `ALTER DEFAULT PRIVILEGES` gives them, so they are no change to take back.

use std::collections::BTreeSet;

use crate::schema::{Grant, Privileges, QualifiedName, Schema};

/// Gives tables and views that the database does not have yet, and of which no grants are stated, those of their birth.
pub(super) fn grant(wanted: &mut Schema, current: &Schema) {
    let given = |name: &QualifiedName| -> BTreeSet<Grant> {
        let defaults = current.default_privileges.iter().filter(|it| it.on == "TABLES");
        let here = defaults.filter(|it| it.schema.as_ref().is_none_or(|schema| *schema == name.schema));
        here.flat_map(|it| it.granted.iter().cloned()).collect()
    };
    let is_new = |name: &QualifiedName| !super::standing::is_relation(current, name);
    let grant = |name: &QualifiedName, privileges: &mut Privileges| {
        if is_new(name) && privileges.is_default() {
            privileges.granted = given(name);
        }
    };
    wanted.tables.iter_mut().for_each(|it| grant(&it.name, &mut it.privileges));
    wanted.views.iter_mut().for_each(|it| grant(&it.name, &mut it.privileges));
    wanted.materialised_views.iter_mut().for_each(|it| grant(&it.name, &mut it.privileges));
}
