//! What models state, made in a template that is kept: after an edit only the tables that it concerns are made anew, and what
//! files state over them. All of that is a rehearsal, so nothing has to be copied or dropped.

use camino::{Utf8Path, Utf8PathBuf};

use super::scratch::{run_in_turn, wanted_fails};
use super::{Context, STATE_FOLDER, keep_newest};
use crate::diagnostic::Result;
use crate::files::digest;
use crate::postgres::{Scratch, ScratchServer};
use crate::revision::RevisionScript;
use crate::schema::Schema;
use crate::sqlmodel::Parts;

/// Where it is noted which models a template was made of, in the state folder.
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

/// How a rehearsal ended.
enum Rehearsed {
    Done(Box<Schema>),
    /// The tables could not be made this way, which says nothing of the models.
    Another,
}

impl Context {
    /// The schema that models make, and scripts over them.
    pub(super) async fn schema_over(
        &self,
        server: &mut ScratchServer,
        base: &Base,
        over: &[RevisionScript],
    ) -> Result<Schema> {
        if let Some(parts) = &base.parts
            && base.scripts().chain(over).all(|script| script.transactional)
            && let Some(schema) = self.schema_over_kept(server, base, parts, over).await?
        {
            return Ok(schema);
        }
        let scripts: Vec<RevisionScript> = base.scripts().chain(over).cloned().collect();
        self.schema_of_scripts(server, &base.surroundings, &scripts).await
    }

    async fn schema_over_kept(
        &self,
        server: &mut ScratchServer,
        base: &Base,
        parts: &Parts,
        over: &[RevisionScript],
    ) -> Result<Option<Schema>> {
        let near = self.near(&base.ground(), parts);
        let keys: Vec<String> = near.iter().map(|(key, _)| key.clone()).collect();
        if let Some((at, scratch)) = server.rehearsal(&keys).await?
            && let Rehearsed::Done(schema) = self.rehearse_over(server, scratch, &near[at].1, over).await?
        {
            return Ok(Some(*schema));
        }
        let Some(key) = self.keep_base(server, base, parts).await? else { return Ok(None) };
        let Some((_, scratch)) = server.rehearsal(&[key]).await? else { return Ok(None) };
        match self.rehearse_over(server, scratch, &[], over).await? {
            Rehearsed::Done(schema) => Ok(Some(*schema)),
            Rehearsed::Another => Ok(None),
        }
    }

    /// What the steps and the scripts make in a rehearsal.
    async fn rehearse_over(
        &self,
        server: &mut ScratchServer,
        mut scratch: Scratch,
        steps: &[String],
        over: &[RevisionScript],
    ) -> Result<Rehearsed> {
        let text: String = steps.iter().map(|step| format!("{step};\n")).collect();
        let steps = RevisionScript::from_text(Utf8Path::new("the models that changed"), text.into());
        if scratch.database.run_script(&steps).await.is_err() {
            server.discard(scratch).await?;
            return Ok(Rehearsed::Another);
        }
        let schema = match run_in_turn(&mut scratch.database, over).await {
            Ok(()) => self.introspect(&mut scratch.database).await,
            Err(error) => Err(wanted_fails(&error).into()),
        };
        server.discard(scratch).await?;
        Ok(Rehearsed::Done(Box::new(schema?)))
    }

    /// Makes the base and keeps it, under a key; `None` where it cannot be made by itself.
    async fn keep_base(&self, server: &mut ScratchServer, base: &Base, parts: &Parts) -> Result<Option<String>> {
        let mut scratch = self.surrounded(server, &base.surroundings).await?;
        for script in base.scripts() {
            if scratch.database.run_script(script).await.is_err() {
                server.discard(scratch).await?;
                return Ok(None);
            }
        }
        let text = serde_json::to_string(parts).unwrap_or_default();
        let note = format!("{}{}", base.ground(), digest(text.as_bytes()));
        let key = key_of(&note);
        server.keep(scratch, &key).await?;
        // A folder that cannot be written costs the next run some time, and nobody anything else.
        let file = format!("{STATE_FOLDER}/{FOLDER}/{note}");
        if self.keep_state_out_of_version_control().is_ok() && self.project.replace(&file, &text).is_ok() {
            keep_newest(&self.notes_folder(), KEPT);
        }
        Ok(Some(key))
    }

    /// The templates that were made on the same ground, and what is to be done in each; those with least to do first.
    fn near(&self, ground: &str, parts: &Parts) -> Vec<(String, Vec<String>)> {
        let entries = self.notes_folder().read_dir_utf8().into_iter().flatten().flatten();
        let notes = entries.filter(|entry| entry.file_name().starts_with(ground));
        let steps = notes.filter_map(|note| {
            // Not read as a file of the project: what it says does not decide what models state.
            let text = std::fs::read_to_string(note.path()).ok()?;
            let earlier: Parts = serde_json::from_str(&text).ok()?;
            Some((key_of(note.file_name()), parts.since(&earlier)?))
        });
        let mut near: Vec<_> = steps.collect();
        near.sort_by_key(|(_, steps)| steps.len());
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
