//! The sides that can be compared: what models want, what revisions make, what a database or a file has.

use camino::Utf8Path;

use super::{Context, Revisions};
use crate::config::ModelSource;
use crate::diagnostic::{Diagnose as _, Result};
use crate::diff::Renames;
use crate::postgres::{Address, Database, ScratchServer};
use crate::schema::Schema;
use crate::stack::url::DatabaseUrl;

impl Context {
    /// Whether the project states a schema that can be compared.
    pub(crate) fn states_models(&self) -> bool {
        let models = &self.config.models;
        let suffix = match models.source {
            ModelSource::Sql => ".sql",
            ModelSource::Python if !models.modules.is_empty() => return true,
            ModelSource::Python => ".py",
        };
        self.project.files_below(&models.dir, suffix).is_ok_and(|files| !files.is_empty())
    }

    /// What is wanted of a database like this one, where nothing was renamed.
    pub(crate) async fn wanted_beside(&self, server: &mut ScratchServer, current: &Schema) -> Result<Schema> {
        let stated = self.stated(server, current).await?;
        self.wanted(server, &stated, current, &Renames::default()).await
    }

    /// A side as it is named on the command line: `models`, `migrations`, `database`, a URL, a `.sql` file or a folder.
    /// Models are completed by what they cannot say, from the other side.
    pub(crate) async fn side(
        &self,
        name: &str,
        other: &Schema,
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
            "models" => self.wanted_beside(server, other).await,
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
