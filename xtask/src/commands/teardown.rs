//! `teardown`: the services go; with `--volumes` their data go, too.

use std::time::Duration;

use serde_json::json;

use crate::config::Backend;
use crate::context::{Context, Goodbye, bytes, duration};
use crate::diagnostic::Result;
use crate::server::State;
use crate::ui::Confirmation;

/// Take the services down; their data stay unless --volumes is given
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Only these and what depends on them; all where none is named
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Remove the data too, after saying what will be lost
    #[arg(long, short)]
    volumes: bool,
    /// Remove containers of services that the Compose file does not have any more
    #[arg(long)]
    remove_orphans: bool,
    /// How long each has to end before it is killed; what the Compose file says otherwise
    #[arg(short, long, value_parser = duration, value_name = "DURATION")]
    timeout: Option<Duration>,
}

impl Args {
    /// What the alias of the old workflow means.
    pub(crate) fn with_volumes() -> Self {
        Self { volumes: true, ..Self::default() }
    }
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    match ctx.backend_in_use().await? {
        Backend::Local => on_local(ctx, &args).await,
        Backend::Docker => {
            let Args { services, volumes, remove_orphans, timeout } = args;
            let gone = ctx.take_down_in_docker(&Goodbye { services, volumes, remove_orphans, timeout }).await?;
            if ctx.ui.is_json() {
                ctx.ui.json(&json!({ "changed": gone.changed, "removed_bytes": gone.removed_bytes }));
            }
            Ok(())
        }
    }
}

async fn on_local(ctx: &Context, args: &Args) -> Result<()> {
    ctx.require_database_alone(&args.services)?;
    if args.volumes {
        let freed = remove(ctx).await?;
        tell(ctx, freed.is_some(), freed);
        return Ok(());
    }
    let was_running = super::stop::on_local(ctx).await?;
    let server = ctx.local_server_lenient();
    let size = server.size()?;
    if size > 0 {
        ctx.ui.status(format!(
            "Its data stays in {} ({}); `cargo xtask teardown --volumes` removes it",
            server.data_dir()?,
            bytes(size)
        ));
    }
    tell(ctx, was_running, None);
    Ok(())
}

/// The result for programs.
fn tell(ctx: &Context, changed: bool, freed: Option<u64>) {
    if ctx.ui.is_json() {
        ctx.ui.json(&json!({ "changed": changed, "removed_bytes": freed }));
    }
}

/// Stops the private server and removes its data, after a yes; gives the bytes that were freed, nothing where nothing was
/// there.
pub(crate) async fn remove(ctx: &Context) -> Result<Option<u64>> {
    let server = ctx.local_server_lenient();
    if matches!(server.state()?, State::Absent) {
        ctx.ui.action("Already", "removed: there is no database on this machine for this project");
        return Ok(None);
    }
    let what = Confirmation::to("This removes the project's database on this machine, with everything in it:")
        .detail(format!("{} ({})", server.data_dir()?, bytes(server.size()?)));
    ctx.ui.confirm(&what)?;
    let freed = ctx.in_background(&server, |server, listener| server.remove(listener)).await?;
    ctx.ui.action("Removed", format!("the database ({})", bytes(freed)));
    Ok(Some(freed))
}
