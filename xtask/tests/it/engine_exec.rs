//! Commands in containers: arguments, streams, terminals and exit statuses.

use std::io::Cursor;

use serde_json::{Value, json};
use xtask::diagnostic::Diagnose;
use xtask::docker::{Docker, DockerError, Endpoint, Exec, Origin, Streams};
use xtask::event::Channel;

use crate::support::docker::{Engine, engine};

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

async fn docker(engine: &Engine) -> Docker {
    let socket = engine.socket().into_os_string().into_string().expect("UTF-8");
    Docker::connect(&Endpoint::unix(socket, Origin::Default)).await.expect("the engine answers")
}

/// A container; it goes with the value.
struct Container<'e> {
    engine: &'e Engine,
    id: String,
}

impl<'e> Container<'e> {
    fn created(engine: &'e Engine, command: &[&str], more: Value) -> Self {
        engine.busybox("exec:1");
        let mut settings = json!({ "Image": "exec:1", "Cmd": command, "StopTimeout": 0 });
        settings.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        let id = engine.post("/containers/create", &settings)["Id"].as_str().expect("an id").to_owned();
        Self { engine, id }
    }

    fn running(engine: &'e Engine) -> Self {
        let container = Self::created(engine, &["sleep", "600"], json!({}));
        engine.post(&format!("/containers/{}/start", container.id), &Value::Null);
        container
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        self.engine.delete(&format!("/containers/{}?force=1", self.id));
    }
}

/// What came of a command.
#[derive(Debug, Default, PartialEq, Eq)]
struct Came {
    code: i32,
    output: String,
    error: String,
}

fn streams<'a>(
    input: Option<&str>,
    output: &'a mut (dyn FnMut(Channel, &[u8]) + Send),
    size: &'a (dyn Fn() -> Option<(u16, u16)> + Sync),
) -> Streams<'a> {
    let input = input.map(|text| Box::new(Cursor::new(text.as_bytes().to_vec())) as _);
    Streams { input, output, size }
}

fn taking(came: &mut Came) -> impl FnMut(Channel, &[u8]) + Send {
    |channel, bytes| {
        let text = if channel == Channel::Error { &mut came.error } else { &mut came.output };
        text.push_str(&String::from_utf8_lossy(bytes));
    }
}

fn exec(container: &Container<'_>, exec: &Exec, input: Option<&str>) -> Result<Came, DockerError> {
    let mut came = Came::default();
    let code = block_on(async {
        let mut take = taking(&mut came);
        let streams = streams(input, &mut take, &|| Some((91, 33)));
        docker(container.engine)
            .await
            .exec(&container.id, exec, streams, std::future::pending())
            .await
            .map(|code| code.expect("ended"))
    })?;
    Ok(Came { code, ..came })
}

fn of(command: &[&str]) -> Exec {
    Exec { command: command.iter().map(|word| (*word).to_owned()).collect(), ..Exec::default() }
}

fn came(code: i32, output: &str, error: &str) -> Came {
    Came { code, output: output.to_owned(), error: error.to_owned() }
}

#[test]
fn arguments_streams_and_statuses_pass_unchanged() {
    let Some(engine) = engine() else { return };
    let container = Container::running(engine);
    let words = ["printf", "[%s]", "a b", "$HOME", "'\"", "", "é*;&&"];
    assert_eq!(exec(&container, &of(&words), None).expect("ran"), came(0, "[a b][$HOME]['\"][][é*;&&]", ""));
    let script = of(&["sh", "-c", "echo out; echo err >&2; exit 7"]);
    assert_eq!(exec(&container, &script, None).expect("ran"), came(7, "out\n", "err\n"));
    let text = "line\n".repeat(50_000);
    let counted = exec(&container, &of(&["cat"]), Some(&text)).expect("ran");
    assert!(counted.code == 0 && counted.output == text, "{} bytes came back", counted.output.len());
    let early = exec(&container, &of(&["head", "-n", "1"]), Some(&text)).expect("ran");
    assert_eq!(early, came(0, "line\n", ""));
    let surroundings = Exec {
        environment: vec!["A=b c".to_owned()],
        user: Some("65534".to_owned()),
        working_dir: Some("/tmp".to_owned()),
        ..of(&["sh", "-c", "echo $A; id -u; pwd"])
    };
    assert_eq!(exec(&container, &surroundings, None).expect("ran"), came(0, "b c\n65534\n/tmp\n", ""));
}

#[test]
fn a_terminal_has_a_size_and_one_output() {
    let Some(engine) = engine() else { return };
    let container = Container::running(engine);
    let script = "test -t 0 && test -t 1 && sleep 0.5 && stty size && echo err >&2 && read line && echo got $line";
    let with_terminal = Exec { has_terminal: true, ..of(&["sh", "-c", script]) };
    let came = exec(&container, &with_terminal, Some("typed\n")).expect("ran");
    assert_eq!((came.code, came.error.as_str()), (0, ""), "{came:?}");
    for part in ["33 91", "err", "got typed"] {
        assert!(came.output.contains(part), "{came:?}");
    }
    // Ctrl-C is a key like any other: it reaches the process inside.
    let waiting = Exec { has_terminal: true, ..of(&["sh", "-c", "trap 'exit 9' INT; echo ready; sleep 1000 & wait"]) };
    let container_code = block_on(async {
        let (mut keys, input) = tokio::io::duplex(16);
        let docker = docker(engine).await;
        let ready = tokio::sync::Notify::new();
        let mut says = |_: Channel, _: &[u8]| ready.notify_one();
        let streams = Streams { input: Some(Box::new(input)), output: &mut says, size: &|| None };
        let press = async {
            ready.notified().await;
            tokio::io::AsyncWriteExt::write_all(&mut keys, b"\x03").await.expect("pressed");
            std::future::pending::<()>().await;
        };
        tokio::select! {
            code = docker.exec(&container.id, &waiting, streams, std::future::pending()) => code,
            () = press => unreachable!("it never ends"),
        }
    });
    assert_eq!(container_code.expect("ran"), Some(9));
}

#[test]
fn what_cannot_be_run_is_told() {
    let Some(engine) = engine() else { return };
    let container = Container::running(engine);
    let missing = exec(&container, &of(&["no-such-program"]), None).expect("it ends");
    assert!([126, 127].contains(&missing.code), "{missing:?}");
    assert!(format!("{}{}", missing.output, missing.error).contains("no-such-program"), "{missing:?}");
    let stopped = Container::created(engine, &["true"], json!({}));
    let error = exec(&stopped, &of(&["true"]), None).expect_err("it does not run").diagnose();
    assert_eq!(error.code.as_str(), "container-not-running", "{error:?}");
}

#[test]
fn a_container_of_its_own_is_run_to_its_end() {
    let Some(engine) = engine() else { return };
    let script = ["sh", "-c", "echo first; cat; echo last >&2; exit 5"];
    let with_input = json!({ "OpenStdin": true, "StdinOnce": true, "AttachStdin": true });
    let container = Container::created(engine, &script, with_input);
    let mut seen = Came::default();
    let code = block_on(async {
        let mut take = taking(&mut seen);
        docker(engine)
            .await
            .run(&container.id, false, streams(Some("typed\n"), &mut take, &|| None), std::future::pending())
            .await
    });
    assert_eq!((code.expect("ran"), seen), (5, came(0, "first\ntyped\n", "last\n")));

    let sleeping =
        Container::created(engine, &["sh", "-c", "trap 'exit 42' INT; echo ready; sleep 1000 & wait"], json!({}));
    let code = block_on(async {
        let docker = docker(engine).await;
        let ready = tokio::sync::Notify::new();
        let mut says = |_: Channel, _: &[u8]| ready.notify_one();
        let running = docker.run(&sleeping.id, false, streams(None, &mut says, &|| None), std::future::pending());
        let interrupted = async {
            ready.notified().await;
            docker.kill(&sleeping.id, "SIGINT").await
        };
        tokio::try_join!(running, interrupted).map(|(code, ())| code)
    });
    assert_eq!(code.expect("ran"), 42);
}
