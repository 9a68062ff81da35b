//! The Docker engine, and what runs the services.

use super::Verdict;
use super::row::Row;
use crate::config::Backend;
use crate::context::Context;

/// What runs the services, and who chose it.
pub(super) fn backend(ctx: &Context) -> Row {
    match ctx.chosen_backend() {
        Ok(Some(choice)) => Row::ok("backend", format!("{}, chosen by {}", choice.backend, choice.by.in_words())),
        Ok(None) => Row::ok("backend", "not chosen yet; the first `up` does"),
        Err(report) => Row::of("backend", Verdict::Missing, &report),
    }
}

/// Whether an engine answers. Only where the services run in it, one that does not is in the way.
pub(super) async fn row(ctx: &Context) -> Row {
    let is_needed = ctx.chosen_backend().ok().flatten().is_some_and(|choice| choice.backend == Backend::Docker);
    match ctx.docker().await {
        Ok(docker) => {
            let (engine, endpoint) = (docker.engine(), docker.endpoint());
            let origin = &endpoint.origin;
            Row::ok(
                "Docker engine",
                format!("{}, API {}, at {} ({origin})", engine.product, engine.api, endpoint.address),
            )
        }
        Err(report) if is_needed => Row::of("Docker engine", Verdict::Missing, &report),
        Err(report) => Row::of("Docker engine", Verdict::Warning, &report),
    }
}
