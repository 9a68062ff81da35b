//! SQL that only asks, and may be left out where nobody uses the answer.

use crate::python::{SymbolKind, Value};
use crate::sql::{Token, TokenKind, tokens};

/// Whether SQL only asks: nothing is lost where it is not sent. A function that is not known may change something.
pub(super) fn is_query(sql: &str) -> bool {
    let tokens = tokens(sql);
    let first = tokens.iter().find(|token| token.kind == TokenKind::Word);
    let is_one_of = |token: &Token, words: &[&str]| words.iter().any(|word| token.is_word(sql, word));
    let mut calls = tokens.windows(2).filter(|pair| pair[0].kind == TokenKind::Word && pair[1].text(sql) == "(");
    first.is_some_and(|token| {
        is_one_of(token, &["select", "values", "show", "with", "table"])
            && !tokens.iter().any(|it| is_one_of(it, &["insert", "update", "delete"]))
            && calls.all(|pair| changes_nothing(&pair[0].text(sql).to_lowercase()))
    })
}

/// Whether what stands in a query calls no function that may change something.
pub(super) fn calls_nothing(value: &Value<'_>) -> bool {
    let Value::Symbol(symbol) = value else {
        return value.items().is_none_or(|items| matches!(value, Value::Str(_)) || items.iter().all(calls_nothing));
    };
    match &symbol.kind {
        SymbolKind::External(path) => {
            path.split_once(".func.").is_none_or(|(_, name)| changes_nothing(&name.to_lowercase()))
        }
        SymbolKind::Attribute(of, _) => calls_nothing(of),
        SymbolKind::Item(left, right) | SymbolKind::Binary(_, left, right) => {
            calls_nothing(left) && calls_nothing(right)
        }
        SymbolKind::Unary(_, inner) => calls_nothing(inner),
        SymbolKind::Call(function, given) => {
            let named = given.named.iter().map(|(_, value)| value);
            calls_nothing(function) && given.positional.iter().chain(named).all(calls_nothing)
        }
    }
}

/// Whether a word before a bracket is none of a function, or one of a function that only computes or asks.
fn changes_nothing(word: &str) -> bool {
    const PREFIXES: [&str; 8] = ["pg_get_", "has_", "json", "array_", "regexp_", "to_", "st_", "date_"];
    PREFIXES.iter().any(|prefix| word.starts_with(prefix)) || KEY_WORDS.contains(&word) || FUNCTIONS.contains(&word)
}

/// Key words and types that may stand before a bracket.
const KEY_WORDS: &[&str] = &[
    "all",
    "and",
    "any",
    "as",
    "by",
    "case",
    "cast",
    "char",
    "distinct",
    "else",
    "except",
    "exists",
    "filter",
    "from",
    "group",
    "having",
    "in",
    "intersect",
    "is",
    "join",
    "lateral",
    "like",
    "limit",
    "materialized",
    "not",
    "numeric",
    "offset",
    "on",
    "or",
    "over",
    "partition",
    "row",
    "select",
    "some",
    "then",
    "union",
    "using",
    "values",
    "varchar",
    "varying",
    "when",
    "where",
    "within",
];

/// Functions of PostgreSQL that change nothing.
const FUNCTIONS: &[&str] = &[
    "abs",
    "avg",
    "bool_and",
    "bool_or",
    "cardinality",
    "ceil",
    "coalesce",
    "col_description",
    "concat",
    "concat_ws",
    "count",
    "current_database",
    "current_schema",
    "current_schemas",
    "current_setting",
    "dense_rank",
    "every",
    "extract",
    "first_value",
    "floor",
    "format",
    "format_type",
    "generate_series",
    "generate_subscripts",
    "greatest",
    "initcap",
    "lag",
    "last_value",
    "lead",
    "least",
    "left",
    "length",
    "lower",
    "ltrim",
    "max",
    "md5",
    "min",
    "mod",
    "now",
    "nullif",
    "obj_description",
    "pg_table_is_visible",
    "pg_type_is_visible",
    "position",
    "quote_ident",
    "quote_literal",
    "rank",
    "replace",
    "right",
    "round",
    "row_number",
    "rtrim",
    "split_part",
    "string_agg",
    "string_to_array",
    "strpos",
    "substring",
    "sum",
    "trim",
    "unnest",
    "upper",
    "version",
];
