//! Attributes of composite types: added, dropped, of another type.
//!
//! before: `create type addr as (street text)` · after: `create type addr as (street text, zip text)`

use std::collections::BTreeSet;

use super::conversion::Conversion;
use super::define::found_name;
use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{Attribute, CompositeType};
use crate::sql;

/// A composite type changes where it stands.
#[derive(Clone, Debug)]
pub struct ChangeComposite<'s> {
    /// Before.
    pub from: &'s CompositeType,
    /// After.
    pub to: &'s CompositeType,
}

impl<'s> ChangeComposite<'s> {
    /// What differs; see [`keeps_order`] for when that is enough.
    pub fn detect(from: &'s CompositeType, to: &'s CompositeType) -> Option<Self> {
        let change = Self { from, to };
        (!change.actions().is_empty()).then_some(change)
    }

    fn actions(&self) -> Vec<(String, Option<String>)> {
        let find = |list: &'s [Attribute], name: &str| list.iter().find(|it| it.name == name);
        let (from, to) = (&self.from.attributes, &self.to.attributes);
        let gone = from.iter().filter(|it| find(to, &it.name).is_none());
        let mut actions: Vec<_> = gone
            .map(|it| {
                let destroys = format!("the attribute {} of {} and its values", sql::name(&it.name), self.to.name);
                (format!("DROP ATTRIBUTE {}", sql::name(&it.name)), Some(destroys))
            })
            .collect();
        for it in to {
            let collation = it.collation.as_ref();
            let collation = collation.map_or(String::new(), |name| format!(" COLLATE {}", found_name(name)));
            let (name, type_name) = (sql::name(&it.name), &it.type_name);
            match find(from, &it.name) {
                None => actions.push((format!("ADD ATTRIBUTE {name} {type_name}{collation}"), None)),
                Some(old) if old.type_name != it.type_name || old.collation != it.collation => {
                    actions.push((format!("ALTER ATTRIBUTE {name} TYPE {type_name}{collation}"), None));
                }
                Some(_) => {}
            }
        }
        actions
    }
}

/// Whether dropping what is gone and adding what is new at the end gives the wanted order.
pub(super) fn keeps_order(from: &CompositeType, to: &CompositeType) -> bool {
    let has = |it: &CompositeType, name: &str| it.attributes.iter().any(|attribute| attribute.name == name);
    let kept = from.attributes.iter().filter(|it| has(to, &it.name));
    let new = to.attributes.iter().filter(|it| !has(from, &it.name));
    kept.chain(new).map(|it| &it.name).eq(to.attributes.iter().map(|it| &it.name))
}

/// Whether an attribute that stays gets another type, which the server refuses for a type that columns have.
pub fn gives_other_types(from: &CompositeType, to: &CompositeType) -> bool {
    let kept = |it: &Attribute| from.attributes.iter().find(|old| old.name == it.name).cloned();
    to.attributes
        .iter()
        .any(|it| kept(it).is_some_and(|old| old.type_name != it.type_name || old.collation != it.collation))
}

/// A value of the first type as one of the second: attribute by attribute. Those of types that are made anew go through text.
pub(super) fn converted(value: &str, from: &CompositeType, to: &CompositeType, remade: &BTreeSet<String>) -> String {
    let attribute = |it: &Attribute| match from.attributes.iter().find(|old| old.name == it.name) {
        Some(old) => {
            let mut value = format!("({value}).{}", sql::name(&it.name));
            if old.type_name == it.type_name && remade.contains(it.type_name.trim_end_matches("[]")) {
                let text = if it.type_name.ends_with("[]") { "text[]" } else { "text" };
                value = format!("{value}::{text}::{}", it.type_name);
            }
            Conversion::of(&value, &old.type_name, &it.type_name).using.unwrap_or(value)
        }
        None => "NULL".to_owned(),
    };
    let attributes: Vec<String> = to.attributes.iter().map(attribute).collect();
    format!("CASE WHEN {value} IS DISTINCT FROM NULL THEN ROW({})::{} END", attributes.join(", "), to.name)
}

impl Operation for ChangeComposite<'_> {
    fn title(&self) -> String {
        "attributes".to_owned()
    }

    fn statements(&self) -> Vec<Statement> {
        let head = format!("ALTER TYPE {}", self.to.name);
        let statement = |(action, destroys): (String, Option<String>)| {
            let statement = Statement::action(&head, action);
            match destroys {
                Some(what) => statement.destroys(what),
                None => statement,
            }
        };
        self.actions().into_iter().map(statement).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::QualifiedName;

    fn place(attributes: &[(&str, &str)]) -> CompositeType {
        let attribute = |(name, type_name): &(&str, &str)| Attribute {
            name: (*name).to_owned(),
            type_name: (*type_name).to_owned(),
            ..Attribute::default()
        };
        let attributes = attributes.iter().map(attribute).collect();
        CompositeType { name: QualifiedName::public("place"), attributes, ..CompositeType::default() }
    }

    #[test]
    fn what_is_gone_goes_first_and_what_is_new_comes_last() {
        let (from, to) = (place(&[("a", "text"), ("b", "integer")]), place(&[("b", "bigint"), ("C", "text")]));
        let change = ChangeComposite::detect(&from, &to).expect("they differ");
        let texts: Vec<String> = change.statements().iter().map(Statement::text).collect();
        assert_eq!(
            texts,
            [
                "ALTER TYPE public.place DROP ATTRIBUTE a",
                "ALTER TYPE public.place ALTER ATTRIBUTE b TYPE bigint",
                "ALTER TYPE public.place ADD ATTRIBUTE \"C\" text",
            ]
        );
        assert_eq!(change.statements()[0].destroys, ["the attribute a of public.place and its values"]);
        assert!(keeps_order(&from, &to) && !keeps_order(&from, &place(&[("c", "text"), ("b", "integer")])));
    }

    #[test]
    fn values_are_converted_attribute_by_attribute() {
        let (from, to) =
            (place(&[("a", "text"), ("b", "integer")]), place(&[("b", "boolean"), ("c", "text"), ("a", "text")]));
        assert!(gives_other_types(&from, &to) && !gives_other_types(&from, &place(&[("b", "integer")])));
        assert_eq!(
            converted("p", &from, &to, &BTreeSet::new()),
            "CASE WHEN p IS DISTINCT FROM NULL THEN ROW((p).b::boolean, NULL, (p).a)::public.place END"
        );
    }
}
