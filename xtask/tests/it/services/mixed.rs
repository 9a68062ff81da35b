//! Ours and `docker compose` on the same project: neither makes anew what the other one made.

use xtask::lifecycle::DownOptions;

use super::driven::Driven;
use super::life::three;

#[test]
fn ours_is_theirs() {
    let Some(services) = three("ours") else { return };
    let driven = Driven::read(&services);
    driven.starts();
    let ids = services.ids();
    let Some(up) = services.compose("up -d --wait-timeout 20") else { return };
    let up = up.ok();
    assert_eq!(services.ids(), ids, "{}", up.err);
    let down = services.compose("down -v").expect("it is there").ok();
    assert_eq!((services.states().as_str(), services.volumes().len()), ("", 0), "{}", down.err);
    assert_eq!(services.networks().len(), 0);
}

#[test]
fn theirs_is_ours() {
    let Some(services) = three("theirs") else { return };
    let Some(up) = services.compose("up -d") else { return };
    up.ok();
    let ids = services.ids();
    let driven = Driven::read(&services);
    let heard = driven.starts();
    assert_eq!(heard, ["front unchanged (running)", "job unchanged (done)", "store unchanged (running)"]);
    assert_eq!(services.ids(), ids);
    let (report, _) = driven.goes_down(true, DownOptions { volumes: true, ..DownOptions::default() });
    assert_eq!((services.states().as_str(), report.kept_volumes.len(), services.networks().len()), ("", 0, 0));
}
