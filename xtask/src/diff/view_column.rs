//! Columns of views: default, statistics target.
//!
//! after: `alter view v alter column a set default 1`

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{QualifiedName, ViewColumn};
use crate::sql;

/// A column of a view or materialised view gets another default or statistics target.
#[derive(Clone, Debug)]
pub struct ChangeViewColumn<'s> {
    /// `VIEW` or `MATERIALIZED VIEW`.
    pub kind: &'static str,
    /// The view.
    pub view: &'s QualifiedName,
    /// Before; `None` for a new one.
    pub from: Option<&'s ViewColumn>,
    /// After.
    pub to: &'s ViewColumn,
}

impl<'s> ChangeViewColumn<'s> {
    /// What differs.
    pub fn detect(
        kind: &'static str,
        view: &'s QualifiedName,
        from: Option<&'s ViewColumn>,
        to: &'s ViewColumn,
    ) -> Option<Self> {
        let (default, statistics) = from.map_or((&None, None), |from| (&from.default, from.statistics));
        (*default != to.default || statistics != to.statistics).then_some(Self { kind, view, from, to })
    }
}

impl Operation for ChangeViewColumn<'_> {
    fn title(&self) -> String {
        let column = sql::name(&self.to.name);
        let is_default = self.from.map_or(&None, |from| &from.default) != &self.to.default;
        if is_default { format!("default of {column}") } else { format!("statistics target of {column}") }
    }

    fn statements(&self) -> Vec<Statement> {
        let head = format!("ALTER {} {} ALTER COLUMN {}", self.kind, self.view, sql::name(&self.to.name));
        let mut statements = Vec::new();
        if self.from.map_or(&None, |from| &from.default) != &self.to.default {
            let action = self.to.default.as_ref().map_or("DROP DEFAULT".to_owned(), |it| format!("SET DEFAULT {it}"));
            statements.push(Statement::whole(format!("{head} {action}")));
        }
        if self.from.and_then(|from| from.statistics) != self.to.statistics {
            statements.push(Statement::whole(format!("{head} SET STATISTICS {}", self.to.statistics.unwrap_or(-1))));
        }
        statements
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_and_target_change_one_by_one() {
        let view = QualifiedName::public("v");
        let plain = ViewColumn { name: "a".to_owned(), type_name: "integer".to_owned(), ..ViewColumn::default() };
        let set = ViewColumn { default: Some("1".to_owned()), statistics: Some(10), ..plain.clone() };
        let texts = |from: Option<&ViewColumn>, to: &ViewColumn| {
            let change = ChangeViewColumn::detect("VIEW", &view, from, to);
            change.iter().flat_map(ChangeViewColumn::statements).map(|it| it.text()).collect::<Vec<_>>()
        };
        let both = [
            "ALTER VIEW public.v ALTER COLUMN a SET DEFAULT 1",
            "ALTER VIEW public.v ALTER COLUMN a SET STATISTICS 10",
        ];
        assert_eq!(texts(None, &set), both);
        assert_eq!(texts(Some(&plain), &set), both);
        let without = ViewColumn { default: None, ..set.clone() };
        assert_eq!(texts(Some(&set), &without), ["ALTER VIEW public.v ALTER COLUMN a DROP DEFAULT"]);
        assert!(texts(None, &plain).is_empty() && texts(Some(&set), &set).is_empty());
    }
}
