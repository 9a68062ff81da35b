//! What becomes of each object on the way from one schema to another.

use std::collections::BTreeSet;

use super::spread::{Fates, spread};
use crate::diff::{Conversion, Fate, Inventory, Item, gives_other_types, verdict};
use crate::schema::{Column, CompositeType, ConstraintKind, Index, ObjectId, QualifiedName, Table};
use crate::sql;

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
            (Some(Item::Index(table, old)), Some(Item::Index(_, new))) if is_let_go(from, to, table, old, new) => None,
            (Some(old), Some(new)) => verdict(old, new),
            _ => Some(Fate::Dropped),
        };
        fates.extend(fate.map(|fate| (id.clone(), fate)));
    }
    fates.extend(to.ids().filter(|id| from.get(id).is_none()).map(|id| (id.clone(), Fate::Created)));
    let hidden = hidden_domains(from, to, &fates);
    fates.extend(hidden.into_iter().map(|domain| (domain, Fate::Reshaped)));
    let mut far = far_columns(from, to, &fates);
    let mut reached = fates.clone();
    let gives = |far: &BTreeSet<ObjectId>, dependant: &ObjectId, on: &ObjectId, fate: Fate| {
        gives_way(from, far, dependant, on, fate)
    };
    spread(&mut reached, from.edges(), |dependant, on, fate| gives(&far, dependant, on, fate));
    let rekeyed = rekeyed_tables(from, to, &reached);
    fates.extend(rekeyed.into_iter().map(|table| (table, Fate::Recreated)));
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

/// Whether an index of a partition stays with it as its own when it is detached.
fn is_let_go(from: &Inventory<'_>, to: &Inventory<'_>, table: &QualifiedName, old: &Index, new: &Index) -> bool {
    let Some(whole) = &old.partition_of else { return false };
    let parent =
        |side: &Inventory<'_>| side.schema.tables.get(table)?.partition_of.as_ref().map(|it| it.parent.clone());
    // One that goes would take it along.
    let id = ObjectId::Index(whole.clone());
    let stays = from.get(&id).zip(to.get(&id)).is_some_and(|(old, new)| verdict(old, new).is_none());
    stays && parent(from) != parent(to) && Index { partition_of: None, ..old.clone() } == *new
}

/// Domains that demand more than before and stand inside of arrays or composite types of columns, where the server does not look for
/// values that they refuse.
fn hidden_domains(from: &Inventory<'_>, to: &Inventory<'_>, fates: &Fates<ObjectId>) -> Vec<ObjectId> {
    let schema = from.schema;
    let is_hidden = move |name: &QualifiedName| {
        let (domain, array) = (name.to_string(), format!("{name}[]"));
        let columns = || schema.tables.iter().flat_map(|table| &table.columns);
        let has = |composite: &&CompositeType| composite.attributes.iter().any(|it| it.type_name == domain);
        let mut composites = schema.composite_types.iter().filter(has).map(|it| it.name.to_string());
        columns().any(|it| it.type_name.starts_with(&array))
            || composites.any(|composite| columns().any(|it| it.type_name.trim_end_matches("[]") == composite))
    };
    let demands = |name: &QualifiedName| {
        let (old, new) = (schema.domains.get(name)?, to.schema.domains.get(name)?);
        let checks = fates.iter().any(|(id, fate)| {
            matches!(id, ObjectId::Constraint(owner, _) if owner == name)
                && matches!(fate, Fate::Created | Fate::Recreated)
                && matches!(to.get(id), Some(Item::DomainCheck(_, check)) if !check.not_valid)
        });
        (checks || new.not_null && !old.not_null).then(|| ObjectId::Type(name.clone()))
    };
    schema.domains.iter().map(|it| &it.name).filter(|it| is_hidden(it)).filter_map(demands).collect()
}

/// Partitioned tables with a column in their key whose type changes, which the server does not do: the whole of them, where they are
/// partitions themselves.
fn rekeyed_tables(from: &Inventory<'_>, to: &Inventory<'_>, fates: &Fates<ObjectId>) -> Vec<ObjectId> {
    let is_rekeyed = |table: &&Table| {
        let key = table.partition_key.as_deref().unwrap_or_default();
        let words: BTreeSet<&str> = sql::tokens(key).iter().map(|token| token.text(key)).collect();
        let reshaped = |it: &Column| {
            words.contains(&*sql::name(&it.name))
                && fates.get(&ObjectId::Column(table.name.clone(), it.name.clone())) == Some(&Fate::Reshaped)
        };
        table.partition_key.is_some() && table.columns.iter().any(reshaped)
    };
    let whole = |table: &Table| {
        let mut whole = table;
        while let Some(place) = &whole.partition_of
            && let Some(parent) = from.schema.tables.get(&place.parent)
        {
            whole = parent;
        }
        ObjectId::Table(whole.name.clone())
    };
    let rekeyed = from.schema.tables.iter().filter(is_rekeyed).map(whole);
    rekeyed.filter(|id| to.get(id).is_some()).collect()
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

fn is_generated(side: &Inventory<'_>, column: &ObjectId) -> bool {
    matches!(side.get(column), Some(Item::Column(_, column)) if column.generated.is_some())
}

/// Whether a column holds ranges of a type of the project. Their values wait as text while it is made anew.
fn has_own_range(side: &Inventory<'_>, column: &ObjectId) -> bool {
    let Some(Item::Column(_, column)) = side.get(column) else { return false };
    let name = column.type_name.trim_end_matches("[]");
    side.schema.range_types.iter().any(|it| it.name.to_string() == name)
}

/// Whether the first is a domain of the second, or of arrays of it.
fn is_domain_of(side: &Inventory<'_>, domain: &QualifiedName, base: &QualifiedName) -> bool {
    let domain = side.schema.domains.get(domain);
    domain.is_some_and(|it| it.base_type.trim_end_matches("[]") == base.to_string())
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
            // The server computes its values, and converts none.
            (ObjectId::Type(_), ObjectId::Column(..)) if is_generated(from, dependant) => Some(Fate::Recreated),
            (ObjectId::Type(_), ObjectId::Column(..) | ObjectId::Type(_)) => Some(Fate::Reshaped),
            (ObjectId::Type(_), ObjectId::Table(_)) => None,
            // Its checks come and go with a domain, also where it is one of the type.
            (ObjectId::Type(domain), ObjectId::Constraint(owner, _)) if domain == owner => None,
            (ObjectId::Type(base), ObjectId::Constraint(domain, _)) if is_domain_of(from, domain, base) => None,
            (ObjectId::Type(_), _) => Some(Fate::Recreated),
            (_, ObjectId::Index(_)) if has_own_range(from, on) => Some(Fate::Recreated),
            (_, ObjectId::Index(_) | ObjectId::Statistics(_) | ObjectId::Sequence(_)) => None,
            (_, ObjectId::Constraint(..)) => {
                let Some(Item::Constraint(_, it)) = from.get(dependant) else { return None };
                let goes = match &it.kind {
                    ConstraintKind::ForeignKey(_) => far.contains(on),
                    // The server builds it anew, and does not think of the foreign keys that stand on it.
                    ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
                        matches!(on, ObjectId::Column(_, column) if key.include.contains(column))
                    }
                    ConstraintKind::Exclusion(_) => has_own_range(from, on),
                    ConstraintKind::Check(_) => false,
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
            (ObjectId::Collation(_), ObjectId::Column(..)) if fate == Fate::Dropped => None,
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

    use crate::schema::{Constraint, EnumType, ForeignKey, Schema, View};

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
