//! What is wanted of the database: what is stated, with what stays. Where something that stays rests on what changes, the
//! server says what becomes of it.

use super::stated::Stated;
use super::{Context, views_in_the_way};
use crate::diagnostic::{Code, Diagnostic, Exit, Result};
use crate::diff::{Change, Renames};
use crate::plan::{Answers, Plan};
use crate::postgres::{Scratch, ScratchServer};
use crate::schema::{ObjectId, QualifiedName, Schema};
use crate::wanted::{Statement, beside_whole, complete, moved, rests_on_renamed, without_abandoned};

const UNKNOWN: Code = Code::new("drop-unknown");

impl Context {
    /// The schema after renames. Where something rests on what is renamed, the server says how that reads then.
    pub(crate) async fn renamed(
        &self,
        server: &mut ScratchServer,
        stated: &Schema,
        current: &Schema,
        renames: &Renames,
    ) -> Result<Schema> {
        let renamed = renames.applied(current);
        match rests_on_renamed(&renames.0, stated, &renamed) {
            true => self.renamed_by_the_server(server, current, renames).await,
            false => Ok(renamed),
        }
    }

    /// The wanted schema beside a database with this one, which is what it is after renames.
    pub(crate) async fn wanted(&self, server: &mut ScratchServer, stated: &Stated, renamed: &Schema) -> Result<Schema> {
        let stated = match stated {
            Stated::Whole(schema) => return Ok(beside_whole(schema, renamed).schema),
            Stated::InPart(stated) => stated,
        };
        let completed = complete(stated, renamed).schema;
        let moved = moved(&completed, &stated.schema, renamed);
        views_in_the_way(&moved)?;
        if moved.is_empty() {
            return Ok(completed);
        }
        self.completed_by_the_server(server, stated, &completed, renamed).await
    }

    /// What a schema looks like after renames: views then say other names.
    async fn renamed_by_the_server(
        &self,
        server: &mut ScratchServer,
        current: &Schema,
        renames: &Renames,
    ) -> Result<Schema> {
        let (scratch, mut sql) = self.empty_for(server, current).await?;
        for rename in renames.operations(current) {
            for statement in Change::from(rename).statements() {
                sql.push_str(&format!("{};\n", statement.text()));
            }
        }
        self.schema_in(server, scratch, "the current schema", &sql).await
    }

    /// An empty database, and the SQL that makes a schema in it.
    pub(super) async fn empty_for(&self, server: &mut ScratchServer, schema: &Schema) -> Result<(Scratch, String)> {
        let mut scratch = server.empty().await?;
        let empty = self.introspect(&mut scratch.database).await?;
        let plan = Plan::between(&empty, schema, &Answers::default())?;
        Ok((scratch, plan.up.text()))
    }

    async fn completed_by_the_server(
        &self,
        server: &mut ScratchServer,
        stated: &Statement,
        completed: &Schema,
        current: &Schema,
    ) -> Result<Schema> {
        let (scratch, sql) = self.empty_for(server, completed).await?;
        let mut made = self.schema_in(server, scratch, "the wanted schema", &sql).await?;
        for view in made.materialised_views.iter_mut() {
            view.populated = completed.materialised_views.get(&view.name).is_none_or(|it| it.populated);
        }
        made.unread.clone_from(&completed.unread);
        without_abandoned(&mut made, stated, current);
        Ok(made)
    }
}

/// The SQL that makes these objects where there is nothing in their way.
pub(super) fn made_anew(schema: &Schema) -> Result<String> {
    Ok(Plan::between(&Schema::default(), schema, &Answers::default())?.up.text())
}

/// The schema without the views that shall go although no file ever stated them.
pub(crate) fn without_views(schema: &Schema, names: &[String]) -> Result<Schema> {
    let mut schema = schema.clone();
    for name in names {
        let of_both = schema.views.names().chain(schema.materialised_views.names());
        if let Some(view) = QualifiedName::meant(name, of_both).cloned() {
            schema.views.remove(&view);
            schema.materialised_views.remove(&view);
        } else {
            let title = format!("--drop-view {name}: the database has no view of this name");
            return Err(Diagnostic::error(UNKNOWN, Exit::Usage, title)
                .try_command("See which there are", "cargo xtask schema dump")
                .into());
        }
    }
    Ok(schema)
}

/// As a person says it: `public.v`.
pub(super) fn view_name(id: &ObjectId) -> Option<&QualifiedName> {
    match id {
        ObjectId::View(name) | ObjectId::MaterialisedView(name) => Some(name),
        _ => None,
    }
}
