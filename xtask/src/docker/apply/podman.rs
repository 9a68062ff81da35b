//! What Podman leaves to others while something is waited for.
//!
//! It has systemd run the health checks, so that nobody does where systemd is not. And what it is about to start again has ended
//! for a moment, where Docker has a state for that.

use std::time::Duration;

use tokio::time::Instant;

use super::super::engine::Docker;
use crate::lifecycle::observed::{Container, HealthStatus, State};
use crate::lifecycle::{Verdict, Why};

/// How long the first check may take to be known where systemd runs it: it does so as soon as the container is started.
const BY_SYSTEMD: Duration = Duration::from_secs(5);

/// How often a check is run where the file does not say.
const USUALLY: Duration = Duration::from_secs(30);

/// How long Podman may take to start again what has ended.
const AGAIN: Duration = Duration::from_secs(5);

/// What was seen of a container while it was waited for.
pub(super) struct Watch {
    /// Since when it is watched.
    since: Instant,
    /// When it was checked for Podman the last time.
    checked: Option<Instant>,
    /// Since when it has ended.
    ended: Option<Instant>,
}

impl Watch {
    pub(super) fn begin(now: Instant) -> Self {
        Self { since: now, checked: None, ended: None }
    }

    /// Runs the check that is due, if it is Podman's and nobody else does; says whether it did.
    pub(super) async fn check(&mut self, docker: &Docker, container: &Container, now: Instant) -> bool {
        if !docker.engine().is_podman || !self.is_due(container, now) {
            return false;
        }
        self.checked = Some(now);
        // Where it cannot be run, the waiting ends as it would have without.
        docker.check_health(&container.id).await.is_ok()
    }

    /// Whether a check is due that nobody else runs.
    fn is_due(&self, container: &Container, now: Instant) -> bool {
        let Some(health) = container.health.as_ref().filter(|_| container.state == State::Running) else {
            return false;
        };
        match (health.status, self.checked) {
            (HealthStatus::Healthy, _) => false,
            // Nobody may have looked since it was.
            (HealthStatus::Unhealthy, checked) => checked.is_none(),
            (HealthStatus::Starting, None) => health.log.is_empty() && now.duration_since(self.since) >= BY_SYSTEMD,
            (HealthStatus::Starting, Some(checked)) => {
                let interval = container.configuration.healthcheck.as_ref().and_then(|check| check.interval);
                now.duration_since(checked) >= interval.unwrap_or(USUALLY)
            }
        }
    }

    /// A verdict about what has ended and may be started again: it is given up where that does not happen.
    pub(super) fn judged(&mut self, container: &Container, verdict: Verdict, now: Instant) -> Verdict {
        if verdict != Verdict::NotYet || !matches!(container.state, State::Exited { .. }) {
            self.ended = None;
            return verdict;
        }
        let ended = *self.ended.get_or_insert(now);
        if now.duration_since(ended) < AGAIN { verdict } else { Verdict::No(Why::Exited) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::lifecycle::configuration::Configuration;
    use crate::lifecycle::observed::{Health, ProbeResult};
    use crate::stack::healthcheck::Healthcheck;

    /// As Podman shows it where no systemd is: starting, and without any check.
    fn container(state: State, log: Vec<ProbeResult>) -> Container {
        let healthcheck = Healthcheck { interval: Some(Duration::from_secs(2)), ..Healthcheck::default() };
        Container {
            id: "1".into(),
            name: "shop-db-1".into(),
            labels: BTreeMap::new(),
            state,
            health: Some(Health { log, ..Health::default() }),
            image_id: String::new(),
            started_at: None,
            finished_at: None,
            restarts: 0,
            published: Vec::new(),
            configuration: Configuration { healthcheck: Some(healthcheck), ..Configuration::default() },
            mounted: Vec::new(),
            network_ids: BTreeMap::new(),
        }
    }

    #[test]
    fn checks_are_run_where_nobody_else_does() {
        let begun = Instant::now();
        let after = |seconds| begun + Duration::from_secs(seconds);
        let unchecked = container(State::Running, Vec::new());
        let mut watch = Watch::begin(begun);
        assert!(!watch.is_due(&unchecked, after(4)) && watch.is_due(&unchecked, after(5)));
        let by_systemd = container(State::Running, vec![ProbeResult { exit_code: 1, output: String::new() }]);
        assert!(!watch.is_due(&by_systemd, after(60)));
        let of_before = Health { status: HealthStatus::Unhealthy, ..Health::default() };
        let unhealthy = Container { health: Some(of_before), ..unchecked.clone() };
        assert!(watch.is_due(&unhealthy, after(0)));
        watch.checked = Some(after(5));
        assert!(!watch.is_due(&unhealthy, after(60)));
        assert!(!watch.is_due(&by_systemd, after(6)) && watch.is_due(&by_systemd, after(7)));
        let healthy = Health { status: HealthStatus::Healthy, ..Health::default() };
        let done = Container { health: Some(healthy), ..unchecked.clone() };
        let ended = container(State::Exited { code: 1, out_of_memory: false }, Vec::new());
        for other in [done, ended, Container { health: None, ..unchecked }] {
            assert!(!watch.is_due(&other, after(60)));
        }
    }

    #[test]
    fn what_is_not_started_again_has_ended() {
        let begun = Instant::now();
        let after = |seconds| begun + Duration::from_secs(seconds);
        let ended = container(State::Exited { code: 3, out_of_memory: false }, Vec::new());
        let runs = container(State::Running, Vec::new());
        let mut watch = Watch::begin(begun);
        for (container, seconds, verdict) in [
            (&ended, 0, Verdict::NotYet),
            (&ended, 4, Verdict::NotYet),
            (&runs, 5, Verdict::NotYet),
            (&ended, 6, Verdict::NotYet),
            (&ended, 10, Verdict::NotYet),
            (&ended, 11, Verdict::No(Why::Exited)),
        ] {
            assert_eq!(watch.judged(container, Verdict::NotYet, after(seconds)), verdict, "{seconds}");
        }
        assert_eq!(watch.judged(&ended, Verdict::No(Why::Exited), after(0)), Verdict::No(Why::Exited));
    }
}
