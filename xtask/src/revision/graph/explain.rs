//! Each error in full: its code, the evidence and what helps.

use super::error::{GraphError, Purpose, nearest};
use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit};

const CYCLE: Code = Code::new("revision-cycle");
const ILLEGAL_NAME: Code = Code::new("revision-illegal-name");
const NAME_TAKEN: Code = Code::new("revision-name-taken");
const PARENT_MISSING: Code = Code::new("revision-parent-missing");
const UNKNOWN: Code = Code::new("revision-unknown");
const BRANCH_UNKNOWN: Code = Code::new("revision-branch-unknown");
const AMBIGUOUS: Code = Code::new("revision-ambiguous");
const NOT_IN_BRANCH: Code = Code::new("revision-not-in-branch");
const MULTIPLE_HEADS: Code = Code::new("revision-multiple-heads");
const OUT_OF_RANGE: Code = Code::new("revision-out-of-range");
const AMBIGUOUS_WALK: Code = Code::new("revision-ambiguous-walk");
const BRANCH_NOT_CURRENT: Code = Code::new("revision-branch-not-current");
const OVERLAP: Code = Code::new("revision-overlap");
const NOT_AN_ANCESTOR: Code = Code::new("revision-not-an-ancestor");
const DUPLICATE_HEADS: Code = Code::new("revision-duplicate-heads");
const NOT_A_HEAD: Code = Code::new("revision-not-a-head");
const MALFORMED_TARGET: Code = Code::new("revision-malformed-target");
const ROWS_INCONSISTENT: Code = Code::new("revision-rows-inconsistent");

impl GraphError {
    fn code(&self) -> Code {
        match self {
            Self::SelfLoop { .. }
            | Self::DependencySelfLoop { .. }
            | Self::Cycle { .. }
            | Self::DependencyCycle { .. } => CYCLE,
            Self::MissingRevision { .. } => PARENT_MISSING,
            Self::DuplicateLabel { .. } | Self::NameTaken { .. } => NAME_TAKEN,
            Self::IllegalCharacter { .. } | Self::IllegalName { .. } => ILLEGAL_NAME,
            Self::Unknown { .. } => UNKNOWN,
            Self::UnknownBranch { .. } => BRANCH_UNKNOWN,
            Self::Ambiguous { .. } => AMBIGUOUS,
            Self::NotInBranch { .. } => NOT_IN_BRANCH,
            Self::MultipleHeads { .. } => MULTIPLE_HEADS,
            Self::OutOfRange { .. } => OUT_OF_RANGE,
            Self::AmbiguousWalk { .. } | Self::AmbiguousStart { .. } => AMBIGUOUS_WALK,
            Self::BranchNotCurrent { .. } => BRANCH_NOT_CURRENT,
            Self::Overlap { .. } => OVERLAP,
            Self::NotAnAncestor { .. } | Self::NothingToTakeBack { .. } | Self::NotADowngradeTarget { .. } => {
                NOT_AN_ANCESTOR
            }
            Self::DuplicateHeads { .. } => DUPLICATE_HEADS,
            Self::NotAHead { .. } => NOT_A_HEAD,
            Self::Malformed { .. } => MALFORMED_TARGET,
            Self::StampBothWays { .. } | Self::Unrecordable { .. } => ROWS_INCONSISTENT,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Malformed { .. } | Self::IllegalName { .. } => Exit::Usage,
            _ => Exit::Failed,
        }
    }
}

impl Diagnose for GraphError {
    fn diagnose(&self) -> Diagnostic {
        let found = Diagnostic::error(self.code(), self.exit(), self.to_string());
        match self {
            Self::SelfLoop { .. } | Self::DependencySelfLoop { .. } | Self::Cycle { .. } | Self::DependencyCycle { .. } => {
                found
                    .because("each revision has to come after what it revises and depends on, so the last of these could never be applied")
                    .advise("Correct `revises` or `depends-on` in the header of one of these revisions")
            }
            Self::MissingRevision { .. } | Self::DuplicateLabel { .. } | Self::IllegalCharacter { .. } => {
                self.explain_file(found)
            }
            Self::IllegalName { .. } => found.because(SIGNS).advise("Choose another name"),
            Self::NameTaken { .. } => found
                .because("identifiers and branch labels are used in the same places, so a name may mean one revision only")
                .advise("Choose another name")
                .try_command("See what there is", "cargo xtask history"),
            Self::MultipleHeads { heads, purpose, .. } => explain_heads(found, heads, *purpose),
            Self::DuplicateHeads { .. } | Self::NotAHead { .. } => self.explain_new(found),
            Self::Overlap { .. } | Self::StampBothWays { .. } | Self::Unrecordable { .. } => self.explain_rows(found),
            _ => self.explain_target(found),
        }
    }
}

impl GraphError {
    /// Errors in the files.
    fn explain_file(&self, found: Diagnostic) -> Diagnostic {
        match self {
            Self::MissingRevision { missing, wanted_by, label_of, nearest, .. } => {
                if let Some(revision) = label_of {
                    return found
                        .because(format!("{missing} is a branch label, and a parent is named by its identifier"))
                        .advise(format!("Write `revises: {revision}` in the header of {wanted_by}"));
                }
                with_nearest(found, nearest)
                    .advise("If a colleague made that revision, its files are missing here: pull, or switch to the branch that has them")
                    .advise(format!("If it was deleted on purpose, correct the header of {wanted_by}"))
            }
            Self::DuplicateLabel { label, revision, .. } => {
                found.advise(format!("Rename the label {label} in the header of {revision}, or take it out"))
            }
            _ => found
                .because(SIGNS)
                .advise("Rename the revision, in its own header and wherever another one revises it"),
        }
    }

    /// Errors in what was asked for.
    fn explain_target(&self, found: Diagnostic) -> Diagnostic {
        let history = |found: Diagnostic| found.try_command("See the revisions there are", "cargo xtask history");
        match self {
            Self::Unknown { name, nearest } => {
                let found = if nearest.is_empty() { with_nearest(found, &likely_words(name)) } else { with_nearest(found, nearest) };
                let relative = super::target::Relative::parse(name).is_some();
                history(if relative {
                    found.because("counting with + and - is for `migrate` and `downgrade`")
                } else {
                    found.because("no identifier is that or begins so, and no branch label is called so")
                })
            }
            Self::UnknownBranch { nearest, candidates, .. } => {
                let found = if candidates.is_empty() { found } else { found.because(begins_so(candidates)) };
                with_nearest(found, nearest).try_command("See the branches and their labels", "cargo xtask heads")
            }
            Self::Ambiguous { candidates, .. } => found.because(begins_so(candidates)).advise("Write more of it"),
            Self::NotInBranch { revision, labels, .. } => {
                let found = match labels.as_slice() {
                    [] => found.because(format!("{revision} is on no branch that has a label")),
                    labels => found.because(format!("{revision} is on {}", labels.join(", "))),
                };
                found.advise(format!("Leave the branch out: `{revision}` is enough"))
            }
            Self::OutOfRange { .. } => {
                history(found.because("it lies below the first revision or beyond the last, where there is nothing to name"))
            }
            Self::AmbiguousWalk { choices, .. } => found
                .because(format!("from there it could go on with {}", choices.join(", ")))
                .advise("Name the revision, or put the label of a branch and `@` before the number"),
            Self::AmbiguousStart { rows, target } => found
                .because(format!("current are {}", rows.join(", ")))
                .advise(format!("Say from where: `{}{target}`", rows.first().map_or("", String::as_str))),
            Self::BranchNotCurrent { current, .. } => {
                let found = if current.is_empty() { found } else { found.because(format!("current are {}", current.join(", "))) };
                found.try_command("See what is applied", "cargo xtask current")
            }
            Self::NothingToTakeBack { rows, .. } | Self::NotADowngradeTarget { rows, .. } => {
                let rows = if rows.is_empty() { "nothing is applied".to_owned() } else { format!("current: {}", rows.join(", ")) };
                found.because(rows).try_command("See what is applied", "cargo xtask history -i")
            }
            Self::NotAnAncestor { .. } => {
                history(found.because("a range goes up one line of revisions, from an older one to a newer one"))
            }
            _ => found.advise("A target is a revision (or its beginning), `head`, `heads`, `base`, `+1`, `-1`, `BRANCH@head` or `REVISION-1`"),
        }
    }

    /// Errors in a revision that is to be written.
    fn explain_new(&self, found: Diagnostic) -> Diagnostic {
        match self {
            Self::NotAHead { revision, children } => found
                .because(format!("it is already followed by {}", children.join(", ")))
                .advise("Follow a head instead: leave `--head` out, or see `cargo xtask heads`")
                .advise(format!("Open a branch at {revision} on purpose: add `--splice`")),
            Self::DuplicateHeads { revisions } => {
                found.because(format!("parents: {}", revisions.join(", "))).advise("Name each revision once")
            }
            _ => found,
        }
    }

    /// Rows that contradict each other or the graph.
    fn explain_rows(&self, found: Diagnostic) -> Diagnostic {
        let found = match self {
            Self::Overlap { .. } => found.because(
                "a row of alembic_version stands for a revision and for all that it needs; one of these is too much",
            ),
            Self::StampBothWays { above, below, .. } => {
                found.because(format!("rows above: {}; rows below: {}", above.join(", "), below.join(", ")))
            }
            Self::Unrecordable { row, .. } => {
                found.because(format!("the row {row}, which should be moved, does not fit"))
            }
            _ => found,
        };
        found
            .try_command("See the rows", "cargo xtask current")
            .try_command("Set the rows to what is really applied", "cargo xtask stamp --purge REVISION")
    }
}

fn explain_heads(found: Diagnostic, heads: &[String], purpose: Purpose) -> Diagnostic {
    let found = found.because(format!("heads: {}", heads.join(", ")));
    let merge = "cargo xtask merge heads -m \"merge heads\"";
    match purpose {
        Purpose::Upgrade => found
            .try_command("Join the heads", merge)
            .try_command("Apply all of them as they are", "cargo xtask migrate heads")
            .try_command("Start over, losing the data", "cargo xtask teardown --volumes")
            .try_command("and build it again", "cargo xtask up"),
        Purpose::Write => found
            .try_command("Join the heads", merge)
            .advise(format!("Or follow one of them: `--head {}`", heads.first().map_or("", String::as_str))),
        Purpose::Name | Purpose::Downgrade => {
            found.advise("Name one of them, or write `heads` for all").try_command("Join the heads", merge)
        }
    }
}

const SIGNS: &str = "`@`, `+`, `-` and `:` have a meaning in targets such as `core@head`, `+1`, `-1` and `FROM:TO`";

/// The words with a meaning of their own that somebody who wrote `name` may have meant.
fn likely_words(name: &str) -> Vec<String> {
    nearest(name, ["head", "heads", "base", "current"].into_iter())
}

fn with_nearest(found: Diagnostic, nearest: &[String]) -> Diagnostic {
    if nearest.is_empty() { found } else { found.advise(format!("Did you mean {}?", nearest.join(", "))) }
}

/// As many candidates as fit on a line or two.
const LISTED: usize = 8;

fn begins_so(candidates: &[String]) -> String {
    let listed = candidates.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match candidates.len().saturating_sub(LISTED) {
        0 => format!("so begin: {listed}"),
        more => format!("so begin: {listed} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::graph;
    use super::*;

    #[test]
    fn several_heads_tell_the_three_ways_out() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["a"])]);
        let found = graph.upgrade(&["a"], "head").unwrap_err().diagnose();
        let commands: Vec<_> = found.next.iter().filter_map(|step| step.command.as_deref()).collect();
        assert_eq!(
            commands,
            [
                "cargo xtask merge heads -m \"merge heads\"",
                "cargo xtask migrate heads",
                "cargo xtask teardown --volumes",
                "cargo xtask up",
            ]
        );
        assert_eq!(found.evidence, ["heads: b, c"]);
    }

    #[test]
    fn many_candidates_are_cut_short() {
        let names: Vec<String> = (0..20).map(|at| format!("abcd{at:02}")).collect();
        assert!(begins_so(&names).ends_with("abcd07 and 12 more"));
    }

    #[test]
    fn a_malformed_target_is_a_usage_error() {
        assert_eq!(GraphError::malformed("a:b:c", "x").diagnose().exit, Exit::Usage);
    }
}
