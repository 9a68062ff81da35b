//! `start-services`: the services run, and the database answers.

use std::time::Duration;

use serde_json::json;

use crate::config::Backend;
use crate::context::{Context, Wish, duration, service_json};
use crate::diagnostic::Result;
use crate::server::How;

/// Start services, and wait until they are healthy and the database answers
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Only these and what they depend on; all where none is named
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Build images before, also those that are there
    #[arg(long)]
    build: bool,
    /// Pull images before, also those that are there
    #[arg(long)]
    pull: bool,
    /// Make containers anew, also where nothing has changed
    #[arg(long)]
    force_recreate: bool,
    /// Do not wait until the services are ready
    #[arg(long)]
    no_wait: bool,
    /// How long to wait for all of them; the key services.wait-timeout otherwise
    #[arg(long, value_parser = duration, value_name = "DURATION", conflicts_with = "no_wait")]
    wait_timeout: Option<Duration>,
    /// Remove containers of services that the Compose file does not have any more
    #[arg(long)]
    remove_orphans: bool,
    /// Take services of this profile, too
    #[arg(long = "profile", value_name = "PROFILE")]
    pub(crate) profiles: Vec<String>,
}

impl Args {
    fn wish(&self, ctx: &Context) -> Wish {
        Wish {
            services: self.services.clone(),
            build: self.build,
            pull: self.pull,
            force_recreate: self.force_recreate,
            restart: false,
            remove_orphans: self.remove_orphans,
            wait: (!self.no_wait).then(|| self.wait_timeout.unwrap_or(ctx.config.services.wait_timeout)),
        }
    }
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    ctx.require_service()?;
    match ctx.settle_backend().await? {
        Backend::Local => {
            ctx.require_database_alone(&args.services)?;
            on_local(ctx).await
        }
        Backend::Docker => {
            ctx.start_in_docker(&args.wish(ctx)).await?;
            if ctx.ui.is_json() {
                let services: Vec<_> = ctx.docker_states().await?.iter().map(service_json).collect();
                ctx.ui.json(&json!({ "backend": "docker", "services": services }));
            }
            Ok(())
        }
    }
}

/// Starts the private server.
pub(super) async fn on_local(ctx: &Context) -> Result<()> {
    let server = ctx.local_server()?;
    let started = ctx.start_database().await?;
    let database = ctx.connect("start-services").await?;
    let version = database.server_version();
    database.close().await;
    ctx.tell_started(started, &server);
    ctx.tell_left_out();
    if ctx.ui.is_json() {
        let how = match started.how {
            How::Already => "already",
            How::Started => "started",
            How::Restarted => "restarted",
            How::Initialised => "initialised",
        };
        ctx.ui.json(&json!({ "backend": "local", "service": "database", "how": how, "pid": started.pid, "server_version": version, "port": server.spec().port }));
    }
    Ok(())
}
