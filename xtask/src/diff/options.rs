//! Storage parameters of tables and indexes, options of views.
//!
//! before: `with (fillfactor=70)` · after: `with (autovacuum_enabled=false)`

use super::define::option_value;
use super::operation::Operation;
use super::statement::Statement;
use crate::schema::Options;

/// What stands in `WITH (…)` changes.
#[derive(Clone, Debug)]
pub struct ChangeOptions<'s> {
    /// `ALTER TABLE public.t`.
    pub head: String,
    /// Before.
    pub from: &'s Options,
    /// After.
    pub to: &'s Options,
}

impl<'s> ChangeOptions<'s> {
    /// What differs.
    pub fn detect(head: impl FnOnce() -> String, from: &'s Options, to: &'s Options) -> Option<Self> {
        (from != to).then(|| Self { head: head(), from, to })
    }
}

/// What is new or has another value, as `SET (…)` takes it.
pub(super) fn set_words(from: &Options, to: &Options) -> Option<String> {
    let changed = to.iter().filter(|(name, value)| from.get(name) != Some(value));
    let words: Vec<String> = changed.map(|(name, value)| format!("{name}={}", option_value(value))).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// What is gone, as `RESET (…)` takes it.
pub(super) fn reset_words(from: &Options, to: &Options) -> Option<String> {
    let gone = from.iter().filter(|(name, _)| to.get(name).is_none());
    let words: Vec<&str> = gone.map(|(name, _)| name.as_str()).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

impl Operation for ChangeOptions<'_> {
    fn title(&self) -> String {
        "storage parameters".to_owned()
    }

    fn statements(&self) -> Vec<Statement> {
        let set = set_words(self.from, self.to).map(|words| format!("SET ({words})"));
        let reset = reset_words(self.from, self.to).map(|words| format!("RESET ({words})"));
        // Views take one action a statement.
        let actions = set.into_iter().chain(reset);
        actions.map(|action| Statement::whole(format!("{} {action}", self.head))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_reset() {
        let from: Options = [("fillfactor", "70"), ("a", "1")].into_iter().collect();
        let to: Options = [("a", "2")].into_iter().collect();
        let change = ChangeOptions::detect(|| "ALTER TABLE public.t".into(), &from, &to).expect("they differ");
        let texts: Vec<String> = change.statements().iter().map(Statement::text).collect();
        assert_eq!(texts, ["ALTER TABLE public.t SET (a=2)", "ALTER TABLE public.t RESET (fillfactor)"]);
    }
}
