//! Making values, and asking them what is plain in them: text, numbers, truth, equality.

use std::cell::RefCell;
use std::rc::Rc;

use ruff_python_ast::CmpOp;

use super::value::{Arguments, Dict, Span, Symbol, SymbolKind, Unknown, Value};

/// What stands in a collection that is not known any more.
const LOST: &str = "what is in this collection depends on what only a run can decide";

impl<'p> Value<'p> {
    /// Text as a value.
    pub fn str(text: impl Into<Rc<str>>) -> Self {
        Self::Str(text.into())
    }

    /// A list.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(RefCell::new(items)))
    }

    /// A tuple.
    pub fn tuple(items: Vec<Self>) -> Self {
        Self::Tuple(items.into())
    }

    /// A dictionary.
    pub fn dict(entries: impl IntoIterator<Item = (Self, Self)>) -> Self {
        let mut dict = Dict::default();
        for (key, value) in entries {
            dict.insert(key, value);
        }
        Self::Dict(Rc::new(RefCell::new(dict)))
    }

    /// Something not known.
    pub fn unknown(why: impl Into<String>, span: Span) -> Self {
        Self::Unknown(Unknown::new(why, span))
    }

    /// A symbol.
    pub fn symbol(kind: SymbolKind<'p>, span: Span) -> Self {
        Self::Symbol(Rc::new(Symbol { kind, span, is_written: false.into() }))
    }

    /// The text, of a string or of a member of `class X(str, Enum)`.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            Self::Member(member) if member.is_plain => member.value.as_str(),
            _ => None,
        }
    }

    /// A whole number; `True` is 1.
    pub fn as_int(&self) -> Option<i128> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Bool(truth) => Some(i128::from(*truth)),
            Self::Member(member) if member.is_plain => member.value.as_int(),
            _ => None,
        }
    }

    /// A truth value, and nothing else.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(truth) = self { Some(*truth) } else { None }
    }

    /// Whether it is `None`.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The whole path of a name from outside.
    pub fn external(&self) -> Option<&str> {
        match self {
            Self::Symbol(symbol) => match &symbol.kind {
                SymbolKind::External(path) => Some(path),
                _ => None,
            },
            _ => None,
        }
    }

    /// The call that a symbol is: what is called, and with what.
    pub fn as_call(&self) -> Option<(&Value<'p>, &Arguments<'p>)> {
        match self {
            Self::Symbol(symbol) => match &symbol.kind {
                SymbolKind::Call(function, arguments) => Some((function, arguments)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether it is a collection that something was done to of which nobody knows whether it happens.
    pub(super) fn is_lost(&self) -> bool {
        let is_mark = |value: &Self| matches!(value, Self::Unknown(unknown) if unknown.why == LOST);
        match self {
            Self::List(items) | Self::Set(items) => items.borrow().first().is_some_and(is_mark),
            Self::Dict(dict) => dict.borrow().iter().next().is_some_and(|(key, _)| is_mark(key)),
            _ => false,
        }
    }

    /// Whether it is a list, a set or a dict.
    pub(super) fn is_collection(&self) -> bool {
        matches!(self, Self::List(_) | Self::Set(_) | Self::Dict(_))
    }

    /// Nobody knows any more what is in the collection.
    pub(super) fn lose(&self, span: Span) {
        let mark = || Self::unknown(LOST, span);
        match self {
            Self::List(items) | Self::Set(items) => *items.borrow_mut() = vec![mark()],
            Self::Dict(dict) => {
                let mut lost = Dict::default();
                lost.insert(mark(), Self::None);
                *dict.borrow_mut() = lost;
            }
            _ => {}
        }
    }

    /// What `for` goes through, where that is known.
    pub fn items(&self) -> Option<Vec<Value<'p>>> {
        if self.is_lost() {
            return None;
        }
        match self {
            Self::Tuple(items) => Some(items.to_vec()),
            Self::List(items) | Self::Set(items) => Some(items.borrow().clone()),
            Self::Dict(dict) => Some(dict.borrow().iter().map(|(key, _)| key.clone()).collect()),
            Self::Str(text) => Some(text.chars().map(|letter| Self::str(letter.to_string())).collect()),
            Self::Class(class) => {
                let members = class.members.borrow();
                let members = members.as_ref()?;
                Some(members.iter().map(|member| Self::Member(Rc::clone(member))).collect())
            }
            _ => None,
        }
    }

    /// Whether it counts as true; `None` where only a run can tell.
    pub fn truth(&self) -> Option<bool> {
        if self.is_lost() {
            return None;
        }
        Some(match self {
            Self::None => false,
            Self::Bool(truth) => *truth,
            Self::Int(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Str(text) => !text.is_empty(),
            Self::Bytes(bytes) => !bytes.is_empty(),
            Self::Tuple(items) => !items.is_empty(),
            Self::List(items) | Self::Set(items) => !items.borrow().is_empty(),
            Self::Dict(dict) => !dict.borrow().is_empty(),
            Self::Member(member) if member.is_plain => return member.value.truth(),
            Self::Symbol(symbol) => return matches!(symbol.kind, SymbolKind::External(_)).then_some(true),
            Self::Unknown(_) | Self::Import(_) | Self::Instance(_) => return None,
            _ => true,
        })
    }

    /// `==`; `None` where only a run can tell.
    pub fn equals(&self, other: &Self) -> Option<bool> {
        if let (Some(left), Some(right)) = (self.as_str(), other.as_str()) {
            return Some(left == right);
        }
        if let (Some(left), Some(right)) = (self.as_int(), other.as_int()) {
            return Some(left == right);
        }
        Some(match (self, other) {
            (Self::Unknown(_), _) | (_, Self::Unknown(_)) => return None,
            (Self::None, Self::None) | (Self::Ellipsis, Self::Ellipsis) => true,
            (Self::Float(left), Self::Float(right)) => left == right,
            (Self::Float(left), right) | (right, Self::Float(left)) => {
                right.as_int().is_some_and(|right| *left == right as f64)
            }
            (Self::Bytes(left), Self::Bytes(right)) => left == right,
            (Self::Member(left), Self::Member(right)) => Rc::ptr_eq(left, right),
            (Self::Class(left), Self::Class(right)) => Rc::ptr_eq(left, right),
            (Self::Module(left), Self::Module(right)) => Rc::ptr_eq(left, right),
            (Self::Iterator(left), Self::Iterator(right)) => Rc::ptr_eq(left, right),
            (Self::Function(left), Self::Function(right)) => Rc::ptr_eq(left, right),
            (Self::Builtin(left, None), Self::Builtin(right, None)) => left == right,
            (Self::Tuple(left), Self::Tuple(right)) => return all_equal(left, right),
            (Self::List(left), Self::List(right)) => return all_equal(&left.borrow(), &right.borrow()),
            (Self::Set(left), Self::Set(right)) => {
                return super::sets::compared(CmpOp::Eq, &left.borrow(), &right.borrow());
            }
            (Self::Dict(left), Self::Dict(right)) => return left.borrow().equals(&right.borrow()),
            (Self::Symbol(left), Self::Symbol(right)) => {
                return match (&left.kind, &right.kind) {
                    (SymbolKind::External(left), SymbolKind::External(right)) => Some(left == right),
                    _ => Rc::ptr_eq(left, right).then_some(true),
                };
            }
            (Self::Symbol(symbol), _) | (_, Self::Symbol(symbol)) => {
                return matches!(symbol.kind, SymbolKind::External(_)).then_some(false);
            }
            (Self::Instance(left), Self::Instance(right)) => return Rc::ptr_eq(left, right).then_some(true),
            (Self::Instance(_) | Self::Import(_), _) | (_, Self::Instance(_) | Self::Import(_)) => return None,
            _ => false,
        })
    }

    /// Whether both are the same object.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Symbol(left), Self::Symbol(right)) => {
                Rc::ptr_eq(left, right) || (self.external().is_some() && self.external() == other.external())
            }
            (Self::List(left), Self::List(right)) | (Self::Set(left), Self::Set(right)) => Rc::ptr_eq(left, right),
            (Self::Dict(left), Self::Dict(right)) => Rc::ptr_eq(left, right),
            (Self::Instance(left), Self::Instance(right)) => Rc::ptr_eq(left, right),
            _ => self.equals(other) == Some(true),
        }
    }
}

fn all_equal<'p>(left: &[Value<'p>], right: &[Value<'p>]) -> Option<bool> {
    if left.len() != right.len() {
        return Some(false);
    }
    left.iter().zip(right).try_fold(true, |all, (left, right)| Some(all && left.equals(right)?))
}
