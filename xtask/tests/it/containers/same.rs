//! One file with every key, brought up by `docker compose` and by the tool: the engine shows the same containers, networks and volumes.

use std::collections::BTreeMap;

use serde_json::Value;

use super::with_busybox;
use crate::support::applying::Running;
use crate::support::docker::{Services, compose};

/// Every key that both know and this engine can do, in its short and its long form.
const ALL: &str = include_str!("same.yaml");

/// An image with settings of its own, in two stages.
const DOCKERFILE: &str = "\
FROM busybox:1 AS one
ENV K=v
ENTRYPOINT [\"sleep\"]
CMD [\"1000\"]
FROM one AS two
ARG X
LABEL from=image
RUN echo $X > /x
";

/// What an engine shows, as `PATH = VALUE`.
type Facts = BTreeMap<String, String>;

#[test]
fn the_engine_shows_the_same_whoever_brought_it_up() {
    let Some(project) = with_busybox("same", ALL) else { return };
    project.write("compose/one.env", "ONE=1\nA=under it\nREF=${FROM_ENV}\n");
    project.write("compose/two.env", "TWO=\"2 2\"\n");
    project.write("compose/.env", "FROM_ENV=shell\n");
    project.write("compose/one.labels", "one=1\na.b=under it\n");
    project.write("compose/two.labels", "two=$one-${FROM_ENV}\n");
    project.write("compose/token.txt", "secret");
    project.write("compose/settings.txt", "setting");
    project.write("compose/bind/file", "");
    project.write("compose/made/file", "");
    project.write("compose/job/Other", DOCKERFILE);
    project.write("compose/job/Dockerfile", DOCKERFILE);
    let Some(up) = project.compose("up -d") else { return };
    up.ok();
    let theirs = shown(&project);
    // A change of the file is the only one that is told of, whatever the engine has added to what theirs asked for.
    project.write("compose/compose.yaml", &ALL.replace("sleep 1000", "sleep 1001"));
    let status = project.xtask("status");
    let reasons: Vec<&str> = status.out.lines().chain(status.err.lines()).filter(|it| it.starts_with("  ")).collect();
    assert!(
        reasons.len() > 5 && reasons.iter().all(|it| it.contains("sleep 1001") || it.contains("annotations")),
        "{reasons:#?}"
    );
    project.write("compose/compose.yaml", ALL);
    project.compose("down -v -t 1").expect("present").ok();
    project.xtask("start-services --no-wait").ok();
    let ours = shown(&project);
    let ids = project.ids();
    let again = project.compose("up -d").expect("present").ok();
    assert_eq!(project.ids(), ids, "theirs makes something anew: {}", again.err);
    project.xtask("start-services --no-wait").ok();
    assert_eq!(project.ids(), ids, "ours makes something anew");
    project.xtask("teardown --volumes --yes").ok();
    let names: std::collections::BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
    let differing = names.into_iter().filter(|name| theirs.get(*name) != ours.get(*name));
    let lines: Vec<String> = differing
        .map(|name| format!("{name}\n  theirs {:?}\n  ours   {:?}", theirs.get(name), ours.get(name)))
        .collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
    assert!(theirs.len() > 400, "{}", theirs.len());
}

/// Everything that the engine shows of the project, without what is different each time.
fn shown(project: &Services) -> Facts {
    let mut facts = Facts::new();
    let containers: Vec<Value> =
        project.ids().iter().map(|id| project.engine.get(&format!("/containers/{id}/json"))).collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    // Ids by the names that they stand for.
    let mut ids: Vec<(String, String)> = containers.iter().map(|it| (text(&it["Id"]), text(&it["Name"]))).collect();
    ids.extend(ids.clone().into_iter().map(|(id, name)| (id[..12].to_owned(), name)));
    let networks: Vec<Value> =
        project.networks().iter().map(|name| project.engine.get(&format!("/networks/{name}"))).collect();
    ids.extend(networks.iter().map(|it| (text(&it["Id"]), text(&it["Name"]))));
    for container in &containers {
        let name = text(&container["Name"]);
        for part in ["Config", "HostConfig", "Mounts", "NetworkSettings", "Path", "Args", "Platform"] {
            flatten(&format!("{name} {part}"), &container[part], &ids, &mut facts);
        }
    }
    for network in &networks {
        flatten(&format!("network {}", text(&network["Name"])), network, &ids, &mut facts);
    }
    for name in project.volumes().iter().filter(|name| name.len() < 64) {
        flatten(&format!("volume {name}"), &project.engine.get(&format!("/volumes/{name}")), &ids, &mut facts);
    }
    // It is that of ids of containers, where namespaces are shared.
    facts.retain(|path, _| !(path.contains("shared") || path.contains("lists")) || !path.ends_with("config-hash"));
    facts
}

/// What is another one each time, or says nothing.
const PASSED_OVER: [&str; 18] = [
    "Config.Hostname",
    "Containers",
    "Created",
    "CreatedAt",
    "DNSNames",
    "EndpointID",
    "Gateway",
    "GlobalIPv6Address",
    "GlobalIPv6PrefixLen",
    "HostConfig.Binds",
    "IPAddress",
    "IPPrefixLen",
    "IPv6Gateway",
    "Id",
    "MacAddress",
    "NetworkSettings.Ports",
    "SandboxID",
    "SandboxKey",
];

fn flatten(path: &str, value: &Value, ids: &[(String, String)], facts: &mut Facts) {
    let last = path.rsplit('.').next().unwrap_or(path);
    if PASSED_OVER.iter().any(|it| path.strip_suffix(it).is_some_and(|before| before.ends_with(['.', ' ']))) {
        return;
    }
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                flatten(&format!("{path}.{key}"), value, ids, facts);
            }
        }
        Value::Array(items) => {
            // A bind mount can be asked for in two ways that come to the same in `Mounts`, and since 2.36 a volume as well
            // that has a name and no options.
            let is_plain = |item: &Value| {
                item["Type"] == "bind" || (item["Source"].is_string() && said(item) == said(&without_options(item)))
            };
            let items = items.iter().filter(|item| last != "Mounts" || !path.contains("HostConfig") || !is_plain(item));
            // Whose order says nothing is put in order, and a short id is an alias on some engines only.
            let mut items: Vec<String> = items.map(|item| named(&said(item), ids)).collect();
            if matches!(last, "CapAdd" | "CapDrop") {
                // The docker of 28 and later writes them in full.
                items.iter_mut().for_each(|item| *item = item.replacen("\"CAP_", "\"", 1));
            }
            if !matches!(last, "Cmd" | "Entrypoint" | "Args" | "Dns" | "DnsSearch" | "Test") {
                items.sort();
            }
            items.retain(|item| last != "Aliases" || !item.starts_with("\"/"));
            if !items.is_empty() {
                facts.insert(path.to_owned(), items.join(", "));
            }
        }
        Value::Null => {}
        _ => {
            let mut text = named(&value.to_string(), ids);
            if path.ends_with("compose.depends_on") {
                let mut parts: Vec<&str> = text.trim_matches('"').split(',').collect();
                parts.sort_unstable();
                text = parts.join(",");
            }
            let says_nothing = matches!(text.as_str(), "\"\"" | "0" | "false") || (last == "Name" && text == "\"no\"");
            if !says_nothing {
                facts.insert(path.to_owned(), text);
            }
        }
    }
}

/// A mount without the options of its kind.
fn without_options(item: &Value) -> Value {
    let mut item = item.clone();
    if let Value::Object(entries) = &mut item {
        entries.retain(|key, _| !key.ends_with("Options"));
    }
    item
}

/// An entry of a list, without what says nothing in it: how it was asked for, and the name of an anonymous volume.
fn said(item: &Value) -> String {
    let mut item = item.clone();
    if let Value::Object(entries) = &mut item {
        entries.remove("Mode");
        entries.retain(|_, value| !value.is_null() && !value.as_object().is_some_and(serde_json::Map::is_empty));
        let is_anonymous = entries.get("Name").and_then(Value::as_str).is_some_and(|name| name.len() == 64);
        entries.retain(|key, _| !is_anonymous || !matches!(key.as_str(), "Name" | "Source"));
    }
    item.to_string()
}

/// A text with names for the ids in it.
fn named(text: &str, ids: &[(String, String)]) -> String {
    ids.iter().fold(text.to_owned(), |text, (id, name)| text.replace(id.as_str(), name))
}

#[test]
fn containers_and_builds_get_the_proxies_of_the_client() {
    let file = r#"
name: PROJECT
services:
  one:
    build: ./job
    command: sleep 1000
    environment: { no_proxy: of the service }
    stop_grace_period: 0s
"#;
    let Some(project) = with_busybox("proxies", file) else { return };
    project.write("compose/job/Dockerfile", "FROM busybox:1\nRUN echo $HTTPS_PROXY $NO_PROXY > /built\n");
    let client = tempfile::tempdir().expect("a folder");
    let proxies =
        serde_json::json!({ "default": { "httpsProxy": "http://proxy.example:3128", "noProxy": "*.example" } });
    let settings = serde_json::json!({ "proxies": proxies }).to_string();
    std::fs::write(client.path().join("config.json"), settings).expect("written");
    let environment = || -> Vec<String> {
        let value = project.inspect("one")["Config"]["Env"].clone();
        let mut lines: Vec<String> = serde_json::from_value(value).expect("lines");
        lines.sort();
        lines
    };
    let mut command = project.command("start-services");
    Running::of(command.env("DOCKER_CONFIG", client.path())).wait().ok();
    let ours = environment();
    for line in ["HTTPS_PROXY=http://proxy.example:3128", "NO_PROXY=*.example", "no_proxy=of the service"] {
        assert!(ours.iter().any(|it| it == line), "{line}: {ours:?}");
    }
    project.xtask("exec one -- cat /built").ok().prints(&["http://proxy.example:3128 *.example"]);
    // Somebody who has none finds nothing to change.
    let id = project.id("one");
    project.xtask("start-services").ok();
    assert_eq!(project.id("one"), id);
    let Some(program) = compose::program() else { return };
    let mut command = project.engine.command(program);
    command.args(["up", "-d", "--force-recreate"]).current_dir(project.path("compose"));
    Running::of(command.env("DOCKER_CONFIG", client.path())).wait().ok();
    assert_eq!(environment(), ours);
}

#[test]
fn an_address_of_the_network_card_reaches_every_engine() {
    let file = "
name: PROJECT
services:
  one:
    image: busybox:1
    command: sleep 1000
    mac_address: 02:42:ac:11:65:43
    stop_grace_period: 0s
";
    let Some(project) = with_busybox("card", file) else { return };
    project.xtask("start-services").ok();
    let network = format!("{}_default", project.name());
    let found = project.inspect("one")["NetworkSettings"]["Networks"][&network]["MacAddress"].clone();
    assert_eq!(found, "02:42:ac:11:65:43");
}
