//! The connection to a Docker engine: the real one of this machine, and everything that may answer in its place.
#![cfg(unix)]

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::process::Command;

use xtask::diagnostic::Diagnose;
use xtask::docker::{Docker, DockerError, Endpoint, Origin};
use xtask::ui::{Color, Manner, Ui};

use super::support::skip;

/// Named by the tests that need an environment of their own: [`probe`] then speaks for the engine found in it.
const PROBE: &str = "XTASK_TEST_PROBE";

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

fn connect(socket: &str) -> Result<Docker, DockerError> {
    block_on(Docker::connect(&Endpoint::unix(socket, Origin::Default)))
}

/// Somebody who accepts one connection, reads a request, and answers with these bytes.
fn answering(folder: &tempfile::TempDir, answer: &'static [u8]) -> String {
    let path = folder.path().join("s");
    let listener = UnixListener::bind(&path).expect("a socket");
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut request = [0; 1024];
        let _ = stream.read(&mut request);
        stream.write_all(answer).expect("answered");
    });
    path.to_str().expect("UTF-8").to_owned()
}

/// Not a test by itself: run as a process of its own, it finds the engine of its environment and tells what it found.
#[test]
fn probe() {
    if std::env::var_os(PROBE).is_none() {
        return;
    }
    let found = Endpoint::find(None).map_err(DockerError::from);
    let told = match found.and_then(|endpoint| block_on(Docker::connect(&endpoint))) {
        Ok(docker) => format!("{} at {}", docker.engine().product, docker.endpoint().address),
        Err(error) => {
            let ui = Ui::new(Manner { color: Color::Never, ..Manner::default() });
            ui.rendered(&error.diagnose())
        }
    };
    std::io::stdout().write_all(format!("\n{told}\n").as_bytes()).expect("told");
}

/// What [`probe`] tells in an environment with these variables.
fn probed(variables: &[(&str, &str)], account: Option<u32>) -> String {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["engine::probe", "--exact", "--nocapture"]).env(PROBE, "1");
    for name in ["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    if let Some(account) = account {
        command.uid(account).gid(account).current_dir("/");
    }
    let output = command.output().expect("the probe runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn absent_stale_and_forbidden_sockets_are_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let absent = connect(&path("absent")).expect_err("there is none").diagnose();
    assert!(["engine-not-started", "engine-not-installed"].contains(&absent.code.as_str()), "{absent:?}");

    drop(UnixListener::bind(path("stale")).expect("a socket"));
    let stale = connect(&path("stale")).expect_err("nobody listens").diagnose();
    assert_eq!(stale.code.as_str(), "engine-not-started");
    assert!(stale.evidence[0].contains("is left over: no process listens on it"), "{stale:?}");

    assert!(stale.next.iter().all(|next| next.command.as_deref() != Some("sudo service docker start")), "{stale:?}");

    std::fs::write(path("file"), "").expect("a file");
    let file = connect(&path("file")).expect_err("no socket").diagnose();
    assert_eq!(
        (file.code.as_str(), &*file.evidence[0]),
        ("engine-not-docker", &*format!("{} is no socket", path("file")))
    );

    let _held = UnixListener::bind(path("forbidden")).expect("a socket");
    std::fs::set_permissions(path("forbidden"), PermissionsExt::from_mode(0o600)).expect("closed");
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("opened");
    if !xtask::tools::is_root() {
        return skip("only root can try as another account");
    }
    let told = probed(&[("DOCKER_HOST", &format!("unix://{}", path("forbidden")))], Some(65534));
    assert!(told.contains("error[engine-permission-denied]"), "{told}");
    assert!(told.contains("the address comes from DOCKER_HOST"), "{told}");
}

#[test]
fn an_engine_that_says_nothing_is_not_waited_for_for_ever() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s");
    let _held = UnixListener::bind(&path).expect("a socket");
    let begun = std::time::Instant::now();
    let found = connect(path.to_str().expect("UTF-8")).expect_err("it is silent").diagnose();
    assert_eq!(found.code.as_str(), "engine-not-answering");
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

#[test]
fn a_remote_engine_that_is_not_there_is_told_with_its_address() {
    let refused = probed(&[("DOCKER_HOST", "tcp://127.0.0.1:1")], None);
    assert!(refused.contains("error[engine-unreachable]: No Docker engine answers at tcp://127.0.0.1:1"), "{refused}");
    assert!(refused.contains("nothing listens on that port"), "{refused}");
    let unknown = probed(&[("DOCKER_HOST", "tcp://engine.invalid:2375")], None);
    assert!(unknown.contains("error[engine-unreachable]"), "{unknown}");
}

#[test]
fn an_engine_behind_ssh_is_spoken_to_through_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = answering(&folder, ENGINE);
    let Some(python) = xtask::tools::find("python3") else {
        return skip("python3, which stands in for the other side of ssh, is not installed");
    };
    // In the place of ssh: what `docker system dial-stdio` does over there.
    let ssh = folder.path().join("ssh");
    std::fs::write(&ssh, format!("#!{python}\n{BRIDGE}")).expect("written");
    std::fs::set_permissions(&ssh, PermissionsExt::from_mode(0o755)).expect("executable");
    let search = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap_or_default());
    let host = format!("ssh://me@h:2222{socket}");
    let told = probed(&[("DOCKER_HOST", &host), ("PATH", &search)], None);
    assert!(told.contains("Docker/99.0 at ssh://me@h:2222"), "{told}");
    let said = std::fs::read_to_string(folder.path().join("said")).expect("what ssh was told");
    let wanted =
        format!("-l me -p 2222 -o ConnectTimeout=30 -T -- h docker --host 'unix://{socket}' system dial-stdio");
    assert_eq!(said, wanted);

    std::fs::write(&ssh, "#!/bin/sh\necho 'me@h: Permission denied (publickey).' >&2\nexit 255\n").expect("written");
    let told = probed(&[("DOCKER_HOST", "ssh://me@h:2222"), ("PATH", &search)], None);
    assert!(told.contains("error[engine-ssh-failed]"), "{told}");
    assert!(told.contains("ssh says: me@h: Permission denied (publickey)."), "{told}");
}

#[test]
fn the_ports_of_an_engine_behind_ssh_are_on_the_machine_that_ssh_means() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write("xtask.toml", "[compose]\nfile = \"compose.yaml\"\n");
    let service = "{image: 'postgres:17', environment: {POSTGRES_PASSWORD: x}, ports: ['5439:5432']}";
    write("compose.yaml", &format!("name: far\nservices:\n  db: {service}\n"));
    // ssh knows the alias, and nobody the machine: that is no reason to wait.
    write("ssh", "#!/bin/sh\n[ \"$1\" = -G ] || exit 255\necho 'user me'\necho 'hostname nowhere.invalid'\n");
    std::fs::set_permissions(folder.path().join("ssh"), PermissionsExt::from_mode(0o755)).expect("executable");
    let search = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap_or_default());
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cargo-xtask"));
    command.args(["--host", "ssh://alias", "current"]).current_dir(folder.path());
    command.env("PATH", search).env("XTASK_BACKEND", "docker").env_remove("DATABASE_URL");
    let output = command.output().expect("the tool runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("Reading postgresql://postgres:***@nowhere.invalid:5439/postgres"), "{told}");
    assert_eq!(output.status.code(), Some(3), "{told}");
}

/// The answer of an engine to a ping.
const ENGINE: &[u8] =
    b"HTTP/1.1 200 OK\r\nApi-Version: 1.45\r\nServer: Docker/99.0 (linux)\r\nContent-Length: 0\r\n\r\n";

const BRIDGE: &str = r#"import os, socket, sys, threading
open(os.path.join(os.path.dirname(sys.argv[0]), "said"), "w").write(" ".join(sys.argv[1:]))
engine = socket.socket(socket.AF_UNIX)
engine.connect(sys.argv[sys.argv.index("--host") + 1].strip("'").removeprefix("unix://"))
def send():
    while data := os.read(0, 4096):
        engine.sendall(data)
threading.Thread(target=send, daemon=True).start()
while data := engine.recv(4096):
    os.write(1, data)
"#;

fn evidence(error: &DockerError) -> String {
    error.diagnose().evidence.join(" | ")
}

#[test]
fn what_is_no_engine_is_not_taken_for_one() {
    for (answer, told) in [
        (&b"SSH-2.0-OpenSSH_9.2\r\n"[..], "no Docker engine: invalid HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "no Docker engine: it answers 200 OK"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "no Docker engine: it answers 404 Not Found"),
        (b"", "no Docker engine: connection closed"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let error = connect(&answering(&folder, answer)).expect_err("it is no engine");
        assert!(evidence(&error).contains(told), "{}", evidence(&error));
    }
}

#[test]
fn an_engine_that_is_too_old_is_refused_by_its_version() {
    let folder = tempfile::tempdir().expect("a folder");
    let answer =
        b"HTTP/1.1 200 OK\r\nApi-Version: 1.40\r\nServer: Docker/19.03.15 (linux)\r\nContent-Length: 0\r\n\r\n";
    let error = connect(&answering(&folder, answer)).expect_err("it is too old");
    assert_eq!(error.diagnose().code.as_str(), "engine-too-old");
    assert!(
        evidence(&error).contains("Docker/19.03.15 speaks API 1.40; at least 1.41 is needed"),
        "{}",
        evidence(&error)
    );
}
