//! The views of an adoption: of the scripts, or of the database; and what of `env.py`'s filters is about them.

use std::collections::BTreeSet;

use super::adopting::Adoption;
use super::{Answers, Context};
use crate::adoption::{EnvScript, Taken, ViewFile, view_files};
use crate::diagnostic::Result;
use crate::plan::view_scripts;
use crate::postgres::Scope;
use crate::revision::{Direction, RevisionSet};

impl Context {
    /// The views, each as the last script that creates it states it, or as the database has it; and what a person should know
    /// of these.
    pub(super) async fn views_to_adopt(
        &self,
        taken: &[Taken],
        answers: &Answers,
    ) -> Result<(Vec<ViewFile>, Vec<String>)> {
        let of_scripts = view_files(taken);
        if !answers.views_from_database {
            return Ok((of_scripts, Vec::new()));
        }
        let mut database = self.connect("adopt").await?;
        // What filters leave out may well be views, which Alembic does not manage and this tool does.
        let there = database.introspect(&Scope::default()).await?;
        database.close().await;
        let views: Vec<ViewFile> = view_scripts(&there)?
            .into_iter()
            .map(|it| ViewFile::of_database(&it.name.to_string(), it.is_materialised, &it.text))
            .collect();
        let has = |view: &&ViewFile| !views.iter().any(|it| it.file_name() == view.file_name());
        let missing: Vec<&str> = of_scripts.iter().filter(has).map(|it| it.name.as_str()).collect();
        let note = format!(
            "the scripts create views that the database does not have, so they have no file: {}",
            missing.join(", ")
        );
        Ok((views, if missing.is_empty() { Vec::new() } else { vec![note] }))
    }

    /// Whether a script had its SQL before this run.
    pub(super) fn was_converted(&self, taken: &Taken, set: &RevisionSet) -> bool {
        set.get(&taken.converted.script.revision).is_some_and(|known| self.waiting(known, Direction::Up).is_none())
    }

    /// The files of views that new scripts state otherwise, where they are as the scripts before have stated them.
    pub(super) fn write_changed_views(&self, found: &mut Adoption) -> Result<()> {
        let before = |view: &ViewFile| found.views_before.iter().find(|it| it.file_name() == view.file_name());
        for view in found.views.iter().filter(|it| it.revision.is_some()) {
            let (path, text) = (found.choices.views.join(view.file_name()), view.text());
            let was = before(view).map(ViewFile::text);
            if was.as_ref() == Some(&text) {
                continue;
            }
            match self.project.read_optional(&path)? {
                None if was.is_some() => found.notes.push(format!(
                    "`{}` is stated anew by {}, and its file is not there, so none was written",
                    view.name,
                    view.revision.as_deref().unwrap_or_default()
                )),
                there if there.is_none() || there == was => found.files.push((path, text)),
                there if there.as_ref() == Some(&text) => {}
                _ => found.differing.push(path),
            }
        }
        for gone in &found.views_before {
            let path = found.choices.views.join(gone.file_name());
            let is_there = found.views.iter().any(|it| it.file_name() == gone.file_name());
            if !is_there && self.project.exists(&path) {
                found.notes.push(format!(
                    "new scripts drop or rename the view `{}`: remove `{path}`, or the next comparison brings it back",
                    gone.name
                ));
            }
        }
        Ok(())
    }
}

/// What the filters of `env.py` leave out, without the views that have a file: these are to be compared. Where a model has the
/// name of a view, it stays left out, since the model would make a table of it. The second are notes of what a person has to
/// look at.
pub(super) fn excluded(env: &EnvScript, views: &[ViewFile], models: &BTreeSet<String>) -> (Vec<String>, Vec<String>) {
    let (mut kept, mut notes) = (Vec::new(), Vec::new());
    for name in &env.excluded {
        let is_meant = |view: &&ViewFile| view.is_called(name) || view.begins_as(name);
        let meant: Vec<String> = views.iter().filter(is_meant).map(|it| it.name.clone()).collect();
        let is_pattern = name.contains('*');
        if meant.is_empty() {
            kept.push(name.clone());
        } else if is_pattern || models.contains(name) {
            let why = if is_pattern { "may mean tables, too" } else { "a model has that name, too" };
            notes.push(format!(
                "`[autogenerate] exclude` leaves out `{name}`, as `env.py` does, since it {why}; so these views are not compared: {}",
                meant.join(", ")
            ));
            kept.push(name.clone());
        }
    }
    (kept, notes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_with_a_file_are_not_left_out() {
        let env = EnvScript {
            excluded: ["spatial_ref_sys", "seen", "lab.totals", "mv_*", "also_a_model"].map(str::to_owned).to_vec(),
            ..EnvScript::default()
        };
        let views = ["lab.seen", "lab.totals", "lab.mv_a", "also_a_model"]
            .map(|name| ViewFile::of_database(name, true, "CREATE …;\n"));
        let models = BTreeSet::from(["also_a_model".to_owned()]);
        let (kept, notes) = excluded(&env, &views, &models);
        assert_eq!(kept, ["spatial_ref_sys", "mv_*", "also_a_model"]);
        assert!(
            notes[0].contains("since it may mean tables, too; so these views are not compared: lab.mv_a"),
            "{notes:?}"
        );
        assert!(
            notes[1].ends_with("a model has that name, too; so these views are not compared: also_a_model"),
            "{notes:?}"
        );
    }
}
