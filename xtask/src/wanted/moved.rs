//! What stays although something below it changes: a view without a file whose column gets another type, or goes.

use std::collections::{BTreeMap, BTreeSet};

use super::standing::holds;
use crate::diff::Renamed;
use crate::schema::{ObjectId, QualifiedName, Schema};

/// An object that stays, on something that does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The view, function, trigger …
    pub object: ObjectId,
    /// What it needs and will not find.
    pub lost: BTreeSet<ObjectId>,
}

/// Objects that nobody states and that rest on what changes, directly or through each other.
pub fn moved(wanted: &Schema, stated: &Schema, current: &Schema) -> Vec<Moved> {
    let mut found: BTreeMap<ObjectId, BTreeSet<ObjectId>> = BTreeMap::new();
    let stays = |id: &ObjectId| !holds(stated, id) && holds(wanted, &whole(id, wanted));
    loop {
        let before = (found.len(), found.values().map(BTreeSet::len).sum::<usize>());
        for edge in current.dependencies.iter().filter(|edge| stays(&edge.dependent)) {
            let object = whole(&edge.dependent, wanted);
            if !holds(wanted, &edge.on) {
                found.entry(object).or_default().insert(edge.on.clone());
            } else if found.contains_key(&whole(&edge.on, wanted)) || is_other(wanted, current, &edge.on) {
                found.entry(object).or_default();
            }
        }
        if before == (found.len(), found.values().map(BTreeSet::len).sum()) {
            break;
        }
    }
    found.into_iter().map(|(object, lost)| Moved { object, lost }).collect()
}

/// Whether a view, or something that nobody states, rests on what is renamed. Names are those afterwards.
pub fn rests_on_renamed(renames: &[Renamed], stated: &Schema, renamed: &Schema) -> bool {
    let is_renamed = |on: &ObjectId| {
        renames.iter().any(|it| match (it, on) {
            (Renamed::Object(ObjectId::Table(_), to), ObjectId::Table(name) | ObjectId::Column(name, _)) => to == name,
            (Renamed::Object(ObjectId::Type(_), to), ObjectId::Type(name)) => to == name,
            (Renamed::Part(ObjectId::Column(owner, _), to), ObjectId::Column(table, name)) => {
                owner == table && to == name
            }
            _ => false,
        })
    };
    let is_meant = |dependent: &ObjectId| {
        matches!(dependent, ObjectId::View(_) | ObjectId::MaterialisedView(_)) || !holds(stated, dependent)
    };
    renamed.dependencies.iter().any(|edge| is_meant(&edge.dependent) && is_renamed(&edge.on))
}

/// The view that a column belongs to; everything else is itself.
fn whole(id: &ObjectId, schema: &Schema) -> ObjectId {
    let view = |name: &QualifiedName| {
        let view = schema.views.contains(name).then(|| ObjectId::View(name.clone()));
        view.or_else(|| schema.materialised_views.contains(name).then(|| ObjectId::MaterialisedView(name.clone())))
    };
    match id {
        ObjectId::Column(owner, _) | ObjectId::Default(owner, _) => view(owner).unwrap_or_else(|| id.clone()),
        _ => id.clone(),
    }
}

/// Whether what both schemas hold is not the same for those that rest on it.
fn is_other(wanted: &Schema, current: &Schema, id: &ObjectId) -> bool {
    match id {
        ObjectId::Column(owner, name) => {
            let column = |schema: &Schema| {
                let of_table = schema.tables.get(owner).and_then(|it| it.column(name));
                let view = schema.views.get(owner).map(|it| &it.columns);
                let view = view.or_else(|| schema.materialised_views.get(owner).map(|it| &it.columns));
                let of_view = view.and_then(|columns| columns.iter().find(|it| it.name == *name));
                of_table
                    .map(|it| (it.type_name.clone(), it.collation.clone()))
                    .or_else(|| of_view.map(|it| (it.type_name.clone(), None)))
            };
            column(wanted) != column(current)
        }
        ObjectId::View(name) => {
            wanted.views.get(name).map(|it| &it.definition) != current.views.get(name).map(|it| &it.definition)
        }
        ObjectId::MaterialisedView(name) => {
            let definition = |schema: &Schema| schema.materialised_views.get(name).map(|it| it.definition.clone());
            definition(wanted) != definition(current)
        }
        ObjectId::Type(name) => {
            wanted.enums.get(name).map(|it| &it.values) != current.enums.get(name).map(|it| &it.values)
                || wanted.domains.get(name).map(|it| &it.base_type) != current.domains.get(name).map(|it| &it.base_type)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, Table, View};

    fn schema(column: Option<&str>) -> Schema {
        let mut table = Table::new(QualifiedName::public("t"));
        table.columns = column.iter().map(|kind| Column::new("a", *kind)).collect();
        Schema { tables: [table].into_iter().collect(), ..Schema::default() }
    }

    fn with_view(mut schema: Schema) -> Schema {
        schema.views.insert(View { name: QualifiedName::public("v"), ..View::default() });
        let column = ObjectId::Column(QualifiedName::public("t"), "a".into());
        schema.dependencies.insert(ObjectId::View(QualifiedName::public("v")), column);
        schema
    }

    #[test]
    fn a_view_without_a_file_moves_with_the_type_of_its_column_and_loses_one_that_goes() {
        let current = with_view(schema(Some("integer")));
        let view = ObjectId::View(QualifiedName::public("v"));
        let moved_to = |column| moved(&with_view(schema(column)), &schema(column), &current);
        assert_eq!(moved_to(Some("integer")), []);
        assert_eq!(moved_to(Some("text")), [Moved { object: view.clone(), lost: BTreeSet::new() }]);
        let lost = BTreeSet::from([ObjectId::Column(QualifiedName::public("t"), "a".into())]);
        assert_eq!(moved_to(None), [Moved { object: view, lost }]);
    }
}
