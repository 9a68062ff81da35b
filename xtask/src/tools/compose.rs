//! The real `docker compose`, where a person has it: its version, to write things the way it does.

use std::process::Command;

use camino::Utf8PathBuf;

use super::{find, run};

/// Where packages put the plugins of the docker command line.
const FOLDERS: [&str; 6] = [
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
    "/opt/homebrew/lib/docker/cli-plugins",
    "/Applications/Docker.app/Contents/Resources/cli-plugins",
];

/// The program of `docker compose`: a plugin of the docker command line, else the one on the path.
pub fn compose_program() -> Option<Utf8PathBuf> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty()).map(Utf8PathBuf::from);
    let home = || variable("HOME").or_else(|| variable("USERPROFILE")).map(|home| home.join(".docker"));
    let own = variable("DOCKER_CONFIG").or_else(home).map(|folder| folder.join("cli-plugins"));
    let name = format!("docker-compose{}", std::env::consts::EXE_SUFFIX);
    let plugins = own.into_iter().chain(FOLDERS.map(Utf8PathBuf::from)).map(|folder| folder.join(&name));
    plugins.into_iter().find(|path| path.is_file()).or_else(|| find("docker-compose"))
}

/// The version of a program that says it as `docker compose` does; `None` where it is none, and for version 1, which was
/// another program and labelled containers in another way.
pub fn compose_version(program: &Utf8PathBuf) -> Option<String> {
    let finished = run(Command::new(program).args(["version", "--short"])).ok()?;
    let version = finished.stdout.trim().trim_start_matches('v').to_owned();
    let is_version =
        version.starts_with(|first: char| first.is_ascii_digit()) && !version.contains(char::is_whitespace);
    let is_first = version.starts_with("1.");
    (finished.success() && is_version && !is_first).then_some(version)
}
