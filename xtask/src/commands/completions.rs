//! `completions`: the script that teaches a shell to complete this command line.

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

pub(crate) fn run(ui: &Ui, args: &Args, command: &mut clap::Command) {
    let [short, long] = NAMES;
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, short, &mut script);
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
