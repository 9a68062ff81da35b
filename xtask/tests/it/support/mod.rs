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

/// Whether a server refuses something because its build lacks it. That skips a test, and so fails in CI; of a server that
/// `XTASK_TEST_PG_BIN` names, it is only said, since nobody can install into such a build.
pub(crate) fn lacks(error: &str) -> bool {
    let is_lacking = |line: &&str| line.contains("is not supported in this build") || is_unknown_extension(line);
    let Some(line) = error.lines().find(is_lacking) else { return false };
    match std::env::var_os("XTASK_TEST_PG_BIN") {
        None => skip(line),
        Some(named) => {
            let text = format!("LEFT OUT, for {} has it not: {line}\n", named.display());
            let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
        }
    }
    true
}

fn is_unknown_extension(line: &str) -> bool {
    line.contains("extension \"") && line.contains("\" is not available")
}
