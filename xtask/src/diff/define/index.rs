//! Indexes and their keys.

use super::{found_name, is_wrapped, names, options, parenthesised};
use crate::schema::{Index, IndexKey, Indexed};
use crate::sql;

/// The whole `CREATE INDEX`, on a table or on `ONLY` a table.
pub fn index(owner: &impl std::fmt::Display, index: &Index) -> String {
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
        Indexed::Expression(expression) => key_expression(expression),
    };
    if let Some(collation) = &key.collation {
        text.push_str(&format!(" COLLATE {}", found_name(collation)));
    }
    if let Some(class) = &key.operator_class {
        text.push_str(&format!(" {}", found_name(&class.name)));
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

/// An expression as a key: a call of a function stands by itself, everything else in one pair of parentheses.
fn key_expression(expression: &str) -> String {
    if is_call(expression) {
        return expression.to_owned();
    }
    let mut inner = expression;
    while is_wrapped(inner) && is_wrapped(&inner[1..inner.len() - 1]) {
        inner = &inner[1..inner.len() - 1];
    }
    parenthesised(inner)
}

/// Whether the whole is a call: a name, which may be qualified, and its arguments.
fn is_call(expression: &str) -> bool {
    let Some(open) = expression.find('(') else { return false };
    let name = expression[..open].rsplit('.').next().unwrap_or_default();
    let is_name = name.starts_with('"') && name.ends_with('"')
        || !name.is_empty() && name.chars().all(|letter| letter.is_ascii_lowercase() || "_0123456789".contains(letter));
    is_name && is_wrapped(&expression[open..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::QualifiedName;

    #[test]
    fn a_key_is_written_as_a_person_would() {
        let written = |expression: &str| key(&IndexKey::expression(expression));
        assert_eq!(written("lower(name)"), "lower(name)");
        assert_eq!(written("public.\"add One\"(a)"), "public.\"add One\"(a)");
        assert_eq!(written("((a + 1))"), "(a + 1)");
        assert_eq!(written("(a || 'x'::text)"), "(a || 'x'::text)");
        assert_eq!(written("COALESCE(a, b)"), "(COALESCE(a, b))");
        assert_eq!(written("(a).b"), "((a).b)");
    }

    #[test]
    fn an_index_says_what_is_unusual_about_it() {
        let mut it = Index::new("Ix");
        it.unique = true;
        it.nulls_not_distinct = true;
        it.keys =
            vec![IndexKey { descending: true, nulls_first: true, ..IndexKey::column("a") }, IndexKey::column("b c")];
        it.include = vec!["d".to_owned()];
        it.options = [("fillfactor", "70")].into_iter().collect();
        it.predicate = Some("a > 0".to_owned());
        assert_eq!(
            index(&QualifiedName::public("t"), &it),
            "CREATE UNIQUE INDEX \"Ix\" ON public.t (a DESC, \"b c\") INCLUDE (d) NULLS NOT DISTINCT WITH (fillfactor=70) \
             WHERE (a > 0)"
        );
    }
}
