//! Containers that have ended, and those that are unhealthy: what they said last.

use bollard::query_parameters::LogsOptions;
use futures_util::StreamExt as _;

use super::super::engine::Docker;
use super::secrets::mask;
use super::{Ending, FailedProbe, ServiceError};
use crate::lifecycle::observed::{Container, ProbeResult, State};

/// How many of the last lines are shown.
const LINES: usize = 12;

/// Output of a probe beyond this says nothing more.
const LONGEST_OUTPUT: usize = 400;

/// Why a container has ended.
pub(in crate::docker) async fn ended(
    docker: &Docker,
    service: &str,
    container: &Container,
    was_to_end: bool,
) -> ServiceError {
    let log = last_lines(docker, container).await;
    if let Some((data, server)) = other_major(&log) {
        let volume = data_volume(container);
        return ServiceError::OtherMajor { service: service.to_owned(), data, server, volume };
    }
    let (code, out_of_memory) = match container.state {
        State::Exited { code, out_of_memory } => (code, out_of_memory),
        _ => (0, false),
    };
    ServiceError::Exited {
        service: service.to_owned(),
        container: container.name.clone(),
        ending: Ending {
            code,
            out_of_memory,
            restarts: container.restarts,
            memory: container.configuration.resources.memory,
            was_to_end,
        },
        log,
    }
}

/// Why a container is unhealthy.
pub(in crate::docker) async fn unhealthy(docker: &Docker, service: &str, container: &Container) -> ServiceError {
    let health = container.health.clone().unwrap_or_default();
    let last: ProbeResult = health.log.iter().rev().find(|it| it.exit_code != 0).cloned().unwrap_or_default();
    let output = mask(last.output.trim(), &container.configuration.environment);
    let end = output.char_indices().nth(LONGEST_OUTPUT).map_or(output.len(), |(at, _)| at);
    let (command, to_try) = probe_command(container);
    ServiceError::Unhealthy {
        service: service.to_owned(),
        container: container.name.clone(),
        probe: Box::new(FailedProbe {
            command,
            to_try,
            exit_code: last.exit_code,
            output: output[..end].to_owned(),
            attempts: health.failing_streak,
        }),
        log: last_lines(docker, container).await,
    }
}

/// The command of the probe, and how a person would try it.
fn probe_command(container: &Container) -> (String, String) {
    let test = container.configuration.healthcheck.as_ref().map(|check| check.test.as_slice()).unwrap_or_default();
    let own = |text: String| mask(&text, &container.configuration.environment);
    match test {
        [first, rest @ ..] if first == "CMD-SHELL" => {
            let command = own(rest.join(" "));
            let quoted = command.replace('\'', r"'\''");
            (command, format!("sh -c '{quoted}'"))
        }
        [first, rest @ ..] if first == "CMD" => (own(rest.join(" ")), own(rest.join(" "))),
        all => (own(all.join(" ")), own(all.join(" "))),
    }
}

/// What a container printed last. What cannot be had is not evidence, and no failure of its own.
async fn last_lines(docker: &Docker, container: &Container) -> Vec<String> {
    let options = LogsOptions { stdout: true, stderr: true, tail: (LINES * 2).to_string(), ..LogsOptions::default() };
    let mut stream = docker.api().logs(&container.id, Some(options));
    let mut text = String::new();
    while let Some(Ok(piece)) = stream.next().await {
        text.push_str(&String::from_utf8_lossy(&piece.into_bytes()));
    }
    let masked = mask(&text, &container.configuration.environment);
    let lines: Vec<&str> = masked.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].iter().map(|line| (*line).to_owned()).collect()
}

/// The version that made the data, and that of the server which cannot read it, in the words of PostgreSQL.
fn other_major(log: &[String]) -> Option<(String, String)> {
    if !log.iter().any(|line| line.contains("database files are incompatible with server")) {
        return None;
    }
    let detail = log.iter().find(|line| line.contains("was initialized by PostgreSQL version"))?;
    let after = |marker: &str| {
        let rest = &detail[detail.find(marker)? + marker.len()..];
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.').unwrap_or(rest.len());
        Some(rest[..end].trim_end_matches('.').to_owned())
    };
    Some((after("by PostgreSQL version ")?, after("not compatible with this version ")?))
}

/// The volume that holds the data of a PostgreSQL container: the one that is mounted at or above `PGDATA`.
fn data_volume(container: &Container) -> Option<String> {
    let environment = &container.configuration.environment;
    let data = environment.get("PGDATA").cloned().flatten().unwrap_or_else(|| "/var/lib/postgresql/data".to_owned());
    let mounts = container.mounted.iter().filter(|mount| data.starts_with(&mount.target));
    mounts.max_by_key(|mount| mount.target.len()).map(|mount| mount.source.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_of_another_version_is_recognised() {
        let log = [
            "2026-11-26 19:00:00.000 UTC [1] FATAL:  database files are incompatible with server",
            "2026-11-26 19:00:00.000 UTC [1] DETAIL:  The data directory was initialized by PostgreSQL version 15, which \
             is not compatible with this version 17.2 (Debian 17.2-1.pgdg120+1).",
        ]
        .map(str::to_owned);
        assert_eq!(other_major(&log), Some(("15".to_owned(), "17.2".to_owned())));
        assert_eq!(other_major(&log[1..]), None);
    }
}
