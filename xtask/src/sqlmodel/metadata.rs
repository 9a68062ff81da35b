//! What models say about a database: the vocabulary that reading them gives.

use std::collections::BTreeMap;

use serde::Serialize;

/// Everything that the models of a project declare. Tables are sorted by schema and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The schema that tables without one of their own get.
    pub default_schema: Option<String>,
    /// Templates of names, as `MetaData(naming_convention=…)` gives them.
    pub naming_convention: BTreeMap<String, String>,
    /// Enum types of the server.
    pub enums: Vec<EnumType>,
    /// Domains.
    pub domains: Vec<Domain>,
    /// Sequences that are declared by themselves.
    pub sequences: Vec<Sequence>,
    /// The tables.
    pub tables: Vec<Table>,
}

/// Where something is declared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// The file.
    pub path: String,
    /// 1-based line.
    pub line: usize,
    /// 1-based column in characters.
    pub column: usize,
}

/// `CREATE TYPE … AS ENUM`
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EnumType {
    /// Its schema, where it is not the default.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// Its labels, in order.
    pub values: Vec<String>,
}

/// `CREATE DOMAIN`
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Domain {
    /// Its schema, where it is not the default.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// The type below it.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Whether NULL is refused.
    #[serde(skip)]
    pub not_null: bool,
    /// The default, as SQL.
    #[serde(skip)]
    pub default: Option<String>,
    /// The condition and the name of its constraint.
    #[serde(skip)]
    pub check: Option<(Option<String>, String)>,
    /// The collation.
    #[serde(skip)]
    pub collation: Option<String>,
}

/// `CREATE SEQUENCE`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sequence {
    /// Its schema, where it is not the default.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// What it counts like.
    pub options: Counting,
}

/// How a sequence or an identity counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counting {
    /// `START WITH`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    /// `INCREMENT BY`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub increment: Option<i64>,
    /// `MINVALUE`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minvalue: Option<i64>,
    /// `MAXVALUE`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maxvalue: Option<i64>,
    /// `CYCLE`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycle: Option<bool>,
    /// `CACHE`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<i64>,
}

/// One table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Its schema, where it is not the default.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// Its comment.
    pub comment: Option<String>,
    /// `UNLOGGED` and the like.
    pub prefixes: Vec<String>,
    /// `postgresql_…` options of the table: `partition_by`, `with`, `tablespace`, `inherits`, `on_commit`, `using`.
    pub options: BTreeMap<String, String>,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The primary key.
    pub primary_key: Option<Key>,
    /// Foreign keys, sorted by columns.
    pub foreign_keys: Vec<ForeignKey>,
    /// Unique constraints, sorted by columns.
    pub uniques: Vec<Key>,
    /// Check constraints, sorted by name.
    pub checks: Vec<Check>,
    /// Exclusion constraints.
    pub excludes: Vec<Exclude>,
    /// Indexes, sorted by name.
    pub indexes: Vec<Index>,
    /// The class, or the call of `Table`.
    pub declared: Declared,
}

/// One column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type in PostgreSQL's words: `VARCHAR(40)`, `TIMESTAMP WITH TIME ZONE`, `geometry(POINT,4326)`.
    pub sql_type: String,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// Whether it is part of the primary key.
    pub primary_key: bool,
    /// Whether the server numbers it with a sequence of its own (`SERIAL`).
    pub serial: bool,
    /// `GENERATED … AS IDENTITY`
    pub identity: Option<Identity>,
    /// `GENERATED ALWAYS AS (…)`
    pub computed: Option<Computed>,
    /// The default, as SQL.
    pub server_default: Option<String>,
    /// Its comment.
    pub comment: Option<String>,
    /// The sequence that Python takes its values from.
    pub sequence: Option<String>,
    /// What Python gives new objects, as SQL, where that is a plain value.
    pub python_default: Option<String>,
    /// The attribute of the class.
    pub declared: Declared,
}

/// `GENERATED … AS IDENTITY`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// `ALWAYS` rather than `BY DEFAULT`.
    pub always: bool,
    /// How it counts.
    #[serde(flatten)]
    pub options: Counting,
}

/// `GENERATED ALWAYS AS (…)`
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Computed {
    /// The expression.
    pub sql: String,
    /// Whether it is stored; `None` where the model does not say.
    pub persisted: Option<bool>,
}

/// The name of a constraint, and when it is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The name that the model gives it.
    pub name: Option<String>,
    /// The name that it ends up with on a fresh database.
    pub pg_name: String,
    /// `DEFERRABLE` or `NOT DEFERRABLE`.
    pub deferrable: Option<bool>,
    /// `INITIALLY …`
    pub initially: Option<String>,
    /// Its comment.
    pub comment: Option<String>,
}

/// A primary key or a unique constraint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// Name and deferrability.
    pub named: Named,
    /// The columns, in order.
    pub columns: Vec<String>,
    /// `NULLS NOT DISTINCT`
    pub nulls_not_distinct: Option<bool>,
    /// `INCLUDE`
    pub include: Vec<String>,
    /// Whether PostgreSQL makes it one with the primary key, which has the same columns.
    pub absorbed_by_pk: bool,
}

/// A foreign key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForeignKey {
    /// Name and deferrability.
    pub named: Named,
    /// The columns, in order.
    pub columns: Vec<String>,
    /// The schema of the other table, where it is not the default.
    pub ref_schema: Option<String>,
    /// The other table.
    pub ref_table: String,
    /// Its columns.
    pub ref_columns: Vec<String>,
    /// `ON DELETE`
    pub ondelete: Option<String>,
    /// `ON UPDATE`
    pub onupdate: Option<String>,
    /// `MATCH`
    pub match_kind: Option<String>,
    /// Whether it is added after both tables are there.
    pub use_alter: bool,
}

/// A check constraint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// Name and deferrability.
    pub named: Named,
    /// The condition.
    pub sql: String,
    /// The columns that it mentions.
    pub columns: Vec<String>,
    /// Whether a type brought it.
    pub type_bound: bool,
    /// Whether it stands with its column.
    pub inline: bool,
}

/// An exclusion constraint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exclude {
    /// Name and deferrability.
    pub named: Named,
    /// The access method.
    pub using: String,
    /// Expression, column and operator of each element.
    pub elements: Vec<(String, Option<String>, String)>,
    /// Operator classes by column.
    pub ops: BTreeMap<String, String>,
    /// The rows that count.
    pub condition: Option<String>,
}

/// An index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Whether it is unique.
    pub unique: bool,
    /// What it sorts by, as SQL.
    pub expressions: Vec<String>,
    /// The names by which `ops` knows the expressions.
    pub keys: Vec<Option<String>>,
    /// The columns among them.
    pub columns: Vec<String>,
    /// The access method, where it is not the default.
    pub using: Option<String>,
    /// The rows that it covers.
    pub condition: Option<String>,
    /// Operator classes by column.
    pub ops: BTreeMap<String, String>,
    /// `INCLUDE`
    pub include: Vec<String>,
    /// Storage parameters.
    pub with: BTreeMap<String, String>,
    /// The tablespace.
    pub tablespace: Option<String>,
    /// `CONCURRENTLY`
    pub concurrently: bool,
    /// `NULLS NOT DISTINCT`
    pub nulls_not_distinct: Option<bool>,
}
