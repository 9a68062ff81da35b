//! `completions`: the script that teaches a shell to complete this command line.

use clap_complete::Shell;

use crate::ui::Ui;

/// Print the completion script for a shell
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(ui: &Ui, args: &Args, command: &mut clap::Command) {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "cargo-xtask", &mut script);
    ui.text(String::from_utf8_lossy(&script));
}
