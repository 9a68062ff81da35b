//! Revision scripts of Alembic to SQL, without running them.
//!
//! [`read`] finds out what each script is and in which order they stand; [`convert()`] evaluates `upgrade()` and
//! `downgrade()` over the syntax tree, with [`crate::python`], into the statements that `alembic upgrade --sql` writes for
//! PostgreSQL. What depends on data or on the application is [`Outcome::Unknown`], with the places and reasons.

mod alter;
mod answers;
mod arrays;
mod bound;
mod chains;
mod conditions;
mod connections;
mod convert;
mod create;
mod desk;
mod directives;
mod dml;
mod doubts;
mod effects;
mod elements;
mod enum_types;
mod error;
mod execute;
mod gathered;
mod guards;
mod harmless;
mod history;
mod insert;
mod loaded;
mod matches;
mod moments;
mod objects;
mod outcome;
mod patterns;
mod queries;
mod remembered;
mod rows;
mod script;
mod select;
mod sessions;
mod shape;
#[cfg(test)]
mod testing;
mod truths;
mod unseen;
mod unsent;
mod words;
mod written;

pub use convert::{Environment, KnownSql, convert, convert_beside};
pub use error::AlembicError;
pub use history::{History, read};
pub use outcome::{Converted, Outcome, Part, Reason, Statement};
pub use script::Script;
