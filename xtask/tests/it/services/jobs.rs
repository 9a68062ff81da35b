//! What is a job that has ended, and what was only stopped.

use xtask::lifecycle::UpOptions;

use super::driven::{Driven, told};
use crate::support::docker::services::Services;

fn started(hint: &str, compose: &str) -> Option<Services> {
    let services = Services::new(hint, compose)?;
    services.engine.busybox("xtask-busybox:1");
    Some(services)
}

#[test]
fn what_was_stopped_is_not_done_whatever_its_status() {
    let compose = "\
name: PROJECT
services:
  worker: {image: 'xtask-busybox:1', command: [sh, -c, \"trap 'exit 0' TERM; while :; do sleep 0.1; done\"]}
  short: {image: 'xtask-busybox:1', command: [sleep, '0.5']}
";
    let Some(services) = started("stopped", compose) else { return };
    let driven = Driven::read(&services);
    driven.starts();
    assert_eq!(driven.stops(&["worker"]), ["worker stopped"]);
    let short = UpOptions { services: vec!["short".to_owned()], ..UpOptions::default() };
    assert_eq!(driven.starts_with(short), ["short unchanged (done)"]);
    assert_eq!(driven.starts(), ["short unchanged (done)", "worker running", "worker started"]);
}

#[test]
fn a_job_that_takes_long_and_fails_is_a_failure() {
    let compose = "\
name: PROJECT
services:
  long:
    image: xtask-busybox:1
    command: [sh, -c, 'sleep 4; echo its last words; exit $$(cat /files/code)']
    volumes: ['./files:/files:ro']
    restart: 'no'
";
    let Some(services) = started("longjob", compose) else { return };
    services.write("compose/files/code", "0");
    let driven = Driven::read(&services);
    let heard = driven.starts();
    assert!(heard.contains(&"long done".to_owned()), "`restart: no` is a job: {heard:?}");

    // It is known now, also where the file does not say so.
    services.write("compose/compose.yaml", &compose.replace("    restart: 'no'\n", "    labels: {a: b}\n"));
    services.write("compose/files/code", "3");
    let (report, _) = Driven::read(&services).fails(UpOptions::default());
    let told = told(&report);
    assert!(told.contains("service-exited") && told.contains("status 3") && told.contains("its last words"), "{told}");
}
