//! Attributes of composite types: added, dropped, of another type.
//!
//! before: `create type addr as (street text)` · after: `create type addr as (street text, zip text)`

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
            let collation = it.collation.as_ref().map_or(String::new(), |collation| format!(" COLLATE {collation}"));
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
