//! The integration tests: one binary, one module a topic.

mod adopting;
mod adopting_choices;
mod adopting_models;
mod ahead;
mod alembic_projects;
mod alembic_scripts;
mod apply;
mod autogenerate;
mod autogenerate_fixtures;
mod autogenerate_fixtures_models;
mod autogenerate_models;
mod cli;
mod compose_cases;
mod configuration;
mod connection;
#[cfg(target_os = "linux")]
mod containers;
mod diff_cases;
mod down_scripts;
mod engine;
#[cfg(target_os = "linux")]
mod engine_build;
mod engine_exec;
mod engine_logs;
#[cfg(target_os = "linux")]
mod engine_pull;
#[cfg(target_os = "linux")]
mod engine_rig;
mod env_file;
mod faults;
mod folder;
mod from_alembic;
mod introspection;
mod lock;
mod models;
mod models_files;
mod models_kept;
mod models_python;
mod no_transaction;
mod onboarding;
mod pairs;
mod reference;
mod sample_rows;
mod schema_at_revision;
mod schema_dump;
mod scratch;
mod scratch_server;
mod server;
#[cfg(target_os = "linux")]
mod services;
mod seven_edits;
mod sqlmodel_scenarios;
mod sqlx_migrator;
mod support;
mod tidy;
mod transcripts;
mod traversal;
mod view_commands;
mod views;
mod views_export;
mod views_python;
mod watch;
