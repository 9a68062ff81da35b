//! Calls whose effect cannot be seen here: the application's functions, other connections, what is handed the connection.

use super::connections::{is_connection, is_engine};
use super::desk::Desk;
use crate::python::{Arguments, Interpreter, Span, SymbolKind, Value, last};

/// Functions that change what is not the database.
const OUTSIDE: &[&str] = &[
    "subprocess.",
    "shutil.",
    "os.system",
    "os.popen",
    "os.remove",
    "os.unlink",
    "os.rename",
    "os.replace",
    "os.rmdir",
    "os.mkdir",
    "os.makedirs",
    "urllib.request.",
    "http.client.",
    "smtplib.",
    "socket.",
];

/// Methods of `pathlib.Path` that change files.
const ON_FILES: &[&str] = &[
    "chmod",
    "hardlink_to",
    "mkdir",
    "rename",
    "replace",
    "rmdir",
    "symlink_to",
    "touch",
    "unlink",
    "write_bytes",
    "write_text",
];

/// Libraries whose calls are read here, or only make values.
const LIBRARIES: &[&str] = &[
    "alembic",
    "argon2",
    "bcrypt",
    "click",
    "cryptography",
    "dateutil",
    "decouple",
    "dotenv",
    "faker",
    "geoalchemy2",
    "loguru",
    "numpy",
    "orjson",
    "packaging",
    "passlib",
    "pgvector",
    "psycopg2",
    "pydantic",
    "pytz",
    "rich",
    "shapely",
    "slugify",
    "sqlalchemy",
    "sqlalchemy_utils",
    "sqlmodel",
    "structlog",
    "tqdm",
    "typing_extensions",
    "ulid",
    "unidecode",
    "yaml",
];

/// What takes a connection and only asks, or only keeps it.
const ASKING: &[&str] = &[
    "inspect",
    "from_engine",
    "Inspector",
    "Session",
    "sessionmaker",
    "MetaData",
    "Table",
    "reflect",
    "configure",
    "has_table",
];

/// What loggers are told.
const TOLD: &[&str] =
    &["debug", "info", "warning", "warn", "error", "exception", "critical", "success", "log", "trace"];

impl<'p> Desk<'p> {
    /// A function of a library that is not answered: whether it may do what is not seen here.
    pub(super) fn unseen_function(&self, py: &Interpreter<'p>, path: &str, arguments: &Arguments<'p>, span: Span) {
        if OUTSIDE.iter().any(|name| path == *name || name.ends_with('.') && path.starts_with(name)) {
            self.outside(py, path, span);
        }
        if matches!(last(path), "create_engine" | "create_async_engine" | "engine_from_config")
            || path == "psycopg2.connect"
        {
            self.gap(py, &format!("`{path}()`"), "it opens a connection of its own", span);
        }
        if !is_harmless(path) {
            self.of_application(py, path, span);
        }
        self.hand_over(py, path, arguments, span);
    }

    /// A method of an object that is not answered.
    pub(super) fn unseen_method(
        &self,
        py: &Interpreter<'p>,
        object: &Value<'p>,
        name: &str,
        arguments: &Arguments<'p>,
        span: Span,
    ) {
        let changes = [
            "execute",
            "exec_driver_sql",
            "scalar",
            "run_sync",
            "add",
            "add_all",
            "begin",
            "connect",
            "create_all",
            "drop_all",
        ];
        if let Some(path) = file(object).filter(|_| ON_FILES.contains(&name)) {
            return self.outside(py, &format!("{path} … .{name}"), span);
        }
        if let Some(path) = root(object).external() {
            if changes.contains(&name) && last(path).ends_with("engine") {
                return self.gap(py, &format!("`.{name}()`"), "it uses a connection of its own", span);
            }
            if !is_harmless(path) && !is_told(&format!("{path}.{name}")) {
                return self.of_application(py, &format!("{path} … .{name}"), span);
            }
        }
        self.hand_over(py, name, arguments, span);
    }

    fn outside(&self, py: &Interpreter<'p>, path: &str, span: Span) {
        let why = "it does something outside of the database, which is never done here";
        self.gap(py, &format!("`{path}()`"), why, span);
    }

    /// Whoever is given the connection may do anything with it.
    fn hand_over(&self, py: &Interpreter<'p>, path: &str, arguments: &Arguments<'p>, span: Span) {
        let uses =
            |value: &Value<'p>| is_connection(value) || is_engine(value) || value.external() == Some("alembic.op");
        let is_given = arguments.positional.iter().any(uses) || arguments.named.iter().any(|(_, value)| uses(value));
        if is_given && !ASKING.contains(&last(path)) {
            let what = format!("`{path}()`");
            self.gap(py, &what, "it is given the connection, and what it does there is not known", span);
            self.state_mut().shape.doubt_all(&what);
        }
    }

    /// A call whose result nobody uses is made for what it does: a method of a class that cannot be read is not seen.
    pub(super) fn unused_call(&self, py: &Interpreter<'p>, value: &Value<'p>, span: Span) {
        let class = value.as_call().and_then(|(function, _)| class_of(function));
        if let Some(class) = class.filter(|_| self.is_active()) {
            self.of_application(py, &class, span);
        }
    }

    /// Without the connection it sees nothing of what the transaction has made, so it is taken to change rows at most, and
    /// what is known of the schema stays known.
    fn of_application(&self, py: &Interpreter<'p>, path: &str, span: Span) {
        self.gap(py, &format!("`{path}()`"), "it is the application's, and what it does is not known", span);
    }
}

/// Whether a library is known to do nothing to the database by itself, and what loggers are told.
fn is_harmless(path: &str) -> bool {
    let top = path.split('.').next().unwrap_or_default();
    [LIBRARIES, super::loaded::STANDARD].iter().any(|known| known.contains(&top)) || is_told(path)
}

/// `app.log.logger.info`
fn is_told(path: &str) -> bool {
    let Some((of, name)) = path.rsplit_once('.') else { return false };
    TOLD.contains(&name) && of.to_lowercase().contains("log")
}

/// What an object of a library comes from.
fn root<'v, 'p>(value: &'v Value<'p>) -> &'v Value<'p> {
    let Value::Symbol(symbol) = value else { return value };
    match &symbol.kind {
        SymbolKind::Attribute(of, _) | SymbolKind::Call(of, _) | SymbolKind::Item(of, _) => root(of),
        SymbolKind::External(_) | SymbolKind::Binary(..) | SymbolKind::Unary(..) => value,
    }
}

/// The class that a path of a file is made of: `pathlib.Path(…)`, and what is below it.
fn file<'v, 'p>(value: &'v Value<'p>) -> Option<&'v str> {
    let value = root(value);
    match value {
        Value::Symbol(symbol) => match &symbol.kind {
            SymbolKind::Binary("/", left, _) => file(left),
            _ => value.external().filter(|path| path.starts_with("pathlib.")),
        },
        _ => None,
    }
}

/// The class of the project that a method belongs to.
fn class_of(function: &Value<'_>) -> Option<String> {
    let class = match root(function) {
        Value::Class(class) => class,
        Value::Instance(instance) => &instance.class,
        _ => return None,
    };
    let name = if let Value::Symbol(symbol) = function
        && let SymbolKind::Attribute(_, name) = &symbol.kind
    {
        name
    } else {
        return None;
    };
    Some(format!("{}.{name}", class.name))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{converted, shown};

    #[test]
    fn what_the_application_does_is_told_and_not_guessed() {
        let helper = "import fastapi\nfrom vendor.log import logger\nrouter = fastapi.APIRouter()\n\
             def hello(name):\n    logger.info('hello %s', name)\n\
             def rebuild():\n    from vendor.jobs import queue\n    queue.push('rebuild')\n";
        let body = "from app.work import hello, rebuild\nfrom vendor.jobs import sweep\n\
             hello('t')\nrebuild()\nresult = sweep()\nengine = sa.create_engine('postgresql://')\n\
             sa.MetaData().create_all(op.get_bind())\nop.drop_table('t')";
        let found = shown(&converted(&[(body, "")], &[("src/app/work.py", helper)], &[])[0].up);
        let told: Vec<&str> = found.iter().map(|it| it.split(": ").next().unwrap_or_default()).collect();
        let expected = [
            "?? `vendor.jobs.queue.push()`",
            "?? `vendor.jobs.sweep()`",
            "?? `sqlalchemy.create_engine()`",
            "?? `create_all()`",
            "DROP TABLE t",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_touches_files_is_for_a_person() {
        let body = "import os\nfrom pathlib import Path\nPath('a').unlink()\nos.remove('b')\n\
             (Path(__file__).parent / 'c').write_text('x')\nop.drop_table('t')";
        let found = shown(&converted(&[(body, "")], &[], &[])[0].up);
        let told: Vec<&str> = found.iter().map(|it| it.split(": ").next().unwrap_or_default()).collect();
        assert_eq!(
            told,
            ["?? `pathlib.Path … .unlink()`", "?? `os.remove()`", "?? `pathlib.Path … .write_text()`", "DROP TABLE t"]
        );
    }

    #[test]
    fn a_folder_named_like_a_module_of_python_is_not_found() {
        let body = "import logging\nlogging.getLogger('x').info('y')\nop.drop_table('t')";
        let found = converted(&[(body, "")], &[("src/logging/__init__.py", "x = 1")], &[]);
        assert_eq!(shown(&found[0].up), ["DROP TABLE t"]);
    }
}
