//! What can be wrong with a set of revisions, with a target, or with the rows of `alembic_version`.

/// What a target was for; it decides what helps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Naming revisions, whatever for.
    #[default]
    Name,
    /// `migrate`.
    Upgrade,
    /// `downgrade`.
    Downgrade,
    /// `revision` and `merge`.
    Write,
}

/// What can be wrong with a set of revisions, with a target, or with the rows of `alembic_version`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// A revision is its own parent.
    #[error("revision {revision} revises itself")]
    SelfLoop {
        /// The revision.
        revision: String,
    },
    /// A revision depends on itself.
    #[error("revision {revision} depends on itself")]
    DependencySelfLoop {
        /// The revision.
        revision: String,
    },
    /// Parents go round in a circle.
    #[error("revisions revise each other in a circle: {}", arrows(path))]
    Cycle {
        /// From a revision along its parents back to it.
        path: Vec<String>,
    },
    /// Parents and dependencies go round in a circle.
    #[error("revisions need each other in a circle: {}", arrows(path))]
    DependencyCycle {
        /// From a revision along its parents and dependencies back to it.
        path: Vec<String>,
    },
    /// A parent or dependency is no revision of this project.
    #[error("revision {wanted_by} {} {missing}, which does not exist", if *dependency { "depends on" } else { "revises" })]
    MissingRevision {
        /// The name that is not there.
        missing: String,
        /// The revision that names it.
        wanted_by: String,
        /// It is named as a dependency, not as a parent.
        dependency: bool,
        /// It is the label of this revision; a parent has to be named by its identifier.
        label_of: Option<String>,
        /// Identifiers that look like it.
        nearest: Vec<String>,
    },
    /// A branch label is declared twice, or is the identifier of a revision.
    #[error("branch label {label} of revision {revision} is already used by revision {other}")]
    DuplicateLabel {
        /// The label.
        label: String,
        /// The revision that declares it.
        revision: String,
        /// The revision that has it already.
        other: String,
    },
    /// An identifier has characters that targets need for themselves.
    #[error("revision identifier {revision} has characters that targets use: {}", list(characters))]
    IllegalCharacter {
        /// The identifier.
        revision: String,
        /// The characters.
        characters: Vec<char>,
    },
    /// No revision and no label is called so.
    #[error("no revision or branch is called {name}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// Names that look like it.
        nearest: Vec<String>,
    },
    /// No branch is called so.
    #[error("no branch is called {name}")]
    UnknownBranch {
        /// What was asked for.
        name: String,
        /// Labels that look like it.
        nearest: Vec<String>,
        /// Names that begin so, where it is several.
        candidates: Vec<String>,
    },
    /// Several names begin so.
    #[error("{part} is ambiguous: {} names begin so", candidates.len())]
    Ambiguous {
        /// What was asked for.
        part: String,
        /// The names, in load order.
        candidates: Vec<String>,
    },
    /// The revision exists, but on another branch.
    #[error("revision {revision} is not on branch {branch}")]
    NotInBranch {
        /// The revision.
        revision: String,
        /// The branch that was asked for.
        branch: String,
        /// The labels of the branches it is on.
        labels: Vec<String>,
    },
    /// One head was asked for, and there are several.
    #[error("there are {} heads where `{asked}` asks for one", heads.len())]
    MultipleHeads {
        /// What was asked for.
        asked: String,
        /// The heads.
        heads: Vec<String>,
        /// What the target was for.
        purpose: Purpose,
    },
    /// A relative target leaves the history.
    #[error("`{target}` leads out of the history")]
    OutOfRange {
        /// The target.
        target: String,
    },
    /// Counting steps comes to a fork.
    #[error("counting {} from {} comes to a fork", if *up { "up" } else { "down" }, from.as_deref().unwrap_or("base"))]
    AmbiguousWalk {
        /// Where the line forks; nothing is the base (counting up) or the heads (counting down).
        from: Option<String>,
        /// Whether it was counted up.
        up: bool,
        /// The revisions among which it cannot be chosen.
        choices: Vec<String>,
    },
    /// A relative upgrade could count from several rows.
    #[error("`{target}` could count from {} current revisions", rows.len())]
    AmbiguousStart {
        /// The target.
        target: String,
        /// The current revisions.
        rows: Vec<String>,
    },
    /// A relative downgrade of a branch of which not exactly one revision is current.
    #[error("{} on branch {branch}", if current.is_empty() { "nothing is applied" } else { "several revisions are current" })]
    BranchNotCurrent {
        /// The branch.
        branch: String,
        /// The current revisions on it.
        current: Vec<String>,
    },
    /// Of several revisions that should be independent, one needs another.
    #[error("revision {revision} includes {} already", others.join(", "))]
    Overlap {
        /// The revision.
        revision: String,
        /// What it includes.
        others: Vec<String>,
    },
    /// Two ends of a range are not on one line.
    #[error("{lower} does not lead up to {upper}")]
    NotAnAncestor {
        /// The lower end.
        lower: String,
        /// The upper end.
        upper: String,
    },
    /// The target of a downgrade is not below the rows.
    #[error("{target} is not below the current revision")]
    NothingToTakeBack {
        /// The target.
        target: String,
        /// The rows.
        rows: Vec<String>,
    },
    /// The branch of a downgrade has nothing to do with its target.
    #[error("nothing above the target is on branch {branch}")]
    NotADowngradeTarget {
        /// The branch.
        branch: String,
        /// The rows.
        rows: Vec<String>,
    },
    /// A new revision would have one parent twice.
    #[error("a revision is named twice as a parent")]
    DuplicateHeads {
        /// The parents.
        revisions: Vec<String>,
    },
    /// A new revision would open a branch without being asked to.
    #[error("revision {revision} is not a head")]
    NotAHead {
        /// The parent that was named.
        revision: String,
        /// The revisions that follow it already.
        children: Vec<String>,
    },
    /// A target that cannot be understood.
    #[error("`{target}` is no target: {reason}")]
    Malformed {
        /// The target.
        target: String,
        /// Why not.
        reason: String,
    },
    /// Rows lie on both sides of a revision that is to be stamped.
    #[error("{target} cannot be stamped between rows above and below it")]
    StampBothWays {
        /// The revision.
        target: String,
        /// Rows above it.
        above: Vec<String>,
        /// Rows below it.
        below: Vec<String>,
    },
    /// `alembic_version` cannot be moved to a revision: the row that should move is not there, or is there twice.
    #[error("revision {revision} cannot be recorded in alembic_version")]
    Unrecordable {
        /// The revision.
        revision: String,
        /// The row that should have been moved.
        row: String,
    },
    /// A new identifier or label that cannot be used.
    #[error("{} cannot be called `{name}`: {reason}", if *label { "a branch" } else { "a revision" })]
    IllegalName {
        /// The name.
        name: String,
        /// It is a label, not an identifier.
        label: bool,
        /// Why not.
        reason: String,
    },
    /// A new identifier or label that is taken.
    #[error("the {} {name} is taken by revision {by}", if *label { "branch label" } else { "identifier" })]
    NameTaken {
        /// The name.
        name: String,
        /// It is a label, not an identifier.
        label: bool,
        /// The revision that has it.
        by: String,
    },
}

impl GraphError {
    pub(super) fn malformed(target: &str, reason: impl Into<String>) -> Self {
        Self::Malformed { target: target.to_owned(), reason: reason.into() }
    }

    pub(super) fn not_an_ancestor(lower: &str, upper: &str) -> Self {
        Self::NotAnAncestor { lower: lower.to_owned(), upper: upper.to_owned() }
    }

    /// The same error, knowing what the target was for.
    pub(super) fn during(self, purpose: Purpose) -> Self {
        match self {
            Self::MultipleHeads { asked, heads, .. } => Self::MultipleHeads { asked, heads, purpose },
            other => other,
        }
    }

    /// The words in the headers of [`GraphError::faulty_revisions`] that are at fault.
    pub fn faulty_names(&self) -> Vec<&str> {
        match self {
            Self::SelfLoop { revision } | Self::DependencySelfLoop { revision } => vec![revision],
            Self::IllegalCharacter { revision, .. } => vec![revision],
            Self::MissingRevision { missing, .. } => vec![missing],
            Self::DuplicateLabel { label, .. } => vec![label],
            Self::Cycle { path } | Self::DependencyCycle { path } => path.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// The revisions in whose files something has to change, the most telling first; none where a target or the
    /// rows are at fault. Whoever knows the files adds them as places.
    pub fn faulty_revisions(&self) -> Vec<&str> {
        match self {
            Self::SelfLoop { revision }
            | Self::DependencySelfLoop { revision }
            | Self::IllegalCharacter { revision, .. }
            | Self::MissingRevision { wanted_by: revision, .. } => vec![revision],
            Self::DuplicateLabel { revision, other, .. } => vec![revision, other],
            Self::Cycle { path } | Self::DependencyCycle { path } => path.iter().skip(1).map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }
}

fn arrows(path: &[String]) -> String {
    path.join(" → ")
}

fn list(characters: &[char]) -> String {
    characters.iter().map(char::to_string).collect::<Vec<_>>().join(" ")
}

/// How like two names must be (0 to 1) for one to be suggested for the other.
const LIKENESS: f64 = 0.8;
/// How many names are suggested at most.
const SUGGESTIONS: usize = 3;

/// The names that look most like this one, best first.
pub(super) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut rated: Vec<(f64, &str)> = names
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= LIKENESS)
        .collect();
    rated.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    rated.into_iter().take(SUGGESTIONS).map(|(_, candidate)| candidate.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_comes_first() {
        let names = ["20261123101530", "20261101090000", "aaaa"];
        assert_eq!(nearest("2026112310153", names.into_iter())[0], "20261123101530");
        assert!(nearest("zzzz", names.into_iter()).is_empty());
    }
}
