//! Everything that a person sees: data to stdout, status and progress to stderr, readable without colour.

mod confirm;
mod events;
mod graph;
mod images;
mod log_lines;
mod output;
mod progress;
mod prompt;
mod quantity;
mod render;
mod select;
mod services;
mod table;
mod terminal;
mod views;
mod yaml;

use std::io::IsTerminal as _;

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Report, Result, Severity};
use crate::event::Listener;
use crate::secret::mask_urls;
use output::Output;

pub use confirm::Confirmation;
pub use graph::{GraphNode, draw};
pub use log_lines::LogLines;
pub use prompt::Prompt;
pub use quantity::{bytes, milliseconds, number, seconds};
pub use table::Table;
pub use terminal::{RawTerminal, has_terminal_to_give, terminal_size};
pub use yaml::yaml;

/// In which form results are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs: one JSON value on stdout.
    Json,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How the person who runs the command wants to be spoken to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// The form of results.
    pub format: Format,
    /// Colours.
    pub color: Color,
    /// Every question is answered with yes.
    pub yes: bool,
    /// No status lines; warnings and errors still.
    pub quiet: bool,
}

/// The two streams, and how to write on them.
pub struct Ui {
    manner: Manner,
    out: Output,
    err: Output,
    has_terminal: bool,
    /// Whether what was written can be taken back from the terminal.
    can_redraw: bool,
    /// Whether status lines are shown: not where a program reads the standard error to find JSON there.
    has_status: bool,
    /// Options that commands which are advised are given again.
    repeated: String,
}

impl Ui {
    /// For this process's own streams.
    pub fn new(manner: Manner) -> Self {
        let (out, err) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let plain = is_dumb || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colored = |is_terminal: bool| match manner.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && !plain,
        };
        console::set_colors_enabled(colored(out));
        console::set_colors_enabled_stderr(colored(err));
        let has_terminal = err && std::io::stdin().is_terminal();
        let has_status = !manner.quiet && (manner.format == Format::Human || err);
        let can_redraw = has_terminal && !is_dumb;
        let (out, err) = (Output::stdout(), Output::stderr());
        Self { manner, out, err, has_terminal, can_redraw, has_status, repeated: String::new() }
    }

    /// The same, whose advice repeats these options: `-f other.yaml`.
    #[must_use]
    pub fn repeating(mut self, options: String) -> Self {
        self.repeated = options;
        self
    }

    /// The form of results.
    pub fn format(&self) -> Format {
        self.manner.format
    }

    /// Whether results are wanted as JSON.
    pub fn is_json(&self) -> bool {
        self.manner.format == Format::Json
    }

    /// Whether somebody is there to answer a question.
    pub fn can_ask(&self) -> bool {
        self.has_terminal
    }

    /// Whether every question was answered with yes beforehand.
    pub fn says_yes(&self) -> bool {
        self.manner.yes
    }

    /// Why the results could not be written to their end, where that is not their reader's wish.
    pub fn unwritten(&self) -> Option<String> {
        self.out.failure()
    }

    /// Whether whoever read the results has gone (`| head`).
    pub fn is_closed(&self) -> bool {
        self.out.is_closed()
    }

    /// A line of the result.
    pub fn line(&self, text: impl AsRef<str>) {
        self.out.line(text.as_ref());
    }

    /// A text of the result, as it is.
    pub fn text(&self, text: impl AsRef<str>) {
        self.out.text(text.as_ref());
    }

    /// The result as JSON.
    pub fn json(&self, value: &impl Serialize) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.out.line(&text),
            // Only a map with keys that are no strings could fail, and there is none.
            Err(error) => self.err.line(&error.to_string()),
        }
    }

    /// What is being done or was done, for a person who watches.
    pub fn status(&self, text: impl AsRef<str>) {
        if self.has_status {
            self.err.line(text.as_ref());
        }
    }

    /// A status line with its verb set off, as cargo does: `     Applied 2026… Add names`.
    pub fn action(&self, verb: &str, text: impl AsRef<str>) {
        let verb = console::style(format!("{verb:>12}")).green().bold().for_stderr();
        self.status(format!("{verb} {}", text.as_ref()));
    }

    /// A status line whose verb is no good news.
    pub fn setback(&self, verb: &str, text: impl AsRef<str>) {
        let verb = console::style(format!("{verb:>12}")).yellow().bold().for_stderr();
        self.status(format!("{verb} {}", text.as_ref()));
    }

    /// A clean screen for what is shown again and again; only where people look at a terminal.
    pub fn clear(&self) {
        if self.clears() {
            // A screen that cannot be cleared is written on all the same.
            let _ = console::Term::stderr().clear_screen();
        }
    }

    /// Whether `clear` does anything.
    pub fn clears(&self) -> bool {
        self.shows_progress() && !self.is_json()
    }

    /// Whether somebody watches who likes to see things move.
    fn shows_progress(&self) -> bool {
        self.can_redraw && !self.manner.quiet
    }

    /// After Ctrl-C, which the terminal has shown as `^C`: what comes begins on a line of its own.
    pub fn begin_line(&self) {
        if self.has_terminal && !progress::is_drawn() {
            self.err.text("\n");
        }
    }

    /// A warning that does not end the command.
    pub fn warn(&self, diagnostic: &Diagnostic) {
        debug_assert_eq!(diagnostic.severity, Severity::Warning, "errors end a command and are reported");
        if self.is_json() {
            self.err.line(&mask_urls(&render::warning_json(&diagnostic.repeating(&self.repeated))));
        } else {
            self.err.line(&self.rendered(diagnostic));
        }
    }

    /// What ended the command.
    pub fn report(&self, report: &Report) {
        if self.is_json() {
            self.err.line(&mask_urls(&render::json(&report.repeating(&self.repeated))));
            return;
        }
        for diagnostic in report.diagnostics() {
            self.err.line(&self.rendered(diagnostic));
        }
    }

    /// Asks before something is lost.
    ///
    /// # Errors
    /// Refused, or nobody is there to ask.
    pub fn confirm(&self, confirmation: &Confirmation) -> Result<()> {
        confirm::confirm(self, confirmation)
    }

    /// Asks a question whose answer may be no; without a terminal the answer is no.
    ///
    /// # Errors
    /// Ctrl-C at the prompt.
    pub fn ask(&self, question: &str, default: bool) -> Result<bool> {
        confirm::ask(self, question, default)
    }

    /// Asks for a value; only where somebody is there to ask ([`Ui::can_ask`]).
    ///
    /// # Errors
    /// Ctrl-C at the prompt.
    pub fn prompt(&self, prompt: &Prompt<'_>) -> Result<String> {
        prompt::prompt(self, prompt)
    }

    /// Asks which of these is meant, at a terminal; gives its place among them.
    ///
    /// # Errors
    /// Where the person ends the command instead.
    pub fn select(&self, question: &str, choices: &[String]) -> Result<usize> {
        select::select(question, choices)
    }

    /// Somebody for effects to talk to.
    pub fn listener(&self) -> impl Listener + '_ {
        events::Shown::new(self)
    }

    /// A finding as text, the way [`Ui::warn`] and [`Ui::report`] write it.
    pub fn rendered(&self, diagnostic: &Diagnostic) -> String {
        // Whatever a server or a library put into its words, no password leaves this process.
        mask_urls(&render::human(&diagnostic.repeating(&self.repeated), console::colors_enabled_stderr()))
    }
}
