//! The same project in the hands of `docker compose` and of the tool, in any order.

use super::{pair, three};

#[test]
fn what_ours_made_theirs_sees_leaves_alone_and_removes() {
    let Some(project) = three("ours") else { return };
    project.xtask("start-services").ok();
    let before = project.ids();
    let Some(listed) = project.compose("ps --all --format json") else { return };
    let listed = listed.ok().out;
    for service in ["db", "job", "web"] {
        assert!(listed.contains(&format!("\"Service\":\"{service}\"")), "{service}: {listed}");
    }
    project.compose("logs web").expect("present").ok().prints(&["web is up"]);
    project.compose("exec -T web echo from theirs").expect("present").ok().prints(&["from theirs"]);
    let again = project.compose("up -d").expect("present").ok();
    let kept = |service: &str| before.contains(&project.id(service));
    assert!(kept("db") && kept("job") && kept("web"), "theirs made something anew: {}{}", again.out, again.err);
    assert!(!again.err.contains("Recreate"), "{}", again.err);
    project.compose("down -v").expect("present").ok();
    assert_eq!((project.states(), project.volumes(), project.networks()), (String::new(), vec![], vec![]));
}

#[test]
fn what_theirs_made_ours_sees_leaves_alone_and_removes() {
    let Some(project) = three("theirs") else { return };
    // Theirs needs a probe over TCP, where nobody answers before the scripts are done.
    project.write("compose/compose.yaml", &super::THREE.replace("pg_isready", "pg_isready -h 127.0.0.1"));
    let Some(up) = project.compose("up -d --wait db web") else { return };
    drop(up);
    let before = project.ids();
    assert_eq!(project.states(), "db=running job=exited web=running");
    project.xtask("status").prints(&["db", "healthy"]);
    project.xtask("logs web").ok().prints(&["web is up"]);
    project.xtask("exec web -- echo from ours").ok().prints(&["from ours"]);
    project.xtask("start-services").ok();
    assert_eq!(project.ids(), before, "ours made something anew");
    project.xtask("teardown --volumes --yes").ok();
    assert_eq!((project.states(), project.volumes(), project.networks()), (String::new(), vec![], vec![]));
}

#[test]
fn a_change_is_seen_by_either_whoever_made_the_container() {
    let Some(project) = pair("mixed") else { return };
    project.xtask("start-services").ok();
    let one = project.id("one");
    project.write("compose/compose.yaml", &super::PAIR.replace("hello", "by theirs"));
    let Some(up) = project.compose("up -d") else { return };
    up.ok();
    assert_ne!(project.id("one"), one, "theirs saw the change of the file");
    let one = project.id("one");
    project.xtask("start-services").ok();
    assert_eq!(project.id("one"), one);
    project.write("compose/compose.yaml", &super::PAIR.replace("hello", "by ours"));
    project.xtask("start-services").ok().says(&["environment.GREETING", "by theirs", "by ours"]);
    assert_ne!(project.id("one"), one);
    let before = project.ids();
    project.compose("up -d").expect("present").ok();
    assert_eq!(project.ids(), before);
    project.compose("stop").expect("present").ok();
    project.xtask("start-services").ok();
    assert_eq!((project.ids(), project.states().as_str()), (before, "one=running two=running"));
    project.compose("down").expect("present").ok();
    project.xtask("teardown").ok();
}
