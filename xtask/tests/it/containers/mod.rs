//! Services in containers, on a real engine: what a person who types the commands meets.

mod backends;
mod failures;
mod hooks;
mod interop;
mod interrupts;
mod life;
mod looking;
mod running;
mod same;

use crate::support::docker::Services;

/// The images that [`THREE`] is made of; `false` where there can be none, which has been said.
fn images(services: &Services) -> bool {
    services.engine.busybox("busybox:1");
    services.engine.postgres("postgres:17")
}

/// A database, a one-shot that is built and fills it, and a service that waits for both. Named volume, bind, build, health.
///
/// The probe of the database is the usual one, which says yes while the image still runs its scripts: whoever believes it starts the
/// one-shot too early.
const THREE: &str = r#"
name: PROJECT
services:
  db:
    image: postgres:17
    environment:
      POSTGRES_PASSWORD: ${DB_PASSWORD:-secret}
      POSTGRES_DB: app
    ports: ["127.0.0.1:HOSTPORT0:5432"]
    volumes:
      - data:/var/lib/postgresql/data
      - ./init:/docker-entrypoint-initdb.d:ro
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -U postgres -d app"]
      interval: 300ms
      timeout: 3s
      retries: 100
    stop_grace_period: 20s
  job:
    build: ./job
    environment: { PGPASSWORD: "${DB_PASSWORD:-secret}" }
    depends_on: { db: { condition: service_healthy } }
    command: ["psql", "-h", "db", "-U", "postgres", "-d", "app", "-f", "/fill.sql"]
  web:
    image: busybox:1
    command: ["sh", "-c", "trap 'exit 0' TERM; echo web is up; while :; do sleep 0.1; done"]
    environment: { GREETING: hello }
    networks: { default: { aliases: [front] } }
    depends_on: { job: { condition: service_completed_successfully } }
volumes:
  data:
"#;

/// The project of [`THREE`]; `None` where there can be none, which has been said.
fn three(hint: &str) -> Option<Services> {
    let services = Services::new(hint, THREE)?;
    services.write("compose/init/1.sql", "create table note(text text); select pg_sleep(0.4);");
    services.write("compose/job/Dockerfile", "FROM postgres:17\nCOPY fill.sql /fill.sql\n");
    services.write("compose/job/fill.sql", "insert into note values ('from the job');");
    images(&services).then_some(services)
}

/// What the database of [`THREE`] answers, asked from outside over its published port.
#[track_caller]
fn asked(services: &Services, sql: &str) -> String {
    let psql = crate::support::postgres::bin_dir().expect("present").join("psql");
    let url = format!("postgresql://postgres:secret@127.0.0.1:{}/app", services.port(0));
    services.engine.run(&psql.to_string_lossy(), &["-XAtq", "-d", &url, "-c", sql])
}

/// Services that need nothing but busybox: `one`, and `two` that depends on it.
const PAIR: &str = r#"
name: PROJECT
services:
  one:
    image: busybox:1
    command: ["sh", "-c", "trap 'exit 0' TERM; echo one is up; while :; do sleep 0.1; done"]
    environment: { GREETING: hello }
  two:
    image: busybox:1
    command: ["sh", "-c", "trap 'exit 0' TERM; echo two is up; while :; do sleep 0.1; done"]
    depends_on: [one]
"#;

/// The project of [`PAIR`]; `None` where there can be none, which has been said.
fn pair(hint: &str) -> Option<Services> {
    with_busybox(hint, PAIR)
}

/// A project whose services are all of busybox; `None` where there can be none, which has been said.
fn with_busybox(hint: &str, compose: &str) -> Option<Services> {
    let services = Services::new(hint, compose)?;
    services.engine.busybox("busybox:1");
    Some(services)
}
