//! One process at a time: a locked file, which says who holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};

use camino::Utf8Path;

/// Held while something is changed; the system releases it with the process, whatever ends it.
#[derive(Debug)]
pub struct ProcessLock {
    _file: File,
}

/// What an attempt to take a [`ProcessLock`] came to.
#[derive(Debug)]
pub enum Attempt {
    /// It is ours.
    Taken(ProcessLock),
    /// Another process has it: its number, where the file told.
    Held(Option<u32>),
}

impl ProcessLock {
    /// Takes the lock at `path` if it is free; the file is made if it is missing, and stays.
    pub fn attempt(path: &Utf8Path) -> io::Result<Attempt> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) => return Ok(Attempt::Held(holder(path))),
        }
        // The number only helps whoever waits; the lock is what counts.
        let _ = file.set_len(0).and_then(|()| file.write_all(std::process::id().to_string().as_bytes()));
        Ok(Attempt::Taken(Self { _file: file }))
    }
}

/// Windows refuses to read what another process has locked; then the holder has no name.
fn holder(path: &Utf8Path) -> Option<u32> {
    let mut text = String::new();
    File::open(path).and_then(|mut file| file.read_to_string(&mut text)).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_of_the_first_and_has_its_turn_after_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(dir.path()).unwrap().join("a.lock");
        let Attempt::Taken(first) = ProcessLock::attempt(&path).unwrap() else { panic!("it was free") };
        let Attempt::Held(holder) = ProcessLock::attempt(&path).unwrap() else { panic!("it was taken") };
        assert_eq!(holder, cfg!(unix).then(std::process::id));
        drop(first);
        assert!(matches!(ProcessLock::attempt(&path).unwrap(), Attempt::Taken(_)));
    }

    #[test]
    fn a_place_that_cannot_be_written_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(dir.path()).unwrap().join("missing/a.lock");
        assert_eq!(ProcessLock::attempt(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
