//! The process behind a data directory: `postmaster.pid`, and whether it tells the truth.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use camino::Utf8Path;

use super::ServerError;

/// What `postmaster.pid` says; its lines are listed in PostgreSQL's `src/include/utils/pidfile.h`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PidFile {
    /// Line 1: the process.
    pub(super) pid: u32,
    /// Line 3: when it started.
    pub(super) since: SystemTime,
    /// Line 4: the TCP port.
    pub(super) port: u16,
    /// Line 8: whether connections are accepted; missing in the first moments.
    pub(super) ready: bool,
}

/// What the process of a given number is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Process {
    /// The server of this data directory.
    Ours,
    /// There is no such process; a zombie counts as gone.
    Gone,
    /// Something else, which got the number later.
    Other {
        /// Its command line, as far as this account may see it.
        program: String,
    },
}

/// Reads the file; `None` where there is none.
pub(super) fn read(data: &Utf8Path) -> Result<Option<PidFile>, ServerError> {
    let path = data.join("postmaster.pid");
    match std::fs::read_to_string(&path) {
        // A file that is being written may be cut off anywhere: what is missing is not there yet.
        Ok(text) => Ok(parse(&text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ServerError::io("read", &path, source)),
    }
}

fn parse(text: &str) -> Option<PidFile> {
    let mut lines = text.lines();
    // A stand-alone backend writes its number with a minus.
    let pid = lines.next()?.trim().trim_start_matches('-').parse().ok()?;
    let seconds = lines.nth(1).and_then(|line| line.trim().parse().ok()).unwrap_or(0);
    let port = lines.next().and_then(|line| line.trim().parse().ok()).unwrap_or(0);
    let ready = lines.nth(3).is_some_and(|line| line.trim() == "ready");
    Some(PidFile { pid, since: UNIX_EPOCH + Duration::from_secs(seconds), port, ready })
}

/// What the process is that a `postmaster.pid` names.
#[cfg(target_os = "linux")]
pub(super) fn process(pid: u32, data: &Utf8Path) -> Process {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return Process::Gone };
    // The name in parentheses may hold anything, parentheses included; the state follows the last one.
    if stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['Z', 'X'])) {
        return Process::Gone;
    }
    let program = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let program = String::from_utf8_lossy(&program).replace('\0', " ").trim().to_owned();
    // The server lives in its data directory; the link follows the directory when that is renamed.
    let cwd = std::fs::read_link(format!("/proc/{pid}/cwd")).ok();
    let same = cwd.is_some_and(|cwd| data.canonicalize_utf8().is_ok_and(|data| data == cwd));
    if same && program.contains("postgres") { Process::Ours } else { Process::Other { program } }
}

/// What the process is that a `postmaster.pid` names.
#[cfg(all(unix, not(target_os = "linux")))]
pub(super) fn process(pid: u32, data: &Utf8Path) -> Process {
    let mut ps = std::process::Command::new("ps");
    let finished = crate::tools::run(ps.args(["-ww", "-p", &pid.to_string(), "-o", "stat=", "-o", "command="]));
    let Ok(finished) = finished else { return Process::Gone };
    let Some((stat, program)) = finished.stdout.trim().split_once(' ') else { return Process::Gone };
    match stat.starts_with('Z') {
        true => Process::Gone,
        false if program.contains("postgres") && program.contains(data.as_str()) => Process::Ours,
        false => Process::Other { program: program.trim().to_owned() },
    }
}

/// What the process is that a `postmaster.pid` names. Windows shows no directory of another process: a `postgres.exe`
/// of the right number is taken for ours.
#[cfg(not(unix))]
pub(super) fn process(pid: u32, _data: &Utf8Path) -> Process {
    let mut tasks = std::process::Command::new("tasklist");
    let finished = crate::tools::run(tasks.args(["/NH", "/FO", "CSV", "/FI", &format!("PID eq {pid}")]));
    let Ok(finished) = finished else { return Process::Gone };
    let line = finished.stdout.lines().find(|line| line.contains(&format!("\"{pid}\"")));
    match line.map(|line| line.split(',').next().unwrap_or("").trim_matches('"').to_owned()) {
        None => Process::Gone,
        Some(program) if program.eq_ignore_ascii_case("postgres.exe") => Process::Ours,
        Some(program) => Process::Other { program },
    }
}

/// Whether a PostgreSQL server answers at an address: it is asked for TLS, which each server grants or declines with
/// one byte before anybody has to log in (`SSLRequest` in the chapter "Message Formats" of the manual).
pub(super) fn answers(address: SocketAddr, patience: Duration) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, patience)?;
        stream.set_read_timeout(Some(patience))?;
        stream.write_all(&[0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])?;
        let mut answer = [0];
        stream.read_exact(&mut answer)?;
        // `E` begins the error of a server that has no connection to spare: it lives.
        Ok(matches!(answer[0], b'S' | b'N' | b'E'))
    };
    ask().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "4711\n/p/.xtask/postgres/data\n1763880000\n5433\n\n127.0.0.1\n  6947063   131106\nready   \n";

    #[test]
    fn the_file_of_a_ready_server_is_read() {
        let file = parse(FILE).expect("a whole file");
        assert_eq!((file.pid, file.port, file.ready), (4711, 5433, true));
        assert_eq!(file.since, UNIX_EPOCH + Duration::from_secs(1_763_880_000));
    }

    #[test]
    fn a_file_that_is_still_being_written_is_not_ready() {
        for end in 1..FILE.len() - 4 {
            assert!(parse(&FILE[..end]).is_none_or(|file| !file.ready), "{end}");
        }
        assert_eq!(parse(""), None);
        assert_eq!(parse("-12\n").map(|file| file.pid), Some(12));
    }

    #[test]
    fn this_process_is_not_the_server() {
        let process = process(std::process::id(), Utf8Path::new("."));
        assert!(matches!(process, Process::Other { .. }), "{process:?}");
    }
}
