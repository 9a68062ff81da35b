//! `docs/adoption-report.md`: what was converted, what needs a person's eye, and the old command beside the new one.

use super::command::Counterpart;
use super::tasks::Task;
use crate::alembic::{Converted, Outcome};

/// What an adoption did, for its report.
pub struct Adopted<'a> {
    /// The scripts that were converted now, with the up file of each.
    pub converted: Vec<(&'a Converted, String)>,
    /// How many were there already.
    pub kept: usize,
    /// The views, with the revision that states each.
    pub views: Vec<(String, String)>,
    /// The tasks and what they are here.
    pub tasks: Vec<(&'a Task, Counterpart)>,
    /// What a person should know besides.
    pub notes: Vec<String>,
}

/// The text of the report.
pub fn report(adopted: &Adopted<'_>) -> String {
    let mut text =
        "# Adoption report\n\nWritten by `cargo xtask adopt`; the next one adds what it converts at the end.\n\n"
            .to_owned();
    let total = adopted.converted.len();
    let left: Vec<_> = adopted.converted.iter().filter(|(it, _)| is_left(&it.up) || is_left(&it.down)).collect();
    text += &format!(
        "## Revisions\n\n{total} scripts were read: {} are SQL now, {} need a person.{}\n\n",
        total - left.len(),
        left.len(),
        if adopted.kept > 0 {
            format!(" {} were there already and were left as they are.", adopted.kept)
        } else {
            String::new()
        },
    );
    if !left.is_empty() {
        text += "Each of these refuses to run until its marked part is completed:\n\n| file | direction | place | why |\n| --- | --- | --- | --- |\n";
        for (converted, file) in &left {
            for (outcome, direction) in [(&converted.up, "up"), (&converted.down, "down")] {
                let Outcome::Unknown { reasons, .. } = outcome else { continue };
                for reason in reasons {
                    let why = cell(&format!("{}: {}", reason.what, reason.why));
                    let file = file.replace(".up.sql", &format!(".{direction}.sql"));
                    text += &format!("| `{file}` | {direction} | {} | {why} |\n", reason.place.display());
                }
            }
        }
        text.push('\n');
    }
    if !adopted.views.is_empty() {
        text += "## Views\n\n| file | as stated by |\n| --- | --- |\n";
        for (file, revision) in &adopted.views {
            text += &format!("| `{file}` | `{revision}` |\n");
        }
        text.push('\n');
    }
    text += &tasks_text(&adopted.tasks);
    if !adopted.notes.is_empty() {
        text += "## To look at\n\n";
        adopted.notes.iter().for_each(|note| text += &format!("- {note}\n"));
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn tasks_text(tasks: &[(&Task, Counterpart)]) -> String {
    let mut known = String::new();
    let mut unknown = String::new();
    for (task, counterpart) in tasks {
        match counterpart {
            Counterpart::Commands(commands) => {
                let commands: Vec<String> = commands.iter().map(|it| format!("`{}`", cell(it))).collect();
                known += &format!("| `pixi run {}` | {} |\n", task.name, commands.join(", then "));
            }
            Counterpart::Eye(reason) => {
                unknown += &format!("| `pixi run {}` | `{}` | {} |\n", task.name, cell(&task.command), cell(reason));
            }
            Counterpart::Unrelated => {}
        }
    }
    let mut text = String::new();
    if !known.is_empty() {
        text += &format!("## Commands\n\n| before | now |\n| --- | --- |\n{known}\n");
    }
    if !unknown.is_empty() {
        text += &format!(
            "## Tasks that were not understood\n\nThey seem to touch services or the database, and stay as they are:\n\n\
             | task | what it runs | why it is listed |\n| --- | --- | --- |\n{unknown}\n"
        );
    }
    text
}

fn is_left(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Unknown { .. })
}

/// A text as a cell of a table, shortened.
fn cell(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
    if line.chars().count() <= 160 { line } else { line.chars().take(159).chain(['…']).collect() }
}
