//! Guards that ask for the shape of the schema: `sa.inspect(connection)` is answered from what the revisions before make.

use super::connections::is_connection;
use super::desk::Desk;
use super::shape::{ConstraintKind, ConstraintShape, IndexShape, Key, Relation, key};
use crate::python::{Arguments, Span, Value};
use crate::sqlmodel::vocabulary::{server_name, word};

/// `sa.inspect(connection)`, `Inspector.from_engine(connection)`
pub(super) fn is_inspector(value: &Value<'_>) -> bool {
    matches!(word(value), Some("inspect" | "from_engine" | "Inspector"))
        && value.as_call().is_some_and(|(_, given)| given.positional.first().is_some_and(is_connection_or_engine))
}

fn is_connection_or_engine(value: &Value<'_>) -> bool {
    is_connection(value) || super::connections::is_engine(value)
}

impl<'p> Desk<'p> {
    /// What an inspector is asked.
    pub(super) fn inspect(&self, name: &str, arguments: &Arguments<'p>, span: Span) -> Option<Value<'p>> {
        let schema = arguments.keyword("schema");
        let of_table = !matches!(name, "get_table_names");
        let schema = schema.or_else(|| arguments.positional.get(usize::from(of_table)).filter(|_| name != "has_index"));
        let schema = match schema {
            None | Some(Value::None) => None,
            Some(schema) => match schema.as_str() {
                Some(schema) => Some(schema),
                None => return Some(Value::unknown("the schema that is asked for is not known", span)),
            },
        };
        let known = match name {
            "clear_cache" => Ok(Value::None),
            "get_table_names" => self.state().shape.table_names(schema).map(|names| texts(&names)),
            _ => {
                let table = arguments.get(0, "table_name").and_then(Value::as_str);
                let Some(table) = table else {
                    return Some(Value::unknown("the table that is asked for is not known", span));
                };
                self.of_table(name, &key(schema, table), arguments, span)
            }
        };
        let unsure = |why| format!("it asks for the schema, and that is not certain: {why}");
        Some(known.unwrap_or_else(|why| Value::unknown(unsure(why), span)))
    }

    fn of_table(&self, name: &str, table: &Key, arguments: &Arguments<'p>, span: Span) -> Result<Value<'p>, String> {
        let state = self.state();
        let found = state.shape.table(table)?;
        if name == "has_table" {
            return Ok(Value::Bool(found.is_some()));
        }
        let Some(relation) = found else {
            return Err(format!("no revision before this one makes the table `{}`", table.1));
        };
        if name == "get_columns" {
            if let Some(why) = &relation.unsure {
                return Err(why.clone());
            }
            return Ok(columns(relation, span));
        }
        if let Some(why) = &relation.vague {
            return Err(why.clone());
        }
        let of = |kind: ConstraintKind| relation.constraints.iter().filter(move |it| it.kind == kind);
        Ok(match name {
            "get_indexes" => Value::list(indexes(table, relation)),
            "has_index" => {
                let Some(wanted) = arguments.get(1, "index_name").and_then(Value::as_str) else {
                    return Err("the index that is asked for is not known".to_owned());
                };
                Value::Bool(relation.indexes.iter().any(|it| it.name == wanted))
            }
            "get_foreign_keys" => Value::list(of(ConstraintKind::Foreign).map(|it| foreign_key(table, it)).collect()),
            "get_unique_constraints" => Value::list(of(ConstraintKind::Unique).map(|it| unique(table, it)).collect()),
            "get_check_constraints" => {
                let check = |it: &ConstraintShape| {
                    let sql = Value::unknown("the text of a check is not kept", span);
                    dict(vec![("name", Value::str(name_of(table, it))), ("sqltext", sql)])
                };
                Value::list(of(ConstraintKind::Check).map(check).collect())
            }
            "get_pk_constraint" => match of(ConstraintKind::Primary).next() {
                Some(it) => {
                    dict(vec![("constrained_columns", texts(&it.columns)), ("name", Value::str(name_of(table, it)))])
                }
                None => dict(vec![("constrained_columns", texts(&[])), ("name", Value::None)]),
            },
            _ => return Err(format!("`.{name}()` is not answered")),
        })
    }
}

/// The name that a constraint has on the server.
pub(super) fn name_of(table: &Key, constraint: &ConstraintShape) -> String {
    if let Some(name) = &constraint.name {
        return name.clone();
    }
    let label = match constraint.kind {
        ConstraintKind::Primary => return server_name(&table.1, &[], "pkey"),
        ConstraintKind::Unique => "key",
        ConstraintKind::Foreign => "fkey",
        ConstraintKind::Check => "check",
        ConstraintKind::Exclude => "excl",
    };
    server_name(&table.1, &constraint.columns, label)
}

fn columns<'p>(relation: &Relation, span: Span) -> Value<'p> {
    let column = |it: &super::shape::ColumnShape| {
        let unknown = |what: &str| Value::unknown(format!("{what} of a column is not kept"), span);
        let nullable = it.nullable.map_or_else(|| unknown("whether NULL is allowed"), Value::Bool);
        dict(vec![
            ("name", Value::str(it.name.as_str())),
            ("type", reflected(&it.sql_type, span)),
            ("nullable", nullable),
            ("default", unknown("the default")),
        ])
    };
    Value::list(relation.columns.iter().map(column).collect())
}

/// A type as an inspector gives it: only its class may be asked for.
fn reflected<'p>(sql_type: &str, span: Span) -> Value<'p> {
    if sql_type.is_empty() {
        return Value::unknown("the reflected type of a column is not kept", span);
    }
    super::directives::call_of(&format!("{REFLECTED}{sql_type}"), Arguments::default(), span)
}

/// What reflected types are called here.
const REFLECTED: &str = "reflected type ";

/// `isinstance(column["type"], sa.String)`
pub(super) fn is_instance(object: &Value<'_>, class: &Value<'_>) -> Option<bool> {
    if let Value::Tuple(classes) = class {
        let answers: Option<Vec<bool>> = classes.iter().map(|class| is_instance(object, class)).collect();
        return Some(answers?.contains(&true));
    }
    let sql = object.as_call()?.0.external()?.strip_prefix(REFLECTED)?.to_owned();
    let class = word(class).filter(|name| *name != "TypeEngine")?;
    if sql.ends_with(']') {
        return Some(class == "ARRAY");
    }
    let name = sql.split(['(', ' ']).next().unwrap_or_default();
    let classes: &[&str] = match name {
        "VARCHAR" => &["VARCHAR", "String"],
        "TEXT" => &["TEXT", "Text", "String"],
        "CHAR" => &["CHAR", "String"],
        "INTEGER" => &["INTEGER", "Integer"],
        "BIGINT" => &["BIGINT", "BigInteger", "Integer"],
        "SMALLINT" => &["SMALLINT", "SmallInteger", "Integer"],
        "BOOLEAN" => &["BOOLEAN", "Boolean"],
        "TIMESTAMP" => &["TIMESTAMP", "DateTime"],
        "DATE" => &["DATE", "Date"],
        "TIME" => &["TIME", "Time"],
        "JSON" => &["JSON"],
        "JSONB" => &["JSONB", "JSON"],
        "UUID" => &["UUID", "Uuid"],
        "NUMERIC" | "DECIMAL" => &["NUMERIC", "Numeric"],
        "FLOAT" | "DOUBLE" => &["DOUBLE_PRECISION", "Double", "Float", "Numeric"],
        "BYTEA" => &["BYTEA", "LargeBinary"],
        _ => return None,
    };
    Some(classes.contains(&class))
}

/// Indexes, and those that unique constraints bring.
fn indexes<'p>(table: &Key, relation: &Relation) -> Vec<Value<'p>> {
    let index = |it: &IndexShape| {
        dict(vec![
            ("name", Value::str(it.name.as_str())),
            ("unique", Value::Bool(it.unique)),
            ("column_names", texts(&it.columns)),
        ])
    };
    let uniques = relation.constraints.iter().filter(|it| it.kind == ConstraintKind::Unique);
    let of_unique = |it: &ConstraintShape| {
        let name = Value::str(name_of(table, it));
        dict(vec![
            ("name", name.clone()),
            ("unique", Value::Bool(true)),
            ("column_names", texts(&it.columns)),
            ("duplicates_constraint", name),
        ])
    };
    relation.indexes.iter().map(index).chain(uniques.map(of_unique)).collect()
}

fn unique<'p>(table: &Key, it: &ConstraintShape) -> Value<'p> {
    dict(vec![("name", Value::str(name_of(table, it))), ("column_names", texts(&it.columns))])
}

fn foreign_key<'p>(table: &Key, it: &ConstraintShape) -> Value<'p> {
    let (of, columns) = it.referred.clone().unwrap_or_default();
    let options = it.ondelete.iter().map(|action| ("ondelete", Value::str(action.as_str()))).collect();
    dict(vec![
        ("name", Value::str(name_of(table, it))),
        ("constrained_columns", texts(&it.columns)),
        ("referred_schema", of.0.map_or(Value::None, Value::str)),
        ("referred_table", Value::str(of.1)),
        ("referred_columns", texts(&columns)),
        ("options", dict(options)),
    ])
}

fn texts<'p>(names: &[String]) -> Value<'p> {
    Value::list(names.iter().map(|name| Value::str(name.as_str())).collect())
}

fn dict<'p>(entries: Vec<(&str, Value<'p>)>) -> Value<'p> {
    Value::dict(entries.into_iter().map(|(name, value)| (Value::str(name), value)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{converted, shown};

    const HELPERS: &str = "import sqlalchemy as sa\n\
        def has_column(table, column, conn):\n    return column in [it['name'] for it in sa.inspect(conn).get_columns(table)]\n";

    #[test]
    fn guards_are_answered_from_what_the_revisions_before_make() {
        let first = "op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('o', sa.Integer(), sa.ForeignKey('o.id')), sa.UniqueConstraint('o'))\n\
             op.execute('ALTER TABLE t ADD COLUMN IF NOT EXISTS extra text, ADD CONSTRAINT fk2 FOREIGN KEY (extra) REFERENCES p (id)')\n\
             op.execute('CREATE INDEX ix_extra ON t (extra)')";
        let second = "from app.guards import has_column\n\
             conn = op.get_bind()\ninspector = sa.inspect(conn)\n\
             if not inspector.has_table('u') and 't' in inspector.get_table_names():\n    op.execute('SELECT 1')\n\
             if has_column('t', 'extra', conn):\n    op.drop_column('t', 'extra')\n\
             if has_column('t', 'extra', conn):\n    op.drop_column('t', 'extra')\n\
             for key in inspector.get_foreign_keys('t'):\n    op.drop_constraint(key['name'], 't', type_='foreignkey')\n\
             names = [it['name'] for it in inspector.get_indexes('t')]\n\
             op.execute('SELECT ' + repr(names))";
        let found = converted(&[(first, ""), (second, "")], &[("src/app/guards.py", HELPERS)], &[]);
        let expected = [
            "SELECT 1",
            "ALTER TABLE t DROP COLUMN extra",
            "ALTER TABLE t DROP CONSTRAINT t_o_fkey",
            "SELECT ['t_o_key']",
        ];
        assert_eq!(shown(&found[1].up), expected);
    }

    #[test]
    fn what_is_not_certain_is_no_answer() {
        let first = "op.create_table('t', sa.Column('id', sa.Integer()))\nop.create_table('u', sa.Column('id', sa.Integer()))\n\
             if op.get_bind().execute(sa.text('SELECT 1 FROM t')).scalar():\n    op.drop_column('t', 'id')";
        let second = "inspector = sa.inspect(op.get_bind())\n\
             if inspector.get_columns('u'):\n    op.execute('SELECT 1')\n\
             if [it for it in inspector.get_columns('t') if it['name'] == 'id']:\n    op.execute('SELECT 2')\n\
             if inspector.has_table('made_by_code'):\n    op.execute('SELECT 3')";
        let code = "DO $$ BEGIN CREATE TABLE made_by_code (); END $$";
        let first = format!("{first}\nop.execute('{code}')");
        let found = shown(&converted(&[(&first, ""), (second, "")], &[], &[])[1].up);
        let told: Vec<&str> = found.iter().map(|it| it.split(':').next().unwrap_or_default()).collect();
        assert_eq!(told, ["SELECT 1", "?? what happens here", "?? what happens here"]);
    }

    #[test]
    fn what_is_sent_in_doubt_leaves_the_rest_known() {
        let first = "op.create_table('t', sa.Column('id', sa.Integer()))\n\
             for row in op.get_bind().execute(sa.text('SELECT id FROM t')):\n\
             \x20   op.get_bind().execute(sa.text('UPDATE t SET id = :id'), {'id': row.id})\n\
             \x20   op.execute(f'DELETE FROM t WHERE id = {row.id}')\n\
             \x20   parts = ['a']\n    parts.append('b')\n    op.execute('SELECT ' + ', '.join(parts))";
        let second = "columns = {it['name'] for it in sa.inspect(op.get_bind()).get_columns('t')}\n\
             if {'id'} <= columns and columns == {'id'} and not columns & {'x'}:\n    op.drop_table('t')";
        let found = converted(&[(first, ""), (second, "")], &[], &[]);
        assert_eq!(shown(&found[1].up), ["DROP TABLE t"]);
    }
}
