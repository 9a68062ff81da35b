//! `stop`: services stop, and everything of them stays.

use std::time::Duration;

use serde_json::json;

use crate::config::Backend;
use crate::context::{Context, duration};
use crate::diagnostic::Result;
use crate::server::StopMode;

/// Stop services; their containers and their data stay
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these; all where none is named
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// How long each has to end before it is killed; what the Compose file says otherwise
    #[arg(short, long, value_parser = duration, value_name = "DURATION")]
    timeout: Option<Duration>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let changed = match ctx.backend_in_use().await? {
        Backend::Docker => ctx.stop_in_docker(&args.services, args.timeout).await?,
        Backend::Local => {
            ctx.require_database_alone(&args.services)?;
            on_local(ctx).await?
        }
    };
    if ctx.ui.is_json() {
        ctx.ui.json(&json!({ "changed": changed }));
    }
    Ok(())
}

/// Stops the private server; gives whether it ran.
pub(super) async fn on_local(ctx: &Context) -> Result<bool> {
    let server = ctx.local_server_lenient();
    let stopped = ctx.in_background(&server, |server, listener| server.stop(StopMode::Fast, listener)).await?;
    if stopped.was_running {
        ctx.ui.action("Stopped", format!("PostgreSQL ({:.2} s)", stopped.elapsed.as_secs_f64()));
    } else {
        ctx.ui.action("Already", "stopped");
    }
    Ok(stopped.was_running)
}
