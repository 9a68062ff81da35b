//! `build`: the images of services that are built here.

use serde_json::json;

use crate::context::{BuildWish, Context};
use crate::diagnostic::Result;

/// Build the images of services
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these; all that are built where none is named
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Run every step anew
    #[arg(long)]
    no_cache: bool,
    /// Pull the images that the builds begin with, also those that are there
    #[arg(long)]
    pull: bool,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let services = ctx.services()?;
    ctx.warn_of_compose(&services.compose);
    let docker = ctx.docker().await?;
    let chosen: Vec<_> =
        ctx.named_services(&services, &args.services)?.into_iter().filter(|it| it.build.is_some()).collect();
    if chosen.is_empty() {
        ctx.ui.action("Already", "done: none of the services is built here");
    }
    let wish = BuildWish { no_cache: args.no_cache, pull: args.pull };
    let images = ctx.build_images(&docker, &services, &chosen, wish).await?;
    if ctx.ui.is_json() {
        ctx.ui.json(&json!({ "images": images }));
    }
    Ok(())
}
