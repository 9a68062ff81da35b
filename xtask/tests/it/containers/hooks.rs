//! Commands that services have run in their containers, after these have started and before they are stopped.

use super::with_busybox;
use crate::support::docker::Services;

const HOOKS: &str = r#"
name: PROJECT
services:
  one:
    image: busybox:1
    command: ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"]
    volumes: [./out:/out]
    post_start:
      - command: ["sh", "-c", "echo started $$WHO in $$PWD >> /out/said"]
        environment: { WHO: me }
        working_dir: /tmp
        user: "0:0"
      - command: touch /out/second
    pre_stop:
      - command: ["sh", "-c", "echo stopping >> /out/said"]
  two:
    image: busybox:1
    command: ["sh", "-c", "trap 'exit 0' TERM; test -e /out/second; while :; do sleep 0.1; done"]
    volumes: [./out:/out]
    depends_on: [one]
"#;

fn said(project: &Services) -> String {
    std::fs::read_to_string(project.path("compose/out/said")).unwrap_or_default().replace('\n', "; ")
}

#[test]
fn hooks_are_run_at_each_start_and_before_each_stop() {
    let Some(project) = with_busybox("hooks", HOOKS) else { return };
    project.write("compose/out/none", "");
    project.xtask("start-services").ok();
    assert_eq!(said(&project), "started me in /tmp; ");
    assert!(project.path("compose/out/second").is_file(), "one after the other");
    let before = project.ids();
    project.xtask("start-services").ok();
    assert_eq!((said(&project).as_str(), project.ids()), ("started me in /tmp; ", before.clone()), "it runs already");
    project.xtask("restart one").ok();
    assert_eq!(said(&project), "started me in /tmp; stopping; started me in /tmp; ");
    if let Some(up) = project.compose("up -d") {
        up.ok();
        assert_eq!(project.ids(), before, "theirs hashes hooks as ours does");
    }
    project.write("compose/out/said", "");
    project.xtask("stop").ok();
    assert_eq!(said(&project), "stopping; ");
    project.xtask("stop").ok();
    assert_eq!(said(&project), "stopping; ", "what does not run is told nothing");
    project.xtask("start-services").ok();
    project.write("compose/compose.yaml", &HOOKS.replace("echo stopping", "echo going"));
    project.write("compose/out/said", "");
    project.xtask("start-services").ok();
    assert_eq!((said(&project).as_str(), project.ids()), ("", before), "a change of hooks alone makes nothing anew");
    project.xtask("start-services one --force-recreate").ok();
    assert_eq!(said(&project), "started me in /tmp; ", "who is made anew is not stopped for good");
    project.xtask("teardown").ok();
    assert_eq!((said(&project).as_str(), project.states()), ("started me in /tmp; going; ", String::new()));
}

#[test]
fn a_hook_that_fails_is_explained() {
    let failing = HOOKS.replace("command: touch /out/second", "command: [\"sh\", \"-c\", \"echo no table; exit 3\"]");
    let Some(project) = with_busybox("hookfail", &failing) else { return };
    project.write("compose/out/none", "");
    project.xtask("start-services").fails_with(1).says(&[
        "service-hook-failed",
        "post_start of service one ended with status 3",
        "compose/compose.yaml:13:9",
        r#"sh -c "echo no table; exit 3""#,
        "no table",
        "cargo xtask restart one",
    ]);
    assert!(project.states().starts_with("one=running"), "{}", project.states());
    assert!(!project.states().contains("two=running"), "{}", project.states());

    project.write("compose/compose.yaml", &HOOKS.replace("\"echo stopping >> /out/said\"", "\"exit 127\""));
    project.xtask("start-services").ok();
    project.xtask("stop").fails_with(1).says(&["pre_stop of service one ended with status 127", "nothing", "runs on"]);
    assert!(project.states().contains("one=running"), "{}", project.states());
    project.write(
        "compose/compose.yaml",
        &HOOKS.replace("    pre_stop:\n      - command: [\"sh\", \"-c\", \"echo stopping >> /out/said\"]\n", ""),
    );
    project.xtask("teardown").ok();
    assert_eq!(project.states(), "");
}
