//! What goes wrong with a program.

use camino::Utf8PathBuf;

use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit};

const NO_EDITOR: Code = Code::new("editor-missing");
const CANNOT_RUN: Code = Code::new("tool-cannot-run");

/// A program that could not be run at all. One that runs and fails is no error here: see [`super::Finished`].
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// It is not there, may not be executed, or the system refused a process.
    #[error("cannot run {program}: {source}")]
    CannotRun {
        /// The program, as it was called.
        program: Utf8PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No editor is named and none is found.
    #[error("no editor is known")]
    NoEditor,
}

impl Diagnose for ToolError {
    fn diagnose(&self) -> Diagnostic {
        match self {
            Self::CannotRun { program, source } => {
                Diagnostic::error(CANNOT_RUN, Exit::Prerequisite, format!("{program} cannot be run"))
                    .because(source.to_string())
                    .advise("Check that the program is installed, and that this account may execute it")
            }
            Self::NoEditor => Diagnostic::error(NO_EDITOR, Exit::Prerequisite, self.to_string())
                .because("neither VISUAL nor EDITOR is set, and none of the usual editors is installed")
                .try_command("Name yours", "export EDITOR=nano"),
        }
    }
}
