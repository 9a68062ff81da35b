//! Whether a schema holds an object.

use crate::schema::{ObjectId, QualifiedName, Schema};

/// Whether the schema holds this object. A column of a view counts as the view.
pub fn holds(schema: &Schema, id: &ObjectId) -> bool {
    match id {
        ObjectId::Namespace(name) => schema.namespaces.contains(name),
        ObjectId::Extension(name) => schema.extensions.contains(name),
        ObjectId::Collation(name) => schema.collations.contains(name),
        ObjectId::Type(name) => is_type(schema, name),
        ObjectId::Sequence(name) => schema.sequences.contains(name),
        ObjectId::Function(signature) => schema.functions.contains(signature),
        ObjectId::Table(name) => schema.tables.contains(name),
        ObjectId::View(name) => schema.views.contains(name),
        ObjectId::MaterialisedView(name) => schema.materialised_views.contains(name),
        ObjectId::Column(owner, column) | ObjectId::Default(owner, column) => match schema.tables.get(owner) {
            Some(table) => table.column(column).is_some(),
            None => is_view(schema, owner) || is_type(schema, owner),
        },
        ObjectId::Constraint(owner, name) => match schema.tables.get(owner) {
            Some(table) => table.constraints.contains(name),
            None => schema.domains.get(owner).is_some_and(|it| it.checks.contains(name)),
        },
        ObjectId::Index(name) => {
            let of = |owner: &QualifiedName| owner.schema == name.schema;
            schema.tables.iter().any(|it| of(&it.name) && it.indexes.contains(&name.name))
                || schema.materialised_views.iter().any(|it| of(&it.name) && it.indexes.contains(&name.name))
        }
        ObjectId::Rule(owner, name) => {
            schema.tables.get(owner).is_some_and(|it| it.rules.contains(name))
                || schema.views.get(owner).is_some_and(|it| it.rules.contains(name))
        }
        ObjectId::Trigger(owner, name) => {
            schema.tables.get(owner).is_some_and(|it| it.triggers.contains(name))
                || schema.views.get(owner).is_some_and(|it| it.triggers.contains(name))
        }
        ObjectId::Policy(owner, name) => schema.tables.get(owner).is_some_and(|it| it.policies.contains(name)),
        ObjectId::Statistics(name) => schema.statistics.contains(name),
        ObjectId::EventTrigger(name) => schema.event_triggers.contains(name),
    }
}

/// Whether a view of either kind has this name.
pub(super) fn is_view(schema: &Schema, name: &QualifiedName) -> bool {
    schema.views.contains(name) || schema.materialised_views.contains(name)
}

/// Whether a table, view or sequence has this name, of which no two can be the same.
pub(super) fn is_relation(schema: &Schema, name: &QualifiedName) -> bool {
    schema.tables.contains(name) || schema.sequences.contains(name) || is_view(schema, name)
}

/// Whether a type has this name.
pub(super) fn is_type(schema: &Schema, name: &QualifiedName) -> bool {
    schema.enums.contains(name)
        || schema.domains.contains(name)
        || schema.composite_types.contains(name)
        || schema.range_types.contains(name)
}
