//! What the project states of its schema: models and files, made in a scratch database and read back.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::Context;
use super::completed::made_anew;
use super::stated_base::Base;
use crate::config::ModelSource;
use crate::diagnostic::{Code, Diagnose as _, Diagnostic, Exit, Report, Result, Severity};
use crate::postgres::{LEFT_OUT, ScratchServer};
use crate::revision::RevisionScript;
use crate::schema::{Extension, QualifiedName, Schema};
use crate::sql::{identifier, literal};
use crate::sqlmodel::{DEFAULT_SCHEMA, Metadata, Parts, ddl};
use crate::wanted::{Completed, Statement, beside_whole, complete, created_names, created_surroundings, foundation};

const REFERENCE: Code = Code::new("reference-left-out");
const NO_MODELS: Code = Code::new("wanted-missing");

/// What the project states.
pub(crate) enum Stated {
    /// Everything, in `.sql` files.
    Whole(Box<Schema>),
    /// Tables in models, and other things in files; the rest stays as it is in the database.
    InPart(Box<Statement>),
}

impl Stated {
    /// What Python gives new objects, as SQL, by table and column.
    pub(super) fn python_defaults(&self) -> impl Iterator<Item = (&(QualifiedName, String), &String)> {
        let stated = match self {
            Self::Whole(_) => None,
            Self::InPart(stated) => Some(stated),
        };
        stated.into_iter().flat_map(|stated| &stated.python_defaults)
    }

    /// What is stated, whether it is everything or not.
    pub(crate) fn schema(&self) -> &Schema {
        match self {
            Self::Whole(schema) => schema,
            Self::InPart(stated) => &stated.schema,
        }
    }

    /// The schema that this asks of a database.
    pub(crate) fn beside(&self, current: &Schema) -> Completed {
        match self {
            Self::Whole(schema) => beside_whole(schema, current),
            Self::InPart(stated) => complete(stated, current),
        }
    }
}

impl Context {
    /// What the project states, of a database like this one: models use its extensions, and may use what stands in it.
    pub(crate) async fn stated(&self, server: &mut ScratchServer, current: &Schema) -> Result<Stated> {
        let stated = self.stated_by_source(server, current).await?;
        if let Some(found) = left_out(stated.schema(), current) {
            self.ui.warn(&found);
            // It is to be told each time.
            self.project.spoil_trace();
        }
        Ok(stated)
    }

    async fn stated_by_source(&self, server: &mut ScratchServer, current: &Schema) -> Result<Stated> {
        match self.config.models.source {
            ModelSource::Sql => {
                let models = self.sql_files(&self.config.models.dir)?;
                let beside = self.files_beside_models()?;
                let beside = beside.into_iter().filter(|file| !models.contains(file)).collect::<Vec<_>>();
                let scripts = [self.read_wanted_scripts(&models)?, self.read_wanted_scripts(&beside)?].concat();
                Ok(Stated::Whole(Box::new(self.schema_of_scripts(server, "", &scripts).await?)))
            }
            ModelSource::Python => {
                let (metadata, extra) = self.declared()?;
                self.stated_by_models(server, &metadata, &extra, current).await
            }
        }
    }

    /// The files that `[models] files` names.
    pub(super) fn files_of_models(&self) -> Result<Vec<Utf8PathBuf>> {
        let found = self.config.models.files.iter().map(|path| self.sql_files(path)).collect::<Result<Vec<_>>>()?;
        Ok(found.concat())
    }

    /// The `.sql` files that state something beside the models: those of `[models] files`, and the views.
    fn files_beside_models(&self) -> Result<Vec<Utf8PathBuf>> {
        let mut files = self.files_of_models()?;
        files.extend(self.project.files_below(&self.config.views.dir, ".sql")?);
        let mut seen = BTreeSet::new();
        files.retain(|file| seen.insert(file.clone()));
        Ok(files)
    }

    async fn stated_by_models(
        &self,
        server: &mut ScratchServer,
        metadata: &Metadata,
        extra: &str,
        current: &Schema,
    ) -> Result<Stated> {
        let files = self.read_wanted_scripts(&self.files_beside_models()?)?;
        let mut metadata = metadata.clone();
        in_order_of(&mut metadata, current);
        let metadata = &metadata;
        let models = ddl::script(metadata) + extra;
        let mut created: BTreeSet<String> = files.iter().flat_map(|file| created_names(&file.text)).collect();
        let by_files = created.clone();
        created.extend(created_names(&models));
        let texts = files.iter().map(|file| &*file.text).chain([models.as_str()]);
        let found = foundation(current, texts, &created);
        let script = |path: &str, text: String| {
            let is_there = !text.is_empty();
            is_there.then(|| RevisionScript::from_text(Utf8Path::new(path), text.into()))
        };
        let base = Base {
            surroundings: surroundings(current, metadata, &files),
            before: script("what the models use of the database", made_anew(&found.before_tables)?),
            models: script("the models as SQL", models),
            // What comes with an import is made with the rest each time.
            parts: extra.is_empty().then(|| Parts::of(metadata)),
        };
        let used = script("what the files use of the database", made_anew(&found.on_tables)?);
        let schema = self.schema_over(server, &base, used.as_ref(), &files).await?;
        Ok(Stated::InPart(Box::new(Statement::of(metadata, schema, DEFAULT_SCHEMA, by_files))))
    }

    /// What the models declare, and the SQL that comes with it when Python says so: read, or imported where that was asked for.
    fn declared(&self) -> Result<(Metadata, String)> {
        let (metadata, extra) = match self.python.get() {
            None => (self.models_without_errors()?, String::new()),
            Some(python) => {
                let exact = self.read_exactly(python)?;
                (exact.metadata, exact.extra.into_iter().map(|statement| statement + ";\n").collect())
            }
        };
        if metadata.tables.is_empty() {
            let dir = &self.config.models.dir;
            return Err(Diagnostic::error(NO_MODELS, Exit::Usage, format!("there is no table in the models at {dir}"))
                .because("without models every table of the database would be dropped")
                .advise("Name the folder or the modules of the models in [models] of xtask.toml")
                .into());
        }
        Ok((metadata, extra))
    }

    /// The models as they are written. What is wrong with them is told all at once, and ends the command.
    fn models_without_errors(&self) -> Result<Metadata> {
        let reading = self.read_models();
        let found: Vec<Diagnostic> = reading.errors.iter().map(|error| error.diagnose()).collect();
        if let Some(report) = Report::from_all(found.clone()) {
            return Err(report);
        }
        for warning in found.iter().filter(|it| it.severity == Severity::Warning) {
            self.ui.warn(warning);
            // It is to be told each time.
            self.project.spoil_trace();
        }
        Ok(reading.metadata)
    }
}

/// What is told of references to tables that are left out, where one side has some that the other one has not.
fn left_out(stated: &Schema, current: &Schema) -> Option<Diagnostic> {
    fn references(schema: &Schema) -> BTreeSet<&str> {
        schema.unread.iter().map(String::as_str).filter(|it| it.starts_with(LEFT_OUT)).collect()
    }
    let (wanted, there) = (references(stated), references(current));
    let mut differing = wanted.symmetric_difference(&there).peekable();
    if current.tables.is_empty() || differing.peek().is_none() {
        return None;
    }
    let mut found = Diagnostic::warning(REFERENCE, "foreign keys to tables that are left out are not compared");
    for reference in differing {
        let side = if wanted.contains(reference) { "stated, and not in the database" } else { "only in the database" };
        found = found.because(format!("{reference}: {side}"));
    }
    Some(
        found
            .advise(
                "Take the table out of [autogenerate] exclude in xtask.toml, if it belongs to the project after all",
            )
            .try_command("Or write the foreign key by hand", "cargo xtask revision -m \"…\""),
    )
}

/// Schemas and extensions: those of the database, and those that the types of the models come from. What a file creates by
/// itself must not be there before.
fn surroundings(current: &Schema, metadata: &Metadata, files: &[RevisionScript]) -> String {
    let made =
        |kind| files.iter().flat_map(|file| created_surroundings(&file.text, kind)).collect::<BTreeSet<String>>();
    let (schemas, extensions) = (made("SCHEMA"), made("EXTENSION"));
    let mut text = String::new();
    for namespace in current.namespaces.iter().filter(|it| !schemas.contains(&it.name)) {
        text.push_str(&format!("CREATE SCHEMA IF NOT EXISTS {};\n", identifier(&namespace.name)));
    }
    for extension in in_order(current).into_iter().filter(|it| !extensions.contains(&it.name)) {
        let Extension { name, schema, version } = extension;
        let version = if version.is_empty() { String::new() } else { format!(" VERSION {}", literal(version)) };
        let (name, schema) = (identifier(name), identifier(schema));
        text.push_str(&format!("CREATE EXTENSION IF NOT EXISTS {name} SCHEMA {schema}{version} CASCADE;\n"));
    }
    let is_new = |name: &&str| !current.extensions.contains(*name) && !extensions.contains(*name);
    for name in metadata.extensions().filter(is_new) {
        text.push_str(&format!("CREATE EXTENSION IF NOT EXISTS {};\n", identifier(name)));
    }
    text
}

/// Extensions that others need come first.
fn in_order(current: &Schema) -> Vec<&Extension> {
    let mut found: Vec<&Extension> = current.extensions.iter().collect();
    // `postgis_topology` needs `postgis`, whose name is the beginning of its own; `CASCADE` brings the rest.
    found.sort_by_key(|it| it.name.len());
    found
}

/// Columns that are there come first, in their order, as they will after `ADD COLUMN`: `SELECT *` in a view says so.
fn in_order_of(metadata: &mut Metadata, current: &Schema) {
    for table in &mut metadata.tables {
        let name = QualifiedName::new(table.schema.as_deref().unwrap_or(DEFAULT_SCHEMA), table.name.clone());
        let Some(old) = current.tables.get(&name) else { continue };
        let place = |column: &str| old.columns.iter().position(|it| it.name == column).unwrap_or(usize::MAX);
        table.columns.sort_by_key(|column| place(&column.name));
    }
}
