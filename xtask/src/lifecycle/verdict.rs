//! Whether a container has come to what is waited for.

use std::time::Duration;

use super::observed::{Container, HealthStatus, State};
use super::plan::Until;
use super::podman;
use crate::stack::dependency::Condition;
use crate::stack::restart::Restart;

/// How often the engine may start a container again before it is given up.
const RESTARTS: u64 = 3;

/// How long a container without a probe must have run to be believed, where the engine would start it again or where it has
/// published ports: a program that cannot begin ends at once.
const BRIEFLY: Duration = Duration::from_secs(1);

/// How long where it may as well be a job that ends by itself.
const LONGER: Duration = Duration::from_secs(3);

/// What a look at a container comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is so.
    Yes(Come),
    /// It may still come to be so.
    NotYet,
    /// It will not.
    No(Why),
}

/// How it came to be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Come {
    /// Its probe succeeds.
    Healthy,
    /// It runs, and there is no probe.
    Runs,
    /// It has ended with 0.
    Done,
}

/// Why it will not be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It has ended.
    Exited,
    /// It ends again and again.
    RestartsForever,
    /// Its probe fails.
    Unhealthy,
    /// There is no probe to say that it is healthy.
    NoProbe,
}

/// Looks at a container. `since` is how long ago this run has started it, or the engine has started it again since; nothing where it ran
/// before.
pub fn judge(container: &Container, until: Until, since: Option<Duration>) -> Verdict {
    if podman::starts_again(container) {
        return restarting(container);
    }
    match (&container.state, until) {
        (State::Running, Until::Condition(Condition::Started)) => Verdict::Yes(Come::Runs),
        (State::Running, Until::Condition(Condition::Healthy)) if container.health.is_none() => {
            Verdict::No(Why::NoProbe)
        }
        (State::Running, Until::Condition(Condition::CompletedSuccessfully)) => restarting(container),
        (State::Running, _) => running(container, since),
        (State::Exited { code: 0, .. }, Until::Condition(Condition::CompletedSuccessfully)) => Verdict::Yes(Come::Done),
        (State::Exited { code: 0, .. }, Until::Condition(Condition::Started) | Until::Ready)
            if container.health.is_none() =>
        {
            Verdict::Yes(Come::Done)
        }
        (State::Exited { .. } | State::Dead | State::Removing, _) => Verdict::No(Why::Exited),
        (State::Restarting, _) => restarting(container),
        (State::Created | State::Paused | State::Other(_), _) => Verdict::NotYet,
    }
}

fn running(container: &Container, since: Option<Duration>) -> Verdict {
    match container.health.as_ref().map(|health| health.status) {
        Some(HealthStatus::Healthy) => Verdict::Yes(Come::Healthy),
        Some(HealthStatus::Unhealthy) => Verdict::No(Why::Unhealthy),
        Some(HealthStatus::Starting) => restarting(container),
        None if since.is_some_and(|since| since < believed_after(container)) => restarting(container),
        None => Verdict::Yes(Come::Runs),
    }
}

/// Not yet, unless it has ended too often.
fn restarting(container: &Container) -> Verdict {
    if container.restarts >= RESTARTS { Verdict::No(Why::RestartsForever) } else { Verdict::NotYet }
}

fn believed_after(container: &Container) -> Duration {
    let configuration = &container.configuration;
    let is_a_job = configuration.restart == Restart::No && configuration.ports.is_empty();
    if is_a_job { LONGER } else { BRIEFLY }
}

#[cfg(test)]
mod tests {
    use super::super::configuration::Configuration;
    use super::super::observed::Health;
    use super::*;

    fn container(state: State, health: Option<HealthStatus>) -> Container {
        Container {
            id: "1".into(),
            name: "shop-db-1".into(),
            labels: std::collections::BTreeMap::new(),
            state,
            health: health.map(|status| Health { status, ..Health::default() }),
            image_id: String::new(),
            started_at: None,
            finished_at: None,
            restarts: 0,
            published: Vec::new(),
            configuration: Configuration::default(),
            mounted: Vec::new(),
            network_ids: std::collections::BTreeMap::new(),
        }
    }

    const HEALTHY: Until = Until::Condition(Condition::Healthy);
    const COMPLETED: Until = Until::Condition(Condition::CompletedSuccessfully);
    const ENDED: State = State::Exited { code: 0, out_of_memory: false };
    const FAILED: State = State::Exited { code: 3, out_of_memory: false };

    #[test]
    fn a_probe_decides_where_there_is_one() {
        let look = |status| judge(&container(State::Running, status), HEALTHY, None);
        assert_eq!(look(Some(HealthStatus::Healthy)), Verdict::Yes(Come::Healthy));
        assert_eq!(look(Some(HealthStatus::Starting)), Verdict::NotYet);
        assert_eq!(look(Some(HealthStatus::Unhealthy)), Verdict::No(Why::Unhealthy));
        assert_eq!(look(None), Verdict::No(Why::NoProbe));
    }

    #[test]
    fn a_job_that_ends_well_is_a_success_and_one_that_fails_is_none() {
        assert_eq!(judge(&container(ENDED, None), Until::Ready, None), Verdict::Yes(Come::Done));
        assert_eq!(judge(&container(FAILED, None), Until::Ready, None), Verdict::No(Why::Exited));
        assert_eq!(judge(&container(ENDED, None), COMPLETED, None), Verdict::Yes(Come::Done));
        assert_eq!(judge(&container(FAILED, None), COMPLETED, None), Verdict::No(Why::Exited));
        assert_eq!(judge(&container(State::Running, None), COMPLETED, None), Verdict::NotYet);
    }

    #[test]
    fn what_podman_starts_again_has_not_ended() {
        let made = |restart, restarts, state: &State| {
            let annotations = [("io.container.manager".to_owned(), "libpod".to_owned())].into();
            let configuration = Configuration { restart, annotations, ..Configuration::default() };
            judge(&Container { configuration, restarts, ..container(state.clone(), None) }, Until::Ready, None)
        };
        let on_failure = |attempts| Restart::OnFailure { attempts };
        for (restart, restarts, state, verdict) in [
            (Restart::Always, 0, FAILED, Verdict::NotYet),
            (Restart::Always, 0, ENDED, Verdict::NotYet),
            (Restart::UnlessStopped, 2, FAILED, Verdict::NotYet),
            (Restart::Always, 3, FAILED, Verdict::No(Why::RestartsForever)),
            (on_failure(0), 0, FAILED, Verdict::NotYet),
            (on_failure(2), 1, FAILED, Verdict::NotYet),
            (on_failure(2), 2, FAILED, Verdict::No(Why::Exited)),
            (on_failure(2), 0, ENDED, Verdict::Yes(Come::Done)),
            (Restart::No, 0, FAILED, Verdict::No(Why::Exited)),
        ] {
            assert_eq!(made(restart, restarts, &state), verdict, "{restart:?} {restarts} {state:?}");
        }
    }

    #[test]
    fn a_service_with_a_probe_must_not_end() {
        let ended = container(ENDED, Some(HealthStatus::Healthy));
        assert_eq!(judge(&ended, Until::Ready, None), Verdict::No(Why::Exited));
    }

    #[test]
    fn without_a_probe_a_container_must_run_for_a_while() {
        let mut own = container(State::Running, None);
        let look = |own: &Container, millis| judge(own, Until::Ready, Some(Duration::from_millis(millis)));
        assert_eq!((look(&own, 2900), look(&own, 3000)), (Verdict::NotYet, Verdict::Yes(Come::Runs)));
        own.configuration.restart = Restart::UnlessStopped;
        assert_eq!((look(&own, 900), look(&own, 1000)), (Verdict::NotYet, Verdict::Yes(Come::Runs)));
        assert_eq!(judge(&own, Until::Ready, None), Verdict::Yes(Come::Runs));
    }

    #[test]
    fn what_ends_again_and_again_is_given_up() {
        let mut own = container(State::Restarting, None);
        own.restarts = 2;
        assert_eq!(judge(&own, Until::Ready, None), Verdict::NotYet);
        own.restarts = 3;
        assert_eq!(judge(&own, Until::Ready, None), Verdict::No(Why::RestartsForever));
    }
}
