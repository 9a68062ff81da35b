//! Expressions to values.

use std::rc::Rc;

use ruff_python_ast::{BoolOp, CmpOp, Expr, ExprCall, ExprCompare, ExprDict, ExprIf, UnaryOp};

use super::interpreter::Interpreter;
use super::scope::Scope;
use super::value::{Arguments, Body, Function, Span, SymbolKind, Unknown, Value};

impl<'p> Interpreter<'p> {
    /// The value of an expression as it is seen from a scope.
    pub fn eval(&self, expr: &'p Expr, scope: &Rc<Scope<'p>>) -> Value<'p> {
        if !self.may_go_on() {
            return Value::unknown("the expression is nested too deep, or takes too long", self.span(scope, expr));
        }
        self.nesting.set(self.nesting.get() + 1);
        let value = self.eval_inside(expr, scope);
        if makes_collection(expr) {
            self.note_birth(&value, self.span(scope, expr));
        }
        self.nesting.set(self.nesting.get() - 1);
        if matches!(value, Value::Unknown(_)) {
            self.note_failure();
        }
        value
    }

    fn eval_inside(&self, expr: &'p Expr, scope: &Rc<Scope<'p>>) -> Value<'p> {
        let span = self.span(scope, expr);
        match expr {
            Expr::NoneLiteral(_) => Value::None,
            Expr::BooleanLiteral(it) => Value::Bool(it.value),
            Expr::NumberLiteral(it) => super::operators::number(&it.value, span),
            Expr::StringLiteral(it) => Value::str(it.value.to_str()),
            Expr::BytesLiteral(it) => Value::Bytes(it.value.bytes().collect::<Vec<u8>>().into()),
            Expr::EllipsisLiteral(_) => Value::Ellipsis,
            Expr::FString(it) => self.f_string(&it.value, scope),
            Expr::Name(it) => self.name(&it.id, scope, span),
            Expr::Attribute(it) => {
                let object = self.eval(&it.value, scope);
                self.attribute(&object, &it.attr, span)
            }
            Expr::Subscript(it) => {
                let object = self.eval(&it.value, scope);
                let index = self.eval(&it.slice, scope);
                self.item(&object, &index, span)
            }
            Expr::Call(it) => self.eval_call(it, scope, span),
            Expr::Tuple(it) => Value::tuple(self.elements(&it.elts, scope)),
            Expr::List(it) => self.list_display(&it.elts, scope, span),
            Expr::Set(it) => super::builtins::set_of(self.elements(&it.elts, scope)),
            Expr::Dict(it) => self.eval_dict(it, scope),
            Expr::BinOp(it) => {
                let left = self.eval(&it.left, scope);
                let right = self.eval(&it.right, scope);
                self.binary(it.op, &left, &right, span)
            }
            Expr::UnaryOp(it) => self.unary(it.op, &self.eval(&it.operand, scope), span),
            Expr::BoolOp(it) => self.bool_op(it.op, &it.values, scope),
            Expr::Compare(it) => self.eval_compare(it, scope, span),
            Expr::If(it) => self.either_value(it, scope, span),
            Expr::Lambda(it) => {
                let parameters = it.parameters.as_deref();
                Value::Function(Rc::new(Function {
                    name: "<lambda>".into(),
                    body: Body::Lambda(parameters, &it.body),
                    defaults: parameters.map_or_else(Vec::new, |parameters| self.defaults(parameters, scope)),
                    scope: scope.for_functions(),
                    decorators: Vec::new(),
                    owner: std::cell::RefCell::default(),
                    span,
                }))
            }
            Expr::ListComp(it) => self.comprehension(&it.elt, &it.generators, scope, Value::list),
            Expr::SetComp(it) => {
                let set = self.comprehension(&it.elt, &it.generators, scope, super::builtins::set_of);
                self.without_equals(set, span)
            }
            Expr::Generator(it) => self.generator(it, scope, span),
            Expr::DictComp(it) => self.dict_comprehension(it, scope, span),
            Expr::Named(it) => {
                let value = self.eval(&it.value, scope);
                self.assign(&it.target, value.clone(), scope);
                value
            }
            Expr::Starred(it) => self.eval(&it.value, scope),
            Expr::Slice(it) => {
                let part =
                    |part: &'p Option<Box<Expr>>| part.as_ref().map_or(Value::None, |part| self.eval(part, scope));
                let parts = vec![part(&it.lower), part(&it.upper), part(&it.step)];
                Value::symbol(SymbolKind::Item(Value::Builtin("slice", None), Value::tuple(parts)), span)
            }
            Expr::Await(it) => self.eval(&it.value, scope),
            Expr::TString(_) | Expr::Yield(_) | Expr::YieldFrom(_) | Expr::IpyEscapeCommand(_) => {
                Value::unknown("this expression is not followed", span)
            }
        }
    }

    /// `a if test else b`
    fn either_value(&self, it: &'p ExprIf, scope: &Rc<Scope<'p>>, span: Span) -> Value<'p> {
        match self.eval(&it.test, scope).truth() {
            Some(true) => self.eval(&it.body, scope),
            Some(false) => self.eval(&it.orelse, scope),
            None => {
                let why = "it depends on a condition that only a run can decide";
                drop(self.only_look_at(&[&it.body, &it.orelse], scope, why, span));
                Value::unknown(why, span)
            }
        }
    }

    /// `[…]`; the host may have an empty one that it fills by itself.
    fn list_display(&self, elements: &'p [Expr], scope: &Rc<Scope<'p>>, span: Span) -> Value<'p> {
        let own = self.host().filter(|_| elements.is_empty()).and_then(|host| host.new_list(span));
        own.unwrap_or_else(|| Value::list(self.elements(elements, scope)))
    }

    /// Elements of a display, with `*x` opened.
    fn elements(&self, elements: &'p [Expr], scope: &Rc<Scope<'p>>) -> Vec<Value<'p>> {
        let mut values = Vec::with_capacity(elements.len());
        for element in elements {
            match element {
                Expr::Starred(it) => {
                    let value = self.eval(&it.value, scope);
                    match self.iterate(&value) {
                        Some(items) => values.extend(items),
                        None if matches!(value, Value::Unknown(_)) => values.push(value),
                        None => {
                            let why = "what stands behind `*` cannot be taken apart without a run";
                            values.push(Value::unknown(why, self.span(scope, it)));
                        }
                    }
                }
                _ => values.push(self.eval(element, scope)),
            }
        }
        values
    }

    fn eval_dict(&self, it: &'p ExprDict, scope: &Rc<Scope<'p>>) -> Value<'p> {
        let mut entries = Vec::with_capacity(it.items.len());
        for item in &it.items {
            let value = self.eval(&item.value, scope);
            match (&item.key, &value) {
                (Some(key), _) => entries.push((self.eval(key, scope), value)),
                (None, Value::Dict(dict)) => entries.extend(dict.borrow().iter().cloned()),
                (None, Value::Unknown(_)) => return value,
                (None, _) => {
                    let why = "what stands behind `**` cannot be taken apart without a run";
                    return Value::unknown(why, self.span(scope, &item.value));
                }
            }
        }
        Value::dict(entries)
    }

    fn bool_op(&self, op: BoolOp, values: &'p [Expr], scope: &Rc<Scope<'p>>) -> Value<'p> {
        let mut last = Value::None;
        for (at, expr) in values.iter().enumerate() {
            last = self.eval(expr, scope);
            if at + 1 == values.len() {
                break;
            }
            match (last.truth(), op) {
                (Some(true), BoolOp::Or) | (Some(false), BoolOp::And) => return last,
                (Some(_), _) => {}
                (None, _) => {
                    let (why, span) = ("it depends on a condition that only a run can decide", self.span(scope, expr));
                    let rest = self.only_look_at(&values[at + 1..].iter().collect::<Vec<_>>(), scope, why, span);
                    if let Some(all) = self.all_conditions(op, &last, rest, span) {
                        return all;
                    }
                    return if matches!(last, Value::Unknown(_)) { last } else { Value::unknown(why, span) };
                }
            }
        }
        last
    }

    fn eval_compare(&self, it: &'p ExprCompare, scope: &Rc<Scope<'p>>, span: Span) -> Value<'p> {
        let mut left = self.eval(&it.left, scope);
        let mut result = Value::Bool(true);
        for (op, right) in it.ops.iter().zip(&it.comparators) {
            let right = self.eval(right, scope);
            result = self.compare(*op, &left, &right, span);
            if result.truth() != Some(true) {
                return result;
            }
            left = right;
        }
        result
    }

    /// One comparison.
    pub(super) fn compare(&self, op: CmpOp, left: &Value<'p>, right: &Value<'p>, span: Span) -> Value<'p> {
        let symbolic = |value: &Value<'p>| matches!(value, Value::Symbol(symbol) if !matches!(symbol.kind, SymbolKind::External(_)));
        if let Value::Unknown(_) = left {
            return left.clone();
        }
        if let Value::Unknown(_) = right {
            return right.clone();
        }
        let known = match op {
            CmpOp::Is | CmpOp::IsNot
                if right.is_none() && symbolic(left) && self.host().is_some_and(|host| host.may_be_none(left)) =>
            {
                return Value::symbol(SymbolKind::Binary(op.as_str(), left.clone(), right.clone()), span);
            }
            CmpOp::Is => Some(left.is(right)),
            CmpOp::IsNot => Some(!left.is(right)),
            CmpOp::In | CmpOp::NotIn if !symbolic(left) => self.contains(right, left).map(|it| it == (op == CmpOp::In)),
            _ if symbolic(left) || symbolic(right) => {
                return Value::symbol(SymbolKind::Binary(op.as_str(), left.clone(), right.clone()), span);
            }
            _ if let (Value::Set(left), Value::Set(right)) = (left, right) => {
                super::sets::compared(op, &left.borrow(), &right.borrow())
            }
            CmpOp::Eq => left.equals(right),
            CmpOp::NotEq => left.equals(right).map(|it| !it),
            _ => super::operators::order(left, right).map(|order| match op {
                CmpOp::Lt => order.is_lt(),
                CmpOp::LtE => order.is_le(),
                CmpOp::Gt => order.is_gt(),
                _ => order.is_ge(),
            }),
        };
        known.map_or_else(|| Value::unknown("only a run can decide this comparison", span), Value::Bool)
    }

    fn contains(&self, container: &Value<'p>, item: &Value<'p>) -> Option<bool> {
        if let (Some(whole), Some(part)) = (container.as_str(), item.as_str()) {
            return Some(whole.contains(part));
        }
        if container.is_lost() {
            return None;
        }
        if let Value::Dict(dict) = container {
            let dict = dict.borrow();
            return if dict.is_vague() { None } else { Some(dict.get(item).is_some()) };
        }
        let items = container.items()?;
        super::sets::is_among(&items, item)
    }

    fn unary(&self, op: UnaryOp, value: &Value<'p>, span: Span) -> Value<'p> {
        match (op, value) {
            (_, Value::Unknown(_)) => value.clone(),
            (UnaryOp::Not, _) => match value.truth() {
                Some(truth) => Value::Bool(!truth),
                None if self.host().is_some() && matches!(value, Value::Symbol(_)) => {
                    Value::symbol(SymbolKind::Unary("not", value.clone()), span)
                }
                None => Value::unknown("only a run can decide this", span),
            },
            (UnaryOp::USub, Value::Float(number)) => Value::Float(-number),
            (UnaryOp::USub, _) if value.as_int().is_some() => value.as_int().map_or(Value::None, |it| Value::Int(-it)),
            (UnaryOp::UAdd, _) if value.as_int().is_some() => value.clone(),
            (UnaryOp::Invert, Value::Int(number)) => Value::Int(!number),
            _ => Value::symbol(SymbolKind::Unary(op.as_str(), value.clone()), span),
        }
    }

    fn eval_call(&self, it: &'p ExprCall, scope: &Rc<Scope<'p>>, span: Span) -> Value<'p> {
        let function = self.eval(&it.func, scope);
        self.note_undefined(&it.func, &function, scope);
        if matches!(function, Value::Builtin("super", None)) && it.arguments.is_empty() {
            return self.super_here(scope, span);
        }
        let arguments = self.arguments(&it.arguments, scope);
        if let Value::Builtin(name @ ("globals" | "locals" | "vars"), None) = function {
            return Value::unknown(format!("`{name}()` is not followed"), span);
        }
        self.call(&function, arguments, span)
    }

    /// The arguments of a call, with `*x` and `**x` opened.
    pub(super) fn arguments(&self, it: &'p ruff_python_ast::Arguments, scope: &Rc<Scope<'p>>) -> Arguments<'p> {
        let mut arguments = Arguments { positional: self.elements(&it.args, scope), ..Arguments::default() };
        for keyword in &it.keywords {
            let value = self.eval(&keyword.value, scope);
            match (&keyword.arg, &value) {
                (Some(name), _) => arguments.named.push((name.as_str().into(), value)),
                (None, Value::Dict(dict)) => {
                    let dict = dict.borrow();
                    let named = dict.iter().filter_map(|(key, value)| Some((key.as_str()?.into(), value.clone())));
                    arguments.named.extend(named);
                }
                (None, Value::Unknown(unknown)) => arguments.open = Some(Rc::clone(unknown)),
                (None, _) => {
                    let why = "what stands behind `**` cannot be taken apart without a run".to_owned();
                    arguments.open = Some(Unknown::new(why, self.span(scope, &keyword.value)));
                }
            }
        }
        arguments
    }
}

/// Whether the value is a collection that did not exist before.
fn makes_collection(expr: &Expr) -> bool {
    match expr {
        Expr::List(_) | Expr::Dict(_) | Expr::Set(_) | Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) => true,
        Expr::Call(it) => {
            it.func.as_name_expr().is_some_and(|it| matches!(&*it.id, "list" | "dict" | "set" | "sorted"))
        }
        _ => false,
    }
}
