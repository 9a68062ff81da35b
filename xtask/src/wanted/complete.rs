//! What is stated, completed by what only the database can say.

use std::collections::BTreeSet;

use super::standing::{holds, is_relation, is_type};
use super::statement::Statement;
use super::{abandoned, born, counters, relations, table};
use crate::schema::{ExtendedStatistics, Object, ObjectId, Objects, Schema};

/// A schema to compare the database with.
#[derive(Clone, Debug, Default)]
pub struct Completed {
    /// What is stated, and what stays.
    pub schema: Schema,
    /// Views of the database that no file states.
    pub views_left_alone: Vec<ObjectId>,
    /// Extensions of the database that no file creates, where files state the whole.
    pub extensions_left_alone: Vec<ObjectId>,
}

/// Completes what models and files state. Objects of the database that these cannot state stay; so does what they leave
/// open of their own: grants, storage parameters, triggers, names that the server chose.
pub fn complete(stated: &Statement, current: &Schema) -> Completed {
    let mut wanted = stated.schema.clone();
    stay(&mut wanted.extensions, &current.extensions);
    for it in wanted.extensions.iter_mut() {
        // Which version is installed is not for models to say.
        if let Some(old) = current.extensions.get(&it.name) {
            it.clone_from(old);
        }
    }
    stay(&mut wanted.namespaces, &current.namespaces);
    words(&mut wanted, current);
    types_stay(&mut wanted, current);
    stay(&mut wanted.collations, &current.collations);
    stay(&mut wanted.functions, &current.functions);
    counters::complete(&mut wanted, current);
    table::complete(&mut wanted, stated, current);
    born::grant(&mut wanted, current);
    relations::partitions_stay(&mut wanted, current);
    let views_left_alone = relations::views_stay(&mut wanted, current);
    let stays = |it: &&ExtendedStatistics| wanted.tables.contains(&it.table) && !wanted.statistics.contains(&it.name);
    let statistics: Vec<ExtendedStatistics> = current.statistics.iter().filter(stays).cloned().collect();
    wanted.statistics.extend(statistics);
    stay(&mut wanted.event_triggers, &current.event_triggers);
    wanted.default_privileges.extend(current.default_privileges.iter().cloned());
    wanted.unread.clone_from(&current.unread);
    for edge in current.dependencies.iter() {
        if !holds(&stated.schema, &edge.dependent) && holds(&wanted, &edge.dependent) && holds(&wanted, &edge.on) {
            wanted.dependencies.insert(edge.dependent.clone(), edge.on.clone());
        }
    }
    abandoned::without_abandoned(&mut wanted, stated, current);
    Completed { schema: wanted, views_left_alone, extensions_left_alone: Vec::new() }
}

/// Takes over what is not stated.
pub(super) fn stay<T: Object + Clone>(wanted: &mut Objects<T>, current: &Objects<T>)
where
    T::Name: Ord,
{
    let stated: BTreeSet<T::Name> = wanted.names().cloned().collect();
    wanted.extend(current.iter().filter(|it| !stated.contains(it.name())).cloned());
}

fn types_stay(wanted: &mut Schema, current: &Schema) {
    macro_rules! stay {
        ($($kind:ident),+) => {
            $(for it in &current.$kind {
                // A table has a type of its name, too.
                if !is_type(wanted, &it.name) && !is_relation(wanted, &it.name) {
                    wanted.$kind.insert(it.clone());
                }
            })+
        };
    }
    stay!(enums, domains, composite_types, range_types);
}

/// Comments and grants where none are stated.
fn words(wanted: &mut Schema, current: &Schema) {
    macro_rules! words {
        ($($kind:ident),+) => {
            $(for it in wanted.$kind.iter_mut() {
                let Some(old) = current.$kind.get(&it.name) else { continue };
                if it.privileges.is_default() {
                    it.privileges.clone_from(&old.privileges);
                }
                if it.comment.is_none() {
                    it.comment.clone_from(&old.comment);
                }
            })+
        };
    }
    words!(namespaces, enums, domains, composite_types, range_types, functions, sequences);
    for it in wanted.domains.iter_mut().filter(|it| it.not_null) {
        // Models know no name of it.
        let old = current.domains.get(&it.name).filter(|old| old.not_null);
        it.required = it.required.take().or_else(|| old?.required.clone());
    }
}
