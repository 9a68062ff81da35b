//! `COMMENT ON …`
//!
//! before: `comment on table t is 'a'` · after: `comment on table t is 'b'`

use super::operation::Operation;
use super::statement::Statement;
use crate::sql;

/// A comment is set, changed or taken away.
#[derive(Clone, Debug)]
pub struct SetComment<'s> {
    /// `TABLE public.t`.
    pub target: String,
    /// The new one.
    pub comment: Option<&'s str>,
}

impl<'s> SetComment<'s> {
    /// What differs, for an object that is there before and after.
    pub fn detect(target: impl FnOnce() -> String, from: &Option<String>, to: &'s Option<String>) -> Option<Self> {
        (from != to).then(|| Self { target: target(), comment: to.as_deref() })
    }

    /// For an object that is new.
    pub fn on_new(target: impl FnOnce() -> String, to: &'s Option<String>) -> Option<Self> {
        to.as_deref().map(|comment| Self { target: target(), comment: Some(comment) })
    }
}

impl Operation for SetComment<'_> {
    fn title(&self) -> String {
        "comment".to_owned()
    }

    fn statements(&self) -> Vec<Statement> {
        let comment = self.comment.map_or_else(|| "NULL".to_owned(), sql::literal);
        vec![Statement::whole(format!("COMMENT ON {} IS {comment}", self.target))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(from: Option<&str>, to: Option<&str>) -> Option<String> {
        let (from, to) = (from.map(str::to_owned), to.map(str::to_owned));
        let found = SetComment::detect(|| "TABLE public.t".to_owned(), &from, &to);
        found.map(|it| it.statements()[0].text())
    }

    #[test]
    fn a_comment_is_set_changed_and_taken_away() {
        assert_eq!(sql(None, Some("it's")).as_deref(), Some("COMMENT ON TABLE public.t IS 'it''s'"));
        assert_eq!(sql(Some("a"), None).as_deref(), Some("COMMENT ON TABLE public.t IS NULL"));
        assert_eq!(sql(Some("a"), Some("a")), None);
    }
}
