//! Views that Python modules define, as an interpreter answered.

use serde::Deserialize;

use super::exact::Failure;

/// What an interpreter says of the views in modules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ExactViews {
    /// What did not work.
    pub failures: Vec<Failure>,
    /// The version of Python.
    pub python: String,
    /// The views, in the order in which they were found.
    pub views: Vec<ExactView>,
}

/// A view that a module defines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ExactView {
    /// Its name.
    pub name: String,
    /// Its schema, where the module says it.
    pub schema: Option<String>,
    /// Whether it is materialised, where the module says it.
    pub materialised: Option<bool>,
    /// The query, as SQLAlchemy compiles it for PostgreSQL.
    pub sql: String,
    /// Its indexes as SQL, where the module says them.
    pub indexes: Vec<String>,
    /// Where it was found: `module:NAME`.
    pub source: String,
}

/// Reads an answer.
///
/// # Errors
/// It is not in the form that is expected.
pub fn exact_views(answer: &str) -> Result<ExactViews, serde_json::Error> {
    serde_json::from_str(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_left_open() {
        let answer = r#"{"python": "3.13.0", "views": [{"name": "v", "schema": null, "sql": "SELECT 1 AS n", "source": "m:V"}]}"#;
        let view =
            ExactView { name: "v".into(), sql: "SELECT 1 AS n".into(), source: "m:V".into(), ..ExactView::default() };
        assert_eq!(exact_views(answer).expect("an answer").views, [view]);
        assert!(exact_views("{\"views\": 1}").is_err());
    }
}
