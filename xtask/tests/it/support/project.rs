//! A project for one test, and our program run in it as a person runs it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A project in a folder of its own, removed with the value.
pub(crate) struct TestProject {
    folder: tempfile::TempDir,
}

/// A run of our program that has ended.
#[derive(Debug)]
pub(crate) struct Run {
    /// The exit status; -1 where a signal ended it.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl TestProject {
    /// A project with an empty `xtask.toml` and an empty folder of migrations.
    pub(crate) fn new() -> Self {
        let project = Self::without_configuration();
        project.write("xtask.toml", "");
        std::fs::create_dir(project.path("migrations")).expect("a folder of migrations");
        project
    }

    /// A folder that is no project.
    pub(crate) fn without_configuration() -> Self {
        let folder = tempfile::Builder::new().prefix("xtask-project-").tempdir().expect("a temporary folder");
        open_to_the_server_account(folder.path());
        Self { folder }
    }

    /// Where a file of the project is.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// The folder of the project.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().expect("a folder above")).expect("folders");
        std::fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Writes a revision; `header` holds the lines behind `-- ` after the message.
    pub(crate) fn revision(&self, file: &str, message: &str, header: &[&str], up: &str, down: &str) {
        let lines: String = header.iter().map(|line| format!("{}\n", format!("-- {line}").trim_end())).collect();
        self.write(&format!("migrations/{file}.up.sql"), &format!("-- {message}\n--\n{lines}\n{up}\n"));
        self.write(&format!("migrations/{file}.down.sql"), &format!("{down}\n"));
    }

    /// The names of the files in the folder of migrations, sorted.
    pub(crate) fn migrations(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path("migrations")).expect("the folder of migrations");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Our program in the folder of the project.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.other_command(env!("CARGO_BIN_EXE_cargo-xtask"));
        command.args(arguments).stdin(Stdio::null());
        command
    }

    /// Any program in the folder of the project, with nothing of the test's own environment that would change what our
    /// program or git does.
    pub(crate) fn other_command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.root());
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            let ours = ["DATABASE_URL", "NO_COLOR", "EDITOR", "VISUAL", "COLUMNS"].contains(&name.as_ref());
            if ours
                || name.starts_with("DOCKER_")
                || name.starts_with("COMPOSE_")
                || name.starts_with("PG")
                || name.starts_with("POSTGRES_")
                || name.starts_with("CLICOLOR")
                || name.starts_with("GIT_")
            {
                command.env_remove(name.as_ref());
            }
        }
        // What runs the services must not depend on whether this machine has an engine; tests of Docker say otherwise.
        command.env("XTASK_BACKEND", "local");
        command
    }

    /// Runs our program without a database.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(&mut self.command(arguments))
    }

    /// Runs our program on a database.
    pub(crate) fn run_on(&self, url: &str, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).env("DATABASE_URL", url))
    }
}

/// Where the tests run as root, the private server of a project runs under another account.
fn open_to_the_server_account(folder: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).expect("our own folder");
    }
    #[cfg(not(unix))]
    let _ = folder;
}

impl Run {
    /// Runs a command to its end.
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::from(command.output().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    /// The run, which must have ended with this status.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The standard output, which must be JSON and nothing else.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr))
    }

    /// The report on the standard error, which must be JSON and nothing else.
    #[track_caller]
    pub(crate) fn json_error(&self) -> Value {
        serde_json::from_str(&self.stderr).unwrap_or_else(|error| panic!("{error} in stderr:\n{}", self.stderr))
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        }
    }
}
