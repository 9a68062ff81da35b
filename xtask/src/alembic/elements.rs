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

/// `DDL("… %(name)s …", context={…})`: SQLAlchemy puts the context in with `%`, and takes `%%` for `%` without one, too.
pub(super) fn formatted(given: &Arguments<'_>, span: Span) -> Result<String, Fault> {
    let fault = |why: &str| Fault { what: "the text of `DDL`".to_owned(), why: why.to_owned(), span };
    let text = given.get(0, "statement").and_then(Value::as_str).ok_or_else(|| fault("only a run can tell it"))?;
    let value = |name: &str| match given.keyword("context") {
        Some(Value::Dict(context)) => context.borrow().text(name).and_then(Value::as_str).map(str::to_owned),
        _ => None,
    };
    let (mut result, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('%') {
        result.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            result.push('%');
            rest = after;
            continue;
        }
        let named = rest.strip_prefix('(').and_then(|it| it.split_once(")s"));
        let Some((name, after)) = named else { return Err(fault("`%` is followed by what is not read")) };
        result.push_str(&value(name).ok_or_else(|| fault("only a run can tell what stands for a name in it"))?);
        rest = after;
    }
    Ok(result + rest)
}

#[cfg(test)]
mod tests {
    use super::super::testing::sql;

    #[test]
    fn the_context_of_ddl_is_put_in() {
        let found = sql("op.execute(sa.DDL('COMMENT ON TABLE %(t)s IS \\'100%%\\'', context={'t': 'a'}))\n\
             op.execute(sa.text('DELETE FROM t WHERE id IN :ids').bindparams(sa.bindparam('ids', [1, 2], expanding=True)))\n\
             op.get_bind().execute(sa.text('DELETE FROM t WHERE id IN :ids'), {'ids': (3, 4)})");
        assert_eq!(
            found,
            ["COMMENT ON TABLE a IS '100%'", "DELETE FROM t WHERE id IN (1, 2)", "DELETE FROM t WHERE id IN (3, 4)"]
        );
        for text in ["sa.DDL('COMMENT ON TABLE %(t)s IS 1')", "sa.DDL('SELECT 5 % 2')"] {
            assert!(sql(&format!("op.execute({text})"))[0].starts_with("?? "), "{text}");
        }
    }
}
