//! Calls: functions of the project are followed, what libraries do is kept as it is written.

use std::rc::Rc;

use ruff_python_ast::{Parameters, StmtFunctionDef};

use super::act::Act;
use super::interpreter::Interpreter;
use super::scope::{Kind, Scope};
use super::statements::Flow;
use super::value::{Arguments, Body, Class, Function, Instance, Span, SymbolKind, Unknown, Value};

/// Where a frame keeps the function that runs in it, and what it is called on. No name of Python has a space.
const RUNNING: &str = "running function";
const CALLED_ON: &str = "called on";

impl<'p> Arguments<'p> {
    /// Values by position.
    pub fn of(positional: Vec<Value<'p>>) -> Self {
        Self { positional, ..Self::default() }
    }
}

impl<'p> Interpreter<'p> {
    /// What a call gives.
    pub fn call(&self, function: &Value<'p>, arguments: Arguments<'p>, span: Span) -> Value<'p> {
        match function {
            Value::Unknown(_) => function.clone(),
            Value::Function(function) => self.run_function(function, None, arguments, span),
            Value::Method(function, object) => self.run_function(function, Some(object), arguments, span),
            Value::Class(class) => self.instantiate(class, arguments, span),
            Value::Builtin(name, None) => self.builtin(name, arguments, span),
            Value::Builtin(name, Some(object)) => self.method(object, name, arguments, span),
            Value::Symbol(_) => self.call_symbol(function, arguments, span),
            Value::Instance(instance) => match self.find_in_class(&instance.class, "__call__") {
                Some(Value::Function(call)) => {
                    self.run_function(&call, Some(&Rc::new(function.clone())), arguments, span)
                }
                _ => Value::symbol(SymbolKind::Call(function.clone(), arguments), span),
            },
            _ => Value::unknown("this cannot be called", span),
        }
    }

    fn call_symbol(&self, function: &Value<'p>, mut arguments: Arguments<'p>, span: Span) -> Value<'p> {
        let named = arguments.named.iter_mut().map(|(_, value)| value);
        for value in arguments.positional.iter_mut().chain(named).filter(|it| matches!(it, Value::Iterator(_))) {
            *value = self.handed_over(value.clone(), span);
        }
        if let Some(known) = self.known_call(function, &arguments, span) {
            return known;
        }
        if let Some(host) = self.host()
            && let Some(answer) = host.call(self, function, &arguments, span)
        {
            return answer;
        }
        if let Value::Symbol(symbol) = function
            && let SymbolKind::Attribute(Value::Super(_, object), name) = &symbol.kind
            && let (Value::Instance(instance), "__init__") = (&**object, &**name)
        {
            *instance.base_arguments.borrow_mut() = Some(arguments);
            return Value::None;
        }
        let call = Value::symbol(SymbolKind::Call(function.clone(), arguments), span);
        if let Value::Symbol(symbol) = &call {
            self.act(Act::Call(Rc::clone(symbol)));
        }
        call
    }

    /// A function under its decorators.
    pub(super) fn define_function(&self, it: &'p StmtFunctionDef, scope: &Rc<Scope<'p>>) -> Value<'p> {
        let decorators: Vec<Value<'p>> =
            it.decorator_list.iter().map(|decorator| self.eval(&decorator.expression, scope)).collect();
        let (ours, libraries): (Vec<_>, Vec<_>) =
            decorators.into_iter().partition(|it| matches!(it, Value::Function(_) | Value::Method(..)));
        let span = Span { file: scope.file, range: it.name.range };
        let function = Value::Function(Rc::new(Function {
            name: it.name.as_str().into(),
            body: Body::Def(it),
            defaults: self.defaults(&it.parameters, scope),
            scope: scope.for_functions(),
            decorators: libraries,
            owner: std::cell::RefCell::default(),
            span,
        }));
        if let Value::Function(it) = &function
            && !it.decorators.is_empty()
        {
            self.act(Act::Decorated(function.clone()));
        }
        // Where every call counts, a library may make anything of a function: `lru_cache` calls it once.
        if let (Value::Function(it), Some(_)) = (&function, self.host())
            && scope.kind != Kind::Class
            && let Some(decorator) = it.decorators.iter().find(|it| !gives_back(it))
        {
            let name = decorator.external().or_else(|| decorator.as_call()?.0.external()).unwrap_or("something");
            return Value::unknown(format!("`{}` is decorated with `{name}`, which is not followed", it.name), span);
        }
        // Elsewhere a decorator that cannot be followed is taken to give the function back.
        ours.iter().rev().fold(function, |function, decorator| {
            match self.call(decorator, Arguments::of(vec![function.clone()]), span) {
                Value::Unknown(_) | Value::Symbol(_) => function,
                decorated => decorated,
            }
        })
    }

    pub(super) fn defaults(&self, parameters: &'p Parameters, scope: &Rc<Scope<'p>>) -> Vec<(Rc<str>, Value<'p>)> {
        let all = parameters.iter_non_variadic_params();
        all.filter_map(|it| Some((it.parameter.name.as_str().into(), self.eval(it.default.as_deref()?, scope))))
            .collect()
    }

    fn run_function(
        &self,
        function: &Rc<Function<'p>>,
        object: Option<&Rc<Value<'p>>>,
        mut arguments: Arguments<'p>,
        span: Span,
    ) -> Value<'p> {
        if let Some(object) = object {
            arguments.positional.insert(0, (**object).clone());
        }
        if let Some(unknown) = &arguments.open {
            return Value::Unknown(Rc::clone(unknown));
        }
        // What nobody knows to happen is looked at once; round and round it would take for ever.
        let is_looked_at = self.host().is_some_and(|host| host.is_in_doubt())
            && self.running.borrow().iter().any(|known| Rc::ptr_eq(known, function));
        if is_looked_at {
            return Value::unknown(format!("`{}` calls itself", function.name), span);
        }
        if !self.enter() {
            return Value::unknown(format!("`{}` calls itself too deep to be followed", function.name), span);
        }
        let frame = self.frame(&function.scope);
        let parameters = match function.body {
            Body::Def(it) => Some(&*it.parameters),
            Body::Lambda(parameters, _) => parameters,
        };
        self.running.borrow_mut().push(Rc::clone(function));
        frame.set(RUNNING, Value::Function(Rc::clone(function)));
        if let Some(first) = arguments.positional.first() {
            frame.set(CALLED_ON, first.clone());
        }
        let value = match bind(function, parameters, arguments, &frame) {
            Err(why) => Value::unknown(why, span),
            Ok(()) => self.run_body(function, &frame, span),
        };
        self.running.borrow_mut().pop();
        self.leave();
        value
    }

    fn run_body(&self, function: &Rc<Function<'p>>, frame: &Rc<Scope<'p>>, span: Span) -> Value<'p> {
        match function.body {
            Body::Lambda(_, body) => self.eval(body, frame),
            Body::Def(it) if is_generator(&it.body) => {
                Value::unknown(format!("`{}` is a generator, which is not followed", function.name), span)
            }
            Body::Def(it) => match self.block(&it.body, frame) {
                Flow::Return(value) => value,
                Flow::Lost(unknown) => {
                    let why = format!("`{}` cannot be followed: {}", function.name, unknown.why);
                    Value::Unknown(Rc::new(Unknown {
                        why,
                        span: unknown.span,
                        is_seen: unknown.is_seen,
                        begins: None,
                        goes_on_if: None,
                        raises: unknown.raises,
                        ends_turn: false,
                    }))
                }
                _ => Value::None,
            },
        }
    }

    /// `super()` in a method.
    pub(super) fn super_here(&self, scope: &Rc<Scope<'p>>, span: Span) -> Value<'p> {
        let owner = match scope.find(RUNNING) {
            Some(Value::Function(function)) => function.owner.borrow().clone(),
            _ => None,
        };
        match (owner, scope.find(CALLED_ON)) {
            (Some(class), Some(object)) => Value::Super(class, Rc::new(object)),
            _ => Value::unknown("`super()` stands outside of a method", span),
        }
    }

    fn instantiate(&self, class: &Rc<Class<'p>>, arguments: Arguments<'p>, span: Span) -> Value<'p> {
        if class.members.borrow().is_some() {
            return self.member_of_value(class, &arguments, span);
        }
        let instance = Rc::new(Instance {
            class: Rc::clone(class),
            arguments: arguments.clone(),
            attributes: std::cell::RefCell::default(),
            base_arguments: std::cell::RefCell::default(),
            span,
        });
        if let Some(Value::Function(init)) = self.find_in_class(class, "__init__") {
            self.run_function(&init, Some(&Rc::new(Value::Instance(Rc::clone(&instance)))), arguments, span);
        }
        Value::Instance(instance)
    }
}

/// Puts arguments into parameters as Python does.
fn bind<'p>(
    function: &Function<'p>,
    parameters: Option<&Parameters>,
    arguments: Arguments<'p>,
    frame: &Rc<Scope<'p>>,
) -> Result<(), String> {
    let Some(parameters) = parameters else {
        let takes_none = arguments.positional.is_empty() && arguments.named.is_empty();
        return if takes_none { Ok(()) } else { Err(format!("`{}` takes no arguments", function.name)) };
    };
    let mut positional = arguments.positional.into_iter();
    let mut named = arguments.named;
    let mut take = |name: &str| {
        let at = named.iter().position(|(key, _)| &**key == name)?;
        Some(named.remove(at).1)
    };
    let default = |name: &str| function.defaults.iter().find(|(key, _)| &**key == name).map(|(_, value)| value.clone());
    for (by_position, parameter) in parameters
        .posonlyargs
        .iter()
        .chain(&parameters.args)
        .map(|it| (true, it))
        .chain(parameters.kwonlyargs.iter().map(|it| (false, it)))
    {
        let name = parameter.parameter.name.as_str();
        let given = if by_position { positional.next() } else { None };
        let Some(value) = given.or_else(|| take(name)).or_else(|| default(name)) else {
            return Err(format!("`{}` is called without `{name}`", function.name));
        };
        frame.set(name, value);
    }
    let rest: Vec<Value<'p>> = positional.collect();
    match &parameters.vararg {
        Some(vararg) => frame.set(&vararg.name, Value::tuple(rest)),
        None if rest.is_empty() => {}
        None => return Err(format!("`{}` is called with too many arguments", function.name)),
    }
    match &parameters.kwarg {
        Some(kwarg) => {
            let entries = named.into_iter().map(|(name, value)| (Value::Str(name), value));
            frame.set(&kwarg.name, Value::dict(entries));
            Ok(())
        }
        None => match named.first() {
            Some((name, _)) => Err(format!("`{}` has no parameter `{name}`", function.name)),
            None => Ok(()),
        },
    }
}

/// Whether a decorator gives the function back, or something that does just what it does.
fn gives_back(decorator: &Value<'_>) -> bool {
    const KNOWN: [&str; 6] = [
        "contextlib.contextmanager",
        "functools.wraps",
        "typing.no_type_check",
        "typing.override",
        "typing_extensions.override",
        "abc.abstractmethod",
    ];
    let path = decorator.external().or_else(|| decorator.as_call()?.0.external());
    matches!(decorator, Value::Builtin(..))
        || path.is_some_and(|path| KNOWN.contains(&path) || path.contains("listens_for") || path.ends_with(".compiles"))
}

/// Whether a body yields, outside of the functions in it.
fn is_generator(body: &[ruff_python_ast::Stmt]) -> bool {
    struct Finder(bool);
    impl ruff_python_ast::visitor::Visitor<'_> for Finder {
        fn visit_stmt(&mut self, statement: &ruff_python_ast::Stmt) {
            if !statement.is_function_def_stmt() && !statement.is_class_def_stmt() {
                ruff_python_ast::visitor::walk_stmt(self, statement);
            }
        }
        fn visit_expr(&mut self, expr: &ruff_python_ast::Expr) {
            self.0 |= expr.is_yield_expr() || expr.is_yield_from_expr();
            if !expr.is_lambda_expr() {
                ruff_python_ast::visitor::walk_expr(self, expr);
            }
        }
    }
    let mut finder = Finder(false);
    body.iter().for_each(|statement| ruff_python_ast::visitor::Visitor::visit_stmt(&mut finder, statement));
    finder.0
}
