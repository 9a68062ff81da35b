//! Functions and methods of SQLAlchemy that make SQL: `cast(…)`, `case(…)`, `column.in_(…)`, `column["key"]`.

use super::draft::Draft;
use super::expression::{AND, ATOM, COLLATE, COMPARISON, CONCAT, NOTHING, OR, ORDER, Sql, negated, unreadable};
use super::models::{Models, Problem, Read};
use super::symbols::method_call;
use super::types::TypeKind;
use crate::python::{Arguments, Span, Value};

impl<'p> Models<'_, 'p> {
    /// `text(…)`, `cast(…)`, `and_(…)` and the other functions of SQLAlchemy.
    pub(super) fn construct(
        &self,
        name: &str,
        value: &Value<'p>,
        arguments: &Arguments<'p>,
        span: Span,
        table: Option<&Draft<'p>>,
    ) -> Read<Sql> {
        self.closed(arguments, "the SQL expression", span)?;
        let first = || arguments.positional.first().ok_or_else(|| unreadable(span, &format!("`{name}()`")));
        let second = || arguments.positional.get(1).ok_or_else(|| unreadable(span, &format!("`{name}()`")));
        Ok(match name {
            "text" => Sql::atom(unescaped(&self.as_text(first()?, "the SQL text", span)?)),
            "literal_column" => {
                let data = arguments.get(1, "type_").and_then(|it| self.sql_type(it, span).ok());
                let (kind, labels) = data.map_or_else(Default::default, |data| (data.kind, data.labels));
                Sql { kind, labels, ..Sql::atom(self.as_text(first()?, "the SQL text", span)?) }
            }
            "column" | "Column" => Sql::column(&self.as_text(first()?, "the column", span)?, None),
            "literal" => self.argument(first()?, span, table)?,
            "bindparam" => self.argument(second()?, span, table)?,
            "null" => Sql::atom("NULL"),
            "true" => Sql::atom("true").of_kind(TypeKind::Boolean),
            "false" => Sql::atom("false").of_kind(TypeKind::Boolean),
            "and_" | "or_" => self.junction(name, &arguments.positional, span, table)?,
            "not_" => negated(&self.expression(first()?, span, table)?),
            "desc" | "asc" | "nulls_first" | "nulls_last" | "nullsfirst" | "nullslast" | "distinct" => {
                self.expression_method(first()?, name, &Arguments::default(), span, table)?
            }
            "cast" | "Cast" => {
                let data = self.sql_type(arguments.get(1, "type_").unwrap_or(&Value::None), span)?;
                let inner = self.argument(first()?, span, table)?;
                Sql::atom(format!("CAST({} AS {})", inner.text, data.text)).of_kind(data.kind)
            }
            "type_coerce" | "label" => self.argument(first()?, span, table)?,
            "collate" | "between" => {
                let rest = Arguments::of(arguments.positional[1..].to_vec());
                self.expression_method(first()?, name, &rest, span, table)?
            }
            "extract" => {
                let field = self.as_text(first()?, "the field", span)?;
                Sql::atom(format!("EXTRACT({field} FROM {})", self.argument(second()?, span, table)?.text))
            }
            "case" => self.case(arguments, span, table)?,
            "tuple_" => Sql::atom(format!("({})", self.list(&arguments.positional, span, table)?)),
            "array" => {
                let items = first()?.items().ok_or_else(|| unreadable(span, "this array"))?;
                Sql::atom(format!("ARRAY[{}]", self.list(&items, span, table)?))
            }
            "quoted_name" | "conv" => Sql::atom(self.as_text(value, "the name", span)?),
            "coalesce" | "now" | "count" | "max" | "min" | "sum" | "concat" | "char_length" | "random" => {
                self.function(name, arguments, span, table)?
            }
            "current_timestamp" | "current_date" | "current_time" | "localtime" | "localtimestamp" => {
                self.function(name, arguments, span, table)?
            }
            _ => return Err(unreadable(span, &format!("`{name}()`"))),
        })
    }

    fn list(&self, items: &[Value<'p>], span: Span, table: Option<&Draft<'p>>) -> Read<String> {
        let parts = items.iter().map(|item| Ok(self.argument(item, span, table)?.inside(NOTHING)));
        Ok(parts.collect::<Read<Vec<_>>>()?.join(", "))
    }

    fn junction(&self, name: &str, parts: &[Value<'p>], span: Span, table: Option<&Draft<'p>>) -> Read<Sql> {
        let (word, level) = if name == "and_" { ("AND", AND) } else { ("OR", OR) };
        let all = parts.iter().map(|part| self.argument(part, span, table)).collect::<Read<Vec<_>>>()?;
        let [one] = &all[..] else {
            let texts: Vec<String> =
                all.iter().map(|it| if it.level == level { it.text.clone() } else { it.inside(level) }).collect();
            return Ok(Sql::operation(texts.join(&format!(" {word} ")), level));
        };
        Ok(one.clone())
    }

    fn case(&self, arguments: &Arguments<'p>, span: Span, table: Option<&Draft<'p>>) -> Read<Sql> {
        let mut text = "CASE".to_owned();
        if arguments.named.iter().any(|(name, _)| &**name != "else_") {
            return Err(unreadable(span, "this `case()`"));
        }
        for when in &arguments.positional {
            let pair = when.items().filter(|pair| pair.len() == 2 && matches!(when, Value::Tuple(_)));
            let pair = pair.ok_or_else(|| unreadable(span, "this `case()`"))?;
            let condition = self.argument(&pair[0], span, table)?.element();
            text.push_str(&format!(" WHEN {condition} THEN {}", self.argument(&pair[1], span, table)?.text));
        }
        if let Some(otherwise) = arguments.keyword("else_") {
            text.push_str(&format!(" ELSE {}", self.argument(otherwise, span, table)?.text));
        }
        Ok(Sql::atom(format!("{text} END")))
    }

    /// `column.in_(…)`, `column.desc()` and the other methods of expressions.
    pub(super) fn expression_method(
        &self,
        object: &Value<'p>,
        name: &str,
        arguments: &Arguments<'p>,
        span: Span,
        table: Option<&Draft<'p>>,
    ) -> Read<Sql> {
        if let Some(of) = name.strip_prefix("as_") {
            return self.json_value(object, of, arguments, span, table);
        }
        // `escape`, `autoescape` and the like make something else of it.
        if let Some((word, _)) = arguments.named.first().filter(|_| name != "label") {
            return Err(unreadable(span, &format!("`{word}` of `.{name}()`")));
        }
        let left = self.expression(object, span, table)?;
        let first = || match arguments.positional.first() {
            Some(value) => self.operand(value, &left, span, table),
            None => Err(unreadable(span, &format!("`.{name}()`"))),
        };
        let compare = |word: &str, opposite: &str| -> Read<Sql> {
            Ok(Sql::comparison(&left, word, opposite, &first()?.inside(COMPARISON)))
        };
        let ordered =
            |word: &str| Sql { is_bare: true, ..Sql::operation(format!("{} {word}", left.inside(ORDER - 1)), ORDER) };
        Ok(match name {
            "desc" => ordered("DESC"),
            "asc" => ordered("ASC"),
            "nulls_first" | "nullsfirst" => ordered("NULLS FIRST"),
            "nulls_last" | "nullslast" => ordered("NULLS LAST"),
            "is_" => compare("IS", "IS NOT")?,
            "is_not" | "isnot" => compare("IS NOT", "IS")?,
            "like" => compare("LIKE", "NOT LIKE")?,
            "not_like" | "notlike" => compare("NOT LIKE", "LIKE")?,
            "ilike" => compare("ILIKE", "NOT ILIKE")?,
            "not_ilike" | "notilike" => compare("NOT ILIKE", "ILIKE")?,
            "regexp_match" => compare("~", "!~")?,
            "is_distinct_from" => compare("IS DISTINCT FROM", "IS NOT DISTINCT FROM")?,
            "is_not_distinct_from" => compare("IS NOT DISTINCT FROM", "IS DISTINCT FROM")?,
            "startswith" => Sql::comparison(&left, "LIKE", "NOT LIKE", &format!("{} || '%'", first()?.text)),
            "endswith" => Sql::comparison(&left, "LIKE", "NOT LIKE", &format!("'%' || {}", first()?.text)),
            "contains" if matches!(left.kind, TypeKind::Array | TypeKind::Json | TypeKind::Jsonb) => compare("@>", "")?,
            "contains" => Sql::comparison(&left, "LIKE", "NOT LIKE", &format!("'%' || {} || '%'", first()?.text)),
            "icontains" => Sql::comparison(&left, "ILIKE", "NOT ILIKE", &format!("'%' || {} || '%'", first()?.text)),
            "has_key" => compare("?", "")?,
            "concat" => Sql::operation(format!("{} || {}", left.inside(CONCAT), first()?.inside(CONCAT)), CONCAT)
                .of_kind(TypeKind::Text),
            "in_" | "not_in" | "notin_" => self.in_list(&left, name, arguments, span, table)?,
            "between" => {
                let second = arguments.positional.get(1).ok_or_else(|| unreadable(span, "`.between()`"))?;
                let second = self.operand(second, &left, span, table)?;
                let range = format!("{} AND {}", first()?.inside(COMPARISON), second.inside(COMPARISON));
                Sql::comparison(&left, "BETWEEN", "NOT BETWEEN", &range)
            }
            "collate" => {
                let collation =
                    self.as_text(arguments.positional.first().unwrap_or(&Value::None), "the collation", span)?;
                Sql::operation(format!("{} COLLATE \"{collation}\"", left.inside(COLLATE)), COLLATE).of_kind(left.kind)
            }
            "cast" => {
                let data = self.sql_type(arguments.positional.first().unwrap_or(&Value::None), span)?;
                Sql::atom(format!("CAST({} AS {})", left.text, data.text)).of_kind(data.kind)
            }
            "label" | "self_group" | "expression" => left,
            "distinct" => Sql::operation(format!("DISTINCT {}", left.text), COMPARISON),
            _ => return Err(unreadable(span, &format!("`.{name}()`"))),
        })
    }

    fn in_list(
        &self,
        left: &Sql,
        name: &str,
        arguments: &Arguments<'p>,
        span: Span,
        table: Option<&Draft<'p>>,
    ) -> Read<Sql> {
        let given = arguments.positional.first().unwrap_or(&Value::None);
        let Some(items) = given.items().filter(|_| given.as_str().is_none()) else {
            return Err(Problem::value(span, "the list of values", given, "Write the values in a list"));
        };
        let parts =
            items.iter().map(|item| Ok(self.operand(item, left, span, table)?.text)).collect::<Read<Vec<_>>>()?;
        let list = parts.join(", ");
        let left = left.inside(COMPARISON);
        if items.is_empty() {
            // As SQLAlchemy writes it: there is no empty list in SQL.
            let (is_in, is_not) =
                (format!("({left} IN (NULL) AND (1 != 1))"), format!("({left} NOT IN (NULL) OR (1 = 1))"));
            let (text, opposite) = if name == "in_" { (is_in, is_not) } else { (is_not, is_in) };
            return Ok(Sql { opposite: Some(opposite), ..Sql::operation(text, ATOM) });
        }
        let (is_in, is_not) = (format!("{left} IN ({list})"), format!("({left} NOT IN ({list}))"));
        Ok(match name {
            "in_" => Sql { opposite: Some(is_not), ..Sql::operation(is_in, COMPARISON) },
            _ => Sql { opposite: Some(is_in), ..Sql::operation(is_not, ATOM) },
        })
    }

    /// `column.op("@@")(other)`: the operator is a call of a call.
    pub(super) fn custom_operator(
        &self,
        value: &Value<'p>,
        span: Span,
        table: Option<&Draft<'p>>,
    ) -> Option<Read<Sql>> {
        let (function, arguments) = value.as_call()?;
        let (object, "op" | "bool_op", given) = method_call(function)? else { return None };
        let operator = given.positional.first()?.as_str()?.to_owned();
        let right = arguments.positional.first()?;
        Some(self.expression(object, span, table).and_then(|left| {
            let right = self.operand(right, &left, span, table)?;
            let text = format!("{} {operator} {}", left.inside(COMPARISON), right.inside(COMPARISON));
            Ok(Sql::operation(text, COMPARISON))
        }))
    }
}

/// `text("a\\:b")`: a colon behind a backslash is meant.
fn unescaped(text: &str) -> String {
    text.replace("\\:", ":")
}
