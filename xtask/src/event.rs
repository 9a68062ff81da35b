//! What effects tell while they work. Effects emit; only `ui` prints.

mod service;

pub use service::{Deed, Part, ServiceEvent};

/// Something that happened on the way.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A step took so long that a person wants to know what is being done.
    Working {
        /// What is being done, in the present tense: "starting PostgreSQL 15".
        what: String,
    },
    /// Another run holds the lock of the database.
    LockAwaited {
        /// Who, as far as the server tells.
        holder: Option<String>,
        /// How long we wait at most.
        at_most: std::time::Duration,
    },
    /// A step was done.
    Done {
        /// What was done, in the past tense.
        what: String,
    },
    /// Something is not as a person may expect, though nothing failed.
    Notice {
        /// What it is, in one sentence without a full stop.
        what: String,
    },
    /// Something became of a service, a network or a volume.
    Service(ServiceEvent),
    /// Materialised views will be refreshed.
    ViewsBegun {
        /// How many.
        count: usize,
    },
    /// The refresh of a view has begun.
    ViewBegun {
        /// Its name.
        view: String,
    },
    /// The refresh of a view waits for somebody else's lock.
    ViewWaits {
        /// Its name.
        view: String,
        /// Who holds the lock, and what they do.
        holder: String,
    },
    /// A view is over and done with, whether or not it was begun.
    ViewEnded {
        /// Its name.
        view: String,
        /// What became of it.
        end: ViewEnd,
    },
    /// An image is pulled or built from now on.
    ImageBegun {
        /// Its reference.
        image: String,
        /// What is done with it.
        work: ImageWork,
    },
    /// More of an image has arrived.
    ImageProgress {
        /// Its reference.
        image: String,
        /// The bytes that have come.
        done: u64,
        /// The bytes that there are, as far as the registry has told.
        total: u64,
    },
    /// A line that the build of an image has written.
    ImageOutput {
        /// Its reference.
        image: String,
        /// The line, without its end.
        line: String,
    },
    /// An image is over and done with.
    ImageEnded {
        /// Its reference.
        image: String,
        /// What became of it.
        end: ImageEnd,
    },
}

/// What is done with an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageWork {
    /// It is fetched from its registry.
    Pull,
    /// It is made from a Dockerfile.
    Build,
}

/// What became of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageEnd {
    /// It was fetched.
    Pulled {
        /// How many bytes came over the network.
        bytes: u64,
        /// How long it took.
        took: std::time::Duration,
    },
    /// The registry has none that is newer.
    Current,
    /// It was made.
    Built {
        /// How long it took.
        took: std::time::Duration,
    },
    /// It was not.
    Failed {
        /// Why, in one sentence.
        reason: String,
    },
}

/// What became of a materialised view that was to be refreshed.
#[derive(Clone, Debug, PartialEq)]
pub enum ViewEnd {
    /// It was refreshed.
    Refreshed {
        /// How: "concurrently", or "plain" and the reason.
        mode: String,
        /// Rows after it, where they could be counted.
        rows: Option<u64>,
        /// How long it took.
        took: std::time::Duration,
    },
    /// It was not.
    Failed {
        /// Why, in the server's words.
        reason: String,
    },
    /// It was not tried.
    Skipped {
        /// The view that it reads and that failed or was skipped itself.
        because: String,
    },
    /// Ctrl-C came first.
    Interrupted,
}

/// Which of its two outputs a program wrote to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// The standard output.
    Output,
    /// The standard error.
    Error,
}

/// A line that a container has written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The service.
    pub service: String,
    /// The service and the number of the container: `db-1`.
    pub container: String,
    /// When: RFC 3339 with nanoseconds, in UTC. Empty where the engine does not tell.
    pub time: String,
    /// Where it was written to.
    pub channel: Channel,
    /// The line, without its end.
    pub text: String,
}

/// Whoever wants to hear of events.
pub trait Listener: Send + Sync {
    /// Takes one event; must not block.
    fn on(&self, event: Event);
}

/// A listener that hears nothing, for tests and for silent calls.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Listener for Silent {
    fn on(&self, _event: Event) {}
}
