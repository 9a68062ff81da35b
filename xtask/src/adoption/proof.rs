//! What a proof found: a database that Alembic made beside one that the converted files made.

use serde::Serialize;

/// What a proof found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// `Alembic 1.20.1`
    pub by: String,
    /// Whether the two were compared at every revision, or only at the heads and on the way back.
    pub every_revision: bool,
    /// How many revisions come from scripts of Alembic.
    pub revisions: usize,
    /// Upgrades after which both databases are equal.
    pub up: Equal,
    /// Downgrades of one revision, from the state that Alembic has at it, after which both databases are equal.
    pub down: Equal,
    /// Where they are not.
    pub differences: Vec<Difference>,
    /// Scripts that wait for a person. Alembic ran them on both sides.
    pub left: Vec<Step>,
    /// What Alembic itself cannot run.
    pub refused: Vec<Refused>,
    /// Views that the downgrade of one revision loses, Alembic's as well as ours.
    pub views_lost: Vec<Lost>,
    /// Views that the script of a downgrade loses, and that the end of its down file brings back.
    pub views_completed: Vec<Lost>,
    /// Where the end of a down file does not bring back what was there before.
    pub incomplete: Vec<Difference>,
    /// Revisions that were not reached.
    pub not_reached: Vec<String>,
    /// The rows of tables after the last upgrade; none where the databases differ already.
    pub rows: Option<Rows>,
    /// From the heads back, step by step.
    pub back: Back,
}

/// Rows of tables that were compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// Tables that have any.
    pub tables: usize,
    /// All of them.
    pub rows: i64,
    /// Columns, or whole tables, that Alembic itself fills otherwise in each run, with random values or the time.
    pub left_out: Vec<String>,
}

/// How often both databases were equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Equal {
    /// All.
    pub equal: usize,
    /// Those of them that stand on a script that waits for a person: they hold if that will do what Alembic's does.
    pub conditional: usize,
}

/// One direction of a revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The revision.
    pub revision: String,
    /// `up` or `down`
    pub direction: &'static str,
}

/// Where both databases differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// After which revision.
    pub revision: String,
    /// `up`; `down`, of this revision alone; `back`, on the way from the heads.
    pub direction: &'static str,
    /// What would have to change for ours to be as Alembic's.
    pub what: Vec<String>,
}

/// What Alembic cannot run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The revision.
    pub revision: String,
    /// `up`, `down` or `back`, as for differences.
    pub direction: &'static str,
    /// What it says.
    pub why: String,
}

/// Views that a downgrade loses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// The revision that is taken back.
    pub revision: String,
    /// Views that are there before its upgrade, and not after its downgrade.
    pub views: Vec<String>,
}

/// How far both came back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Back {
    /// Steps that both took.
    pub steps: usize,
    /// Whether they came to the base.
    pub to_base: bool,
    /// Whether both were equal wherever they were compared.
    pub equal: bool,
}

impl Proof {
    /// For a terminal.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("Proof:      {}", self.summary())];
        lines.extend(self.each().into_iter().map(|(what, text)| format!("{:<12}{text}", format!("{what}:"))));
        lines
    }

    /// For the report of the adoption.
    pub fn section(&self) -> String {
        let mut text = format!("{HEADING}\n\n{}.\n", self.summary());
        for (at, (what, line)) in self.each().into_iter().enumerate() {
            text += if at == 0 { "\n" } else { "" };
            text += &format!("- {what}: {}\n", line.replace('|', "\\|"));
        }
        text
    }

    fn summary(&self) -> String {
        let Self { by, revisions, .. } = self;
        let reserve = match self.up.conditional + self.down.conditional {
            0 => String::new(),
            some => format!(" ({some} of them if what waits for a person does what its script does)"),
        };
        let steps = match self.every_revision {
            true => {
                let (up, down) = (self.up.equal, self.down.equal);
                format!("equal after {up} upgrades and {down} single downgrades{reserve}")
            }
            false if self.differences.iter().any(|it| it.direction == "up") => "different at the heads".to_owned(),
            false if self.up.equal == 0 => "not compared at the heads".to_owned(),
            false if self.not_reached.is_empty() => "equal at the heads".to_owned(),
            false => "equal as far as Alembic comes".to_owned(),
        };
        let rows = match &self.rows {
            Some(Rows { tables, rows, .. }) if *tables > 0 => format!(", with {rows} rows in {tables} tables"),
            _ => String::new(),
        };
        let back = match &self.back {
            Back { steps: 0, .. } => "not taken back".to_owned(),
            Back { to_base: true, equal: true, .. } => "equal back to the base".to_owned(),
            Back { to_base: true, .. } => "different on the way back to the base".to_owned(),
            Back { steps, equal, .. } => {
                format!("{} for {steps} steps back", if *equal { "equal" } else { "different" })
            }
        };
        format!("{revisions} revisions, run by {by} and by the converted files: {steps}{rows}; {back}")
    }

    /// Everything that is not just equal.
    fn each(&self) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        for Difference { revision, direction, what } in &self.differences {
            found.push(("Differs", format!("{revision} {direction}: {}", what.join("; "))));
        }
        if !self.left.is_empty() {
            let all: Vec<String> = self.left.iter().map(|it| format!("{} {}", it.revision, it.direction)).collect();
            let count = all.len();
            let what = "scripts wait for a person, so Alembic ran them on both sides";
            found.push(("Not proved", format!("{count} {what}: {}", all.join(", "))));
        }
        for Refused { revision, direction, why } in &self.refused {
            let why = why.lines().map(str::trim).collect::<Vec<_>>().join(" ");
            found.push(("Alembic", format!("{revision} {direction}: cannot be run by Alembic itself: {why}")));
        }
        if let Some(left_out) = self.rows.as_ref().map(|it| &it.left_out).filter(|it| !it.is_empty()) {
            let what = "which Alembic itself fills otherwise in each run";
            found.push(("Left out", format!("rows are compared without {}, {what}", left_out.join(", "))));
        }
        if !self.not_reached.is_empty() {
            let (count, all) = (self.not_reached.len(), self.not_reached.join(", "));
            found.push(("Not proved", format!("{count} revisions that were not reached: {all}")));
        }
        for Lost { revision, views } in &self.views_lost {
            let text = format!("the downgrade of {revision} loses {}: {}", counted(views), views.join(", "));
            found.push(("Lost", text));
        }
        if !self.views_lost.is_empty() {
            let command = "`cargo xtask check-downs --repair`";
            found.push((
                "To do",
                format!("{command} completes these down files, so that nothing is lost, and proves it"),
            ));
        }
        for Lost { revision, views } in &self.views_completed {
            let text = format!("the down file of {revision} brings back {} that its script loses", counted(views));
            found.push(("Completed", text));
        }
        for Difference { revision, what, .. } in &self.incomplete {
            let what = what.join("; ");
            found.push(("To do", format!("the down file of {revision} does not bring back all any more: {what}")));
        }
        found
    }
}

fn counted(views: &[String]) -> String {
    match views.len() {
        1 => "1 view".to_owned(),
        count => format!("{count} views"),
    }
}

const HEADING: &str = "## Proof";

/// A report with this proof in the place of an earlier one.
pub fn with_proof(report: &str, section: &str) -> String {
    let mut kept = String::new();
    let mut is_proof = false;
    for line in report.split_inclusive('\n') {
        if line.starts_with("# ") || line.starts_with("## ") {
            is_proof = line.trim_end() == HEADING;
        }
        if !is_proof {
            kept += line;
        }
    }
    match kept.trim_end() {
        "" => section.to_owned(),
        kept => format!("{kept}\n\n{section}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_says_what_it_found_and_what_it_did_not() {
        let equal = Proof {
            by: "Alembic 1.20.1".into(),
            every_revision: true,
            revisions: 2,
            up: Equal { equal: 2, conditional: 0 },
            down: Equal { equal: 1, conditional: 1 },
            back: Back { steps: 2, to_base: true, equal: true },
            ..Proof::default()
        };
        let expected = "Proof:      2 revisions, run by Alembic 1.20.1 and by the converted files: equal after 2 upgrades and 1 \
                        single downgrades (1 of them if what waits for a person does what its script does); equal back to the base";
        assert_eq!(equal.lines(), [expected]);
        let found = Proof {
            every_revision: false,
            differences: vec![Difference {
                revision: "a1".into(),
                direction: "up",
                what: vec!["table t created".into(), "x | y".into()],
            }],
            left: vec![
                Step { revision: "a1".into(), direction: "down" },
                Step { revision: "b2".into(), direction: "up" },
            ],
            views_lost: vec![Lost { revision: "a1".into(), views: vec!["v".into(), "w".into()] }],
            views_completed: vec![Lost { revision: "b2".into(), views: vec!["v".into()] }],
            refused: vec![Refused { revision: "a1".into(), direction: "back", why: "Error: no\n  way".into() }],
            rows: Some(Rows { tables: 2, rows: 7, left_out: vec!["public.t.made".into()] }),
            back: Back { steps: 1, to_base: false, equal: true },
            ..equal
        };
        let section = found.section();
        assert!(
            section.contains(
                "different at the heads, with 7 rows in 2 tables; equal for 1 steps back.\n\n- Differs: a1 up: table t created; x \\| y\n"
            ),
            "{section}"
        );
        assert!(section.contains("- Alembic: a1 back: cannot be run by Alembic itself: Error: no way\n"), "{section}");
        let left = "- Not proved: 2 scripts wait for a person, so Alembic ran them on both sides: a1 down, b2 up\n";
        assert!(section.contains(left), "{section}");
        assert!(
            section.contains("- Lost: the downgrade of a1 loses 2 views: v, w\n- To do: `cargo xtask check-downs"),
            "{section}"
        );
        let left_out =
            "- Left out: rows are compared without public.t.made, which Alembic itself fills otherwise in each run\n";
        assert!(section.contains(left_out), "{section}");
        let end = "- Completed: the down file of b2 brings back 1 view that its script loses\n";
        assert!(section.ends_with(end), "{section}");
    }

    #[test]
    fn a_report_has_one_proof() {
        let once = with_proof("# Adoption report\n\n## Revisions\n\n2\n", "## Proof\n\nfirst\n\n- one\n");
        assert_eq!(once, "# Adoption report\n\n## Revisions\n\n2\n\n## Proof\n\nfirst\n\n- one\n");
        let later = format!("{once}\n# Adoption report\n\n## Revisions\n\n3\n");
        let twice = with_proof(&later, "## Proof\n\nsecond\n");
        assert_eq!(
            twice,
            "# Adoption report\n\n## Revisions\n\n2\n\n# Adoption report\n\n## Revisions\n\n3\n\n## Proof\n\nsecond\n"
        );
        assert_eq!(with_proof("", "## Proof\n"), "## Proof\n");
    }
}
