//! Models as JSON, in the form in which SQLAlchemy's own metadata can be dumped.

use serde_json::{Value, json};

use super::metadata::{Check, Column, Exclude, ForeignKey, Index, Key, Metadata, Named, Table};

/// The whole reading as one value. Fields are named in `docs/json.md`.
pub fn as_json(metadata: &Metadata) -> Value {
    let tables: Vec<Value> = metadata.tables.iter().map(table).collect();
    let count = |of: fn(&Table) -> usize| metadata.tables.iter().map(of).sum::<usize>();
    json!({
        "meta": {
            "default_schema": metadata.default_schema,
            "naming_convention": metadata.naming_convention,
            "counts": {
                "tables": metadata.tables.len(),
                "columns": count(|it| it.columns.len()),
                "foreign_keys": count(|it| it.foreign_keys.len()),
                "uniques": count(|it| it.uniques.len()),
                "checks": count(|it| it.checks.len()),
                "indexes": count(|it| it.indexes.len()),
                "enums": metadata.enums.len(),
            },
        },
        "enums": metadata.enums,
        "domains": metadata.domains,
        "sequences": metadata.sequences.iter().map(|it| &it.name).collect::<Vec<_>>(),
        "tables": tables,
    })
}

fn table(table: &Table) -> Value {
    json!({
        "schema": table.schema,
        "name": table.name,
        "comment": table.comment,
        "prefixes": table.prefixes,
        "options": table.options,
        "columns": table.columns.iter().map(column).collect::<Vec<_>>(),
        "primary_key": table.primary_key.as_ref().map(key),
        "foreign_keys": table.foreign_keys.iter().map(foreign_key).collect::<Vec<_>>(),
        "uniques": table.uniques.iter().map(key).collect::<Vec<_>>(),
        "checks": table.checks.iter().map(check).collect::<Vec<_>>(),
        "excludes": table.excludes.iter().map(exclude).collect::<Vec<_>>(),
        "indexes": table.indexes.iter().map(index).collect::<Vec<_>>(),
        "declared": { "path": table.declared.path, "line": table.declared.line, "column": table.declared.column },
    })
}

fn column(column: &Column) -> Value {
    json!({
        "name": column.name,
        "type": column.sql_type,
        "nullable": column.nullable,
        "primary_key": column.primary_key,
        "serial": column.serial,
        "identity": column.identity,
        "computed": column.computed,
        "server_default": column.server_default,
        "comment": column.comment,
        "sequence": column.sequence,
    })
}

/// A constraint's own fields behind those that all have.
fn named(named: &Named, own: Value) -> Value {
    let mut all = json!({
        "name": named.name,
        "pg_name": named.pg_name,
        "deferrable": named.deferrable,
        "initially": named.initially,
    });
    if let (Value::Object(all), Value::Object(own)) = (&mut all, own) {
        all.extend(own);
    }
    all
}

fn key(key: &Key) -> Value {
    let own = json!({
        "columns": key.columns,
        "nulls_not_distinct": key.nulls_not_distinct,
        "include": key.include,
        "comment": key.named.comment,
        "absorbed_by_pk": key.absorbed_by_pk,
    });
    named(&key.named, own)
}

fn foreign_key(key: &ForeignKey) -> Value {
    let own = json!({
        "columns": key.columns,
        "ref_schema": key.ref_schema,
        "ref_table": key.ref_table,
        "ref_columns": key.ref_columns,
        "ondelete": key.ondelete,
        "onupdate": key.onupdate,
        "match": key.match_kind,
        "use_alter": key.use_alter,
    });
    named(&key.named, own)
}

fn check(check: &Check) -> Value {
    let own = json!({
        "sql": check.sql,
        "columns": check.columns,
        "type_bound": check.type_bound,
        "inline": check.inline,
    });
    named(&check.named, own)
}

fn exclude(exclude: &Exclude) -> Value {
    let elements: Vec<Value> =
        exclude.elements.iter().map(|(sql, name, operator)| json!([sql, name, operator])).collect();
    let own = json!({ "using": exclude.using, "elements": elements, "where": exclude.condition });
    named(&exclude.named, own)
}

fn index(index: &Index) -> Value {
    json!({
        "name": index.name,
        "unique": index.unique,
        "expressions": index.expressions,
        "columns": index.columns,
        "using": index.using,
        "where": index.condition,
        "ops": index.ops,
        "include": index.include,
        "with": index.with,
        "concurrently": index.concurrently,
        "nulls_not_distinct": index.nulls_not_distinct,
    })
}
