//! What introspection leaves out.

/// What of a database does not belong to the project's schema: the tool's own state, Alembic's table, and what `xtask.toml`
/// excludes.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    patterns: Vec<Pattern>,
}

/// `schema.name`, or `name` in any schema; `*` stands for anything.
#[derive(Clone, Debug)]
struct Pattern {
    schema: Option<String>,
    name: String,
}

impl Scope {
    /// Leaves these out too: `schema.name`, `name` of any schema, `schema.*` for a schema and all in it. `*` stands for any
    /// letters.
    pub fn excluding<S: AsRef<str>>(patterns: impl IntoIterator<Item = S>) -> Self {
        let pattern = |text: &str| match text.split_once('.') {
            Some((schema, name)) => Pattern { schema: Some(schema.to_owned()), name: name.to_owned() },
            None => Pattern { schema: None, name: text.to_owned() },
        };
        Self { patterns: patterns.into_iter().map(|text| pattern(text.as_ref())).collect() }
    }

    pub(super) fn leaves_out_schema(&self, schema: &str) -> bool {
        let is_whole = |pattern: &Pattern| {
            pattern.name == "*" && pattern.schema.as_deref().is_some_and(|own| matches(own, schema))
        };
        schema == "xtask" || self.patterns.iter().any(is_whole)
    }

    pub(super) fn leaves_out(&self, schema: &str, name: &str) -> bool {
        let is_meant = |pattern: &Pattern| {
            matches(&pattern.name, name) && pattern.schema.as_deref().is_none_or(|own| matches(own, schema))
        };
        name == "alembic_version" || self.patterns.iter().any(is_meant)
    }
}

/// Whether a pattern with stars fits a whole text.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| matches(rest, &text[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tools_own_state_and_alembics_table_are_left_out() {
        let scope = Scope::default();
        assert!(scope.leaves_out_schema("xtask") && scope.leaves_out("lab", "alembic_version"));
        assert!(!scope.leaves_out_schema("public") && !scope.leaves_out("public", "runs"));
    }

    #[test]
    fn patterns_name_objects_and_whole_schemas() {
        let scope = Scope::excluding(["audit.*", "lab.tmp_*", "*_backup"]);
        assert!(scope.leaves_out_schema("audit") && scope.leaves_out("audit", "log"));
        assert!(scope.leaves_out("lab", "tmp_1") && !scope.leaves_out("public", "tmp_1"));
        assert!(scope.leaves_out("public", "runs_backup") && !scope.leaves_out("public", "runs"));
        assert!(!scope.leaves_out_schema("lab"));
    }
}
