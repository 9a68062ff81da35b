//! What programs do to what libraries own.

use std::rc::Rc;

use super::value::{Class, Span, Symbol, Unknown, Value};

/// Something that a program does to what a library owns.
pub enum Act<'p> {
    /// A call of a library's function or class, in the order in which they are made.
    Call(Rc<Symbol<'p>>),
    /// `target.name = value`, where the target is a library's, with the place of it.
    Set(Value<'p>, Rc<str>, Value<'p>, Span),
    /// `target[index] = value`, where the target is a library's, with the place of it.
    SetItem(Value<'p>, Span),
    /// A function under a decorator of a library.
    Decorated(Value<'p>),
    /// A class of the project.
    Class(Rc<Class<'p>>),
    /// What a base class does to a class in `__init_subclass__` is not known.
    Hook(Rc<Class<'p>>, Rc<Unknown>),
    /// A module level block that only a run can choose: what it would bind is not known.
    Undecided(Span),
    /// A statement of a module that takes so many steps that it was not followed to its end.
    TooLong(Span),
    /// A name that is called, and that nothing binds.
    Undefined(Rc<Unknown>),
}
