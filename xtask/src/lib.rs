//! `cargo xtask`: the one command for working on a PostgreSQL project.
//!
//! Layers point down only; `docs/architecture.md` draws them and `tests/it/tidy.rs` guards them.

pub mod adoption;
pub mod alembic;
pub mod cli;
mod commands;
pub mod config;
mod context;
pub mod diagnostic;
pub mod diff;
pub mod docker;
pub mod event;
pub mod files;
pub mod lifecycle;
pub mod path;
pub mod plan;
pub mod postgres;
pub mod python;
pub mod revision;
pub mod sample;
pub mod schema;
pub mod secret;
pub mod server;
pub mod sql;
pub mod sqlmodel;
pub mod stack;
pub mod tools;
pub mod ui;
pub mod view;
pub mod wanted;
