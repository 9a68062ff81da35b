//! What Python gives new objects, as SQL: no default of the database, but what rows that are there would have got.

use crate::python::Value;
use crate::sql::literal;

/// A plain value as SQL; `labels` are the members of the column's enum with the labels they are stored as. `None` for what only
/// a run gives.
pub(super) fn plain(value: &Value<'_>, labels: &[(String, String)]) -> Option<String> {
    let label_of = |name: &str| labels.iter().find(|(member, _)| member == name).map(|(_, label)| literal(label));
    match value {
        Value::Bool(it) => Some(it.to_string()),
        Value::Int(it) => Some(it.to_string()),
        Value::Float(it) if it.is_finite() => Some(it.to_string()),
        Value::Str(it) if labels.is_empty() => Some(literal(it)),
        // SQLAlchemy takes the name of a member as well as the member.
        Value::Str(it) => label_of(it),
        Value::Member(it) if labels.is_empty() => plain(&it.value, labels),
        Value::Member(it) => label_of(&it.name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_values_are_sql_and_others_are_not_guessed() {
        let labels = [("new".to_owned(), "it's new".to_owned())];
        assert_eq!(plain(&Value::Int(-3), &[]).as_deref(), Some("-3"));
        assert_eq!(plain(&Value::Bool(false), &[]).as_deref(), Some("false"));
        assert_eq!(plain(&Value::Str("x'y".into()), &[]).as_deref(), Some("'x''y'"));
        assert_eq!(plain(&Value::Str("new".into()), &labels).as_deref(), Some("'it''s new'"));
        assert_eq!(plain(&Value::Str("old".into()), &labels), None);
        assert_eq!(plain(&Value::None, &[]), None);
    }
}
