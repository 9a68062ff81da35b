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
