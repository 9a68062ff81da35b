//! A script tried on sample rows: what it fails on, and what it loses.

use crate::diagnostic::{Code, Diagnose as _, Diagnostic, Place};
use crate::postgres::{ApplyError, Kept};
use crate::revision::RevisionScript;
use crate::sample::{RowKind, Rows, Samples, lost};
use crate::schema::QualifiedName;

const REFUSED: Code = Code::new("rows-refused");

/// Rows on which a script fails.
pub(crate) struct Refused {
    /// `up` or `down`.
    pub(crate) direction: &'static str,
    /// The table whose rows they are, where that is known.
    pub(crate) table: Option<QualifiedName>,
    kind: RowKind,
    message: String,
    evidence: Vec<String>,
    places: Vec<Place>,
}

impl Refused {
    /// Of an error that rows are to blame for: a value that cannot be (class 22), a rule that is broken (class 23).
    pub(super) fn of(
        direction: &'static str,
        script: &RevisionScript,
        error: &ApplyError,
        samples: &Samples,
    ) -> Option<Self> {
        let sql = error.sql().filter(|sql| sql.sqlstate.starts_with("22") || sql.sqlstate.starts_with("23"))?;
        let index = match error {
            ApplyError::Statement { kept: Kept::Statements(done), .. } => *done,
            _ => sql.statements_done,
        };
        let statement = script.script.statements.get(index).map_or("", |it| it.text(&script.text));
        let table = samples.concerned(sql.table.as_deref(), statement);
        let suspect = match sql.sqlstate.as_str() {
            "23502" => RowKind::Empty,
            "23505" | "23P01" => RowKind::Twin,
            "23503" => RowKind::Stray,
            "23514" => RowKind::Fitting,
            _ => RowKind::Extreme,
        };
        let has_it = table.is_some_and(|table| table.drafts.iter().any(|draft| draft.kind == suspect));
        Some(Self {
            direction,
            table: table.map(|it| it.table.clone()),
            kind: if has_it { suspect } else { RowKind::Fitting },
            message: sql.message.clone(),
            evidence: sql.evidence().into_iter().chain(whole(statement)).collect(),
            places: error.diagnose().places,
        })
    }

    fn whose(&self) -> String {
        self.table.as_ref().map_or_else(|| "the tables".to_owned(), ToString::to_string)
    }

    /// One line for the top of the up file.
    pub(crate) fn note(&self) -> String {
        format!("{} may fail on rows of {}: {}", self.direction, self.whose(), self.message.replace('\n', " "))
    }

    /// What a person should know of it.
    pub(crate) fn warning(&self) -> Diagnostic {
        let (direction, whose) = (self.direction, self.whose());
        let title = format!("the {direction} script fails on rows that {whose} may hold: {}", self.message);
        let mut found = Diagnostic::warning(REFUSED, title);
        found.places.clone_from(&self.places);
        for evidence in &self.evidence {
            found = found.because(evidence);
        }
        let tried = match self.kind {
            RowKind::Fitting => "it was tried with sample rows".to_owned(),
            kind => format!("it was tried with a row {}", kind.in_words()),
        };
        found
            .because(tried)
            .because("the schema is proved without such rows; with them nothing of the revision is applied")
            .advise(format!(
                "See whether the database has such rows, and write above this statement of the {direction} file what \
                 becomes of them: an UPDATE or a DELETE"
            ))
    }
}

/// A statement of which the place shows only the first line.
fn whole(statement: &str) -> Option<String> {
    (statement.lines().count() > 1).then(|| format!("the statement:\n{statement}"))
}

/// What a direction has lost of the sample rows, in words; `None` where all is there.
pub(super) fn lost_rows(samples: &Samples, before: &[Rows], now: &[Rows], is_after: bool) -> Option<String> {
    let both = before.iter().zip(now);
    samples.tables.iter().zip(both).filter(|(table, _)| table.after.is_some()).find_map(|(table, (before, now))| {
        let what = lost(&table.columns, before, now, samples.exactly)?;
        let place = table.after.as_ref().filter(|_| is_after).unwrap_or(&table.before);
        Some(format!("loses rows: {} {what}", place.table))
    })
}
