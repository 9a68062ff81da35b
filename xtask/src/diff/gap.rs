//! What one schema lacks of another, what it has besides, and what is not the same in both.

use serde::Serialize;

use super::inventory::{Inventory, Item};
use super::verdict::verdict;
use crate::schema::{ObjectId, QualifiedName, Schema};

/// Objects. What is part of one that is named is not named itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// What only the second has.
    pub lost: Vec<Named>,
    /// What only the first has.
    pub left: Vec<Named>,
    /// What is another in both.
    pub changed: Vec<Named>,
}

/// An object in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// `materialized view`
    pub kind: String,
    /// `public.v`
    pub name: String,
}

impl From<&ObjectId> for Named {
    fn from(id: &ObjectId) -> Self {
        let (kind, whole) = (id.kind().to_lowercase(), id.to_string());
        let name = whole.strip_prefix(&kind).map_or(whole.as_str(), str::trim_start).to_owned();
        Self { kind, name }
    }
}

/// Several objects in a sentence; those of a kind come together.
pub fn listed(objects: &[Named]) -> String {
    let told = objects.chunk_by(|one, next| one.kind == next.kind).map(|alike| {
        let names: Vec<&str> = alike.iter().map(|it| it.name.as_str()).collect();
        let (count, plural) = match alike.len() {
            1 => (String::new(), ""),
            count => (format!("{count} "), "s"),
        };
        format!("{count}{}{plural} {}", alike[0].kind, names.join(", ")).trim_start().to_owned()
    });
    told.collect::<Vec<_>>().join(", ")
}

impl Gap {
    /// Between what is there and what should be.
    pub fn between(now: &Schema, wanted: &Schema) -> Self {
        let (now, wanted) = (Inventory::of(now), Inventory::of(wanted));
        let differs = |id: &&ObjectId| match (now.get(id), wanted.get(id)) {
            (Some(one), Some(other)) => verdict(one, other).is_some(),
            _ => false,
        };
        Self {
            lost: missing(&wanted, &now),
            left: missing(&now, &wanted),
            changed: now.ids().filter(differs).map(Named::from).collect(),
        }
    }
}

/// What the first has and the second has not.
fn missing(of: &Inventory<'_>, from: &Inventory<'_>) -> Vec<Named> {
    let is_missing = |id: &ObjectId| of.get(id).is_some() && from.get(id).is_none();
    let whole = |owner: &QualifiedName| {
        [ObjectId::Table(owner.clone()), ObjectId::View(owner.clone()), ObjectId::MaterialisedView(owner.clone())]
    };
    let is_part = |id: &ObjectId| of.get(id).and_then(owner).is_some_and(|owner| whole(owner).iter().any(is_missing));
    let found = of.ids().filter(|id| is_missing(id) && !is_part(id) && !follows(of, id, &is_missing));
    found.map(Named::from).collect()
}

/// The relation that an object is part of.
fn owner<'s>(item: Item<'s>) -> Option<&'s QualifiedName> {
    match item {
        Item::Column(table, _) | Item::Default(table, _) | Item::Constraint(table, _) => Some(&table.name),
        Item::Index(owner, _) | Item::Rule(owner, _) | Item::Trigger(owner, _) | Item::Policy(owner, _) => Some(owner),
        Item::Statistics(it) => Some(&it.table),
        Item::Sequence(it) => it.owned_by.as_ref().map(|owner| &owner.table),
        _ => None,
    }
}

/// Whether it is the default of a column, or the check of a domain, that is missing itself.
fn follows(of: &Inventory<'_>, id: &ObjectId, is_missing: &dyn Fn(&ObjectId) -> bool) -> bool {
    match (id, of.get(id)) {
        (ObjectId::Default(table, column), _) => is_missing(&ObjectId::Column(table.clone(), column.clone())),
        (_, Some(Item::DomainCheck(domain, _))) => is_missing(&ObjectId::Type(domain.name.clone())),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, EnumType, Index, IndexKey, Table, View};

    #[test]
    fn objects_are_named_whole() {
        let mut table = Table::new(QualifiedName::public("t"));
        table.columns = vec![Column::new("a", "integer")];
        let mut index = Index::new("i");
        index.keys.push(IndexKey::column("a"));
        table.indexes.insert(index);
        let view = |definition: &str| View {
            name: QualifiedName::public("v"),
            definition: definition.to_owned(),
            ..View::default()
        };
        let kind =
            EnumType { name: QualifiedName::public("kind"), values: vec!["a".to_owned()], ..EnumType::default() };
        let before = Schema {
            tables: [table].into_iter().collect(),
            views: [view("SELECT 1")].into_iter().collect(),
            ..Schema::default()
        };
        let after = Schema {
            enums: [kind].into_iter().collect(),
            views: [view("SELECT 2")].into_iter().collect(),
            ..Schema::default()
        };
        let gap = Gap::between(&after, &before);
        let told = [&gap.lost, &gap.left, &gap.changed].map(|it| listed(it));
        assert_eq!(told, ["table public.t", "type public.kind", "view public.v"]);
        let named = |kind: &str, name: &str| Named { kind: kind.to_owned(), name: name.to_owned() };
        let several = [named("view", "a"), named("view", "b"), named("index", "c")];
        assert_eq!(listed(&several), "2 views a, b, index c");
        assert_eq!(Gap::between(&before, &before), Gap::default());
    }
}
