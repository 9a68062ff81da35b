//! Python read without running it: syntax trees to values.
//!
//! An [`Interpreter`] runs modules as far as plain values go: constants, text, collections, classes, enums, helper
//! functions, imports. What belongs to a library stays a [`Symbol`]: `sa.Column("x", sa.Integer())` is a call with its
//! arguments and its place, and whoever knows the library reads it. What only a run could tell is [`Value::Unknown`], with
//! the reason; it is an error only where it is needed.

mod act;
mod assertions;
mod attributes;
mod bindings;
mod builtins;
mod calls;
mod classes;
mod comprehensions;
mod conditions;
mod dict;
mod expressions;
mod format;
mod forms;
mod host;
mod imports;
mod interpreter;
mod iterators;
mod library_calls;
mod loops;
mod methods;
mod operators;
mod plain;
mod regex;
mod scope;
mod sets;
mod source;
mod star_names;
mod statements;
mod text_methods;
mod tries;
mod undecided;
mod value;

pub use act::Act;
pub use bindings::absolute;
pub use classes::{has_base, last};
pub use format::{float, repr, text_of};
pub use forms::{Form, form_of_rows};
pub use host::Host;
pub use interpreter::Interpreter;
pub use scope::Scope;
pub use source::{Files, Library, Source};
pub use value::{
    Annotation, Arguments, Body, Class, Dict, Function, Import, Instance, Iterator, Member, Module, Span, Symbol,
    SymbolKind, Unknown, Value,
};
