//! Each view of a schema as a script of its own, as a file of the project would state it.

use std::collections::BTreeMap;

use super::answers::Answers;
use super::direction::Direction;
use super::error::PlanError;
use crate::diff::{Create, Item, Statement};
use crate::schema::{MaterialisedView, QualifiedName, Schema, View};

/// What creates one view, with all that is part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewScript {
    /// The view.
    pub name: QualifiedName,
    /// Whether it is materialised.
    pub is_materialised: bool,
    /// The statements: the view, then its indexes, rules, triggers, comments, grants and settings.
    pub text: String,
}

/// A script for each view and materialised view, in the order of their names. It depends on nothing but that view.
///
/// # Errors
/// Objects that need each other in a circle that cannot be cut.
pub fn view_scripts(schema: &Schema) -> Result<Vec<ViewScript>, PlanError> {
    let (empty, answers) = (Schema::default(), Answers::default());
    let mut direction = Direction::of(&empty, schema, &answers);
    let steps = direction.sorted()?;
    let mut texts: BTreeMap<&QualifiedName, Vec<String>> = BTreeMap::new();
    for step in &steps {
        let Some(item) = direction.to.get(&step.1) else { continue };
        let Some(view) = view_of(schema, item) else { continue };
        let mut statements: Vec<Statement> =
            direction.changes_of(step).iter().flat_map(|change| change.statements()).collect();
        if let Some((first, plain)) = statements.first_mut().zip(without_columns(item)) {
            *first = plain;
        }
        texts.entry(view).or_default().extend(statements.iter().map(Statement::text));
    }
    let script = |(name, statements): (&QualifiedName, Vec<String>)| ViewScript {
        name: name.clone(),
        is_materialised: schema.materialised_views.contains(name),
        text: written(&statements),
    };
    Ok(texts.into_iter().map(script).collect())
}

/// The view that an object is, or is part of.
fn view_of<'s>(schema: &'s Schema, item: Item<'s>) -> Option<&'s QualifiedName> {
    let name = match item {
        Item::View(it) => &it.name,
        Item::MaterialisedView(it) => &it.name,
        Item::Index(owner, _) | Item::Rule(owner, _) | Item::Trigger(owner, _) => owner,
        Item::Statistics(it) => &it.table,
        _ => return None,
    };
    (schema.views.contains(name) || schema.materialised_views.contains(name)).then_some(name)
}

/// `CREATE VIEW` without a list of columns: the query names them itself, and a list would have to be kept in step with it.
fn without_columns(item: Item<'_>) -> Option<Statement> {
    let first = |item: Item<'_>| {
        let bare = Create::of(item);
        crate::diff::Change::from(bare).statements().into_iter().next()
    };
    match item {
        Item::View(it) => first(Item::View(&View { columns: Vec::new(), ..it.clone() })),
        Item::MaterialisedView(it) => {
            first(Item::MaterialisedView(&MaterialisedView { columns: Vec::new(), ..it.clone() }))
        }
        _ => None,
    }
}

fn written(statements: &[String]) -> String {
    let ended = statements.iter().map(|sql| format!("{};\n", sql.trim_end().trim_end_matches(';')));
    ended.collect::<Vec<String>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Grant, Grantee, Index, IndexKey, Namespace, Table, ViewColumn};

    #[test]
    fn each_view_comes_with_what_is_part_of_it_and_nothing_else() {
        let name = QualifiedName::new("lab", "totals");
        let mut index = Index::new("uq");
        index.unique = true;
        index.keys.push(IndexKey::column("n"));
        let column = ViewColumn { name: "n".to_owned(), type_name: "bigint".to_owned(), ..ViewColumn::default() };
        let mut totals = MaterialisedView {
            name: name.clone(),
            columns: vec![column.clone()],
            definition: "SELECT count(*) AS n\n   FROM public.t".to_owned(),
            comment: Some("Totals".to_owned()),
            ..MaterialisedView::default()
        };
        totals.indexes.insert(index);
        let reader = Grantee::Role("reader".to_owned());
        totals.privileges.granted.insert(Grant { grantee: reader, privilege: "SELECT".to_owned(), grantable: false });
        let plain = View {
            name: QualifiedName::public("seen"),
            columns: vec![column],
            definition: "SELECT n FROM lab.totals".to_owned(),
            ..View::default()
        };
        let lab = Namespace { name: "lab".to_owned(), ..Namespace::default() };
        let schema = Schema {
            namespaces: [lab].into_iter().collect(),
            tables: [Table::new(QualifiedName::public("t"))].into_iter().collect(),
            views: [plain].into_iter().collect(),
            materialised_views: [totals].into_iter().collect(),
            ..Schema::default()
        };
        let scripts = view_scripts(&schema).expect("no circle");
        let texts: Vec<(bool, &str)> = scripts.iter().map(|it| (it.is_materialised, it.text.as_str())).collect();
        assert_eq!(
            texts,
            [
                (
                    true,
                    "CREATE MATERIALIZED VIEW lab.totals AS\nSELECT count(*) AS n\n   FROM public.t\nWITH NO DATA;\n\n\
                     COMMENT ON MATERIALIZED VIEW lab.totals IS 'Totals';\n\n\
                     GRANT SELECT ON TABLE lab.totals TO reader;\n\n\
                     CREATE UNIQUE INDEX uq ON lab.totals (n);\n"
                ),
                (false, "CREATE VIEW public.seen AS\nSELECT n FROM lab.totals;\n"),
            ]
        );
    }
}
