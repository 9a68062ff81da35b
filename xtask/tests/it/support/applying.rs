//! A project in a folder of its own with a database of its own, and the real binary run in it.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::postgres::{self, TestDatabase};

/// How long anything that a test waits for may take. Only what hangs takes so long: a busy machine, with a disk that stalls, may
/// take a minute for what else takes a moment.
pub(crate) const PATIENCE: Duration = Duration::from_secs(150);

/// A project whose revisions the test writes.
pub(crate) struct Project {
    dir: tempfile::TempDir,
    /// The database of this test.
    pub(crate) database: TestDatabase,
    url: String,
}

impl Project {
    /// An empty project; `None` where there is no PostgreSQL, which is said loudly.
    pub(crate) fn new(hint: &str) -> Option<Self> {
        if !postgres::present() {
            return None;
        }
        let database = postgres::database(hint);
        let project = Self { dir: tempfile::tempdir().expect("a folder"), url: database.url(), database };
        project.write("xtask.toml", "");
        std::fs::create_dir(project.path("migrations")).expect("a folder");
        Some(project)
    }

    /// The same project, reached with another URL.
    pub(crate) fn with_url(mut self, url: impl Into<String>) -> Self {
        self.url = url.into();
        self
    }

    /// The URL that commands are given.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The project's folder.
    pub(crate) fn root(&self) -> &Path {
        self.dir.path()
    }

    /// A path in the project.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.dir.path().join(relative)
    }

    /// Writes a file of the project.
    pub(crate) fn write(&self, relative: &str, text: &str) {
        std::fs::write(self.path(relative), text).expect("written");
    }

    /// Writes revision `number`, which follows `parent` ("" for a base). Its message is `revision <number>`.
    pub(crate) fn revision(&self, number: u32, parent: &str, up: &str, down: &str) {
        self.write(&up_file(number), &format!("-- revision {number}\n-- revises: {parent}\n{up}"));
        self.write(&down_file(number), down);
    }

    /// Writes a revision of which both directions run outside of a transaction. Its SQL begins at the fourth line.
    pub(crate) fn bare_revision(&self, number: u32, parent: &str, up: &str, down: &str) {
        self.write(&up_file(number), &format!("-- no-transaction\n-- revision {number}\n-- revises: {parent}\n{up}"));
        self.write(&down_file(number), &format!("-- no-transaction\n{down}"));
    }

    /// Revisions 1 to `last`, each making the table `t<number>`.
    pub(crate) fn tables(&self, last: u32) {
        for number in 1..=last {
            let parent = if number == 1 { String::new() } else { (number - 1).to_string() };
            let (up, down) = (format!("create table t{number} (x int);"), format!("drop table t{number};"));
            self.revision(number, &parent, &up, &down);
        }
    }

    /// The command with these arguments, separated by blanks.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-xtask"));
        for (variable, _) in std::env::vars_os() {
            let name = variable.to_string_lossy();
            if name.starts_with("PG") || name.starts_with("GIT_") {
                command.env_remove(&variable);
            }
        }
        command.args(arguments.split_whitespace()).current_dir(self.root());
        command.env("DATABASE_URL", &self.url).env("USER", "tester").env("HOSTNAME", "desk");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs it to its end.
    #[track_caller]
    pub(crate) fn xtask(&self, arguments: &str) -> Outcome {
        self.start(arguments).wait()
    }

    /// Starts it.
    #[track_caller]
    pub(crate) fn start(&self, arguments: &str) -> Running {
        Running::of(&mut self.command(arguments))
    }

    /// What `alembic_version` says, sorted, separated by blanks.
    #[track_caller]
    pub(crate) fn version(&self) -> String {
        self.psql("select string_agg(version_num, ' ' order by version_num) from alembic_version")
    }

    /// The tables of `public` and their kin, sorted, separated by blanks; `alembic_version` aside.
    #[track_caller]
    pub(crate) fn relations(&self) -> String {
        self.psql(
            "select string_agg(relname, ' ' order by relname) from pg_class \
             where relnamespace = 'public'::regnamespace and relname !~ '^alembic_version'",
        )
    }

    /// The history, oldest first: `revision:direction:state`, separated by blanks.
    #[track_caller]
    pub(crate) fn history(&self) -> String {
        self.psql("select string_agg(revision || ':' || direction || ':' || state, ' ' order by id) from xtask.history")
    }

    /// Runs SQL with psql.
    #[track_caller]
    pub(crate) fn psql(&self, sql: &str) -> String {
        self.database.psql(sql)
    }

    /// Waits until a query gives `t`.
    #[track_caller]
    pub(crate) fn await_true(&self, query: &str) {
        until(query, || self.psql(query) == "t");
    }

    /// Waits until some session in this database is so: a condition on `pg_stat_activity`.
    #[track_caller]
    pub(crate) fn await_session(&self, condition: &str) {
        self.await_true(&format!(
            "select count(*) > 0 from pg_stat_activity where datname = current_database() and {condition}"
        ));
    }

    /// Ends the tool's sessions on the server, and waits for their end.
    #[track_caller]
    pub(crate) fn terminate_tool(&self) {
        let sessions = "pg_stat_activity where datname = current_database() and application_name like 'xtask %'";
        self.psql(&format!("select pg_terminate_backend(pid) from {sessions}"));
        self.await_true(&format!("select count(*) = 0 from {sessions}"));
    }
}

fn up_file(number: u32) -> String {
    format!("migrations/{number}_revision.up.sql")
}

fn down_file(number: u32) -> String {
    format!("migrations/{number}_revision.down.sql")
}

/// Polls until something is so.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    until_within(PATIENCE, what, &mut is_so);
}

/// Polls until something is so, not longer than this.
#[track_caller]
pub(crate) fn until_within(patience: Duration, what: &str, is_so: &mut dyn FnMut() -> bool) {
    let deadline = Instant::now() + patience;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A command that runs; killed with the value.
pub(crate) struct Running {
    child: Child,
    out: Reader,
    err: Reader,
}

impl Running {
    /// Starts a command whose streams are piped.
    #[track_caller]
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command.spawn().expect("the binary runs");
        let out = Reader::of(child.stdout.take().expect("piped"));
        let err = Reader::of(child.stderr.take().expect("piped"));
        Self { child, out, err }
    }

    /// `kill -9`, and waits for the end.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("killed");
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_some()
    }

    /// Whether this stands in the standard output so far.
    pub(crate) fn has_printed(&self, part: &str) -> bool {
        self.out.so_far().contains(part)
    }

    /// Whether this stands in the standard error so far.
    pub(crate) fn has_said(&self, part: &str) -> bool {
        self.err.so_far().contains(part)
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        self.signal("INT");
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().expect("kill runs");
        assert!(status.success());
    }

    /// Waits for the end and gives what it said.
    #[track_caller]
    pub(crate) fn wait(self) -> Outcome {
        self.wait_for(PATIENCE)
    }

    /// Waits for the end, not longer than this, and gives what it said.
    #[track_caller]
    pub(crate) fn wait_for(mut self, patience: Duration) -> Outcome {
        let deadline = Instant::now() + patience;
        let mut status = self.child.try_wait().expect("a child");
        while status.is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
            status = self.child.try_wait().expect("a child");
        }
        if status.is_none() {
            // What it has said so far tells where it hangs.
            let _ = self.child.kill();
        }
        let (out, err) = (self.out.whole(), self.err.whole());
        assert!(status.is_some(), "the command does not end\nstdout:\n{out}\nstderr:\n{err}");
        Outcome { status: status.expect("ended"), out, err }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a stream while its program runs.
struct Reader {
    bytes: Arc<Mutex<Vec<u8>>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Reader {
    fn of(mut stream: impl Read + Send + 'static) -> Self {
        let bytes = Arc::<Mutex<Vec<u8>>>::default();
        let shared = Arc::clone(&bytes);
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = stream.read(&mut buffer) {
                shared.lock().expect("unpoisoned").extend_from_slice(&buffer[..read]);
            }
        });
        Self { bytes, thread: Some(thread) }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().expect("unpoisoned")).into_owned()
    }

    /// All of it, once the program has ended.
    fn whole(&mut self) -> String {
        if let Some(thread) = self.thread.take() {
            thread.join().expect("a reader");
        }
        self.so_far()
    }
}

/// What a command said and ended with.
pub(crate) struct Outcome {
    status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Outcome {
    /// Asserts success.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        self.fails_with(0)
    }

    /// Asserts an exit status.
    #[track_caller]
    pub(crate) fn fails_with(self, status: i32) -> Self {
        assert_eq!(self.status.code(), Some(status), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Asserts that each of these stands in the standard error.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.err.contains(part), "`{part}` is not in the standard error:\n{}", self.err);
        }
        self
    }

    /// Asserts that each of these stands in the standard output.
    #[track_caller]
    pub(crate) fn prints(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.out.contains(part), "`{part}` is not in the standard output:\n{}", self.out);
        }
        self
    }

    /// Asserts that none of these was said or printed.
    #[track_caller]
    pub(crate) fn never_says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(
                !format!("{}{}", self.out, self.err).contains(part),
                "`{part}` was said:\n{}{}",
                self.out,
                self.err
            );
        }
        self
    }
}

/// A session of the test's own, kept open between statements: a psql that is spoken to.
pub(crate) struct Session {
    child: Child,
    answers: std::sync::mpsc::Receiver<String>,
}

impl Session {
    /// Opens one.
    pub(crate) fn open(url: &str) -> Self {
        let mut command = Command::new(postgres::bin_dir().expect("present").join("psql"));
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("PG") {
                command.env_remove(variable);
            }
        }
        command
            .args(["-X", "-q", "-A", "-t", "-d", url])
            .env("PGAPPNAME", "the test")
            .env("PGOPTIONS", "-c client_min_messages=error");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().expect("psql runs");
        let (sender, answers) = std::sync::mpsc::channel();
        let stdout = std::io::BufReader::new(child.stdout.take().expect("piped"));
        std::thread::spawn(move || {
            for line in std::io::BufRead::lines(stdout).map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, answers }
    }

    /// Sends a statement and does not wait for its end.
    pub(crate) fn send(&mut self, sql: &str) {
        let stdin = self.child.stdin.as_mut().expect("piped");
        std::io::Write::write_all(stdin, format!("{sql};\n\\echo end of answer\n").as_bytes()).expect("psql reads");
    }

    /// Waits for the end of a statement that was sent, and gives its rows.
    #[track_caller]
    pub(crate) fn answer(&mut self) -> String {
        let mut lines = Vec::new();
        loop {
            match self.answers.recv_timeout(PATIENCE) {
                Ok(line) if line == "end of answer" => return lines.join("\n"),
                Ok(line) => lines.push(line),
                Err(error) => panic!("no answer: {error}"),
            }
        }
    }

    /// Sends a statement and waits for its end.
    #[track_caller]
    pub(crate) fn run(&mut self, sql: &str) -> String {
        self.send(sql);
        self.answer()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The advisory lock 7 of a database, held by the test: what waits for it stands still until the gate is opened.
pub(crate) struct Gate(Session);

impl Gate {
    /// What a statement calls to wait for its opening; many may wait, and none for another.
    pub(crate) const WAIT: &str = "pg_advisory_xact_lock_shared(7)";

    /// A closed one.
    pub(crate) fn closed(url: &str) -> Self {
        let mut session = Session::open(url);
        session.run("select pg_advisory_lock(7)");
        Self(session)
    }

    /// Waits until so many stand before it.
    #[track_caller]
    pub(crate) fn await_waiting(&mut self, count: usize) {
        let query = "select count(*) from pg_locks where locktype = 'advisory' and classid = 0 and objid = 7 and not granted \
                     and database = (select oid from pg_database where datname = current_database())";
        until(&format!("{count} at the gate"), || self.0.run(query) == count.to_string());
    }

    /// Lets through who waits, and who comes later.
    #[track_caller]
    pub(crate) fn open(mut self) {
        self.0.run("select pg_advisory_unlock(7)");
    }
}
