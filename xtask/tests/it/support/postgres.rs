//! A private PostgreSQL for the tests: one cluster a test process, one database a test.
//!
//! The cluster is started by the first test that asks for a database. A keeper, a shell that holds the
//! server and waits for the end of its own standard input, stops the server and removes its directory when the
//! test process ends, whatever ends it: the kernel closes the pipe even after `kill -9`.
//!
//! Nothing is durable (`fsync=off`): never copy these settings into the product.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::applying::{PATIENCE, until};

/// A fresh database for one test, dropped with the value.
///
/// # Panics
/// Where PostgreSQL is missing or does not start. A test that should be skipped there asks [`present`] first.
pub(crate) fn database(name_hint: &str) -> TestDatabase {
    static COUNTER: AtomicUsize = AtomicUsize::new(1);
    let hint: String = name_hint
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' })
        .take(50)
        .collect();
    let name = format!("{hint}_{}", COUNTER.fetch_add(1, Ordering::Relaxed));
    let database = TestDatabase { cluster: cluster(), name };
    database.administer(&format!("create database {}", database.name)).expect("CREATE DATABASE");
    database
}

/// Whether a server can be started here; says loudly that a test is skipped where not.
pub(crate) fn present() -> bool {
    let present = cfg!(unix) && bin_dir().is_some();
    if !present {
        super::skip("no PostgreSQL server binaries on this machine (install postgresql, or set XTASK_TEST_PG_BIN)");
    }
    present
}

/// The directory that holds `initdb`, `postgres` and `psql`, of the newest version that is installed.
pub(crate) fn bin_dir() -> Option<PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOUND.get_or_init(find_bin_dir).clone()
}

fn find_bin_dir() -> Option<PathBuf> {
    let told = std::env::var_os("XTASK_TEST_PG_BIN").map(PathBuf::from);
    let parents = ["/usr/lib/postgresql", "/usr", "/opt/homebrew/opt", "/usr/local/opt"];
    let mut versions: Vec<(u32, PathBuf)> = parents
        .iter()
        .flat_map(|parent| std::fs::read_dir(parent).into_iter().flatten().flatten())
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let digits = name.strip_prefix("postgresql@").or_else(|| name.strip_prefix("pgsql-")).unwrap_or(&name);
            Some((digits.parse().ok()?, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    let on_path = which::which("initdb").ok().and_then(|initdb| Some(initdb.parent()?.to_owned()));
    let candidates = told.into_iter().chain(versions.into_iter().rev().map(|(_, path)| path)).chain(on_path);
    candidates.into_iter().find(|dir| ["initdb", "postgres", "psql"].iter().all(|name| dir.join(name).is_file()))
}

/// One test's own database.
pub(crate) struct TestDatabase {
    cluster: &'static Cluster,
    name: String,
}

impl TestDatabase {
    /// The connection URL of the superuser, password included.
    pub(crate) fn url(&self) -> String {
        self.cluster.url(&self.name)
    }

    /// The name of the database.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The TCP port on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.cluster.port
    }

    /// The major version of the server.
    pub(crate) fn major_version(&self) -> u32 {
        self.psql("show server_version_num").parse::<u32>().expect("a number") / 10_000
    }

    /// Runs a script and returns what it printed: unaligned, fields separated by `|`, no header, trimmed.
    ///
    /// # Panics
    /// At the first statement that fails, with psql's message.
    #[track_caller]
    pub(crate) fn psql(&self, sql: &str) -> String {
        self.try_psql(sql).unwrap_or_else(|error| panic!("{error}\nin: {sql}"))
    }

    /// Runs a script like [`TestDatabase::psql`]; psql's message where a statement fails.
    pub(crate) fn try_psql(&self, sql: &str) -> Result<String, String> {
        self.cluster.run(&self.name, sql)
    }

    fn administer(&self, sql: &str) -> Result<String, String> {
        self.cluster.run("postgres", sql)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // A test that is failing already must show its own message, not this one.
        let _ = self.administer(&format!("drop database if exists {} with (force)", self.name));
    }
}

/// The running server of this test process.
struct Cluster {
    bin: PathBuf,
    port: u16,
    password: String,
    /// Its standard input, which it holds, is the lifeline.
    _keeper: Child,
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let bin = bin_dir().expect("PostgreSQL server binaries (install postgresql, or set XTASK_TEST_PG_BIN)");
        let mut failure = String::new();
        // Another process may take the free port between our look and the server's bind: look again.
        for _ in 0..3 {
            match Cluster::start(&bin) {
                Ok(cluster) => return cluster,
                Err(error) => failure = error,
            }
        }
        panic!("the test server does not start: {failure}");
    })
}

/// `$1` binaries, `$2` directory, `$3` port. What fails is printed to the standard error.
const KEEPER: &str = r#"
fail() { cat "$2/log" >&2; rm -rf "$2"; exit 1; }
"$1/initdb" --pgdata "$2/data" --username postgres --pwfile "$2/password" --auth scram-sha-256 \
    --encoding UTF8 --locale C --no-sync >"$2/log" 2>&1 || fail "$@"
"$1/postgres" -D "$2/data" -p "$3" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=200 -c jit=off \
    -c shared_buffers=32MB -c wal_level=minimal -c max_wal_senders=0 >>"$2/log" 2>&1 </dev/null &
server=$!
until sed -n 8p "$2/data/postmaster.pid" 2>/dev/null | grep -q ready; do
    kill -0 $server 2>/dev/null || fail "$@"
    sleep 0.02
done
: >"$2/ready"
cat >/dev/null
kill -INT $server
wait $server
rm -rf "$2"
"#;

impl Cluster {
    fn start(bin: &Path) -> Result<Self, String> {
        let port = free_port();
        let directory = tempfile::Builder::new().prefix("xtask-test-").tempdir().map_err(|e| e.to_string())?;
        // The standard library's source of randomness is enough to keep other accounts of this machine out.
        let password = format!("test{:016x}", RandomState::new().build_hasher().finish());
        std::fs::write(directory.path().join("password"), &password).map_err(|e| e.to_string())?;
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "keeper"]).arg(bin).arg(directory.path()).arg(port.to_string());
        command.current_dir(directory.path()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        give_to_server_account(&mut command, directory.path());
        let mut keeper = command.spawn().map_err(|e| e.to_string())?;
        // From here on the keeper removes the directory.
        let directory = directory.keep();

        let deadline = Instant::now() + PATIENCE;
        while !directory.join("ready").exists() {
            if keeper.try_wait().map_err(|e| e.to_string())?.is_some() || Instant::now() > deadline {
                drop(keeper.stdin.take());
                let output = keeper.wait_with_output().map_err(|e| e.to_string())?;
                return Err(String::from_utf8_lossy(&output.stderr).into_owned());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(Self { bin: bin.to_owned(), port, password, _keeper: keeper })
    }

    fn url(&self, database: &str) -> String {
        format!("postgresql://postgres:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    fn run(&self, database: &str, sql: &str) -> Result<String, String> {
        let mut command = Command::new(self.bin.join("psql"));
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("PG") {
                command.env_remove(variable);
            }
        }
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-", "-d", &self.url(database)]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|e| e.to_string())?;
        let mut stdin = child.stdin.take().expect("stdin is piped");
        let sql = sql.to_owned();
        // psql stops reading at the first error, and prints while it reads: neither may block the other.
        let writer = std::thread::spawn(move || std::io::Write::write_all(&mut stdin, sql.as_bytes()));
        let output = child.wait_with_output().map_err(|e| e.to_string())?;
        let written = writer.join().expect("the writer does not panic");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        match output.status.success() {
            true => written.map(|()| text(&output.stdout)).map_err(|e| e.to_string()),
            false => Err(text(&output.stderr)),
        }
    }
}

/// A TCP port on which nobody listens at this moment.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}

/// Takes a test out of the reach of a Ctrl-C in the terminal, and off root, which PostgreSQL refuses.
#[cfg(unix)]
fn give_to_server_account(command: &mut Command, directory: &Path) {
    use std::os::unix::process::CommandExt;

    command.process_group(0);
    let id = |flag: &str, account: &str| -> Option<u32> {
        let output = Command::new("id").args([flag, account]).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    if Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0") {
        let account = if id("-u", "postgres").is_some() { "postgres" } else { "nobody" };
        let (uid, gid) = id("-u", account).zip(id("-g", account)).expect("an account for the server");
        for path in [directory.to_owned(), directory.join("password")] {
            std::os::unix::fs::chown(path, Some(uid), Some(gid)).expect("root may chown");
        }
        command.uid(uid).gid(gid);
    }
}

#[cfg(not(unix))]
fn give_to_server_account(_command: &mut Command, _directory: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_test_has_a_database_of_its_own() {
        if !present() {
            return;
        }
        let (one, two) = (database("Of its own!"), database("Of its own!"));
        one.psql("create table t(x int); insert into t values (1), (2)");
        assert_eq!(one.psql("select x, current_database() from t order by x"), format!("1|{0}\n2|{0}", one.name()));
        let error = two.try_psql("select 1;\nselect * from t").expect_err("the other database has no such table");
        assert!(error.contains("relation \"t\" does not exist"), "{error}");
    }

    /// What the test below kills; by itself it only shows that a server starts.
    #[test]
    #[ignore = "run by the test that kills it"]
    fn holds_a_server_until_it_is_killed() {
        let database = database("killed");
        let line = format!("directory {}\n", database.psql("show data_directory"));
        std::io::Write::write_all(&mut std::io::stdout(), line.as_bytes()).expect("stdout is a pipe that is read");
        std::thread::sleep(Duration::from_secs(60));
    }

    #[test]
    fn the_server_goes_away_with_the_test_process() {
        use std::io::BufRead;

        if !present() {
            return;
        }
        let mut process = Command::new(std::env::current_exe().expect("this binary"))
            .args(["--ignored", "--nocapture", "holds_a_server_until_it_is_killed"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("this binary runs");
        let lines = std::io::BufReader::new(process.stdout.take().expect("piped")).lines();
        let data = lines
            .map_while(Result::ok)
            .find_map(|line| line.split_once("directory ").map(|(_, path)| PathBuf::from(path)))
            .expect("the process tells its directory");
        assert!(data.exists());
        process.kill().expect("kill -9");
        process.wait().expect("killed");

        until("its folder goes", || !data.parent().is_some_and(Path::exists));
    }
}
