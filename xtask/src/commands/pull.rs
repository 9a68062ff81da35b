//! `pull`: the images of services, from their registries.

use serde_json::json;

use crate::context::Context;
use crate::diagnostic::Result;

/// Pull the images of services
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these; all where none is named
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let services = ctx.services()?;
    ctx.warn_of_compose(&services.compose);
    let docker = ctx.docker().await?;
    // What is built here has no registry to come from.
    let chosen: Vec<_> =
        ctx.named_services(&services, &args.services)?.into_iter().filter(|it| it.build.is_none()).collect();
    if chosen.is_empty() {
        ctx.ui.action("Already", "done: none of the services has an image from a registry");
    }
    let images = ctx.pull_images(&docker, &services, &chosen).await?;
    if ctx.ui.is_json() {
        ctx.ui.json(&json!({ "images": images }));
    }
    Ok(())
}
