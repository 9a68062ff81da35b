//! Logs of several containers: in the order of their lines, followed, over restarts, with and without a terminal.

use std::ops::ControlFlow;

use serde_json::{Value, json};
use xtask::docker::{Docker, Endpoint, Logs, Origin};
use xtask::event::{Channel, LogLine};

use crate::support::applying::PATIENCE;
use crate::support::docker::{Engine, engine};

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

async fn docker(engine: &Engine) -> Docker {
    let socket = engine.socket().into_os_string().into_string().expect("UTF-8");
    Docker::connect(&Endpoint::unix(socket, Origin::Default)).await.expect("the engine answers")
}

/// A container of a project, started; it goes with the value.
struct Container<'e> {
    engine: &'e Engine,
    id: String,
}

impl<'e> Container<'e> {
    fn new(engine: &'e Engine, project: &str, service: &str, script: &str, more: Value) -> Self {
        engine.busybox("logs:1");
        let mut settings = json!({
            "Image": "logs:1", "Cmd": ["sh", "-c", script], "StopTimeout": 0,
            "Labels": {
                "com.docker.compose.project": project, "com.docker.compose.service": service,
                "com.docker.compose.container-number": "1", "com.docker.compose.oneoff": "False",
            },
        });
        settings.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        let id = engine.post("/containers/create", &settings)["Id"].as_str().expect("an id").to_owned();
        let container = Self { engine, id };
        container.post("start");
        container
    }

    fn post(&self, what: &str) {
        self.engine.post(&format!("/containers/{}/{what}", self.id), &Value::Null);
    }

    fn wait(&self) {
        self.post("wait");
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        self.engine.delete(&format!("/containers/{}?force=1", self.id));
    }
}

fn of(project: &str) -> Logs {
    Logs { project: project.to_owned(), ..Logs::default() }
}

fn read(engine: &Engine, wanted: &Logs) -> Vec<LogLine> {
    let mut lines = Vec::new();
    block_on(async {
        let docker = docker(engine).await;
        let take = &mut |line| {
            lines.push(line);
            ControlFlow::Continue(())
        };
        docker.logs(wanted, take).await.expect("logs");
    });
    lines
}

fn texts(lines: &[LogLine]) -> Vec<String> {
    lines.iter().map(|line| format!("{} {}", line.container, line.text)).collect()
}

#[test]
fn lines_of_several_services_stand_in_the_order_of_their_times() {
    let Some(engine) = engine() else { return };
    let script = |own: &str, first: &str| format!("sleep {first}; for i in 1 2 3; do echo {own}$i; sleep 0.4; done");
    let a = Container::new(engine, "logs-order", "a", &script("a", "0"), json!({}));
    let b = Container::new(engine, "logs-order", "b", &script("b", "0.2"), json!({ "Tty": true }));
    let _other = Container::new(engine, "logs-other", "c", "echo no", json!({}));
    a.wait();
    b.wait();
    let lines = read(engine, &of("logs-order"));
    let mut sorted = lines.clone();
    sorted.sort_by(|a, b| a.time.cmp(&b.time));
    assert_eq!(lines, sorted);
    let mut told = texts(&lines);
    assert_eq!(told.len(), 6, "{told:?}");
    told.sort();
    assert_eq!(told, ["a-1 a1", "a-1 a2", "a-1 a3", "b-1 b1", "b-1 b2", "b-1 b3"]);

    let last = read(engine, &Logs { tail: Some(1), ..of("logs-order") });
    assert_eq!(texts(&last).len(), 2, "one of each: {last:?}");
    let only = read(engine, &Logs { services: vec!["b".to_owned()], ..of("logs-order") });
    assert_eq!(texts(&only), ["b-1 b1", "b-1 b2", "b-1 b3"]);
    let time = lines[3].time.parse().expect("a time");
    let since = read(engine, &Logs { since: Some(time), ..of("logs-order") });
    assert_eq!(texts(&since), texts(&lines[3..]));
}

#[test]
fn long_lines_and_the_standard_error_come_whole() {
    let Some(engine) = engine() else { return };
    let script = "head -c 40000 /dev/zero | tr '\\0' x; echo; echo oops >&2; printf 'no end'";
    let container = Container::new(engine, "logs-long", "a", script, json!({}));
    container.wait();
    let lines = read(engine, &of("logs-long"));
    let mut found: Vec<_> = lines.iter().map(|line| (line.channel == Channel::Error, line.text.len())).collect();
    found.sort_unstable();
    assert_eq!(found, [(false, 6), (false, 40_000), (true, 4)]);
}

#[test]
fn what_starts_meanwhile_is_followed_until_nothing_runs() {
    let Some(engine) = engine() else { return };
    let until_told = |own: &str| format!("trap 'echo {own}2; exit' USR1; echo {own}1; while true; do sleep 0.1; done");
    let first = Container::new(engine, "logs-follow", "a", &until_told("a"), json!({}));
    let (sender, receiver) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        block_on(async {
            let docker = docker(engine).await;
            let take = &mut |line: LogLine| {
                sender.send(line).expect("heard");
                ControlFlow::Continue(())
            };
            docker.logs(&Logs { follow: true, ..of("logs-follow") }, take).await.expect("logs");
        });
    });
    let next = || texts(&[receiver.recv_timeout(PATIENCE).expect("a line")]).remove(0);
    assert_eq!(next(), "a-1 a1");
    let second = Container::new(engine, "logs-follow", "b", &until_told("b"), json!({}));
    assert_eq!(next(), "b-1 b1", "one that was started");
    first.post("kill?signal=USR1");
    assert_eq!(next(), "a-1 a2", "one that runs");
    first.wait();
    // Started again, it is followed again, and nothing of before is told twice.
    first.post("start");
    assert_eq!(next(), "a-1 a1");
    first.post("kill?signal=USR1");
    assert_eq!(next(), "a-1 a2");
    first.wait();
    second.post("kill?signal=USR1");
    assert_eq!(next(), "b-1 b2");
    second.wait();
    reader.join().expect("it ends when nothing runs any more");
    assert!(receiver.try_recv().is_err(), "nothing more");
}

#[test]
fn whoever_has_enough_is_told_no_more() {
    let Some(engine) = engine() else { return };
    let _container = Container::new(engine, "logs-enough", "a", "while sleep 0.1; do echo x; done", json!({}));
    let mut heard = 0;
    block_on(async {
        let docker = docker(engine).await;
        let take = &mut |_| {
            heard += 1;
            if heard == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let logs = Logs { follow: true, ..of("logs-enough") };
        tokio::time::timeout(PATIENCE, docker.logs(&logs, take)).await.expect("in time").expect("logs");
    });
    assert_eq!(heard, 3);
}
