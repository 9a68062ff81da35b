//! The Docker engine of the project: connected once, when it is first needed.

use super::Context;
use crate::diagnostic::Result;
use crate::docker::{Docker, Endpoint};

impl Context {
    /// Where the engine is: as the docker command line finds it. Nothing is asked yet.
    pub(crate) fn endpoint(&self) -> Result<Endpoint> {
        Ok(Endpoint::find(self.selection.host.as_deref())?)
    }

    /// The engine, which has answered.
    pub(crate) async fn docker(&self) -> Result<Docker> {
        if let Some(docker) = self.engine.get() {
            return Ok(docker.clone());
        }
        let docker = Docker::connect(&self.endpoint()?).await?;
        Ok(self.engine.get_or_init(|| docker).clone())
    }
}
