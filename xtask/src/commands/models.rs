//! `models`: what the SQLModel classes say, read without Python, or imported where that is asked for.

mod check;

use crate::context::{Context, WithPython};
use crate::diagnostic::{Code, Diagnose as _, Diagnostic, Exit, Report, Result, Severity};
use crate::sqlmodel::{Metadata, Reading, Table, as_json, qualified};
use crate::ui;

const UNKNOWN: Code = Code::new("models-table-unknown");

/// List what the models declare: tables, columns, types, constraints, indexes
#[derive(Clone, Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Only these tables: `table`, or `schema.table`
    #[arg(value_name = "TABLE")]
    names: Vec<String>,
    /// Show each table in full
    #[arg(short, long)]
    verbose: bool,
    #[command(flatten)]
    with: WithPython,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Command {
    Check(check::Args),
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<()> {
    if let Some(Command::Check(args)) = &args.command {
        return check::run(ctx, args);
    }
    ctx.use_python(&args.with)?;
    let mut reading = match ctx.python.get() {
        Some(python) => Reading { metadata: ctx.read_exactly(python)?.metadata, errors: Vec::new() },
        None => ctx.read_models(),
    };
    let mut found: Vec<_> = reading.errors.iter().map(|error| error.diagnose()).collect();
    if !args.names.is_empty() {
        found.extend(unknown(&reading.metadata, &args.names));
        reading.metadata.tables.retain(|table| args.names.iter().any(|name| is_called(table, name)));
    }
    show(ctx, args, &reading.metadata);
    match Report::from_all(found.clone()) {
        Some(report) => Err(report),
        None => {
            found.iter().filter(|it| it.severity == Severity::Warning).for_each(|warning| ctx.ui.warn(warning));
            Ok(())
        }
    }
}

/// The names that no table has.
fn unknown(metadata: &Metadata, names: &[String]) -> Vec<Diagnostic> {
    let has = |name: &String| metadata.tables.iter().any(|table| is_called(table, name));
    let told = |name: &String| {
        Diagnostic::error(UNKNOWN, Exit::Usage, format!("no table of the models is called `{name}`"))
            .because("tables go by their names in the database, which may be other ones than those of their classes")
            .try_command("See which there are", "cargo xtask models")
    };
    names.iter().filter(|name| !has(name)).map(told).collect()
}

fn is_called(table: &Table, name: &str) -> bool {
    table.name == name || table.schema.as_ref().is_some_and(|schema| format!("{schema}.{}", table.name) == name)
}

fn show(ctx: &Context, args: &Args, metadata: &Metadata) {
    if ctx.ui.is_json() {
        ctx.ui.json(&as_json(metadata));
    } else if args.verbose {
        let blocks: Vec<String> = metadata.tables.iter().map(in_full).collect();
        if !blocks.is_empty() {
            ctx.ui.line(blocks.join("\n\n"));
        }
    } else if !metadata.tables.is_empty() {
        ctx.ui.line(table(metadata));
    }
    let columns: usize = metadata.tables.iter().map(|table| table.columns.len()).sum();
    let enums = match metadata.enums.len() {
        0 => String::new(),
        count => format!(", {count} enum types"),
    };
    ctx.ui.status(format!("{} tables with {columns} columns{enums}", metadata.tables.len()));
}

fn table(metadata: &Metadata) -> String {
    let headings = ["table", "columns", "foreign keys", "unique", "checks", "indexes", "declared in"];
    let mut rows = (1..6).fold(ui::Table::new(&headings), ui::Table::right);
    for table in &metadata.tables {
        rows.row([
            qualified(table.schema.as_deref(), &table.name),
            table.columns.len().to_string(),
            table.foreign_keys.len().to_string(),
            table.uniques.len().to_string(),
            table.checks.len().to_string(),
            table.indexes.len().to_string(),
            format!("{}:{}", table.declared.path, table.declared.line),
        ]);
    }
    rows.render()
}

fn in_full(table: &Table) -> String {
    let mut lines = vec![format!(
        "{} ({}:{})",
        qualified(table.schema.as_deref(), &table.name),
        table.declared.path,
        table.declared.line
    )];
    if let Some(comment) = &table.comment {
        lines.push(format!("  {comment}"));
    }
    let width = table.columns.iter().map(|column| column.name.chars().count()).max().unwrap_or(0);
    for column in &table.columns {
        let mut words = vec![column.sql_type.clone()];
        if !column.nullable {
            words.push("not null".to_owned());
        }
        if column.serial {
            words.push("serial".to_owned());
        }
        words.extend(
            column.identity.as_ref().map(|it| if it.always { "identity always" } else { "identity" }.to_owned()),
        );
        words.extend(column.computed.as_ref().map(|it| format!("generated as ({})", it.sql)));
        words.extend(column.server_default.as_ref().map(|it| format!("default {it}")));
        lines.push(format!("  {:<width$}  {}", column.name, words.join(", ")));
    }
    if let Some(key) = &table.primary_key {
        lines.push(format!("  primary key {} ({})", key.named.pg_name, key.columns.join(", ")));
    }
    for key in &table.foreign_keys {
        let target = qualified(key.ref_schema.as_deref(), &key.ref_table);
        let columns = (key.columns.join(", "), key.ref_columns.join(", "));
        let action =
            key.ondelete.as_ref().map_or_else(String::new, |action| format!(" on delete {}", action.to_lowercase()));
        lines.push(format!("  foreign key {} ({}) to {target} ({}){action}", key.named.pg_name, columns.0, columns.1));
    }
    lines.extend(table.uniques.iter().map(|it| format!("  unique {} ({})", it.named.pg_name, it.columns.join(", "))));
    lines.extend(table.checks.iter().map(|it| format!("  check {} ({})", it.named.pg_name, it.sql)));
    lines.extend(table.excludes.iter().map(|it| format!("  exclude {} using {}", it.named.pg_name, it.using)));
    for index in &table.indexes {
        let unique = if index.unique { "unique " } else { "" };
        lines.push(format!("  {unique}index {} ({})", index.name, index.expressions.join(", ")));
    }
    lines.join("\n")
}
