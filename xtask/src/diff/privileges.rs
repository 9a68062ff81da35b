//! `GRANT` and `REVOKE`.
//!
//! before: `grant select, insert on t to reader` · after: `grant select on t to reader`

use std::collections::BTreeMap;

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{Grant, Grantee, Privileges};
use crate::sql;

/// Grants of one object, or of one column of it, change.
#[derive(Clone, Debug)]
pub struct ChangePrivileges<'s> {
    /// `TABLE public.t`.
    pub target: String,
    /// The column, where it is about one.
    pub column: Option<&'s str>,
    /// Before.
    pub from: Privileges,
    /// After.
    pub to: &'s Privileges,
}

impl<'s> ChangePrivileges<'s> {
    /// What differs.
    pub fn detect(
        target: impl FnOnce() -> String,
        column: Option<&'s str>,
        from: &Privileges,
        to: &'s Privileges,
    ) -> Option<Self> {
        (from != to).then(|| Self { target: target(), column, from: from.clone(), to })
    }

    fn statement<'g>(&self, verb: &str, preposition: &str, grants: impl Iterator<Item = &'g Grant>) -> Vec<Statement> {
        let mut gathered: BTreeMap<(&Grantee, bool), Vec<&str>> = BTreeMap::new();
        for grant in grants {
            gathered.entry((&grant.grantee, grant.grantable)).or_default().push(&grant.privilege);
        }
        let column = self.column.map_or(String::new(), |column| format!(" ({})", sql::name(column)));
        let statements = gathered.into_iter().map(|((grantee, grantable), words)| {
            let words: Vec<String> = words.iter().map(|word| format!("{word}{column}")).collect();
            let option = if grantable && verb == "GRANT" { " WITH GRANT OPTION" } else { "" };
            let target = &self.target;
            Statement::whole(format!("{verb} {} ON {target} {preposition} {grantee}{option}", words.join(", ")))
        });
        statements.collect()
    }
}

impl Operation for ChangePrivileges<'_> {
    fn title(&self) -> String {
        "grants".to_owned()
    }

    fn statements(&self) -> Vec<Statement> {
        let (from, to) = (&self.from, self.to);
        let taken = from.granted.difference(&to.granted).chain(to.revoked.difference(&from.revoked));
        let given = from.revoked.difference(&to.revoked).chain(to.granted.difference(&from.granted));
        let mut statements = self.statement("REVOKE", "FROM", taken);
        statements.extend(self.statement("GRANT", "TO", given));
        statements
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(privilege: &str, grantable: bool) -> Grant {
        Grant { grantee: Grantee::Role("reader".into()), privilege: privilege.into(), grantable }
    }

    #[test]
    fn only_the_difference_is_granted_and_revoked() {
        let from =
            Privileges { granted: [grant("SELECT", false), grant("INSERT", false)].into(), ..Privileges::default() };
        let to =
            Privileges { granted: [grant("SELECT", false), grant("UPDATE", true)].into(), ..Privileges::default() };
        let change = ChangePrivileges::detect(|| "TABLE public.t".into(), Some("a"), &from, &to).expect("they differ");
        let statements: Vec<String> = change.statements().iter().map(Statement::text).collect();
        assert_eq!(
            statements,
            [
                "REVOKE INSERT (a) ON TABLE public.t FROM reader",
                "GRANT UPDATE (a) ON TABLE public.t TO reader WITH GRANT OPTION"
            ]
        );
        assert!(ChangePrivileges::detect(String::new, None, &to, &to).is_none());
    }
}
