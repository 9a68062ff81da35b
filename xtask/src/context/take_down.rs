//! Services in Docker that go, and their data, after saying what will be lost.

use std::time::Duration;

use super::in_docker::require_all;
use super::{Context, bytes};
use crate::diagnostic::Result;
use crate::docker::{DownRequest, Scope};
use crate::lifecycle::{DownOptions, removable_volumes};
use crate::stack::Stack;
use crate::ui::Confirmation;

/// What somebody wants to be gone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Goodbye {
    /// The services that were named; all where none was.
    pub(crate) services: Vec<String>,
    /// The data go, too.
    pub(crate) volumes: bool,
    /// So does what the file does not have any more.
    pub(crate) remove_orphans: bool,
    /// How long each container has to end.
    pub(crate) timeout: Option<Duration>,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gone {
    /// Whether anything was there.
    pub(crate) changed: bool,
    /// The bytes of the volumes that went, where any did and the engine knew.
    pub(crate) removed_bytes: Option<u64>,
}

impl Context {
    /// Takes services down. It needs no readable file and no env file: everything at the engine says whose it is.
    pub(crate) async fn take_down_in_docker(&self, goodbye: &Goodbye) -> Result<Gone> {
        let (identity, stack) = self.whose_project().await?;
        require_all(stack.as_ref(), &goodbye.services)?;
        let docker = self.docker().await?;
        let removed_bytes = match goodbye.volumes {
            true => self.confirm_loss(&identity.name, stack.as_ref()).await?,
            false => None,
        };
        let options = DownOptions {
            services: goodbye.services.clone(),
            volumes: goodbye.volumes,
            remove_orphans: goodbye.remove_orphans,
            grace: goodbye.timeout,
        };
        let request = DownRequest { options, state_dir: self.state_dir()? };
        let report = {
            let listener = self.ui.listener();
            docker.down(&identity, stack.as_ref(), &request, &listener, self.interrupted()).await?
        };
        if !report.changed {
            self.ui.action("Already", format!("down: nothing of the project {} is there", identity.name));
        }
        self.tell_kept(&report.kept_volumes).await?;
        Ok(Gone { changed: report.changed, removed_bytes })
    }

    /// Names the volumes that will go, with their sizes, and asks; gives their size together.
    async fn confirm_loss(&self, project: &str, stack: Option<&Stack>) -> Result<Option<u64>> {
        let docker = self.docker().await?;
        let observed = docker.observe(&Scope::named(project)).await?;
        let names = removable_volumes(stack, &observed);
        if names.is_empty() {
            return Ok(None);
        }
        let sizes = docker.volume_sizes(&names).await?;
        let mut what =
            Confirmation::to(format!("This removes the volumes of the project {project}, with everything in them:"));
        for name in &names {
            let size = sizes.get(name).map_or_else(|| "of unknown size".to_owned(), |size| bytes(*size));
            what = what.detail(format!("{name} ({size})"));
        }
        self.ui.confirm(&what)?;
        Ok(Some(names.iter().filter_map(|name| sizes.get(name)).sum()))
    }

    /// What stays, so that nobody is surprised by it later.
    async fn tell_kept(&self, names: &[String]) -> Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        let sizes = self.docker().await?.volume_sizes(names).await?;
        let shown = names.iter().map(|name| match sizes.get(name) {
            Some(size) => format!("{name} ({})", bytes(*size)),
            None => name.clone(),
        });
        let shown = shown.collect::<Vec<_>>().join(", ");
        self.ui.status(format!("The data stay in {shown}; `cargo xtask teardown --volumes` removes them"));
        Ok(())
    }
}
