//! What goes wrong, on a real engine, and what is said of it.

use std::time::Duration;

use xtask::lifecycle::{DownOptions, UpOptions};

use super::driven::{Driven, told};
use crate::support::docker::services::Services;

/// A project of busybox alone.
fn project(hint: &str, services: &str) -> Option<Services> {
    let project = Services::new(hint, &format!("name: PROJECT\nservices:\n{services}"))?;
    project.engine.busybox("xtask-busybox:1");
    Some(project)
}

#[track_caller]
fn fails(services: &Services) -> String {
    told(&Driven::read(services).fails(UpOptions::default()).0)
}

#[track_caller]
fn has(told: &str, part: &str) {
    assert!(told.contains(part), "no {part:?} in\n{told}");
}

#[test]
fn an_unhealthy_service_shows_its_probe_and_what_it_printed() {
    let Some(services) = project(
        "unhealthy",
        "  store:\n    image: xtask-busybox:1\n    init: true\n    environment: {STORE_TOKEN: abcdef}\n    command: [sh, -c, 'echo \
         begun with abcdef; exec sleep 1000']\n    healthcheck: {test: [CMD-SHELL, 'echo no such thing; exit 3'], interval: \
         100ms, retries: 2}\n  front: {image: xtask-busybox:1, command: [sleep, '9'], depends_on: {store: {condition: \
         service_healthy}}}\n  other: {image: xtask-busybox:1, command: [sleep, '1000'], init: true}\n",
    ) else {
        return;
    };
    let (report, heard) = Driven::read(&services).fails(UpOptions::default());
    let told = told(&report);
    has(&told, "service-unhealthy Unhealthy: service store is unhealthy");
    let failed = heard.lines().iter().filter(|line| line.starts_with("store failed")).count();
    assert_eq!(failed, 1, "though the person and front both wait for it: {:?}", heard.lines());
    has(&told, "its health check failed 2 times in a row: echo no such thing; exit 3");
    has(&told, "it ended with status 3 and printed:\nno such thing");
    has(&told, "its last lines:\nbegun with ***");
    has(&told, "left running: other, store");
    assert_eq!(services.states(), "other=running store=running", "what needs it is not even made");
}

#[test]
fn missing_folders_are_found_before_anything_is_made() {
    let Some(services) = project(
        "mounts",
        "  store: {image: xtask-busybox:1, command: [sleep, '9'], volumes: ['./nowhere:/x', './neither:/y']}\n",
    ) else {
        return;
    };
    let told = fails(&services);
    has(&told, "service-mount-missing Prerequisite: 2 folders or files that services mount are not there");
    has(&told, &format!("because {}, which store mounts at /x", services.path("compose/nowhere").display()));
    let file = services.path("compose/compose.yaml");
    has(&told, &format!("at {}:3:68", file.display()));
    has(&told, &format!("at {}:3:84", file.display()));
    assert!(!services.path("compose/nowhere").exists() && services.networks().is_empty());
}

#[test]
fn a_name_that_another_project_has() {
    let compose =
        "  store: {image: xtask-busybox:1, container_name: PROJECT-store, command: [sleep, '1000'], init: true}\n";
    let Some(first) = project("name", compose) else { return };
    Driven::read(&first).starts();
    let Some(second) = project("second", &compose.replace("PROJECT", first.name())) else { return };
    let told = fails(&second);
    has(&told, &format!("service-name-taken Conflict: the container name {}-store is taken", first.name()));
    let folder = first.path("compose");
    has(&told, &format!("(running) of the project {} in {} has it", first.name(), folder.display()));
}

#[test]
fn a_project_of_the_same_name_from_another_folder() {
    let compose = "name: PROJECT\nservices:\n  store: {image: xtask-busybox:1, command: [sleep, '1000'], init: true}\n";
    let Some(first) = Services::new("folder", compose) else { return };
    first.engine.busybox("xtask-busybox:1");
    Driven::read(&first).starts();
    let second = first.elsewhere(compose);
    let told = fails(&second);
    has(
        &told,
        &format!("services-other-folder Conflict: a project named {} already runs from another folder", first.name()),
    );
    has(&told, &first.path("compose").display().to_string());
    has(&told, &second.path("compose").display().to_string());
}

#[test]
fn an_image_that_is_not_there() {
    let compose =
        "  store: {image: 'no-such-image:7', command: [sleep, '9']}\n  own: {image: 'not-built:1', build: .}\n";
    let Some(services) = project("image", compose) else { return };
    let told = fails(&services);
    has(&told, "service-image-missing Prerequisite: the image no-such-image:7 of service store is not there");
    has(&told, "cargo xtask pull store");
    has(&told, "cargo xtask build own");
}

#[test]
fn networks_whose_addresses_overlap() {
    let compose = "  store: {image: xtask-busybox:1, command: [sleep, '1000'], init: true, networks: [own]}\nnetworks: {own: \
                   {ipam: {config: [{subnet: 10.77.0.0/16}]}}}\n";
    let Some(first) = project("overlap", compose) else { return };
    Driven::read(&first).starts();
    let Some(second) = project("overlap", &compose.replace("10.77.0.0/16", "10.77.5.0/24")) else { return };
    let told = fails(&second);
    has(&told, "network-overlap Conflict");
    has(&told, &format!("network {}_own has 10.77.0.0/16", first.name()));
}

#[test]
fn what_takes_too_long_is_named() {
    let Some(services) = project(
        "slow",
        "  store:\n    image: xtask-busybox:1\n    init: true\n    command: [sleep, '1000']\n    healthcheck: {test: [CMD, 'false'], \
         interval: 300ms, retries: 1000}\n",
    ) else {
        return;
    };
    let driven = Driven::read(&services);
    let (came, _) = driven.up_with(UpOptions::default(), Duration::from_secs(10), None, std::future::pending());
    let told = told(&came.expect_err("it never gets healthy"));
    has(&told, "service-not-ready Unhealthy: service store is not ready after 10 s");
    has(&told, "store: running, starting; its last check ended with status 1");
}

#[test]
fn an_interrupt_says_what_runs_on_and_the_next_run_goes_on() {
    let Some(services) = project(
        "interrupt",
        "  store:\n    image: xtask-busybox:1\n    init: true\n    command: [sleep, '1000']\n    healthcheck: {test: [CMD, test, -e, \
         /tmp/ready], interval: 200ms, retries: 1000}\n  front: {image: xtask-busybox:1, command: [sleep, '1000'], init: true, \
         depends_on: {store: {condition: service_healthy}}}\n",
    ) else {
        return;
    };
    let driven = Driven::read(&services);
    let (came, _) = driven.up_with(UpOptions::default(), Duration::from_secs(600), None, async {
        while services.states() != "store=running" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let told = told(&came.expect_err("interrupted"));
    has(&told, "interrupted Interrupted: interrupted\n  because these run on: store");
    has(&told, "not come to: create");
    assert_eq!(services.states(), "store=running");
    let text = std::fs::read_to_string(services.path("compose/compose.yaml")).expect("the file");
    services.write("compose/compose.yaml", &text.replace("test, -e, /tmp/ready", "'true'"));
    Driven::read(&services).starts();
    assert_eq!(services.states(), "front=running store=running");
}

#[test]
fn a_service_that_ends_again_and_again_is_given_up() {
    let Some(services) = project(
        "loop",
        "  store: {image: xtask-busybox:1, restart: always, command: [sh, -c, 'echo no way; exit 5']}\n",
    ) else {
        return;
    };
    let told = fails(&services);
    has(&told, "service-exited Unhealthy: service store ends again and again, with status");
    has(&told, "its last lines:\nno way");
}

#[test]
fn a_service_that_runs_for_a_moment_each_time_is_not_believed() {
    let Some(services) = project(
        "moment",
        "  store: {image: xtask-busybox:1, restart: always, command: [sh, -c, 'sleep 0.7; exit 5']}\n",
    ) else {
        return;
    };
    has(&fails(&services), "service-exited Unhealthy: service store ends again and again, with status");
}

#[test]
fn a_port_that_another_container_has() {
    let compose =
        "  store: {image: 'xtask-busybox:1', command: [sleep, '1000'], init: true, ports: ['HOSTPORT1:80']}\n";
    let Some(first) = project("port", compose) else { return };
    Driven::read(&first).starts();
    let port = first.port(1).to_string();
    let Some(second) = project("port", &compose.replace("HOSTPORT1", &port)) else { return };
    let told = fails(&second);
    has(&told, &format!("service-port-in-use Conflict: port {port} for service store is taken"));
    has(&told, &format!("the container {}-store-1 (running) of the project {} in", first.name(), first.name()));
    has(&told, &format!("at {}:3:83", second.path("compose/compose.yaml").display()));
    assert_eq!(second.states(), "store=created");
    // The next run finds it made, and only starts it.
    Driven::read(&first).goes_down(true, DownOptions::default());
    assert_eq!(Driven::read(&second).starts(), ["store running", "store started"]);
}

#[test]
fn what_is_no_program_of_the_container_is_told_in_the_words_of_the_engine() {
    let Some(services) = project("program", "  store: {image: 'xtask-busybox:1', command: [no-such-program]}\n") else {
        return;
    };
    let told = fails(&services);
    has(&told, "service-engine-refused Failed: cannot start");
    has(&told, "no-such-program");
}

#[test]
fn a_service_that_is_waited_for_without_a_probe() {
    let Some(services) = project(
        "noprobe",
        "  store: {image: 'xtask-busybox:1', command: [sleep, '1000'], init: true}\n  front: {image: 'xtask-busybox:1', \
         command: [sleep, '9'], depends_on: {store: {condition: service_healthy}}}\n",
    ) else {
        return;
    };
    has(
        &fails(&services),
        "service-no-healthcheck Usage: service store has no health check, and front waits until it is healthy",
    );
}

#[test]
fn a_service_that_is_paused() {
    let Some(services) =
        project("paused", "  store: {image: 'xtask-busybox:1', command: [sleep, '1000'], init: true}\n")
    else {
        return;
    };
    Driven::read(&services).starts();
    services.engine.post(&format!("/containers/{}/pause", services.id("store")), &serde_json::Value::Null);
    // Starting what is paused lets it go on.
    assert_eq!(Driven::read(&services).starts(), ["store running", "store started"]);
    assert_eq!(services.states(), "store=running");
}

#[test]
fn what_somebody_else_was_to_make_is_missing() {
    let Some(services) = project(
        "external",
        "  store: {image: 'xtask-busybox:1', command: [sleep, '9'], networks: [there], volumes: ['kept:/kept']}\nnetworks: \
         {there: {external: true}}\nvolumes: {kept: {external: true}}\n",
    ) else {
        return;
    };
    let told = fails(&services);
    has(&told, "service-external-missing Prerequisite: the external network there does not exist");
    has(&told, "next Make it: docker volume create kept");
    assert!(services.containers().is_empty());
}

#[test]
fn secrets_come_from_variables_and_from_files() {
    let Some(services) = project(
        "secrets",
        "  store: {image: 'xtask-busybox:1', command: [sh, -c, 'cat /run/secrets/one /run/secrets/two /three'], secrets: [one, \
         two], configs: [{source: three, target: /three, mode: 0400}]}\nsecrets: {one: {environment: TOLD}, two: {file: \
         ./two}}\nconfigs: {three: {content: 'written here'}}\n",
    ) else {
        return;
    };
    services.write("compose/two", "from a file\n");
    let heard = Driven::read(&services).starts();
    assert!(heard.contains(&"store done".to_owned()), "{heard:?}");
    let text = services.engine.request("GET", &format!("/containers/{}/logs?stdout=1", services.id("store")), "", &[]);
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains("a told value") && text.contains("from a file") && text.contains("written here"), "{text}");
    let text = std::fs::read_to_string(services.path("compose/compose.yaml")).expect("the file");
    services.write("compose/compose.yaml", &text.replace("environment: TOLD", "environment: NEVER_TOLD"));
    let options = UpOptions { force_recreate: true, ..UpOptions::default() };
    let told = told(&Driven::read(&services).fails(options).0);
    has(&told, "service-secret-without-content Usage: the secret one of service store has no content");
}

#[test]
fn services_that_cannot_be_chosen() {
    let Some(services) = project("unknown", "  store: {image: 'xtask-busybox:1', command: [sleep, '9']}\n") else {
        return;
    };
    let options = UpOptions { services: vec!["shop".into()], ..UpOptions::default() };
    let told = told(&Driven::read(&services).fails(options).0);
    has(&told, "service-unknown Usage: there is no service shop\n  because the file has: store");
}

#[test]
fn a_volume_that_somebody_else_uses_stays() {
    let Some(services) = project(
        "volume",
        "  store: {image: 'xtask-busybox:1', command: [sleep, '1000'], init: true, volumes: ['data:/data']}\nvolumes: {data: \
         {}}\n",
    ) else {
        return;
    };
    let driven = Driven::read(&services);
    driven.starts();
    let volume = services.volumes()[0].clone();
    let name = format!("{}-stranger", services.name());
    let body = serde_json::json!({ "Image": "xtask-busybox:1", "HostConfig": { "Binds": [format!("{volume}:/x")] } });
    services.engine.post(&format!("/containers/create?name={name}"), &body);
    let told = told(&driven.fails_to_go_down(DownOptions { volumes: true, ..DownOptions::default() }));
    has(&told, &format!("volume-in-use Conflict: volume {volume} is still in use\n  because used by: {name}"));
    services.engine.delete(&format!("/containers/{name}?force=1"));
    assert_eq!(services.volumes(), [volume]);
}

#[test]
fn a_network_that_changed_is_made_anew_unless_a_stranger_is_in_it() {
    let compose = "  store: {image: 'xtask-busybox:1', command: [sleep, '1000'], init: true, networks: [own]}\nnetworks: {own: \
                   {internal: false}}\n";
    let Some(services) = project("network", compose) else { return };
    Driven::read(&services).starts();
    let network = services.networks()[0].clone();
    let text = std::fs::read_to_string(services.path("compose/compose.yaml")).expect("the file");
    services.write("compose/compose.yaml", &text.replace("internal: false", "internal: true"));
    let name = format!("{}-stranger", services.name());
    let body = serde_json::json!({ "Image": "xtask-busybox:1", "Cmd": ["sleep", "1000"], "HostConfig": { "NetworkMode": network } });
    services.engine.post(&format!("/containers/create?name={name}"), &body);
    services.engine.post(&format!("/containers/{name}/start"), &serde_json::Value::Null);
    let told = fails(&services);
    has(&told, &format!("network-in-use Conflict: network {network} is still in use\n  because in it: {name}"));
    services.engine.delete(&format!("/containers/{name}?force=1"));
    let heard = Driven::read(&services).starts();
    assert!(heard.contains(&format!("network {network} created")), "{heard:?}");
    assert!(heard.iter().any(|it| it.starts_with(&format!("store recreated: networks.{network}: "))), "{heard:?}");
    assert_eq!(services.engine.get(&format!("/networks/{network}"))["Internal"], true);
}

#[test]
fn data_of_another_postgres_is_recognised() {
    let compose = "name: PROJECT\nservices:\n  db:\n    image: postgres:15\n    environment: {POSTGRES_PASSWORD: secret7}\n    \
                   volumes: ['data:/var/lib/postgresql/data']\nvolumes: {data: {}}\n";
    let Some(services) = Services::new("major", compose) else { return };
    if !services.engine.postgres("postgres:15") {
        return;
    }
    services.engine.busybox("xtask-busybox:1");
    let volume = format!("{}_data", services.name());
    Driven::read(&services).starts();
    Driven::read(&services).goes_down(true, DownOptions::default());
    let body = serde_json::json!({ "Image": "xtask-busybox:1", "Cmd": ["sh", "-c", "echo 13 > /data/PG_VERSION"],
        "HostConfig": { "Binds": [format!("{volume}:/data")] } });
    let container = services.engine.post("/containers/create", &body)["Id"].as_str().expect("made").to_owned();
    services.engine.post(&format!("/containers/{container}/start"), &serde_json::Value::Null);
    services.engine.post(&format!("/containers/{container}/wait"), &serde_json::Value::Null);
    services.engine.delete(&format!("/containers/{container}?force=1"));
    let told = fails(&services);
    has(
        &told,
        "service-data-other-major Conflict: the data of service db was made by PostgreSQL 13, and the image has 15",
    );
    has(&told, &format!("because the data is in {volume}, which was left as it is"));
}

#[test]
fn a_dependency_that_is_not_required_may_fail() {
    let Some(services) = project(
        "optional",
        "  store: {image: 'xtask-busybox:1', command: [sh, -c, 'exit 4']}\n  front: {image: 'xtask-busybox:1', command: [sleep, \
         '1000'], init: true, depends_on: {store: {condition: service_completed_successfully, required: false}}}\n",
    ) else {
        return;
    };
    let (report, heard) = Driven::read(&services).fails(UpOptions::default());
    assert_eq!(services.states(), "front=running store=exited", "{:?}", heard.lines());
    has(&told(&report), "service store ended with status 4");
    let lines = heard.lines();
    assert!(
        lines.contains(&"note: service store ended with status 4; front can do without it".to_owned()),
        "{lines:?}"
    );
}

#[test]
fn a_folder_of_the_tool_that_cannot_be_used_is_named() {
    let Some(services) = project("state", "  store: {image: 'xtask-busybox:1', command: [sleep, '9']}\n") else {
        return;
    };
    std::fs::create_dir(services.path("services.lock")).expect("in the way");
    has(&fails(&services), "services-state-unusable Failed: cannot use");
}

#[test]
fn a_container_whose_new_name_is_taken_is_not_lost() {
    let service = "  store: {image: 'xtask-busybox:1', command: [sleep, '1000'], init: true, stop_grace_period: 0s}\n";
    let Some(services) = project("renamed", service) else { return };
    Driven::read(&services).starts();
    let before = services.ids();
    let name = format!("{}-taken", services.name());
    let body = serde_json::json!({ "Image": "xtask-busybox:1", "Cmd": ["true"] });
    services.engine.post(&format!("/containers/create?name={name}"), &body);
    let named = service.replace("init: true", &format!("init: true, container_name: '{name}'"));
    services.write("compose/compose.yaml", &format!("name: PROJECT\nservices:\n{named}"));
    has(&fails(&services), "service-name-taken Conflict");
    assert_eq!((services.ids(), services.states().as_str()), (before, "store=running"));
    services.engine.delete(&format!("/containers/{name}?force=1"));
    Driven::read(&services).starts();
    assert_eq!(services.inspect("store")["Name"], format!("/{name}"));
}
