//! What statements bind and annotate, and what relative imports mean.

use std::rc::Rc;

use ruff_python_ast::{Expr, Stmt, StmtAnnAssign};
use ruff_text_size::Ranged;

use super::conditions::run_branch;
use super::interpreter::Interpreter;
use super::scope::{Kind, Scope};
use super::value::{Span, Value};

/// The absolute name of `from ..x import`; `None` where it leads out of the top package.
pub fn absolute(level: u32, module: Option<&str>, package: &str) -> Option<String> {
    if level == 0 {
        return module.map(str::to_owned);
    }
    let mut folders: Vec<&str> = package.split('.').filter(|part| !part.is_empty()).collect();
    let up = level as usize - 1;
    if up >= folders.len().max(1) {
        return None;
    }
    folders.truncate(folders.len() - up);
    folders.extend(module);
    (!folders.is_empty()).then(|| folders.join("."))
}

/// The names that a statement in the body of a class binds or annotates.
pub(super) fn bound_names(statement: &Stmt) -> Vec<&str> {
    fn of_target(target: &Expr) -> Vec<&str> {
        match target {
            Expr::Name(it) => vec![it.id.as_str()],
            Expr::Tuple(it) => it.elts.iter().flat_map(of_target).collect(),
            Expr::List(it) => it.elts.iter().flat_map(of_target).collect(),
            _ => Vec::new(),
        }
    }
    match statement {
        Stmt::Assign(it) => it.targets.iter().flat_map(of_target).collect(),
        Stmt::AnnAssign(it) => of_target(&it.target),
        Stmt::FunctionDef(it) => vec![it.name.as_str()],
        Stmt::ClassDef(it) => vec![it.name.as_str()],
        Stmt::If(it) => {
            let rest = it.elif_else_clauses.iter().flat_map(|clause| &clause.body);
            it.body.iter().chain(rest).flat_map(bound_names).collect()
        }
        Stmt::With(it) => it.body.iter().flat_map(bound_names).collect(),
        Stmt::For(it) => it.body.iter().flat_map(bound_names).collect(),
        Stmt::Try(it) => it.body.iter().flat_map(bound_names).collect(),
        _ => Vec::new(),
    }
}

/// The annotations that a statement in the body of a class makes.
pub(super) fn annotations(statement: &Stmt) -> Vec<&StmtAnnAssign> {
    match statement {
        Stmt::AnnAssign(it) if it.target.is_name_expr() => vec![it],
        Stmt::If(it) => {
            let rest = || it.elif_else_clauses.iter().flat_map(|clause| &clause.body);
            match run_branch(&it.test) {
                Some(true) => it.body.iter().flat_map(annotations).collect(),
                Some(false) => rest().flat_map(annotations).collect(),
                None => it.body.iter().chain(rest()).flat_map(annotations).collect(),
            }
        }
        Stmt::Try(it) => it.body.iter().flat_map(annotations).collect(),
        _ => Vec::new(),
    }
}

/// The place of the thing that a statement is about.
pub(super) fn target_range(it: &StmtAnnAssign) -> ruff_text_size::TextRange {
    it.target.range()
}

impl<'p> Interpreter<'p> {
    /// A new scope for a call or a comprehension.
    pub(super) fn frame(&self, around: &Rc<Scope<'p>>) -> Rc<Scope<'p>> {
        Scope::inside(around, Kind::Call)
    }

    /// `del target`
    pub(super) fn delete(&self, target: &'p Expr, scope: &Rc<Scope<'p>>) {
        match target {
            Expr::Name(it) => scope.delete(&it.id),
            Expr::Tuple(it) => it.elts.iter().for_each(|target| self.delete(target, scope)),
            Expr::List(it) => it.elts.iter().for_each(|target| self.delete(target, scope)),
            Expr::Attribute(it) => {
                let object = self.eval(&it.value, scope);
                let span = self.span(scope, it);
                self.set_attribute(&object, &it.attr, Value::unknown("it was deleted", span), span);
            }
            Expr::Subscript(it) => {
                let object = self.eval(&it.value, scope);
                let index = self.eval(&it.slice, scope);
                self.delete_item(&object, &index, self.span(scope, it));
            }
            _ => {}
        }
    }

    fn delete_item(&self, object: &Value<'p>, index: &Value<'p>, span: Span) {
        if object.is_lost() || object.is_collection() && self.is_doubtful(object) {
            return self.lose(object, span);
        }
        let is_done = match object {
            Value::Dict(dict) => dict.borrow_mut().remove(index).is_some(),
            Value::List(items) => {
                let mut items = items.borrow_mut();
                let length = items.len() as i128;
                let at = index.as_int().map(|at| if at < 0 { at + length } else { at });
                let at = at.and_then(|at| usize::try_from(at).ok()).filter(|at| *at < items.len());
                at.map(|at| items.remove(at)).is_some()
            }
            Value::Symbol(_) | Value::Unknown(_) => match self.host() {
                Some(host) => {
                    host.delete_item(self, object, index, span);
                    true
                }
                None => true,
            },
            _ => true,
        };
        if !is_done {
            self.lose(object, span);
        }
    }
}
