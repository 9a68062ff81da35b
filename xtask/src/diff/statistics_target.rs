//! `SET STATISTICS` of extended statistics and of expressions in indexes.
//!
//! after: `alter statistics st set statistics 500`

use super::operation::Operation;
use super::statement::Statement;

/// A statistics target changes.
#[derive(Clone, Debug)]
pub struct SetStatisticsTarget {
    /// `ALTER STATISTICS public.st`, or `ALTER INDEX public.ix ALTER COLUMN 1`.
    pub head: String,
    /// After; -1 for the usual one.
    pub target: i32,
}

impl SetStatisticsTarget {
    /// What differs.
    pub fn detect(head: impl FnOnce() -> String, from: Option<i32>, to: Option<i32>) -> Option<Self> {
        (from != to).then(|| Self { head: head(), target: to.unwrap_or(-1) })
    }
}

impl Operation for SetStatisticsTarget {
    fn title(&self) -> String {
        "statistics target".to_owned()
    }

    fn statements(&self) -> Vec<Statement> {
        vec![Statement::whole(format!("{} SET STATISTICS {}", self.head, self.target))]
    }
}
