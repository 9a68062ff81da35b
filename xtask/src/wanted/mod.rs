//! What a project wants of its database: what models and files state, completed by what they cannot state.
//!
//! Models speak of tables and their types. Everything else in the database (functions, triggers, grants, views without a
//! file …) stays as it is, so it is taken over from the database before the two are compared.

mod abandoned;
mod born;
mod complete;
mod constraints;
mod counters;
mod foundation;
mod made;
mod moved;
mod relations;
mod standing;
mod statement;
mod table;
mod whole;

pub use abandoned::without_abandoned;
pub use complete::{Completed, complete};
pub use foundation::{Foundation, created_names, created_surroundings, foundation};
pub use made::{Made, Steps, view_of_file};
pub use moved::{Moved, moved, rests_on_renamed};
pub use standing::holds;
pub use statement::Statement;
pub use whole::beside_whole;
