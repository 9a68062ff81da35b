//! `ALTER SEQUENCE`
//!
//! before: `create sequence sq` · after: `create sequence sq increment by 10`

use super::define;
use super::operation::Operation;
use super::statement::Statement;
use crate::schema::Sequence;

/// A sequence counts in another way.
#[derive(Clone, Debug)]
pub struct ChangeSequence<'s> {
    /// Before.
    pub from: &'s Sequence,
    /// After.
    pub to: &'s Sequence,
}

impl<'s> ChangeSequence<'s> {
    /// What differs.
    pub fn detect(from: &'s Sequence, to: &'s Sequence) -> Option<Self> {
        (from.options != to.options).then_some(Self { from, to })
    }
}

impl Operation for ChangeSequence<'_> {
    fn title(&self) -> String {
        "counts in another way".to_owned()
    }

    fn statements(&self) -> Vec<Statement> {
        let words = define::alter_options(&self.from.options, &self.to.options);
        vec![Statement::whole(format!("ALTER SEQUENCE {} {}", self.to.name, words.join(" ")))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::schema::{QualifiedName, SequenceOptions};

    #[test]
    fn only_what_differs_is_altered() {
        let from = Sequence::new(QualifiedName::public("Ticket"));
        let mut to = from.clone();
        to.options = SequenceOptions { increment: 5, cycle: true, ..from.options.clone() };
        let change = ChangeSequence::detect(&from, &to).expect("they differ");
        assert_eq!(change.statements()[0].text(), "ALTER SEQUENCE public.\"Ticket\" INCREMENT BY 5 CYCLE");
        assert!(ChangeSequence::detect(&to, &to).is_none());
    }
}
