//! `run`: a command in a container of its own.

use crate::config::Backend;
use crate::context::{Context, OneOff};
use crate::diagnostic::Result;
use crate::ui::has_terminal_to_give;

const EXAMPLES: &str = "\
Examples:
  cargo xtask run web -- python manage.py check
  cargo xtask run --no-deps -e DEBUG=1 web -- sh
The container is made as the service has it, publishes no ports, and is removed at its end. What the service depends on is
started before and stays. The exit status is that of the command.";

/// Run a command in a new container of a service, which goes with it
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Set a variable for the command; may be given several times
    #[arg(short, long = "env", value_name = "NAME=VALUE")]
    environment: Vec<String>,
    /// Run it as this user
    #[arg(short, long, value_name = "USER")]
    user: Option<String>,
    /// Run it in this folder of the container
    #[arg(short, long, value_name = "FOLDER")]
    workdir: Option<String>,
    /// Another entry point than the image's
    #[arg(long, value_name = "COMMAND")]
    entrypoint: Option<String>,
    /// Give it no terminal, also where there is one
    #[arg(short = 'T', long)]
    no_tty: bool,
    /// Do not start what the service depends on
    #[arg(long)]
    no_deps: bool,
    /// Keep the container when the command has ended
    #[arg(long)]
    keep: bool,
    /// The service
    #[arg(value_name = "SERVICE")]
    service: String,
    /// The command with its arguments, which are passed on as they are; the service's own where there is none
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<u8> {
    if ctx.backend_in_use().await? == Backend::Local {
        return Err(ctx.needs_docker("run", None));
    }
    let one_off = OneOff {
        has_terminal: !args.no_tty && has_terminal_to_give(),
        service: args.service,
        command: args.command,
        entrypoint: args.entrypoint,
        environment: args.environment,
        user: args.user,
        working_dir: args.workdir,
        with_dependencies: !args.no_deps,
        keep: args.keep,
    };
    Ok(u8::try_from(ctx.run_one_off(&one_off).await?).unwrap_or(1))
}
