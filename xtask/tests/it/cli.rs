//! How the command line behaves: exit statuses, streams, forms, colours, places, questions.

mod doctor;
mod files;
pub(crate) mod json;
mod prompts;
mod shells;
mod streams;
mod usage;
