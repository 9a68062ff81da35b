//! Constraints.

use super::index::key as index_key;
use super::{names, options, parenthesised};
use crate::schema::{Constraint, ConstraintKind, Deferrable, Exclusion, ForeignKey, Key, Options};
use crate::sql;

/// `CONSTRAINT name …`, as `ADD` and `CREATE TABLE` take it.
pub fn constraint(constraint: &Constraint) -> String {
    let mut text = format!("CONSTRAINT {} ", sql::name(&constraint.name));
    text.push_str(&match &constraint.kind {
        ConstraintKind::PrimaryKey(it) => format!("PRIMARY KEY {}", key(it)),
        ConstraintKind::Unique(it) => {
            let nulls = if it.nulls_not_distinct { "NULLS NOT DISTINCT " } else { "" };
            format!("UNIQUE {nulls}{}", key(it))
        }
        ConstraintKind::ForeignKey(it) => foreign_key(it),
        ConstraintKind::Check(it) => {
            let inherit = if it.no_inherit { " NO INHERIT" } else { "" };
            format!("CHECK {}{inherit}", parenthesised(&it.expression))
        }
        ConstraintKind::Exclusion(it) => exclusion(it),
    });
    text.push_str(match constraint.deferrable {
        Deferrable::Not => "",
        Deferrable::Immediate => " DEFERRABLE",
        Deferrable::Deferred => " DEFERRABLE INITIALLY DEFERRED",
    });
    if constraint.not_enforced {
        text.push_str(" NOT ENFORCED");
    } else if constraint.not_valid {
        text.push_str(" NOT VALID");
    }
    text
}

fn key(key: &Key) -> String {
    let overlaps = if key.without_overlaps { " WITHOUT OVERLAPS" } else { "" };
    let mut text = format!("({}{overlaps})", names(&key.columns));
    text.push_str(&index_parts(&key.include, &key.options, key.tablespace.as_deref()));
    text
}

fn index_parts(include: &[String], with: &Options, tablespace: Option<&str>) -> String {
    let mut text = String::new();
    if !include.is_empty() {
        text.push_str(&format!(" INCLUDE ({})", names(include)));
    }
    if !with.is_empty() {
        text.push_str(&format!(" WITH ({})", options(with)));
    }
    if let Some(tablespace) = tablespace {
        text.push_str(&format!(" USING INDEX TABLESPACE {}", sql::name(tablespace)));
    }
    text
}

fn foreign_key(key: &ForeignKey) -> String {
    let columns = |columns: &[String]| match columns.split_last() {
        Some((last, [])) => sql::name(last).into_owned(),
        Some((last, rest)) if key.period => format!("{}, PERIOD {}", names(rest), sql::name(last)),
        _ => names(columns),
    };
    let (own, other) = (columns(&key.columns), columns(&key.referenced));
    let mut text = format!("FOREIGN KEY ({own}) REFERENCES {} ({other})", key.table);
    if key.match_full {
        text.push_str(" MATCH FULL");
    }
    if !key.on_update.is_none() {
        text.push_str(&format!(" ON UPDATE {}", key.on_update.sql()));
    }
    if !key.on_delete.is_none() {
        text.push_str(&format!(" ON DELETE {}", key.on_delete.sql()));
        if !key.on_delete_columns.is_empty() {
            text.push_str(&format!(" ({})", names(&key.on_delete_columns)));
        }
    }
    text
}

fn exclusion(exclusion: &Exclusion) -> String {
    let keys = exclusion.keys.iter().zip(&exclusion.operators);
    let keys: Vec<String> = keys.map(|(key, operator)| format!("{} WITH {operator}", index_key(key))).collect();
    let mut text = format!("EXCLUDE USING {} ({})", exclusion.method, keys.join(", "));
    text.push_str(&index_parts(&exclusion.include, &exclusion.options, exclusion.tablespace.as_deref()));
    if let Some(predicate) = &exclusion.predicate {
        text.push_str(&format!(" WHERE {}", parenthesised(predicate)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Action, QualifiedName};

    #[test]
    fn a_foreign_key_says_what_is_unusual_about_it() {
        let key = ForeignKey {
            columns: vec!["site id".into()],
            table: QualifiedName::public("sites"),
            referenced: vec!["id".into()],
            on_delete: Action::Cascade,
            ..ForeignKey::default()
        };
        let mut it = Constraint::new("runs_site_fkey", ConstraintKind::ForeignKey(key));
        it.deferrable = Deferrable::Deferred;
        it.not_valid = true;
        assert_eq!(
            constraint(&it),
            "CONSTRAINT runs_site_fkey FOREIGN KEY (\"site id\") REFERENCES public.sites (id) ON DELETE CASCADE \
             DEFERRABLE INITIALLY DEFERRED NOT VALID"
        );
    }
}
