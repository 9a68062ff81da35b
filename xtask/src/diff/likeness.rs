//! Renames that are likely: what went and what came look alike. Nobody is taken at their word here; a person is asked.

use std::collections::BTreeSet;

use super::rename::Renamed;
use super::renames::Renames;
use super::renames_applied::unnamed;
use crate::schema::{Column, EnumType, ObjectId, QualifiedName, Schema, Table};

/// From which part of common columns on two tables look alike.
const ALIKE: f64 = 0.5;

/// Renames of tables, columns, enums and their values that are likely, in the order in which they are done.
pub fn rename_candidates(from: &Schema, to: &Schema) -> Renames {
    let mut renames = Renames(tables(from, to));
    renames.0.extend(enums(from, to));
    let moved = renames.applied(from);
    let parts = moved.tables.iter().filter_map(|table| Some(columns(table, to.tables.get(&table.name)?))).flatten();
    let values = moved.enums.iter().filter_map(|it| values(it, to.enums.get(&it.name)?));
    renames.0.extend(parts.chain(values));
    renames
}

/// Pairs of what went and what came, the best first, each used once.
fn best_pairs<'a, T>(gone: &[&'a T], new: &[&'a T], score: impl Fn(&T, &T) -> Option<f64>) -> Vec<(&'a T, &'a T)> {
    let mut scored: Vec<(f64, usize, usize)> = Vec::new();
    for (i, old) in gone.iter().enumerate() {
        for (j, other) in new.iter().enumerate() {
            scored.extend(score(old, other).map(|score| (score, i, j)));
        }
    }
    scored.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)).then(one.2.cmp(&other.2)));
    let (mut used, mut taken) = (BTreeSet::new(), BTreeSet::new());
    let mut pairs = Vec::new();
    for (_, i, j) in scored {
        if !used.contains(&i) && !taken.contains(&j) {
            used.insert(i);
            taken.insert(j);
            pairs.push((gone[i], new[j]));
        }
    }
    pairs
}

fn tables(from: &Schema, to: &Schema) -> Vec<Renamed> {
    let gone: Vec<&Table> = from.tables.iter().filter(|it| !to.tables.contains(&it.name)).collect();
    let new: Vec<&Table> = to.tables.iter().filter(|it| !from.tables.contains(&it.name)).collect();
    let pairs = best_pairs(&gone, &new, |old, new| {
        let same_kind =
            old.partition_key == new.partition_key && old.partition_of.is_none() && new.partition_of.is_none();
        let common = common(old, new);
        let name =
            if old.name.name == new.name.name { 1.0 } else { strsim::jaro_winkler(&old.name.name, &new.name.name) };
        (same_kind && common >= ALIKE).then_some(common + name / 10.0)
    });
    pairs.into_iter().map(|(old, new)| Renamed::Object(ObjectId::Table(old.name.clone()), new.name.clone())).collect()
}

/// The part of the columns of both that both have.
fn common(one: &Table, other: &Table) -> f64 {
    let names = |table: &Table| -> BTreeSet<(String, String)> {
        table.columns.iter().map(|column| (column.name.clone(), column.type_name.clone())).collect()
    };
    let (one, other) = (names(one), names(other));
    let all = one.union(&other).count();
    if all == 0 { 0.0 } else { one.intersection(&other).count() as f64 / all as f64 }
}

fn columns(old: &Table, new: &Table) -> Vec<Renamed> {
    let gone: Vec<&Column> = old.columns.iter().filter(|it| new.column(&it.name).is_none()).collect();
    let added: Vec<&Column> = new.columns.iter().filter(|it| old.column(&it.name).is_none()).collect();
    // One of its type went and one came: whatever they are called, a person has to say. Nobody loses values by a question.
    let alike = |columns: &[&Column], it: &Column| columns.iter().filter(|other| unnamed(other) == unnamed(it)).count();
    let is_only_pair = |it: &Column| alike(&gone, it) == 1 && alike(&added, it) == 1;
    let place = |table: &Table, column: &Column| table.columns.iter().position(|it| it.name == column.name);
    let pairs = best_pairs(&gone, &added, |one, other| {
        if unnamed(one) != unnamed(other) || one.generated.is_some() {
            return None;
        }
        let name = strsim::jaro_winkler(&one.name, &other.name);
        let same_place = if place(old, one) == place(new, other) { 0.3 } else { 0.0 };
        (is_only_pair(one) || name + same_place >= 0.75).then_some(name + same_place)
    });
    let id = |column: &Column| ObjectId::Column(old.name.clone(), column.name.clone());
    pairs.into_iter().map(|(one, other)| Renamed::Part(id(one), other.name.clone())).collect()
}

fn enums(from: &Schema, to: &Schema) -> Vec<Renamed> {
    let gone: Vec<&EnumType> = from.enums.iter().filter(|it| !to.enums.contains(&it.name)).collect();
    let new: Vec<&EnumType> = to.enums.iter().filter(|it| !from.enums.contains(&it.name)).collect();
    let pairs = best_pairs(&gone, &new, |one, other| (one.values == other.values).then_some(1.0));
    let renamed = |(one, other): (&EnumType, &EnumType)| -> (ObjectId, QualifiedName) {
        (ObjectId::Type(one.name.clone()), other.name.clone())
    };
    pairs.into_iter().map(renamed).map(|(id, to)| Renamed::Object(id, to)).collect()
}

/// One value went and one came in its place.
fn values(old: &EnumType, new: &EnumType) -> Option<Renamed> {
    let differing: Vec<(&String, &String)> = old.values.iter().zip(&new.values).filter(|(a, b)| a != b).collect();
    let [(gone, came)] = differing[..] else { return None };
    let is_new = !old.values.contains(came) && !new.values.contains(gone);
    (old.values.len() == new.values.len() && is_new)
        .then(|| Renamed::Value(old.name.clone(), gone.clone(), came.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, columns: &[(&str, &str)]) -> Table {
        let mut table = Table::new(QualifiedName::public(name));
        table.columns = columns.iter().map(|(name, kind)| Column::new(*name, *kind)).collect();
        table
    }

    fn schema(tables: Vec<Table>) -> Schema {
        Schema { tables: tables.into_iter().collect(), ..Schema::default() }
    }

    #[test]
    fn a_table_with_the_same_columns_was_renamed() {
        let from = schema(vec![table("t", &[("id", "integer"), ("a", "text")])]);
        let to = schema(vec![table("u", &[("id", "integer"), ("b", "text")]), table("v", &[("x", "date")])]);
        assert!(rename_candidates(&from, &to).is_empty(), "one column of three in common");
        let to = schema(vec![table("u", &[("id", "integer"), ("a", "text"), ("n", "integer")])]);
        assert_eq!(
            rename_candidates(&from, &to).0,
            [Renamed::Object(ObjectId::Table(QualifiedName::public("t")), QualifiedName::public("u"))]
        );
    }

    #[test]
    fn one_column_for_another_of_its_type_was_renamed() {
        let from = schema(vec![table("t", &[("id", "integer"), ("a", "text")])]);
        let to = schema(vec![table("t", &[("id", "integer"), ("label", "text")])]);
        let column = ObjectId::Column(QualifiedName::public("t"), "a".into());
        assert_eq!(rename_candidates(&from, &to).0, [Renamed::Part(column, "label".into())]);
        let to = schema(vec![table("t", &[("id", "integer"), ("label", "date")])]);
        assert!(rename_candidates(&from, &to).is_empty(), "another type is another column");
        let column = ObjectId::Column(QualifiedName::public("t"), "a".into());
        let to = schema(vec![table("t", &[("id", "integer"), ("since", "date"), ("label", "text")])]);
        assert_eq!(
            rename_candidates(&from, &to).0,
            [Renamed::Part(column, "label".into())],
            "the only one of its type"
        );
        let to = schema(vec![table("t", &[("id", "integer"), ("x", "text"), ("label", "text")])]);
        assert!(rename_candidates(&from, &to).is_empty(), "one of two, neither of them like it");
    }
}
