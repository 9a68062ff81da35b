//! Pulling: progress, credentials, and every failure from a registry that really behaves so.

use std::sync::Mutex;
use std::time::Duration;

use base64::Engine as _;
use xtask::diagnostic::{Diagnose, Diagnostic};
use xtask::docker::{Credentials, Docker, DockerError, Endpoint, LocalImage, Origin, Pull};
use xtask::event::{Event, ImageEnd, Listener, Silent};

use crate::support::applying::until;
use crate::support::docker::image::architecture;
use crate::support::docker::registry::{Line, Manner};
use crate::support::docker::{Engine, engine};

/// Keeps what it hears.
#[derive(Default)]
struct Heard(Mutex<Vec<Event>>);

impl Listener for Heard {
    fn on(&self, event: Event) {
        self.0.lock().expect("unpoisoned").push(event);
    }
}

impl Heard {
    fn end(&self) -> ImageEnd {
        match self.0.lock().expect("unpoisoned").last() {
            Some(Event::ImageEnded { end, .. }) => end.clone(),
            other => panic!("it ends with {other:?}"),
        }
    }

    fn progress(&self) -> Vec<(u64, u64)> {
        let heard = self.0.lock().expect("unpoisoned");
        heard
            .iter()
            .filter_map(
                |event| if let Event::ImageProgress { done, total, .. } = event { Some((*done, *total)) } else { None },
            )
            .collect()
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

async fn docker(engine: &Engine) -> Docker {
    let socket = engine.socket().into_os_string().into_string().expect("UTF-8");
    Docker::connect(&Endpoint::unix(socket, Origin::Default)).await.expect("the engine answers")
}

fn of(image: &str, platform: Option<&str>) -> Pull {
    Pull { image: image.to_owned(), platform: platform.map(str::to_owned) }
}

fn pulled(engine: &Engine, pull: &Pull, credentials: &Credentials, heard: &Heard) -> Result<LocalImage, DockerError> {
    block_on(async { docker(engine).await.pull(pull, credentials, heard).await })
}

#[track_caller]
fn failed(engine: &Engine, pull: &Pull, config: &str) -> Diagnostic {
    let credentials = Credentials::parse(config).expect("a configuration");
    let error = pulled(engine, pull, &credentials, &Heard::default()).expect_err("it cannot be pulled");
    error.diagnose()
}

/// The engine, where there is a registry beside it.
fn with_registry() -> Option<&'static Engine> {
    engine().filter(|engine| engine.has_registry())
}

#[test]
fn an_image_arrives_with_progress_and_is_then_up_to_date() {
    let Some(engine) = with_registry() else { return };
    engine.publish_unique("library/pull-arrives:1", 3_000_000);
    let (heard, pull) = (Heard::default(), of("pull-arrives:1", None));
    let image = pulled(engine, &pull, &Credentials::default(), &heard).expect("pulled");
    assert_eq!((image.os.as_str(), image.architecture.as_str()), ("linux", architecture()));
    assert!(image.id.starts_with("sha256:") && image.digests[0].starts_with("pull-arrives@sha256:"), "{image:?}");
    let progress = heard.progress();
    let (done, total) = *progress.last().expect("progress");
    assert!(done == total && total > 1_000_000 && progress.len() > 1, "{progress:?}");
    assert!(matches!(heard.end(), ImageEnd::Pulled { bytes, .. } if bytes == total), "{:?}", heard.end());

    let again = Heard::default();
    assert_eq!(pulled(engine, &pull, &Credentials::default(), &again).expect("there").id, image.id);
    assert_eq!(again.end(), ImageEnd::Current);
}

#[test]
fn without_a_tag_the_latest_is_pulled_and_no_other() {
    let Some(engine) = with_registry() else { return };
    engine.publish_unique("library/pull-tags:latest", 100);
    engine.publish_unique("library/pull-tags:other", 100);
    pulled(engine, &of("pull-tags", None), &Credentials::default(), &Heard::default()).expect("pulled");
    assert!(engine.has_image("pull-tags:latest") && !engine.has_image("pull-tags:other"));
}

#[test]
fn what_is_not_there_is_told_from_what_is_not_given() {
    let Some(engine) = with_registry() else { return };
    engine.publish_unique("team/pull-private:1", 100);
    let line = Line::new(engine, Manner::default());
    let missing = failed(engine, &of(&line.reference("team/pull-private:9"), None), "{}");
    assert_eq!(missing.code.as_str(), "image-not-found");
    assert!(missing.evidence[1].ends_with("was asked for team/pull-private, tag 9"), "{missing:?}");

    line.set(Manner { login: Some(("me", "se:cret")), ..Manner::default() });
    let pull = of(&line.reference("team/pull-private:1"), None);
    let denied = failed(engine, &pull, "{}");
    assert_eq!(denied.code.as_str(), "image-access-denied");
    assert!(denied.evidence.contains(&"no credentials are stored for this registry".to_owned()), "{denied:?}");
    assert_eq!(denied.next[0].command, Some(format!("docker login {}", line.host())));

    let config = |login: &str| {
        let auth = base64::engine::general_purpose::STANDARD.encode(login);
        format!(r#"{{"auths":{{"{}":{{"auth":"{auth}"}}}}}}"#, line.host())
    };
    let wrong = failed(engine, &pull, &config("me:wrong"));
    assert_eq!(wrong.code.as_str(), "image-access-denied");
    assert!(wrong.evidence.iter().any(|line| line.ends_with("config.json, as me")), "{wrong:?}");
    assert!(!format!("{wrong:?}").contains("wrong"), "{wrong:?}");

    let right = Credentials::parse(&config("me:se:cret")).expect("a configuration");
    pulled(engine, &pull, &right, &Heard::default()).expect("pulled");
}

#[test]
fn a_registry_that_is_not_there_and_a_platform_that_is_not_there_are_told() {
    let Some(engine) = with_registry() else { return };
    let none = failed(engine, &of("127.0.0.1:1/x:1", None), "{}");
    assert_eq!(none.code.as_str(), "registry-unreachable");
    let unknown = failed(engine, &of("registry.invalid/x:1", None), "{}");
    assert_eq!(unknown.code.as_str(), "registry-unreachable");
    let nonsense = failed(engine, &of("No Such Name", None), "{}");
    assert_eq!(nonsense.code.as_str(), "image-reference-invalid");
}

#[test]
fn one_failure_keeps_no_other_image_from_arriving() {
    let Some(engine) = with_registry() else { return };
    engine.publish_unique("library/pull-two:1", 100);
    let pulls = [of("pull-two:9", None), of("pull-two:1", None)];
    let pulled = block_on(async { docker(engine).await.pull_all(&pulls, &Credentials::default(), &Silent).await });
    assert!(pulled[0].is_err() && pulled[1].is_ok(), "{pulled:?}");
}

#[test]
fn an_interrupted_pull_stops_in_the_engine_as_well() {
    let Some(engine) = with_registry() else { return };
    engine.publish_unique("team/pull-slow:1", 2_000_000);
    // It would take more than three minutes.
    let line = Line::new(engine, Manner { bytes_per_second: Some(10_000), ..Manner::default() });
    let pull = of(&line.reference("team/pull-slow:1"), None);
    block_on(async {
        let (docker, heard) = (docker(engine).await, Heard::default());
        let credentials = Credentials::default();
        let begins = async {
            while heard.progress().is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            ended = docker.pull(&pull, &credentials, &heard) => panic!("it has ended: {ended:?}"),
            () = begins => {}
        }
    });
    until("the engine hangs up", || !line.is_busy());
    assert!(line.passed() < 1_500_000, "it went on without us: {}", line.passed());
    assert!(!engine.has_image(&pull.image));
}

#[test]
fn a_download_that_is_cut_is_told_as_that() {
    let Some(engine) = with_registry() else { return };
    engine.publish_unique("team/pull-cut:1", 400_000);
    let line = Line::new(engine, Manner { cut_after: Some(50_000), ..Manner::default() });
    let cut = failed(engine, &of(&line.reference("team/pull-cut:1"), None), "{}");
    assert_eq!(cut.code.as_str(), "image-download-cut", "{cut:?}");
}
