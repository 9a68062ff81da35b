//! The database: connections, the lock, the state that the tool keeps in it, and applying scripts. The only module that names sqlx.

mod answer;
mod apply;
mod apply_error;
mod bookkeeping;
mod connect;
mod contents;
mod error;
mod extensions;
mod history;
mod introspect;
mod journal;
mod leftovers;
mod lock;
mod losses;
mod message;
mod notices;
mod parked;
mod populate;
mod position;
mod rehearsal;
mod samples;
mod scratch;
mod scratch_elsewhere;
mod scratch_error;
mod seed;
mod stamp;
mod state;
mod views;

pub use apply_error::{ApplyError, Kept};
pub use bookkeeping::{Bookkeeping, Resume, Unfinished};
pub use connect::{Address, Database};
pub use contents::Contents;
pub use error::{PostgresError, SqlError};
pub use history::{Entry, EntryKind, Recorded};
pub use introspect::{Catalogue, LEFT_OUT, Scope};
pub use leftovers::Leftovers;
pub use lock::{Holder, Lock};
pub use message::{OWN_SETTINGS, SESSION};
pub use notices::{hear_notices, take_notices};
pub use parked::Parked;
pub use samples::Unsampled;
pub use scratch::{Scratch, ScratchServer};
pub use scratch_error::ScratchError;
pub use seed::{CREATE_SEED, Seeded};
pub use state::{CREATE_HISTORY, CREATE_SCHEMA, State, VersionTable, row_op};
pub use views::{
    CREATE_VIEW_REFRESH, Outcome, Recording, RefreshError, RefreshOptions, RefreshReport, Refreshed, Views,
};
