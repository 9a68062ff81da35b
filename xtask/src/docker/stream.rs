//! A stream of bytes to the engine, whatever it goes through.

use std::io::{self, ErrorKind};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::endpoint::{Address, Endpoint};
use super::ssh;
use super::tls;

/// How long a connection may take to come about. An engine on this machine answers in milliseconds.
const AT_MOST: Duration = Duration::from_secs(10);

/// Bytes in both directions.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Opens a new connection.
pub(super) async fn open(endpoint: &Endpoint) -> io::Result<Box<dyn Stream>> {
    let opened = async {
        match &endpoint.address {
            Address::Unix(path) => unix(path.as_str()).await,
            Address::Pipe(path) => pipe(path).await,
            Address::Ssh { user, host, port, socket } => {
                // The connection comes about when the first bytes do: ssh may ask for a passphrase before.
                Ok(Box::new(ssh::dial(user.as_deref(), host, *port, socket.as_deref())?) as Box<dyn Stream>)
            }
            Address::Tcp { host, port } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                match &endpoint.tls {
                    None => Ok(Box::new(stream) as Box<dyn Stream>),
                    Some(files) => Ok(Box::new(tls::wrap(stream, host, files).await?) as Box<dyn Stream>),
                }
            }
        }
    };
    tokio::time::timeout(AT_MOST, opened).await.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
}

#[cfg(unix)]
async fn unix(path: &str) -> io::Result<Box<dyn Stream>> {
    Ok(Box::new(tokio::net::UnixStream::connect(path).await?))
}

#[cfg(not(unix))]
async fn unix(_path: &str) -> io::Result<Box<dyn Stream>> {
    Err(io::Error::new(ErrorKind::Unsupported, "this system has no Unix sockets; use npipe:// or tcp://"))
}

#[cfg(windows)]
async fn pipe(path: &str) -> io::Result<Box<dyn Stream>> {
    use tokio::net::windows::named_pipe::ClientOptions;

    /// All instances of the pipe are taken for the moment (`ERROR_PIPE_BUSY`).
    const BUSY: i32 = 231;
    loop {
        match ClientOptions::new().open(path) {
            Err(error) if error.raw_os_error() == Some(BUSY) => tokio::time::sleep(Duration::from_millis(50)).await,
            opened => return Ok(Box::new(opened?)),
        }
    }
}

#[cfg(not(windows))]
async fn pipe(_path: &str) -> io::Result<Box<dyn Stream>> {
    Err(io::Error::new(ErrorKind::Unsupported, "named pipes are of Windows; use unix://, tcp:// or ssh://"))
}
