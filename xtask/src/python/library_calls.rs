//! The few functions of Python's library that names and values are computed with.

use super::interpreter::Interpreter;
use super::regex::Regex;
use super::value::{Arguments, Span, SymbolKind, Value};

impl<'p> Interpreter<'p> {
    /// Functions of Python's library whose result follows from their arguments.
    pub(super) fn known_call(&self, function: &Value<'p>, arguments: &Arguments<'p>, span: Span) -> Option<Value<'p>> {
        let Value::Symbol(symbol) = function else { return None };
        match &symbol.kind {
            SymbolKind::External(path) => {
                let text = |position: usize, name: &str| arguments.get(position, name).and_then(Value::as_str);
                match &**path {
                    "typing.cast" | "typing_extensions.cast" => arguments.positional.get(1).cloned(),
                    "copy.copy" | "copy.deepcopy" => {
                        arguments.positional.first().filter(|it| it.as_call().is_none()).cloned()
                    }
                    "textwrap.dedent" | "inspect.cleandoc" => Some(Value::str(super::format::dedent(text(0, "text")?))),
                    "collections.OrderedDict" | "collections.defaultdict" if arguments.positional.is_empty() => {
                        Some(Value::dict(Vec::new()))
                    }
                    "itertools.chain" => {
                        let lists =
                            arguments.positional.iter().map(|it| self.iterate(it)).collect::<Option<Vec<_>>>()?;
                        Some(Value::list(lists.concat()))
                    }
                    "re.sub" => {
                        let count = arguments.get(3, "count").map_or(Some(0), Value::as_int)?;
                        Regex::new(text(0, "pattern")?)?
                            .replace(text(2, "string")?, text(1, "repl")?, count)
                            .map(Value::str)
                    }
                    "enum.Enum" | "enum.IntEnum" | "enum.StrEnum" if !arguments.positional.is_empty() => {
                        self.enum_of_call(function, arguments, span)
                    }
                    "sqlalchemy.orm.declarative_base" | "sqlalchemy.ext.declarative.declarative_base" => {
                        self.base_with_members(function, arguments, span)
                    }
                    _ => None,
                }
            }
            SymbolKind::Attribute(object, name) => {
                let (called, of) = object.as_call()?;
                if called.external() != Some("re.compile") || &**name != "sub" {
                    return None;
                }
                let pattern = Regex::new(of.get(0, "pattern")?.as_str()?)?;
                let replacement = arguments.get(0, "repl")?.as_str()?;
                pattern.replace(arguments.get(1, "string")?.as_str()?, replacement, 0).map(Value::str)
            }
            _ => None,
        }
    }

    /// `declarative_base(cls=Class)`: what the class has is inherited from the result.
    fn base_with_members(&self, function: &Value<'p>, arguments: &Arguments<'p>, span: Span) -> Option<Value<'p>> {
        let members = arguments.keyword("cls").filter(|it| matches!(it, Value::Class(_)))?;
        let made = Value::symbol(SymbolKind::Call(function.clone(), arguments.clone()), span);
        let bases = Value::tuple(vec![members.clone(), made]);
        let body = Value::dict(vec![(Value::str("__abstract__"), Value::Bool(true))]);
        self.class_of_type(&Arguments::of(vec![Value::str("Base"), bases, body]), span)
    }
}
