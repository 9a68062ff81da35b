//! What tests of several topics stand on.
#![allow(dead_code, reason = "each topic uses the part that it needs")]

pub(crate) mod applying;
#[cfg(target_os = "linux")]
pub(crate) mod docker;
pub(crate) mod migrating;
pub(crate) mod postgres;
pub(crate) mod project;
pub(crate) mod session;

use std::sync::atomic::{AtomicUsize, Ordering};

/// Says that a test is left out here because another one covers the same; no failure in CI.
pub(crate) fn left_out(reason: &str) {
    say(&format!("LEFT OUT: {reason}"));
}

/// Says a line at once. The test harness hides what a passing test prints with `eprintln!`, but not what it writes itself.
pub(crate) fn say(line: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{line}\n").as_bytes());
}

/// Two workers, as many as the smallest machines have cores, take one after the other until all are done.
pub(crate) fn with_each<T: Sync, W: FnMut(&T)>(all: &[T], worker: impl Fn() -> W + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut work = worker();
                while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(one);
                }
            });
        }
    });
}

/// Says why a test is skipped; in CI, where everything has to be there, a skip is a failure.
pub(crate) fn skip(reason: &str) {
    assert!(std::env::var_os("CI").is_none(), "skipped in CI: {reason}");
    say(&format!("SKIPPED: {reason}"));
}

/// Whether a server refuses something because its build lacks it. That skips a test, and so fails in CI; of a server that
/// `XTASK_TEST_PG_BIN` names, it is only said, since nobody can install into such a build.
pub(crate) fn lacks(error: &str) -> bool {
    let is_lacking = |line: &&str| line.contains("is not supported in this build") || is_unknown_extension(line);
    let Some(line) = error.lines().find(is_lacking) else { return false };
    match std::env::var_os("XTASK_TEST_PG_BIN") {
        None => skip(line),
        Some(named) => say(&format!("LEFT OUT, for {} has it not: {line}", named.display())),
    }
    true
}

fn is_unknown_extension(line: &str) -> bool {
    // PostgreSQL 13 names the file that is missing.
    line.contains("could not open extension control file")
        || line.contains("extension \"") && line.contains("\" is not available")
}

/// Whether a server that is older than the one for which a case was written does not know the words of the case itself.
pub(crate) fn predates(error: &str, major: u32, written_for: u32) -> bool {
    let Some(line) = error.lines().find(|line| line.contains("syntax error at or near")) else { return false };
    let is_older = major < written_for;
    if is_older {
        left_out(&format!("PostgreSQL {major} does not know what is in it: {line}"));
    }
    is_older
}
