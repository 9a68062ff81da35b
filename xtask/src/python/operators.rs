//! Arithmetic, joining and comparing of plain values; between symbols the operation itself is kept.

use std::cmp::Ordering;

use ruff_python_ast::{Number, Operator};

use super::interpreter::Interpreter;
use super::value::{Span, SymbolKind, Unknown, Value};

/// The longest text or list that an operation may make.
const LONGEST: usize = 1_000_000;

impl<'p> Interpreter<'p> {
    /// `left op right`
    pub(super) fn binary(&self, op: Operator, left: &Value<'p>, right: &Value<'p>, span: Span) -> Value<'p> {
        if let (Operator::Add, Some(text), Value::Unknown(unknown)) = (op, left.as_str(), right) {
            return Value::Unknown(Unknown::text(text, unknown));
        }
        for side in [left, right] {
            if let Value::Unknown(_) = side {
                return side.clone();
            }
        }
        if let Some(value) = self.plain(op, left, right, span) {
            return value;
        }
        // Types and symbols: `int | None`, `Base.x + 1`.
        let keeps = |value: &Value<'p>| {
            matches!(
                value,
                Value::Symbol(_) | Value::Class(_) | Value::Builtin(_, None) | Value::None | Value::Instance(_)
            )
        };
        if keeps(left) || keeps(right) {
            return Value::symbol(SymbolKind::Binary(op.as_str(), left.clone(), right.clone()), span);
        }
        Value::unknown(format!("`{}` is not possible between these values", op.as_str()), span)
    }

    fn plain(&self, op: Operator, left: &Value<'p>, right: &Value<'p>, span: Span) -> Option<Value<'p>> {
        if let (Some(left), Some(right)) = (left.as_int(), right.as_int()) {
            return whole(op, left, right);
        }
        if let (Some(left), Some(right)) = (as_float(left), as_float(right)) {
            return Some(Value::Float(match op {
                Operator::Add => left + right,
                Operator::Sub => left - right,
                Operator::Mult => left * right,
                Operator::Div if right != 0.0 => left / right,
                Operator::Pow => left.powf(right),
                _ => return None,
            }));
        }
        if let (Operator::Add, Some(left), Some(right)) = (op, left.as_str(), right.as_str()) {
            return (left.len() + right.len() < LONGEST).then(|| Value::str(format!("{left}{right}")));
        }
        match (op, left, right) {
            (Operator::Add, Value::Bytes(left), Value::Bytes(right)) => {
                Some(Value::Bytes(left.iter().chain(right.iter()).copied().collect()))
            }
            (Operator::Mod, Value::Str(template), _) => Some(self.percent(template, right, span)),
            (Operator::Add, Value::List(left), Value::List(right)) => {
                Some(Value::list(left.borrow().iter().chain(right.borrow().iter()).cloned().collect()))
            }
            (Operator::Add, Value::Tuple(left), Value::Tuple(right)) => {
                Some(Value::tuple(left.iter().chain(right.iter()).cloned().collect()))
            }
            (Operator::BitOr, Value::Dict(left), Value::Dict(right)) => {
                Some(Value::dict(left.borrow().iter().chain(right.borrow().iter()).cloned()))
            }
            (_, Value::Set(left), Value::Set(right)) => super::sets::combined(op, &left.borrow(), &right.borrow()),
            (Operator::Mult, Value::Str(_) | Value::List(_) | Value::Tuple(_), _) => repeated(left, right.as_int()?),
            (Operator::Mult, _, Value::Str(_) | Value::List(_) | Value::Tuple(_)) => repeated(right, left.as_int()?),
            _ => None,
        }
    }

    /// `list += more` changes the list itself; `true` where it did.
    pub(super) fn extend_in_place(&self, left: &Value<'p>, op: Operator, right: &Value<'p>, span: Span) -> bool {
        if left.is_lost() || left.is_collection() && self.is_doubtful(left) {
            self.lose(left, span);
            return true;
        }
        match (op, left) {
            (Operator::Add, Value::List(list)) => match self.iterate(right) {
                Some(items) => {
                    list.borrow_mut().extend(items);
                    true
                }
                None => false,
            },
            (Operator::Mult, Value::List(list)) => match self.plain(op, left, right, span) {
                Some(Value::List(more)) => {
                    list.replace(more.take());
                    true
                }
                _ => false,
            },
            (_, Value::Set(set)) => match self.plain(op, left, right, span) {
                Some(Value::Set(more)) => {
                    set.replace(more.take());
                    true
                }
                _ => false,
            },
            (Operator::BitOr, Value::Dict(dict)) => {
                let Value::Dict(more) = right else { return false };
                let more: Vec<_> = more.borrow().iter().cloned().collect();
                more.into_iter().for_each(|(key, value)| dict.borrow_mut().insert(key, value));
                true
            }
            _ => false,
        }
    }
}

fn whole<'p>(op: Operator, left: i128, right: i128) -> Option<Value<'p>> {
    let number = match op {
        Operator::Add => left.checked_add(right),
        Operator::Sub => left.checked_sub(right),
        Operator::Mult => left.checked_mul(right),
        Operator::FloorDiv if right != 0 => left.checked_div_euclid(right).filter(|_| right > 0),
        Operator::Mod if right > 0 => Some(left.rem_euclid(right)),
        Operator::Pow => u32::try_from(right).ok().and_then(|right| left.checked_pow(right)),
        Operator::LShift => {
            u32::try_from(right).ok().filter(|&right| right < 100).and_then(|right| left.checked_mul(1 << right))
        }
        Operator::RShift => u32::try_from(right).ok().filter(|&right| right < 128).map(|right| left >> right),
        Operator::BitOr => Some(left | right),
        Operator::BitAnd => Some(left & right),
        Operator::BitXor => Some(left ^ right),
        Operator::Div if right != 0 => return Some(Value::Float(left as f64 / right as f64)),
        _ => None,
    };
    number.map(Value::Int)
}

fn as_float(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        _ => value.as_int().map(|number| number as f64),
    }
}

fn repeated<'p>(value: &Value<'p>, times: i128) -> Option<Value<'p>> {
    let times = usize::try_from(times.max(0)).ok()?;
    let items = value.items()?;
    if items.len().checked_mul(times)? > LONGEST {
        return None;
    }
    Some(match value {
        Value::Str(text) => Value::str(text.repeat(times)),
        Value::Tuple(_) => Value::tuple(vec![items; times].concat()),
        _ => Value::list(vec![items; times].concat()),
    })
}

/// Which of two plain values is the greater.
pub(super) fn order(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (left.as_str(), right.as_str()) {
        return Some(left.cmp(right));
    }
    if let (Some(left), Some(right)) = (left.as_int(), right.as_int()) {
        return Some(left.cmp(&right));
    }
    if let (Some(left), Some(right)) = (as_float(left), as_float(right)) {
        return left.partial_cmp(&right);
    }
    let (Value::Tuple(_) | Value::List(_), Value::Tuple(_) | Value::List(_)) = (left, right) else { return None };
    let (left, right) = (left.items()?, right.items()?);
    for (left, right) in left.iter().zip(&right) {
        match order(left, right)? {
            Ordering::Equal => {}
            other => return Some(other),
        }
    }
    Some(left.len().cmp(&right.len()))
}

/// A number as it is written.
pub(super) fn number<'p>(number: &Number, span: Span) -> Value<'p> {
    match number {
        Number::Int(int) => match int.to_string().parse() {
            Ok(number) => Value::Int(number),
            Err(_) => Value::unknown("the number is too large", span),
        },
        Number::Float(number) => Value::Float(*number),
        Number::Complex { .. } => Value::unknown("complex numbers are not followed", span),
    }
}
