//! One thing that was looked at, and how it turned out.

use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic, Exit, Report, Severity};

const MISSING: Code = Code::new("doctor-blocked");

/// How a row turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// As it should be.
    Ok,
    /// The work can go on without it.
    Warning,
    /// `up` would fail.
    Missing,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    /// What it is.
    pub(crate) what: &'static str,
    /// How it turned out.
    pub(crate) verdict: Verdict,
    /// What is there.
    pub(crate) found: String,
    /// What mends it.
    pub(crate) fix: Option<String>,
    /// The failure that it stands for.
    #[serde(skip)]
    report: Option<Report>,
}

impl Row {
    /// It is as it should be.
    pub(crate) fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, verdict: Verdict::Ok, found: found.into(), fix: None, report: None }
    }

    /// The work can go on, and a person should know.
    pub(crate) fn warning(what: &'static str, found: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warning, ..Self::ok(what, found) }
    }

    /// It is in the way.
    pub(crate) fn missing(what: &'static str, found: impl Into<String>) -> Self {
        Self { verdict: Verdict::Missing, ..Self::ok(what, found) }
    }

    /// With what mends it.
    pub(crate) fn fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }

    /// A failure of something else as a row: its title, and its first next step.
    pub(crate) fn of(what: &'static str, verdict: Verdict, report: &Report) -> Self {
        let Some(first) = report.diagnostics().first() else { return Self { verdict, ..Self::ok(what, "unknown") } };
        let fix = first.next.first().map(|next| next.command.clone().unwrap_or_else(|| next.what.clone()));
        Self { what, verdict, found: first.title.clone(), fix, report: Some(report.clone()) }
    }

    /// The same, where something else will do as well.
    pub(crate) fn not_in_the_way(self) -> Self {
        match self.verdict {
            Verdict::Missing => Self { verdict: Verdict::Warning, ..self },
            _ => self,
        }
    }

    /// The errors that it stands for, in full.
    pub(super) fn diagnostics(&self) -> Vec<Diagnostic> {
        if let Some(report) = &self.report {
            return report.diagnostics().iter().filter(|it| it.severity == Severity::Error).cloned().collect();
        }
        let found = Diagnostic::error(MISSING, Exit::Prerequisite, format!("{}: {}", self.what, self.found));
        vec![match &self.fix {
            Some(fix) => found.try_command("Mend it", fix),
            None => found.try_command("See everything that is missing", "cargo xtask doctor"),
        }]
    }
}
