//! What a new object gets beyond its definition: comments, grants, settings that only `ALTER` can make.

use super::alterations::view_columns;
use super::change::Change;
use super::clustering::ChangeClustering;
use super::column_settings::ChangeColumnSettings;
use super::comment::SetComment;
use super::firing::ChangeFiring;
use super::inventory::Item;
use super::not_null::ChangeNotNull;
use super::privileges::ChangePrivileges;
use super::replica_identity::ChangeReplicaIdentity;
use super::row_security::ChangeRowSecurity;
use super::statistics_target::SetStatisticsTarget;
use super::target::{grant_target, target};
use crate::schema::{Column, Firing, Index, MaterialisedView, Privileges, QualifiedName, ReplicaIdentity, Table};
use crate::sql;

/// The operations that follow the creation of this object.
pub fn settings_of_new<'s>(item: Item<'s>) -> Vec<Change<'s>> {
    let mut found: Vec<Change<'s>> = Vec::new();
    macro_rules! comment {
        ($it:expr) => {
            found.extend(SetComment::on_new(|| target(item), &$it.comment).map(Change::from))
        };
    }
    macro_rules! both {
        ($it:expr) => {{
            comment!($it);
            let none = Privileges::default();
            let grants = ChangePrivileges::detect(|| grant_target(item), None, &none, &$it.privileges);
            found.extend(grants.map(Change::from));
        }};
    }
    let fires = |head: &dyn Fn() -> String, kind, name: &str, firing| {
        ChangeFiring::detect(head, kind, name, Firing::Origin, firing).map(Change::from)
    };
    match item {
        Item::Namespace(it) => both!(it),
        Item::Collation(it) => comment!(it),
        Item::Enum(it) => both!(it),
        Item::Composite(it) => {
            both!(it);
            for attribute in &it.attributes {
                let name = || format!("COLUMN {}.{}", it.name, sql::name(&attribute.name));
                found.extend(SetComment::on_new(name, &attribute.comment).map(Change::from));
            }
        }
        Item::Range(it) => both!(it),
        Item::Domain(it) => {
            both!(it);
            // The others are made by themselves.
            for check in it.checks.iter().filter(|check| !check.not_valid) {
                let check_target = || target(Item::DomainCheck(it, check));
                found.extend(SetComment::on_new(check_target, &check.comment).map(Change::from));
            }
        }
        Item::DomainCheck(_, it) => comment!(it),
        Item::Sequence(it) => both!(it),
        Item::Function(it) => both!(it),
        Item::Table(it) => {
            both!(it);
            table(&mut found, it);
        }
        Item::Column(table, it) => column(&mut found, table, it),
        Item::Constraint(_, it) => comment!(it),
        Item::Index(owner, it) => {
            comment!(it);
            index(&mut found, owner, it);
        }
        Item::View(it) => {
            both!(it);
            view_columns(&mut found, "VIEW", &it.name, &[], &it.columns);
        }
        Item::MaterialisedView(it) => {
            both!(it);
            view_columns(&mut found, "MATERIALIZED VIEW", &it.name, &[], &it.columns);
        }
        Item::Rule(owner, it) => {
            comment!(it);
            found.extend(fires(&|| format!("ALTER TABLE {owner}"), "RULE", &it.name, it.firing));
        }
        Item::Trigger(owner, it) => {
            comment!(it);
            found.extend(fires(&|| format!("ALTER TABLE {owner}"), "TRIGGER", &it.name, it.firing));
        }
        Item::Policy(_, it) => comment!(it),
        Item::Statistics(it) => {
            comment!(it);
            let head = || format!("ALTER STATISTICS {}", it.name);
            found.extend(SetStatisticsTarget::detect(head, None, it.statistics).map(Change::from));
        }
        Item::EventTrigger(it) => {
            comment!(it);
            found.extend(fires(&|| format!("ALTER EVENT TRIGGER {}", sql::name(&it.name)), "", &it.name, it.firing));
        }
        Item::Extension(_) | Item::Default(..) => {}
    }
    found
}

fn table<'s>(found: &mut Vec<Change<'s>>, it: &'s Table) {
    found.extend(ChangeRowSecurity::detect((false, false), it).map(Change::from));
    if !matches!(it.replica_identity, ReplicaIdentity::Index(_)) {
        let change = ChangeReplicaIdentity::detect(&it.name, &ReplicaIdentity::Default, &it.replica_identity);
        found.extend(change.map(Change::from));
    }
    for one in &it.columns {
        column(found, it, one);
    }
    for constraint in &it.constraints {
        if matches!(constraint.kind, crate::schema::ConstraintKind::ForeignKey(_)) {
            continue;
        }
        found.extend(
            SetComment::on_new(|| target(Item::Constraint(it, constraint)), &constraint.comment).map(Change::from),
        );
        clustered(found, it, &constraint.name);
    }
}

/// What refers to an index can be said only when that is there.
fn clustered<'s>(found: &mut Vec<Change<'s>>, it: &'s Table, index: &str) {
    if it.clustered_on.as_deref() == Some(index) {
        let head = || format!("ALTER TABLE {}", it.name);
        found.extend(ChangeClustering::detect(head, &None, &it.clustered_on).map(Change::from));
    }
    if it.replica_identity == ReplicaIdentity::Index(index.to_owned()) {
        let change = ChangeReplicaIdentity::detect(&it.name, &ReplicaIdentity::Default, &it.replica_identity);
        found.extend(change.map(Change::from));
    }
}

fn column<'s>(found: &mut Vec<Change<'s>>, table: &'s Table, it: &'s Column) {
    let item = Item::Column(table, it);
    found.extend(ChangeColumnSettings::detect(&table.name, None, it).map(Change::from));
    found.extend(ChangeNotNull::on_new(&table.name, it).map(Change::from));
    found.extend(SetComment::on_new(|| target(item), &it.comment).map(Change::from));
    let none = Privileges::default();
    let grants = ChangePrivileges::detect(|| grant_target(item), Some(&it.name), &none, &it.privileges);
    found.extend(grants.map(Change::from));
}

fn index<'s>(found: &mut Vec<Change<'s>>, owner: &'s QualifiedName, it: &'s Index) {
    for (at, key) in it.keys.iter().enumerate() {
        let head = || format!("ALTER INDEX {} ALTER COLUMN {}", owner.sibling(&it.name), at + 1);
        found.extend(SetStatisticsTarget::detect(head, None, key.statistics).map(Change::from));
    }
}

/// What a table says of an index that is new, or was made anew.
pub fn settings_of_index<'s>(table: &'s Table, index: &str) -> Vec<Change<'s>> {
    let mut found = Vec::new();
    clustered(&mut found, table, index);
    found
}

/// What a materialised view says of an index that is new, or was made anew.
pub fn settings_of_view_index<'s>(view: &'s MaterialisedView, index: &str) -> Vec<Change<'s>> {
    if view.clustered_on.as_deref() != Some(index) {
        return Vec::new();
    }
    let head = || format!("ALTER MATERIALIZED VIEW {}", view.name);
    ChangeClustering::detect(head, &None, &view.clustered_on).map(Change::from).into_iter().collect()
}
