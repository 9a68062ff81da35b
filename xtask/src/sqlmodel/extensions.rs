//! Extensions that the types of columns come from.

use std::collections::BTreeSet;

use super::metadata::Metadata;

/// Types by the extensions that bring them.
const TYPES: [(&str, &[&str]); 6] = [
    ("postgis", &["geometry", "geography"]),
    ("postgis_raster", &["raster"]),
    ("vector", &["vector", "halfvec", "sparsevec"]),
    ("citext", &["citext"]),
    ("hstore", &["hstore"]),
    ("ltree", &["ltree", "lquery", "ltxtquery"]),
];

impl Metadata {
    /// The extensions without which the columns could not be made, as far as their types tell.
    pub fn extensions(&self) -> impl Iterator<Item = &'static str> {
        let columns = self.tables.iter().flat_map(|table| &table.columns);
        let words: BTreeSet<String> = columns
            .map(|column| column.sql_type.chars().take_while(|letter| letter.is_alphanumeric()).collect::<String>())
            .map(|word| word.to_lowercase())
            .collect();
        TYPES.into_iter().filter(move |(_, types)| types.iter().any(|it| words.contains(*it))).map(|(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlmodel::{Column, Table};

    #[test]
    fn types_tell_of_extensions() {
        let column = |sql_type: &str| Column { sql_type: sql_type.to_owned(), ..Column::default() };
        let columns = vec![column("VARCHAR(20)"), column("geometry(POINT,4326)"), column("VECTOR(3)")];
        let metadata = Metadata { tables: vec![Table { columns, ..Table::default() }], ..Metadata::default() };
        assert_eq!(metadata.extensions().collect::<Vec<_>>(), ["postgis", "vector"]);
    }
}
