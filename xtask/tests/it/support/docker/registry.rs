//! The registry that images are pulled from, and lines to it that are slow, break off or ask for a password.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::super::applying::until;
use super::engine::{Engine, REGISTRY};

impl Engine {
    /// Whether there is a registry in this engine's network; says loudly that a test is skipped where not.
    pub(crate) fn has_registry(&self) -> bool {
        let present = which::which("docker-registry").is_ok();
        if !present {
            super::super::skip("no docker-registry on this machine (see .ci/run)");
            return false;
        }
        static ANSWERS: std::sync::Once = std::sync::Once::new();
        ANSWERS.call_once(|| {
            let address = format!("http://{REGISTRY}/v2/");
            let asked = || self.command("busybox").args(["wget", "-q", "-O", "/dev/null", &address]).output();
            until("the registry answers", || asked().is_ok_and(|output| output.status.success()));
        });
        true
    }

    /// Moves an image from the engine to the registry: `library/busybox:1` is what `busybox:1` is pulled from.
    #[track_caller]
    pub(crate) fn publish(&self, local: &str, name: &str) {
        let (repository, tag) = name.rsplit_once(':').expect("a name with its tag");
        let target = format!("{REGISTRY}/{repository}");
        self.tag(local, &format!("{target}:{tag}"));
        // An empty object: no credentials.
        self.request("POST", &format!("/images/{target}/push?tag={tag}"), "X-Registry-Auth: e30=\r\n", &[]);
        self.remove_image(&format!("{target}:{tag}"));
        self.remove_image(local);
    }

    /// An image that only the registry has, with this many bytes of content of its own.
    #[track_caller]
    pub(crate) fn publish_unique(&self, name: &str, bytes: usize) {
        let local = format!("local-{}", name.replace('/', "-"));
        let id = {
            self.unique(&local, bytes);
            self.get(&format!("/images/{local}/json"))["Id"].as_str().expect("an id").to_owned()
        };
        self.publish(&local, name);
        self.remove_image(&id);
        assert!(!self.has_image(&id), "{id} would not have to be pulled");
    }

    /// Asks the engine to pull, and gives the messages of the stream.
    pub(crate) fn pull(&self, reference: &str) -> Vec<Value> {
        let (name, tag) = reference.rsplit_once(':').expect("a name with its tag");
        let body = self.request("POST", &format!("/images/create?fromImage={name}&tag={tag}"), "", &[]);
        String::from_utf8_lossy(&body).lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

/// How a line behaves.
#[derive(Clone, Default)]
pub(crate) struct Manner {
    /// Content of images arrives at this speed.
    pub(crate) bytes_per_second: Option<usize>,
    /// Content of images breaks off after so many bytes.
    pub(crate) cut_after: Option<usize>,
    /// The name and password that are asked for.
    pub(crate) login: Option<(&'static str, &'static str)>,
}

/// A line to the registry, on a port of its own in the engine's network.
pub(crate) struct Line {
    port: u16,
    state: Arc<State>,
}

/// What the threads of a line share.
#[derive(Default)]
struct State {
    manner: Mutex<Manner>,
    /// Requests so far.
    asked: AtomicUsize,
    /// Downloads of content that go on.
    running: AtomicUsize,
    /// Bytes of content that have passed.
    passed: AtomicUsize,
}

impl State {
    fn manner(&self) -> Manner {
        self.manner.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Line {
    /// Lays one.
    pub(crate) fn new(engine: &Engine, manner: Manner) -> Self {
        let (sender, port) = std::sync::mpsc::channel();
        let state = Arc::new(State { manner: Mutex::new(manner), ..State::default() });
        let (network, shared) = (engine.network(), Arc::clone(&state));
        // Only this thread, and those that it starts, move to the engine's network. They end with the test process.
        std::thread::spawn(move || {
            enter(&network);
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
            sender.send(listener.local_addr().expect("bound").port()).expect("waited for");
            for stream in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&shared);
                state.asked.fetch_add(1, Ordering::Relaxed);
                // Whoever asks may hang up at any moment; that is what some tests are about.
                std::thread::spawn(move || drop(serve(&stream, &state)));
            }
        });
        Self { port: port.recv().expect("the line is laid"), state }
    }

    /// The name of an image that is reached over this line.
    pub(crate) fn reference(&self, name: &str) -> String {
        format!("127.0.0.1:{}/{name}", self.port)
    }

    /// The host and port, as it stands in the client's settings.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// From now on the line behaves so.
    pub(crate) fn set(&self, manner: Manner) {
        *self.state.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
    }

    /// How many requests have come so far.
    pub(crate) fn asked(&self) -> usize {
        self.state.asked.load(Ordering::Relaxed)
    }

    /// How many bytes of content have passed so far.
    pub(crate) fn passed(&self) -> usize {
        self.state.passed.load(Ordering::Relaxed)
    }

    /// Whether content is on its way.
    pub(crate) fn is_busy(&self) -> bool {
        self.state.running.load(Ordering::Relaxed) > 0
    }
}

/// Moves this thread to another network.
fn enter(network: &Path) {
    let file = std::fs::File::open(network).expect("the engine's network");
    nix::sched::setns(file.as_fd(), nix::sched::CloneFlags::CLONE_NEWNET).expect("root may enter it");
}

/// The lines of a request's or an answer's head.
fn head(reader: &mut impl BufRead) -> std::io::Result<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            return Ok(lines);
        }
        lines.push(line);
    }
}

/// Answers one request, and closes.
fn serve(client: &TcpStream, state: &State) -> std::io::Result<()> {
    // The engine tries TLS first, and would wait long for an answer to its greeting.
    let mut first = [0];
    if client.peek(&mut first)? == 1 && first == [0x16] {
        return Ok(());
    }
    let request = head(&mut BufReader::new(client))?;
    let mut client = client;
    let manner = state.manner();
    if !manner.login.is_none_or(|login| may_pass(&request, login)) {
        let body = r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#;
        let length = body.len();
        return write!(
            client,
            "HTTP/1.1 401 Unauthorized\r\nWww-Authenticate: Basic realm=\"test\"\r\nContent-Type: application/json\r\n\
             Docker-Distribution-Api-Version: registry/2.0\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        );
    }
    let mut server = TcpStream::connect(REGISTRY)?;
    for line in request.iter().filter(|line| !is_header(line, "connection") && !is_header(line, "authorization")) {
        write!(server, "{line}\r\n")?;
    }
    write!(server, "Connection: close\r\n\r\n")?;

    let mut answer = BufReader::new(server);
    for line in head(&mut answer)?.iter().filter(|line| !is_header(line, "connection")) {
        write!(client, "{line}\r\n")?;
    }
    write!(client, "Connection: close\r\n\r\n")?;
    let is_content = request.first().is_some_and(|line| line.starts_with("GET ") && line.contains("/blobs/"));
    if !is_content {
        return std::io::copy(&mut answer, &mut client).map(drop);
    }
    state.running.fetch_add(1, Ordering::Relaxed);
    let came = pass_on(&mut answer, client, &manner, &state.passed);
    state.running.fetch_sub(1, Ordering::Relaxed);
    came
}

fn is_header(line: &str, name: &str) -> bool {
    line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name))
}

fn may_pass(request: &[String], (name, password): (&str, &str)) -> bool {
    use base64::Engine as _;

    let token = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
    request.iter().any(|line| is_header(line, "authorization") && line.ends_with(&format!("Basic {token}")))
}

fn pass_on(from: &mut impl Read, mut to: &TcpStream, manner: &Manner, passed: &AtomicUsize) -> std::io::Result<()> {
    let step = manner.bytes_per_second.map_or(64 * 1024, |speed| (speed / 20).max(1));
    let mut buffer = vec![0; step];
    let mut sent = 0;
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        to.write_all(&buffer[..read])?;
        sent += read;
        passed.fetch_add(read, Ordering::Relaxed);
        if manner.cut_after.is_some_and(|limit| sent >= limit) {
            return to.shutdown(std::net::Shutdown::Both);
        }
        if let Some(speed) = manner.bytes_per_second {
            std::thread::sleep(Duration::from_secs_f64(read as f64 / speed as f64));
        }
    }
}
