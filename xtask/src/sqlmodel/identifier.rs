//! Names in SQL as SQLAlchemy writes them for PostgreSQL, and names that PostgreSQL makes up itself.

/// The most bytes of a name.
pub(super) const LONGEST_NAME: usize = 63;

/// Words that SQLAlchemy quotes for PostgreSQL.
const RESERVED: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "new",
    "not",
    "notnull",
    "null",
    "of",
    "off",
    "offset",
    "old",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "over",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "similar",
    "some",
    "symmetric",
    "table",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
];

/// A name, in quotes where it needs them.
pub fn quote(name: &str) -> String {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '_' | '$');
    let starts_badly = name.starts_with(|letter: char| letter.is_ascii_digit() || letter == '$');
    if name.is_empty() || starts_badly || !name.chars().all(plain) || RESERVED.binary_search(&name).is_ok() {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.to_owned()
    }
}

/// A name with its schema.
pub fn qualified(schema: Option<&str>, name: &str) -> String {
    schema.map_or_else(|| quote(name), |schema| format!("{}.{}", quote(schema), quote(name)))
}

/// Text as an SQL literal.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A name made from a template, within 63 characters: SQLAlchemy puts four digits of a hash behind what it cuts.
pub(super) fn shortened(name: &str) -> String {
    use md5::{Digest as _, Md5};
    if name.chars().count() <= LONGEST_NAME {
        return name.to_owned();
    }
    let hash: String = Md5::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let start: String = name.chars().take(LONGEST_NAME - 8).collect();
    format!("{start}_{}", &hash[hash.len() - 4..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_sqlalchemy_quotes_them() {
        assert!(RESERVED.is_sorted());
        let quoted: Vec<String> = ["end", "a b", "Name", "1st", "ok_1", "a\"b", "", "straße"].map(quote).to_vec();
        assert_eq!(quoted, ["\"end\"", "\"a b\"", "\"Name\"", "\"1st\"", "ok_1", "\"a\"\"b\"", "\"\"", "\"straße\""]);
    }

    #[test]
    fn long_names_of_templates_end_in_a_hash() {
        let name = "ck_block_document_reference__ck_block_document_reference__no_self_reference";
        assert_eq!(shortened(name), "ck_block_document_reference__ck_block_document_referenc_824f");
    }
}
