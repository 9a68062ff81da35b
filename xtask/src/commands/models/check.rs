//! `models check`: whether the models can be read, and whether reading and importing them give the same.

use serde_json::{Value, json};

use crate::context::{Context, WithPython};
use crate::diagnostic::{Code, Diagnose as _, Diagnostic, Exit, Report, Result};
use crate::sqlmodel::{Comparison, Difference, compare};
use crate::ui;

const DIFFER: Code = Code::new("models-readings-differ");

const EXAMPLES: &str = "\
Examples:
  cargo xtask models check
  cargo xtask models check --python
  cargo xtask models check --python=.venv";

/// Check that the models can be read; with --python, that importing them gives the same
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    with: WithPython,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<()> {
    ctx.use_python(&args.with)?;
    let reading = ctx.read_models();
    let mut found: Vec<Diagnostic> = reading.errors.iter().map(|error| error.diagnose()).collect();
    let comparison = match ctx.python.get() {
        Some(python) => compare(&reading.metadata, &ctx.read_exactly(python)?.metadata),
        None => Comparison::default(),
    };
    if ctx.ui.is_json() {
        ctx.ui.json(&as_json(&comparison));
    } else if !comparison.differences.is_empty() {
        ctx.ui.line(table(&comparison));
    }
    if !comparison.differences.is_empty() {
        let count = comparison.differences.len();
        let what = if count == 1 { "1 fact".to_owned() } else { format!("{count} facts") };
        // It comes first, so that its exit status counts.
        found.insert(
            0,
            Diagnostic::error(DIFFER, Exit::Differences, format!("reading the models and importing them differ in {what}"))
                .because(format!("{} things were compared", comparison.facts))
                .advise("Say which versions are meant ([models] sqlmodel, sqlalchemy) or what a type is ([models.types]) in xtask.toml")
                .advise("Or go on with --python, which takes what was imported"),
        );
    }
    Report::from_all(found).map_or(Ok(()), Err)?;
    let tables = reading.metadata.tables.len();
    ctx.ui.status(match ctx.python.get() {
        Some(python) => {
            format!("{tables} tables, read and imported with {python}: all of {} facts agree", comparison.facts)
        }
        None => format!("{tables} tables can be read"),
    });
    Ok(())
}

fn table(comparison: &Comparison) -> String {
    let mut rows = ui::Table::new(&["what", "property", "read", "imported"]);
    for difference in &comparison.differences {
        let property = difference.property.clone().unwrap_or_default();
        let shown = |value: &Option<Value>| match (value, &difference.property) {
            (None, _) => "missing".to_owned(),
            (Some(_), None) => "there".to_owned(),
            (Some(Value::String(text)), _) => text.split_whitespace().collect::<Vec<_>>().join(" "),
            (Some(Value::Null), _) => "-".to_owned(),
            (Some(value), _) => value.to_string(),
        };
        rows.row([difference.what.clone(), property, shown(&difference.first), shown(&difference.second)]);
    }
    rows.render()
}

fn as_json(comparison: &Comparison) -> Value {
    let one =
        |it: &Difference| json!({ "what": it.what, "property": it.property, "read": it.first, "imported": it.second });
    json!({ "facts": comparison.facts, "differences": comparison.differences.iter().map(one).collect::<Vec<_>>() })
}
