//! A stream that may be closed at any time by the program that reads it.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};

pub(super) struct Output {
    stream: Mutex<Box<dyn Write + Send>>,
    closed: AtomicBool,
    /// Why not everything was written, where nobody has closed it: a disk is full.
    failure: OnceLock<String>,
}

impl Output {
    pub(super) fn stdout() -> Self {
        Self::new(Box::new(std::io::stdout()))
    }

    pub(super) fn stderr() -> Self {
        Self::new(Box::new(std::io::stderr()))
    }

    fn new(stream: Box<dyn Write + Send>) -> Self {
        Self { stream: Mutex::new(stream), closed: AtomicBool::new(false), failure: OnceLock::new() }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    pub(super) fn failure(&self) -> Option<String> {
        self.failure.get().cloned()
    }

    pub(super) fn line(&self, text: &str) {
        self.text(&format!("{text}\n"));
    }

    /// Where the reader has gone (`| head`), the rest is nobody's business; what the command does is done all the same.
    pub(super) fn text(&self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// The same for what need not be text.
    pub(super) fn bytes(&self, bytes: &[u8]) {
        if self.closed.load(Ordering::Relaxed) {
            return;
        }
        let mut stream = self.stream.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Err(error) = stream.write_all(bytes).and_then(|()| stream.flush()) {
            self.closed.store(true, Ordering::Relaxed);
            if error.kind() != std::io::ErrorKind::BrokenPipe {
                let _ = self.failure.set(error.to_string());
            }
        }
    }
}
