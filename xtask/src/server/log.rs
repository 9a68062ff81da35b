//! The server's log.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::time::Duration;

use camino::Utf8Path;

use super::account::{self, Account};
use super::{LocalServer, ServerError};

/// Above this size a log is put aside at the next start; one older log is kept.
const ROTATE_ABOVE: u64 = 10 << 20;

impl LocalServer {
    /// Gives the lines of the log to `sink`: the last `tail` of them, or all, and with `follow` each new line as it is
    /// written, until `sink` breaks off. Without `follow` it ends with the log.
    ///
    /// # Errors
    /// Where there is no log, or it cannot be read.
    pub fn log(
        &self,
        tail: Option<usize>,
        follow: bool,
        sink: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<(), ServerError> {
        let path = self.layout()?.log();
        let fail = |source: std::io::Error| match source.kind() {
            ErrorKind::NotFound => ServerError::NoLog { path: path.clone() },
            _ => ServerError::io("read", &path, source),
        };
        let mut file = File::open(&path).map_err(fail)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(fail)?;
        let mut pending = Lines::default();
        let whole = pending.take(&bytes);
        let skip = tail.map_or(0, |tail| whole.len().saturating_sub(tail));
        if whole[skip..].iter().any(|line| sink(line).is_break()) || !follow {
            return Ok(());
        }
        loop {
            std::thread::sleep(Duration::from_millis(50));
            // A start may have put the file aside, or a removal may have taken it away: then a new one comes.
            let size = file.stream_position().map_err(fail)?;
            if std::fs::metadata(&path).is_ok_and(|metadata| metadata.len() < size) {
                file = File::open(&path).map_err(fail)?;
            }
            bytes.clear();
            file.read_to_end(&mut bytes).map_err(fail)?;
            if pending.take(&bytes).iter().any(|line| sink(line).is_break()) {
                return Ok(());
            }
        }
    }
}

/// Cuts a stream into lines, keeping the last unfinished one for the next round.
#[derive(Default)]
struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        self.rest.extend_from_slice(bytes);
        let end = self.rest.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        let whole: Vec<u8> = self.rest.drain(..end).collect();
        String::from_utf8_lossy(&whole).lines().map(str::to_owned).collect()
    }
}

/// Opens the log for a server that is about to start, and says where its part begins.
pub(super) fn open(path: &Utf8Path, account: Option<&Account>) -> Result<(File, u64), ServerError> {
    let fail = |source| ServerError::io("write", path, source);
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.len() > ROTATE_ABOVE) {
        std::fs::rename(path, format!("{path}.1")).map_err(fail)?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(fail)?;
    account::give(path, account)?;
    let begin = file.metadata().map_err(fail)?.len();
    Ok((file, begin))
}

/// The last lines of the log from a byte on: the evidence where a server failed.
pub(super) fn last_lines(path: &Utf8Path, from: u64, count: usize) -> Vec<String> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        // A line of a log is short; sixteen kilobytes hold more of them than anybody reads.
        file.seek(SeekFrom::Start(from.max(length.saturating_sub(16 << 10))))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let text = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].iter().map(|&line| line.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_given_when_it_is_whole() {
        let mut lines = Lines::default();
        assert_eq!(lines.take(b"one\ntw"), ["one"]);
        assert_eq!(lines.take(b"o"), [""; 0]);
        assert_eq!(lines.take(b"\n\xff\n"), ["two", "\u{fffd}"]);
    }

    #[test]
    fn the_tail_is_cut_at_lines() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = Utf8Path::from_path(dir.path()).expect("UTF-8").join("log");
        let text: String = (0..9000).map(|number| format!("line {number}\n")).collect();
        std::fs::write(&path, &text).expect("written");
        assert_eq!(last_lines(&path, 0, 2), ["line 8998", "line 8999"]);
        assert_eq!(last_lines(&path, text.len() as u64, 2), [""; 0]);

        let mut spec = super::super::ServerSpec::new(path.parent().expect("a parent").join(".xtask"), "x");
        spec.user = "u".into();
        let server = LocalServer::new(spec);
        let error = server.log(None, false, &mut |_| ControlFlow::Continue(())).expect_err("no log yet");
        assert!(matches!(error, ServerError::NoLog { .. }), "{error}");
    }
}
