//! The command line: what can be said, and which command answers.

mod interrupt;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::commands::run as run_command;
use crate::commands::{
    adopt, branches, build, check, check_downs, completions, config, current, doctor, downgrade, edit, ensure_version,
    exec, heads, history, logs, man, merge, migrate, migrate_autogenerate, models, psql, pull, refresh_views, reset,
    restart, revision, schema, seed, show, stamp, start_services, status, stop, teardown, up, views,
};
use crate::config::Backend;
use crate::context::{Clock, Context, Selection};
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result, shell_word};
use crate::ui::{Color, Format, Manner, Ui};

const USAGE: Code = Code::new("usage");
const RUNTIME: Code = Code::new("runtime");
const UNWRITTEN: Code = Code::new("output-unwritable");

const TWO_COMMANDS: &str = "Two commands do everything on a fresh machine: `cargo xtask up` and `cargo test`.";

const STATUSES: &str = "\
Exit status:
  0    done
  1    failed
  2    the command line or xtask.toml cannot be understood
  3    something that is needed is not on this machine
  4    a service is unhealthy, or did not answer in time
  5    a port, a name or a lock is held by somebody else, or the database is ahead of this checkout
  6    a migration or a view failed
  7    a check found differences or pending work
  8    a confirmation is needed, or was refused
  130  interrupted
  psql, exec and run pass on that of their program.";

/// The one command for working on a PostgreSQL project.
#[derive(Debug, Parser)]
#[command(name = "cargo-xtask", bin_name = "cargo xtask", version, max_term_width = 100)]
#[command(after_help = TWO_COMMANDS, after_long_help = format!("{TWO_COMMANDS}\n\n{STATUSES}"))]
pub struct Cli {
    #[command(flatten)]
    services: ServiceOptions,
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// Work on the project in or above this folder
    #[arg(short = 'C', long, global = true, value_name = "FOLDER", default_value = ".", hide_default_value = true)]
    directory: Utf8PathBuf,
    /// What runs the services; the choice is remembered
    #[arg(long, global = true, value_enum, value_name = "BACKEND")]
    backend: Option<Backend>,
    /// The form of results on stdout, and of errors on stderr
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: Color,
    /// Answer every question with yes
    #[arg(short, long, global = true)]
    yes: bool,
    /// Print nothing but results, warnings and errors
    #[arg(short, long, global = true)]
    quiet: bool,
}

/// They stand before the command, as those of `docker compose` do: `psql` and `logs` have options of the same names.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options for services, before the command")]
struct ServiceOptions {
    /// A Compose file, in the place of the one that xtask.toml names; later ones are laid over earlier ones
    #[arg(short, long = "file", value_name = "FILE")]
    files: Vec<Utf8PathBuf>,
    /// The name of the Compose project
    #[arg(short, long, value_name = "NAME")]
    project_name: Option<String>,
    /// Take services of this profile, too
    #[arg(long = "profile", value_name = "PROFILE")]
    profiles: Vec<String>,
    /// The Docker engine: unix://…, tcp://…, ssh://…; otherwise the one that the docker command line would ask
    #[arg(long, value_name = "ENDPOINT")]
    host: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Adopt(adopt::Args),
    #[command(visible_alias = "onboard")]
    Up(up::Args),
    Doctor(doctor::Args),
    #[command(alias = "service-status")]
    Status(status::Args),
    StartServices(start_services::Args),
    #[command(alias = "restart-services")]
    Restart(restart::Args),
    #[command(alias = "stop-services")]
    Stop(stop::Args),
    #[command(alias = "teardown-services")]
    Teardown(teardown::Args),
    #[command(hide = true)]
    TeardownServicesVolumes,
    #[command(hide = true)]
    CheckDbHealth,
    #[command(hide = true)]
    ExecDb(exec::DatabaseArgs),
    #[command(alias = "service-logs")]
    Logs(logs::Args),
    #[command(alias = "rebuild-services")]
    Build(build::Args),
    Exec(exec::Args),
    Run(run_command::Args),
    Pull(pull::Args),
    Config(config::Args),
    #[command(alias = "access-db")]
    Psql(psql::Args),
    Reset(reset::Args),
    Seed(seed::Args),
    #[command(visible_alias = "upgrade")]
    Migrate(migrate::Args),
    MigrateAutogenerate(migrate_autogenerate::Args),
    Downgrade(downgrade::Args),
    Revision(revision::Args),
    Merge(merge::Args),
    Heads(heads::Args),
    Branches(branches::Args),
    Current(current::Args),
    History(history::Args),
    Show(show::Args),
    Stamp(stamp::Args),
    Edit(edit::Args),
    Check(check::Args),
    CheckDowns(check_downs::Args),
    #[command(alias = "ensure_version")]
    EnsureVersion(ensure_version::Args),
    RefreshViews(refresh_views::Args),
    #[command(visible_alias = "schema-analytics-list")]
    Views(views::Args),
    Models(models::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Runs the process's own command line.
pub fn main() -> ExitCode {
    let cli = match parse() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let (global, services) = (cli.global, cli.services);
    let mut selection = Selection {
        backend: global.backend,
        host: services.host,
        files: services.files,
        project_name: services.project_name,
        profiles: services.profiles,
    };
    let manner = Manner { format: global.format, color: global.color, yes: global.yes, quiet: global.quiet };
    let ui = Arc::new(Ui::new(manner).repeating(options_to_repeat(&global.directory, &selection)));
    if let Command::StartServices(args) = &cli.command {
        selection.profiles.extend(args.profiles.iter().cloned());
    }
    let outcome = match cli.command {
        // These two need no project.
        Command::Completions(args) => {
            let services = Context::open(&global.directory, Arc::clone(&ui), Clock::system(), selection);
            let names = services.map(|context| context.service_names()).unwrap_or_default();
            completions::run(&ui, &args, Cli::command(), names);
            Ok(0)
        }
        Command::Man(args) => man::run(&ui, &args, &Cli::command()).map(|()| 0),
        command => {
            // What is being adopted has no xtask.toml yet.
            let open = if matches!(command, Command::Adopt(_)) { Context::begin } else { Context::open };
            let context = open(&global.directory, Arc::clone(&ui), Clock::system(), selection);
            context.and_then(|context| in_project(&context, command))
        }
    };
    match outcome {
        Ok(code) => match ui.unwritten() {
            Some(cause) => {
                ui.report(&unwritten(&cause));
                ExitCode::from(Exit::Failed as u8)
            }
            None => ExitCode::from(code),
        },
        Err(report) => {
            ui.report(&report);
            ExitCode::from(report.exit() as u8)
        }
    }
}

/// The options that say which project is meant, as a command that is advised must repeat them.
fn options_to_repeat(directory: &Utf8Path, selection: &Selection) -> String {
    let mut words = Vec::new();
    let mut add = |option: &'static str, value: &str| words.extend([option.to_owned(), shell_word(value)]);
    if directory != "." {
        add("-C", directory.as_str());
    }
    selection.files.iter().for_each(|file| add("-f", file.as_str()));
    selection.project_name.iter().for_each(|name| add("-p", name));
    selection.profiles.iter().for_each(|profile| add("--profile", profile));
    selection.host.iter().for_each(|host| add("--host", host));
    words.join(" ")
}

/// Results that were lost on the way are no success, whatever the command has done.
fn unwritten(cause: &str) -> Report {
    Diagnostic::error(UNWRITTEN, Exit::Failed, format!("the results cannot be written: {cause}"))
        .because("what the command was to do is done; what stands in the output is not whole")
        .advise("Write them to where there is room, and run the command again")
        .into()
}

/// Reads the command line. Help is printed, and what is wrong is told, in the colours and the form that were asked for.
fn parse() -> std::result::Result<Cli, ExitCode> {
    let given = without_subcommand(std::env::args_os().collect());
    let words: Vec<String> = given.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let color = match said(&words, "--color") {
        Some("always") => clap::ColorChoice::Always,
        Some("never") => clap::ColorChoice::Never,
        _ => clap::ColorChoice::Auto,
    };
    let matches = Cli::command().color(color).try_get_matches_from(given);
    let error = match matches.and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches)) {
        Ok(cli) => return Ok(cli),
        Err(error) => error,
    };
    if error.use_stderr() && said(&words, "--format") == Some("json") {
        let report = wrong_usage(&error.render().to_string());
        Ui::new(Manner { format: Format::Json, ..Manner::default() }).report(&report);
    } else {
        // Whoever closes the pipe in the middle of a help text has read enough.
        let _ = error.print();
    }
    Err(ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8)))
}

/// The arguments without the name that cargo gives a program on the path first: `cargo xtask up` becomes `cargo-xtask xtask up`.
///
/// <https://doc.rust-lang.org/cargo/reference/external-tools.html#custom-subcommands>
fn without_subcommand(mut given: Vec<OsString>) -> Vec<OsString> {
    if given.get(1).is_some_and(|word| word == "xtask") {
        given.remove(1);
    }
    given
}

/// What an option of a command line that cannot be read was given.
fn said<'a>(words: &'a [String], option: &str) -> Option<&'a str> {
    let own = words.iter().take_while(|word| *word != "--");
    let values = own.enumerate().filter_map(|(at, word)| match word.strip_prefix(option)? {
        "" => words.get(at + 1).map(String::as_str),
        rest => rest.strip_prefix('='),
    });
    values.last()
}

/// clap's own words as a report: `error: …`, `tip: …`, and the usage.
fn wrong_usage(text: &str) -> Report {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let title = lines.next().unwrap_or_default();
    let mut found = Diagnostic::error(USAGE, Exit::Usage, title.strip_prefix("error: ").unwrap_or(title));
    for line in lines {
        found = match line.strip_prefix("tip: ") {
            Some(tip) => found.advise(tip),
            None if line.starts_with("For more information") => found,
            None => found.because(line),
        };
    }
    found.try_command("See what can be said", "cargo xtask --help").into()
}

fn in_project(context: &Context, command: Command) -> Result<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|cause| {
        Diagnostic::error(RUNTIME, Exit::Failed, format!("the operating system refuses what the tool needs: {cause}"))
            .advise("Close programs, or raise the limits of open files and processes")
    })?;
    let outcome = runtime.block_on(interrupt::until_interrupted(context, run(context, command)));
    // A server that is being waited for on another thread must not hold up the end of the process.
    runtime.shutdown_background();
    outcome
}

async fn run(context: &Context, command: Command) -> Result<u8> {
    match command {
        Command::Logs(args) => return logs::run(context, args).await,
        Command::Psql(args) => return psql::run(context, args).await,
        Command::Exec(args) => return exec::run(context, args).await,
        Command::ExecDb(args) => return exec::run(context, args.with_service(context)?).await,
        Command::Run(args) => return run_command::run(context, args).await,
        Command::Up(args) => up::run(context, args).await,
        Command::Doctor(args) => doctor::run(context, args).await,
        Command::Status(args) => status::run(context, args).await,
        Command::StartServices(args) => start_services::run(context, args).await,
        Command::Restart(args) => restart::run(context, args).await,
        Command::Stop(args) => stop::run(context, args).await,
        Command::Teardown(args) => teardown::run(context, args).await,
        Command::TeardownServicesVolumes => teardown::run(context, teardown::Args::with_volumes()).await,
        Command::Build(args) => build::run(context, args).await,
        Command::Pull(args) => pull::run(context, args).await,
        Command::Config(args) => config::run(context, args).await,
        Command::CheckDbHealth => status::run(context, status::Args::of_database(context)?).await,
        Command::Reset(args) => reset::run(context, args).await,
        Command::Seed(args) => seed::run(context, args).await,
        Command::MigrateAutogenerate(args) => migrate_autogenerate::run(context, args).await,
        Command::Schema(args) => schema::run(context, args).await,
        Command::Migrate(args) => migrate::run(context, args).await,
        Command::Downgrade(args) => downgrade::run(context, args).await,
        Command::Revision(args) => revision::run(context, args).await,
        Command::Merge(args) => merge::run(context, args).await,
        Command::Heads(args) => heads::run(context, args),
        Command::Branches(args) => branches::run(context, args),
        Command::Current(args) => current::run(context, args).await,
        Command::History(args) => history::run(context, args).await,
        Command::Show(args) => show::run(context, args).await,
        Command::Stamp(args) => stamp::run(context, args).await,
        Command::Edit(args) => edit::run(context, args).await,
        Command::Check(args) => check::run(context, args).await,
        Command::CheckDowns(args) => check_downs::run(context, args).await,
        Command::EnsureVersion(args) => ensure_version::run(context, args).await,
        Command::RefreshViews(args) => refresh_views::run(context, args).await,
        Command::Views(args) => views::run(context, args).await,
        Command::Models(args) => models::run(context, &args),
        Command::Adopt(args) => adopt::run(context, args).await,
        Command::Completions(_) | Command::Man(_) => Ok(()),
    }?;
    Ok(0)
}
