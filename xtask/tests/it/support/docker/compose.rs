//! The real `docker compose`, where this machine has it.

use std::path::PathBuf;
use std::sync::OnceLock;

/// Names the program.
const TOLD: &str = "XTASK_TEST_COMPOSE";

/// The program `docker-compose` of version 2, which runs by itself as well; says loudly that a test is skipped where there is none.
pub(crate) fn program() -> Option<PathBuf> {
    let found = find();
    if found.is_none() {
        super::super::skip(&format!("no docker compose of version 2 (see .ci/run, or name it with {TOLD})"));
    }
    found
}

/// Its version, such as `2.26.1-4`; `None` where there is none.
pub(crate) fn version() -> Option<String> {
    let output = std::process::Command::new(find()?).args(["version", "--short"]).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The same, without a word where there is none.
pub(super) fn find() -> Option<PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOUND.get_or_init(search).clone()
}

fn search() -> Option<PathBuf> {
    let told = std::env::var_os(TOLD).map(PathBuf::from);
    let other = std::env::var_os("XTASK_TEST_ENGINE_ROOT").map(PathBuf::from);
    let roots = other.into_iter().chain([PathBuf::from("/")]);
    let folders = ["usr/libexec/docker/cli-plugins", "usr/lib/docker/cli-plugins", "usr/local/lib/docker/cli-plugins"];
    let plugins: Vec<PathBuf> =
        roots.flat_map(|root| folders.map(|folder| root.join(folder).join("docker-compose"))).collect();
    let on_path = which::which("docker-compose").ok();
    told.into_iter().chain(plugins).chain(on_path).find(|program| {
        let output = std::process::Command::new(program).args(["version", "--short"]).output();
        output.is_ok_and(|output| output.status.success() && output.stdout.trim_ascii_start().starts_with(b"2"))
    })
}
