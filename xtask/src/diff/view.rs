//! `CREATE OR REPLACE VIEW`
//!
//! before: `create view v as select id, a from t` · after: `create view v as select id, a, b from t`

use super::create::create_view;
use super::operation::Operation;
use super::statement::Statement;
use crate::schema::View;

/// A view gets another query; its columns stay, new ones come behind them.
#[derive(Clone, Debug)]
pub struct ReplaceView<'s> {
    /// After.
    pub view: &'s View,
}

impl<'s> ReplaceView<'s> {
    /// What differs; see [`can_be_replaced`] for when that is possible.
    pub fn detect(from: &View, to: &'s View) -> Option<Self> {
        (from.definition != to.definition).then_some(Self { view: to })
    }
}

/// Whether `CREATE OR REPLACE VIEW` can do it: the first columns keep their names and types.
pub(super) fn can_be_replaced(from: &View, to: &View) -> bool {
    let columns = from.columns.iter().zip(&to.columns);
    let keeps = columns.clone().all(|(old, new)| old.name == new.name && old.type_name == new.type_name);
    from.columns.len() <= to.columns.len() && keeps
}

impl Operation for ReplaceView<'_> {
    fn title(&self) -> String {
        "another query".to_owned()
    }

    fn statements(&self) -> Vec<Statement> {
        vec![Statement::whole(create_view(self.view).replacen("CREATE VIEW", "CREATE OR REPLACE VIEW", 1))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::schema::{QualifiedName, ViewColumn};

    fn view(columns: &[(&str, &str)]) -> View {
        let column = |(name, type_name): &(&str, &str)| ViewColumn {
            name: (*name).to_owned(),
            type_name: (*type_name).to_owned(),
            ..ViewColumn::default()
        };
        let columns = columns.iter().map(column).collect();
        View { name: QualifiedName::public("v"), columns, definition: "SELECT 1".to_owned(), ..View::default() }
    }

    #[test]
    fn columns_may_come_at_the_end_and_nowhere_else() {
        let from = view(&[("a", "integer"), ("b", "text")]);
        assert!(can_be_replaced(&from, &view(&[("a", "integer"), ("b", "text"), ("c", "text")])));
        assert!(!can_be_replaced(&from, &view(&[("a", "integer")])));
        assert!(!can_be_replaced(&from, &view(&[("a", "bigint"), ("b", "text")])));
        assert!(!can_be_replaced(&from, &view(&[("b", "text"), ("a", "integer")])));
        assert_eq!(
            ReplaceView { view: &from }.statements()[0].text(),
            "CREATE OR REPLACE VIEW public.v (a, b) AS\nSELECT 1"
        );
    }
}
