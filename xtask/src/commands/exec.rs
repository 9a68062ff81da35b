//! `exec`: a command in a running container.

use crate::config::Backend;
use crate::context::Context;
use crate::diagnostic::Result;
use crate::docker::Exec;
use crate::ui::has_terminal_to_give;

const EXAMPLES: &str = "\
Examples:
  cargo xtask exec db -- psql -U app app
  cargo xtask exec -T db -- pg_dump -U app app > dump.sql
The exit status is that of the command.";

/// Run a command in the running container of a service
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
    /// Give it no terminal, also where there is one
    #[arg(short = 'T', long)]
    no_tty: bool,
    /// Which of the containers of the service
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    index: u32,
    /// Give it all rights over the engine's machine
    #[arg(long)]
    privileged: bool,
    /// Start it, and do not wait for it
    #[arg(short, long)]
    detach: bool,
    /// The service
    #[arg(value_name = "SERVICE")]
    service: String,
    /// The command with its arguments, which are passed on as they are
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// What the old workflow's `exec-db` was given: the command alone.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DatabaseArgs {
    /// The command with its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl DatabaseArgs {
    /// The same for `exec`.
    pub(crate) fn with_service(self, ctx: &Context) -> Result<Args> {
        let (_, database) = ctx.database_service()?;
        Ok(Args {
            environment: Vec::new(),
            user: None,
            workdir: None,
            no_tty: false,
            index: 1,
            privileged: false,
            detach: false,
            service: database.service,
            command: self.command,
        })
    }
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<u8> {
    if ctx.backend_in_use().await? == Backend::Local {
        let instead = ("Work in the database", "cargo xtask psql");
        return Err(ctx.needs_docker("exec", Some(instead)));
    }
    let container = ctx.running_container(&args.service, args.index).await?;
    let exec = Exec {
        has_terminal: !args.no_tty && !args.detach && has_terminal_to_give(),
        command: args.command,
        environment: args.environment,
        user: args.user,
        working_dir: args.workdir,
        privileged: args.privileged,
    };
    if args.detach {
        ctx.docker().await?.exec_detached(&container, &exec).await?;
        return Ok(0);
    }
    ctx.exec_in(&args.service, &container, &exec).await
}
