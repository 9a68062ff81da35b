//! `SET LOGGED` and `SET UNLOGGED`
//!
//! before: `create table t` · after: `create unlogged table t`

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{OwnedBy, Persistence, QualifiedName};
use crate::sql;

/// Rows survive a crash from now on, or do not.
#[derive(Clone, Debug)]
pub struct ChangePersistence<'s> {
    /// `TABLE` or `SEQUENCE`.
    pub kind: &'static str,
    /// The object.
    pub name: &'s QualifiedName,
    /// After.
    pub to: Persistence,
    /// Sequences of a table that stay as they are: since PostgreSQL 15 they would follow it.
    pub unmoved: Vec<(&'s QualifiedName, &'s OwnedBy)>,
}

impl<'s> ChangePersistence<'s> {
    /// What differs.
    pub fn detect(kind: &'static str, name: &'s QualifiedName, from: Persistence, to: Persistence) -> Option<Self> {
        (from != to).then_some(Self { kind, name, to, unmoved: Vec::new() })
    }
}

impl Operation for ChangePersistence<'_> {
    fn title(&self) -> String {
        if self.to.is_permanent() { "logged" } else { "unlogged" }.to_owned()
    }

    fn statements(&self) -> Vec<Statement> {
        let action = if self.to.is_permanent() { "SET LOGGED" } else { "SET UNLOGGED" };
        let mut statement = Statement::whole(format!("ALTER {} {} {action}", self.kind, self.name));
        if self.kind == "TABLE" {
            statement = statement.remark(format!("lock: writes {} anew; nobody can read it meanwhile", self.name));
            if !self.to.is_permanent() {
                statement = statement.remark("the rows are gone after a crash of the server");
            }
        }
        let released =
            self.unmoved.iter().map(|(it, _)| Statement::whole(format!("ALTER SEQUENCE {it} OWNED BY NONE")));
        let owned = self.unmoved.iter().map(|(it, owner)| {
            let column = sql::name(&owner.column);
            Statement::whole(format!("ALTER SEQUENCE {it} OWNED BY {}.{column}", owner.table))
        });
        released.chain([statement]).chain(owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_loses_rows_after_a_crash_is_told() {
        let name = QualifiedName::public("t");
        let change = ChangePersistence::detect("TABLE", &name, Persistence::Permanent, Persistence::Unlogged);
        let statement = change.expect("they differ").statements().remove(0);
        assert_eq!(statement.text(), "ALTER TABLE public.t SET UNLOGGED");
        assert_eq!(statement.remarks.last().map(String::as_str), Some("the rows are gone after a crash of the server"));
        let same = ChangePersistence::detect("TABLE", &name, Persistence::Unlogged, Persistence::Unlogged);
        assert!(same.is_none());
    }

    #[test]
    fn a_sequence_that_is_to_survive_is_released_meanwhile() {
        let (name, sequence) = (QualifiedName::public("t"), QualifiedName::public("ticket"));
        let owner = OwnedBy { table: name.clone(), column: "No".to_owned() };
        let change = ChangePersistence::detect("TABLE", &name, Persistence::Permanent, Persistence::Unlogged);
        let change = ChangePersistence { unmoved: vec![(&sequence, &owner)], ..change.expect("they differ") };
        let texts: Vec<String> = change.statements().iter().map(Statement::text).collect();
        assert_eq!(
            texts,
            [
                "ALTER SEQUENCE public.ticket OWNED BY NONE",
                "ALTER TABLE public.t SET UNLOGGED",
                "ALTER SEQUENCE public.ticket OWNED BY public.t.\"No\"",
            ]
        );
    }
}
