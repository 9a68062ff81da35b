//! `psql`: the real psql, on the project's database.

use std::process::Command;

use camino::Utf8PathBuf;

use crate::context::{Context, Via};
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result};
use crate::docker::Exec;
use crate::stack::url::DatabaseUrl;
use crate::tools;
use crate::ui::{Confirmation, has_terminal_to_give};

const NO_PSQL: Code = Code::new("psql-missing");

const EXAMPLES: &str = "\
Examples:
  cargo xtask psql                        a session
  cargo xtask psql -c 'select 1'          one statement
  cargo xtask psql -f report.sql -v year=2026
  cargo xtask psql -- -q                  an option that this tool has, too";

/// Open psql on the project's database, or run it with arguments
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Arguments for psql: `-c 'select 1'`, `-f file.sql` …; behind `--` where an option of this tool has the same name
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<u8> {
    let target = ctx.target().await?;
    if !target.is_local {
        let what = format!("psql can change {}, which is not on this machine", target.address.shown);
        ctx.ui.confirm(&Confirmation::to(what).detail(format!("the address comes from {}", target.address.origin)))?;
    }
    let Some(program) = program(ctx) else {
        return match &target.via {
            Via::Docker(service) => in_container(ctx, service, &target.url, args.arguments).await,
            Via::Local(_) | Via::Name => Err(no_psql()),
        };
    };
    let mut command = Command::new(program);
    let url = target.url;
    // The environment is not shown in the list of processes, where a URL with its password would be.
    let mut set = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            command.env(name, value);
        }
    };
    set("PGHOST", url.host.clone());
    set("PGPORT", url.port.map(|port| port.to_string()));
    set("PGUSER", url.user.clone());
    set("PGPASSWORD", url.password.as_ref().map(|secret| secret.expose().to_owned()));
    set("PGDATABASE", url.database.clone());
    set("PGSSLMODE", url.parameter("sslmode").map(str::to_owned));
    set("PGOPTIONS", url.parameter("options").map(str::to_owned));
    command.args(&args.arguments);
    let code = tools::hand_over(command).await?;
    Ok(u8::try_from(code).unwrap_or(1))
}

/// Without a psql on this machine, the one beside the server does: the same database and user, over the server's socket.
async fn in_container(ctx: &Context, service: &str, url: &DatabaseUrl, arguments: Vec<String>) -> Result<u8> {
    let container = ctx.running_container(service, 1).await?;
    ctx.ui.status(format!(
        "psql is not installed on this machine: the one in the container of {service} is used, which sees its files"
    ));
    let password = url.password.as_ref().map(|secret| secret.expose().to_owned());
    let options = url.parameter("options").map(str::to_owned);
    let variables = [
        ("PGUSER", url.user.clone()),
        ("PGPASSWORD", password),
        ("PGDATABASE", url.database.clone()),
        ("PGOPTIONS", options),
    ];
    let exec = Exec {
        command: std::iter::once("psql".to_owned()).chain(arguments).collect(),
        environment: variables.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?))).collect(),
        has_terminal: has_terminal_to_give(),
        ..Exec::default()
    };
    ctx.exec_in(service, &container, &exec).await
}

/// The psql of this machine: the one on the path, else the one beside the server's binaries.
pub(crate) fn program(ctx: &Context) -> Option<Utf8PathBuf> {
    tools::find("psql").or_else(|| {
        let psql = ctx.local_server().ok()?.installations().ok()?.first()?.program("psql");
        psql.is_file().then_some(psql)
    })
}

fn no_psql() -> Report {
    let install = tools::PackageManager::detect().map(|manager| manager.install_postgresql(None));
    let diagnostic = Diagnostic::error(NO_PSQL, Exit::Prerequisite, "psql is not installed on this machine");
    match install {
        Some(command) => diagnostic.try_command("Install PostgreSQL's client", command).into(),
        None => diagnostic.advise("Install PostgreSQL's client").into(),
    }
}
