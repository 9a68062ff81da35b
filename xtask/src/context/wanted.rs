//! The sides that can be compared: what models want, what revisions make, what a database or a file has.

use camino::Utf8Path;

use super::{Context, Revisions};
use crate::config::ModelSource;
use crate::diagnostic::{Code, Diagnose as _, Diagnostic, Exit, Result};
use crate::postgres::{Address, Database, ScratchServer};
use crate::schema::Schema;
use crate::stack::url::DatabaseUrl;

const NOT_READ: Code = Code::new("models-not-read");

impl Context {
    /// Whether the project states a schema that can be compared.
    pub(crate) fn states_models(&self) -> bool {
        let files = self.project.files_below(&self.config.models.dir, ".sql");
        self.config.models.source == ModelSource::Sql && files.is_ok_and(|files| !files.is_empty())
    }

    /// The schema that the project's models state.
    pub(crate) async fn wanted(&self, server: &mut ScratchServer) -> Result<Schema> {
        match self.config.models.source {
            ModelSource::Sql => {
                let mut files = self.sql_files(&self.config.models.dir)?;
                files.extend(self.project.files_below(&self.config.views.dir, ".sql")?);
                files.dedup();
                self.schema_of_files(server, &files).await
            }
            ModelSource::Python => {
                Err(Diagnostic::error(NOT_READ, Exit::Usage, "models in Python cannot be compared with a database yet")
                    .because("[models] source in xtask.toml is \"python\"")
                    .advise("State the schema in .sql files, and set [models] source = \"sql\"")
                    .into())
            }
        }
    }

    /// A side as it is named on the command line: `models`, `migrations`, `database`, a URL, a `.sql` file or a folder.
    pub(crate) async fn side(
        &self,
        name: &str,
        server: &mut Option<ScratchServer>,
        revisions: &mut Option<Revisions>,
    ) -> Result<Schema> {
        if name.contains("://") {
            let mut database = self.named_database(name).await?;
            let schema = self.introspect(&mut database).await;
            database.close().await;
            return schema;
        }
        if name == "database" {
            let mut database = self.connect("schema diff").await?;
            let schema = self.introspect(&mut database).await;
            database.close().await;
            return schema;
        }
        if server.is_none() {
            let database = self.connect("schema diff").await?;
            *server = Some(ScratchServer::of(&database).await?);
            database.close().await;
        }
        let Some(server) = server else { unreachable!("it was opened above") };
        match name {
            "models" => self.wanted(server).await,
            "migrations" => {
                if revisions.is_none() {
                    *revisions = Some(self.read_revisions()?);
                }
                let Some(revisions) = revisions else { unreachable!("they were read above") };
                let scratch = self.scratch_at_heads(server, revisions).await?;
                self.introspect_and_discard(server, scratch).await
            }
            path => {
                let files = self.sql_files(Utf8Path::new(path))?;
                self.schema_of_files(server, &files).await
            }
        }
    }

    async fn named_database(&self, text: &str) -> Result<Database> {
        let url = DatabaseUrl::parse(text).map_err(|error| error.diagnose())?;
        let address = Address {
            url: url.to_connection_string(),
            shown: url.masked(),
            origin: "the command line".to_owned(),
            connect_timeout: self.config.database.connect_timeout,
        };
        Ok(Database::connect(&address, "xtask schema diff").await?)
    }
}
