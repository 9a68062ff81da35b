//! What models and files use without stating it: functions, types, sequences and views of the database.

use std::collections::BTreeSet;

use super::standing::holds;
use crate::schema::{ObjectId, QualifiedName, Schema};
use crate::sql;

/// Parts of the database that must be there before models and files can be run.
#[derive(Clone, Debug, Default)]
pub struct Foundation {
    /// What stands on no table.
    pub before_tables: Schema,
    /// What does.
    pub on_tables: Schema,
}

/// Words behind which a name stands that a `CREATE` makes.
const KINDS: [&str; 9] =
    ["TABLE", "VIEW", "FUNCTION", "PROCEDURE", "AGGREGATE", "TYPE", "DOMAIN", "SEQUENCE", "COLLATION"];

/// What the texts mention of the database and do not create themselves, with all that this needs. Tables are never part of
/// it: models state them.
pub fn foundation<'t>(
    current: &Schema,
    texts: impl IntoIterator<Item = &'t str>,
    created: &BTreeSet<String>,
) -> Foundation {
    let mut words: BTreeSet<String> = BTreeSet::new();
    for text in texts {
        words.extend(sql::tokens(text).iter().filter_map(|token| token.name(text)));
    }
    let is_meant = |name: &QualifiedName| words.contains(&name.name) && !created.contains(&name.name);
    let mut chosen: Vec<ObjectId> = Vec::new();
    let types = current.enums.names().chain(current.domains.names());
    let types = types.chain(current.composite_types.names()).chain(current.range_types.names());
    chosen.extend(types.filter(|name| is_meant(name)).cloned().map(ObjectId::Type));
    chosen.extend(current.collations.names().filter(|name| is_meant(name)).cloned().map(ObjectId::Collation));
    let sequences = current.sequences.iter().filter(|it| it.owned_by.is_none() && is_meant(&it.name));
    chosen.extend(sequences.map(|it| ObjectId::Sequence(it.name.clone())));
    chosen.extend(current.functions.names().filter(|it| is_meant(&it.name)).cloned().map(ObjectId::Function));
    chosen.extend(current.views.names().filter(|name| is_meant(name)).cloned().map(ObjectId::View));
    let materialised = current.materialised_views.names().filter(|name| is_meant(name));
    chosen.extend(materialised.cloned().map(ObjectId::MaterialisedView));
    parts(current, chosen, created)
}

/// The names that the `CREATE` statements of a text make.
pub fn created_names(text: &str) -> BTreeSet<String> {
    let tokens = sql::tokens(text);
    let mut found = BTreeSet::new();
    for (at, _) in tokens.iter().enumerate().filter(|(_, token)| token.is_word(text, "CREATE")) {
        // CREATE OR REPLACE MATERIALIZED VIEW IF NOT EXISTS schema.name
        let rest = &tokens[at + 1..];
        let Some(kind) = rest.iter().take(5).position(|it| KINDS.iter().any(|kind| it.is_word(text, kind))) else {
            continue;
        };
        let mut rest =
            rest[kind + 1..].iter().skip_while(|it| ["IF", "NOT", "EXISTS"].iter().any(|word| it.is_word(text, word)));
        let Some(mut last) = rest.next() else { continue };
        while rest.clone().next().is_some_and(|it| it.text(text) == ".") {
            rest.next();
            let Some(next) = rest.next() else { break };
            last = next;
        }
        found.extend(last.name(text));
    }
    found
}

/// The schemas (`SCHEMA`) or extensions (`EXTENSION`) that a text creates, and that must not be there before.
pub fn created_surroundings(text: &str, kind: &str) -> BTreeSet<String> {
    let tokens = sql::tokens(text);
    let made = tokens.windows(3).filter(|it| it[0].is_word(text, "CREATE") && it[1].is_word(text, kind));
    // With `IF NOT EXISTS` both may say it.
    made.filter(|it| !it[2].is_word(text, "IF")).filter_map(|it| it[2].name(text)).collect()
}

fn parts(current: &Schema, chosen: Vec<ObjectId>, created: &BTreeSet<String>) -> Foundation {
    let mut foundation = Foundation::default();
    let mut open = chosen;
    let mut seen: BTreeSet<ObjectId> = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        let on_tables = stands_on_a_table(current, &id, &mut BTreeSet::new());
        add(if on_tables { &mut foundation.on_tables } else { &mut foundation.before_tables }, current, &id);
        for on in needs(current, &id) {
            let is_created = whole_name(&on).is_some_and(|name| created.contains(&name.name));
            if !is_created && !matches!(on, ObjectId::Table(_)) {
                open.push(on);
            }
        }
    }
    for part in [&mut foundation.before_tables, &mut foundation.on_tables] {
        part.dependencies.clone_from(&current.dependencies);
    }
    foundation
}

fn whole_name(id: &ObjectId) -> Option<&QualifiedName> {
    match id {
        ObjectId::Type(name)
        | ObjectId::Collation(name)
        | ObjectId::Sequence(name)
        | ObjectId::View(name)
        | ObjectId::MaterialisedView(name) => Some(name),
        ObjectId::Function(signature) => Some(&signature.name),
        _ => None,
    }
}

/// What an object needs, whole objects only.
fn needs(current: &Schema, id: &ObjectId) -> Vec<ObjectId> {
    let is_of = |dependent: &ObjectId| match (dependent, whole_name(id)) {
        (ObjectId::Column(owner, _) | ObjectId::Default(owner, _), Some(name)) => owner == name,
        _ => dependent == id,
    };
    let whole = |on: &ObjectId| match on {
        ObjectId::Column(owner, _) => [
            ObjectId::Table(owner.clone()),
            ObjectId::View(owner.clone()),
            ObjectId::MaterialisedView(owner.clone()),
            ObjectId::Type(owner.clone()),
        ]
        .into_iter()
        .find(|id| holds(current, id)),
        other => Some(other.clone()),
    };
    current.dependencies.iter().filter(|edge| is_of(&edge.dependent)).filter_map(|edge| whole(&edge.on)).collect()
}

fn stands_on_a_table(current: &Schema, id: &ObjectId, seen: &mut BTreeSet<ObjectId>) -> bool {
    if !seen.insert(id.clone()) {
        return false;
    }
    matches!(id, ObjectId::Table(_)) || needs(current, id).iter().any(|on| stands_on_a_table(current, on, seen))
}

fn add(part: &mut Schema, current: &Schema, id: &ObjectId) {
    macro_rules! copy {
        ($name:expr, $($kind:ident),+) => {
            {$(part.$kind.extend(current.$kind.get($name).cloned());)+}
        };
    }
    match id {
        ObjectId::Type(name) => copy!(name, enums, domains, composite_types, range_types),
        ObjectId::Collation(name) => copy!(name, collations),
        ObjectId::Sequence(name) => copy!(name, sequences),
        ObjectId::Function(signature) => copy!(signature, functions),
        ObjectId::View(name) => copy!(name, views),
        ObjectId::MaterialisedView(name) => copy!(name, materialised_views),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_text_creates_are_found() {
        let text = "create or replace function lab.f(a int) returns int language sql as 'select 1';\n\
                    CREATE MATERIALIZED VIEW IF NOT EXISTS \"Lab\".\"Per Day\" AS SELECT 1;\n\
                    create unlogged table t (); create index i on t (a);";
        let names: Vec<String> = created_names(text).into_iter().collect();
        assert_eq!(names, ["Per Day", "f", "t"]);
        let text = "CREATE SCHEMA lab; create schema if not exists other; create extension \"uuid-ossp\";";
        assert_eq!(created_surroundings(text, "SCHEMA").into_iter().collect::<Vec<_>>(), ["lab"]);
        assert_eq!(created_surroundings(text, "EXTENSION").into_iter().collect::<Vec<_>>(), ["uuid-ossp"]);
    }
}
