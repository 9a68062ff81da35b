//! `CREATE OR REPLACE FUNCTION`
//!
//! before: `… $$ select i + 1 $$` · after: `… $$ select i + 2 $$`

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{Function, FunctionKind};

/// A function or procedure gets another body; arguments and result stay.
#[derive(Clone, Debug)]
pub struct ReplaceFunction<'s> {
    /// After.
    pub function: &'s Function,
}

impl<'s> ReplaceFunction<'s> {
    /// What differs; see [`can_be_replaced`] for when that is possible.
    pub fn detect(from: &Function, to: &'s Function) -> Option<Self> {
        (from.definition != to.definition).then_some(Self { function: to })
    }
}

/// Whether `CREATE OR REPLACE` can do it: the same kind, names of arguments, and result.
pub(super) fn can_be_replaced(from: &Function, to: &Function) -> bool {
    let is_plain = to.kind != FunctionKind::Aggregate;
    is_plain && from.kind == to.kind && from.result == to.result && from.arguments == to.arguments
}

impl Operation for ReplaceFunction<'_> {
    fn title(&self) -> String {
        "another definition".to_owned()
    }

    fn statements(&self) -> Vec<Statement> {
        vec![Statement::whole(self.function.definition.clone())]
    }
}
