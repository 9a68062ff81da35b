//! `SET TABLESPACE`
//!
//! before: the tablespace of the database · after: `tablespace fast`

use super::operation::Operation;
use super::statement::Statement;
use crate::sql;

/// A table, index or materialised view moves to another tablespace.
#[derive(Clone, Debug)]
pub struct MoveTablespace {
    /// `ALTER TABLE public.t`.
    pub head: String,
    /// After; `None` for that of the database.
    pub to: Option<String>,
}

impl MoveTablespace {
    /// What differs.
    pub fn detect(head: impl FnOnce() -> String, from: &Option<String>, to: &Option<String>) -> Option<Self> {
        (from != to).then(|| Self { head: head(), to: to.clone() })
    }
}

impl Operation for MoveTablespace {
    fn title(&self) -> String {
        "tablespace".to_owned()
    }

    fn statements(&self) -> Vec<Statement> {
        let name = sql::name(self.to.as_deref().unwrap_or("pg_default"));
        let statement = Statement::whole(format!("{} SET TABLESPACE {name}", self.head));
        vec![statement.remark("lock: moves all of it; nobody can use it meanwhile")]
    }
}
