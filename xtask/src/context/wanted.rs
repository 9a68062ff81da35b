//! What the project's models want.

use super::Context;
use crate::config::ModelSource;
use crate::diagnostic::Result;
use crate::postgres::ScratchServer;
use crate::schema::Schema;

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
        self.wanted(server, &stated, current).await
    }
}
