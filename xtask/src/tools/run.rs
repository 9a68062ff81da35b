//! Running a program: to read what it says, or to hand the terminal over to it.

use std::io::Write;
use std::process::{Command, ExitStatus, Stdio};

use camino::Utf8PathBuf;

use super::ToolError;

/// A program that ran to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Its exit status; 128 and the signal's number where a signal ended it, as shells count.
    pub code: i32,
    /// What it wrote to its standard output; bytes that are not UTF-8 are replaced.
    pub stdout: String,
    /// What it wrote to its standard error; bytes that are not UTF-8 are replaced.
    pub stderr: String,
}

impl Finished {
    /// Whether it ended with status 0.
    pub fn success(&self) -> bool {
        self.code == 0
    }

    /// What it said of its failure: the standard error, or the standard output where that is empty.
    pub fn complaint(&self) -> &str {
        match self.stderr.trim() {
            "" => self.stdout.trim(),
            stderr => stderr,
        }
    }
}

/// Runs a program to its end with nothing to read and reads what it writes.
///
/// # Errors
/// Where it cannot be run at all; a failure of its own is in [`Finished::code`].
pub fn run(command: &mut Command) -> Result<Finished, ToolError> {
    run_from(command, Stdio::null())
}

/// Runs a program to its end that reads from `stdin`, and reads what it writes.
///
/// # Errors
/// Where it cannot be run at all; a failure of its own is in [`Finished::code`].
pub fn run_from(command: &mut Command, stdin: Stdio) -> Result<Finished, ToolError> {
    let output = command.stdin(stdin).output().map_err(|source| cannot_run(command, source))?;
    Ok(finished(&output))
}

/// Runs a program to its end with `input` as its standard input and reads what it writes.
///
/// # Errors
/// Where it cannot be run at all; a failure of its own is in [`Finished::code`].
pub fn run_with_input(command: &mut Command, input: &[u8]) -> Result<Finished, ToolError> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|source| cannot_run(command, source))?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // A program may write much before it has read all: reading and writing must go on at once. That it stops
        // reading early (a broken pipe) is its own affair, and its exit status tells.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        child.wait_with_output()
    });
    Ok(finished(&output.map_err(|source| cannot_run(command, source))?))
}

/// Runs a program that owns the terminal until it ends (psql, an editor), and returns its exit status.
///
/// Ctrl-C belongs to the program meanwhile: it may mean "cancel this query" there, so it does not end us.
///
/// # Errors
/// Where it cannot be run at all.
pub async fn hand_over(command: Command) -> Result<i32, ToolError> {
    let program = program(&command);
    let fail = |source| ToolError::CannotRun { program: program.clone(), source };
    let mut child = tokio::process::Command::from(command).spawn().map_err(fail)?;
    loop {
        tokio::select! {
            status = child.wait() => return status.map(code).map_err(fail),
            // Once listened to, the signal no longer ends this process; the program has received it, too.
            _ = tokio::signal::ctrl_c() => {}
        }
    }
}

/// A program that runs and is talked to; it ends when this is dropped.
#[derive(Debug)]
pub struct Talking {
    /// What it reads.
    pub stdin: tokio::process::ChildStdin,
    /// What it writes.
    pub stdout: tokio::process::ChildStdout,
    /// What it complains of.
    pub stderr: tokio::process::ChildStderr,
    /// The process itself.
    pub child: tokio::process::Child,
}

/// Starts a program to talk to. Ctrl-C reaches it as well, where it shares our terminal.
///
/// # Errors
/// Where it cannot be run at all.
pub fn talk_to(command: Command) -> Result<Talking, ToolError> {
    let program = program(&command);
    let mut command = tokio::process::Command::from(command);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|source| ToolError::CannotRun { program: program.clone(), source })?;
    match (child.stdin.take(), child.stdout.take(), child.stderr.take()) {
        (Some(stdin), Some(stdout), Some(stderr)) => Ok(Talking { stdin, stdout, stderr, child }),
        // All three were asked for just above.
        _ => Err(ToolError::CannotRun { program, source: std::io::ErrorKind::BrokenPipe.into() }),
    }
}

fn finished(output: &std::process::Output) -> Finished {
    Finished {
        code: code(output.status),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[cfg(unix)]
fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;

    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

#[cfg(not(unix))]
fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(1)
}

fn program(command: &Command) -> Utf8PathBuf {
    command.get_program().to_string_lossy().into_owned().into()
}

fn cannot_run(command: &Command, source: std::io::Error) -> ToolError {
    ToolError::CannotRun { program: program(command), source }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_and_status_are_told_apart() {
        let finished = run(&mut sh("echo out; echo err >&2; exit 3")).expect("sh runs");
        assert_eq!(finished, Finished { code: 3, stdout: "out\n".into(), stderr: "err\n".into() });
        assert_eq!(finished.complaint(), "err");
        assert_eq!(run(&mut sh("kill -TERM $$")).expect("sh runs").code, 143);
    }

    #[test]
    fn much_input_and_much_output_do_not_block_each_other() {
        let input = vec![b'x'; 1 << 20];
        let finished = run_with_input(&mut sh("cat"), &input).expect("sh runs");
        assert_eq!(finished.stdout.len(), input.len());
        assert!(run_with_input(&mut sh("exit 0"), &input).expect("a broken pipe is no error").success());
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = run(&mut Command::new("/no/such/program")).expect_err("it is not there");
        assert!(error.to_string().starts_with("cannot run /no/such/program: "), "{error}");
    }

    #[test]
    fn a_program_with_the_terminal_passes_its_status_on() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        assert_eq!(runtime.block_on(hand_over(sh("exit 5"))).expect("sh runs"), 5);
    }
}
