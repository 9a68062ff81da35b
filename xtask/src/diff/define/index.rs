//! Indexes and their keys.

use super::{names, options, parenthesised};
use crate::schema::{Index, IndexKey, Indexed, QualifiedName};
use crate::sql;

/// The whole `CREATE INDEX`.
pub fn index(owner: &QualifiedName, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let using = if index.method == "btree" { String::new() } else { format!(" USING {}", index.method) };
    let keys: Vec<String> = index.keys.iter().map(key).collect();
    let mut text = format!("CREATE {unique}INDEX {} ON {owner}{using} ({})", sql::name(&index.name), keys.join(", "));
    if !index.include.is_empty() {
        text.push_str(&format!(" INCLUDE ({})", names(&index.include)));
    }
    if index.nulls_not_distinct {
        text.push_str(" NULLS NOT DISTINCT");
    }
    if !index.options.is_empty() {
        text.push_str(&format!(" WITH ({})", options(&index.options)));
    }
    if let Some(tablespace) = &index.tablespace {
        text.push_str(&format!(" TABLESPACE {}", sql::name(tablespace)));
    }
    if let Some(predicate) = &index.predicate {
        text.push_str(&format!(" WHERE {}", parenthesised(predicate)));
    }
    text
}

/// One key, with its collation, operator class and direction.
pub(super) fn key(key: &IndexKey) -> String {
    let mut text = match &key.what {
        Indexed::Column(name) => sql::name(name).into_owned(),
        Indexed::Expression(expression) => parenthesised(expression),
    };
    if let Some(collation) = &key.collation {
        text.push_str(&format!(" COLLATE {collation}"));
    }
    if let Some(class) = &key.operator_class {
        text.push_str(&format!(" {}", class.name));
        if !class.options.is_empty() {
            text.push_str(&format!(" ({})", options(&class.options)));
        }
    }
    match (key.descending, key.nulls_first) {
        (false, false) => {}
        (false, true) => text.push_str(" NULLS FIRST"),
        (true, true) => text.push_str(" DESC"),
        (true, false) => text.push_str(" DESC NULLS LAST"),
    }
    text
}
