//! `ALTER POLICY`
//!
//! before: `create policy po on t using (b > 0)` · after: `create policy po on t using (b > 1)`

use super::create::role_list;
use super::define::parenthesised;
use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{Policy, QualifiedName};
use crate::sql;

/// A policy holds for other roles or rows.
#[derive(Clone, Debug)]
pub struct ChangePolicy<'s> {
    /// The table.
    pub table: &'s QualifiedName,
    /// Before.
    pub from: &'s Policy,
    /// After.
    pub to: &'s Policy,
}

impl<'s> ChangePolicy<'s> {
    /// What differs; see [`can_stay`] for when that is enough.
    pub fn detect(table: &'s QualifiedName, from: &'s Policy, to: &'s Policy) -> Option<Self> {
        let differs = from.roles != to.roles || from.using != to.using || from.with_check != to.with_check;
        differs.then_some(Self { table, from, to })
    }
}

/// Whether `ALTER POLICY` can do it: it changes expressions, and cannot take them away.
pub(super) fn can_stay(from: &Policy, to: &Policy) -> bool {
    let keeps = |from: &Option<String>, to: &Option<String>| from.is_none() || to.is_some();
    from.permissive == to.permissive
        && from.command == to.command
        && keeps(&from.using, &to.using)
        && keeps(&from.with_check, &to.with_check)
}

impl Operation for ChangePolicy<'_> {
    fn title(&self) -> String {
        format!("policy {}", sql::name(&self.to.name))
    }

    fn statements(&self) -> Vec<Statement> {
        let (from, to) = (self.from, self.to);
        let mut text = format!("ALTER POLICY {} ON {}", sql::name(&to.name), self.table);
        if from.roles != to.roles {
            text.push_str(&format!(" TO {}", role_list(&to.roles)));
        }
        if let Some(using) = to.using.as_ref().filter(|using| from.using.as_ref() != Some(using)) {
            text.push_str(&format!(" USING {}", parenthesised(using)));
        }
        if let Some(check) = to.with_check.as_ref().filter(|check| from.with_check.as_ref() != Some(check)) {
            text.push_str(&format!(" WITH CHECK {}", parenthesised(check)));
        }
        vec![Statement::whole(text)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(using: Option<&str>, check: Option<&str>) -> Policy {
        Policy {
            name: "Own".to_owned(),
            permissive: true,
            command: "ALL".to_owned(),
            roles: Vec::new(),
            using: using.map(str::to_owned),
            with_check: check.map(str::to_owned),
            comment: None,
        }
    }

    #[test]
    fn only_what_differs_is_altered() {
        let (table, from) = (QualifiedName::public("t"), policy(Some("(a > 0)"), None));
        let to = Policy { roles: vec!["Reader".to_owned()], ..policy(Some("(a > 0)"), Some("a > 1")) };
        let change = ChangePolicy::detect(&table, &from, &to).expect("they differ");
        assert_eq!(change.statements()[0].text(), "ALTER POLICY \"Own\" ON public.t TO \"Reader\" WITH CHECK (a > 1)");
        assert!(can_stay(&from, &to));
        assert!(!can_stay(&to, &from), "ALTER POLICY cannot take an expression away");
    }
}
