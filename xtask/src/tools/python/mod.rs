//! A Python interpreter of the project: found, asked what its models mean to SQLAlchemy, and set to run Alembic.

mod alembic;
mod error;

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

pub use alembic::{Alembic, Refusal};
pub use error::PythonError;

use super::{find, run_with_input};

/// What is run: it imports the models and writes their metadata as JSON.
const READ_METADATA: &str = concat!(include_str!("imports.py"), include_str!("read_metadata.py"));

/// What is run: it imports modules and writes the views that they define as JSON.
const READ_VIEWS: &str = concat!(include_str!("imports.py"), include_str!("read_views.py"));

/// Environments of a project, by their folders: pixi, uv and poetry, venv.
const ENVIRONMENTS: [&str; 3] = [".venv", ".pixi/envs/default", "venv"];

/// The interpreter of a project.
///
/// `told` is what the person or `xtask.toml` names: a path from the top of the project, or a program on `PATH`. Else it is that of
/// the environment that is active or lies in the project, else the system's.
///
/// # Errors
/// None of these is there; all are named.
pub fn interpreter(top: &Utf8Path, told: Option<&str>) -> Result<Utf8PathBuf, PythonError> {
    let mut tried = Vec::new();
    let mut at = |path: Utf8PathBuf| {
        let is_there = path.is_file();
        tried.push(path.to_string());
        is_there.then_some(path)
    };
    if let Some(told) = told {
        // A folder `env` of the project is meant rather than the program of that name.
        let path = at(top.join(told)).or_else(|| at(executable(&top.join(told))));
        let path = path.or_else(|| if told.contains(['/', '\\']) { None } else { find(told) });
        return path.ok_or(PythonError::Missing { told: Some(told.to_owned()), tried });
    }
    let active = ["VIRTUAL_ENV", "CONDA_PREFIX"].into_iter().filter_map(|name| std::env::var(name).ok());
    let active = active.filter(|folder| !folder.is_empty()).map(Utf8PathBuf::from);
    let own = ENVIRONMENTS.iter().map(|folder| top.join(folder));
    if let Some(path) = active.chain(own).find_map(|folder| at(executable(&folder))) {
        return Ok(path);
    }
    for name in ["python3", "python"] {
        if let Some(path) = find(name) {
            return Ok(path);
        }
        tried.push(format!("{name} on PATH"));
    }
    Err(PythonError::Missing { told: None, tried })
}

/// Where the interpreter of an environment is.
fn executable(environment: &Utf8Path) -> Utf8PathBuf {
    if cfg!(windows) {
        let script = environment.join("Scripts/python.exe");
        return if script.is_file() { script } else { environment.join("python.exe") };
    }
    environment.join("bin/python")
}

/// Imports models with an interpreter, in the folder `top`, and gives its answer: a line of JSON.
///
/// # Errors
/// It cannot be run, or ends without an answer.
pub fn read_metadata(python: &Utf8Path, top: &Utf8Path, request: &str) -> Result<String, PythonError> {
    ask(python, top, request, READ_METADATA)
}

/// Imports modules with an interpreter, in the folder `top`, and gives its answer about their views: a line of JSON.
///
/// # Errors
/// It cannot be run, or ends without an answer.
pub fn read_views(python: &Utf8Path, top: &Utf8Path, request: &str) -> Result<String, PythonError> {
    ask(python, top, request, READ_VIEWS)
}

fn ask(python: &Utf8Path, top: &Utf8Path, request: &str, question: &str) -> Result<String, PythonError> {
    let mut command = Command::new(python);
    command.current_dir(top).args(["-X", "utf8", "-", request]);
    let finished = run_with_input(&mut command, question.as_bytes()).map_err(PythonError::Run)?;
    let answer = finished.stdout.lines().rfind(|line| line.starts_with('{'));
    answer.map(str::to_owned).ok_or_else(|| PythonError::NoAnswer {
        python: python.to_owned(),
        code: finished.code,
        said: last_lines(finished.complaint()),
    })
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A folder with a program in it.
    fn program(path: &str, script: &str) -> (tempfile::TempDir, Utf8PathBuf) {
        let dir = tempfile::tempdir().expect("a directory");
        let top = Utf8PathBuf::from_path_buf(dir.path().to_owned()).expect("UTF-8");
        let file = top.join(path);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("written");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("set");
        (dir, top)
    }

    #[test]
    fn an_interpreter_is_named_by_its_path_or_its_environment() {
        let (_dir, top) = program("envs/one/bin/python", "");
        for told in ["envs/one/bin/python", "envs/one"] {
            let found = interpreter(&top, Some(told));
            // A folder is no program.
            let found = found.map(|path| path.strip_prefix(&top).expect("below").to_string());
            assert_eq!(found.ok().as_deref(), Some("envs/one/bin/python"), "{told}");
        }
        let error = interpreter(&top, Some("no-such-python")).expect_err("it is not there");
        let PythonError::Missing { tried, .. } = &error else { panic!("{error}") };
        assert_eq!(*tried, [top.join("no-such-python").to_string(), top.join("no-such-python/bin/python").to_string()]);
    }

    #[test]
    fn an_answer_may_stand_between_other_words_and_none_is_an_error() {
        let (_dir, top) = program("python", "cat > /dev/null; echo hello; echo '{\"a\": 1}'");
        assert_eq!(read_metadata(&top.join("python"), &top, "{}").expect("an answer"), "{\"a\": 1}");
        let (_dir, top) = program("python", "cat > /dev/null; echo 'Segmentation fault' >&2; exit 139");
        let error = read_metadata(&top.join("python"), &top, "{}").expect_err("no answer");
        let PythonError::NoAnswer { code, said, .. } = &error else { panic!("{error}") };
        assert_eq!((*code, said.as_str()), (139, "Segmentation fault"));
    }
}
