//! `docs/adoption-report.md`: what was converted, what needs a person's eye, and the old command beside the new one.

use super::command::Counterpart;
use super::taken::{Fate, Rendering, Taken};
use super::tasks::Task;
use crate::alembic::Outcome;
use crate::revision::Direction;

/// What an adoption did, for its report.
pub struct Adopted<'a> {
    /// The scripts that became revisions now.
    pub taken: &'a [Taken],
    /// How many were there already.
    pub kept: usize,
    /// The files of the views, with the revision that states each; none where it is as the database has it.
    pub views: Vec<(String, Option<String>)>,
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
    text += &revisions_text(adopted);
    if !adopted.views.is_empty() {
        text += "## Views\n\n| file | as stated by |\n| --- | --- |\n";
        for (file, revision) in &adopted.views {
            let source = revision.as_ref().map_or_else(|| "the database".to_owned(), |it| format!("`{it}`"));
            text += &format!("| `{file}` | {source} |\n");
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

fn revisions_text(adopted: &Adopted<'_>) -> String {
    let of = |fate| adopted.taken.iter().filter(|it| it.fate() == fate).count();
    let kept = match adopted.kept {
        0 => String::new(),
        kept => format!(" There already, and left as they are: {kept}."),
    };
    let rendered = match of(Fate::Rendered) {
        0 => String::new(),
        count => format!("Rendered by Alembic: {count}. "),
    };
    let (total, read, left) = (adopted.taken.len(), of(Fate::Static), of(Fate::Left));
    let mut text =
        format!("## Revisions\n\nScripts read: {total}. SQL now: {read}. {rendered}For a person: {left}.{kept}\n\n");
    let rows: Vec<(&Taken, Direction)> =
        adopted.taken.iter().flat_map(|it| [(it, Direction::Up), (it, Direction::Down)]).collect();
    let (mut by_alembic, mut open) = (String::new(), String::new());
    for (taken, direction) in rows {
        let name = direction.as_str();
        let file = taken.up_file.replace(".up.sql", &format!(".{name}.sql"));
        if let Some(Rendering::Done { by }) = taken.rendering(direction) {
            by_alembic += &format!("| `{file}` | {name} | {by} |\n");
        }
        let Outcome::Unknown { reasons, .. } = taken.outcome(direction) else { continue };
        for reason in reasons {
            let why = cell(&format!("{}: {}", reason.what, reason.why));
            open += &format!("| `{file}` | {name} | {} | {why} |\n", reason.place.display());
        }
        if let Some(Rendering::Refused { by, why }) = taken.rendering(direction) {
            let why = cell(&format!("{by} cannot render it: {why}"));
            open += &format!("| `{file}` | {name} | {} | {why} |\n", taken.converted.script.path);
        }
    }
    if !by_alembic.is_empty() {
        text += &format!(
            "What could not be read in these was rendered by Alembic's offline mode, which runs the script:\n\n\
             | file | direction | by |\n| --- | --- | --- |\n{by_alembic}\n"
        );
    }
    if !open.is_empty() {
        text += &format!(
            "Each of these refuses to run until its marked part is completed:\n\n\
             | file | direction | place | why |\n| --- | --- | --- | --- |\n{open}\n"
        );
    }
    text
}

fn tasks_text(tasks: &[(&Task, Counterpart)]) -> String {
    let mut known = String::new();
    let mut unknown = String::new();
    let mut others = Vec::new();
    for (task, counterpart) in tasks {
        match counterpart {
            Counterpart::Commands(commands) => {
                let commands: Vec<String> = commands.iter().map(|it| format!("`{}`", cell(it))).collect();
                known += &format!("| `pixi run {}` | {} |\n", task.name, commands.join(", then "));
            }
            Counterpart::Eye(reason) => {
                unknown += &format!("| `pixi run {}` | `{}` | {} |\n", task.name, cell(&task.command), cell(reason));
            }
            Counterpart::Unrelated => others.push(format!("`{}`", task.name)),
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
    if !others.is_empty() {
        let all = others.join(", ");
        text += &format!("## Other tasks\n\nNothing in these speaks of services or of the database: {all}.\n\n");
    }
    text
}

/// A text as a cell of a table, shortened.
fn cell(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
    if line.chars().count() <= 160 { line } else { line.chars().take(159).chain(['…']).collect() }
}
