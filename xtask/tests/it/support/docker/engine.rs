//! The private engine: one a test process, on a socket of its own, in namespaces of its own.
//!
//! It is started by the first test that asks for it. A keeper holds it and waits for the end of its own standard input, so it goes
//! away with the test process, whatever ends that. The engine lives in a network of its own: its bridges, rules and published ports
//! meet neither those of this machine's engine nor those of another test process. What has to reach a published port, the tool
//! first of all, is run inside that network with [`Engine::command`]. Processes and mounts have a namespace of their own, too, whose
//! end takes every container and every mount with it.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::applying::{PATIENCE, until};

/// Where the registry of this engine listens, inside of the engine's network. It is the engine's mirror as well.
pub(crate) const REGISTRY: &str = "127.0.0.1:5000";

/// Names an unpacked tree with the engine that is to be used instead of the one that is installed.
const OTHER_ROOT: &str = "XTASK_TEST_ENGINE_ROOT";

/// What the engine and its keeper are made of.
const NEEDED: &[&str] = &["dockerd", "containerd", "runc", "iptables", "unshare", "nsenter", "busybox"];

/// The engine of this test process; `None` where there can be none, which is said loudly.
pub(crate) fn engine() -> Option<&'static Engine> {
    static ENGINE: OnceLock<Result<Engine, String>> = OnceLock::new();
    static MISSING: OnceLock<Option<String>> = OnceLock::new();
    if let Some(reason) = MISSING.get_or_init(missing) {
        super::super::skip(reason);
        return None;
    }
    match ENGINE.get_or_init(Engine::start) {
        Ok(engine) => Some(engine),
        Err(error) => panic!("the test engine does not start: {error}"),
    }
}

/// Why no engine can be started here.
fn missing() -> Option<String> {
    let path = search_path();
    let lacks = |name: &&&str| which::which_in(name, Some(&path), "/").is_err();
    let absent: Vec<&str> = NEEDED.iter().filter(lacks).copied().collect();
    if !absent.is_empty() {
        return Some(format!("no private Docker engine without {} (see .ci/run)", absent.join(", ")));
    }
    let id = Command::new("id").arg("-u").output().ok()?;
    (id.stdout.trim_ascii() != b"0").then(|| "only root can start a private Docker engine".to_owned())
}

/// `PATH` with the folders that only root's may have.
fn search_path() -> String {
    let told = std::env::var("PATH").unwrap_or_default();
    format!("{told}:/usr/sbin:/usr/bin:/sbin:/bin")
}

/// The programs of the other engine, if one is asked for. Where one of them does not run on this machine, because it wants a newer
/// C library, the installed one takes its place: any runc serves any engine.
fn other_programs() -> Vec<PathBuf> {
    let Some(root) = std::env::var_os(OTHER_ROOT).map(PathBuf::from) else { return Vec::new() };
    let of_engine = ["dockerd", "containerd", "containerd-shim-runc-v2", "docker-proxy", "docker-init", "runc"];
    let found: Vec<PathBuf> = of_engine
        .iter()
        .flat_map(|name| ["usr/sbin", "usr/bin", "usr/libexec/docker"].map(|folder| root.join(folder).join(name)))
        .filter(|program| program.is_file() && runs(program))
        .collect();
    let has = |name: &str| found.iter().any(|program| program.ends_with(name));
    assert!(has("dockerd") && has("containerd"), "{OTHER_ROOT}: no engine that runs in {}", root.display());
    found
}

fn runs(program: &Path) -> bool {
    // The shim alone knows only the short form, which the others understand as well.
    Command::new(program)
        .arg("-v")
        .output()
        .is_ok_and(|output| output.status.success() || !String::from_utf8_lossy(&output.stderr).contains("GLIBC"))
}

/// A running engine.
pub(crate) struct Engine {
    folder: PathBuf,
    /// Its standard input, which it holds, is the lifeline; its network is the engine's.
    keeper: Child,
}

/// In the engine's network: `$1` folder, `$2` control group. Starts the rest, and clears up after it.
const KEEPER: &str = r#"
busybox ip link set lo up
unshare --mount --pid --fork --mount-proc --kill-child=KILL sh -c "$3" engine "$1"
find /sys/fs/cgroup -depth -type d -path "*/$2*" -exec rmdir {} \; 2>/dev/null
for attempt in 1 2 3 4 5 6 7 8 9 10; do
    rm -rf "$1" 2>/dev/null && break
    sleep 0.2
done
"#;

/// In namespaces of its own, as their first process: `$1` folder. Its end is the end of every process in there.
const ENGINE: &str = r#"
for shared in /run/containerd /run/docker; do
    # A containerd of this machine must not be taken for the engine's own.
    [ ! -d $shared ] || mount -t tmpfs none $shared
done
if command -v docker-registry >/dev/null; then
    docker-registry serve "$1/registry.yml" >"$1/registry.log" 2>&1 </dev/null &
fi
dockerd --config-file "$1/daemon.json" --host "unix://$1/docker.sock" --data-root "$1/data" --exec-root "$1/exec" \
    --pidfile "$1/dockerd.pid" >"$1/log" 2>&1 </dev/null &
cat >/dev/null
"#;

impl Engine {
    fn start() -> Result<Self, String> {
        // The path of a unix socket has to fit into 107 bytes, and the engine makes some deep below its folder.
        let folder = tempfile::Builder::new().prefix("xt-").tempdir().map_err(|error| error.to_string())?.keep();
        let group = format!("xtask-test-{}", std::process::id());
        std::fs::write(folder.join("daemon.json"), daemon_settings(&group)).map_err(|error| error.to_string())?;
        std::fs::write(folder.join("registry.yml"), registry_settings(&folder)).map_err(|error| error.to_string())?;
        let plugins = folder.join("client/cli-plugins");
        std::fs::create_dir_all(&plugins).map_err(|error| error.to_string())?;
        if let Some(compose) = super::compose::find() {
            std::os::unix::fs::symlink(compose, plugins.join("docker-compose")).map_err(|error| error.to_string())?;
        }
        std::fs::create_dir(folder.join("bin")).map_err(|error| error.to_string())?;
        for program in other_programs() {
            let link = folder.join("bin").join(program.file_name().expect("a program"));
            if !link.exists() {
                std::os::unix::fs::symlink(program, link).map_err(|error| error.to_string())?;
            }
        }
        let mut command = Command::new("unshare");
        command.args(["--net", "sh", "-c", KEEPER, "keeper"]).arg(&folder).args([&group, ENGINE]);
        command.env("PATH", format!("{}/bin:{}", folder.display(), search_path()));
        command.env_remove("DOCKER_HOST").env_remove("NOTIFY_SOCKET").current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let keeper = command.spawn().map_err(|error| error.to_string())?;
        let mut engine = Self { folder, keeper };
        let deadline = Instant::now() + PATIENCE;
        while !engine.answers() {
            if Instant::now() > deadline || engine.keeper.try_wait().is_ok_and(|ended| ended.is_some()) {
                let log = std::fs::read_to_string(engine.folder.join("log")).unwrap_or_default();
                drop(engine.keeper.stdin.take());
                return Err(log);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(engine)
    }

    fn answers(&self) -> bool {
        self.try_request("GET", "/_ping", "", &[]).is_ok_and(|(status, _)| status == 200)
    }

    /// The socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join("docker.sock")
    }

    /// The value of `DOCKER_HOST`.
    pub(crate) fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// The folder that the Docker client's settings are read from (`DOCKER_CONFIG`). It holds nothing but `docker compose`, as on the
    /// machine of somebody who has it.
    pub(crate) fn client_folder(&self) -> PathBuf {
        self.folder.join("client")
    }

    /// A file that stands for the engine's network.
    pub(crate) fn network(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/ns/net", self.keeper.id()))
    }

    /// A command that runs in the engine's network and finds this engine. It has the process id that it is started with.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net={}", self.network().display())).arg("--").arg(program);
        for (variable, _) in std::env::vars_os() {
            if ["DOCKER_", "COMPOSE_", "BUILDKIT_"].iter().any(|start| variable.to_string_lossy().starts_with(start)) {
                command.env_remove(variable);
            }
        }
        command.env("DOCKER_HOST", self.host()).env("DOCKER_CONFIG", self.client_folder());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a small program in the engine's network and gives what it printed.
    #[track_caller]
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.command(program).args(arguments).output().expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        assert!(output.status.success(), "{program} {arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    /// What the engine says to `GET`.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Value {
        self.json("GET", path, &Value::Null)
    }

    /// What the engine says to `GET`; nothing where it has no such thing.
    #[track_caller]
    pub(crate) fn get_if_there(&self, path: &str) -> Option<Value> {
        let (status, body) = self.try_request("GET", &format!("/v1.41{path}"), "", &[]).expect("the engine answers");
        assert!(status < 400 || status == 404, "GET {path}: {status} {}", String::from_utf8_lossy(&body));
        (status != 404).then(|| serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// What the engine says to `POST`.
    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        self.json("POST", path, body)
    }

    /// `DELETE`; whether there was something is all the same.
    pub(crate) fn delete(&self, path: &str) {
        let _ = self.try_request("DELETE", &format!("/v1.41{path}"), "", &[]);
    }

    #[track_caller]
    fn json(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let bytes = self.request(method, path, "Content-Type: application/json\r\n", body.as_bytes());
        serde_json::from_slice(&bytes).unwrap_or(Value::Null)
    }

    /// Sends a request that has to succeed, and gives the body of the answer.
    #[track_caller]
    pub(crate) fn request(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
        let (status, body) =
            self.try_request(method, &format!("/v1.41{path}"), headers, body).expect("the engine answers");
        let text = String::from_utf8_lossy(&body);
        assert!(status < 400, "{method} {path}: {status} {text}");
        // What goes wrong after the beginning of a stream stands in the stream.
        assert!(method != "POST" || !text.contains("\"errorDetail\""), "{method} {path}: {text}");
        body
    }

    /// Sends a request: the status and the body. HTTP/1.0, so that the answer ends with the connection.
    fn try_request(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> std::io::Result<(u16, Vec<u8>)> {
        let mut stream = UnixStream::connect(self.socket())?;
        stream.set_read_timeout(Some(Duration::from_secs(120)))?;
        let length = body.len();
        write!(stream, "{method} {path} HTTP/1.0\r\nHost: engine\r\n{headers}Content-Length: {length}\r\n\r\n")?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let status = answer.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok()).unwrap_or(0);
        let body = answer.windows(4).position(|window| window == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
        Ok((status, answer.split_off(body)))
    }

    /// Whether the engine has this image.
    pub(crate) fn has_image(&self, reference: &str) -> bool {
        let answer = self.try_request("GET", &format!("/v1.41/images/{reference}/json"), "", &[]);
        answer.is_ok_and(|(status, _)| status == 200)
    }

    /// Takes an image archive, as `docker save` writes them.
    #[track_caller]
    pub(crate) fn load(&self, archive: &Path) {
        let bytes = std::fs::read(archive).expect("an archive");
        self.request("POST", "/images/load?quiet=1", "Content-Type: application/x-tar\r\n", &bytes);
    }

    /// Gives an image another name.
    #[track_caller]
    pub(crate) fn tag(&self, from: &str, to: &str) {
        let (repository, tag) = to.rsplit_once(':').expect("a name with its tag");
        self.post(&format!("/images/{from}/tag?repo={repository}&tag={tag}"), &Value::Null);
    }

    /// Forgets an image.
    pub(crate) fn remove_image(&self, reference: &str) {
        self.delete(&format!("/images/{reference}?force=1"));
    }

    /// Containers, stopped ones as well, that have this label.
    #[track_caller]
    pub(crate) fn containers(&self, label: &str) -> Vec<Value> {
        self.listed("/containers/json?all=1&", label).as_array().cloned().unwrap_or_default()
    }

    /// The list at a path, of what has this label.
    #[track_caller]
    pub(crate) fn listed(&self, path: &str, label: &str) -> Value {
        let filters = serde_json::json!({ "label": [label] }).to_string();
        let encoded: String = filters.bytes().map(|byte| format!("%{byte:02X}")).collect();
        self.get(&format!("{path}filters={encoded}"))
    }
}

fn daemon_settings(group: &str) -> String {
    serde_json::json!({
        // In a namespace of processes only the engine itself can put them into control groups.
        "exec-opts": ["native.cgroupdriver=cgroupfs"],
        "cgroup-parent": format!("/{group}"),
        "registry-mirrors": [format!("http://{REGISTRY}")],
        // A cut download is an error at once, not after a minute of attempts.
        "max-download-attempts": 1,
        "log-level": "warn",
    })
    .to_string()
}

fn registry_settings(folder: &Path) -> String {
    let folder = folder.join("registry");
    format!(
        "version: 0.1\nlog: {{level: warn, accesslog: {{disabled: true}}}}\n\
         storage: {{filesystem: {{rootdirectory: '{}'}}, delete: {{enabled: true}}}}\nhttp: {{addr: '{REGISTRY}'}}\n",
        folder.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the test below kills; by itself it only shows that an engine starts.
    #[test]
    #[ignore = "run by the test that kills it"]
    fn holds_an_engine_until_it_is_killed() {
        let Some(engine) = engine() else { return };
        engine.busybox("left:1");
        let id = engine.post("/containers/create", &serde_json::json!({ "Image": "left:1", "Cmd": ["sleep", "300"] }));
        engine.post(&format!("/containers/{}/start", id["Id"].as_str().expect("an id")), &Value::Null);
        let line = format!("folder {}\n", engine.folder.display());
        std::io::stdout().write_all(line.as_bytes()).expect("stdout is a pipe that is read");
        std::thread::sleep(Duration::from_secs(60));
    }

    #[test]
    fn the_engine_goes_away_with_the_test_process_and_leaves_nothing() {
        use std::io::BufRead;

        if engine().is_none() {
            return;
        }
        let mut process = Command::new(std::env::current_exe().expect("this binary"))
            .args(["--ignored", "--nocapture", "holds_an_engine_until_it_is_killed"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("this binary runs");
        let group = format!("xtask-test-{}", process.id());
        let lines = std::io::BufReader::new(process.stdout.take().expect("piped")).lines();
        let folder = lines
            .map_while(Result::ok)
            .find_map(|line| line.split_once("folder ").map(|(_, path)| PathBuf::from(path)))
            .expect("the process tells its folder");
        assert!(folder.exists());
        process.kill().expect("kill -9");
        process.wait().expect("killed");

        until("its folder goes", || !folder.exists());
        let mounts = std::fs::read_to_string("/proc/self/mounts").expect("mounts");
        assert!(!mounts.contains(&*folder.to_string_lossy()), "{mounts}");
        let left = Command::new("find").args(["/sys/fs/cgroup", "-name", &group]).output().expect("find runs");
        assert_eq!(String::from_utf8_lossy(&left.stdout), "", "control groups");
    }
}
