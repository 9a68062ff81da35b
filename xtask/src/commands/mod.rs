//! The subcommands: one file each, with its arguments and what it does.

pub(crate) mod branches;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod current;
pub(crate) mod doctor;
pub(crate) mod downgrade;
pub(crate) mod edit;
pub(crate) mod ensure_version;
pub(crate) mod heads;
pub(crate) mod history;
pub(crate) mod logs;
pub(crate) mod man;
pub(crate) mod merge;
pub(crate) mod migrate;
pub(crate) mod psql;
pub(crate) mod refresh_views;
pub(crate) mod reset;
pub(crate) mod revision;
pub(crate) mod seed;
pub(crate) mod show;
pub(crate) mod stamp;
pub(crate) mod start_services;
pub(crate) mod status;
pub(crate) mod teardown;
pub(crate) mod up;
pub(crate) mod views;
