//! What an expression of Python stands for: plain data, classes and functions of the project, or a symbol for what
//! only a library knows.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use ruff_python_ast::{Expr, Parameters, StmtFunctionDef};
use ruff_text_size::TextRange;

pub use super::dict::Dict;
pub use super::iterators::Iterator;
use super::scope::Scope;

/// A place in a file that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Which file: the index into [`super::Interpreter::source`].
    pub file: u32,
    /// The bytes.
    pub range: TextRange,
}

/// The value of an expression. Cloning is cheap, and what can be changed in Python is shared.
#[derive(Clone)]
pub enum Value<'p> {
    /// `None`
    None,
    /// `True` or `False`
    Bool(bool),
    /// A whole number. Those beyond 128 bits are [`Value::Unknown`].
    Int(i128),
    /// A number with a point.
    Float(f64),
    /// Text.
    Str(Rc<str>),
    /// Bytes.
    Bytes(Rc<[u8]>),
    /// `...`
    Ellipsis,
    /// `(…)`
    Tuple(Rc<[Value<'p>]>),
    /// `[…]`
    List(Rc<RefCell<Vec<Value<'p>>>>),
    /// `{…}`, in the order of insertion.
    Set(Rc<RefCell<Vec<Value<'p>>>>),
    /// `{…: …}`
    Dict(Rc<RefCell<Dict<'p>>>),
    /// What is gone through once: `iter(…)`, `zip(…)`, a generator.
    Iterator(Rc<Iterator<'p>>),
    /// A module of the project.
    Module(Rc<Module<'p>>),
    /// A class of the project.
    Class(Rc<Class<'p>>),
    /// An object of such a class.
    Instance(Rc<Instance<'p>>),
    /// A member of an enum class.
    Member(Rc<Member<'p>>),
    /// A function of the project.
    Function(Rc<Function<'p>>),
    /// A function with the object that it is called on.
    Method(Rc<Function<'p>>, Rc<Value<'p>>),
    /// A function of Python itself, or a method of a plain value.
    Builtin(&'static str, Option<Rc<Value<'p>>>),
    /// `super()`: the class to search behind, and the object.
    Super(Rc<Class<'p>>, Rc<Value<'p>>),
    /// A name that an import binds, looked up when it is used.
    Import(Rc<Import>),
    /// What only a library knows.
    Symbol(Rc<Symbol<'p>>),
    /// What cannot be known without running the program.
    Unknown(Rc<Unknown>),
}

/// A module of the project. Its body runs when one of its names is asked for.
pub struct Module<'p> {
    /// `app.models.user`
    pub name: Rc<str>,
    /// Its names.
    pub scope: Rc<Scope<'p>>,
    /// Its file; none for a folder without `__init__.py`.
    pub file: Option<u32>,
    /// Whether submodules may lie below it.
    pub is_package: bool,
    pub(super) state: Cell<State>,
}

/// How far a module has run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    New,
    Running,
    Done,
}

/// `from module import name`, or `import module` where there is no name.
pub struct Import {
    /// The absolute name of the module.
    pub module: Rc<str>,
    /// The name in it.
    pub name: Option<Rc<str>>,
    /// The statement.
    pub span: Span,
}

/// A class of the project.
pub struct Class<'p> {
    /// Its own name.
    pub name: Rc<str>,
    /// The name of its module.
    pub module: Rc<str>,
    /// Its bases as written.
    pub bases: Vec<Value<'p>>,
    /// `class X(Base, table=True)`: what is given by name.
    pub keywords: Vec<(Rc<str>, Value<'p>)>,
    /// Names bound in its body, in order, and those set on it later.
    pub scope: Rc<Scope<'p>>,
    /// Annotations of its body, in order.
    pub annotations: Vec<Annotation<'p>>,
    /// All names of its body, annotated or bound, in the order in which they first appear.
    pub order: Vec<Rc<str>>,
    /// The method resolution order: itself first. Bases from libraries stand in it as symbols.
    pub mro: RefCell<Vec<Value<'p>>>,
    /// What decorates it.
    pub decorators: Vec<Value<'p>>,
    /// Its members, if it is an enum.
    pub members: RefCell<Option<Vec<Rc<Member<'p>>>>>,
    /// `class X` up to the colon.
    pub span: Span,
    /// The function that it was made in, if it was.
    pub is_local: bool,
}

/// `name: annotation` in the body of a class.
#[derive(Clone)]
pub struct Annotation<'p> {
    /// The name.
    pub name: Rc<str>,
    /// What stands behind the colon, not evaluated.
    pub expr: &'p Expr,
    /// The place of `name`.
    pub span: Span,
}

/// An object of a class of the project.
pub struct Instance<'p> {
    /// Its class.
    pub class: Rc<Class<'p>>,
    /// What it was made with.
    pub arguments: Arguments<'p>,
    /// `self.x = …`
    pub attributes: RefCell<Vec<(Rc<str>, Value<'p>)>>,
    /// The arguments that its `__init__` handed to a library's class.
    pub base_arguments: RefCell<Option<Arguments<'p>>>,
    /// The call.
    pub span: Span,
}

/// A member of an enum class.
pub struct Member<'p> {
    /// The class.
    pub class: RefCell<Option<Rc<Class<'p>>>>,
    /// Its name; for an alias the name of the member that it stands for.
    pub name: Rc<str>,
    /// Its value.
    pub value: Value<'p>,
    /// Whether it compares as its value does (`class X(str, Enum)`).
    pub is_plain: bool,
}

/// A function or lambda of the project.
pub struct Function<'p> {
    /// Its name; `<lambda>` without one.
    pub name: Rc<str>,
    /// What it does.
    pub body: Body<'p>,
    /// Default values of parameters, by name.
    pub defaults: Vec<(Rc<str>, Value<'p>)>,
    /// Where free names are looked up.
    pub scope: Rc<Scope<'p>>,
    /// Decorators from libraries, the outermost first.
    pub decorators: Vec<Value<'p>>,
    /// The class in whose body it stands, for `super()`.
    pub owner: RefCell<Option<Rc<Class<'p>>>>,
    /// Its name in the file.
    pub span: Span,
}

/// What a function does.
#[derive(Clone, Copy)]
pub enum Body<'p> {
    /// `def`
    Def(&'p StmtFunctionDef),
    /// `lambda`
    Lambda(Option<&'p Parameters>, &'p Expr),
}

/// What is handed to a call.
#[derive(Clone, Default)]
pub struct Arguments<'p> {
    /// By position.
    pub positional: Vec<Value<'p>>,
    /// By name.
    pub named: Vec<(Rc<str>, Value<'p>)>,
    /// Whether `*x` or `**x` could not be taken apart.
    pub open: Option<Rc<Unknown>>,
}

impl<'p> Arguments<'p> {
    /// The value of a keyword.
    pub fn keyword(&self, name: &str) -> Option<&Value<'p>> {
        self.named.iter().find(|(key, _)| &**key == name).map(|(_, value)| value)
    }

    /// The value of a parameter that may be given by position or by name.
    pub fn get(&self, position: usize, name: &str) -> Option<&Value<'p>> {
        self.positional.get(position).or_else(|| self.keyword(name))
    }
}

/// Something of a library, or made with it, that is kept as it is written.
pub struct Symbol<'p> {
    /// What it is.
    pub kind: SymbolKind<'p>,
    /// Where.
    pub span: Span,
    /// For whoever reads it: whether it was written down once.
    pub is_written: Cell<bool>,
}

/// What a symbol is made of.
pub enum SymbolKind<'p> {
    /// A name of a module outside of the project, with its whole path: `sqlalchemy.orm.Mapped`.
    External(Rc<str>),
    /// `base.name`
    Attribute(Value<'p>, Rc<str>),
    /// `function(…)`
    Call(Value<'p>, Arguments<'p>),
    /// `base[index]`
    Item(Value<'p>, Value<'p>),
    /// `left + right`, `left == right`; the operator as it is written.
    Binary(&'static str, Value<'p>, Value<'p>),
    /// `-x`, `~x`, `not x`
    Unary(&'static str, Value<'p>),
}

/// Why something is not known.
#[derive(Clone, Debug)]
pub struct Unknown {
    /// In words: "`x` is not defined".
    pub why: String,
    /// Where it began.
    pub span: Span,
    /// Whether everything that may have happened on the way was shown to the host.
    pub is_seen: bool,
    /// What it begins with, if it is a text of which that much is known.
    pub begins: Option<Rc<str>>,
    /// The condition under which reading goes on, if the host has one.
    pub(super) goes_on_if: Option<usize>,
    /// Whether it is an exception that ends everything.
    pub(super) raises: bool,
    /// Whether it leaves no more than the turn of a loop, and what stands behind it was looked at.
    pub(super) ends_turn: bool,
}

impl Unknown {
    /// Something that stops what is being read.
    pub fn new(why: impl Into<String>, span: Span) -> Rc<Self> {
        Rc::new(Self {
            why: why.into(),
            span,
            is_seen: false,
            begins: None,
            goes_on_if: None,
            raises: false,
            ends_turn: false,
        })
    }

    /// A text that begins like this, and of which the rest is not known.
    pub fn text(begins: &str, rest: &Self) -> Rc<Self> {
        let begins = format!("{begins}{}", rest.begins.as_deref().unwrap_or_default());
        Rc::new(Self {
            why: rest.why.clone(),
            span: rest.span,
            is_seen: false,
            begins: Some(begins.into()),
            goes_on_if: None,
            raises: false,
            ends_turn: false,
        })
    }
}
