//! The views of an adoption: of the scripts, or of the database; and what of `env.py`'s filters is about them.

use std::collections::BTreeSet;

use super::{Answers, Context};
use crate::adoption::{EnvScript, Taken, ViewFile, view_files};
use crate::diagnostic::Result;
use crate::plan::view_scripts;
use crate::postgres::Scope;

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
