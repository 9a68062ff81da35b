//! The revision graph against Alembic: every case that was computed with Alembic 1.20.1 must come out the same.
//!
//! `tests/conformance/alembic/traversal.json.gz` holds the cases and, under "reading", what its fields mean. Another
//! file of the same form, plain or compressed, is taken from the environment variable `XTASK_TRAVERSAL_CASES`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use serde::Deserialize;
use serde_json::{Value, json};
use xtask::revision::graph::{
    Bound, GraphError, NewRevision, Node, Plan, Resolved, RevisionGraph, RowOp, Rows, StampPlan, Traversal, Warning,
};

#[derive(Deserialize)]
struct File {
    graphs: BTreeMap<String, Graph>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Graph {
    revisions: Vec<Revision>,
    facts: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Revision {
    id: String,
    #[serde(default)]
    down: Vec<String>,
    #[serde(default)]
    depends_on: Vec<String>,
    #[serde(default)]
    labels: Vec<String>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    graph: String,
    command: String,
    #[serde(default)]
    from: Vec<String>,
    #[serde(default)]
    target: Value,
    #[serde(default)]
    range: Vec<String>,
    #[serde(default)]
    splice: bool,
    #[serde(default)]
    depends_on: Vec<String>,
    #[serde(default)]
    upper: Value,
    #[serde(default)]
    lower: Value,
    #[serde(default)]
    inclusive: bool,
    #[serde(default)]
    implicit_base: bool,
    #[serde(default)]
    select_for_downgrade: bool,
    assert_relative_length: Option<bool>,
    expect: Option<Expect>,
    #[serde(default)]
    expect_any: Vec<Expect>,
}

#[derive(Deserialize)]
struct Expect {
    error: Option<ExpectedError>,
    /// Alembic computed steps and then crashed.
    bookkeeping_error: Option<String>,
    #[serde(default)]
    warnings: Vec<String>,
    /// Everything that is compared as it stands.
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct ExpectedError {
    kind: String,
    #[serde(default)]
    uncaught: bool,
}

/// What we answer: the fields that we have an opinion on, and how many warnings there are.
type Answer = Result<(BTreeMap<&'static str, Value>, Vec<Warning>), GraphError>;

/// A database at all its heads of which Alembic's `current --check-heads` says that it is not, since one head is a
/// dependency and so has no row. It is the one place where the answer is better than Alembic's.
const DEPARTURE: &str = "departure";

impl Graph {
    fn build(&self) -> Result<RevisionGraph, GraphError> {
        RevisionGraph::new(self.revisions.iter().map(|it| Node {
            id: it.id.clone(),
            down: it.down.clone(),
            depends_on: it.depends_on.clone(),
            branch_labels: it.labels.clone(),
        }))
    }
}

/// The name that the cases give to this kind of error.
fn kind(error: &GraphError) -> &'static str {
    match error {
        GraphError::SelfLoop { .. } => "self-loop",
        GraphError::DependencySelfLoop { .. } => "dependency-self-loop",
        GraphError::Cycle { .. } => "cycle",
        GraphError::DependencyCycle { .. } => "dependency-cycle",
        GraphError::MissingRevision { .. } => "missing-revision-file",
        GraphError::DuplicateLabel { .. } | GraphError::NameTaken { label: true, .. } => "duplicate-branch-label",
        GraphError::IllegalCharacter { .. } | GraphError::IllegalName { .. } => "illegal-character",
        GraphError::Unknown { .. } => "unknown-revision",
        GraphError::UnknownBranch { .. } => "unknown-branch",
        GraphError::Ambiguous { .. } => "ambiguous-prefix",
        GraphError::NotInBranch { .. } => "not-in-branch",
        GraphError::MultipleHeads { .. } => "multiple-heads",
        GraphError::OutOfRange { .. } => "relative-out-of-range",
        GraphError::AmbiguousWalk { .. } => "ambiguous-walk",
        GraphError::AmbiguousStart { .. } => "ambiguous-upgrade",
        GraphError::Overlap { .. } => "overlapping-revisions",
        GraphError::NotAnAncestor { .. } | GraphError::NothingToTakeBack { .. } => "not-an-ancestor",
        GraphError::NotADowngradeTarget { .. } => "not-a-valid-downgrade-target",
        GraphError::DuplicateHeads { .. } => "duplicate-heads",
        GraphError::NotAHead { .. } => "not-a-head",
        GraphError::BranchNotCurrent { .. }
        | GraphError::Malformed { .. }
        | GraphError::StampBothWays { .. }
        | GraphError::Unrecordable { .. }
        | GraphError::NameTaken { .. } => "refused where Alembic crashes",
    }
}

fn answer(graph: &RevisionGraph, case: &Case) -> Answer {
    let plain = |fields: Vec<(&'static str, Value)>| Ok((fields.into_iter().collect(), Vec::new()));
    match case.command.as_str() {
        "upgrade" => {
            let targets = strings(&case.target);
            Ok(plan_fields(&graph.upgrade(&case.from, bound(&case.target, &targets))?, &case.from))
        }
        "downgrade" => {
            let target = case.target.as_str().unwrap_or("base");
            Ok(plan_fields(&graph.downgrade(&case.from, target)?, &case.from))
        }
        "stamp" => plain(stamp_fields(&graph.stamp(&case.from, &strings(&case.target))?, &case.from)),
        "resolve" => {
            let mut found = Vec::new();
            for target in strings(&case.target) {
                found.extend(graph.resolve(target)?.into_iter().map(|it| match it {
                    Resolved::Revision(vertex) => json!(vertex.id()),
                    Resolved::Base => json!("base"),
                    Resolved::BeyondBase => Value::Null,
                }));
            }
            plain(vec![("revisions", Value::Array(found))])
        }
        "history" => {
            let found = graph.history(&case.range[0], &case.range[1], &case.from)?;
            plain(vec![("revisions", found.into_iter().map(|it| it.id()).collect())])
        }
        "current" => {
            let found = graph.current(&case.from)?;
            let ids = found.iter().map(|it| it.id().to_owned());
            let lines = found.iter().map(|it| {
                let head = if it.is_real_head() {
                    " (head)"
                } else if it.is_head() {
                    " (effective head)"
                } else {
                    ""
                };
                let branch = if it.is_branch_point() { " (branchpoint)" } else { "" };
                let merge = if it.is_merge_point() { " (mergepoint)" } else { "" };
                format!("{}{head}{branch}{merge}", it.id())
            });
            plain(vec![("revisions_set", sorted(ids)), ("lines_set", sorted(lines))])
        }
        "check_heads" => {
            let versioned: BTreeSet<&str> = graph.heads().into_iter().collect();
            let ours = graph.check_heads(&case.from);
            let alembic = case.from.iter().map(String::as_str).collect::<BTreeSet<_>>() == versioned;
            let departs = ours && !alembic && graph.real_heads().len() < graph.heads().len();
            plain(vec![("ok", json!(if departs { alembic } else { ours })), (DEPARTURE, json!(departs))])
        }
        "up_to_date" => plain(vec![("ok", json!(graph.up_to_date(&case.from)?))]),
        "revision" | "merge" => plain(written(graph, case)?),
        "iterate" => {
            let options = Traversal {
                inclusive: case.inclusive,
                implicit_base: case.implicit_base,
                lenient: case.assert_relative_length == Some(false),
                downgrade: case.select_for_downgrade,
            };
            let (upper, lower) = (strings(&case.upper), strings(&case.lower));
            let found = graph.iterate(bound(&case.upper, &upper), bound(&case.lower, &lower), options)?;
            plain(vec![("revisions", found.into_iter().map(|it| it.id()).collect())])
        }
        other => panic!("{}: no such command: {other}", case.id),
    }
}

fn plan_fields(plan: &Plan<'_>, from: &[String]) -> (BTreeMap<&'static str, Value>, Vec<Warning>) {
    let mut rows = Rows::new(from);
    let mut after = Vec::new();
    for step in &plan.steps {
        rows.apply(&step.row_ops);
        after.push(sorted(rows.iter().map(str::to_owned)));
    }
    let fields = BTreeMap::from([
        ("steps", plan.steps.iter().map(|step| step.revision).collect()),
        ("rows_after_each", Value::Array(after)),
        ("rows_after", sorted(rows.iter().map(str::to_owned))),
        ("row_ops", plan.steps.iter().map(|step| ops(&step.row_ops)).collect()),
    ]);
    (fields, plan.warnings.clone())
}

fn stamp_fields(plan: &StampPlan<'_>, from: &[String]) -> Vec<(&'static str, Value)> {
    let mut rows = Rows::new(from);
    for step in &plan.steps {
        rows.apply(&step.row_ops);
    }
    let steps = plan.steps.iter().map(|step| {
        let to: Vec<&str> = step.to.into_iter().collect();
        json!({"from": step.from, "to": to, "up": step.up, "branch_move": step.branch_move})
    });
    vec![
        ("steps", steps.collect()),
        ("rows_after", sorted(rows.iter().map(str::to_owned))),
        ("row_ops", plan.steps.iter().map(|step| ops(&step.row_ops)).collect()),
    ]
}

fn written(graph: &RevisionGraph, case: &Case) -> Result<Vec<(&'static str, Value)>, GraphError> {
    let wanted = NewRevision {
        splice: case.splice,
        depends_on: case.depends_on.clone(),
        ..NewRevision::merge("newrev000001", strings(&case.target))
    };
    let node = graph.new_revision(&wanted)?;
    let (down, depends_on) = (json!(node.down), json!(node.depends_on));
    let after = graph.with(node)?;
    let heads = |ids: Vec<&str>| sorted(ids.into_iter().map(str::to_owned));
    Ok(vec![
        ("down_revision", down),
        ("depends_on", depends_on),
        ("heads_after", heads(after.heads())),
        ("real_heads_after", heads(after.real_heads())),
    ])
}

fn ops(ops: &[RowOp<'_>]) -> Value {
    let op = |op: &RowOp<'_>| match op {
        RowOp::Insert(row) => json!(["insert", row]),
        RowOp::Update { from, to } => json!(["update", from, to]),
        RowOp::Delete(row) => json!(["delete", row]),
    };
    ops.iter().map(op).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a target is a string")
}

fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::Null => Vec::new(),
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().map(text).collect(),
        other => panic!("no target: {other}"),
    }
}

fn bound<'a>(value: &'a Value, names: &'a [&'a str]) -> Bound<'a> {
    value.as_str().map_or(Bound::Rows(names), Bound::Spec)
}

fn sorted(names: impl Iterator<Item = String>) -> Value {
    json!(names.collect::<BTreeSet<_>>())
}

/// Sorted, where the order of a field has no meaning.
fn comparable(field: &str, value: &Value) -> Value {
    match (field, value) {
        ("revisions_set" | "lines_set" | "heads_after" | "real_heads_after", Value::Array(items)) => {
            sorted(items.iter().map(|it| text(it).to_owned()))
        }
        _ => value.clone(),
    }
}

/// Compares an answer with one that is expected; the error says what differs.
fn compare(answer: &Answer, expect: &Expect) -> Result<(), String> {
    if let Some(error) = &expect.error {
        let crashed = error.uncaught || error.kind.starts_with("internal-");
        return match answer {
            Ok(fields) => Err(format!("expected {}, got {fields:?}", error.kind)),
            Err(got) if kind(got) == error.kind => Ok(()),
            Err(_) if crashed && error.kind.starts_with("internal-") => Ok(()),
            Err(got) => Err(format!("expected {}, got {}: {got}", error.kind, kind(got))),
        };
    }
    let (fields, warnings) = match (answer, &expect.bookkeeping_error) {
        (Err(_), Some(_)) => return Ok(()),
        (Ok(_), Some(crash)) => return Err(format!("Alembic crashes ({crash}), and this should be refused")),
        (Err(error), None) => return Err(format!("refused: {}: {error}", kind(error))),
        (Ok(it), None) => it,
    };
    let ambiguous = expect.warnings.iter().any(|it| it.starts_with("downgrade -1 from multiple heads"));
    if ambiguous != warnings.iter().any(|it| matches!(it, Warning::AmbiguousRelativeDowngrade { .. })) {
        return Err(format!("expected the warnings {:?}, got {warnings:?}", expect.warnings));
    }
    for (field, wanted) in &expect.rest {
        // The wording of the log is ours.
        if field == "log" {
            continue;
        }
        let Some(got) = fields.get(field.as_str()) else { return Err(format!("nothing is known about {field}")) };
        if *got != comparable(field, wanted) {
            return Err(format!("{field}: expected {wanted}, got {got}"));
        }
    }
    Ok(())
}

fn run(graph: &Result<RevisionGraph, GraphError>, case: &Case) -> Result<bool, String> {
    let answer: Answer = match graph {
        Ok(graph) => answer(graph, case),
        Err(error) => Err(error.clone()),
    };
    let expected: Vec<&Expect> = case.expect.iter().chain(&case.expect_any).collect();
    assert!(!expected.is_empty(), "{}: nothing is expected", case.id);
    let departs = answer.as_ref().is_ok_and(|(fields, _)| fields.get(DEPARTURE) == Some(&json!(true)));
    let outcomes: Vec<_> = expected.into_iter().map(|expect| compare(&answer, expect)).collect();
    match outcomes.iter().find(|it| it.is_ok()) {
        Some(_) => Ok(departs),
        None => Err(outcomes.into_iter().filter_map(Result::err).collect::<Vec<_>>().join("; or ")),
    }
}

/// What Alembic says of a graph as a whole.
fn compare_facts(graph: &Result<RevisionGraph, GraphError>, facts: &BTreeMap<String, Value>) -> Vec<String> {
    let graph = match (graph, facts.get("load_error")) {
        (Err(_), Some(_)) => return Vec::new(),
        (Err(error), None) => return vec![format!("refused: {error}")],
        (Ok(_), Some(error)) => return vec![format!("accepted in spite of {error}")],
        (Ok(graph), None) => graph,
    };
    let set = |ids: Vec<&str>| sorted(ids.into_iter().map(str::to_owned));
    let labels: BTreeMap<&str, Vec<&str>> =
        graph.iter().map(|it| (it.id(), it.labels())).filter(|(_, labels)| !labels.is_empty()).collect();
    let needs: BTreeMap<&str, Value> = graph
        .iter()
        .filter(|it| !it.node().depends_on.is_empty())
        .map(|it| (it.id(), set(it.needs().map(|need| need.id()).collect())))
        .collect();
    let ours = [
        ("heads", json!(graph.heads())),
        ("real_heads", json!(graph.real_heads())),
        ("bases", json!(graph.bases())),
        ("branch_points", set(graph.branch_points())),
        ("merge_points", set(graph.merge_points())),
        ("effective_labels", json!(labels)),
        ("normalized_down", json!(needs)),
    ];
    let differs = |(field, got): &(&str, Value)| {
        let wanted = facts.get(*field)?;
        let wanted = if field.ends_with("_points") {
            sorted(wanted.as_array()?.iter().map(|it| text(it).to_owned()))
        } else {
            wanted.clone()
        };
        (wanted != *got).then(|| format!("{field}: expected {wanted}, got {got}"))
    };
    ours.iter().filter_map(differs).collect()
}

fn load() -> File {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/alembic/traversal.json.gz");
    let path = std::env::var("XTASK_TRAVERSAL_CASES").unwrap_or_else(|_| own.to_owned());
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).expect("gzip of UTF-8");
    } else {
        text = String::from_utf8(bytes).expect("UTF-8");
    }
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
#[allow(clippy::print_stdout, reason = "the summary is what one runs this test for")]
fn every_case_comes_out_as_in_alembic() {
    let file = load();
    let mut failures = Vec::new();
    let mut graphs = BTreeMap::new();
    for (name, graph) in &file.graphs {
        let built = graph.build();
        failures.extend(compare_facts(&built, &graph.facts).into_iter().map(|it| format!("graph {name}: {it}")));
        graphs.insert(name.as_str(), built);
    }
    let mut summary: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut departures = Vec::new();
    for case in &file.cases {
        let (passed, all) = summary.entry(&case.command).or_default();
        *all += 1;
        match run(&graphs[case.graph.as_str()], case) {
            Ok(departs) => {
                *passed += 1;
                departures.extend(departs.then_some(case.id.as_str()));
            }
            Err(difference) => {
                failures.push(format!("{} ({} on {}): {difference}", case.id, case.command, case.graph));
            }
        }
    }
    for (command, (passed, all)) in &summary {
        println!("{command:12} {passed:5} of {all:5}");
    }
    println!("--check-heads is right where Alembic is not: {departures:?}");
    assert!(!file.cases.is_empty(), "the file has no cases");
    assert!(failures.is_empty(), "{} differences:\n{}", failures.len(), failures.join("\n"));
}
