//! Scripts of Alembic that somebody added after the project was adopted.

use camino::Utf8Path;

use super::{Context, Revisions};
use crate::adoption::{Settings, Top};
use crate::diagnostic::{Code, Diagnostic};

const PENDING: Code = Code::new("adopt-pending");

impl Context {
    /// Says so where the project has scripts of Alembic that are no revisions here yet.
    pub(crate) fn warn_of_unconverted(&self, revisions: &Revisions) {
        let ini = Utf8Path::new("alembic.ini");
        let Ok(Some(text)) = self.project.read_optional(ini) else { return };
        let is_there = |path: &Utf8Path| self.project.exists(path);
        let top = Top { root: self.project.root(), is_there: &is_there };
        let Ok(settings) = Settings::of_ini(ini, &text, &top) else { return };
        let scripts = self.alembic_scripts(&settings).unwrap_or_default();
        let ids = scripts.iter().filter_map(|(_, text)| written_id(text));
        let missing: Vec<&str> = ids.filter(|id| revisions.get(id).is_none()).collect();
        if let Some(folder) = settings.version_locations.first().filter(|_| !missing.is_empty()) {
            self.ui.warn(&pending(&missing, folder));
        }
    }
}

/// The id of a script, where it is written out.
fn written_id(text: &str) -> Option<&str> {
    let line = text.lines().find(|line| {
        let rest = line.strip_prefix("revision").map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with('=') || rest.starts_with(':'))
    })?;
    let value = line.split_once('=')?.1.trim();
    let quote = value.chars().next().filter(|it| matches!(it, '\'' | '"'))?;
    value[1..].split(quote).next().filter(|id| !id.is_empty())
}

fn pending(missing: &[&str], folder: &Utf8Path) -> Diagnostic {
    let what = match missing {
        [one] => format!("1 script of Alembic is not converted: {one}"),
        many => format!("{} scripts of Alembic are not converted: {}", many.len(), many.join(", ")),
    };
    Diagnostic::warning(PENDING, what)
        .because(format!("found in {folder}"))
        .try_command("Convert them", "cargo xtask adopt")
}
