//! What tests of several topics stand on.
#![allow(dead_code, reason = "each topic uses the part that it needs")]

pub(crate) mod applying;
#[cfg(target_os = "linux")]
pub(crate) mod docker;
pub(crate) mod migrating;
pub(crate) mod postgres;
pub(crate) mod project;

/// Says that a test is left out here because another one covers the same; no failure in CI.
pub(crate) fn left_out(reason: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("LEFT OUT: {reason}\n").as_bytes());
}

/// Says why a test is skipped; in CI, where everything has to be there, a skip is a failure.
pub(crate) fn skip(reason: &str) {
    assert!(std::env::var_os("CI").is_none(), "skipped in CI: {reason}");
    // The test harness hides what a passing test prints with `eprintln!`, but not what it writes itself.
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("SKIPPED: {reason}\n").as_bytes());
}
