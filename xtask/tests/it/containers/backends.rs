//! The database commands and `up`, on Docker as on the local database.

use std::time::{Duration, Instant};

use super::images;
use crate::support::applying::Running;
use crate::support::docker::Services;

const PROJECT: &str = r#"
name: PROJECT
services:
  db:
    image: postgres:17
    environment:
      POSTGRES_USER: ${POSTGRES_USER}
      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?copy the example}
      POSTGRES_DB: app
    ports: ["127.0.0.1:HOSTPORT0:5432"]
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: { test: ["CMD-SHELL", "pg_isready"], interval: 300ms, retries: 100 }
volumes:
  data:
"#;

/// A project with two revisions, a view and rows.
fn project(hint: &str) -> Option<Services> {
    let services = Services::new(hint, PROJECT)?.choosing();
    services.write("compose/.env.example", "POSTGRES_USER=app\nPOSTGRES_PASSWORD=only_for_tests\n");
    services.write(
        "migrations/1_notes.up.sql",
        "-- Notes\n-- revises:\ncreate table note(id int primary key, text text);\n",
    );
    services.write("migrations/1_notes.down.sql", "drop table note;\n");
    services.write("migrations/2_more.up.sql", "-- More\n-- revises: 1\nalter table note add column more text;\n");
    services.write("migrations/2_more.down.sql", "alter table note drop column more;\n");
    services.write(
        "migrations/3_view.up.sql",
        "-- A view\n-- revises: 2\ncreate materialized view counted as select count(*) from note with no data;\n",
    );
    services.write("migrations/3_view.down.sql", "drop materialized view counted;\n");
    services.write("seed/1.sql", "insert into note values (1, 'seeded') on conflict do nothing;\n");
    images(&services).then_some(services)
}

/// What the tool's psql prints.
#[track_caller]
fn asked(project: &Services, sql: &str) -> String {
    let said = Running::of(project.command("psql -- -Atc").arg(sql)).wait().ok();
    said.out.trim().to_owned()
}

#[test]
fn up_is_the_whole_onboarding_on_docker_and_says_already_the_second_time() {
    let Some(project) = project("onboard") else { return };
    let first = project.xtask("up --seed").ok();
    assert!(!format!("{}{}", first.out, first.err).contains("only_for_tests"), "{}{}", first.out, first.err);
    assert_eq!(project.states(), "db=running", "on Docker, since the engine answers and has the image");
    assert!(project.path("compose/.env").exists());
    let before = project.ids();

    let again = || {
        let begun = Instant::now();
        let said = project.xtask("up").ok();
        let took = begun.elapsed();
        let told: Vec<&str> = said.err.lines().filter(|line| !line.trim().is_empty()).collect();
        assert!(told.iter().all(|line| line.trim_start().starts_with("Already")), "{told:#?}");
        assert_eq!(project.ids(), before);
        took
    };
    // The machine may be busy with something else; nothing of its own takes this long.
    let took: Vec<Duration> = (0..10).map(|_| again()).take_while(|took| *took >= Duration::from_secs(2)).collect();
    assert!(took.len() < 10, "it never took less than two seconds: {took:?}");
}

#[test]
fn another_projects_server_at_the_same_port_is_not_taken_for_ours() {
    let Some(project) = project("strangers") else { return };
    let env = "POSTGRES_USER=app\nPOSTGRES_PASSWORD=only_for_tests\n";
    project.write("compose/.env", env);
    project.xtask("up").ok();
    // A copy under another name, whose container was made and never came up.
    let folder = tempfile::tempdir().expect("a folder");
    let copy = |name: &str| std::fs::copy(project.path(name), folder.path().join(name)).expect("copied");
    for part in ["compose", "migrations", "seed", ".xtask"] {
        std::fs::create_dir_all(folder.path().join(part)).expect("made");
    }
    for file in
        ["xtask.toml", "compose/.env", "migrations/1_notes.up.sql", "migrations/1_notes.down.sql", ".xtask/backend"]
    {
        copy(file);
    }
    let text = std::fs::read_to_string(project.path("compose/compose.yaml")).expect("a file");
    let named = format!("{}-copy", project.name());
    let text = text.replace(&format!("name: {}\n", project.name()), &format!("name: {named}\n"));
    std::fs::write(folder.path().join("compose/compose.yaml"), &text).expect("written");
    let there = || {
        let mut command = project.command("migrate");
        command.current_dir(folder.path());
        command
    };
    let told = Running::of(&mut there()).wait();
    told.fails_with(5).says(&["database-of-another", "does not run", project.name(), "cargo xtask up"]);
    // Named, it is meant.
    let port = text.split("127.0.0.1:").nth(1).and_then(|rest| rest.split(':').next()).expect("a port");
    let url = format!("postgresql://app:only_for_tests@127.0.0.1:{port}/app");
    let told = Running::of(there().env("DATABASE_URL", url)).wait();
    assert!(!told.err.contains("database-of-another"), "{}", told.err);
}

#[test]
fn every_database_command_works_on_docker() {
    let Some(project) = project("commands") else { return };
    project.write("compose/.env", "POSTGRES_USER=app\nPOSTGRES_PASSWORD=only_for_tests\n");
    project.xtask("migrate").fails_with(4).says(&["cargo xtask up"]);
    project.xtask("start-services").ok();
    project.xtask("migrate +1").ok();
    project.xtask("current").ok().prints(&["1"]);
    project.xtask("check").fails_with(7);
    project.xtask("migrate").ok();
    project.xtask("check").ok();
    project.xtask("seed").ok();
    project.xtask("refresh-views").ok();
    project.xtask("views").ok().prints(&["counted"]);
    assert_eq!(asked(&project, "table counted"), "1");
    project.xtask("downgrade 1 --yes").ok();
    project.xtask("history").ok().prints(&["Notes"]);
    project.xtask("status").prints(&["running", "healthy"]);
    project.xtask("reset --yes").ok();
    assert_eq!(project.states(), "db=running");
    project.xtask("current").ok().prints(&["3"]);
    assert_eq!(asked(&project, "select count(*) from note"), "0");
}

#[test]
fn an_env_file_that_says_again_where_the_service_is_names_no_other_database() {
    let Some(project) = project("again") else { return };
    for address in ["db:5432", "127.0.0.1:HOSTPORT0"] {
        let url = format!("DATABASE_URL=postgresql+psycopg2://${{POSTGRES_USER}}:${{POSTGRES_PASSWORD}}@{address}/app");
        project.write("compose/.env", &format!("POSTGRES_USER=app\nPOSTGRES_PASSWORD=only_for_tests\n{url}\n"));
        project.xtask("start-services").ok();
        assert_eq!(project.states(), "db=running");
        project.xtask("migrate").ok();
        project.xtask("teardown").ok();
        assert_eq!(project.states(), "");
    }
    project.write(
        "compose/.env",
        "POSTGRES_USER=app\nPOSTGRES_PASSWORD=x\nDATABASE_URL=postgresql://app@127.0.0.1:1/app\n",
    );
    project.xtask("start-services").fails_with(5).says(&["database-named", "compose/.env"]);
}

#[test]
fn the_backend_is_remembered_and_a_change_of_it_is_asked_for() {
    let Some(project) = project("choice") else { return };
    project.write("compose/.env", "POSTGRES_USER=app\nPOSTGRES_PASSWORD=only_for_tests\n");
    project.xtask("start-services").ok();
    assert_eq!(project.states(), "db=running");
    project.xtask("start-services --backend local").fails_with(8).says(&["local"]);
    project.xtask("teardown").ok();

    // The engine is away: the choice stands, and is not silently another.
    let mut command = project.command("start-services");
    command.env("DOCKER_HOST", "unix:///nowhere/docker.sock");
    let gone = Running::of(&mut command).wait().fails_with(3);
    gone.says(&["/nowhere/docker.sock", "DOCKER_HOST"]);
}

#[test]
fn without_an_engine_the_local_database_serves_and_one_line_says_why() {
    let Some(project) = project("local") else { return };
    project.write("compose/.env", "POSTGRES_USER=app\nPOSTGRES_PASSWORD=only_for_tests\n");
    let without = |arguments: &str| {
        let mut command = project.command(arguments);
        command.env("DOCKER_HOST", "unix:///nowhere/docker.sock");
        Running::of(&mut command).wait()
    };
    let started = without("start-services").ok();
    assert_eq!(started.err.lines().filter(|line| line.contains("/nowhere/docker.sock")).count(), 1, "{}", started.err);
    without("migrate").ok();
    assert_eq!(project.states(), "");
    without("teardown --volumes --yes").ok();
}

#[test]
fn doctor_looks_at_engine_images_ports_and_volumes() {
    let Some(project) = project("doctor") else { return };
    let shown = project.xtask("doctor --format json");
    let rows: serde_json::Value =
        serde_json::from_str(&shown.out).unwrap_or_else(|error| panic!("{error}: {}", shown.out));
    let text = rows.to_string().to_lowercase();
    for topic in ["engine", "compose", "env", "port", "image", "volume", "database"] {
        assert!(text.contains(topic), "{topic}: {rows:#}");
    }
    let port = project.port(0).to_string();
    let mut holder = project.engine.command("busybox").args(["httpd", "-f", "-p", &port]).spawn().expect("it listens");
    project.until("the port is held", || {
        project.engine.run("cat", &["/proc/net/tcp", "/proc/net/tcp6"]).contains(&format!(":{:04X} ", project.port(0)))
    });
    let blocked = project.xtask("doctor");
    holder.kill().expect("it runs");
    holder.wait().expect("killed");
    blocked.fails_with(3).prints(&[&port, "busybox"]);
}

#[test]
fn a_database_on_the_network_of_the_host_is_reached_there() {
    let Some(project) = project("hostnet") else { return };
    let compose = PROJECT
        .replace(
            "    ports: [\"127.0.0.1:HOSTPORT0:5432\"]\n",
            "    network_mode: host\n    command: [postgres, -p, 'HOSTPORT0']\n",
        )
        .replace("CMD-SHELL\", \"pg_isready", "CMD-SHELL\", \"pg_isready -p HOSTPORT0");
    project.write("compose/compose.yaml", &compose);
    project.write("compose/.env", "POSTGRES_USER=app\nPOSTGRES_PASSWORD=only_for_tests\n");
    let said = project.xtask("up").ok();
    assert!(said.out.contains(&format!("127.0.0.1:{}", project.port(0))), "{}", said.out);
    assert_eq!(project.states(), "db=running");
    assert_eq!(asked(&project, "select count(*) from note"), "0");
    project.xtask("downgrade -1").ok();
    // What another program would be told of.
    project.write("compose/.env", &format!(
        "POSTGRES_USER=app\nPOSTGRES_PASSWORD=only_for_tests\nDATABASE_URL=postgresql://app:only_for_tests@db:{}/app\n",
        project.port(0)
    ));
    project.xtask("current").ok().prints(&["2 More"]);
}
