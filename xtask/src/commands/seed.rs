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
    let files = files(ctx)?;
    let mut database = ctx.connect_to_change("seed").await?;
    ctx.load_seed(&mut database, &files).await?;
    database.close().await;
    Ok(files)
}

/// Loads those that are not loaded as they are now.
pub(crate) async fn ensure(ctx: &Context) -> Result<()> {
    files(ctx)?;
    let mut database = ctx.connect_to_change("seed").await?;
    let files = ctx.unloaded_seed(&mut database).await?;
    if files.is_empty() {
        ctx.ui.action("Already", "loaded: all sample rows");
    }
    ctx.load_seed(&mut database, &files).await?;
    database.close().await;
    Ok(())
}

fn files(ctx: &Context) -> Result<Vec<Utf8PathBuf>> {
    let files = ctx.seed_files()?;
    if files.is_empty() {
        return Err(Diagnostic::error(NO_SEED, Exit::Prerequisite, "the project has no sample rows")
            .because(format!("looked for {}", ctx.config.seed.files.join(", ")))
            .advise("Write .sql files there, or say in xtask.toml where they are: [seed] files = […]")
            .into());
    }
    Ok(files)
}
