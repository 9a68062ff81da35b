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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_there_and_back_to_that_of_the_database() {
        let (none, fast) = (None, Some("Fast Disk".to_owned()));
        let head = || "ALTER TABLE public.t".to_owned();
        let there = MoveTablespace::detect(head, &none, &fast).expect("they differ").statements().remove(0);
        assert_eq!(there.text(), "ALTER TABLE public.t SET TABLESPACE \"Fast Disk\"");
        assert_eq!(there.remarks, ["lock: moves all of it; nobody can use it meanwhile"]);
        let back = MoveTablespace::detect(head, &fast, &none).expect("they differ").statements().remove(0);
        assert_eq!(back.text(), "ALTER TABLE public.t SET TABLESPACE pg_default");
        assert!(MoveTablespace::detect(head, &fast, &fast).is_none());
    }
}
