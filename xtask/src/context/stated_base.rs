//! What models and view files state, made in a template that is kept: after an edit only the tables and views are made anew that
//! it concerns. That is a rehearsal, so nothing has to be copied or dropped.

use camino::{Utf8Path, Utf8PathBuf};

use super::scratch::{run_in_turn, wanted_fails};
use super::{Context, STATE_FOLDER, keep_newest};
use crate::diagnostic::Result;
use crate::files::digest;
use crate::postgres::{Database, Scratch, ScratchServer};
use crate::revision::RevisionScript;
use crate::schema::{QualifiedName, Schema};
use crate::sqlmodel::Parts;
use crate::wanted::{Made, Steps, view_of_file};

/// Where it is noted what a template was made of, in the state folder.
const FOLDER: &str = "cache/models";

/// How many such notes are kept.
const KEPT: usize = 8;

/// What is made before all else.
pub(super) struct Base {
    /// Schemas and extensions, as SQL.
    pub(super) surroundings: String,
    /// What the models use of the database.
    pub(super) before: Option<RevisionScript>,
    /// The models.
    pub(super) models: Option<RevisionScript>,
    /// The same part by part, where nothing else comes with them.
    pub(super) parts: Option<Parts>,
}

/// What is made over the models, in order: each script with the view that it makes, where it makes one and nothing else.
struct Over<'s>(Vec<(Option<QualifiedName>, &'s RevisionScript)>);

impl<'s> Over<'s> {
    /// What the files use of the database may stand below their views, which then are as any other file.
    fn of(used: Option<&'s RevisionScript>, files: &'s [RevisionScript]) -> Self {
        let files = files.iter().map(|file| (view_of_file(&file.text).filter(|_| used.is_none()), file));
        Self(used.into_iter().map(|used| (None, used)).chain(files).collect())
    }

    fn views(&self) -> impl Iterator<Item = (&QualifiedName, &'s RevisionScript)> {
        self.0.iter().filter_map(|(view, script)| Some((view.as_ref()?, *script)))
    }
}

/// A template and the way from it.
struct Near {
    key: String,
    made: Made,
    steps: Steps,
}

impl Context {
    /// The schema that models make, with what the files over them use of the database, and the files.
    pub(super) async fn schema_over(
        &self,
        server: &mut ScratchServer,
        base: &Base,
        used: Option<&RevisionScript>,
        files: &[RevisionScript],
    ) -> Result<Schema> {
        if let Some(parts) = &base.parts
            && base.scripts().chain(used).chain(files).all(|script| script.transactional)
            && let Some(schema) = self.schema_over_kept(server, base, parts, &Over::of(used, files)).await?
        {
            return Ok(schema);
        }
        let scripts: Vec<RevisionScript> = base.scripts().chain(used).chain(files).cloned().collect();
        self.schema_of_scripts(server, &base.surroundings, &scripts).await
    }

    async fn schema_over_kept(
        &self,
        server: &mut ScratchServer,
        base: &Base,
        parts: &Parts,
        over: &Over<'_>,
    ) -> Result<Option<Schema>> {
        let texts: Vec<&str> = over.views().map(|(_, file)| &*file.text).collect();
        let mut near = self.near(&base.ground(), parts, &texts);
        let keys: Vec<String> = near.iter().map(|near| near.key.clone()).collect();
        if let Some((at, scratch)) = server.rehearsal(&keys).await?
            && let Some(schema) = self.rehearse_over(server, scratch, &near.swap_remove(at), over).await?
        {
            return Ok(Some(schema));
        }
        let Some(kept) = self.keep_base(server, base, parts, over).await? else { return Ok(None) };
        let Some((_, scratch)) = server.rehearsal(std::slice::from_ref(&kept.key)).await? else { return Ok(None) };
        self.rehearse_over(server, scratch, &kept, over).await
    }

    /// What is made in a rehearsal; `None` where it cannot be made this way, which says nothing of models and files.
    async fn rehearse_over(
        &self,
        server: &mut ScratchServer,
        mut scratch: Scratch,
        near: &Near,
        over: &Over<'_>,
    ) -> Result<Option<Schema>> {
        let text: String = near.steps.statements.iter().map(|step| format!("{step};\n")).collect();
        let steps = RevisionScript::from_text(Utf8Path::new("what has changed"), text.into());
        if scratch.database.run_script(&steps).await.is_err() {
            server.discard(scratch).await?;
            return Ok(None);
        }
        let schema = self.made_over(&mut scratch.database, near, over).await;
        server.discard(scratch).await?;
        match schema {
            // Other files may have to come before the views that are kept.
            Err(_) if near.made.views.as_ref().is_some_and(|views| !views.is_empty()) => Ok(None),
            schema => schema.map(Some),
        }
    }

    /// Makes the views that are not there, and all else.
    async fn made_over(&self, database: &mut Database, near: &Near, over: &Over<'_>) -> Result<Schema> {
        let there = database.relations_there(over.views().map(|(view, _)| view)).await?;
        let stays = |view: &QualifiedName, file: &RevisionScript| there.contains(view) && near.made.has(&file.text);
        let open = over.0.iter().filter(|(view, script)| !view.as_ref().is_some_and(|view| stays(view, script)));
        let scripts: Vec<&RevisionScript> = open.map(|(_, script)| *script).collect();
        match run_in_turn(database, &scripts).await {
            Ok(()) => self.introspect(database).await,
            Err(error) => Err(wanted_fails(&error).into()),
        }
    }

    /// Makes the base and keeps it, with its views where these can be made without the other files; `None` where it cannot be
    /// made by itself.
    async fn keep_base(
        &self,
        server: &mut ScratchServer,
        base: &Base,
        parts: &Parts,
        over: &Over<'_>,
    ) -> Result<Option<Near>> {
        let views: Vec<&RevisionScript> = over.views().map(|(_, file)| file).collect();
        let (scratch, made_with) = match self.made_base(server, base, &views).await? {
            Some(scratch) => (scratch, Some(views.iter().map(|view| view.text.to_string()).collect())),
            None if views.is_empty() => return Ok(None),
            None => match self.made_base(server, base, &[]).await? {
                Some(scratch) => (scratch, None),
                None => return Ok(None),
            },
        };
        let made = Made { parts: parts.clone(), views: made_with };
        let text = serde_json::to_string(&made).unwrap_or_default();
        let note = format!("{}{}", base.ground(), digest(text.as_bytes()));
        let key = key_of(&note);
        server.keep(scratch, &key).await?;
        // A folder that cannot be written costs the next run some time, and nobody anything else.
        let file = format!("{STATE_FOLDER}/{FOLDER}/{note}");
        if self.keep_state_out_of_version_control().is_ok() && self.project.replace(&file, &text).is_ok() {
            keep_newest(&self.notes_folder(), KEPT);
        }
        Ok(Some(Near { key, made, steps: Steps::default() }))
    }

    async fn made_base(
        &self,
        server: &mut ScratchServer,
        base: &Base,
        views: &[&RevisionScript],
    ) -> Result<Option<Scratch>> {
        let mut scratch = self.surrounded(server, &base.surroundings).await?;
        for script in base.scripts() {
            if scratch.database.run_script(script).await.is_err() {
                server.discard(scratch).await?;
                return Ok(None);
            }
        }
        match run_in_turn(&mut scratch.database, views).await {
            Ok(()) => Ok(Some(scratch)),
            Err(_) => server.discard(scratch).await.map(|()| None).map_err(Into::into),
        }
    }

    /// The templates that were made on the same ground, and what is to be done in each; those with least to do first.
    fn near(&self, ground: &str, parts: &Parts, views: &[&str]) -> Vec<Near> {
        let entries = self.notes_folder().read_dir_utf8().into_iter().flatten().flatten();
        let notes = entries.filter(|entry| entry.file_name().starts_with(ground));
        let near = notes.filter_map(|note| {
            // Not read as a file of the project: what it says does not decide what models state.
            let text = std::fs::read_to_string(note.path()).ok()?;
            let made: Made = serde_json::from_str(&text).ok()?;
            let steps = made.steps_to(parts, views)?;
            Some(Near { key: key_of(note.file_name()), made, steps })
        });
        let mut near: Vec<Near> = near.collect();
        near.sort_by_key(|near| near.steps.size);
        near
    }

    fn notes_folder(&self) -> Utf8PathBuf {
        self.project.path(STATE_FOLDER).join(FOLDER)
    }
}

impl Base {
    fn scripts(&self) -> impl Iterator<Item = &RevisionScript> {
        self.before.iter().chain(&self.models)
    }

    /// What tells one ground that models stand on from another: the beginning of the names of notes.
    fn ground(&self) -> String {
        let before = self.before.as_ref().map(|script| &*script.text).unwrap_or_default();
        digest(format!("{}\n\n{before}", self.surroundings).as_bytes()) + "-"
    }
}

/// What the template is kept under that this note is about.
fn key_of(note: &str) -> String {
    format!("models\n{note}")
}
