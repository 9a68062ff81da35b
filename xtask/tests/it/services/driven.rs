//! A project of the tests, driven over the library.

use std::future::pending;
use std::sync::Mutex;
use std::time::Duration;

use camino::Utf8PathBuf;
use xtask::diagnostic::{Report, Result};
use xtask::docker::{Docker, DownReport, DownRequest, Endpoint, Origin, Probe, UpReport, UpRequest};
use xtask::event::{Deed, Event, Listener};
use xtask::lifecycle::{DownOptions, Identity, Project, UpOptions};
use xtask::stack::dialect::Dialect;
use xtask::stack::{Request, SourceFile, Stack, Variables};

use crate::support::applying::PATIENCE;
use crate::support::docker::services::Services;

/// Keeps what it hears, a line each.
#[derive(Default)]
pub(super) struct Heard(Mutex<Vec<String>>);

impl Listener for Heard {
    fn on(&self, event: Event) {
        let line = match event {
            Event::Service(event) => match event.deed {
                Deed::Begun(_) | Deed::Over => return,
                Deed::Recreated { why } => format!("{} recreated: {}", event.part, why.join("; ")),
                Deed::Unchanged { how } => format!("{} unchanged ({how})", event.part),
                Deed::Failed { why } => format!("{} failed: {why}", event.part),
                Deed::Healthy { .. } => format!("{} healthy", event.part),
                Deed::Answers { .. } => format!("{} answers", event.part),
                Deed::Done { .. } => format!("{} done", event.part),
                deed => format!("{} {}", event.part, format!("{deed:?}").to_lowercase()),
            },
            Event::Notice { what } => format!("note: {what}"),
            other => format!("{other:?}"),
        };
        self.0.lock().expect("unpoisoned").push(line);
    }
}

impl Heard {
    pub(super) fn lines(&self) -> Vec<String> {
        self.0.lock().expect("unpoisoned").clone()
    }

    pub(super) fn sorted(&self) -> Vec<String> {
        let mut lines = self.lines();
        lines.sort();
        lines
    }
}

pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// A project as commands hold it.
pub(super) struct Driven<'s> {
    services: &'s Services,
    pub(super) stack: Stack,
    pub(super) identity: Identity,
    variables: Variables,
}

impl<'s> Driven<'s> {
    /// Reads the file of the project as it is now, in the manner of the compose that is installed here.
    pub(super) fn read(services: &'s Services) -> Self {
        let path = Utf8PathBuf::from_path_buf(services.path("compose/compose.yaml")).expect("UTF-8");
        let text = std::fs::read_to_string(&path).expect("the file");
        let directory = path.parent().expect("a folder").to_owned();
        let variables = Variables::new([("TOLD".to_owned(), "a told value".to_owned())]);
        let files = [SourceFile { path: path.clone(), text }];
        let read = |path: &camino::Utf8Path| Ok(std::fs::read_to_string(path).ok());
        let request = Request { files: &files, directory: &directory, name: None, variables: &variables, read: &read };
        let (stack, errors) = Stack::load(&request);
        assert!(errors.is_empty(), "{errors:?}");
        let all: Vec<_> = stack.services.iter().collect();
        let stack = stack.with_environment(&all, &variables, Dialect::V2_24, &read).expect("env files");
        let identity = Identity {
            name: stack.name.clone(),
            working_dir: directory,
            config_files: vec![path],
            env_files: Vec::new(),
            version: crate::support::docker::compose::version().unwrap_or_else(|| "2.26.1".to_owned()),
        };
        Self { services, stack, identity, variables }
    }

    pub(super) async fn docker(&self) -> Docker {
        let socket = self.services.engine.socket().into_os_string().into_string().expect("UTF-8");
        Docker::connect(&Endpoint::unix(socket, Origin::Default)).await.expect("the engine answers")
    }

    pub(super) fn project(&self) -> Project<'_> {
        Project { identity: &self.identity, stack: &self.stack, variables: &self.variables }
    }

    pub(super) fn state_dir(&self) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.services.root().to_owned()).expect("UTF-8")
    }

    pub(super) fn up(&self, options: UpOptions) -> (Result<UpReport>, Heard) {
        self.up_with(options, PATIENCE, None, pending())
    }

    pub(super) fn up_with(
        &self,
        options: UpOptions,
        wait_timeout: Duration,
        probe: Option<&dyn Probe>,
        interrupt: impl Future<Output = ()>,
    ) -> (Result<UpReport>, Heard) {
        let heard = Heard::default();
        let came = self.up_telling(options, wait_timeout, probe, interrupt, &heard);
        (came, heard)
    }

    /// The same, for somebody who listens meanwhile.
    pub(super) fn up_telling(
        &self,
        options: UpOptions,
        wait_timeout: Duration,
        probe: Option<&dyn Probe>,
        interrupt: impl Future<Output = ()>,
        heard: &Heard,
    ) -> Result<UpReport> {
        let request =
            UpRequest { options: UpOptions { wait: true, ..options }, wait_timeout, state_dir: self.state_dir() };
        block_on(async { self.docker().await.up(self.project(), &request, heard, probe, interrupt).await })
    }

    /// Brings up everything; gives what was said.
    #[track_caller]
    pub(super) fn starts(&self) -> Vec<String> {
        self.starts_with(UpOptions::default())
    }

    #[track_caller]
    pub(super) fn starts_with(&self, options: UpOptions) -> Vec<String> {
        let (came, heard) = self.up(options);
        came.unwrap_or_else(|report| panic!("{report:#?}\n{:#?}", heard.lines()));
        heard.sorted()
    }

    /// What makes it fail.
    #[track_caller]
    pub(super) fn fails(&self, options: UpOptions) -> (Report, Heard) {
        let (came, heard) = self.up(options);
        (came.expect_err("it must fail"), heard)
    }

    #[track_caller]
    pub(super) fn goes_down(&self, with_file: bool, options: DownOptions) -> (DownReport, Vec<String>) {
        let heard = Heard::default();
        let request = DownRequest { options, state_dir: self.state_dir() };
        let stack = with_file.then_some(&self.stack);
        let came =
            block_on(async { self.docker().await.down(&self.identity, stack, &request, &heard, pending()).await });
        (came.unwrap_or_else(|report| panic!("{report:#?}")), heard.lines())
    }

    #[track_caller]
    pub(super) fn fails_to_go_down(&self, options: DownOptions) -> Report {
        let heard = Heard::default();
        let request = DownRequest { options, state_dir: self.state_dir() };
        let came = block_on(async {
            self.docker().await.down(&self.identity, Some(&self.stack), &request, &heard, pending()).await
        });
        came.expect_err("it must fail")
    }

    #[track_caller]
    pub(super) fn stops(&self, services: &[&str]) -> Vec<String> {
        let heard = Heard::default();
        let named = services.iter().map(|name| (*name).to_owned()).collect();
        let options = DownOptions { services: named, ..DownOptions::default() };
        let request = DownRequest { options, state_dir: self.state_dir() };
        let came = block_on(async {
            self.docker().await.stop(&self.identity, Some(&self.stack), &request, &heard, pending()).await
        });
        came.unwrap_or_else(|report| panic!("{report:#?}"));
        heard.lines()
    }
}

/// A report as one text: `code exit`, title, evidence, next steps.
pub(super) fn told(report: &Report) -> String {
    let mut text = String::new();
    for found in report.diagnostics() {
        text.push_str(&format!("{} {:?}: {}\n", found.code.as_str(), found.exit, found.title));
        found.places.iter().for_each(|place| text.push_str(&format!("  at {}\n", place.display())));
        found.evidence.iter().for_each(|line| text.push_str(&format!("  because {line}\n")));
        for step in &found.next {
            text.push_str(&format!("  next {}: {}\n", step.what, step.command.as_deref().unwrap_or("-")));
        }
    }
    text
}
