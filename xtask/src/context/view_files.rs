//! Views of a database beside the files of the project that state them.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::Context;
use crate::config::ModelSource;
use crate::diagnostic::Result;
use crate::path::in_folder;
use crate::plan::ViewScript;
use crate::postgres::Database;
use crate::schema::{QualifiedName, Schema};
use crate::sql::{created_views, fingerprint, tokens};

/// A view of the database and its file.
pub(crate) struct ViewFile {
    /// The view, as it would be written.
    pub(crate) script: ViewScript,
    /// Where it is stated, or will be.
    pub(crate) path: Utf8PathBuf,
    /// What the file has now.
    pub(crate) standing: Standing,
}

/// What the file of a view has, as against the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// There is none.
    New,
    /// It makes the same view.
    Same,
    /// It makes another one. This is its text.
    Differs(String),
    /// It makes another one, and other things, too; or something quite different has its name.
    Shared,
}

/// A file that creates views.
struct Stating {
    text: String,
    /// Whether it creates exactly one, and the export may write there.
    is_its_own: bool,
}

impl Context {
    /// Finds the file of each view below `dir`, or gives it one, and compares with this schema. The database is that for
    /// which files are made, where the server has to judge.
    pub(crate) async fn view_files(
        &self,
        database: (&mut Database, &Schema),
        schema: &Schema,
        scripts: Vec<ViewScript>,
        dir: &Utf8Path,
    ) -> Result<Vec<ViewFile>> {
        let (stating, stated) = self.stating_files(dir)?;
        let mut taken: BTreeSet<String> = stating.keys().map(|path| path.as_str().to_lowercase()).collect();
        let mut files = Vec::with_capacity(scripts.len());
        for script in scripts {
            let (path, standing) = match stated.get(&script.name) {
                Some(path) => (path.clone(), stating.get(path).map_or(Standing::New, |it| standing(&script, it))),
                None => self.new_place(&script.name, dir, &mut taken),
            };
            files.push(ViewFile { script, path, standing });
        }
        let is_open = |file: &&mut ViewFile| matches!(file.standing, Standing::Differs(_) | Standing::Shared);
        if files.iter_mut().any(|file| is_open(&file)) {
            // Other words may well mean the same: the server knows.
            let wanted = self.wanted_views(database.0, database.1).await;
            for file in files.iter_mut().filter(is_open) {
                if wanted.as_ref().is_some_and(|wanted| is_same(wanted, schema, &file.script.name)) {
                    file.standing = Standing::Same;
                }
            }
        }
        Ok(files)
    }

    /// What the project states now; nothing where that cannot be created.
    async fn wanted_views(&self, database: &mut Database, schema: &Schema) -> Option<Schema> {
        let mut server = self.scratch_server(database).await.ok()?;
        let wanted = self.wanted_beside(&mut server, schema).await.ok();
        server.close().await;
        wanted
    }

    /// All files that create views, and where each view is created.
    fn stating_files(
        &self,
        dir: &Utf8Path,
    ) -> Result<(BTreeMap<Utf8PathBuf, Stating>, BTreeMap<QualifiedName, Utf8PathBuf>)> {
        let mut paths = self.project.files_below(dir, ".sql")?;
        paths.extend(self.files_of_models()?);
        if self.config.models.source == ModelSource::Sql {
            paths.extend(self.project.files_below(&self.config.models.dir, ".sql")?);
        }
        let (mut stating, mut stated) = (BTreeMap::new(), BTreeMap::new());
        for path in paths {
            let text = self.project.read(&path)?;
            let views = created_views(&text);
            let is_its_own = views.len() == 1 && path.starts_with(dir);
            for (schema, name) in views {
                let name = QualifiedName::new(schema.unwrap_or_else(|| "public".to_owned()), name);
                stated.insert(name, path.clone());
            }
            stating.insert(path, Stating { text, is_its_own });
        }
        Ok((stating, stated))
    }

    /// `schema/name.sql`, with a number where another view has that place.
    fn new_place(&self, name: &QualifiedName, dir: &Utf8Path, taken: &mut BTreeSet<String>) -> (Utf8PathBuf, Standing) {
        let folder = in_folder(dir, &file_name(&name.schema));
        let stem = file_name(&name.name);
        let places = (1..).map(|count| match count {
            1 => in_folder(&folder, &format!("{stem}.sql")),
            count => in_folder(&folder, &format!("{stem}_{count}.sql")),
        });
        for path in places {
            if taken.insert(path.as_str().to_lowercase()) {
                let standing = if self.project.exists(&path) { Standing::Shared } else { Standing::New };
                return (path, standing);
            }
        }
        unreachable!("there are more numbers than files")
    }
}

fn standing(script: &ViewScript, file: &Stating) -> Standing {
    match (fingerprint(&script.text) == fingerprint(&file.text), file.is_its_own) {
        (true, _) => Standing::Same,
        (false, true) => Standing::Differs(file.text.clone()),
        (false, false) => Standing::Shared,
    }
}

/// Whether both have the same view of this name. That one of them holds rows is no difference.
fn is_same(wanted: &Schema, schema: &Schema, name: &QualifiedName) -> bool {
    let materialised = |schema: &Schema| {
        let view = schema.materialised_views.get(name).cloned();
        view.map(|view| crate::schema::MaterialisedView { populated: false, ..view })
    };
    schema.views.get(name) == wanted.views.get(name) && materialised(schema) == materialised(wanted)
}

/// A name as a file may be called on every system.
fn file_name(name: &str) -> String {
    let plain = |letter: char| if letter.is_alphanumeric() || letter == '_' || letter == '-' { letter } else { '_' };
    name.chars().map(plain).collect()
}

/// The new text of a file: its first lines of comment stay.
pub(crate) fn under_its_comment(old: &str, new: &str) -> String {
    let end = tokens(old).first().map_or(0, |token| token.span.start);
    format!("{}{new}", &old[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_at_the_top_stay() {
        assert_eq!(under_its_comment("-- why\n\ncreate view a as select 1;\n", "NEW;\n"), "-- why\n\nNEW;\n");
        assert_eq!(under_its_comment("create view a as select 1;\n", "NEW;\n"), "NEW;\n");
        assert_eq!(under_its_comment("-- only words\n", "NEW;\n"), "NEW;\n");
    }

    #[test]
    fn a_file_is_called_by_letters_alone() {
        assert_eq!(file_name("Site A/../b"), "Site_A____b");
    }
}
