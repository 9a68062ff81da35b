//! The life of a project: up, changed, stopped, down, gone.

use super::{asked, pair, three, with_busybox};

#[test]
fn three_services_come_up_in_order_and_their_data_outlives_a_teardown() {
    let Some(project) = three("life") else { return };
    project.xtask("start-services").ok().never_says(&["secret"]);
    assert_eq!(project.states(), "db=running job=exited web=running");
    assert_eq!(project.inspect("job")["State"]["ExitCode"], 0);
    assert_eq!(project.inspect("db")["State"]["Health"]["Status"], "healthy");
    assert_eq!(asked(&project, "select count(*) from note"), "1");
    assert_eq!(project.volumes(), [format!("{}_data", project.name())]);
    assert_eq!(project.networks(), [format!("{}_default", project.name())]);
    let began = |service: &str| project.inspect(service)["State"]["StartedAt"].as_str().expect("a time").to_owned();
    let ended = project.inspect("job")["State"]["FinishedAt"].as_str().expect("a time").to_owned();
    assert!(began("db") < began("job") && ended < began("web"), "dependencies first");
    let aliases =
        &project.inspect("web")["NetworkSettings"]["Networks"][format!("{}_default", project.name())]["Aliases"];
    assert!(
        aliases.as_array().is_some_and(|names| ["web", "front"].iter().all(|name| names.contains(&(*name).into())))
    );

    let before = project.ids();
    project.xtask("start-services").ok();
    assert_eq!(project.ids(), before, "nothing had changed");
    assert_eq!(asked(&project, "select count(*) from note"), "1", "a one-shot that is done is not done again");

    let down = project.xtask("teardown").ok();
    assert_eq!(project.states(), "");
    assert_eq!(project.networks(), Vec::<String>::new());
    assert_eq!(project.volumes(), [format!("{}_data", project.name())]);
    down.says(&[&format!("{}_data", project.name()), "B"]);

    project.xtask("start-services").ok();
    assert_eq!(asked(&project, "select count(*) from note"), "2", "the old row, and one of the new job");

    project.xtask("teardown --volumes").fails_with(8).says(&[&format!("{}_data", project.name())]);
    assert_eq!(project.states(), "db=running job=exited web=running", "without a yes nothing is touched");
    project.xtask("teardown --volumes --yes").ok();
    assert_eq!((project.states(), project.volumes()), (String::new(), Vec::new()));
    project.xtask("teardown").ok();
}

#[test]
fn only_what_changed_is_made_anew_and_the_difference_is_told() {
    let Some(project) = pair("change") else { return };
    project.xtask("start-services").ok();
    let (one, two) = (project.id("one"), project.id("two"));
    project.write("compose/compose.yaml", &super::PAIR.replace("GREETING: hello", "GREETING: good day"));
    project.xtask("start-services").ok().says(&["one", "environment.GREETING", "hello", "good day"]);
    assert_ne!(project.id("one"), one);
    assert_eq!(project.id("two"), two, "what depends on it by order alone stays");

    // Written in another way, but the same.
    let same = super::PAIR
        .replace("{ GREETING: hello }", "[\"GREETING=good day\"]")
        .replace("[one]", "{ one: { condition: service_started } }");
    project.write("compose/compose.yaml", &same);
    let before = project.ids();
    project.xtask("start-services").ok();
    assert_eq!(project.ids(), before);
    project.xtask("start-services one --force-recreate").ok();
    assert_ne!(project.id("one"), before[0]);
}

#[test]
fn an_image_that_moved_on_makes_its_container_anew() {
    let Some(project) = with_busybox("moved", &super::PAIR.replace("busybox:1", "moving-PROJECT:1")) else { return };
    let image = format!("moving-{}:1", project.name());
    project.engine.tag("busybox:1", &image);
    project.xtask("start-services").ok();
    let before = project.ids();
    project.engine.unique(&image, 1000);
    project.xtask("start-services").ok().says(&["image"]);
    assert!(project.ids().iter().all(|id| !before.contains(id)), "both run on it");
    project.engine.remove_image(&image);
}

#[test]
fn restart_reads_the_file_again_and_stop_keeps_containers() {
    let Some(project) = pair("restart") else { return };
    project.xtask("start-services").ok();
    let (one, two) = (project.id("one"), project.id("two"));
    let began = project.inspect("two")["State"]["StartedAt"].clone();
    project.write("compose/compose.yaml", &super::PAIR.replace("GREETING: hello", "GREETING: again"));
    project.xtask("restart").ok().says(&["environment.GREETING"]);
    assert_ne!(project.id("one"), one, "a plain restart would not have reread the file");
    assert_eq!(project.id("two"), two);
    assert_ne!(project.inspect("two")["State"]["StartedAt"], began, "but restarted it is");

    project.xtask("stop two").ok();
    assert_eq!(project.states(), "one=running two=exited");
    assert_eq!(project.inspect("two")["State"]["ExitCode"], 0, "asked with SIGTERM, it ended by itself");
    project.xtask("stop").ok();
    assert_eq!(project.states(), "one=exited two=exited");
    project.xtask("start-services").ok();
    assert_eq!((project.states().as_str(), project.id("two")), ("one=running two=running", two));
}

#[test]
fn one_service_comes_with_what_it_depends_on_and_nothing_else() {
    let text =
        format!("{}  three:\n    image: busybox:1\n    command: sleep 1000\n    profiles: [extra]\n", super::PAIR);
    let Some(project) = with_busybox("chosen", &text) else { return };
    project.xtask("start-services one").ok();
    assert_eq!(project.states(), "one=running");
    project.xtask("start-services two").ok();
    assert_eq!(project.states(), "one=running two=running");
    project.xtask("start-services three").ok();
    assert_eq!(project.states(), "one=running three=running two=running", "naming it enables its profile");
    project.xtask("start-services four").fails_with(2).says(&["four", "one"]);
    project.xtask("teardown").ok();
    assert_eq!(project.states(), "", "profiles or not");
}

#[test]
fn not_to_wait_is_still_to_wait_for_what_others_depend_on() {
    let compose = r#"
name: PROJECT
services:
  base:
    image: busybox:1
    command: [sh, -c, "sleep 0.7; touch /well; sleep 1000"]
    healthcheck: { test: ["CMD", "test", "-e", "/well"], interval: 200ms, retries: 100 }
    stop_grace_period: 0s
  top:
    image: busybox:1
    command: sleep 1000
    healthcheck: { test: ["CMD", "false"], interval: 200ms, retries: 100, start_period: 600s }
    depends_on: { base: { condition: service_healthy } }
    stop_grace_period: 0s
"#;
    let Some(project) = with_busybox("nowait", compose) else { return };
    project.xtask("start-services --no-wait").ok();
    assert_eq!(project.states(), "base=running top=running");
}

#[test]
fn one_shots_decide_by_their_exit_code() {
    let compose = |code: u8| {
        format!(
            "name: PROJECT\nservices:\n  job:\n    image: busybox:1\n    command: [sh, -c, 'echo the last words; exit {code}']\n"
        )
    };
    let Some(project) = with_busybox("oneshot", &compose(0)) else { return };
    project.xtask("start-services").ok();
    project.write("compose/compose.yaml", &compose(3));
    project.xtask("start-services").fails_with(4).says(&["job", "3", "the last words"]);
}

#[test]
fn containers_of_services_that_are_gone_are_named_and_removed_on_demand() {
    let Some(project) = pair("orphans") else { return };
    project.xtask("start-services").ok();
    let shorter = super::PAIR.split("  two:").next().expect("a part").to_owned();
    project.write("compose/compose.yaml", &shorter);
    project.xtask("start-services").ok().says(&["two", "--remove-orphans"]);
    assert_eq!(project.states(), "one=running two=running");
    project.xtask("start-services --remove-orphans").ok();
    assert_eq!(project.states(), "one=running");
}

#[test]
fn a_project_of_the_same_name_elsewhere_is_noticed_before_anything_is_touched() {
    let Some(project) = pair("twins") else { return };
    project.xtask("start-services").ok();
    let before = project.ids();
    let other = project.elsewhere(&super::PAIR.replace("hello", "changed"));
    other.xtask("start-services").fails_with(5).says(&[project.name(), &*project.root().to_string_lossy()]);
    assert_eq!(project.ids(), before);
    let status = other.xtask("status").ok();
    let status = status.says(&["warning[services-other-folder]", &*project.root().to_string_lossy()]);
    assert!(!status.out.contains("makes it anew"), "{}", status.out);
}

#[test]
fn teardown_works_without_an_env_file_and_with_a_broken_compose_file() {
    let compose = super::PAIR.replace("GREETING: hello", "GREETING: '${GREETING:?say something}'");
    let Some(project) = with_busybox("broken", &compose) else { return };
    project.write("compose/.env", "GREETING=hello\n");
    project.xtask("start-services").ok();
    std::fs::remove_file(project.path("compose/.env")).expect("removed");
    project.xtask("start-services").fails_with(3).says(&["say something"]);
    project.xtask("teardown").ok();
    assert_eq!((project.states().as_str(), project.networks()), ("", Vec::new()));

    project.write("compose/.env", "GREETING=hello\n");
    project.xtask("start-services").ok();
    project.write("compose/compose.yaml", "name: PROJECT\nservices: [this is, no map\n");
    project.xtask("start-services").fails_with(2);
    project.xtask("teardown --volumes --yes").ok();
    assert_eq!((project.states().as_str(), project.networks()), ("", Vec::new()));

    // Not even its name can be read: the containers know it.
    project.write("compose/compose.yaml", &compose);
    project.xtask("start-services").ok();
    project.write("compose/compose.yaml", "services: [this is, no map\n");
    project.xtask("stop").ok().says(&["Stopped"]);
    project.xtask("teardown --volumes --yes").ok();
    assert_eq!((project.states().as_str(), project.networks()), ("", Vec::new()));
}

#[test]
fn volumes_of_others_stay() {
    let compose = r#"
name: PROJECT
services:
  one:
    image: busybox:1
    command: sleep 1000
    volumes: ["own:/own", "theirs:/theirs", "/anonymous"]
    stop_grace_period: 0s
volumes:
  own:
  theirs: { external: true, name: theirs-PROJECT }
"#;
    let Some(project) = with_busybox("external", compose) else { return };
    let theirs = format!("theirs-{}", project.name());
    project.xtask("start-services").fails_with(3).says(&[&theirs]);
    assert_eq!(project.states(), "");
    project.engine.post("/volumes/create", &serde_json::json!({ "Name": theirs }));
    project.xtask("start-services").ok();
    project.xtask("teardown --volumes --yes").ok();
    assert_eq!(project.volumes(), Vec::<String>::new());
    assert_eq!(project.engine.get(&format!("/volumes/{theirs}"))["Name"], theirs.as_str());
    project.engine.delete(&format!("/volumes/{theirs}"));
}

#[test]
fn two_runs_at_once_do_not_hurt_each_other() {
    let Some(project) = pair("race") else { return };
    let runs = [project.start("start-services"), project.start("start-services")];
    for run in runs {
        run.wait_for(std::time::Duration::from_secs(100)).ok();
    }
    assert_eq!(project.states(), "one=running two=running");
    assert_eq!(project.networks().len(), 1);
}

#[test]
fn builds_run_once_for_equal_sections_and_leave_out_what_is_ignored() {
    let compose = r#"
name: PROJECT
services:
  one: { build: &b { context: ., args: { WHO: "${WHO:-world}" } }, command: ["cat", "/made"] }
  two: { build: *b, command: ["sh", "-c", "! test -e /context/secret.txt && ls /context"] }
"#;
    let Some(project) = with_busybox("build", compose) else { return };
    project.write("compose/Dockerfile", "FROM busybox:1\nARG WHO\nRUN echo hello $WHO > /made\nCOPY . /context\n");
    project.write("compose/.dockerignore", "*.txt\n");
    project.write("compose/secret.txt", "not for images");
    project.xtask("start-services").ok();
    project.xtask("logs").ok().prints(&["hello world", "Dockerfile"]).never_says(&["secret.txt"]);
    let image = |service: &str| project.inspect(service)["Image"].clone();
    assert_eq!(image("one"), image("two"));
    let before = project.ids();
    project.xtask("start-services").ok();
    assert_eq!(project.ids(), before, "what is built is not built again by itself");
    project.write("compose/.env", "WHO=moon\n");
    project.xtask("start-services --build").ok();
    project.xtask("logs").ok().prints(&["hello moon"]);
    project.write("compose/Dockerfile", "FROM busybox:1\nRUN echo before && sh -c 'echo cannot go on; exit 9'\n");
    project.xtask("build").fails_with(1).says(&["cannot go on", "9"]);
}
