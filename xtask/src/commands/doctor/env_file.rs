//! The env file: whether it is there, what it lacks, and what the shell says instead.

use super::row::Row;
use crate::context::Context;
use crate::stack::env_plan::EnvPlan;

/// Its rows: the file, and one for variables of the shell that win over it.
pub(super) fn rows(ctx: &Context) -> Vec<Row> {
    let rows = ctx.env_plan().map(|plan| [Some(file(ctx, &plan)), shell(ctx)]);
    match rows {
        Ok(rows) => rows.into_iter().flatten().collect(),
        Err(report) => vec![Row::of("env file", super::Verdict::Missing, &report)],
    }
}

fn file(ctx: &Context, plan: &EnvPlan) -> Row {
    let (path, example) = (ctx.env_file(), ctx.env_example());
    let open: Vec<&str> = plan.questions.iter().map(|question| question.name.as_str()).collect();
    let asks = if open.is_empty() { String::new() } else { format!(" (asks for {})", open.join(", ")) };
    if plan.is_new {
        return match ctx.project.exists(&example) {
            true => Row::warning("env file", format!("{path} is missing"))
                .fix(format!("cargo xtask up (makes it from {example}){asks}")),
            false if open.is_empty() => Row::ok("env file", "none, and no example of one"),
            false => Row::warning("env file", format!("{path} is missing")).fix(format!("cargo xtask up{asks}")),
        };
    }
    let mut lacks = Vec::new();
    if !plan.added.is_empty() {
        lacks.push(format!("lacks {}, which {example} has", plan.added.join(", ")));
    }
    if !open.is_empty() {
        lacks.push(format!("has no value yet for {}", open.join(", ")));
    }
    if lacks.is_empty() {
        return Row::ok("env file", path.as_str());
    }
    Row::warning("env file", format!("{path} {}", lacks.join(", and "))).fix(format!("cargo xtask up{asks}"))
}

/// Values of the shell that differ from those of the file: Compose takes the shell's.
fn shell(ctx: &Context) -> Option<Row> {
    let variables = ctx.variables().ok()?;
    let differs =
        |(name, value): (&String, &String)| variables.get(name).is_some_and(|used| used != value).then(|| name.clone());
    let names: Vec<String> = variables.env_file().iter().filter_map(differs).collect();
    let (first, path) = (names.first()?, ctx.env_file());
    let found = format!(
        "{} of the shell, not of {path}, in force for {}",
        if names.len() == 1 { "the value" } else { "the values" },
        names.join(", ")
    );
    Some(
        Row::warning("shell", found)
            .fix(format!("unset {}", if names.len() == 1 { first.clone() } else { names.join(" ") })),
    )
}
