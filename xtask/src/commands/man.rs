//! `man`: one manual page a subcommand, written into a folder.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Code, Diagnostic, Exit, Place, Report, Result};
use crate::ui::Ui;

const MAN: Code = Code::new("man-pages");

/// Write the manual pages, one a command, into a folder
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder; it must exist
    folder: Utf8PathBuf,
}

pub(crate) fn run(ui: &Ui, args: &Args, command: &clap::Command) -> Result<()> {
    // A page on `help` itself, and one more on the help of each command, would say nothing.
    let command = command.clone().disable_help_subcommand(true);
    clap_mangen::generate_to(command, &args.folder).map_err(|cause| failed(&args.folder, &cause))?;
    ui.action("Wrote", format!("the manual pages into {}", args.folder));
    Ok(())
}

fn failed(folder: &Utf8Path, cause: &std::io::Error) -> Report {
    Diagnostic::error(MAN, Exit::Failed, format!("cannot write the manual pages into {folder}: {cause}"))
        .at(Place::file(folder))
        .advise("Name a folder that exists and may be written")
        .into()
}
