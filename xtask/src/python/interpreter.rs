//! Runs modules as far as they can be run without a Python: what they define, and what they ask of libraries.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

use super::act::Act;
use super::host::Host;
use super::scope::Scope;
use super::source::{Files, Library, Source};
use super::value::{Function, Import, Module, Span, State, SymbolKind, Unknown, Value};

/// Steps after which a program is taken for endless.
const MOST_STEPS: u64 = 4_000_000;

/// How deep calls may be nested; deeper ones are no constants any more, and our own stack ends.
const DEEPEST: u32 = 40;

/// How many modules may import each other in a row.
const LONGEST_CHAIN: u32 = 500;

/// How deep an expression may be nested.
const DEEPEST_EXPRESSION: u32 = 400;

/// Libraries whose things are known by their names: their own files are not read, where they lie below a source root.
const READ_BY_NAME: [&str; 8] =
    ["alembic", "geoalchemy2", "pgvector", "pydantic", "pydantic_core", "sqlalchemy", "sqlmodel", "typing_extensions"];

/// Folders that are likely to be a library's although the project has one of that name without `__init__.py`.
const LIBRARIES: [&str; 6] = ["typing", "docker", "enum", "types", "uuid", "datetime"];

/// Runs modules and keeps what they leave.
pub struct Interpreter<'p> {
    files: &'p dyn Files,
    library: &'p Library,
    roots: Vec<Utf8PathBuf>,
    /// Decorators whose function is called when the name is read from a class: `declared_attr`.
    pub(super) class_properties: &'p [&'p str],
    sources: RefCell<Vec<&'p Source>>,
    by_path: RefCell<HashMap<Utf8PathBuf, Option<u32>>>,
    modules: RefCell<HashMap<Rc<str>, Option<Rc<Module<'p>>>>>,
    acts: RefCell<Vec<Act<'p>>>,
    forward: RefCell<HashMap<Rc<str>, Option<&'p Expr>>>,
    steps: Cell<u64>,
    depth: Cell<u32>,
    pub(super) nesting: Cell<u32>,
    /// Imports of modules, in the order in which they were come across, with what only type checkers see left out.
    pub(super) imports: RefCell<Vec<Rc<Import>>>,
    importing: Cell<u32>,
    /// Modules that a file imports everything from, and that are not read, by the number of the file.
    pub(super) unread_stars: RefCell<Vec<(u32, Rc<str>)>>,
    pub(super) for_type_checkers: Cell<bool>,
    /// The place that stands for everything inside a string that is read as an expression.
    pinned: Cell<Option<Span>>,
    host: RefCell<Option<Rc<dyn Host<'p> + 'p>>>,
    /// Packages that whoever runs the modules has imported before.
    loaded: Cell<&'p [&'p str]>,
    /// Collections that were made in a doubt, with its number and the place.
    pub(super) born: RefCell<HashMap<usize, (u64, Value<'p>, Span)>>,
    /// How many `try` with a handler are open.
    pub(super) tries: Cell<u32>,
    /// How often something could not be evaluated.
    pub(super) failures: Cell<u64>,
    /// Files that raise an exception while they are loaded.
    pub(super) unloadable: RefCell<HashMap<u32, Rc<Unknown>>>,
    /// Loops that run, the innermost last, and whether the host goes through their rows.
    pub(super) loops: RefCell<Vec<bool>>,
    /// Functions that run, the innermost last.
    pub(super) running: RefCell<Vec<Rc<Function<'p>>>>,
}

impl<'p> Interpreter<'p> {
    /// For the modules below these folders, which are searched in this order.
    pub fn new(
        files: &'p dyn Files,
        library: &'p Library,
        roots: Vec<Utf8PathBuf>,
        class_properties: &'p [&'p str],
    ) -> Self {
        Self {
            files,
            library,
            roots,
            class_properties,
            sources: RefCell::default(),
            by_path: RefCell::default(),
            modules: RefCell::default(),
            acts: RefCell::default(),
            forward: RefCell::default(),
            steps: Cell::new(0),
            depth: Cell::new(0),
            nesting: Cell::new(0),
            imports: RefCell::default(),
            importing: Cell::new(0),
            unread_stars: RefCell::default(),
            for_type_checkers: Cell::new(false),
            pinned: Cell::new(None),
            host: RefCell::default(),
            loaded: Cell::new(&[]),
            born: RefCell::default(),
            tries: Cell::new(0),
            failures: Cell::new(0),
            unloadable: RefCell::default(),
            loops: RefCell::default(),
            running: RefCell::default(),
        }
    }

    /// Who answers for libraries from now on.
    pub fn set_host(&self, host: Option<Rc<dyn Host<'p> + 'p>>) {
        *self.host.borrow_mut() = host;
    }

    /// Packages that whoever runs the modules has imported before: folders of these names are not looked into.
    pub fn set_loaded(&self, packages: &'p [&'p str]) {
        self.loaded.set(packages);
    }

    pub(super) fn is_loaded(&self, package: &str) -> bool {
        self.loaded.get().contains(&package)
    }

    pub(super) fn host(&self) -> Option<Rc<dyn Host<'p> + 'p>> {
        self.host.borrow().clone()
    }

    /// Everything that was done, in order. Reading it again gives what came since.
    pub fn take_acts(&self) -> Vec<Act<'p>> {
        std::mem::take(&mut self.acts.borrow_mut())
    }

    pub(super) fn act(&self, act: Act<'p>) {
        self.acts.borrow_mut().push(act);
    }

    /// A file that was read.
    pub fn source(&self, file: u32) -> &'p Source {
        self.sources.borrow()[file as usize]
    }

    /// All files that were read.
    pub fn sources(&self) -> Vec<&'p Source> {
        self.sources.borrow().clone()
    }

    /// Runs a module by its absolute name; `None` where the project has no such module.
    pub fn run(&self, name: &str) -> Option<Rc<Module<'p>>> {
        let module = self.module(name)?;
        self.execute(&module);
        Some(module)
    }

    /// The module of that name, not run.
    pub fn module(&self, name: &str) -> Option<Rc<Module<'p>>> {
        if let Some(known) = self.modules.borrow().get(name) {
            return known.clone();
        }
        let found = self.find(name);
        self.modules.borrow_mut().insert(name.into(), found.clone());
        found
    }

    fn find(&self, name: &str) -> Option<Rc<Module<'p>>> {
        if name.is_empty() || name.split('.').any(str::is_empty) {
            return None;
        }
        let top = name.split('.').next().unwrap_or(name);
        if self.is_loaded(top) || READ_BY_NAME.contains(&top) {
            return None;
        }
        let below = name.replace('.', "/");
        let mut is_folder = false;
        for root in &self.roots {
            let path = root.join(&below);
            if let Some(file) = self.load(&path.join("__init__.py")) {
                return Some(self.new_module(name, Some(file), true));
            }
            if let Some(file) = self.load(&path.with_extension("py")) {
                return Some(self.new_module(name, Some(file), false));
            }
            is_folder |= self.files.is_folder(&path);
        }
        (is_folder && !LIBRARIES.contains(&top)).then(|| self.new_module(name, None, true))
    }

    fn new_module(&self, name: &str, file: Option<u32>, is_package: bool) -> Rc<Module<'p>> {
        let package = if is_package { name } else { name.rsplit_once('.').map_or("", |(package, _)| package) };
        let scope = Scope::module(file.unwrap_or(0), package.into());
        scope.set("__name__", Value::str(name));
        if let Some(file) = file {
            scope.set("__file__", Value::str(self.source(file).path.as_str()));
        }
        Rc::new(Module { name: name.into(), scope, file, is_package, state: Cell::new(State::New) })
    }

    fn load(&self, path: &Utf8Path) -> Option<u32> {
        if let Some(known) = self.by_path.borrow().get(path) {
            return *known;
        }
        let file = self.files.read(path).map(|text| self.add(self.library.source(path, text)));
        self.by_path.borrow_mut().insert(path.to_owned(), file);
        file
    }

    /// Runs a text as the module of that name.
    pub fn run_text(&self, name: &str, text: &str) -> Rc<Module<'p>> {
        self.run_file(name, Utf8Path::new(name), text)
    }

    /// Runs the text of a file as the module of that name.
    pub fn run_file(&self, name: &str, path: &Utf8Path, text: &str) -> Rc<Module<'p>> {
        let file = self.add(self.library.source(path, text.to_owned()));
        let module = self.new_module(name, Some(file), false);
        self.modules.borrow_mut().insert(name.into(), Some(Rc::clone(&module)));
        self.execute(&module);
        module
    }

    fn add(&self, source: &'p Source) -> u32 {
        let mut sources = self.sources.borrow_mut();
        sources.push(source);
        u32::try_from(sources.len() - 1).unwrap_or(u32::MAX)
    }

    pub(super) fn execute(&self, module: &Rc<Module<'p>>) {
        if module.state.get() != State::New {
            return;
        }
        module.state.set(State::Running);
        if let Some((package, _)) = module.name.rsplit_once('.')
            && let Some(package) = self.module(package)
        {
            self.execute(&package);
        }
        if let Some(file) = module.file {
            let (pinned, nesting) = (self.pinned.take(), self.nesting.take());
            let for_type_checkers = self.for_type_checkers.take();
            // What a module does while it is imported is no part of the function that imports it.
            let host = if self.running.borrow().is_empty() { None } else { self.host.take() };
            self.run_statements(self.source(file).body(), &module.scope);
            self.pinned.set(pinned);
            self.nesting.set(nesting);
            self.for_type_checkers.set(for_type_checkers);
            if host.is_some() {
                self.set_host(host);
            }
        }
        module.state.set(State::Done);
    }

    /// Runs the statements of a module. Each may take its own number of steps: one that runs away takes no other with it.
    fn run_statements(&self, body: &'p [Stmt], scope: &Rc<Scope<'p>>) {
        let around = self.steps.get();
        for statement in body {
            self.steps.set(0);
            self.block(std::slice::from_ref(statement), scope);
            if self.steps.get() >= MOST_STEPS {
                self.act(Act::TooLong(self.span(scope, statement)));
            }
        }
        self.steps.set(around);
    }

    /// What an import stands for.
    pub(super) fn import(&self, import: &Import) -> Value<'p> {
        let Some(name) = &import.name else {
            return match self.module(&import.module) {
                Some(module) => Value::Module(module),
                None => self.external(&import.module, import.span),
            };
        };
        match self.module(&import.module) {
            Some(module) => self.name_of_module(&module, name, import.span),
            None if self.is_ours(&import.module) => {
                Value::unknown(format!("there is no module `{}` in the source roots", import.module), import.span)
            }
            None => self.external(&format!("{}.{name}", import.module), import.span),
        }
    }

    /// Whether a module that is not there would belong to a package of the project.
    fn is_ours(&self, name: &str) -> bool {
        name.split_once('.').is_some_and(|(top, _)| self.module(top).is_some_and(|module| module.file.is_some()))
    }

    /// `module.name`
    pub(super) fn name_of_module(&self, module: &Rc<Module<'p>>, name: &str, span: Span) -> Value<'p> {
        self.execute(module);
        // `from . import states` in a package names its own submodule.
        let is_itself = |value: &Value<'p>| match value {
            Value::Import(import) => import.module == module.name && import.name.as_deref() == Some(name),
            _ => false,
        };
        if let Some(value) = module.scope.own(name).filter(|value| !is_itself(value)) {
            return self.resolved(value, &module.scope, name);
        }
        if module.is_package
            && let Some(below) = self.module(&format!("{}.{name}", module.name))
        {
            return Value::Module(below);
        }
        if let Some(function) = module.scope.own("__getattr__") {
            return self.call(&function, super::value::Arguments::of(vec![Value::str(name)]), span);
        }
        Value::unknown(format!("the module `{}` has no `{name}`", module.name), span)
    }

    /// The value that a module binds to a name.
    pub fn name_in(&self, module: &Rc<Module<'p>>, name: &str, span: Span) -> Value<'p> {
        self.name_of_module(module, name, span)
    }

    /// An import is looked up once, when its name is first used.
    pub(super) fn resolved(&self, value: Value<'p>, scope: &Rc<Scope<'p>>, name: &str) -> Value<'p> {
        let Value::Import(import) = &value else { return value };
        if self.importing.get() > LONGEST_CHAIN {
            return Value::unknown("imports go round in a circle", import.span);
        }
        self.importing.set(self.importing.get() + 1);
        let found = self.import(import);
        self.importing.set(self.importing.get() - 1);
        if !matches!(found, Value::Unknown(_))
            && let Some(Value::Import(known)) = scope.own(name)
            && Rc::ptr_eq(&known, import)
        {
            scope.set(name, found.clone());
        }
        found
    }

    /// The value of a name as it is seen from a scope.
    pub fn name(&self, name: &str, scope: &Rc<Scope<'p>>, span: Span) -> Value<'p> {
        match scope.find(name) {
            Some(value @ Value::Import(_)) => self.resolved(value, scope, name),
            Some(value) => value,
            None => match super::builtins::named(name) {
                Some(builtin) => Value::Builtin(builtin, None),
                None => self.undefined(name, span),
            },
        }
    }

    /// The expression in a string, as annotations have them.
    pub fn forward_reference(&self, text: &str) -> Option<&'p Expr> {
        if let Some(known) = self.forward.borrow().get(text) {
            return *known;
        }
        let found = self.library.expression(text);
        self.forward.borrow_mut().insert(text.into(), found);
        found
    }

    /// Evaluates with one place standing for all that is inside.
    pub fn pinned<T>(&self, span: Span, evaluate: impl FnOnce() -> T) -> T {
        let before = self.pinned.replace(Some(span));
        let result = evaluate();
        self.pinned.set(before);
        result
    }

    /// The place of a node.
    pub fn span(&self, scope: &Scope<'p>, node: &impl Ranged) -> Span {
        self.pinned.get().unwrap_or_else(|| Span { file: scope.file, range: node.range() })
    }

    pub(super) fn external(&self, path: &str, span: Span) -> Value<'p> {
        match path {
            "typing.TYPE_CHECKING" | "typing_extensions.TYPE_CHECKING" => Value::Bool(true),
            "sys.version_info" => Value::tuple([3, 13, 0].map(Value::Int).to_vec()),
            "sys.platform" => Value::str("linux"),
            _ => Value::symbol(SymbolKind::External(path.into()), span),
        }
    }

    pub(super) fn enter(&self) -> bool {
        self.depth.set(self.depth.get() + 1);
        let fits = self.depth.get() <= DEEPEST;
        if !fits {
            self.leave();
        }
        fits
    }

    pub(super) fn leave(&self) {
        self.depth.set(self.depth.get() - 1);
    }

    /// Counts; `false` where the program has run for too long, or nests too deep.
    pub(super) fn may_go_on(&self) -> bool {
        self.steps.set(self.steps.get() + 1);
        self.steps.get() < MOST_STEPS && self.nesting.get() < DEEPEST_EXPRESSION
    }
}
