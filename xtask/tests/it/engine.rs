//! The connection to a Docker engine: the real one of this machine, and everything that may answer in its place.
#![cfg(unix)]

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;

use xtask::diagnostic::Diagnose;
use xtask::docker::{Docker, DockerError, Endpoint, Origin};

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
