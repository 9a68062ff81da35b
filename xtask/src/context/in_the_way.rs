//! What stands on something that the models drop, and that no file states: nobody can know how it shall look.

use super::completed::view_name;
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result};
use crate::wanted::Moved;

const IN_THE_WAY: Code = Code::new("view-in-the-way");

/// Refuses where something that stays would lose what it needs.
pub(crate) fn views_in_the_way(moved: &[Moved]) -> Result<()> {
    let lost: Vec<&Moved> = moved.iter().filter(|it| !it.lost.is_empty()).collect();
    let Some(first) = lost.first() else { return Ok(()) };
    let title = match lost.len() {
        1 => format!("{} needs what the models drop, and no file states it", first.object),
        count => format!("{count} objects need what the models drop, and no file states them"),
    };
    let mut found = Diagnostic::error(IN_THE_WAY, Exit::Confirmation, title);
    for it in &lost {
        let needs: Vec<String> = it.lost.iter().map(ToString::to_string).collect();
        found = found.because(format!("{} needs {}", it.object, needs.join(", ")));
    }
    let views: Vec<String> = lost
        .iter()
        .filter_map(|it| view_name(&it.object))
        .map(|name| format!("--drop-view {}.{}", name.schema, name.name))
        .collect();
    found = found.advise(
        "Write the view as it shall be into a file below [views] dir: CREATE VIEW …, or CREATE MATERIALIZED VIEW …",
    );
    if !views.is_empty() {
        let command = format!("cargo xtask migrate-autogenerate -m \"…\" {}", views.join(" "));
        found = found.try_command("Or let it go, too", command);
    }
    Err(Report::from(found))
}
