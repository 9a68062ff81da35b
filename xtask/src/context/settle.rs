//! What two schemas leave open, settled: renames, and what rows get in columns that refuse NULL.

use super::Context;
use super::offered::is_required_now;
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result, shell_word};
use crate::diff::{Renames, as_told, in_words, not_wanted, rename_candidates, told_rename};
use crate::plan::Answers;
use crate::schema::{QualifiedName, Schema};

const ASK: Code = Code::new("rename-undecided");
const TOLD: Code = Code::new("rename-unknown");
const BACKFILL: Code = Code::new("backfill-unknown");

/// What was said on the command line.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Told {
    /// What was renamed: `table:new`, `table.column:new`, `enum.value:new`; may be given several times
    #[arg(long, value_name = "OLD:NEW")]
    rename: Vec<String>,
    /// Nothing else was renamed: what looks like a rename is dropped and created
    #[arg(long)]
    no_renames: bool,
    /// What rows that are there get in a required column: `table.column=SQL`; may be given several times
    #[arg(long, value_name = "COLUMN=SQL")]
    backfill: Vec<String>,
}

impl Told {
    /// The same without questions: what is not told is no rename.
    pub(crate) fn without_questions(&self) -> Self {
        Self { no_renames: true, ..self.clone() }
    }

    /// As it stands on the command line, for commands that are shown; with a space in front of each.
    fn words(&self) -> String {
        let renames = self.rename.iter().map(|it| format!(" --rename {}", shell_word(it)));
        let backfills = self.backfill.iter().map(|it| format!(" --backfill {}", shell_word(it)));
        renames.chain(backfills).collect()
    }

    /// Whether nothing was told that could be wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.rename.is_empty() && self.backfill.is_empty()
    }
}

impl Context {
    /// The answers: what was told, and what a person says when asked. Without a terminal nothing is guessed.
    pub(crate) fn settle(&self, from: &Schema, to: &Schema, told: &Told, command: &str) -> Result<Answers> {
        let mut renames = Vec::new();
        for text in &told.rename {
            renames.push(told_rename(text, from).map_err(|why| unknown_rename(text, &why))?);
        }
        let mut renames = Renames::told(renames);
        if let Some((renamed, why)) = renames.0.iter().find_map(|it| Some((it, not_wanted(it, to)?))) {
            return Err(unknown_rename(&as_told(renamed), &why).into());
        }
        if !told.no_renames {
            let rest = rename_candidates(&renames.applied(from), to);
            self.ask_for_renames(&rest, &mut renames, &format!("{command}{}", told.words()))?;
        }
        let before = renames.applied(from);
        let mut answers = Answers { renames, ..Answers::default() };
        for text in &told.backfill {
            let (key, value) = backfill(text, to)?;
            if !is_required_now(&before, to, &key.0, &key.1) {
                return Err(not_needed(text, &before, &key.0).into());
            }
            answers.backfills.insert(key, value);
        }
        Ok(answers)
    }

    fn ask_for_renames(&self, candidates: &Renames, renames: &mut Renames, command: &str) -> Result<()> {
        if candidates.is_empty() {
            return Ok(());
        }
        if !self.ui.can_ask() && !self.ui.says_yes() {
            return Err(undecided(candidates, command).into());
        }
        for candidate in &candidates.0 {
            if self.ui.ask(&format!("It looks as if {}. Is it a rename?", in_words(candidate)), true)? {
                renames.0.push(candidate.clone());
            }
        }
        Ok(())
    }
}

fn backfill(text: &str, to: &Schema) -> Result<((QualifiedName, String), String)> {
    let unknown = |why: String| {
        Report::from(
            Diagnostic::error(BACKFILL, Exit::Usage, format!("--backfill {text} cannot be understood: {why}"))
                .advise("Write table.column=SQL, such as --backfill \"runs.reactor='unknown'\""),
        )
    };
    let (place, value) = text.split_once('=').ok_or_else(|| unknown("it has no =".to_owned()))?;
    let (table, column) = place.rsplit_once('.').ok_or_else(|| unknown(format!("{place} names no column")))?;
    let name = QualifiedName::meant(table, to.tables.names());
    let name = name.ok_or_else(|| unknown(format!("no table {table} is wanted")))?;
    if to.tables.get(name).is_none_or(|it| it.column(column).is_none()) {
        return Err(unknown(format!("the wanted table {name} has no column {column}")));
    }
    Ok(((name.clone(), column.to_owned()), value.to_owned()))
}

/// A value for rows that need none would be left out in silence.
fn not_needed(text: &str, before: &Schema, table: &QualifiedName) -> Diagnostic {
    let why = match before.tables.contains(table) {
        true => "the column takes NULL, refused it before, or is new and has a default, which the rows get",
        false => "the table is new",
    };
    Diagnostic::error(BACKFILL, Exit::Usage, format!("--backfill {text}: no row waits for a value in this column"))
        .because(why)
        .advise("Leave it out; values of rows that have one are changed by a revision written by hand")
}

fn unknown_rename(text: &str, why: &str) -> Diagnostic {
    Diagnostic::error(TOLD, Exit::Usage, format!("--rename {text} cannot be understood: {why}"))
        .advise("Write old:new with the old name as the database has it: table:new, table.column:new, enum.value:new")
}

fn undecided(candidates: &Renames, command: &str) -> Diagnostic {
    let count = candidates.0.len();
    let what =
        if count == 1 { "1 change may be a rename".to_owned() } else { format!("{count} changes may be renames") };
    let mut found = Diagnostic::error(ASK, Exit::Confirmation, format!("{what}; nothing is guessed"));
    for candidate in &candidates.0 {
        found = found.because(format!("it looks as if {}", in_words(candidate)));
    }
    let all: Vec<String> = candidates.0.iter().map(|it| format!("--rename {}", shell_word(&as_told(it)))).collect();
    found
        .try_command("Say which are", format!("{command} {}", all.join(" ")))
        .try_command("Or that none is, and rows are dropped", format!("{command} --no-renames"))
}
