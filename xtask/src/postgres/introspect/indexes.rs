//! Indexes, those below constraints included.

use super::draft::{Draft, FoundIndex, Oid, Relation, class};
use super::fields::{Fault, Fields};
use super::{Query, Server, options};
use crate::schema::{Index, IndexKey, Indexed, ObjectId, OperatorClass};

pub(super) fn queries(server: &Server) -> Vec<Query> {
    vec![
        Query::new("indexes", indexes(server), read_index),
        Query::new("columns of indexes", INDEX_COLUMNS.to_owned(), read_index_column),
    ]
}

/// Only indexes with expressions are printed by the server: the text of the keys and, because a collation is shown there
/// alone, the whole.
fn indexes(server: &Server) -> String {
    let nulls_not_distinct = if server.version >= 150_000 { "i.indnullsnotdistinct" } else { "false" };
    format!(
        "SELECT i.indexrelid, i.indrelid, c.relname, c.relam, a.amname, i.indisunique, {nulls_not_distinct}, i.indkey, \
         i.indnkeyatts, i.indclass, i.indcollation, i.indoption, \
         CASE WHEN i.indexprs IS NOT NULL THEN (SELECT json_agg(pg_get_indexdef(i.indexrelid, k, false) ORDER BY k) \
             FROM generate_series(1, i.indnkeyatts) k) END, \
         CASE WHEN i.indexprs IS NOT NULL THEN pg_get_indexdef(i.indexrelid) END, \
         pg_get_expr(i.indpred, i.indrelid), array_to_json(c.reloptions), \
         (SELECT s.spcname FROM pg_tablespace s WHERE s.oid = c.reltablespace), h.inhparent, i.indisvalid, \
         i.indisclustered, i.indisreplident \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam \
         LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid WHERE i.indrelid >= 16384 ORDER BY i.indexrelid"
    )
}

/// The keys of an index as the catalogue has them.
struct Keys<'r> {
    method: Oid,
    columns: Vec<i16>,
    classes: Vec<Oid>,
    collations: Vec<Oid>,
    options: Vec<i16>,
    texts: Vec<String>,
    whole: &'r str,
}

fn read_index(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let (oid, relation_oid): (Oid, Oid) = (fields.number()?, fields.number()?);
    let Some(relation) = draft.relations.get(&relation_oid) else { return Ok(()) };
    let mut index = Index::new(fields.text()?);
    let method = fields.number()?;
    index.method = fields.text()?.to_owned();
    index.unique = fields.flag()?;
    index.nulls_not_distinct = fields.flag()?;
    let mut columns: Vec<i16> = fields.numbers()?;
    let include = columns.split_off(fields.number::<usize>()?.min(columns.len()));
    let keys = Keys {
        method,
        columns,
        classes: fields.numbers()?,
        collations: fields.numbers()?,
        options: fields.numbers()?,
        texts: fields.json::<Option<Vec<String>>>()?.unwrap_or_default(),
        whole: fields.optional()?.unwrap_or_default(),
    };
    index.keys = keys_of(draft, relation, &keys);
    index.include = relation.names(&include);
    index.predicate = fields.owned()?;
    index.options = options(fields.json::<Option<Vec<String>>>()?.unwrap_or_default());
    index.tablespace = fields.owned()?;
    let parent = fields.optional_number()?;
    index.invalid = !fields.flag()?;
    let id = ObjectId::Index(relation.name.sibling(index.name.clone()));
    index.comment = draft.comment(class::RELATION, oid);
    draft.identify(class::RELATION, oid, id);
    let (is_clustered, is_replica_identity) = (fields.flag()?, fields.flag()?);
    let found =
        FoundIndex { relation: relation_oid, index, parent, is_clustered, is_replica_identity, is_taken: false };
    draft.indexes.insert(oid, found);
    Ok(())
}

fn keys_of(draft: &Draft, relation: &Relation, keys: &Keys) -> Vec<IndexKey> {
    let mut whole = keys.whole;
    let key = |(at, number): (usize, &i16)| {
        let column = relation.column(*number);
        let mut key = match (column, keys.texts.get(at)) {
            (Some(column), _) => IndexKey::column(column.name.clone()),
            (None, text) => IndexKey::expression(text.cloned().unwrap_or_default()),
        };
        let collation = keys.collations.get(at).filter(|oid| **oid != 0);
        key.collation = collation.and_then(|oid| draft.collations.get(oid).map(|name| (oid, name))).and_then(
            |(oid, name)| match (&key.what, column) {
                (_, Some(column)) => (column.collation != *oid).then(|| name.clone()),
                (Indexed::Expression(text), None) => says_collation(&mut whole, text).then(|| name.clone()),
                (Indexed::Column(_), None) => None,
            },
        );
        key.operator_class = keys
            .classes
            .get(at)
            .and_then(|oid| operator_class(draft, keys.method, *oid, column.map(|column| column.type_oid)));
        // The two bits of `indoption`.
        let option = keys.options.get(at).copied().unwrap_or_default();
        key.descending = option & 1 != 0;
        key.nulls_first = option & 2 != 0;
        key
    };
    keys.columns.iter().enumerate().map(key).collect()
}

/// Whether the printed index says `COLLATE` after this key; `rest` moves behind the key.
fn says_collation(rest: &mut &str, key: &str) -> bool {
    let Some(at) = rest.find(key) else { return false };
    *rest = &rest[at + key.len()..];
    rest.starts_with(" COLLATE ")
}

/// An operator class, unless it goes without saying. The type of an expression is not in the catalogue: there every class
/// that is the default of its own type goes without saying.
fn operator_class(draft: &Draft, method: Oid, oid: Oid, of_type: Option<Oid>) -> Option<OperatorClass> {
    let found = draft.operator_classes.get(&oid)?;
    let own_default = of_type.and_then(|of_type| draft.default_classes.get(&(method, of_type)));
    let is_usual = match own_default {
        Some(default) => *default == oid,
        None => found.is_default,
    };
    (!is_usual).then(|| OperatorClass { name: found.name.clone(), ..OperatorClass::default() })
}

const INDEX_COLUMNS: &str = "SELECT a.attrelid, a.attnum, nullif(a.attstattarget, -1), array_to_json(a.attoptions) \
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
     WHERE a.attrelid >= 16384 AND c.relkind IN ('i', 'I') AND (a.attstattarget >= 0 OR a.attoptions IS NOT NULL)";

fn read_index_column(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let (index, number): (Oid, usize) = (fields.number()?, fields.number()?);
    let (statistics, settings): (_, Option<Vec<String>>) = (fields.optional_number()?, fields.json()?);
    let class_oid = |found: &FoundIndex| found.index.keys.len();
    let Some(found) = draft.indexes.get_mut(&index).filter(|found| number >= 1 && number <= class_oid(found)) else {
        return Ok(());
    };
    let key = &mut found.index.keys[number - 1];
    key.statistics = statistics;
    if let Some(settings) = settings {
        // With options the class has to be named, even if it is the default.
        let class = key.operator_class.get_or_insert_default();
        class.options = options(settings);
    }
    Ok(())
}
