//! What imports bring: star imports, and the modules that run because others import them.

use std::rc::Rc;

use ruff_python_ast::Expr;
use ruff_text_size::TextRange;

use super::act::Act;
use super::interpreter::Interpreter;
use super::scope::Scope;
use super::star_names::names_of;
use super::value::{Import, Span, State, Value};

impl<'p> Interpreter<'p> {
    /// `import *`
    pub(super) fn import_all(&self, module: &str, scope: &Rc<Scope<'p>>) {
        let Some(module) = self.run(module) else {
            return self.import_all_of_library(module, scope);
        };
        let listed = module.scope.own("__all__").and_then(|all| all.items());
        let listed =
            listed.map(|all| all.iter().filter_map(|name| name.as_str().map(Rc::from)).collect::<Vec<Rc<str>>>());
        let bound = || module.scope.all().into_iter().map(|(name, _)| name).filter(|name| !name.starts_with('_'));
        let span = Span { file: scope.file, range: TextRange::default() };
        for name in listed.unwrap_or_else(|| bound().collect()) {
            let value = self.name_of_module(&module, &name, span);
            scope.set(&name, value);
        }
    }

    /// `import *` from a module that is not read.
    fn import_all_of_library(&self, module: &str, scope: &Rc<Scope<'p>>) {
        let span = Span { file: scope.file, range: TextRange::default() };
        match names_of(module) {
            Some(names) => names.for_each(|(name, path)| scope.set(name, self.external(&path, span))),
            None => self.unread_stars.borrow_mut().push((scope.file, module.into())),
        }
    }

    /// Why a name that nothing binds is not known.
    pub(super) fn undefined(&self, name: &str, span: Span) -> Value<'p> {
        let unread = self.unread_stars.borrow();
        let modules: Vec<&str> =
            unread.iter().filter(|(file, _)| *file == span.file).map(|(_, module)| &**module).collect();
        if modules.is_empty() {
            return Value::unknown(format!("`{name}` is not defined"), span);
        }
        let imports = modules.join(" import *`, or `from ");
        Value::unknown(format!("`{name}` may come from `from {imports} import *`, which is not read"), span)
    }

    /// Tells of a name that is called and that nothing binds: what it would have made is lost.
    pub(super) fn note_undefined(&self, expr: &'p Expr, value: &Value<'p>, scope: &Rc<Scope<'p>>) {
        if let (Expr::Name(name), Value::Unknown(unknown)) = (expr, value)
            && !self.for_type_checkers.get()
            && scope.find(&name.id).is_none()
        {
            self.act(Act::Undefined(Rc::clone(unknown)));
        }
    }

    /// Notes an import of a module's own block: at run time that module is run, too.
    pub(super) fn note_import(&self, import: &Rc<Import>) {
        if !self.for_type_checkers.get() {
            self.imports.borrow_mut().push(Rc::clone(import));
        }
    }

    /// Runs what the modules that have run import, as Python does: all of it inside of the packages, and beyond them what
    /// has one of the words in its text.
    pub fn follow_imports(&self, packages: &[&str], words: &[&str]) {
        let is_inside = |name: &str| {
            packages
                .iter()
                .any(|package| name.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
        };
        loop {
            let imports = std::mem::take(&mut *self.imports.borrow_mut());
            if imports.is_empty() {
                return;
            }
            for import in imports {
                let below = import.name.as_ref().map(|name| format!("{}.{name}", import.module));
                for name in [Some(import.module.to_string()), below].into_iter().flatten() {
                    let Some(module) = self.module(&name).filter(|module| module.state.get() == State::New) else {
                        continue;
                    };
                    let has_words = || {
                        let text = module.file.map(|file| self.source(file).text.as_ref());
                        text.is_some_and(|text| words.iter().any(|word| text.contains(word)))
                    };
                    if is_inside(&name) || has_words() {
                        self.execute(&module);
                    }
                }
            }
        }
    }
}
