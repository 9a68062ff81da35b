//! `ENABLE` and `DISABLE` of triggers, rules and event triggers.
//!
//! after: `alter table t disable trigger tg`

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::Firing;
use crate::sql;

/// A trigger or rule fires at other times.
#[derive(Clone, Debug)]
pub struct ChangeFiring {
    /// `ALTER TABLE public.t`, or `ALTER EVENT TRIGGER et`.
    pub head: String,
    /// `TRIGGER`, `RULE`, or nothing.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// After.
    pub to: Firing,
}

impl ChangeFiring {
    /// What differs.
    pub fn detect(
        head: impl FnOnce() -> String,
        kind: &'static str,
        name: &str,
        from: Firing,
        to: Firing,
    ) -> Option<Self> {
        (from != to).then(|| Self { head: head(), kind, name: name.to_owned(), to })
    }
}

impl Operation for ChangeFiring {
    fn title(&self) -> String {
        let kind = if self.kind.is_empty() { String::new() } else { format!("{} ", self.kind.to_lowercase()) };
        let fires = match self.to {
            Firing::Origin => "enabled",
            Firing::Disabled => "disabled",
            Firing::Replica => "enabled for replication alone",
            Firing::Always => "enabled always",
        };
        format!("{kind}{} {fires}", sql::name(&self.name))
    }

    fn statements(&self) -> Vec<Statement> {
        if self.kind.is_empty() {
            return vec![Statement::whole(format!("{} {}", self.head, self.to.sql()))];
        }
        let action = format!("{} {} {}", self.to.sql(), self.kind, sql::name(&self.name));
        vec![Statement::action(self.head.clone(), action)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_when_it_fires() {
        let head = || "ALTER TABLE public.t".to_owned();
        let change = |to| {
            ChangeFiring::detect(head, "TRIGGER", "Tg", Firing::Origin, to)
                .map(|it| (it.title(), it.statements()[0].text()))
        };
        let told = |title: &str, sql: &str| Some((title.to_owned(), sql.to_owned()));
        assert_eq!(change(Firing::Origin), None);
        assert_eq!(
            change(Firing::Disabled),
            told("trigger \"Tg\" disabled", "ALTER TABLE public.t DISABLE TRIGGER \"Tg\"")
        );
        assert_eq!(
            change(Firing::Replica),
            told("trigger \"Tg\" enabled for replication alone", "ALTER TABLE public.t ENABLE REPLICA TRIGGER \"Tg\"")
        );
    }
}
