//! `restart`: services stop and start, as the Compose file has them now.

use std::time::Duration;

use serde_json::json;

use crate::config::Backend;
use crate::context::{Context, Wish, duration, service_json};
use crate::diagnostic::Result;

/// Stop services and start them, as the Compose file has them now
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these; all where none is named
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Do not wait until the services are ready
    #[arg(long)]
    no_wait: bool,
    /// How long to wait for all of them; the key services.wait-timeout otherwise
    #[arg(long, value_parser = duration, value_name = "DURATION", conflicts_with = "no_wait")]
    wait_timeout: Option<Duration>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    ctx.require_service()?;
    match ctx.settle_backend().await? {
        Backend::Docker => {
            let wait = (!args.no_wait).then(|| args.wait_timeout.unwrap_or(ctx.config.services.wait_timeout));
            let wish = Wish { services: args.services, restart: true, wait, ..Wish::default() };
            ctx.start_in_docker(&wish).await?;
            if ctx.ui.is_json() {
                let services: Vec<_> = ctx.docker_states().await?.iter().map(service_json).collect();
                ctx.ui.json(&json!({ "backend": "docker", "services": services }));
            }
            Ok(())
        }
        Backend::Local => {
            ctx.require_database_alone(&args.services)?;
            super::stop::on_local(ctx).await?;
            super::start_services::on_local(ctx).await
        }
    }
}
