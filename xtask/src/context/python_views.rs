//! Views whose source is a Python module: its SELECTs, made in a scratch database and put in the place of what the project
//! states.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::Context;
use super::completed::view_name;
use super::exact::unknown_answer;
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result};
use crate::postgres::ScratchServer;
use crate::revision::RevisionScript;
use crate::schema::{MaterialisedView, ObjectId, QualifiedName, Schema, View, ViewColumn};
use crate::sqlmodel::{ExactView, exact_views};
use crate::tools::read_views;

const NOTHING: Code = Code::new("python-views-missing");
const TWICE: Code = Code::new("python-view-twice");

/// Where a view goes that nobody says a schema for.
const DEFAULT_SCHEMA: &str = "public";

/// What modules make of the views of a project.
pub(crate) struct PythonViews {
    /// What is wanted, with the views as the modules define them.
    pub(crate) schema: Schema,
    /// The views that they define.
    pub(crate) names: BTreeSet<QualifiedName>,
}

impl Context {
    /// Imports modules (`module` or `module:NAME`) and puts their views in the place of those that are wanted of a database
    /// like this one. What a module does not say of a view (indexes, comments, grants) stays as it is.
    pub(crate) async fn views_of_python(
        &self,
        server: &mut ScratchServer,
        current: &Schema,
        modules: &[String],
        schema: Option<&str>,
    ) -> Result<PythonViews> {
        let found = self.read_python_views(modules)?;
        let wanted = match self.states_models() {
            true => self.wanted_beside(server, current).await?,
            false => current.clone(),
        };
        let found = named(found, &wanted, schema)?;
        let made = self.made_by_python(server, &wanted, &found).await?;
        let mut schema = wanted;
        for (name, view) in &found {
            put(&mut schema, &made, name, !view.indexes.is_empty());
        }
        Ok(PythonViews { schema, names: found.into_keys().collect() })
    }

    fn read_python_views(&self, modules: &[String]) -> Result<Vec<ExactView>> {
        let python = self.interpreter(None)?;
        let (roots, _) = self.model_modules();
        // A module may also stand beside the models' packages.
        let roots = roots.iter().map(|root| self.project.path(root)).chain([Utf8PathBuf::from(self.project.root())]);
        let request = json!({
            "modules": [],
            "views": modules,
            "roots": roots.collect::<Vec<_>>(),
            "top": self.project.root(),
        });
        let answer = read_views(&python, self.project.root(), &request.to_string())?;
        let answer = exact_views(&answer).map_err(|error| unknown_answer(&python, &error))?;
        let (nothing, failures): (Vec<_>, Vec<_>) = answer.failures.into_iter().partition(|it| it.kind == "nothing");
        let nothing = nothing.iter().map(|failure| {
            Diagnostic::error(NOTHING, Exit::Usage, format!("{} defines no views", failure.subject))
                .because("a view is a public variable that holds a select(), or stands in the list, dict or function that is named")
                .advise("Name what holds them: --python module:NAME")
        });
        let wrong = nothing.collect::<Vec<_>>().into_iter().chain(self.import_failures(
            "modules",
            &failures,
            &python,
            &answer.python,
        ));
        Report::from_all(wrong.collect()).map_or(Ok(answer.views), Err)
    }

    /// The views in a database like the wanted one, each made of its query.
    async fn made_by_python(
        &self,
        server: &mut ScratchServer,
        wanted: &Schema,
        found: &BTreeMap<QualifiedName, ExactView>,
    ) -> Result<Schema> {
        let (scratch, base) = self.empty_for(server, &without(wanted, found.keys().cloned().collect())).await?;
        let mut scripts = vec![RevisionScript::from_text(Utf8Path::new("the wanted schema"), base.into())];
        for (name, view) in found {
            let kind = if view.materialised == Some(false) { "VIEW" } else { "MATERIALIZED VIEW" };
            let indexes: String = view.indexes.iter().map(|index| format!("{index};\n")).collect();
            let text = format!("CREATE {kind} {name} AS\n{};\n{indexes}", view.sql);
            scripts.push(RevisionScript::from_text(Utf8Path::new(&view.source), text.into()));
        }
        self.schema_of_all_in(server, scratch, &scripts).await
    }
}

/// The views by their names. A view that says no schema is where the project or its database has one of its name.
fn named(found: Vec<ExactView>, wanted: &Schema, told: Option<&str>) -> Result<BTreeMap<QualifiedName, ExactView>> {
    let mut named: BTreeMap<QualifiedName, ExactView> = BTreeMap::new();
    let mut twice = Vec::new();
    for mut view in found {
        let there: Vec<&str> = wanted
            .views
            .names()
            .chain(wanted.materialised_views.names())
            .filter(|it| it.name == view.name)
            .map(|it| it.schema.as_str())
            .collect();
        let schema = match (&view.schema, &there[..]) {
            (Some(said), _) => said.as_str(),
            (None, [only]) => only,
            (None, _) => told.unwrap_or(DEFAULT_SCHEMA),
        };
        let name = QualifiedName::new(schema, view.name.clone());
        // A view that is there keeps its kind; a new one is materialised, as most that are worth a file.
        let is_plain = wanted.views.contains(&name);
        view.materialised = Some(view.materialised.unwrap_or(!is_plain));
        match named.get(&name) {
            Some(other) if other.sql != view.sql => twice.push(
                Diagnostic::error(TWICE, Exit::Usage, format!("two queries are called {name}"))
                    .because(format!("one is in {}, another in {}", other.source, view.source))
                    .advise("Name the one that is meant: --python module:NAME"),
            ),
            _ => {
                named.insert(name, view);
            }
        }
    }
    Report::from_all(twice).map_or(Ok(named), Err)
}

/// The schema without these views and those that read them.
fn without(schema: &Schema, mut gone: BTreeSet<QualifiedName>) -> Schema {
    loop {
        let is_gone = |id: &ObjectId| match id {
            ObjectId::Column(owner, _) => gone.contains(owner),
            id => view_name(id).is_some_and(|name| gone.contains(name)),
        };
        let edges = schema.dependencies.iter().filter(|edge| is_gone(&edge.on));
        let more: BTreeSet<QualifiedName> =
            edges.filter_map(|edge| view_name(&edge.dependent)).filter(|name| !gone.contains(*name)).cloned().collect();
        if more.is_empty() {
            break;
        }
        gone.extend(more);
    }
    let mut schema = schema.clone();
    for name in &gone {
        schema.views.remove(name);
        schema.materialised_views.remove(name);
    }
    schema
}

/// Puts a view as it was made in the place of what is wanted; what the query does not say stays.
fn put(schema: &mut Schema, made: &Schema, name: &QualifiedName, with_indexes: bool) {
    if let Some(view) = made.materialised_views.get(name) {
        schema.views.remove(name);
        let old = schema.materialised_views.remove(name);
        let new = match old {
            None => view.clone(),
            Some(old) => MaterialisedView {
                definition: view.definition.clone(),
                indexes: if with_indexes { view.indexes.clone() } else { old.indexes.clone() },
                columns: columns(&view.columns, &old.columns),
                ..old
            },
        };
        schema.materialised_views.insert(new);
    } else if let Some(view) = made.views.get(name) {
        schema.materialised_views.remove(name);
        let new = match schema.views.remove(name) {
            None => view.clone(),
            Some(old) => {
                View { definition: view.definition.clone(), columns: columns(&view.columns, &old.columns), ..old }
            }
        };
        schema.views.insert(new);
    }
}

/// New columns, with what was said of the old ones of their names.
fn columns(new: &[ViewColumn], old: &[ViewColumn]) -> Vec<ViewColumn> {
    let kept = |column: &ViewColumn| match old.iter().find(|it| it.name == column.name) {
        Some(old) => ViewColumn { name: column.name.clone(), type_name: column.type_name.clone(), ..old.clone() },
        None => column.clone(),
    };
    new.iter().map(kept).collect()
}
