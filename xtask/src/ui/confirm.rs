//! Questions, and what happens where nobody can answer them.

use std::io::ErrorKind;

use dialoguer::Confirm;

use super::Ui;
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result};

const NEEDED: Code = Code::new("confirmation-needed");
const REFUSED: Code = Code::new("confirmation-refused");
const INTERRUPTED: Code = Code::new("interrupted");

/// Something that needs a yes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confirmation {
    /// What is about to be done, as a sentence without a full stop.
    pub what: String,
    /// What will be lost, with sizes, or why it is asked; one line each.
    pub details: Vec<String>,
}

impl Confirmation {
    /// For this action.
    pub fn to(what: impl Into<String>) -> Self {
        Self { what: what.into(), details: Vec::new() }
    }

    /// Adds a line on what will be lost.
    #[must_use]
    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }
}

pub(super) fn confirm(ui: &Ui, confirmation: &Confirmation) -> Result<()> {
    let lines = || {
        let details = confirmation.details.iter().map(|line| format!("  {line}"));
        std::iter::once(confirmation.what.clone()).chain(details)
    };
    if ui.says_yes() {
        lines().for_each(|line| ui.status(line));
        return Ok(());
    }
    if !ui.can_ask() {
        return Err(nobody_to_ask(confirmation));
    }
    lines().for_each(|line| ui.err.line(&line));
    if prompt("Go on?", false)? {
        return Ok(());
    }
    Err(Diagnostic::error(REFUSED, Exit::Confirmation, "not confirmed; nothing was changed")
        .advise("Run the command again and answer yes, or give --yes")
        .into())
}

fn nobody_to_ask(confirmation: &Confirmation) -> Report {
    let what = confirmation.what.trim_end_matches(':');
    let mut diagnostic = Diagnostic::error(NEEDED, Exit::Confirmation, format!("{what}: this needs a yes"))
        .because("there is no terminal to ask on, and nothing was changed");
    diagnostic.evidence.extend(confirmation.details.iter().cloned());
    diagnostic.advise("Give --yes to go on").into()
}

pub(super) fn ask(ui: &Ui, question: &str, default: bool) -> Result<bool> {
    if ui.says_yes() {
        return Ok(true);
    }
    if !ui.can_ask() {
        return Ok(false);
    }
    prompt(question, default)
}

fn prompt(question: &str, default: bool) -> Result<bool> {
    Confirm::new().with_prompt(question).default(default).interact().map_err(no_answer)
}

/// A question that was not answered.
pub(super) fn no_answer(dialoguer::Error::IO(error): dialoguer::Error) -> Report {
    // The question hid the cursor, and only an answer would have brought it back, and ended its line.
    let terminal = console::Term::stderr();
    let _ = terminal.show_cursor().and_then(|()| terminal.write_line(""));
    let found = Diagnostic::error(INTERRUPTED, Exit::Interrupted, "interrupted at a question; nothing was changed");
    let found = match error.kind() {
        ErrorKind::Interrupted => found.because("Ctrl-C was pressed"),
        _ => found.because(error.to_string()),
    };
    found.advise("Run the command again").into()
}
