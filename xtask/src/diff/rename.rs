//! `RENAME` and `SET SCHEMA`
//!
//! before: `create table t` · after: `create table s2.t2`, told with `--rename t:s2.t2`

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{ObjectId, QualifiedName};
use crate::sql;

/// What is renamed, with its name after all renames of what it is part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renamed {
    /// A whole object, to a name that may be in another schema.
    Object(ObjectId, QualifiedName),
    /// A part: a column, constraint, trigger or policy.
    Part(ObjectId, String),
    /// A value of an enum.
    Value(QualifiedName, String, String),
    /// A schema.
    Namespace(String, String),
}

/// An object gets another name or schema and stays what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    /// What, and its new name.
    pub renamed: Renamed,
    /// Whether the object is a domain, which `ALTER` calls by that name.
    pub is_domain: bool,
}

impl Rename {
    fn object(&self, id: &ObjectId, from: &QualifiedName, to: &QualifiedName) -> Vec<Statement> {
        let kind = if self.is_domain { "DOMAIN" } else { id.kind() };
        let mut statements = Vec::new();
        if from.schema != to.schema {
            let schema = sql::name(&to.schema);
            statements.push(Statement::whole(format!("ALTER {kind} {from} SET SCHEMA {schema}")));
        }
        if from.name != to.name {
            let moved = QualifiedName::new(to.schema.clone(), from.name.clone());
            statements.push(Statement::whole(format!("ALTER {kind} {moved} RENAME TO {}", sql::name(&to.name))));
        }
        statements
    }

    /// The object under which it is told.
    pub fn gathered_under(&self) -> String {
        match &self.renamed {
            Renamed::Object(id, _) => match id {
                ObjectId::Table(name)
                | ObjectId::View(name)
                | ObjectId::MaterialisedView(name)
                | ObjectId::Sequence(name)
                | ObjectId::Index(name)
                | ObjectId::Type(name) => name.to_string(),
                other => other.to_string(),
            },
            Renamed::Part(id, _) => match id {
                ObjectId::Column(owner, _)
                | ObjectId::Constraint(owner, _)
                | ObjectId::Trigger(owner, _)
                | ObjectId::Policy(owner, _)
                | ObjectId::Rule(owner, _) => owner.to_string(),
                other => other.to_string(),
            },
            Renamed::Value(name, ..) => name.to_string(),
            Renamed::Namespace(name, _) => name.clone(),
        }
    }

    fn part(id: &ObjectId, to: &str) -> Vec<Statement> {
        let to = sql::name(to);
        let text = match id {
            ObjectId::Column(table, name) => format!("ALTER TABLE {table} RENAME COLUMN {} TO {to}", sql::name(name)),
            ObjectId::Constraint(table, name) => {
                format!("ALTER TABLE {table} RENAME CONSTRAINT {} TO {to}", sql::name(name))
            }
            ObjectId::Trigger(table, name) => format!("ALTER TRIGGER {} ON {table} RENAME TO {to}", sql::name(name)),
            ObjectId::Policy(table, name) => format!("ALTER POLICY {} ON {table} RENAME TO {to}", sql::name(name)),
            ObjectId::Rule(table, name) => format!("ALTER RULE {} ON {table} RENAME TO {to}", sql::name(name)),
            _ => return Vec::new(),
        };
        vec![Statement::whole(text)]
    }
}

impl Operation for Rename {
    fn title(&self) -> String {
        match &self.renamed {
            Renamed::Object(_, to) => format!("becomes {to}"),
            Renamed::Part(ObjectId::Column(_, from), to) => {
                format!("column {} becomes {}", sql::name(from), sql::name(to))
            }
            Renamed::Part(
                id @ (ObjectId::Constraint(_, from)
                | ObjectId::Trigger(_, from)
                | ObjectId::Policy(_, from)
                | ObjectId::Rule(_, from)),
                to,
            ) => format!("{} {} becomes {}", id.kind().to_lowercase(), sql::name(from), sql::name(to)),
            Renamed::Part(id, to) => format!("{id} becomes {}", sql::name(to)),
            Renamed::Value(_, from, to) => format!("{} becomes {}", sql::literal(from), sql::literal(to)),
            Renamed::Namespace(_, to) => format!("becomes {}", sql::name(to)),
        }
    }

    fn statements(&self) -> Vec<Statement> {
        match &self.renamed {
            Renamed::Object(id, to) => match id {
                ObjectId::Table(from)
                | ObjectId::View(from)
                | ObjectId::MaterialisedView(from)
                | ObjectId::Sequence(from)
                | ObjectId::Index(from)
                | ObjectId::Type(from) => self.object(id, from, to),
                _ => Vec::new(),
            },
            Renamed::Part(id, to) => Self::part(id, to),
            Renamed::Value(name, from, to) => {
                let (from, to) = (sql::literal(from), sql::literal(to));
                vec![Statement::whole(format!("ALTER TYPE {name} RENAME VALUE {from} TO {to}"))]
            }
            Renamed::Namespace(from, to) => {
                vec![Statement::whole(format!("ALTER SCHEMA {} RENAME TO {}", sql::name(from), sql::name(to)))]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_moves_and_is_renamed() {
        let from = ObjectId::Table(QualifiedName::public("t"));
        let renamed = Renamed::Object(from, QualifiedName::new("s2", "t2"));
        let texts: Vec<String> =
            Rename { renamed, is_domain: false }.statements().iter().map(Statement::text).collect();
        assert_eq!(texts, ["ALTER TABLE public.t SET SCHEMA s2", "ALTER TABLE s2.t RENAME TO t2"]);
    }
}
