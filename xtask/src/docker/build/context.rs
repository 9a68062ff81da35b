//! The context of a build as a tar archive, made while it is sent.

use std::fs::{File, Metadata};
use std::io::{self, Read as _, Write};
use std::sync::{Arc, Mutex, PoisonError};

use bollard::body_try_stream;
use camino::{Utf8Path, Utf8PathBuf};
use futures_util::stream;
use hyper::body::Bytes;
use tar::{Builder, EntryType, Header};
use tokio::sync::mpsc;

use super::ignore::Ignore;
use crate::docker::transport::Body;

/// How many bytes are sent at once.
const PIECE: usize = 64 * 1024;

/// How many pieces may wait to be sent.
const PIECES: usize = 8;

/// What is sent: a folder, and files besides.
#[derive(Clone, Debug)]
pub(super) struct Context {
    pub(super) folder: Utf8PathBuf,
    pub(super) ignore: Ignore,
    /// Files of the context that are sent whatever the ignore file says.
    pub(super) always: Vec<String>,
    /// Files that are not in the folder: name and content.
    pub(super) besides: Vec<(String, Vec<u8>)>,
}

/// What became of a context while it was sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent(Arc<Mutex<Option<String>>>);

impl Sent {
    /// Why it could not be read to its end.
    pub(super) fn failure(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The archive as the body of a request. It is read and written on a thread of its own, and never whole in memory.
pub(super) fn body(context: Context) -> (Body, Sent) {
    let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(PIECES);
    let sent = Sent::default();
    let failure = sent.clone();
    tokio::task::spawn_blocking(move || {
        let mut pieces = Pieces { sender: sender.clone(), unsent: Vec::with_capacity(PIECE) };
        let written = context.write(&mut pieces).and_then(|()| pieces.flush());
        match written {
            Ok(()) => {}
            // The engine has ended the build, and tells why itself.
            Err(_) if sender.is_closed() => {}
            Err(error) => {
                *failure.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
                let _ = sender.blocking_send(Err(error));
            }
        }
    });
    let pieces = stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)));
    (body_try_stream(pieces), sent)
}

/// Sends what is written in pieces.
struct Pieces {
    sender: mpsc::Sender<io::Result<Bytes>>,
    unsent: Vec<u8>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unsent.extend_from_slice(bytes);
        if self.unsent.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let piece = std::mem::replace(&mut self.unsent, Vec::with_capacity(PIECE));
        self.sender.blocking_send(Ok(piece.into())).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Context {
    /// Writes the archive.
    fn write(&self, output: &mut dyn Write) -> io::Result<()> {
        let mut archive = Builder::new(output);
        for (name, content) in &self.besides {
            let mut header = Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            archive.append_data(&mut header, name, content.as_slice())?;
        }
        self.write_folder(&mut archive, "")?;
        archive.finish()
    }

    fn write_folder(&self, archive: &mut Builder<&mut dyn Write>, below: &str) -> io::Result<()> {
        let folder = if below.is_empty() { self.folder.clone() } else { self.folder.join(below) };
        let named = |error: io::Error| at(&folder, &error);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(named)? {
            let name = entry.map_err(named)?.file_name();
            names.push(name.into_string().map_err(|name| {
                io::Error::other(format!("the name of {} in {folder} is not UTF-8", name.to_string_lossy()))
            })?);
        }
        // The same folder makes the same archive, so that the builder finds its cache again.
        names.sort();
        for name in names {
            let path = if below.is_empty() { name } else { format!("{below}/{name}") };
            self.write_entry(archive, &path)?;
        }
        Ok(())
    }

    fn write_entry(&self, archive: &mut Builder<&mut dyn Write>, path: &str) -> io::Result<()> {
        let full = self.folder.join(path);
        let is_left_out = self.ignore.leaves_out(path) && !self.always.iter().any(|always| always == path);
        let metadata = match std::fs::symlink_metadata(&full) {
            Ok(metadata) => metadata,
            // What may not even be looked at, or has just gone, and is not wanted anyway, is no failure.
            Err(_) if is_left_out => return Ok(()),
            Err(error) => return Err(at(&full, &error)),
        };
        if metadata.is_dir() {
            if !is_left_out {
                archive.append_data(&mut header(&metadata, EntryType::Directory), format!("{path}/"), io::empty())?;
            }
            let is_wanted = !is_left_out || self.ignore.has_exception_below(path) || self.has_always_below(path);
            return if is_wanted { self.write_folder(archive, path) } else { Ok(()) };
        }
        match is_left_out {
            true => Ok(()),
            false => write_file(archive, path, &full, &metadata),
        }
    }

    fn has_always_below(&self, folder: &str) -> bool {
        self.always.iter().any(|path| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
    }
}

fn write_file(
    archive: &mut Builder<&mut dyn Write>,
    path: &str,
    full: &Utf8Path,
    metadata: &Metadata,
) -> io::Result<()> {
    let named = |error: io::Error| at(full, &error);
    if metadata.is_symlink() {
        let target = std::fs::read_link(full).map_err(named)?;
        return archive.append_link(&mut header(metadata, EntryType::Symlink), path, target);
    }
    // Sockets, pipes and devices are nothing to build from.
    if !metadata.is_file() {
        return Ok(());
    }
    let mut header = header(metadata, EntryType::Regular);
    header.set_size(metadata.len());
    let file = File::open(full).map_err(named)?;
    // The length stands before the content, so what a file has grown by meanwhile is left out; one that has shrunk is a failure.
    let mut content = Exactly { file: file.take(metadata.len()), missing: metadata.len() };
    archive.append_data(&mut header, path, &mut content).map_err(named)
}

/// A file that has to have as many bytes as it was said to.
struct Exactly {
    file: io::Take<File>,
    missing: u64,
}

impl io::Read for Exactly {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.missing -= read as u64;
        match read {
            0 if self.missing > 0 && !buffer.is_empty() => Err(io::Error::other("it became shorter while it was read")),
            read => Ok(read),
        }
    }
}

/// Owner and group are root's, as with docker: those of this machine mean nothing in the image.
fn header(metadata: &Metadata, kind: EntryType) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(0);
    header.set_mode(mode(metadata));
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    header.set_mtime(modified.map_or(0, |time| time.as_secs()));
    header
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;

    metadata.permissions().mode() & 0o7777
}

/// Where files have no modes everything is executable, as with docker.
#[cfg(not(unix))]
fn mode(_metadata: &Metadata) -> u32 {
    0o755
}

fn at(path: &Utf8Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{path}: {error}"))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn entries(context: &Context) -> Vec<String> {
        let mut bytes = Vec::new();
        context.write(&mut bytes).expect("an archive");
        let mut archive = tar::Archive::new(bytes.as_slice());
        let shown = archive.entries().expect("entries").map(|entry| {
            let mut entry = entry.expect("an entry");
            let mut text = String::new();
            entry.read_to_string(&mut text).expect("text");
            let link =
                entry.link_name().expect("a name").map(|name| format!(" -> {}", name.display())).unwrap_or_default();
            let mode = entry.header().mode().expect("a mode");
            format!("{:o} {}{link} {text}", mode, entry.path().expect("a path").display()).trim_end().to_owned()
        });
        shown.collect()
    }

    #[test]
    fn modes_links_and_long_names_are_kept_and_the_rest_is_left_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
        let long = format!("{}/{}", "d".repeat(90), "f".repeat(90));
        for (path, text) in
            [("Dockerfile", "FROM a"), ("a/run", "#!"), ("skip/x", "no"), ("skip/keep", "yes"), (&long, "l")]
        {
            std::fs::create_dir_all(root.join(path).parent().expect("a parent")).expect("made");
            std::fs::write(root.join(path), text).expect("written");
            std::fs::set_permissions(root.join(path), std::fs::Permissions::from_mode(0o640)).expect("set");
        }
        for dir in ["a", "skip", &"d".repeat(90)] {
            std::fs::set_permissions(root.join(dir), std::fs::Permissions::from_mode(0o755)).expect("set");
        }
        std::fs::set_permissions(root.join("a/run"), std::fs::Permissions::from_mode(0o755)).expect("set");
        symlink("../nowhere", root.join("a/link")).expect("linked");
        let _socket = std::os::unix::net::UnixListener::bind(root.join("a/socket")).expect("a socket");
        let context = Context {
            folder: root.clone(),
            ignore: Ignore::parse("skip\n!skip/keep\nDockerfile"),
            always: vec!["Dockerfile".to_owned()],
            besides: vec![(".besides".to_owned(), b"inline".to_vec())],
        };
        assert_eq!(
            entries(&context),
            [
                "644 .besides inline".to_owned(),
                "640 Dockerfile FROM a".to_owned(),
                "755 a/".to_owned(),
                "777 a/link -> ../nowhere".to_owned(),
                "755 a/run #!".to_owned(),
                format!("755 {}/", "d".repeat(90)),
                format!("640 {long} l"),
                "640 skip/keep yes".to_owned(),
            ]
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let context = Context {
            folder: "/no/such/folder".into(),
            ignore: Ignore::default(),
            always: Vec::new(),
            besides: Vec::new(),
        };
        let error = context.write(&mut Vec::new()).expect_err("there is none");
        assert!(error.to_string().starts_with("/no/such/folder: "), "{error}");
    }
}
