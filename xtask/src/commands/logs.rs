//! `logs`: what the services write.

use std::ops::ControlFlow;

use jiff::Timestamp;
use serde_json::json;

use crate::config::Backend;
use crate::context::Context;
use crate::diagnostic::{Exit, Result};
use crate::docker::{Logs, since};
use crate::event::LogLine;

/// Show what services have written
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these; all where none is named
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Go on with what is written from now on, until Ctrl-C
    #[arg(short, long)]
    follow: bool,
    /// The number of last lines of each container to begin with, or `all`
    #[arg(short = 'n', long, default_value = "100", value_parser = tail, value_name = "LINES")]
    tail: Tail,
    /// Nothing from before: how long ago (10m) or a time (2026-11-26T10:00:00Z)
    #[arg(long, value_parser = from_when, value_name = "WHEN")]
    since: Option<Timestamp>,
    /// When each line was written
    #[arg(short, long)]
    timestamps: bool,
    /// No names of services in front of the lines
    #[arg(long)]
    no_log_prefix: bool,
}

/// How much of the log to begin with.
#[derive(Clone, Copy, Debug)]
struct Tail(Option<usize>);

fn tail(text: &str) -> Result<Tail, String> {
    match text {
        "all" => Ok(Tail(None)),
        number => {
            number.parse().map(|lines| Tail(Some(lines))).map_err(|_| "write a number of lines, or all".to_owned())
        }
    }
}

fn from_when(text: &str) -> Result<Timestamp, String> {
    since(text, Timestamp::now())
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<u8> {
    let is_followed = args.follow;
    let shown = async {
        match ctx.backend_in_use().await? {
            Backend::Local => on_local(ctx, args).await,
            Backend::Docker => in_docker(ctx, args).await,
        }
    };
    tokio::select! {
        shown = shown => shown.map(|()| 0),
        // That is how following ends, and nothing to explain.
        () = ctx.interrupted(), if is_followed => Ok(Exit::Interrupted as u8),
    }
}

async fn in_docker(ctx: &Context, args: Args) -> Result<()> {
    ctx.require_services(&args.services)?;
    let wanted = Logs {
        project: ctx.project_name(),
        services: args.services,
        since: args.since,
        tail: args.tail.0.and_then(|lines| u64::try_from(lines).ok()),
        follow: args.follow,
    };
    let docker = ctx.docker().await?;
    let ui = std::sync::Arc::clone(&ctx.ui);
    let names = docker.names_in_logs(&wanted).await?;
    let mut lines = ui.log_lines(names.iter().map(String::as_str), !args.no_log_prefix, args.timestamps);
    let mut take = |line: LogLine| {
        lines.print(&line);
        if ui.is_closed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    Ok(docker.logs(&wanted, &mut take).await?)
}

async fn on_local(ctx: &Context, args: Args) -> Result<()> {
    ctx.require_database_alone(&args.services)?;
    let server = ctx.local_server_lenient();
    let ui = std::sync::Arc::clone(&ctx.ui);
    ctx.in_background(&server, move |server, _| {
        server.log(args.tail.0, args.follow, &mut |line| {
            if ui.is_json() {
                ui.line(json!({ "line": line }).to_string());
            } else {
                ui.line(line);
            }
            if ui.is_closed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    })
    .await
}
