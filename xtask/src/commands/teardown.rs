//! `teardown`: the services stop; with `--volumes` their data goes too.

use crate::context::{Context, bytes};
use crate::diagnostic::Result;
use crate::server::{State, StopMode};
use crate::ui::Confirmation;

/// Stop the project's services; their data stays unless --volumes is given
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Remove the data too, after saying what will be lost
    #[arg(long)]
    volumes: bool,
}

impl Args {
    /// What the alias of the old workflow means.
    pub(crate) fn with_volumes() -> Self {
        Self { volumes: true }
    }
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let server = ctx.local_server_lenient();
    if args.volumes {
        let freed = remove(ctx).await?;
        tell(ctx, freed.is_some(), freed);
        return Ok(());
    }
    let stopped = ctx.in_background(&server, |server, listener| server.stop(StopMode::Fast, listener)).await?;
    if stopped.was_running {
        ctx.ui.action("Stopped", format!("PostgreSQL ({:.2} s)", stopped.elapsed.as_secs_f64()));
    } else {
        ctx.ui.action("Already", "stopped");
    }
    let size = server.size()?;
    if size > 0 {
        ctx.ui.status(format!(
            "Its data stays in {} ({}); `cargo xtask teardown --volumes` removes it",
            server.data_dir()?,
            bytes(size)
        ));
    }
    tell(ctx, stopped.was_running, None);
    Ok(())
}

/// The result for programs.
fn tell(ctx: &Context, changed: bool, freed: Option<u64>) {
    if ctx.ui.is_json() {
        ctx.ui.json(&serde_json::json!({ "changed": changed, "removed_bytes": freed }));
    }
}

/// Stops the server and removes its data, after a yes; gives the bytes that were freed, nothing where nothing was there.
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
