//! Every failure of services, produced for real, and what is said about it.

use serde_json::json;

use super::{pair, with_busybox};
use crate::support::docker::registry::{Line, Manner};
use crate::support::docker::{Services, image};

/// A service that publishes `HOSTPORT1`, beside one that has nothing to do with it.
const PUBLISHING: &str = r#"
name: PROJECT
services:
  bystander:
    image: busybox:1
    command: sleep 1000
    stop_grace_period: 0s
  web:
    image: busybox:1
    command: sleep 1000
    stop_grace_period: 0s
    ports: ["127.0.0.1:HOSTPORT1:80"]
"#;

#[test]
fn a_port_that_a_process_holds_is_named_with_its_process() {
    let Some(project) = with_busybox("held", PUBLISHING) else { return };
    let port = project.port(1).to_string();
    let mut holder = project.engine.command("busybox").args(["httpd", "-f", "-p", &port]).spawn().expect("it listens");
    project.until("the port is held", || {
        let listed = project.engine.run("cat", &["/proc/net/tcp", "/proc/net/tcp6"]);
        listed.contains(&format!(":{:04X} ", project.port(1)))
    });
    let failed = project.xtask("start-services").fails_with(5);
    let pid = holder.id().to_string();
    holder.kill().expect("it runs");
    holder.wait().expect("killed");
    failed.says(&[&port, "web", &pid, "busybox", "help"]);
    assert!(project.states().contains("bystander=running"), "everything else goes on: {}", project.states());
    project.xtask("start-services").ok();
    assert_eq!(project.states(), "bystander=running web=running", "the next run goes on where it failed");
}

#[test]
fn a_port_that_a_container_holds_is_named_with_its_project() {
    let Some(holder) = with_busybox("holder", PUBLISHING) else { return };
    holder.xtask("start-services").ok();
    let compose = PUBLISHING.replace("HOSTPORT1", &holder.port(1).to_string());
    let Some(project) = with_busybox("wanting", &compose) else { return };
    let failed = project.xtask("start-services").fails_with(5);
    failed
        .says(&[&holder.port(1).to_string(), &format!("{}-web-1", holder.name()), holder.name(), "help"])
        .says(&["--> compose/compose.yaml:", &format!("cargo xtask -C {} stop", holder.path("compose").display())]);
    assert_eq!(holder.states(), "bystander=running web=running");
    let doctor = project.xtask("doctor").fails_with(3);
    let owner = format!("the container {}-web-1 (running) of the project {}", holder.name(), holder.name());
    let has_it = format!("has 127.0.0.1:{}, which web publishes", holder.port(1));
    assert!(doctor.out.contains(&owner) && doctor.out.contains(&has_it), "{}", doctor.out);
    // What has no xtask.toml is no project for this tool, and its name is enough for compose.
    std::fs::remove_file(holder.path("xtask.toml")).expect("it is there");
    project.xtask("start-services").fails_with(5).says(&[&format!("docker compose -p {} stop", holder.name())]);
}

#[test]
fn a_folder_that_is_not_there_is_told_by_doctor() {
    let compose = "name: PROJECT\nservices:\n  web:\n    image: busybox:1\n    volumes: ['./nowhere:/x']\n";
    let Some(project) = with_busybox("nowhere", compose) else { return };
    let doctor = project.xtask("doctor").fails_with(3);
    let row = doctor.out.lines().find(|line| line.starts_with("MISSING  volumes")).unwrap_or_default();
    let source = project.path("compose/nowhere");
    let found = format!("{}, which web mounts, is not there (compose/compose.yaml:5:15)", source.display());
    assert!(row.contains(&found), "{}", doctor.out);
}

#[test]
fn a_port_that_two_services_of_the_file_publish() {
    let compose = r#"
name: PROJECT
services:
  first: { image: busybox:1, command: sleep 1000, stop_grace_period: 0s, ports: ["HOSTPORT1:53/udp", "HOSTPORT2:80"] }
  second:
    image: busybox:1
    command: sleep 1000
    depends_on: [first]
    ports: ["127.0.0.1:HOSTPORT1:53/udp"]
"#;
    let Some(project) = with_busybox("twice", compose) else { return };
    let doctor = project.xtask("doctor").fails_with(3);
    let port = project.port(1);
    let found = format!("127.0.0.1:{port}/udp is published by first and by second");
    assert!(doctor.out.contains(&found), "{}", doctor.out);
    let failed = project.xtask("start-services").fails_with(5);
    let free = format!("Publish second at {}", project.port(2) + 1);
    failed.says(&["compose.yaml:9:13", &free, "Or give first another one: it is a service of this project, too"]);
}

#[test]
fn an_unhealthy_service_is_shown_with_its_probe() {
    let compose = r#"
name: PROJECT
services:
  sick:
    image: busybox:1
    command: ["sh", "-c", "echo I am about to be sick; sleep 1000"]
    stop_grace_period: 0s
    healthcheck: { test: ["CMD-SHELL", "echo the probe saw $$((40 + 2)); exit 3"], interval: 200ms, timeout: 2s, retries: 2 }
  patient: { image: busybox:1, command: sleep 1000, depends_on: { sick: { condition: service_healthy } } }
  other: { image: busybox:1, command: sleep 1000, stop_grace_period: 0s }
"#;
    let Some(project) = with_busybox("sick", compose) else { return };
    let failed = project.xtask("start-services").fails_with(4);
    failed.says(&["sick", "echo the probe saw", "the probe saw 42", "3", "I am about to be sick", "patient"]);
    assert!(project.states().contains("other=running") && project.states().contains("sick=running"));
}

#[test]
fn a_service_that_ends_is_shown_with_its_code_and_last_words() {
    let compose = r#"
name: PROJECT
services:
  brief:
    image: busybox:1
    command: ["sh", "-c", "echo first line; echo the reason >&2; sleep 0.3; exit 7"]
    healthcheck: { test: ["CMD", "true"], interval: 5s }
  other: { image: busybox:1, command: sleep 1000, stop_grace_period: 0s }
"#;
    let Some(project) = with_busybox("brief", compose) else { return };
    project.xtask("start-services").fails_with(4).says(&["brief", "7", "the reason", "cargo xtask logs brief"]);
    assert!(project.states().contains("other=running"));
}

#[test]
fn waiting_ends_and_says_for_what() {
    let compose = r#"
name: PROJECT
services:
  slow:
    image: busybox:1
    command: sleep 1000
    stop_grace_period: 0s
    healthcheck: { test: ["CMD-SHELL", "echo not yet; exit 1"], interval: 300ms, retries: 1000 }
"#;
    let Some(project) = with_busybox("waiting", compose) else { return };
    // Long enough for a first check on a busy machine.
    project.xtask("start-services --wait-timeout 8s").fails_with(4).says(&["slow", "8 s", "not yet"]);
    project.xtask("start-services --no-wait").ok();
    assert_eq!(project.states(), "slow=running");
}

#[test]
fn a_name_that_another_project_has_taken_is_told_with_its_owner() {
    let compose = "name: PROJECT\nservices:\n  one: { image: busybox:1, command: sleep 1000, container_name: taken-NUMBER, stop_grace_period: 0s }\n";
    let Some(owner) = with_busybox("owner", &compose.replace("NUMBER", "by-owner")) else { return };
    owner.xtask("start-services").ok();
    let Some(project) = with_busybox("late", &compose.replace("NUMBER", "by-owner")) else { return };
    let failed = project.xtask("start-services").fails_with(5);
    failed.says(&["taken-by-owner", owner.name(), &owner.root().to_string_lossy()]);
    assert_eq!(owner.states(), "one=running");

    // The same where there is a container already, whose name is to change: it is not lost.
    let own = compose.replace("container_name: taken-NUMBER, ", "");
    project.write("compose/compose.yaml", &own);
    project.xtask("start-services").ok();
    let before = project.ids();
    project.write("compose/compose.yaml", &compose.replace("NUMBER", "by-owner"));
    project.xtask("start-services").fails_with(5).says(&["taken-by-owner", owner.name()]);
    assert_eq!((project.ids(), project.states().as_str()), (before, "one=running"));
}

/// A project of one service with this image.
fn pulling(hint: &str, image: &str) -> Option<Services> {
    let compose = format!(
        "name: PROJECT\nservices:\n  one: {{ image: '{image}', command: sleep 1000, stop_grace_period: 0s }}\n"
    );
    with_busybox(hint, &compose)
}

#[test]
fn an_image_that_does_not_exist_is_not_found() {
    let Some(project) = pulling("nowhere", "127.0.0.1:5000/no/such:9") else { return };
    if project.engine.has_registry() {
        project.xtask("start-services").fails_with(3).says(&["127.0.0.1:5000/no/such:9"]);
        assert_eq!(project.states(), "");
    }
}

#[test]
fn a_registry_that_cannot_be_reached_is_told_apart() {
    // Nobody in the engine's network knows this name.
    let Some(project) = pulling("offline", "registry.invalid/some/image:1") else { return };
    project.xtask("start-services").fails_with(3).says(&["registry.invalid", "network"]);
}

#[test]
fn missing_credentials_are_told_apart_and_those_of_docker_login_are_used() {
    let Some(project) = pair("login") else { return };
    if !project.engine.has_registry() {
        return;
    }
    let line = Line::new(project.engine, Manner { login: Some(("me", "s3cret-word")), ..Manner::default() });
    project.engine.publish_unique("private/thing:1", 1000);
    let reference = line.reference("private/thing:1");
    let compose = format!(
        "name: PROJECT\nservices:\n  one: {{ image: '{reference}', command: sleep 1000, stop_grace_period: 0s }}\n"
    );
    project.write("compose/compose.yaml", &compose);
    project.xtask("start-services").fails_with(3).says(&[&reference, &format!("docker login {}", line.host())]);

    use base64::Engine as _;
    let client = tempfile::tempdir().expect("a folder");
    let token = base64::engine::general_purpose::STANDARD.encode("me:s3cret-word");
    let settings = json!({ "auths": { line.host(): { "auth": token } } });
    std::fs::write(client.path().join("config.json"), settings.to_string()).expect("written");
    let mut command = project.command("start-services");
    command.env("DOCKER_CONFIG", client.path());
    crate::support::applying::Running::of(&mut command).wait().ok().never_says(&["s3cret-word", &token]);
    assert_eq!(project.states(), "one=running");
}

#[test]
fn a_download_that_breaks_off_is_told_and_the_next_run_goes_on() {
    let Some(project) = pair("cut") else { return };
    if !project.engine.has_registry() {
        return;
    }
    let line = Line::new(project.engine, Manner { cut_after: Some(100_000), ..Manner::default() });
    project.engine.publish_unique("cut/thing:1", 300_000);
    let reference = line.reference("cut/thing:1");
    let compose = format!(
        "name: PROJECT\nservices:\n  one: {{ image: '{reference}', command: sleep 1000, stop_grace_period: 0s }}\n"
    );
    project.write("compose/compose.yaml", &compose);
    project.xtask("start-services").fails_with(1).says(&[&reference, "Run the command again"]);
    assert_eq!(project.states(), "");
    line.set(Manner::default());
    project.xtask("start-services").ok();
    assert_eq!(project.states(), "one=running");
}

#[test]
fn a_source_that_is_missing_is_found_before_anything_is_made_and_never_becomes_a_folder() {
    let compose = r#"
name: PROJECT
services:
  one: { image: busybox:1, command: sleep 1000, volumes: ["./settings.toml:/settings.toml:ro"] }
  two: { image: busybox:1, command: sleep 1000 }
"#;
    let Some(project) = with_busybox("source", compose) else { return };
    project.xtask("start-services").fails_with(3).says(&["settings.toml", "one"]);
    assert!(!project.path("compose/settings.toml").exists(), "docker would have made a folder");
    assert_eq!((project.states().as_str(), project.networks()), ("", Vec::new()));
}

#[test]
fn data_of_another_postgresql_is_recognised() {
    let Some(project) = super::three("major") else { return };
    let volume = format!("{}_data", project.name());
    let labels = json!({ "com.docker.compose.project": project.name(), "com.docker.compose.volume": "data" });
    project.engine.post("/volumes/create", &json!({ "Name": volume, "Labels": labels }));
    let created = project.engine.post(
        "/containers/create",
        &json!({
            "Image": "busybox:1", "Cmd": ["sh", "-c", "echo 9.6 > /data/PG_VERSION; touch /data/postgresql.conf; chown -R 999:999 /data"],
            "HostConfig": { "Binds": [format!("{volume}:/data")] },
        }),
    );
    let id = created["Id"].as_str().expect("an id").to_owned();
    project.engine.post(&format!("/containers/{id}/start"), &serde_json::Value::Null);
    project.engine.post(&format!("/containers/{id}/wait"), &serde_json::Value::Null);
    project.engine.delete(&format!("/containers/{id}?force=1"));
    project.xtask("start-services").fails_with(5).says(&["9.6", &volume, "teardown --volumes", "db"]);
    assert_eq!(project.volumes(), [volume], "the data stays");
}

#[test]
fn an_image_for_another_machine_is_told_in_one_line() {
    let other = if image::architecture() == "arm64" { "amd64" } else { "arm64" };
    let Some(project) = pair("foreign") else { return };
    let name = format!("foreign-{}:1", project.name());
    let layer = image::Layer::busybox().made_for(other);
    project.engine.image(&name, &layer, &json!({ "Env": ["PATH=/usr/bin"], "Cmd": ["sh"] }));
    let compose =
        format!("name: PROJECT\nservices:\n  one: {{ image: '{name}', command: sleep 1000, stop_grace_period: 0s }}\n");
    project.write("compose/compose.yaml", &compose);
    // The files inside are this machine's, so it runs: a remark, not a failure.
    project
        .xtask("start-services")
        .ok()
        .says(&[&format!("linux/{other}"), &format!("linux/{}", image::architecture())]);
    project.xtask("teardown").ok();
    project.engine.remove_image(&name);
}

#[test]
fn an_image_of_another_platform_than_the_file_names_is_told_at_its_line() {
    let other = if image::architecture() == "arm64" { "linux/amd64" } else { "linux/arm64" };
    let compose = format!(
        "name: PROJECT\nservices:\n  one:\n    image: busybox:1\n    platform: {other}\n    command: sleep 1000\n"
    );
    let Some(project) = with_busybox("platform", &compose) else { return };
    let place = "--> compose/compose.yaml:5:15";
    let advice = "cargo xtask pull one";
    project.xtask("start-services").fails_with(3).says(&["error[image-platform-missing]", other, place, advice]);
    assert_eq!(project.states(), "");
}

#[test]
fn what_the_image_does_not_have_is_told_as_a_slip_of_the_file() {
    let compose = "\
name: PROJECT
services:
  program: { image: busybox:1, command: no-such-program }
  account: { image: busybox:1, command: sleep 1000, user: nobody-of-this-name }
";
    let Some(project) = with_busybox("slips", compose) else { return };
    let said = project.xtask("start-services program").fails_with(1);
    said.says(&["service-engine-refused", "no-such-program", "Correct `command` or `entrypoint`"]);
    let said = project.xtask("start-services account").fails_with(1);
    said.says(&["service-engine-refused", "nobody-of-this-name", "Correct `user`"]);
}

#[test]
fn advice_is_for_the_project_that_was_asked_for() {
    let Some(project) = with_busybox("advice", "name: PROJECT\nservices:\n  one: { image: busybox:1 }\n") else {
        return;
    };
    let other = "name: PROJECT-other\nservices:\n  bad: { image: busybox:1, command: 'false' }\n";
    project.write("compose/other.yaml", other);
    let said = project.xtask("-f compose/other.yaml start-services").fails_with(4);
    said.says(&["cargo xtask -f compose/other.yaml logs bad"]);
    project.xtask("-f compose/other.yaml teardown").ok();
}

#[test]
fn keys_that_are_not_honoured_are_refused_with_their_line() {
    let compose = "name: PROJECT\nservices:\n  one:\n    image: busybox:1\n    bewitch: yes\n";
    let Some(project) = with_busybox("refused", compose) else { return };
    project.xtask("start-services").fails_with(2).says(&["bewitch", "compose.yaml:5"]);
    project.write(
        "compose/compose.yaml",
        "name: PROJECT\nservices:\n  one:\n    image: busybox:1\n    command: echo a && echo b\n",
    );
    project.xtask("start-services").says(&["&&", "compose.yaml:5"]);
}
