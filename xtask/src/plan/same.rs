//! Constraints and indexes that changed nothing but their names: renaming them is the same as making them anew, and costs
//! nothing, so nobody is asked.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::spare::{spare, taken_names};
use crate::diff::{Renamed, Renames};
use crate::schema::{Constraint, Index, Object, ObjectId, Objects, OwnedBy, QualifiedName, Schema, Sequence};

/// The renames that follow from what is equal otherwise.
pub(super) fn renamed_alone(from: &Schema, to: &Schema) -> Renames {
    let mut renames = Vec::new();
    for table in &from.tables {
        let Some(other) = to.tables.get(&table.name) else { continue };
        let unnamed = |it: &Constraint| Constraint { name: String::new(), comment: None, ..it.clone() };
        let pairs = pairs(&table.constraints, &other.constraints, |a, b| !a.inherited && unnamed(a) == unnamed(b));
        let id = |name: String| ObjectId::Constraint(table.name.clone(), name);
        renames.extend(pairs.map(|(old, new)| Renamed::Part(id(old), new)));
        renames.extend(indexes(&table.name, &table.indexes, &other.indexes));
    }
    for view in &from.materialised_views {
        let Some(other) = to.materialised_views.get(&view.name).filter(|it| it.definition == view.definition) else {
            continue;
        };
        renames.extend(indexes(&view.name, &view.indexes, &other.indexes));
    }
    renames.extend(sequences(from, to));
    Renames(renames)
}

/// Indexes of a partition of which one takes the place of another in the index of the whole: the server lets none go, so they trade
/// names.
pub(super) fn traded(from: &Schema, to: &Schema) -> Renames {
    let (mut renames, taken) = (Vec::new(), OnceCell::new());
    for table in from.tables.iter().filter(|table| table.partition_of.is_some()) {
        let Some(other) = to.tables.get(&table.name) else { continue };
        for new in other.indexes.iter().filter(|it| it.partition_of.is_some()) {
            let old = table.indexes.iter().find(|it| it.partition_of == new.partition_of);
            let Some(old) = old.filter(|old| old.name != new.name && unnamed(old) == unnamed(new)) else { continue };
            let rename = |from: &str, to: QualifiedName| Renamed::Object(ObjectId::Index(table.name.sibling(from)), to);
            let new_name = table.name.sibling(&new.name);
            if table.indexes.contains(&new.name) {
                let taken = taken.get_or_init(|| taken_names([from, to]));
                renames.push(rename(&new.name, spare(&new_name, "_old", taken)));
            } else if !other.indexes.contains(&old.name) {
                // Nothing but its name is another one.
                continue;
            }
            renames.push(rename(&old.name, new_name));
        }
    }
    Renames(renames)
}

fn unnamed(index: &Index) -> Index {
    Index { name: String::new(), comment: None, ..index.clone() }
}

fn indexes(owner: &QualifiedName, from: &Objects<Index>, to: &Objects<Index>) -> Vec<Renamed> {
    let pairs = pairs(from, to, |a, b| unnamed(a) == unnamed(b));
    pairs.map(|(old, new)| Renamed::Object(ObjectId::Index(owner.sibling(old)), owner.sibling(new))).collect()
}

/// Sequences of the same column go with it.
fn sequences(from: &Schema, to: &Schema) -> Vec<Renamed> {
    let mut gone: BTreeMap<&OwnedBy, &Sequence> = BTreeMap::new();
    for old in from.sequences.iter().filter(|it| !to.sequences.contains(&it.name)) {
        if let Some(owner) = &old.owned_by {
            gone.entry(owner).or_insert(old);
        }
    }
    let new = to.sequences.iter().filter(|it| !from.sequences.contains(&it.name));
    let pairs = new.filter_map(|it| Some((gone.get(it.owned_by.as_ref()?)?, it)));
    pairs.map(|(old, new)| Renamed::Object(ObjectId::Sequence(old.name.clone()), new.name.clone())).collect()
}

/// Names that went and came with the same object, each used once.
fn pairs<T: Object<Name = String>>(
    from: &Objects<T>,
    to: &Objects<T>,
    is_same: impl Fn(&T, &T) -> bool,
) -> impl Iterator<Item = (String, String)> {
    let mut new: Vec<&T> = to.iter().filter(|it| !from.contains(it.name())).collect();
    let mut found = Vec::new();
    for old in from.iter().filter(|it| !to.contains(it.name())) {
        if let Some(at) = new.iter().position(|other| is_same(old, other)) {
            found.push((old.name().clone(), new.remove(at).name().clone()));
        }
    }
    found.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::schema::{Check, ConstraintKind, Table};

    fn schema(constraint: &str, expression: &str, index: &str) -> Schema {
        let mut table = Table::new(QualifiedName::public("t"));
        let check = Check { expression: expression.to_owned(), ..Check::default() };
        table.constraints.insert(Constraint::new(constraint, ConstraintKind::Check(check)));
        table.indexes.insert(Index::new(index));
        Schema { tables: [table].into_iter().collect(), ..Schema::default() }
    }

    #[test]
    fn what_changed_nothing_but_its_name_is_renamed() {
        let from = schema("old", "(a > 0)", "old_ix");
        let renames = renamed_alone(&from, &schema("new", "(a > 0)", "new_ix"));
        let table = QualifiedName::public("t");
        assert_eq!(
            renames.0,
            [
                Renamed::Part(ObjectId::Constraint(table, "old".to_owned()), "new".to_owned()),
                Renamed::Object(ObjectId::Index(QualifiedName::public("old_ix")), QualifiedName::public("new_ix")),
            ]
        );
        let renames = renamed_alone(&from, &schema("new", "(a > 1)", "old_ix"));
        assert!(renames.is_empty(), "another condition is another constraint");
    }
}
