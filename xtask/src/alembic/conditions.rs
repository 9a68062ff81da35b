//! Conditions on what a query gives, as SQL: `if connection.execute(…).first(): …` becomes `IF EXISTS (…) THEN …`.

use std::rc::Rc;

use super::chains::method_of;
use super::connections::is_connection;
use super::desk::Desk;
use super::rows::Selected;
use crate::python::{Symbol, SymbolKind, Value};
use crate::sql::tokens;
use crate::sqlmodel::vocabulary::Fault;

/// A query that a script has sent.
pub(super) struct Query<'p> {
    /// The call.
    pub(super) symbol: Rc<Symbol<'p>>,
    /// Its SQL, where that can be written.
    pub(super) sql: Result<String, Fault>,
    /// What it selects, where that is known.
    pub(super) selected: Option<Selected<'p>>,
    /// How many statements came before it.
    pub(super) sent: usize,
}

/// What a script takes of a result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// The first row, or `None`.
    Row,
    /// All rows in a list.
    Rows,
    /// The first value of the first row, or `None`.
    Scalar,
}

impl<'p> Desk<'p> {
    /// The condition as SQL, if it asks for nothing but a query that was sent just before.
    pub(super) fn condition_sql(&self, test: &Value<'p>) -> Option<String> {
        if matches!(test, Value::List(_)) {
            return self.is_gathered_any(test);
        }
        let Value::Symbol(symbol) = test else { return None };
        match &symbol.kind {
            SymbolKind::Unary("not", inner) => Some(format!("NOT ({})", self.condition_sql(inner)?)),
            SymbolKind::Binary(op @ ("and" | "or"), left, right) => {
                let (left, right) = (self.condition_sql(left)?, self.condition_sql(right)?);
                Some(format!("({left}) {} ({right})", op.to_uppercase()))
            }
            SymbolKind::Binary(op, left, right) => {
                super::truths::comparison(op, left, right).or_else(|| self.comparison(op, left, right))
            }
            _ if super::rows::server_value(test).is_some() => super::truths::truth(test),
            _ if super::matches::is_of_match(test) => super::matches::truth(test),
            _ if called(test) == Some("bool") => self.condition_sql(argument(test)?),
            _ => self.truth_sql(test),
        }
    }

    fn truth_sql(&self, value: &Value<'p>) -> Option<String> {
        let (sql, taken) = self.taken(value)?;
        match taken {
            Taken::Row | Taken::Rows => Some(format!("EXISTS ({sql})")),
            Taken::Scalar => match first_item(&sql)? {
                Item::Count => Some(format!("({sql}) <> 0")),
                Item::Truth => Some(format!("({sql})")),
                Item::One => Some(format!("EXISTS ({sql})")),
                Item::Other => None,
            },
        }
    }

    fn comparison(&self, op: &str, left: &Value<'p>, right: &Value<'p>) -> Option<String> {
        if right.is_none() {
            if let Some(matches) = super::matches::truth(left) {
                return match op {
                    "is" | "==" => Some(format!("NOT ({matches})")),
                    "is not" | "!=" => Some(matches),
                    _ => None,
                };
            }
            let (sql, taken) = self.taken(left)?;
            let is_none = match taken {
                Taken::Row => format!("NOT EXISTS ({sql})"),
                Taken::Scalar if is_single(&sql) => format!("(SELECT * FROM ({sql}) AS found LIMIT 1) IS NULL"),
                _ => return None,
            };
            return match op {
                "is" | "==" => Some(is_none),
                "is not" | "!=" => Some(format!("NOT ({is_none})")),
                _ => None,
            };
        }
        let number = right.as_int().filter(|_| !matches!(right, Value::Bool(_)))?;
        let op = match op {
            "==" => "=",
            "!=" => "<>",
            "<" | "<=" | ">" | ">=" => op,
            _ => return None,
        };
        if called(left) == Some("len") {
            // A set has fewer than the rows, where some are equal; so has a dict.
            if argument(left).is_none_or(is_of_set) {
                return None;
            }
            let (sql, Taken::Rows) = self.taken(argument(left)?)? else { return None };
            return Some(format!("(SELECT count(*) FROM ({sql}) AS found) {op} {number}"));
        }
        let (sql, Taken::Scalar) = self.taken(left)? else { return None };
        matches!(first_item(&sql)?, Item::Count).then(|| format!("({sql}) {op} {number}"))
    }

    /// The query that a value was taken of, if nothing was sent since.
    fn taken(&self, value: &Value<'p>) -> Option<(String, Taken)> {
        if let Value::Symbol(symbol) = value
            && let SymbolKind::Item(row, index) = &symbol.kind
        {
            let (sql, Taken::Row) = self.taken(row)? else { return None };
            return (index.as_int() == Some(0)).then_some((sql, Taken::Scalar));
        }
        if matches!(called(value), Some("list" | "tuple" | "sorted" | "set")) {
            return self.taken(argument(value)?).filter(|(_, taken)| matches!(taken, Taken::Rows));
        }
        if let Some((sql, Selected { taken: Some(taken), .. })) = self.just_asked(value) {
            return Some((sql, taken));
        }
        let (object, name, given) = method_of(value)?;
        if is_connection(object) {
            return (name == "scalar").then(|| Some((self.just_sent(value)?, Taken::Scalar)))?;
        }
        if !given.positional.is_empty() {
            return None;
        }
        let (result, is_scalars) = result_of(object);
        let sql = self.just_sent(result)?;
        let taken = match (name, is_scalars) {
            ("first" | "one_or_none" | "fetchone", false) => Taken::Row,
            ("first" | "one_or_none", true) | ("scalar" | "scalar_one_or_none" | "scalar_one", false) => Taken::Scalar,
            ("all" | "fetchall", _) => Taken::Rows,
            _ => return None,
        };
        Some((sql, taken))
    }

    fn just_sent(&self, call: &Value<'p>) -> Option<String> {
        self.just_asked(call).map(|(sql, _)| sql)
    }

    /// The query that a call has sent, and what it selects, if nothing was sent since.
    pub(super) fn just_asked(&self, call: &Value<'p>) -> Option<(String, Selected<'p>)> {
        let Value::Symbol(symbol) = call else { return None };
        let state = self.state();
        let query = state.queries.iter().find(|it| Rc::ptr_eq(&it.symbol, symbol))?;
        let sql = query.sql.as_ref().ok()?.trim().trim_end_matches(';').trim_end();
        let tokens = tokens(sql);
        let is_asking = tokens.first().is_some_and(|it| it.is_word(sql, "select"))
            && !tokens.iter().any(|it| it.is_word(sql, "into") || it.is_word(sql, "for"));
        (query.sent == state.sent && is_asking).then(|| (sql.to_owned(), query.selected.clone().unwrap_or_default()))
    }
}

/// Whether a value comes from a query, which may give `None`.
pub(super) fn is_of_query(value: &Value<'_>) -> bool {
    let Value::Symbol(symbol) = value else { return false };
    match &symbol.kind {
        SymbolKind::Call(Value::Symbol(of), given) => {
            given.positional.iter().any(|it| matches!(of.kind, SymbolKind::External(_)) && is_of_query(it))
                || matches!(&of.kind, SymbolKind::Attribute(object, _) if is_connection(object) || is_of_query(object))
        }
        SymbolKind::Attribute(of, _) | SymbolKind::Item(of, _) => is_of_query(of),
        _ => false,
    }
}

/// The call of a query behind `.mappings()` and `.scalars()`, and whether there was the latter.
pub(super) fn result_of<'v, 'p>(value: &'v Value<'p>) -> (&'v Value<'p>, bool) {
    match method_of(value) {
        Some((object, "mappings", _)) if !is_connection(object) => result_of(object),
        Some((object, "scalars", _)) if !is_connection(object) => (result_of(object).0, true),
        Some((object, "scalars", _)) if is_connection(object) => (value, true),
        _ => (value, false),
    }
}

/// Whether a query gives one row, or at most one, whatever there is.
pub(super) fn gives_few(sql: &str, condition: &str) -> bool {
    let tokens = tokens(sql);
    let has = |word: &str| tokens.iter().any(|it| it.is_word(sql, word));
    let is_sum =
        tokens.get(1).is_some_and(|it| ["count", "max", "min", "sum"].iter().any(|word| it.is_word(sql, word)))
            && !["group", "union", "over", "having", "limit", "offset"].iter().any(|it| has(it))
            && is_whole_item(sql);
    let is_first = condition == "> 1" && sql.to_lowercase().ends_with("limit 1");
    is_sum || is_first
}

/// The name of Python's own function that a value is a call of.
fn called<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    value.as_call()?.0.external()?.strip_prefix("builtins.")
}

fn is_of_set(value: &Value<'_>) -> bool {
    match called(value) {
        Some("set") => true,
        Some(_) => argument(value).is_some_and(is_of_set),
        None => false,
    }
}

fn argument<'v, 'p>(value: &'v Value<'p>) -> Option<&'v Value<'p>> {
    value.as_call()?.1.positional.first()
}

/// What a query selects first.
enum Item {
    Count,
    Truth,
    One,
    Other,
}

fn first_item(sql: &str) -> Option<Item> {
    let tokens = tokens(sql);
    let (first, second) = (tokens.get(1)?, tokens.get(2)?);
    if !is_single(sql) {
        return Some(Item::Other);
    }
    let opens = second.text(sql) == "(" && is_whole_item(sql);
    let is_grouped = tokens.iter().any(|it| it.is_word(sql, "group"));
    Some(match () {
        () if opens && !is_grouped && first.is_word(sql, "count") => Item::Count,
        () if opens && first.is_word(sql, "exists") => Item::Truth,
        () if first.text(sql) == "1" && second.is_word(sql, "from") => Item::One,
        () => Item::Other,
    })
}

/// Whether the call behind `SELECT` is all that is selected: `count(*)`, and not `count(*) > 0`.
fn is_whole_item(sql: &str) -> bool {
    let mut depth = 0;
    let tokens = tokens(sql);
    for (at, token) in tokens.iter().enumerate() {
        match token.text(sql) {
            "(" => depth += 1,
            ")" if depth == 1 => {
                let next = tokens[at + 1..].iter().find(|it| !it.text(sql).trim().is_empty());
                return next.is_none_or(|it| ["from", "as", "where", "limit"].iter().any(|word| it.is_word(sql, word)));
            }
            ")" => depth -= 1,
            _ => {}
        }
    }
    false
}

/// Whether it selects one column by name or as one expression.
fn is_single(sql: &str) -> bool {
    let mut depth = 0;
    for token in tokens(sql) {
        match token.text(sql) {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "," | "*" if depth == 0 => return false,
            _ if depth == 0 && token.is_word(sql, "from") => return true,
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::testing::sql;

    #[test]
    fn conditions_on_rows_are_decided_by_the_server() {
        let found = sql("conn = op.get_bind()\n\
             def duplicates():\n    return [row[0] for row in conn.execute(sa.text('SELECT n FROM t GROUP BY n HAVING count(*) > 1')).fetchall()]\n\
             found = duplicates()\n\
             if found:\n    raise RuntimeError(f'double: {found}')\n\
             if not conn.execute(sa.text('SELECT 1 FROM t LIMIT 1')).scalar():\n    op.execute(\"INSERT INTO t VALUES (1)\")\n    conn.execute(sa.text('SELECT f(1)'))\n\
             if conn.execute(sa.text('SELECT count(*) FROM t')).scalar() > 5:\n    op.drop_column('t', 'a')\n\
             row = conn.execute(sa.text('SELECT a, b FROM t')).first()\n\
             if row is None:\n    return\n\
             op.drop_table('u')");
        let expected = [
            "DO $block$ BEGIN\nIF EXISTS (SELECT n FROM t GROUP BY n HAVING count(*) > 1) THEN\n  RAISE EXCEPTION '%', 'double: ';\nEND IF;\nEND $block$",
            "DO $block$ BEGIN\nIF NOT (EXISTS (SELECT 1 FROM t LIMIT 1)) THEN\n  INSERT INTO t VALUES (1);\n  PERFORM f(1);\nEND IF;\nEND $block$",
            "DO $block$ BEGIN\nIF (SELECT count(*) FROM t) > 5 THEN\n  ALTER TABLE t DROP COLUMN a;\nEND IF;\nEND $block$",
            "DO $block$ BEGIN\nIF NOT (NOT EXISTS (SELECT a, b FROM t)) THEN\n  DROP TABLE u;\nEND IF;\nEND $block$",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn rows_are_counted_where_one_at_most_may_come() {
        let found = sql(
            "row = op.get_bind().execute(sa.text('SELECT a FROM t')).one_or_none()\nif row:\n    op.drop_table('u')",
        );
        let count = "IF (SELECT count(*) FROM (SELECT a FROM t) AS found) > 1 THEN";
        assert!(found.len() == 2 && found[0].contains(count), "{found:?}");
        assert!(found[1].contains("IF EXISTS (SELECT a FROM t) THEN"), "{found:?}");
        let first = "row = op.get_bind().execute(sa.text('SELECT a FROM t LIMIT 1')).one_or_none()\nif row:\n    op.drop_table('u')";
        assert_eq!(sql(first).len(), 1);
        let count = "n = op.get_bind().execute(sa.text('SELECT count(*) FROM t')).scalar_one()\nif n > 1:\n    op.drop_table('u')";
        assert_eq!(sql(count).len(), 1);
    }

    #[test]
    fn what_happens_otherwise_stands_in_the_same_block() {
        let start = "conn = op.get_bind()\nrow = conn.execute(sa.text('SELECT a FROM t')).first()\n";
        let either = "DO $block$ BEGIN\nIF EXISTS (SELECT a FROM t) THEN\n  DELETE FROM t;\nELSE\n  DROP TABLE t;\nEND IF;\nEND $block$";
        for body in [
            "if row:\n    op.execute('DELETE FROM t')\nelse:\n    op.drop_table('t')",
            "if row:\n    op.execute('DELETE FROM t')\n    return\nop.drop_table('t')",
        ] {
            assert_eq!(sql(&format!("{start}{body}")), [either], "{body}");
        }
        let more = sql(&format!(
            "{start}if row:\n    op.drop_table('a')\nelif conn.execute(sa.text('SELECT 1 FROM u')).first():\n    op.drop_table('b')\n\
             else:\n    op.drop_table('c')\nop.drop_table('d')"
        ));
        let expected = "DO $block$ BEGIN\nIF EXISTS (SELECT a FROM t) THEN\n  DROP TABLE a;\nELSE\n  IF EXISTS (SELECT 1 FROM u) THEN\n  \
             DROP TABLE b;\nELSE\n  DROP TABLE c;\nEND IF;\nEND IF;\nEND $block$";
        assert_eq!(more, [expected, "DROP TABLE d"]);
        // The statements in one branch cannot stand in a block.
        let gap = sql(&format!("{start}if row:\n    op.drop_table('a')\nelse:\n    op.execute('VACUUM')"));
        assert!(gap[1].starts_with("?? "), "{gap:?}");
    }

    #[test]
    fn a_query_from_before_a_change_decides_nothing() {
        let gap = "?? what happens here: it depends on a condition that only a run can decide";
        let start = "row = op.get_bind().execute(sa.text('SELECT a FROM t')).first()\n";
        let found = sql(&format!("{start}op.execute('DELETE FROM t')\nif row:\n    op.drop_table('t')"));
        assert_eq!(found, ["DELETE FROM t", gap]);
        let found = sql(&format!(
            "{start}if row:\n    op.execute('DELETE FROM t')\nop.execute('SELECT 1')\nif not row:\n    op.drop_table('t')"
        ));
        assert_eq!(found[2..], [gap]);
        for action in [
            "op.drop_index('i', 't', postgresql_concurrently=True)",
            "op.execute('VACUUM')",
            "op.execute('DELETE FROM t RETURNING a')",
        ] {
            assert_eq!(sql(&format!("{start}if row:\n    {action}")), [gap]);
        }
        let found = sql(&format!("{start}if row[0] > 3:\n    op.drop_table('t')"));
        assert_eq!(found, [gap]);
    }

    /// What is written down is part of a text that a person is asked to complete.
    #[track_caller]
    fn is_left(body: &str) {
        let found = sql(&format!("conn = op.get_bind()\n{body}"));
        assert!(found.iter().any(|it| it.starts_with("?? ")), "{found:?}");
    }

    #[test]
    fn loops_and_tries_that_a_condition_leaves_are_a_persons() {
        let row = "conn.execute(sa.text('SELECT 1 FROM t')).first()";
        let turns = sql(&format!(
            "conn = op.get_bind()\nfor it in ['a', 'b']:\n    if {row}:\n        continue\n    op.drop_table(it)"
        ));
        let turn = |table: &str| {
            format!(
                "DO $block$ BEGIN\nIF NOT (EXISTS (SELECT 1 FROM t)) THEN\n  DROP TABLE {table};\nEND IF;\nEND $block$"
            )
        };
        assert_eq!(turns, [turn("a"), turn("b")]);
        is_left(&format!("while True:\n    if {row}:\n        continue\n    op.drop_table('a')\n    break"));
        for leaves in ["break", "return"] {
            is_left(&format!(
                "for it in ['a', 'b']:\n    if {row}:\n        {leaves}\n    op.drop_table(it)\nop.drop_table('u')"
            ));
            is_left(&format!("while True:\n    if {row}:\n        {leaves}\n    op.drop_table('a')\n    break"));
        }
        is_left(&format!("try:\n    if {row}:\n        return\nfinally:\n    op.drop_table('v')"));
        is_left(&format!(
            "try:\n    if {row}:\n        raise ValueError('x')\nexcept ValueError:\n    print('y')\nop.drop_table('v')"
        ));
    }

    #[test]
    fn a_query_that_may_change_something_is_sent() {
        for call in ["setval('s', 9)", "backfill()"] {
            let found = sql(&format!("n = op.get_bind().execute(sa.text(\"SELECT {call}\")).scalar()"));
            assert_eq!(found, [format!("SELECT {call}")]);
            is_left(&format!("if conn.execute(sa.text(\"SELECT {call}\")).first():\n    op.drop_table('t')"));
        }
        let asks = "SELECT count(*), coalesce(max(n), 0) FROM t WHERE n IN (1, 2) AND lower(a) = 'x'";
        assert_eq!(sql(&format!("n = op.get_bind().execute(sa.text(\"{asks}\")).first()")), [""; 0]);
    }

    #[test]
    fn rows_are_not_counted_where_equal_ones_count_once() {
        let rows = "conn.execute(sa.text('SELECT kind FROM t')).fetchall()";
        for set in [
            format!("{{it[0] for it in {rows}}}"),
            format!("set(it[0] for it in {rows})"),
            format!("{{it[0]: 1 for it in {rows}}}"),
        ] {
            is_left(&format!("if len({set}) > 1:\n    op.drop_table('t')"));
        }
        for selected in ["count(*) > 0 FROM t", "count(*) FROM t GROUP BY n"] {
            is_left(&format!("if conn.execute(sa.text('SELECT {selected}')).scalar():\n    op.drop_table('t')"));
        }
    }

    #[test]
    fn a_class_whose_bases_say_more_names_no_table() {
        let with = |base: &str, body: &str| {
            format!(
                "{base}\nclass P(Base):\n    __tablename__ = 'people'\n    id = sa.Column(sa.Integer, primary_key=True)\n{body}"
            )
        };
        let update = "op.execute(sa.update(P).values(id=1))";
        let plain = sql(&with("Base = sa.orm.declarative_base(metadata=sa.MetaData())", update));
        assert_eq!(plain, ["UPDATE people SET id = 1"]);
        for base in [
            "Base = sa.orm.declarative_base(metadata=sa.MetaData(schema='app'))",
            "class Base(sa.orm.DeclarativeBase):\n    metadata = sa.MetaData(schema='app')",
            "class Base(sa.orm.DeclarativeBase):\n    __table_args__ = {'schema': 'app'}",
        ] {
            is_left(&with(base, update));
        }
    }
}
