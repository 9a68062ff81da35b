//! Constraints of tables.

use super::draft::{Draft, Oid, Relation, class};
use super::fields::{Fault, Fields};
use super::{Query, Server};
use crate::schema::{
    Action, Check, Constraint, ConstraintKind, Deferrable, Exclusion, ForeignKey, Index, IndexKey, Indexed, Key,
    NotNull, ObjectId,
};

/// How a reference to a table that is left out begins where it is named.
pub const LEFT_OUT: &str = "foreign key of";

pub(super) fn queries(server: &Server) -> Vec<Query> {
    vec![Query::new("constraints", constraints(server), read_constraint)]
}

/// References to a partitioned table are several rows, of which the first stands for all.
fn constraints(server: &Server) -> String {
    let set_columns = if server.version >= 150_000 { "array_to_string(k.confdelsetcols, ' ')" } else { "NULL" };
    let (enforced, period) =
        if server.version >= 180_000 { ("k.conenforced", "k.conperiod") } else { ("true", "false") };
    // Servers before 18 keep no constraint for NOT NULL.
    let kinds = if server.version >= 180_000 { "'p', 'u', 'f', 'c', 'x', 'n'" } else { "'p', 'u', 'f', 'c', 'x'" };
    format!(
        "SELECT k.oid, k.conrelid, k.conname, k.contype, k.condeferrable, k.condeferred, k.convalidated, {enforced}, \
         NOT k.conislocal OR k.conparentid <> 0, k.coninhcount > 0, {period}, array_to_string(k.conkey, ' '), \
         CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END, k.connoinherit, k.conindid, \
         CASE WHEN k.contype = 'f' THEN k.confrelid::regclass::text END, k.confrelid, \
         array_to_string(k.confkey, ' '), k.confupdtype, k.confdeltype, {set_columns}, k.confmatchtype, \
         CASE WHEN k.contype = 'x' THEN (SELECT json_agg(CASE WHEN n.nspname = 'pg_catalog' THEN o.oprname::text \
             ELSE format('OPERATOR(%I.%s)', n.nspname, o.oprname) END ORDER BY x.at) \
             FROM unnest(k.conexclop) WITH ORDINALITY x (oid, at) JOIN pg_operator o ON o.oid = x.oid \
             JOIN pg_namespace n ON n.oid = o.oprnamespace) END \
         FROM pg_constraint k LEFT JOIN pg_constraint p ON p.oid = k.conparentid \
         WHERE k.conrelid >= 16384 AND k.contype IN ({kinds}) AND p.conrelid IS DISTINCT FROM k.conrelid"
    )
}

fn read_constraint(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let (oid, table): (Oid, Oid) = (fields.number()?, fields.number()?);
    if !draft.relations.contains_key(&table) {
        return Ok(());
    }
    let (name, kind) = (fields.text()?.to_owned(), fields.letter()?);
    let deferrable = match (fields.flag()?, fields.flag()?) {
        (false, _) => Deferrable::Not,
        (true, false) => Deferrable::Immediate,
        (true, true) => Deferrable::Deferred,
    };
    let (not_valid, not_enforced, inherited) = (!fields.flag()?, !fields.flag()?, fields.flag()?);
    let (of_parent, period) = (fields.flag()?, fields.flag()?);
    if kind == 'n' {
        let comment = draft.comment(class::CONSTRAINT, oid);
        let (inherited, only_inherited) = (of_parent, inherited && of_parent);
        let required = NotNull { name, not_valid, inherited, only_inherited, comment, ..NotNull::default() };
        return read_not_null(draft, table, required, fields);
    }
    let Some(kind) = read_kind(draft, table, kind, period, fields)? else { return Ok(()) };
    let comment = draft.comment(class::CONSTRAINT, oid);
    let Some(relation) = draft.relations.get_mut(&table) else { return Ok(()) };
    let id = ObjectId::Constraint(relation.name.clone(), name.clone());
    if let Some(table) = relation.table() {
        // A constraint that is not enforced has checked no row; that goes without saying.
        let not_valid = not_valid && !not_enforced;
        table.constraints.insert(Constraint { name, kind, deferrable, not_valid, not_enforced, inherited, comment });
        draft.identify(class::CONSTRAINT, oid, id);
    }
    Ok(())
}

fn read_not_null(draft: &mut Draft, table: Oid, required: NotNull, fields: &mut Fields) -> Result<(), Fault> {
    let columns = fields.numbers()?;
    fields.optional()?;
    let no_inherit = fields.flag()?;
    let Some(relation) = draft.relations.get_mut(&table) else { return Ok(()) };
    let columns = relation.names(&columns);
    let Some(table) = relation.table() else { return Ok(()) };
    for column in table.columns.iter_mut().filter(|it| columns.contains(&it.name)) {
        column.required = Some(NotNull { no_inherit, ..required.clone() });
    }
    Ok(())
}

fn read_kind(
    draft: &mut Draft,
    table: Oid,
    kind: char,
    period: bool,
    fields: &mut Fields,
) -> Result<Option<ConstraintKind>, Fault> {
    let columns = fields.numbers()?;
    let check = Check { expression: fields.optional()?.unwrap_or_default().to_owned(), no_inherit: fields.flag()? };
    let index: Oid = fields.number()?;
    let target = fields.optional()?.unwrap_or_default().to_owned();
    let columns_of = |relation: &Relation| relation.names(&columns);
    Ok(match kind {
        'c' => Some(ConstraintKind::Check(check)),
        'f' => {
            let columns = draft.relations.get(&table).map(columns_of).unwrap_or_default();
            let key = read_foreign_key(draft, table, &columns, period, fields)?;
            if key.is_none() {
                tell_left_out(draft, table, &columns, &target);
            }
            key.map(ConstraintKind::ForeignKey)
        }
        _ => {
            let Some(found) = draft.indexes.get_mut(&index) else { return Ok(None) };
            found.is_taken = true;
            let index = found.index.clone();
            Some(match kind {
                'p' => ConstraintKind::PrimaryKey(key(index, period)),
                'u' => ConstraintKind::Unique(key(index, period)),
                _ => ConstraintKind::Exclusion(read_exclusion(index, fields)?),
            })
        }
    })
}

/// A reference to a table that is left out is named, so that nobody takes the rest for the whole.
fn tell_left_out(draft: &mut Draft, own: Oid, columns: &[String], target: &str) {
    if let Some(own) = draft.relations.get(&own) {
        let columns = columns.join(", ");
        draft.schema.unread.push(format!("{LEFT_OUT} {} ({columns}) to {target}", own.name));
    }
}

/// `None` for a reference to a table that is left out: nobody could make it anew from what is read.
fn read_foreign_key(
    draft: &Draft,
    own: Oid,
    columns: &[String],
    period: bool,
    fields: &mut Fields,
) -> Result<Option<ForeignKey>, Fault> {
    let target: Oid = fields.number()?;
    let referenced: Vec<i16> = fields.numbers()?;
    let (on_update, on_delete) = (action(fields.letter()?), action(fields.letter()?));
    let set_columns: Vec<i16> = fields.numbers()?;
    let match_full = fields.letter()? == 'f';
    let (Some(target), Some(own)) = (draft.relations.get(&target), draft.relations.get(&own)) else { return Ok(None) };
    Ok(Some(ForeignKey {
        columns: columns.to_vec(),
        table: target.name.clone(),
        referenced: target.names(&referenced),
        on_update,
        on_delete,
        on_delete_columns: own.names(&set_columns),
        match_full,
        period,
    }))
}

fn action(letter: char) -> Action {
    match letter {
        'r' => Action::Restrict,
        'c' => Action::Cascade,
        'n' => Action::SetNull,
        'd' => Action::SetDefault,
        _ => Action::NoAction,
    }
}

fn key(index: Index, without_overlaps: bool) -> Key {
    let column = |key: IndexKey| match key.what {
        Indexed::Column(name) | Indexed::Expression(name) => name,
    };
    Key {
        columns: index.keys.into_iter().map(column).collect(),
        include: index.include,
        nulls_not_distinct: index.nulls_not_distinct,
        without_overlaps,
        options: index.options,
        tablespace: index.tablespace,
    }
}

fn read_exclusion(index: Index, fields: &mut Fields) -> Result<Exclusion, Fault> {
    // What foreign keys alone have stands between.
    for _ in 0..6 {
        fields.optional()?;
    }
    let Index { method, keys, include, predicate, options, tablespace, .. } = index;
    Ok(Exclusion { method, keys, operators: fields.json()?, include, predicate, options, tablespace })
}
