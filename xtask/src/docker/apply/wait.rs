//! Waiting until services have come to what is wanted of them.

use std::time::Duration;

use futures_util::future::{join_all, try_join_all};
use tokio::time::Instant;

use super::super::error::DockerError;
use super::super::explain::{ServiceError, Waiting, ended, unhealthy};
use super::super::probe::Answer;
use super::podman::Watch;
use super::run::{Failure, Run};
use super::wake::Stream;
use crate::diagnostic::{Diagnose as _, Diagnostic};
use crate::event::{Deed, Event, Part};
use crate::lifecycle::observed::{Container, State};
use crate::lifecycle::plan::Until;
use crate::lifecycle::{Come, Verdict, Why, judge};
use crate::stack::dependency::Condition;

/// How long until the engine is asked again though it has told nothing.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long where there are no news.
const WITHOUT_NEWS: Duration = Duration::from_millis(300);

/// How long while something is looked at that brings no news: whether it answers, or goes on to run.
const CLOSELY: Duration = Duration::from_millis(100);

/// How long the end of something is waited for that may be a job, and that nobody has seen to end so far.
const UNSURE: Duration = Duration::from_secs(30);

impl Run<'_> {
    /// Waits for all containers of a service.
    pub(super) async fn come(
        &self,
        service: &str,
        until: Until,
        by: Option<&str>,
        required: bool,
    ) -> Result<(), Failure> {
        let ids = self.ids_of(service);
        let came = try_join_all(ids.iter().map(|id| self.come_one(service, id, until, by))).await;
        match came {
            Err(Failure::Error(error)) if !required => {
                let by = by.unwrap_or("what needs it");
                self.listener.on(Event::Notice { what: format!("{error}; {by} can do without it") });
                Ok(())
            }
            other => other.map(drop),
        }
    }

    async fn come_one(&self, service: &str, id: &str, until: Until, by: Option<&str>) -> Result<(), Failure> {
        let mut news = self.wake.map(|wake| wake.listen());
        let mut halt = self.halt.subscribe();
        let mut last_answer = None;
        let (mut restarts, mut watch) = (0, Watch::begin(Instant::now()));
        let (mut since, mut start) = (self.started.borrow().get(id).copied(), None);
        if !self.told.borrow().contains(id) {
            self.tell(Part::Service(service.to_owned()), Deed::Begun(words(until)));
        }
        loop {
            if let Some(news) = &mut news {
                news.mark_unchanged();
            }
            let mut container = self.look(service, id).await?;
            if watch.check(self.docker, &container, Instant::now()).await {
                container = self.look(service, id).await?;
            }
            // What the engine has started again has run for as long as that.
            let is_new = match &start {
                None => since.is_some() && container.restarts > 0,
                Some(before) => *before != container.started_at,
            };
            if is_new {
                since = Some(Instant::now());
            }
            start = Some(container.started_at.clone());
            let since_start = since.map(|since| since.elapsed());
            let left = self.at_most.saturating_sub(self.begun_at.elapsed());
            let mut pause = PATIENCE;
            match watch.judged(&container, judge(&container, until, since_start), Instant::now()) {
                Verdict::Yes(Come::Runs)
                    if until == Until::Ready && !left.is_zero() && self.is_to_end(&container, since_start) =>
                {
                    pause = pause.min(UNSURE.saturating_sub(since_start.unwrap_or_default()));
                    pause = pause.max(CLOSELY);
                }
                Verdict::Yes(come) => match self.ask(service, &container, until, come).await? {
                    None => {
                        self.remember(&container, come, until, since_start);
                        self.tell_come(service, id, come);
                        return Ok(());
                    }
                    Some(answer) => {
                        last_answer = Some(answer);
                        pause = CLOSELY;
                    }
                },
                Verdict::No(why) => return Err(self.why(service, &container, until, by, why).await.into()),
                Verdict::NotYet if container.health.is_none() && container.state == State::Running => pause = CLOSELY,
                Verdict::NotYet => {}
            }
            if container.restarts > restarts {
                restarts = container.restarts;
                self.tell(Part::Service(service.to_owned()), Deed::Restarts { times: restarts });
            }
            if left.is_zero() {
                let state = state_words(&container);
                return Err(Failure::Late(Waiting { service: service.to_owned(), state, probe: last_answer }));
            }
            let ended = news.as_ref().is_none_or(|news| *news.borrow() == Stream::Ended);
            let pause = pause.min(left).min(if ended { WITHOUT_NEWS } else { PATIENCE });
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = changed(news.as_mut()), if !ended => {}
                _ = halt.wait_for(|halted| *halted) => return Err(Failure::Halted),
            }
        }
    }

    /// Whether it is a job whose end is worth waiting for: the same program has ended by itself before, or the file says that
    /// nobody is to start it again and nothing of it can be reached.
    fn is_to_end(&self, container: &Container, since_start: Option<Duration>) -> bool {
        if container.health.is_some() {
            return false;
        }
        let written = self.stack().and_then(|stack| stack.service(container.service()));
        let is_once = written.is_some_and(|it| it.restart.as_deref() == Some("no") && it.ports.is_empty());
        let known = self.finished.borrow();
        let is_unsure = is_once && !known.is_lasting(container) && since_start.is_some_and(|since| since < UNSURE);
        known.is_job(container) || is_unsure
    }

    /// Keeps what was learnt of a container that this run has started.
    fn remember(&self, container: &Container, come: Come, until: Until, since_start: Option<Duration>) {
        match come {
            Come::Done if since_start.is_some() => self.finished.borrow_mut().saw_end(container),
            Come::Runs if until == Until::Ready => {
                let mut known = self.finished.borrow_mut();
                // Its end was waited for, as long as everything together may take where it is known for a job.
                let was_unsure = since_start.is_some_and(|since| since >= UNSURE);
                if known.is_job(container) || (was_unsure && container.health.is_none()) {
                    known.saw_last(container);
                }
            }
            _ => {}
        }
    }

    async fn look(&self, service: &str, id: &str) -> Result<Container, ServiceError> {
        let gone = || DockerError::Refused { status: 404, message: "somebody has removed its container".to_owned() };
        let cannot =
            |source| ServiceError::Engine { what: "wait for", name: service.to_owned(), source: Box::new(source) };
        self.docker.observe_container(id).await.map_err(cannot)?.ok_or_else(|| cannot(gone()))
    }

    /// Asks whoever knows better; gives what is still in the way.
    async fn ask(
        &self,
        service: &str,
        container: &Container,
        until: Until,
        come: Come,
    ) -> Result<Option<String>, ServiceError> {
        let is_asked = matches!(until, Until::Ready | Until::Condition(Condition::Healthy)) && come != Come::Done;
        let Some(probe) = self.probe.filter(|probe| is_asked && probe.service() == service) else { return Ok(None) };
        match probe.ask(container).await {
            Answer::Ready => Ok(None),
            Answer::NotYet(answer) => Ok(Some(answer)),
            Answer::Refused(report) => Err(ServiceError::Refused { service: service.to_owned(), report }),
        }
    }

    fn tell_come(&self, service: &str, id: &str, come: Come) {
        let part = Part::Service(service.to_owned());
        if !self.told.borrow_mut().insert(id.to_owned()) {
            return self.tell(part, Deed::Over);
        }
        let since = self.started.borrow().get(id).copied().unwrap_or(self.begun_at);
        let took = Instant::now() - since;
        let is_probed = self.probe.is_some_and(|probe| probe.service() == service);
        let deed = match come {
            Come::Done => Deed::Done { took },
            _ if is_probed => Deed::Answers { took },
            Come::Healthy => Deed::Healthy { took },
            Come::Runs => Deed::Running,
        };
        self.tell(part, deed);
    }

    async fn why(
        &self,
        service: &str,
        container: &Container,
        until: Until,
        by: Option<&str>,
        why: Why,
    ) -> ServiceError {
        let was_to_end = until == Until::Condition(Condition::CompletedSuccessfully);
        match why {
            Why::Exited | Why::RestartsForever => ended(self.docker, service, container, was_to_end).await,
            Why::Unhealthy => unhealthy(self.docker, service, container).await,
            Why::NoProbe => ServiceError::NoProbe { service: service.to_owned(), by: by.map(str::to_owned) },
        }
    }

    /// Whether everything is still as it was found: what was ready first may have ended while the last was waited for.
    pub(super) async fn last_look(&self, containers: impl Iterator<Item = &Container>) -> Vec<Diagnostic> {
        let failed = containers.filter_map(|container| match judge(container, Until::Ready, None) {
            Verdict::No(why) => Some((container, why)),
            _ => None,
        });
        let explained = failed.map(async |(container, why)| {
            self.why(container.service(), container, Until::Ready, None, why).await.diagnose()
        });
        join_all(explained).await
    }
}

/// Waits for news; for ever where there will be none.
async fn changed(news: Option<&mut tokio::sync::watch::Receiver<Stream>>) {
    if let Some(news) = news
        && news.changed().await.is_ok()
    {
        return;
    }
    std::future::pending().await
}

fn words(until: Until) -> &'static str {
    match until {
        Until::Ready => "waiting until it is ready",
        Until::Condition(Condition::Started) => "waiting until it runs",
        Until::Condition(Condition::Healthy) => "waiting until it is healthy",
        Until::Condition(Condition::CompletedSuccessfully) => "waiting until it is done",
    }
}

fn state_words(container: &Container) -> String {
    let Some(health) = &container.health else { return container.state.as_str().to_owned() };
    let last = health.log.last().map(|probe| {
        let output = probe.output.trim().lines().last().map_or_else(String::new, |line| format!(": {line}"));
        format!("; its last check ended with status {}{output}", probe.exit_code)
    });
    format!("{}, {}{}", container.state.as_str(), health.status.as_str(), last.unwrap_or_default())
}
