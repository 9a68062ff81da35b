//! `completions`: the script that teaches a shell to complete this command line.

use clap::builder::PossibleValuesParser;
use clap_complete::Shell;

use crate::ui::Ui;

/// What people type: `cargo xtask` belongs to cargo, whose own completion must stay as it is.
const NAMES: [&str; 2] = ["xtask", "cargo-xtask"];

/// Print the completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_long_help = HOW_TO)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

/// The command line with the names of services wherever one may stand.
fn with_services(command: clap::Command, services: Vec<String>) -> clap::Command {
    if services.is_empty() {
        return command;
    }
    // The command line keeps names for as long as the process lives, which ends when the script is printed.
    let names: Vec<&'static str> = services.into_iter().map(|name| &*name.leak()).collect();
    let is_service = |argument: &clap::Arg| matches!(argument.get_id().as_str(), "service" | "services");
    command.mut_subcommands(|subcommand| {
        subcommand.mut_args(|argument| match is_service(&argument) {
            true => argument.value_parser(PossibleValuesParser::new(names.clone())),
            false => argument,
        })
    })
}

const HOW_TO: &str = "\
The script completes `xtask` and `cargo-xtask`. `cargo xtask` is cargo's own to complete, so give this command a short \
name of your own, and load the script, in the start-up file of your shell (in the project, once it is built):

  bash        xtask() { cargo xtask \"$@\"; }
              source <(cargo xtask completions bash)
  zsh         xtask() { cargo xtask \"$@\" }
              source <(cargo xtask completions zsh)          # below compinit
  fish        function xtask; cargo xtask $argv; end
              cargo xtask completions fish | source
  powershell  function xtask { cargo xtask @args }
              cargo xtask completions powershell | Out-String | Invoke-Expression";

/// The services are those of the project in which the script is made: a shell makes it anew each time it starts.
pub(crate) fn run(ui: &Ui, args: &Args, command: clap::Command, services: Vec<String>) {
    let [short, long] = NAMES;
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut with_services(command, services), short, &mut script);
    let script = String::from_utf8_lossy(&script);
    ui.text(match args.shell {
        Shell::Bash => script.replace(&format!(" default {short}\n"), &format!(" default {short} {long}\n")),
        Shell::Zsh => script
            .replacen(&format!("#compdef {short}\n"), &format!("#compdef {short} {long}\n"), 1)
            .replace(&format!("compdef _{short} {short}\n"), &format!("compdef _{short} {short} {long}\n")),
        Shell::Fish => format!("{script}complete -c {long} -w {short}\n"),
        Shell::PowerShell => {
            script.replacen(&format!("-CommandName '{short}'"), &format!("-CommandName '{short}', '{long}'"), 1)
        }
        Shell::Elvish => {
            let of = |name: &str| format!("edit:completion:arg-completer[{name}]");
            format!("{script}set {} = ${}\n", of(long), of(short))
        }
        _ => script.into_owned(),
    });
}
