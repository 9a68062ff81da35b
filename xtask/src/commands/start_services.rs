//! `start-services`: the services run, and the database answers.

use serde_json::json;

use crate::context::Context;
use crate::diagnostic::Result;

/// Start the project's services and wait until the database answers
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) async fn run(ctx: &Context, _args: Args) -> Result<()> {
    ctx.require_service()?;
    let server = ctx.local_server()?;
    let started = ctx.start_database().await?;
    let database = ctx.connect("start-services").await?;
    let version = database.server_version();
    database.close().await;
    ctx.tell_started(started, &server);
    if ctx.ui.is_json() {
        let how = format!("{:?}", started.how).to_lowercase();
        ctx.ui.json(&json!({ "service": "database", "how": how, "pid": started.pid, "server_version": version, "port": server.spec().port }));
    }
    Ok(())
}
