//! `start-services`: the services run, and the database answers.

use serde_json::json;

use crate::context::Context;
use crate::diagnostic::Result;
use crate::server::How;

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
        let how = match started.how {
            How::Already => "already",
            How::Started => "started",
            How::Restarted => "restarted",
            How::Initialised => "initialised",
        };
        ctx.ui.json(&json!({ "service": "database", "how": how, "pid": started.pid, "server_version": version, "port": server.spec().port }));
    }
    Ok(())
}
