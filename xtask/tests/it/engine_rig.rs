//! The private engine, its images and its registry do what the tests of the services rely on.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::applying::PATIENCE;
use crate::support::docker::registry::{Line, Manner};
use crate::support::docker::{Engine, engine};

/// Runs a container to its end: exit code and output.
#[track_caller]
fn run(engine: &Engine, settings: &serde_json::Value) -> (i64, String) {
    let created = engine.post("/containers/create", settings);
    let id = created["Id"].as_str().expect("an id");
    engine.post(&format!("/containers/{id}/start"), &serde_json::Value::Null);
    let ended = engine.post(&format!("/containers/{id}/wait"), &serde_json::Value::Null);
    let log = engine.request("GET", &format!("/containers/{id}/logs?stdout=1&stderr=1"), "", &[]);
    engine.delete(&format!("/containers/{id}?force=1&v=1"));
    (ended["StatusCode"].as_i64().expect("a status"), String::from_utf8_lossy(&log).into_owned())
}

#[test]
fn the_engine_is_the_one_that_is_asked_for() {
    let Some(engine) = engine() else { return };
    let version = engine.get("/version");
    let reported = version["ApiVersion"].as_str().expect("a version");
    assert!(["1.4", "1.5"].iter().any(|start| reported.starts_with(start)), "{version}");
    if std::env::var_os("XTASK_TEST_ENGINE_ROOT").is_some() {
        assert_ne!(reported, "1.41", "another generation than the one that is installed with Debian 12");
    }
    engine.busybox("rig:1");
    let (code, output) = run(engine, &json!({ "Image": "rig:1", "Cmd": ["sh", "-c", "echo from inside; exit 7"] }));
    assert!(code == 7 && output.contains("from inside"), "{code} {output}");
}

#[test]
fn the_postgres_image_keeps_the_promises_of_the_public_one() {
    let Some(engine) = engine() else { return };
    if !engine.postgres("postgres:17") {
        return;
    }
    let (code, output) = run(engine, &json!({ "Image": "postgres:17" }));
    assert!(code == 1 && output.contains("POSTGRES_PASSWORD"), "{code} {output}");
    let (code, output) = run(engine, &json!({ "Image": "postgres:17", "Cmd": ["postgres", "--version"] }));
    assert!(code == 0 && output.contains("postgres (PostgreSQL)"), "{code} {output}");

    let scripts = tempfile::tempdir().expect("a folder");
    std::fs::write(scripts.path().join("1.sql"), "create table made(x int); insert into made values (42);")
        .expect("written");
    std::fs::write(scripts.path().join("2.sh"), "psql -c 'create table by_shell()'\n").expect("written");
    let bind = format!("{}:/docker-entrypoint-initdb.d:ro", scripts.path().display());
    let created = engine.post(
        "/containers/create?name=rig-postgres",
        &json!({
            "Image": "postgres:17", "ExposedPorts": { "5432/tcp": {} },
            "Env": ["POSTGRES_USER=some one", "POSTGRES_PASSWORD=se cret", "POSTGRES_DB=some-db"],
            "HostConfig": { "Binds": [bind], "PortBindings": { "5432/tcp": [{ "HostIp": "127.0.0.1", "HostPort": "25432" }] } },
        }),
    );
    let id = created["Id"].as_str().expect("an id");
    engine.post(&format!("/containers/{id}/start"), &serde_json::Value::Null);
    let url = "postgresql://some%20one:se%20cret@127.0.0.1:25432/some-db";
    let psql = crate::support::postgres::bin_dir().expect("present").join("psql");
    let deadline = Instant::now() + PATIENCE;
    let counted = loop {
        let output =
            engine.command(&psql).args(["-XAtc", "select x, to_regclass('by_shell') from made", "-d", url]).output();
        let output = output.expect("psql runs");
        if output.status.success() {
            break String::from_utf8_lossy(&output.stdout).trim().to_owned();
        }
        assert!(Instant::now() < deadline, "{}", String::from_utf8_lossy(&output.stderr));
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(counted, "42|by_shell");
    engine.post(&format!("/containers/{id}/stop?t=60"), &serde_json::Value::Null);
    let state = engine.get(&format!("/containers/{id}/json"));
    assert_eq!(state["State"]["ExitCode"], 0, "it ended by itself: {}", state["State"]);
    engine.delete(&format!("/containers/{id}?force=1&v=1"));
}

#[test]
fn the_postgis_image_has_the_extensions_of_the_public_one() {
    let Some(engine) = engine() else { return };
    if !engine.postgis("postgis/postgis:17-3.5") {
        return;
    }
    // A script of its own, run after that of the image, speaks to the finished database.
    let check = "psql -X -c 'select count(extname) as found from pg_extension' -c 'select ST_AsText(ST_Point(1, 2))'";
    let entry =
        format!("echo \"{check}; exit 9\" > /docker-entrypoint-initdb.d/99.sh; exec docker-entrypoint.sh postgres");
    let (code, output) = run(
        engine,
        &json!({
            "Image": "postgis/postgis:17-3.5", "Env": ["POSTGRES_PASSWORD=secret"],
            "Entrypoint": ["bash", "-c", entry],
        }),
    );
    // plpgsql, and the four.
    assert!(code == 9 && output.contains("POINT(1 2)") && output.contains("     5\n"), "{code} {output}");
}

/// For people: an engine with the images and the registry, until its standard input ends.
///
/// `cargo test --test it -- --ignored --nocapture playground`
#[test]
#[ignore = "for people, to try things by hand"]
fn playground() {
    let Some(engine) = engine() else { return };
    engine.busybox("busybox:1");
    engine.postgres("postgres:17");
    engine.postgis("postgis/postgis:17-3.5");
    let line = format!(
        "export DOCKER_HOST={} DOCKER_CONFIG={}\nnsenter --net={}\n",
        engine.host(),
        engine.client_folder().display(),
        engine.network().display()
    );
    std::io::Write::write_all(&mut std::io::stdout(), line.as_bytes()).expect("stdout");
    let _ = std::io::Read::read_to_end(&mut std::io::stdin(), &mut Vec::new());
}

#[test]
fn images_are_pulled_over_lines_that_are_slow_or_break() {
    let Some(engine) = engine() else { return };
    if !engine.has_registry() {
        return;
    }
    engine.publish_unique("library/rig-pulled:1", 100_000);
    assert!(!engine.has_image("rig-pulled:1"));
    engine.pull("rig-pulled:1");
    assert!(engine.has_image("rig-pulled:1"), "the registry is the mirror of the public one");

    engine.publish_unique("rig/slow:1", 400_000);
    let line = Line::new(engine, Manner { cut_after: Some(50_000), ..Manner::default() });
    let reference = line.reference("rig/slow:1");
    let failed = std::panic::catch_unwind(|| engine.pull(&reference)).expect_err("the line breaks");
    let text = failed.downcast_ref::<String>().expect("a message").clone();
    assert!(text.contains("errorDetail"), "{text}");

    line.set(Manner { login: Some(("me", "secret")), ..Manner::default() });
    let refused = std::panic::catch_unwind(|| engine.pull(&reference)).expect_err("no credentials");
    let text = refused.downcast_ref::<String>().expect("a message").clone();
    assert!(text.contains("no basic auth credentials"), "{text}");

    line.set(Manner { bytes_per_second: Some(600_000), ..Manner::default() });
    let begun = Instant::now();
    engine.pull(&reference);
    assert!(engine.has_image(&reference) && begun.elapsed() > Duration::from_secs(1), "{:?}", begun.elapsed());
}
