//! `ALTER DEFAULT PRIVILEGES`
//!
//! after: `alter default privileges in schema public grant select on tables to reader`

use std::collections::BTreeSet;

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{DefaultPrivileges, Grant};
use crate::sql;

/// The rights that new objects of a kind are born with.
#[derive(Clone, Debug)]
pub struct ChangeDefaultPrivileges<'s> {
    /// Before.
    pub from: Option<&'s DefaultPrivileges>,
    /// After.
    pub to: Option<&'s DefaultPrivileges>,
}

impl<'s> ChangeDefaultPrivileges<'s> {
    /// What differs.
    pub fn detect(from: &'s BTreeSet<DefaultPrivileges>, to: &'s BTreeSet<DefaultPrivileges>) -> Vec<Self> {
        let is_same = |one: &DefaultPrivileges, other: &DefaultPrivileges| {
            one.role == other.role && one.schema == other.schema && one.on == other.on
        };
        let gone_or_changed = from.iter().filter_map(|old| match to.iter().find(|new| is_same(old, new)) {
            Some(new) if new == old => None,
            new => Some(Self { from: Some(old), to: new }),
        });
        let new = to.iter().filter(|new| !from.iter().any(|old| is_same(old, new)));
        gone_or_changed.chain(new.map(|new| Self { from: None, to: Some(new) })).collect()
    }
}

impl Operation for ChangeDefaultPrivileges<'_> {
    fn title(&self) -> String {
        "grants that new objects are born with".to_owned()
    }

    fn statements(&self) -> Vec<Statement> {
        let none = BTreeSet::new();
        let Some(about) = self.to.or(self.from) else { return Vec::new() };
        let place = about.schema.as_ref().map_or(String::new(), |schema| format!(" IN SCHEMA {}", sql::name(schema)));
        let head = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {}{place}", sql::name(&about.role));
        let granted = |side: Option<&'_ DefaultPrivileges>| side.map_or(none.clone(), |it| it.granted.clone());
        let revoked = |side: Option<&'_ DefaultPrivileges>| side.map_or(none.clone(), |it| it.revoked.clone());
        let (old, new) = ((granted(self.from), revoked(self.from)), (granted(self.to), revoked(self.to)));
        let line = |verb: &str, word: &str, grant: &Grant| {
            let option = if verb == "GRANT" && grant.grantable { " WITH GRANT OPTION" } else { "" };
            let (right, on, grantee) = (&grant.privilege, &about.on, &grant.grantee);
            Statement::whole(format!("{head} {verb} {right} ON {on} {word} {grantee}{option}"))
        };
        let taken = old.0.difference(&new.0).chain(new.1.difference(&old.1)).map(|it| line("REVOKE", "FROM", it));
        let given = old.1.difference(&new.1).chain(new.0.difference(&old.0)).map(|it| line("GRANT", "TO", it));
        taken.chain(given).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::schema::Grantee;

    #[test]
    fn only_the_difference_is_granted_and_revoked() {
        let grant =
            |privilege: &str| Grant { grantee: Grantee::Public, privilege: privilege.to_owned(), grantable: false };
        let of = |granted: &[&str]| DefaultPrivileges {
            role: "Owner".to_owned(),
            schema: Some("lab".to_owned()),
            on: "TABLES".to_owned(),
            granted: granted.iter().map(|it| grant(it)).collect(),
            revoked: BTreeSet::new(),
        };
        let (from, to) = (BTreeSet::from([of(&["SELECT", "INSERT"])]), BTreeSet::from([of(&["SELECT", "UPDATE"])]));
        let changes = ChangeDefaultPrivileges::detect(&from, &to);
        let texts: Vec<String> = changes.iter().flat_map(Operation::statements).map(|it| it.text()).collect();
        let head = "ALTER DEFAULT PRIVILEGES FOR ROLE \"Owner\" IN SCHEMA lab";
        assert_eq!(
            texts,
            [format!("{head} REVOKE INSERT ON TABLES FROM PUBLIC"), format!("{head} GRANT UPDATE ON TABLES TO PUBLIC")]
        );
        assert!(ChangeDefaultPrivileges::detect(&to, &to).is_empty());
    }
}
