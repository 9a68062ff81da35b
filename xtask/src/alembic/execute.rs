//! SQL that scripts send themselves, and what they do with connections.

use super::chains::method_of;
use super::connections::{is_connection, is_context, is_dialect, is_engine, is_session};
use super::desk::Desk;
use super::directives::{Batch, Directive, Done};
use super::dml::Dml;
use super::effects;
use super::insert::literal_value;
use super::queries::is_query;
use crate::python::{Arguments, Interpreter, Span, SymbolKind, Value};
use crate::sql::{Script, TokenKind, tokens};
use crate::sqlmodel::vocabulary::{Fault, word};

impl<'p> Desk<'p> {
    /// A function of a library; `None` where it is kept as written.
    pub(super) fn library_function(
        &self,
        py: &Interpreter<'p>,
        path: &str,
        arguments: &Arguments<'p>,
        span: Span,
    ) -> Option<Value<'p>> {
        // A revision does what it does on a database, as `alembic upgrade` has it.
        if path == "alembic.context.is_offline_mode" {
            return Some(Value::Bool(false));
        }
        if self.is_active() {
            if let Some(found) = self.match_by_function(py, path, arguments, span) {
                return Some(found);
            }
            self.unseen_function(py, path, arguments, span);
        }
        None
    }

    /// `object.name(…)` of a library's object.
    pub(super) fn method(
        &self,
        py: &Interpreter<'p>,
        object: &Value<'p>,
        name: &str,
        arguments: &Arguments<'p>,
        span: Span,
    ) -> Option<Value<'p>> {
        if let Some(batch) = batch_of(object) {
            return self.directive(py, name, arguments, Some(batch), span);
        }
        if !self.is_active() {
            return None;
        }
        if super::guards::is_inspector(object) {
            return self.inspect_by(object, name, arguments, span);
        }
        if name == "has_table" && is_dialect(object) {
            let given = Arguments {
                positional: arguments.positional.get(1..).unwrap_or_default().to_vec(),
                ..arguments.clone()
            };
            return self.inspect(name, &given, span);
        }
        if let Some(answer) = self.query_method(py, object, name, arguments, span) {
            return answer;
        }
        if name == "one"
            && let Some(value) = self.only_one(py, object, span)
        {
            return Some(value);
        }
        self.count_rows(py, object, name, span);
        if let Some(answer) = self.method_of_match(py, object, name, arguments, span) {
            return Some(answer);
        }
        if let Some(answer) = self.method_of_value(py, object, name, arguments, span) {
            return Some(answer);
        }
        if is_connection(object) {
            return self.connection_method(py, object, name, arguments, span);
        }
        if matches!(word(object), Some("Enum" | "ENUM")) && matches!(name, "create" | "drop") {
            let result = self.enum_method(py, object, name, arguments, span);
            result.unwrap_or_else(|fault| self.fault(py, &fault));
            return Some(Value::None);
        }
        self.unseen_method(py, object, name, arguments, span);
        None
    }

    fn connection_method(
        &self,
        py: &Interpreter<'p>,
        object: &Value<'p>,
        name: &str,
        arguments: &Arguments<'p>,
        span: Span,
    ) -> Option<Value<'p>> {
        match name {
            "execute" | "scalar" | "scalars" | "exec_driver_sql" | "exec" => {
                let function = Value::symbol(SymbolKind::Attribute(object.clone(), name.into()), span);
                let result = Value::symbol(SymbolKind::Call(function, arguments.clone()), span);
                let read = || -> Result<String, Fault> {
                    let statement = arguments.get(0, "statement").cloned().unwrap_or(Value::None);
                    self.statement(py, &statement, arguments.positional.get(1), span)
                };
                match (read(), &result) {
                    (Ok(sql), Value::Symbol(symbol)) if is_query(&sql) => {
                        let statement = arguments.get(0, "statement");
                        let selected = self.selected(statement, &sql);
                        let class = selected.class.clone().filter(|_| is_session(object));
                        let is_mapped = statement.is_some_and(super::select::is_mapped);
                        match self.before_query(py, Some(object), is_mapped, class.as_ref(), span) {
                            Ok(()) => self.keep_query(symbol, Ok(sql), Some(selected)),
                            Err(fault) => self.fault(py, &fault),
                        }
                    }
                    (Ok(sql), _) => self.run_sql(py, &sql, span),
                    (Err(fault), Value::Symbol(symbol)) if only_asks(arguments.get(0, "statement")) => {
                        self.keep_query(symbol, Err(fault), None);
                    }
                    (Err(fault), _) => {
                        self.fault(py, &fault);
                        self.unread(arguments.get(0, "statement"), &fault);
                    }
                }
                Some(result)
            }
            "query" if is_session(object) => None,
            "commit" | "flush" if is_session(object) => {
                self.flush(py, object, name, span);
                Some(Value::None)
            }
            "add" | "add_all" | "delete" | "get" if is_session(object) => self.work(py, object, name, arguments, span),
            "commit" | "close" | "flush" | "begin" | "connect" | "execution_options" | "begin_nested" | "get_bind"
            | "connection" | "expire_all" | "autocommit_block" => None,
            _ => {
                let what = format!("`.{name}()` of a session or connection");
                self.gap(py, &what, "it reads or writes data through Python objects", span);
                None
            }
        }
    }

    /// Something is executed that cannot be written down; what it does to the shape follows from its text, if that is known.
    pub(super) fn unread(&self, statement: Option<&Value<'p>>, fault: &Fault) {
        match statement.and_then(text_of).map(Script::split) {
            Some(script) if script.faults.is_empty() => {
                let text = statement.and_then(text_of).unwrap_or_default();
                script.statements.iter().for_each(|it| effects::apply(self, it.text(text)));
            }
            _ if is_text(statement) => {
                if let Some(begins) = statement.and_then(begins_with)
                    && effects::apply_begin(self, begins)
                {
                    return;
                }
                self.state_mut().shape.doubt_all(&format!("{}: {}", fault.what, fault.why));
            }
            _ => {}
        }
    }

    /// The text of something that is executed.
    pub(super) fn statement(
        &self,
        py: &Interpreter<'p>,
        value: &Value<'p>,
        parameters: Option<&Value<'p>>,
        span: Span,
    ) -> Result<String, Fault> {
        if let Some(text) = value.as_str() {
            return self.bound(text, parameters, span);
        }
        if let Value::Unknown(unknown) = value {
            return Err(Fault { what: "the SQL text".to_owned(), why: unknown.why.clone(), span: unknown.span });
        }
        match (word(value), value.as_call()) {
            (Some("text"), Some((_, given))) => {
                let text = given.get(0, "text").cloned().unwrap_or(Value::None);
                return self.statement(py, &text, parameters, span);
            }
            (Some("DDL"), Some((_, given))) => {
                return super::elements::formatted(given, span);
            }
            _ => {}
        }
        if let Some((inner, "bindparams", given)) = method_of(value) {
            let named = given.named.iter().map(|(name, value)| (Value::Str(std::rc::Rc::clone(name)), value.clone()));
            let params =
                given.positional.iter().filter_map(|it| it.as_call().filter(|_| word(it) == Some("bindparam")));
            let listed =
                params.clone().filter_map(|(_, it)| Some((it.get(0, "key")?.clone(), it.get(1, "value").cloned()?)));
            let mut values: Vec<_> = named.chain(listed).collect();
            if let Some(Value::Dict(more)) = parameters {
                values.extend(more.borrow().iter().cloned());
            }
            // `expanding=True`: a list stands for its elements, as a tuple does.
            let expands = |it: &Arguments<'p>| it.keyword("expanding").is_some_and(|it| it.truth() != Some(false));
            let expanding: Vec<_> =
                params.filter(|(_, it)| expands(it)).filter_map(|(_, it)| it.get(0, "key")).collect();
            for (name, value) in &mut values {
                if expanding.iter().any(|it| it.equals(name) == Some(true)) {
                    *value =
                        value.items().map_or_else(|| Value::unknown("its elements are not known", span), Value::tuple);
                }
            }
            return self.statement(py, inner, Some(&Value::dict(values)), span);
        }
        let words = self.vocabulary(py);
        if let Some(written) = super::elements::statement(&words, value, span) {
            return written;
        }
        let dml = Dml::new(&words, span).with(self);
        let written = match parameters.filter(|it| !it.is_none()) {
            Some(rows) => dml.rows(value, rows),
            None => dml.statement(value),
        };
        if let Some(written) = written {
            return written;
        }
        Err(Fault {
            what: "what is executed".to_owned(),
            why: "it is no SQL that can be read without a run".to_owned(),
            span,
        })
    }

    /// The text with its parameters put in.
    fn bound(&self, text: &str, parameters: Option<&Value<'p>>, span: Span) -> Result<String, Fault> {
        let fault = |why: &str| Fault { what: "the SQL text".to_owned(), why: why.to_owned(), span };
        let values = match parameters {
            None | Some(Value::None) => return Ok(text.replace("\\:", ":")),
            Some(Value::Dict(values)) => values.borrow().iter().cloned().collect::<Vec<_>>(),
            Some(_) => return Err(fault("its parameters are not read")),
        };
        let mut result = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(':') {
            let (before, after) = (&rest[..at], &rest[at + 1..]);
            let end = after.find(|letter: char| !(letter.is_alphanumeric() || letter == '_')).unwrap_or(after.len());
            let is_name = end > 0
                && !after[end..].starts_with(':') | after[end..].starts_with("::")
                && !before.ends_with(|letter: char| letter == ':' || letter == '\\' || letter.is_alphanumeric());
            if !is_name {
                result.push_str(before.strip_suffix('\\').unwrap_or(before));
                let skipped = after.len() - after.trim_start_matches(':').len();
                result.push_str(&rest[at..at + 1 + skipped]);
                rest = &after[skipped..];
                continue;
            }
            let found = values.iter().find(|(name, _)| name.as_str() == Some(&after[..end]));
            let Some((_, value)) = found else { return Err(fault("one of its parameters has no value")) };
            // The driver writes a tuple as a list in parentheses.
            let sql = match value {
                Value::Tuple(items) if !items.is_empty() => {
                    let items = items.iter().map(|it| literal_value(it, None, span));
                    items.collect::<Option<Result<Vec<_>, _>>>().map(|it| it.map(|it| format!("({})", it.join(", "))))
                }
                Value::Tuple(_) => None,
                _ => literal_value(value, None, span),
            };
            result.push_str(before);
            result.push_str(&sql.ok_or_else(|| fault("only a run can tell the value of a parameter"))??);
            rest = &after[end..];
        }
        result.push_str(rest);
        Ok(result)
    }

    /// Writes down SQL that a script sends, statement by statement, with what it does to the shape.
    pub(super) fn run_sql(&self, py: &Interpreter<'p>, sql: &str, span: Span) {
        let script = Script::split(sql);
        if !script.faults.is_empty() {
            let why = "its SQL is not complete";
            self.gap(py, "what is executed", why, span);
            self.state_mut().shape.doubt_all(why);
            return;
        }
        for statement in &script.statements {
            let text = statement.text(sql);
            if !self.ends_transaction(py, text, span) {
                self.emit(py, text, span);
                effects::apply(self, text);
            }
        }
    }

    /// `COMMIT`: the driver knows nothing of it, so that what follows runs outside of a transaction, to the next `BEGIN` or to the end
    /// of the revision.
    fn ends_transaction(&self, py: &Interpreter<'p>, sql: &str, span: Span) -> bool {
        let words: Vec<&str> =
            tokens(sql).iter().filter(|it| it.kind == TokenKind::Word).map(|it| it.text(sql)).collect();
        let is = |word: &str| words.first().is_some_and(|first| first.eq_ignore_ascii_case(word));
        let ends = is("commit") || is("end");
        if ends && words.len() == 1 {
            self.leave_transaction(py, span);
            return true;
        }
        if is("begin") && words.len() == 1 && self.enter_transaction() {
            return true;
        }
        if ends || is("rollback") || is("abort") || is("begin") || is("start") || is("prepare") {
            self.gap(py, &format!("`{sql}`"), "the tool begins and ends the transaction of a revision", span);
            return true;
        }
        false
    }

    /// `object.name` where that is known.
    pub(super) fn property(
        &self,
        _: &Interpreter<'p>,
        object: &Value<'p>,
        name: &str,
        span: Span,
    ) -> Option<Value<'p>> {
        if let Some(value) =
            self.attribute_of_row(object, name, span).or_else(|| self.attribute_of_one(object, name, span))
        {
            return Some(value);
        }
        if name == "as_sql" && is_context(object) {
            return Some(Value::Bool(false));
        }
        let Value::Symbol(symbol) = object else { return None };
        match &symbol.kind {
            SymbolKind::Attribute(of, word) if name == "name" && matches!(&**word, "dialect" | "engine") => {
                (is_connection(of) || is_context(of) || is_engine(of)).then(|| Value::str("postgresql"))
            }
            _ => None,
        }
    }
}

impl<'p> Directive<'_, 'p> {
    /// `op.execute(…)`
    pub(super) fn execute(&self) -> Done {
        let statement = self.get(0, "sqltext").cloned().unwrap_or(Value::None);
        let sql = self.desk.statement(self.py, &statement, None, self.span)?;
        self.desk.run_sql(self.py, &sql, self.span);
        Ok(())
    }
}

/// Whether what is executed is text, which may change anything.
pub(super) fn is_text(value: Option<&Value<'_>>) -> bool {
    let Some(value) = value else { return true };
    match method_of(value) {
        Some((object, "bindparams", _)) => is_text(Some(object)),
        Some(_) => false,
        None => !matches!(word(value), Some("select" | "update" | "insert" | "delete")),
    }
}

/// The text of a string or of `text("…")`, where it is known.
fn text_of<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    match (value.as_str(), method_of(value), value.as_call()) {
        (Some(text), ..) => Some(text),
        (_, Some((object, "bindparams", _)), _) => text_of(object),
        (_, _, Some((_, given))) if word(value) == Some("text") => text_of(given.get(0, "text")?),
        _ => None,
    }
}

/// Whether a statement that cannot be written asks for rows all the same. A text of which only the beginning is known may call
/// any function in its rest.
fn only_asks(value: Option<&Value<'_>>) -> bool {
    let Some(value) = value else { return false };
    super::chains::verb_of(value) == Some("select") && super::queries::calls_nothing(value)
        || text_of(value).is_some_and(is_query)
}

/// The beginning of such a text, where only that is known.
fn begins_with<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    match (value, method_of(value), value.as_call()) {
        (Value::Unknown(unknown), ..) => unknown.begins.as_deref(),
        (_, Some((object, "bindparams", _)), _) => begins_with(object),
        (_, _, Some((_, given))) if word(value) == Some("text") => begins_with(given.get(0, "text")?),
        _ => None,
    }
}

/// The table of `batch_alter_table(…)`.
fn batch_of(value: &Value<'_>) -> Option<Batch> {
    let (function, given) = value.as_call()?;
    if function.external() != Some("alembic.op.batch_alter_table") {
        return None;
    }
    let table = given.get(0, "table_name")?.as_str()?.to_owned();
    let schema = given.get(1, "schema").and_then(Value::as_str).map(str::to_owned);
    Some(Batch { table, schema })
}
