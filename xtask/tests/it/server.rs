//! The local server on real PostgreSQL: its life, and everything that can be wrong when a command finds it.

use std::ops::ControlFlow;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use camino::{Utf8Path, Utf8PathBuf};
use xtask::diagnostic::{Diagnose, Exit};
use xtask::event::{Event, Listener, Silent};
use xtask::server::{How, LocalServer, ServerError, ServerSpec, State, StopMode};

use crate::support::applying::{PATIENCE, until};
use crate::support::{postgres, skip};

/// A server with a user, a password and a database whose names need care.
fn spec(state_dir: &Utf8Path, port: u16) -> ServerSpec {
    let mut spec = ServerSpec::new(state_dir, "it's s3cret");
    spec.user = "planner".to_owned();
    spec.database = "siting \"db\"".to_owned();
    spec.port = port;
    spec
}

/// A project in a directory of its own, whose server and files go away with the value.
struct Project {
    dir: tempfile::TempDir,
    spec: ServerSpec,
}

impl Project {
    /// `None` where there is no PostgreSQL, which is said loudly.
    fn new() -> Option<Self> {
        if !postgres::present() {
            return None;
        }
        let dir = tempfile::tempdir().expect("a directory");
        open_to_the_server_account(dir.path());
        let spec = spec(&Utf8Path::from_path(dir.path()).expect("UTF-8").join(".xtask"), postgres::free_port());
        Some(Self { dir, spec })
    }

    fn server(&self) -> LocalServer {
        LocalServer::new(self.spec.clone())
    }

    fn start(&self) -> How {
        self.server().start(&Silent).map(|started| started.how).unwrap_or_else(|error| panic!("{}", tell(&error)))
    }

    fn state(&self) -> State {
        self.server().state().unwrap_or_else(|error| panic!("{}", tell(&error)))
    }

    fn stop(&self) {
        assert!(self.server().stop(StopMode::Fast, &Silent).expect("it stops").was_running);
    }

    fn base(&self) -> Utf8PathBuf {
        self.spec.state_dir.join("postgres")
    }

    fn script(&mut self, name: &str, text: &str) -> Utf8PathBuf {
        let path = Utf8Path::from_path(self.dir.path()).expect("UTF-8").join(name);
        std::fs::write(&path, text).expect("written");
        self.spec.init_scripts.push(path.clone());
        path
    }

    fn psql_command(&self) -> Command {
        let mut psql = Command::new(postgres::bin_dir().expect("present").join("psql"));
        psql.args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", &self.spec.port.to_string()]);
        psql.env("PGUSER", &self.spec.user).env("PGPASSWORD", &self.spec.password);
        psql.env("PGDATABASE", &self.spec.database).stdin(Stdio::null());
        psql
    }

    fn try_psql(&self, sql: &str) -> Result<String, String> {
        let output = self.psql_command().args(["-c", sql]).output().expect("psql runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    fn psql(&self, sql: &str) -> String {
        self.try_psql(sql).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Starts the server in a process of its own, as a command does, with this binary as the command.
    fn start_in_a_process(&self) -> Child {
        let script = self.spec.init_scripts.first().map(ToString::to_string).unwrap_or_default();
        Command::new(std::env::current_exe().expect("this binary"))
            .args(["--ignored", "--exact", "server::starts_the_server_of_the_environment"])
            .env("XTASK_TEST_STATE_DIR", &self.spec.state_dir)
            .env("XTASK_TEST_PORT", self.spec.port.to_string())
            .env("XTASK_TEST_SCRIPT", script)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("this binary runs")
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = self.server().remove(&Silent);
    }
}

/// Keeps what it hears.
#[derive(Default)]
struct Ear(Mutex<Vec<String>>);

impl Listener for Ear {
    fn on(&self, event: Event) {
        let (Event::Working { what } | Event::Done { what } | Event::Notice { what }) = event else { return };
        self.0.lock().expect("not poisoned").push(what);
    }
}

impl Ear {
    fn heard(&self, part: &str) -> bool {
        self.0.lock().expect("not poisoned").iter().any(|what| what.contains(part))
    }
}

fn tell(error: &ServerError) -> String {
    format!("{:#?}", error.diagnose())
}

#[cfg(unix)]
fn open_to_the_server_account(dir: &std::path::Path) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(dir, mode).expect("our own directory");
}

#[cfg(not(unix))]
fn open_to_the_server_account(_dir: &std::path::Path) {}

fn signal(pid: u32, name: &str) {
    let sent = Command::new("sh").args(["-c", &format!("kill -s {name} {pid}")]).status().expect("sh runs");
    assert!(sent.success());
}

/// What `start_in_a_process` runs.
#[test]
#[ignore = "run by other tests, in a process of its own"]
fn starts_the_server_of_the_environment() {
    let variable = |name: &str| std::env::var(name).expect(name);
    let port = variable("XTASK_TEST_PORT").parse().expect("a number");
    let mut spec = spec(Utf8Path::new(&variable("XTASK_TEST_STATE_DIR")), port);
    let script = variable("XTASK_TEST_SCRIPT");
    spec.init_scripts = if script.is_empty() { Vec::new() } else { vec![script.into()] };
    let started = LocalServer::new(spec).start(&Silent).unwrap_or_else(|error| panic!("{}", tell(&error)));
    std::io::Write::write_all(&mut std::io::stderr(), format!("{:?}\n", started.how).as_bytes()).expect("it is read");
}

#[test]
fn a_server_lives_from_nothing_to_nothing() {
    let Some(project) = Project::new() else { return };
    assert_eq!(project.state(), State::Absent);
    assert_eq!(project.server().size().expect("readable"), 0);

    let mut times = Vec::new();
    let mut time = |what: &'static str| {
        let started = project.server().start(&Silent).unwrap_or_else(|error| panic!("{}", tell(&error)));
        times.push(format!("{what} {:.1} ms", started.elapsed.as_secs_f64() * 1e3));
        started.how
    };
    assert_eq!(time("cold"), How::Initialised);
    assert_eq!(time("running"), How::Already);
    let State::Running { port, major, since, .. } = project.state() else { panic!("{:?}", project.state()) };
    assert_eq!(port, project.spec.port);
    assert_eq!(project.server().major().expect("readable"), Some(major));
    assert!(since.elapsed().expect("in the past") < PATIENCE);
    let settings = "select current_database(), current_user, getdatabaseencoding(), current_setting('fsync'), \
                    current_setting('unix_socket_directories'), current_setting('listen_addresses'), \
                    (select rolsuper from pg_roles where rolname = current_user)";
    assert_eq!(project.psql(settings), "siting \"db\"|planner|UTF8|on||127.0.0.1|t");
    if cfg!(target_os = "linux") {
        assert_eq!(project.psql("select upper('é')"), "É");
    }

    project.stop();
    assert_eq!(project.state(), State::Stopped { major });
    assert!(!project.server().stop(StopMode::Fast, &Silent).expect("nothing to do").was_running);
    assert_eq!(time("stopped"), How::Started);
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("start: {}\n", times.join(", ")).as_bytes());

    let size = project.server().size().expect("readable");
    assert!(size > 10_000_000, "{size}");
    assert!(project.server().remove(&Silent).expect("it is removed") >= size);
    assert_eq!(project.state(), State::Absent);
    assert!(!project.base().exists());
    assert_eq!(project.server().remove(&Silent).expect("nothing to do"), 0);
}

#[test]
fn a_wrong_password_is_refused() {
    let Some(mut project) = Project::new() else { return };
    project.start();
    project.spec.password = "wrong".to_owned();
    let error = project.try_psql("select 1").expect_err("wrong");
    assert!(error.contains("password authentication failed"), "{error}");
}

#[test]
fn a_server_survives_its_command_and_is_found_by_the_next() {
    let Some(project) = Project::new() else { return };
    let command = project.start_in_a_process();
    let output = command.wait_with_output().expect("it ends, and nothing holds its output open");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(matches!(project.state(), State::Running { .. }), "{:?}", project.state());
    assert_eq!(project.start(), How::Already);
    assert_eq!(project.psql("select 1"), "1");
    project.stop();
}

#[test]
fn two_commands_at_once_make_one_cluster() {
    let Some(project) = Project::new() else { return };
    let commands = [project.start_in_a_process(), project.start_in_a_process(), project.start_in_a_process()];
    let outputs = commands.map(|command| command.wait_with_output().expect("it ends"));
    let said: Vec<String> = outputs.iter().map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).collect();
    assert!(outputs.iter().all(|output| output.status.success()), "{outputs:?}");
    assert_eq!(said.iter().filter(|text| text.contains("Initialised")).count(), 1, "{said:?}");
    assert_eq!(said.iter().filter(|text| text.contains("Already")).count(), 2, "{said:?}");
    assert_eq!(project.psql("select 1"), "1");
}

#[test]
fn a_stale_pid_file_is_recognised_and_removed() {
    let Some(project) = Project::new() else { return };
    project.start();
    project.stop();
    let file = project.base().join("data/postmaster.pid");
    std::fs::write(&file, format!("{}\n/elsewhere\n1\n1\n\n\n\nready\n", std::process::id())).expect("written");
    let State::StalePid { pid, program, .. } = project.state() else { panic!("{:?}", project.state()) };
    assert_eq!(pid, std::process::id());
    assert!(!program.is_empty());
    // Stopping must not hit the innocent process.
    assert!(!project.server().stop(StopMode::Fast, &Silent).expect("nothing to do").was_running);

    let ear = Ear::default();
    project.server().start(&ear).unwrap_or_else(|error| panic!("{}", tell(&error)));
    assert!(ear.heard("which is now another program"), "{:?}", ear.0);
    assert_eq!(project.psql("select 1"), "1");
}

#[test]
fn a_killed_server_is_recovered_though_one_of_its_processes_lives_on() {
    let Some(project) = Project::new() else { return };
    project.start();
    project.psql("create table kept as select 1 as x");
    let mut busy = project.psql_command().args(["-c", "select pg_sleep(600)"]).spawn().expect("psql runs");
    until("the statement runs", || {
        project.psql("select count(*) from pg_stat_activity where query like 'select pg_sleep%'") == "1"
    });
    let State::Running { pid, .. } = project.state() else { panic!("{:?}", project.state()) };
    signal(pid, "KILL");
    until("the crash is seen", || matches!(project.state(), State::Crashed { .. }));
    let State::Crashed { pid: named, last_lines, .. } = project.state() else { panic!("{:?}", project.state()) };
    assert_eq!(named, pid);
    assert!(!last_lines.is_empty());

    let ear = Ear::default();
    project.server().start(&ear).unwrap_or_else(|error| panic!("{}", tell(&error)));
    assert!(ear.heard("had ended without stopping"), "{:?}", ear.0);
    assert_eq!(project.psql("select x from kept"), "1");
    busy.wait().expect("its server is gone");
}

#[test]
fn a_half_made_cluster_is_made_again() {
    let Some(project) = Project::new() else { return };
    let leftover = project.base().join("data.new-1");
    std::fs::create_dir_all(project.base().join("data/base")).expect("made");
    std::fs::create_dir_all(&leftover).expect("made");
    let State::HalfMade { leftovers } = project.state() else { panic!("{:?}", project.state()) };
    assert_eq!(leftovers, [leftover.clone(), project.base().join("data")]);
    assert_eq!(project.start(), How::Initialised);
    assert_eq!(project.psql("select 1"), "1");
    assert!(!leftover.exists());
}

#[test]
fn a_whole_cluster_without_our_note_is_put_aside_not_destroyed() {
    let Some(project) = Project::new() else { return };
    project.start();
    project.stop();
    std::fs::remove_file(project.base().join("data/xtask.json")).expect("removed");
    assert!(matches!(project.state(), State::HalfMade { .. }), "{:?}", project.state());
    assert_eq!(project.start(), How::Initialised);
    let entries = project.base().read_dir_utf8().expect("readable").flatten();
    assert_eq!(entries.filter(|entry| entry.file_name().starts_with("data.aside-")).count(), 1);
}

#[cfg(unix)]
#[test]
fn a_command_killed_while_it_fills_a_cluster_leaves_nothing_in_the_way() {
    let Some(mut project) = Project::new() else { return };
    project.script("slow.sql", "select pg_sleep(600);\n");
    let mut command = project.start_in_a_process();
    until("a server fills the cluster", || {
        let leftovers = project.base().read_dir_utf8().into_iter().flatten().flatten();
        leftovers.into_iter().any(|entry| {
            std::fs::read_to_string(entry.path().join("postmaster.pid")).is_ok_and(|text| text.contains("ready"))
        })
    });
    command.kill().expect("kill -9");
    command.wait().expect("killed");
    assert!(matches!(project.state(), State::HalfMade { .. }), "{:?}", project.state());

    project.spec.init_scripts.clear();
    assert_eq!(project.start(), How::Initialised);
    let names: Vec<String> =
        project.base().read_dir_utf8().expect("readable").flatten().map(|e| e.file_name().to_owned()).collect();
    assert!(!names.iter().any(|name| name.starts_with("data.new")), "{names:?}");
}

#[test]
fn a_taken_port_is_explained() {
    let Some(mut project) = Project::new() else { return };
    project.spec.port_variable = Some("POSTGRES_PORT".to_owned());
    let listener = std::net::TcpListener::bind(("127.0.0.1", project.spec.port)).expect("it was free");
    let error = project.server().start(&Silent).expect_err("the port is taken");
    let diagnostic = error.diagnose();
    assert_eq!((diagnostic.code.as_str(), diagnostic.exit), ("server-port-in-use", Exit::Conflict));
    if cfg!(target_os = "linux") {
        assert!(diagnostic.evidence[0].contains(&format!("(process {})", std::process::id())), "{diagnostic:?}");
    }
    let line = diagnostic.next.last().and_then(|next| next.command.clone()).expect("a line for .env");
    assert!(line.starts_with("POSTGRES_PORT="), "{line}");
    // Nothing was made in vain.
    assert_eq!(project.state(), State::Absent);

    drop(listener);
    project.start();
    project.stop();
    let _listener = std::net::TcpListener::bind(("127.0.0.1", project.spec.port)).expect("it is free again");
    assert!(matches!(project.state(), State::ForeignPort { .. }), "{:?}", project.state());
}

#[test]
fn the_server_of_another_project_is_named() {
    let (Some(first), Some(mut second)) = (Project::new(), Project::new()) else { return };
    first.start();
    second.spec.port = first.spec.port;
    let error = second.server().start(&Silent).expect_err("the port is taken");
    if cfg!(target_os = "linux") {
        let project = first.spec.state_dir.parent().expect("a parent");
        assert!(tell(&error).contains(&format!("(cd {project} && cargo xtask teardown)")), "{}", tell(&error));
    }
}

#[test]
fn a_cluster_of_another_version_is_not_touched() {
    let Some(project) = Project::new() else { return };
    project.start();
    project.stop();
    let file = project.base().join("data/PG_VERSION");
    let version = std::fs::read_to_string(&file).expect("readable");
    std::fs::write(&file, "999\n").expect("written");
    let State::OtherMajor { data: 999, installed } = project.state() else { panic!("{:?}", project.state()) };
    assert!(installed.contains(&version.trim().parse().expect("a number")));
    let error = project.server().start(&Silent).expect_err("nobody has that version");
    assert!(matches!(error, ServerError::OtherMajor { data: 999, .. }), "{}", tell(&error));

    std::fs::write(&file, version).expect("written");
    assert_eq!(project.start(), How::Started);
}

#[test]
fn init_scripts_run_once_in_order() {
    let Some(mut project) = Project::new() else { return };
    project.script(
        "10-table.sql",
        "create table seen(n serial, what text);\n\\echo hello\ninsert into seen(what) values ('sql');\n",
    );
    if cfg!(unix) {
        project.spec.environment.insert("EXTRA".to_owned(), "from compose".to_owned());
        project.script(
            "20-shell.sh",
            "set -e\npsql -v ON_ERROR_STOP=1 --username \"$POSTGRES_USER\" --dbname \"$POSTGRES_DB\" <<-EOSQL\n\
             insert into seen(what) values ('$EXTRA');\nEOSQL\n",
        );
        let plain = project.script("30-packed.sql", "insert into seen(what) values ('packed');\n");
        assert!(Command::new("gzip").arg(&plain).status().expect("gzip runs").success());
        project.spec.init_scripts.pop();
        project.spec.init_scripts.push(format!("{plain}.gz").into());
    }
    project.script("README.md", "not a script");
    assert_eq!(project.start(), How::Initialised);
    let expected = if cfg!(unix) { "1 sql, 2 from compose, 3 packed" } else { "1 sql" };
    let seen = "select string_agg(n || ' ' || what, ', ' order by n) from seen";
    assert_eq!(project.psql(seen), expected);

    project.stop();
    project.script("40-late.sql", "insert into seen(what) values ('late');\n");
    let ear = Ear::default();
    project.server().start(&ear).unwrap_or_else(|error| panic!("{}", tell(&error)));
    assert_eq!(project.psql(seen), expected);
    assert!(ear.heard("40-late.sql does not run: it is for new clusters only"), "{:?}", ear.0);
}

#[test]
fn a_failing_init_script_leaves_nothing() {
    let Some(mut project) = Project::new() else { return };
    let script = project.script("10-wrong.sql", "create table t(x int);\n\ninsert into u values (1);\n");
    let error = project.server().start(&Silent).expect_err("there is no table u");
    let diagnostic = error.diagnose();
    assert_eq!(diagnostic.code.as_str(), "server-init-script-failed");
    assert_eq!(diagnostic.places[0].display(), format!("{script}:3"));
    assert!(diagnostic.evidence[0].contains("relation \"u\" does not exist"), "{diagnostic:?}");
    assert_eq!(project.state(), State::Absent);

    std::fs::write(&script, "create table u(x int);\n").expect("written");
    assert_eq!(project.start(), How::Initialised);
}

#[cfg(unix)]
#[test]
fn a_failing_shell_script_shows_what_it_said() {
    let Some(mut project) = Project::new() else { return };
    project.script("10-wrong.sh", "echo 'no such thing' >&2\nexit 3\n");
    let error = project.server().start(&Silent).expect_err("it says so");
    let ServerError::InitScriptFailed { code: 3, complaint, .. } = &error else { panic!("{}", tell(&error)) };
    assert_eq!(complaint, "no such thing");
    assert_eq!(project.state(), State::Absent);
}

#[test]
fn a_changed_port_setting_or_database_is_followed() {
    let Some(mut project) = Project::new() else { return };
    project.start();
    project.psql("create table kept(x int)");
    let before = project.spec.port;
    project.spec.port = postgres::free_port();
    assert_eq!(project.start(), How::Restarted);
    assert_ne!(project.spec.port, before);
    assert_eq!(project.psql("select count(*) from kept"), "0");

    project.spec.settings = vec![("work_mem".into(), "7MB".into())];
    assert_eq!(project.start(), How::Restarted);
    assert_eq!(project.psql("show work_mem"), "7MB");

    project.spec.database = "second".to_owned();
    let ear = Ear::default();
    let started = project.server().start(&ear).unwrap_or_else(|error| panic!("{}", tell(&error)));
    assert_eq!(started.how, How::Started);
    assert!(ear.heard("created the database second"), "{:?}", ear.0);
    assert_eq!(project.psql("select current_database()"), "second");
    assert_eq!(project.start(), How::Already);
}

#[test]
fn a_changed_password_is_explained_and_accepted_once_the_role_has_it() {
    let Some(mut project) = Project::new() else { return };
    project.start();
    let old = project.spec.password.clone();
    project.spec.password = "new".to_owned();
    let error = project.server().start(&Silent).expect_err("the cluster has the old one");
    assert_eq!(error.diagnose().code.as_str(), "server-credentials-changed");

    project.spec.password = old;
    project.psql("alter role planner with password 'new'");
    project.spec.password = "new".to_owned();
    project.start();
    assert_eq!(project.start(), How::Already);
}

#[test]
fn a_setting_that_the_server_refuses_is_shown_with_its_log() {
    let Some(mut project) = Project::new() else { return };
    project.start();
    project.stop();
    project.spec.settings = vec![("shared_buffers".into(), "plenty".into())];
    let error = project.server().start(&Silent).expect_err("plenty is no number");
    let diagnostic = error.diagnose();
    assert_eq!(diagnostic.code.as_str(), "server-start-failed");
    assert!(
        diagnostic.evidence[0].contains("invalid value for parameter \"shared_buffers\": \"plenty\""),
        "{diagnostic:?}"
    );

    project.spec.settings.clear();
    assert_eq!(project.start(), How::Started);
}

#[test]
fn the_log_is_read_and_followed() {
    let Some(project) = Project::new() else { return };
    project.start();
    let mut lines = Vec::new();
    let mut keep = |line: &str| {
        lines.push(line.to_owned());
        ControlFlow::Continue(())
    };
    project.server().log(Some(1), false, &mut keep).expect("there is a log");
    assert_eq!(lines.len(), 1);

    std::thread::scope(|scope| {
        let follower = scope.spawn(|| {
            let mut sink = |line: &str| match line.contains("do not miss me") {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            };
            project.server().log(Some(0), true, &mut sink).expect("there is a log");
        });
        until("the line arrives", || {
            let _ = project.try_psql("select 'do not miss me' from no_such_table");
            follower.is_finished()
        });
    });
}

#[test]
fn a_state_directory_that_cannot_be_used_is_named() {
    let Some(project) = Project::new() else { return };
    std::fs::write(&project.spec.state_dir, "a file").expect("written");
    let error = project.server().start(&Silent).expect_err("a file is no directory");
    let diagnostic = error.diagnose();
    assert_eq!(diagnostic.code.as_str(), "server-state-unusable");
    std::fs::remove_file(&project.spec.state_dir).expect("removed");
}

#[test]
fn a_directory_with_other_files_in_it_is_left_alone() {
    let Some(mut project) = Project::new() else { return };
    let dir = Utf8Path::from_path(project.dir.path()).expect("UTF-8").join("elsewhere");
    std::fs::create_dir(&dir).expect("made");
    std::fs::write(dir.join("thesis.txt"), "ten years of work").expect("written");
    project.spec.cluster_dir.clone_from(&dir);
    let error = project.server().start(&Silent).expect_err("it is in use");
    assert_eq!(error.diagnose().code.as_str(), "server-dir-occupied");
    project.server().remove(&Silent).expect("nothing to do");
    assert!(dir.join("thesis.txt").exists());

    std::fs::remove_file(dir.join("thesis.txt")).expect("removed");
    assert_eq!(project.start(), How::Initialised);
    assert!(project.server().data_dir().expect("known").starts_with(&dir));
    std::fs::write(dir.join("thesis.txt"), "ten years of work").expect("written");
    project.server().remove(&Silent).expect("it is removed");
    assert!(dir.join("thesis.txt").exists() && !dir.join("data").exists());
}

#[test]
fn an_unusable_specification_is_refused() {
    let Some(mut project) = Project::new() else { return };
    project.spec.password.clear();
    let error = project.server().start(&Silent).expect_err("no password");
    assert_eq!(error.diagnose().exit, Exit::Usage);
    assert!(!project.spec.state_dir.exists());
}

#[cfg(unix)]
#[test]
fn under_root_a_closed_project_keeps_its_cluster_where_the_account_can_reach_it() {
    let Some(project) = Project::new() else { return };
    if !xtask::tools::is_root() {
        skip("only root runs the server under another account");
        return;
    }
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(project.dir.path(), mode).expect("our own directory");
    let ear = Ear::default();
    project.server().start(&ear).unwrap_or_else(|error| panic!("{}", tell(&error)));
    let data = project.server().data_dir().expect("known");
    assert!(!data.starts_with(&project.spec.state_dir), "{data}");
    assert!(ear.heard("the cluster lies in"), "{:?}", ear.0);
    assert_eq!(project.psql("select 1"), "1");
    assert_eq!(project.start(), How::Already);

    // A copy of the project has the note, but must not share the cluster.
    let copy = Project::new().expect("present");
    std::fs::create_dir(&copy.spec.state_dir).expect("made");
    let note = "postgres.location";
    std::fs::copy(project.spec.state_dir.join(note), copy.spec.state_dir.join(note)).expect("copied");
    assert_eq!(copy.state(), State::Absent);

    project.server().remove(&Silent).expect("it is removed");
    assert!(!data.exists());
    assert_eq!(project.server().data_dir().expect("known"), project.base().join("data"));
}

#[test]
fn missing_extensions_are_named() {
    let Some(project) = Project::new() else { return };
    let names = ["plpgsql", "no_such_extension"].map(str::to_owned);
    let missing = project.server().missing_extensions(&names).expect("there are binaries");
    assert_eq!(missing.iter().map(|missing| missing.name.as_str()).collect::<Vec<_>>(), ["no_such_extension"]);
}

#[test]
fn a_fetched_server_is_verified_and_runs() {
    let Some(mut project) = Project::new() else { return };
    match project.server().fetch(&Silent) {
        Err(error @ (ServerError::FetchNoInstaller | ServerError::FetchFailed { .. })) => {
            skip(&format!("the package index is not reached: {}", tell(&error)));
            return;
        }
        result => result.unwrap_or_else(|error| panic!("{}", tell(&error))),
    }
    project.server().fetch(&Silent).expect("it is there already");
    project.spec.wanted_major = Some(18);
    let installations = project.server().installations().expect("found");
    let fetched = installations.iter().find(|installation| installation.fetched).expect("the fetched one");
    assert_eq!(fetched.major, 18);
    assert_eq!(project.server().fetch_offer().expect("readable"), None);

    project.spec.bin_dir = Some(fetched.bin.clone());
    assert_eq!(project.start(), How::Initialised);
    assert_eq!(project.psql("select current_setting('server_version_num')::int / 10000"), "18");
    let names = ["vector", "postgis"].map(str::to_owned);
    let missing = project.server().missing_extensions(&names).expect("there are binaries");
    assert_eq!(missing.len(), 1);
    assert_eq!((missing[0].name.as_str(), &missing[0].package), ("postgis", &None));

    // The binaries are kept when the cluster goes.
    project.server().remove(&Silent).expect("it is removed");
    assert!(fetched.bin.is_dir());
}
