//! Statements: what they bind, and where control goes.

use std::rc::Rc;

use ruff_python_ast::{Expr, Stmt, StmtAnnAssign, StmtImport, StmtImportFrom, StmtRaise, StmtWith};

use super::act::Act;
use super::bindings::absolute;
use super::interpreter::Interpreter;
use super::scope::{Kind, Scope};
use super::value::{Import, Unknown, Value};

/// Where control goes after a statement.
pub(super) enum Flow<'p> {
    /// To the next one.
    On,
    /// Out of the function.
    Return(Value<'p>),
    /// Out of the loop.
    Break,
    /// To the next turn.
    Continue,
    /// Out of the function, if the rest of the block only raises exceptions; it is run where the condition of the other does not hold.
    ReturnIf(Value<'p>, Rc<Unknown>),
    /// Only a run can tell, or it ends with an exception.
    Lost(Rc<Unknown>),
}

impl<'p> Interpreter<'p> {
    pub(super) fn block(&self, body: &'p [Stmt], scope: &Rc<Scope<'p>>) -> Flow<'p> {
        for (at, statement) in body.iter().enumerate() {
            match self.statement(statement, scope) {
                Flow::On => {}
                // A module goes on after what cannot be followed: its other names are still good.
                Flow::Lost(_) if scope.kind != Kind::Call => {}
                Flow::ReturnIf(value, unknown) => {
                    let rest = &body[at + 1..];
                    let flow = self.only_look(rest, scope, &unknown.why, unknown.span, unknown.goes_on_if);
                    return match flow {
                        Flow::Lost(raised) if raised.raises => Flow::Return(value),
                        _ => Flow::Lost(unknown),
                    };
                }
                Flow::Lost(unknown) => {
                    if unknown.raises {
                        return Flow::Lost(unknown);
                    }
                    let rest = &body[at + 1..];
                    let flow = self.only_look(rest, scope, &unknown.why, unknown.span, unknown.goes_on_if);
                    if !unknown.ends_turn {
                        return Flow::Lost(unknown);
                    }
                    self.forget(rest, scope, &unknown.why);
                    let ends_turn = matches!(flow, Flow::On | Flow::Continue)
                        || matches!(&flow, Flow::Lost(unknown) if unknown.raises);
                    return Flow::Lost(Rc::new(Unknown { ends_turn, ..(*unknown).clone() }));
                }
                other => return other,
            }
        }
        Flow::On
    }

    fn statement(&self, statement: &'p Stmt, scope: &Rc<Scope<'p>>) -> Flow<'p> {
        let span = self.span(scope, statement);
        if !self.may_go_on() {
            return lost("the module runs too long to be followed", span);
        }
        match statement {
            Stmt::Expr(it) => {
                let value = self.eval(&it.value, scope);
                if let Some(host) = self.host() {
                    host.unused(self, &value, span);
                }
            }
            Stmt::Assign(it) => {
                let value = self.eval(&it.value, scope);
                it.targets.iter().for_each(|target| self.assign(target, value.clone(), scope));
            }
            Stmt::AnnAssign(it) => self.annotated(it, scope),
            Stmt::AugAssign(it) => {
                let left = self.eval(&it.target, scope);
                let right = self.eval(&it.value, scope);
                if !self.extend_in_place(&left, it.op, &right, span) {
                    let value = self.binary(it.op, &left, &right, span);
                    if left.is_collection() && matches!(value, Value::Unknown(_)) {
                        self.lose(&left, span);
                    }
                    self.assign(&it.target, value, scope);
                }
            }
            Stmt::FunctionDef(it) => {
                let function = self.define_function(it, scope);
                scope.set(&it.name, function);
            }
            Stmt::ClassDef(it) => {
                let class = self.define_class(it, scope);
                scope.set(&it.name, class);
            }
            Stmt::Import(it) => self.import_statement(it, scope),
            Stmt::ImportFrom(it) => self.import_from(it, scope),
            Stmt::TypeAlias(it) => self.type_alias(&it.name, &it.value, scope),
            Stmt::If(it) => return self.choose(it, scope),
            Stmt::For(it) => return self.for_loop(it, scope),
            Stmt::While(it) => return self.while_loop(it, scope),
            Stmt::Try(it) => return self.try_block(it, scope),
            Stmt::With(it) => return self.with_block(it, scope),
            Stmt::Return(it) => {
                return Flow::Return(it.value.as_ref().map_or(Value::None, |value| self.eval(value, scope)));
            }
            Stmt::Raise(it) => return self.raise(it, scope),
            Stmt::Match(it) => {
                let bodies: Vec<&'p [Stmt]> = it.cases.iter().map(|case| &case.body[..]).collect();
                return self.perhaps(&bodies, "`match` is not followed", span, scope);
            }
            Stmt::Break(_) => return Flow::Break,
            Stmt::Continue(_) => return Flow::Continue,
            Stmt::Delete(it) => it.targets.iter().for_each(|target| self.delete(target, scope)),
            Stmt::Global(it) => it.names.iter().for_each(|name| scope.send_out(name)),
            Stmt::Nonlocal(it) => it.names.iter().for_each(|name| scope.send_out(name)),
            Stmt::Assert(it) => return self.assert(it, scope),
            Stmt::Pass(_) | Stmt::IpyEscapeCommand(_) => {}
        }
        Flow::On
    }

    fn raise(&self, it: &'p StmtRaise, scope: &Rc<Scope<'p>>) -> Flow<'p> {
        let span = self.span(scope, it);
        // One that the script catches itself ends nothing.
        let is_caught = self.tries.get() > 0;
        if let Some(host) = self.host().filter(|_| scope.kind == Kind::Call && !is_caught) {
            let first = it.exc.as_deref().and_then(Expr::as_call_expr).and_then(|call| call.arguments.args.first());
            let message = first.map_or(Value::None, |message| self.eval(message, scope));
            host.raises(&message, span);
        }
        if scope.kind == Kind::Module && !is_caught {
            self.fail_to_load(scope, "it raises an exception while it is loaded", span);
        }
        let unknown = Unknown::new("an exception is raised", span);
        Flow::Lost(Rc::new(Unknown { raises: !is_caught, ..(*unknown).clone() }))
    }

    fn annotated(&self, it: &'p StmtAnnAssign, scope: &Rc<Scope<'p>>) {
        if let Some(value) = &it.value {
            let value = self.eval(value, scope);
            self.assign(&it.target, value, scope);
        }
    }

    /// `type Name = …`: the value is read at once, though Python evaluates it when it is used.
    fn type_alias(&self, name: &'p Expr, value: &'p Expr, scope: &Rc<Scope<'p>>) {
        if let Expr::Name(name) = name {
            let value = self.eval(value, scope);
            scope.set(&name.id, value);
        }
    }

    pub(super) fn import_statement(&self, it: &'p StmtImport, scope: &Rc<Scope<'p>>) {
        let span = self.span(scope, it);
        for alias in &it.names {
            self.may_be_missing(&alias.name);
            let (bound, module) = match &alias.asname {
                Some(name) => (name.as_str(), alias.name.as_str()),
                None => {
                    let top = alias.name.split('.').next().unwrap_or(&alias.name);
                    (top, top)
                }
            };
            scope.set(bound, Value::Import(Rc::new(Import { module: module.into(), name: None, span })));
            let whole = Import { module: alias.name.as_str().into(), name: None, span };
            self.note(&Rc::new(whole), scope);
        }
    }

    pub(super) fn import_from(&self, it: &'p StmtImportFrom, scope: &Rc<Scope<'p>>) {
        let Some(module) = absolute(it.level, it.module.as_deref(), &scope.package) else {
            for alias in &it.names {
                let span = self.span(scope, alias);
                let why = "the relative import leads out of the source roots";
                scope.set(alias.asname.as_ref().unwrap_or(&alias.name), Value::unknown(why, span));
            }
            return;
        };
        let module: Rc<str> = module.into();
        self.may_be_missing(&module);
        for alias in &it.names {
            if &alias.name == "*" {
                self.import_all(&module, scope);
                continue;
            }
            let bound = alias.asname.as_ref().unwrap_or(&alias.name);
            let name = Some(alias.name.as_str().into());
            let import = Import { module: Rc::clone(&module), name, span: self.span(scope, alias) };
            let import = Rc::new(import);
            self.note(&import, scope);
            scope.set(bound, Value::Import(import));
        }
    }

    fn note(&self, import: &Rc<Import>, scope: &Rc<Scope<'p>>) {
        if scope.kind != Kind::Call {
            self.note_import(import);
        }
    }

    fn with_block(&self, it: &'p StmtWith, scope: &Rc<Scope<'p>>) -> Flow<'p> {
        let mut entered = Vec::new();
        for item in &it.items {
            let value = self.eval(&item.context_expr, scope);
            let inside = self.host().and_then(|host| host.enter(self, &value));
            if let Some(target) = &item.optional_vars {
                self.assign(target, inside.unwrap_or_else(|| value.clone()), scope);
            }
            entered.push(value);
        }
        let flow = self.block(&it.body, scope);
        if let Some(host) = self.host() {
            entered.iter().rev().for_each(|value| host.leave(self, value));
        }
        flow
    }

    /// `target = value`
    pub(super) fn assign(&self, target: &'p Expr, value: Value<'p>, scope: &Rc<Scope<'p>>) {
        match target {
            Expr::Name(it) if scope.is_sent_out(&it.id) && self.host().is_some_and(|host| host.is_in_doubt()) => {
                scope.set(&it.id, Value::unknown("it depends on what only a run can decide", self.span(scope, it)));
            }
            Expr::Name(it) => scope.set(&it.id, value),
            Expr::Starred(it) => self.assign(&it.value, value, scope),
            Expr::Tuple(it) => self.unpack(&it.elts, &value, scope),
            Expr::List(it) => self.unpack(&it.elts, &value, scope),
            Expr::Attribute(it) => {
                let object = self.eval(&it.value, scope);
                self.set_attribute(&object, &it.attr, value, self.span(scope, it));
            }
            Expr::Subscript(it) => {
                let object = self.eval(&it.value, scope);
                let index = self.eval(&it.slice, scope);
                if object.is_lost() || object.is_collection() && self.is_doubtful(&object) {
                    return self.lose(&object, self.span(scope, it));
                }
                if let (Value::Symbol(_) | Value::Unknown(_), Some(host)) = (&object, self.host()) {
                    host.set_item(self, &object, self.span(scope, it));
                }
                match (&object, index.as_int()) {
                    (Value::Symbol(_), _) => self.act(Act::SetItem(object.clone(), self.span(scope, it))),
                    (Value::Dict(dict), _) => dict.borrow_mut().insert(index, value),
                    (Value::List(list), Some(at)) => {
                        let mut list = list.borrow_mut();
                        let length = list.len() as i128;
                        let at = if at < 0 { at + length } else { at };
                        match usize::try_from(at).ok().and_then(|at| list.get_mut(at)) {
                            Some(slot) => *slot = value,
                            None => {
                                drop(list);
                                self.lose(&object, self.span(scope, it));
                            }
                        }
                    }
                    // A slice, or an index that only a run can tell.
                    (Value::List(_), None) => self.lose(&object, self.span(scope, it)),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn unpack(&self, targets: &'p [Expr], value: &Value<'p>, scope: &Rc<Scope<'p>>) {
        let items = self.iterate(value);
        let starred = targets.iter().position(Expr::is_starred_expr);
        let fits = items.as_ref().is_some_and(|items| match starred {
            Some(_) => items.len() + 1 >= targets.len(),
            None => items.len() == targets.len(),
        });
        let Some(items) = items.filter(|_| fits) else {
            self.note_failure();
            for target in targets {
                let span = self.span(scope, target);
                let lost = match value {
                    Value::Unknown(_) => value.clone(),
                    _ => Value::unknown("the value cannot be taken apart", span),
                };
                self.assign(target, lost, scope);
            }
            return;
        };
        let rest = items.len() + 1 - targets.len();
        let mut items = items.into_iter();
        for (at, target) in targets.iter().enumerate() {
            let value = match starred {
                Some(star) if star == at => Value::list(items.by_ref().take(rest).collect()),
                _ => items.next().unwrap_or(Value::None),
            };
            self.assign(target, value, scope);
        }
    }
}

pub(super) fn lost<'p>(why: &str, span: super::value::Span) -> Flow<'p> {
    Flow::Lost(Unknown::new(why, span))
}
