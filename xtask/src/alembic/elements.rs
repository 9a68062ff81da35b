//! DDL elements of SQLAlchemy that scripts execute: `CreateSequence(…)`, `DropSequence(…)`, `CreateSchema(…)`, `DropSchema(…)`.

use crate::python::{Arguments, Span, Value};
use crate::sqlmodel::vocabulary::{Fault, Vocabulary, word};
use crate::sqlmodel::{ddl, qualified, quote};

/// The statement that an element is; `None` where it is none of these.
pub(super) fn statement<'p>(
    words: &Vocabulary<'_, 'p>,
    value: &Value<'p>,
    span: Span,
) -> Option<Result<String, Fault>> {
    let (_, given) = value.as_call()?;
    let first = given.positional.first().or_else(|| given.keyword("element")).or_else(|| given.keyword("name"))?;
    let name = word(value)?;
    Some(match name {
        "CreateSequence" | "DropSequence" => words.sequence(first, span).map(|sequence| match name {
            "CreateSequence" => {
                let sql = ddl::create_sequence(&sequence);
                if says(given, "if_not_exists") {
                    return sql.replacen("CREATE SEQUENCE", "CREATE SEQUENCE IF NOT EXISTS", 1);
                }
                sql
            }
            _ => format!("DROP SEQUENCE {}{}", if_exists(given), qualified(sequence.schema.as_deref(), &sequence.name)),
        }),
        "CreateSchema" | "DropSchema" => words.text(first, "the name of the schema", span).map(|schema| match name {
            "CreateSchema" => {
                let unless = if says(given, "if_not_exists") { "IF NOT EXISTS " } else { "" };
                format!("CREATE SCHEMA {unless}{}", quote(&schema))
            }
            _ => {
                let cascade = if says(given, "cascade") { " CASCADE" } else { "" };
                format!("DROP SCHEMA {}{}{cascade}", if_exists(given), quote(&schema))
            }
        }),
        _ => return None,
    })
}

fn says(given: &Arguments<'_>, name: &str) -> bool {
    given.keyword(name).and_then(Value::truth) == Some(true)
}

fn if_exists(given: &Arguments<'_>) -> &'static str {
    if says(given, "if_exists") { "IF EXISTS " } else { "" }
}
