//! `ALTER CONSTRAINT` and `VALIDATE CONSTRAINT`
//!
//! before: `foreign key (b) references p not valid` · after: `foreign key (b) references p deferrable`

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{Constraint, ConstraintKind, Deferrable, QualifiedName};
use crate::sql;

/// A constraint is checked at another time, or for the first time for all rows.
#[derive(Clone, Debug)]
pub struct ChangeConstraint<'s> {
    /// The table.
    pub table: &'s QualifiedName,
    /// Before.
    pub from: &'s Constraint,
    /// After.
    pub to: &'s Constraint,
}

impl<'s> ChangeConstraint<'s> {
    /// What differs; see [`can_stay`] for when that is enough.
    pub fn detect(table: &'s QualifiedName, from: &'s Constraint, to: &'s Constraint) -> Option<Self> {
        let differs = from.deferrable != to.deferrable || from.not_valid != to.not_valid;
        differs.then_some(Self { table, from, to })
    }
}

/// Whether the second can be made of the first without dropping it.
pub(super) fn can_stay(from: &Constraint, to: &Constraint) -> bool {
    let same_time = from.deferrable == to.deferrable || matches!(to.kind, ConstraintKind::ForeignKey(_));
    let validates = from.not_valid == to.not_valid || from.not_valid;
    from.kind == to.kind && same_time && validates && from.not_enforced == to.not_enforced
}

impl Operation for ChangeConstraint<'_> {
    fn title(&self) -> String {
        let name = sql::name(&self.to.name);
        match (self.from.deferrable != self.to.deferrable, self.to.deferrable) {
            (true, Deferrable::Not) => format!("constraint {name} not deferrable"),
            (true, _) => format!("constraint {name} deferrable"),
            _ => format!("constraint {name} validated"),
        }
    }

    fn statements(&self) -> Vec<Statement> {
        let name = sql::name(&self.to.name);
        let mut statements = Vec::new();
        if self.from.deferrable != self.to.deferrable {
            let when = match self.to.deferrable {
                Deferrable::Not => "NOT DEFERRABLE",
                Deferrable::Immediate => "DEFERRABLE INITIALLY IMMEDIATE",
                Deferrable::Deferred => "DEFERRABLE INITIALLY DEFERRED",
            };
            statements.push(Statement::on_table(self.table, format!("ALTER CONSTRAINT {name} {when}")));
        }
        if self.from.not_valid && !self.to.not_valid {
            statements.push(Statement::on_table(self.table, format!("VALIDATE CONSTRAINT {name}")));
        }
        statements
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::schema::{Check, Key};

    #[test]
    fn it_is_validated_and_deferred_where_it_stands() {
        let table = QualifiedName::public("t");
        let kind = ConstraintKind::ForeignKey(crate::schema::ForeignKey::default());
        let to = Constraint { deferrable: Deferrable::Deferred, ..Constraint::new("Ref", kind) };
        let from = Constraint { deferrable: Deferrable::Not, not_valid: true, ..to.clone() };
        let change = ChangeConstraint::detect(&table, &from, &to).expect("they differ");
        let texts: Vec<String> = change.statements().iter().map(Statement::text).collect();
        assert_eq!(
            texts,
            [
                "ALTER TABLE public.t ALTER CONSTRAINT \"Ref\" DEFERRABLE INITIALLY DEFERRED",
                "ALTER TABLE public.t VALIDATE CONSTRAINT \"Ref\"",
            ]
        );
        assert!(can_stay(&from, &to));
        assert!(!can_stay(&to, &Constraint { not_valid: true, ..to.clone() }), "nothing makes it unchecked again");
    }

    #[test]
    fn only_foreign_keys_are_deferred_where_they_stand() {
        let unique = Constraint::new("u", ConstraintKind::Unique(Key::default()));
        assert!(!can_stay(&unique, &Constraint { deferrable: Deferrable::Immediate, ..unique.clone() }));
        let check = |expression: &str| {
            Constraint::new("c", ConstraintKind::Check(Check { expression: expression.to_owned(), ..Check::default() }))
        };
        assert!(can_stay(&check("(a > 0)"), &check("(a > 0)")) && !can_stay(&check("(a > 0)"), &check("(a > 1)")));
    }
}
