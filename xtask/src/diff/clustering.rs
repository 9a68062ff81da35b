//! `CLUSTER ON`
//!
//! after: `alter table t cluster on ix`

use super::operation::Operation;
use super::statement::Statement;
use crate::sql;

/// The index that `CLUSTER` uses.
#[derive(Clone, Debug)]
pub struct ChangeClustering<'s> {
    /// `ALTER TABLE public.t`.
    pub head: String,
    /// After.
    pub to: Option<&'s str>,
}

impl<'s> ChangeClustering<'s> {
    /// What differs.
    pub fn detect(head: impl FnOnce() -> String, from: &Option<String>, to: &'s Option<String>) -> Option<Self> {
        (from != to).then(|| Self { head: head(), to: to.as_deref() })
    }
}

impl Operation for ChangeClustering<'_> {
    fn title(&self) -> String {
        "clustering".to_owned()
    }

    fn statements(&self) -> Vec<Statement> {
        let action =
            self.to.map_or("SET WITHOUT CLUSTER".to_owned(), |index| format!("CLUSTER ON {}", sql::name(index)));
        vec![Statement::whole(format!("{} {action}", self.head))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_set_and_taken_away() {
        let text = |from: Option<&str>, to: Option<&str>| {
            let (from, to) = (from.map(str::to_owned), to.map(str::to_owned));
            let found = ChangeClustering::detect(|| "ALTER TABLE public.t".to_owned(), &from, &to);
            found.map(|it| it.statements()[0].text())
        };
        assert_eq!(text(None, Some("Ix")).as_deref(), Some("ALTER TABLE public.t CLUSTER ON \"Ix\""));
        assert_eq!(text(Some("Ix"), None).as_deref(), Some("ALTER TABLE public.t SET WITHOUT CLUSTER"));
        assert_eq!(text(Some("Ix"), Some("Ix")), None);
    }
}
