//! Ctrl-C at the worst moments, and the command after it.

use std::time::Duration;

use super::{pair, with_busybox};
use crate::support::docker::registry::{Line, Manner};

#[test]
fn ctrl_c_in_the_middle_of_a_pull() {
    let Some(project) = pair("intpull") else { return };
    if !project.engine.has_registry() {
        return;
    }
    let line = Line::new(project.engine, Manner { bytes_per_second: Some(3_000), ..Manner::default() });
    project.engine.publish_unique("interrupted/thing:1", 300_000);
    let reference = line.reference("interrupted/thing:1");
    let compose = format!(
        "name: PROJECT\nservices:\n  one: {{ image: '{reference}', command: sleep 1000, stop_grace_period: 0s }}\n"
    );
    project.write("compose/compose.yaml", &compose);
    let running = project.start("start-services");
    project.until("content arrives", || line.passed() > 0);
    running.interrupt();
    running.wait().fails_with(130);
    assert_eq!(project.states(), "", "the image did not arrive");
    line.set(Manner::default());
    project.xtask("start-services").ok();
    assert_eq!(project.states(), "one=running");
}

#[test]
fn ctrl_c_in_the_middle_of_a_start() {
    let compose = r#"
name: PROJECT
services:
  first: { image: busybox:1, command: [sh, -c, "until test -e /signs/go; do sleep 0.1; done"], volumes: ["./signs:/signs:ro"] }
  second:
    image: busybox:1
    command: sleep 1000
    stop_grace_period: 0s
    depends_on: { first: { condition: service_completed_successfully } }
"#;
    let Some(project) = with_busybox("intstart", compose) else { return };
    project.write("compose/signs/halt", "");
    let running = project.start("start-services");
    project.until("the first runs", || project.states().contains("first=running"));
    running.interrupt();
    let ended = running.wait().fails_with(130);
    ended.says(&["cargo xtask"]);
    project.write("compose/signs/go", "");
    project.xtask("start-services").ok();
    assert_eq!(project.states(), "first=exited second=running");
}

#[test]
fn ctrl_c_while_waiting_for_health() {
    let compose = r#"
name: PROJECT
services:
  slow:
    image: busybox:1
    command: sleep 1000
    stop_grace_period: 0s
    volumes: ["./signs:/signs:ro"]
    healthcheck: { test: ["CMD", "test", "-e", "/signs/well"], interval: 200ms, start_period: 600s }
"#;
    let Some(project) = with_busybox("intwait", compose) else { return };
    project.write("compose/signs/ill", "");
    let running = project.start("start-services");
    project.until("it runs", || project.states() == "slow=running");
    std::thread::sleep(Duration::from_millis(300));
    running.interrupt();
    running.wait().fails_with(130);
    assert_eq!(project.states(), "slow=running", "what runs is left running");
    let id = project.id("slow");
    project.write("compose/signs/well", "");
    project.xtask("start-services").ok();
    assert_eq!(project.id("slow"), id);
}

#[test]
fn ctrl_c_while_stopping() {
    let compose = r#"
name: PROJECT
services:
  stubborn: { image: busybox:1, command: [sh, -c, "trap 'echo told' TERM; while :; do sleep 0.1; done"], stop_grace_period: 60s }
"#;
    let Some(project) = with_busybox("intstop", compose) else { return };
    project.xtask("start-services").ok();
    let running = project.start("teardown");
    project.until("it is told to stop", || {
        project.engine.run("docker", &["logs", &project.id("stubborn")]).contains("told")
    });
    running.interrupt();
    running.wait().fails_with(130);
    project.engine.post(&format!("/containers/{}/kill", project.id("stubborn")), &serde_json::Value::Null);
    project.xtask("teardown").ok();
    assert_eq!(project.states(), "");
}
