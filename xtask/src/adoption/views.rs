//! The views that a history of scripts makes, each as the file that states it.

use std::collections::BTreeMap;

use super::taken::Taken;
use crate::alembic::Outcome;
use crate::sql::tokens;

/// A view as the last script that creates it states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewFile {
    /// Its name, with its schema where one is written.
    pub name: String,
    /// Whether it is materialised.
    pub is_materialised: bool,
    /// The statements: the view, its indexes, comments and grants.
    pub statements: Vec<String>,
    /// The revision of the script; `None` where it is as a database has it.
    pub revision: Option<String>,
}

/// The views that are there after all scripts.
pub fn view_files<'t>(taken: impl IntoIterator<Item = &'t Taken>) -> Vec<ViewFile> {
    let mut views: BTreeMap<String, ViewFile> = BTreeMap::new();
    for Taken { converted: one, .. } in taken {
        let Outcome::Sql(statements) = &one.up else { continue };
        for statement in statements {
            read(&statement.sql, &one.script.revision, &mut views);
        }
    }
    views.into_values().collect()
}

fn read(sql: &str, revision: &str, views: &mut BTreeMap<String, ViewFile>) {
    let words = Words::of(sql);
    let create = words.after(&["create"], &["or", "replace", "temp", "temporary", "recursive"]);
    if let Some((is_materialised, at)) = create.and_then(|at| words.view_at(at)) {
        let name = words.name(words.skip(at, &["if", "not", "exists"]));
        let view = ViewFile {
            name: name.clone(),
            is_materialised,
            statements: vec![sql.trim().to_owned()],
            revision: Some(revision.to_owned()),
        };
        views.insert(plain(&name), view);
        return;
    }
    if let Some((_, at)) = words.after(&["drop"], &[]).and_then(|at| words.view_at(at)) {
        for name in words.names(words.skip(at, &["if", "exists"])) {
            views.remove(&plain(&name));
        }
        return;
    }
    if let Some((_, at)) = words.after(&["alter"], &[]).and_then(|at| words.view_at(at)) {
        let at = words.skip(at, &["if", "exists"]);
        // Its text says the old name, or the old names of its columns.
        if words.position("rename").is_some() || words.position("schema").is_some() {
            views.remove(&plain(&words.name(at)));
        }
        return;
    }
    let is_about = ["create", "comment", "grant"].iter().any(|word| words.is(0, word));
    let on = words.position("on").filter(|_| is_about);
    if let Some(on) = on {
        let at = words.skip(on + 1, &["only", "table", "materialized", "view"]);
        if let Some(view) = views.get_mut(&plain(&words.name(at))) {
            view.statements.push(sql.trim().to_owned());
        }
    }
}

/// Names as they are compared: `public` is where a name without a schema is.
fn plain(name: &str) -> String {
    let name = name.replace('"', "").to_lowercase();
    name.strip_prefix("public.").map_or(name.clone(), str::to_owned)
}

struct Words<'a>(Vec<&'a str>);

impl<'a> Words<'a> {
    fn of(sql: &'a str) -> Self {
        Self(tokens(sql).iter().map(|token| token.text(sql)).filter(|it| !is_blank(it)).collect())
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.0.get(at).is_some_and(|it| it.eq_ignore_ascii_case(word))
    }

    fn skip(&self, mut at: usize, words: &[&str]) -> usize {
        while words.iter().any(|word| self.is(at, word)) {
            at += 1;
        }
        at
    }

    fn after(&self, first: &[&str], optional: &[&str]) -> Option<usize> {
        let starts = first.iter().enumerate().all(|(at, word)| self.is(at, word));
        starts.then(|| self.skip(first.len(), optional))
    }

    /// `MATERIALIZED VIEW` or `VIEW`: which, and where its name begins.
    fn view_at(&self, at: usize) -> Option<(bool, usize)> {
        let is_materialised = self.is(at, "materialized");
        let at = at + usize::from(is_materialised);
        self.is(at, "view").then_some((is_materialised, at + 1))
    }

    fn position(&self, word: &str) -> Option<usize> {
        (0..self.0.len()).find(|at| self.is(*at, word))
    }

    fn name(&self, at: usize) -> String {
        let first = self.0.get(at).copied().unwrap_or_default();
        match (self.0.get(at + 1), self.0.get(at + 2)) {
            (Some(&"."), Some(second)) => format!("{first}.{second}"),
            _ => first.to_owned(),
        }
    }

    fn names(&self, mut at: usize) -> Vec<String> {
        let mut names = vec![self.name(at)];
        while let Some(comma) = (at..self.0.len().min(at + 4)).find(|at| self.is(*at, ",")) {
            at = comma + 1;
            names.push(self.name(at));
        }
        names
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty() || text.starts_with("--") || text.starts_with("/*")
}

impl ViewFile {
    /// As a database has it.
    pub fn of_database(name: &str, is_materialised: bool, sql: &str) -> Self {
        let statements = vec![sql.trim().to_owned()];
        Self { name: name.to_owned(), is_materialised, statements, revision: None }
    }

    /// Whether this is its name, with or without its schema.
    pub fn is_called(&self, name: &str) -> bool {
        let own = plain(&self.name);
        let bare = own.rsplit_once('.').map_or(own.as_str(), |(_, bare)| bare);
        let name = plain(name);
        name == own || name == bare
    }

    /// Whether its name begins as a pattern `start*` says, with or without its schema.
    pub fn begins_as(&self, pattern: &str) -> bool {
        let Some(start) = pattern.strip_suffix('*') else { return false };
        let own = plain(&self.name);
        let bare = own.rsplit_once('.').map_or(own.as_str(), |(_, bare)| bare);
        own.starts_with(start) || bare.starts_with(start)
    }

    /// The name of its file.
    pub fn file_name(&self) -> String {
        format!("{}.sql", plain(&self.name))
    }

    /// The text of its file.
    pub fn text(&self) -> String {
        let each = |sql: &String| format!("{};\n", sql.trim_end().trim_end_matches(';').trim_end());
        self.statements.iter().map(each).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_statement_that_makes_a_view_counts() {
        let mut views = BTreeMap::new();
        for sql in [
            "CREATE MATERIALIZED VIEW a AS SELECT 1 AS x",
            "CREATE UNIQUE INDEX i ON a (x)",
            "CREATE OR REPLACE VIEW app.b AS SELECT 2",
            "DROP MATERIALIZED VIEW IF EXISTS public.a CASCADE",
            "CREATE MATERIALIZED VIEW public.a AS SELECT 3 AS y",
            "CREATE INDEX j ON public.a USING btree (y)",
            "CREATE INDEX k ON t (y)",
            "CREATE VIEW c AS SELECT 4",
            "DROP VIEW c, d",
            "GRANT SELECT ON a TO reader",
            "CREATE VIEW e AS SELECT 5 AS x",
            "ALTER VIEW e RENAME COLUMN x TO y",
            "CREATE MATERIALIZED VIEW f AS SELECT 5 AS x",
            "ALTER MATERIALIZED VIEW IF EXISTS f RENAME TO g",
            "ALTER VIEW app.b OWNER TO me",
        ] {
            read(sql, "r", &mut views);
        }
        let shown: Vec<_> =
            views.values().map(|it| (it.file_name(), it.statements.len(), it.is_materialised)).collect();
        assert_eq!(shown, [("a.sql".to_owned(), 3, true), ("app.b.sql".to_owned(), 1, false)]);
        assert!(views["a"].text().contains("SELECT 3 AS y;\n\nCREATE INDEX j"));
    }
}
