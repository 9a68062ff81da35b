//! A schema that `.sql` files state as a whole, and what the database may have beside it all the same.

use super::complete::{Completed, stay};
use super::{born, standing::holds};
use crate::schema::{ObjectId, Privileges, Schema};

/// Completes a schema that is stated as a whole. An extension that no file creates stays: whoever runs the server may have
/// installed it. Where no file grants anything, grants stay as they are: they are made elsewhere.
pub fn beside_whole(stated: &Schema, current: &Schema) -> Completed {
    let mut wanted = stated.clone();
    let kept = current.extensions.iter().filter(|it| !stated.extensions.contains(&it.name));
    let left_alone: Vec<ObjectId> = kept.clone().map(|it| ObjectId::Extension(it.name.clone())).collect();
    let schemas: Vec<String> = kept.map(|it| it.schema.clone()).collect();
    let mut namespaces = current.namespaces.clone();
    namespaces.retain(|it| schemas.contains(&it.name));
    stay(&mut wanted.namespaces, &namespaces);
    stay(&mut wanted.extensions, &current.extensions);
    if !grants_anything(stated) {
        take_grants(&mut wanted, current);
        wanted.default_privileges.clone_from(&current.default_privileges);
        born::grant(&mut wanted, current);
    }
    for edge in current.dependencies.iter().filter(|edge| left_alone.contains(&edge.on)) {
        if holds(&wanted, &edge.dependent) {
            wanted.dependencies.insert(edge.dependent.clone(), edge.on.clone());
        }
    }
    Completed { schema: wanted, extensions_left_alone: left_alone, ..Completed::default() }
}

/// Whether any grant is stated, of any object.
fn grants_anything(schema: &Schema) -> bool {
    let mut all: Vec<&Privileges> = Vec::new();
    macro_rules! add {
        ($($kind:ident),+) => { $(all.extend(schema.$kind.iter().map(|it| &it.privileges));)+ };
    }
    add!(namespaces, enums, domains, composite_types, range_types, functions, sequences, tables, views);
    add!(materialised_views);
    all.extend(schema.tables.iter().flat_map(|table| &table.columns).map(|column| &column.privileges));
    !schema.default_privileges.is_empty() || all.iter().any(|it| !it.is_default())
}

/// Gives every object the grants that it has.
fn take_grants(wanted: &mut Schema, current: &Schema) {
    macro_rules! take {
        ($($kind:ident),+) => {
            $(for it in wanted.$kind.iter_mut() {
                if let Some(old) = current.$kind.get(&it.name) {
                    it.privileges.clone_from(&old.privileges);
                }
            })+
        };
    }
    take!(namespaces, enums, domains, composite_types, range_types, functions, sequences, tables, views);
    take!(materialised_views);
    for table in wanted.tables.iter_mut() {
        let Some(old) = current.tables.get(&table.name) else { continue };
        for column in &mut table.columns {
            if let Some(old) = old.column(&column.name) {
                column.privileges.clone_from(&old.privileges);
            }
        }
    }
    for view in wanted.views.iter_mut() {
        let Some(old) = current.views.get(&view.name) else { continue };
        for column in &mut view.columns {
            if let Some(old) = old.columns.iter().find(|it| it.name == column.name) {
                column.privileges.clone_from(&old.privileges);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Extension, Grant, Grantee, Namespace, QualifiedName, Table};

    fn grant(to: &str) -> Privileges {
        let grantee = Grantee::Role(to.to_owned());
        let grant = Grant { grantee, privilege: "SELECT".to_owned(), grantable: false };
        Privileges { granted: [grant].into(), ..Privileges::default() }
    }

    fn with_table(privileges: Privileges) -> Schema {
        let table = Table { privileges, ..Table::new(QualifiedName::public("t")) };
        Schema { tables: [table].into_iter().collect(), ..Schema::default() }
    }

    fn granted(schema: &Schema) -> Privileges {
        schema.tables.iter().next().map(|it| it.privileges.clone()).unwrap_or_default()
    }

    #[test]
    fn grants_stay_where_none_are_stated_and_are_compared_where_some_are() {
        let current = with_table(grant("reader"));
        let silent = beside_whole(&with_table(Privileges::default()), &current);
        assert_eq!(granted(&silent.schema), grant("reader"));
        let stated = beside_whole(&with_table(grant("writer")), &current);
        assert_eq!(granted(&stated.schema), grant("writer"));
    }

    #[test]
    fn an_extension_that_no_file_creates_stays_with_its_schema() {
        let extension = Extension { name: "citext".into(), schema: "ext".into(), ..Extension::default() };
        let schema = |name: &str| Namespace { name: name.to_owned(), ..Namespace::default() };
        let current = Schema {
            extensions: [extension].into_iter().collect(),
            namespaces: [schema("ext"), schema("other")].into_iter().collect(),
            ..Schema::default()
        };
        let completed = beside_whole(&Schema::default(), &current);
        assert_eq!(completed.schema.extensions, current.extensions);
        assert_eq!(completed.schema.namespaces.names().collect::<Vec<_>>(), ["ext"]);
        assert_eq!(completed.extensions_left_alone, [ObjectId::Extension("citext".into())]);
    }
}
