//! The services in a status: a table, and what has changed in the file since.

use crate::context::{Context, ServiceState, ports_in_words};
use crate::ui::Table;

/// A row a container, and below it what the next start would change.
pub(super) fn show(ctx: &Context, states: &[ServiceState]) {
    if states.is_empty() {
        return;
    }
    let mut table = Table::new(&["service", "state", "ports", "since", "container"]);
    for state in states {
        let container = state.container.as_ref();
        let since =
            container.and_then(|it| if it.is_alive() { it.started_at.as_deref() } else { it.finished_at.as_deref() });
        let since = since.map(|at| ctx.clock.ago(at)).unwrap_or_default();
        let name = container.map(|container| container.name.clone()).unwrap_or_default();
        table.row([state.service.clone(), state.in_words(), ports_in_words(&state.ports()), since, name]);
    }
    ctx.ui.line(table.render());
    for state in states {
        notes(ctx, state);
    }
}

fn notes(ctx: &Context, state: &ServiceState) {
    let service = &state.service;
    if state.is_orphan {
        ctx.ui.line(format!(
            "{service}: the Compose file has no such service; `cargo xtask start-services --remove-orphans` removes it"
        ));
    }
    if !state.drift.is_empty() {
        ctx.ui.line(format!(
            "{service} is not as the file has it now; `cargo xtask start-services {service}` makes it anew:"
        ));
        for change in &state.drift {
            ctx.ui.line(format!("  {change}"));
        }
    }
    let restarts = state.container.as_ref().map_or(0, |container| container.restarts);
    if restarts > 0 {
        ctx.ui.line(format!(
            "{service} was started again {restarts} times by the engine; `cargo xtask logs {service}` says why"
        ));
    }
}
