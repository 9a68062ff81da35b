//! Scripts of Alembic that somebody added after the project was adopted.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Context, Revisions};
use crate::adoption::{Origin, Settings, Top};
use crate::diagnostic::{Code, Diagnostic};

const PENDING: Code = Code::new("adopt-pending");

/// Scripts that are no revisions here yet.
pub(crate) struct Unconverted {
    /// Their ids.
    pub(crate) ids: Vec<String>,
    folder: Utf8PathBuf,
}

impl Context {
    /// The scripts of Alembic that are no revisions here yet; `None` where there is none.
    pub(crate) fn unconverted_scripts(&self, revisions: &Revisions) -> Option<Unconverted> {
        let settings = self.settings_of_alembic(revisions)?;
        let scripts = self.alembic_scripts(&settings).unwrap_or_default();
        let ids = scripts.iter().filter_map(|(_, text)| written_id(text));
        let ids: Vec<String> = ids.filter(|id| revisions.get(id).is_none()).map(str::to_owned).collect();
        let folder = settings.version_locations.into_iter().next()?;
        (!ids.is_empty()).then_some(Unconverted { ids, folder })
    }

    /// Where the scripts are: as the files at the top say or, where these are elsewhere, as the first revision remembers.
    fn settings_of_alembic(&self, revisions: &Revisions) -> Option<Settings> {
        let is_there = |path: &Utf8Path| self.project.exists(path);
        let top = Top { root: self.project.root(), is_there: &is_there };
        let text = |path: &str| self.project.read_optional(path).ok().flatten();
        let ini = || Settings::of_ini("alembic.ini".into(), &text("alembic.ini")?, &top).ok();
        let pyproject = || Settings::of_pyproject("pyproject.toml".into(), &text("pyproject.toml")?, &top)?.ok();
        let remembered = || {
            let first = revisions.set.revisions().first()?;
            let script = Utf8PathBuf::from(Origin::read(&text(first.up_file.as_str())?)?.script);
            Some(Settings { version_locations: vec![script.parent()?.to_owned()], ..Settings::default() })
        };
        ini().or_else(pyproject).or_else(remembered)
    }
}

impl Unconverted {
    /// In words. It is a warning.
    pub(crate) fn diagnostic(&self) -> Diagnostic {
        let what = match &self.ids[..] {
            [one] => format!("1 script of Alembic is not converted: {one}"),
            many => format!("{} scripts of Alembic are not converted: {}", many.len(), many.join(", ")),
        };
        Diagnostic::warning(PENDING, what)
            .because(format!("found in {}", self.folder))
            .try_command("Convert them", "cargo xtask adopt")
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
