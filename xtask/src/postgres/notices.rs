//! What the server says beside its results: `RAISE NOTICE`, `RAISE WARNING` and its own remarks.
//!
//! sqlx hands them on as tracing events only, so this listens to tracing. Sessions are told apart by nobody there; the
//! tool applies on one session at a time.

use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

/// The target of sqlx's events for messages of the server.
const TARGET: &str = "sqlx::postgres::notice";

/// More than anybody reads.
const MOST: usize = 100;

static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Begins to listen, once a process, and forgets what was heard before. Where another library listens to tracing already,
/// nothing will be heard.
pub fn hear_notices() {
    let _ = tracing::subscriber::set_global_default(Ear);
    drop(take_notices());
}

/// What was heard since the last call: at most a hundred messages.
pub fn take_notices() -> Vec<String> {
    std::mem::take(&mut *HEARD.lock().unwrap_or_else(PoisonError::into_inner))
}

struct Ear;

impl Subscriber for Ear {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.target() == TARGET { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Message);
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

struct Message;

impl Visit for Message {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            let mut heard = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
            if heard.len() < MOST {
                heard.push(value.to_owned());
            }
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}
