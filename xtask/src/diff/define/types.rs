//! Types and collations.

use crate::schema::{Attribute, Collation, CompositeType, Domain, EnumType, RangeType};
use crate::sql;

/// `CREATE TYPE … AS ENUM`.
pub fn enumeration(it: &EnumType) -> String {
    let values: Vec<String> = it.values.iter().map(|value| sql::literal(value)).collect();
    let line = format!("CREATE TYPE {} AS ENUM ({})", it.name, values.join(", "));
    if line.len() <= 100 {
        line
    } else {
        format!("CREATE TYPE {} AS ENUM (\n    {}\n)", it.name, values.join(",\n    "))
    }
}

/// `CREATE DOMAIN`, with its checks.
pub fn domain(it: &Domain) -> String {
    domain_with(it, it.chosen_not_null())
}

/// The same where an old one is still there: the server would give the constraint that refuses NULL another name than it has alone.
pub fn domain_beside_old(it: &Domain) -> String {
    domain_with(it, it.required.as_deref().filter(|_| it.not_null))
}

fn domain_with(it: &Domain, not_null: Option<&str>) -> String {
    let mut text = format!("CREATE DOMAIN {} AS {}", it.name, it.base_type);
    if let Some(collation) = &it.collation {
        text.push_str(&format!(" COLLATE {}", super::found_name(collation)));
    }
    if let Some(default) = &it.default {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    if let Some(name) = not_null {
        text.push_str(&format!(" CONSTRAINT {}", sql::name(name)));
    }
    if it.not_null {
        text.push_str(" NOT NULL");
    }
    for check in it.checks.iter().filter(|check| !check.not_valid) {
        let expression = super::parenthesised(&check.expression);
        text.push_str(&format!("\n    CONSTRAINT {} CHECK {expression}", sql::name(&check.name)));
    }
    text
}

/// `CREATE TYPE … AS (…)`.
pub fn composite(it: &CompositeType) -> String {
    let attributes: Vec<String> = it.attributes.iter().map(attribute).collect();
    format!("CREATE TYPE {} AS (\n    {}\n)", it.name, attributes.join(",\n    "))
}

/// One attribute.
fn attribute(it: &Attribute) -> String {
    let collation =
        it.collation.as_ref().map_or(String::new(), |collation| format!(" COLLATE {}", super::found_name(collation)));
    format!("{} {}{collation}", sql::name(&it.name), it.type_name)
}

/// `CREATE TYPE … AS RANGE`.
pub fn range(it: &RangeType) -> String {
    let mut parts = vec![format!("SUBTYPE = {}", it.subtype)];
    let named = [
        ("SUBTYPE_OPCLASS", &it.operator_class),
        ("COLLATION", &it.collation),
        ("CANONICAL", &it.canonical),
        ("SUBTYPE_DIFF", &it.subtype_diff),
        ("MULTIRANGE_TYPE_NAME", &it.multirange),
    ];
    parts.extend(named.iter().filter_map(|(word, name)| Some(format!("{word} = {}", name.as_ref()?))));
    format!("CREATE TYPE {} AS RANGE ({})", it.name, parts.join(", "))
}

/// `CREATE COLLATION`.
pub fn collation(it: &Collation) -> String {
    let is_word = |name: &str| matches!(name, "provider" | "deterministic");
    let options = it.options.iter().map(|(name, value)| {
        if is_word(name) { format!("{name} = {value}") } else { format!("{name} = {}", sql::literal(value)) }
    });
    format!("CREATE COLLATION {} ({})", it.name, options.collect::<Vec<_>>().join(", "))
}
