//! SQLModel and SQLAlchemy models, read without running them.
//!
//! [`read`] runs modules in [`crate::python`]'s interpreter and gives [`Metadata`]: what SQLAlchemy itself would send to
//! PostgreSQL, with the names that PostgreSQL would choose. What only a run could tell is an error with its place.

mod annotations;
mod attached;
mod bases;
mod causes;
mod changed;
mod class_tables;
mod clauses;
mod columns;
mod constraints;
mod custom_types;
pub mod ddl;
mod declarative;
mod difference;
mod draft;
mod enums;
mod error;
mod exact;
mod exact_views;
mod existing;
mod expression;
mod extensions;
mod fields;
mod finish;
mod identifier;
mod json;
mod json_paths;
mod mapped;
mod mentions;
mod meta;
mod metadata;
mod models;
mod naming;
mod parts;
mod python_default;
mod reader;
mod symbols;
mod tables;
mod types;
mod versions;
pub mod vocabulary;

pub use difference::{Comparison, Difference, compare};
pub use error::ModelsError;
pub use exact::{Exact, Failure, exact};
pub use exact_views::{ExactView, ExactViews, exact_views};
pub use identifier::{literal, qualified, quote};
pub use json::as_json;
pub use metadata::{
    Check, Column, Computed, Counting, Declared, Domain, EnumType, Exclude, ForeignKey, Identity, Index, Key, Metadata,
    Named, Sequence, Table,
};
pub use models::Settings;
pub use parts::{DEFAULT_SCHEMA, Gained, Parts, Since};
pub use reader::{Project, Reading, read};
pub use versions::{LOCK_FILES, Version, Versions, version};
