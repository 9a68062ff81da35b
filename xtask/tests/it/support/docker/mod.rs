//! A private Docker engine for the tests, images made on this machine, and a registry to pull them from.
//!
//! Needs Linux, root and Debian's packages `docker.io`, `docker-registry`, `busybox-static` and `iptables`; elsewhere the tests say
//! that they are skipped. `XTASK_TEST_ENGINE_ROOT` names an unpacked tree with another engine (`usr/sbin/dockerd`, `usr/bin/containerd`).

pub(crate) mod compose;
pub(crate) mod engine;
pub(crate) mod image;
pub(crate) mod postgres_image;
pub(crate) mod registry;
pub(crate) mod services;

pub(crate) use engine::{Engine, engine};
pub(crate) use services::Services;
