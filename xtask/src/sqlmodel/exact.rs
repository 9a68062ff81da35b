//! Models as SQLAlchemy itself has them: what an interpreter answered, read.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::metadata::{
    Check, Column, Computed, Counting, Declared, Domain, EnumType, Exclude, ForeignKey, Identity, Index, Key, Metadata,
    Named, Sequence, Table,
};

/// What an interpreter says of models.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exact {
    /// What did not work.
    pub failures: Vec<Failure>,
    /// The version of Python.
    pub python: String,
    /// What the models declare.
    pub metadata: Metadata,
    /// What SQLAlchemy would send beside what the tables say: DDL of event listeners, indexes that they add.
    pub extra: Vec<String>,
}

/// An exception.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Failure {
    /// `sqlalchemy`, `import` or `compile`.
    pub kind: String,
    /// What was at it: a module, a table.
    pub subject: String,
    /// Type and message.
    pub said: String,
    /// The last file of the project that it came through.
    pub path: Option<String>,
    /// The line in it.
    pub line: Option<usize>,
    /// The last places that it came through.
    pub trace: Vec<String>,
    /// The module that is not there.
    pub missing: Option<String>,
}

/// Reads an answer.
///
/// # Errors
/// It is not in the form that is expected.
pub fn exact(answer: &str) -> Result<Exact, serde_json::Error> {
    let mut all: Map<String, Value> = serde_json::from_str(answer)?;
    let mut tables: Vec<Table> = Vec::new();
    for row in take::<Vec<Map<String, Value>>>(&mut all, "tables")? {
        tables.push(table(row)?);
    }
    let metadata = Metadata {
        default_schema: take(&mut all, "default_schema")?,
        naming_convention: take(&mut all, "naming_convention")?,
        enums: list(&mut all, "enums", kind)?,
        domains: list(&mut all, "domains", domain)?,
        sequences: list(&mut all, "sequences", sequence)?,
        tables,
    };
    Ok(Exact {
        failures: take(&mut all, "failures")?,
        python: take(&mut all, "python")?,
        metadata,
        extra: take(&mut all, "extra")?,
    })
}

type Row = Map<String, Value>;
type Read<T> = Result<T, serde_json::Error>;

/// A field; what is not there is as if it were empty.
fn take<T: DeserializeOwned + Default>(row: &mut Row, name: &str) -> Read<T> {
    match row.remove(name) {
        None | Some(Value::Null) => Ok(T::default()),
        Some(value) => serde_json::from_value(value),
    }
}

fn list<T>(row: &mut Row, name: &str, one: fn(Row) -> Read<T>) -> Read<Vec<T>> {
    take::<Vec<Row>>(row, name)?.into_iter().map(one).collect()
}

fn kind(mut row: Row) -> Read<EnumType> {
    let row = &mut row;
    Ok(EnumType { schema: take(row, "schema")?, name: take(row, "name")?, values: take(row, "values")? })
}

fn domain(mut row: Row) -> Read<Domain> {
    let row = &mut row;
    Ok(Domain {
        schema: take(row, "schema")?,
        name: take(row, "name")?,
        data_type: take(row, "type")?,
        not_null: take(row, "not_null")?,
        default: take(row, "default")?,
        check: take(row, "check")?,
        collation: take(row, "collation")?,
    })
}

fn sequence(mut row: Row) -> Read<Sequence> {
    let options = take(&mut row, "options")?;
    Ok(Sequence { schema: take(&mut row, "schema")?, name: take(&mut row, "name")?, options: counting(options)? })
}

fn counting(mut row: Row) -> Read<Counting> {
    let row = &mut row;
    Ok(Counting {
        start: take(row, "start")?,
        increment: take(row, "increment")?,
        minvalue: take(row, "minvalue")?,
        maxvalue: take(row, "maxvalue")?,
        cycle: take(row, "cycle")?,
        cache: take(row, "cache")?,
    })
}

fn table(mut row: Row) -> Read<Table> {
    let row = &mut row;
    let mut place: Row = take(row, "declared")?;
    Ok(Table {
        schema: take(row, "schema")?,
        name: take(row, "name")?,
        comment: take(row, "comment")?,
        prefixes: take(row, "prefixes")?,
        options: take(row, "options")?,
        columns: list(row, "columns", column)?,
        primary_key: take::<Option<Row>>(row, "primary_key")?.map(key).transpose()?,
        foreign_keys: list(row, "foreign_keys", foreign_key)?,
        uniques: list(row, "uniques", key)?,
        checks: list(row, "checks", check)?,
        excludes: list(row, "excludes", exclude)?,
        indexes: list(row, "indexes", index)?,
        declared: Declared { path: take(&mut place, "path")?, line: take(&mut place, "line")?, column: 1 },
    })
}

fn column(mut row: Row) -> Read<Column> {
    let row = &mut row;
    let identity = |mut row: Row| -> Read<Identity> {
        Ok(Identity { always: take(&mut row, "always")?, options: counting(row)? })
    };
    let computed = |mut row: Row| -> Read<Computed> {
        Ok(Computed { sql: take(&mut row, "sql")?, persisted: take(&mut row, "persisted")? })
    };
    Ok(Column {
        name: take(row, "name")?,
        sql_type: take(row, "type")?,
        nullable: take(row, "nullable")?,
        primary_key: take(row, "primary_key")?,
        serial: take(row, "serial")?,
        identity: take::<Option<Row>>(row, "identity")?.map(identity).transpose()?,
        computed: take::<Option<Row>>(row, "computed")?.map(computed).transpose()?,
        server_default: take(row, "server_default")?,
        comment: take(row, "comment")?,
        sequence: take(row, "sequence")?,
        python_default: None,
        declared: Declared::default(),
    })
}

fn named(row: &mut Row) -> Read<Named> {
    Ok(Named {
        name: take(row, "name")?,
        pg_name: take(row, "pg_name")?,
        deferrable: take(row, "deferrable")?,
        initially: take(row, "initially")?,
        comment: take(row, "comment")?,
    })
}

fn key(mut row: Row) -> Read<Key> {
    let row = &mut row;
    Ok(Key {
        named: named(row)?,
        columns: take(row, "columns")?,
        nulls_not_distinct: take(row, "nulls_not_distinct")?,
        include: take(row, "include")?,
        absorbed_by_pk: take(row, "absorbed_by_pk")?,
    })
}

fn foreign_key(mut row: Row) -> Read<ForeignKey> {
    let row = &mut row;
    Ok(ForeignKey {
        named: named(row)?,
        columns: take(row, "columns")?,
        ref_schema: take(row, "ref_schema")?,
        ref_table: take(row, "ref_table")?,
        ref_columns: take(row, "ref_columns")?,
        ondelete: take(row, "ondelete")?,
        onupdate: take(row, "onupdate")?,
        match_kind: take(row, "match")?,
        use_alter: take(row, "use_alter")?,
    })
}

fn check(mut row: Row) -> Read<Check> {
    let row = &mut row;
    Ok(Check {
        named: named(row)?,
        sql: take(row, "sql")?,
        columns: take(row, "columns")?,
        type_bound: take(row, "type_bound")?,
        inline: take(row, "inline")?,
    })
}

fn exclude(mut row: Row) -> Read<Exclude> {
    let row = &mut row;
    Ok(Exclude {
        named: named(row)?,
        using: take(row, "using")?,
        elements: take(row, "elements")?,
        ops: take(row, "ops")?,
        condition: take(row, "where")?,
    })
}

fn index(mut row: Row) -> Read<Index> {
    let row = &mut row;
    Ok(Index {
        name: take(row, "name")?,
        unique: take(row, "unique")?,
        expressions: take(row, "expressions")?,
        keys: take(row, "keys")?,
        columns: take(row, "columns")?,
        using: take(row, "using")?,
        condition: take(row, "where")?,
        ops: take(row, "ops")?,
        include: take(row, "include")?,
        with: take(row, "with")?,
        tablespace: take(row, "tablespace")?,
        concurrently: take(row, "concurrently")?,
        nulls_not_distinct: take(row, "nulls_not_distinct")?,
    })
}
