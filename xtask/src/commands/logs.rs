//! `logs`: what the database server writes.

use std::ops::ControlFlow;

use crate::context::Context;
use crate::diagnostic::Result;

/// Show the log of the database server
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Go on with what is written from now on, until Ctrl-C
    #[arg(short, long)]
    follow: bool,
    /// The number of last lines to begin with, or `all`
    #[arg(short = 'n', long, default_value = "100", value_parser = tail, value_name = "LINES")]
    tail: Tail,
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

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let server = ctx.local_server_lenient();
    let ui = std::sync::Arc::clone(&ctx.ui);
    ctx.in_background(&server, move |server, _| {
        server.log(args.tail.0, args.follow, &mut |line| {
            if ui.is_json() {
                ui.line(serde_json::json!({ "line": line }).to_string());
            } else {
                ui.line(line);
            }
            if ui.is_closed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    })
    .await
}
