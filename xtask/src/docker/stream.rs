//! A stream of bytes to the engine, whatever it goes through.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use super::endpoint::{Address, Endpoint};

/// How long a connection may take to come about. An engine on this machine answers in milliseconds, one behind `ssh` may
/// ask for a passphrase first, so that one has no limit of ours.
const AT_MOST: Duration = Duration::from_secs(10);

/// Bytes in both directions.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Opens a new connection.
pub(super) async fn open(endpoint: &Endpoint) -> io::Result<Box<dyn Stream>> {
    let opened = async {
        match &endpoint.address {
            Address::Unix(path) => unix(path.as_str()).await,
            Address::Tcp { host, port } => {
                let stream = tokio::net::TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream) as Box<dyn Stream>)
            }
            Address::Ssh { .. } | Address::Pipe(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    };
    tokio::time::timeout(AT_MOST, opened).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

#[cfg(unix)]
async fn unix(path: &str) -> io::Result<Box<dyn Stream>> {
    Ok(Box::new(tokio::net::UnixStream::connect(path).await?))
}

#[cfg(not(unix))]
async fn unix(_path: &str) -> io::Result<Box<dyn Stream>> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no Unix sockets; use npipe:// or tcp://"))
}
