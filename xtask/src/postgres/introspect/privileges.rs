//! Access control lists: as SQL that asks for them, and as values.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::fields::{Fault, Fields};
use crate::schema::{Grant, Grantee, Privileges};

/// One right as [`asked`] gives it: who (`p`ublic, `o`wner, `r`ole), the name of the role, what, and whether it may be passed on.
type Right = (char, Option<String>, String, bool);

/// The rights there are, and those that the object was born with.
#[derive(Deserialize, Default)]
struct Lists {
    now: Option<Vec<Right>>,
    usual: Option<Vec<Right>>,
}

/// SQL that gives NULL where nobody ever granted or revoked anything. `usual` is the list that the object was born with.
pub(super) fn asked(list: &str, usual: &str, owner: &str) -> String {
    let rights = |list: &str| {
        format!(
            "(SELECT json_agg(json_build_array(CASE x.grantee WHEN 0 THEN 'p' WHEN {owner} THEN 'o' ELSE 'r' END, \
             pg_get_userbyid(nullif(nullif(x.grantee, 0), {owner})), x.privilege_type, x.is_grantable)) FROM aclexplode({list}) x)"
        )
    };
    format!(
        "CASE WHEN {list} IS NOT NULL THEN json_build_object('now', {}, 'usual', {}) END",
        rights(list),
        rights(usual)
    )
}

/// The usual list of an object of this kind (a letter of `acldefault`).
pub(super) fn usual(kind: char, owner: &str) -> String {
    format!("acldefault('{kind}', {owner})")
}

/// Reads what [`asked`] asked for.
pub(super) fn read(fields: &mut Fields) -> Result<Privileges, Fault> {
    let lists: Lists = fields.json()?;
    Ok(between(lists))
}

/// Reads the two lists out of JSON that is part of something greater.
pub(super) fn from_json(value: serde_json::Value) -> Result<Privileges, Fault> {
    let lists: Option<Lists> = serde_json::from_value(value).map_err(|error| error.to_string())?;
    Ok(between(lists.unwrap_or_default()))
}

fn between(lists: Lists) -> Privileges {
    let (now, usual) = (grants(lists.now), grants(lists.usual));
    Privileges {
        granted: now.difference(&usual).cloned().collect(),
        revoked: usual.difference(&now).cloned().collect(),
    }
}

fn grants(rights: Option<Vec<Right>>) -> BTreeSet<Grant> {
    let grant = |(who, name, privilege, grantable): Right| {
        let grantee = match who {
            'p' => Grantee::Public,
            'o' => Grantee::Owner,
            _ => Grantee::Role(name.unwrap_or_default()),
        };
        // An owner may always pass on what is theirs; the list says so or not, depending on how it came about.
        Grant { grantable: grantable && grantee != Grantee::Owner, grantee, privilege }
    };
    rights.unwrap_or_default().into_iter().map(grant).collect()
}
