//! Compose files as trees: parsed, variables replaced, extended, included and merged into one, before the tree is
//! read as services.

mod document;
mod extends;
mod include;
mod interpolate;
mod loader;
mod merge;
mod node;
mod paths;
mod reset;
mod source;
mod time;

pub(super) use document::{name_of, texts};
pub(super) use loader::Loader;
pub use loader::SourceFile;
pub(super) use node::{Entry, Node, Value};
pub(super) use paths::clean;
pub(super) use source::{Sources, Span};
