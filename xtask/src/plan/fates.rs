//! What becomes of each object on the way from one schema to another.

use std::collections::BTreeSet;

use super::spread::{Fates, spread};
use crate::diff::{Conversion, Fate, Inventory, Item, gives_other_types, verdict};
use crate::schema::{ConstraintKind, ObjectId};

/// The fates of all objects that do not simply stay.
pub(super) fn fates(from: &Inventory<'_>, to: &Inventory<'_>) -> Fates<ObjectId> {
    let mut fates = Fates::new();
    let columns = from.edges().iter().filter(|(dependant, _)| matches!(dependant, ObjectId::Column(..)));
    let columns_of_types: BTreeSet<&ObjectId> = columns.map(|(_, on)| on).collect();
    for id in from.ids() {
        let fate = match (from.get(id), to.get(id)) {
            (Some(Item::Composite(old)), Some(Item::Composite(new)))
                if gives_other_types(old, new) && columns_of_types.contains(id) =>
            {
                Some(Fate::Reshaped)
            }
            (Some(old), Some(new)) => verdict(old, new),
            _ => Some(Fate::Dropped),
        };
        fates.extend(fate.map(|fate| (id.clone(), fate)));
    }
    fates.extend(to.ids().filter(|id| from.get(id).is_none()).map(|id| (id.clone(), Fate::Created)));
    let mut far = far_columns(from, to, &fates);
    let mut reached = fates.clone();
    let goes = |far: &BTreeSet<ObjectId>, dependant: &ObjectId, on: &ObjectId, fate: Fate| {
        let goes_along =
            fate == Fate::Recreated && is_partition(from, dependant, on) && is_partition(to, dependant, on);
        if goes_along { Some(Fate::Recreated) } else { gives_way(from, far, dependant, on, fate) }
    };
    spread(&mut reached, from.edges(), |dependant, on, fate| goes(&far, dependant, on, fate));
    // While a type is made anew, one column has it already and another one not yet.
    let swapped = reached.iter().filter(|(id, fate)| **fate == Fate::Reshaped && fates.get(id) != Some(fate));
    far.extend(swapped.filter(|(id, _)| matches!(id, ObjectId::Column(..))).map(|(id, _)| id.clone()));
    spread(&mut fates, from.edges(), |dependant, on, fate| goes(&far, dependant, on, fate));
    fates
}

/// Columns whose new type is of another family: what compares them with others cannot stay.
fn far_columns(from: &Inventory<'_>, to: &Inventory<'_>, fates: &Fates<ObjectId>) -> BTreeSet<ObjectId> {
    let is_far = |id: &ObjectId| match (from.get(id), to.get(id)) {
        (Some(Item::Column(_, old)), Some(Item::Column(_, new))) => {
            !Conversion::of("", &old.type_name, &new.type_name).is_near
        }
        _ => false,
    };
    fates.iter().filter(|(id, fate)| **fate == Fate::Reshaped && is_far(id)).map(|(id, _)| id.clone()).collect()
}

/// Whether the first is a partition of the second.
fn is_partition(side: &Inventory<'_>, part: &ObjectId, whole: &ObjectId) -> bool {
    let (Some(Item::Table(part)), ObjectId::Table(whole)) = (side.get(part), whole) else { return false };
    part.partition_of.as_ref().is_some_and(|place| place.parent == *whole)
}

/// What becomes of an object that stands on another one with this fate.
fn gives_way(
    from: &Inventory<'_>,
    far: &BTreeSet<ObjectId>,
    dependant: &ObjectId,
    on: &ObjectId,
    fate: Fate,
) -> Option<Fate> {
    match fate {
        Fate::Altered | Fate::Created => None,
        Fate::Reshaped => match (on, dependant) {
            (ObjectId::Type(_), ObjectId::Column(..) | ObjectId::Type(_)) => Some(Fate::Reshaped),
            (ObjectId::Type(_), ObjectId::Table(_)) => None,
            // Its checks come and go with a domain.
            (ObjectId::Type(domain), ObjectId::Constraint(owner, _)) if domain == owner => None,
            (ObjectId::Type(_), _) => Some(Fate::Recreated),
            (_, ObjectId::Index(_) | ObjectId::Statistics(_) | ObjectId::Sequence(_)) => None,
            (_, ObjectId::Constraint(..)) => {
                let Some(Item::Constraint(_, it)) = from.get(dependant) else { return None };
                let goes = match &it.kind {
                    ConstraintKind::ForeignKey(_) => far.contains(on),
                    // The server builds it anew, and does not think of the foreign keys that stand on it.
                    ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
                        matches!(on, ObjectId::Column(_, column) if key.include.contains(column))
                    }
                    ConstraintKind::Check(_) | ConstraintKind::Exclusion(_) => false,
                };
                goes.then_some(Fate::Recreated)
            }
            _ => Some(Fate::Recreated),
        },
        Fate::Recreated | Fate::Dropped => match (on, dependant) {
            (ObjectId::Namespace(_) | ObjectId::Extension(_), _) => None,
            // A column of a type that goes has got another one; a partition of a table that goes was detached.
            (_, ObjectId::Table(_) | ObjectId::Sequence(_) | ObjectId::Type(_)) => None,
            (ObjectId::Type(_), ObjectId::Column(..)) => None,
            (ObjectId::Table(table), ObjectId::Column(owner, _)) if table != owner => None,
            // What a dropped column was part of goes with it, or is another one already.
            (ObjectId::Column(..), ObjectId::Index(_) | ObjectId::Constraint(..)) if fate == Fate::Dropped => None,
            _ => Some(Fate::Recreated),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::schema::{Column, Constraint, EnumType, ForeignKey, QualifiedName, Schema, Table, View};

    /// A table with a column of an enum, a key to itself over it, and a view.
    fn schema(type_name: &str, values: &[&str]) -> Schema {
        let name = QualifiedName::public("t");
        let column = ObjectId::Column(name.clone(), "a".to_owned());
        let mut table = Table::new(name.clone());
        table.columns = vec![Column::new("a", type_name)];
        let (columns, referenced) = (vec!["a".to_owned()], vec!["a".to_owned()]);
        let key = ForeignKey { columns, referenced, table: name, ..ForeignKey::default() };
        table.constraints.insert(Constraint::new("fk", ConstraintKind::ForeignKey(key)));
        let mood = QualifiedName::public("mood");
        let values = values.iter().map(|it| (*it).to_owned()).collect();
        let view = View { name: QualifiedName::public("v"), ..View::default() };
        let mut schema = Schema {
            tables: [table].into_iter().collect(),
            enums: [EnumType { name: mood.clone(), values, ..EnumType::default() }].into_iter().collect(),
            views: [view].into_iter().collect(),
            ..Schema::default()
        };
        let view = ObjectId::View(QualifiedName::public("v"));
        schema.dependencies.insert(view, column.clone());
        if type_name == "public.mood" {
            schema.dependencies.insert(column, ObjectId::Type(mood));
        }
        schema
    }

    fn between(from: &Schema, to: &Schema) -> Fates<ObjectId> {
        fates(&Inventory::of(from), &Inventory::of(to))
    }

    #[test]
    fn a_view_goes_for_a_new_type_and_a_key_only_for_one_of_another_family() {
        let key = ObjectId::Constraint(QualifiedName::public("t"), "fk".to_owned());
        let view = ObjectId::View(QualifiedName::public("v"));
        let near = between(&schema("integer", &["x"]), &schema("bigint", &["x"]));
        assert_eq!((near.get(&view), near.get(&key)), (Some(&Fate::Recreated), None));
        let far = between(&schema("integer", &["x"]), &schema("text", &["x"]));
        assert_eq!((far.get(&view), far.get(&key)), (Some(&Fate::Recreated), Some(&Fate::Recreated)));
    }

    #[test]
    fn a_key_goes_while_the_type_of_its_columns_is_made_anew() {
        let key = ObjectId::Constraint(QualifiedName::public("t"), "fk".to_owned());
        let swapped = between(&schema("public.mood", &["x", "y"]), &schema("public.mood", &["x"]));
        assert_eq!(swapped.get(&key), Some(&Fate::Recreated));
        let added = between(&schema("public.mood", &["x"]), &schema("public.mood", &["x", "y"]));
        assert_eq!(added.get(&key), None);
    }
}
