//! Names that nothing has, for what is put aside meanwhile.

use std::collections::HashSet;

use super::direction::Direction;
use crate::schema::{Constraint, QualifiedName, Schema};

impl Direction<'_> {
    /// The name with this behind it, or with a number as well.
    pub(super) fn spare(&self, name: &QualifiedName, suffix: &str) -> QualifiedName {
        spare(name, suffix, self.taken_names.get_or_init(|| taken_names([self.from.schema, self.to.schema])))
    }
}

/// A name that is not among those that are taken: the name with this behind it, or with a number as well.
pub(super) fn spare(name: &QualifiedName, suffix: &str, taken: &HashSet<QualifiedName>) -> QualifiedName {
    let mut spare = name.aside(suffix);
    for number in 2.. {
        if !taken.contains(&spare) {
            break;
        }
        spare = name.aside(&format!("{suffix}{number}"));
    }
    spare
}

/// The names of relations, types, indexes and sequences, of which no two can be the same, in any of these schemas.
pub(super) fn taken_names<const N: usize>(schemas: [&Schema; N]) -> HashSet<QualifiedName> {
    let mut taken = HashSet::new();
    for schema in schemas {
        taken.extend(schema.tables.names().cloned());
        taken.extend(schema.views.names().cloned());
        taken.extend(schema.materialised_views.names().cloned());
        taken.extend(schema.sequences.names().cloned());
        taken.extend(schema.composite_types.names().cloned());
        taken.extend(schema.enums.names().cloned());
        taken.extend(schema.domains.names().cloned());
        taken.extend(schema.range_types.names().cloned());
        for table in &schema.tables {
            let constraints = table.constraints.iter().filter(|it| Constraint::has_index(it)).map(|it| &it.name);
            taken.extend(table.indexes.names().chain(constraints).map(|it| table.name.sibling(it)));
            let counters = table.columns.iter().filter_map(|column| column.identity.as_ref());
            taken.extend(counters.map(|it| it.sequence.clone()));
        }
        for view in &schema.materialised_views {
            taken.extend(view.indexes.names().map(|it| view.name.sibling(it)));
        }
    }
    taken
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
        let taken = taken_names([&schema]);
        assert_eq!(spare(&QualifiedName::public("mood"), "_old", &taken).name, "mood_old3");
        assert_eq!(spare(&QualifiedName::new("lab", "mood"), "_old", &taken).name, "mood_old");
    }
}
