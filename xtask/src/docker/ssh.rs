//! An engine behind ssh: `docker system dial-stdio` over there, talked to through the program here, as docker does.

use std::io;
use std::pin::Pin;
use std::process::Command;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};

use crate::tools::{Talking, talk_to};

/// How much of what ssh complains of is kept.
const COMPLAINT: usize = 4096;

/// ssh, or docker over there, ended before the engine said anything.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct SshFailure(String);

/// The standard streams of ssh as one stream.
pub(super) struct Dialled {
    stdin: ChildStdin,
    stdout: ChildStdout,
    stderr: ChildStderr,
    /// What ssh has complained of; it is only asked for where the engine never spoke.
    complaint: Vec<u8>,
    has_spoken: bool,
    /// The program ends with its connection.
    _child: Child,
}

/// Starts ssh. Whether it gets through shows with the first bytes.
pub(super) fn dial(user: Option<&str>, host: &str, port: Option<u16>, socket: Option<&str>) -> io::Result<Dialled> {
    let mut command = Command::new("ssh");
    command.args(arguments(user, host, port, socket));
    let Talking { stdin, stdout, stderr, child } =
        talk_to(command).map_err(|error| io::Error::other(SshFailure(error.to_string())))?;
    Ok(Dialled { stdin, stdout, stderr, complaint: Vec::new(), has_spoken: false, _child: child })
}

/// The machine that ssh's configuration means by a name; nothing where ssh does not say.
pub(super) fn real_name(user: Option<&str>, host: &str, port: Option<u16>) -> Option<String> {
    let mut command = Command::new("ssh");
    command.arg("-G").args(who(user, port)).args(["--", host]);
    let said = crate::tools::run(&mut command).ok().filter(|finished| finished.success())?.stdout;
    let name = said.lines().find_map(|line| line.strip_prefix("hostname "))?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

fn who(user: Option<&str>, port: Option<u16>) -> Vec<String> {
    let user = user.map(|user| ["-l".to_owned(), user.to_owned()]);
    let port = port.map(|port| ["-p".to_owned(), port.to_string()]);
    user.into_iter().chain(port).flatten().collect()
}

fn arguments(user: Option<&str>, host: &str, port: Option<u16>, socket: Option<&str>) -> Vec<String> {
    let mut arguments = who(user, port);
    arguments.extend(["-o", "ConnectTimeout=30", "-T", "--", host, "docker"].map(str::to_owned));
    if let Some(socket) = socket {
        // A shell over there takes it apart into words again.
        let quoted = socket.replace('\'', r"'\''");
        arguments.extend(["--host".to_owned(), format!("'unix://{quoted}'")]);
    }
    arguments.extend(["system", "dial-stdio"].map(str::to_owned));
    arguments
}

impl Dialled {
    /// Reads what ssh complains of to its end.
    fn poll_complaint(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            let mut bytes = [0; 512];
            let mut buffer = ReadBuf::new(&mut bytes);
            let has_ended = match ready!(Pin::new(&mut self.stderr).poll_read(context, &mut buffer)) {
                Ok(()) => buffer.filled().is_empty(),
                Err(_) => true,
            };
            self.complaint.extend_from_slice(buffer.filled());
            if has_ended || self.complaint.len() > COMPLAINT {
                let text = String::from_utf8_lossy(&self.complaint).trim().to_owned();
                return Poll::Ready(io::Error::other(SshFailure(text)));
            }
        }
    }
}

impl AsyncRead for Dialled {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (before, wants_bytes) = (buffer.filled().len(), buffer.remaining() > 0);
        ready!(Pin::new(&mut self.stdout).poll_read(context, buffer))?;
        if wants_bytes && buffer.filled().len() == before && !self.has_spoken {
            return self.poll_complaint(context).map(Err);
        }
        self.has_spoken = true;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Dialled {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stdin).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stdin).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stdin).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ssh_is_called_as_docker_calls_it() {
        assert_eq!(
            arguments(Some("me"), "h", Some(2222), Some("/run/it's.sock")).join(" "),
            r"-l me -p 2222 -o ConnectTimeout=30 -T -- h docker --host 'unix:///run/it'\''s.sock' system dial-stdio"
        );
        assert_eq!(arguments(None, "h", None, None).join(" "), "-o ConnectTimeout=30 -T -- h docker system dial-stdio");
    }
}
