//! Where names are bound: modules, classes and calls, each in the scope around it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::value::Value;

/// What kind of block a scope belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A module.
    Module,
    /// The body of a class.
    Class,
    /// A call of a function, or a comprehension.
    Call,
}

/// The names of one block, in the order in which they were first bound.
pub struct Scope<'p> {
    /// What kind of block it is.
    pub kind: Kind,
    /// Which file it stands in.
    pub file: u32,
    /// The absolute name of the package that relative imports start from.
    pub package: Rc<str>,
    parent: Option<Rc<Scope<'p>>>,
    names: RefCell<Names<'p>>,
    /// Names that `global` or `nonlocal` sends outwards.
    outer: RefCell<Vec<Rc<str>>>,
}

#[derive(Default)]
struct Names<'p> {
    bound: Vec<(Rc<str>, Option<Value<'p>>)>,
    index: HashMap<Rc<str>, usize>,
}

impl<'p> Scope<'p> {
    /// The names of a module.
    pub fn module(file: u32, package: Rc<str>) -> Rc<Self> {
        Rc::new(Self::new(Kind::Module, file, package, None))
    }

    /// A block inside another.
    pub fn inside(parent: &Rc<Self>, kind: Kind) -> Rc<Self> {
        Rc::new(Self::new(kind, parent.file, Rc::clone(&parent.package), Some(Rc::clone(parent))))
    }

    fn new(kind: Kind, file: u32, package: Rc<str>, parent: Option<Rc<Self>>) -> Self {
        Self { kind, file, package, parent, names: RefCell::default(), outer: RefCell::default() }
    }

    /// The scope that functions defined here look names up in: the body of a class is not seen from its methods.
    pub fn for_functions(self: &Rc<Self>) -> Rc<Self> {
        match (self.kind, &self.parent) {
            (Kind::Class, Some(parent)) => parent.for_functions(),
            _ => Rc::clone(self),
        }
    }

    /// The value of a name bound here.
    pub fn own(&self, name: &str) -> Option<Value<'p>> {
        let names = self.names.borrow();
        names.index.get(name).and_then(|&at| names.bound[at].1.clone())
    }

    /// The value of a name bound here or further out.
    pub fn find(&self, name: &str) -> Option<Value<'p>> {
        self.own(name).or_else(|| self.parent.as_ref()?.find(name))
    }

    /// Binds a name.
    pub fn set(&self, name: &str, value: Value<'p>) {
        if self.is_sent_out(name)
            && let Some(parent) = &self.parent
        {
            return parent.set_nearest(name, value);
        }
        let mut names = self.names.borrow_mut();
        match names.index.get(name).copied() {
            Some(at) => names.bound[at].1 = Some(value),
            None => {
                let key: Rc<str> = name.into();
                let at = names.bound.len();
                names.index.insert(Rc::clone(&key), at);
                names.bound.push((key, Some(value)));
            }
        }
    }

    /// Binds a name where it is bound already, else in the module.
    fn set_nearest(&self, name: &str, value: Value<'p>) {
        match &self.parent {
            Some(parent) if self.own(name).is_none() => parent.set_nearest(name, value),
            _ => self.set(name, value),
        }
    }

    /// Takes a name away.
    pub fn delete(&self, name: &str) {
        let mut names = self.names.borrow_mut();
        if let Some(at) = names.index.get(name).copied() {
            names.bound[at].1 = None;
        }
    }

    /// Sends a name outwards: `global x`, `nonlocal x`.
    pub fn send_out(&self, name: &str) {
        self.outer.borrow_mut().push(name.into());
    }

    /// Whether a name is sent outwards.
    pub(super) fn is_sent_out(&self, name: &str) -> bool {
        self.outer.borrow().iter().any(|outer| &**outer == name)
    }

    /// All names and values, in order.
    pub fn all(&self) -> Vec<(Rc<str>, Value<'p>)> {
        let names = self.names.borrow();
        names.bound.iter().filter_map(|(name, value)| Some((Rc::clone(name), value.clone()?))).collect()
    }
}
