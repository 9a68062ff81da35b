//! Sets against each other: equal, contained, joined; nothing is said where only a run can tell an element.

use ruff_python_ast::{CmpOp, Operator};

use super::builtins::set_of;
use super::value::Value;

/// Whether an item is among others.
pub(super) fn is_among<'p>(items: &[Value<'p>], wanted: &Value<'p>) -> Option<bool> {
    let mut unsure = false;
    for known in items {
        match known.equals(wanted) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => unsure = true,
        }
    }
    (!unsure).then_some(false)
}

/// Whether everything of the first is in the second.
pub(super) fn is_within<'p>(left: &[Value<'p>], right: &[Value<'p>]) -> Option<bool> {
    let mut unsure = false;
    for item in left {
        match is_among(right, item) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => unsure = true,
        }
    }
    (!unsure).then_some(true)
}

/// What is in the first, and is or is not in the second.
fn chosen<'p>(left: &[Value<'p>], right: &[Value<'p>], are_in: bool) -> Option<Vec<Value<'p>>> {
    let mut items = Vec::new();
    for item in left {
        if is_among(right, item)? == are_in {
            items.push(item.clone());
        }
    }
    Some(items)
}

/// `left <= right` and the other comparisons of two sets.
pub(super) fn compared<'p>(op: CmpOp, left: &[Value<'p>], right: &[Value<'p>]) -> Option<bool> {
    Some(match op {
        CmpOp::LtE => is_within(left, right)?,
        CmpOp::GtE => is_within(right, left)?,
        CmpOp::Lt => is_within(left, right)? && !is_within(right, left)?,
        CmpOp::Gt => is_within(right, left)? && !is_within(left, right)?,
        CmpOp::Eq => is_within(left, right)? && is_within(right, left)?,
        CmpOp::NotEq => !(is_within(left, right)? && is_within(right, left)?),
        _ => return None,
    })
}

/// `left | right` and the other operations between two sets.
pub(super) fn combined<'p>(op: Operator, left: &[Value<'p>], right: &[Value<'p>]) -> Option<Value<'p>> {
    Some(set_of(match op {
        Operator::BitOr => [left, right].concat(),
        Operator::BitAnd => chosen(left, right, true)?,
        Operator::Sub => chosen(left, right, false)?,
        Operator::BitXor => [chosen(left, right, false)?, chosen(right, left, false)?].concat(),
        _ => return None,
    }))
}

/// `set.name(…)`, with all that is given as one list.
pub(super) fn asked<'p>(name: &str, own: &[Value<'p>], others: &[Value<'p>]) -> Option<Value<'p>> {
    Some(match name {
        "union" => combined(Operator::BitOr, own, others)?,
        "difference" => combined(Operator::Sub, own, others)?,
        "intersection" => combined(Operator::BitAnd, own, others)?,
        "symmetric_difference" => combined(Operator::BitXor, own, others)?,
        "issubset" => Value::Bool(is_within(own, others)?),
        "issuperset" => Value::Bool(is_within(others, own)?),
        "isdisjoint" => Value::Bool(chosen(own, others, true)?.is_empty()),
        _ => return None,
    })
}
