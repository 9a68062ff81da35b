//! `views`: what can be analysed, and how fresh it is.

mod export;

use serde_json::{Value, json};

use crate::context::{Context, bytes};
use crate::diagnostic::Result;
use crate::postgres::Database;
use crate::ui::{Table, milliseconds, number, seconds};
use crate::view::{Mode, RelationName, Rows, Source, SourceKind, ViewGraph, Wish};

/// How many names a cell of the table holds.
const NAMES_SHOWN: usize = 3;

/// List the materialised views: rows, size, last refresh, whether stale
#[derive(Clone, Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Only these: `view`, or `schema.view`
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Only those that need a refresh
    #[arg(long)]
    stale: bool,
    /// Show each view in full: why it is stale, its indexes, all that it reads
    #[arg(short, long)]
    verbose: bool,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Command {
    Export(export::Args),
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    if let Some(Command::Export(args)) = args.command {
        return export::run(ctx, args).await;
    }
    let mut database = ctx.connect("views").await?;
    let graph = database.views().await?.graph;
    database.close().await;
    // What has to be refreshed too is of no interest here.
    let selection = super::refresh_views::select(&graph, &Wish { names: &args.names, only_stale: args.stale })?;
    let chosen: Vec<usize> = selection
        .views
        .into_iter()
        .filter(|view| selection.brought.iter().all(|brought| brought.view != *view))
        .collect();
    if ctx.ui.is_json() {
        let views: Vec<Value> = chosen.iter().map(|&view| as_json(&graph, view)).collect();
        ctx.ui.json(&views);
    } else if args.verbose {
        let blocks: Vec<String> = chosen.iter().map(|&view| in_full(ctx, &graph, view)).collect();
        ctx.ui.line(blocks.join("\n\n"));
    } else if !chosen.is_empty() {
        ctx.ui.line(table(ctx, &graph, &chosen));
    }
    advise(ctx, &graph, &chosen);
    Ok(())
}

/// How many there are and how many need a refresh, for `status`.
pub(super) async fn counts(database: &mut Database) -> Result<Value> {
    let graph = database.views().await?.graph;
    let all = || 0..graph.views().len();
    Ok(json!({
        "count": all().count(),
        "populated": all().filter(|&view| graph.view(view).populated).count(),
        "stale": all().filter(|&view| graph.freshness(view).is_stale()).count(),
    }))
}

fn advise(ctx: &Context, graph: &ViewGraph, chosen: &[usize]) {
    let stale = chosen.iter().filter(|&&view| graph.freshness(view).is_stale()).count();
    let text = match (graph.views().len(), chosen.len(), stale) {
        (0, _, _) => {
            "The database has no materialised views; `cargo xtask migrate` applies the revisions that create them"
                .to_owned()
        }
        (count, 0, _) => format!("All {count} materialised views are fresh"),
        (_, _, 0) => return,
        (_, shown, stale) => format!("To refresh: {stale} of {shown}, with `cargo xtask refresh-views --stale`"),
    };
    ctx.ui.status(text);
}

fn table(ctx: &Context, graph: &ViewGraph, chosen: &[usize]) -> String {
    let headings =
        ["schema", "name", "populated", "rows", "size", "indexes", "last refresh", "state", "reads", "read by"];
    let mut table = Table::new(&headings).right(3).right(4).right(5);
    for &index in chosen {
        let view = graph.view(index);
        let reads: Vec<String> = reads(graph, index).map(|source| source.name.name.clone()).collect();
        let read_by: Vec<String> = graph.read_by(index).iter().map(|&reader| graph.name(reader).name.clone()).collect();
        table.row([
            view.name.schema.clone(),
            view.name.name.clone(),
            if view.populated { "yes" } else { "no" }.to_owned(),
            rows(view.rows()),
            size(view.bytes),
            view.indexes.len().to_string(),
            last_refresh(ctx, graph, index),
            graph.freshness(index).word().to_owned(),
            few(&reads),
            few(&read_by),
        ]);
    }
    table.render()
}

/// What a view reads: tables and materialised views. The plain views in between are only the way there.
fn reads(graph: &ViewGraph, index: usize) -> impl Iterator<Item = &Source> {
    graph.relations_read(index).into_iter().filter(|source| source.kind != SourceKind::View)
}

fn few(names: &[String]) -> String {
    match names.len() {
        0 => "-".to_owned(),
        count if count <= NAMES_SHOWN => names.join(", "),
        count => format!("{} +{}", names[..NAMES_SHOWN].join(", "), count - NAMES_SHOWN),
    }
}

fn rows(rows: Rows) -> String {
    match rows {
        Rows::Exact(rows) => number(rows),
        Rows::Estimated(rows) => format!("~{}", number(rows)),
        Rows::Unknown => "?".to_owned(),
    }
}

fn size(size: Option<u64>) -> String {
    // Only a refresh that goes on hides it.
    size.map_or_else(|| "in use".to_owned(), bytes)
}

fn last_refresh(ctx: &Context, graph: &ViewGraph, index: usize) -> String {
    let at = graph.view(index).last.as_ref().and_then(|last| last.at.as_deref());
    at.map_or_else(|| "never".to_owned(), |at| ctx.clock.ago(at))
}

fn in_full(ctx: &Context, graph: &ViewGraph, index: usize) -> String {
    let view = graph.view(index);
    let mut lines = vec![view.name.to_string()];
    let mut line = |name: &str, text: String| lines.push(format!("  {name:<13} {text}"));
    let freshness = graph.freshness(index);
    line("state", freshness.word().to_owned());
    for cause in freshness.causes() {
        line("", cause.to_string());
    }
    line("rows", rows(view.rows()));
    line("size", size(view.bytes));
    line(
        "owner",
        if view.may_refresh { view.owner.clone() } else { format!("{}, who alone may refresh it", view.owner) },
    );
    if let Some(last) = &view.last {
        if let Some(at) = &last.at {
            let (ago, took, by) = (ctx.clock.ago(at), seconds(last.duration), &last.by);
            line("last refresh", format!("{at} ({ago}), {}, {took}, by {by}", last.mode));
        }
        if let Some(failure) = &last.failure {
            line("last failure", failure.clone());
        }
    } else {
        line("last refresh", "never by this tool".to_owned());
    }
    line("next refresh", Mode::of(view, true).to_string());
    for index in &view.indexes {
        line("index", if index.unique { format!("{} (unique)", index.name) } else { index.name.clone() });
    }
    for source in graph.relations_read(index) {
        line("reads", format!("{} ({})", source.name, kind(source.kind)));
    }
    for &reader in graph.read_by(index) {
        line("read by", graph.name(reader).to_string());
    }
    lines.join("\n")
}

fn kind(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Table => "table",
        SourceKind::ForeignTable => "foreign table",
        SourceKind::View => "view",
        SourceKind::MaterializedView => "materialised view",
        SourceKind::Function | SourceKind::OpaqueFunction => "function",
    }
}

fn as_json(graph: &ViewGraph, index: usize) -> Value {
    let view = graph.view(index);
    let name = |name: &RelationName| json!({ "schema": name.schema, "name": name.name });
    let (count, exact) = match view.rows() {
        Rows::Exact(rows) => (Some(rows), true),
        Rows::Estimated(rows) => (Some(rows), false),
        Rows::Unknown => (None, false),
    };
    let indexes: Vec<Value> = view
        .indexes
        .iter()
        .map(|index| {
            json!({
                "name": index.name, "unique": index.unique, "valid": index.valid, "partial": index.partial,
                "expression": index.expression,
            })
        })
        .collect();
    let source =
        |source: &Source| json!({ "schema": source.name.schema, "name": source.name.name, "kind": source.kind });
    let last = view.last.as_ref().filter(|last| last.at.is_some()).map(|last| {
        let duration = milliseconds(last.duration);
        json!({ "at": last.at, "duration_ms": duration, "mode": last.mode, "rows": last.rows, "by": last.by })
    });
    let mode = Mode::of(view, true);
    let freshness = graph.freshness(index);
    json!({
        "schema": view.name.schema,
        "name": view.name.name,
        "owner": view.owner,
        "may_refresh": view.may_refresh,
        "populated": view.populated,
        "rows": count,
        "rows_exact": exact,
        "bytes": view.bytes,
        "indexes": indexes,
        "mode": mode.word(),
        "plain_because": mode.reason(),
        "last_refresh": last,
        "last_failure": view.last.as_ref().and_then(|last| last.failure.as_ref()),
        "state": freshness.word(),
        "stale": freshness.is_stale(),
        "stale_because": freshness.causes().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "reads": graph.relations_read(index).into_iter().map(source).collect::<Vec<_>>(),
        "read_by": graph.read_by(index).iter().map(|&reader| name(graph.name(reader))).collect::<Vec<_>>(),
    })
}
