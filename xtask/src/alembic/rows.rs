//! Loops over what a query gives: in each turn there is a row, whose columns are values that only the server has. What the script
//! does with them is written as PL/pgSQL, as far as it means the same there.

use super::chains::method_of;
use super::conditions::Taken;
use super::connections::{is_connection, is_session};
use super::desk::Desk;
use super::directives::call_of;
use super::select::items_of;
use super::shape::Key;
use crate::python::{Arguments, Interpreter, Span, SymbolKind, Value};
use crate::sql::{Token, TokenKind, tokens};
use crate::sqlmodel::quote;

/// What a query selects.
#[derive(Clone, Default)]
pub(super) struct Selected<'p> {
    /// Its columns, if all are known.
    pub(super) columns: Option<Vec<RowColumn<'p>>>,
    /// The mapped class of which it selects the objects.
    pub(super) class: Option<Value<'p>>,
    /// Whether all that is done with its result is to go on with objects or first columns.
    pub(super) taken: Option<Taken>,
}

/// A column of a row.
#[derive(Clone)]
pub(super) struct RowColumn<'p> {
    /// What Python calls it.
    pub(super) attribute: String,
    /// What the record has it under, quoted.
    pub(super) field: String,
    pub(super) kind: Option<Value<'p>>,
    /// Whether it is never `NULL`.
    pub(super) is_filled: bool,
}

/// The rows of a query.
pub(super) struct Rows<'p> {
    pub(super) sql: String,
    pub(super) selected: Selected<'p>,
    /// Whether the first column stands for the row, or the object.
    pub(super) is_scalars: bool,
}

/// The row of a turn.
pub(super) struct Row<'p> {
    /// The variable that holds it.
    pub(super) variable: String,
    pub(super) selected: Selected<'p>,
    /// Attributes of the object that the script has set since.
    pub(super) changed: Vec<String>,
}

const ROW: &str = "a row of the server";
const VALUE: &str = "a value of the server";

/// A value that only the server has.
pub(super) struct ServerValue<'v, 'p> {
    pub(super) sql: &'v str,
    pub(super) kind: Option<&'v Value<'p>>,
    /// Whether it is never `NULL`.
    pub(super) is_filled: bool,
}

/// The value as what the server has, if it is that.
pub(super) fn server_value<'v, 'p>(value: &'v Value<'p>) -> Option<ServerValue<'v, 'p>> {
    let (function, given) = value.as_call()?;
    if function.external() != Some(VALUE) {
        return None;
    }
    Some(ServerValue {
        sql: given.positional.first()?.as_str()?,
        kind: given.keyword("kind"),
        is_filled: given.keyword("is_filled").is_some(),
    })
}

/// The SQL of such a value.
pub(super) fn sql(value: &Value<'_>) -> Option<String> {
    server_value(value).map(|it| it.sql.to_owned())
}

pub(super) fn make_value<'p>(sql: &str, kind: Option<&Value<'p>>, is_filled: bool, span: Span) -> Value<'p> {
    let kind = kind.map(|kind| ("kind".into(), kind.clone()));
    let filled = is_filled.then(|| ("is_filled".into(), Value::Bool(true)));
    let named = kind.into_iter().chain(filled).collect();
    call_of(VALUE, Arguments { positional: vec![Value::str(sql)], named, open: None }, span)
}

/// Whether a condition asks for values of rows only.
pub(super) fn is_of_rows(value: &Value<'_>) -> bool {
    if server_value(value).is_some() || super::matches::truth(value).is_some() {
        return true;
    }
    match value {
        Value::Symbol(symbol) => match &symbol.kind {
            SymbolKind::Binary(_, left, right) => is_of_rows(left) && is_of_rows(right),
            SymbolKind::Unary(_, inner) => is_of_rows(inner),
            _ => false,
        },
        Value::Unknown(_) => false,
        _ => true,
    }
}

/// Whether a value is a row, or something of one.
pub(super) fn is_of_row(value: &Value<'_>) -> bool {
    if row_number(value).is_some() || server_value(value).is_some() {
        return true;
    }
    match value {
        Value::Symbol(symbol) => match &symbol.kind {
            SymbolKind::Attribute(of, _) | SymbolKind::Item(of, _) | SymbolKind::Call(of, _) => is_of_row(of),
            _ => false,
        },
        _ => false,
    }
}

/// Which row a value is.
fn row_number(value: &Value<'_>) -> Option<usize> {
    let (function, given) = value.as_call()?;
    if function.external() != Some(ROW) {
        return None;
    }
    usize::try_from(given.positional.first()?.as_int()?).ok()
}

impl<'p> Desk<'p> {
    /// The rows that a loop goes through, if they are those of a query that is still as good as when it was sent.
    pub(super) fn rows_of(&self, py: &Interpreter<'p>, value: &Value<'p>) -> Option<Rows<'p>> {
        if let Some((function, given)) = value.as_call()
            && matches!(function.external(), Some("builtins.list" | "builtins.tuple"))
        {
            return self.rows_of(py, given.positional.first()?);
        }
        if let Some(query) = self.query_of_session(py, value) {
            let (sql, selected) = query.ok()?;
            let is_scalars = selected.class.is_some();
            return Some(Rows { sql, selected, is_scalars });
        }
        let (object, name, given) = method_of(value)?;
        if given.positional.is_empty() && matches!(name, "all" | "fetchall" | "mappings" | "unique" | "tuples") {
            return match (name, self.just_asked(value)) {
                ("all", Some((sql, selected))) => Some(Rows { is_scalars: selected.class.is_some(), sql, selected }),
                _ => self.rows_of(py, object),
            };
        }
        if name == "scalars" && !is_connection(object) {
            let rows = self.rows_of(py, object)?;
            return Some(Rows { is_scalars: true, ..rows });
        }
        if !is_connection(object) || name == "scalar" {
            return None;
        }
        let (sql, selected) = self.just_asked(value)?;
        // Outside of a session the row of a class is a row of its columns.
        let class = selected.class.clone().filter(|_| is_session(object));
        Some(Rows { sql, selected: Selected { class, ..selected }, is_scalars: matches!(name, "scalars" | "exec") })
    }

    pub(super) fn keep_row(&self, rows: Rows<'p>, variable: String, span: Span) -> Value<'p> {
        let Rows { selected, is_scalars, .. } = rows;
        self.state_mut().by_rows = true;
        if selected.class.is_some() && !is_scalars {
            return Value::unknown("a row that holds an object is not followed", span);
        }
        if is_scalars && selected.class.is_none() {
            let Some([first]) = selected.columns.as_deref() else {
                return Value::unknown("the query has more than one column", span);
            };
            return make_value(&format!("{variable}.{}", first.field), first.kind.as_ref(), first.is_filled, span);
        }
        let mut state = self.state_mut();
        state.rows.push(Row { variable, selected, changed: Vec::new() });
        let number = Value::Int(state.rows.len() as i128 - 1);
        call_of(ROW, Arguments::of(vec![number]), span)
    }

    fn column_of_row(
        &self,
        number: usize,
        wanted: impl Fn(usize, &RowColumn<'p>) -> bool,
        span: Span,
    ) -> Option<Value<'p>> {
        let state = self.state();
        let row = state.rows.get(number)?;
        let mut columns = row.selected.columns.as_ref()?.iter().enumerate();
        let (_, column) = columns.find(|(at, column)| wanted(*at, column))?;
        if row.changed.contains(&column.attribute) {
            return Some(Value::unknown("the script has changed it", span));
        }
        let sql = format!("{}.{}", row.variable, column.field);
        Some(make_value(&sql, column.kind.as_ref(), column.is_filled || state.is_filled(&sql), span))
    }

    /// `row.name`
    pub(super) fn attribute_of_row(&self, object: &Value<'p>, name: &str, span: Span) -> Option<Value<'p>> {
        let number = row_number(object)?;
        self.column_of_row(number, |_, it| it.attribute == name, span)
    }

    /// `row[0]`, `row["name"]`
    pub(super) fn item_of_row(&self, object: &Value<'p>, index: &Value<'p>, span: Span) -> Option<Value<'p>> {
        let number = row_number(object)?;
        if self.state().rows.get(number)?.selected.class.is_some() {
            return None;
        }
        match (index.as_str(), index.as_int()) {
            (Some(name), _) => self.column_of_row(number, |_, it| it.attribute == name, span),
            (None, Some(wanted)) => self.column_of_row(number, |at, _| at as i128 == wanted, span),
            _ => None,
        }
    }

    /// `a, b = row`
    pub(super) fn items_of_row(&self, value: &Value<'p>, span: Span) -> Option<Vec<Value<'p>>> {
        let number = row_number(value)?;
        let count = {
            let state = self.state();
            let row = state.rows.get(number)?;
            row.selected.columns.as_ref().filter(|_| row.selected.class.is_none())?.len()
        };
        (0..count).map(|wanted| self.column_of_row(number, |at, _| at == wanted, span)).collect()
    }

    /// The object of a turn: its class, the variable, and its attributes that the script has set.
    pub(super) fn object_of_turn(&self, value: &Value<'p>) -> Option<(Value<'p>, String)> {
        let number = row_number(value)?;
        let state = self.state();
        let row = state.rows.get(number)?;
        Some((row.selected.class.clone()?, row.variable.clone()))
    }

    /// The object of a turn that has a column under this SQL, and what the class calls it.
    pub(super) fn column_of_turn(&self, sql: &str) -> Option<(Value<'p>, String, String)> {
        let state = self.state();
        state.rows.iter().rev().find_map(|row| {
            let field = sql.strip_prefix(&row.variable)?.strip_prefix('.')?;
            let column = row.selected.columns.as_ref()?.iter().find(|it| it.field == field)?;
            Some((row.selected.class.clone()?, row.variable.clone(), column.attribute.clone()))
        })
    }

    pub(super) fn note_change_of(&self, variable: &str, name: &str) {
        let mut state = self.state_mut();
        let rows = state.rows.iter_mut().filter(|it| it.variable == variable);
        rows.for_each(|row| row.changed.push(name.to_owned()));
    }

    pub(super) fn note_change(&self, value: &Value<'p>, name: &str) {
        if let Some(number) = row_number(value)
            && let Some(row) = self.state_mut().rows.get_mut(number)
        {
            row.changed.push(name.to_owned());
        }
    }

    /// What a statement selects: its columns with the names that the record gets.
    pub(super) fn selected(&self, statement: Option<&Value<'p>>, sql: &str) -> Selected<'p> {
        let fields = fields_of(sql);
        let Some((items, class)) = statement.and_then(items_of) else {
            let named = |field: String| RowColumn {
                attribute: field.trim_matches('"').replace("\"\"", "\""),
                field,
                kind: None,
                is_filled: false,
            };
            return Selected {
                columns: fields.map(|it| it.into_iter().map(named).collect()),
                class: None,
                taken: None,
            };
        };
        let columns = fields.filter(|it| it.len() == items.len()).map(|fields| {
            let column = |(item, field): (super::select::Item<'p>, String)| RowColumn {
                attribute: item.attribute.unwrap_or_else(|| field.trim_matches('"').to_owned()),
                is_filled: item.origin.is_some_and(|(table, column)| self.is_filled(&table, &column)),
                field,
                kind: item.kind,
            };
            items.into_iter().zip(fields).map(column).collect()
        });
        Selected { columns, class, taken: None }
    }

    /// Whether a column is known to be `NOT NULL`.
    fn is_filled(&self, table: &Key, column: &str) -> bool {
        let state = self.state();
        match state.shape.table(table) {
            Ok(Some(relation)) if relation.unsure.is_none() => {
                relation.columns.iter().any(|it| it.name == column && it.nullable == Some(false))
            }
            _ => false,
        }
    }
}

/// The names under which a record has the columns of a query; `None` where one is not known, or two are equal.
fn fields_of(sql: &str) -> Option<Vec<String>> {
    let tokens = tokens(sql);
    let mut at = 1;
    if tokens.get(1).is_some_and(|it| it.is_word(sql, "distinct") || it.is_word(sql, "all")) {
        at = 2;
        if tokens.get(2).is_some_and(|it| it.is_word(sql, "on")) {
            return None;
        }
    }
    let (mut depth, mut item, mut fields) = (0, Vec::<&Token>::new(), Vec::new());
    for token in &tokens[at.min(tokens.len())..] {
        let text = token.text(sql);
        match text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            _ => {}
        }
        let ends = depth == 0 && (text == "," || token.is_word(sql, "from"));
        if !ends {
            item.push(token);
            continue;
        }
        let name = |token: &Token| match token.kind {
            TokenKind::Word => Some(quote(&token.text(sql).to_lowercase())),
            TokenKind::QuotedIdentifier => Some(token.text(sql).to_owned()),
            _ => None,
        };
        fields.push(match item[..] {
            [only] => name(only)?,
            [_, dot, last] if dot.text(sql) == "." => name(last)?,
            [_, dot, _, second, last] if dot.text(sql) == "." && second.text(sql) == "." => name(last)?,
            [.., word, last] if word.is_word(sql, "as") => name(last)?,
            _ => return None,
        });
        item.clear();
        if token.is_word(sql, "from") {
            break;
        }
    }
    let are_distinct = fields.iter().enumerate().all(|(at, field)| !fields[..at].contains(field));
    (item.is_empty() && !fields.is_empty() && are_distinct).then_some(fields)
}
