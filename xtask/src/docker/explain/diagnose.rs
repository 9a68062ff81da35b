//! Failures of services as findings: what, why, and what to do next.

use super::super::error::DockerError;
use super::{Ending, FailedHook, FailedProbe, Owner, PortUser, ServiceError, Waiting};
use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit, shell_word};
use crate::lifecycle::{OrderError, PlanError};
use crate::secret::mask_urls;

const EXITED: Code = Code::new("service-exited");
const HOOK: Code = Code::new("service-hook-failed");
const UNHEALTHY: Code = Code::new("service-unhealthy");
const NO_PROBE: Code = Code::new("service-no-healthcheck");
const PORT_IN_USE: Code = Code::new("service-port-in-use");
const NAME_TAKEN: Code = Code::new("service-name-taken");
const MOUNT_MISSING: Code = Code::new("service-mount-missing");
const OTHER_MAJOR: Code = Code::new("service-data-other-major");
const IMAGE_MISSING: Code = Code::new("service-image-missing");
const OTHER_PLATFORM: Code = Code::new("image-platform-missing");
const OVERLAP: Code = Code::new("network-overlap");
const NETWORK_IN_USE: Code = Code::new("network-in-use");
const VOLUME_IN_USE: Code = Code::new("volume-in-use");
const OTHER_FOLDER: Code = Code::new("services-other-folder");
const NOT_READY: Code = Code::new("service-not-ready");
const UNKNOWN: Code = Code::new("service-unknown");
const EXTERNAL_MISSING: Code = Code::new("service-external-missing");
const NO_CONTENT: Code = Code::new("service-secret-without-content");
const ENGINE: Code = Code::new("service-engine-refused");
const LOCKED: Code = Code::new("services-locked");
const STATE: Code = Code::new("services-state-unusable");
const INTERRUPTED: Code = Code::new("interrupted");

impl Diagnose for ServiceError {
    fn diagnose(&self) -> Diagnostic {
        let found = |code, exit| Diagnostic::error(code, exit, self.to_string());
        match self {
            Self::Exited { service, ending, log, .. } => exited(found(EXITED, Exit::Unhealthy), service, ending, log),
            Self::Hook { service, hook } => failed_hook(found(HOOK, Exit::Failed), service, hook),
            Self::Unhealthy { service, probe, log, .. } => {
                unhealthy(found(UNHEALTHY, Exit::Unhealthy), service, probe, log)
            }
            Self::NoProbe { service, by } => found(NO_PROBE, Exit::Usage)
                .because("neither the Compose file nor the image says how to find out whether it is healthy")
                .advise(format!("Give {service} a healthcheck in the Compose file"))
                .advise(format!(
                    "Or let {} wait for `condition: service_started`",
                    by.as_deref().unwrap_or("the other service")
                )),
            Self::PortInUse { service, address, holder, free } => {
                port_in_use(found(PORT_IN_USE, Exit::Conflict), service, address.port(), holder, *free)
            }
            Self::NameTaken { service, name, owner } => {
                name_taken(found(NAME_TAKEN, Exit::Conflict), service, name, owner)
            }
            Self::MountMissing { missing } => missing
                .iter()
                .fold(found(MOUNT_MISSING, Exit::Prerequisite), |found, it| {
                    found.because(format!("{}, which {} mounts at {}", it.source, it.service, it.target))
                })
                .because("nothing was changed: an engine would make empty folders of them")
                .advise("Correct the path in the Compose file, or put there what the service needs"),
            Self::OtherMajor { data, server, volume, .. } => {
                other_major(found(OTHER_MAJOR, Exit::Conflict), data, server, volume.as_deref())
            }
            Self::ImageMissing { service, image, is_built } => {
                image_missing(found(IMAGE_MISSING, Exit::Prerequisite), service, image, *is_built)
            }
            Self::OtherPlatform { service, wanted, complaint, .. } => {
                other_platform(found(OTHER_PLATFORM, Exit::Prerequisite), service, wanted, complaint)
            }
            Self::Overlap { name, wanted, others, complaint } => {
                overlap(found(OVERLAP, Exit::Conflict), name, wanted, others, complaint)
            }
            Self::NetworkInUse { name, by } => found(NETWORK_IN_USE, Exit::Conflict)
                .because(format!("in it: {}", list(by)))
                .try_command("Take the container out of it", format!("docker network disconnect {name} {}", first(by))),
            Self::VolumeInUse { name, by } => found(VOLUME_IN_USE, Exit::Conflict)
                .because(format!("used by: {}", list(by)))
                .try_command("Remove that container, if it is not needed", format!("docker rm -f {}", first(by)))
                .advise(format!("Then run this command again: {name} is still there")),
            Self::OtherFolder { project, ours, theirs, container } => found(OTHER_FOLDER, Exit::Conflict)
                .because(format!("this project:  {ours}"))
                .because(format!("the other one: {theirs} (container {container})"))
                .because("both would take the containers of the other for their own; nothing was changed")
                .try_command("Give this one another name", format!("COMPOSE_PROJECT_NAME={project}-2 cargo xtask up"))
                .try_command("Or take the other one down", {
                    let owner =
                        Owner { project: Some(project.clone()), folder: Some(theirs.clone()), ..Owner::default() };
                    owner.command("teardown", "down").unwrap_or_default()
                }),
            Self::NotReady { waiting, .. } => not_ready(found(NOT_READY, Exit::Unhealthy), waiting),
            Self::Refused { service, report } => refused(service, report, self),
            Self::Plan(error) => plan(error),
            Self::NoContent(missing) => found(NO_CONTENT, Exit::Usage)
                .because(missing.why.clone())
                .advise(format!("Set it in the env file, or correct `{}s` of the Compose file", missing.kind)),
            Self::Engine { source, .. } => refused_by_engine(found(ENGINE, Exit::Failed), source),
            Self::Locked { holder, lock, .. } => {
                let own = found(LOCKED, Exit::Conflict).because(format!("it holds {lock}"));
                match holder {
                    Some(pid) => own.try_command(format!("See what process {pid} does"), format!("ps -fp {pid}")),
                    None => own.advise("Wait for it to end, or end it"),
                }
            }
            Self::State { path, .. } => {
                found(STATE, Exit::Failed).try_command("See whose it is", format!("ls -l {path}"))
            }
            Self::Interrupted { running, unfinished } => {
                interrupted(found(INTERRUPTED, Exit::Interrupted), running, unfinished)
            }
        }
    }
}

fn with_log(found: Diagnostic, log: &[String]) -> Diagnostic {
    match log {
        [] => found.because("it printed nothing"),
        lines => found.because(format!("its last lines:\n{}", lines.join("\n"))),
    }
}

fn exited(found: Diagnostic, service: &str, ending: &Ending, log: &[String]) -> Diagnostic {
    let mut found = with_log(found, log);
    if let (true, Some(bytes)) = (ending.out_of_memory, ending.memory) {
        found =
            found.because(format!("its limit is {} MiB", bytes >> 20)).advise("Raise mem_limit in the Compose file");
    }
    let lines = log.join("\n");
    found = match ending.code {
        137 if !ending.out_of_memory => found.because("137 stands for SIGKILL: somebody killed it, or memory ran out"),
        _ if lines.contains("exec format error") => {
            found.because("the image is made for another processor than that of the engine")
        }
        _ if lines.contains("No space left on device") || lines.contains("Check free disk space") => found
            .because("a disk is full: that of the engine, or that of a folder which the service mounts")
            .try_command("See what takes the room in the engine", "docker system df"),
        127 => found.because("127 stands for a program that was not found in the container"),
        126 => found.because("126 stands for a file that cannot be executed"),
        _ => found,
    };
    if ending.was_to_end {
        found = found.because("others wait until it has ended with status 0");
    }
    found
        .try_command("See everything that it printed", format!("cargo xtask logs {service}"))
        .try_command("When the cause is removed", format!("cargo xtask start-services {service}"))
}

fn other_platform(found: Diagnostic, service: &str, wanted: &str, complaint: &str) -> Diagnostic {
    found
        .because(complaint.to_owned())
        .try_command(
            format!("Fetch it anew, if the registry has it for {wanted}"),
            format!("cargo xtask pull {service}"),
        )
        .advise(format!("Else take `platform` out of service {service}, or choose a tag that is made for it"))
}

fn refused_by_engine(found: Diagnostic, source: &DockerError) -> Diagnostic {
    let mut found = found.because(source.to_string());
    match remedy(&source.to_string()) {
        Some(remedy) => found.advise(remedy),
        None => {
            found.next = source.diagnose().next;
            found
        }
    }
}

/// What of the Compose file an engine complains about when it starts a container, in its own words.
fn remedy(said: &str) -> Option<&'static str> {
    let has = |signs: &[&str]| signs.iter().any(|sign| said.contains(sign));
    if has(&["executable file not found", "exec: \"", "exec /"]) {
        return Some(
            "Correct `command` or `entrypoint` of the service: the image has no such program, or may not run it",
        );
    }
    if has(&["unable to find user", "unable to find group"]) {
        return Some("Correct `user` of the service: the image has no such account");
    }
    has(&["no space left on device"]).then_some("Make room on the engine's disk: docker system df shows what takes it")
}

fn failed_hook(found: Diagnostic, service: &str, hook: &FailedHook) -> Diagnostic {
    let FailedHook { moment, command, code, output, .. } = hook;
    let command: Vec<String> = command.iter().map(|word| shell_word(word)).collect();
    let command = mask_urls(&command.join(" "));
    let output = if output.is_empty() { " nothing".to_owned() } else { format!(":\n{}", mask_urls(output)) };
    let found = found.because(format!("its command: {command}")).because(format!("it printed{output}"));
    let found = match code {
        127 => found.because("127 stands for a program that was not found in the container"),
        126 => found.because("126 stands for a file that cannot be executed"),
        _ => found,
    };
    let found = found.because(format!("the container of {service} runs on"));
    let found = found.try_command("Try the command yourself", format!("cargo xtask exec {service} -- {command}"));
    if *moment == "post_start" {
        return found.try_command("When the cause is removed", format!("cargo xtask restart {service}"));
    }
    found.advise("Or take `pre_stop` out of the Compose file: then the container is stopped without it")
}

fn unhealthy(found: Diagnostic, service: &str, probe: &FailedProbe, log: &[String]) -> Diagnostic {
    let FailedProbe { command, to_try, exit_code, output, attempts } = probe;
    let output = if output.is_empty() { " nothing".to_owned() } else { format!(":\n{output}") };
    let found = found
        .because(format!("its health check failed {attempts} times in a row: {command}"))
        .because(format!("it ended with status {exit_code} and printed{output}"));
    with_log(found, log)
        .try_command("Try the check yourself", format!("cargo xtask exec {service} -- {to_try}"))
        .try_command("See everything that it printed", format!("cargo xtask logs {service}"))
}

fn image_missing(found: Diagnostic, service: &str, image: &str, is_built: bool) -> Diagnostic {
    let found = found.because(format!("the engine has no image {image}"));
    match is_built {
        true => found.try_command("Build it", format!("cargo xtask build {service}")),
        false => found.try_command("Pull it", format!("cargo xtask pull {service}")),
    }
}

fn port_in_use(found: Diagnostic, service: &str, port: u16, holder: &PortUser, free: Option<u16>) -> Diagnostic {
    let unknown = || format!("who listens on port {port} cannot be found out from here");
    let mut found = found.because(holder.has("it").unwrap_or_else(unknown));
    if let Some(free) = free {
        found = found.advise(format!(
            "Publish {service} at {free}, which is free: in `ports` of the Compose file, or by its variable in the env file"
        ));
    }
    match holder {
        PortUser::Container(Owner { sibling: Some(sibling), .. }) => {
            found.advise(format!("Or give {sibling} another one: it is a service of this project, too"))
        }
        PortUser::Container(owner) => match owner.command("stop", "stop") {
            Some(command) => found.try_command("Or stop the other project", command),
            None => found.try_command("Or stop the other container", format!("docker stop {}", owner.container)),
        },
        PortUser::Process(process) => match process.pid {
            Some(pid) => found.try_command("Or end that process", format!("kill {pid}")),
            None => found.advise("Or end what listens there"),
        },
        PortUser::Unknown => found.advise("Or end what listens there"),
    }
}

fn name_taken(found: Diagnostic, service: &str, name: &str, owner: &Owner) -> Diagnostic {
    let found = found.because(format!("{owner} has it"));
    let found = match owner.command("teardown", "down") {
        Some(command) => found.try_command("Take the other project down", command),
        None => found.try_command("Remove the other container, if it is not needed", format!("docker rm -f {name}")),
    };
    found.advise(format!("Or give service {service} another container_name, or none"))
}

fn other_major(found: Diagnostic, data: &str, server: &str, volume: Option<&str>) -> Diagnostic {
    let found = match volume {
        Some(volume) => found.because(format!("the data is in {volume}, which was left as it is")),
        None => found,
    };
    found
        .because(format!("PostgreSQL {server} cannot read the files of PostgreSQL {data}"))
        .advise(format!("Go on with an image of PostgreSQL {data}: change `image` in the Compose file"))
        .advise(format!(
            "Or take the data along: start the image of PostgreSQL {data}, dump with pg_dumpall, remove the volume, start \
             the new image, and load the dump"
        ))
        .try_command("Or start with an empty database", "cargo xtask teardown --volumes && cargo xtask up")
}

fn overlap(
    found: Diagnostic,
    name: &str,
    wanted: &[String],
    others: &[(String, Vec<String>)],
    complaint: &str,
) -> Diagnostic {
    let mut found = found.because(complaint.to_owned());
    if !wanted.is_empty() {
        found = found.because(format!("the file wants {}", wanted.join(", ")));
    }
    for (other, subnets) in others {
        found = found.because(format!("network {other} has {}", subnets.join(", ")));
    }
    let found = match others {
        [(other, _)] => {
            found.try_command("Remove the other network, if it is not needed", format!("docker network rm {other}"))
        }
        _ => found.try_command("Remove networks that nobody uses", "docker network prune"),
    };
    found.advise(format!("Or give {name} other addresses: `ipam` in the Compose file"))
}

fn not_ready(mut found: Diagnostic, waiting: &[Waiting]) -> Diagnostic {
    for Waiting { service, state, probe } in waiting {
        found = found.because(format!("{service}: {state}"));
        if let Some(probe) = probe {
            found = found.because(format!("{service}, last answer: {probe}"));
        }
    }
    let name = waiting.first().map(|it| it.service.as_str()).unwrap_or_default();
    found
        .try_command("See what it does", format!("cargo xtask logs -f {name}"))
        .try_command("Wait longer", "cargo xtask start-services --wait-timeout 10m")
}

fn refused(service: &str, report: &crate::diagnostic::Report, error: &ServiceError) -> Diagnostic {
    match report.diagnostics().first() {
        Some(first) => first.clone().because(format!("service {service} runs, and was asked over its published port")),
        None => Diagnostic::error(NOT_READY, Exit::Unhealthy, error.to_string())
            .try_command("See what it does", format!("cargo xtask logs {service}")),
    }
}

fn plan(error: &PlanError) -> Diagnostic {
    let found = |code, exit| Diagnostic::error(code, exit, error.to_string());
    match error {
        PlanError::Order(OrderError::Unknown { known, .. }) => {
            found(UNKNOWN, Exit::Usage).because(format!("the file has: {}", list(known))).advise("Name one of them")
        }
        PlanError::ExternalMissing { kind, name } => found(EXTERNAL_MISSING, Exit::Prerequisite)
            .because("the Compose file says `external: true`: it is made and removed by somebody else")
            .try_command("Make it", format!("docker {kind} create {name}")),
    }
}

fn interrupted(mut found: Diagnostic, running: &[String], unfinished: &[String]) -> Diagnostic {
    found = match running {
        [] => found.because("none of the services runs"),
        names => found.because(format!("these run on: {}", names.join(", "))),
    };
    if !unfinished.is_empty() {
        found = found.because(format!("not come to: {}", unfinished.join(", ")));
    }
    found
        .try_command("Go on where this stopped", "cargo xtask start-services")
        .try_command("Or stop what runs", "cargo xtask stop")
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "what, the engine does not say".to_owned() } else { names.join(", ") }
}

fn first(names: &[String]) -> &str {
    names.first().map_or("CONTAINER", String::as_str)
}
