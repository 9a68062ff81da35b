//! A whole schema as the script that creates it in an empty database.

use super::answers::Answers;
use super::direction;
use super::error::PlanError;
use super::script::{Block, Script};
use crate::diff::Statement;
use crate::schema::{Namespace, Schema};

/// The script that makes an empty database have this schema. It depends on nothing but the schema, so that two of them can be
/// compared line by line.
///
/// # Errors
/// Objects that need each other in a circle that cannot be cut.
pub fn dump(schema: &Schema) -> Result<Script, PlanError> {
    // A new database has this one.
    let public = Namespace { name: "public".to_owned(), ..Namespace::default() };
    let empty = Schema { namespaces: [public].into_iter().collect(), ..Schema::default() };
    let mut script = direction::script(&empty, schema, &Answers::default())?;
    for statement in script.blocks.iter_mut().flat_map(|block| &mut block.statements) {
        // Nobody waits for a table that nobody has, and nothing is in it.
        statement.remarks.clear();
        statement.destroys.clear();
    }
    if !schema.functions.is_empty() {
        let statements = vec![Statement::whole("SET check_function_bodies = off")];
        script.blocks.insert(0, Block { title: "functions may speak of what comes after them".to_owned(), statements });
    }
    script.notes = schema.unread.iter().map(|what| format!("not written: {what}")).collect();
    Ok(script)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, Index, IndexKey, QualifiedName, Table};

    #[test]
    fn it_is_plain_and_says_what_it_lacks() {
        let mut table = Table::new(QualifiedName::public("run"));
        table.columns.push(Column { not_null: true, ..Column::new("id", "bigint") });
        table.comment = Some("A run".to_owned());
        let mut index = Index::new("run_id");
        index.keys.push(IndexKey::column("id"));
        table.indexes.insert(index);
        let public = Namespace { name: "public".to_owned(), ..Namespace::default() };
        let schema = Schema {
            namespaces: [public].into_iter().collect(),
            tables: [table].into_iter().collect(),
            unread: vec!["operator public.===(integer,integer)".to_owned()],
            ..Schema::default()
        };
        let text = dump(&schema).expect("no circle").text();
        assert!(text.starts_with("-- not written: operator public.===(integer,integer)\n"), "{text}");
        assert!(text.contains("CREATE TABLE public.run (\n    id bigint NOT NULL\n);\n"), "{text}");
        assert!(text.contains("COMMENT ON TABLE public.run IS 'A run';\n"), "{text}");
        assert!(text.contains("CREATE INDEX run_id ON public.run (id);\n"), "{text}");
        assert!(!text.contains("lock:"), "nothing is locked: {text}");
    }
}
