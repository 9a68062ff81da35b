//! Models as SQL: the statements that make on an empty database what the models declare, in an order that works.

use std::collections::BTreeMap;

use super::identifier::{literal, qualified, quote};
use super::metadata::{
    Check, Column, Counting, Domain, EnumType, Exclude, ForeignKey, Identity, Index, Key, Metadata, Named, Sequence,
    Table,
};
use super::parts::Parts;
use super::vocabulary::Constraint;

/// The whole as one script, for an empty database.
pub fn script(metadata: &Metadata) -> String {
    Parts::of(metadata).statements().into_iter().map(|statement| statement + ";\n").collect()
}

/// `CREATE TYPE … AS ENUM`
pub fn create_enum(kind: &EnumType) -> String {
    let values: Vec<String> = kind.values.iter().map(|value| literal(value)).collect();
    format!("CREATE TYPE {} AS ENUM ({})", qualified(kind.schema.as_deref(), &kind.name), values.join(", "))
}

pub(super) fn create_domain(domain: &Domain) -> String {
    let mut text =
        format!("CREATE DOMAIN {} AS {}", qualified(domain.schema.as_deref(), &domain.name), domain.data_type);
    if let Some(collation) = &domain.collation {
        text.push_str(&format!(" COLLATE {}", quote(collation)));
    }
    if let Some(default) = &domain.default {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    if domain.not_null {
        text.push_str(" NOT NULL");
    }
    if let Some((name, check)) = &domain.check {
        let name = name.as_ref().map_or_else(String::new, |name| format!(" CONSTRAINT {}", quote(name)));
        text.push_str(&format!("{name} CHECK ({check})"));
    }
    text
}

/// `CREATE SEQUENCE`
pub fn create_sequence(sequence: &Sequence) -> String {
    format!("CREATE SEQUENCE {}{}", qualified(sequence.schema.as_deref(), &sequence.name), counting(&sequence.options))
}

fn counting(options: &Counting) -> String {
    let number =
        |word: &str, number: Option<i64>| number.map_or_else(String::new, |number| format!(" {word} {number}"));
    let cycle = match options.cycle {
        Some(true) => " CYCLE",
        Some(false) => " NO CYCLE",
        None => "",
    };
    [
        number("INCREMENT BY", options.increment),
        number("START WITH", options.start),
        number("MINVALUE", options.minvalue),
        number("MAXVALUE", options.maxvalue),
        number("CACHE", options.cache),
        cycle.to_owned(),
    ]
    .concat()
}

fn name_of(table: &Table) -> String {
    qualified(table.schema.as_deref(), &table.name)
}

pub(super) fn create_table(table: &Table) -> String {
    let mut parts: Vec<String> = table.columns.iter().map(column).collect();
    parts.extend(table.primary_key.as_ref().map(|key| constraint(&key.named, &unique("PRIMARY KEY", key))));
    let uniques = table.uniques.iter().filter(|key| !key.absorbed_by_pk);
    parts.extend(uniques.map(|key| constraint(&key.named, &unique("UNIQUE", key))));
    parts.extend(table.checks.iter().map(check));
    parts.extend(table.excludes.iter().map(exclude));
    table_of(&name_of(table), &parts, &table.prefixes, &table.options)
}

/// `CREATE TABLE` with its parts already written; the name may have `IF NOT EXISTS` in front.
pub fn table_of(name: &str, parts: &[String], prefixes: &[String], options: &BTreeMap<String, String>) -> String {
    let prefixes: String = prefixes.iter().map(|prefix| format!("{prefix} ")).collect();
    let body: Vec<String> = parts.iter().map(|part| format!("    {part}")).collect();
    format!("CREATE {prefixes}TABLE {name} (\n{}\n){}", body.join(",\n"), behind(options))
}

/// What stands behind the columns.
fn behind(options: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    let option = |name: &str| options.get(name);
    if let Some(parents) = option("inherits") {
        let parents: Vec<String> =
            parents.split([',', '(', ')', '\'', ' ']).filter(|name| !name.is_empty()).map(quote).collect();
        text.push_str(&format!("\nINHERITS ({})", parents.join(", ")));
    }
    if let Some(key) = option("partition_by") {
        text.push_str(&format!("\nPARTITION BY {key}"));
    }
    if let Some(method) = option("using") {
        text.push_str(&format!("\nUSING {method}"));
    }
    if let Some(parameters) = option("with") {
        let parameters = parameters.trim_matches(['{', '}']).replace('\'', "").replace(": ", " = ");
        text.push_str(&format!("\nWITH ({parameters})"));
    }
    if let Some(action) = option("on_commit") {
        text.push_str(&format!("\nON COMMIT {}", action.to_uppercase().replace('_', " ")));
    }
    if let Some(space) = option("tablespace") {
        text.push_str(&format!("\nTABLESPACE {}", quote(space)));
    }
    text
}

/// A column of `CREATE TABLE`.
pub fn column(column: &Column) -> String {
    let kind = match (column.serial, column.sql_type.as_str()) {
        (true, "BIGINT") => "BIGSERIAL",
        (true, "SMALLINT") => "SMALLSERIAL",
        (true, _) => "SERIAL",
        (false, kind) => kind,
    };
    let mut text = format!("{} {kind}", quote(&column.name));
    if let Some(identity) = &column.identity {
        text.push_str(&self::identity(identity));
    } else if let Some(computed) = &column.computed {
        // Before version 18 PostgreSQL has stored ones only, and SQLAlchemy writes STORED where nothing is said.
        let stored = if computed.persisted == Some(false) { "VIRTUAL" } else { "STORED" };
        text.push_str(&format!(" GENERATED ALWAYS AS ({}) {stored}", computed.sql));
    } else if let Some(default) = column.server_default.as_ref().filter(|_| !column.serial) {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    if !column.nullable {
        text.push_str(" NOT NULL");
    }
    text
}

/// ` GENERATED … AS IDENTITY`
pub fn identity(identity: &Identity) -> String {
    let options = counting(&identity.options);
    let options = if options.is_empty() { options } else { format!(" ({})", options.trim_start()) };
    let when = if identity.always { "ALWAYS" } else { "BY DEFAULT" };
    format!(" GENERATED {when} AS IDENTITY{options}")
}

/// With its name in front, if it has one.
fn constraint(named: &Named, body: &str) -> String {
    match named.pg_name.as_str() {
        "" => format!("{body}{}", deferral(named)),
        name => format!("CONSTRAINT {} {body}{}", quote(name), deferral(named)),
    }
}

/// A constraint as it stands in `CREATE TABLE` or behind `ADD`.
pub fn constraint_of(it: &Constraint) -> String {
    match it {
        Constraint::Primary(key) => constraint(&key.named, &unique("PRIMARY KEY", key)),
        Constraint::Unique(key) => constraint(&key.named, &unique("UNIQUE", key)),
        Constraint::Foreign(key) => foreign_key(key),
        Constraint::Check(it) => check(it),
        Constraint::Exclude(it) => exclude(it),
    }
}

fn deferral(named: &Named) -> String {
    let deferrable = match named.deferrable {
        Some(true) => " DEFERRABLE",
        Some(false) => " NOT DEFERRABLE",
        None => "",
    };
    let initially = named.initially.as_ref().map_or_else(String::new, |when| format!(" INITIALLY {when}"));
    format!("{deferrable}{initially}")
}

fn list(columns: &[String]) -> String {
    columns.iter().map(|column| quote(column)).collect::<Vec<_>>().join(", ")
}

fn unique(word: &str, key: &Key) -> String {
    let nulls = match key.nulls_not_distinct {
        Some(true) => " NULLS NOT DISTINCT",
        _ => "",
    };
    let include = if key.include.is_empty() { String::new() } else { format!(" INCLUDE ({})", list(&key.include)) };
    format!("{word}{nulls} ({}){include}", list(&key.columns))
}

/// A check constraint.
pub fn check(check: &Check) -> String {
    constraint(&check.named, &format!("CHECK ({})", check.sql))
}

fn exclude(exclude: &Exclude) -> String {
    let element = |(sql, name, operator): &(String, Option<String>, String)| {
        let class = name.as_ref().and_then(|name| exclude.ops.get(name));
        let class = class.map_or_else(String::new, |class| format!(" {class}"));
        format!("{sql}{class} WITH {operator}")
    };
    let elements: Vec<String> = exclude.elements.iter().map(element).collect();
    let condition = exclude.condition.as_ref().map_or_else(String::new, |sql| format!(" WHERE ({sql})"));
    constraint(&exclude.named, &format!("EXCLUDE USING {} ({}){condition}", exclude.using, elements.join(", ")))
}

pub(super) fn add_foreign_key(table: &Table, key: &ForeignKey) -> String {
    format!("ALTER TABLE {} ADD {}", name_of(table), foreign_key(key))
}

fn foreign_key(key: &ForeignKey) -> String {
    constraint(&key.named, &format!("FOREIGN KEY ({}){}", list(&key.columns), refers(key)))
}

/// ` REFERENCES …` behind a column.
pub fn references(key: &ForeignKey) -> String {
    format!("{}{}", refers(key), deferral(&key.named))
}

fn refers(key: &ForeignKey) -> String {
    let table = qualified(key.ref_schema.as_deref(), &key.ref_table);
    let mut text = format!(" REFERENCES {table} ({})", list(&key.ref_columns));
    for (word, action) in [("MATCH", &key.match_kind), ("ON DELETE", &key.ondelete), ("ON UPDATE", &key.onupdate)] {
        if let Some(action) = action {
            text.push_str(&format!(" {word} {action}"));
        }
    }
    text
}

pub(super) fn create_index(table: &Table, index: &Index) -> String {
    index_of(&name_of(table), index, "")
}

/// `CREATE INDEX`; `manner` is what stands in front of its name, such as `CONCURRENTLY IF NOT EXISTS `.
pub fn index_of(table: &str, index: &Index, manner: &str) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let using = index.using.as_ref().map_or_else(String::new, |method| format!(" USING {}", method.to_lowercase()));
    let element = |(sql, key): (&String, &Option<String>)| {
        let class = key.as_ref().and_then(|key| index.ops.get(key));
        // SQLAlchemy leaves out the parentheses that PostgreSQL asks for here.
        let bare = ["CASE ", "NOT "].iter().any(|word| sql.starts_with(word));
        let sql = if bare { &format!("({sql})") } else { sql };
        class.map_or_else(|| sql.clone(), |class| format!("{sql} {class}"))
    };
    let elements: Vec<String> = index.expressions.iter().zip(&index.keys).map(element).collect();
    let mut text =
        format!("CREATE {unique}INDEX {manner}{} ON {table}{using} ({})", quote(&index.name), elements.join(", "));
    if !index.include.is_empty() {
        text.push_str(&format!(" INCLUDE ({})", list(&index.include)));
    }
    match index.nulls_not_distinct {
        Some(true) => text.push_str(" NULLS NOT DISTINCT"),
        Some(false) => text.push_str(" NULLS DISTINCT"),
        None => {}
    }
    if !index.with.is_empty() {
        let with: Vec<String> = index.with.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        text.push_str(&format!(" WITH ({})", with.join(", ")));
    }
    if let Some(space) = &index.tablespace {
        text.push_str(&format!(" TABLESPACE {}", quote(space)));
    }
    if let Some(condition) = &index.condition {
        text.push_str(&format!(" WHERE {condition}"));
    }
    text
}

pub(super) fn comments(table: &Table) -> Vec<String> {
    let name = name_of(table);
    let mut statements = Vec::new();
    if let Some(comment) = &table.comment {
        statements.push(format!("COMMENT ON TABLE {name} IS {}", literal(comment)));
    }
    for column in &table.columns {
        if let Some(comment) = &column.comment {
            statements.push(format!("COMMENT ON COLUMN {name}.{} IS {}", quote(&column.name), literal(comment)));
        }
    }
    let uniques = table.uniques.iter().map(|it| &it.named);
    let named = table.primary_key.iter().map(|it| &it.named).chain(uniques);
    let named =
        named.chain(table.foreign_keys.iter().map(|it| &it.named)).chain(table.checks.iter().map(|it| &it.named));
    for named in named {
        if let Some(comment) = &named.comment {
            let constraint = quote(&named.pg_name);
            statements.push(format!("COMMENT ON CONSTRAINT {constraint} ON {name} IS {}", literal(comment)));
        }
    }
    statements
}
