//! SQL expressions of SQLAlchemy as text, with the parentheses that SQLAlchemy itself writes.

use super::draft::Draft;
use super::identifier::{literal, quote};
use super::models::{Models, Problem, Read};
use super::symbols::{attribute, binary, item, library_call, method_call};
use super::types::{SqlType, TypeKind};
use crate::python::{Arguments, Span, SymbolKind, Value, float};

/// An expression and how tightly it holds together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sql {
    pub(super) text: String,
    pub(super) level: i32,
    pub(super) kind: TypeKind,
    /// Names of members and their labels, if it is a column of an enum.
    pub(super) labels: Vec<(String, String)>,
    /// What stands for its negation, if it is a comparison.
    pub(super) opposite: Option<String>,
    /// How it is written as an operand, where that differs.
    pub(super) within: Option<String>,
    /// Whether it is a bare name, a call or a sort order, which no index puts in parentheses.
    pub(super) is_bare: bool,
}

pub(super) const ATOM: i32 = 100;
/// `*`, `/`, `%`, and the minus sign.
pub(super) const PRODUCT: i32 = 8;
pub(super) const SUM: i32 = 7;
pub(super) const CONCAT: i32 = 6;
pub(super) const COMPARISON: i32 = 5;
pub(super) const COLLATE: i32 = 4;
pub(super) const AND: i32 = 3;
pub(super) const ORDER: i32 = 3;
pub(super) const OR: i32 = 2;
pub(super) const NOTHING: i32 = -1;

/// Functions that are written in capitals and without parentheses.
const BARE_FUNCTIONS: [&str; 9] = [
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
    "sysdate",
    "user",
];

impl Sql {
    pub(super) fn atom(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            level: ATOM,
            kind: TypeKind::Other,
            labels: Vec::new(),
            opposite: None,
            within: None,
            is_bare: true,
        }
    }

    pub(super) fn operation(text: String, level: i32) -> Self {
        Self { text, level, kind: TypeKind::Other, labels: Vec::new(), opposite: None, within: None, is_bare: false }
    }

    /// `left word right`, and what is its negation.
    pub(super) fn comparison(left: &Self, word: &str, opposite: &str, right: &str) -> Self {
        let left = left.inside(COMPARISON);
        let opposite = (!opposite.is_empty()).then(|| format!("{left} {opposite} {right}"));
        Self { opposite, ..Self::operation(format!("{left} {word} {right}"), COMPARISON) }
    }

    pub(super) fn of_kind(self, kind: TypeKind) -> Self {
        Self { kind, ..self }
    }

    /// A column.
    pub(super) fn column(name: &str, data: Option<&SqlType>) -> Self {
        let kind = data.map_or(TypeKind::Other, |data| data.kind);
        let labels = data.map_or_else(Vec::new, |data| data.labels.clone());
        Self { kind, labels, ..Self::atom(quote(name)) }
    }

    /// Inside an operation of that level.
    pub(super) fn inside(&self, level: i32) -> String {
        match &self.within {
            Some(operand) if level > NOTHING => operand.clone(),
            _ if self.level <= level => format!("({})", self.text),
            _ => self.text.clone(),
        }
    }

    /// As an element of an index.
    pub(super) fn element(&self) -> String {
        if self.is_bare { self.text.clone() } else { format!("({})", self.text) }
    }
}

impl<'p> Models<'_, 'p> {
    /// The SQL of an expression; columns are those of `table`.
    pub(super) fn expression(&self, value: &Value<'p>, span: Span, table: Option<&Draft<'p>>) -> Read<Sql> {
        if let Some(column) = table.and_then(|table| table.column_of(value)) {
            return Ok(Sql::column(&column.column.name, column.data.as_ref()));
        }
        if let Some(literal) = self.plain_literal(value, None) {
            return Ok(literal);
        }
        if let Some(custom) = self.custom_operator(value, span, table) {
            return custom;
        }
        if let Some((op, left, right)) = binary(value) {
            return self.operation(op, left, right, span, table);
        }
        if let Some((name, arguments)) = library_call(value) {
            let path = value.as_call().and_then(|(function, _)| function.external()).unwrap_or(name);
            return match path.split_once(".func.") {
                Some((_, function)) => self.function(function, arguments, span, table),
                None => self.construct(name, value, arguments, span, table),
            };
        }
        if let Some((object, name, arguments)) = method_call(value) {
            return self.expression_method(object, name, arguments, span, table);
        }
        if let Some((object, "astext")) = attribute(value)
            && let Some((object, index)) = item(object)
        {
            return self.json_item(object, index, true, span, table);
        }
        if let Some((object, index)) = item(value) {
            return self.json_item(object, index, false, span, table);
        }
        if let Value::Symbol(symbol) = value
            && let SymbolKind::Unary(op, inner) = &symbol.kind
        {
            let inner = self.expression(inner, span, table)?;
            return Ok(match *op {
                "-" => Sql::operation(format!("-{}", inner.inside(PRODUCT)), PRODUCT).of_kind(inner.kind),
                _ => negated(&inner),
            });
        }
        self.other_expression(value, span)
    }

    /// Objects of the project's own classes, and what is left.
    fn other_expression(&self, value: &Value<'p>, span: Span) -> Read<Sql> {
        if let Value::Instance(instance) = value
            && let Some(function) = self.compiler_of(&instance.class)
        {
            let arguments = Arguments::of(vec![value.clone(), Value::None]);
            let text = self.py.call(&Value::Function(function), arguments, span);
            return match text.as_str() {
                Some(text) => Ok(Sql::atom(text)),
                None => Err(Problem::value(span, "the SQL expression", &text, "Write it with text(\"…\")")),
            };
        }
        if let Some((columns, name)) = attribute(value) {
            if let Some((_, column)) = super::class_tables::column_of_class(value) {
                return Ok(Sql::column(&column, None));
            }
            // `table.c.name`, where whoever asks has no table to look into.
            if attribute(columns).is_some_and(|(_, word)| matches!(word, "c" | "columns")) {
                return Ok(Sql::column(name, None));
            }
            return Err(Problem::invalid(
                span,
                format!("`{name}` is no column of this table"),
                "Name a column of the table itself, or write the expression with text(\"…\")",
            ));
        }
        Err(Problem::value(span, "the SQL expression", value, "Write it with text(\"…\")"))
    }

    /// A plain value as a literal.
    fn plain_literal(&self, value: &Value<'p>, beside: Option<&Sql>) -> Option<Sql> {
        let is_enum = beside.is_some_and(|beside| !beside.labels.is_empty());
        Some(match value {
            Value::Member(member) if is_enum => {
                let labels = &beside?.labels;
                let label = labels.iter().find(|(name, _)| *name == *member.name)?;
                Sql::atom(literal(&label.1))
            }
            Value::Member(member) if !member.is_plain => return None,
            Value::None => Sql::atom("NULL"),
            Value::Bool(truth) => Sql::atom(if *truth { "true" } else { "false" }).of_kind(TypeKind::Boolean),
            Value::Float(number) => Sql::atom(float(*number)),
            _ => match (value.as_str(), value.as_int()) {
                (Some(text), _) => Sql::atom(literal(text)).of_kind(TypeKind::Text),
                (None, Some(number)) => Sql::atom(number.to_string()).of_kind(TypeKind::Integer),
                _ => return None,
            },
        })
    }

    /// An operand: a literal that takes the type of the other side, or an expression.
    pub(super) fn operand(&self, value: &Value<'p>, beside: &Sql, span: Span, table: Option<&Draft<'p>>) -> Read<Sql> {
        match self.plain_literal(value, Some(beside)) {
            Some(literal) => Ok(literal),
            None => match value.as_call() {
                Some((function, arguments)) if function.external() == Some("decimal.Decimal") => {
                    let text = arguments.positional.first();
                    match text.and_then(|text| {
                        text.as_str().map(str::to_owned).or_else(|| text.as_int().map(|it| it.to_string()))
                    }) {
                        Some(text) => Ok(Sql::atom(text)),
                        None => self.expression(value, span, table),
                    }
                }
                _ => self.expression(value, span, table),
            },
        }
    }

    fn operation(
        &self,
        op: &str,
        left: &Value<'p>,
        right: &Value<'p>,
        span: Span,
        table: Option<&Draft<'p>>,
    ) -> Read<Sql> {
        // Of a plain value and a column, the column decides the type.
        let is_plain = self.plain_literal(left, None).is_some();
        let first = if is_plain { right } else { left };
        let beside = self.expression(first, span, table)?;
        let (left, right) = match is_plain {
            true => (self.operand(left, &beside, span, table)?, beside),
            false => (beside.clone(), self.operand(right, &beside, span, table)?),
        };
        let join = |op: &str, level: i32| {
            // `a + b + c` needs no parentheses, `a - b - c` gets them.
            let associative = matches!(op, "+" | "*" | "||" | "AND" | "OR");
            let left = if associative && left.level == level { left.text.clone() } else { left.inside(level) };
            Sql::operation(format!("{left} {op} {}", right.inside(level)), level)
        };
        let compare = |word: &str, opposite: &str| Sql::comparison(&left, word, opposite, &right.inside(COMPARISON));
        Ok(match op {
            "==" if right.text == "NULL" => compare("IS", "IS NOT"),
            "!=" if right.text == "NULL" => compare("IS NOT", "IS"),
            "==" => compare("=", "!="),
            "!=" => compare("!=", "="),
            "<" => compare("<", ">="),
            "<=" => compare("<=", ">"),
            ">" => compare(">", "<="),
            ">=" => compare(">=", "<"),
            "&" => join("AND", AND),
            "|" => join("OR", OR),
            "+" if left.kind == TypeKind::Text || right.kind == TypeKind::Text => {
                join("||", CONCAT).of_kind(TypeKind::Text)
            }
            "+" => join("+", SUM).of_kind(left.kind),
            "-" => join("-", SUM).of_kind(left.kind),
            "*" | "%" => join(op, PRODUCT).of_kind(left.kind),
            "/" if right.kind == TypeKind::Integer => {
                let cast = format!("CAST({} AS NUMERIC)", right.inside(PRODUCT));
                Sql::operation(format!("{} / {cast}", left.inside(PRODUCT)), PRODUCT)
            }
            // SQLAlchemy casts what it divides by to its own type, which is not known here.
            "/" => return Err(unreadable(span, "this division")),
            "//" if right.kind == TypeKind::Integer => join("/", PRODUCT).of_kind(TypeKind::Integer),
            "//" => Sql::atom(format!("FLOOR({})", join("/", PRODUCT).text)),
            _ => return Err(unreadable(span, &format!("`{op}`"))),
        })
    }

    /// `func.name(…)`
    pub(super) fn function(
        &self,
        name: &str,
        arguments: &Arguments<'p>,
        span: Span,
        table: Option<&Draft<'p>>,
    ) -> Read<Sql> {
        self.closed(arguments, "the SQL function", span)?;
        if BARE_FUNCTIONS.contains(&name.to_ascii_lowercase().as_str()) && arguments.positional.is_empty() {
            return Ok(Sql::atom(name.to_ascii_uppercase()));
        }
        if name == "count" && arguments.positional.is_empty() {
            return Ok(Sql::atom("count(*)"));
        }
        let parts: Vec<String> = arguments
            .positional
            .iter()
            .map(|value| Ok(self.argument(value, span, table)?.inside(NOTHING)))
            .collect::<Read<_>>()?;
        let kind = match name {
            "lower" | "upper" | "trim" | "concat" | "md5" | "substr" | "substring" | "replace" | "left" | "right" => {
                TypeKind::Text
            }
            "length" | "char_length" | "count" | "sum" | "abs" | "array_length" => TypeKind::Integer,
            "coalesce" | "max" | "min" | "nullif" => match arguments.positional.first() {
                Some(first) => self.argument(first, span, table)?.kind,
                None => TypeKind::Other,
            },
            _ => TypeKind::Other,
        };
        Ok(Sql::atom(format!("{name}({})", parts.join(", "))).of_kind(kind))
    }

    pub(super) fn argument(&self, value: &Value<'p>, span: Span, table: Option<&Draft<'p>>) -> Read<Sql> {
        self.operand(value, &Sql::atom(""), span, table)
    }
}

/// `NOT x`: comparisons are turned round.
pub(super) fn negated(inner: &Sql) -> Sql {
    if let Some(opposite) = &inner.opposite {
        let is_list = opposite.starts_with('(');
        let level = if is_list { ATOM } else { COMPARISON };
        return Sql { opposite: Some(inner.text.clone()), ..Sql::operation(opposite.clone(), level) };
    }
    match inner.level {
        AND | OR => Sql::operation(format!("NOT ({})", inner.text), COMPARISON),
        _ => Sql { is_bare: inner.is_bare, ..Sql::operation(format!("NOT {}", inner.text), COMPARISON) },
    }
}

pub(super) fn unreadable(span: Span, what: &str) -> Problem {
    Problem::not_static(span, what, "this reader does not write it as SQL", "Write the expression with text(\"…\")")
}
