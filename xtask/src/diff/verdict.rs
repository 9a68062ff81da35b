//! What becomes of an object of which there is another version.

use super::alterations::alterations;
use super::fate::Fate;
use super::inventory::Item;
use super::{composite, constraint, enum_values, function, policy, view};
use crate::schema::{Column, Index, Table};

/// The fate of the first where the second is wanted; `None` where they are the same.
pub fn verdict(from: Item<'_>, to: Item<'_>) -> Option<Fate> {
    structural(from, to).or_else(|| (!alterations(from, to).is_empty()).then_some(Fate::Altered))
}

/// What is more than an alteration.
fn structural(from: Item<'_>, to: Item<'_>) -> Option<Fate> {
    let recreated = |differs: bool| differs.then_some(Fate::Recreated);
    match (from, to) {
        (Item::Collation(a), Item::Collation(b)) => recreated(a.options != b.options),
        (Item::Enum(a), Item::Enum(b)) => {
            (a.values != b.values && !enum_values::keeps_values(a, b)).then_some(Fate::Reshaped)
        }
        (Item::Domain(a), Item::Domain(b)) => {
            (a.base_type != b.base_type || a.collation != b.collation).then_some(Fate::Reshaped)
        }
        (Item::Composite(a), Item::Composite(b)) => (!composite::keeps_order(a, b)).then_some(Fate::Reshaped),
        (Item::Range(a), Item::Range(b)) => {
            let parts = |it: &crate::schema::RangeType| {
                (it.subtype.clone(), it.operator_class.clone(), it.collation.clone(), it.canonical.clone())
            };
            (parts(a) != parts(b) || a.subtype_diff != b.subtype_diff || a.multirange != b.multirange)
                .then_some(Fate::Reshaped)
        }
        (
            Item::Enum(_) | Item::Domain(_) | Item::Composite(_) | Item::Range(_),
            Item::Enum(_) | Item::Domain(_) | Item::Composite(_) | Item::Range(_),
        ) => Some(Fate::Reshaped),
        (Item::DomainCheck(_, a), Item::DomainCheck(_, b)) => {
            recreated(a.expression != b.expression || a.not_valid != b.not_valid)
        }
        (Item::Function(a), Item::Function(b)) => {
            recreated(a.definition != b.definition && !function::can_be_replaced(a, b))
        }
        (Item::Table(a), Item::Table(b)) => table(a, b),
        (Item::Column(_, a), Item::Column(_, b)) => column(a, b),
        (Item::Constraint(_, a), Item::Constraint(_, b)) => recreated(!constraint::can_stay(a, b)),
        (Item::Index(_, a), Item::Index(_, b)) => recreated(!index_can_stay(a, b)),
        (Item::View(a), Item::View(b)) => recreated(a.definition != b.definition && !view::can_be_replaced(a, b))
            .or_else(|| recreated(!view::can_be_replaced(a, b))),
        (Item::MaterialisedView(a), Item::MaterialisedView(b)) => {
            let names = |it: &crate::schema::MaterialisedView| {
                it.columns.iter().map(|column| (column.name.clone(), column.type_name.clone())).collect::<Vec<_>>()
            };
            recreated(a.definition != b.definition || a.access_method != b.access_method || names(a) != names(b))
        }
        (Item::Rule(_, a), Item::Rule(_, b)) => recreated(a.definition != b.definition),
        (Item::Trigger(_, a), Item::Trigger(_, b)) => recreated(a.definition != b.definition),
        (Item::Policy(_, a), Item::Policy(_, b)) => recreated(!policy::can_stay(a, b)),
        (Item::Statistics(a), Item::Statistics(b)) => recreated(a.definition != b.definition),
        (Item::EventTrigger(a), Item::EventTrigger(b)) => {
            recreated(a.event != b.event || a.tags != b.tags || a.function != b.function)
        }
        _ => None,
    }
}

/// A table cannot become partitioned, or get another key, where it stands.
fn table(a: &Table, b: &Table) -> Option<Fate> {
    (a.partition_key != b.partition_key || a.access_method != b.access_method).then_some(Fate::Recreated)
}

fn column(a: &Column, b: &Column) -> Option<Fate> {
    let becomes_generated = a.generated != b.generated && b.generated.is_some();
    let was_virtual = a.generated.as_ref().is_some_and(|it| !it.stored) && b.generated.is_none();
    if becomes_generated || was_virtual {
        return Some(Fate::Recreated);
    }
    let differs = a.type_name != b.type_name || a.collation != b.collation;
    differs.then_some(Fate::Reshaped)
}

fn index_can_stay(a: &Index, b: &Index) -> bool {
    let keys = |it: &Index| {
        let mut keys = it.keys.clone();
        keys.iter_mut().for_each(|key| key.statistics = None);
        keys
    };
    let attaches = a.partition_of == b.partition_of || a.partition_of.is_none();
    a.method == b.method
        && keys(a) == keys(b)
        && a.include == b.include
        && a.unique == b.unique
        && a.nulls_not_distinct == b.nulls_not_distinct
        && a.predicate == b.predicate
        && attaches
        && (a.invalid == b.invalid || b.invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::schema::{Generated, Objects, QualifiedName};

    #[test]
    fn a_column_becomes_generated_only_anew() {
        let table = Table::new(QualifiedName::public("t"));
        let plain = Column::new("a", "integer");
        let generated = Generated { expression: "(b + 1)".to_owned(), stored: true };
        let computed = Column { generated: Some(generated), ..plain.clone() };
        let of = |from: &Column, to: &Column| verdict(Item::Column(&table, from), Item::Column(&table, to));
        assert_eq!(of(&plain, &computed), Some(Fate::Recreated));
        assert_eq!(of(&computed, &plain), Some(Fate::Altered));
        assert_eq!(of(&plain, &Column::new("a", "bigint")), Some(Fate::Reshaped));
        assert_eq!(of(&plain, &plain), None);
    }

    #[test]
    fn an_index_with_other_keys_is_made_anew_and_with_other_settings_is_not() {
        let owner = QualifiedName::public("t");
        let plain = Index::new("ix");
        let of = |to: &Index| verdict(Item::Index(&owner, &plain), Item::Index(&owner, to));
        assert_eq!(of(&Index { unique: true, ..plain.clone() }), Some(Fate::Recreated));
        assert_eq!(
            of(&Index { options: [("fillfactor", "70")].into_iter().collect(), ..plain.clone() }),
            Some(Fate::Altered)
        );
        assert_eq!(of(&plain.clone()), None);
    }

    #[test]
    fn a_table_gets_no_other_partition_key_where_it_stands() {
        let from = Table { constraints: Objects::new(), ..Table::new(QualifiedName::public("t")) };
        let to = Table { partition_key: Some("RANGE (a)".to_owned()), ..from.clone() };
        assert_eq!(verdict(Item::Table(&from), Item::Table(&to)), Some(Fate::Recreated));
        let to = Table { row_security: true, ..from.clone() };
        assert_eq!(verdict(Item::Table(&from), Item::Table(&to)), Some(Fate::Altered));
    }
}
