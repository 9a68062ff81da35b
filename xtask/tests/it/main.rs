//! The integration tests: one binary, one module a topic.

mod server;
mod support;
mod compose_cases;
mod configuration;
//! The integration tests, one binary: a module per topic.

mod traversal;
