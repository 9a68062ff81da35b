//! Constraints: those without a name of their own keep the one that they have in the database.

use std::collections::BTreeSet;

use super::table::unstated;
use crate::schema::{Constraint, ConstraintKind, QualifiedName, Table};

/// Completes the constraints of a table.
pub(super) fn complete(table: &mut Table, old: &Table, unnamed: &BTreeSet<(QualifiedName, String)>) {
    let mut free: Vec<&Constraint> =
        old.constraints.iter().filter(|it| !table.constraints.contains(&it.name)).collect();
    let open: Vec<String> = table
        .constraints
        .names()
        .filter(|name| !old.constraints.contains(*name) && unnamed.contains(&(table.name.clone(), (*name).clone())))
        .cloned()
        .collect();
    for name in open {
        let Some(constraint) = table.constraints.get(&name) else { continue };
        let Some(at) = free.iter().position(|it| is_same(constraint, it)) else { continue };
        let adopted = free.remove(at).name.clone();
        if let Some(constraint) = table.constraints.remove(&name) {
            table.constraints.insert(Constraint { name: adopted, ..constraint });
        }
    }
    for constraint in table.constraints.iter_mut() {
        if let Some(old) = old.constraints.get(&constraint.name) {
            left_open(constraint, old);
        }
    }
}

/// Whether two constraints demand the same, whatever they are called.
fn is_same(stated: &Constraint, other: &Constraint) -> bool {
    let mut stated = Constraint { name: other.name.clone(), ..stated.clone() };
    left_open(&mut stated, other);
    stated.comment.clone_from(&other.comment);
    stated == *other
}

/// What models cannot say of a constraint.
fn left_open(constraint: &mut Constraint, old: &Constraint) {
    match (&mut constraint.kind, &old.kind) {
        (ConstraintKind::PrimaryKey(key), ConstraintKind::PrimaryKey(before))
        | (ConstraintKind::Unique(key), ConstraintKind::Unique(before)) => {
            unstated(&mut key.options, &before.options);
            key.tablespace = key.tablespace.take().or_else(|| before.tablespace.clone());
            key.without_overlaps |= before.without_overlaps && key.columns == before.columns;
        }
        (ConstraintKind::Exclusion(it), ConstraintKind::Exclusion(before)) => {
            unstated(&mut it.options, &before.options);
            it.tablespace = it.tablespace.take().or_else(|| before.tablespace.clone());
            constraint.comment = constraint.comment.take().or_else(|| old.comment.clone());
        }
        (ConstraintKind::ForeignKey(key), ConstraintKind::ForeignKey(before)) => {
            key.period |= before.period && key.columns == before.columns;
            constraint.not_valid |= old.not_valid;
            constraint.not_enforced |= old.not_enforced;
        }
        (ConstraintKind::Check(check), ConstraintKind::Check(before)) => {
            check.no_inherit |= before.no_inherit;
            constraint.not_valid |= old.not_valid;
            constraint.not_enforced |= old.not_enforced;
        }
        _ => {}
    }
}
