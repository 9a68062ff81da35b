//! What can be wrong with the name of a view.

use thiserror::Error;

use super::{RelationName, SourceKind};
use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit};

const UNKNOWN: Code = Code::new("view-unknown");
const AMBIGUOUS: Code = Code::new("view-ambiguous");

/// Why a name does not lead to one view.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ViewError {
    /// There is no such view.
    #[error("no materialised view is called `{typed}`")]
    Unknown {
        /// As it was given.
        typed: String,
        /// Something else that has this name.
        other: Option<(RelationName, SourceKind)>,
        /// The most similar names.
        nearest: Vec<RelationName>,
        /// How many views there are.
        count: usize,
    },
    /// There are several.
    #[error("`{typed}` may mean {}", list(.candidates))]
    Ambiguous {
        /// As it was given.
        typed: String,
        /// All that it may mean.
        candidates: Vec<RelationName>,
    },
}

impl Diagnose for ViewError {
    fn diagnose(&self) -> Diagnostic {
        let error = |code| Diagnostic::error(code, Exit::Usage, self.to_string());
        match self {
            Self::Unknown { other, nearest, count, .. } => {
                let mut diagnostic = error(UNKNOWN);
                if let Some((name, kind)) = other {
                    diagnostic =
                        diagnostic.because(format!("{name} is {}, which has nothing to refresh", kind_in_words(*kind)));
                } else if *count == 0 {
                    diagnostic = diagnostic.because("the database has no materialised views");
                }
                for name in nearest {
                    diagnostic = diagnostic.try_command("The nearest name", refresh(name));
                }
                diagnostic.try_command("See all of them", "cargo xtask views")
            }
            Self::Ambiguous { candidates, .. } => candidates
                .iter()
                .fold(error(AMBIGUOUS), |diagnostic, name| diagnostic.try_command("Say which", refresh(name))),
        }
    }
}

fn refresh(name: &RelationName) -> String {
    let name = name.to_string();
    // Double quotes of SQL are lost in a shell, unless single ones protect them.
    let typed = if name.contains('"') { format!("'{}'", name.replace('\'', "'\\''")) } else { name };
    format!("cargo xtask refresh-views {typed}")
}

fn kind_in_words(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Table => "a table",
        SourceKind::ForeignTable => "a foreign table",
        SourceKind::View => "a plain view",
        SourceKind::MaterializedView => "a materialised view of an extension",
        SourceKind::Function | SourceKind::OpaqueFunction => "a function",
    }
}

fn list(names: &[RelationName]) -> String {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    names.join(" or ")
}
