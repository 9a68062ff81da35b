//! The life of a project: up, unchanged, changed, stopped, gone.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use xtask::diagnostic::{Code, Diagnostic, Exit};
use xtask::docker::{Answer, Asked, Probe};
use xtask::lifecycle::{DownOptions, UpOptions};
use xtask::tools::{Attempt, ProcessLock};

use super::driven::{Driven, Heard};
use crate::support::applying::PATIENCE;
use crate::support::docker::image::{Layer, architecture};
use crate::support::docker::services::Services;

/// A store with a probe, a job that waits for it, and a service that waits for the job.
pub(super) const THREE: &str = "\
name: PROJECT
services:
  store:
    image: xtask-busybox:1
    command: [sh, -c, 'sleep 0.5; touch /tmp/ready; exec sleep 1000']
    init: true
    environment: {WHAT: store, STORE_PASSWORD: hunter2}
    healthcheck: {test: [CMD, test, -e, /tmp/ready], interval: 200ms, retries: 20}
    volumes: ['data:/data', './files:/files:ro', /scratch]
    labels: {team: blue}
    stop_signal: SIGTERM
    stop_grace_period: 3s
    ulimits: {nofile: {soft: 1000, hard: 2000}}
    mem_limit: 64m
    cap_add: [NET_ADMIN]
    tmpfs: [/run]
    extra_hosts: ['there=10.1.2.3']
    networks: {default: {aliases: [shop]}, back: {}}
  job:
    image: xtask-busybox:1
    command: [sh, -c, 'test -e /files/list && ping -c 1 shop']
    volumes: ['./files:/files:ro']
    depends_on: {store: {condition: service_healthy}}
  front:
    image: xtask-busybox:1
    command: [sleep, '1000']
    init: true
    restart: unless-stopped
    depends_on: {job: {condition: service_completed_successfully}, store: {condition: service_started, restart: true}}
volumes: {data: {}}
networks: {back: {internal: true}}
";

pub(super) fn three(hint: &str) -> Option<Services> {
    let services = Services::new(hint, THREE)?;
    services.engine.busybox("xtask-busybox:1");
    services.write("compose/files/list", "x\n");
    Some(services)
}

#[test]
fn a_project_comes_up_stays_as_it_is_and_goes() {
    let Some(services) = three("life") else { return };
    let driven = Driven::read(&services);
    let name = services.name();
    let heard = driven.starts();
    let mut expected = vec![
        format!("network {name}_back created"),
        format!("network {name}_default created"),
        format!("volume {name}_data created"),
    ];
    expected.extend(["store created", "store started", "store healthy"].map(str::to_owned));
    expected.extend(["job created", "job started", "job done"].map(str::to_owned));
    expected.extend(["front created", "front started", "front running"].map(str::to_owned));
    expected.sort();
    assert_eq!(heard, expected);
    assert_eq!(services.states(), "front=running job=exited store=running");

    let ids = services.ids();
    // What has run for a while is not looked at for as long as what begins; the machine may be busy with something else.
    let again = || {
        let begun = Instant::now();
        assert_eq!(driven.starts(), ["front unchanged (running)", "job unchanged (done)", "store unchanged (running)"]);
        begun.elapsed()
    };
    let took: Vec<Duration> = (0..10).map(|_| again()).take_while(|took| *took >= Duration::from_secs(3)).collect();
    assert!(took.len() < 10, "it never took less than three seconds: {took:?}");
    assert_eq!(services.ids(), ids);

    // In the reverse order of starting; the volume stays, and is told of.
    let (report, heard) = driven.goes_down(true, DownOptions::default());
    let position = |line: &str| heard.iter().position(|it| it == line).unwrap_or_else(|| panic!("{line}: {heard:?}"));
    assert!(position("front stopped") < position("store stopped"));
    assert!(position("store removed") < position(&format!("network {name}_default removed")));
    assert_eq!((report.changed, report.kept_volumes), (true, vec![format!("{name}_data")]));
    assert_eq!((services.states().as_str(), services.networks().len()), ("", 0));

    let (report, _) = driven.goes_down(true, DownOptions::default());
    assert!(!report.changed, "there was nothing left to do");
    let (report, _) = driven.goes_down(true, DownOptions { volumes: true, ..DownOptions::default() });
    assert_eq!((report.kept_volumes.len(), services.volumes().len()), (0, 0));
}

#[test]
fn what_changed_is_made_anew_and_keeps_its_data() {
    let Some(services) = three("changed") else { return };
    Driven::read(&services).starts();
    let before = services.inspect("store");
    let scratch = |container: &serde_json::Value| {
        let mounts = container["Mounts"].as_array().expect("mounts").clone();
        mounts.into_iter().find(|it| it["Destination"] == "/scratch").expect("it is mounted")["Name"].clone()
    };
    let front = services.id("front");
    let text = THREE.replace("WHAT: store, STORE_PASSWORD: hunter2", "WHAT: other, STORE_PASSWORD: hunter3");
    services.write("compose/compose.yaml", &text.replace("mem_limit: 64m", "mem_limit: 80m"));
    let expected = [
        "front restarted",
        "front running",
        "job unchanged (done)",
        "store healthy",
        "store recreated: environment.STORE_PASSWORD: *** → ***; environment.WHAT: store → other; mem_limit: 67108864 → \
         83886080",
        "store started",
    ];
    assert_eq!(Driven::read(&services).starts(), expected);
    let after = services.inspect("store");
    assert_ne!(before["Id"], after["Id"]);
    assert_eq!(scratch(&before), scratch(&after), "an anonymous volume goes along");
    assert_eq!(after["Name"], format!("/{}-store-1", services.name()));
    assert_eq!(services.id("front"), front, "what depends on it was only restarted");
    let none = driven_unchanged(&services);
    assert_eq!(none, ["front unchanged (running)", "job unchanged (done)", "store unchanged (running)"]);
}

fn driven_unchanged(services: &Services) -> Vec<String> {
    Driven::read(services).starts()
}

#[test]
fn stopped_services_are_started_again_and_jobs_are_not() {
    let Some(services) = three("stopped") else { return };
    let driven = Driven::read(&services);
    driven.starts();
    let heard = driven.stops(&["front"]);
    assert_eq!(heard, ["front stopped"]);
    services.until("it has stopped", || services.states() == "front=exited job=exited store=running");
    let expected = ["front running", "front started", "job unchanged (done)", "store unchanged (running)"];
    assert_eq!(driven.starts(), expected);
    driven.stops(&[]);
    // A listing of the engine may lag behind.
    services.until("everything has stopped", || services.states() == "front=exited job=exited store=exited");
    let restarted =
        driven.starts_with(UpOptions { services: vec!["store".into()], restart: true, ..UpOptions::default() });
    assert_eq!(restarted, ["store healthy", "store restarted"]);
}

#[test]
fn jobs_that_nothing_waits_for_are_successes_or_failures() {
    let compose = "name: PROJECT\nservices:\n  good: {image: xtask-busybox:1, command: [sh, -c, 'sleep 0.3; exit 0']}\n  \
                   bad: {image: xtask-busybox:1, command: [sh, -c, 'echo it broke; sleep 0.3; exit 7']}\n";
    let Some(services) = Services::new("jobs", compose) else { return };
    services.engine.busybox("xtask-busybox:1");
    let driven = Driven::read(&services);
    let only = |name: &str| UpOptions { services: vec![name.into()], ..UpOptions::default() };
    let heard = driven.starts_with(only("good"));
    assert!(heard.contains(&"good done".to_owned()), "{heard:?}");
    assert_eq!(driven.starts_with(only("good")), ["good unchanged (done)"], "it is not done twice");
    let (report, _) = driven.fails(only("bad"));
    let told = super::driven::told(&report);
    assert!(told.starts_with("service-exited Unhealthy: service bad ended with status 7\n"), "{told}");
    assert!(told.contains("its last lines:\nit broke"), "{told}");
}

#[test]
fn the_project_goes_by_its_labels_alone() {
    let Some(services) = three("labels") else { return };
    let driven = Driven::read(&services);
    driven.starts();
    let (report, heard) = driven.goes_down(false, DownOptions { volumes: true, ..DownOptions::default() });
    assert!(heard.iter().position(|it| it == "front stopped") < heard.iter().position(|it| it == "store stopped"));
    assert_eq!((services.states().as_str(), report.kept_volumes.len()), ("", 0));
    assert_eq!((services.networks().len(), services.volumes().len()), (0, 0));
}

#[test]
fn several_containers_of_a_service_come_and_go() {
    let compose =
        "name: PROJECT\nservices:\n  many: {image: xtask-busybox:1, command: [sleep, '1000'], init: true, scale: 3}\n";
    let Some(services) = Services::new("scaled", compose) else { return };
    services.engine.busybox("xtask-busybox:1");
    Driven::read(&services).starts();
    assert_eq!(services.ids().len(), 3);
    services.write("compose/compose.yaml", &compose.replace("scale: 3", "scale: 1"));
    let kept = services.ids();
    let heard = Driven::read(&services).starts();
    assert_eq!(services.ids().len(), 1, "{heard:?}");
    assert!(kept.contains(&services.ids()[0]));
    assert_eq!(services.containers()[0].1["Labels"]["com.docker.compose.container-number"], "1");
}

#[test]
fn two_runs_at_once_do_not_break_each_other() {
    let Some(services) = three("twice") else { return };
    let driven = Driven::read(&services);
    // The test is a third one, which is first.
    let path = driven.state_dir().join("services.lock");
    let Ok(Attempt::Taken(first)) = ProcessLock::attempt(&path) else { panic!("nobody else is at work") };
    let heard = [Heard::default(), Heard::default()];
    let waits = |heard: &Heard| heard.lines().iter().any(|line| line.contains("Waiting for another command"));
    let start = |heard| {
        let came = driven.up_telling(UpOptions::default(), PATIENCE, None, std::future::pending(), heard);
        came.map(drop)
    };
    std::thread::scope(|scope| {
        let runs = heard.each_ref().map(|heard| scope.spawn(move || start(heard)));
        services.until("both say for what they wait", || heard.iter().all(waits));
        drop(first);
        for run in runs {
            run.join().expect("no panic").expect("it succeeds");
        }
    });
    assert_eq!(services.ids().len(), 3);
    let lines = heard.each_ref().map(Heard::lines);
    let created = lines.iter().flatten().filter(|line| line.ends_with("created")).count();
    assert_eq!(created, 6, "each thing was made once: {lines:?}");
}

#[test]
fn what_an_interrupted_run_has_left_is_put_in_order() {
    let Some(services) = three("leftover") else { return };
    Driven::read(&services).starts();
    // As if a run had been killed after it had made the new container, and another one before it gave it its name.
    let (store, front) = (services.id("store"), services.id("front"));
    let name = services.name().to_owned();
    services
        .engine
        .post(&format!("/containers/{front}/rename?name={}_{name}-front-1", &store[..12]), &serde_json::Value::Null);
    let labels = services.inspect("store")["Config"]["Labels"].clone();
    let body = serde_json::json!({ "Image": "xtask-busybox:1", "Labels": labels });
    services.engine.post(&format!("/containers/create?name={}_{name}-store-1", &store[..12]), &body);
    assert_eq!(services.ids().len(), 4);
    let heard = Driven::read(&services).starts();
    assert_eq!(services.ids().len(), 3, "{heard:?}");
    assert!(heard.contains(&"front renamed".to_owned()), "{heard:?}");
    assert_eq!((services.id("store"), services.id("front")), (store, front));
    assert_eq!(services.inspect("front")["Name"], format!("/{name}-front-1"));
}

/// Says what it was told to, in this order; the last for ever.
struct Told(Mutex<Vec<&'static str>>);

impl Probe for Told {
    fn service(&self) -> &str {
        "store"
    }

    fn ask<'a>(&'a self, container: &'a xtask::lifecycle::observed::Container) -> Asked<'a> {
        assert!(container.is_up(), "it is asked when the health check says so");
        let mut left = self.0.lock().expect("unpoisoned");
        let answer = if left.len() > 1 { left.remove(0) } else { left[0] };
        Box::pin(async move {
            match answer {
                "ready" => Answer::Ready,
                "never" => Answer::Refused(
                    Diagnostic::error(Code::new("interrupted"), Exit::Unhealthy, "another password").into(),
                ),
                other => Answer::NotYet(other.to_owned()),
            }
        })
    }
}

#[test]
fn a_healthy_service_is_ready_when_it_answers() {
    let Some(services) = three("answers") else { return };
    let driven = Driven::read(&services);
    let up = |answers: &[&'static str], seconds| {
        let probe = Told(Mutex::new(answers.to_vec()));
        driven.up_with(UpOptions::default(), Duration::from_secs(seconds), Some(&probe), std::future::pending())
    };
    let (came, _) = up(&["the server starts up"], 12);
    let told = super::driven::told(&came.expect_err("it never answers"));
    assert!(told.contains("service-not-ready") && told.contains("store, last answer: the server starts up"), "{told}");
    assert_eq!(services.states(), "store=running", "what needs it was not begun");
    let (came, _) = up(&["the server starts up", "never"], 30);
    let told = super::driven::told(&came.expect_err("it refuses"));
    assert!(told.starts_with("interrupted Unhealthy: another password\n"), "{told}");
    let (came, heard) = up(&["the server starts up", "the server starts up", "ready"], 30);
    came.expect("it answers");
    assert!(heard.lines().contains(&"job done".to_owned()), "{:?}", heard.lines());
    assert_eq!(services.states(), "front=running job=exited store=running");
}

#[test]
fn each_service_is_stopped_with_its_own_signal_and_time() {
    let compose = "name: PROJECT\nservices:\n  polite:\n    image: xtask-busybox:1\n    stop_signal: SIGUSR1\n    stop_grace_period: \
                   300s\n    command: [sh, -c, 'trap \"echo asked; exit 0\" USR1; while true; do sleep 0.1; done']\n  \
                   slow:\n    image: xtask-busybox:1\n    stop_grace_period: 300s\n    command: [sh, -c, 'trap \"sleep 11; \
                   exit 3\" TERM; while true; do sleep 0.1; done']\n  stubborn:\n    image: xtask-busybox:1\n    \
                   stop_grace_period: 1s\n    command: [sh, -c, 'trap \"\" TERM; while true; do sleep 0.1; done']\n";
    let Some(services) = Services::new("signals", compose) else { return };
    services.engine.busybox("xtask-busybox:1");
    let driven = Driven::read(&services);
    driven.starts();
    driven.stops(&[]);
    let status = |service: &str| services.inspect(service)["State"]["ExitCode"].clone();
    assert_eq!(status("polite"), 0, "its signal");
    assert_eq!(status("slow"), 3, "more than the ten seconds that are usual");
    assert_eq!(status("stubborn"), 137, "it would never end by itself");
}

#[test]
fn an_image_for_another_processor_is_told_of_in_one_line() {
    let compose =
        "name: PROJECT\nservices:\n  store: {image: 'xtask-foreign:1', command: [sleep, '1000'], init: true}\n";
    let Some(services) = Services::new("foreign", compose) else { return };
    let (other, own) = if architecture() == "amd64" { ("arm64", "amd64") } else { ("amd64", architecture()) };
    let config = serde_json::json!({ "Env": ["PATH=/bin:/usr/bin"] });
    services.engine.image("xtask-foreign:1", &Layer::busybox().made_for(other), &config);
    let (_, heard) = Driven::read(&services).up(UpOptions::default());
    let expected = format!(
        "note: image xtask-foreign:1 is made for linux/{other}, the engine runs on {own}: it is slow, if it runs at all"
    );
    assert!(heard.lines().contains(&expected), "{:?}", heard.lines());
}
