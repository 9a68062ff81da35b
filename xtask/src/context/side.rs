//! The sides that can be compared and printed: what models want, what revisions make, what a database or a file has, and what
//! the first two and files were at a git revision.

use camino::{Utf8Path, Utf8PathBuf};

use super::Context;
use crate::diagnostic::{Code, Diagnostic, Exit, Result};
use crate::postgres::{Database, ScratchServer};
use crate::schema::Schema;

const UNKNOWN: Code = Code::new("side-unknown");

impl Context {
    /// A side as it is named on the command line: `models`, `migrations`, `database`, a URL, a `.sql` file or a folder, and
    /// behind all but the third and fourth of these `@` and a git revision. Models are completed by what they cannot say, from
    /// the other side.
    pub(crate) async fn side(
        &self,
        name: &str,
        other: &Schema,
        server: &mut Option<ScratchServer>,
        command: &str,
    ) -> Result<Schema> {
        if name == "database" || name.contains("://") {
            let mut database = self.connect_to_side(name, command).await?;
            let schema = self.introspect(&mut database).await;
            database.close().await;
            return schema;
        }
        // What is not there is told before anything is connected to.
        let at = match name.split_once('@').filter(|_| !self.project.exists(name)) {
            Some((what, revision)) => Some((self.inside(what), self.at_revision(revision)?)),
            None => None,
        };
        if server.is_none() {
            let mut database = self.connect(command).await?;
            *server = Some(self.scratch_server(&mut database).await?);
            database.close().await;
        }
        let Some(server) = server else { unreachable!("it was opened above") };
        match at {
            Some((what, then)) => {
                let schema = then.context.of_files(what.as_str(), other, server).await;
                schema.map_err(|report| then.told(&report))
            }
            None => self.of_files(name, other, server).await,
        }
    }

    async fn connect_to_side(&self, name: &str, command: &str) -> Result<Database> {
        match name {
            "database" => self.connect(command).await,
            url => self.connect_to(&self.named(url, "the command line".to_owned())?, command).await,
        }
    }

    /// A place for scratch databases beside a side that is a database. Where there can be none, views are compared as they are
    /// written, and that is said.
    pub(crate) async fn scratch_beside(&self, name: &str, command: &str) -> Result<Option<ScratchServer>> {
        let mut database = self.connect_to_side(name, command).await?;
        let server = self.scratch_server(&mut database).await;
        database.close().await;
        if server.is_err() {
            self.ui.status("Note: views that read what is renamed are compared as they are written; no scratch database can be made to see how they follow");
        }
        Ok(server.ok())
    }

    /// What files of the project state.
    async fn of_files(&self, name: &str, other: &Schema, server: &mut ScratchServer) -> Result<Schema> {
        match name {
            "models" => self.wanted_beside(server, other).await,
            "migrations" => {
                let revisions = self.read_revisions()?;
                let scratch = self.scratch_at_heads(server, &revisions).await?;
                self.introspect_and_discard(server, scratch).await
            }
            path => {
                let is_sql = path.ends_with(".sql") && self.project.exists(path);
                if !is_sql && !self.project.is_folder(path) {
                    return Err(unknown_side(path, self.project.exists(path)).into());
                }
                let files = self.sql_files(Utf8Path::new(path))?;
                self.schema_of_files(server, &files).await
            }
        }
    }

    /// A path from the top of the project, where it is one in the project; a revision has no others.
    fn inside(&self, path: &str) -> Utf8PathBuf {
        let path = Utf8Path::new(path);
        let relative = path.strip_prefix(self.project.root()).unwrap_or(path);
        relative.strip_prefix("/").unwrap_or(relative).to_owned()
    }
}

fn unknown_side(path: &str, is_there: bool) -> Diagnostic {
    let title = match is_there {
        true => format!("{path} is neither a .sql file nor a folder of these"),
        false => format!("there is no file or folder {path}"),
    };
    Diagnostic::error(UNKNOWN, Exit::Usage, title)
        .because("a side is models, migrations, database, the URL of a database, a .sql file or a folder of these")
        .because("behind models, migrations and paths may stand @ and a git revision")
        .try_command("See examples", "cargo xtask schema diff --help")
}
