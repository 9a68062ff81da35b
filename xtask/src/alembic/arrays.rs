//! Arrays in rows, and lists that a script fills in a loop over rows: variables of the loop in PL/pgSQL.

use super::desk::Desk;
use super::directives::call_of;
use super::doubts::raising;
use super::rows::{RowColumn, Rows, Selected, make_value, server_value};
use crate::python::{Arguments, Interpreter, Span, Value};
use crate::sqlmodel::vocabulary::word;

/// A list that a script makes at one place, and fills in a loop inside.
pub(super) struct ArrayList {
    birth: Span,
    /// Whether all that was put into it is text of rows.
    is_text: bool,
    variable: String,
}

/// What Python takes for a blank.
const BLANKS: &str = "U&'\\0009\\000A\\000B\\000C\\000D\\001C\\001D\\001E\\001F\\0020\\0085\\00A0\\1680\\2000\\2001\\2002\\2003\\2004\
\\2005\\2006\\2007\\2008\\2009\\200A\\2028\\2029\\202F\\205F\\3000'";

fn is_text(value: &Value<'_>) -> bool {
    let kind = server_value(value).and_then(|it| it.kind).and_then(word);
    matches!(kind, Some("String" | "Text" | "Unicode" | "UnicodeText" | "VARCHAR" | "TEXT"))
}

impl<'p> Desk<'p> {
    /// The list that is made here, if it is one that a loop fills: it is known from the turn that was only looked at.
    pub(super) fn array_here(&self, span: Span) -> Option<Value<'p>> {
        let mut state = self.state_mut();
        let list = state.arrays.iter().find(|it| it.birth == span && it.is_text)?;
        let variable = list.variable.clone();
        let doubt = state.doubt()?;
        if !doubt.declare(&format!("{variable} text[]")) {
            return None;
        }
        doubt.line(format!("{variable} := '{{}}';"));
        drop(state);
        let text = call_of("sqlalchemy.Text", Arguments::default(), span);
        let kind = call_of("sqlalchemy.ARRAY", Arguments::of(vec![text]), span);
        Some(make_value(&variable, Some(&kind), true, span))
    }

    /// A list that was made there has got an element in a loop inside.
    pub(super) fn note_array(&self, birth: Span, value: &Value<'p>) {
        let mut state = self.state_mut();
        let number = state.arrays.len() + 1;
        match state.arrays.iter_mut().find(|it| it.birth == birth) {
            Some(list) => list.is_text &= is_text(value),
            None => {
                state.arrays.push(ArrayList { birth, is_text: is_text(value), variable: format!("made_{number}") });
            }
        }
    }

    /// The elements of an array, as rows of one column.
    pub(super) fn elements_of(&self, py: &Interpreter<'p>, value: &Value<'p>, span: Span) -> Option<Rows<'p>> {
        let array = server_value(value)?;
        let kind = array.kind.filter(|it| word(it) == Some("ARRAY"))?;
        let (_, given) = kind.as_call()?;
        let element = given.get(0, "item_type").cloned();
        let sql = array.sql;
        let raise = raising("the array is missing, or has arrays in it");
        let is_wrong = format!("{sql} IS NULL OR array_ndims({sql}) > 1");
        self.check(py, format!("IF {is_wrong} THEN\n  {raise}\nEND IF;"), span);
        self.state_mut().note_filled(sql);
        let column =
            RowColumn { attribute: "element".into(), field: "element".into(), kind: element, is_filled: false };
        Some(Rows {
            sql: format!(
                "SELECT element FROM unnest({sql}) WITH ORDINALITY AS elements (element, place) ORDER BY place"
            ),
            selected: Selected { columns: Some(vec![column]), class: None, taken: None },
            is_scalars: true,
        })
    }

    /// `row.name.strip()`, `names.append(row.name)`
    pub(super) fn method_of_value(
        &self,
        py: &Interpreter<'p>,
        object: &Value<'p>,
        name: &str,
        arguments: &Arguments<'p>,
        span: Span,
    ) -> Option<Value<'p>> {
        let value = server_value(object)?;
        let sql = value.sql;
        let is_list = self.state().arrays.iter().any(|it| it.variable == sql);
        match (name, &arguments.positional[..]) {
            ("append", [element]) if is_list && is_text(element) => {
                let element = server_value(element)?.sql;
                self.check(py, format!("{sql} := array_append({sql}, {element});"), span);
                Some(Value::None)
            }
            ("strip", []) if is_text(object) => {
                if !value.is_filled {
                    let raise = raising("a text is missing");
                    self.check(py, format!("IF {sql} IS NULL THEN\n  {raise}\nEND IF;"), span);
                    self.state_mut().note_filled(sql);
                }
                Some(make_value(&format!("btrim({sql}, {BLANKS})"), value.kind, true, span))
            }
            _ if is_list || CHANGING.contains(&name) => {
                let why = "it changes what only the server has";
                self.gap(py, &format!("`.{name}()`"), why, span);
                Some(Value::unknown(why, span))
            }
            _ => None,
        }
    }
}

/// Methods that change what they are called on.
const CHANGING: [&str; 13] = [
    "add",
    "append",
    "clear",
    "discard",
    "extend",
    "insert",
    "pop",
    "popitem",
    "remove",
    "reverse",
    "setdefault",
    "sort",
    "update",
];
