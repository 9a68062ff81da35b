//! Names that nothing has, for what is put aside meanwhile.

use super::direction::Direction;
use crate::schema::{QualifiedName, Schema};

impl Direction<'_> {
    /// The name with this behind it, or with a number as well.
    pub(super) fn spare(&self, name: &QualifiedName, suffix: &str) -> QualifiedName {
        spare(name, suffix, [self.from.schema, self.to.schema])
    }
}

/// A name that nothing has in any of these schemas: the name with this behind it, or with a number as well.
pub(super) fn spare<const N: usize>(name: &QualifiedName, suffix: &str, schemas: [&Schema; N]) -> QualifiedName {
    let is_taken = |name: &QualifiedName| schemas.iter().any(|it| has(it, name));
    let mut spare = name.aside(suffix);
    for number in 2.. {
        if !is_taken(&spare) {
            break;
        }
        spare = name.aside(&format!("{suffix}{number}"));
    }
    spare
}

fn has(schema: &Schema, name: &QualifiedName) -> bool {
    let in_table = |table: &crate::schema::Table| {
        let has_index = table.constraints.get(&name.name).is_some_and(crate::schema::Constraint::has_index);
        let counts = table.columns.iter().filter_map(|column| column.identity.as_ref());
        table.indexes.contains(&name.name) || has_index || counts.into_iter().any(|it| it.sequence == *name)
    };
    schema.tables.contains(name)
        || schema.views.contains(name)
        || schema.materialised_views.contains(name)
        || schema.sequences.contains(name)
        || schema.composite_types.contains(name)
        || schema.enums.contains(name)
        || schema.domains.contains(name)
        || schema.range_types.contains(name)
        || schema.tables.iter().any(|table| table.name.schema == name.schema && in_table(table))
        || schema.materialised_views.iter().any(|it| it.name.schema == name.schema && it.indexes.contains(&name.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::schema::{EnumType, Index, Table};

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let mut table = Table::new(QualifiedName::public("t"));
        table.indexes.insert(Index::new("mood_old2"));
        let old = EnumType { name: QualifiedName::public("mood_old"), ..EnumType::default() };
        let schema =
            Schema { tables: [table].into_iter().collect(), enums: [old].into_iter().collect(), ..Schema::default() };
        assert_eq!(spare(&QualifiedName::public("mood"), "_old", [&schema]).name, "mood_old3");
        assert_eq!(spare(&QualifiedName::new("lab", "mood"), "_old", [&schema]).name, "mood_old");
    }
}
