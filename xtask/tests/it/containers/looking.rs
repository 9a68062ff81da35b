//! What shows how services are: status, logs, config.

use super::{PAIR, pair, three, with_busybox};

#[test]
fn status_tells_state_health_ports_and_drift() {
    let Some(project) = three("status") else { return };
    project.xtask("start-services").ok();
    let shown = project.xtask("status --format json").ok().out;
    let status: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    let services = status["services"].as_array().unwrap_or_else(|| panic!("{status:#}"));
    let of =
        |name: &str| services.iter().find(|it| it["name"] == name || it["service"] == name).expect("listed").clone();
    assert_eq!((&of("db")["state"], &of("db")["health"]), (&"running".into(), &"healthy".into()), "{shown}");
    assert!(of("db").to_string().contains(&project.port(0).to_string()), "{shown}");
    assert!(of("job")["state"].to_string().contains("done") || of("job")["exit_code"] == 0, "{shown}");

    let text =
        project.xtask("status").ok().prints(&["db", "job", "web", "healthy", "done", &project.port(0).to_string()]);
    assert!(!text.out.contains("GREETING"), "{}", text.out);
    let changed = super::THREE.replace("GREETING: hello", "GREETING: changed");
    project.write("compose/compose.yaml", &changed);
    project.xtask("status").prints(&["web", "environment.GREETING"]);
}

#[test]
fn status_of_what_is_not_there_is_no_failure_of_the_program() {
    let Some(project) = pair("absent") else { return };
    project.xtask("status").fails_with(4).prints(&["one", "two"]);
}

#[test]
fn logs_of_several_services_are_interleaved_by_time() {
    let talker = |name: &str, first: &str, then: &str| {
        format!(
            "  {name}:\n    image: busybox:1\n    command: [sh, -c, 'sleep {first}; for n in 1 2 3; do echo {name} $$n; sleep {then}; done']\n"
        )
    };
    let compose = format!("name: PROJECT\nservices:\n{}{}", talker("aa", "0.2", "0.6"), talker("bb", "0.5", "0.6"));
    let Some(project) = with_busybox("logs", &compose) else { return };
    project.xtask("start-services").ok();
    let shown = project.xtask("logs").ok();
    let mut at: Vec<(usize, String)> = ["aa 1", "bb 1", "aa 2", "bb 2", "aa 3", "bb 3"]
        .iter()
        .map(|line| (shown.out.find(line).unwrap_or_else(|| panic!("{line}: {}", shown.out)), (*line).to_owned()))
        .collect();
    let told = at.clone();
    at.sort();
    let by_service = ["aa 1", "aa 2", "aa 3", "bb 1", "bb 2", "bb 3"];
    assert!(at.iter().map(|(_, line)| line.as_str()).ne(by_service), "by time, not by service: {told:?}");

    let one = project.xtask("logs bb --tail 1").ok();
    assert!(one.out.contains("bb 3") && !one.out.contains("bb 2") && !one.out.contains("aa"), "{}", one.out);
    project.xtask("logs nobody").fails_with(2).says(&["nobody", "aa"]);
}

#[test]
fn what_was_just_started_is_as_the_file_has_it() {
    let Some(project) = pair("json") else { return };
    for command in ["start-services --format json", "restart one --format json"] {
        let shown = project.xtask(command).ok().out;
        let told: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
        let services = told["services"].as_array().unwrap_or_else(|| panic!("{shown}"));
        assert_eq!(services.len(), 2, "{shown}");
        assert!(services.iter().all(|it| it["state"] == "running" && it["drift"] == serde_json::json!([])), "{shown}");
    }
}

#[test]
fn logs_can_be_followed_until_ctrl_c() {
    let Some(project) = pair("follow") else { return };
    project.xtask("start-services").ok();
    let following = project.start("logs -f one");
    project.until("a line is told", || following.has_printed("one is up"));
    following.interrupt();
    // Nothing went wrong, and nothing is explained.
    let ended = following.wait().fails_with(130);
    assert!(ended.out.contains("one is up") && ended.err.is_empty(), "{}{}", ended.out, ended.err);
}

#[test]
fn names_in_front_of_logs_are_as_wide_from_the_first_line_on() {
    let compose = r#"
name: PROJECT
services:
  a: { image: busybox:1, command: echo first }
  much-longer: { image: busybox:1, command: echo second, depends_on: { a: { condition: service_completed_successfully } } }
"#;
    let Some(project) = with_busybox("wide", compose) else { return };
    project.xtask("start-services").ok();
    assert_eq!(project.xtask("logs").ok().out, "a-1           | first\nmuch-longer-1 | second\n");
}

#[test]
fn config_shows_the_file_as_it_is_meant_and_hashes_as_compose_does() {
    let Some(project) = pair("config") else { return };
    project.write("compose/compose.yaml", &PAIR.replace("hello", "'${WORD:-hello}'"));
    project.write("compose/.env", "WORD=hei\n");
    project.xtask("config").ok().prints(&["GREETING: hei", "busybox:1"]);
    let hashes = project.xtask("config --hash").ok().out;
    let Some(theirs) = project.compose("config --hash *") else { return };
    let theirs = theirs.ok().out;
    let normal = |text: &str| -> Vec<Vec<String>> {
        let mut lines: Vec<Vec<String>> =
            text.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect();
        lines.sort();
        lines
    };
    assert_eq!(normal(&hashes), normal(&theirs));
}

#[test]
fn config_shows_what_env_files_give_as_compose_does() {
    let Some(project) = pair("config-env") else { return };
    project.write(
        "compose/compose.yaml",
        &PAIR.replace("    environment: {", "    env_file: one.env\n    environment: {"),
    );
    project.write("compose/one.env", "GREETING=under it\nWORD=of the file\n");
    let Some(theirs) = project.compose("config --format json") else { return };
    let theirs: serde_json::Value = serde_json::from_str(&theirs.ok().out).expect("JSON");
    let ours = project.xtask("config --format json").ok().out;
    let ours: serde_json::Value = serde_json::from_str(&ours).expect("JSON");
    assert_eq!(ours["services"]["one"]["environment"]["WORD"], "of the file");
    assert_eq!(ours["services"]["one"], theirs["services"]["one"]);
}
