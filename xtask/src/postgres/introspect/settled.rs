//! Expressions as the server prints them when it has read its own print.

use crate::schema::{Constraint, ConstraintKind, Index, IndexKey, Indexed, Policy, Schema};
use crate::sql::settled_array_casts;

/// Settles all expressions of a schema, so that what was written by a person and what was restored from its print are equal.
pub(super) fn settle(schema: &mut Schema) {
    for table in schema.tables.iter_mut() {
        for column in &mut table.columns {
            column.default.iter_mut().for_each(text);
            column.generated.iter_mut().for_each(|it| text(&mut it.expression));
        }
        table.constraints.iter_mut().for_each(constraint);
        table.indexes.iter_mut().for_each(index);
        table.policies.iter_mut().for_each(policy);
        table.triggers.iter_mut().for_each(|it| text(&mut it.definition));
        table.rules.iter_mut().for_each(|it| text(&mut it.definition));
    }
    for view in schema.views.iter_mut() {
        text(&mut view.definition);
        view.rules.iter_mut().for_each(|it| text(&mut it.definition));
    }
    for view in schema.materialised_views.iter_mut() {
        text(&mut view.definition);
        view.indexes.iter_mut().for_each(index);
    }
    for domain in schema.domains.iter_mut() {
        domain.default.iter_mut().for_each(text);
        domain.checks.iter_mut().for_each(|it| text(&mut it.expression));
    }
    schema.statistics.iter_mut().for_each(|it| text(&mut it.definition));
}

fn text(text: &mut String) {
    if let Some(settled) = settled_array_casts(text) {
        *text = settled;
    }
}

fn constraint(constraint: &mut Constraint) {
    match &mut constraint.kind {
        ConstraintKind::Check(check) => text(&mut check.expression),
        ConstraintKind::Exclusion(it) => {
            it.keys.iter_mut().for_each(key);
            it.predicate.iter_mut().for_each(text);
        }
        ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_) | ConstraintKind::ForeignKey(_) => {}
    }
}

fn index(index: &mut Index) {
    index.keys.iter_mut().for_each(key);
    index.predicate.iter_mut().for_each(text);
}

fn key(key: &mut IndexKey) {
    if let Indexed::Expression(expression) = &mut key.what {
        text(expression);
    }
}

fn policy(policy: &mut Policy) {
    policy.using.iter_mut().chain(policy.with_check.iter_mut()).for_each(text);
}
