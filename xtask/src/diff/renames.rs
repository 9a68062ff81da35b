//! What was renamed, and a schema as it is after the renames.

use super::rename::{Rename, Renamed};
use super::renames_applied::apply;
use crate::schema::{ObjectId, QualifiedName, Schema};

/// Renames in the order in which they are done: whole objects first, then their parts under the new names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renames(pub Vec<Renamed>);

impl Renames {
    /// Renames as a person tells them, in any order and with the parts under the old names of what they are part of.
    pub fn told(mut told: Vec<Renamed>) -> Self {
        told.sort_by_key(|renamed| !matches!(renamed, Renamed::Object(..)));
        let new_name = |name: &QualifiedName| {
            let renamed = told.iter().find_map(|it| match it {
                Renamed::Object(ObjectId::Table(from) | ObjectId::Type(from), to) if from == name => Some(to.clone()),
                _ => None,
            });
            renamed.unwrap_or_else(|| name.clone())
        };
        let moved = told.iter().map(|renamed| match renamed {
            Renamed::Part(id, to) => {
                let moved = part_of(id).and_then(|(owner, from)| part(id, new_name(owner), from.to_owned()));
                Renamed::Part(moved.unwrap_or_else(|| id.clone()), to.clone())
            }
            Renamed::Value(owner, from, to) => Renamed::Value(new_name(owner), from.clone(), to.clone()),
            other => other.clone(),
        });
        Self(moved.collect())
    }

    /// Whether nothing was renamed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something from another schema comes into this one.
    pub fn moves_into(&self, namespace: &str) -> bool {
        self.0.iter().any(|renamed| match renamed {
            Renamed::Object(id, to) => {
                to.schema == namespace && name_of(id).is_some_and(|from| from.schema != to.schema)
            }
            _ => false,
        })
    }

    /// The operations.
    pub fn operations<'a>(&'a self, schema: &'a Schema) -> impl Iterator<Item = Rename> + 'a {
        self.0.iter().map(|renamed| {
            let is_domain =
                matches!(renamed, Renamed::Object(ObjectId::Type(name), _) if schema.domains.contains(name));
            Rename { renamed: renamed.clone(), is_domain }
        })
    }

    /// The way back.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let old_name = |name: &QualifiedName| {
            let renamed = self.0.iter().find_map(|it| match it {
                Renamed::Object(id, to) if to == name => name_of(id).cloned(),
                _ => None,
            });
            renamed.unwrap_or_else(|| name.clone())
        };
        let reversed = self.0.iter().filter_map(|renamed| match renamed {
            Renamed::Object(id, to) => Some(Renamed::Object(with_name(id, to)?, name_of(id)?.clone())),
            Renamed::Part(id, to) => {
                let (owner, from) = part_of(id)?;
                Some(Renamed::Part(part(id, old_name(owner), to.clone())?, from.to_owned()))
            }
            Renamed::Value(name, from, to) => Some(Renamed::Value(old_name(name), to.clone(), from.clone())),
            Renamed::Namespace(from, to) => Some(Renamed::Namespace(to.clone(), from.clone())),
        });
        Self(reversed.collect())
    }

    /// The schema as it is after the renames.
    #[must_use]
    pub fn applied(&self, schema: &Schema) -> Schema {
        let mut schema = schema.clone();
        for renamed in &self.0 {
            apply(&mut schema, renamed);
        }
        schema
    }
}

fn name_of(id: &ObjectId) -> Option<&QualifiedName> {
    match id {
        ObjectId::Table(name)
        | ObjectId::View(name)
        | ObjectId::MaterialisedView(name)
        | ObjectId::Sequence(name)
        | ObjectId::Index(name)
        | ObjectId::Type(name) => Some(name),
        _ => None,
    }
}

pub(super) fn with_name(id: &ObjectId, name: &QualifiedName) -> Option<ObjectId> {
    let name = name.clone();
    Some(match id {
        ObjectId::Table(_) => ObjectId::Table(name),
        ObjectId::View(_) => ObjectId::View(name),
        ObjectId::MaterialisedView(_) => ObjectId::MaterialisedView(name),
        ObjectId::Sequence(_) => ObjectId::Sequence(name),
        ObjectId::Index(_) => ObjectId::Index(name),
        ObjectId::Type(_) => ObjectId::Type(name),
        _ => return None,
    })
}

pub(super) fn part_of(id: &ObjectId) -> Option<(&QualifiedName, &str)> {
    match id {
        ObjectId::Column(owner, name)
        | ObjectId::Constraint(owner, name)
        | ObjectId::Trigger(owner, name)
        | ObjectId::Policy(owner, name)
        | ObjectId::Rule(owner, name) => Some((owner, name)),
        _ => None,
    }
}

pub(super) fn part(id: &ObjectId, owner: QualifiedName, name: String) -> Option<ObjectId> {
    Some(match id {
        ObjectId::Column(..) => ObjectId::Column(owner, name),
        ObjectId::Constraint(..) => ObjectId::Constraint(owner, name),
        ObjectId::Trigger(..) => ObjectId::Trigger(owner, name),
        ObjectId::Policy(..) => ObjectId::Policy(owner, name),
        ObjectId::Rule(..) => ObjectId::Rule(owner, name),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Check, Column, Constraint, ConstraintKind, Table};

    #[test]
    fn a_column_is_renamed_wherever_its_table_names_it() {
        let mut table = Table::new(QualifiedName::public("t"));
        table.columns = vec![Column::new("a", "integer")];
        let check = Check { expression: "(a > 'a'::text)".into(), ..Check::default() };
        table.constraints.insert(Constraint::new("ck", ConstraintKind::Check(check)));
        let schema = Schema { tables: [table].into_iter().collect(), ..Schema::default() };
        let column = ObjectId::Column(QualifiedName::public("t"), "a".into());
        let renames = Renames(vec![Renamed::Part(column, "b c".into())]);
        let after = renames.applied(&schema);
        let table = after.tables.get(&QualifiedName::public("t")).expect("the table");
        let Some(ConstraintKind::Check(check)) = table.constraints.get("ck").map(|it| &it.kind) else { panic!() };
        assert_eq!(check.expression, "(\"b c\" > 'a'::text)");
        assert_eq!(renames.reversed().applied(&after), schema);
    }
}
