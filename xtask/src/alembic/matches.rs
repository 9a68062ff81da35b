//! `re.match(pattern, row.name)` of a text that only the server has, for patterns that both read alike.

use super::chains::method_of;
use super::desk::Desk;
use super::directives::call_of;
use super::doubts::raising;
use super::patterns::pattern;
use super::rows::{make_value, server_value};
use super::truths::is_text;
use crate::python::{Arguments, Interpreter, Span, Value};
use crate::sqlmodel::literal;

const MATCH: &str = "a match of the server";

/// A match: the text, the pattern as SQL, and how many groups it has.
struct Match<'v> {
    text: &'v str,
    pattern: &'v str,
    groups: usize,
}

impl Match<'_> {
    fn condition(&self) -> String {
        format!("({} ~ {}) IS TRUE", self.text, self.pattern)
    }
}

fn found<'v>(value: &'v Value<'_>) -> Option<Match<'v>> {
    let (function, given) = value.as_call()?;
    let [text, pattern, groups] = &given.positional[..] else { return None };
    (function.external() == Some(MATCH)).then_some(())?;
    Some(Match { text: text.as_str()?, pattern: pattern.as_str()?, groups: usize::try_from(groups.as_int()?).ok()? })
}

/// Whether a text matches, as SQL that is either true or false; `None` where the value is no match.
pub(super) fn truth(value: &Value<'_>) -> Option<String> {
    found(value).map(|it| it.condition())
}

impl<'p> Desk<'p> {
    /// `re.match(pattern, text)`
    pub(super) fn match_by_function(
        &self,
        py: &Interpreter<'p>,
        path: &str,
        arguments: &Arguments<'p>,
        span: Span,
    ) -> Option<Value<'p>> {
        let [pattern, text] = &arguments.positional[..] else { return None };
        let is_full = match path {
            "re.match" => false,
            "re.fullmatch" => true,
            _ => return None,
        };
        let is_plain = arguments.named.is_empty() && arguments.open.is_none();
        self.match_text(py, pattern.as_str().filter(|_| is_plain)?, is_full, text, span)
    }

    /// `re.compile(pattern).match(text)`, `match.groups()`, `match.group(1)`
    pub(super) fn method_of_match(
        &self,
        py: &Interpreter<'p>,
        object: &Value<'p>,
        name: &str,
        arguments: &Arguments<'p>,
        span: Span,
    ) -> Option<Value<'p>> {
        let given = &arguments.positional[..];
        if let Some((function, of)) = object.as_call()
            && function.external() == Some("re.compile")
            && let ([pattern], [text], "match" | "fullmatch") = (&of.positional[..], given, name)
            && of.named.is_empty()
        {
            return self.match_text(py, pattern.as_str()?, name == "fullmatch", text, span);
        }
        let it = found(object)?;
        let wanted = match (name, given) {
            ("groups", []) => 1..=it.groups,
            ("group", [number]) => {
                let number = usize::try_from(number.as_int()?).ok().filter(|at| (1..=it.groups).contains(at))?;
                number..=number
            }
            _ => return None,
        };
        let condition = it.condition();
        if !self.is_under(&condition) {
            let raise = raising("a text is not of the form that is expected");
            self.check(py, format!("IF NOT ({condition}) THEN\n  {raise}\nEND IF;"), span);
        }
        let kind = call_of("sqlalchemy.Text", Arguments::default(), span);
        let group =
            |at| make_value(&format!("(regexp_match({}, {}))[{at}]", it.text, it.pattern), Some(&kind), true, span);
        let mut values: Vec<Value<'p>> = wanted.map(group).collect();
        Some(if name == "group" { values.remove(0) } else { Value::tuple(values) })
    }

    fn match_text(
        &self,
        py: &Interpreter<'p>,
        python: &str,
        is_full: bool,
        text: &Value<'p>,
        span: Span,
    ) -> Option<Value<'p>> {
        let value = server_value(text).filter(|_| is_text(text))?;
        let pattern = pattern(python, is_full)?;
        if !value.is_filled {
            let raise = raising("a text is missing");
            self.check(py, format!("IF {} IS NULL THEN\n  {raise}\nEND IF;", value.sql), span);
            self.state_mut().note_filled(value.sql);
        }
        let groups = Value::Int(pattern.groups as i128);
        let given = vec![Value::str(value.sql), Value::str(literal(&pattern.text)), groups];
        Some(call_of(MATCH, Arguments::of(given), span))
    }
}

/// Whether a value is a method of such a match that is not answered.
pub(super) fn is_of_match(value: &Value<'_>) -> bool {
    found(value).is_some() || method_of(value).is_some_and(|(object, ..)| is_of_match(object))
}
