//! Default and nullability of domains; their checks are objects of their own.
//!
//! before: `create domain d as int default 1` · after: `create domain d as int default 2 not null`

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::Domain;

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
        (from.default != to.default || from.not_null != to.not_null).then_some(Self { from, to })
    }
}

impl Operation for ChangeDomain<'_> {
    fn title(&self) -> String {
        match (self.from.default != self.to.default, self.from.not_null != self.to.not_null) {
            (true, true) => "default, and whether it takes NULL",
            (true, false) => "default",
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
            actions.push(if self.to.not_null { "SET NOT NULL" } else { "DROP NOT NULL" }.to_owned());
        }
        let name = &self.to.name;
        actions.into_iter().map(|action| Statement::whole(format!("ALTER DOMAIN {name} {action}"))).collect()
    }
}
