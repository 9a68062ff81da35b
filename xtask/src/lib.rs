//! `cargo xtask`: the one command for working on a PostgreSQL project.
//!
//! Layers point down only; `docs/architecture.md` draws them and `tests/tidy.rs` guards them.

pub mod config;
pub mod diagnostic;
pub mod event;
pub mod files;
pub mod postgres;
pub mod revision;
pub mod sql;
pub mod ui;
pub mod secret;
pub mod stack;
pub mod revision;
pub mod server;
pub mod tools;
