//! Default and nullability of domains; their checks are objects of their own.
//!
//! before: `create domain d as int default 1` · after: `create domain d as int default 2 not null`

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::Domain;
use crate::sql;

/// A domain changes where it stands.
#[derive(Clone, Debug)]
pub struct ChangeDomain<'s> {
    /// Before.
    pub from: &'s Domain,
    /// After.
    pub to: &'s Domain,
}

impl<'s> ChangeDomain<'s> {
    /// What differs.
    pub fn detect(from: &'s Domain, to: &'s Domain) -> Option<Self> {
        let change = Self { from, to };
        (from.default != to.default || from.not_null != to.not_null || change.is_renamed()).then_some(change)
    }

    /// Whether the constraint that refuses NULL is called in another way.
    fn is_renamed(&self) -> bool {
        self.from.not_null && self.to.not_null && !self.from.has_not_null_of(self.to)
    }
}

impl Operation for ChangeDomain<'_> {
    fn title(&self) -> String {
        match (self.from.default != self.to.default, self.from.not_null != self.to.not_null) {
            (true, true) => "default, and whether it takes NULL",
            (true, false) => "default",
            _ if self.is_renamed() => "what refuses NULL",
            _ if self.to.not_null => "refuses NULL",
            _ => "takes NULL",
        }
        .to_owned()
    }

    fn statements(&self) -> Vec<Statement> {
        let mut actions = Vec::new();
        if self.from.default != self.to.default {
            let default = &self.to.default;
            actions.push(default.as_ref().map_or("DROP DEFAULT".to_owned(), |it| format!("SET DEFAULT {it}")));
        }
        if self.from.not_null != self.to.not_null {
            actions.push(match self.to.chosen_not_null() {
                Some(name) => format!("ADD CONSTRAINT {} NOT NULL", sql::name(name)),
                None if self.to.not_null => "SET NOT NULL".to_owned(),
                None => "DROP NOT NULL".to_owned(),
            });
        }
        if let (true, Some(old), Some(new)) = (self.is_renamed(), &self.from.required, &self.to.required) {
            actions.push(format!("RENAME CONSTRAINT {} TO {}", sql::name(old), sql::name(new)));
        }
        let name = &self.to.name;
        actions.into_iter().map(|action| Statement::whole(format!("ALTER DOMAIN {name} {action}"))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::schema::QualifiedName;

    #[test]
    fn default_and_nullability_change_one_by_one() {
        let from = Domain { name: QualifiedName::public("d"), default: Some("1".to_owned()), ..Domain::default() };
        let to = Domain { default: None, not_null: true, ..from.clone() };
        let change = ChangeDomain::detect(&from, &to).expect("they differ");
        let texts: Vec<String> = change.statements().iter().map(Statement::text).collect();
        assert_eq!(texts, ["ALTER DOMAIN public.d DROP DEFAULT", "ALTER DOMAIN public.d SET NOT NULL"]);
        assert_eq!(ChangeDomain { from: &to, to: &Domain { not_null: false, ..to.clone() } }.title(), "takes NULL");
        assert!(ChangeDomain::detect(&to, &to).is_none());
    }

    #[test]
    fn what_refuses_null_has_a_name() {
        let domain = |required: &str| Domain {
            name: QualifiedName::public("d"),
            not_null: true,
            required: Some(required.to_owned()),
            ..Domain::default()
        };
        let texts = |from: &Domain, to: &Domain| {
            let change = ChangeDomain::detect(from, to).expect("they differ");
            change.statements().iter().map(Statement::text).collect::<Vec<_>>()
        };
        let plain = Domain { not_null: false, required: None, ..domain("d_not_null") };
        assert_eq!(texts(&plain, &domain("filled")), ["ALTER DOMAIN public.d ADD CONSTRAINT filled NOT NULL"]);
        assert_eq!(texts(&plain, &domain("d_not_null")), ["ALTER DOMAIN public.d SET NOT NULL"]);
        assert_eq!(
            texts(&domain("filled"), &domain("d_not_null")),
            ["ALTER DOMAIN public.d RENAME CONSTRAINT filled TO d_not_null"]
        );
    }
}
