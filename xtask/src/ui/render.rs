//! Diagnostics as text with excerpts, and as JSON.

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use serde_json::json;

use crate::diagnostic::{Diagnostic, NextStep, Place, Report, Severity};

/// For a person.
pub(super) fn human(diagnostic: &Diagnostic, colored: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut elements: Vec<Element<'_>> = diagnostic.places.iter().map(place).collect();
    for evidence in &diagnostic.evidence {
        elements.push(Level::NOTE.message(evidence.as_str()).into());
    }
    for next in &diagnostic.next {
        elements.push(Level::HELP.message(next_step(next)).into());
    }
    let code = diagnostic.code.as_str();
    elements.push(Level::NOTE.with_name("docs").message(format!("docs/errors/{code}.md")).into());
    let report = [Group::with_title(level.primary_title(diagnostic.title.as_str()).id(code)).elements(elements)];
    let renderer = if colored { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&report)
}

fn place(place: &Place) -> Element<'_> {
    if let Some(excerpt) = &place.excerpt {
        let annotation = AnnotationKind::Primary.span(excerpt.span.clone()).label(excerpt.label.as_str());
        return Snippet::source(excerpt.source.as_ref()).path(place.path.as_str()).annotation(annotation).into();
    }
    let mut origin = Origin::path(place.path.as_str());
    if place.line > 0 {
        origin = origin.line(place.line);
        if place.column > 0 {
            origin = origin.char_column(place.column);
        }
    }
    origin.into()
}

fn next_step(next: &NextStep) -> String {
    match &next.command {
        Some(command) => format!("{}: {command}", next.what),
        None => next.what.clone(),
    }
}

/// For a program, on one line: `{"exit": …, "errors": [{code, severity, title, places, evidence, next}]}`.
pub(super) fn json(report: &Report) -> String {
    let errors: Vec<_> = report.diagnostics().iter().map(diagnostic_json).collect();
    json!({ "exit": report.exit() as u8, "errors": errors }).to_string()
}

/// For a program, a warning on a line of its own: `{"warning": {code, severity, title, places, evidence, next}}`.
pub(super) fn warning_json(diagnostic: &Diagnostic) -> String {
    json!({ "warning": diagnostic_json(diagnostic) }).to_string()
}

fn diagnostic_json(diagnostic: &Diagnostic) -> serde_json::Value {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let places: Vec<_> = diagnostic
        .places
        .iter()
        .map(|place| json!({ "path": place.path, "line": place.line, "column": place.column }))
        .collect();
    let next: Vec<_> =
        diagnostic.next.iter().map(|next| json!({ "what": next.what, "command": next.command })).collect();
    json!({
        "code": diagnostic.code.as_str(), "severity": severity, "title": diagnostic.title,
        "places": places, "evidence": diagnostic.evidence, "next": next,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Code, Exit};

    fn example() -> Diagnostic {
        let source: std::sync::Arc<str> = "select 1;\nselect missing;\n".into();
        Diagnostic::error(Code::new("database-sql"), Exit::Failed, "column \"missing\" does not exist")
            .at(Place::span("a.sql", &source, 17..24, "here"))
            .because("why")
            .try_command("Do this", "cargo xtask migrate")
    }

    #[test]
    fn an_error_shows_what_where_why_and_what_next() {
        let expected = "\
error[database-sql]: column \"missing\" does not exist
 --> a.sql:2:8
  |
2 | select missing;
  |        ^^^^^^^ here
  |
  = note: why
  = help: Do this: cargo xtask migrate
  = docs: docs/errors/database-sql.md";
        assert_eq!(human(&example(), false), expected);
    }

    #[test]
    fn json_keeps_every_part() {
        let report = Report::from(example());
        let value: serde_json::Value = serde_json::from_str(&json(&report)).expect("JSON");
        assert_eq!(value["exit"], 1);
        assert_eq!(value["errors"][0]["places"][0]["line"], 2);
        assert_eq!(value["errors"][0]["next"][0]["command"], "cargo xtask migrate");
    }
}
