//! The integration tests: one binary, one module a topic.

mod compose_cases;
mod configuration;
mod server;
mod support;
mod tidy;
mod traversal;
mod view_commands;
mod views;
