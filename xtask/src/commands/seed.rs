//! `seed`: the sample rows.

use camino::Utf8PathBuf;

use crate::context::Context;
use crate::diagnostic::{Code, Diagnostic, Exit, Result};

const NO_SEED: Code = Code::new("seed-missing");

/// Load the project's sample rows; as safe to repeat as its files are
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) async fn run(ctx: &Context, _args: Args) -> Result<()> {
    let loaded = load(ctx).await?;
    if ctx.ui.is_json() {
        ctx.ui.json(&serde_json::json!({ "loaded": loaded }));
    }
    Ok(())
}

/// Loads them and gives the files, in the order in which they were run.
pub(crate) async fn load(ctx: &Context) -> Result<Vec<Utf8PathBuf>> {
    let patterns = &ctx.config.seed.files;
    let mut count = 0;
    for pattern in patterns {
        count += ctx.project.matching(pattern)?.len();
    }
    if count == 0 {
        return Err(Diagnostic::error(NO_SEED, Exit::Prerequisite, "the project has no sample rows")
            .because(format!("looked for {}", patterns.join(", ")))
            .advise("Write .sql files there, or say in xtask.toml where they are: [seed] files = […]")
            .into());
    }
    let mut database = ctx.connect_to_change("seed").await?;
    let loaded = ctx.load_seed(&mut database).await?;
    database.close().await;
    Ok(loaded)
}
