//! The steps of a plan, each as soon as those that it waits for are done.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio::time::Instant;

use super::super::engine::Docker;
use super::super::explain::{ServiceError, Waiting};
use super::super::probe::Probe;
use super::finished::Finished;
use super::wake::Wake;
use crate::diagnostic::{Diagnostic, Report, Result};
use crate::event::{Deed, Event, Listener, Part, ServiceEvent};
use crate::lifecycle::Project;
use crate::lifecycle::observed::{Container, Observed};
use crate::lifecycle::plan::{Plan, Replica, Step};
use crate::stack::Stack;

/// How long what is under way may take to come to an end after Ctrl-C.
const GRACE: Duration = Duration::from_secs(2);

/// What the steps of one run share.
pub(super) struct Run<'a> {
    pub(super) docker: &'a Docker,
    pub(super) listener: &'a dyn Listener,
    pub(super) observed: &'a Observed,
    pub(super) wake: Option<&'a Wake>,
    file: File<'a>,
    pub(super) probe: Option<&'a dyn Probe>,
    pub(super) begun_at: Instant,
    pub(super) at_most: Duration,
    /// The containers of this run, by service and number.
    pub(super) ids: RefCell<BTreeMap<(String, u32), String>>,
    /// When this run has started a container.
    pub(super) started: RefCell<BTreeMap<String, Instant>>,
    /// The containers of which it was told how they are.
    pub(super) told: RefCell<BTreeSet<String>>,
    /// What is known to end by itself.
    pub(super) finished: RefCell<Finished>,
    pub(super) halt: watch::Sender<bool>,
}

/// What a run knows of the Compose file.
#[derive(Clone, Copy)]
enum File<'a> {
    /// What it says is made.
    Wanted(Project<'a>),
    /// It can be read, and nothing is made.
    Read(&'a Stack),
    /// There is none, or it cannot be read.
    Unknown,
}

/// Why a step did not come to its end.
pub(super) enum Failure {
    /// It failed.
    Error(Box<ServiceError>),
    /// Time was up.
    Late(Waiting),
    /// Waiting has no purpose any more.
    Halted,
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        Self::Error(Box::new(error))
    }
}

/// What came of a plan.
#[derive(Default)]
pub(super) struct Outcome {
    failures: Vec<ServiceError>,
    /// Of what a failure was told: whoever waits for the same service fails with it, which is no news.
    told: BTreeSet<Part>,
    late: Vec<Waiting>,
    waited: Duration,
    /// What was to be done and was not.
    skipped: Vec<String>,
    interrupted: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Waiting,
    Running,
    Done,
    Failed,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        docker: &'a Docker,
        listener: &'a dyn Listener,
        observed: &'a Observed,
        wake: Option<&'a Wake>,
    ) -> Self {
        Self {
            docker,
            listener,
            observed,
            wake,
            file: File::Unknown,
            probe: None,
            begun_at: Instant::now(),
            at_most: Duration::ZERO,
            ids: RefCell::default(),
            started: RefCell::default(),
            told: RefCell::default(),
            finished: RefCell::default(),
            halt: watch::channel(false).0,
        }
    }

    /// For steps that make and start what a file wants.
    pub(super) fn of(mut self, project: Project<'a>, probe: Option<&'a dyn Probe>, at_most: Duration) -> Self {
        (self.file, self.probe, self.at_most) = (File::Wanted(project), probe, at_most);
        self
    }

    /// For steps that stop and remove what may stand in a file.
    pub(super) fn beside(mut self, stack: Option<&'a Stack>) -> Self {
        self.file = stack.map_or(File::Unknown, File::Read);
        self
    }

    /// What is to be made.
    ///
    /// # Errors
    /// In a run that only stops and removes: a plan that makes something is always one of a project.
    pub(super) fn project(&self) -> Result<Project<'a>, ServiceError> {
        match self.file {
            File::Wanted(project) => Ok(project),
            File::Read(_) | File::Unknown => {
                Err(super::make::refused("make", "what no file names", "there is no file"))
            }
        }
    }

    /// What the file says, where it can be read.
    pub(super) fn stack(&self) -> Option<&'a Stack> {
        match self.file {
            File::Wanted(project) => Some(project.stack),
            File::Read(stack) => Some(stack),
            File::Unknown => None,
        }
    }

    /// Does all steps. One that fails takes along those that wait for it, and nobody else.
    pub(super) async fn run(&self, plan: &Plan, mut interrupt: Pin<&mut impl Future<Output = ()>>) -> Outcome {
        let nodes = plan.nodes();
        let mut progress = vec![Progress::Waiting; nodes.len()];
        let mut running = FuturesUnordered::new();
        let mut outcome = Outcome { waited: self.at_most, ..Outcome::default() };
        loop {
            while let Some(id) = (!outcome.interrupted).then(|| ready(plan, &progress)).flatten() {
                progress[id] = Progress::Running;
                running.push(async move { (id, self.step(&nodes[id].step).await) });
            }
            if !outcome.is_clean() && only_people_wait(plan, &progress) {
                self.halt.send_replace(true);
            }
            let done = tokio::select! {
                done = running.next(), if !running.is_empty() => done,
                () = interrupt.as_mut(), if !outcome.interrupted && !running.is_empty() => {
                    outcome.interrupted = true;
                    self.halt.send_replace(true);
                    continue;
                }
                () = tokio::time::sleep(GRACE), if outcome.interrupted => None,
                else => None,
            };
            let Some((id, result)) = done else { break };
            progress[id] = if result.is_ok() { Progress::Done } else { Progress::Failed };
            if let Err(failure) = result {
                outcome.take(self, &nodes[id].step, failure);
            }
        }
        let is_left = |progress: &Progress| matches!(progress, Progress::Waiting | Progress::Running);
        let left = progress.iter().zip(nodes).filter(|(progress, _)| is_left(progress));
        outcome.skipped = left.filter_map(|(_, node)| to_do(&node.step)).collect();
        outcome
    }

    pub(super) fn tell(&self, part: Part, deed: Deed) {
        self.listener.on(Event::Service(ServiceEvent { part, deed }));
    }

    /// How a container is called in front of people: its service, unless that has several.
    pub(super) fn part(&self, replica: &Replica) -> Part {
        let service = self.stack().and_then(|stack| stack.service(&replica.service));
        let has_one = service.is_some_and(|service| service.replicas() == 1);
        Part::Service(if has_one { replica.service.clone() } else { replica.name.clone() })
    }

    /// The ids of the containers of a service that take part.
    pub(super) fn ids_of(&self, service: &str) -> Vec<String> {
        let ids = self.ids.borrow();
        ids.iter().filter(|((name, _), _)| name == service).map(|(_, id)| id.clone()).collect()
    }
}

/// A step that waits for nothing more. One that need not succeed is done also where what it waits for has failed.
fn ready(plan: &Plan, progress: &[Progress]) -> Option<usize> {
    let nodes = plan.nodes();
    (0..nodes.len()).find(|id| {
        let is_optional = matches!(nodes[*id].step, Step::Await { required: false, .. });
        let is_over = |other: &usize| match progress[*other] {
            Progress::Done => true,
            Progress::Failed => is_optional,
            Progress::Waiting | Progress::Running => false,
        };
        progress[*id] == Progress::Waiting && nodes[*id].after.iter().all(is_over)
    })
}

/// Whether all that goes on is waiting for the sake of whoever runs the command.
fn only_people_wait(plan: &Plan, progress: &[Progress]) -> bool {
    let mut running = progress.iter().zip(plan.nodes()).filter(|(progress, _)| **progress == Progress::Running);
    running.all(|(_, node)| matches!(node.step, Step::Await { by: None, .. }))
}

/// What a step would have done, for people; nothing where nobody misses it.
fn to_do(step: &Step) -> Option<String> {
    match step {
        Step::Keep { .. } | Step::Await { .. } => None,
        step => Some(step.to_string()),
    }
}

impl Outcome {
    /// Whether everything was done.
    pub(super) fn is_clean(&self) -> bool {
        self.failures.is_empty() && self.late.is_empty() && !self.interrupted
    }

    fn take(&mut self, run: &Run<'_>, step: &Step, failure: Failure) {
        match failure {
            Failure::Error(error) => {
                if let Some(part) = about(run, step) {
                    let is_news = self.told.insert(part.clone());
                    run.tell(part, if is_news { Deed::Failed { why: error.to_string() } } else { Deed::Over });
                }
                self.failures.push(*error);
            }
            Failure::Late(waiting) => {
                if !self.late.contains(&waiting) {
                    self.late.push(waiting);
                }
            }
            Failure::Halted => {}
        }
    }

    /// Nothing, or all that failed; with what runs on all the same.
    pub(super) fn settle(mut self, containers: &[Container], stack: Option<&Stack>) -> Result<()> {
        if self.is_clean() {
            return Ok(());
        }
        let running: Vec<String> =
            containers.iter().filter(|it| it.is_alive()).map(|it| it.service().to_owned()).collect();
        if self.interrupted && self.failures.is_empty() {
            return Err(ServiceError::Interrupted { running, unfinished: self.skipped }.into());
        }
        if !self.late.is_empty() {
            self.failures.push(ServiceError::NotReady { waiting: self.late, waited: self.waited });
        }
        let mut found: Vec<Diagnostic> = self.failures.iter().map(|error| error.diagnose_in(stack)).collect();
        let mut titles = BTreeSet::new();
        found.retain(|one| titles.insert(one.title.clone()));
        let cause = if found.len() == 1 { "it" } else { "all this" };
        if let Some(last) = found.last_mut() {
            if !self.skipped.is_empty() {
                last.evidence.push(format!("not done because of {cause}: {}", self.skipped.join(", ")));
            }
            if !running.is_empty() {
                last.evidence.push(format!("left running: {}", running.join(", ")));
            }
        }
        Report::from_all(found).map_or(Ok(()), Err)
    }
}

/// What a step is about.
fn about(run: &Run<'_>, step: &Step) -> Option<Part> {
    match step {
        Step::CreateNetwork { name, .. } | Step::RecreateNetwork { name, .. } | Step::RemoveNetwork { name, .. } => {
            Some(Part::Network(name.clone()))
        }
        Step::CreateVolume { name, .. } | Step::RemoveVolume { name } => Some(Part::Volume(name.clone())),
        Step::Create(replica) | Step::Start(replica) => Some(run.part(replica)),
        Step::Recreate { replica, .. } | Step::Rename { replica, .. } | Step::Restart { replica, .. } => {
            Some(run.part(replica))
        }
        Step::Await { service, .. } => Some(Part::Service(service.clone())),
        Step::Stop { name, .. } | Step::Remove { name, .. } => Some(Part::Service(name.clone())),
        Step::Keep { .. } => None,
    }
}
