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

#[cfg(test)]
mod tests {
    use super::*;

    use crate::schema::{Privileges, QualifiedName, Signature};

    fn function(kind: FunctionKind, body: &str) -> Function {
        Function {
            name: Signature { name: QualifiedName::public("f"), arguments: "integer".to_owned() },
            kind,
            definition: format!("CREATE OR REPLACE FUNCTION public.f(i integer) … {body}"),
            result: Some("integer".to_owned()),
            arguments: "i integer".to_owned(),
            comment: None,
            privileges: Privileges::default(),
        }
    }

    #[test]
    fn another_body_replaces_the_first() {
        let (from, to) = (function(FunctionKind::Function, "1"), function(FunctionKind::Function, "2"));
        let change = ReplaceFunction::detect(&from, &to).expect("they differ");
        assert_eq!(change.statements()[0].text(), to.definition);
        assert!(can_be_replaced(&from, &to) && ReplaceFunction::detect(&to, &to).is_none());
    }

    #[test]
    fn arguments_result_and_kind_cannot_be_replaced() {
        let from = function(FunctionKind::Function, "1");
        assert!(!can_be_replaced(&from, &Function { result: Some("bigint".to_owned()), ..from.clone() }));
        assert!(!can_be_replaced(&from, &Function { arguments: "j integer".to_owned(), ..from.clone() }));
        assert!(!can_be_replaced(&from, &function(FunctionKind::Procedure, "1")));
        let sum = function(FunctionKind::Aggregate, "1");
        assert!(!can_be_replaced(&sum, &sum), "what makes an aggregate cannot replace one in all versions");
    }
}
