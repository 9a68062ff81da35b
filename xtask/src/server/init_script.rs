//! The scripts that fill a new cluster, run as the entry point of the image runs them.

use std::process::{Command, Stdio};

use camino::Utf8Path;

use super::psql::Psql;
use super::{ServerError, ServerSpec, shown};
use crate::event::{Event, Listener};
use crate::tools::{self, Finished};

/// How a script is run, by the end of its name (`docker_process_init_files` in the image's `docker-entrypoint.sh`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Sql,
    /// SQL that the named program unpacks.
    Packed(&'static str),
    Shell,
    /// Anything else is passed over.
    Other,
}

impl Kind {
    fn of(script: &Utf8Path) -> Self {
        let name = script.file_name().unwrap_or_default();
        let kinds = [
            (".sql", Self::Sql),
            (".sh", Self::Shell),
            (".sql.gz", Self::Packed("gzip")),
            (".sql.xz", Self::Packed("xz")),
            (".sql.zst", Self::Packed("zstd")),
        ];
        kinds.iter().find(|(end, _)| name.ends_with(end)).map_or(Self::Other, |&(_, kind)| kind)
    }
}

/// Runs one script to its end; its first error ends it.
pub(super) fn run(
    script: &Utf8Path,
    psql: &Psql<'_>,
    spec: &ServerSpec,
    listener: &dyn Listener,
) -> Result<(), ServerError> {
    let kind = Kind::of(script);
    if kind == Kind::Other {
        return Ok(());
    }
    if let Err(source) = std::fs::File::open(script) {
        return Err(ServerError::io("read the init script", script, source));
    }
    listener.on(Event::Working { what: format!("running the init script {}", shown(script, &spec.state_dir)) });
    let finished = match kind {
        Kind::Sql => {
            let mut command = psql.command(&spec.database);
            tools::run(command.arg("--file").arg(script).stdout(Stdio::null()))?
        }
        Kind::Packed(program) => packed(script, program, psql, spec)?,
        Kind::Shell => shell(script, psql, spec)?,
        Kind::Other => return Ok(()),
    };
    match finished.success() {
        true => Ok(()),
        false => Err(ServerError::InitScriptFailed {
            script: script.to_owned(),
            code: finished.code,
            line: error_line(script, &finished.stderr),
            complaint: last(finished.complaint(), 20),
        }),
    }
}

fn packed(script: &Utf8Path, program: &str, psql: &Psql<'_>, spec: &ServerSpec) -> Result<Finished, ServerError> {
    let unsupported = |why: String| ServerError::InitScriptUnsupported { script: script.to_owned(), why };
    let unpack = tools::find(program).ok_or_else(|| unsupported(format!("the program {program} is not installed")))?;
    let mut child = Command::new(&unpack)
        .arg("-dc")
        .arg(script)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|source| tools::ToolError::CannotRun { program: unpack.clone(), source })?;
    let stdin = child.stdout.take().map_or_else(Stdio::null, Stdio::from);
    let finished = tools::run_from(psql.command(&spec.database).stdout(Stdio::null()), stdin)?;
    let unpacked = child.wait().map_err(|source| ServerError::io("unpack", script, source))?;
    match finished.success() && !unpacked.success() {
        true => Err(unsupported(format!("{program} cannot unpack it"))),
        false => Ok(finished),
    }
}

#[cfg(unix)]
fn shell(script: &Utf8Path, psql: &Psql<'_>, spec: &ServerSpec) -> Result<Finished, ServerError> {
    use super::account;
    use std::os::unix::fs::PermissionsExt;

    let executable = std::fs::metadata(script).is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0);
    let mut command = if executable {
        account::command(script, None)
    } else {
        let shell = tools::find_any(&["bash", "sh"]).unwrap_or_else(|| "sh".into());
        let mut command = account::command(&shell, None);
        command.arg(script);
        command
    };
    command.envs(&spec.environment);
    psql.connect(&mut command);
    command.env("POSTGRES_USER", &spec.user).env("POSTGRES_PASSWORD", &spec.password);
    command.env("POSTGRES_DB", &spec.database).env("PATH", psql.path());
    Ok(tools::run(&mut command)?)
}

#[cfg(not(unix))]
fn shell(script: &Utf8Path, _psql: &Psql<'_>, _spec: &ServerSpec) -> Result<Finished, ServerError> {
    let why = "shell scripts run on Unix only".to_owned();
    Err(ServerError::InitScriptUnsupported { script: script.to_owned(), why })
}

/// The line of the error: `psql:/p/10-tables.sql:12: ERROR:  …`.
fn error_line(script: &Utf8Path, stderr: &str) -> Option<usize> {
    let start = format!("psql:{script}:");
    let line = stderr.lines().find(|line| line.starts_with(&start) && line.contains("ERROR"))?;
    line[start.len()..].split(':').next()?.parse().ok()
}

fn last(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_name_decides() {
        for (name, kind) in [
            ("10-a.sql", Kind::Sql),
            ("20-b.sql.gz", Kind::Packed("gzip")),
            ("30-c.sh", Kind::Shell),
            ("README.md", Kind::Other),
            ("data.csv.gz", Kind::Other),
        ] {
            assert_eq!(Kind::of(Utf8Path::new(name)), kind, "{name}");
        }
    }

    #[test]
    fn the_line_of_an_error_is_found_after_notices() {
        let stderr = "psql:/p/a.sql:1: NOTICE:  x\npsql:/p/a.sql:12: ERROR:  relation \"t\" does not exist\n";
        assert_eq!(error_line(Utf8Path::new("/p/a.sql"), stderr), Some(12));
        assert_eq!(error_line(Utf8Path::new("/p/b.sql"), stderr), None);
    }
}
