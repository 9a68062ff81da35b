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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_target_has_a_number_of_its_own() {
        let head = || "ALTER STATISTICS public.st".to_owned();
        let text = |from, to| SetStatisticsTarget::detect(head, from, to).map(|it| it.statements()[0].text());
        assert_eq!(text(None, Some(500)).as_deref(), Some("ALTER STATISTICS public.st SET STATISTICS 500"));
        assert_eq!(text(Some(500), None).as_deref(), Some("ALTER STATISTICS public.st SET STATISTICS -1"));
        assert_eq!(text(Some(0), Some(0)), None);
    }
}
